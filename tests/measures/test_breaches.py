"""Cells of clauses made by hand: other metrics, other averages, runs, relief, what can't be told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from pipelines.measures.agreement.bound import bound_clauses
from pipelines.measures.agreement.periods import Calendar
from pipelines.measures.agreement.relief import EXCUSED
from pipelines.measures.breaches import CELLS, bound, counted, excused_rows, judged
from pipelines.workspace.terms import Terms

MONDAY = date(2026, 3, 2)
PLAN = {"vendor": pl.String, "queue": pl.String, "interval_start_at": pl.Datetime("us", "UTC"), "local_date": pl.Date,
        "forecast": pl.Float64}  # fmt: skip


def half_hours(counts: list[tuple[int, int, int]], per_day: int = 4, site: str | None = None) -> pl.DataFrame:
    """(offered, answered, in time) of half-hours from nine on; each answered contact waited 15 s and took 200 s."""
    rows = []
    for place, (offered, answered, good) in enumerate(counts):
        day, minute = MONDAY + timedelta(days=place // per_day), 540 + 30 * (place % per_day)
        rows.append(
            {
                "vendor": "away", "site": site, "queue": "orders", "local_date": day, "local_minute": minute,
                "interval_start_at": datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute),
                "interval_min": 30, "offered": offered, "answered": answered, "abandoned": offered - answered,
                "abandoned_ivr": 0, "flow_outs": 0, "callbacks": 0, "voicemail": 0, "closed": 0,
                "answered_in_threshold": good, "abandoned_in_threshold": 0, "short_abandoned": 0,
                "callbacks_in_threshold": 0, "wait_answered_s": 15.0 * answered, "wait_answered_sq": 400.0 * answered,
                "wait_abandoned_s": 0.0, "wait_max_s": 60.0 + place, "waits_known_answered": answered,
                "waits_known": answered, "ring_s": 0.0, "talk_s": 200.0 * answered, "hold_s": 0.0, "acw_s": 0.0,
                "talk_known": answered, "handle_known": answered, "hold_known": answered, "acw_known": answered,
                "handle_s": 200.0 * answered, "handle_sq": 50_000.0 * answered, "talk_sq": 50_000.0 * answered,
                "hold_sq": 0.0, "acw_sq": 0.0, "transferred": 0,
                "transfer_known": answered,
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"site": pl.String, "interval_start_at": pl.Datetime("us", "UTC")})


def cells(frame: pl.DataFrame, grain: str, excused: pl.DataFrame | None = None, **clause: Any) -> pl.DataFrame:
    own = {"id": "c", "metric": "service_level", "target": 0.8, "threshold_s": 20, "variant": "abandon_negative"}
    terms = {"id": "t", "vendor": "away", "valid_from": date(2025, 1, 1), "report_tz": "UTC", "clauses": [own | clause]}
    rows, rules = bound(frame, bound_clauses({"away": [Terms.model_validate(terms)]}))
    rows = excused_rows(counted(rows, rules), [pl.DataFrame(schema=EXCUSED) if excused is None else excused], [])
    days = (MONDAY, MONDAY + timedelta(days=30))
    found = judged(rows, rules, grain, days, {"away": "UTC"}, pl.DataFrame(schema=PLAN), Calendar())
    assert set(found.columns) == {*CELLS, "rule"}
    return found


def test_a_wait_in_seconds_is_missed_above_its_target():
    found = cells(half_hours([(10, 10, 5)] * 8), "day", metric="asa_s", target=12.0, variant=None)
    assert found.select("value", "missed", "points_below", "affected").row(0) == (15.0, True, 3.0, 40.0)
    assert found["beyond_target"].to_list() == [None, None]
    assert found["chance"].is_not_null().all()


@pytest.mark.parametrize(("metric", "target"), [("talk_s", 150.0), ("aht_s", 150.0)])
def test_a_mean_with_its_squares_has_a_chance(metric: str, target: float):
    found = cells(half_hours([(10, 10, 5)] * 40), "day", metric=metric, target=target, variant=None)
    assert found["chance"].is_between(0, 0.5).all()
    assert found["beyond_noise"].is_not_null().all()


def test_an_abandon_rate_is_missed_above_its_target():
    found = cells(half_hours([(10, 8, 5)] * 4), "day", metric="abandon_rate", target=0.1, variant=None)
    row = found.row(0, named=True)
    assert (row["value"], row["missed"], row["affected"]) == (0.2, True, 8.0)
    assert (row["points_below"], row["beyond_target"]) == (pytest.approx(10.0), pytest.approx(4.0))


def test_a_clause_that_averages_over_intervals_is_judged_by_that_average():
    frame = half_hours([(10, 10, 10), (100, 100, 50), (10, 10, 10), (10, 10, 10)])
    by_contacts = cells(frame, "day").row(0, named=True)
    by_intervals = cells(frame, "day", aggregation="mean_of_intervals").row(0, named=True)
    assert (by_contacts["value"], by_contacts["missed"]) == (pytest.approx(80 / 130), True)
    assert (by_intervals["value"], by_intervals["missed"]) == (0.875, False)
    assert by_intervals["chance"] is None


def test_runs_of_misses_end_with_the_day_and_pass_over_silence():
    bad, good, silent = (10, 10, 2), (10, 10, 10), (0, 0, 0)
    found = cells(half_hours([good, bad, silent, bad, bad, bad, good, bad]), "interval")
    assert found["persistence"].to_list() == [0, 1, None, 2, 1, 2, 0, 1]
    assert found["missed"].to_list() == [False, True, None, True, True, True, False, True]
    days = cells(half_hours([bad] * 4 + [good] * 4 + [bad] * 8), "day")
    assert days["persistence"].to_list() == [1, 0, 1, 2]


def test_the_printed_figure_is_what_is_compared():
    frame = half_hours([(1000, 1000, 799)], per_day=1)
    assert cells(frame, "day", rounding=1)["missed"].to_list() == [True]
    assert cells(frame, "day", rounding=0).select("missed", "value").row(0) == (False, 0.8)


def test_what_is_excused_leaves_the_figure_and_is_named():
    frame = half_hours([(10, 10, 10)] * 4 + [(30, 30, 3)] * 4)
    day = MONDAY + timedelta(days=1)
    waiver = pl.DataFrame([("orders", day, None, "waiver")], schema=EXCUSED, orient="row")
    week = cells(frame, "week", waiver).row(0, named=True)
    assert (week["missed"], week["excused"], week["reason"], week["value_relieved"]) == (True, True, "waiver", 1.0)
    days = cells(frame, "day", waiver)
    assert days.select("missed", "excused", "value_relieved").rows() == [(False, False, 1.0), (True, True, None)]


def test_counts_that_nobody_sent_are_not_known_not_missed():
    frame = half_hours([(10, 10, 2)] * 4).with_columns(answered_in_threshold=pl.lit(None, pl.Int64))
    assert cells(frame, "day").select("value", "missed", "beyond_noise").rows() == [(None, None, None)]


def test_sites_apart_and_together():
    both = pl.concat([half_hours([(10, 10, 10)] * 4, site="a"), half_hours([(10, 10, 2)] * 4, site="b")])
    assert cells(both, "day").sort("site").select("site", "missed").rows() == [("a", False), ("b", True)]
    assert cells(both.with_columns(site=pl.lit(None, pl.String)), "interval")["denominator"].to_list() == [20.0] * 4


def test_a_half_hour_of_two_contacts_is_not_beyond_noise_and_a_hundred_are():
    steady = [(20, 20, 16), (20, 20, 17)] * 150
    few = cells(half_hours([*steady, (2, 2, 0)], per_day=20), "interval")
    many = cells(half_hours([*steady, (100, 100, 0)], per_day=20), "interval")
    assert few.tail(1).select("missed", "beyond_noise").row(0) == (True, False)
    assert many.tail(1).select("missed", "beyond_noise").row(0) == (True, True)
