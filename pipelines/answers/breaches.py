"""Breaches: when and where a clause missed its target, how far, and whose cause it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.answers.money import Account, accounts_of
from pipelines.answers.scorecard import last_complete_week
from pipelines.measures.agreement.bound import bound_clauses
from pipelines.measures.agreement.periods import Grain
from pipelines.measures.agreement.settlement import SettledPeriod
from pipelines.measures.breaches import CELLS, by_interval, judged, placed
from pipelines.measures.causes import MODELLED, PARTS
from pipelines.trust.agreement import calendar_of
from pipelines.trust.breaches import caused, read_breaches, read_periods, whole_periods, zones_of
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


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cells: of the days from ``first_day`` to ``last_day``, widened to whole weeks, months, quarters; of one
    vendor, queue and metric, or (None) all.

    ``by_site``: one row per site (terms bind a vendor's queue as a whole, so ``site`` is null without it); ``site``
    names one.
    """

    first_day: date
    last_day: date
    vendor: str | None = None
    queue: str | None = None
    grain: Grain = "interval"
    site: str | None = None
    by_site: bool = False
    metric: str | None = None

    def days(self, workspace: Workspace) -> tuple[date, date]:
        """The first and last day of the periods that are asked for."""
        return whole_periods(workspace, self.first_day, self.last_day, self.grain)


def breaches(workspace: Workspace, reader: Reader, asked: Asked) -> pl.DataFrame:
    """The cells in which a clause missed its target, as :data:`BREACHES`."""
    return breaches_with_parts(workspace, reader, asked).rows


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
    asked: Asked | None = None,
    *,
    side: str | None = None,
    beyond_noise: bool = False,
    not_excused: bool = False,
) -> Breaches:
    """What a person asked for, with what it costs; None: there are no days to ask about."""
    if asked is None:
        return Breaches(pl.DataFrame(schema=BREACHES), pl.DataFrame(schema=SPLIT), None)
    known = accounts_of(workspace, reader, asked.vendor)
    found = breaches_with_parts(workspace, reader, asked, known)
    rows = with_money(found.rows, [period for one in known for period in one.settled])
    if side is not None:
        rows = rows.filter(pl.col("side") == side)
    if beyond_noise:
        rows = rows.filter(pl.col("beyond_noise"))
    if not_excused:
        rows = rows.filter(~pl.col("excused"))
    return replace(found, rows=rows)


def last_week(reader: Reader) -> tuple[date, date] | None:
    """The days of the last complete week, which are meant where nobody names any; None without data."""
    monday = last_complete_week(reader)
    return None if monday is None else (monday, monday + timedelta(days=6))


def breaches_with_parts(
    workspace: Workspace, reader: Reader, asked: Asked, known: Sequence[Account] | None = None
) -> Breaches:
    """:func:`breaches` with the parts behind each cause; a cause is told for a queue, all its sites together.

    ``known``: the accounts of the vendors asked for, where they have been read already.
    """
    found = service_cells(workspace, reader, asked, known).filter(pl.col("missed"))
    parts = pl.concat(
        [
            pl.DataFrame(schema=SPLIT),
            *(cause_split(workspace, reader, replace(asked, metric=one)) for one in MODELLED if one in found["metric"]),
        ]
    )
    told = parts.select(*_CELL, "cause", "side")
    joined = found.drop("cause", "side").join(told, on=_CELL, how="left", maintain_order="left")
    rows = joined.with_columns(pl.col("side").fill_null("unknown")).select(*BREACHES)
    return Breaches(rows, parts, asked.days(workspace))


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
    workspace: Workspace, reader: Reader, asked: Asked, known: Sequence[Account] | None = None
) -> pl.DataFrame:
    """Every cell that has contacts, met or missed (``missed``), as :data:`BREACHES`; ``cause`` and ``side`` are null.

    ``missed`` is null where the figure is not known: no demand, or counts that the definition needs and nobody sent.
    Clauses that sums by interval don't tell (surveys, repeats, ...) are of a queue as a whole: not of single sites.
    """
    days, history = asked.days(workspace), HISTORY_DAYS[asked.grain]
    held = read_breaches(
        workspace, reader.frame, days, history, asked.vendor, asked.queue, asked.metric, site=asked.site,
        by_site=asked.by_site,
    )  # fmt: skip
    cells = judged(held.rows, held.rules, asked.grain, days, zones_of(workspace), held.staffing, calendar_of(workspace))
    if asked.site is not None or asked.by_site or not _has_others(workspace, asked):
        return _completed(cells)
    accounts = accounts_of(workspace, reader, asked.vendor) if known is None else known
    others = [read_periods(one, days, history, asked.grain, asked.queue, asked.metric) for one in accounts]
    together = pl.concat([_completed(cells), *(_completed(one) for one in others)])
    return together.sort("vendor", "queue", "metric", "clause_id", "start", nulls_last=True)


def _has_others(workspace: Workspace, asked: Asked) -> bool:
    """Whether a clause that is asked for is one that sums by interval don't tell."""
    clauses = bound_clauses(workspace.terms, asked.vendor)
    return any(asked.metric in (None, one.metric) and not by_interval(one, clauses) for one in clauses)


def cause_split(workspace: Workspace, reader: Reader, asked: Asked) -> pl.DataFrame:
    """What lies between target and figure, cell by cell, as :data:`SPLIT`; of service levels where no metric is asked
    for. ``site`` and ``by_site`` don't count: a cause is told for a queue, all its sites together.

    Every cell with contacts, missed or not. The parts of a week are those of its intervals, weighted by contacts; for
    a clause that averages otherwise they split the average over contacts.
    """
    metric, grain = asked.metric or MODELLED[0], asked.grain
    if metric not in MODELLED:
        raise ValueError(f"no model says what {metric} follows from; there is one for {' and '.join(MODELLED)}")
    cells, held = caused(workspace, reader.frame, asked.days(workspace), asked.queue, grain, metric)
    minutes = held.intervals.group_by("vendor", "queue").agg(minutes=pl.col("interval_min").max())
    found = placed(cells, grain, zones_of(workspace), calendar_of(workspace), minutes)
    found = found.with_columns(grain=pl.lit(grain)).select(pl.col(name).cast(dtype) for name, dtype in SPLIT.items())
    mine = found if asked.vendor is None else found.filter(pl.col("vendor") == asked.vendor)
    return mine.sort("vendor", "queue", "start")


def _completed(cells: pl.DataFrame) -> pl.DataFrame:
    absent = [name for name in BREACHES if name not in cells.columns]
    return cells.with_columns(pl.lit(None, BREACHES[name]).alias(name) for name in absent).select(*BREACHES)
