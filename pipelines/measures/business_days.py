"""Reporting days that begin at another hour than midnight: an operation round the clock may count from 06:00 to 06:00.

What happens before that hour belongs to the day before. Contacts are moved by their interval, whose start the terms'
business day must fall on; what is known by calendar date only (surveys, refunds, hours, invoices) can't be moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.workspace.terms import Terms

#: Hours at which reporting days are tried to begin, beside that of the terms and midnight.
USUAL_STARTS = (60, 120, 180, 240, 300, 360, 420, 480)
_MARK = "@"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Terms between two calendar dates (both included): their zone, and the minute at which their days begin."""

    first: date
    last: date
    zone: str
    minute: int

    def start_of(self, day: date) -> datetime:
        """The instant at which ``day`` begins."""
        return datetime.combine(day, time(self.minute // 60, self.minute % 60), ZoneInfo(self.zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """When one vendor's days begin: stretches of terms that follow each other and leave no date out."""

    stretches: tuple[Stretch, ...] = ()

    @classmethod
    def of(cls, terms: Sequence[Terms]) -> BusinessDays:
        """Dates before the first terms are taken as theirs, those after or between terms as of the terms before."""
        ordered = sorted(terms, key=lambda one: one.valid_from)
        if not any(one.day_start_minute for one in ordered):
            return cls()
        firsts = [date.min, *(one.valid_from for one in ordered[1:]), None]
        spans = [
            (first or date.min, date.max if after is None else after - timedelta(days=1))
            for first, after in pairwise(firsts)
        ]
        return cls(
            tuple(
                Stretch(first, last, one.report_tz, one.day_start_minute)
                for (first, last), one in zip(spans, ordered, strict=True)
            )
        )

    @property
    def moved(self) -> bool:
        """Whether any day begins at another hour than midnight."""
        return any(one.minute for one in self.stretches)

    def on(self, day: date) -> Stretch | None:
        """The stretch of a date; None where every day begins at midnight."""
        return next((one for one in self.stretches if one.first <= day <= one.last), None)

    def early(self, instant: str = "interval_start_at") -> pl.Expr:
        """Whether ``instant`` lies before the hour at which the days of its ``local_date`` begin."""
        found = pl.lit(False)
        for one in self.stretches:
            if one.minute:
                mine = pl.col("local_date").is_between(one.first, one.last)
                found |= mine & (minute_of_day(pl.col(instant), one.zone) < one.minute)
        return found

    def placed(self, intervals: pl.DataFrame) -> pl.DataFrame:
        """``intervals`` (interval_start_at and the calendar's local_date) on their business day."""
        if not self.moved or intervals.is_empty():
            return intervals
        before = pl.col("local_date").dt.offset_by("-1d")
        return intervals.with_columns(local_date=pl.when(self.early()).then(before).otherwise("local_date"))


def minute_of_day(instant: pl.Expr, zone: str) -> pl.Expr:
    """The minute of the local clock."""
    clock = instant.dt.convert_time_zone(zone)
    return clock.dt.hour().cast(pl.Int64) * 60 + clock.dt.minute().cast(pl.Int64)


def day_in(instant: pl.Expr, zone: str, minute: int = 0) -> pl.Expr:
    """The day that begins at ``minute`` of the clock of ``zone``."""
    calendar = instant.dt.convert_time_zone(zone).dt.date()
    if not minute:
        return calendar
    return pl.when(minute_of_day(instant, zone) < minute).then(calendar.dt.offset_by("-1d")).otherwise(calendar)


def clock_name(zone: str, minute: int = 0) -> str:
    """``Europe/Paris`` for days that begin at midnight there, ``Europe/Paris@06:00`` for others."""
    return zone if not minute else f"{zone}{_MARK}{clock_time(minute)}"


def clock_of(name: str) -> tuple[str, int]:
    """The zone and the minute of a :func:`clock_name`."""
    zone, _, start = name.partition(_MARK)
    return zone, (int(start[:2]) * 60 + int(start[3:])) if start else 0


def clock_time(minute: int) -> str:
    """``06:00``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def moved_sums(days: pl.DataFrame, early: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Sums by queue and calendar date (``names``) on business days.

    ``early``: queue, local_date and the part of each sum that lies before the hour at which days begin.
    """
    if early.is_empty():
        return days
    parts = early.select("queue", "local_date", *names)
    gone = parts.with_columns(-pl.col(name) for name in names)
    come = parts.with_columns(pl.col("local_date").dt.offset_by("-1d"))
    whole = pl.concat([days.select("queue", "local_date", *names), gone, come], how="vertical_relaxed")
    # What is taken away leaves dust of binary fractions where nothing should be left.
    return whole.group_by("queue", "local_date").agg(pl.col(name).sum().round(9) for name in names)
