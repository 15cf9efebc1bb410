"""Days on which a vendor's clock seems to be whole hours off: contacts come as usual, but all at another time.

For every day the arrivals are held against the vendor's usual profile as it is, and moved by whole hours. A stretch
of days whose moved profile fits far better (log likelihood) is one finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.measures.plausibility import best_stretches, shift_scores
from pipelines.trust.findings import Finding
from pipelines.trust.sentences import period_words, sentence

#: Hours by which a clock may be off: summer time, and time zones.
HOURS = (-12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
#: Log likelihood ratio that a stretch of days must reach (odds of e**30 to 1), and per contact.
AT_LEAST, PER_CONTACT = 30.0, 0.08
SLOTS = 48  # half-hours of a day
#: Contacts that a half-hour of a queue's weekday must have had on average: a thin profile has holes by chance, and a
#: contact that falls into one would count as proof.
PER_SLOT = 5


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of days on which a vendor's contacts come so many hours early (negative) or late."""

    vendor: str
    hours: int
    first_day: date
    last_day: date
    contacts: int
    score: float


def shifts(seen: pl.DataFrame) -> list[Shift]:
    """Every stretch of shifted days. ``seen``: vendor, queue, local_date, local_minute, offered."""
    usable = seen.filter(pl.col("offered") > 0)
    return [
        shift
        for (vendor,), own in usable.group_by(["vendor"], maintain_order=True)
        for shift in _of_vendor(str(vendor), own)
    ]


def _of_vendor(vendor: str, own: pl.DataFrame) -> list[Shift]:
    """Profiles are those of each queue and weekday, mixed as the day's own queues are."""
    own = own.with_columns(
        slot=(pl.col("local_minute") * SLOTS // 1440).cast(pl.Int64), weekday=pl.col("local_date").dt.weekday()
    )
    days = own["local_date"].unique().sort()
    counts = np.zeros((len(days), SLOTS))
    profile = np.zeros((len(days), SLOTS))
    place = {day: number for number, day in enumerate(days)}
    for _, part in own.group_by(["queue", "weekday"]):
        table = np.zeros((len(days), SLOTS))
        rows = np.array([place[day] for day in part["local_date"]])
        np.add.at(table, (rows, part["slot"].to_numpy()), part["offered"].to_numpy())
        present = np.unique(rows)
        if present.size < 4 or table.sum() < PER_SLOT * (table.sum(axis=0) > 0).sum():
            continue
        counts += table
        others = table.sum(axis=0) - table  # a day is no witness in its own case
        share = others[present] / np.maximum(others[present].sum(axis=1, keepdims=True), 1)
        profile[present] += share * table[present].sum(axis=1, keepdims=True)
    sums = profile.sum(axis=1, keepdims=True)
    scores = shift_scores(counts, profile / np.maximum(sums, 1), [hours * SLOTS // 24 for hours in HOURS])
    return _stretches(vendor, days, counts.sum(axis=1), scores)


def _stretches(vendor: str, days: pl.Series, contacts: np.ndarray, scores: np.ndarray) -> list[Shift]:
    candidates = []
    for number, hours in enumerate(HOURS):
        for run in best_stretches(scores[number], AT_LEAST):
            count = int(contacts[run.first : run.last + 1].sum())
            if run.score >= PER_CONTACT * count:
                candidates.append(Shift(vendor, hours, days[run.first], days[run.last], count, run.score))
    chosen: list[Shift] = []
    for shift in sorted(candidates, key=lambda one: -one.score):
        if all(shift.last_day < one.first_day or one.last_day < shift.first_day for one in chosen):
            chosen.append(shift)
    return sorted(chosen, key=lambda one: one.first_day)


def shift_findings(found: list[Shift]) -> Iterator[Finding]:
    """One finding per stretch."""
    for shift in found:
        hours = abs(shift.hours)
        yield Finding(
            kind="clock_shift",
            severity="warning",
            vendor=shift.vendor,
            feed="contacts",
            period_start=shift.first_day,
            period_end=shift.last_day,
            expected="arrivals at the usual times of day",
            observed=f"{hours} h {'early' if shift.hours < 0 else 'late'}",
            evidence={
                "hours": shift.hours,
                "contacts": shift.contacts,
                "log_likelihood_ratio": round(shift.score, 1),
                "days": (shift.last_day - shift.first_day + timedelta(days=1)).days,
                "reasoning": "The day's profile moved by this many hours fits far better than as it is.",
                "innocent": ["a change of clocks that an export did not follow", "opening hours that were moved"],
            },
            **sentence(
                "clock_early" if shift.hours < 0 else "clock_late",
                hours=hours,
                **period_words(shift.first_day, shift.last_day),
            ),
        )
