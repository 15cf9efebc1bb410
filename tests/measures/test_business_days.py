"""Days that begin at another hour than midnight: nothing is lost, midnight changes nothing, the ledger names them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.measures.business_days import BusinessDays, Stretch, clock_name, clock_of, day_in, moved_sums
from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.measures.ledger.evidence import by_day
from pipelines.measures.ledger.words import definition_words
from pipelines.measures.reconcile import CAUSES, Evidence, reconcile
from pipelines.workspace.terms import Terms
from tests.measures.vendor_contacts import (
    FIRST,
    PARIS,
    contacts,
    count_report,
    evidence,
    level_report,
    waits,
)

SIX = 360
LEVEL = ServiceLevelDefinition("abandon_negative", 20.0)
#: The last Sunday of March is among these days: clocks go forward.
CALLS = contacts(days=45, per_day=80)
REPORTED_DAYS = BusinessDays((Stretch(date.min, date.max, PARIS, SIX),))


def business(calls: pl.DataFrame, minute: int = SIX) -> pl.DataFrame:
    """The contacts with their business day, on single contacts and without the code under test."""
    clock = pl.col("queued_at").dt.convert_time_zone(PARIS).dt.replace_time_zone(None)
    return calls.with_columns(there=(clock - pl.duration(minutes=minute)).dt.date())


def report() -> pl.DataFrame:
    """What a vendor prints that counts from 06:00 to 06:00; whole days only."""
    theirs = business(CALLS).filter(pl.col("there").is_between(FIRST, FIRST + timedelta(days=43)))
    counts = [count_report(theirs, name, day="there") for name in ("offered", "answered", "abandoned")]
    return pl.concat([*counts, level_report(theirs, LEVEL, day="there")])


def on_business_days() -> Evidence:
    calendar = evidence(CALLS)
    intervals = REPORTED_DAYS.placed(calendar.intervals)
    moved = waits(business(CALLS), "there")
    return replace(calendar, days=by_day(intervals), intervals=intervals, waits=moved, day_start=SIX, moved=True)


@settings(max_examples=20)
@given(minute=st.integers(0, 47).map(lambda half: 30 * half), change=st.integers(0, 44))
def test_every_contact_is_of_one_day_and_sums_stay(minute: int, change: int) -> None:
    """Whatever the hour, and when other terms begin with another one."""
    day = FIRST + timedelta(days=change)
    days = BusinessDays((Stretch(date.min, day - timedelta(days=1), PARIS, 0), Stretch(day, date.max, PARIS, minute)))
    intervals = evidence(CALLS).intervals
    placed = days.placed(intervals)
    sums = ["offered", "answered", "abandoned", "answered_in_threshold", "wait_answered_s"]
    assert placed.select(sums).sum().equals(intervals.select(sums).sum())
    if minute == 0:
        assert placed.equals(intervals)
    later = business(CALLS, minute).filter(pl.col("there") > day)
    wanted = later.filter(pl.col("outcome") == "answered").group_by("there").len().sort("there")
    found = by_day(placed).filter(pl.col("local_date") > day).sort("local_date").filter(pl.col("answered") > 0)
    assert found["answered"].to_list() == wanted["len"].to_list()


def test_terms_without_it_move_nothing_and_dates_between_terms_are_of_the_terms_before() -> None:
    def terms(first: str, last: str | None, start: str) -> Terms:
        return Terms.model_validate({"id": first, "vendor": "v", "valid_from": first, "valid_to": last,
                                     "report_tz": PARIS, "business_day_start": start})  # fmt: skip

    assert not BusinessDays.of([terms("2026-01-01", None, "00:00")]).moved
    held = [terms("2026-06-01", None, "07:00"), terms("2026-01-01", "2026-03-31", "06:00")]
    days = BusinessDays.of(held)
    starts = [days.on(day).minute for day in (date(2020, 1, 1), date(2026, 5, 31), date(2026, 6, 1))]  # type: ignore[union-attr]
    assert starts == [360, 360, 420]
    began = days.on(date(2026, 7, 1))
    assert began is not None
    assert began.start_of(date(2026, 7, 1)).isoformat() == "2026-07-01T05:00:00+00:00"


def test_a_report_of_the_agreed_days_agrees_everywhere() -> None:
    found = reconcile("v", report(), on_business_days())
    assert set(found.ledger["verdict"]) == {"agrees"}
    assert [one.place for one in found.boundaries["day"]] == [0]


def test_under_midnight_the_same_report_differs_by_its_day_boundary_exactly() -> None:
    def waits_in(clock: str) -> pl.DataFrame:
        zone, minute = clock_of(clock)
        return waits(CALLS.with_columns(there=day_in(pl.col("queued_at"), zone, minute)), "there")

    held = evidence(CALLS, other_zones=("UTC", "America/New_York"), waits_in=waits_in)
    found = reconcile("v", report(), held)
    (clock,) = found.boundaries["day"]
    assert clock.definition == clock_name(PARIS, SIX) == "Europe/Paris@06:00"
    assert clock.fits == clock.periods
    assert definition_words(clock.definition)[0] == "days from 06:00 to 06:00 (Europe/Paris)"
    differs = found.ledger.filter(pl.col("verdict") == "differs")
    assert differs.height > 100
    assert set(differs["explained_by"]) == {"terms/on_another_clock"}
    others = [name for name in CAUSES if name not in ("boundary", "rounding")]
    assert differs.select((pl.col(name) == 0).all() for name in others).row(0) == (True,) * len(others)
    counts = differs.filter(pl.col("unit") == "count")
    assert counts["boundary"].to_list() == counts["difference"].to_list()


def test_midnight_days_differ_by_the_boundary_under_terms_that_begin_at_six() -> None:
    midnight = pl.concat([count_report(CALLS, name) for name in ("offered", "answered", "abandoned")])
    found = reconcile("v", midnight.filter(pl.col("period_start_at").rank("dense") < 45), on_business_days())
    assert [one.definition for one in found.boundaries["day"]] == [PARIS]
    differs = found.ledger.filter(pl.col("verdict") == "differs")
    assert differs.height > 100
    assert differs["boundary"].to_list() == differs["difference"].to_list()


def test_what_is_known_by_date_only_is_not_verifiable() -> None:
    row = count_report(CALLS, "offered").head(3).with_columns(metric=pl.lit("surveys_answered"))
    found = reconcile("v", row, on_business_days())
    assert set(found.ledger.select("verdict", "reason").rows()) == {("not_verifiable", "calendar_days")}


@pytest.mark.parametrize("name", ["expected", "missing"])
def test_expected_contacts_before_the_hour_are_of_the_day_before(name: str) -> None:
    places = {"queue": ["q"] * 3, "local_date": [FIRST + timedelta(days=step) for step in range(3)]}
    days = pl.DataFrame({**places, "expected": [100.0, 100.0, 100.0], "missing": [0.0, 30.0, 0.0]})
    early = pl.DataFrame({**places, "expected": [20.0, 20.0, 20.0], "missing": [0.0, 20.0, 0.0]})
    moved = moved_sums(days, early, ["expected", "missing"]).sort("local_date")
    told = dict(zip(moved["local_date"], moved[name], strict=True))
    wanted = {"expected": [20, 100, 100, 80], "missing": [0, 20, 10, 0]}[name]
    assert told == {FIRST + timedelta(days=step - 1): value for step, value in enumerate(wanted)}
