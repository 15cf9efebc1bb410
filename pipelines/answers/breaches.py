"""Breaches: when and where a clause missed its target, how far, and whose cause it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.answers.money import accounts_of
from pipelines.answers.scorecard import last_complete_week
from pipelines.measures.agreement.periods import Grain
from pipelines.measures.agreement.settlement import SettledPeriod
from pipelines.measures.breaches import CELLS, judged, placed
from pipelines.measures.causes import MODELLED, PARTS
from pipelines.trust.agreement import calendar_of
from pipelines.trust.breaches import caused, read_breaches, whole_periods, zones_of
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace

#: Days before the ones asked for that say what is normal for a queue, and since when a target is missed.
HISTORY_DAYS: dict[Grain, int] = {"interval": 56, "day": 91, "week": 182, "month": 400, "quarter": 800}

#: One cell of one clause: :data:`pipelines.measures.breaches.CELLS` and these.
#:   money         Decimal, what the clause's own period around the cell (``money_from`` to ``money_to``) has come
#:                 to under the terms, caps taken off (negative: the vendor owes it), with ``currency``; the same for
#:                 every cell of that period, so not to be added up; null where the terms put no money on it, or
#:                 before :func:`with_money`
#:   cause, side   what took most points away, and whose cause it is: see :data:`SPLIT`
BREACHES: dict[str, pl.DataType] = {
    **CELLS,
    "money": pl.Decimal(18, 2),
    "money_from": pl.Date(),
    "money_to": pl.Date(),
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

_CELL = ["vendor", "queue", "metric", "clause_id", "start"]


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
    return breaches_with_parts(
        workspace, reader, first_day, last_day, vendor, queue, grain, site=site, by_site=by_site, metric=metric
    ).rows


@dataclass(frozen=True, slots=True)
class Breaches:
    """Missed cells (:data:`BREACHES`), what lies between target and figure in every cell (:data:`SPLIT`), and the days
    asked for (None: there are no data)."""

    rows: pl.DataFrame
    parts: pl.DataFrame
    days: tuple[date, date] | None


def breaches_found(
    workspace: Workspace,
    reader: Reader,
    days: tuple[date, date] | None = None,
    vendor: str | None = None,
    queue: str | None = None,
    grain: Grain = "day",
    *,
    metric: str | None = None,
    side: str | None = None,
    beyond_noise: bool = False,
    not_excused: bool = False,
) -> Breaches:
    """What a person asked for; without days, those of the last complete week."""
    if days is None:
        monday = last_complete_week(reader)
        if monday is None:
            return Breaches(pl.DataFrame(schema=BREACHES), pl.DataFrame(schema=SPLIT), None)
        days = (monday, monday + timedelta(days=6))
    found = breaches_with_parts(workspace, reader, *days, vendor, queue, grain, metric=metric)
    settled = [period for one in accounts_of(workspace, reader, vendor) for period in one.settled]
    rows = with_money(found.rows, settled)
    if side is not None:
        rows = rows.filter(pl.col("side") == side)
    if beyond_noise:
        rows = rows.filter(pl.col("beyond_noise"))
    if not_excused:
        rows = rows.filter(~pl.col("excused"))
    return replace(found, rows=rows)


def breaches_with_parts(
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
) -> Breaches:
    """:func:`breaches` with the parts behind each cause; a cause is told for a queue, all its sites together."""
    found = service_cells(
        workspace, reader, first_day, last_day, vendor, queue, grain, site=site, by_site=by_site, metric=metric
    ).filter(pl.col("missed"))
    parts = pl.concat(
        [
            pl.DataFrame(schema=SPLIT),
            *(
                cause_split(workspace, reader, first_day, last_day, vendor, queue, grain, metric=one)
                for one in MODELLED
                if one in found["metric"]
            ),
        ]
    )
    told = parts.select(*_CELL, "cause", "side")
    joined = found.drop("cause", "side").join(told, on=_CELL, how="left", maintain_order="left")
    return Breaches(
        joined.with_columns(pl.col("side").fill_null("unknown")).select(*BREACHES),
        parts,
        whole_periods(workspace, first_day, last_day, grain),
    )


def with_money(rows: pl.DataFrame, settled: Iterable[SettledPeriod]) -> pl.DataFrame:
    """``rows`` with ``money`` and ``currency`` of the settled period that the cell lies in."""
    schema: dict[str, pl.DataType] = {
        "vendor": pl.String(), "clause_id": pl.String(), "from": pl.Date(), "to": pl.Date(),
        "money": BREACHES["money"], "currency": pl.String(),
    }  # fmt: skip
    known = []
    for period in settled:
        before_caps = [line for line in period.lines if line.clause != "*" and line.amount < 0]
        owed = sum((line.amount for line in before_caps), Decimal(0))
        share = period.settlement.credits / owed if owed else Decimal(0)
        for clause in {line.clause for line in before_caps}:
            own = sum((line.amount for line in before_caps if line.clause == clause), Decimal(0))
            amount = (own * share).quantize(Decimal("0.01"))
            known.append((period.vendor, clause, period.period_start, period.period_end, amount, period.currency))
    prices = pl.DataFrame(known, schema=schema, orient="row")
    numbered = rows.drop("money", "money_from", "money_to", "currency").with_row_index("row")
    inside = numbered.join(prices, on=["vendor", "clause_id"]).filter(
        (pl.col("first_day") >= pl.col("from")) & (pl.col("last_day") <= pl.col("to"))
    )
    told = inside.unique("row", keep="first").select("row", "money", "currency", money_from="from", money_to="to")
    return numbered.join(told, on="row", how="left", maintain_order="left").select(*BREACHES)


def breaches_document(found: Breaches, grain: Grain) -> dict[str, Any]:
    """The document of ``breaches --json``. ``parts`` of a row are modelled, in points; null without a model."""
    names = [name for name in BREACHES if name not in ("grain", "missed")]
    points = ("distance", *PARTS, "volume_beyond")
    split = found.parts.select(
        *_CELL, "planned", "modelled", "told", "common_with", parts=pl.struct(pl.col(points).round(3))
    )
    rows = found.rows.select(names).join(split, on=_CELL, how="left", maintain_order="left")
    by = ["vendor", "queue", "clause_id", "metric"]
    summary = found.rows.group_by(by).agg(
        breaches=pl.len(), beyond_noise=pl.col("beyond_noise").sum(), excused=pl.col("excused").sum(),
        affected=pl.col("affected").sum(), longest_wait_s=pl.col("longest_wait_s").max(),
        **{f"side_{side}": (pl.col("side") == side).sum() for side in ("client", "vendor", "both", "unknown")},
    )  # fmt: skip
    return {
        "grain": grain,
        "first_day": found.days[0] if found.days else None,
        "last_day": found.days[1] if found.days else None,
        "summary": summary.sort(by).to_dicts(),
        "rows": rows.to_dicts(),
    }


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
    held = read_breaches(
        workspace, reader.frame, days, HISTORY_DAYS[grain], vendor, queue, metric, site=site, by_site=by_site
    )
    cells = judged(held.rows, held.rules, grain, days, zones_of(workspace), held.staffing, calendar_of(workspace))
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
    cells, held = caused(workspace, reader.frame, days, queue, grain, metric)
    minutes = held.intervals.group_by("vendor", "queue").agg(minutes=pl.col("interval_min").max())
    found = placed(cells, grain, zones_of(workspace), calendar_of(workspace), minutes)
    found = found.with_columns(grain=pl.lit(grain)).select(pl.col(name).cast(dtype) for name, dtype in SPLIT.items())
    return (found if vendor is None else found.filter(pl.col("vendor") == vendor)).sort("vendor", "queue", "start")


def _completed(cells: pl.DataFrame) -> pl.DataFrame:
    absent = [name for name in BREACHES if name not in cells.columns]
    return cells.with_columns(pl.lit(None, BREACHES[name]).alias(name) for name in absent).select(*BREACHES)
