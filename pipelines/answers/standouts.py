"""What stands out in one week, most important first: what a director needs to know and whom to call.

Kinds, in order of weight: deliveries that have not come, a target missed, a figure outside its own usual range, a
drift (seven weeks one way, or on one side of the mean), a gap to in-house larger than chance explains. Within a kind
a busier vendor and a larger distance come first. A figure from too few contacts never stands out; one that is no
sample (a price, a census) stands out only by its target: chance has no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from pipelines.measures import spc
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.figures import CONFIDENCE
from pipelines.measures.multiplicity import expected_false_signals

Kind = Literal[
    "missing_data", "clause_missed", "unusual_worse", "drift_worse", "worse_gap", "unusual_better", "drift_better",
    "better_gap",
]  # fmt: skip

#: What counts more comes first; good news comes last but is told.
WEIGHTS: dict[Kind, float] = {
    "missing_data": 100,
    "clause_missed": 60,
    "unusual_worse": 50,
    "drift_worse": 35,
    "worse_gap": 20,
    "unusual_better": 12,
    "drift_better": 8,
    "better_gap": 4,
}
#: The usual range comes from the twelve weeks before: the week itself must not widen its own limits.
BASIS_WEEKS = 12
#: So many sentences about one vendor or one measure, before others have had their turn.
MOST_OF_ONE = 2
_OUTSIDE = ("above_upper", "below_lower")


@dataclass(frozen=True, slots=True)
class Standout:
    """One thing to know. ``values``: the scorecard's row with usual_low, usual_high, usual_mean and shortfall; for
    missing deliveries feed, missing, expected (``metric`` is then None)."""

    kind: Kind
    vendor: str
    metric: str | None
    values: dict[str, Any]
    weight: float


@dataclass(frozen=True, slots=True)
class Standouts:
    """All of a week's, heaviest first; how many comparisons were made, and how many chance alone would show."""

    found: tuple[Standout, ...]
    comparisons: int
    expected_by_chance: float


def standouts(card: pl.DataFrame, judged: pl.DataFrame, weeks: Sequence[date], metrics: Sequence[str]) -> Standouts:
    """Standouts among ``metrics`` of a scorecard.

    ``card``: columns of ``measures.scorecard.SCORECARD_SCHEMA``, whose history belongs to ``weeks`` (Mondays, the
    week itself last). ``judged``: the week's due deliveries with vendor, feed, punctuality.
    """
    rows = [row for row in card.filter(pl.col("metric").is_in(list(metrics))).to_dicts() if _sure(row)]
    found = [*_missing(judged)]
    lengths: list[int] = []
    busiest = max((row["n"] for row in rows), default=1)
    for row in rows:
        usual = _usual(row, weeks) if _sampled(row) else None
        if usual is not None:
            lengths.append(usual.phases[-1].points + 1)
        kind = _kind(row, usual)
        if kind is not None:
            found.append(_standout(kind, row, usual, busiest))
    gaps = sum(_sampled(row) and row["verdict"] in ("better", "worse", "no_clear_difference") for row in rows)
    by_chance = expected_false_signals(lengths, fixed_after=BASIS_WEEKS).expected if lengths else 0.0
    ordered = sorted(found, key=lambda one: (-one.weight, one.vendor, one.metric or ""))
    return Standouts(tuple(ordered), len(lengths) + gaps, by_chance + (1 - CONFIDENCE) * gaps)


def leading(found: Sequence[Standout], most: int) -> tuple[Standout, ...]:
    """The heaviest ``most``, without saying the same thing over and over.

    No vendor and no measure takes more than :data:`MOST_OF_ONE` places while others wait; the order stays by weight.
    """
    taken: list[Standout] = []
    waiting: list[Standout] = []
    for one in found:
        of_vendor = sum(other.vendor == one.vendor for other in taken)
        of_metric = sum(other.metric == one.metric for other in taken)
        (taken if max(of_vendor, of_metric) < MOST_OF_ONE else waiting).append(one)
    chosen = [*taken, *waiting][:most]
    return tuple(sorted(chosen, key=lambda one: -one.weight))


def _sure(row: dict[str, Any]) -> bool:
    return row["value"] is not None and (row["n"] or 0) >= MEASURES[row["metric"]].minimum_sure


def _sampled(row: dict[str, Any]) -> bool:
    return row["low"] is not None and row["high"] is not None


def _usual(row: dict[str, Any], weeks: Sequence[date]) -> spc.Chart | None:
    """The chart of a row's history; None where fewer than twelve earlier weeks are known."""
    if sum(value is not None for value in row["history"][:-1]) < BASIS_WEEKS:
        return None
    direction = MEASURES[row["metric"]].direction
    return spc.xmr(
        weeks, row["history"], direction="neutral" if direction == "none" else direction, fix_after=BASIS_WEEKS
    )


def _kind(row: dict[str, Any], usual: spc.Chart | None) -> Kind | None:
    """The heaviest kind that fits one row."""
    if row["target_met"] is False:
        return "clause_missed"
    if usual is not None and usual.variation in ("improvement", "concern"):
        outside = usual.signal in _OUTSIDE
        if usual.variation == "concern":
            return "unusual_worse" if outside else "drift_worse"
        return "unusual_better" if outside else "drift_better"
    if not _sampled(row):
        return None
    verdicts: dict[str, Kind] = {"worse": "worse_gap", "better": "better_gap"}
    return verdicts.get(row["verdict"])


def _standout(kind: Kind, row: dict[str, Any], usual: spc.Chart | None, busiest: int) -> Standout:
    limits = usual.phases[-1] if usual is not None else None
    target = row["target"]
    values = row | {
        "usual_low": limits.lower if limits else None,
        "usual_high": limits.upper if limits else None,
        "usual_mean": limits.mean if limits else None,
        "shortfall": row["value"] - target if target is not None else None,
    }
    distance = _distance(kind, values)
    weight = WEIGHTS[kind] * (1 + row["n"] / busiest / 4 + min(distance, 1) / 4)
    return Standout(kind, row["vendor"], row["metric"], values, weight)


def _distance(kind: Kind, values: dict[str, Any]) -> float:
    """How far off, relative to what it is compared with (0 where that is not known)."""
    other: dict[str, str] = {"clause_missed": "target", "worse_gap": "baseline_value", "better_gap": "baseline_value"}
    reference = values[other.get(kind, "usual_mean")]
    return abs(values["value"] - reference) / abs(reference) if reference else 0.0


def _missing(judged: pl.DataFrame) -> list[Standout]:
    """One per vendor and feed whose deliveries of the week have not all come."""
    if judged.is_empty():
        return []
    counted = judged.group_by("vendor", "feed").agg(
        expected=pl.len(), missing=(pl.col("punctuality") == "missing").sum()
    )
    return [
        Standout(
            "missing_data",
            row["vendor"],
            None,
            {"feed": row["feed"], "missing": row["missing"], "expected": row["expected"]},
            # Contacts carry nearly every figure; the other feeds one or two.
            WEIGHTS["missing_data"]
            * (1 if row["feed"] == "contacts" else 0.55)
            * (1 + row["missing"] / row["expected"] / 4),
        )
        for row in counted.filter(pl.col("missing") > 0).iter_rows(named=True)
    ]
