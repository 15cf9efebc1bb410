"""Reported periods and the contacts that belong to them: keys, days, cells.

A *line* is one period of one scope of queues as a vendor reports it (a day, a month, an interval). Its key is a number;
its cells are the sums of contacts of every queue and local day (or interval) within it.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.measures.business_days import day_in
from pipelines.measures.ledger.formulas import SUMS, SURVEYS

LINE = ["queue", "granularity", "period_start", "period_end", "period_start_at", "period_end_at"]
#: Granularities shorter than a day: their cells are intervals, not days.
WITHIN_DAY = ("interval", "hour")


def with_days(reported: pl.DataFrame, zone: str, day_start: int = 0) -> pl.DataFrame:
    """``reported`` with ``period_start`` and ``period_end`` (both included), on the clock of ``zone``.

    ``local_date``, where there is one, is the first day. ``day_start``: the minute at which a day begins under the
    terms. A day is one day, whatever the hour at which its vendor says that it begins.
    """
    ends = day_in(pl.col("period_end_at").dt.offset_by("-1us"), zone, day_start)
    starts = pl.col("period_start_at").dt.convert_time_zone(zone).dt.date()
    if "local_date" in reported.columns:
        starts = pl.coalesce("local_date", starts)
    found = reported.with_columns(period_start=starts)
    last = pl.when(pl.col("granularity") == "day").then("period_start").otherwise(ends)
    return found.with_columns(period_end=pl.max_horizontal("period_start", last))


def expected_lines(reported: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Every line and metric that was reported, and those that should have been: the other half of a full outer join.

    Within the first and last day that a vendor has reported at a granularity: for days, those on which a reported scope
    had contacts; for longer periods, those between the periods that came.
    """
    wanted: list[pl.DataFrame] = []
    for (granularity,), some in reported.group_by(["granularity"], maintain_order=True):
        pairs = some.select("queue", "metric").unique(maintain_order=True)
        for scope in pairs["queue"].unique(maintain_order=True).to_list():
            periods = _periods(str(granularity), some, scope, days)
            if periods is not None:
                wanted.append(pairs.filter(pl.col("queue") == scope).join(periods, how="cross"))
    if not wanted:
        return reported
    keys = ["queue", "metric", "granularity", "period_start"]
    missing = pl.concat(wanted).join(reported, on=keys, how="anti", nulls_equal=True)
    return pl.concat([reported, missing], how="diagonal")


def _periods(granularity: str, some: pl.DataFrame, scope: str, days: pl.DataFrame) -> pl.DataFrame | None:
    first, last = some["period_start"].min(), some["period_start"].max()
    if granularity in WITHIN_DAY or not isinstance(first, date) or not isinstance(last, date):
        return None
    if granularity == "day":
        busy = days.filter(_in_scope(scope) & (pl.col("offered") > 0) & pl.col("local_date").is_between(first, last))
        starts = busy.select(period_start="local_date").unique().sort("period_start")
        return starts.with_columns(granularity=pl.lit(granularity), period_end="period_start")
    # Of its own scope only: a queue that a vendor has given up is not missing from its reports.
    own = some.filter(pl.col("queue") == scope)["period_start"]
    known = some.select("period_start", "period_end").unique().filter(
        pl.col("period_start").is_between(own.min(), own.max())
    )  # fmt: skip
    return known.with_columns(_gaps_between(known, granularity)).explode("filled").select(
        period_start=pl.col("filled").struct.field("period_start"),
        granularity=pl.lit(granularity),
        period_end=pl.col("filled").struct.field("period_end"),
    ).unique("period_start").sort("period_start")  # fmt: skip


def _gaps_between(known: pl.DataFrame, granularity: str) -> pl.Series:
    """Each period, followed by the periods of the calendar that lie between it and the next one."""
    step = {"week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}.get(granularity)
    ordered = known.sort("period_start").rows()
    filled: dict[date, list[dict[str, date]]] = {}
    for number, (start, end) in enumerate(ordered):
        filled[start] = [{"period_start": start, "period_end": end}]
        following = ordered[number + 1][0] if number + 1 < len(ordered) else None
        while step and following and (begin := filled[start][-1]["period_end"] + timedelta(days=1)) < following:
            close = pl.Series([begin]).dt.offset_by(step)[0] - timedelta(days=1)
            filled[start].append({"period_start": begin, "period_end": min(close, following - timedelta(days=1))})
    dtype = pl.List(pl.Struct({"period_start": pl.Date, "period_end": pl.Date}))
    return pl.Series("filled", [filled[start] for start in known["period_start"]], dtype=dtype)


def with_keys(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``lines`` with their ``key``, and the keys themselves (:data:`LINE` + key).

    A day, a month is known by its first day; an interval by its instant.
    """
    lines = lines.with_columns(instant=pl.when(pl.col("granularity").is_in(WITHIN_DAY)).then("period_start_at"))
    by = ["queue", "granularity", "period_start", "instant"]
    keys = (
        lines.group_by(by)
        .agg(pl.col(name).max() for name in ("period_end", "period_start_at", "period_end_at"))
        .sort("period_start", "instant", "granularity", "queue")
        .with_row_index("key")
    )
    numbered = lines.join(keys.select("key", *by), on=by, nulls_equal=True).drop("instant")
    return numbered, keys.select("key", *LINE)


def cells(keys: pl.DataFrame, days: pl.DataFrame, intervals: pl.DataFrame) -> pl.DataFrame:
    """key, queue, local_date + the sums of every queue and day, or interval, of each key.

    A queue without contacts on a day on which the vendor had some has zeros: it was served, nobody came. A queue that
    no contact has ever named has no cells.
    """
    long = keys.filter(~pl.col("granularity").is_in(WITHIN_DAY))
    short = keys.filter(pl.col("granularity").is_in(WITHIN_DAY))
    found = [_day_cells(long, days)]
    if short.height:
        found.append(_interval_cells(short, intervals))
    return pl.concat(found, how="diagonal")


def members(keys: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """key, queue, local_date: every queue of the scope on every day of the period."""
    queues = days["queue"].unique().sort().to_list()
    scopes = keys["queue"].unique().to_list()
    of_scope = pl.DataFrame(
        [(scope, queue) for scope in scopes for queue in queues_in(scope, queues)],
        schema={"queue": pl.String, "member": pl.String}, orient="row",
    )  # fmt: skip
    spans = keys.select("key", "queue", local_date=pl.date_ranges("period_start", "period_end")).explode("local_date")
    return spans.join(of_scope, on="queue").select("key", "local_date", queue="member")


def queues_in(scope: str, queues: list[str]) -> list[str]:
    """The queues that a reported scope names: one code, several joined by ";", or all."""
    if scope == "*":
        return queues
    named = {part.strip() for part in scope.split(";")}
    return [queue for queue in queues if queue in named]


def _in_scope(scope: str) -> pl.Expr:
    return pl.lit(True) if scope == "*" else pl.col("queue").is_in([part.strip() for part in scope.split(";")])


def _day_cells(keys: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    served = (
        days.filter(pl.col("offered").is_not_null()).select("local_date").unique().with_columns(served=pl.lit(True))
    )
    joined = (
        members(keys, days)
        .join(days, on=["queue", "local_date"], how="left", suffix="_day")
        .join(served, on="local_date", how="left")
        .filter("served")
    )
    # Contacts that state nothing are not known; no contact at all is none, and so is no survey where surveys come.
    empty = pl.col("offered").is_null()
    held = [name for name in SUMS if name in joined.columns]
    surveyed = [name for name in held if name in SURVEYS and joined[name].is_not_null().any()]
    filled = [
        pl.when(empty | pl.lit(name in surveyed)).then(pl.col(name).fill_null(0)).otherwise(name) for name in held
    ]
    return joined.with_columns(one.alias(name) for name, one in zip(held, filled, strict=True)).drop("served")


def _interval_cells(keys: pl.DataFrame, intervals: pl.DataFrame) -> pl.DataFrame:
    queues = intervals["queue"].unique().sort().to_list()
    held = [name for name in SUMS if name in intervals.columns]
    ordered = intervals.sort("interval_start_at")
    found = []
    for (scope, _), some in keys.group_by(["queue", "granularity"], maintain_order=True):
        spans = some.select("key", "period_start_at", "period_end_at").sort("period_start_at")
        own = ordered.filter(pl.col("queue").is_in(queues_in(str(scope), queues)))
        placed = own.join_asof(spans, left_on="interval_start_at", right_on="period_start_at", strategy="backward")
        inside = placed.filter(pl.col("interval_start_at") < pl.col("period_end_at"))
        found.append(inside.select("key", "queue", "local_date", *held))
    return pl.concat(found)
