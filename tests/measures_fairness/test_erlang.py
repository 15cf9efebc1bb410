"""Erlang C and A against published anchors and a simulation; the breach split against its anchor."""

from __future__ import annotations

import heapq
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.erlang import Load, agents_needed, erlang_a, erlang_c, explain_breach


def anchors(shared: Path) -> dict:
    return json.loads((shared / "reference/erlang/anchors.json").read_text())


def test_erlang_c_anchors(shared: Path) -> None:
    expected = anchors(shared)["erlang_c"]
    ours = erlang_c(Load(100, 1800, 180, 14), 20)
    # Printed with 16 digits.
    for name in ("p_wait", "service_level", "asa_s", "occupancy"):
        assert getattr(ours, name) == pytest.approx(expected[name], rel=1e-13)
    assert agents_needed(250, 3600, 330, 30, 0.8) == 28
    assert erlang_c(Load(18, 60, 60, 21), 20).p_wait == pytest.approx(
        anchors(shared)["erlang_c_A18_N21_pwait"], rel=1e-13
    )


def test_the_grid_of_staffing_levels(shared: Path) -> None:
    grid = pl.read_csv(shared / "reference/erlang/erlang_c_grid.csv")
    for row in grid.to_dicts():
        size = (row["calls"], row["interval_s"], row["aht_s"])
        agents = agents_needed(*size, row["target_s"], 0.8)
        assert agents == row["agents_80_20"]
        ours = erlang_c(Load(*size, agents), row["target_s"])
        for name in ("p_wait", "service_level", "asa_s", "occupancy"):
            assert getattr(ours, name) == pytest.approx(row[name], rel=1e-12)


def test_erlang_a_anchor(shared: Path) -> None:
    expected = anchors(shared)["erlang_a"]
    ours = erlang_a(Load(48, 60, 60, 50), 20, 120)
    assert ours.p_wait == pytest.approx(expected["p_wait"], rel=1e-12)
    assert ours.p_abandon == pytest.approx(expected["p_abandon"], rel=1e-12)
    assert ours.asa_s == pytest.approx(expected["mean_wait_s"], rel=1e-12)
    assert ours.occupancy == pytest.approx(expected["occupancy"], rel=1e-12)
    same = anchors(shared)["erlang_c_same_input"]
    patient = erlang_c(Load(48, 60, 60, 50), 20)
    assert (patient.asa_s, patient.occupancy) == pytest.approx((same["asa_s"], same["occupancy"]), rel=1e-12)


def test_erlang_a_service_level_is_that_of_a_simulated_queue() -> None:
    """60 calls a minute of one minute, 55 agents, patience one minute: answered within 5 s among all offered."""
    rng = np.random.default_rng(10)
    calls = 600_000
    arrive = np.cumsum(rng.exponential(1.0, calls))
    talk, patience = rng.exponential(60.0, calls), rng.exponential(60.0, calls)
    free = [0.0] * 55
    in_time = gone = 0
    for at, length, patient in zip(arrive, talk, patience, strict=True):
        start = max(at, free[0])
        if start - at > patient:
            gone += 1
            continue
        heapq.heapreplace(free, start + length)
        in_time += start - at <= 5
    ours = erlang_a(Load(60, 60, 60, 55), 5, 60)
    # Calls of one busy spell go together: simulations of this size have a standard deviation of 0.5 points.
    assert in_time / calls == pytest.approx(ours.service_level, abs=0.015)
    assert gone / calls == pytest.approx(ours.p_abandon, abs=0.006)


def test_very_patient_callers_make_erlang_a_into_erlang_c() -> None:
    load = Load(100, 1800, 180, 14)
    patient, endless = erlang_a(load, 20, 1e9), erlang_c(load, 20)
    assert patient.service_level == pytest.approx(endless.service_level, abs=1e-6)
    assert patient.asa_s == pytest.approx(endless.asa_s, rel=1e-5)


def test_the_breach_of_the_anchor_splits_as_given(shared: Path) -> None:
    expected = json.loads((shared / "reference/erlang/shapley_sl_example.json").read_text())
    split = explain_breach(Load(100, 1800, 180, 14), Load(112, 1800, 195, 13), 20)
    assert (split.planned, split.actual) == pytest.approx((expected["SL_plan"], expected["SL_actual"]), rel=1e-12)
    parts = expected["shapley"]
    assert (split.volume, split.handle_time, split.staffing) == pytest.approx(
        (parts["calls"], parts["aht"], parts["N"]), rel=1e-12
    )


loads = st.tuples(st.integers(1, 300), st.integers(30, 900), st.integers(1, 200))


@given(loads, loads)
def test_the_parts_of_a_breach_add_up(plan: tuple[int, int, int], actual: tuple[int, int, int]) -> None:
    split = explain_breach(*(Load(calls, 1800, aht, agents) for calls, aht, agents in (plan, actual)), 20)
    assert split.volume + split.handle_time + split.staffing == pytest.approx(split.change, abs=1e-12)


def test_an_overloaded_queue_and_a_large_one_do_not_break() -> None:
    over = erlang_c(Load(200, 1800, 180, 10), 20)
    assert (over.service_level, over.asa_s, over.p_wait) == (0.0, None, 1.0)
    assert 0 < erlang_a(Load(200, 1800, 180, 10), 20, 60).p_abandon < 1
    large = erlang_c(Load(20_000, 1800, 180, 2050), 20)
    assert 0.9 < large.service_level < 1
    assert erlang_a(Load(0, 1800, 180, 5), 20, 60).service_level == 1.0


def test_impossible_loads_are_refused() -> None:
    with pytest.raises(ValueError, match="not a load"):
        erlang_c(Load(10, 1800, 180, 0), 20)
    with pytest.raises(ValueError, match="patience"):
        erlang_a(Load(10, 1800, 180, 5), 20, 0)
    with pytest.raises(ValueError, match="same interval"):
        explain_breach(Load(10, 1800, 180, 5), Load(10, 900, 180, 5), 20)
    with pytest.raises(ValueError, match="between 0 and 1"):
        agents_needed(10, 1800, 180, 20, 1.0)
