"""What excuses a vendor, and when: volume beyond the forecast, the client's outages, waivers that people granted.

Relief takes whole queues and days (or intervals, for an outage) out of a clause's figure. The figure without relief is
always there beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from pipelines.measures.agreement.activity import Activity
from pipelines.measures.agreement.bound import EVERY_QUEUE, BoundClause
from pipelines.measures.agreement.cells import OF_THE_QUEUE
from pipelines.measures.agreement.periods import Calendar
from pipelines.workspace.company import Outage
from pipelines.workspace.terms import Terms

Reason = Literal["forecast", "outage", "waiver"]
#: Excused cells: ``interval_start_at`` null excuses the whole day.
EXCUSED: dict[str, pl.DataType] = {
    "queue": pl.String(), "local_date": pl.Date(), "interval_start_at": pl.Datetime("us", "UTC"), "reason": pl.String(),
}  # fmt: skip
#: What the journal calls a waiver.
WAIVER = "waiver"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Days on which somebody has excused a vendor, from one clause or (None) all, on one queue or (None) all."""

    id: str
    vendor: str
    first_day: date
    last_day: date
    author: str
    reason: str
    queue: str | None = None
    clause: str | None = None

    @classmethod
    def from_entry(cls, about_id: str, author: str, text: str, details: Mapping[str, Any]) -> Waiver | None:
        """The waiver of an entry of the journal; None for one that was withdrawn, or that says no vendor or days.

        ``details``: {vendor, queue, clause, from, to, reason, withdrawn}; queue and clause may be absent, null or "*".
        """
        try:
            first, last = date.fromisoformat(str(details["from"])), date.fromisoformat(str(details["to"]))
            vendor = str(details["vendor"])
        except (KeyError, ValueError):
            return None
        if details.get("withdrawn"):
            return None
        queue, clause = (
            None if details.get(name) in (None, "*") else str(details[name]) for name in ("queue", "clause")
        )
        reason = text or str(details.get("reason", ""))
        return cls(about_id, vendor, first, last, author, reason, queue, clause)

    def bears_on(self, bound: BoundClause) -> bool:
        return self.vendor == bound.vendor and self.clause in (None, bound.clause.id)


def excused_cells(
    bound: BoundClause,
    activity: Activity,
    terms: Sequence[Terms],
    outages: Iterable[Outage],
    waivers: Iterable[Waiver],
    calendar: Calendar,
) -> pl.DataFrame:
    """Everything that is excused under a clause: columns :data:`EXCUSED`, without repetitions."""
    found = [
        pl.DataFrame(schema=EXCUSED),
        *(_outage(one, bound, activity) for one in outages),
        *(_waiver(one, activity) for one in waivers if one.bears_on(bound)),
    ]
    if bound.clause.metric in OF_THE_QUEUE:
        found += [beyond_forecast(one, activity, calendar) for one in terms]
    return pl.concat(found).unique(maintain_order=True)


def beyond_forecast(terms: Terms, activity: Activity, calendar: Calendar) -> pl.DataFrame:
    """Days of the stretches (``forecast_relief.per``) in which a queue had more contacts than forecast and band allow.

    A stretch of which a day has no forecast is held against its days that have one; whether the forecast was locked in
    time is the sender's word: what is delivered is the locked one.
    """
    relief = terms.forecast_relief
    if relief is None or activity.forecast.is_empty():
        return pl.DataFrame(schema=EXCUSED)
    bound = (pl.col("local_date") >= terms.valid_from) & (pl.col("local_date") <= (terms.valid_to or date.max))
    known = activity.forecast.filter(bound & pl.col("forecast").is_not_null() & pl.col("actual").is_not_null())
    placed = known.with_columns(stretch=calendar.start(pl.col("local_date"), relief.per))
    actual, forecast = pl.col("actual").sum(), pl.col("forecast").sum()
    over = placed.group_by("queue", "stretch").agg(
        beyond=(forecast > 0) & (actual > forecast * (1 + relief.band_rate) + 1e-9)
    )
    days = placed.join(over.filter("beyond"), on=["queue", "stretch"])
    return _whole_days(days.select("queue", "local_date"), "forecast")


def _outage(outage: Outage, bound: BoundClause, activity: Activity) -> pl.DataFrame:
    """The intervals that an outage touches; of a metric that is known by day only, the days."""
    if outage.vendor not in (None, bound.vendor):
        return pl.DataFrame(schema=EXCUSED)
    of_queue = pl.lit(True) if outage.queue is None else pl.col("queue") == outage.queue
    inside = activity.intervals.filter(of_queue).select("queue", "local_date", "interval_start_at")
    length = pl.duration(minutes=interval_minutes(activity.intervals))
    touched = inside.filter(
        (pl.col("interval_start_at") < outage.ends_at) & (pl.col("interval_start_at") + length > outage.starts_at)
    )
    return touched.with_columns(reason=pl.lit("outage")).select(*EXCUSED).cast(EXCUSED)  # type: ignore[arg-type]


def interval_minutes(intervals: pl.DataFrame) -> int:
    """Minutes of an interval: the shortest step between two of them on one day (30 where there is only one)."""
    if intervals.is_empty():
        return 30
    steps = intervals.select("interval_start_at").unique().sort("interval_start_at").to_series().diff()
    shortest = steps.drop_nulls().min()
    return max(int(shortest.total_seconds() // 60), 1) if shortest is not None else 30  # type: ignore[union-attr]


def _waiver(waiver: Waiver, activity: Activity) -> pl.DataFrame:
    places = pl.concat([activity.days.select("queue", "local_date"), activity.expected.select("queue", "local_date")])
    if waiver.queue is not None:
        places = places.filter(pl.col("queue") == waiver.queue)
    every = places.select(pl.lit(EVERY_QUEUE).alias("queue"), "local_date")  # deliveries belong to no queue
    both = places if waiver.queue is not None else pl.concat([places, every])
    return _whole_days(both.filter(pl.col("local_date").is_between(waiver.first_day, waiver.last_day)), "waiver")


def _whole_days(days: pl.DataFrame, reason: Reason) -> pl.DataFrame:
    return days.unique().select(
        "queue", "local_date", interval_start_at=pl.lit(None, EXCUSED["interval_start_at"]), reason=pl.lit(reason)
    )


def with_reasons(cells: pl.DataFrame, excused: pl.DataFrame) -> pl.DataFrame:
    """``cells`` with ``reasons``: why each is excused; empty where it is not."""
    whole = excused.filter(pl.col("interval_start_at").is_null())
    whole = whole.group_by("queue", "local_date").agg(by_day=pl.col("reason").unique().sort())
    parts = excused.filter(pl.col("interval_start_at").is_not_null())
    by_interval = parts.group_by("queue", "interval_start_at").agg(by_interval=pl.col("reason").unique().sort())
    by_day = parts.group_by("queue", "local_date").agg(by_touch=pl.col("reason").unique().sort())
    none = pl.lit([], dtype=pl.List(pl.String()))
    found = cells.join(whole, on=["queue", "local_date"], how="left", maintain_order="left")
    found = found.join(by_interval, on=["queue", "interval_start_at"], how="left", maintain_order="left")
    found = found.join(by_day, on=["queue", "local_date"], how="left", maintain_order="left")
    touched = pl.when(pl.col("interval_start_at").is_null()).then(pl.col("by_touch"))
    lists = [pl.col("by_day"), pl.col("by_interval"), touched]
    joined = pl.concat_list(one.fill_null(none) for one in lists)
    return found.with_columns(reasons=joined.list.unique().list.sort()).drop("by_day", "by_interval", "by_touch")
