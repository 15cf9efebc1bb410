"""What was due: calendars, zones, grace, terms that begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from pipelines.trust.expected import due_deliveries, feed_punctuality, judged_deliveries
from pipelines.workspace import load_workspace
from tests.bench.made import write_workspace

DELIVERIES = {
    "vendor": pl.String(),
    "feed": pl.String(),
    "status": pl.String(),
    "delivery_id": pl.String(),
    "received_at": pl.Datetime("us", "UTC"),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
}


CAME = (("restated", 9), ("first", 2))


def frame_of(*rows):
    """Deliveries of acme, each of one day of March: feed, status, id, reception, day."""
    whole = [("acme", *row[:4], date(2026, 3, row[4]), date(2026, 3, row[4])) for row in rows]
    return pl.DataFrame(whole, schema=DELIVERIES, orient="row")


def workspace_with(tmp_path, calendar: str, more_terms: str = "", vendor: str = ""):
    write_workspace(tmp_path)
    terms = tmp_path / "terms" / "acme.yaml"
    text = terms.read_text().replace("valid_from: 2025-01-01", f"valid_from: 2026-03-01{more_terms}")
    terms.write_text(text + f"    deliveries: {{contacts: {calendar}}}\n")
    if vendor:
        people = tmp_path / "vendors.yaml"
        people.write_text(people.read_text().replace("kind: outsourced,", f"kind: outsourced, {vendor},"))
    return load_workspace(tmp_path)


def test_daily_deliveries_follow_the_clock_of_the_terms(tmp_path):
    workspace = workspace_with(tmp_path, '{every: day, due: "D+1 09:00", grace_hours: 2}')
    due = due_deliveries(workspace, datetime(2026, 4, 1, tzinfo=UTC)).sort("period_start")
    before, after = due.filter(pl.col("period_start").is_in([date(2026, 3, 27), date(2026, 3, 28)]))["due_at"]
    # Paris changes its clock on 29 March 2026: nine o'clock is 08:00 UTC the day before, and 07:00 UTC on the day.
    assert (before, after) == (datetime(2026, 3, 28, 8, tzinfo=UTC), datetime(2026, 3, 29, 7, tzinfo=UTC))
    assert (due["late_after"] - due["due_at"]).dt.total_hours().unique().to_list() == [2]
    assert due["period_start"].min() == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("calendar", "first", "last", "periods"),
    [
        ('{every: week, due: "D+1 10:00"}', date(2026, 3, 2), date(2026, 3, 29), 4),
        ('{every: month, due: "D+5 12:00"}', date(2026, 3, 1), date(2026, 3, 31), 1),
        ('{every: day, due: "D+1 09:00", weekdays: mon-fri}', date(2026, 3, 2), date(2026, 3, 31), 22),
    ],
)
def test_whole_periods_only(tmp_path, calendar, first, last, periods):
    due = due_deliveries(workspace_with(tmp_path, calendar), datetime(2026, 4, 1, 23, tzinfo=UTC))
    due = due.filter(pl.col("period_start") < date(2026, 4, 1))
    if "month" in calendar:
        assert due.height == 0, "the March file is due on 5 April"
        return
    assert (due["period_start"].min(), due["period_end"].max(), due.height) == (first, last, periods)


def test_a_vendor_that_has_ended_owes_nothing_afterwards(tmp_path):
    workspace = workspace_with(tmp_path, '{every: day, due: "D+1 09:00"}', vendor="ended_on: 2026-03-10")
    due = due_deliveries(workspace, datetime(2026, 6, 1, tzinfo=UTC))
    assert (due["period_end"].max(), due.height) == (date(2026, 3, 10), 10)


def test_on_time_late_missing(tmp_path):
    workspace = workspace_with(tmp_path, '{every: day, due: "D+1 09:00", grace_hours: 1}')
    due = due_deliveries(workspace, datetime(2026, 3, 5, 12, tzinfo=UTC))  # 1, 2, 3 and 4 March
    received = frame_of(
        ("contacts", "accepted", "a", datetime(2026, 3, 2, 9, tzinfo=UTC), 1),
        ("contacts", "accepted", "b", datetime(2026, 3, 3, 9, 1, tzinfo=UTC), 2),
        ("contacts", "quarantined", "c", datetime(2026, 3, 4, 8, tzinfo=UTC), 3),
        ("contacts", "accepted", "d", datetime(2026, 3, 9, 8, tzinfo=UTC), 4),
        ("surveys", "accepted", "e", datetime(2026, 3, 4, 8, tzinfo=UTC), 3),
    )
    judged = judged_deliveries(due, received)
    assert judged["punctuality"].to_list() == ["on_time", "late", "missing", "late"]
    counted = feed_punctuality(judged).row(0, named=True)
    assert counted == {
        "vendor": "acme", "feed": "contacts", "expected": 4, "received": 3, "on_time": 1, "late": 2, "missing": 1,
    }  # fmt: skip


def test_the_first_file_that_covers_a_period_counts(tmp_path):
    workspace = workspace_with(tmp_path, '{every: day, due: "D+1 09:00"}')
    due = due_deliveries(workspace, datetime(2026, 3, 2, 12, tzinfo=UTC))
    rows = [
        (
            "acme",
            "contacts",
            "accepted",
            name,
            datetime(2026, 3, day, 6, tzinfo=UTC),
            date(2026, 3, 1),
            date(2026, 3, 1),
        )
        for name, day in (("restated", 9), ("first", 2))
    ]
    judged = judged_deliveries(due, pl.DataFrame(rows, schema=DELIVERIES, orient="row"))
    assert judged.select("delivery_id", "punctuality").rows() == [("first", "on_time")]


def test_a_file_with_a_header_alone_has_come_for_the_day_that_no_other_covers(tmp_path):
    workspace = workspace_with(tmp_path, '{every: day, due: "D+1 09:00"}')
    due = due_deliveries(workspace, datetime(2026, 3, 5, 12, tzinfo=UTC))  # 1, 2, 3 and 4 March
    rows = [
        ("acme", "contacts", "accepted", name, datetime(2026, 3, day + 1, 6, tzinfo=UTC), of, of)
        for name, day, of in (("one", 1, date(2026, 3, 1)), ("empty", 2, None), ("four", 4, date(2026, 3, 4)))
    ]
    judged = judged_deliveries(due, pl.DataFrame(rows, schema=DELIVERIES, orient="row"))
    assert judged.sort("period_start").select("delivery_id", "punctuality").rows() == [
        ("one", "on_time"), ("empty", "on_time"), (None, "missing"), ("four", "on_time"),
    ]  # fmt: skip


def test_nothing_due_gives_empty_frames(tmp_path):
    write_workspace(tmp_path)
    due = due_deliveries(load_workspace(tmp_path), datetime(2026, 4, 1, tzinfo=UTC))
    judged = judged_deliveries(due, pl.DataFrame(schema=DELIVERIES))
    assert due.height == judged.height == feed_punctuality(judged).height == 0
