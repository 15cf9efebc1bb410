"""Dates and times as printed, before any zone: local clock readings, or instants where the value says its offset.

A value must fit one of the declared formats, or, where none is declared, ISO 8601. Typed cells of a workbook need no
format. Nothing is guessed: ``04/06/2026`` without a format is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.intake.mapping.cells import Cells, Kind, faults_at, no_faults, put
from pipelines.intake.mapping.names import in_english

LOCAL = pl.Datetime("us")
INSTANT = pl.Datetime("us", "UTC")

#: Counts of time since an epoch that a format may name: microseconds in one, and the epoch.
EPOCHS: dict[str, tuple[float, int]] = {"unix": (1e6, 0), "unix_ms": (1e3, 0), "unix_us": (1.0, 0)}
EXCEL_SERIAL = "excel_serial"
_EXCEL_EPOCH_US = -2_209_161_600_000_000  # 1899-12-30, day 0 of a workbook's serial dates
_DAY_US = 86_400_000_000

_TIMES = ("%H:%M:%S", "%H:%M:%S%.f", "%H:%M")
_ZONES = ("", "Z", "%#z", " %#z")
_ISO = tuple(f"%Y-%m-%d{mark}{time}{zone}" for zone in _ZONES for time in _TIMES for mark in (" ", "T"))
_ISO_DATES = ("%Y-%m-%d", "%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00")
_WORDS = re.compile(r"%[aAbBh]")
_DAYS = re.compile(r"%[-_0]?[djeFcDxvuwaA]|%s|%\+")
_PLAUSIBLE = (0, 7_258_118_400_000_000)  # 1970 to 2200, in microseconds


@dataclass(frozen=True, slots=True)
class Moments:
    """Each cell is a local reading, or an instant, or neither; ``absolute`` is None where no cell is an instant."""

    local: pl.Series
    absolute: pl.Series | None
    faults: pl.DataFrame


def read_moments(cells: Cells, formats: Sequence[str] | None, locale: str, dates_only: bool = False) -> Moments:
    """Read a column of dates and times; ``dates_only`` for a column of dates, which are midnights here."""
    size = len(cells.text)
    local, absolute = _nothing(size, LOCAL), None
    faults: list[pl.DataFrame] = []
    for kind, positions, text in cells.groups():
        part = _read_kind(text, kind, formats, locale, dates_only)
        if positions is None:
            return part
        local = put(local, positions, part.local)
        if part.absolute is not None:
            absolute = put(_nothing(size, INSTANT) if absolute is None else absolute, positions, part.absolute)
        if part.faults.height:
            faults.append(part.faults.with_columns(positions.gather(part.faults["position"]).alias("position")))
    return Moments(local, absolute, pl.concat(faults) if faults else no_faults())


def _read_kind(text: pl.Series, kind: Kind, formats: Sequence[str] | None, locale: str, dates_only: bool) -> Moments:
    if kind in ("t", "b", "p"):
        return _refused(text, "a time, a percentage or a yes or no where a date was expected")
    if kind == "d":
        tries: Sequence[str] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f")
    elif kind == "n" and not any(_is_count(form) for form in formats or ()):
        return _refused(text, "a number where a date was expected: is it unix, unix_ms or excel_serial?")
    else:
        tries = formats or _likely(text, _ISO_DATES if dates_only else _ISO)
    return _attempt(text, tries, locale, described=bool(formats) and kind != "d")


def _attempt(text: pl.Series, formats: Sequence[str], locale: str, described: bool) -> Moments:
    """Try each format on what the earlier ones left."""
    local, absolute = _nothing(len(text), LOCAL), None
    left: pl.Series | None = None  # positions that nothing has read; None: all
    for form in formats:
        rest = text if left is None else text.gather(left)
        values = _parse(rest, form, locale)
        where = pl.int_range(len(text), dtype=pl.UInt32, eager=True) if left is None else left
        if values.dtype == INSTANT:
            if values.null_count() < len(values):
                base = _nothing(len(text), INSTANT) if absolute is None else absolute
                absolute = put(base, where, values)
        else:
            local = put(local, where, values)
        missing = values.is_null() & rest.is_not_null()
        if not missing.any():
            return _plausible(text, Moments(local, absolute, no_faults()))
        left = where.filter(missing)
    left = pl.Series(dtype=pl.UInt32) if left is None else left
    raw = text.gather(left)
    filled = raw.str.strip_chars() != ""
    expected = (
        f"fits none of {', '.join(formats)}" if described else "not a date as ISO 8601 prints it: declare its format"
    )
    return _plausible(text, Moments(local, absolute, faults_at(left.filter(filled), raw.filter(filled), expected)))


def _parse(text: pl.Series, form: str, locale: str) -> pl.Series:
    """One format on one column; null where it doesn't fit."""
    if _is_count(form):
        return _counted(text, form)
    if _WORDS.search(form) and locale != "en":
        text = in_english(text, locale)
    form = form.replace(".%f", "%.f")
    if re.search(r"%[HIkl]", form) and not re.search(r"%[MTRXrcs+]", form):  # an hour stands for its beginning
        text, form = text.str.strip_chars() + " :00", form + " :%M"
    if not _DAYS.search(form):  # a month or a week stands for its first day
        weekly = "%V" in form or "%W" in form or "%U" in form
        text, form = text.str.strip_chars() + (" 1" if weekly else " 01"), form + (" %u" if weekly else " %d")
    if re.search(r"%[:#]*z|%\+", form):
        return text.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
    if form.endswith("Z") and not form.endswith("%Z"):
        return text.str.to_datetime(form, strict=False, time_unit="us").dt.replace_time_zone("UTC")
    return text.str.to_datetime(form, strict=False, time_unit="us")


def _is_count(form: str) -> bool:
    return form in EPOCHS or form == EXCEL_SERIAL


def _counted(text: pl.Series, form: str) -> pl.Series:
    """Seconds since 1970 (an instant), or days since 1899-12-30 (a local reading)."""
    numbers = text.str.strip_chars().cast(pl.Float64, strict=False)
    factor, epoch = EPOCHS.get(form, (float(_DAY_US), _EXCEL_EPOCH_US))
    # Serial days carry a rounding error of a few microseconds: they are whole seconds.
    scaled = (numbers * factor).round() if form in EPOCHS else (numbers * 86_400).round() * 1_000_000
    within = scaled.is_between(-1e17, 1e17)
    stamps = (scaled.set(~within.fill_null(True), None).cast(pl.Int64, strict=False) + epoch).cast(LOCAL)
    return stamps.dt.replace_time_zone("UTC") if form in EPOCHS else stamps


def _likely(text: pl.Series, formats: Sequence[str]) -> Sequence[str]:
    """The formats, those that read the first value first."""
    first = text.drop_nulls().head(1)
    if not len(first):
        return formats[:1]
    fitting = [form for form in formats if _parse(first, form, "en").null_count() == 0]
    return [*fitting, *(form for form in formats if form not in fitting)]


def _plausible(text: pl.Series, moments: Moments) -> Moments:
    """Refuse years before 1970 and after 2199: ``%Y`` reads ``25`` as the year 25."""
    local, found = _within(moments.local, text)
    absolute = moments.absolute
    faults = [moments.faults, found]
    if absolute is not None:
        absolute, found = _within(absolute, text)
        faults.append(found)
    return Moments(local, absolute, pl.concat(faults) if any(f.height for f in faults) else moments.faults)


def _within(values: pl.Series, text: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    stamps = values.to_physical()
    low, high = stamps.min(), stamps.max()
    if low is None or (low >= _PLAUSIBLE[0] and high < _PLAUSIBLE[1]):  # type: ignore[operator]
        return values, no_faults()
    out = ~stamps.is_between(*_PLAUSIBLE, closed="left")
    positions = out.fill_null(False).arg_true()
    reason = "a year before 1970 or after 2199: %Y is for four digits, %y for two"
    return values.set(out.fill_null(False), None), faults_at(positions, text.gather(positions), reason)


def _refused(text: pl.Series, reason: str) -> Moments:
    positions = text.is_not_null().arg_true()
    return Moments(_nothing(len(text), LOCAL), None, faults_at(positions, text.gather(positions), reason))


def _nothing(size: int, dtype: pl.DataType) -> pl.Series:
    return pl.Series([None], dtype=dtype).new_from_index(0, size)
