"""When a queue was open: the intervals in which data are to be expected.

Opening hours are clock times in the zone of the terms. A day of 24 opening hours has 96 quarter-hours, 92 on
the day the clock goes forward and 100 on the day it goes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import polars as pl

from pipelines.workspace.model import Workspace
from pipelines.workspace.terms import Holidays, Terms
from pipelines.workspace.values import WEEKDAYS


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """One stretch of opening time, as instants in UTC (end excluded)."""

    start: datetime
    end: datetime


@cache
def _public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))


def is_holiday(rules: Holidays, day: date) -> bool:
    """Is ``day`` a closed day under these rules?"""
    if day in rules.open_on:
        return False
    if day in rules.extra:
        return True
    return (
        rules.closed
        and rules.country is not None
        and day in _public_holidays(rules.country, rules.subdivision, day.year)
    )


def open_spans(terms: Terms, queue: str, day: date) -> list[OpenSpan] | None:
    """The stretches in which a queue is open on a local ``day``, in order; None where the terms state no hours.

    Empty on days when the queue is closed: a day of the week without hours, a holiday, a day outside the terms.
    """
    stretches = terms.hours_of(queue)
    if stretches is None:
        return None
    if not terms.holds_on(day) or is_holiday(terms.holidays, day):
        return []
    zone = ZoneInfo(terms.report_tz)
    weekday = WEEKDAYS[day.weekday()]
    spans = [
        OpenSpan(_instant(day, one.open_minute, zone), _instant(day, one.close_minute, zone))
        for one in stretches
        if weekday in one.days
    ]
    return sorted((span for span in spans if span.end > span.start), key=lambda span: span.start)


def open_intervals(terms: Terms, queue: str, day: date) -> list[datetime] | None:
    """The starts, in UTC, of the intervals that overlap the opening hours of a local ``day``.

    Intervals are cut from the local midnight in real time, ``terms.interval_min`` long. None where the terms
    state no hours.
    """
    spans = open_spans(terms, queue, day)
    if spans is None:
        return None
    zone = ZoneInfo(terms.report_tz)
    length = timedelta(minutes=terms.interval_min)
    begin, end = _instant(day, 0, zone), _instant(day, 1440, zone)
    starts = (begin + step * length for step in range(-(-(end - begin) // length)))
    return [start for start in starts if any(span.start < start + length and start < span.end for span in spans)]


def open_hours_frame(workspace: Workspace, first: date, last: date, vendor: str | None = None) -> pl.DataFrame:
    """Every interval in which a queue was open from ``first`` to ``last`` (local dates, both included).

    Columns: vendor_code, queue_code, local_date, interval_start_at (UTC), interval_min. The queues are those of
    :func:`queues_of`; a vendor is open from its first to its last day.
    """
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "vendor_code": pl.String,
        "queue_code": pl.String,
        "local_date": pl.Date,
        "interval_start_at": pl.Datetime("us", "UTC"),
        "interval_min": pl.Int64,
    }
    vendors = [vendor] if vendor is not None else list(workspace.vendors)
    rows = [row for code in vendors for row in _open_rows(workspace, code, first, last)]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _open_rows(
    workspace: Workspace, code: str, first: date, last: date
) -> Iterator[tuple[str, str, date, datetime, int]]:
    vendor = workspace.vendors[code]
    first, last = max(first, vendor.started_on or first), min(last, vendor.ended_on or last)
    for day in (first + timedelta(days=step) for step in range((last - first).days + 1)):
        terms = workspace.terms_on(code, day)
        if terms is None:
            continue
        found: dict[str, list[datetime]] = {}  # queues under the hours of "*" share their intervals
        for queue in queues_of(workspace, terms):
            scope = queue if queue in terms.hours else "*"
            if scope not in found:
                found[scope] = open_intervals(terms, queue, day) or []
            for start in found[scope]:
                yield code, queue, day, start, terms.interval_min


def queues_of(workspace: Workspace, terms: Terms) -> list[str]:
    """The queues that a vendor serves under these terms.

    Where hours are given for each queue by name, those. Where they are given for any ("*"), the queues that the
    vendor's aliases, hours, clauses and rate cards name; where no alias is its own, every queue of the workspace.
    """
    if terms.hours and "*" not in terms.hours:
        return sorted(terms.hours)
    named = {*terms.hours, *(clause.queue for clause in terms.clauses), *(card.queue for card in terms.rate_cards)}
    aliased = {alias.queue for alias in workspace.aliases if alias.vendor == terms.vendor and alias.queue is not None}
    if aliased:
        return sorted((named | aliased) - {"*"})
    covers_all = any(scope == "*" for scope in [*(clause.queue for clause in terms.clauses), *terms.hours])
    return sorted(workspace.queues) if covers_all else sorted(named)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant of a local clock time. A time that the clock skips becomes the moment of the skip; one that it
    shows twice, the first (as a closing time: the first, so hours end when the clock first says so)."""
    clock = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    return clock.replace(tzinfo=zone).astimezone(UTC)
