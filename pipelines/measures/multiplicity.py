"""Looking at many figures at once: how many would look unusual by luck alone, and which survive that.

Benjamini & Hochberg 1995 within one review's comparisons. For the charts of the usual range it is not
used: their false signals are counted instead, from simulations of stable figures (20,000 charts per row, NHS rules,
estimated XmR limits), so that the page can print "expected by chance: 1".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

AVERAGE_RUN_LENGTH = {"nhs": 86.50, "outside_limits": 370.3983}
"""Periods between two false signals when the limits are known: the NHS rules (simulated), 3 sigma alone (exact)."""

_LATEST_FLAGGED: dict[float, dict[int, float]] = {
    # lag-1 correlation -> {points of the chart: chance that the latest point of a stable figure is flagged}
    0.0: {12: 0.0154, 24: 0.01555, 26: 0.01665, 52: 0.018},
    0.3: {12: 0.0413, 24: 0.0615, 26: 0.0582, 52: 0.06745},
    0.5: {12: 0.0896, 24: 0.1329, 26: 0.1419, 52: 0.15225},
}
_LATEST_FLAGGED_FIXED = {12: 0.06615, 24: 0.03875}
"""The same after 52 points with limits fixed after the first 12 or 24."""


@dataclass(frozen=True)
class FalseSignals:
    """What luck alone would flag among ``charts`` stable figures in one period."""

    charts: int
    expected: float
    at_least_one: float  # probability


@dataclass(frozen=True)
class Discoveries:
    """p-values adjusted for the number of comparisons, in the order given, and which hold at the chosen rate."""

    adjusted: NDArray[np.float64]
    holds: NDArray[np.bool_]


def benjamini_hochberg(
    p_values: ArrayLike, rate: float = 0.05, method: Literal["fdr_bh", "fdr_by", "bonferroni", "holm"] = "fdr_bh"
) -> Discoveries:
    """Control the share of false discoveries among what is called a difference."""
    values = np.asarray(p_values, dtype=np.float64)
    if values.size == 0:
        return Discoveries(values, np.zeros(0, dtype=bool))
    if method == "fdr_bh":
        return _stepped_up(values, rate)
    from statsmodels.stats.multitest import multipletests  # takes a second to import

    holds, adjusted, _, _ = multipletests(values, alpha=rate, method=method)
    return Discoveries(np.asarray(adjusted, dtype=np.float64), np.asarray(holds, dtype=bool))


def _stepped_up(values: NDArray[np.float64], rate: float) -> Discoveries:
    order = values.argsort()
    share = np.arange(1, values.size + 1) / values.size
    ordered = np.minimum(np.minimum.accumulate((values[order] / share)[::-1])[::-1], 1.0)
    passed = np.flatnonzero(values[order] <= share * rate)
    adjusted, holds = np.empty_like(values), np.zeros(values.size, dtype=bool)
    adjusted[order] = ordered
    holds[order[: passed[-1] + 1 if passed.size else 0]] = True
    return Discoveries(adjusted, holds)


def chance_of_false_signal(points: int, *, correlation: float = 0.0, fixed_after: int | None = None) -> float:
    """Chance that the latest point of a stable figure is flagged, by chart length and lag-1 correlation.

    Between the simulated rows it is interpolated; beyond them the nearest row holds.
    """
    if fixed_after is not None and fixed_after < points:
        table = _LATEST_FLAGGED_FIXED
        return float(np.interp(fixed_after, sorted(table), [table[key] for key in sorted(table)]))
    levels = sorted(_LATEST_FLAGGED)
    by_level = [
        float(np.interp(points, sorted(_LATEST_FLAGGED[level]), [v for _, v in sorted(_LATEST_FLAGGED[level].items())]))
        for level in levels
    ]
    return float(np.interp(correlation, levels, by_level))


def expected_false_signals(
    points: Sequence[int], *, correlation: float = 0.0, fixed_after: int | None = None
) -> FalseSignals:
    """How many of the charts (``points``: the length of each) would be flagged this period if nothing had changed.

    Charts are taken for independent in ``at_least_one``.
    """
    chances = [chance_of_false_signal(length, correlation=correlation, fixed_after=fixed_after) for length in points]
    quiet = float(np.prod([1 - chance for chance in chances])) if chances else 1.0
    return FalseSignals(len(chances), float(sum(chances)), 1 - quiet)
