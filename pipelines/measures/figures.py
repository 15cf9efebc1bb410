"""A figure is never a bare number: value, numerator, denominator, n, interval, definition.

The interval functions take and give numpy arrays of one shape, so a whole scorecard is one call each. What cannot
be known is NaN in an array and ``None`` in a :class:`Figure`. Intervals are two-sided, 95 % unless said otherwise.

Sources: Wilson 1927; adjusted Wald for NPS from MeasuringU (n + 3, promoters + 3/4,
detractors + 3/4); quantiles by order statistics with binomial ranks (Conover 1999, section 3.2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from pipelines.measures.catalogue import MINIMUM_SHOWN, MINIMUM_SURE
from pipelines.measures.distributions import binomial_quantile, normal_quantile, wilson

Floats = NDArray[np.float64]
Reliability = Literal["suppressed", "indicative", "enough"]

CONFIDENCE = 0.95
#: Half-second bins end here (one hour); the last bin holds every longer wait.
LAST_WAIT_BIN = 7200


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with what it rests on.

    ``value``, ``low`` and ``high`` are in the unit of the measure (shares from 0 to 1, NPS from -100 to 100).
    ``n`` counts the observations behind it. ``note`` is a code of ``catalogue.NOTES`` that says why something is
    ``None``, or what to keep in mind.
    """

    measure: str
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int
    low: float | None = None
    high: float | None = None
    definition_id: str = ""
    note: str | None = None

    @property
    def reliability(self) -> Reliability:
        return reliability(self.n)


def reliability(n: int) -> Reliability:
    """How far a figure from ``n`` observations can be leant on."""
    if n < MINIMUM_SHOWN:
        return "suppressed"
    return "indicative" if n < MINIMUM_SURE else "enough"


def rate_interval(successes: ArrayLike, trials: ArrayLike, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Wilson interval of a share. NaN where there were no trials, or where the counts contradict each other."""
    x, n = _floats(successes, trials)
    low, high = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    usable = (n > 0) & (x >= 0) & (x <= n)
    if usable.any():
        found = wilson(x[usable], n[usable], confidence)
        # Rounding can leave a limit a hair outside the range that a share can have.
        low[usable], high[usable] = np.clip(found[0], 0, 1), np.clip(found[1], 0, 1)
    return low, high


def nps_interval(
    promoters: ArrayLike, detractors: ArrayLike, answers: ArrayLike, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Adjusted Wald interval of a net promoter score, in points from -100 to 100, to show beside the raw score."""
    p, d, n = _floats(promoters, detractors, answers)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = np.where(n > 0, n + 3, np.nan)
        share_p, share_d = (p + 0.75) / total, (d + 0.75) / total
        centre = share_p - share_d
        spread = _z(confidence) * np.sqrt((share_p + share_d - centre**2) / total)
    return np.clip(100 * (centre - spread), -100, 100), np.clip(100 * (centre + spread), -100, 100)


def mean_interval(
    total: ArrayLike, total_of_squares: ArrayLike, n: ArrayLike, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Normal interval of a mean from its sum and its sum of squares. NaN below two observations."""
    s, q, count = _floats(total, total_of_squares, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = s / count
        # Rounding can make the variance of equal values slightly negative.
        variance = np.where(count > 1, np.maximum(q - count * mean**2, 0) / (count - 1), np.nan)
        spread = _z(confidence) * np.sqrt(variance / count)
    return mean - spread, mean + spread


def seconds_of_bin(bins: pl.Expr) -> pl.Expr:
    """The wait that a bin stands for: whole seconds exactly, and the middle of the second between two of them."""
    return pl.when(bins % 2 == 0).then(bins / 2).otherwise((bins - 1) / 2 + 0.5)


def histogram_quantile(
    histogram: pl.DataFrame,
    by: list[str],
    quantile: float,
    *,
    count: str = "answered",
    confidence: float = CONFIDENCE,
) -> pl.DataFrame:
    """Quantile of waits per group from a histogram, with the interval that order statistics give.

    ``histogram`` has the columns ``by``, ``wait_bin`` and ``count``; a group of no contacts is not in the result.
    Returns ``by`` + value, low, high (seconds), n, capped (the value lies in the last, open bin).
    Two middle values are averaged (type 2 of Hyndman and Fan), as a median by hand is. A limit that would lie beyond
    the smallest or largest observation is null.
    """
    bins = (
        histogram.group_by([*by, "wait_bin"])
        .agg(pl.col(count).sum().alias("_count"))
        .filter(pl.col("_count") > 0)
        .sort([*by, "wait_bin"], nulls_last=False)
    )
    groups = bins.group_by(by, maintain_order=True).agg(pl.col("_count").sum().cast(pl.Int64).alias("n"))
    if groups.is_empty():
        return groups.with_columns(
            *(pl.lit(None, pl.Float64).alias(name) for name in ("value", "low", "high")), capped=pl.lit(False)
        ).select(*by, "value", "low", "high", "n", "capped")
    n = groups["n"].to_numpy()
    look_up = _RankLookup(bins, n)
    exact = np.round(n * quantile, 9)
    first = np.maximum(np.ceil(exact), 1)
    second = np.where((exact == first) & (first < n), first + 1, first)
    tail = (1 - confidence) / 2
    value = (look_up(first) + look_up(second)) / 2
    return groups.with_columns(
        pl.Series("value", value),
        pl.Series("low", look_up(binomial_quantile(tail, n, quantile))).fill_nan(None),
        pl.Series("high", look_up(binomial_quantile(1 - tail, n, quantile) + 1)).fill_nan(None),
        pl.Series("capped", value >= LAST_WAIT_BIN / 2),
    ).select(*by, "value", "low", "high", "n", "capped")


class _RankLookup:
    """The r-th smallest wait of each group, from sorted bins: one binary search for all groups together."""

    def __init__(self, bins: pl.DataFrame, sizes: NDArray[np.int64]) -> None:
        self._seconds = bins.select(seconds_of_bin(pl.col("wait_bin"))).to_series().to_numpy()
        self._running = bins["_count"].to_numpy().cumsum()
        self._before = np.concatenate([[0], sizes.cumsum()[:-1]])
        self._sizes = sizes

    def __call__(self, rank: ArrayLike) -> Floats:
        ranks = np.asarray(rank, dtype=np.float64)
        inside = (ranks >= 1) & (ranks <= self._sizes)
        position = np.searchsorted(self._running, self._before + np.clip(ranks, 1, self._sizes), side="left")
        return np.where(inside, self._seconds[position], np.nan)


def rate_figure(measure: str, successes: float, trials: float, definition_id: str = "") -> Figure:
    """A share of counted things with its Wilson interval; no trials is "no demand", never 0 or 1."""
    if trials <= 0:
        return Figure(measure, None, successes, trials, 0, None, None, definition_id, "zero_demand")
    low, high = rate_interval(successes, trials)
    return Figure(measure, successes / trials, successes, trials, int(trials), _plain(low), _plain(high), definition_id)


def nps_figure(promoters: int, passives: int, detractors: int, definition_id: str = "") -> Figure:
    """The raw net promoter score, with its adjusted interval."""
    n = promoters + passives + detractors
    if n <= 0:
        return Figure("nps", None, 0, 0, 0, None, None, definition_id, "zero_demand")
    low, high = nps_interval(promoters, detractors, n)
    net = promoters - detractors
    return Figure("nps", 100 * net / n, net, n, n, _plain(low), _plain(high), definition_id)


def mean_figure(measure: str, total: float, total_of_squares: float | None, n: int, definition_id: str = "") -> Figure:
    """A mean with its normal interval; without the sum of squares there is no interval, and the note says so."""
    if n <= 0:
        return Figure(measure, None, total, n, 0, None, None, definition_id, "zero_demand")
    if total_of_squares is None:
        return Figure(measure, total / n, total, n, n, None, None, definition_id, "no_variance")
    low, high = mean_interval(total, total_of_squares, n)
    return Figure(measure, total / n, total, n, n, _plain(low), _plain(high), definition_id)


def ratio_figure(measure: str, numerator: float, denominator: float, n: int, definition_id: str = "") -> Figure:
    """A ratio of two complete totals, such as cost per contact: nothing was sampled, so there is no interval."""
    if denominator <= 0:
        return Figure(measure, None, numerator, denominator, 0, None, None, definition_id, "zero_demand")
    return Figure(measure, numerator / denominator, numerator, denominator, n, None, None, definition_id, "census")


def _floats(*values: ArrayLike) -> tuple[Floats, ...]:
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    return tuple(np.atleast_1d(array) for array in arrays)


def _z(confidence: float) -> float:
    return float(normal_quantile(0.5 + confidence / 2))


def _plain(values: Floats) -> float | None:
    value = float(values[0])
    return None if math.isnan(value) else value
