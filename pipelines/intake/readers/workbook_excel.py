"""XLSX through openpyxl, in its streaming mode, after a look at the sheet's extent. Runs in the child process only."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

import openpyxl
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, range_boundaries
from openpyxl.utils.datetime import to_excel

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.workbook_rows import Area, SheetRequest, SheetRow, choose_sheets, fill_merged, render

_DAY_SECONDS = 86_400
_EARLIEST, _EARLIEST_SERIAL = 1905, 366  # workbooks count days from 1900 or from 1904: before is no date of ours
_UNQUOTED = re.compile(r'"[^"]*"|\\.|\[(?!h|m|s)[^\]]*\]', re.IGNORECASE)
_MOST_AREAS = 50_000
_PIECE = 1 << 16


def read_excel(file: Any, request: SheetRequest, limits: Limits) -> Iterator[tuple[str, Iterator[SheetRow]]]:
    """Name and rows of each chosen sheet."""
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    names = {sheet.title: sheet.sheet_state == "visible" for sheet in book.worksheets}
    chosen = choose_sheets(names, request, lambda name: re.search(request.sheet or "", name))
    with zipfile.ZipFile(file) as archive:
        for name in chosen:
            sheet = book[name]
            # openpyxl tells merged areas only in the mode that holds the whole sheet in memory.
            with archive.open(sheet._worksheet_path) as part:
                extent = _Extent(f"{request.name}, sheet “{name}”", limits).read(part)
            sheet.reset_dimensions()
            rows = _rows(sheet, extent)
            yield name, fill_merged(rows, extent.areas) if request.fill_merged else rows


def _rows(sheet: Any, extent: _Extent) -> Iterator[SheetRow]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > extent.last_row:
            return
        texts: list[str | None] = []
        kinds: list[str] = []
        for column, cell in enumerate(cells[: extent.last_column], start=1):
            text, kind = _cell(cell)
            if text is None and (number, column) in extent.unvalued:
                text = extent.unvalued[number, column]
            texts.append(text)
            kinds.append(kind)
        yield SheetRow(number, texts, "".join(kinds))


def _cell(cell: Any) -> tuple[str | None, str]:
    value = cell.value
    text, kind = render(value)
    if kind == "n" and "%" in (cell.number_format or ""):
        return text, "p"
    if kind == "d" and value.year < _EARLIEST and not _shows_date(cell.number_format or ""):
        # A duration of a day or more in a cell formatted as a time of day: its serial number is the elapsed time.
        serial = to_excel(value, cell.parent.parent.epoch)
        if serial < _EARLIEST_SERIAL:
            return render(round(serial * _DAY_SECONDS, 3))[0], "t"
    return text, kind


def _shows_date(number_format: str) -> bool:
    return bool(re.search("[yd]", _UNQUOTED.sub("", number_format), re.IGNORECASE))


@dataclass
class _Extent:
    """How far a sheet reaches: read from its XML, before any library builds rows from it."""

    where: str
    limits: Limits
    last_row: int = 0
    last_column: int = 0
    areas: list[Area] = field(default_factory=list)
    unvalued: dict[tuple[int, int], str] = field(default_factory=dict)  # formulas saved without their value
    _row: int = 0
    _column: int = 0
    _cells: int = 0
    _filled: bool = False
    _formula: list[str] | None = None
    _in_formula: bool = False
    _in_value: bool = False

    def read(self, part: Any) -> _Extent:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        starts: dict[str, Callable[[dict[str, str]], None]] = {
            "row": self._start_row, "c": self._start_cell, "v": self._start_value, "is": self._content,
            "f": self._start_formula, "mergeCell": self._merge,
        }  # fmt: skip
        ends = {"c": self._end_cell, "f": self._end_text, "v": self._end_text}

        def start(name: str, attributes: dict[str, str]) -> None:
            handler = starts.get(name.rpartition(" ")[2])
            if handler is not None:
                handler(attributes)

        def end(name: str) -> None:
            handler = ends.get(name.rpartition(" ")[2])
            if handler is not None:
                handler()

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = self._text
        try:
            while piece := part.read(_PIECE):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise DeliveryRefused(
                "unreadable_file", f"{self.where}: the XML is damaged ({error}). Have the workbook saved again."
            ) from error
        return self

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes.get("r", self._row + 1))
        self._column = 0

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters, self._row = coordinate_from_string(reference)
            self._column = column_index_from_string(letters)
        self._filled, self._formula = False, None
        self._cells += 1
        if self._cells > self.limits.workbook_cells:
            raise self._too_large(f"more than {self.limits.workbook_cells:,} cells")

    def _start_value(self, _: dict[str, str]) -> None:
        self._in_value = True

    def _content(self, _: dict[str, str]) -> None:
        self._filled = True

    def _start_formula(self, _: dict[str, str]) -> None:
        self._formula, self._in_formula = [], True

    def _text(self, text: str) -> None:
        if self._in_value:
            self._filled = True
        elif self._in_formula and self._formula is not None:
            self._formula.append(text[:200])

    def _end_text(self) -> None:
        self._in_formula = self._in_value = False

    def _end_cell(self) -> None:
        if self._formula is not None and not self._filled:
            self.unvalued[self._row, self._column] = "=" + "".join(self._formula)[:200]
        elif not self._filled:
            return
        if self._row > self.limits.workbook_rows:
            raise self._too_large(f"a cell in row {self._row:,} (at most {self.limits.workbook_rows:,} rows are read)")
        if self._column > self.limits.workbook_columns:
            raise self._too_large(
                f"a cell in column {self._column:,} (at most {self.limits.workbook_columns:,} columns are read)"
            )
        self.last_row = max(self.last_row, self._row)
        self.last_column = max(self.last_column, self._column)

    def _merge(self, attributes: dict[str, str]) -> None:
        first_column, first_row, last_column, last_row = range_boundaries(attributes["ref"])
        if len(self.areas) >= _MOST_AREAS:
            raise self._too_large(f"more than {_MOST_AREAS:,} merged areas")
        if first_column and first_row and last_column and last_row and first_column <= self.last_column:
            self.areas.append((first_row, first_column, last_row, min(last_column, self.last_column)))

    def _too_large(self, what: str) -> DeliveryRefused:
        return DeliveryRefused(
            "unreadable_file",
            f"{self.where}: {what}. The sheet is far larger than a report: "
            "have stray cells deleted, or have it sent as CSV.",
        )
