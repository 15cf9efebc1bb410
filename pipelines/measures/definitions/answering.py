"""Abandon rate, average speed of answer and handle time, in the variants that reports differ by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import polars as pl

AbandonVariant = Literal[
    "all", "short_both_sides", "short_numerator", "with_ivr", "with_voicemail", "answered_over_offered"
]
ABANDON_VARIANTS: tuple[AbandonVariant, ...] = get_args(AbandonVariant)
#: The service level's words for the same.
SHORT_WORDS: dict[str, AbandonVariant] = {"short_excluded": "short_both_sides", "short_credited": "short_numerator"}


@dataclass(frozen=True, slots=True)
class AbandonRateDefinition:
    """One way to compute an abandon rate.

    ``short_both_sides`` leaves short abandons out of both sides, ``short_numerator`` out of the numerator only.
    ``answered_over_offered`` is what one agreement calls "Abandon Rate Percentage": it is here to be recognised.
    """

    variant: AbandonVariant = "all"
    short_abandon_s: float | None = None

    @property
    def id(self) -> str:
        limit = "" if self.short_abandon_s is None else f"/short{self.short_abandon_s:g}s"
        return f"abandon_rate.{self.variant}{limit}"

    @classmethod
    def from_clause(cls, clause: Mapping[str, Any]) -> AbandonRateDefinition:
        """A clause may say it with the service level's words: ``short_excluded`` or ``short_credited``, and a limit."""
        said = clause.get("variant") or "all"
        named: AbandonVariant = next((one for one in ABANDON_VARIANTS if one == said), "all")
        variant = SHORT_WORDS.get(said, named)
        return cls(variant, clause.get("short_abandon_s") if variant.startswith("short_") else None)


def abandon_rate_parts(definition: AbandonRateDefinition) -> tuple[pl.Expr, pl.Expr]:
    """Numerator and denominator over the columns offered, answered, abandoned and what the variant names besides."""
    offered, abandoned, short = pl.col("offered"), pl.col("abandoned"), pl.col("short_abandoned")
    formulas: dict[AbandonVariant, tuple[pl.Expr, pl.Expr]] = {
        "all": (abandoned, offered),
        "short_both_sides": (abandoned - short, offered - short),
        "short_numerator": (abandoned - short, offered),
        "with_ivr": (abandoned + pl.col("abandoned_ivr"), offered + pl.col("abandoned_ivr")),
        "with_voicemail": (abandoned + pl.col("voicemail"), offered),
        "answered_over_offered": (pl.col("answered"), offered),
    }
    return formulas[definition.variant]


def abandon_rate(counts: pl.DataFrame, definition: AbandonRateDefinition, by: list[str] | None = None) -> pl.DataFrame:
    """``by`` + value, numerator, denominator of the summed counts; without demand the value is null."""
    top, bottom = abandon_rate_parts(definition)
    return _ratio(counts, top.sum(), bottom.sum(), by)


def unaccounted(counts: pl.DataFrame) -> pl.DataFrame:
    """``counts`` with ``unaccounted``: offered contacts that are neither answered, abandoned nor went elsewhere.

    Zero when the identity holds; negative when outcomes add up to more than was offered.
    """
    names = ("answered", "abandoned", "flow_outs", "callbacks", "voicemail", "errors")
    known = [name for name in names if name in counts.columns]
    return counts.with_columns(unaccounted=pl.col("offered") - pl.sum_horizontal(known))


@dataclass(frozen=True, slots=True)
class SpeedOfAnswerDefinition:
    """Average speed of answer: waits of answered contacts over ``answered``, or over all ``offered`` ones.

    The second is low by construction when many abandon.
    """

    over: Literal["answered", "offered"] = "answered"

    @property
    def id(self) -> str:
        return f"asa_s.over_{self.over}"


def speed_of_answer(
    counts: pl.DataFrame, definition: SpeedOfAnswerDefinition, by: list[str] | None = None
) -> pl.DataFrame:
    """``by`` + value (seconds), numerator, denominator, from wait_answered_s and the count that is named."""
    return _ratio(counts, pl.col("wait_answered_s").sum(), pl.col(definition.over).sum(), by)


HandlePart = Literal["talk_s", "hold_s", "acw_s", "ring_s", "aux_s"]


@dataclass(frozen=True, slots=True)
class HandleTimeDefinition:
    """Average handle time: which ``parts`` of a contact's time count, and whether agents' own means are averaged.

    ``mean_of_means`` gives every agent (or team) the same weight, whatever it handled: a common way to be wrong.
    """

    parts: tuple[HandlePart, ...] = ("talk_s", "hold_s", "acw_s")
    aggregation: Literal["pooled", "mean_of_means"] = "pooled"

    @property
    def id(self) -> str:
        return f"aht_s.{'+'.join(part.removesuffix('_s') for part in self.parts)}.{self.aggregation}"


def handle_time(sums: pl.DataFrame, definition: HandleTimeDefinition, by: list[str] | None = None) -> pl.DataFrame:
    """``by`` + value (seconds), numerator, denominator, from rows of summed seconds and ``handled`` contacts.

    For ``mean_of_means`` a row is one agent or team, and the parts are the summed means over the number of rows.
    """
    seconds = pl.sum_horizontal(definition.parts, ignore_nulls=False)
    if definition.aggregation == "pooled":
        return _ratio(sums, seconds.sum(), pl.col("handled").sum(), by)
    busy = sums.filter(pl.col("handled") > 0)
    return _ratio(busy, (seconds / pl.col("handled")).sum(), pl.len(), by)


def _ratio(frame: pl.DataFrame, top: pl.Expr, bottom: pl.Expr, by: list[str] | None) -> pl.DataFrame:
    parts = [top.cast(pl.Float64).alias("numerator"), bottom.cast(pl.Float64).alias("denominator")]
    sums = frame.group_by(by, maintain_order=True).agg(parts) if by else frame.select(parts)
    value = pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator"))
    return sums.with_columns(value=value).select(*(by or []), "value", "numerator", "denominator")
