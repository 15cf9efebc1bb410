"""Breaches and their causes, gathered from the warehouse: intervals, plan, clauses, relief."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.measures.agreement.activity import FORECAST, Activity
from pipelines.measures.agreement.attainment import ATTAINMENT
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.cells import BY_INTERVAL
from pipelines.measures.agreement.periods import Grain
from pipelines.measures.agreement.relief import excused_cells
from pipelines.measures.breaches import bound, by_interval, counted, excused_rows, rules_frame
from pipelines.measures.causes import attributed, model_inputs, split, usual_misfit, with_common, with_side
from pipelines.measures.ledger.evidence import by_day
from pipelines.measures.period_breaches import period_cells
from pipelines.trust.agreement import Account, Read, calendar_of, clauses_attained, waivers_of
from pipelines.warehouse import Journal
from pipelines.workspace import Workspace

#: Days before the ones asked for on which the model is held against what was measured.
CALIBRATION_DAYS = 42


@dataclass(frozen=True, slots=True)
class Reading:
    """What breaches and their causes are told from: the half-hours, the plan, and the figures of every clause."""

    intervals: pl.DataFrame
    staffing: pl.DataFrame
    rows: pl.DataFrame
    rules: list[BoundClause]


def read_breaches(
    workspace: Workspace,
    read: Read,
    days: tuple[date, date],
    history_days: int,
    vendor: str | None,
    queue: str | None,
    metric: str | None,
    *,
    site: str | None = None,
    by_site: bool = False,
    plan_before: bool = False,
) -> Reading:
    """Intervals of the days and of the time before them, counted under the clauses that bind them.

    ``plan_before``: the plan of the time before as well, which only the model asks for.
    """
    first, last = days[0] - timedelta(days=history_days), days[1]
    scope = {"first_day": first, "last_day": last, "vendor": vendor, "queue": queue}
    intervals = read("breach_intervals", **scope)
    staffing = read("breach_staffing", **(scope if plan_before else {**scope, "first_day": days[0]}))
    if site is not None:
        intervals = intervals.filter(pl.col("site") == site)
    elif not by_site:
        intervals = intervals.with_columns(site=pl.lit(None, pl.String))
    rows, rules = bound(intervals, bound_clauses(workspace.terms, vendor), metric)
    excused = _excused(workspace, read, intervals.filter(pl.col("local_date") >= days[0]), rules, days)
    return Reading(intervals, staffing, excused_rows(counted(rows, rules), excused, _banded(workspace), days[0]), rules)


def read_periods(
    account: Account, days: tuple[date, date], history_days: int, grain: Grain, queue: str | None, metric: str | None
) -> pl.DataFrame:
    """The cells of one vendor's clauses that sums by interval don't tell (``period_breaches.period_cells``)."""
    workspace, activity = account.workspace, account.activity
    rules = [one for one in account.clauses if metric in (None, one.metric) and not by_interval(one, account.clauses)]
    first = days[0] - timedelta(days=history_days)

    def attained(length: Grain) -> pl.DataFrame:
        found = [
            clauses_attained(
                workspace,
                activity,
                account.waivers,
                bound=[one],
                grain=length,
                first=first,
                last=days[1],
                by_queue=True,
            ).with_columns(rule=pl.lit(number, pl.Int64))
            for number, one in enumerate(rules)
            if length != "interval" or one.metric in BY_INTERVAL
        ]
        rows = pl.concat(found) if found else pl.DataFrame(schema={**ATTAINMENT, "rule": pl.Int64})
        return rows if queue is None else rows.filter(pl.col("queue") == queue)

    terms = workspace.terms_on(account.vendor, min(days[1], activity.last_day))
    came = by_day(activity.intervals) if activity.moved else activity.days
    return period_cells(
        attained(grain), attained("day"), came.select("queue", "local_date", "offered"), rules, grain, days,
        zones_of(workspace), calendar_of(workspace), terms.interval_min if terms else 30,
    )  # fmt: skip


def _excused(
    workspace: Workspace,
    read: Read,
    intervals: pl.DataFrame,
    rules: list[BoundClause],
    days: tuple[date, date],
) -> list[pl.DataFrame]:
    """What each rule excuses in these days. Relief is judged over whole stretches, so its forecast reaches farther."""
    calendar = calendar_of(workspace)
    waivers, outages = waivers_of(Journal.of(workspace)), workspace.settings.outages
    first, last = whole_periods(workspace, *days, "month")
    names = {"vendor_code": "vendor", "queue_code": "queue"}
    forecast = read("day_forecast", first_day=first - timedelta(days=7), last_day=last + timedelta(days=7))
    planned = forecast.rename(names).select("vendor", *FORECAST)
    known = {}
    for vendor in {one.vendor for one in rules}:
        own = intervals.filter(pl.col("vendor") == vendor)
        known[vendor] = Activity(
            vendor, *days, intervals=own.select("queue", "local_date", "interval_start_at").unique(),
            days=own.select("queue", "local_date").unique(), waits=pl.DataFrame(), counted=lambda _: pl.DataFrame(),
            forecast=planned.filter(pl.col("vendor") == vendor).select(*FORECAST).cast(FORECAST),  # type: ignore[arg-type]
        )  # fmt: skip
    return [
        excused_cells(one, known[one.vendor], workspace.terms[one.vendor], outages, waivers, calendar) for one in rules
    ]


def _banded(workspace: Workspace) -> list[tuple[str, date, date | None]]:
    """Vendor, first and last day of the terms that give relief beyond a forecast band."""
    return [
        (vendor, terms.valid_from, terms.valid_to)
        for vendor, held in workspace.terms.items() for terms in held if terms.forecast_relief is not None
    ]  # fmt: skip


def zones_of(workspace: Workspace) -> dict[str, str]:
    return {code: workspace.zone_of(code) for code in workspace.vendors}


def whole_periods(workspace: Workspace, first_day: date, last_day: date, grain: Grain) -> tuple[date, date]:
    """The days widened to whole weeks, fiscal months or quarters of the company."""
    periods = calendar_of(workspace).periods(first_day, last_day, grain)
    return periods["period_start"][0], periods["period_end"][-1]


def caused(
    workspace: Workspace, read: Read, days: tuple[date, date], queue: str | None, grain: Grain, metric: str
) -> tuple[pl.DataFrame, Reading]:
    """The parts of every cell (:func:`causes.split`) with their cause, their side and who shares it; and what was read.

    Of all vendors of the queue: a cause that is common to several is nobody's own.
    """
    held = read_breaches(workspace, read, days, CALIBRATION_DAYS, None, queue, metric, plan_before=True)
    inputs = model_inputs(held.intervals, held.staffing)
    asked = pl.col("local_date") >= days[0]
    misfit = usual_misfit(held.rows.filter(~asked), held.rules, inputs)
    parts = attributed(held.rows.filter(asked), held.rules, inputs)
    cells = split(parts, misfit, held.rules, grain, calendar_of(workspace)).join(rules_frame(held.rules), on="rule")
    return with_common(with_side(cells)), held
