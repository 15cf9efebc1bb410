"""The simulated queue: exact against a slow second computation, sane against Erlang, and its two orders of service."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sample_data.generator.erlang import agents_needed
from sample_data.generator.queueing import first_come, threshold_first

_calls = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 200), st.integers(1, 90)), min_size=0, max_size=60).map(
    sorted
)
_shifts = st.lists(st.tuples(st.integers(0, 200), st.integers(50, 600)), min_size=1, max_size=5)


def _by_the_clock(calls, shifts, choose):
    """Second computation: tick by tick, one unit of time after the other."""
    waits, by = [patience for _, patience, _ in calls], [-1] * len(calls)
    free_at = {number: start for start, number, _ in shifts}
    ends = {number: end for _, number, end in shifts}
    gone, last = set(), max([arrival + patience for arrival, patience, _ in calls], default=0)
    for now in range(last + 1):
        for number in sorted(free_at, key=lambda one: (free_at[one], one)):
            waiting = [
                place
                for place, (arrival, patience, _) in enumerate(calls)
                if place not in gone and arrival <= now <= arrival + patience
            ]
            if free_at[number] > now or now >= ends[number] or not waiting:
                continue
            chosen = choose(waiting, now, calls)
            gone.add(chosen)
            waits[chosen], by[chosen] = now - calls[chosen][0], number
            free_at[number] = now + calls[chosen][2]
    return waits, [place >= 0 for place in by]


def _numbered(shifts):
    return [(start, number, start + length) for number, (start, length) in enumerate(shifts)]


@given(_calls, _shifts)
def test_first_come_first_served_agrees_with_the_clock(calls, shifts):
    columns = [list(column) for column in zip(*calls, strict=True)] or [[], [], []]
    waits, by = first_come(*columns, _numbered(shifts))
    slow_waits, slow_answered = _by_the_clock(calls, _numbered(shifts), lambda waiting, _now, _calls: waiting[0])
    assert waits == slow_waits
    assert [number >= 0 for number in by] == slow_answered


@given(_calls, _shifts, st.integers(1, 60))
@example(calls=[(0, 1, 1), (3, 1, 50), (52, 1, 1)], shifts=[(2, 50), (2, 51)], threshold=1)  # who is free longest?
def test_threshold_first_agrees_with_the_clock(calls, shifts, threshold):
    def choose(waiting, now, all_calls):
        inside = [place for place in waiting if now - all_calls[place][0] <= threshold]
        return (inside or waiting)[0]

    columns = [list(column) for column in zip(*calls, strict=True)] or [[], [], []]
    waits, by = threshold_first(*columns, _numbered(shifts), threshold)
    slow_waits, slow_answered = _by_the_clock(calls, _numbered(shifts), choose)
    assert waits == slow_waits
    assert [number >= 0 for number in by] == slow_answered


def _stream(agents: int, per_min: float, handle_s: float, patience_s: float, count: int):
    draw = np.random.Generator(np.random.PCG64(7))
    arrivals = np.cumsum(draw.standard_exponential(count) * 60_000 / per_min).astype(int).tolist()
    patience = (draw.standard_exponential(count) * patience_s * 1000).astype(int).tolist()
    handle = (draw.standard_exponential(count) * handle_s * 1000).astype(int).tolist()
    shifts = [(0, number, arrivals[-1] + 10**9) for number in range(agents)]
    return arrivals, patience, handle, shifts


def test_patient_callers_wait_as_erlang_says():
    """100 calls in 30 min, 180 s, 14 agents, 20 s: P(wait) .1741, service level .8884 (Erlang C)."""
    arrivals, _, handle, shifts = _stream(14, 100 / 30, 180, 1, 60_000)
    waits, _ = first_come(arrivals, [10**9] * len(arrivals), handle, shifts)
    assert sum(wait > 0 for wait in waits) / len(waits) == pytest.approx(0.1741, abs=0.02)
    assert sum(wait <= 20_000 for wait in waits) / len(waits) == pytest.approx(0.8884, abs=0.02)


def test_impatient_callers_leave_as_erlang_a_says():
    """48 a minute, 1 min, patience 2 min, 50 agents: 3.09 % abandon, 46.8 % wait."""
    waits, by = first_come(*_stream(50, 48, 60, 120, 120_000))
    assert sum(number < 0 for number in by) / len(by) == pytest.approx(0.0309, abs=0.004)
    assert sum(wait > 0 for wait in waits) / len(waits) == pytest.approx(0.468, abs=0.03)


def test_threshold_first_leaves_its_fingerprint():
    """METRICS section 9: at 42 agents the service level rises, abandonment stays, answers just after T vanish."""
    stream = _stream(42, 10, 264, 180, 40_000)
    fifo, gaming = first_come(*stream), threshold_first(*stream, 20_000)
    level = [sum(w <= 20_000 for w, n in zip(*one, strict=True) if n >= 0) / 40_000 for one in (fifo, gaming)]
    assert level[0] == pytest.approx(0.638, abs=0.05)
    assert level[1] == pytest.approx(0.848, abs=0.03)
    assert _density_ratio(*fifo, 20_000) > 0.6
    assert _density_ratio(*gaming, 20_000) < 0.05
    assert _overtaken(stream[0], *fifo) == 0
    assert 0.04 < _overtaken(stream[0], *gaming) < 0.10


def _density_ratio(waits, by, threshold):
    before = sum(threshold - 10_000 < wait <= threshold for wait, number in zip(waits, by, strict=True) if number >= 0)
    after = sum(threshold < wait <= threshold + 10_000 for wait, number in zip(waits, by, strict=True) if number >= 0)
    return after / before


def _overtaken(arrivals, waits, by):
    answered = [a + w for a, w, n in zip(arrivals, waits, by, strict=True) if n >= 0]
    earliest, overtaken = math.inf, 0
    for instant in reversed(answered):
        overtaken += instant > earliest
        earliest = min(earliest, instant)
    return overtaken / len(answered)


@pytest.mark.parametrize(
    ("load", "handle_s", "target", "threshold_s", "agents"),
    [(10, 180, 0.888350019, 20, 14.0), (250 / 3600 * 330, 330, 0.782, 30, 27.0)],
)
def test_agents_needed_reproduces_the_anchors(load, handle_s, target, threshold_s, agents):
    assert agents_needed(load, handle_s, target, threshold_s) == pytest.approx(agents, abs=0.02)


def test_no_load_needs_no_agent():
    assert agents_needed(0.0, 300, 0.8, 20) == 0.0
