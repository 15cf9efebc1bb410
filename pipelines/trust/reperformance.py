"""What a vendor reported and what its contacts say, gathered from the warehouse and held against one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.measures.business_days import clock_of
from pipelines.measures.ledger.evidence import by_day
from pipelines.measures.own_counts import PrintedRatio
from pipelines.measures.reconcile import Evidence, Reconciliation, reconcile
from pipelines.trust.agreement import Counting, usual_repeat
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame
from pipelines.workspace.hours import open_spans

#: Runs ``queries/<name>.sql`` with its parameters.
Read = Callable[..., pl.DataFrame]


def reperform(workspace: Workspace, vendor: str, read: Read) -> Reconciliation:
    """Every figure that ``vendor`` ever reported, against its contacts under its terms."""
    parameters: Mapping[str, Any] = {"vendor": vendor}
    reported = read("reconcile_reported", **parameters)
    days = read("reconcile_days", **parameters)
    first, last = _first_last(days)
    zone = _zone(workspace, vendor, last)
    counting = Counting(workspace, vendor, read)
    business, intervals = counting.business, counting.intervals()
    moved = business.moved and not intervals.is_empty()  # counts that a vendor sends by day are on its own days
    stretch = business.on(last) if last and moved else None
    evidence = Evidence(
        days=by_day(intervals) if moved else days,
        waits=counting.waits(),
        intervals=intervals,
        clauses=clauses_frame(workspace).filter(pl.col("vendor_code") == vendor),
        zone=zone,
        day_start=stretch.minute if stretch else 0,
        moved=moved,
        other_zones=_other_zones(workspace, vendor, zone),
        waits_in=lambda clock: read(
            "reconcile_zone_waits", vendor=vendor, **dict(zip(("zone", "day_start"), clock_of(clock), strict=True))
        ),
        waits_on=counting.waits_on,
        counted=counting.counts,
        repeats=None if moved else counting.repeats,
        usual_repeat=usual_repeat(workspace),
        printed=_printed_ratios(workspace),
        declared=None if moved else lambda: read("declared_resolution", **parameters),
        gaps=_touched(_gaps(workspace, vendor, days, first, last), moved),
        rejected=read("reconcile_rejected", **parameters),
        odd=_touched(read("reconcile_odd", **parameters), moved),
    )
    return reconcile(vendor, reported, evidence)


def _touched(places: pl.DataFrame, moved: bool) -> pl.DataFrame:
    """The days (queue, local_date) that what is wrong on a calendar date may touch: that one, and that before it."""
    if not moved:
        return places
    return pl.concat([places, places.with_columns(pl.col("local_date").dt.offset_by("-1d"))]).unique()


def _printed_ratios(workspace: Workspace) -> dict[str, PrintedRatio]:
    """Figures of this company's reports that follow from counts of the same reports."""
    return {
        name: PrintedRatio(one.numerator, one.denominator, one.per)
        for name, one in workspace.settings.reported_metrics.items()
        if one.numerator is not None and one.denominator is not None
    }


def reporting_vendors(read: Read) -> list[str]:
    """Vendors of which there is any report."""
    return read("reconcile_vendors")["vendor"].to_list()


def _first_last(days: pl.DataFrame) -> tuple[date | None, date | None]:
    first, last = days["local_date"].min(), days["local_date"].max()
    return (first if isinstance(first, date) else None), (last if isinstance(last, date) else None)


def _zone(workspace: Workspace, vendor: str, day: date | None) -> str:
    terms = workspace.terms_on(vendor, day) if day else None
    return terms.report_tz if terms else workspace.settings.time_zone


def _other_zones(workspace: Workspace, vendor: str, zone: str) -> tuple[str, ...]:
    """Clocks on which the vendor might cut its days: those of its sites, the client's, universal time."""
    sites = [site.tz for site in workspace.sites.values() if site.vendor == vendor]
    return tuple(dict.fromkeys(one for one in (*sites, workspace.settings.time_zone, "UTC") if one != zone))


def _gaps(workspace: Workspace, vendor: str, days: pl.DataFrame, first: date | None, last: date | None) -> pl.DataFrame:
    """Days on which a queue was open under the terms and the vendor sent no contact of any queue."""
    schema = {"queue": pl.String(), "local_date": pl.Date()}
    if first is None or last is None:
        return pl.DataFrame(schema=schema)
    served = set(days.filter(pl.col("offered") > 0)["local_date"].to_list())
    rows = []
    for day in (first + timedelta(days=step) for step in range((last - first).days + 1)):
        terms = workspace.terms_on(vendor, day)
        if terms is None or day in served:
            continue
        rows += [(queue, day) for queue in terms.hours if queue != "*" and open_spans(terms, queue, day)]
        if "*" in terms.hours and open_spans(terms, "*", day):
            rows += [(queue, day) for queue in days["queue"].unique().to_list()]
    return pl.DataFrame(rows, schema=schema, orient="row")
