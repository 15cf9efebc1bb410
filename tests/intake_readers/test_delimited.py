"""Delimited text: every record accounted for, none shifted, none lost."""

from __future__ import annotations

import re

import pytest

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import Limits

# Blocks far smaller than a record show that nothing depends on where a block ends.
BLOCKS = pytest.mark.parametrize("block", [1, 7, 16_000_000])


def limits(block: int, record: int = 32_000_000) -> Limits:
    return Limits(block_bytes=block, record_bytes=record)


@BLOCKS
def test_plain_file(read, block):
    got = read("a,b,c\n1,2,3\n4,,6\n", limits=limits(block))
    assert got.headers == ["a", "b", "c"]
    assert got.records("__row", "a", "b", "c") == [(2, "1", "2", "3"), (3, "4", None, "6")]
    assert got.records_read == 2
    assert got.rejects == []


@BLOCKS
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(read, block, end):
    got = read(f"a,b{end}1,2{end}3,4{end}", limits=limits(block))
    assert got.records("__row", "a", "b") == [(2, "1", "2"), (3, "3", "4")]


def test_no_line_end_after_the_last_record(read):
    assert read("a,b\n1,2\n3,4").records("a", "b") == [("1", "2"), ("3", "4")]


@BLOCKS
def test_ragged_records_are_rejects_in_their_place(read, block):
    got = read("a,b,c\n1,2,3\n4,5\n6,7,8,9\nfoot\n1,2,3\n", limits=limits(block))
    assert got.records("__row", "a", "b", "c") == [(2, "1", "2", "3"), (6, "1", "2", "3")]
    assert got.rejects == [
        (3, "4,5", "the record has 2 cells where the header has 3"),
        (4, "6,7,8,9", "the record has 4 cells where the header has 3"),
        (5, "foot", "the record has 1 cell where the header has 3"),
    ]
    assert got.column("__row") == [2, 3, 4, 5, 6]
    assert got.records_read == 5


def test_long_and_short_records_that_cancel_out_are_still_found(read):
    # Polars, asked for two of the columns, gives four good-looking rows here; and the delimiters add up.
    got = read("a,b,c\n1,2,3,x\n4,5\n7,8,9\n1,2,3\n", ["a", "b"])
    assert [row for row, _, _ in got.rejects] == [2, 3]
    assert got.records("a", "b") == [("7", "8"), ("1", "2")]


@BLOCKS
def test_quotes(read, block):
    got = read('a,b,c\n"x, y","say ""hi""",""\n"two\nlines",2,"3"\n4,5,6\n', limits=limits(block))
    assert got.records("__row", "a", "b", "c") == [
        (2, "x, y", 'say "hi"', None),
        (3, "two\nlines", "2", "3"),
        (5, "4", "5", "6"),  # the physical line, after a record of two
    ]


@BLOCKS
def test_quotes_inside_unquoted_text_are_text(read, block):
    got = read('a,b\n5" pipe,1\n3" and 4" pipe,2\nx,"y"\n', limits=limits(block))
    assert got.records("a", "b") == [('5" pipe', "1"), ('3" and 4" pipe', "2"), ("x", "y")]


@BLOCKS
def test_a_stray_quote_costs_its_own_line_only(read, block):
    got = read('a,b\n1,"x\n2,y\n3,"z"\n4,w\n', limits=limits(block))
    assert [row for row, _, _ in got.rejects] == [2]
    assert got.records("__row", "a", "b") == [(3, "2", "y"), (4, "3", "z"), (5, "4", "w")]


def test_text_after_a_closing_quote_is_a_reject(read):
    got = read('a,b\n"x"y,1\n2,3\n')
    assert got.records("a", "b") == [("2", "3")]
    ((row, raw, reason),) = got.rejects
    assert (row, raw) == (2, '"x"y,1')
    assert "quoting" in reason


@BLOCKS
@pytest.mark.parametrize("content", ['a,b\n1,"x\n2,y\n3,z\n', 'a,b\n1,2\n3,"cut'])
def test_a_quote_that_never_closes_refuses_the_file(read, block, content):
    with pytest.raises(DeliveryRefused, match=r"quote opened in the record on line [23] is not closed") as refused:
        read(content, limits=limits(block))
    assert refused.value.kind == "truncated_export"


def test_an_open_quote_does_not_fill_the_memory(read):
    content = 'a,b\n1,"' + "x" * 5_000
    with pytest.raises(DeliveryRefused, match="not closed"):
        read(content, limits=limits(100, record=1_000))


def test_quotes_can_be_ordinary_text(read):
    got = read('a,b\n"1,2\n3,"4\n', quote=None)
    assert got.records("a", "b") == [('"1', "2"), ("3", '"4')]


@pytest.mark.parametrize("declared", [";", "|", "\t", "tab", "~", "§", "||"])
def test_delimiters(read, declared):
    delimiter = {"tab": "\t"}.get(declared, declared)
    content = f'a{delimiter}b\n1{delimiter}"x{delimiter}y"\n3\n'
    got = read(content, delimiter=declared)
    assert got.records("a", "b") == [("1", f"x{delimiter}y")]
    assert got.rejects == [(3, "3", "the record has 1 cell where the header has 2")]


@BLOCKS
def test_comments_and_blank_lines_are_no_records(read, block):
    got = read("# made today\na,b\n\n1,2\n#,x\n   \n3,4\n\n", comment="#", limits=limits(block))
    assert got.records("__row", "a", "b") == [(4, "1", "2"), (7, "3", "4")]
    assert got.records_read == 2
    assert sorted(got.notes) == ["1 comment lines skipped", "3 blank lines skipped"]


def test_blank_lines_in_a_file_of_one_column(read):
    assert read("a\n1\n\n2\n").records("__row", "a") == [(2, "1"), (4, "2")]


# Headers


def test_duplicate_headers_stay_apart(read):
    got = read("CSQ,%,Handled,%,%\nx,1,2,3,4\n")
    assert got.headers == ["CSQ", "%", "Handled", "% [2]", "% [3]"]
    assert got.records("%", "% [2]", "% [3]") == [("1", "3", "4")]


def test_a_header_that_looks_numbered_already(read):
    assert read("%,% [2],%\n1,2,3\n").records("%", "% [2]", "% [3]") == [("1", "2", "3")]


def test_header_bands_are_joined(read):
    got = read(";Volumes;Volumes;Qualité\nDate;Reçus;Traités;%\nd;1;2;3\n", delimiter=";", header_rows=[1, 2])
    assert got.headers == ["Date", "Volumes / Reçus", "Volumes / Traités", "Qualité / %"]


def test_title_rows_above_the_header(read):
    got = read("Report\n\nPeriod: week 43\na,b\n1,2\n", header_rows=[4])
    assert got.records("__row", "a", "b") == [(5, "1", "2")]


def test_rows_under_the_header_are_kept_for_their_zone(read):
    content = 'StartDate,Q1\nStart Date,How?\n"{""ImportId"":""startDate"",""timeZone"":""Z""}",x\n1,2\n'
    got = read(content, drop_rows_after_header=2)
    assert got.headers == ["StartDate", "Q1"]
    assert got.header_cells[2][0] == '{"ImportId":"startDate","timeZone":"Z"}'
    assert got.records("__row", "StartDate") == [(4, "1")]


@BLOCKS
def test_header_rows_repeated_by_joining_files(read, block):
    top = '"a","b"\nText a,Text b\n'
    got = read(f"{top}1,2\n{top}3,4\n\ufeff{top}5,6\n", drop_rows_after_header=1, limits=limits(block))
    assert got.records("__row", "a", "b") == [(3, "1", "2"), (6, "3", "4"), (9, "5", "6")]
    assert got.notes == ["4 repeated header rows (files joined by the sender) skipped"]
    assert got.records_read == 3


def test_header_cells_spanning_lines(read):
    got = read('id,"How\nwas it?"\n1,2\n')
    assert got.headers == ["id", "How was it?"]
    assert got.records("__row", "How was it?") == [(3, "2")]


def test_invisible_differences_in_headers_do_not_matter(read):
    got = read("Appels\u00a0reçus ,b\n1,2\n", ["Appels reçus"])
    assert got.records("Appels reçus") == [("1",)]


def test_wanted_headers_that_the_file_lacks_are_left_out(read):
    got = read("a,b\n1,2\n", ["b", "nope"])
    assert got.rows == [{"__row": 2, "b": "2"}]


def test_none_of_the_headers_wanted(read):
    got = read("a,b\n1,2\n3\n", [])
    assert got.records_read == 2
    assert len(got.rejects) == 1


def test_a_file_without_header(read):
    got = read("1|2\n3|4\n", delimiter="|", header_rows=[], names=["x", "y"])
    assert got.records("__row", "x", "y") == [(1, "1", "2"), (2, "3", "4")]


def test_names_that_do_not_fit(read):
    with pytest.raises(
        DeliveryRefused, match=r"line 1 has 3 cells, but the mapping names 2 columns \(delimiter “\|”\)"
    ):
        read("1|2|3\n", delimiter="|", header_rows=[], names=["x", "y"])


def test_the_anchor_must_be_there(read):
    with pytest.raises(DeliveryRefused, match=r"should contain “Calls”. Its columns are “a”, “b”") as refused:
        read("a,b\n1,2\n", header_anchor=["a", "Calls"])
    assert refused.value.kind == "unexpected_columns"


def test_a_header_cut_at_the_wrong_character_says_so(read):
    with pytest.raises(DeliveryRefused, match=r"one column: it holds a semicolon 2 times\. Is `delimiter` right\?$"):
        read("Calls;a;b\n1;2;3\n", header_anchor=["Calls", "a"])


def test_the_anchor_may_be_a_band(read):
    assert read("Volumes,\na,b\n1,2\n", header_rows=[1, 2], header_anchor=["Volumes"]).records_read == 1


@pytest.mark.parametrize("content", ["", "\n", "\ufeff"])
def test_empty_files(read, content):
    with pytest.raises(DeliveryRefused, match=r"blank|empty"):
        read(content)


def test_a_header_and_nothing_else_is_an_empty_delivery(read):
    got = read("a,b\n")
    assert (got.headers, got.rows, got.records_read) == (["a", "b"], [], 0)


def test_the_file_ends_before_its_header(read):
    with pytest.raises(DeliveryRefused, match="ends after row 2; the header was expected in row 9"):
        read("title\nmore\n", header_rows=[9])


# Files cut in transfer


def test_a_last_record_that_breaks_off(read):
    with pytest.raises(DeliveryRefused, match="breaks off on line 3, after 2 of 3 cells") as refused:
        read("a,b,c\n1,2,3\n4,5")
    assert refused.value.kind == "truncated_export"


@pytest.mark.parametrize("foot", ["Total: 1", "3 rows exported"])
def test_a_footnote_without_line_end_is_a_reject_only(read, foot):
    got = read(f"a,b,c\n1,2,3\n{foot}")
    assert got.records("a") == [("1",)]
    assert [raw for _, raw, _ in got.rejects] == [foot]


def test_a_short_last_record_with_line_end_is_a_reject_only(read):
    assert len(read("a,b,c\n1,2,3\n4,5\n").rejects) == 1


# Odd sizes


def test_a_record_of_three_megabytes(read):
    long = "x" * 3_000_000
    got = read(f'a,b\n1,{long}\n"2","{long}"\n3,y\n', limits=limits(100_000))
    assert [len(value) for value in got.column("b")] == [3_000_000, 3_000_000, 1]


def test_long_raw_text_is_shortened_in_rejects(read):
    ((_, raw, _),) = read("a,b\n" + "x" * 10_000 + "\n").rejects
    assert len(raw) == 500
    assert raw.endswith("…")


def test_many_columns(read):
    names = [f"c{index}" for index in range(2_000)]
    got = read(",".join(names) + "\n" + ",".join("1" * 2_000) + "\n", ["c0", "c1999"])
    assert got.records("c0", "c1999") == [("1", "1")]


def test_frames_are_gathered(tmp_path):
    from pipelines.intake.readers import open_source
    from pipelines.workspace.feeds import Source

    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "1,2\n" * 1_000)
    with open_source(path, Source(format="csv", files=["*"]), ["a"], Limits(block_bytes=100, batch_rows=300)) as table:
        heights = [frame.height for frame in table.batches]
    assert sum(heights) == 1_000
    assert all(height >= 300 for height in heights[:-1])


def test_line_of_is_the_row(tmp_path):
    from pipelines.intake.readers import open_source
    from pipelines.workspace.feeds import Source

    path = tmp_path / "x.csv"
    path.write_text('a,b\n"1\n1",2\n3,4\n')
    with open_source(path, Source(format="csv", files=["*"]), ["a"]) as table:
        (frame,) = table.batches
        assert [table.line_of(row) for row in frame["__row"]] == [2, 4]


def test_messages_say_what_where_and_what_to_do(read):
    with pytest.raises(DeliveryRefused) as refused:
        read("a,b\n1,2\n", header_anchor=["Calls"], name="week 43.csv")
    assert re.match(r"week 43\.csv: the header should contain .* Its columns are .*\?$", refused.value.message)
