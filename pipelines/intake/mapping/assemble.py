"""One batch of raw records to canonical rows, rejects and dropped rows; the law of accounting is kept here."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.intake.mapping.batches import DROPPED, REJECTS, MappedBatch
from pipelines.intake.mapping.checks import check
from pipelines.intake.mapping.columns import Columns
from pipelines.intake.mapping.raw import RawBatch
from pipelines.intake.mapping.reports import BLANK_RULE, FIGURE_COLUMNS, check_metrics, wide_figures
from pipelines.intake.mapping.rows import TOTAL_RULE, CompletenessWatch, Totals, rule_hits
from pipelines.intake.mapping.session import Session
from pipelines.intake.readers.table import RAW, REJECT, ROW
from pipelines.intake.veil import veiled
from pipelines.workspace.schema import Table

RECORD = "(record)"
_SHOWN = 200
_FORMULA = "a formula whose result was not saved: have the workbook saved in a spreadsheet program"


@dataclass(frozen=True, slots=True)
class Controls:
    """What watches the records of a file as they pass."""

    totals: Totals
    completeness: CompletenessWatch


@dataclass(frozen=True, slots=True)
class _Found:
    """What the records that stayed became; ``read`` counts them independently of where they went."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    blanks: pl.DataFrame
    rejected: int
    read: int


def map_batch(session: Session, controls: Controls, frame: pl.DataFrame) -> MappedBatch:
    """Map one batch of a reader. Raises :class:`DeliveryRefused` where a control refuses the delivery."""
    feed = session.plan.feed
    batch = RawBatch(frame, feed.source.null_values, session.plan.file_name)
    batch, broken = _unusable(session, batch)
    batch, dropped = _left_out(session, controls, batch)
    controls.completeness.take(batch)
    columns = Columns(session, batch)
    found = _figures(columns) if session.plan.metrics else _facts(columns)
    session.ambiguous_rows += _ambiguous(columns)
    return MappedBatch(
        rows=found.rows,
        rejects=pl.concat([broken, found.rejects]).sort("source_row", maintain_order=True),
        dropped=pl.concat([dropped, found.blanks]),
        rows_read=broken.height + dropped.height + found.read,
        rows_rejected=broken.height + found.rejected,
    )


def _unusable(session: Session, batch: RawBatch) -> tuple[RawBatch, pl.DataFrame]:
    """Take out the records that the reader could not cut into cells."""
    frame = batch.frame
    if REJECT not in frame.columns:
        return batch, REJECTS.to_frame()
    bad = frame[REJECT].is_not_null()
    broken = frame.filter(bad)
    raw = broken[RAW] if RAW in broken.columns else broken[REJECT]
    raw = _masked(raw) if session.plan.identifies else veiled(raw, session.phone_region)
    rejects = pl.DataFrame(
        {
            "source_row": broken[ROW],
            "line": broken[ROW],
            "column": pl.Series([RECORD], dtype=pl.String).new_from_index(0, broken.height),
            "raw_value": raw,
            "reason": broken[REJECT],
        },
        schema=REJECTS,
    )
    return batch.keep(~bad), rejects


def _left_out(session: Session, controls: Controls, batch: RawBatch) -> tuple[RawBatch, pl.DataFrame]:
    """Take out what the declared rules leave out, and total rows, which are compared as they pass."""
    feed = session.plan.feed
    if not feed.rows and not feed.checks:
        return batch, DROPPED.to_frame()
    reasons = rule_hits(batch, feed.rows)
    totals = controls.totals.hits(batch)
    reasons = reasons.set(totals & reasons.is_null(), TOTAL_RULE)
    out = reasons.is_not_null()
    controls.totals.take(batch, out)
    dropped = pl.DataFrame([batch.rows.filter(out).alias("source_row"), reasons.filter(out).alias("rule")])
    return batch.keep(~out), dropped.cast(DROPPED)


def _checked(columns: Columns, table: Table, without: tuple[str, ...] = ()) -> dict[str, pl.Series]:
    """Every canonical column, computed and checked: those that the mapping gives before those that follow from them."""
    wanted = [column for column in table.columns if column.name not in without]
    columns.value(table.happened)  # first, as look-ups are as of this instant
    for column in wanted:
        columns.value(column.name)
    first = sorted(wanted, key=lambda column: columns.follows(column.name))
    return {column.name: check(columns, column) for column in first}


def _facts(columns: Columns) -> _Found:
    """One canonical row for each record."""
    table = columns.plan.table
    if columns.plan.long_report:
        check_metrics(columns)
    values = _checked(columns, table)
    bad = columns.any_fault() if columns.faults else None
    rows = pl.DataFrame([*(values[name] for name in table.names), columns.batch.rows.alias("source_row")])
    if bad is None:
        return _Found(rows, REJECTS.to_frame(), DROPPED.to_frame(), 0, columns.batch.height)
    kept = rows.filter(~bad)
    return _Found(kept, _rejects(columns), DROPPED.to_frame(), int(bad.sum()), columns.batch.height)


def _figures(columns: Columns) -> _Found:
    """One canonical row for each figure of a wide report. A bad cell takes its figure.

    A record that cannot be placed (no date, no queue) is one rejected row: its figures never came to be.
    """
    plan = columns.plan
    values = _checked(columns, plan.table, without=FIGURE_COLUMNS)
    record_bad = columns.any_fault()
    for metric in plan.metrics:
        check(columns, plan.column(metric))
    records = pl.DataFrame(list(values.values())).with_row_index("position")
    figures = wide_figures(columns).join(_bad_figures(columns), on=["position", "metric"], how="left")
    figures = figures.with_columns(
        lost=pl.lit(record_bad).gather(pl.col("position")),
        source_row=pl.lit(columns.batch.rows).gather(pl.col("position")),
    ).sort("position", "order")
    figures = figures.filter(~pl.col("lost"))
    bad = pl.col("bad").is_not_null()
    blanks = figures.filter(~bad & pl.col("value").is_null()).select("source_row", rule=pl.lit(BLANK_RULE))
    good = figures.filter(~bad & pl.col("value").is_not_null())
    good = good.join(records, on="position", how="left", maintain_order="left")
    lost = int(record_bad.sum())
    refused = lost + figures.filter(bad).height
    rows = good.select(*plan.table.names, "source_row")
    return _Found(rows, _rejects(columns), blanks.cast(DROPPED), refused, lost + figures.height)


def _bad_figures(columns: Columns) -> pl.DataFrame:
    """``position, metric, bad`` of the metric cells that could not be read."""
    found = [
        pl.concat(faults).select("position", metric=pl.lit(name)).unique()
        for name, faults in columns.faults.items()
        if name in columns.plan.metrics
    ]
    schema = {"position": pl.UInt32, "metric": pl.String}
    return (pl.concat(found) if found else pl.DataFrame(schema=schema)).with_columns(bad=pl.lit(True))


def _rejects(columns: Columns) -> pl.DataFrame:
    """Every unreadable cell; what may identify a person is hidden, long texts are cut.

    Values of look-ups are shown as they are: they are lines and queues, and an alias has to be written for them.
    """
    frames = []
    region = columns.session.phone_region
    for name, faults in columns.faults.items():
        found = pl.concat(faults)
        if columns.plan.hides(name):
            found = found.with_columns(_masked(found["raw_value"]).alias("raw_value"))
        elif name not in columns.plan.lookups:
            found = found.with_columns(veiled(found["raw_value"], region), veiled(found["reason"], region))
        if columns.plan.of_workbook:
            formula = pl.col("raw_value").str.starts_with("=")
            found = found.with_columns(reason=pl.when(formula).then(pl.lit(_FORMULA)).otherwise("reason"))
        frames.append(found.with_columns(pl.col("raw_value").str.slice(0, _SHOWN), column=pl.lit(name)))
    if not frames:
        return REJECTS.to_frame()
    found = pl.concat(frames)
    rows = columns.batch.rows.gather(found["position"])
    return (
        found.select(rows.alias("source_row"), rows.alias("line"), "column", "raw_value", "reason")
        .cast(REJECTS)
        .sort("source_row", maintain_order=True)
    )


def _masked(raw: pl.Series) -> pl.Series:
    """The length of a text in place of the text."""
    # Not pl.format: it breaks off where the first chunk of a column is empty (Polars 2.1).
    return pl.select(
        pl.concat_str(pl.lit("(hidden, "), pl.lit(raw).str.len_chars(), pl.lit(" characters)"))
    ).to_series()


def _ambiguous(columns: Columns) -> int:
    masks = list(columns.ambiguous.values())
    if not masks:
        return 0
    return int(
        pl.DataFrame([mask.alias(str(i)) for i, mask in enumerate(masks)])
        .select(pl.any_horizontal(pl.all()))
        .to_series()
        .sum()
    )
