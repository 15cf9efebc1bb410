"""What stands out in one week, most important first: what a director needs to know and whom to call.

Kinds: deliveries that have not come, a figure that a grave finding puts in doubt, a target missed (or missed by no more
than chance explains), a figure outside its own usual range, a drift (seven weeks one way, or on one side of the
average), a gap to in-house on like-for-like contacts; "unseen" where the figures as they stand say the opposite.

They are ordered by severity x volume x money: the kind and how far off, the contacts it is about, what the vendor's
week costs. A figure from too few contacts never stands out; one that is no sample (a price, a census) stands out only
by its target: chance has no part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from pipelines.measures.catalogue import MEASURES
from pipelines.measures.multiplicity import expected_false_signals

Kind = Literal[
    "missing_data", "clause_missed", "clause_unsure", "unusual_worse", "drift_worse", "worse_unseen", "worse_gap",
    "better_unseen", "unusual_better", "drift_better", "better_gap", "doubted",
]  # fmt: skip

#: Severity of a kind; good news counts least but is told.
WEIGHTS: dict[Kind, float] = {
    "missing_data": 100,
    "clause_missed": 60,
    "unusual_worse": 50,
    "doubted": 45,
    "drift_worse": 35,
    "worse_unseen": 22,
    "worse_gap": 20,
    "better_unseen": 18,
    "unusual_better": 12,
    "clause_unsure": 10,
    "drift_better": 8,
    "better_gap": 4,
}
#: Measures that a weekly review looks at: access, handling, outcome, money.
REVIEWED = (
    "service_level", "abandon_rate", "asa_s", "aht_s", "repeat_rate", "csat", "nps", "refund_rate", "cost_per_contact",
)  # fmt: skip
#: Of what is called a difference, at most this share is so by chance (Benjamini-Hochberg in the comparison).
FALSE_DISCOVERIES = 0.05
#: A director reads this many sentences, not more; and besides so many about figures in doubt, which no week changes.
MOST_CALLS, MOST_DOUBTS = 5, 2
#: So many sentences about one vendor or one measure, before others have had their turn.
MOST_OF_ONE = 2
#: A gap of so many times the smallest difference that matters counts as severe as one can.
_SEVERE_MARGINS = 5
_OUTSIDE = ("above_upper", "below_lower")


@dataclass(frozen=True, slots=True)
class Standout:
    """One thing to know. ``values``: the judged row (``answers.weekly``) with shortfall; of a figure in doubt also the
    finding's sentence and sentence_fr; for missing deliveries feed, missing, expected (``metric`` is then None).
    ``contacts`` and ``money``: what the vendor handled and cost in the week (None where not known); money in the
    workspace's currency."""

    kind: Kind
    vendor: str
    metric: str | None
    values: dict[str, Any]
    weight: float
    contacts: int | None = None
    money: float | None = None


@dataclass(frozen=True, slots=True)
class Standouts:
    """All of a week's, heaviest first; how many figures were looked at, and how many would stand out by chance."""

    found: tuple[Standout, ...]
    comparisons: int
    expected_by_chance: float

    @property
    def stood(self) -> int:
        """How many stand out by their value: what chance has a part in."""
        return sum(one.kind != "doubted" for one in self.found)


def standouts(
    card: pl.DataFrame,
    judged: pl.DataFrame,
    metrics: Sequence[str] = REVIEWED,
    doubts: Iterable[Mapping[str, Any]] = (),
) -> Standouts:
    """Standouts among ``metrics`` of a judged scorecard (``answers.weekly.judged_card``), all queues of a vendor alike.

    ``judged``: the week's due deliveries with vendor, feed, punctuality. ``doubts``: ``answers.touched.doubts``.
    """
    rows = [row for row in card.filter(pl.col("metric").is_in(list(metrics))).to_dicts() if row["value"] is not None]
    sizes = _Sizes.of(card)
    found = [*_missing(judged, sizes), *_doubted(rows, doubts, sizes)]
    for row in rows:
        told = [_standout(kind, row, sizes) for kind in _kinds(row)]
        found += sorted(told, key=lambda one: -one.weight)[:1]  # one sentence per figure: the heaviest
    lengths = [row["usual_points"] for row in rows if _has_range(row)]
    gaps = [row["verdict"] for row in rows if row["gap_basis"] == "like_for_like" and row["gap"] is not None]
    by_chance = expected_false_signals(lengths).expected if lengths else 0.0
    by_chance += FALSE_DISCOVERIES * sum(verdict in ("better", "worse") for verdict in gaps)
    ordered = sorted(found, key=lambda one: (-one.weight, one.vendor, one.metric or ""))
    return Standouts(tuple(ordered), len(lengths) + len(gaps), by_chance)


def leading(found: Sequence[Standout], most: int) -> tuple[Standout, ...]:
    """The heaviest ``most``, without saying the same thing over and over; one call per vendor, the heaviest first.

    Figures in doubt are told besides, the heaviest :data:`MOST_DOUBTS`. No vendor and no measure takes more than
    :data:`MOST_OF_ONE` places while others wait.
    """
    taken: list[Standout] = []
    waiting: list[Standout] = []
    for one in (one for one in found if one.kind != "doubted"):
        of_vendor = sum(other.vendor == one.vendor for other in taken)
        of_metric = sum(other.metric == one.metric for other in taken)
        (taken if max(of_vendor, of_metric) < MOST_OF_ONE else waiting).append(one)
    chosen = [*taken, *waiting][:most] + [one for one in found if one.kind == "doubted"][:MOST_DOUBTS]
    heaviest = {one.vendor: one.weight for one in sorted(chosen, key=lambda one: one.weight)}
    return tuple(sorted(chosen, key=lambda one: (-heaviest[one.vendor], one.vendor, -one.weight)))


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Contacts and cost of each vendor's week."""

    contacts: dict[str, int]
    money: dict[str, float]

    @classmethod
    def of(cls, card: pl.DataFrame) -> _Sizes:
        """Cost: of the week where it is known, else the last known price of a contact times the week's contacts."""
        answered = {row["vendor"]: int(row["value"] or 0) for row in card.filter(metric="answered").to_dicts()}
        money = {}
        for row in card.filter(metric="cost_per_contact").to_dicts():
            prices = [price for price in row["history"] or [] if price is not None]
            price = row["value"] if row["value"] is not None else prices[-1] if prices else None
            if price is not None and row["vendor"] in answered:
                money[row["vendor"]] = price * answered[row["vendor"]]
        return cls(answered, money)

    def factor(self, vendor: str) -> float:
        """1 to 4: twice as heavy for the busiest vendor, and twice for the one that costs most."""
        return (1 + _share(self.contacts, vendor)) * (1 + _share(self.money, vendor))


def _share(of: Mapping[str, float], vendor: str) -> float:
    largest = max(of.values(), default=0)
    return of.get(vendor, 0) / largest if largest > 0 else 0.0


def _sure(row: dict[str, Any]) -> bool:
    return (row["n"] or 0) >= MEASURES[row["metric"]].minimum_sure


def _has_range(row: dict[str, Any]) -> bool:
    """A usual range from enough weeks, and a figure of this week that may lie outside it."""
    return _sure(row) and row["variation"] not in (None, "no_data", "too_little_data") and not row["usual_trial"]


def _kinds(row: dict[str, Any]) -> list[Kind]:
    """Every kind that fits one row."""
    found: list[Kind] = []
    if _sure(row) and row["target_met"] is False:
        found.append("clause_unsure" if _within_chance(row) else "clause_missed")
    if _has_range(row) and row["variation"] in ("improvement", "concern"):
        outside = row["signal"] in _OUTSIDE
        if row["variation"] == "concern":
            found.append("unusual_worse" if outside else "drift_worse")
        else:
            found.append("unusual_better" if outside else "drift_better")
    if row["gap_basis"] == "like_for_like" and row["verdict"] in ("worse", "better"):
        unseen = row["reversal"]
        if row["verdict"] == "worse":
            found.append("worse_unseen" if unseen else "worse_gap")
        else:
            found.append("better_unseen" if unseen else "better_gap")
    return found


def _within_chance(row: dict[str, Any]) -> bool:
    """The target lies within the interval of a survey's figure. Calls are all counted: what they miss is missed."""
    sample = row["metric"] in ("csat", "nps", "response_rate")
    return sample and None not in (row["low"], row["high"]) and row["low"] <= row["target"] <= row["high"]


def _standout(kind: Kind, row: dict[str, Any], sizes: _Sizes) -> Standout:
    target = row["target"]
    values = row | {"shortfall": row["value"] - target if target is not None else None}
    weight = WEIGHTS[kind] * (1 + min(_distance(kind, values), 1)) * sizes.factor(row["vendor"])
    return _sized(kind, row["vendor"], row["metric"], values, weight, sizes)


def _sized(
    kind: Kind, vendor: str, metric: str | None, values: dict[str, Any], weight: float, sizes: _Sizes
) -> Standout:
    return Standout(kind, vendor, metric, values, weight, sizes.contacts.get(vendor), sizes.money.get(vendor))


def _distance(kind: Kind, values: dict[str, Any]) -> float:
    """How far off, 0 to 1 and beyond: a gap in differences that matter, the rest relative to what was expected."""
    if kind.endswith(("_gap", "_unseen")):
        return abs(values["gap"]) / (_SEVERE_MARGINS * values["margin"]) if values["margin"] else 0.0
    reference = values["target" if kind in ("clause_missed", "clause_unsure") else "usual_mean"]
    return abs(values["value"] - reference) / abs(reference) if reference else 0.0


def _doubted(rows: Sequence[dict[str, Any]], doubts: Iterable[Mapping[str, Any]], sizes: _Sizes) -> Iterable[Standout]:
    """One per figure of the week that a finding puts in doubt."""
    by_figure = {(row["vendor"], row["metric"]): row for row in rows}
    told = {(one["vendor"], one["metric"]): one for one in doubts}
    for figure, one in told.items():
        if (row := by_figure.get(figure)) and _sure(row):
            values = row | {"sentence": one["sentence"], "sentence_fr": one["sentence_fr"]}
            yield _sized("doubted", *figure, values, WEIGHTS["doubted"] * sizes.factor(figure[0]), sizes)


def _missing(judged: pl.DataFrame, sizes: _Sizes) -> list[Standout]:
    """One per vendor and feed whose deliveries of the week have not all come."""
    if judged.is_empty():
        return []
    counted = judged.group_by("vendor", "feed").agg(
        expected=pl.len(), missing=(pl.col("punctuality") == "missing").sum()
    )
    return [
        _sized(
            "missing_data",
            row["vendor"],
            None,
            {"feed": row["feed"], "missing": row["missing"], "expected": row["expected"]},
            # Contacts carry nearly every figure; the other feeds one or two.
            WEIGHTS["missing_data"]
            * (1 if row["feed"] == "contacts" else 0.55)
            * (1 + row["missing"] / row["expected"])
            * sizes.factor(row["vendor"]),
            sizes,
        )
        for row in counted.filter(pl.col("missing") > 0).iter_rows(named=True)
    ]
