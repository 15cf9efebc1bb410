"""Dates, times and zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.intake.mapping.cells import Cells
from pipelines.intake.mapping.instants import read_moments
from pipelines.intake.mapping.zones import Localiser, is_zone, local_days, local_minutes, local_readings

PARIS = "Europe/Paris"


def local(*texts, formats=None, locale="en", kind=None, dates=False):
    kinds = pl.Series([kind] * len(texts), dtype=pl.String) if kind else None
    found = read_moments(Cells(pl.Series(texts, dtype=pl.String), kinds), formats, locale, dates)
    return found.local.to_list(), found.faults["reason"].to_list(), found.absolute


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%a, %d %b %Y %H:%M:%S", "Thu, 27 Oct 2016 14:51:34", datetime(2016, 10, 27, 14, 51, 34)),
        ("%m/%d/%y %I:%M %p", "6/23/25 7:00 PM", datetime(2025, 6, 23, 19, 0)),
        ("%Y-%m-%d %I:%M:%S %p", "2021-01-01 8:02:42 AM", datetime(2021, 1, 1, 8, 2, 42)),
        ("%d/%m/%Y %H:%M:%S", "04/06/2026 07:56:18", datetime(2026, 6, 4, 7, 56, 18)),
        ("%Y%m%d%H%M%S", "20251002170934", datetime(2025, 10, 2, 17, 9, 34)),
        ("%Y-%m-%d %H:%M:%S.%f", "2025-12-04 07:57:14.083", datetime(2025, 12, 4, 7, 57, 14, 83000)),
        ("%b-%y", "Apr-15", datetime(2015, 4, 1)),
        ("%B %Y", "April 2026", datetime(2026, 4, 1)),
        ("%Y-%m", "2017-03", datetime(2017, 3, 1)),
        ("%G-W%V", "2025-W43", datetime(2025, 10, 20)),
        ("%d/%m/%Y %H", "20/10/2025 14", datetime(2025, 10, 20, 14)),
        ("excel_serial", "45950.5", datetime(2025, 10, 20, 12, 0)),
    ],
)
def test_declared_formats(form, text, expected):
    assert local(text, formats=[form])[:2] == ([expected], [])


@pytest.mark.parametrize(
    ("locale", "text", "month"),
    [("fr", "oct.-25", 10), ("fr", "août-25", 8), ("fr", "juin-25", 6), ("fr", "févr.-25", 2), ("de", "Mär-25", 3),
     ("es", "ene-25", 1), ("pt", "fev-25", 2), ("it", "mag-25", 5)],
)  # fmt: skip
def test_months_in_the_language_of_the_report(locale, text, month):
    assert local(text, formats=["%b-%y"], locale=locale)[0] == [datetime(2025, month, 1)]


def test_an_abbreviation_that_could_be_two_months_is_refused():
    values, reasons, _ = local("jui-25", formats=["%b-%y"], locale="fr")
    assert values == [None]
    assert len(reasons) == 1


def test_several_formats_are_tried_in_order_and_a_value_that_fits_none_is_refused():
    values, reasons, _ = local("04/06/2026", "2026-06-05", "June 6", None, "", formats=["%d/%m/%Y", "%Y-%m-%d"])
    assert values == [datetime(2026, 6, 4), datetime(2026, 6, 5), None, None, None]
    assert reasons == ["fits none of %d/%m/%Y, %Y-%m-%d"]


def test_without_a_format_only_iso_8601_is_read():
    values, reasons, _ = local("2025-12-04 07:53:35", "2025-12-04T07:57:14.083", "2025-12-04 07:53", "04/06/2026")
    assert values[:3] == [
        datetime(2025, 12, 4, 7, 53, 35),
        datetime(2025, 12, 4, 7, 57, 14, 83000),
        datetime(2025, 12, 4, 7, 53),
    ]
    assert values[3] is None
    assert len(reasons) == 1


def test_each_row_may_say_its_own_offset():
    texts = ("2025-10-02T17:09:34Z", "2025-10-02 17:09:34 -0300", "2019-08-04 00:00:00+03:00", "2025-10-02T17:09:34.5Z")
    found = local(*texts)
    assert found[1] == []
    assert found[2].to_list() == [
        datetime(2025, 10, 2, 17, 9, 34, tzinfo=UTC),
        datetime(2025, 10, 2, 20, 9, 34, tzinfo=UTC),
        datetime(2019, 8, 3, 21, 0, tzinfo=UTC),
        datetime(2025, 10, 2, 17, 9, 34, 500000, tzinfo=UTC),
    ]


def test_epoch_seconds_and_milliseconds():
    assert local("1266833933", formats=["unix"])[2].to_list() == [datetime(2010, 2, 22, 10, 18, 53, tzinfo=UTC)]
    assert local("1266833933500", formats=["unix_ms"])[2].to_list() == [
        datetime(2010, 2, 22, 10, 18, 53, 500000, tzinfo=UTC)
    ]
    assert local("1266833933", formats=["unix"], kind="n")[2].to_list() == [
        datetime(2010, 2, 22, 10, 18, 53, tzinfo=UTC)
    ]


def test_milliseconds_declared_as_seconds_are_refused():
    values, reasons, absolute = local("1266833933500", formats=["unix"])
    assert absolute is None or absolute.to_list() == [None]
    assert values == [None]
    assert len(reasons) == 1


def test_a_year_of_two_digits_under_a_format_of_four_is_refused():
    values, reasons, _ = local("02/10/25", formats=["%d/%m/%Y"])
    assert values == [None]
    assert "%Y is for four digits" in reasons[0]


def test_typed_date_cells_need_no_format_and_typed_numbers_are_refused():
    assert local("2025-10-20 00:00:00", kind="d", formats=["%d/%m/%Y"])[0] == [datetime(2025, 10, 20)]
    assert "unix" in local("45950", kind="n")[1][0]


# -- zones ---------------------------------------------------------------------------------------------------------


def paris(readings, **policy):
    return Localiser(**policy).in_zone(pl.Series(readings, dtype=pl.Datetime("us")), PARIS)


TWICE = datetime(2025, 10, 26, 2, 15)
GAP = datetime(2025, 3, 30, 2, 30)


def test_a_time_that_came_twice_is_refused_by_default():
    found = paris([TWICE, datetime(2025, 10, 26, 4, 0)])
    assert found.instants.to_list() == [None, datetime(2025, 10, 26, 3, 0, tzinfo=UTC)]
    assert "came twice" in found.faults["reason"][0]


@pytest.mark.parametrize(("policy", "hour"), [("earliest", 0), ("latest", 1)])
def test_a_time_that_came_twice_goes_where_the_mapping_says_and_is_flagged(policy, hour):
    found = paris([TWICE], ambiguous=policy)
    assert found.instants.to_list() == [datetime(2025, 10, 26, hour, 15, tzinfo=UTC)]
    assert found.ambiguous.to_list() == [True]


def test_a_time_that_never_was_is_refused_or_null():
    assert "does not exist" in paris([GAP]).faults["reason"][0]
    quiet = paris([GAP], non_existent="null")
    assert quiet.instants.to_list() == [None]
    assert quiet.faults.height == 0


def quarters(day: date) -> list[datetime]:
    """Every quarter of an hour of a day in Paris, as instants."""
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(PARIS)).astimezone(UTC)
    end = (datetime(day.year, day.month, day.day) + timedelta(days=1)).replace(tzinfo=ZoneInfo(PARIS)).astimezone(UTC)
    return [start + timedelta(minutes=15) * i for i in range(int((end - start) / timedelta(minutes=15)))]


@pytest.mark.parametrize(("day", "count"), [(date(2025, 10, 26), 100), (date(2025, 3, 30), 92), (date(2025, 6, 1), 96)])
@pytest.mark.parametrize("cut", [1, 7, 10, 13, 1000])
@pytest.mark.parametrize("backward", [False, True])
def test_by_the_order_of_rows_every_quarter_of_a_clock_change_day_finds_its_place(day, count, cut, backward):
    truth = quarters(day)
    assert len(truth) == count
    if backward:
        truth = truth[::-1]
    readings = [instant.astimezone(ZoneInfo(PARIS)).replace(tzinfo=None) for instant in truth]
    localiser = Localiser(ambiguous="order")
    found = []
    for begin in range(0, count, cut):
        found += localiser.in_zone(pl.Series(readings[begin : begin + cut]), PARIS).instants.to_list()
    assert found == truth


def test_by_the_order_of_rows_one_queue_after_the_other():
    truth = quarters(date(2025, 10, 26)) * 3
    readings = pl.Series([instant.astimezone(ZoneInfo(PARIS)).replace(tzinfo=None) for instant in truth])
    assert Localiser(ambiguous="order").in_zone(readings, PARIS).instants.to_list() == truth


def test_zones_by_row_and_an_unknown_zone():
    readings = pl.Series([datetime(2025, 12, 4, 7, 57), datetime(2025, 12, 4, 18, 33), TWICE, TWICE])
    found = Localiser().in_zones(readings, pl.Series(["Etc/UTC", "Australia/Melbourne", "Mars/Base", None]))
    assert found.instants.to_list()[:2] == [
        datetime(2025, 12, 4, 7, 57, tzinfo=UTC),
        datetime(2025, 12, 4, 7, 33, tzinfo=UTC),
    ]
    assert sorted(found.faults["reason"]) == ["'Mars/Base' is not an IANA time zone", "its zone is blank"]


def test_names_of_zones():
    assert is_zone("Africa/Casablanca")
    assert not is_zone("CET+1")
    assert not is_zone("../etc/passwd")


ZONES = ["Europe/Paris", "Africa/Casablanca", "Indian/Antananarivo", "Australia/Lord_Howe", "America/St_Johns", "UTC"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.lists(st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)), min_size=1, max_size=30),
)
def test_localising_agrees_with_the_standard_library(zone, readings):
    found = Localiser(ambiguous="earliest", non_existent="null").in_zone(pl.Series(readings), zone).instants.to_list()
    for reading, instant in zip(readings, found, strict=True):
        expected = reading.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        exists = expected.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == reading
        assert instant == (expected if exists else None)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)),
    st.lists(st.integers(0, 86_400 * 300), min_size=1, max_size=30),
)
def test_local_dates_and_minutes_agree_with_the_standard_library(zone, start, offsets):
    instants = [start.replace(tzinfo=UTC) + timedelta(seconds=offset) for offset in offsets]
    readings = local_readings(pl.Series(instants, dtype=pl.Datetime("us", "UTC")), zone)
    clocks = [instant.astimezone(ZoneInfo(zone)) for instant in instants]
    assert local_days(readings).to_list() == [clock.date() for clock in clocks]
    assert local_minutes(readings).to_list() == [clock.hour * 60 + clock.minute for clock in clocks]
