"""Durations in every form that reports print."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.intake.mapping.cells import Cells, parse
from pipelines.intake.mapping.durations import DurationParser


def read(parser, *texts, kind=None):
    kinds = pl.Series([kind] * len(texts), dtype=pl.String) if kind else None
    parsed = parse(Cells(pl.Series(texts, dtype=pl.String), kinds), parser)
    return parsed.values.to_list(), parsed.faults["reason"].to_list()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:05:12", 312),
        ("1:02:03", 3723),
        ("31:05:00", 111900),
        ("00:00:44.5", 44.5),
        ("52 s", 52),
        ("52s", 52),
        ("52 sec.", 52),
        ("5 min 12", 312),
        ("5min12s", 312),
        ("5 min", 300),
        ("5'12\"", 312),
        ("1h02", 3720),
        ("1 h 02 min 03 s", 3723),
        ("5,2 min", 312),
        ("1,5 h", 5400),
        ("250 ms", 0.25),
        ("PT5M12S", 312),
        ("1 day, 7:05:00", 111900),
        ("1 j 07:05:00", 111900),
        ("12 minutes", 720),
        ("3 Std. 5 Min.", 11100),
        ("-00:00:05", -5),
    ],
)
def test_a_duration_with_marks_of_its_own_needs_no_declaration(text, seconds):
    values, reasons = read(DurationParser(locale="fr"), text)
    assert reasons == []
    assert values == pytest.approx([seconds])


@pytest.mark.parametrize("text", ["5 s 12 min", "5 min 12 13", "12:75:00", "5 parsecs", "abc", "P", "5:12", "1:2:3:4"])
def test_what_is_no_duration_is_refused(text):
    values, reasons = read(DurationParser(), text)
    assert values == [None]
    assert len(reasons) == 1


@pytest.mark.parametrize(
    ("unit", "text", "seconds"),
    [
        ("s", "530", 530),
        ("ms", "4123.5", 4.1235),
        ("min", "5.2", 312),
        ("h", "0.5", 1800),
        ("day_fraction", "0.25", 21600),
    ],
)
def test_a_bare_number_is_worth_its_declared_unit(unit, text, seconds):
    assert read(DurationParser(unit), text) == ([seconds], [])


def test_a_bare_number_without_a_unit_is_refused():
    for unit in (None, "text"):
        values, reasons = read(DurationParser(unit), "530")
        assert values == [None]
        assert reasons == ["a number without a unit: the mapping must declare it"]


def test_forms_may_be_mixed_under_a_declared_day_fraction():
    values, reasons = read(DurationParser("day_fraction"), "00:01:01", "0.011597222")
    assert reasons == []
    assert values == pytest.approx([61, 1002], abs=0.001)


def test_two_parts_need_to_be_declared():
    assert read(DurationParser(pair="mm:ss"), "5:12") == ([312.0], [])
    assert read(DurationParser(pair="hh:mm"), "5:12") == ([18720.0], [])
    assert "mm:ss or hh:mm" in read(DurationParser(), "5:12")[1][0]


def test_a_typed_time_cell_is_seconds_and_a_typed_number_needs_a_unit():
    assert read(DurationParser(), "111900", kind="t") == ([111900.0], [])
    assert read(DurationParser(), "312", kind="n")[0] == [None]
    assert read(DurationParser("s", locale="fr"), "312.5", kind="n") == ([312.5], [])
    assert read(DurationParser(), "2025-01-01 00:00:00", kind="d")[0] == [None]


def test_kinds_may_be_mixed_in_a_column():
    cells = Cells(pl.Series(["312", "00:04:20", "52 s", None]), pl.Series(["t", None, None, None]))
    assert parse(cells, DurationParser()).values.to_list() == [312.0, 260.0, 52.0, None]


@given(st.integers(0, 400_000))
def test_clock_texts_and_words_agree(seconds):
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    forms = (
        f"{hours:02}:{minutes:02}:{rest:02}",
        f"{hours} h {minutes:02} min {rest:02} s",
        f"PT{hours}H{minutes}M{rest}S",
    )
    assert read(DurationParser(), *forms) == ([float(seconds)] * 3, [])
