"""Breaches of clauses that sums of contacts by interval don't tell: surveys, repeats, refunds, occupancy, quantiles of
waits, deliveries in time, and definitions of a service level that the marts don't count under.

Their cells are those of the engine that settles the agreement (``agreement.attainment``), by queue and in periods of
any length that the engine gives; what is noise is measured on their own days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.measures.agreement.bound import EVERY_QUEUE, BoundClause
from pipelines.measures.agreement.periods import Calendar, Grain
from pipelines.measures.breaches import CELLS, SHARES, placed, rules_frame, with_chance, with_persistence

#: Shares whose numerator counts no single contacts: how far one is off by chance can't be told from their sums.
_OF_TIME = ("occupancy", "adherence")


def period_cells(
    attained: pl.DataFrame,
    daily: pl.DataFrame,
    offered: pl.DataFrame,
    rules: Sequence[BoundClause],
    grain: Grain,
    days: tuple[date, date],
    zones: Mapping[str, str],
    calendar: Calendar,
    minutes: int,
) -> pl.DataFrame:
    """The cells of ``days`` as :data:`breaches.CELLS`, met ones too.

    ``attained``: rows of ``attainment.ATTAINMENT`` by queue with ``rule``, their clause's place in ``rules``, of
    ``days`` and some time before them; ``daily``: the same by day. ``offered``: queue, local_date, offered.
    ``minutes``: the length of an interval. Cells with fewer contacts than their clause's minimum are left out. A clause
    about deliveries is of no queue: ``queue`` is null.
    """
    if attained.is_empty():
        return pl.DataFrame(schema=CELLS)
    cells = _cells(attained, grain, zones, calendar).join(rules_frame(rules).select("rule", "measured_by"), on="rule")
    share, lower = pl.col("metric").is_in(SHARES), pl.col("direction") == "lower"
    wrong = pl.when(lower).then(pl.col("value") - pl.col("target")).otherwise(pl.col("target") - pl.col("value"))
    weighted = pl.col("aggregation") == "call_weighted"
    bad = pl.when(lower).then("top").otherwise(pl.col("bottom") - pl.col("top"))
    counts = weighted & ~pl.col("metric").is_in(_OF_TIME)
    affected = pl.when(counts).then(pl.when(share).then(bad).otherwise("contacts"))
    allowed = pl.when(lower).then("target").otherwise(1 - pl.col("target")) * pl.col("bottom")
    cells = cells.with_columns(
        missed=~pl.col("met"),
        points_below=pl.when(share).then(100 * wrong).otherwise(wrong),
        affected=affected,
        value_relieved="relief_value",
        excused=~pl.col("met") & pl.col("relief_met").fill_null(True),
        reason=pl.when(pl.col("excused_by").list.len() > 0).then(pl.col("excused_by").list.join(", ")),
        grain=pl.lit(grain),
    ).with_columns(beyond_target=pl.when(share).then((pl.col("affected") - allowed).clip(lower_bound=0)))
    cells = with_persistence(cells, grain).filter(pl.col("local_date").is_between(*days))
    small = _cells(daily, "day", zones, calendar)
    cells = with_chance(cells, small, grain, calendar, share & counts).with_columns(minutes=pl.lit(minutes))
    cells = placed(cells, grain, zones, calendar)
    came = offered.with_columns(first_day=calendar.start(pl.col("local_date"), "day" if grain == "interval" else grain))
    came = came.group_by("queue", "first_day").agg(pl.col("offered").sum())
    cells = cells.join(came, on=["queue", "first_day"], how="left")
    if grain == "interval":
        cells = cells.with_columns(offered=pl.lit(None))
    absent = [name for name in CELLS if name not in cells.columns]
    return cells.with_columns(pl.lit(None, CELLS[name]).alias(name) for name in absent).select(
        pl.col(name).cast(dtype) for name, dtype in CELLS.items()
    )


def _cells(attained: pl.DataFrame, grain: Grain, zones: Mapping[str, str], calendar: Calendar) -> pl.DataFrame:
    """``attained`` of single queues as cells are grouped: ``breaches.WHO``, ``period``, ``top``, ``bottom``, its place
    on the clock."""
    enough = pl.col("min_volume").is_null() | (pl.col("contacts") >= pl.col("min_volume"))
    of_queue = (pl.col("queue") != EVERY_QUEUE) | (pl.col("metric") == "reporting_timeliness")
    held = attained.filter(enough & of_queue & pl.col("value").is_not_null()).with_columns(
        site=pl.lit(None, pl.String),
        queue=pl.when(pl.col("queue") != EVERY_QUEUE).then("queue"),
        local_date="period_start",
        top="numerator",
        bottom="denominator",
        squares=pl.lit(None, pl.Float64),
    )
    if grain != "interval":
        period = calendar.start(pl.col("period_start"), grain)
        return held.with_columns(period=period, local_minute=pl.lit(None, pl.Int64))
    minute = pl.lit(None, pl.Int64)
    for zone in sorted(set(zones.values())):
        vendors = [vendor for vendor, own in zones.items() if own == zone]
        clock = pl.col("interval_start_at").dt.convert_time_zone(zone)
        of_day = clock.dt.hour().cast(pl.Int64) * 60 + clock.dt.minute()
        minute = pl.when(pl.col("vendor").is_in(vendors)).then(of_day).otherwise(minute)
    return held.with_columns(period="interval_start_at", local_minute=minute)
