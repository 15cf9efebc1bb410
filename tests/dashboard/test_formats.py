"""Numbers, dates and ranges in both languages, against written examples."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.formats import UNKNOWN, Formats, iso_week

EN, FR = Formats("en"), Formats("fr")


@pytest.mark.parametrize(
    "value, decimals, english, french",
    [
        (1234.5, 1, "1,234.5", "1\u202f234,5"),
        (-1234567.891, 2, "−1,234,567.89", "−1\u202f234\u202f567,89"),
        (0, 0, "0", "0"),
        (-0.04, 1, "0.0", "0,0"),
        # halves go up, as in a spreadsheet and on an invoice, also where binary fractions fall just short of them
        (0.5, 0, "1", "1"),
        (2.5, 0, "3", "3"),
        (-2.5, 0, "−3", "−3"),
        (2.675, 2, "2.68", "2,68"),
        (0.285 * 100, 0, "29", "29"),
        (1e20, 0, "100,000,000,000,000,000,000", "100\u202f000\u202f000\u202f000\u202f000\u202f000\u202f000"),
        (None, 1, UNKNOWN, UNKNOWN),
        (float("nan"), 1, UNKNOWN, UNKNOWN),
    ],
)
def test_numbers(value: float | None, decimals: int, english: str, french: str) -> None:
    assert EN.number(value, decimals) == english
    assert FR.number(value, decimals) == french


@pytest.mark.parametrize(
    "value, unit, decimals, english, french",
    [
        (0.784, "share", 1, "78.4\u00a0%", "78,4\u202f%"),
        (34.4, "seconds", 0, "34\u00a0s", "34\u202fs"),
        (-12.0, "points", 0, "−12", "−12"),
        (5.35, "money", 2, "€5.35", "5,35\u202f€"),
        (-5.35, "money", 2, "−€5.35", "−5,35\u202f€"),
        (4210, "count", 0, "4,210", "4\u202f210"),
        (None, "share", 1, UNKNOWN, UNKNOWN),
    ],
)
def test_figures(value: float | None, unit: str, decimals: int, english: str, french: str) -> None:
    assert EN.value(value, unit, decimals) == english
    assert FR.value(value, unit, decimals) == french


def test_differences_are_signed_and_shares_are_in_points() -> None:
    assert EN.difference(-0.016, "share", 1, "pts") == "−1.6\u00a0pts"
    assert FR.difference(0.016, "share", 1, "pts") == "+1,6\u202fpts"
    assert EN.difference(16.8, "money", 2, "pts") == "+€16.80"
    assert EN.difference(0.0, "seconds", 0, "pts") == "0\u00a0s"


def test_ranges_write_a_common_unit_once() -> None:
    assert EN.between("76.6\u00a0%", "86.2\u00a0%") == "76.6–86.2\u00a0%"
    assert FR.between("31\u202fs", "44\u202fs") == "31–44\u202fs"
    assert EN.between("−4.2\u00a0pts", "−1.1\u00a0pts") == "−4.2\u00a0…\u00a0−1.1\u00a0pts"
    assert EN.between("€5.00", "€6.00") == "€5.00–€6.00"
    assert FR.between("1\u202f200", "3\u202f200") == "1\u202f200–3\u202f200"
    assert EN.between(UNKNOWN, "3") == UNKNOWN


def test_days_weeks_and_instants() -> None:
    day = date(2026, 11, 22)
    assert EN.day(day) == "22\u00a0Nov\u00a02026"
    assert FR.day(day) == "22/11/2026"
    assert EN.day(None) == UNKNOWN
    assert iso_week(date(2027, 1, 1)) == "2026-W53"
    assert FR.week(date(2026, 11, 9)) == "du\u00a009/11/2026 au\u00a015/11/2026"
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert EN.instant(summer, "Europe/Paris") == "2\u00a0Jul\u00a02026\u00a000:30"
    assert FR.period(day, day) == "22/11/2026"


@given(some.floats(-1e9, 1e9), some.integers(0, 3))
def test_a_written_number_reads_back(value: float, decimals: int) -> None:
    for formats, thousands, point in ((EN, ",", "."), (FR, "\u202f", ",")):
        text = formats.number(value, decimals).replace(thousands, "").replace(point, ".").replace("−", "-")
        assert float(text) == pytest.approx(value, abs=0.5001 * 10**-decimals)
