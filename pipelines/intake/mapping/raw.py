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
        self.frame = frame
        self._null_values = list(null_values)
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
        return self if mask.all() else RawBatch(self.frame.filter(mask), self._null_values, self._file_name)

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
        text = self.frame[header]
        if self._null_values:
            marked = text.str.strip_chars().is_in(self._null_values).fill_null(False)
            if marked.any():
                text = text.set(marked, None)
        kind = KIND + header
        return Cells(text, self.frame[kind] if kind in self.frame.columns else None)

    def filled(self, header: str) -> pl.Series:
        """Trimmed texts of one column; a cell of blanks only is null."""
        text = self.cells(header).text.str.strip_chars()
        blank = (text == "").fill_null(False)
        return text.set(blank, None) if blank.any() else text
