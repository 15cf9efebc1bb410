"""Arithmetic and joins between raw columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import polars as pl

from pipelines.intake.mapping.cells import Cells
from pipelines.intake.mapping.raw import RawBatch
from pipelines.intake.readers.table import DATE, TIME


def total(parts: Sequence[pl.Series], subtract: bool) -> pl.Series:
    """The sum of the parts, or the first less the others; null where any part is null."""
    return reduce((lambda a, b: a - b) if subtract else (lambda a, b: a + b), parts)


def joined(batch: RawBatch, headers: Sequence[str], separator: str, clock: bool = False) -> pl.Series:
    """Texts of several columns side by side; a blank part stays as nothing, all blank is null.

    With ``clock`` a typed date cell gives its date and a typed time cell its hh:mm:ss, so that both make a datetime.
    """
    parts = [_clock_text(batch.cells(header)) if clock else batch.filled(header) for header in headers]
    frame = pl.DataFrame([part.alias(str(index)) for index, part in enumerate(parts)])
    blank = pl.all_horizontal(pl.all().is_null())
    if clock:  # a date without its time is no datetime
        blank = pl.any_horizontal(pl.all().is_null())
    texts = pl.concat_str([pl.col(name).fill_null("") for name in frame.columns], separator=separator)
    return frame.select(pl.when(blank).then(None).otherwise(texts)).to_series()


def first_filled(batch: RawBatch, headers: Sequence[str]) -> Cells:
    """In each row the first cell that is not blank, with its kind."""
    if len(headers) == 1:
        return batch.cells(headers[0])
    text = batch.filled(headers[0])
    kinds = _kinds(batch.cells(headers[0]))
    for header in headers[1:]:
        missing = text.is_null()
        if not missing.any():
            break
        kinds = kinds.zip_with(~missing, _kinds(batch.cells(header)))
        text = text.zip_with(~missing, batch.filled(header))
    return Cells(text, kinds if kinds.null_count() < len(kinds) else None)


def _kinds(cells: Cells) -> pl.Series:
    if cells.kinds is not None:
        return cells.kinds
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(cells.text))


def _clock_text(cells: Cells) -> pl.Series:
    text = cells.text.str.strip_chars()
    if cells.kinds is None:
        return text.set((text == "").fill_null(False), None)
    frame = pl.DataFrame([text.alias("text"), cells.kinds.alias("kind")])
    seconds = pl.col("text").cast(pl.Float64, strict=False)
    clock = pl.duration(microseconds=(seconds * 1e6).round().cast(pl.Int64, strict=False)) + pl.datetime(1970, 1, 1)
    return frame.select(
        pl.when(pl.col("kind") == TIME)
        .then(clock.dt.strftime("%H:%M:%S"))
        .when((pl.col("kind") == DATE) & pl.col("text").str.ends_with("00:00:00"))
        .then(pl.col("text").str.slice(0, 10))
        .otherwise("text")
    ).to_series()
