"""Durations in every form that reports print them, to seconds.

Forms with marks of their own (``00:05:12``, ``52 s``, ``5 min 12``, ``1h02``, ``PT5M12S``, a typed time cell) need no
declaration. A bare number is worth what the mapping's ``unit`` says, and is refused where it says nothing; ``5:12`` is
refused unless ``format`` says ``mm:ss`` or ``hh:mm``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import polars as pl

from pipelines.intake.mapping.cells import Answers, Kind
from pipelines.intake.mapping.numbers import all_refused, plain_form, quick_floats

#: Seconds in one of each declared unit.
SECONDS = {"s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0, "day_fraction": 86_400.0}

_DAY, _HOUR, _MINUTE, _SECOND, _MILLI = 86_400.0, 3600.0, 60.0, 1.0, 0.001
_SPELT = (
    (_DAY, "d day days j jour jours día días dia dias tag tage giorno giorni"),
    (_HOUR, "h hr hrs hour hours heure heures hora horas std stunde stunden ora ore"),
    (_MINUTE, "m mn min mins minute minutes minuto minutos minuten minuti ' ′ ’"),
    (_SECOND, "s sec secs second seconds seconde secondes segundo segundos seg sek sekunde sekunden secondo secondi"),
    (_SECOND, "\" ″ ''"),
    (_MILLI, "ms millisecond milliseconds milliseconde millisecondes"),
)
_WORDS = {word: seconds for seconds, words in _SPELT for word in words.split()}
_DAYS = r"(?:(?P<days>\d+)\s*(?:d|days?|j|jours?|días?|dias?|tage?|giorn[oi])\.?,?\s+)?"
_CLOCK = re.compile(rf"{_DAYS}(?P<h>\d+):(?P<m>[0-5]?\d):(?P<s>[0-5]?\d(?:[.,]\d+)?)")
_PAIR = re.compile(r"(?P<a>\d+):(?P<b>[0-5]\d)")
_ISO = re.compile(r"P(?:(?P<d>\d+)D)?T?(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?")
_PART = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([^\d\s.,]*)\.?,?")


@dataclass(frozen=True, slots=True)
class DurationParser:
    """Seconds. ``unit`` is that of bare numbers (None or ``text``: there are none); ``pair`` reads ``5:12``."""

    unit: str | None = None
    pair: str | None = None
    locale: str = "en"
    dtype: pl.DataType = field(default_factory=pl.Float64)

    def fast(self, text: pl.Series, kind: Kind) -> pl.Series | None:
        if kind == "t":
            return quick_floats(text, "en")
        factor = SECONDS.get(self.unit or "")
        if kind not in (None, "n") or factor is None:
            return None
        return scaled(quick_floats(text, self.locale if kind is None else "en"), self.unit or "s")

    def slow(self, text: pl.Series, kind: Kind) -> Answers:
        if kind not in (None, "n", "t"):
            return all_refused(text, self.dtype, "a date, a percentage or a yes or no where a duration was expected")
        bare = plain_form(text, self.locale if kind is None else "en").cast(pl.Float64, strict=False)
        answers = [self._read(raw, number) for raw, number in zip(text.to_list(), bare.to_list(), strict=True)]
        values = pl.Series([a if isinstance(a, float) else None for a in answers], dtype=pl.Float64)
        reasons = pl.Series([a if isinstance(a, str) else None for a in answers], dtype=pl.String)
        return Answers(values, reasons)

    def _read(self, raw: str, number: float | None) -> float | str | None:
        """Seconds, or why not; None where nothing is there."""
        text = raw.replace("\u00a0", " ").replace("\u202f", " ").strip()
        if not text:
            return None
        if number is not None:
            if self.unit not in SECONDS:
                return "a number without a unit: the mapping must declare it"
            return float(scaled(pl.Series([number]), self.unit)[0])
        negative = text[0] in "-−"
        seconds = self._marked(text.lstrip("-−+ "))
        return -seconds if negative and isinstance(seconds, float) else seconds

    def _marked(self, text: str) -> float | str:
        if match := _CLOCK.fullmatch(text.lower()):
            parts = match.groupdict()
            return (
                float(parts["days"] or 0) * _DAY
                + float(parts["h"]) * _HOUR
                + float(parts["m"]) * _MINUTE
                + float(parts["s"].replace(",", "."))
            )
        if match := _PAIR.fullmatch(text):
            if self.pair not in ("mm:ss", "hh:mm"):
                return "minutes or hours? the mapping must declare format mm:ss or hh:mm"
            factor = _SECOND if self.pair == "mm:ss" else _MINUTE
            return (float(match["a"]) * 60 + float(match["b"])) * factor
        if (match := _ISO.fullmatch(text.upper())) and len(text) > 2:
            units = {"d": _DAY, "h": _HOUR, "m": _MINUTE, "s": _SECOND}
            return sum(float(match[name] or 0) * factor for name, factor in units.items())
        return _in_words(text.lower())


def _in_words(text: str) -> float | str:
    """``1 h 02 min 03``: falling units; a last number without one is of the next smaller unit."""
    total, position, last = 0.0, 0, float("inf")
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return "not a duration"
        number, word = float(match[1].replace(",", ".")), match[2]
        if word:
            worth = _WORDS.get(word, 0.0)
        else:
            worth = {_HOUR: _MINUTE, _MINUTE: _SECOND}.get(last, 0.0) if match.end() == len(text) else 0.0
        if not 0.0 < worth < last:
            return "not a duration"
        total, position, last = total + number * worth, match.end(), worth
    return total


def scaled(values: pl.Series, unit: str) -> pl.Series:
    """Numbers of a unit as seconds. Milliseconds are divided: 4123.5 / 1000 is 4.1235, times 0.001 it is not."""
    if unit == "s":
        return values
    return values / 1000 if unit == "ms" else values * SECONDS[unit]
