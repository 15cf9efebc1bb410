"""Open intervals: days on which the clock changes, holidays, the edges of terms."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.workspace import (
    Terms,
    Workspace,
    init_workspace,
    is_holiday,
    open_hours_frame,
    open_intervals,
    open_spans,
    queues_of,
)

ALL_DAY = {"*": [{"open": "00:00", "close": "24:00"}]}
DAYTIME = {"*": [{"days": "mon-fri", "open": "08:00", "close": "20:00"}]}


def terms(tz: str = "Europe/Paris", interval: int = 15, **more: object) -> Terms:
    fields = {"id": "t", "vendor": "v", "valid_from": "2020-01-01", "report_tz": tz, "interval_min": interval, **more}
    return Terms.model_validate(fields)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "company")


@pytest.mark.parametrize(
    ("day", "count"),
    [(date(2025, 10, 25), 96), (date(2025, 10, 26), 100), (date(2025, 3, 30), 92), (date(2026, 3, 29), 92)],
)
def test_quarter_hours_of_a_day_in_paris(day: date, count: int) -> None:
    """Golden fact T8: 100 quarter-hours on 26 October 2025, 92 on 30 March 2025."""
    starts = open_intervals(terms(hours=ALL_DAY), "any", day)
    assert starts is not None
    assert len(starts) == len(set(starts)) == count
    assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(minutes=15)}


def test_ramadan_shifts_casablanca() -> None:
    """Morocco goes from UTC+1 to UTC+0 for Ramadan: 08:00 there is another instant."""
    held = terms("Africa/Casablanca", 30, hours=DAYTIME)
    before, during = open_intervals(held, "q", date(2026, 2, 13)), open_intervals(held, "q", date(2026, 2, 20))
    assert before is not None
    assert during is not None
    assert (before[0].hour, during[0].hour) == (7, 8)
    assert len(before) == len(during) == 24


@pytest.mark.parametrize("tz", ["Europe/Paris", "Africa/Casablanca", "Europe/Lisbon", "Indian/Antananarivo"])
@given(day=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_open_days_join_without_gap_or_overlap(tz: str, day: date) -> None:
    held = terms(tz, hours=ALL_DAY)
    today, tomorrow = open_spans(held, "q", day), open_spans(held, "q", day + timedelta(days=1))
    assert today
    assert tomorrow
    assert today[0].end == tomorrow[0].start
    assert today[0].start.astimezone(ZoneInfo(tz)).date() == day


def test_interval_that_is_open_in_part_counts() -> None:
    held = terms(interval=30, hours={"*": [{"open": "08:15", "close": "09:00"}]})
    starts = open_intervals(held, "q", date(2026, 1, 5))
    assert starts == [datetime(2026, 1, 5, 7, 0, tzinfo=UTC), datetime(2026, 1, 5, 7, 30, tzinfo=UTC)]


def test_a_queue_s_own_hours_go_before_those_of_any() -> None:
    held = terms(hours={**DAYTIME, "night": [{"open": "00:00", "close": "02:00"}, {"open": "22:00", "close": "24:00"}]})
    own, other = open_spans(held, "night", date(2026, 1, 5)), open_spans(held, "day", date(2026, 1, 5))
    assert [span.end - span.start for span in own or []] == [timedelta(hours=2)] * 2
    assert [span.end - span.start for span in other or []] == [timedelta(hours=12)]


def test_not_stated_is_not_closed() -> None:
    assert open_intervals(terms(), "q", date(2026, 1, 5)) is None
    assert open_intervals(terms(hours=DAYTIME), "q", date(2026, 1, 4)) == []  # a Sunday
    assert open_intervals(terms(hours=DAYTIME), "q", date(2019, 12, 31)) == []  # before the terms


def test_holidays() -> None:
    rules = {"country": "FR", "extra": ["2026-12-24"], "open_on": ["2026-11-11"]}
    held = terms(hours=DAYTIME, holidays=rules).holidays
    assert is_holiday(held, date(2026, 7, 14))
    assert is_holiday(held, date(2026, 12, 24))
    assert not is_holiday(held, date(2026, 11, 11))
    assert not is_holiday(held, date(2026, 7, 15))
    working = terms(holidays={"country": "FR", "closed": False, "extra": ["2026-12-24"]}).holidays
    assert not is_holiday(working, date(2026, 7, 14))
    assert is_holiday(working, date(2026, 12, 24))


def test_subdivision() -> None:
    """26 December is a holiday in Moselle and Alsace only."""
    assert is_holiday(terms(holidays={"country": "FR", "subdivision": "57"}).holidays, date(2026, 12, 26))
    assert not is_holiday(terms(holidays={"country": "FR"}).holidays, date(2026, 12, 26))


def test_frame_of_a_week(workspace: Workspace) -> None:
    frame = open_hours_frame(workspace, date(2026, 11, 9), date(2026, 11, 15))  # Wednesday the 11th is a holiday
    rows = frame.group_by("vendor_code", "queue_code").len().rows()
    found = {(vendor, queue): count for vendor, queue, count in rows}
    assert found == {
        ("in_house", "orders_fr"): 4 * 24 + 18,
        ("in_house", "returns_fr"): 4 * 24 + 18,
        ("vendor_a", "orders_fr"): 4 * 24,
        ("vendor_a", "returns_fr"): 5 * 18,
    }
    assert frame["interval_start_at"].dtype == pl.Datetime("us", "UTC")
    assert date(2026, 11, 11) not in frame["local_date"].to_list()


def test_frame_stops_with_the_vendor(workspace: Workspace) -> None:
    assert workspace.vendors["vendor_a"].started_on == date(2025, 1, 1)
    early = open_hours_frame(workspace, date(2024, 12, 1), date(2025, 1, 2), vendor="vendor_a")
    assert early["local_date"].min() == date(2025, 1, 2)


def test_queues_of(workspace: Workspace) -> None:
    assert queues_of(workspace, workspace.terms["vendor_a"][0]) == ["orders_fr", "returns_fr"]
    named = terms(hours={"orders_fr": DAYTIME["*"]})
    assert queues_of(workspace, named) == ["orders_fr"]
    assert queues_of(workspace, terms(hours=DAYTIME)) == ["orders_fr", "returns_fr"]
