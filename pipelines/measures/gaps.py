"""The difference between two figures, with its interval: Newcombe for shares, the same principle for the rest.

Newcombe's interval (1998, method 10) is built from the Wilson limits of both shares. Zou and Donner (2008, "MOVER")
showed that any two separate intervals combine in the same way; two normal intervals give the usual normal one back.
Means, quantiles and NPS use that, so the gap always agrees with the intervals that a reader sees beside it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pipelines.measures.figures import CONFIDENCE, Floats, _floats, rate_interval

Verdict = Literal[
    "better", "worse", "no_clear_difference", "too_little_data", "not_yet_known", "no_baseline", "is_baseline",
    "not_comparable", "not_judged",
]  # fmt: skip


def rate_gap(
    successes: ArrayLike,
    trials: ArrayLike,
    other_successes: ArrayLike,
    other_trials: ArrayLike,
    confidence: float = CONFIDENCE,
) -> tuple[Floats, Floats]:
    """Newcombe interval of (successes / trials) - (other_successes / other_trials); NaN where either had none."""
    x, n, y, m = _floats(successes, trials, other_successes, other_trials)
    low, high = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    usable = (n > 0) & (m > 0) & (x >= 0) & (x <= n) & (y >= 0) & (y <= m)
    if usable.any():
        x, n, y, m = x[usable], n[usable], y[usable], m[usable]
        low[usable], high[usable] = combined_gap(
            x / n, *rate_interval(x, n, confidence), y / m, *rate_interval(y, m, confidence)
        )
    return low, high


def combined_gap(
    value: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    other: ArrayLike,
    other_low: ArrayLike,
    other_high: ArrayLike,
) -> tuple[Floats, Floats]:
    """Interval of ``value - other`` from the two separate intervals; NaN where one of them is not known."""
    v, lower, upper, b, b_lower, b_upper = _floats(value, low, high, other, other_low, other_high)
    difference = v - b
    down = np.hypot(np.maximum(v - lower, 0), np.maximum(b_upper - b, 0))
    up = np.hypot(np.maximum(upper - v, 0), np.maximum(b - b_lower, 0))
    # np.maximum hands on NaN, so an unknown limit leaves the gap's limit unknown.
    return difference - down, difference + up
