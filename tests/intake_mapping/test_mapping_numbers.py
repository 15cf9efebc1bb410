"""Numbers and shares as people print them."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.intake.mapping.cells import Cells, parse
from pipelines.intake.mapping.numbers import NumberParser, RatioParser


def read(parser, *texts, kind=None):
    kinds = pl.Series([kind] * len(texts), dtype=pl.String) if kind else None
    parsed = parse(Cells(pl.Series(texts, dtype=pl.String), kinds), parser)
    return parsed.values.to_list(), dict(zip(parsed.faults["raw_value"], parsed.faults["reason"], strict=True))


@pytest.mark.parametrize(
    ("locale", "text", "value"),
    [
        ("en", "1,234.5", 1234.5),
        ("en", " 12 ", 12.0),
        ("en", "-3", -3.0),
        ("en", "−3.5", -3.5),
        ("en", "1 240", 1240.0),
        ("en", "1e3", 1000.0),
        ("fr", "4\u202f966", 4966.0),
        ("fr", "4\u00a0966,5", 4966.5),
        ("fr", "12,5", 12.5),
        ("fr", "1'240,25", 1240.25),
        ("de", "1.234.567,8", 1234567.8),
        ("es", "1.234", 1234.0),
        ("de", "12", 12.0),
        ("fr", ",5", 0.5),
    ],
)
def test_a_number_is_read_as_its_locale_prints_it(locale, text, value):
    assert read(NumberParser(pl.Float64(), locale), text) == ([value], {})


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "12,5"),
        ("en", "1,23,456"),
        ("fr", "12.5"),
        ("fr", "1.234"),
        ("de", "1.23"),
        ("en", "nan"),
        ("en", "inf"),
        ("en", "n/c"),
        ("en", "12 s"),
        ("en", "1 24"),
        ("en", "--1"),
    ],
)
def test_what_the_locale_does_not_print_is_refused_not_guessed(locale, text):
    values, faults = read(NumberParser(pl.Float64(), locale), text)
    assert values == [None]
    assert text in faults


def test_a_trailing_minus_is_read_only_where_it_is_declared():
    assert read(NumberParser(pl.Decimal(18, 4), "de", True), "1.125,00-") == ([Decimal("-1125.0000")], {})
    assert read(NumberParser(pl.Decimal(18, 4), "de", False), "125,00-")[0] == [None]


def test_a_typed_number_of_a_workbook_does_not_depend_on_the_locale():
    assert read(NumberParser(pl.Float64(), "fr"), "1234.5", kind="n") == ([1234.5], {})


def test_whole_numbers_may_be_printed_with_a_zero_fraction_only():
    values, faults = read(NumberParser(pl.Int64()), "12", "12.0", "12.5", "", None)
    assert values == [12, 12, None, None, None]
    assert faults == {"12.5": "not a whole number"}


def test_whole_numbers_past_the_precision_of_floats_stay_exact():
    assert read(NumberParser(pl.Int64()), "9007199254740993")[0] == [9007199254740993]


def test_a_date_where_a_number_was_expected_is_refused():
    values, faults = read(NumberParser(pl.Float64()), "2025-01-01 00:00:00", kind="d")
    assert (values, list(faults.values())) == ([None], ["a date where a number was expected"])


def test_a_percent_mark_decides_before_the_declared_scale():
    assert read(RatioParser("fraction", "fr"), "81,3 %", "0,813", "9 %") == ([0.813, 0.813, 0.09], {})
    assert read(RatioParser("percent", "fr"), "81,3", "81,3%") == ([0.813, 0.813], {})


def test_a_cell_shown_in_percent_holds_the_fraction():
    assert read(RatioParser("percent"), "0.887", kind="p") == ([0.887], {})


def test_a_small_share_is_never_taken_for_a_fraction_by_its_size():
    assert read(RatioParser("percent"), "0.5", "50") == ([0.005, 0.5], {})


def test_auto_reads_typed_texts_of_workbooks_as_points_and_refuses_other_bare_numbers():
    assert read(RatioParser("auto", "fr", typed_by_hand=True), "81,3", "81,3 %") == ([0.813, 0.813], {})
    values, faults = read(RatioParser("auto", "fr", typed_by_hand=True), "0.5", kind="n")
    assert values == [None]
    assert "declare its scale" in faults["0.5"]
    assert read(RatioParser("auto"), "0.8")[0] == [None]


@given(st.lists(st.decimals(-(10**9), 10**9, places=4, allow_nan=False), min_size=1, max_size=20))
def test_money_survives_every_locale(amounts):
    for locale, mark, group in (("en", ".", ","), ("fr", ",", "\u202f"), ("de", ",", ".")):
        texts = [f"{amount:,.4f}".replace(",", "_").replace(".", mark).replace("_", group) for amount in amounts]
        values, faults = read(NumberParser(pl.Decimal(18, 4), locale), *texts)
        assert faults == {}
        assert values == amounts


REFUNDS = """
mapping: {id: m, version: 1, table: refunds, vendor: tana, system: payments}
source: {format: csv, files: "*", locale: fr, delimiter: ";"}
columns:
  refund_id: {from: id}
  order_ref: {from: id}
  refunded_at: {from: at, tz: UTC, format: "%Y-%m-%d"}
  kind: {const: refund}
  amount: {from: amount, unit: minor}
  currency: {from: currency}
"""


def test_amounts_in_minor_units_have_the_digits_of_their_currency(take):
    """1999 is 19.99 EUR, 1999 JPY and 1.999 KWD; an amount with decimals was not in minor units."""
    cells = [("1999", "eur"), ("1 999", "JPY"), ("1999", "KWD"), ("-5", "USD"), ("19,99", "EUR"), ("1999", "XXX")]
    lines = [f"{number};2026-11-01;{amount};{currency}" for number, (amount, currency) in enumerate(cells)]
    taken = take(REFUNDS, "\n".join(["id;at;amount;currency", *lines]))
    assert taken.rows["amount"].to_list() == [Decimal(text) for text in ("19.99", "1999", "1.999", "-0.05")]
    assert taken.reasons("amount") == [
        "not a whole number of minor units: is `unit` right?",
        "an amount in minor units of an unknown currency",
    ]
    cents = take(REFUNDS.replace("unit: minor", "unit: cents"), "\n".join(["id;at;amount;currency", lines[1]]))
    assert cents.rows["amount"].to_list() == [Decimal("19.99")]
