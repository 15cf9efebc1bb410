"""The model of a queue and the split of a missed target: anchors, a simulation, and sums that must add up."""

from __future__ import annotations

import heapq
import json
import time
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.periods import Calendar
from pipelines.measures.agreement.relief import EXCUSED
from pipelines.measures.breaches import bound, counted, excused_rows
from pipelines.measures.causes import (
    CAUSES,
    PARTS,
    attributed,
    model_inputs,
    patience,
    split,
    usual_misfit,
    with_common,
    with_side,
)
from pipelines.measures.erlang import Load, erlang_a
from pipelines.measures.erlang_many import Inputs, modelled
from pipelines.workspace.terms import Terms
from tests.bench.queues import week_of_queues

MONDAY = date(2026, 3, 2)


def clause(band: float | None = 0.1, **changes) -> BoundClause:
    own = {"id": "sl", "metric": "service_level", "target": 0.8, "threshold_s": 20, "variant": "abandon_negative"}
    relief = None if band is None else {"band_rate": band, "per": "day"}
    terms = {"id": "t", "vendor": "away", "valid_from": date(2025, 1, 1), "report_tz": "UTC", "forecast_relief": relief}
    return bound_clauses({"away": [Terms.model_validate({**terms, "clauses": [own | changes]})]})[0]


def intervals(offered: list[int], in_time: list[int], handle_s: float = 180.0, days: int = 1) -> pl.DataFrame:
    """Half-hours of one queue from nine o'clock on, ``days`` days of them in turn; a tenth gives up after a minute."""
    rows = []
    per_day = len(offered) // days
    for place, (calls, good) in enumerate(zip(offered, in_time, strict=True)):
        day = MONDAY + timedelta(days=place // per_day)
        minute = 540 + 30 * (place % per_day)
        gone = min(calls // 10, calls - good)
        rows.append(
            {
                "vendor": "away", "site": None, "queue": "orders", "local_date": day, "local_minute": minute,
                "interval_start_at": datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute),
                "interval_min": 30, "offered": calls, "answered": calls - gone, "abandoned": gone,
                "abandoned_ivr": 0, "flow_outs": 0, "callbacks": 0, "voicemail": 0, "closed": 0,
                "answered_in_threshold": good, "abandoned_in_threshold": 0, "short_abandoned": 0,
                "callbacks_in_threshold": 0, "wait_answered_s": 10.0 * (calls - gone), "wait_answered_sq": 0.0,
                "wait_abandoned_s": 60.0 * gone, "wait_max_s": 90.0, "handle_known": calls - gone,
                "handle_s": handle_s * (calls - gone), "handle_sq": 0.0,
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"site": pl.String, "interval_start_at": pl.Datetime("us", "UTC")})


def staffing(cells: pl.DataFrame, **plan: list[float] | float | None) -> pl.DataFrame:
    names = ("forecast", "aht_forecast_s", "committed", "scheduled", "logged_s")
    columns = []
    for name in names:
        value = plan.get(name)
        values = value if isinstance(value, list) else [value] * cells.height
        columns.append(pl.Series(name, values, dtype=pl.Float64))
    return cells.select("vendor", "queue", "interval_start_at", "local_date", "interval_min").with_columns(columns)


def judged(cells: pl.DataFrame, plan: pl.DataFrame, band: float | None = 0.1, **changes) -> tuple:
    one = clause(band, **changes)
    rows, rules = bound(cells, [one])
    came, planned = cells["offered"].sum(), plan["forecast"].sum()
    over = band is not None and planned and came > planned * (1 + band)
    days = cells.select("queue", "local_date").unique()
    excused = days.select(
        "queue", "local_date", interval_start_at=pl.lit(None, EXCUSED["interval_start_at"]), reason=pl.lit("forecast")
    )
    banded = [] if band is None else [("away", date(2025, 1, 1), None)]
    rows = excused_rows(counted(rows, rules), [excused if over else excused.clear()], banded)
    return rows, rules, model_inputs(cells, plan)


def told(rows: pl.DataFrame, rules: list[BoundClause], inputs: pl.DataFrame, grain: str) -> pl.DataFrame:
    nothing = usual_misfit(rows.clear(), rules, inputs)
    cells = split(attributed(rows, rules, inputs), nothing, rules, grain, Calendar())
    return with_common(with_side(cells.with_columns(metric=pl.lit("service_level"))))


def many(calls, aht, agents, patience_s, threshold, short=0.0) -> Inputs:
    size = np.size(calls)
    arrays = (
        np.broadcast_to(np.asarray(one, dtype=float), size) for one in (aht, agents, patience_s, threshold, short)
    )
    return Inputs(np.asarray(calls, dtype=float) / 1800, *arrays)


def test_many_at_once_are_what_one_by_one_is():
    rng = np.random.default_rng(5)
    size = 200
    calls, aht = rng.uniform(0.2, 400, size), rng.uniform(60, 900, size)
    agents = np.maximum(1, np.round(calls / 1800 * aht * rng.uniform(0.4, 1.6, size)))
    patience_s, threshold = rng.uniform(20, 900, size), rng.choice([5.0, 20.0, 120.0], size)
    ours = modelled(many(calls, aht, agents, patience_s, threshold))
    for place in range(size):
        one = erlang_a(Load(calls[place], 1800, aht[place], int(agents[place])), threshold[place], patience_s[place])
        assert ours.answered_in_threshold[place] == pytest.approx(one.service_level, abs=1e-11)
        assert ours.abandoned[place] == pytest.approx(one.p_abandon, abs=1e-11)


def test_the_published_anchor(shared):
    expected = json.loads((shared / "reference/erlang/anchors.json").read_text())["erlang_a"]
    ours = modelled(many([48 * 30], 60, 50, 120, 20))
    assert ours.abandoned[0] == pytest.approx(expected["p_abandon"], rel=1e-11)


def test_a_part_of_an_agent_lies_between_two_and_nobody_serves_nobody():
    ours = modelled(many([100] * 4, 180, np.array([13, 13.25, 14, 0]), 120, 20))
    low, between, high, none = ours.answered_in_threshold
    assert between == pytest.approx(low + (high - low) / 4)
    assert none == 0
    assert ours.abandoned[3] == 1
    quiet = modelled(many([0.0], 180, 3, 120, 20))
    assert (quiet.answered_in_threshold[0], quiet.abandoned[0]) == (1, 0)


def test_abandons_within_a_limit_are_those_of_a_simulated_queue():
    """60 calls a minute of one minute, 50 agents, patience one minute: who is gone within 5 and within 20 seconds."""
    rng = np.random.default_rng(11)
    calls = 400_000
    arrive = np.cumsum(rng.exponential(1.0, calls))
    talk, willing = rng.exponential(60.0, calls), rng.exponential(60.0, calls)
    free, gone = [0.0] * 50, np.zeros(2)
    for at, length, patient in zip(arrive, talk, willing, strict=True):
        start = max(at, free[0])
        if start - at > patient:
            gone += (patient <= 5, patient <= 20)
        else:
            heapq.heapreplace(free, start + length)
    ours = modelled(many([1800], 60, 50, 60, 20, 5))
    assert ours.short_abandoned[0] == pytest.approx(gone[0] / calls, abs=0.003)
    assert ours.abandoned_in_threshold[0] == pytest.approx(gone[1] / calls, abs=0.003)


def test_the_shapley_anchor(shared):
    """With callers who hardly ever give up the model is Erlang C, for which the anchor was computed."""
    anchor = json.loads((shared / "reference/erlang/shapley_sl_example.json").read_text())
    cells = intervals([112], [36])
    plan = staffing(cells, forecast=100.0, aht_forecast_s=180.0, committed=14.0, logged_s=13 * 1800.0)
    rows, rules, inputs = judged(cells, plan)
    exact = inputs.with_columns(calls=pl.lit(112.0), aht_s=pl.lit(195.0), patience_s=pl.lit(1e7))
    parts = attributed(rows, rules, exact)
    assert parts["planned"].item() == pytest.approx(anchor["SL_plan"], abs=1e-4)
    assert parts["modelled"].item() == pytest.approx(anchor["SL_actual"], abs=1e-3)
    for ours, theirs in zip(CAUSES, ("calls", "aht", "N"), strict=True):
        assert parts[ours].item() == pytest.approx(anchor["shapley"][theirs], abs=1e-3)


def test_patience_is_all_waiting_over_those_who_gave_up():
    found = patience(intervals([100, 300], [60, 200]))
    assert found["patience_s"].item() == pytest.approx((360 * 10 + 40 * 60) / 40)


@settings(max_examples=40)
@given(st.data())
def test_parts_add_up_to_the_distance_and_from_the_interval_to_the_week(data):
    size = 12
    offered = data.draw(st.lists(st.integers(0, 120), min_size=size, max_size=size))
    share = data.draw(st.lists(st.floats(0, 1), min_size=size, max_size=size))
    cells = intervals(offered, [int(n * part) for n, part in zip(offered, share, strict=True)], days=3)
    some = st.lists(st.one_of(st.none(), st.floats(0.5, 60)), min_size=size, max_size=size)
    committed, logged = data.draw(some), data.draw(some)
    plan = staffing(
        cells,
        forecast=data.draw(st.lists(st.one_of(st.none(), st.floats(0, 120)), min_size=size, max_size=size)),
        aht_forecast_s=data.draw(st.floats(60, 600)),
        committed=committed,
        logged_s=[None if one is None else one * 1800 for one in logged],
    )
    variant = data.draw(st.sampled_from(["abandon_negative", "answered_only", "abandon_positive", "abandon_ignored_T"]))
    rows, rules, inputs = judged(cells, plan, variant=variant)
    parts = attributed(rows, rules, inputs)
    misfit = usual_misfit(rows, rules, inputs)
    weeks = {}
    for grain in ("interval", "day", "week"):
        found = split(parts, misfit, rules, grain, Calendar())
        total = found.select(pl.sum_horizontal(*PARTS)).to_series()
        assert np.allclose(total, found["distance"], atol=1e-8)
        weight = found["n"].sum()
        weeks[grain] = {
            name: (found[name].fill_null(0) * found["n"]).sum() / weight if weight else 0.0
            for name in ("distance", *PARTS)
        }
    for name in ("distance", *PARTS):
        assert weeks["interval"][name] == pytest.approx(weeks["week"][name], abs=1e-8)
        assert weeks["day"][name] == pytest.approx(weeks["week"][name], abs=1e-8)


def test_more_contacts_than_the_band_allows_are_the_clients_side():
    cells = intervals([60] * 10, [20] * 10)
    plan = staffing(cells, forecast=40.0, aht_forecast_s=180.0, committed=6.0, logged_s=6 * 1800.0)
    found = told(*judged(cells, plan), "day")
    assert found.select("cause", "side").rows() == [("volume", "client")]
    assert told(*judged(cells, plan, band=None), "day").select("cause", "side").rows() == [("volume", "unknown")]
    assert told(*judged(cells, plan, band=0.8), "day").select("cause", "side").rows() == [("volume", "vendor")]


def test_fewer_agents_than_committed_are_the_vendors_side():
    cells = intervals([40] * 10, [14] * 10)
    plan = staffing(cells, forecast=40.0, aht_forecast_s=180.0, committed=6.0, logged_s=4 * 1800.0)
    found = told(*judged(cells, plan), "day")
    assert found.select("cause", "side").rows() == [("staffing", "vendor")]


def test_without_a_staffing_feed_fewer_causes_are_told():
    cells = intervals([40] * 10, [14] * 10)
    empty = staffing(cells.head(0))
    found = told(*judged(cells, empty), "day")
    assert found["told"].to_list() == [[]]
    assert found.select(*CAUSES, "planned", "modelled", "misfit").row(0) == (None,) * 6
    assert found["unexplained"].item() == pytest.approx(found["distance"].item()) == pytest.approx(-45)
    assert found.select("cause", "side").rows() == [("unexplained", "unknown")]
    agents_only = staffing(cells, forecast=40.0, aht_forecast_s=180.0, committed=6.0)
    found = told(*judged(cells, agents_only), "day")
    assert found["told"].to_list() == [["volume", "handle_time"]]
    assert found["staffing"].item() is None


def test_a_target_that_is_met_has_no_cause():
    cells = intervals([40] * 4, [36] * 4)
    plan = staffing(cells, forecast=40.0, aht_forecast_s=180.0, committed=6.0, logged_s=6 * 1800.0)
    assert told(*judged(cells, plan), "day").select("cause", "side").rows() == [(None, None)]


def test_longer_calls_at_two_operations_at_once_are_common():
    both = []
    for vendor in ("away", "abroad"):
        cells = intervals([40] * 10, [14] * 10, handle_s=330.0)
        plan = staffing(cells, forecast=40.0, aht_forecast_s=180.0, committed=6.0, logged_s=6 * 1800.0)
        found = told(*judged(cells, plan), "day")
        both.append(found.drop("common_with").with_columns(vendor=pl.lit(vendor)))
    found = with_common(pl.concat(both))
    assert found["cause"].to_list() == ["handle_time", "handle_time"]
    assert found["common_with"].to_list() == [["abroad"], ["away"]]


def test_a_week_of_forty_queues_is_split_in_no_time(capsys):
    """Five operations of eight queues, no two half-hours alike: processor time, for wall time is the machine's."""
    rows, rules, inputs = week_of_queues(operations=5, queues=8)
    begin = time.process_time()
    parts = attributed(rows, rules, inputs)
    seconds = time.process_time() - begin
    with capsys.disabled():
        print(f"\n{parts.height:,} half-hours of 40 queues attributed in {seconds:.2f} s of processor time")
    assert parts["volume"].is_not_null().all()
    assert seconds < 2
