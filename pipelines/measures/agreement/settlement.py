"""What a vendor's periods are worth: credits and bonuses under the clauses, and how far the definition decides them.

A period is settled from its judged clauses: the better of the figure with and without relief (relief never costs), a
gap as the terms say. Clauses that were not judged (too little data, period not over, not known) settle nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.credits import Achieved, CreditLine, Settlement, earned_back, settle
from pipelines.measures.definitions import VARIANTS
from pipelines.workspace.terms import SHORT_VARIANTS, Credits

#: Limits of short abandons (seconds) that a definition may mean where the clause names none.
DISPUTED_SHORTS = (5.0, 10.0)
SETTLED_STATES = ("met", "missed", "excused", "gap")


@dataclass(frozen=True, slots=True)
class Charge:
    """What a period costs before credits, and where the amount comes from (invoiced or recomputed)."""

    amount: Decimal | None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that a period is worth over the definitions in dispute, and which give them."""

    low: Decimal
    high: Decimal
    low_by: str
    high_by: str
    definitions: int

    @property
    def at_risk(self) -> Decimal:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class SettledPeriod:
    """One vendor's period: lines and net (negative: the vendor owes) under the clauses; the same without relief, under
    the vendor's own figures (None: it reports none), and over the definitions in dispute.

    ``unknown``: why nothing could be settled (charge_not_known), else None.
    """

    vendor: str
    grain: str
    period_start: date
    period_end: date
    currency: str
    charge: Charge
    lines: tuple[CreditLine, ...] = ()
    net: Decimal | None = None
    without_relief: Decimal | None = None
    reported: Decimal | None = None
    reported_values: Mapping[str, float] = field(default_factory=dict)
    risk: Range | None = None
    sure: bool = True
    unknown: str | None = None
    #: The net with one clause's figure as the vendor reports it, the others as they are.
    reported_alone: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def settlement(self) -> Settlement:
        return Settlement(self.lines)


#: Credits in force on a day, and the charge of a period.
CreditsOn = Callable[[date], Credits | None]
ChargeOf = Callable[[date, date], Charge]


def settled_periods(
    vendor: str,
    bound: Sequence[BoundClause],
    rows: pl.DataFrame,
    credits_on: CreditsOn,
    charge_of: ChargeOf,
    currency: str,
    reported: Mapping[tuple[str, date], float] | None = None,
    disputed: Mapping[str, Mapping[str, pl.DataFrame]] | None = None,
) -> list[SettledPeriod]:
    """Every period of one vendor, the oldest first.

    ``rows``: the vendor's attainment in the clauses' own measurement periods. ``reported``: the vendor's own figure of
    a clause and first day. ``disputed``: per clause, per definition, the rows that it gives.
    """
    judged = rows.filter(pl.col("state").is_in(SETTLED_STATES) & pl.col("grain").ne("interval"))
    clauses = {(one.clause.id, one.terms_id): one for one in bound}
    found: list[SettledPeriod] = []
    before: dict[str, Settlement] = {}
    missed: dict[str, list[bool]] = {}
    for (grain, first, last), some in judged.sort("period_end").group_by(
        ["grain", "period_start", "period_end"], maintain_order=True
    ):
        assert isinstance(first, date)
        assert isinstance(last, date)
        terms = credits_on(last)
        if terms is None or not pays(terms):
            _remember(some, missed)
            continue
        charge = charge_of(first, last)
        period = _Period(some.to_dicts(), clauses, terms, charge, {k: tuple(v) for k, v in missed.items()})
        one = _settled(period, vendor, str(grain), first, last, currency, before.get(str(grain)), reported, disputed)
        before[str(grain)] = one.settlement
        found.append(one)
        _remember(some, missed)
    return found


def pays(terms: Credits) -> bool:
    """Whether the terms put any money on a clause."""
    return bool(terms.tiers or terms.per_point or (terms.allocation and terms.at_risk_rate))


def _remember(rows: pl.DataFrame, missed: dict[str, list[bool]]) -> None:
    for clause, failed in rows.select("clause_id", "counts_as_missed").iter_rows():
        missed.setdefault(clause, []).append(bool(failed))


@dataclass(frozen=True, slots=True)
class _Period:
    rows: list[dict[str, Any]]
    clauses: Mapping[tuple[str, str], BoundClause]
    terms: Credits
    charge: Charge
    missed: Mapping[str, tuple[bool, ...]]

    def achieved(self, row: Mapping[str, Any], value: Decimal | None, clause: BoundClause) -> Achieved:
        return Achieved(
            clause=row["clause_id"],
            value=value,
            target=Decimal(str(row["target"])),
            direction=row["direction"],
            is_share=row["unit"] == "rate",
            rounding=clause.clause.rounding,
            dead_band=Decimal(str(clause.clause.dead_band)),
            gap_is_breach=clause.gap_is_breach,
            missed_before=self.missed.get(row["clause_id"], ()),
        )

    def settle(self, values: Mapping[str, Decimal | None] | None = None, *, relief: bool = True) -> Settlement:
        return settle(self.all_achieved(values, relief=relief), self.terms, self.charge.amount)

    def all_achieved(
        self, values: Mapping[str, Decimal | None] | None = None, *, relief: bool = True
    ) -> list[Achieved]:
        found = []
        for row in self.rows:
            clause = self.clauses[row["clause_id"], row["terms_id"]]
            value = (values or {}).get(row["clause_id"], settled_value(row, clause, relief=relief))
            found.append(self.achieved(row, value, clause))
        return found


def settled_value(row: Mapping[str, Any], clause: BoundClause, *, relief: bool = True) -> Decimal | None:
    """The figure that a period is settled on, exact; rounding is the settlement's."""
    value = exact_ratio(row["numerator"], row["denominator"])
    if value is None and row["exact"] is not None:  # without contacts, what the clause's zero rule gives
        value = Decimal(str(row["exact"]))
    if row["state"] == "gap":
        return None if row["worst"] is None else Decimal(str(row["worst"]))
    relieved = exact_ratio(row["relief_numerator"], row["relief_denominator"])
    if not relief or value is None or not row["excused_by"]:
        return value
    if relieved is None:  # nothing is left that is not excused
        return Decimal(str(row["target"])) if row["state"] == "excused" else value
    return max(value, relieved) if clause.clause.direction == "higher" else min(value, relieved)


def exact_ratio(top: float | None, bottom: float | None) -> Decimal | None:
    """The ratio of two counts as they are written."""
    if top is None or not bottom:
        return None
    return Decimal(str(top)) / Decimal(str(bottom))


def _settled(
    period: _Period,
    vendor: str,
    grain: str,
    first: date,
    last: date,
    currency: str,
    before: Settlement | None,
    reported: Mapping[tuple[str, date], float] | None,
    disputed: Mapping[str, Mapping[str, pl.DataFrame]] | None,
) -> SettledPeriod:
    sure = all(row["sure"] or not row["counts_as_missed"] for row in period.rows)
    head: dict[str, Any] = {
        "vendor": vendor, "grain": grain, "period_start": first, "period_end": last, "currency": currency,
        "charge": period.charge, "sure": sure,
    }  # fmt: skip
    try:
        settlement = period.settle()
    except ValueError:
        return SettledPeriod(**head, unknown="charge_not_known")
    back = earned_back(before, period.all_achieved(), period.terms) if before else []
    lines = (*settlement.lines, *back)
    extra = sum((line.amount for line in back), Decimal(0))
    told = {
        row["clause_id"]: (reported or {})[row["clause_id"], first]
        for row in period.rows
        # What excuses the figure excuses the reported one as well, which can't be had without the excused days.
        if (row["clause_id"], first) in (reported or {}) and row["state"] != "excused"
    }
    theirs = {name: Decimal(str(value)) for name, value in told.items()}
    under_theirs = period.settle(theirs).net if told else None
    return SettledPeriod(
        **head,
        lines=lines,
        net=settlement.net + extra,
        without_relief=period.settle(relief=False).net + extra,
        reported=None if under_theirs is None else under_theirs + extra,
        reported_values=told,
        reported_alone={name: period.settle({name: value}).net + extra for name, value in theirs.items()},
        risk=_risk(period, first, disputed or {}, settlement.net, extra),
    )


def _risk(
    period: _Period, first: date, disputed: Mapping[str, Mapping[str, pl.DataFrame]], net: Decimal, extra: Decimal
) -> Range | None:
    amounts: dict[str, Decimal] = {}
    for row in period.rows:
        clause = period.clauses[row["clause_id"], row["terms_id"]]
        for definition, rows in disputed.get(row["clause_id"], {}).items():
            other = rows.filter((pl.col("period_start") == first) & pl.col("state").is_in(SETTLED_STATES))
            if other.height and row["state"] != "gap":
                value = settled_value(other.row(0, named=True), clause)
                amounts[definition] = period.settle({row["clause_id"]: value}).net
    if not amounts:
        return None
    amounts.setdefault("the_clause", net)
    low, high = min(amounts, key=lambda name: amounts[name]), max(amounts, key=lambda name: amounts[name])
    return Range(amounts[low] + extra, amounts[high] + extra, low, high, len(amounts))


def disputed_definitions(bound: BoundClause) -> dict[str, BoundClause]:
    """What a clause in one sentence ("80 % in 30 seconds") leaves open: treatment of abandons, "within" or "below",
    and the average. By definition id; the clause's own is not among them. Only service levels are disputed so."""
    clause = bound.clause
    if clause.metric != "service_level":
        return {}
    found: dict[str, BoundClause] = {}
    for inclusive in (True, False):
        for variant in VARIANTS:
            shorts = [clause.short_abandon_s]
            if variant in SHORT_VARIANTS and clause.short_abandon_s is None:
                shorts = list(DISPUTED_SHORTS)
            for short in shorts:
                one = bound.with_clause(variant=variant, inclusive=inclusive, short_abandon_s=short)
                found.setdefault(one.definition_id, one)
    for aggregation in ("call_weighted", "mean_of_intervals", "mean_of_days"):
        one = bound.with_clause(aggregation=aggregation)
        found.setdefault(one.definition_id, one)
    found.pop(bound.definition_id, None)
    return found


#: Reported counts by which a metric's figures of single queues and days are put together.
_WEIGHTS = {
    "service_level": "offered", "abandon_rate": "offered", "answer_rate": "offered", "asa_s": "answered",
    "aht_s": "answered", "talk_s": "answered", "csat": "surveys_answered", "nps": "surveys_answered",
}  # fmt: skip
_FINENESS = ("quarter", "month", "week", "day")


def reported_figures(bound: BoundClause, reported: pl.DataFrame, rows: pl.DataFrame) -> dict[tuple[str, date], float]:
    """The vendor's own figure of a clause in each period, by clause and first day.

    As printed for the whole period and scope; else its figures of single queues and days, averaged over the counts
    that it printed beside them. Nothing where it prints no such counts.

    ``reported``: queue, metric, granularity, period_start, period_end, value. ``rows``: the clause's attainment.
    """
    metric = bound.clause.metric
    own = reported.filter((pl.col("metric") == metric) & pl.col("value").is_not_null())
    weights = reported.filter(pl.col("metric") == _WEIGHTS.get(metric, ""))
    keys = ["queue", "granularity", "period_start", "period_end"]
    weighted = own.join(weights.select(*keys, weight="value"), on=keys, how="left")
    found: dict[tuple[str, date], float] = {}
    for row in rows.iter_rows(named=True):
        value = _reported_value(bound, weighted, row["period_start"], row["period_end"])
        if value is not None:
            found[row["clause_id"], row["period_start"]] = value
    return found


def _reported_value(bound: BoundClause, figures: pl.DataFrame, first: date, last: date) -> float | None:
    inside = figures.filter((pl.col("period_start") >= first) & (pl.col("period_end") <= last))
    whole = inside.filter((pl.col("period_start") == first) & (pl.col("period_end") == last))
    exact = whole.filter(pl.col("queue") == bound.clause.queue)
    if exact.height:
        return float(exact["value"][0])
    names = [queue for queue in inside["queue"].unique().to_list() if queue != "*" and bound.covers(queue)]
    for granularity in _FINENESS:
        some = inside.filter((pl.col("granularity") == granularity) & pl.col("queue").is_in(names))
        some = some.filter(pl.col("weight").is_not_null())
        total = float(some["weight"].sum() or 0)
        if total > 0:
            return float((some["value"] * some["weight"]).sum()) / total
    return None


def net_of(periods: Iterable[SettledPeriod]) -> Decimal:
    """Sum of what is known."""
    return sum((one.net for one in periods if one.net is not None), Decimal(0))


def least_and_most(periods: Iterable[SettledPeriod]) -> tuple[Decimal, Decimal]:
    """Sums of the least and the most over the definitions; a period that no definition moves counts as it is."""
    known = [(one.net, one.net) if one.risk is None else (one.risk.low, one.risk.high) for one in periods]
    lows, highs = ([pair[side] for pair in known if pair[side] is not None] for side in (0, 1))
    return sum((one for one in lows if one is not None), Decimal(0)), sum(
        (one for one in highs if one is not None), Decimal(0)
    )
