"""Poitiers' weekly report: a French workbook as people make them, with every habit that trips a naive reader."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from sample_data.generator.exports.files import undated_workbook

_BANDS = (("Volumes", 3, 5), ("Qualité", 6, 8), ("Durées", 9, 12))
_HEADERS = ("Appels reçus", "Appels traités", "%", "QS 20s", "Taux de décroché", "%", "DMT", "DMC", "ACW", "Tps log")
_NAMES = {"technique_fr": "Conseil technique", "retour_fr": "Retours", "suivi_fr": "Livraison"}
_FIRST_ROW = 7


def weekly_report(monday: date, rows: list[dict[str, Any]], total_error: int = 0) -> bytes:
    """Sheet ``S<week>``: title, period, blank row, two header rows, a merged date per day, TOTAL, a footnote.

    ``rows``: day, queue, offered, answered, service_level, talk_s, acw_s, aht_s, logged_s in order of day.
    ``total_error`` is added to the printed total of calls received.
    """
    week = monday.isocalendar().week
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = f"S{week:02d}"
    _heading(sheet, monday, week)
    for position, row in enumerate(rows):
        _line(sheet, _FIRST_ROW + position, row, position)
    _merge_days(sheet, rows)
    last = _FIRST_ROW + len(rows)
    sheet.cell(last, 1, "TOTAL").font = Font(bold=True)
    sheet.cell(last, 3, _thousands(sum(row["offered"] for row in rows) + total_error))
    sheet.cell(last, 4, _thousands(sum(row["answered"] for row in rows)))
    sheet.cell(last + 2, 1, "* QS = appels décrochés en moins de 20 s / appels reçus hors abandons < 5 s")
    hidden = book.create_sheet("Params")
    hidden.sheet_state = "hidden"
    hidden["A1"], hidden["B1"] = "seuil", 20
    book.properties.creator = "Vienne Relation Client"
    book.properties.created = datetime(2026, 1, 1)
    buffer = io.BytesIO()
    book.save(buffer)
    return undated_workbook(buffer.getvalue())


def _heading(sheet: Worksheet, monday: date, week: int) -> None:
    sunday = monday + timedelta(days=6)
    sheet["A1"] = f"VIENNE RELATION CLIENT – Atelier Nord – Reporting hebdomadaire S{week:02d}"
    sheet["A1"].font = Font(bold=True)
    sheet.merge_cells("A1:L1")
    sheet["A2"] = f"Période : du {monday:%d/%m/%Y} au {sunday:%d/%m/%Y}"
    sheet["A3"] = "Heures de Paris – hors appels < 5 s"
    for column, name in ((1, "Date"), (2, "File")):
        sheet.cell(5, column, name)
        sheet.merge_cells(start_row=5, end_row=6, start_column=column, end_column=column)
    for name, first, last in _BANDS:
        sheet.cell(5, first, name)
        sheet.merge_cells(start_row=5, end_row=5, start_column=first, end_column=last)
    for column, name in enumerate(_HEADERS, start=3):
        sheet.cell(6, column, name)


def _line(sheet: Worksheet, number: int, row: dict[str, Any], position: int) -> None:
    """One day and queue. The service level is a text with its mark, a bare text, or a cell shown as percent."""
    sheet.cell(number, 2, _NAMES[row["queue"]])
    sheet.cell(number, 3, row["offered"])
    sheet.cell(number, 4, row["answered"])
    rate = row["answered"] / row["offered"] if row["offered"] else 0.0
    _percent_cell(sheet, number, 5, rate)
    level = row["service_level"]
    if level is None:
        sheet.cell(number, 6, "n/c")
    elif position % 3 == 0:
        sheet.cell(number, 6, f"{level * 100:.1f} %".replace(".", ","))
    elif position % 3 == 1:
        sheet.cell(number, 6, f"{level * 100:.1f}".replace(".", ","))
    else:
        _percent_cell(sheet, number, 6, level)
    _percent_cell(sheet, number, 7, rate)
    sheet.cell(number, 8, "n/c")
    handle = round(row["aht_s"] or 0)
    sheet.cell(number, 9, time(handle // 3600, handle % 3600 // 60, handle % 60)).number_format = "hh:mm:ss"
    talk = round(row["talk_s"] or 0)
    sheet.cell(number, 10, f"00:{talk // 60:02d}:{talk % 60:02d}")
    sheet.cell(number, 11, f"{round(row['acw_s'] or 0)} s")
    logged = sheet.cell(number, 12, timedelta(seconds=int(row["logged_s"])))
    logged.number_format = "[h]:mm:ss"


def _percent_cell(sheet: Worksheet, row: int, column: int, share: float) -> None:
    sheet.cell(row, column, round(share, 4)).number_format = "0.0%"


def _merge_days(sheet: Worksheet, rows: list[dict[str, Any]]) -> None:
    start = 0
    for position in range(1, len(rows) + 1):
        if position == len(rows) or rows[position]["day"] != rows[start]["day"]:
            cell = sheet.cell(_FIRST_ROW + start, 1, rows[start]["day"])
            cell.number_format = "dd/mm/yyyy"
            if position - start > 1:
                first, last = _FIRST_ROW + start, _FIRST_ROW + position - 1
                sheet.merge_cells(start_row=first, end_row=last, start_column=1, end_column=1)
            start = position


def _thousands(count: int) -> str | int:
    """From a thousand on, people type the total with a narrow no-break space."""
    return f"{count:,}".replace(",", "\u202f") if count >= 1000 else count
