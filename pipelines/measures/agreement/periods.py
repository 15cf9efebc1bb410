"""The periods over which agreements measure: weeks, fiscal months and quarters, each day in exactly one.

A fiscal month may begin on any day up to the 28th: from the 22nd to the 21st. Fiscal quarters are three such months,
counted from the month in which the fiscal year begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

Grain = Literal["interval", "day", "week", "month", "quarter"]
GRAINS: tuple[Grain, ...] = ("interval", "day", "week", "month", "quarter")
WeekStart = Literal["monday", "sunday", "saturday"]
_DAYS_BEFORE_MONDAY: dict[WeekStart, int] = {"monday": 0, "sunday": 1, "saturday": 2}


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a company cuts its time: first day of a week, first day of a month, first month of a year."""

    week_start: WeekStart = "monday"
    month_start: int = 1
    year_start: int = 1

    def start(self, day: pl.Expr, grain: Grain) -> pl.Expr:
        """First day of the period in which ``day`` lies; an interval belongs to its day."""
        if grain in ("interval", "day"):
            return day
        if grain == "week":
            before = pl.duration(days=_DAYS_BEFORE_MONDAY[self.week_start])
            return (day + before).dt.truncate("1w") - before
        month = day.dt.offset_by(f"-{self.month_start - 1}d").dt.truncate("1mo")
        if grain == "quarter":
            past = (month.dt.month().cast(pl.Int32) - self.year_start) % 3
            month = month.dt.offset_by(pl.format("-{}mo", past))
        return month.dt.offset_by(f"{self.month_start - 1}d")

    def end(self, start: pl.Expr, grain: Grain) -> pl.Expr:
        """Last day of the period that begins on ``start``."""
        step = {"interval": "1d", "day": "1d", "week": "1w", "month": "1mo", "quarter": "3mo"}[grain]
        return start.dt.offset_by(step).dt.offset_by("-1d")

    def periods(self, first: date, last: date, grain: Grain) -> pl.DataFrame:
        """All periods that have a day between ``first`` and ``last``: period_start, period_end."""
        days = pl.DataFrame({"day": pl.date_range(first, last, "1d", eager=True)})
        starts = days.select(period_start=self.start(pl.col("day"), grain)).unique().sort("period_start")
        return starts.with_columns(period_end=self.end(pl.col("period_start"), grain))

    def period_of(self, day: date, grain: Grain) -> tuple[date, date]:
        """First and last day of the period in which ``day`` lies."""
        start, end = self.periods(day, day, grain).row(0)
        return start, end


def days_between(first: date, last: date) -> list[date]:
    """Every day from ``first`` to ``last``, both included."""
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]
