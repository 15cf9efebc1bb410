"""What comes of a contact: resolution, satisfaction, survey, refund. Each a declared chance, drawn once."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sample_data.generator import plan

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

CALLS_AGAIN_UNRESOLVED = 0.50
CALLS_AGAIN_ABANDONED = 0.45
ANONYMOUS = 0.03
_OFFERED = 0.62
_OFFERED_CHERRY_GOOD, _OFFERED_CHERRY_BAD = 0.72, 0.10
_RESPONDS = 0.37
_IMPATIENT, _IMPATIENT_MS, _PATIENT_MS = 0.13, 14_000.0, 480_000.0


def homecoming(vendor: str, queue: str, day: date) -> float:
    """How far the returned queue has come at Lille: 0 on its first day, 1 after eight weeks."""
    if (vendor, queue) != ("lille", "sav_fr"):
        return 0.0
    return min(1.0, max(0.0, (day - plan.MOVE_FIRST_DAY).days / 56))


def resolved_chance(vendor: str, queue: str, day: date) -> Floats:
    """Chance of being resolved at the first contact, by position of the reason in ``plan.REASONS``."""
    base = np.array([reason.resolved for reason in plan.REASONS.values()])
    points = plan.VENDORS[vendor].resolved
    if (vendor, queue) == ("lille", "sav_fr"):
        points = -0.06 + 0.10 * homecoming(vendor, queue, day)
    return np.clip(base + points, 0.05, 0.99)


def refund_chance(vendor: str, queue: str, day: date) -> Floats:
    base = np.array([reason.refund for reason in plan.REASONS.values()])
    factor = plan.VENDORS[vendor].refund
    if (vendor, queue) == ("lille", "sav_fr"):
        factor = 1.0 - 0.32 * min(1.0, max(0.0, (day - plan.MOVE_FIRST_DAY).days / 91))
    return base * factor


def quality(vendor: str, queue: str, day: date) -> float:
    """Points of satisfaction above the in-house team on the same reason."""
    if (vendor, queue) == ("lille", "sav_fr"):
        return -0.5 + 1.1 * homecoming(vendor, queue, day)
    return plan.VENDORS[vendor].quality


def patience(generator: np.random.Generator, count: int) -> Floats:
    """Milliseconds before hanging up: a few callers leave at once, most wait minutes (exponential both)."""
    mean = np.where(generator.random(count) < _IMPATIENT, _IMPATIENT_MS, _PATIENT_MS)
    return generator.standard_exponential(count) * mean


def handle(generator: np.random.Generator, reasons: Whole, talk_factor: float, unit: int) -> tuple[Whole, Whole, Whole]:
    """Talk, hold and after-contact work in ms, whole multiples of ``unit``."""
    count = len(reasons)
    means = np.array([reason.talk_s for reason in plan.REASONS.values()])[reasons] * 1000.0 * talk_factor
    # a gamma with shape 3 has the skew of call lengths, and no exponential function that differs between machines
    talk = generator.standard_gamma(3.0, count) / 3.0 * means
    held = generator.random(count) < 0.22
    hold = generator.standard_exponential(count) * 55_000.0 * held
    work = generator.standard_gamma(2.0, count) / 2.0 * 48_000.0
    return _whole(talk + 12_000, unit), _whole(hold, unit), _whole(work, unit)


def _whole(values: Floats, unit: int) -> Whole:
    return (np.rint(values / unit) * unit).astype(np.int64)


def offered_survey(generator: np.random.Generator, vendor: str, resolved: Flags, hold_ms: Whole) -> Flags:
    """Whether the customer is asked. At one vendor the ask depends on how the contact went."""
    draw = generator.random(len(resolved))
    if vendor != plan.CHERRY_PICKER:
        return draw < _OFFERED
    good = resolved & (hold_ms < 60_000)
    return draw < np.where(good, _OFFERED_CHERRY_GOOD, _OFFERED_CHERRY_BAD)


def scores(
    generator: np.random.Generator, reasons: Whole, resolved: Flags, wait_ms: Whole, points: float
) -> tuple[Whole, Whole]:
    """Recommendation 0 to 10 and satisfaction 1 to 5, from one latent opinion."""
    count = len(reasons)
    mood = np.array([reason.mood for reason in plan.REASONS.values()])[reasons]
    waited = np.minimum(wait_ms / 60_000.0, 8.0) * 0.14
    opinion = 8.1 + points + mood + np.where(resolved, 0.7, -2.4) - waited
    recommend = np.clip(np.rint(opinion + generator.standard_normal(count) * 1.7), 0, 10)
    satisfied = np.clip(np.rint(1 + (opinion - 0.1 + generator.standard_normal(count) * 1.5) * 0.4), 1, 5)
    return recommend.astype(np.int64), satisfied.astype(np.int64)


def responds(generator: np.random.Generator, resolved: Flags) -> Flags:
    return generator.random(len(resolved)) < np.where(resolved, _RESPONDS, _RESPONDS + 0.03)
