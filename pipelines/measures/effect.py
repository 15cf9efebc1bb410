"""Has a figure moved beyond noise since a day? Weeks before the day give the usual range, weeks after it are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from pipelines.measures.spc import TRIAL_POINTS, limits_of, rules_matched

Verdict = Literal["better", "worse", "moved", "no_clear_change", "too_early", "too_little_data", "no_measure"]

#: Weeks before the day that a usual range is made of, at most; fewer than :data:`spc.TRIAL_POINTS` say nothing.
WEEKS_BEFORE = 26
#: Whole weeks after the day before which nothing is said: one odd week is no effect.
WEEKS_AFTER = 4
_UP, _DOWN = ("above_upper", "near_upper", "run_above"), ("below_lower", "near_lower", "run_below")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a figure did since a day: its usual range before, its mean and weeks since, and the verdict."""

    verdict: Verdict
    since: date
    before: float | None = None
    usual_low: float | None = None
    usual_high: float | None = None
    after: float | None = None
    weeks_before: int = 0
    weeks_after: int = 0


def moved_since(weeks: Sequence[date], values: Sequence[float | None], since: date, direction: str) -> Effect:
    """``weeks``: Mondays in order, with their ``values`` (None: not known). The week of ``since`` is on neither side.

    ``direction``: "higher" or "lower" is good, else neither. A week counts as a signal by the rules of
    :mod:`pipelines.measures.spc` (outside the limits, two of three near one, seven on one side), trends left out.
    """
    monday = since - timedelta(days=since.weekday())
    known = [(week, value) for week, value in zip(weeks, values, strict=True) if value is not None]
    before = np.array([value for week, value in known if week < monday][-WEEKS_BEFORE:], dtype=np.float64)
    after = np.array([value for week, value in known if week > monday], dtype=np.float64)
    if before.size < TRIAL_POINTS:
        return Effect("too_little_data", since, weeks_before=before.size, weeks_after=after.size)
    mean, lower, upper = limits_of(before)
    verdict = _verdict(after, mean, lower, upper, direction) if after.size >= WEEKS_AFTER else "too_early"
    average = float(after.mean()) if after.size else None
    return Effect(verdict, since, mean, lower, upper, average, before.size, after.size)


def _verdict(
    after: np.ndarray[tuple[int], np.dtype[np.float64]], mean: float, lower: float, upper: float, direction: str
) -> Verdict:
    """Signals on one side only are a move; on both sides the figure has become unsteady, which is no effect."""
    band = [np.full(after.size, limit) for limit in (mean, lower, upper)]
    found = rules_matched(after, *band)
    up, down = (any(found[rule].any() for rule in rules) for rules in (_UP, _DOWN))
    if up == down:
        return "no_clear_change"
    if direction not in ("higher", "lower"):
        return "moved"
    return "better" if up == (direction == "higher") else "worse"
