"""Breaches: when and where a clause missed its target, how far, and whose cause it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.measures.agreement.activity import FORECAST, Activity
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.periods import Grain
from pipelines.measures.agreement.relief import excused_cells
from pipelines.measures.breaches import CELLS, bound, counted, excused_rows, judged, placed, rules_frame
from pipelines.measures.causes import MODELLED, attributed, model_inputs, split, usual_misfit, with_common, with_side
from pipelines.trust.agreement import calendar_of, waivers_of
from pipelines.warehouse import Journal, Reader
from pipelines.workspace import Workspace

#: Days before the ones asked for that say what is normal for a queue, and since when a target is missed.
HISTORY_DAYS: dict[Grain, int] = {"interval": 91, "day": 91, "week": 182, "month": 400, "quarter": 800}
#: Days before the ones asked for on which the model is held against what was measured.
CALIBRATION_DAYS = 42

#: One cell of one clause: :data:`pipelines.measures.breaches.CELLS` and these.
#:   money         Decimal, what the miss costs under the terms (negative: the vendor owes it), with ``currency``;
#:                 null where it is not known: terms put a price on their own period, not on an interval
#:   cause, side   what took most points away, and whose cause it is: see :data:`SPLIT`
BREACHES: dict[str, pl.DataType] = {
    **CELLS,
    "money": pl.Decimal(18, 2),
    "currency": pl.String(),
    "cause": pl.String(),
    "side": pl.String(),
}

#: What lies between target and figure in one cell of one clause (a vendor's queue, all sites together).
#:   n             contacts that the figure counts; value: the measured figure (not rounded), target: the clause's
#:   distance      percentage points from target to figure; below zero: on the wrong side, whatever side that is
#:   plan, volume, handle_time, staffing, unexplained, misfit
#:                 their parts in points, below zero where they took the figure away from its good side; they add up
#:                 to distance (a null counts nothing). plan: the plan itself, as modelled, against the target; misfit:
#:                 by how much the model is usually off on this queue; unexplained: the rest (order of service,
#:                 chance). Null: not to be told (no forecast, planned handle time, staffing feed); told: those that are
#:   volume_beyond what of volume lies beyond the forecast band of the terms; null where no band is agreed
#:   planned, modelled
#:                 the *modelled* figure with everything as planned, and with everything as it was; null without a model
#:   modelled_share  contacts in intervals that the model covers, of all
#:   cause         the part that took most points away (never misfit); null where the target was met
#:   side          client, vendor, both, unknown; null where the target was met. :func:`causes.with_side`
#:   common_with   other vendors with the same cause on the same queue at the same time: look for one origin first
SPLIT: dict[str, pl.DataType] = {
    "vendor": pl.String(),
    "queue": pl.String(),
    "metric": pl.String(),
    "clause_id": pl.String(),
    "grain": pl.String(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "first_day": pl.Date(),
    "last_day": pl.Date(),
    "n": pl.Float64(),
    "value": pl.Float64(),
    "target": pl.Float64(),
    "direction": pl.String(),
    "planned": pl.Float64(),
    "modelled": pl.Float64(),
    "distance": pl.Float64(),
    "plan": pl.Float64(),
    "volume": pl.Float64(),
    "volume_beyond": pl.Float64(),
    "handle_time": pl.Float64(),
    "staffing": pl.Float64(),
    "unexplained": pl.Float64(),
    "misfit": pl.Float64(),
    "modelled_share": pl.Float64(),
    "told": pl.List(pl.String()),
    "cause": pl.String(),
    "side": pl.String(),
    "common_with": pl.List(pl.String()),
}


def breaches(
    workspace: Workspace,
    reader: Reader,
    first_day: date,
    last_day: date,
    vendor: str | None = None,
    queue: str | None = None,
    grain: Grain = "interval",
    *,
    site: str | None = None,
    by_site: bool = False,
    metric: str | None = None,
) -> pl.DataFrame:
    """The cells from ``first_day`` to ``last_day`` in which a clause missed its target, as :data:`BREACHES`.

    The days are widened to whole weeks, months, quarters. ``by_site``: one row per site (terms bind a vendor's queue as
    a whole, so ``site`` is null without it); ``site`` names one. ``metric``: clauses of one metric only.
    """
    found = service_cells(
        workspace, reader, first_day, last_day, vendor, queue, grain, site=site, by_site=by_site, metric=metric
    ).filter(pl.col("missed"))
    keys = ["vendor", "queue", "metric", "clause_id", "start"]
    told = [
        cause_split(workspace, reader, first_day, last_day, vendor, queue, grain, metric=one).select(
            *keys, "cause", "side"
        )
        for one in MODELLED
        if one in found["metric"]
    ]
    if not told:
        return found
    joined = found.drop("cause", "side").join(pl.concat(told), on=keys, how="left")
    return joined.with_columns(pl.col("side").fill_null("unknown")).select(*BREACHES)


def service_cells(
    workspace: Workspace,
    reader: Reader,
    first_day: date,
    last_day: date,
    vendor: str | None = None,
    queue: str | None = None,
    grain: Grain = "interval",
    *,
    site: str | None = None,
    by_site: bool = False,
    metric: str | None = None,
) -> pl.DataFrame:
    """Every cell that has contacts, met or missed (``missed``), as :data:`BREACHES`; ``cause`` and ``side`` are null.

    ``missed`` is null where the figure is not known: no demand, or counts that the definition needs and nobody sent.
    """
    days = whole_periods(workspace, first_day, last_day, grain)
    read = _read(workspace, reader, days, HISTORY_DAYS[grain], vendor, queue, metric, site=site, by_site=by_site)
    cells = judged(read.rows, read.rules, grain, days, _zones(workspace), read.staffing, calendar_of(workspace))
    return _completed(cells)


def cause_split(
    workspace: Workspace,
    reader: Reader,
    first_day: date,
    last_day: date,
    vendor: str | None = None,
    queue: str | None = None,
    grain: Grain = "interval",
    *,
    metric: str = "service_level",
) -> pl.DataFrame:
    """What lies between target and figure, cell by cell, as :data:`SPLIT`; ``metric``: service_level or abandon_rate.

    Every cell with contacts, missed or not. The parts of a week are those of its intervals, weighted by contacts; for
    a clause that averages otherwise they split the average over contacts.
    """
    if metric not in MODELLED:
        raise ValueError(f"no model says what {metric} follows from; there is one for {' and '.join(MODELLED)}")
    days = whole_periods(workspace, first_day, last_day, grain)
    # Of all vendors of the queue: a cause that is common to several is nobody's own.
    read = _read(workspace, reader, days, CALIBRATION_DAYS, None, queue, metric)
    inputs = model_inputs(read.intervals, read.staffing)
    asked = pl.col("local_date") >= days[0]
    misfit = usual_misfit(read.rows.filter(~asked), read.rules, inputs)
    cells = split(
        attributed(read.rows.filter(asked), read.rules, inputs), misfit, read.rules, grain, calendar_of(workspace)
    )
    cells = cells.join(rules_frame(read.rules), on="rule")
    minutes = read.intervals.group_by("vendor", "queue").agg(minutes=pl.col("interval_min").max())
    found = placed(with_common(with_side(cells)), grain, _zones(workspace), calendar_of(workspace), minutes)
    found = found.with_columns(grain=pl.lit(grain)).select(pl.col(name).cast(dtype) for name, dtype in SPLIT.items())
    return (found if vendor is None else found.filter(pl.col("vendor") == vendor)).sort("vendor", "queue", "start")


@dataclass(frozen=True, slots=True)
class _Read:
    intervals: pl.DataFrame
    staffing: pl.DataFrame
    rows: pl.DataFrame
    rules: list[BoundClause]


def _read(
    workspace: Workspace,
    reader: Reader,
    days: tuple[date, date],
    history_days: int,
    vendor: str | None,
    queue: str | None,
    metric: str | None,
    *,
    site: str | None = None,
    by_site: bool = False,
) -> _Read:
    """Intervals of the days and of the time before them, counted under the clauses that bind them."""
    first, last = days[0] - timedelta(days=history_days), days[1]
    scope = {"first_day": first, "last_day": last, "vendor": vendor, "queue": queue}
    intervals, staffing = reader.frame("breach_intervals", **scope), reader.frame("breach_staffing", **scope)
    if site is not None:
        intervals = intervals.filter(pl.col("site") == site)
    elif not by_site:
        intervals = intervals.with_columns(site=pl.lit(None, pl.String))
    clauses = [one for one in bound_clauses(workspace.terms, vendor) if metric in (None, one.metric)]
    rows, rules = bound(intervals, clauses)
    excused = _excused(workspace, reader, intervals.filter(pl.col("local_date") >= days[0]), rules, days)
    return _Read(intervals, staffing, excused_rows(counted(rows, rules), excused, _banded(workspace), days[0]), rules)


def _excused(
    workspace: Workspace,
    reader: Reader,
    intervals: pl.DataFrame,
    rules: list[BoundClause],
    days: tuple[date, date],
) -> list[pl.DataFrame]:
    """What each rule excuses in these days. Relief is judged over whole stretches, so its forecast reaches farther."""
    calendar = calendar_of(workspace)
    waivers, outages = waivers_of(Journal(workspace.journal_path)), workspace.settings.outages
    first, last = whole_periods(workspace, *days, "month")
    names = {"vendor_code": "vendor", "queue_code": "queue"}
    forecast = reader.frame("day_forecast", first_day=first - timedelta(days=7), last_day=last + timedelta(days=7))
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


def _zones(workspace: Workspace) -> dict[str, str]:
    return {code: workspace.zone_of(code) for code in workspace.vendors}


def whole_periods(workspace: Workspace, first_day: date, last_day: date, grain: Grain) -> tuple[date, date]:
    """The days widened to whole weeks, fiscal months or quarters of the company."""
    periods = calendar_of(workspace).periods(first_day, last_day, grain)
    return periods["period_start"][0], periods["period_end"][-1]


def _completed(cells: pl.DataFrame) -> pl.DataFrame:
    absent = [name for name in BREACHES if name not in cells.columns]
    return cells.with_columns(pl.lit(None, BREACHES[name]).alias(name) for name in absent).select(*BREACHES)
