"""Texts, choices, yes or no, and maps of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from pipelines.intake.mapping.cells import Answers, Kind, Parser
from pipelines.intake.mapping.durations import DurationParser

Raw = str | bool | int | float | None
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class TextParser:
    """Text without the blanks around it."""

    dtype: pl.DataType = field(default_factory=pl.String)

    def fast(self, text: pl.Series, kind: Kind) -> pl.Series:
        return text.str.strip_chars()

    def slow(self, text: pl.Series, kind: Kind) -> Answers:
        return Answers(text, _silence(text))


@dataclass(frozen=True, slots=True)
class LengthParser:
    """The number of characters of a text that is not kept."""

    dtype: pl.DataType = field(default_factory=pl.Int64)

    def fast(self, text: pl.Series, kind: Kind) -> pl.Series:
        return text.str.strip_chars().str.len_chars().cast(pl.Int64)

    def slow(self, text: pl.Series, kind: Kind) -> Answers:
        return Answers(self.fast(text, kind), _silence(text))


@dataclass(frozen=True, slots=True)
class ChoiceParser:
    """One of a few words; case and blanks around it don't count."""

    choices: tuple[str, ...]
    dtype: pl.DataType = field(default_factory=pl.String)

    def fast(self, text: pl.Series, kind: Kind) -> None:
        return None

    def slow(self, text: pl.Series, kind: Kind) -> Answers:
        words = [word.strip().casefold() for word in text.to_list()]
        known = {choice.casefold(): choice for choice in self.choices}
        shown = ", ".join(self.choices)
        reason = f"not one of {shown}: the mapping needs a map"
        return Answers(
            pl.Series([known.get(word) for word in words], dtype=pl.String),
            pl.Series([None if word in known or not word else reason for word in words], dtype=pl.String),
        )


@dataclass(frozen=True, slots=True)
class BoolParser:
    """``true`` or ``false``; what else means yes or no is for the mapping to say."""

    dtype: pl.DataType = field(default_factory=pl.Boolean)

    def fast(self, text: pl.Series, kind: Kind) -> None:
        return None

    def slow(self, text: pl.Series, kind: Kind) -> Answers:
        words = [word.strip().casefold() for word in text.to_list()]
        reason = "neither true nor false: the mapping needs a map"
        return Answers(
            pl.Series([_TRUTH.get(word) for word in words], dtype=pl.Boolean),
            pl.Series([None if word in _TRUTH or not word else reason for word in words], dtype=pl.String),
        )


class MapParser:
    """Values that the mapping translates, before any other reading.

    ``""`` stands for a blank (handled by the caller, who sees them), ``*`` for any other value. Where the map is
    ``exhaustive`` a value that it doesn't name is refused; elsewhere it is read as any cell of the column.
    """

    def __init__(self, table: Mapping[str, Raw], inner: Parser, exhaustive: bool) -> None:
        self.inner = inner
        self.exhaustive = exhaustive
        self.exact = {key.strip(): value for key, value in table.items() if key not in ("", "*")}
        self.loose = {key.casefold(): value for key, value in self.exact.items()}
        self.otherwise = ("*" in table, table.get("*"))

    @property
    def dtype(self) -> pl.DataType:
        return self.inner.dtype

    def fast(self, text: pl.Series, kind: Kind) -> pl.Series | None:
        if self.exhaustive or self.otherwise[0]:
            return None
        named = text.is_in([*self.exact, *self.loose])
        return self.inner.fast(text.set(named.fill_null(False), None), kind)

    def slow(self, text: pl.Series, kind: Kind) -> Answers:
        answers = [self._one(word, kind) for word in text.to_list()]
        if not answers:
            return Answers(pl.Series([], dtype=self.dtype), pl.Series([], dtype=pl.String))
        return Answers(
            pl.concat([answer.values for answer in answers]), pl.concat([answer.reasons for answer in answers])
        )

    def _one(self, raw: str, kind: Kind) -> Answers:
        word = raw.strip()
        if not word:
            return self.inner.slow(pl.Series([word]), None)
        if word in self.exact:
            return typed(self.exact[word], self.inner)
        if word.casefold() in self.loose:
            return typed(self.loose[word.casefold()], self.inner)
        if self.otherwise[0]:
            return typed(self.otherwise[1], self.inner)
        if self.exhaustive:
            reason = "not in the mapping's map of values"
            return Answers(pl.Series([None], dtype=self.dtype), pl.Series([reason]))
        quick = self.inner.fast(pl.Series([raw]), kind)
        if quick is not None and quick.null_count() == 0:
            return Answers(quick, pl.Series([None], dtype=pl.String))
        return self.inner.slow(pl.Series([raw]), kind)


def typed(value: Raw, parser: Parser) -> Answers:
    """A value of the mapping itself (a constant, the right side of a map) as the column's type."""
    if value is None:
        return Answers(pl.Series([None], dtype=parser.dtype), pl.Series([None], dtype=pl.String))
    if isinstance(parser, DurationParser) and not isinstance(value, str) and value == 0:
        value = "0 s"  # nothing is nothing in every unit
    kind = "b" if isinstance(value, bool) else "n" if isinstance(value, int | float) else None
    text = pl.Series([str(value)])
    if kind == "b" or parser.dtype in (pl.String, pl.Boolean):
        kind = None
    quick = parser.fast(text, kind)
    if quick is not None and quick.null_count() == 0:
        return Answers(quick, pl.Series([None], dtype=pl.String))
    return parser.slow(text, kind)


def _silence(text: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(text))
