"""Numbers as people and systems print them: decimal commas, thousands marks, trailing minus, percent marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from pipelines.intake.mapping.cells import Answers, Kind

#: A space that keeps digits together: no-break, narrow no-break, thin, figure.
_SPACES = "[\u00a0\u202f\u2009\u2007]"
_THOUSANDS = r"\d{1,3}(?:[ '’]\d{3})+"
_EXPONENT = r"(?:[eE][+-]?\d+)?"

#: Locales that print the decimal comma; of these, French groups thousands by spaces only.
_COMMA = frozenset({"fr", "es", "de", "pt", "it"})

_KIND_NAMES = {"d": "a date", "t": "a time", "b": "a yes or no", "p": "a percentage"}


def plain_form(text: pl.Series, locale: str, trailing_minus: bool = False) -> pl.Series:
    """The same numbers as ``-1234.5``; null where the text is not a number as the locale prints it."""
    frame = pl.DataFrame([text.alias("text")])
    clean = pl.col("text").str.replace_all(_SPACES, " ").str.strip_chars().str.replace("−", "-", literal=True)
    if trailing_minus:
        clean = clean.str.replace(r"^([^-]+?) ?-$", "-$1")
    whole, mark, groups = _printed(locale)
    pattern = rf"^[+-]?(?:(?:{whole})(?:{mark}\d*)?|{mark}\d+){_EXPONENT}$"
    bare = clean.str.replace_all(groups, "")
    if locale in _COMMA:
        bare = bare.str.replace(",", ".", literal=True)
    bare = bare.str.strip_chars_start("+")
    return frame.select(pl.when(clean.str.contains(pattern)).then(bare)).to_series()


def _printed(locale: str) -> tuple[str, str, str]:
    """Pattern of the whole part, of the decimal mark, and of the marks between thousands."""
    if locale not in _COMMA:
        return rf"\d{{1,3}}(?:,\d{{3}})+|{_THOUSANDS}|\d+", r"\.", "[, '’]"
    if locale == "fr":
        return rf"{_THOUSANDS}|\d+", ",", "[ '’]"
    return rf"\d{{1,3}}(?:\.\d{{3}})+|{_THOUSANDS}|\d+", ",", "[. '’]"


def quick_floats(text: pl.Series, locale: str) -> pl.Series:
    """Floats of the texts that are plain numbers in this locale; null for all others."""
    if locale in _COMMA:
        frame = pl.DataFrame([text.alias("text")])
        unmarked = pl.when(~pl.col("text").str.contains(".", literal=True)).then(pl.col("text"))
        text = frame.select(unmarked.str.replace(",", ".", literal=True)).to_series()
    return finite(text.cast(pl.Float64, strict=False))


def finite(values: pl.Series) -> pl.Series:
    """``values`` without infinities and not-a-number, which are no figures."""
    ends = values.is_finite()
    return values if ends.all() else values.set(~ends.fill_null(True), None)


@dataclass(frozen=True, slots=True)
class NumberParser:
    """Numbers of one target type: float, whole, or money. ``whole``: floats that count something, and have no parts."""

    dtype: pl.DataType
    locale: str = "en"
    trailing_minus: bool = False
    whole: bool = False

    def fast(self, text: pl.Series, kind: Kind) -> pl.Series | None:
        if kind not in (None, "n"):
            return None
        locale = self.locale if kind is None else "en"
        if self.dtype == pl.Float64:
            return self._whole(quick_floats(text, locale))
        if self.dtype == pl.Int64 or locale not in _COMMA:
            return text.cast(self.dtype, strict=False)
        return None

    def slow(self, text: pl.Series, kind: Kind) -> Answers:
        if kind not in (None, "n"):
            return all_refused(text, self.dtype, f"{_KIND_NAMES[kind]} where a number was expected")
        printed = plain_form(text, self.locale if kind is None else "en", self.trailing_minus)
        values = self._typed(printed)
        reasons = pl.DataFrame([text.alias("t"), printed.alias("p"), values.alias("v")]).select(
            pl.when(pl.col("v").is_not_null() | (pl.col("t").str.strip_chars() == ""))
            .then(None)
            .when(pl.col("p").is_not_null())
            .then(pl.lit(self._misfit))
            .otherwise(pl.lit(f"not a number as {self.locale!r} prints it (is `locale` right?)"))
        )
        return Answers(values, reasons.to_series())

    @property
    def _misfit(self) -> str:
        """Why a number is none of this type."""
        if self.whole:
            return "not a whole number (is `locale` right? `type: float` if it is an average)"
        return "not a whole number" if self.dtype == pl.Int64 else "out of range"

    def _whole(self, values: pl.Series) -> pl.Series:
        if not self.whole:
            return values
        parts = (values != values.floor()).fill_null(False)
        return values.set(parts, None) if parts.any() else values

    def _typed(self, printed: pl.Series) -> pl.Series:
        if self.dtype != pl.Int64:
            values = printed.cast(self.dtype, strict=False)
            return self._whole(finite(values)) if self.dtype == pl.Float64 else values
        floats = printed.cast(pl.Float64, strict=False)
        whole = (floats == floats.floor()) & (floats.abs() < 2.0**53)
        return floats.set(~whole.fill_null(False), None).cast(pl.Int64, strict=False)


@dataclass(frozen=True, slots=True)
class RatioParser:
    """Shares from 0 to 1. A mark decides (``81,3 %``, a cell shown in percent), else the declared scale.

    With scale ``auto`` a text without a mark is in points where a person typed it (a text cell of a workbook);
    anywhere else it is refused. The size of a number never decides.
    """

    scale: Literal["fraction", "percent", "auto"] | None
    locale: str = "en"
    typed_by_hand: bool = False
    dtype: pl.DataType = field(default_factory=pl.Float64)

    def fast(self, text: pl.Series, kind: Kind) -> pl.Series | None:
        if kind == "p":
            return quick_floats(text, "en")
        divisor = self._divisor(kind)
        if kind not in (None, "n") or divisor is None:
            return None
        values = quick_floats(text, self.locale if kind is None else "en")
        return values if divisor == 1 else values / divisor

    def slow(self, text: pl.Series, kind: Kind) -> Answers:
        if kind not in (None, "n", "p"):
            return all_refused(text, self.dtype, f"{_KIND_NAMES[kind]} where a share was expected")
        frame = pl.DataFrame([text.alias("t")]).with_columns(m=pl.col("t").str.contains(r"%\s*$"))
        number = frame.select(pl.col("t").str.replace(r"%\s*$", "")).to_series()
        values = plain_form(number, self.locale if kind is None else "en").cast(pl.Float64, strict=False)
        divisor = self._divisor(kind)
        frame = frame.with_columns(values.alias("v"))
        bare = pl.lit(None, dtype=pl.Float64) if divisor is None else pl.col("v") / divisor
        unmarked = "a share without a % mark: the mapping must declare its scale"
        answers = frame.with_columns(a=pl.when("m").then(pl.col("v") / 100).otherwise(bare)).select(
            "a",
            r=pl.when(pl.col("a").is_not_null() | (pl.col("t").str.strip_chars() == ""))
            .then(None)
            .when(pl.col("v").is_not_null())
            .then(pl.lit(unmarked))
            .otherwise(pl.lit(f"not a share as {self.locale!r} prints it (is `locale` right?)")),
        )
        return Answers(answers["a"], answers["r"])

    def _divisor(self, kind: Kind) -> int | None:
        if self.scale == "auto" and kind is None and self.typed_by_hand:
            return 100
        return {"fraction": 1, "percent": 100}.get(self.scale or "")


def all_refused(text: pl.Series, dtype: pl.DataType, reason: str) -> Answers:
    """The same reason for every text."""
    nothing = pl.Series([None], dtype=dtype).new_from_index(0, len(text))
    return Answers(nothing, pl.Series([reason]).new_from_index(0, len(text)))
