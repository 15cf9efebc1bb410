"""Columns that are periods become rows; blank cells take what stands above them."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import Limits

UNPIVOT = {"columns": r"^\d{4}-\d{2}$", "names_to": "month", "values_to": "value"}


@pytest.mark.parametrize("block", [1, 1_000])
def test_a_month_per_column(read, block):
    got = read(
        "who,2017-01,2017-02,note\na,1,,x\nshort\nb,3,4,y\n",
        ["who", "month", "value"],
        unpivot=UNPIVOT,
        limits=Limits(block_bytes=block),
    )
    assert got.headers == ["who", "2017-01", "2017-02", "note", "month", "value"]
    assert got.records("__row", "who", "month", "value", "__cell") == [
        (2, "a", "2017-01", "1", "2017-01"),
        (2, "a", "2017-02", None, "2017-02"),
        (4, "b", "2017-01", "3", "2017-01"),
        (4, "b", "2017-02", "4", "2017-02"),
    ]
    assert [row for row, _, _ in got.rejects] == [3]  # once, not per month
    assert got.column("__row") == [2, 2, 3, 4, 4]
    assert "2017-01" not in got.rows[0]
    assert got.records_read == 3


def test_in_a_workbook_cells_keep_kind_and_address(read):
    book = Workbook()
    book.active.title = "S1"
    book.active.append(["who", *(f"2017-{month:02}" for month in range(1, 13)), *["x"] * 14, "2018-01"])
    book.active.append(["a", 0.5, "n/c"])
    book.active["B2"].number_format = "0%"
    out = io.BytesIO()
    book.save(out)
    got = read(out.getvalue(), ["who", "month", "value"], format="xlsx", unpivot=UNPIVOT)
    assert got.records("month", "value", "__kind:value", "__cell")[:3] == [
        ("2017-01", "0.5", "p", "S1!B2"),
        ("2017-02", "n/c", None, "S1!C2"),
        ("2017-03", None, None, "S1!D2"),
    ]
    assert got.column("__cell")[-1] == "S1!AB2"


def test_no_column_to_unpivot(read):
    with pytest.raises(DeliveryRefused, match=r"no header matches .* Its columns are “who”, “jan”") as refused:
        read("who,jan\na,1\n", ["who"], unpivot=UNPIVOT)
    assert refused.value.kind == "unexpected_columns"


@pytest.mark.parametrize("block", [1, 4, 1_000])
def test_fill_down_goes_on_from_block_to_block(read, block):
    got = read("d,q\n1,a\n,b\nbad\n,c\n2,d\n,e\n", fill_down=["d"], limits=Limits(block_bytes=block, batch_rows=1))
    assert got.records("__row", "d", "q") == [(2, "1", "a"), (3, "1", "b"), (5, "1", "c"), (6, "2", "d"), (7, "2", "e")]
    assert [row["d"] for row in got.rows if row.get("__reject")] == [None]


def test_fill_down_has_nothing_to_take_at_the_top(read):
    assert read("d,q\n,a\n1,b\n", fill_down=["d"]).column("d") == [None, "1"]


def test_fill_down_stops_at_the_end_of_a_sheet(read):
    book = Workbook()
    book.remove(book.active)
    for name, first in (("S1", "x"), ("S2", None)):
        sheet = book.create_sheet(name)
        for row in (["d", "q"], [first, "a"], [None, "b"]):
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    got = read(out.getvalue(), format="xlsx", sheet="S", fill_down=["d"])
    assert got.records("__sheet", "d") == [("S1", "x"), ("S1", "x"), ("S2", None), ("S2", None)]


def test_fill_down_of_a_column_that_is_not_there(read):
    with pytest.raises(DeliveryRefused, match="`fill_down` names “nope”"):
        read("d,q\n1,a\n", fill_down=["nope"])
