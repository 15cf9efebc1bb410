"""Several sheets of one workbook: those that hold nothing but a remark, and those that lack their header."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from pipelines.intake.errors import DeliveryRefused


def weeks(*remarks: str, records: bool = True) -> bytes:
    """A sheet S07 with header and records, and sheets with one remark each."""
    book = Workbook()
    sheet = book.active
    sheet.title = "S07"
    sheet.append(["Weekly report"])
    sheet.append([])
    if records:
        sheet.append(["Date", "Offered"])
        sheet.append(["2026-02-09", 100])
    for name in remarks:
        book.create_sheet(name, 0)["A1"] = "as last week"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_sheet_with_a_remark_only_is_left_out_and_noted(read):
    got = read(weeks("S06", "S05"), format="xlsx", sheet=r"S\d{2}", header_rows=[3])
    assert got.column("__sheet") == ["S07"]
    assert sorted(note for note in got.notes if "left out" in note) == [
        "sheet “S05” holds neither header nor records; left out",
        "sheet “S06” holds neither header nor records; left out",
    ]


def test_a_workbook_of_remarks_only_is_refused(read):
    with pytest.raises(DeliveryRefused, match="row 3 should hold the header, but it is blank"):
        read(weeks("S06", records=False), format="xlsx", sheet=r"S\d{2}", header_rows=[3])
