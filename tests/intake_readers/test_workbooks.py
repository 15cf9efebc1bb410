"""XLSX and ODS: cells with their kinds, rows with their numbers, sheets that a person sees."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import os
import time
import zipfile
from pathlib import Path

import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P
from openpyxl import Workbook

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import Limits, workbook_process
from pipelines.intake.readers.packed import COMPOUND


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def weekly_report() -> Workbook:
    """A report as home-made ones are: titles, two header rows with merged bands, totals, notes, a hidden sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "S07"
    sheet["A1"] = "Weekly report"
    sheet.merge_cells("A1:F1")
    for cell, value in {"A4": "Date", "B4": "Volumes", "D4": "Quality", "F4": "Logged"}.items():
        sheet[cell] = value
    sheet.merge_cells("A4:A5")
    sheet.merge_cells("B4:C4")
    sheet.merge_cells("D4:E4")
    sheet.merge_cells("F4:F5")
    for cell, value in zip("BCDE", ["Offered", "%", "SL", "%"], strict=True):
        sheet[f"{cell}5"] = value
    sheet["A6"] = dt.date(2026, 2, 9)
    sheet.merge_cells("A6:A7")
    for row, offered in ((6, 100), (7, 101), (9, 103)):
        sheet[f"B{row}"] = offered
        sheet[f"C{row}"] = 0.5
        sheet[f"C{row}"].number_format = "0.0%"
        sheet[f"D{row}"] = "81,3 %"
        sheet[f"E{row}"] = 0.887
        sheet[f"F{row}"] = dt.timedelta(hours=31, minutes=5)
        sheet[f"F{row}"].number_format = "[h]:mm:ss"
    sheet["A9"] = "TOTAL"
    hidden = book.create_sheet("S06")
    hidden["A4"] = "Date"
    hidden.sheet_state = "hidden"
    return book


def test_a_weekly_report(read):
    got = read(saved(weekly_report()), format="xlsx", sheet=r"S\d{2}", header_rows=[4, 5])
    assert got.headers == ["Date", "Volumes / Offered", "Volumes / %", "Quality / SL", "Quality / %", "Logged"]
    assert got.column("__row") == [6, 7, 9]  # the blank row 8 is no record, and shifts nothing
    assert got.column("__sheet") == ["S07"] * 3  # the hidden sheet is not there
    assert got.column("Date") == ["2026-02-09 00:00:00", "2026-02-09 00:00:00", "TOTAL"]
    assert got.column("__kind:Date") == ["d", "d", None]
    assert got.column("Volumes / Offered") == ["100", "101", "103"]
    assert got.column("__kind:Volumes / Offered") == ["n"] * 3
    assert (got.column("Volumes / %")[0], got.column("__kind:Volumes / %")[0]) == ("0.5", "p")
    assert (got.column("Quality / SL")[0], got.column("__kind:Quality / SL")[0]) == ("81,3 %", None)
    assert (got.column("Quality / %")[0], got.column("__kind:Quality / %")[0]) == ("0.887", "n")
    assert (got.column("Logged")[0], got.column("__kind:Logged")[0]) == ("111900", "t")


def test_merged_cells_can_be_left_alone(read):
    got = read(saved(weekly_report()), format="xlsx", sheet="S07", header_rows=[4, 5], fill_merged=False)
    assert got.headers[2] == "%"
    assert got.column("Date") == ["2026-02-09 00:00:00", None, "TOTAL"]


def test_fill_down(read):
    got = read(
        saved(weekly_report()), format="xlsx", sheet="S07", header_rows=[4, 5], fill_merged=False, fill_down=["Date"]
    )
    assert got.column("Date") == ["2026-02-09 00:00:00", "2026-02-09 00:00:00", "TOTAL"]
    assert got.column("__kind:Date") == ["d", "d", None]


@pytest.mark.parametrize(
    "value, number_format, text, kind",
    [
        ("text ", "General", "text ", None),
        ("00123", "General", "00123", None),
        (12, "General", "12", "n"),
        (12.0, "General", "12", "n"),
        (-0.1, "General", "-0.1", "n"),
        (1e-7, "General", "1e-07", "n"),
        (12345678901234, "0", "12345678901234", "n"),
        (0.813, "0.0%", "0.813", "p"),
        (1, "0%", "1", "p"),
        (True, "General", "TRUE", "b"),
        (False, "General", "FALSE", "b"),
        (dt.datetime(2026, 2, 9, 7, 57, 14), "dd/mm/yyyy hh:mm:ss", "2026-02-09 07:57:14", "d"),
        (dt.datetime(2026, 2, 9, 7, 57, 14, 83000), "dd/mm/yyyy hh:mm:ss", "2026-02-09 07:57:14.083000", "d"),
        (dt.date(2026, 2, 9), "dd/mm/yyyy", "2026-02-09 00:00:00", "d"),
        (dt.time(0, 5, 12), "hh:mm:ss", "312", "t"),
        (dt.timedelta(hours=31, minutes=5), "[h]:mm:ss", "111900", "t"),
        (dt.timedelta(minutes=61), "[mm]:ss", "3660", "t"),
        (1 + 25500 / 86400, "hh:mm:ss", "111900", "t"),  # shown as 07:05:00, but 31:05:00 have passed
        ("#DIV/0!", "General", "#DIV/0!", None),
        ("n/c", "General", "n/c", None),
    ],
)
def test_cells(read, value, number_format, text, kind):
    book = Workbook()
    book.active["A1"] = "x"
    book.active["A2"] = value
    book.active["A2"].number_format = number_format
    got = read(saved(book), format="xlsx")
    assert (got.rows[0]["x"], got.rows[0]["__kind:x"]) == (text, kind)


def test_dates_counted_from_1904(read):
    book = Workbook()
    book.epoch = dt.datetime(1904, 1, 1)
    book.active["A1"] = "x"
    book.active["A2"] = dt.datetime(2026, 2, 9, 7, 57)
    book.active["A3"], book.active["A3"].number_format = dt.timedelta(hours=31, minutes=5), "hh:mm:ss"
    assert read(saved(book), format="xlsx").records("x", "__kind:x") == [("2026-02-09 07:57:00", "d"), ("111900", "t")]


def test_a_formula_saved_without_its_value_is_no_blank(read):
    book = Workbook()
    book.active.append(["x", "y"])
    book.active.append([1, "=SUM(A2:A2)"])
    book.active.append([2, None])
    assert read(saved(book), format="xlsx").records("x", "y") == [("1", "=SUM(A2:A2)"), ("2", None)]


def test_several_sheets_one_after_another(read):
    book = Workbook()
    book.remove(book.active)
    for name, order in (("S01", ["a", "b"]), ("notes", ["x"]), ("S02", ["b", "a"])):
        sheet = book.create_sheet(name)
        sheet.append(order)
        sheet.append([f"{name} {header}" for header in order])
    got = read(saved(book), format="xlsx", sheet=r"^S\d+$")
    assert got.records("__sheet", "__row", "a", "b") == [("S01", 2, "S01 a", "S01 b"), ("S02", 2, "S02 a", "S02 b")]


def test_a_sheet_that_lacks_a_column_of_the_others(read):
    book = Workbook()
    book.active.title = "S01"
    book.active.append(["a", "b"])
    book.create_sheet("S02").append(["a"])
    with pytest.raises(DeliveryRefused, match="sheet “S02” lacks the columns “b”"):
        read(saved(book), format="xlsx", sheet="S0")


def test_the_anchor_is_checked_on_every_sheet(read):
    book = Workbook()
    book.active.title = "S01"
    book.active.append(["a", "b"])
    book.create_sheet("S02").append(["a", "other"])
    with pytest.raises(DeliveryRefused, match="sheet “S02”: the header should contain “b”"):
        read(saved(book), ["a"], format="xlsx", sheet="S0", header_anchor=["b"])


def test_a_title_over_merged_cells_is_taken_for_one(read):
    book = Workbook()
    book.active.append(["Weekly report", None, None])
    book.active.merge_cells("A1:C1")
    book.active.append(["Day", "Offered", "Answered"])
    with pytest.raises(DeliveryRefused, match=r"“Weekly report” alone, .* a title\. `header_rows` says") as refused:
        read(saved(book), format="xlsx", header_anchor=["Day"])
    assert "[2]" not in refused.value.message


def test_which_sheet_must_be_said_where_there_are_two(read):
    book = weekly_report()
    book.create_sheet("Second")
    with pytest.raises(DeliveryRefused, match="found 2: “S07”, “Second”"):
        read(saved(book), format="xlsx", header_rows=[4, 5])


def test_hidden_sheets_are_not_found(read):
    with pytest.raises(DeliveryRefused, match="no visible sheet has a name that matches “S06”"):
        read(saved(weekly_report()), format="xlsx", sheet="S06")


def test_a_blank_header_row(read):
    with pytest.raises(DeliveryRefused, match="row 2 should hold the header, but it is blank"):
        read(saved(weekly_report()), format="xlsx", header_rows=[2])


def test_rows_under_the_header_and_header_rows_that_come_again(read):
    book = Workbook()
    for row in (["a", "b"], ["Text a", '{"timeZone":"Z"}'], [1, 2], ["a", "b"], [3, 4]):
        book.active.append(row)
    got = read(saved(book), format="xlsx", drop_rows_after_header=1)
    assert got.header_cells == [["a", "b"], ["Text a", '{"timeZone":"Z"}']]
    assert got.records("__row", "a") == [(3, "1"), (5, "3")]
    assert got.notes == ["1 repeated header rows skipped"]


def test_cells_beyond_the_header_are_noted(read):
    book = Workbook()
    book.active.append(["a"])
    book.active.append([1, None, "a remark"])
    got = read(saved(book), format="xlsx")
    assert got.records("a") == [("1",)]
    assert "1 rows have cells to the right of the last header" in got.notes[0]


def test_a_sheet_without_header(read):
    book = Workbook()
    book.active.append([1, 2])
    assert read(saved(book), format="xlsx", header_rows=[], names=["x", "y"]).records("x", "y") == [("1", "2")]


def test_an_empty_workbook(read):
    with pytest.raises(DeliveryRefused, match=r"empty|blank"):
        read(saved(Workbook()), format="xlsx")


@pytest.mark.parametrize("pack", ["gzip", "zip"])
def test_a_workbook_in_a_package(read, pack):
    content = saved(weekly_report())
    if pack == "gzip":
        content = gzip.compress(content)
    else:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("report.xlsx", content)
            archive.writestr("readme.txt", "hello")
        content = out.getvalue()
    assert read(content, format="xlsx", header_rows=[4, 5]).records_read == 3


@pytest.mark.parametrize(
    ("part", "told"), [("EncryptedPackage", "locked with a password"), ("Workbook", "the old .xls format")]
)
def test_a_locked_workbook_is_told_from_an_old_one(read, part, told):
    content = COMPOUND + bytes(3000) + part.encode("utf-16-le") + bytes(100)
    with pytest.raises(DeliveryRefused, match=told) as refused:
        read(content, format="xlsx")
    assert refused.value.kind == "unreadable_file"
    assert "locked" not in refused.value.message or ".xls format" not in refused.value.message


# ODS


def ods(rows: list[list[object]], hidden: bool = False) -> bytes:
    """A spreadsheet of text, number, percent ("p", 0.5), date, duration ("t", "PT...") and spanned ("m", text, across,
    down) cells; None is an empty cell, an integer alone a number of empty rows."""
    document = OpenDocumentSpreadsheet()
    table = Table(name="Feuille é")
    for row in rows:
        if isinstance(row, int):
            table.addElement(TableRow(numberrowsrepeated=row))
            continue
        element = TableRow()
        for value in row:
            element.addElement(_ods_cell(value))
        table.addElement(element)
    document.spreadsheet.addElement(table)
    if hidden:
        style = Style(name="hidden", family="table")
        style.addElement(TableProperties(display="false"))
        document.automaticstyles.addElement(style)
        document.spreadsheet.addElement(Table(name="Params", stylename=style))
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def _ods_cell(value: object):
    if value is None:
        return TableCell()
    if value == "covered":
        return CoveredTableCell()
    if isinstance(value, tuple):
        if value[0] == "p":
            return TableCell(valuetype="percentage", value=value[1])
        if value[0] == "t":
            return TableCell(valuetype="time", timevalue=value[1])
        cell = TableCell(valuetype="string", numbercolumnsspanned=value[2], numberrowsspanned=value[3])
        cell.addElement(P(text=value[1]))
        return cell
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, (int, float)):
        return TableCell(valuetype="float", value=value)
    if isinstance(value, dt.date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    cell = TableCell(valuetype="string")
    cell.addElement(P(text=value))
    return cell


def test_ods_cells(read):
    when = dt.datetime(2026, 2, 9, 7, 57, 14)
    rows = [
        ["text", "n", "p", "d", "dt", "t", "b"],
        ["é", 12.0, ("p", 0.887), dt.date(2026, 2, 9), when, ("t", "PT31H05M00S"), True],
        ["x", 87.102, ("p", 1), None, None, ("t", "P1DT00H00M01.5S"), False],
    ]
    got = read(ods(rows), format="ods")
    assert list(got.records("text", "n", "p", "d", "dt", "t", "b")) == [
        ("é", "12", "0.887", "2026-02-09 00:00:00", "2026-02-09 07:57:14", "111900", "TRUE"),
        ("x", "87.102", "1", None, None, "86401.5", "FALSE"),
    ]
    kinds = [got.rows[0][f"__kind:{name}"] for name in ("text", "n", "p", "d", "dt", "t", "b")]
    assert kinds == [None, "n", "p", "d", "d", "t", "b"]


def test_ods_blocks_of_empty_rows_keep_row_numbers_true(read):
    got = read(ods([["Title"], 7, ["a", "b"], ["1", 2], 11, ["3", 4], 1_048_000]), format="ods", header_rows=[9])
    assert got.records("__row", "a", "b") == [(10, "1", "2"), (22, "3", "4")]


def test_ods_merged_cells(read):
    rows = [
        [None, ("m", "Volumes", 2, 1), "covered"],
        ["Date", "in", "out"],
        [("m", "Monday", 1, 2), 1, 2],
        ["covered", 3, 4],
    ]
    got = read(ods(rows), format="ods", header_rows=[1, 2])
    assert got.headers == ["Date", "Volumes / in", "Volumes / out"]
    assert got.records("Date", "Volumes / out") == [("Monday", "2"), ("Monday", "4")]


def test_ods_hidden_sheets(read):
    assert read(ods([["a"], ["1"]], hidden=True), format="ods").records("__sheet", "a") == [("Feuille é", "1")]


def test_ods_repeated_cells_and_rows(read):
    document = OpenDocumentSpreadsheet()
    table = Table(name="S")
    for values, repeated in ((["a", "b", "c"], 1), (["x", "x", "x"], 3)):
        row = TableRow(numberrowsrepeated=repeated)
        if repeated == 1:
            for value in values:
                row.addElement(_ods_cell(value))
        else:
            cell = TableCell(valuetype="string", numbercolumnsrepeated=3)
            cell.addElement(P(text="x"))
            row.addElement(cell)
            row.addElement(TableCell(numbercolumnsrepeated=16_000))
        table.addElement(row)
    document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.write(out)
    got = read(out.getvalue(), format="ods")
    assert got.records("__row", "a", "b", "c") == [(row, "x", "x", "x") for row in (2, 3, 4)]


@pytest.mark.parametrize("which", ["rows", "columns"])
def test_ods_repetition_bombs(read, which):
    document = OpenDocumentSpreadsheet()
    table = Table(name="S")
    row = TableRow(numberrowsrepeated=1_000_000 if which == "rows" else 1)
    cell = TableCell(valuetype="string", numbercolumnsrepeated=16_384 if which == "columns" else 1)
    cell.addElement(P(text="x"))
    row.addElement(cell)
    table.addElement(row)
    document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.write(out)
    with pytest.raises(DeliveryRefused, match="far larger than a report"):
        read(out.getvalue(), format="ods")


# The child process


def test_a_workbook_that_takes_too_long(read):
    book = Workbook(write_only=True)
    sheet = book.create_sheet("S")
    for row in range(20_000):
        sheet.append([row] * 20)
    with pytest.raises(DeliveryRefused, match="took longer than 1 s and was stopped"):
        read(saved(book), format="xlsx", limits=Limits(child_seconds=1))


def test_a_workbook_that_takes_too_much_memory(read):
    rows = [[os.urandom(500).hex() for _ in range(40)] for _ in range(500)]  # 20 MB of text
    with pytest.raises(DeliveryRefused, match="takes more than 64 MB of memory"):
        read(ods(rows), format="ods", limits=Limits(child_memory_bytes=64_000_000))


def test_a_workbook_with_too_many_cells(read):
    book = Workbook()
    for _ in range(20):
        book.active.append([1] * 10)
    with pytest.raises(DeliveryRefused, match="more than 100 cells"):
        read(saved(book), format="xlsx", limits=Limits(workbook_cells=100))


def test_the_child_knows_no_secret_of_its_parent(monkeypatch):
    monkeypatch.setenv("SIGHTLINE_SECRET", "hidden")
    process = workbook_process.ParserProcess()
    try:
        told = Path(f"/proc/{process._process.pid}/environ")
        for _ in range(200):  # until the new program has taken the place of this one's copy
            seen = told.read_bytes() if told.exists() else b"PYTHONPATH"
            if b"PYTHONPATH" in seen:
                break
            time.sleep(0.01)
        assert b"SIGHTLINE_SECRET" not in seen
        assert b"PYTHONPATH" in seen
    finally:
        process.end()


def test_one_process_serves_many_workbooks_and_a_child_each(read):
    read(saved(weekly_report()), format="xlsx", header_rows=[4, 5])
    first = workbook_process._running[0]
    with pytest.raises(DeliveryRefused):
        read(saved(weekly_report()), format="xlsx", limits=Limits(child_output_bytes=1))
    read(saved(weekly_report()), format="xlsx", header_rows=[4, 5])
    assert workbook_process._running[0] is first
    assert first.alive


def test_a_lost_process_is_followed_by_another(read):
    read(saved(weekly_report()), format="xlsx", header_rows=[4, 5])
    workbook_process._running[0].end()
    assert read(saved(weekly_report()), format="xlsx", header_rows=[4, 5]).records_read
