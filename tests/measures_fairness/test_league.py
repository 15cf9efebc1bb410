"""A league's errors come from how days scatter, and its places cover the truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipelines.measures.league import clustered_errors, league


def _cells(draws: np.random.Generator, chances: list[float], days: int, n: int, spread: float) -> pl.DataFrame:
    rows = []
    for unit, chance in enumerate(chances):
        for day in range(days):
            today = float(np.clip(chance + draws.normal(0, spread), 0.01, 0.99))
            rows.append((f"u{unit:02d}", day, n, int(draws.binomial(n, today))))
    return pl.DataFrame(rows, schema=["unit", "cluster", "n", "total"], orient="row").with_columns(total_sq="total")


def test_errors_are_those_of_whole_days() -> None:
    """Days that go up and down together make the average less sure than its contacts would say."""
    draws = np.random.default_rng(1)
    cells = _cells(draws, [0.8] * 200, 40, 50, 0.1)
    sums = cells.group_by("unit").agg(pl.col("n", "total", "total_sq").sum()).sort("unit")
    errors = clustered_errors(cells, sums)
    true = float((sums["total"] / sums["n"]).std())  # type: ignore[arg-type]
    assert float(errors.mean()) == pytest.approx(true, rel=0.1)
    separate = np.sqrt(0.8 * 0.2 / (40 * 50))
    assert float(errors.mean()) > 1.8 * separate


def test_a_unit_of_ones_alone_is_not_without_error() -> None:
    cells = pl.DataFrame({"unit": ["a"] * 5, "cluster": range(5), "n": [4] * 5, "total": [4] * 5, "total_sq": [4] * 5})
    sums = cells.group_by("unit").agg(pl.col("n", "total", "total_sq").sum())
    assert clustered_errors(cells, sums)[0] > 0.03


def test_equal_units_are_seldom_told_apart() -> None:
    draws = np.random.default_rng(2)
    alike = 0
    for _ in range(60):
        found = league(_cells(draws, [0.8] * 8, 60, 30, 0.06), "rate", higher_is_better=True)
        assert found is not None
        alike += bool((found.ranks["rank_low"] == 1).all() and (found.ranks["rank_high"] == 8).all())
    assert alike >= 54


def test_small_units_take_no_part_and_one_is_no_league() -> None:
    draws = np.random.default_rng(3)
    cells = _cells(draws, [0.8, 0.7], 20, 10, 0.0)
    tiny = pl.DataFrame({"unit": ["tiny"], "cluster": [0], "n": [4], "total": [0], "total_sq": [0]})
    found = league(pl.concat([cells, tiny], how="vertical_relaxed"), "rate", higher_is_better=True)
    assert found is not None
    assert "tiny" not in found.ranks["unit"].to_list()
    assert league(cells.filter(pl.col("unit") == "u00"), "rate", higher_is_better=True) is None
