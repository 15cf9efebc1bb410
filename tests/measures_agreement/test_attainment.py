"""What was attained under a clause: periods, averages, rounding, relief, gaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.measures.agreement.attainment import STATES, attainment
from pipelines.measures.agreement.bound import bound_clauses
from pipelines.measures.agreement.periods import GRAINS, Calendar
from pipelines.measures.agreement.relief import EXCUSED, Waiver, excused_cells
from pipelines.measures.definitions import RepeatDefinition, ServiceLevelDefinition, service_level
from pipelines.workspace.company import Outage

NOTHING = pl.DataFrame(schema=EXCUSED)
MONTHLY = Calendar()
DAY = date(2026, 3, 2)


def vector() -> list[tuple[date, int, int, int, int]]:
    """METRICS, aggregation: 28 quiet half-hours of 50 calls, 49 in time; 20 busy ones of 600, 408 in time."""
    quiet = [(DAY, number, 50, 49, 50) for number in range(28)]
    return quiet + [(DAY, 28 + number, 600, 408, 600) for number in range(20)]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("call_weighted", 9532 / 13400),
        ("mean_of_intervals", 0.855),
        ("interval_share", 28 / 48),
        ("contact_share", 1400 / 13400),
    ],
)
def test_the_published_vector_of_averages(make_activity, make_bound, aggregation: str, expected: float) -> None:
    one = make_bound(aggregation=aggregation, measurement_period="day")
    row = attainment(one, make_activity(vector()), NOTHING, MONTHLY).row(0, named=True)
    assert row["value"] == pytest.approx(expected)
    assert (row["state"], row["met"]) == (("met", True) if expected >= 0.8 else ("missed", False))
    assert row["contacts"] == 13400


def test_nine_tenths_of_intervals_at_eighty_percent_names_two_numbers(make_activity, make_bound) -> None:
    one = make_bound(aggregation="interval_share", target=0.55, interval_target=0.8, measurement_period="day")
    row = attainment(one, make_activity(vector()), NOTHING, MONTHLY).row(0, named=True)
    assert (round(row["value"], 4), row["state"]) == (0.5833, "met")


def test_the_printed_figure_is_rounded_once(make_activity, make_bound) -> None:
    rows = [(DAY, 20, 10_000, 7_996, 10_000)]
    rounded = make_bound(rounding=1, measurement_period="day")
    exact = make_bound(measurement_period="day")
    assert attainment(rounded, make_activity(rows), NOTHING, MONTHLY)["state"].to_list() == ["met"]  # 80.0
    assert attainment(exact, make_activity(rows), NOTHING, MONTHLY)["state"].to_list() == ["missed"]  # 79.96


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (date(2026, 2, 21), date(2026, 1, 22), date(2026, 2, 21)),
        (date(2026, 2, 22), date(2026, 2, 22), date(2026, 3, 21)),
        (date(2026, 3, 1), date(2026, 2, 22), date(2026, 3, 21)),
    ],
)
def test_fiscal_months_from_the_22nd_to_the_21st(day: date, start: date, end: date) -> None:
    assert Calendar(month_start=22).period_of(day, "month") == (start, end)


def test_fiscal_quarters_count_from_the_first_month_of_the_year() -> None:
    assert Calendar(year_start=2).period_of(date(2026, 1, 15), "quarter") == (date(2025, 11, 1), date(2026, 1, 31))
    assert Calendar(year_start=7).period_of(date(2026, 8, 3), "quarter") == (date(2026, 7, 1), date(2026, 9, 30))
    assert Calendar("sunday").period_of(date(2026, 3, 7), "week") == (date(2026, 3, 1), date(2026, 3, 7))


@given(
    st.dates(date(2023, 1, 1), date(2027, 12, 31)), st.sampled_from(GRAINS), st.integers(1, 28), st.integers(1, 12),
    st.sampled_from(["monday", "sunday", "saturday"]),
)  # fmt: skip
def test_every_day_lies_in_exactly_one_period(day: date, grain, month_start: int, year_start: int, week: str) -> None:
    calendar = Calendar(week, month_start, year_start)  # type: ignore[arg-type]
    start, end = calendar.period_of(day, grain)
    assert start <= day <= end
    assert calendar.period_of(start, grain) == calendar.period_of(end, grain) == (start, end)
    assert calendar.period_of(end + timedelta(days=1), grain)[0] == end + timedelta(days=1)


CELL = st.tuples(
    st.integers(0, 13), st.integers(0, 47), st.integers(0, 40), st.floats(0, 1), st.floats(0, 1), st.sampled_from("ab")
)


@given(st.lists(CELL, min_size=1, max_size=30, unique_by=lambda cell: (cell[0], cell[1], cell[5])))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_periods_are_consistent_with_their_intervals(make_activity, make_bound, cells) -> None:
    rows = [
        (DAY + timedelta(days=day), half, offered, int(offered * early * kept), int(offered * kept), queue)
        for day, half, offered, early, kept, queue in cells
    ]
    known = make_activity(rows)
    one = make_bound(measurement_period="week")
    by_interval = attainment(one, known, NOTHING, MONTHLY, "interval")
    for grain in ("day", "week", "month"):
        whole = attainment(one, known, NOTHING, MONTHLY, grain)
        for name in ("numerator", "denominator", "contacts"):
            assert whole[name].sum() == by_interval[name].sum()
    parts = attainment(one, known, NOTHING, MONTHLY, "week", by_queue=True)
    own, queues = parts.filter(pl.col("queue") == "*"), parts.filter(pl.col("queue") != "*")
    assert own["denominator"].sum() == queues["denominator"].sum()
    assert set(whole["state"]) <= set(STATES)


@given(st.lists(CELL, min_size=1, max_size=30, unique_by=lambda cell: (cell[0], cell[1], cell[5])))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_average_is_that_of_the_definition(make_activity, make_bound, cells) -> None:
    rows = [
        (DAY + timedelta(days=day % 5), half, offered, int(offered * early * kept), int(offered * kept), queue)
        for day, half, offered, early, kept, queue in cells
    ]
    known = make_activity(rows)
    for aggregation in ("call_weighted", "mean_of_intervals", "mean_of_days", "interval_share"):
        one = make_bound(aggregation=aggregation, measurement_period="month")
        definition = ServiceLevelDefinition.from_clause(one.as_row())
        found = attainment(one, known, NOTHING, MONTHLY)["exact"].to_list()
        wanted = service_level(known.intervals, definition)["value"].to_list()
        assert found == pytest.approx(wanted) or (found == [None] and wanted == [None])


def test_relief_is_shown_with_and_without(make_activity, make_bound) -> None:
    rows = [(DAY + timedelta(days=n), 20, 100, 90 if n else 20, 100) for n in range(7)]
    known, one = make_activity(rows), make_bound(measurement_period="week")
    waiver = Waiver("w1", "v", DAY, DAY, "Anne", "a storm")
    excused = excused_cells(one, known, [], [], [waiver], MONTHLY)
    row = attainment(one, known, excused, MONTHLY).row(0, named=True)
    assert (row["value"], row["relief_value"]) == (pytest.approx(0.8), pytest.approx(0.9))
    missed = make_bound(measurement_period="week", target=0.85)
    row = attainment(missed, known, excused, MONTHLY).row(0, named=True)
    assert (row["state"], row["excused_by"], row["excused_contacts"]) == ("excused", ["waiver"], 100)
    assert row["counts_as_missed"] is False
    assert attainment(missed, known, NOTHING, MONTHLY)["state"].to_list() == ["missed"]


def test_what_is_met_stays_met_whatever_is_excused(make_activity, make_bound) -> None:
    rows = [(DAY + timedelta(days=n), 20, 100, 100 if n else 70, 100) for n in range(7)]
    waiver = Waiver("w1", "v", DAY + timedelta(days=1), DAY + timedelta(days=6), "Anne", "no need")
    known, one = make_activity(rows), make_bound(measurement_period="week")
    row = attainment(one, known, excused_cells(one, known, [], [], [waiver], MONTHLY), MONTHLY).row(0, named=True)
    assert (row["relief_met"], row["state"]) == (False, "met")


def test_a_waiver_bears_on_its_own_clause_queue_and_days(make_activity, make_bound) -> None:
    rows = [(DAY + timedelta(days=n), 20, 100, 50, 100, queue) for n in range(7) for queue in "ab"]
    known, one = make_activity(rows), make_bound(measurement_period="week")
    other = Waiver("w1", "v", DAY, DAY, "Anne", "x", clause="abandon")
    elsewhere = Waiver("w2", "w", DAY, DAY, "Anne", "x")
    assert excused_cells(one, known, [], [], [other, elsewhere], MONTHLY).is_empty()
    own = Waiver("w3", "v", DAY, DAY, "Anne", "x", queue="a", clause="sl")
    row = attainment(one, known, excused_cells(one, known, [], [], [own], MONTHLY), MONTHLY).row(0, named=True)
    assert row["excused_contacts"] == 100


def test_a_waiver_of_the_journal_is_read_or_left_out() -> None:
    details = {"vendor": "v", "queue": "*", "clause": None, "from": "2026-03-02", "to": "2026-03-03"}
    waiver = Waiver.from_entry("w", "Anne", "storm", details)
    assert waiver is not None
    assert (waiver.queue, waiver.clause, waiver.last_day, waiver.reason) == (None, None, date(2026, 3, 3), "storm")
    assert Waiver.from_entry("w", "Anne", "", details | {"withdrawn": True}) is None
    assert Waiver.from_entry("w", "Anne", "", details | {"from": "soon"}) is None


def test_volume_beyond_the_forecast_band_excuses_the_week(make_activity, make_bound, make_terms) -> None:
    rows = [(DAY + timedelta(days=n), 20, 150 if n < 7 else 100, 60 if n < 7 else 95, 120 if n < 7 else 100)
            for n in range(14)]  # fmt: skip
    forecast = pl.DataFrame(
        [("q", row[0], row[2], 100.0) for row in rows],
        schema=["queue", "local_date", "actual", "forecast"],
        orient="row",
    )
    known = make_activity(rows, forecast=forecast)
    terms = make_terms(forecast_relief={"band_rate": 0.1})
    one = make_bound(measurement_period="week")
    found = attainment(one, known, excused_cells(one, known, [terms], [], [], MONTHLY), MONTHLY)
    assert found["state"].to_list() == ["excused", "met"]
    assert found["excused_by"].to_list() == [["forecast"], []]
    talk = make_bound(metric="aht_s", variant=None, target=300)  # how long a talk lasts is not the queue's doing
    assert excused_cells(talk, known, [terms], [], [], MONTHLY).is_empty()


def test_an_outage_excuses_the_intervals_it_touches(make_activity, make_bound) -> None:
    known = make_activity([(DAY, half, 10, 5, 10) for half in (18, 19, 20, 21)])
    start = datetime(2026, 3, 2, 9, 45, tzinfo=UTC)
    outage = Outage.model_validate({"from": start, "to": start + timedelta(minutes=30), "reason": "telephony down"})
    one = make_bound(measurement_period="day")
    row = attainment(one, known, excused_cells(one, known, [], [outage], [], MONTHLY), MONTHLY).row(0, named=True)
    assert (row["excused_contacts"], row["excused_by"], row["state"]) == (20, ["outage"], "missed")


def test_holes_in_the_data_count_as_the_terms_say(make_activity, make_bound) -> None:
    rows = [(DAY + timedelta(days=n), 20, 100, 82, 100) for n in range(7)]
    known = make_activity(rows)
    holes = known.expected.with_columns(missing=pl.when(pl.col("local_date") == DAY).then(50.0).otherwise(0.0))
    known = make_activity(rows, expected=holes)
    lenient, strict = make_bound(measurement_period="week"), make_bound(measurement_period="week", gap_is_breach=True)
    row = attainment(lenient, known, NOTHING, MONTHLY).row(0, named=True)
    assert (row["state"], row["sure"], row["counts_as_missed"]) == ("met", False, False)
    assert row["worst"] == pytest.approx(0.82 * 650 / 700)
    row = attainment(strict, known, NOTHING, MONTHLY).row(0, named=True)
    assert (row["state"], row["counts_as_missed"]) == ("gap", True)


def test_a_period_of_which_nothing_came_is_a_gap_and_one_without_demand_is_not(make_activity, make_bound) -> None:
    rows = [(DAY, 20, 100, 90, 100), (DAY + timedelta(days=14), 20, 100, 90, 100)]
    known = make_activity(rows)
    silent = known.expected.head(1).with_columns(
        local_date=pl.lit(DAY + timedelta(days=7)), expected=pl.lit(80.0), missing=pl.lit(80.0)
    )
    with_gap = make_activity(rows, expected=pl.concat([known.expected, silent]))
    one = make_bound(measurement_period="day")
    states = dict(attainment(one, with_gap, NOTHING, MONTHLY).select("period_start", "state").iter_rows())
    assert (states[DAY], states[DAY + timedelta(days=7)], states[DAY + timedelta(days=8)]) == (
        "met", "gap", "no_demand",
    )  # fmt: skip


def test_too_little_running_and_partial(make_activity, make_bound) -> None:
    rows = [(date(2026, 1, 20) + timedelta(days=n), 20, 10, 9, 10) for n in range(50)]
    one = make_bound(min_volume=300)
    found = attainment(one, make_activity(rows), NOTHING, MONTHLY)
    assert found["state"].to_list() == ["partial", "too_little", "running"]
    assert found["counts_as_missed"].to_list() == [False, False, False]


def test_a_clause_that_goes_on_under_new_terms_is_one_clause(make_activity, make_terms) -> None:
    first = make_terms(valid_to=date(2026, 3, 15))
    same = make_terms(id="sl", valid_from=date(2026, 3, 16)).model_copy(update={"id": "v-2"})
    (one,) = bound_clauses({"v": [first, same]})
    assert (one.first_day, one.last_day, one.terms_id) == (date(2026, 1, 1), None, "v-2")
    harder = make_terms(valid_from=date(2026, 3, 16), target=0.9)
    before, after = bound_clauses({"v": [first, harder]})
    assert (before.last_day, after.first_day, before.ended, after.began) == (
        date(2026, 3, 15), date(2026, 3, 16), None, date(2026, 1, 1),
    )  # fmt: skip
    rows = [(date(2026, 3, 1) + timedelta(days=n), 20, 100, 85, 100) for n in range(31)]
    states = [attainment(one, make_activity(rows), NOTHING, MONTHLY) for one in (before, after)]
    assert [(s["state"][0], s["period_start"][0], s["period_end"][0]) for s in states] == [
        ("met", date(2026, 3, 1), date(2026, 3, 15)), ("missed", date(2026, 3, 16), date(2026, 3, 31)),
    ]  # fmt: skip


def test_a_queue_with_a_clause_of_its_own_leaves_that_of_all_queues(make_activity, make_terms) -> None:
    held = make_terms()
    own = held.clauses[0].model_copy(update={"id": "own", "queue": "a", "target": 0.5})
    every, single = bound_clauses({"v": [held.model_copy(update={"clauses": [held.clauses[0], own]})]})
    rows = [(DAY + timedelta(days=n), 20, 100, 60, 100, queue) for n in range(30) for queue in "ab"]
    known = make_activity(rows)
    assert attainment(every, known, NOTHING, MONTHLY)["contacts"].sum() == 3000
    assert attainment(single, known, NOTHING, MONTHLY)["queue"].unique().to_list() == ["a"]


def test_median_waits_come_from_the_histogram(make_activity, make_bound) -> None:
    waits = pl.DataFrame(
        {"queue": "q", "local_date": [DAY] * 4, "wait_bin": [0, 20, 60, 200], "answered": [1] * 4, "abandoned": [0] * 4}
    )
    known = make_activity([(DAY, 20, 4, 4, 4)], waits=waits)
    one = make_bound(metric="wait_median_s", variant=None, target=20, measurement_period="day")
    assert attainment(one, known, NOTHING, MONTHLY)["value"].to_list() == [10.0]


def test_an_empty_interval_gives_what_the_clause_says(make_activity, make_bound) -> None:
    rows = [(DAY, 20, 10, 5, 10), (DAY, 21, 0, 0, 0)]
    for rule, value in (("null", 0.5), ("one", 0.75), ("zero", 0.25)):
        one = make_bound(aggregation="mean_of_intervals", measurement_period="day", zero_rule=rule)
        assert attainment(one, make_activity(rows), NOTHING, MONTHLY)["value"].to_list() == [value]
    quiet = make_activity([(DAY, 20, 0, 0, 0), (DAY + timedelta(days=1), 20, 10, 9, 10)], first_day=DAY)
    states = {
        rule: attainment(make_bound(measurement_period="day", zero_rule=rule), quiet, NOTHING, MONTHLY)["state"][0]
        for rule in ("null", "one", "zero")
    }
    assert states == {"null": "no_demand", "one": "met", "zero": "missed"}


def test_boxes_of_satisfaction_and_parts_of_handle_time_are_the_clauses(make_activity, make_bound) -> None:
    known = make_activity([(DAY, 20, 10, 9, 10)])
    days = known.days.with_columns(
        csat_top1=pl.lit(50), csat_top2=pl.lit(85), csat_neutral=pl.lit(5), csat_scored=pl.lit(100)
    )
    known = make_activity([(DAY, 20, 10, 9, 10)], days=days)
    common = {"metric": "csat", "variant": None, "target": 0.8, "measurement_period": "day"}
    for more, value in (({}, 0.85), ({"boxes": 1}, 0.5), ({"neutral": False}, 85 / 95)):
        one = make_bound(**common, **more)
        assert attainment(one, known, NOTHING, MONTHLY)["exact"].to_list() == pytest.approx([value])
    assert make_bound(**common, boxes=1).definition_id == "csat.top1"


def test_first_contact_resolution_is_counted_under_the_rule_of_the_clause(make_activity, make_bound) -> None:
    """Under the company's rule the days hold it; under another one it is counted anew, with that rule and no other."""
    asked = []

    def repeats(rule: RepeatDefinition, windows: list[float]) -> pl.DataFrame:
        asked.append((rule.same_reason, windows))
        blank = {"unknown": 20, "blank_closed": 20, "still_open": 0, "window_h": windows[0]}
        return pl.DataFrame({"queue": "q", "local_date": DAY, "eligible": 80, "repeated": 20, **blank})

    own = make_activity([(DAY, 20, 100, 80, 100)])
    days = own.days.with_columns(repeat_eligible=pl.lit(100), repeated=pl.lit(10), repeat_open=pl.lit(0))
    own = replace(own, days=days, repeats=repeats)
    for said, value in (
        ({}, 0.9), ({"window_h": 168.0}, 0.9), ({"window_h": 72, "same_reason": True}, 0.75),
        ({"window_h": 72, "blank_id_rule": "resolved"}, 0.8),
    ):  # fmt: skip
        clause = make_bound(metric="fcr", threshold_s=None, variant=None, measurement_period="day", **said)
        row = attainment(clause, own, NOTHING, MONTHLY).row(0, named=True)
        assert (row["exact"], row["definition_id"][:4]) == (pytest.approx(value), "fcr.")
    assert asked == [(True, [72.0]), (False, [72.0])]


def test_what_nobody_delivers_is_not_known(make_activity, make_bound) -> None:
    one = make_bound(metric="adherence", variant=None, target=0.9, measurement_period="day")
    assert attainment(one, make_activity([(DAY, 20, 4, 4, 4)]), NOTHING, MONTHLY)["state"].to_list() == ["not_known"]
