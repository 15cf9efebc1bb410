"""One batch of raw records, seen through the mapping: cells by header, null marks and blanks made null."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.intake.mapping.cells import Cells
from pipelines.intake.readers.table import CELL, KIND, ROW, SHEET

#: Pseudo-headers that a mapping may read: the file's own name, and the sheet of a workbook.
FILE, SHEET_NAME = "__file", SHEET
PSEUDO = (FILE, SHEET_NAME, CELL)


class RawBatch:
    """Records of one batch. All columns and positions are of the same length and order as ``frame``."""

    def __init__(self, frame: pl.DataFrame, null_values: Sequence[str], file_name: str) -> None:
        self.frame = _without(frame, null_values)
        self._file_name = file_name
        self._cells: dict[str, Cells] = {}

    @property
    def height(self) -> int:
        return self.frame.height

    @property
    def rows(self) -> pl.Series:
        """The line or row of each record in the file."""
        return self.frame[ROW]

    def keep(self, mask: pl.Series) -> RawBatch:
        """The records where ``mask`` holds."""
        return self if mask.all() else RawBatch(self.frame.filter(mask), (), self._file_name)

    def cells(self, header: str) -> Cells:
        """One column; all null where the file doesn't have it."""
        if header not in self._cells:
            self._cells[header] = self._read(header)
        return self._cells[header]

    def _read(self, header: str) -> Cells:
        if header == FILE:
            return Cells(pl.Series([self._file_name]).new_from_index(0, self.height))
        if header not in self.frame.columns:
            return Cells(pl.Series([None], dtype=pl.String).new_from_index(0, self.height))
        kind = KIND + header
        return Cells(self.frame[header], self.frame[kind] if kind in self.frame.columns else None)

    def filled(self, header: str) -> pl.Series:
        """Trimmed texts of one column; a cell of blanks only is null."""
        text = self.cells(header).text.str.strip_chars()
        blank = (text == "").fill_null(False)
        return text.set(blank, None) if blank.any() else text


def _without(frame: pl.DataFrame, null_values: Sequence[str]) -> pl.DataFrame:
    """The frame with the mapping's marks for "nothing" (``n/c``, ``-``) made null."""
    if not null_values:
        return frame
    marks = pl.Series(list(null_values), dtype=pl.String).implode()
    own = [name for name, dtype in frame.schema.items() if dtype == pl.String and not name.startswith("__")]
    cells = (pl.when(~pl.col(name).str.strip_chars().is_in(marks)).then(pl.col(name)) for name in own)
    return frame.with_columns(cells)
