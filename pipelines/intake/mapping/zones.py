"""From a local clock reading to an instant, and back to the local date of the terms.

Polars refuses what a clock change makes ambiguous or impossible; the mapping says what to do with it. Most batches
lie between two clock changes: there, adding one offset is all that is needed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from pipelines.intake.mapping.cells import faults_at, no_faults, put
from pipelines.intake.mapping.instants import INSTANT, LOCAL

Ambiguous = Literal["raise", "earliest", "latest", "order"]

_DAY_US = 86_400_000_000
_MINUTE_US = 60_000_000
_QUARTER_US = 15 * _MINUTE_US  # all clock changes of our time come on quarters of an hour of UTC
#: Past this span a batch is localised row by row: looking for clock changes would cost as much.
_LONG = timedelta(days=400)


@lru_cache(maxsize=4096)
def is_zone(name: str) -> bool:
    """Is it an IANA zone that both Python and Polars know?"""
    try:
        ZoneInfo(name)
        pl.Series([0]).cast(INSTANT).dt.convert_time_zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, pl.exceptions.ComputeError):
        return False
    return True


@dataclass(slots=True)
class Localised:
    """Instants; which of them were ambiguous and settled (None: no one); and the readings that have no instant."""

    instants: pl.Series
    ambiguous: pl.Series | None
    faults: pl.DataFrame


class Localiser:
    """Localises one column of one file, batch after batch: ``order`` remembers where the file's clock stood."""

    def __init__(self, ambiguous: Ambiguous = "raise", non_existent: Literal["raise", "null"] = "raise") -> None:
        self.ambiguous = ambiguous
        self.non_existent = non_existent
        self._clocks: dict[str, _FileClock] = defaultdict(_FileClock)

    def in_zone(self, local: pl.Series, zone: str) -> Localised:
        """Instants of readings in one zone."""
        offset = steady_offset(local, zone)
        if offset is not None:
            if self.ambiguous == "order":
                self._clocks[zone].note(local)
            return Localised((local.to_physical() - offset).cast(LOCAL).dt.replace_time_zone("UTC"), None, no_faults())
        early = _fixed(local, zone, "earliest")
        late = _fixed(local, zone, "latest")
        twice = (early != late).fill_null(False)
        gap = early.is_null() & local.is_not_null()
        chosen, faults = self._choose(local, early, late, twice, self._clocks[zone])
        if gap.any() and self.non_existent == "raise":
            where = gap.arg_true()
            reason = f"this time does not exist in {zone}: the clocks went forward"
            faults = pl.concat([faults, faults_at(where, _shown(local, where), reason)])
        settled = twice.any() and self.ambiguous != "raise"
        return Localised(chosen, twice if settled else None, faults)

    def _choose(
        self, local: pl.Series, early: pl.Series, late: pl.Series, twice: pl.Series, clock: _FileClock
    ) -> tuple[pl.Series, pl.DataFrame]:
        if self.ambiguous == "order":
            second = clock.second_pass(local, twice)
            return early.zip_with(~second, late), no_faults()
        if not twice.any() or self.ambiguous == "earliest":
            return early, no_faults()
        if self.ambiguous == "latest":
            return late, no_faults()
        where = twice.arg_true()
        reason = "this time came twice as the clocks went back: the mapping must declare ambiguous"
        return early.set(twice, None), faults_at(where, _shown(local, where), reason)

    def in_zones(self, local: pl.Series, zones: pl.Series) -> Localised:
        """Instants of readings with a zone for each row."""
        instants = pl.Series([None], dtype=INSTANT).new_from_index(0, len(local))
        ambiguous = pl.Series([False]).new_from_index(0, len(local))
        faults: list[pl.DataFrame] = []
        for zone in zones.filter(local.is_not_null()).unique().to_list():
            where = (zones.eq_missing(pl.Series([zone], dtype=pl.String)) & local.is_not_null()).arg_true()
            part = local.gather(where)
            if zone is None or not is_zone(zone):
                reason = "its zone is blank" if zone is None else f"{zone!r} is not an IANA time zone"
                faults.append(faults_at(where, _shown(local, where), reason))
                continue
            found = self.in_zone(part, zone)
            instants = put(instants, where, found.instants)
            if found.ambiguous is not None:
                ambiguous = put(ambiguous, where, found.ambiguous)
            if found.faults.height:
                faults.append(found.faults.with_columns(where.gather(found.faults["position"]).alias("position")))
        flags = ambiguous if ambiguous.any() else None
        return Localised(instants, flags, pl.concat(faults) if faults else no_faults())


class _FileClock:
    """Which pass of an ambiguous hour a row belongs to, from the order of rows in the file.

    In a file that runs forward the second pass begins where the clock steps back; in one that runs backward (newest
    first) the second pass comes first and ends where the clock steps forward.
    """

    def __init__(self) -> None:
        self.last: int | None = None  # the last reading, in microseconds
        self.second: bool | None = None  # None: outside an ambiguous hour
        self.backward = False

    def note(self, local: pl.Series) -> None:
        filled = local.drop_nulls()
        if len(filled):
            self.last, self.second = int(filled.to_physical()[-1]), None

    def second_pass(self, local: pl.Series, twice: pl.Series) -> pl.Series:
        if not twice.any():
            self.note(local)
            return twice
        readings = local.to_physical().to_list()
        answer = [self._step(reading, again) for reading, again in zip(readings, twice.to_list(), strict=True)]
        return pl.Series(answer, dtype=pl.Boolean)

    def _step(self, reading: int | None, again: bool) -> bool:
        if reading is None:
            return False
        before, self.last = self.last, reading
        if not again:
            self.second = None
            return False
        if self.second is None:  # entering the hour: from above means that the file runs backward
            self.second = before is not None and before > reading
            self.backward = self.second
        elif before is not None and self.backward and reading > before:
            self.second = False
        elif before is not None and not self.backward and reading < before:
            self.second = True
        return self.second


def steady_offset(local: pl.Series, zone: str) -> int | None:
    """The one offset (microseconds to take away for UTC) of all readings; None where there is more than one.

    Sampled every quarter of an hour: all clock changes are on such marks, and last for days.
    """
    if zone == "UTC":
        return 0
    ends = _ends(local)
    if ends is None:
        return 0
    if ends[1] - ends[0] > _LONG:
        return None
    step = timedelta(hours=3)  # a change moves the clock by three hours at most
    marks = pl.datetime_range(ends[0] - step, ends[1] + step, "15m", time_unit="us", eager=True)
    instants = marks.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    offsets = (marks.to_physical() - instants.dt.convert_time_zone("UTC").to_physical()).unique()
    return int(offsets[0]) if len(offsets) == 1 and offsets.null_count() == 0 else None


def _fixed(local: pl.Series, zone: str, pass_: Literal["earliest", "latest"]) -> pl.Series:
    return local.dt.replace_time_zone(zone, ambiguous=pass_, non_existent="null").dt.convert_time_zone("UTC")


def _shown(local: pl.Series, where: pl.Series) -> pl.Series:
    return local.gather(where).dt.strftime("%Y-%m-%d %H:%M:%S")


def local_readings(instants: pl.Series, zone: str) -> pl.Series:
    """What the clocks of ``zone`` show at each instant: microseconds of local time, as integers."""
    stamps = instants.to_physical()
    ends = _ends(instants)
    if zone == "UTC" or ends is None:
        return stamps
    if ends[1] - ends[0] > _LONG:
        return _clock(instants, zone)
    first = ends[0].replace(minute=ends[0].minute // 15 * 15, second=0, microsecond=0)
    marks = pl.datetime_range(first, ends[1], "15m", time_unit="us", eager=True)
    offsets = _clock(marks, zone) - marks.to_physical()
    if offsets.n_unique() == 1:
        return stamps + int(offsets[0])
    return stamps + offsets.gather((stamps - int(marks.to_physical()[0])) // _QUARTER_US)


def _clock(instants: pl.Series, zone: str) -> pl.Series:
    return instants.dt.convert_time_zone(zone).dt.replace_time_zone(None).to_physical()


def local_days(readings: pl.Series) -> pl.Series:
    """Dates of local readings in microseconds."""
    return (readings // _DAY_US).cast(pl.Int32).cast(pl.Date)


def local_minutes(readings: pl.Series) -> pl.Series:
    """Minutes of the local day's clock, 0 to 1439."""
    return readings % _DAY_US // _MINUTE_US


def _ends(values: pl.Series) -> tuple[datetime, datetime] | None:
    """The first and the last of some times; None where there is none."""
    low, high = values.min(), values.max()
    return (low, high) if isinstance(low, datetime) and isinstance(high, datetime) else None
