"""A proposed clause run over a past year of contacts: how often it would have been met, and what it would have cost.

Two answers, side by side. What was: the months of the year, each judged under the clause. What could be (modelled): a
month is put together from whole weeks of that year, drawn at random with replacement, many times; the share of such
months that meet the clause is its chance. Weeks stay whole, so that days which go badly together stay together; the
season is not modelled, nor what a vendor would do once money hangs on the figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.agreement.activity import Activity
from pipelines.measures.agreement.attainment import aggregated, attainment
from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.agreement.cells import QUANTILES, cells_of
from pipelines.measures.agreement.periods import Calendar
from pipelines.measures.agreement.relief import EXCUSED
from pipelines.measures.agreement.settlement import Charge, settled_periods
from pipelines.measures.credits import Achieved, settle
from pipelines.measures.definition_space import THRESHOLDS
from pipelines.measures.definitions import VARIANTS
from pipelines.workspace.terms import SHORT_VARIANTS, Credits, Included

MONTHS = 12
DRAWS = 4000
SEED = 20260302
#: Contacts that a clause may keep in the denominator.
INCLUDED: tuple[Included, ...] = get_args(Included)
#: Weeks that a period of each kind has, on average.
_WEEKS = {"day": 1.0, "interval": 1.0, "week": 1.0, "month": 365.25 / 12 / 7, "quarter": 365.25 / 4 / 7}
#: Fewer whole weeks than this say nothing about a year.
FEWEST_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a clause would have fared. ``met`` of ``judged`` past periods; ``chance`` (modelled) of meeting it in one
    period; ``paid`` per past period and ``expected`` per modelled one (negative: the vendor owes), None without money.
    """

    met: int
    judged: int
    chance: float | None
    paid: Decimal | None
    expected: Decimal | None

    @property
    def share(self) -> float | None:
        return self.met / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Variation:
    """The clause with one parameter changed, and how that would have fared."""

    parameter: str
    value: Any
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Trial:
    """A proposed clause over the days from ``first_day`` to ``last_day``. ``periods``: rows of attainment; ``weeks``:
    of how many whole weeks the modelled periods are put together; ``low``, ``high``: the middle nine tenths of the
    modelled figure."""

    bound: BoundClause
    first_day: date
    last_day: date
    periods: pl.DataFrame
    amounts: Mapping[date, Decimal]
    outcome: Outcome
    weeks: int
    low: float | None
    high: float | None
    variations: tuple[Variation, ...] = field(default=())

    @property
    def telling(self) -> list[Variation]:
        """The changes that would have made a difference."""
        return [one for one in self.variations if one.outcome != self.outcome]

    @property
    def idle(self) -> list[Variation]:
        """The changes that would have made none on these contacts."""
        return [one for one in self.variations if one.outcome == self.outcome]


def try_clause(
    bound: BoundClause,
    activity: Activity,
    calendar: Calendar,
    credits: Credits,
    charge: Decimal | None = None,
    *,
    sensitivity: bool = True,
) -> Trial:
    """Run ``bound`` over the last twelve whole months of ``activity``.

    ``charge``: what a period costs, for credits that are a share of it.

    Raises ``ValueError`` where credits need a charge and none is given.
    """
    first, last = past_year(activity, calendar)
    own = replace(bound, first_day=first, last_day=last, began=first, ended=last, gap_is_breach=False, leading=False)
    periods, amounts, outcome, values, weeks = _run(own, activity, calendar, credits, charge)
    low, high = (float(one) for one in np.quantile(values, [0.05, 0.95])) if values.size else (None, None)
    variations: tuple[Variation, ...] = ()
    if sensitivity:
        variations = tuple(
            Variation(name, value, _run(other, activity, calendar, credits, charge)[2])
            for name, value, other in changed_clauses(own)
        )
    return Trial(own, first, last, periods, amounts, outcome, weeks, low, high, variations)


def past_year(activity: Activity, calendar: Calendar) -> tuple[date, date]:
    """The last twelve whole months of which there are data, or as many as there are; else the days there are."""
    months = calendar.periods(activity.first_day, activity.last_day, "month")
    whole = months.filter(
        (pl.col("period_start") >= activity.first_day) & (pl.col("period_end") <= activity.last_day)
    ).tail(MONTHS)
    if whole.is_empty():
        return activity.first_day, activity.last_day
    return whole["period_start"][0], whole["period_end"][-1]


def _run(
    bound: BoundClause, activity: Activity, calendar: Calendar, credits: Credits, charge: Decimal | None
) -> tuple[pl.DataFrame, dict[date, Decimal], Outcome, NDArray[np.float64], int]:
    rows = attainment(bound, activity, pl.DataFrame(schema=EXCUSED), calendar)
    judged = rows.filter(pl.col("state").is_in(["met", "missed"]))
    held = settled_periods(
        bound.vendor, [bound], rows, lambda day: credits, lambda first, last: Charge(charge, "given"), ""
    )
    if any(one.unknown for one in held):
        raise ValueError("a credit that is a share of the charge needs the charge")
    amounts = {one.period_start: one.net for one in held if one.net is not None}
    values, weeks = modelled(bound, activity)
    met = _meets(values, bound)
    outcome = Outcome(
        met=int(judged["met"].sum() or 0),
        judged=judged.height,
        chance=float(met.mean()) if met.size else None,
        paid=_mean(list(amounts.values())) if amounts else None,
        expected=_expected(values, bound, credits, charge) if amounts and values.size else None,
    )
    return rows, amounts, outcome, values, weeks


def _mean(amounts: list[Decimal]) -> Decimal:
    return (sum(amounts, Decimal(0)) / len(amounts)).quantize(Decimal("0.01"))


def modelled(bound: BoundClause, activity: Activity, draws: int = DRAWS) -> tuple[NDArray[np.float64], int]:
    """Figures of periods put together from whole weeks of the year, as printed, and how many weeks there were.

    Always the same draws: two clauses are tried on the same months.
    """
    none = np.empty(0)
    if bound.clause.metric in QUANTILES:
        return none, 0
    cells = cells_of(bound, activity).with_columns(week=pl.col("local_date").dt.truncate("1w"))
    first_monday = bound.first_day + timedelta(days=-bound.first_day.weekday() % 7)
    last = min(bound.last_day or activity.last_day, activity.last_day)
    last_sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    whole = cells.filter((pl.col("local_date") >= first_monday) & (pl.col("local_date") <= last_sunday))
    weeks = aggregated(whole, bound, ["week"]).sort("week")
    if weeks.height < FEWEST_WEEKS:
        return none, weeks.height
    tops, bottoms = weeks["numerator"].to_numpy(), weeks["denominator"].to_numpy()
    random = np.random.default_rng(SEED)
    wanted = _WEEKS[bound.clause.measurement_period]
    most = int(np.ceil(wanted))
    chosen = random.integers(0, weeks.height, size=(draws, most))
    # A month has four weeks and a third: the last one counts in as many draws as its part of a week says.
    counts = np.ones((draws, most))
    if most > wanted:
        counts[:, -1] = random.random(draws) < wanted - (most - 1)
    top, bottom = (tops[chosen] * counts).sum(axis=1), (bottoms[chosen] * counts).sum(axis=1)
    return _printed(top / bottom, bound), weeks.height


def _printed(values: NDArray[np.float64], bound: BoundClause) -> NDArray[np.float64]:
    """Rounded once, half away from zero, on the printed scale."""
    decimals = bound.clause.rounding
    if decimals is None:
        return values
    scale = bound.scale * 10.0**decimals
    scaled = np.round(values * scale, 9)
    return np.asarray(np.sign(scaled) * np.floor(np.abs(scaled) + 0.5) / scale)


def _meets(values: NDArray[np.float64], bound: BoundClause) -> NDArray[np.bool_]:
    slack, target = 1e-9, bound.clause.target
    return values <= target + slack if bound.clause.direction == "lower" else values >= target - slack


def _expected(values: NDArray[np.float64], bound: BoundClause, credits: Credits, charge: Decimal | None) -> Decimal:
    """Mean settlement over the modelled periods; repeated failure is left out, since single periods have no past."""
    rounded, counts = np.unique(np.round(values, 6), return_counts=True)
    clause = bound.clause
    total = Decimal(0)
    alone = credits.model_copy(update={"persistence": []})
    for value, count in zip(rounded, counts, strict=True):
        one = Achieved(
            clause.id, Decimal(str(value)), Decimal(str(clause.target)), clause.direction, bound.unit == "rate",
            clause.rounding, Decimal(str(clause.dead_band)),
        )  # fmt: skip
        total += settle([one], alone, charge).net * int(count)
    return (total / int(counts.sum())).quantize(Decimal("0.01"))


def changed_clauses(bound: BoundClause) -> list[tuple[str, Any, BoundClause]]:
    """The clause with one parameter changed at a time: name of the parameter, its value, the clause."""
    clause = bound.clause
    found: list[tuple[str, Any, BoundClause]] = []

    def add(name: str, value: Any, **changes: Any) -> None:
        found.append((name, value, bound.with_clause(**changes)))

    for target in _targets(bound):
        add("target", target, target=target)
    if clause.metric == "service_level" and clause.threshold_s is not None:
        limits = sorted({clause.threshold_s, *THRESHOLDS})
        place = limits.index(clause.threshold_s)
        for limit in [*limits[max(place - 2, 0) : place], *limits[place + 1 : place + 3]]:
            add("threshold_s", limit, threshold_s=limit)
        add("inclusive", not clause.inclusive, inclusive=not clause.inclusive)
        for variant in VARIANTS:
            short = clause.short_abandon_s
            if variant in SHORT_VARIANTS and short is None:
                short = 5.0
            if variant != clause.variant:
                add("variant", variant, variant=variant, short_abandon_s=short)
        if clause.variant in SHORT_VARIANTS and clause.short_abandon_s is not None:
            for limit in (2.0, 5.0, 10.0):
                if limit != clause.short_abandon_s:
                    add("short_abandon_s", limit, short_abandon_s=limit)
        for kept in INCLUDED:
            if kept not in clause.include:
                include = [*clause.include, kept]
                add("include", include, include=include)
        other = "leave_out" if clause.transfers_in == "count" else "count"
        add("transfers_in", other, transfers_in=other)
    for aggregation in ("call_weighted", "mean_of_days", "mean_of_intervals", "interval_share", "contact_share"):
        if aggregation != clause.aggregation:
            add("aggregation", aggregation, aggregation=aggregation)
    for period in ("week", "month", "quarter"):
        if period != clause.measurement_period:
            add("measurement_period", period, measurement_period=period)
    for rounding in (None, 0, 1):
        if rounding != clause.rounding:
            add("rounding", rounding, rounding=rounding)
    return found


def _targets(bound: BoundClause) -> list[float]:
    target = bound.clause.target
    if bound.unit == "rate":
        return [round(one, 6) for step in (-0.05, -0.02, 0.02, 0.05) if 0 <= (one := target + step) <= 1]
    if bound.unit == "score":
        return [target + step for step in (-10.0, -5.0, 5.0, 10.0)]
    return [round(target * factor, 6) for factor in (0.8, 0.9, 1.1, 1.2)]
