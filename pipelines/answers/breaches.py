"""Breaches: when and where a clause missed its target, how far, and whose cause it was."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.measures.breaches import CELLS, Grain, bound, counted, judged
from pipelines.measures.relief import BANDS, with_relief
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame

#: Days before the ones asked for that say what is normal for a queue, and since when a target is missed.
HISTORY_DAYS: dict[Grain, int] = {"interval": 91, "day": 91, "week": 182, "month": 400, "quarter": 800}

#: One cell of one clause: :data:`pipelines.measures.breaches.CELLS` and these.
#:   reason        why a miss is excused: "forecast" (more contacts than the forecast and its band); null where it isn't
#:   money         Decimal, what the miss costs under the terms (negative: the vendor owes it), with ``currency``;
#:                 null where it is not known: terms put a price on their own period, not on an interval
#:   side          whose cause: client, vendor, both, unknown
BREACHES: dict[str, pl.DataType] = {
    **CELLS,
    "reason": pl.String(),
    "money": pl.Decimal(18, 2),
    "currency": pl.String(),
    "side": pl.String(),
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
    )
    return found.filter(pl.col("missed"))


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
    """Every cell that has contacts, met or missed (``missed``), as :data:`BREACHES`.

    ``missed`` is null where the figure is not known: no demand, or counts that the definition needs and nobody sent.
    """
    days = whole_periods(first_day, last_day, grain)
    before = days[0] - timedelta(days=HISTORY_DAYS[grain])
    intervals = reader.frame("breach_intervals", first_day=before, last_day=days[1], vendor=vendor, queue=queue)
    if site is not None:
        intervals = intervals.filter(pl.col("site") == site)
    elif not by_site:
        intervals = intervals.with_columns(site=pl.lit(None, pl.String))
    staffing = reader.frame("breach_staffing", first_day=before, last_day=days[1], vendor=vendor, queue=queue)
    intervals = with_relief(intervals, staffing, relief_bands(workspace))
    clauses = clauses_frame(workspace)
    if metric is not None:
        clauses = clauses.filter(pl.col("metric") == metric)
    rows, rules = bound(intervals, clauses)
    zones = {code: workspace.zone_of(code) for code in workspace.vendors}
    cells = judged(counted(rows, rules), rules, grain, days, zones, staffing)
    return _completed(cells)


def whole_periods(first_day: date, last_day: date, grain: Grain) -> tuple[date, date]:
    """The days widened to whole periods of the grain."""
    if grain in ("interval", "day"):
        return first_day, last_day
    step = {"week": "1w", "month": "1mo", "quarter": "1q"}[grain]
    begins = pl.Series([first_day, last_day]).dt.truncate(step)
    after = begins.dt.offset_by(step)
    return begins[0], after[1] - timedelta(days=1)


def relief_bands(workspace: Workspace) -> pl.DataFrame:
    """The forecast relief of every terms, dated: :data:`pipelines.measures.relief.BANDS`."""
    rows = [
        {"vendor": vendor, "valid_from": terms.valid_from, "valid_to": terms.valid_to,
         "band_rate": terms.forecast_relief.band_rate}
        for vendor, held in workspace.terms.items() for terms in held if terms.forecast_relief is not None
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=BANDS)


def _completed(cells: pl.DataFrame) -> pl.DataFrame:
    cells = cells.with_columns(
        reason=pl.when("excused").then(pl.lit("forecast")), side=pl.when("missed").then(pl.lit("unknown"))
    )
    absent = [name for name in BREACHES if name not in cells.columns]
    return cells.with_columns(pl.lit(None, BREACHES[name]).alias(name) for name in absent).select(*BREACHES)
