"""What leaves for a spreadsheet runs nothing, and its numbers are the numbers."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipelines.spreadsheets import csv_bytes, xlsx_bytes
from pipelines.wording.escape import safe_cell

OWN = [
    '=DDE("cmd";"/C calc";"!A0")A0', "=1+1", "+33 6 39 98 12 34", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1",
    " =1", "http://example.org", "mailto:a@example.org", "internal:Sheet1!A1", "a" * 40_000, "\x00\x07 control",
]  # fmt: skip


def _payloads(shared: Path) -> list[str]:
    """The six payloads, and every naughty string that starts like a formula."""
    lines = (shared / "corpora" / "csv-injection" / "csv-payload.txt").read_text(encoding="utf-8").splitlines()
    naughty = json.loads((shared / "corpora" / "blns" / "blns.json").read_text(encoding="utf-8"))
    return [*filter(None, lines), *(text for text in naughty if text[:1] in tuple("=+-@\t\r")), *OWN]


def _cells(content: bytes) -> list[list[Any]]:
    """Cells of the first sheet as ``openpyxl`` reads them; formulas would come as such."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(row) for row in book.worksheets[0].iter_rows()]


def _runs(text: str) -> bool:
    return str(safe_cell(text)) != text


def test_no_payload_runs_in_a_workbook(shared: Path) -> None:
    payloads = _payloads(shared)
    content = xlsx_bytes({"=cmd|x": pl.DataFrame({"=head": payloads, "n": range(len(payloads))})}, notes=payloads)
    rows = _cells(content)
    assert len(rows) == len(payloads) + 1
    for cell, number in rows[1:]:
        assert cell.data_type != "f"
        assert cell.hyperlink is None
        assert not _runs(str(cell.value or ""))
        assert number.data_type == "n"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith((".xml", ".rels")))
    assert "<f>" not in text
    assert "<hyperlink " not in text


def test_no_payload_runs_in_a_csv(shared: Path) -> None:
    payloads = _payloads(shared)
    text = csv_bytes(pl.DataFrame({"p": payloads})).decode("utf-8-sig")
    cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]
    assert len(cells) == len(payloads)
    assert not [cell for cell in cells if _runs(cell)]
    assert [cell.removeprefix("'") for cell in cells] == [payload.removeprefix("'") for payload in payloads]


def test_every_number_is_unchanged_and_unknown_stays_empty() -> None:
    frame = pl.DataFrame(
        {
            "whole": [1, -7, None, 2**53],
            "share": [0.1, -1e-9, None, 123456789.125],
            "money": [Decimal("12.3400"), Decimal("-0.0001"), None, Decimal("999999999.99")],
            "day": [date(2026, 11, 15), None, date(2024, 2, 29), date(1999, 12, 31)],
            "at": [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None, None, None],
            "yes": [True, False, None, True],
            "text": ["-4", "+3.5", None, "007"],
        },
        schema_overrides={"at": pl.Datetime("us", "UTC"), "money": pl.Decimal(18, 4)},
    )
    rows = [[cell.value for cell in row] for row in _cells(xlsx_bytes({"a": frame}))]
    assert rows[0] == frame.columns
    for place, name in enumerate(("whole", "share", "yes", "text")):
        column = rows[0].index(name)
        assert [row[column] for row in rows[1:]] == frame[name].to_list(), place
    money = [row[2] for row in rows[1:]]
    assert [None if value is None else Decimal(str(value)) for value in money] == frame["money"].to_list()
    assert [row[3].date() if row[3] else None for row in rows[1:]] == frame["day"].to_list()
    assert rows[1][4] == datetime(2026, 10, 25, 0, 30)


def test_what_a_workbook_has_no_number_for_is_text_or_empty() -> None:
    frame = pl.DataFrame({"n": [2**60], "x": [float("inf")], "list": [["=a", "b"]]})
    (row,) = _cells(xlsx_bytes({"a": frame}))[1:]
    assert row[0].value == str(2**60)
    assert row[1].value == "inf"
    assert row[2].value == "'=a; b"


@pytest.mark.parametrize("names", [["a/b", "a b", "A:B"], ["'x'", ""], ["y" * 60, "y" * 50], ["History"]])
def test_sheets_get_names_that_a_workbook_takes(names: list[str]) -> None:
    content = xlsx_bytes(dict.fromkeys(names, pl.DataFrame({"n": [1]})))
    found = openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    assert len(set(found)) == len(names)
    assert all(0 < len(name) <= 31 for name in found)


def test_an_empty_frame_has_its_heading() -> None:
    assert [cell.value for cell in _cells(xlsx_bytes({"a": pl.DataFrame(schema={"n": pl.Int64})}))[0]] == ["n"]
