"""CSAT, NPS and customer effort from how often each score was given, in the variants that reports differ by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from pipelines.measures.figures import Figure, mean_figure, nps_figure, rate_figure


@dataclass(frozen=True, slots=True)
class CsatDefinition:
    """Share of answers in the ``boxes`` best marks of a scale up to ``scale_max``.

    ``neutral`` false drops the middle mark from the denominator. ``as_mean`` gives the mean score, which is not CSAT
    although some reports call it so.
    """

    boxes: int = 2
    scale_min: int = 1
    scale_max: int = 5
    neutral: bool = True
    as_mean: bool = False

    @property
    def id(self) -> str:
        if self.as_mean:
            return f"csat.mean/{self.scale_min}-{self.scale_max}"
        return f"csat.top{self.boxes}/{self.scale_min}-{self.scale_max}{'' if self.neutral else '/without_neutral'}"


def csat(scores: pl.DataFrame, definition: CsatDefinition) -> Figure:
    """Customer satisfaction from ``score`` and ``n``. Raises ``ValueError`` for a score outside the scale."""
    rows = _on_scale(scores, definition.scale_min, definition.scale_max)
    score, n = pl.col("score"), pl.col("n")
    if definition.as_mean:
        total, squares, count = rows.select((score * n).sum(), (score**2 * n).sum().alias("squares"), n.sum()).row(0)
        return mean_figure("csat", total, squares, count, definition.id)
    if not definition.neutral:
        rows = rows.filter(score * 2 != definition.scale_min + definition.scale_max)
    satisfied = n.filter(score > definition.scale_max - definition.boxes).sum()
    top, bottom = rows.select(satisfied.alias("top"), n.sum()).row(0)
    return rate_figure("csat", top, bottom, definition.id)


def nps(scores: pl.DataFrame) -> Figure:
    """Net promoter score from ``score`` (0 to 10) and ``n``: 9 and 10 promote, 0 to 6 detract."""
    rows = _on_scale(scores, 0, 10)
    score, n = pl.col("score"), pl.col("n")
    promoters, detractors, everyone = rows.select(
        n.filter(score >= 9).sum().alias("promoters"), n.filter(score <= 6).sum().alias("detractors"), n.sum()
    ).row(0)
    return nps_figure(promoters, everyone - promoters - detractors, detractors, "nps.0-10")


@dataclass(frozen=True, slots=True)
class EffortDefinition:
    """Customer effort (CES 2.0, "it was easy", 1 to 7): share of 5 to 7, mean, or easy less hard in points.

    ``reversed_scale``: 1 is the easy end.
    """

    kind: Literal["share", "mean", "easy_less_hard"] = "share"
    reversed_scale: bool = False

    @property
    def id(self) -> str:
        return f"ces.{self.kind}{'/reversed' if self.reversed_scale else ''}"


def effort(scores: pl.DataFrame, definition: EffortDefinition) -> Figure:
    """Customer effort from ``score`` (1 to 7) and ``n``. Easy is 5 to 7, hard is 1 to 3."""
    rows = _on_scale(scores, 1, 7)
    if definition.reversed_scale:
        rows = rows.with_columns(score=8 - pl.col("score"))
    score, n = pl.col("score"), pl.col("n")
    easy, hard, total, squares, count = rows.select(
        n.filter(score >= 5).sum().alias("easy"),
        n.filter(score <= 3).sum().alias("hard"),
        (score * n).sum().alias("total"),
        (score**2 * n).sum().alias("squares"),
        n.sum(),
    ).row(0)
    if definition.kind == "share":
        return rate_figure("ces", easy, count, definition.id)
    if definition.kind == "mean":
        return mean_figure("ces", total, squares, count, definition.id)
    # Easy less hard is built like NPS: +1, 0 and -1, in points.
    points = nps_figure(easy, count - easy - hard, hard, definition.id)
    return Figure("ces", points.value, points.numerator, points.denominator, points.n, points.low, points.high,
                  definition.id, points.note)  # fmt: skip


def non_response_bounds(share: float, response_rate: float) -> tuple[float, float]:
    """What the share could be among everybody asked, had the silent all said no, or all yes (Manski).

    ``share`` and ``response_rate`` from 0 to 1.
    """
    known = response_rate * share
    return known, known + (1 - response_rate)


def _on_scale(scores: pl.DataFrame, lowest: int, highest: int) -> pl.DataFrame:
    outside = scores.filter(~pl.col("score").is_between(lowest, highest))
    if outside.height:
        raise ValueError(f"score {outside['score'][0]} lies outside the scale from {lowest} to {highest}")
    return scores
