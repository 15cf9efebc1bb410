"""A league that doesn't lie: ranks with their intervals, and ties said to be ties.

A unit's rank can be as good as one more than the number of units that are beyond chance better, and as bad as the
number of units minus those that are beyond chance worse (Mogstad, Romano, Shaikh & Wilhelm 2024; Klein, Wright &
Wieczorek 2020). Pairs are compared by a normal test with Holm's correction over all pairs of the league.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from pipelines.measures.distributions import normal_above

Floats = NDArray[np.float64]


def proportion_error(successes: ArrayLike, sizes: ArrayLike) -> Floats:
    """Standard errors of shares after adding two successes and two failures (Agresti & Coull), never zero."""
    x, n = np.asarray(successes, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    share = (x + 2) / (n + 4)
    return np.sqrt(share * (1 - share) / (n + 4))


def rank_intervals(
    units: Sequence[str],
    values: ArrayLike,
    standard_errors: ArrayLike,
    *,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> pl.DataFrame:
    """One row per unit, best first: unit, value, rank, rank_low, rank_high, tied_with (units it can't be told from).

    ``rank_low`` to ``rank_high`` holds for all units at once with the confidence ``level``. Equal values share
    the better rank.
    """
    value, error = np.asarray(values, dtype=np.float64), np.asarray(standard_errors, dtype=np.float64)
    if not len(units) == value.size == error.size:
        raise ValueError(f"{len(units)} units, {value.size} values, {error.size} standard errors")
    score = value if higher_is_better else -value
    better = _beyond_chance(score, error, 1 - level)
    rows = []
    for i, unit in enumerate(units):
        ties = [other for j, other in enumerate(units) if j != i and not better[i, j] and not better[j, i]]
        rank = 1 + int((score > score[i]).sum())
        rows.append((unit, float(value[i]), rank, 1 + int(better[:, i].sum()), len(units) - int(better[i].sum()), ties))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "unit": pl.String,
        "value": pl.Float64,
        "rank": pl.Int64,
        "rank_low": pl.Int64,
        "rank_high": pl.Int64,
        "tied_with": pl.List(pl.String),
    }
    return pl.DataFrame(rows, schema=pl.Schema(schema), orient="row").sort("rank", "unit")


def _beyond_chance(score: Floats, error: Floats, alpha: float) -> NDArray[np.bool_]:
    """Matrix: is the row's unit better than the column's, beyond chance, over all pairs at once?"""
    size = score.size
    better = np.zeros((size, size), dtype=bool)
    if size < 2:
        return better
    first, second = np.triu_indices(size, k=1)
    difference = score[first] - score[second]
    spread = np.sqrt(error[first] ** 2 + error[second] ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, difference / spread, np.where(difference == 0, 0.0, np.copysign(np.inf, difference)))
    holds = _holm(2 * normal_above(np.abs(z)), alpha)
    better[first[holds & (z > 0)], second[holds & (z > 0)]] = True
    better[second[holds & (z < 0)], first[holds & (z < 0)]] = True
    return better


def _holm(p_values: Floats, alpha: float) -> NDArray[np.bool_]:
    """Holm's step-down rejections; statsmodels has them too, but collects garbage for 0.1 s on each call."""
    order = p_values.argsort()
    passed = p_values[order] <= alpha / np.arange(p_values.size, 0, -1)
    holds = np.zeros(p_values.size, dtype=bool)
    holds[order] = np.logical_and.accumulate(passed)
    return holds
