"""How far a small interval may be off by nature: against exact sums, a planted likeness, and a simulated queue."""

from __future__ import annotations

import heapq

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipelines.measures.spread import ALPHA, WITHOUT_HISTORY, likeness, lower_tail


def test_the_tail_is_that_of_the_beta_binomial():
    rng = np.random.default_rng(2)
    n = rng.integers(1, 120, 60).astype(float)
    k = np.floor(rng.uniform(0, 1, 60) * n)
    p, rho = rng.uniform(0.05, 0.95, 60), rng.uniform(0.01, 0.6, 60)
    size = (1 - rho) / rho
    exact = stats.betabinom.cdf(k, n, p * size, (1 - p) * size)
    assert lower_tail(k, n, p, rho) == pytest.approx(exact, abs=1e-9)
    alone = lower_tail(k, n, p, np.zeros(60))
    assert alone == pytest.approx(stats.binom.cdf(k, n, p), abs=1e-4)


def test_many_contacts_go_over_into_the_limit():
    n, rho = np.array([400.0]), np.array([0.1])
    for k in (120.0, 240.0, 300.0, 400.0):
        exact = stats.betabinom.cdf(k, n, 0.8 * 9, 0.2 * 9)
        assert lower_tail(np.array([k]), n, np.array([0.8]), rho) == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("rho", [0.0, 0.1, 0.3])
def test_likeness_is_measured_around_the_level_of_each_week(rho):
    rng = np.random.default_rng(int(100 * rho))
    rows = []
    for week in range(30):
        level = rng.uniform(0.7, 0.9)  # a bad week is no unsteady queue
        for _ in range(100):
            n = int(rng.integers(2, 30))
            share = level if rho == 0 else rng.beta(level * (1 - rho) / rho, (1 - level) * (1 - rho) / rho)
            rows.append(("q", week, float(rng.binomial(n, share)), float(n), None))
    cells = pl.DataFrame(rows, schema=["queue", "week", "numerator", "denominator", "squares"], orient="row")
    cells = cells.with_columns(pl.col("squares").cast(pl.Float64))
    assert likeness(cells, ["queue"], ["week"])["rho"].item() == pytest.approx(rho, abs=0.02)
    assert likeness(cells.head(20), ["queue"], ["week"])["rho"].item() == WITHOUT_HISTORY


def test_a_queue_on_its_target_is_hardly_ever_beyond_noise(capsys):
    """Half-hours of a simulated queue, judged at the level that it has: the binomial cries wolf, this does not."""
    counts, good = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        calls = 30_000
        arrive = np.cumsum(rng.exponential(60.0, calls))
        handle, patience = rng.exponential(300, calls), rng.exponential(180, calls)
        free, in_time = [0.0] * 7, np.zeros(calls)
        for place in range(calls):
            start = max(arrive[place], free[0])
            if start - arrive[place] <= patience[place]:
                in_time[place] = start - arrive[place] <= 20
                heapq.heapreplace(free, start + handle[place])
        half = (arrive // 1800).astype(int)
        counts.append(np.bincount(half).astype(float))
        good.append(np.bincount(half, in_time))
    n, k = np.concatenate(counts), np.concatenate(good)
    level = k.sum() / n.sum()
    cells = pl.DataFrame({"queue": "q", "week": np.arange(n.size) // 240, "numerator": k, "denominator": n})
    cells = cells.with_columns(squares=pl.lit(None, pl.Float64))
    rho = likeness(cells, ["queue"], ["week"])["rho"].item()
    plain = (stats.binom.cdf(k, n, level) < ALPHA).mean()
    named = (lower_tail(k, n, np.full(n.size, level), np.full(n.size, rho)) < ALPHA).mean()
    with capsys.disabled():
        print(f"\n{n.size} honest half-hours: {plain:.1%} named by the binomial, {named:.2%} as alike as {rho:.2f}")
    assert named < ALPHA
    assert plain > 5 * ALPHA
