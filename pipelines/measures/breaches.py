"""Breaches: the cells (interval, day, week, month, quarter) in which a clause's figure misses its target.

A figure is computed by the clause's own definition, from sums of contacts by interval. Cells are counted by vendor,
queue and clause (and site where asked for). Being below target is one thing, being beyond noise another: a small
interval may be far below by nature, and what is normal is measured on the queue's own intervals (``spread``).

Here are the metrics that contacts tell by interval; those of surveys, repeats and waits' quantiles, and second
definitions of a queue, are in ``period_breaches``, from the engine that settles the agreement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
from scipy import special

from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.agreement.cells import BY_INTERVAL
from pipelines.measures.agreement.periods import Calendar, Grain
from pipelines.measures.agreement.relief import with_reasons
from pipelines.measures.definitions import (
    AbandonRateDefinition,
    ServiceLevelDefinition,
    abandon_rate_parts,
    meets,
    parts,
    service_level,
)
from pipelines.measures.ledger.clauses import clause_formula
from pipelines.measures.spread import ALPHA, WITHOUT_HISTORY, Floats, likeness, lower_tail
from pipelines.workspace.terms import CLAUSE_METRICS, SHORT_VARIANTS

#: Clause metrics that are shares.
SHARES = tuple(metric for metric, (unit, _) in CLAUSE_METRICS.items() if unit == "rate")
#: Sums of squares that say how far a mean is off by chance.
_SQUARES = {
    "asa_s": "wait_answered_sq", "aht_s": "handle_sq", "talk_s": "talk_sq", "hold_s": "hold_sq", "acw_s": "acw_sq",
}  # fmt: skip

#: One cell of one clause. See :func:`judged`.
CELLS: dict[str, pl.DataType] = {
    "vendor": pl.String(),
    "site": pl.String(),
    "queue": pl.String(),
    "metric": pl.String(),
    "clause_id": pl.String(),
    "definition_id": pl.String(),
    "grain": pl.String(),
    "measured_by": pl.String(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "first_day": pl.Date(),
    "last_day": pl.Date(),
    "local_minute": pl.Int64(),
    "value": pl.Float64(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "offered": pl.Int64(),
    "target": pl.Float64(),
    "direction": pl.String(),
    "missed": pl.Boolean(),
    "points_below": pl.Float64(),
    "affected": pl.Float64(),
    "beyond_target": pl.Float64(),
    "longest_wait_s": pl.Float64(),
    "forecast": pl.Float64(),
    "value_relieved": pl.Float64(),
    "excused": pl.Boolean(),
    "reason": pl.String(),
    "persistence": pl.Int64(),
    "beyond_noise": pl.Boolean(),
    "chance": pl.Float64(),
}
WHO = ("vendor", "site", "queue", "rule")
_RELIEVED = pl.col("reasons").list.len() > 0


def bound(
    intervals: pl.DataFrame, clauses: Sequence[BoundClause], metric: str | None = None
) -> tuple[pl.DataFrame, list[BoundClause]]:
    """``intervals`` once per clause that binds their queue and day, with its place ``rule`` in the list of clauses.

    ``intervals``: queries/breach_intervals. Left out are clauses of another ``metric`` than the one asked for, and
    those that :func:`by_interval` leaves to others.
    """
    rules = [one for one in clauses if metric in (None, one.metric) and by_interval(one, clauses)]
    days = intervals.select("vendor", "queue", "local_date").unique()
    queues = days["queue"].unique().to_list()
    found = [days.clear().with_columns(rule=pl.lit(None, pl.Int64))]
    for number, one in enumerate(rules):
        held = days.filter(
            pl.col("vendor") == one.vendor,
            pl.col("queue").is_in([queue for queue in queues if one.covers(queue)]),
            pl.col("local_date").is_between(one.first_day, one.last_day or date.max),
        )
        found.append(held.with_columns(rule=pl.lit(number, pl.Int64)))
    return intervals.join(pl.concat(found), on=["vendor", "queue", "local_date"]), rules


def counted(rows: pl.DataFrame, rules: Sequence[BoundClause]) -> pl.DataFrame:
    """``rows`` (of :func:`bound`) with numerator and denominator of their rule; null where a count is not known."""
    frames = []
    levels = {number: one for number, rule in enumerate(rules) if (one := _level(rule)) is not None}
    if levels:
        told = pl.DataFrame(
            {
                "rule": pl.Series(list(levels), dtype=pl.Int64),
                "variant": [one.variant for one in levels.values()],
                "short_abandon_s": pl.Series([one.short_abandon_s for one in levels.values()], dtype=pl.Float64),
                "include": pl.Series([sorted(one.include) for one in levels.values()], dtype=pl.List(pl.String)),
            }
        )
        frames.append(parts(rows.join(told, on="rule")).drop("variant", "short_abandon_s", "include"))
    for number, rule in enumerate(rules):
        some = rows.filter(pl.col("rule") == number)
        if number not in levels and some.height:
            top, bottom = _ratio(rule)
            frames.append(
                some.with_columns(top.cast(pl.Float64).alias("numerator"), bottom.cast(pl.Float64).alias("denominator"))
            )
    return pl.concat(frames) if frames else rows.with_columns(numerator=pl.lit(0.0), denominator=pl.lit(0.0))


def by_interval(one: BoundClause, clauses: Sequence[BoundClause]) -> bool:
    """Whether the marts' sums by interval tell the figure of ``one``, of the ``clauses`` of its vendor.

    They don't tell other metrics, and they count under one definition: not a second one of a metric and queue, not by
    the interval of the answer, not without transfers in, not abandons under another limit than the service level's.
    """
    if one.metric not in BY_INTERVAL or not one.leading:
        return False
    if one.definition is not None:
        return one.definition.in_marts
    if one.metric != "abandon_rate" or one.clause.short_abandon_s is None or one.clause.variant not in SHORT_VARIANTS:
        return True
    own = [other.definition for other in clauses if other.vendor == one.vendor and other.definition is not None]
    return {level.short_abandon_s for level in own} == {one.clause.short_abandon_s}


def _level(rule: BoundClause) -> ServiceLevelDefinition | None:
    """The definition of a service level without what only printing does; None for another metric."""
    return None if rule.definition is None else replace(rule.definition, rounding=None)


def _ratio(rule: BoundClause) -> tuple[pl.Expr, pl.Expr]:
    if rule.metric != "abandon_rate":
        formula = clause_formula(rule.metric, rule.as_row())
        if formula is None or formula.bottom is None:
            return pl.lit(None), pl.lit(None)
        return formula.top, formula.bottom
    return abandon_rate_parts(AbandonRateDefinition.from_clause(rule.as_row()))


def excused_rows(
    rows: pl.DataFrame,
    excused: Sequence[pl.DataFrame],
    banded: Sequence[tuple[str, date, date | None]],
    since: date = date.min,
) -> pl.DataFrame:
    """``rows`` with ``reasons`` (why each is excused; empty where it is not) and ``band``: is a forecast band agreed?

    ``excused``: of every rule its cells (``agreement.relief.EXCUSED``). ``banded``: vendor, first and last day of terms
    with a band. Rows before ``since`` only say what is normal: nobody asks what excused them.
    """
    day = pl.col("local_date")
    band = pl.any_horizontal(
        pl.lit(False),
        *((pl.col("vendor") == vendor) & day.is_between(first, last or date.max) for vendor, first, last in banded),
    )
    none = pl.lit([], dtype=pl.List(pl.String()))
    asked = rows.filter(day >= since)
    found = [rows.filter(day < since).with_columns(reasons=none)]
    for number, cells in enumerate(excused):
        own = asked.filter(pl.col("rule") == number)
        found.append(own.with_columns(reasons=none) if cells.is_empty() else with_reasons(own, cells))
    return pl.concat(found).with_columns(band=band)


def grouped(rows: pl.DataFrame, rules: Sequence[BoundClause], grain: Grain, calendar: Calendar) -> pl.DataFrame:
    """One row per cell: who (vendor, site, queue, rule), ``period``, numerator, denominator and sums.

    ``rows``: of :func:`counted`. A cell of days and longer averages as its clause says.
    """
    keys = [*WHO, "period"]
    placed = rows.with_columns(period=period_of(grain, calendar))
    squared = {metric: [n for n, rule in enumerate(rules) if rule.metric == metric] for metric in _SQUARES}
    squares = pl.coalesce(
        pl.when(pl.col("rule").is_in(squared[metric])).then(pl.col(column)) for metric, column in _SQUARES.items()
    )
    known = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
    cells = placed.group_by(keys).agg(
        pl.col("numerator", "denominator").filter(known).sum(),
        pl.col("offered").sum(),
        squares=pl.when(squares.is_not_null().any()).then(squares.sum()),
        longest_wait_s=pl.col("wait_max_s").max(),
        local_date=pl.col("local_date").first(),
        local_minute=pl.col("local_minute").first(),
        minutes=pl.col("interval_min").max(),
    )
    cells = cells.with_columns(value=_share(), top=pl.col("numerator"), bottom=pl.col("denominator"))
    if grain != "interval":
        cells = cells.with_columns(local_date=pl.col("period"), local_minute=pl.lit(None, pl.Int64))
    others = [] if grain == "interval" else [
        _averaged(placed, number, one)
        for number, rule in enumerate(rules)
        if (one := _level(rule)) is not None and one.aggregation != "call_weighted"
    ]  # fmt: skip
    if not others:
        return cells
    averaged = pl.concat(others)
    return (
        cells.join(averaged, on=keys, how="left", nulls_equal=True, suffix="_averaged")
        .with_columns(
            pl.coalesce(f"{name}_averaged", name).alias(name) for name in ("value", "numerator", "denominator")
        )
        .select(cells.columns)
    )


def _averaged(placed: pl.DataFrame, number: int, definition: ServiceLevelDefinition) -> pl.DataFrame:
    keys = [*WHO, "period"]
    some = placed.filter(pl.col("rule") == number).drop("numerator", "denominator")
    return service_level(some, definition, by=keys).select(*keys, "value", "numerator", "denominator")


def _share() -> pl.Expr:
    return pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator"))


def period_of(grain: Grain, calendar: Calendar) -> pl.Expr:
    """The cell that an interval belongs to: itself, or the first day of its day, week, month, quarter."""
    if grain == "interval":
        return pl.col("interval_start_at")
    return calendar.start(pl.col("local_date"), grain)


def judged(
    rows: pl.DataFrame,
    rules: Sequence[BoundClause],
    grain: Grain,
    days: tuple[date, date],
    zones: Mapping[str, str],
    staffing: pl.DataFrame,
    calendar: Calendar,
) -> pl.DataFrame:
    """The cells of ``days`` (first and last, both included) as :data:`CELLS` + ``rule``, met ones too.

    ``rows``: of :func:`counted`, with ``reasons`` for which each is excused, from some weeks before
    ``days`` on: what is normal for the queue, and since when a target is missed, is read from them. ``zones``: the zone
    of each vendor's terms. ``staffing``: queries/breach_staffing.

    ``value`` is rounded as the clause prints it, then compared. ``points_below``: how far it is on the wrong side of
    the target, in percentage points for a share, else in its own unit; negative on the good side. ``affected``:
    contacts that were not served as promised; ``beyond_target``: of those, the ones that meeting the target would not
    have allowed. ``forecast``: contacts that were forecast for the queue in the whole cell; null for a single site.
    ``persistence``: cells in a row that missed it, this one included (intervals: of the same day).
    ``value_relieved``: without what the agreement excuses; ``excused``: a miss that is none without it; ``reason``:
    forecast, outage, waiver (several joined by ", "). ``chance``: how often a queue that is just on target, and as
    unsteady as this one, would be so low or lower; ``beyond_noise`` where that is rarer than one in a hundred; null
    where it can't be said.
    """
    if rows.is_empty():
        return pl.DataFrame(schema={**CELLS, "rule": pl.Int64})
    every = grouped(rows, rules, grain, calendar)
    cells = every.join(rules_frame(rules), on="rule").with_columns(value=_printed())
    cells = _with_relief(cells, rows, rules, grain, calendar)
    missed = _misses("value")
    lower, share = pl.col("direction") == "lower", pl.col("metric").is_in(SHARES)
    wrong = pl.when(lower).then(pl.col("value") - pl.col("target")).otherwise(pl.col("target") - pl.col("value"))
    affected = pl.when(~share).then("bottom").when(lower).then("top").otherwise(pl.col("bottom") - pl.col("top"))
    allowed = pl.when(lower).then("target").otherwise(1 - pl.col("target")) * pl.col("bottom")
    cells = cells.with_columns(
        missed=missed,
        points_below=pl.when(share).then(100 * wrong).otherwise(wrong),
        affected=affected,
        beyond_target=pl.when(share).then((affected - allowed).clip(lower_bound=0)),
        excused=missed & (pl.col("value_relieved").is_null() | ~_misses("value_relieved")),
        grain=pl.lit(grain),
    )
    if grain == "interval":  # runs end with the day: the days before don't matter
        cells = cells.filter(pl.col("local_date").is_between(*days))
    cells = with_persistence(cells, grain).filter(pl.col("local_date").is_between(*days))
    small = every if grain in ("interval", "day") else grouped(rows, rules, "day", calendar)
    told = pl.lit(True)
    if grain != "interval":  # an average of averages has no number of contacts
        told = pl.col("rule").is_in([n for n, one in enumerate(rules) if one.clause.aggregation == "call_weighted"])
    cells = _with_forecast(with_chance(cells, small, grain, calendar, told), staffing, grain, calendar)
    return placed(cells, grain, zones, calendar).select(*CELLS, "rule").sort("vendor", "queue", "site", "rule", "start")


def rules_frame(rules: Sequence[BoundClause]) -> pl.DataFrame:
    """What of the rules the cells carry."""
    return pl.DataFrame(
        [
            {"rule": number, "metric": rule.metric, "clause_id": rule.clause.id,
             "definition_id": rule.definition_id, "target": rule.clause.target, "direction": rule.clause.direction,
             "measured_by": rule.clause.measurement_period, "rounding": rule.clause.rounding}
            for number, rule in enumerate(rules)
        ],
        schema={"rule": pl.Int64, "metric": pl.String, "clause_id": pl.String, "definition_id": pl.String,
                "target": pl.Float64, "direction": pl.String, "measured_by": pl.String, "rounding": pl.Int64},
    )  # fmt: skip


def _with_forecast(cells: pl.DataFrame, staffing: pl.DataFrame, grain: Grain, calendar: Calendar) -> pl.DataFrame:
    keys = ["vendor", "queue", "period"]
    planned = staffing.with_columns(period=period_of(grain, calendar)).group_by(keys).agg(
        forecast=pl.when(pl.col("forecast").is_not_null().all()).then(pl.col("forecast").sum())
    )  # fmt: skip
    joined = cells.join(planned, on=keys, how="left")
    return joined.with_columns(forecast=pl.when(pl.col("site").is_null()).then("forecast"))


def _printed() -> pl.Expr:
    """The value as its clause prints it: so many decimals of the percentage, or of the value itself."""
    scale = pl.when(pl.col("metric").is_in(SHARES)).then(100.0).otherwise(1.0)
    digits = pl.lit(10.0).pow(pl.col("rounding"))
    shown = (pl.col("value") * scale * digits).round(9).round(0, mode="half_away_from_zero") / digits / scale
    return pl.when(pl.col("rounding").is_null()).then(pl.col("value")).otherwise(shown)


def _misses(value: str) -> pl.Expr:
    return ~meets(pl.col(value), pl.col("target"), pl.col("direction"))


def _with_relief(
    cells: pl.DataFrame, rows: pl.DataFrame, rules: Sequence[BoundClause], grain: Grain, calendar: Calendar
) -> pl.DataFrame:
    """Adds ``value_relieved``: the value without what is excused, null where that is all there is; and ``reason``."""
    excused = rows.filter(_RELIEVED).with_columns(period=period_of(grain, calendar))
    if excused.is_empty():
        return cells.with_columns(value_relieved="value", reason=pl.lit(None, pl.String))
    keys = [*WHO, "period"]
    why = pl.col("reasons").explode().unique().sort().str.join(", ")
    touched = excused.group_by(keys).agg(reason=why)
    touched_rows = rows.with_columns(period=period_of(grain, calendar)).join(
        touched, on=keys, how="semi", nulls_equal=True
    )
    rest = grouped(touched_rows.filter(~_RELIEVED), rules, grain, calendar).join(rules_frame(rules), on="rule")
    rest = touched.join(rest.select(*keys, value_relieved=_printed()), on=keys, how="left", nulls_equal=True)
    rest = rest.with_columns(touched=pl.lit(True))
    return cells.join(rest, on=keys, how="left", nulls_equal=True).with_columns(
        value_relieved=pl.when("touched").then("value_relieved").otherwise("value")
    )


def with_persistence(cells: pl.DataFrame, grain: Grain) -> pl.DataFrame:
    """Adds ``persistence``. Cells without demand neither miss nor meet: they do not end a row of misses."""
    judged_ones = cells.filter(pl.col("missed").is_not_null()).sort(*WHO, "period")
    begins = pl.col("missed") & ~pl.col("missed").shift(1, fill_value=False).over(WHO)
    if grain == "interval":
        begins = begins | (pl.col("local_date") != pl.col("local_date").shift(1)).over(WHO).fill_null(True)
    runs = judged_ones.with_columns(run=begins.cum_sum().over(WHO)).with_columns(
        persistence=pl.when("missed").then(pl.col("missed").cast(pl.Int64).cum_sum().over(*WHO, "run")).otherwise(0)
    )
    keys = [*WHO, "period"]
    return cells.join(runs.select(*keys, "persistence"), on=keys, how="left", nulls_equal=True)


def with_chance(
    cells: pl.DataFrame, small: pl.DataFrame, grain: Grain, calendar: Calendar, told: pl.Expr
) -> pl.DataFrame:
    """Adds ``chance`` and ``beyond_noise`` to cells of which that is ``told`` at all.

    ``small``: the intervals or days of some weeks, met ones too. Periods longer than a day are as unsteady as their
    days make them.
    """
    small = small.with_columns(numerator="top", denominator="bottom", week=pl.col("local_date").dt.truncate("1w"))
    alike = likeness(small, WHO, ["week"])
    cells = cells.join(alike, on=WHO, how="left", nulls_equal=True).with_columns(
        pl.col("rho").fill_null(WITHOUT_HISTORY)
    )
    if grain not in ("interval", "day"):
        n = pl.col("denominator")
        together = (
            small.with_columns(period=calendar.start(pl.col("local_date"), grain))
            .join(alike.select(*WHO, "rho"), on=WHO, nulls_equal=True)
            .group_by(*WHO, "period")
            .agg(factor=(n * (1 + (n - 1) * pl.col("rho"))).sum() / n.sum())
        )
        cells = cells.join(together, on=[*WHO, "period"], how="left", nulls_equal=True)
        several = pl.col("bottom") > 1
        rho = pl.when(several).then((pl.col("factor") - 1) / (pl.col("bottom") - 1)).otherwise(0.0)
        cells = cells.with_columns(rho=rho.clip(0.0, 0.9))
    chance = pl.Series("chance", _chances(cells), dtype=pl.Float64, nan_to_null=True)
    known = pl.when(told & (pl.col("bottom") > 0)).then("chance").alias("chance")
    return (
        cells.with_columns(chance)
        .with_columns(known)
        .with_columns(beyond_noise=pl.when(pl.col("missed")).then(pl.col("chance") < ALPHA).otherwise(pl.col("missed")))
    )


def _chances(cells: pl.DataFrame) -> Floats:
    """Chance of a cell so far on the wrong side, or farther, at the target."""
    n, k, target, rho = (cells[name].to_numpy().astype(float) for name in ("bottom", "top", "target", "rho"))
    lower = (cells["direction"] == "lower").to_numpy()
    share = cells["metric"].is_in(SHARES).to_numpy()
    good = np.where(lower, n - k, k)
    chances = np.full(n.size, np.nan)
    usable = share & (n > 0) & (target > 0) & (target < 1)
    level = np.where(lower, 1 - target, target)
    chances[usable] = lower_tail(good[usable], n[usable], level[usable], rho[usable])
    variance = cells["variance"].to_numpy().astype(float)
    mean = ~share & (n > 0) & cells["squares"].is_not_null().to_numpy() & (variance > 0)
    off = (k[mean] / n[mean] - target[mean]) * np.where(lower[mean], 1, -1)
    chances[mean] = special.ndtr(-off / np.sqrt(variance[mean] * (1 + (n[mean] - 1) * rho[mean]) / n[mean]))
    return chances


def placed(
    cells: pl.DataFrame, grain: Grain, zones: Mapping[str, str], calendar: Calendar, minutes: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Adds instants and days of each ``period``: from start (included) to end (excluded).

    ``minutes``: the length of intervals by vendor and queue, where the cells don't carry it.
    """
    if minutes is not None:
        cells = cells.join(minutes, on=["vendor", "queue"], how="left")
    if grain == "interval":
        begin = pl.col("period").dt.convert_time_zone("UTC")
        return cells.with_columns(
            start=begin,
            end=begin + pl.duration(minutes=pl.col("minutes")),
            first_day=pl.col("local_date"),
            last_day=pl.col("local_date"),
        )
    after = calendar.end(pl.col("period"), grain) + pl.duration(days=1)
    return cells.with_columns(
        start=_midnight(pl.col("period"), zones),
        end=_midnight(after, zones),
        first_day=pl.col("period"),
        last_day=after - pl.duration(days=1),
    )


def _midnight(day: pl.Expr, zones: Mapping[str, str]) -> pl.Expr:
    found = pl.lit(None, pl.Datetime("us", "UTC"))
    for zone in sorted(set(zones.values())):
        vendors = [vendor for vendor, own in zones.items() if own == zone]
        clock = day.cast(pl.Datetime("us")).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        found = pl.when(pl.col("vendor").is_in(vendors)).then(clock.dt.convert_time_zone("UTC")).otherwise(found)
    return found
