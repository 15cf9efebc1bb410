"""Tables for a spreadsheet: CSV and XLSX in which no cell runs and every number stays a number."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.wording.escape import safe_cell

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

#: What a workbook's cell holds at most.
_LONGEST_TEXT = 32_767
#: Whole numbers beyond this lose digits as the floating point that a workbook keeps them in.
_EXACT = 2**53
_WIDEST = 48


def csv_bytes(rows: pl.DataFrame) -> bytes:
    """``rows`` as CSV (UTF-8 with a mark, so that spreadsheets read the accents), its text cells defused."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([safe_cell(name) for name in rows.columns])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows.iter_rows())
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(sheets: Mapping[str, pl.DataFrame], notes: Sequence[str] = ()) -> bytes:
    """One workbook with a sheet per frame: no formula, no link; its text cells defused, instants in UTC.

    ``notes``: lines of a last sheet that say what the workbook holds (filters, version, definitions).
    """
    from xlsxwriter import Workbook  # costs nothing where no workbook is asked for

    out = io.BytesIO()
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(out, {"in_memory": True, **never}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            Decimal: book.add_format({"num_format": "#,##0.00##"}),
        }
        taken: list[str] = []
        for name, frame in sheets.items():
            sheet = book.add_worksheet(sheet_name(name, taken))
            _write_frame(sheet, frame, bold, formats)
        if notes:
            sheet = book.add_worksheet(sheet_name("Notes", taken))
            for row, line in enumerate(notes):
                sheet.write_string(row, 0, str(safe_cell(line))[:_LONGEST_TEXT])
    return out.getvalue()


def sheet_name(name: str, taken: list[str]) -> str:
    """A name that a workbook takes: at most 31 characters, none of []:*?/\\, no apostrophe at an end, no other's."""
    clean = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip(" '")[:31].strip(" '") or "Sheet"
    number = 1
    unique = clean
    while unique.casefold() in taken or unique.casefold() == "history":
        number += 1
        unique = f"{clean[:27]} {number}"
    taken.append(unique.casefold())
    return unique


def _write_frame(sheet: Worksheet, frame: pl.DataFrame, bold: Any, formats: Mapping[type, Any]) -> None:
    for column, name in enumerate(frame.columns):
        sheet.write_string(0, column, str(safe_cell(name))[:_LONGEST_TEXT], bold)
        lengths = [len(str(cell)) for cell in frame[name].head(200) if cell is not None]
        sheet.set_column(column, column, min(max([len(name), *lengths]) + 2, _WIDEST))
    sheet.freeze_panes(1, 0)
    if frame.height:
        sheet.autofilter(0, 0, frame.height, frame.width - 1)
    for row, cells in enumerate(frame.iter_rows(), start=1):
        for column, cell in enumerate(cells):
            _write_cell(sheet, row, column, cell, formats)


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Any, formats: Mapping[type, Any]) -> None:
    """Unknown stays empty: a workbook has no other way to say it."""
    match cell:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, cell)
        case int() if abs(cell) <= _EXACT:
            sheet.write_number(row, column, cell)
        case float() if cell == cell and abs(cell) != float("inf"):
            sheet.write_number(row, column, cell)
        case Decimal() if cell.is_finite():
            sheet.write_number(row, column, float(cell), formats[Decimal])
        case datetime():
            plain = cell.astimezone(UTC).replace(tzinfo=None) if cell.tzinfo else cell
            sheet.write_datetime(row, column, plain, formats[datetime])
        case date():
            sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), formats[date])
        case list() | tuple():
            sheet.write_string(row, column, str(safe_cell("; ".join(map(str, cell))))[:_LONGEST_TEXT])
        case _:
            sheet.write_string(row, column, str(safe_cell(str(cell)))[:_LONGEST_TEXT])
