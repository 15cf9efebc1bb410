"""What is done to a table whatever its format: cells filled down, and wide columns made long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import polars as pl

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import headers as heads
from pipelines.intake.readers.table import CELL, KIND, RAW, REJECT, ROW, SHEET, RawTable
from pipelines.workspace.feeds import Source, Unpivot

_PLACE = "__place"


def chooser(source: Source, wanted: Sequence[str]) -> heads.Choice:
    """Which columns to read: the wanted ones, those to fill down, and those that become rows."""

    def choose(headers: Sequence[str]) -> dict[str, int]:
        chosen = heads.positions([*wanted, *source.fill_down], headers)
        if source.unpivot is not None:
            chosen |= heads.positions(_matching(source.unpivot, headers), headers)
        return chosen

    return choose


def _matching(unpivot: Unpivot, headers: Sequence[str]) -> list[str]:
    return [header for header in headers if re.search(unpivot.columns, header)]


def finish(table: RawTable, source: Source, name: str) -> RawTable:
    """The table with ``fill_down`` and ``unpivot`` applied; raises ``DeliveryRefused`` where neither can be."""
    if source.fill_down:
        missing = [header for header in source.fill_down if not heads.positions([header], table.headers)]
        if missing:
            table.close()
            raise DeliveryRefused(
                "unexpected_columns", f"{name}: `fill_down` names {heads.quoted(missing)}, which the header lacks."
            )
        table.then(lambda frames: filled_down(frames, source.fill_down))
    if source.unpivot is not None:
        wide = _matching(source.unpivot, table.headers)
        if not wide:
            table.close()
            raise DeliveryRefused(
                "unexpected_columns",
                f"{name}: no header matches “{source.unpivot.columns}” (`unpivot`). "
                + heads.read_as_header(table.headers),
            )
        unpivot, letters = source.unpivot, _letters(table.headers)
        table.then(lambda frames: (_long(frame, wide, unpivot, letters) for frame in frames))
        table.headers = [*table.headers, unpivot.names_to, unpivot.values_to]
    return table


def filled_down(frames: Iterator[pl.DataFrame], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Blank cells take the value (and its kind) of the nearest filled cell above, within one sheet."""
    held: dict[str, tuple[str | None, str | None]] = {}
    sheet: str | None = None
    for frame in frames:
        for part in frame.partition_by(SHEET, maintain_order=True) if SHEET in frame.columns else [frame]:
            name = part[SHEET][0] if SHEET in part.columns else None
            if name != sheet:
                held, sheet = {}, name
            for column in columns:
                part = _fill_column(part, column, held)
            yield part


def _fill_column(frame: pl.DataFrame, column: str, held: dict[str, tuple[str | None, str | None]]) -> pl.DataFrame:
    kind = f"{KIND}{column}"
    kinds = frame[kind] if kind in frame.columns else pl.Series(kind, [None] * frame.height, dtype=pl.String)
    before, before_kind = held.get(column, (None, None))
    # The value held from the frame before stands above the first row; records that are rejected take none.
    values = pl.concat([pl.Series(column, [before], dtype=pl.String), frame[column]])
    all_kinds = pl.concat([pl.Series(kind, [before_kind], dtype=pl.String), kinds])
    source = pl.select(pl.int_range(values.len())).to_series().set(values.is_null(), None).forward_fill()
    values, all_kinds = values.gather(source), all_kinds.gather(source)
    held[column] = (values[-1], all_kinds[-1])
    filled = frame.with_columns(values[1:].alias(column))
    if kind in frame.columns:
        filled = filled.with_columns(all_kinds[1:].alias(kind))
    if REJECT in frame.columns:
        filled = filled.with_columns(pl.when(pl.col(REJECT).is_null()).then(pl.col(column)).alias(column))
    return filled


def _letters(headers: Sequence[str]) -> dict[str, str]:
    """The spreadsheet letter of each column."""
    letters = {}
    for index, header in enumerate(headers):
        number, letter = index + 1, ""
        while number:
            number, rest = divmod(number - 1, 26)
            letter = chr(65 + rest) + letter
        letters[header] = letter
    return letters


def _long(frame: pl.DataFrame, wide: Sequence[str], unpivot: Unpivot, letters: dict[str, str]) -> pl.DataFrame:
    """One row per record and wide column, in the file's order; unusable records stay one row."""
    ordered = frame.with_row_index(_PLACE)
    bad = ordered.filter(pl.col(REJECT).is_not_null()) if REJECT in frame.columns else ordered.clear()
    good = ordered.filter(pl.col(REJECT).is_null()) if REJECT in frame.columns else ordered
    kinds = [f"{KIND}{header}" for header in wide if f"{KIND}{header}" in frame.columns]
    parts = []
    for header in wide:
        value = [pl.lit(header).alias(unpivot.names_to), pl.col(header).alias(unpivot.values_to)]
        if f"{KIND}{header}" in frame.columns:
            value.append(pl.col(f"{KIND}{header}").alias(f"{KIND}{unpivot.values_to}"))
        where = pl.concat_str(SHEET, pl.lit(f"!{letters[header]}"), ROW) if SHEET in frame.columns else pl.lit(header)
        parts.append(good.select(pl.exclude(*wide, *kinds), *value, where.alias(CELL)))
    kept = bad.select(_PLACE, ROW, *(column for column in (SHEET, RAW, REJECT) if column in bad.columns))
    return pl.concat([*parts, kept], how="diagonal").sort(_PLACE, maintain_order=True).drop(_PLACE)
