"""The contacts behind a cell: all of them, exactly; what became of each; where each came from; who came again where."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.answers.contacts import COLUMNS, ORDERS, Cell, account, contacts, journey, one_contact
from pipelines.answers.intervals import interval_cells
from pipelines.spreadsheets import csv_bytes, xlsx_bytes
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace, load_workspace

WEEK, DAY = date(2026, 9, 7), date(2026, 9, 8)
CELL = Cell("casablanca", DAY, DAY)


@pytest.fixture(scope="module")
def company(example: Path) -> Workspace:
    return load_workspace(example)


@pytest.fixture(scope="module")
def reader(company: Workspace) -> Iterator[Reader]:
    with Reader.open(company.state) as opened:
        yield opened


def test_the_rows_of_every_cell_are_those_that_the_heatmap_counts(company: Workspace, reader: Reader) -> None:
    cells = interval_cells(company, reader, DAY, DAY, ["casablanca"], queues=["commande_fr"])
    for row in cells.filter(pl.col("offered") > 0).head(6).iter_rows(named=True):
        minute = row["local_minute"]
        cell = Cell("casablanca", DAY, DAY, ("commande_fr",), None, minute, minute + 29)
        found = contacts(company, reader, cell)
        assert found.total == found.rows.height == row["offered"]
        assert found.rows["in_time"].sum() == row["service_level_n"]
        told = account(reader, cell)
        assert told.total == told.outcomes["contacts"].sum() == told.files["contacts"].sum() == found.total


def test_a_week_adds_up_by_outcome_and_by_file(company: Workspace, reader: Reader) -> None:
    cell = Cell("casablanca", WEEK, WEEK + timedelta(days=6))
    told, found = account(reader, cell), contacts(company, reader, cell)
    assert told.total == found.total == 558
    assert told.files.height == 7
    by_outcome = dict(found.rows.group_by("outcome").len().iter_rows())
    assert dict(told.outcomes.iter_rows()) == by_outcome


def test_each_row_leads_to_its_line_of_its_file(company: Workspace, reader: Reader, example: Path) -> None:
    rows = contacts(company, reader, CELL).rows
    path = example / "inbox" / "casablanca" / rows["file_name"][0]
    lines = gzip.decompress(path.read_bytes()).decode("utf-8-sig").splitlines()
    for row in rows.head(10).iter_rows(named=True):
        assert row["leg_id"] in lines[row["source_row"] - 1]


@pytest.mark.parametrize("order", ORDERS)
def test_what_matters_most_comes_first(company: Workspace, reader: Reader, order: str) -> None:
    cell = Cell("casablanca", WEEK, WEEK + timedelta(days=6))
    rows = contacts(company, reader, cell, order).rows  # type: ignore[arg-type]
    keys = {
        "wait": pl.col("wait_s"), "abandoned": pl.col("outcome").str.starts_with("abandoned"),
        "repeat": pl.col("repeat") == "again", "handle": pl.col("handle_s"),
        "survey": -pl.col("csat") / pl.col("csat_of"),
        "refund": pl.col("refund"), "time": -pl.col("queued_at").dt.epoch(),
    }  # fmt: skip
    key = rows.select(key=keys[order])["key"].cast(pl.Float64)
    known = key.drop_nulls().to_list()
    assert known == sorted(known, reverse=True)
    assert key.head(len(known)).null_count() == 0
    few = contacts(company, reader, cell, order, most=5)  # type: ignore[arg-type]
    assert few.total == rows.height
    assert few.rows["leg_id"].to_list() == rows["leg_id"].head(5).to_list()


def test_an_unknown_order_is_refused(company: Workspace, reader: Reader) -> None:
    with pytest.raises(ValueError, match="no such order"):
        contacts(company, reader, CELL, "1; drop table contacts")  # type: ignore[arg-type]


@pytest.mark.parametrize("hostile", ["'; DROP TABLE contacts; --", "' OR 1=1 --", "%", "\x00"])
def test_hostile_values_find_nothing(company: Workspace, reader: Reader, hostile: str) -> None:
    for cell in (
        Cell(hostile, DAY, DAY),
        Cell("casablanca", DAY, DAY, (hostile,)),
        Cell("tana", DAY, DAY, None, hostile),
    ):
        assert contacts(company, reader, cell).total == account(reader, cell).total == 0
    assert one_contact(company, reader, CELL, hostile) is None


def test_repeats_are_counted_as_the_measure_counts_them(company: Workspace, reader: Reader) -> None:
    """First answered contacts of known customers: those that came again are the repeat measure's."""
    cell = Cell("poitiers", WEEK, WEEK + timedelta(days=6))
    rows = contacts(company, reader, cell).rows.filter(pl.col("outcome") == "answered")
    counts = reader.frame("week_counts", first_day=WEEK, last_day=WEEK + timedelta(days=6))
    own = counts.filter(pl.col("vendor_code") == "poitiers")
    closed = rows.filter(pl.col("repeat").is_in(["again", "none"]))
    assert closed.height == pytest.approx(own["repeat_eligible"].sum(), abs=3)
    assert (closed["repeat"] == "again").sum() == pytest.approx(own["repeated"].sum(), abs=3)
    assert rows.filter(pl.col("repeat") == "unknown").height == own["repeat_unknown"].sum()


def test_the_last_days_repeats_are_not_known_yet(company: Workspace, reader: Reader) -> None:
    rows = contacts(company, reader, Cell("poitiers", date(2026, 11, 13), date(2026, 11, 14))).rows
    assert set(rows["repeat"]) <= {"again", "open", "unknown"}
    assert (rows["repeat"] == "open").any()


def test_a_journey_crosses_vendors_and_agrees_with_the_repeat(company: Workspace, reader: Reader) -> None:
    rows = contacts(company, reader, Cell("casablanca", WEEK, WEEK + timedelta(days=6)), "repeat").rows
    again = rows.filter(pl.col("repeat") == "again")
    assert again.height > 5
    vendors = set()
    for row in again.head(25).iter_rows(named=True):
        found = one_contact(company, reader, Cell("casablanca", WEEK, WEEK + timedelta(days=6)), row["leg_id"])
        assert found is not None
        assert row["again_at"] in found.journey["queued_at"].to_list()
        assert found.journey["queued_at"].is_sorted()
        assert found.versions.height >= 1
        assert found.versions["known_to"].null_count() == 1
        vendors |= set(found.journey["vendor_code"])
    assert len(vendors) > 1
    assert journey(company, reader, None).is_empty()


def test_a_restated_contact_shows_both_versions_and_where_each_came_from(company: Workspace, reader: Reader) -> None:
    """Lille's system writes a contact twice where something is put right later: here, whether it was resolved."""
    day = date(2026, 5, 26)
    found = one_contact(company, reader, Cell("lille", day, day), "a7e10000-0000-4000-8000-000000129186")
    assert found is not None
    assert found.row["resolved"] is False
    assert found.versions.height == 2
    first, second = found.versions.to_dicts()
    assert first["known_to"] == second["known_from"]
    assert second["known_to"] is None
    assert (first["delivery_no"], first["source_row"]) != (second["delivery_no"], second["source_row"])


def test_downloads_hold_every_number_unchanged(company: Workspace, reader: Reader) -> None:
    rows = contacts(company, reader, CELL, "refund").rows
    assert rows.columns == list(COLUMNS)
    text = csv_bytes(rows).decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes({"contacts": rows}))).worksheets[0]
    cells = [[cell.value for cell in row] for row in book.iter_rows()]
    assert len(read) == len(cells) - 1 == rows.height
    for name in ("wait_s", "handle_s", "refund", "source_row", "csat"):
        wanted = [None if value is None else float(value) for value in rows[name]]
        assert [float(row[name]) if row[name] else None for row in read] == wanted
        column = cells[0].index(name)
        assert [None if row[column] is None else float(row[column]) for row in cells[1:]] == wanted
    assert "customer_id" not in rows.columns
