"""Day by interval: what a heatmap of a vendor shows, and the same of every vendor on one scale.

A cell is one interval of one day of a vendor's queues together. It is *open* (contacts, or none although open),
*missing* (its contacts are known not to have come), *closed*, or *not yet* (nothing is due of that day yet): four
different things, none of which is a zero.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, get_args

import polars as pl

from pipelines.measures.agreement.bound import bound_clauses
from pipelines.measures.breaches import bound, counted
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace
from pipelines.workspace.frames import open_hours_frame

#: What a heatmap can show. "volume" is against the locked forecast, "staffing" against what was committed.
Shown = Literal["service_level", "abandon_rate", "asa_s", "volume", "staffing"]
SHOWN: tuple[Shown, ...] = get_args(Shown)
State = Literal["open", "missing", "closed", "not_yet"]

#: One cell. ``part`` is the share of the cell's open queue-intervals whose contacts are missing. ``*_n`` over ``*_of``
#: are the clause's own numerator and denominator, with its ``*_target``; null where no clause binds or a count is not
#: known. ``committed_s`` and ``logged_s`` are agents' seconds.
CELLS: dict[str, pl.DataType] = {
    "vendor": pl.String(),
    "local_date": pl.Date(),
    "local_minute": pl.Int64(),
    "interval_min": pl.Int64(),
    "state": pl.String(),
    "part": pl.Float64(),
    "offered": pl.Int64(),
    "answered": pl.Int64(),
    "abandoned": pl.Int64(),
    "service_level_n": pl.Float64(),
    "service_level_of": pl.Float64(),
    "service_level_target": pl.Float64(),
    "abandon_rate_n": pl.Float64(),
    "abandon_rate_of": pl.Float64(),
    "abandon_rate_target": pl.Float64(),
    "wait_s": pl.Float64(),
    "waits": pl.Int64(),
    "longest_wait_s": pl.Float64(),
    "threshold_s": pl.Float64(),
    "forecast": pl.Float64(),
    "logged_s": pl.Float64(),
    "committed_s": pl.Float64(),
}
_AT = ["vendor", "local_date", "local_minute"]
_QUEUE_CELL = ["vendor", "queue", "local_date", "local_minute"]

#: How far from what was promised: bounds of the steps 1, 2, 3 in points (shares), in thresholds (waits), in shares of
#: the plan. Step 0 is as promised.
STEPS: dict[Shown, tuple[float, float, float]] = {
    "service_level": (0.0, 0.10, 0.30),
    "abandon_rate": (0.0, 0.10, 0.30),
    "asa_s": (1.0, 2.0, 4.0),
    "volume": (0.10, 0.30, 0.60),
    "staffing": (0.10, 0.30, 0.50),
}


def interval_cells(
    workspace: Workspace,
    reader: Reader,
    first_day: date,
    last_day: date,
    vendors: Sequence[str],
    *,
    queues: Sequence[str] | None = None,
    site: str | None = None,
) -> pl.DataFrame:
    """Every cell of the days of ``vendors``, as :data:`CELLS`: open, missing, closed and not-yet ones.

    Cells reach from the first to the last interval in which any of a vendor's queues is open, or has contacts that
    count, in those days. ``site`` leaves plan and staffing out: they are the queue's as a whole.
    """
    only = vendors[0] if len(vendors) == 1 else None
    days = {"first_day": first_day, "last_day": last_day}
    rows = _chosen(reader.frame("breach_intervals", **days, vendor=only, queue=None), vendors, queues)
    if site is not None:
        rows = rows.filter(pl.col("site") == site)
    came = _counted(workspace, rows)
    planned = _chosen(reader.frame("breach_staffing", **days, vendor=only, queue=None), vendors, queues)
    opened = _opened(workspace, reader, first_day, last_day, vendors, queues)
    at = [*_QUEUE_CELL, "interval_start_at", "interval_min"]
    keys = pl.concat([opened.select(at), came.select(at)]).unique(["vendor", "queue", "interval_start_at"])
    own = ["vendor", "queue", "interval_start_at"]
    placed = (
        keys.join(opened.select(*own, "silent", "due"), on=own, how="left")
        .join(came.drop("local_date", "local_minute", "interval_min"), on=own, how="left")
        .join(_plan(planned, site), on=own, how="left")
    )
    return _whole_days(_together(placed), first_day, last_day)


def shown(cells: pl.DataFrame, what: Shown) -> pl.DataFrame:
    """``cells`` with the figure ``what``: value, numerator, denominator, target, off, step.

    ``value`` is a share, seconds, or (volume and staffing) the relative difference to the plan; null where it is not
    known. ``off`` is how far it is on the wrong side (for volume: over the forecast, negative below it) in the units of
    :data:`STEPS`; ``step`` 0 to 3 by those bounds (negative for volume below its forecast).
    """
    none = pl.lit(None, pl.Float64)
    top, bottom, target = {
        "service_level": (pl.col("service_level_n"), pl.col("service_level_of"), pl.col("service_level_target")),
        "abandon_rate": (pl.col("abandon_rate_n"), pl.col("abandon_rate_of"), pl.col("abandon_rate_target")),
        "asa_s": (pl.col("wait_s"), pl.col("waits").cast(pl.Float64), none),
        "volume": (pl.col("offered").cast(pl.Float64), pl.col("forecast"), none),
        "staffing": (pl.col("logged_s"), pl.col("committed_s"), none),
    }[what]
    ratio = pl.when(bottom > 0).then(top / bottom)
    value = ratio - 1 if what in ("volume", "staffing") else ratio
    off = {
        "service_level": target - value,
        "abandon_rate": value - target,
        "asa_s": value / pl.col("threshold_s"),
        "volume": value,
        "staffing": -value,
    }[what]
    first, second, third = STEPS[what]
    size = pl.col("off").abs() if what == "volume" else pl.col("off")
    # on the target is met: floats such as 0.1 + 0.2 must not miss 0.3
    step = sum((size > bound + 1e-9).cast(pl.Int64) for bound in (first, second, third))
    signed = pl.when(pl.col("off") < 0).then(-step).otherwise(step) if what == "volume" else step
    known = pl.col("state") == "open"
    return cells.with_columns(
        value=pl.when(known).then(value), numerator=top, denominator=bottom, target=target, off=pl.when(known).then(off)
    ).with_columns(step=pl.when(pl.col("off").is_not_null()).then(signed))


def _chosen(rows: pl.DataFrame, vendors: Sequence[str], queues: Sequence[str] | None) -> pl.DataFrame:
    rows = rows.filter(pl.col("vendor").is_in(list(vendors)))
    return rows if queues is None else rows.filter(pl.col("queue").is_in(list(queues)))


def _counted(workspace: Workspace, rows: pl.DataFrame) -> pl.DataFrame:
    """Contacts by queue and interval (sites together), with the shares of the clauses in force there."""
    placed, rules = bound(rows, bound_clauses(workspace.terms))
    told = counted(placed, rules)
    own = ["vendor", "queue", "interval_start_at"]
    sums = rows.group_by(*own).agg(
        pl.col("local_date", "local_minute").first(),
        interval_min=pl.col("interval_min").max().cast(pl.Int64),
        offered=pl.col("offered").sum(),
        answered=pl.col("answered").sum(),
        abandoned=pl.col("abandoned").sum(),
        wait_s=pl.col("wait_answered_s").sum(),
        waits=pl.col("waits_known_answered").sum(),
        longest_wait_s=pl.col("wait_max_s").max(),
    )
    for metric in ("service_level", "abandon_rate"):
        numbers = [number for number, rule in enumerate(rules) if rule.metric == metric]
        thresholds = {number: rules[number].clause.threshold_s for number in numbers}
        mine = told.filter(pl.col("rule").is_in(numbers))
        part = mine.group_by(*own).agg(
            pl.col("numerator").sum().alias(f"{metric}_n"),
            pl.col("denominator").sum().alias(f"{metric}_of"),
            known=(pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()).all(),
            rule=pl.col("rule").first(),
        )
        part = part.with_columns(
            pl.when("known").then(f"{metric}_n").alias(f"{metric}_n"),
            pl.when("known").then(f"{metric}_of").alias(f"{metric}_of"),
            _stated({number: rules[number].clause.target for number in numbers}).alias(f"{metric}_target"),
            *([_stated(thresholds).alias("threshold_s")] if metric == "service_level" else []),
        )
        sums = sums.join(part.drop("known", "rule"), on=own, how="left")
    return sums


def _stated(values: Mapping[int, float | None]) -> pl.Expr:
    """What the row's clause states."""
    return pl.col("rule").replace_strict(values, default=None, return_dtype=pl.Float64)


def _plan(planned: pl.DataFrame, site: str | None) -> pl.DataFrame:
    """Forecast, logged and committed seconds by queue and interval; nothing where one site alone is asked for."""
    plan = planned.select(
        "vendor", "queue", "interval_start_at", "forecast", "logged_s",
        committed_s=pl.col("committed") * pl.col("interval_min") * 60,
    )  # fmt: skip
    return plan.head(0) if site is not None else plan


def _opened(
    workspace: Workspace,
    reader: Reader,
    first_day: date,
    last_day: date,
    vendors: Sequence[str],
    queues: Sequence[str] | None,
) -> pl.DataFrame:
    """Opening time by queue and interval: ``silent`` where its contacts are missing, ``due`` where anything is due."""
    parts = [open_hours_frame(workspace, first_day, last_day, vendor) for vendor in vendors]
    zones = {vendor: workspace.zone_of(vendor) for vendor in vendors}
    hours = _chosen(
        pl.concat(parts).rename({"vendor_code": "vendor", "queue_code": "queue"}), vendors, queues
    ).with_columns(local_minute=_local_minute(zones))
    silent = pl.lit(False)
    for row in reader.frame("silences", first_day=first_day, last_day=last_day).iter_rows(named=True):
        evidence = json.loads(row["evidence"])
        stretch = pl.col("interval_start_at").is_between(
            _instant(evidence["from"]), _instant(evidence["to"]), closed="left"
        )
        silent |= (pl.col("vendor") == row["vendor"]) & pl.col("queue").is_in(evidence["queues"]) & stretch
    due = reader.frame("expected_days", first_day=first_day, last_day=last_day)
    due = due.select("vendor", "queue", "local_date", due=pl.lit(True))
    return (
        hours.with_columns(silent=silent)
        .join(due, on=["vendor", "queue", "local_date"], how="left")
        .with_columns(pl.col("due").fill_null(False))
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _local_minute(zones: dict[str, str]) -> pl.Expr:
    """The minute of the local clock at which the interval starts, in each vendor's zone."""
    minute = pl.lit(None, pl.Int64)
    for vendor, zone in zones.items():
        clock = pl.col("interval_start_at").dt.convert_time_zone(zone)
        own = clock.dt.hour().cast(pl.Int64) * 60 + clock.dt.minute().cast(pl.Int64)
        minute = pl.when(pl.col("vendor") == vendor).then(own).otherwise(minute)
    return minute


def _together(placed: pl.DataFrame) -> pl.DataFrame:
    """Queues of one vendor and interval together. A sum of a plan is known only where every open queue states it."""
    opens, came = pl.col("silent").is_not_null(), pl.col("offered").fill_null(0) > 0
    planned = [
        pl.when(pl.col(name).filter(opens).is_not_null().all() & pl.col(name).is_not_null().any())
        .then(pl.col(name).sum())
        .alias(name)
        for name in ("forecast", "logged_s", "committed_s")
    ]
    shares = [
        pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)
        for name in ("service_level_n", "service_level_of", "abandon_rate_n", "abandon_rate_of")
    ]
    single = [
        pl.when(pl.col(name).drop_nulls().n_unique() == 1).then(pl.col(name).drop_nulls().first()).alias(name)
        for name in ("service_level_target", "abandon_rate_target", "threshold_s")
    ]
    cells = placed.group_by(*_AT).agg(
        pl.col("interval_min").max(),
        pl.col("offered", "answered", "abandoned", "wait_s", "waits").sum(),
        pl.col("longest_wait_s").max(),
        *planned,
        *shares,
        *single,
        opens=opens.sum(),
        silences=pl.col("silent").fill_null(False).sum(),
        due=pl.col("due").fill_null(False).any(),
        came=came.any(),
    )
    state = (
        pl.when("came").then(pl.lit("open"))
        .when(pl.col("opens") == 0).then(pl.lit("closed"))
        .when(pl.col("silences") == pl.col("opens")).then(pl.lit("missing"))
        .when("due").then(pl.lit("open"))
        .otherwise(pl.lit("not_yet"))
    )  # fmt: skip
    part = pl.when(pl.col("opens") > 0).then(pl.col("silences") / pl.col("opens")).otherwise(0.0)
    return cells.with_columns(state=state, part=part)


def _whole_days(cells: pl.DataFrame, first_day: date, last_day: date) -> pl.DataFrame:
    """Every day with the same intervals, those without opening time as closed, in order."""
    span = (
        cells.filter(pl.col("state") != "closed")
        .group_by("vendor")
        .agg(begin=pl.col("local_minute").min(), end=pl.col("local_minute").max(), step=pl.col("interval_min").max())
    )
    grid = (
        span.with_columns(local_minute=pl.int_ranges("begin", pl.col("end") + 1, "step"))
        .explode("local_minute")
        .select("vendor", "local_minute", interval_min="step")
        .join(pl.DataFrame({"local_date": pl.date_range(first_day, last_day, eager=True)}), how="cross")
    )
    return (
        grid.join(cells.drop("interval_min"), on=_AT, how="left")
        .with_columns(pl.col("state").fill_null("closed"), pl.col("part").fill_null(0.0))
        .select(pl.col(name).cast(dtype) for name, dtype in CELLS.items())
        .sort("vendor", "local_date", "local_minute")
    )
