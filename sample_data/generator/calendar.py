"""Opening hours as instants: which lines are open on which day, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final

import holidays
import polars as pl

from sample_data.generator import plan

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Opening:
    """One line on one open day: local hours of the client's clock, and the instants they stand for (ms UTC)."""

    day: date
    start_h: float
    end_h: float
    start_ms: int
    end_ms: int


@cache
def _closed_days(country: str) -> frozenset[date]:
    years = range(plan.FIRST_DAY.year, plan.LAST_DAY.year + 1)
    return frozenset(holidays.country_holidays(country, years=years))


@cache
def offset_ms(zone: str, day: date) -> int:
    """Clock minus UTC at noon of the day. Polars' own zone table: the same on every machine with these pins."""
    noon = pl.Series([datetime.combine(day, time(12))]).dt.replace_time_zone("UTC")
    local = noon.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return int((local - noon.dt.replace_time_zone(None)).dt.total_milliseconds().item())


@cache
def opening(line_number: int, day: date) -> Opening | None:
    """When the line is open on that day, or None: not yet, no longer, closed weekday or public holiday."""
    line = plan.LINES[line_number]
    hours = line.hours[day.weekday()]
    country = plan.VENDORS[line.vendor].holiday_country
    if hours is None or not line.first_day <= day <= line.last_day:
        return None
    if country is not None and day in _closed_days(country):
        return None
    midnight = int((datetime.combine(day, time(0), UTC) - EPOCH).total_seconds() * 1000) - offset_ms(
        plan.CLIENT_ZONE, day
    )
    start, end = (midnight + round(hour * 3_600_000) for hour in hours)
    return Opening(day, hours[0], hours[1], start, end)


def next_open_day(line_number: int, day: date) -> date | None:
    """The first open day on or after ``day`` within a week, or None."""
    for ahead in range(7):
        later = day + timedelta(days=ahead)
        if later <= plan.LAST_DAY and opening(line_number, later):
            return later
    return None
