"""What was due: which deliveries the terms ask for, by when, and what became of each.

A delivery calendar says how often (``every`` day, week or month), how long after the period's end
(``due: "D+1 09:00"``, the time in the calendar's zone), and how many hours of grace there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.workspace import DeliveryCalendar, Terms, Workspace
from pipelines.workspace.values import WEEKDAYS

#: A file that names no day is not supposed to be for a period that ended longer ago than this.
REMEMBERED_DAYS = 45

DUE_SCHEMA = {
    "vendor": pl.String(),
    "feed": pl.String(),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "due_at": pl.Datetime("us", "UTC"),
    "late_after": pl.Datetime("us", "UTC"),
}
PUNCTUALITY_SCHEMA = {
    "vendor": pl.String(),
    "feed": pl.String(),
    "expected": pl.Int64(),
    "received": pl.Int64(),
    "on_time": pl.Int64(),
    "late": pl.Int64(),
    "missing": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery that the terms ask for: the days it covers, and until when it is on time."""

    vendor: str
    feed: str
    period_start: date
    period_end: date
    due_at: datetime
    late_after: datetime


def due_deliveries(workspace: Workspace, until: datetime) -> pl.DataFrame:
    """Every delivery whose due instant lies before ``until``: one row each, columns of :data:`DUE_SCHEMA`.

    A vendor that has ended owes nothing after its last day; terms apply as of the period they cover.
    """
    rows = [
        (due.vendor, due.feed, due.period_start, due.period_end, due.due_at, due.late_after)
        for code, versions in workspace.terms.items()
        for terms in versions
        for feed, calendar in terms.deliveries.items()
        for due in _due_under(workspace, code, terms, feed, calendar, until)
    ]
    return pl.DataFrame(rows, schema=DUE_SCHEMA, orient="row").sort("vendor", "feed", "period_start")


def judged_deliveries(due: pl.DataFrame, deliveries: pl.DataFrame) -> pl.DataFrame:
    """Each due delivery with the first accepted file that covers its period.

    A file without a row (a header alone, on a day on which nobody called) says no period: it stands for the last one
    that had ended when it came and that no other file covers. Whether nothing is plausible is not asked here.

    ``deliveries`` needs vendor, feed, status, received_at, period_start, period_end, delivery_id. Returns
    ``due`` with delivery_id, received_at and ``punctuality``: on_time, late or missing.
    """
    accepted = deliveries.filter(pl.col("status").is_in(["accepted", "accepted_with_warnings", "superseded"])).select(
        "vendor", "feed", "delivery_id", "received_at", first="period_start", last="period_end"
    )
    numbered = due.with_row_index("due_no")
    pairs = numbered.join(accepted, on=["vendor", "feed"])
    dated = pairs.filter((pl.col("first") <= pl.col("period_end")) & (pl.col("last") >= pl.col("period_start")))
    covering = (
        pl.concat([dated, _for_which_empty(pairs.filter(~pl.col("due_no").is_in(dated["due_no"].implode())))])
        .sort("received_at")
        .unique("due_no", keep="first", maintain_order=True)
        .select("due_no", "delivery_id", "received_at")
    )
    return (
        numbered.join(covering, on="due_no", how="left")
        .drop("due_no")
        .with_columns(
            punctuality=pl.when(pl.col("received_at").is_null())
            .then(pl.lit("missing"))
            .when(pl.col("received_at") > pl.col("late_after"))
            .then(pl.lit("late"))
            .otherwise(pl.lit("on_time"))
        )
    )


def had_ended() -> pl.Expr:
    """Of due deliveries beside files: the period had ended when the file came, and that is remembered."""
    came = pl.col("received_at").dt.date()
    return pl.col("period_end").is_between(came - pl.duration(days=REMEMBERED_DAYS), came, closed="left")


def _for_which_empty(pairs: pl.DataFrame) -> pl.DataFrame:
    """Of due deliveries that no dated file covers, beside files: each undated file with the period it stands for."""
    return (
        pairs.filter(pl.col("first").is_null() & had_ended())
        .sort("period_end")
        .unique("delivery_id", keep="last", maintain_order=True)
    )


def feed_punctuality(judged: pl.DataFrame) -> pl.DataFrame:
    """Per vendor and feed: how many deliveries were expected, received, on time, late, missing."""
    state = pl.col("punctuality")
    counted = judged.group_by("vendor", "feed").agg(
        expected=pl.len(),
        received=(state != "missing").sum(),
        on_time=(state == "on_time").sum(),
        late=(state == "late").sum(),
        missing=(state == "missing").sum(),
    )
    return counted.cast(PUNCTUALITY_SCHEMA).select(*PUNCTUALITY_SCHEMA).sort("vendor", "feed")  # type: ignore[arg-type]


def _due_under(
    workspace: Workspace, code: str, terms: Terms, feed: str, calendar: DeliveryCalendar, until: datetime
) -> Iterator[Due]:
    vendor = workspace.vendors[code]
    starts = [day for day in (terms.valid_from, calendar.first_day, vendor.started_on) if day]
    ends = [day for day in (terms.valid_to, vendor.ended_on, until.date()) if day]
    zone = ZoneInfo(calendar.tz or terms.report_tz)
    for first, last in _periods(calendar, max(starts), min(ends)):
        due_at = _due_instant(calendar, last, zone)
        if due_at <= until:
            yield Due(code, feed, first, last, due_at, due_at + timedelta(hours=calendar.grace_hours))


def _periods(calendar: DeliveryCalendar, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Whole periods that begin on or after ``first`` and end on or before ``last``."""
    day = first
    while day <= last:
        if calendar.every == "day":
            start = end = day
        elif calendar.every == "week":
            start = day - timedelta(days=day.weekday())
            end = start + timedelta(days=6)
        else:
            start = day.replace(day=1)
            end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        wanted = calendar.every != "day" or WEEKDAYS[day.weekday()] in calendar.weekdays
        if start >= first and end <= last and wanted:
            yield start, end
        day = end + timedelta(days=1)


def _due_instant(calendar: DeliveryCalendar, last_day: date, zone: ZoneInfo) -> datetime:
    at = time(*divmod(calendar.due_minute, 60))
    return datetime.combine(last_day + timedelta(days=calendar.due_days), at, zone).astimezone(UTC)
