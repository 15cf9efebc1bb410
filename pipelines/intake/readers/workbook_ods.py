"""ODS through odfpy. Runs in the child process only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from odf import teletype
from odf.namespaces import OFFICENS, TABLENS, TEXTNS
from odf.opendocument import load
from odf.style import Style, TableProperties
from odf.table import Table, TableRow

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.workbook_rows import (
    TEXT,
    Area,
    SheetRequest,
    SheetRow,
    choose_sheets,
    fill_merged,
    render,
)

_CELLS = ((TABLENS, "table-cell"), (TABLENS, "covered-table-cell"))
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?")


def read_ods(file: Any, request: SheetRequest, limits: Limits) -> Iterator[tuple[str, Iterator[SheetRow]]]:
    """Name and rows of each chosen sheet."""
    document = load(file)
    hidden = _hidden_styles(document)
    tables = {table.getAttribute("name"): table for table in document.getElementsByType(Table)}
    names = {name: (table.getAttribute("stylename") or "") not in hidden for name, table in tables.items()}
    for name in choose_sheets(names, request, lambda name: re.search(request.sheet or "", name)):
        sheet = _Sheet(f"{request.name}, sheet “{name}”", limits)
        rows = list(sheet.rows(tables[name]))
        yield name, fill_merged(iter(rows), sheet.areas) if request.fill_merged else iter(rows)


def _hidden_styles(document: Any) -> set[str]:
    return {
        style.getAttribute("name")
        for style in document.getElementsByType(Style)
        for properties in style.getElementsByType(TableProperties)
        if properties.getAttribute("display") == "false"
    }


class _Sheet:
    """Walks one table; empty rows and cells come as counts of repetitions and are not spelled out."""

    def __init__(self, where: str, limits: Limits) -> None:
        self._where = where
        self._limits = limits
        self._cells = 0
        self.areas: list[Area] = []

    def rows(self, table: Any) -> Iterator[SheetRow]:
        number = 0
        for element in table.getElementsByType(TableRow):
            repeated = _count(element, "number-rows-repeated")
            cells, kinds = self._row(element, number + 1)
            if cells:
                if number + repeated > self._limits.workbook_rows:
                    raise self._too_large(
                        f"a cell in row {number + repeated:,} (at most {self._limits.workbook_rows:,} rows are read)"
                    )
                for offset in range(1, repeated + 1):
                    self._count_cells(len(cells))
                    yield SheetRow(number + offset, list(cells), kinds)
            number += repeated

    def _row(self, element: Any, number: int) -> tuple[list[str | None], str]:
        """The row's cells up to the last filled one."""
        cells: list[str | None] = []
        kinds: list[str] = []
        column = 0
        for cell in element.childNodes:
            if getattr(cell, "qname", None) not in _CELLS:
                continue
            repeated = _count(cell, "number-columns-repeated")
            text, kind = _value(cell)
            if text is not None:
                if column + repeated > self._limits.workbook_columns:
                    raise self._too_large(
                        f"a cell in column {column + repeated:,} (at most {self._limits.workbook_columns:,} are read)"
                    )
                gap = column - len(cells)
                cells += [None] * gap + [text] * repeated
                kinds += [TEXT] * gap + [kind] * repeated
                self._note_area(cell, number, column + 1)
            column += repeated
        return cells, "".join(kinds)

    def _note_area(self, cell: Any, row: int, column: int) -> None:
        down, across = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
        if down > 1 or across > 1:
            self.areas.append((row, column, row + down - 1, min(column + across - 1, self._limits.workbook_columns)))

    def _count_cells(self, cells: int) -> None:
        self._cells += cells
        if self._cells > self._limits.workbook_cells:
            raise self._too_large(f"more than {self._limits.workbook_cells:,} cells")

    def _too_large(self, what: str) -> DeliveryRefused:
        return DeliveryRefused(
            "unreadable_file",
            f"{self._where}: {what}. The sheet is far larger than a report: "
            "have stray cells deleted, or have it sent as CSV.",
        )


def _count(element: Any, attribute: str) -> int:
    """A repetition or span, 1 where it isn't given."""
    return max(1, int(element.attributes.get((TABLENS, attribute), 1)))


def _value(cell: Any) -> tuple[str | None, str]:
    kind = cell.attributes.get((OFFICENS, "value-type"))
    if kind is None:
        return None, TEXT
    if kind in ("float", "currency", "percentage"):
        text, _ = render(float(cell.attributes[OFFICENS, "value"]))
        return text, "p" if kind == "percentage" else "n"
    if kind == "boolean":
        return cell.attributes[OFFICENS, "boolean-value"].upper(), "b"
    if kind == "date":
        return _date(cell.attributes[OFFICENS, "date-value"]), "d"
    if kind == "time":
        return _seconds(cell.attributes[OFFICENS, "time-value"]), "t"
    text = "\n".join(teletype.extractText(paragraph) for paragraph in cell.childNodes if _is_paragraph(paragraph))
    return (text or None), TEXT


def _is_paragraph(node: Any) -> bool:
    return bool(getattr(node, "qname", None) == (TEXTNS, "p"))


def _date(value: str) -> str:
    day, _, time = value.partition("T")
    return f"{day} {time or '00:00:00'}"


def _seconds(value: str) -> str:
    match = _DURATION.fullmatch(value)
    if match is None:
        return value
    sign, days, hours, minutes, seconds = match.groups()
    total = int(days or 0) * 86_400 + int(hours or 0) * 3_600 + int(minutes or 0) * 60
    text, _ = render(total + float((seconds or "0").replace(",", ".")))
    return f"{sign}{text}"
