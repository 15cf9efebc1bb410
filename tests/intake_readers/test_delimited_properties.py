"""Delimited text against Python's own parser, on files that Hypothesis makes up."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import Limits, open_source, parsing
from pipelines.workspace.feeds import Source

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)
ODD_CELL = st.text(st.sampled_from('ab ,"\n;é'), max_size=6)


def read(content: bytes, wanted: list[str], block: int, **options):
    """Usable records by line, rejected lines, and the number of records."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made-up.csv"
        path.write_bytes(content)
        source = Source.model_validate({"format": "csv", "files": "*", **options})
        with open_source(path, source, wanted, Limits(block_bytes=block, record_bytes=100_000)) as table:
            rows = [row for frame in table.batches for row in frame.rows(named=True)]
            return rows, table.records_read


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.lists(CELL | ODD_CELL, min_size=3, max_size=3), max_size=12),
    block=st.integers(1, 200),
    every_cell=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_writes_is_read_back(rows, block, every_cell, line_end):
    quoting = csv.QUOTE_ALL if every_cell else csv.QUOTE_MINIMAL
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=line_end)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    got, count = read(out.getvalue().encode(), ["a", "b", "c"], block)
    expected = [tuple(cell or None for cell in row) for row in rows]
    # A row of header texts is taken for a header row that joining files has repeated.
    expected = [row for row in expected if row != ("a", "b", "c")]
    assert [(row["a"], row["b"], row["c"]) for row in got] == expected
    assert count == len(expected)


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(st.text(st.sampled_from("ab,"), max_size=8), max_size=15),
    block=st.integers(1, 60),
    wanted=st.sampled_from([["a"], ["b"], ["c"], ["a", "c"], []]),
)
def test_every_line_is_a_record_a_reject_or_blank(lines, block, wanted):
    content = "a,b,c\n" + "".join(f"{line}\n" for line in lines)
    got, count = read(content.encode(), wanted, block)
    held = {row["__row"]: row for row in got}
    assert len(held) == len(got) == count
    for number, line in enumerate(lines, start=2):
        if line in ("", "a,b,c"):
            assert number not in held
            continue
        cells = line.split(",")
        assert (held[number].get("__reject") is None) == (len(cells) == 3)
        if len(cells) == 3:
            assert all(held[number][name] == (cells["abc".index(name)] or None) for name in wanted)
        else:
            assert held[number]["__raw"] == line


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(st.sampled_from('ab,"\n\r'), max_size=60),
    first=st.integers(1, 40),
    second=st.integers(1, 40),
    piece=st.integers(1, 40),
)
def test_where_blocks_end_changes_nothing(text, first, second, piece):
    """Any text at all: refused, or read to the same records, whatever the size of the blocks and their pieces."""

    def outcome(block: int, piece: int = 1_000):
        with mock.patch.object(parsing, "_PIECE", piece):
            return outcome_of(block)

    def outcome_of(block: int):
        try:
            return read(b"a,b\n" + text.encode(), ["a", "b"], block)
        except DeliveryRefused as refused:
            return refused.kind

    def comparable(result):
        if isinstance(result, str):
            return result
        rows, count = result
        return [{key: value for key, value in row.items() if value is not None} for row in rows], count

    assert comparable(outcome(first)) == comparable(outcome(second, piece))
    assert comparable(outcome(first)) == comparable(outcome(10_000, piece)) == comparable(outcome(10_000))
