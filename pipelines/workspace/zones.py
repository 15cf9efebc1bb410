"""The time zones of a country, as the tz database lists them, and whether two zones show the same clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytz

#: Every this many days of two years clocks are held against each other: no summer time, no Ramadan is shorter.
STEP_DAYS = 7
#: Zones of no place: clocks of systems.
NOWHERE = "Etc/"


def zones_of(country: str | None) -> tuple[str, ...]:
    """The zones of a country (ISO 3166, two letters); none where the country is not known."""
    return tuple(pytz.country_timezones.get(country or "") or ())


def country_name(country: str) -> str:
    """``Madagascar`` for MG; the code itself where the tz database has no name for it."""
    return str(pytz.country_names.get(country) or country)


@cache
def countries_of(zone: str) -> tuple[str, ...]:
    """The countries that have the zone among theirs."""
    return tuple(sorted(country for country, zones in pytz.country_timezones.items() if zone in zones))


def of_no_place(zone: str) -> bool:
    """UTC and its like: the clock of a system, which says nothing of a place."""
    return zone == "UTC" or zone.startswith(NOWHERE)


def fits(zone: str, zones: Iterable[str]) -> bool:
    """Is the zone one of these, or does it show the same clock as one of them all year round?"""
    listed = tuple(zones)
    return zone in listed or any(_clock(zone) == _clock(other) for other in listed)


@cache
def _clock(zone: str) -> tuple[timedelta | None, ...]:
    """How far the zone is from UTC through last year and this one."""
    first = datetime(datetime.now(UTC).year - 1, 1, 1, 12, tzinfo=UTC)
    place = ZoneInfo(zone)
    return tuple((first + timedelta(days=day)).astimezone(place).utcoffset() for day in range(0, 730, STEP_DAYS))
