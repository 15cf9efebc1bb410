"""Counts, sums and sums of squares: the one form in which rates, means and NPS are compared.

A contact's value is 0 or 1 for a rate, seconds or money for a mean, and -1, 0 or 1 (detractor, passive, promoter)
for NPS. ``n``, ``total`` (sum of the values) and ``total_sq`` (sum of their squares) then say everything that an
average and its interval need, and add up over days, queues and strata.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.distributions import normal_above, student_quantile

Floats = NDArray[np.float64]
Kind = Literal["rate", "mean", "nps"]
COLUMNS = ("n", "total", "total_sq")


@dataclass(frozen=True)
class Cells:
    """The moments of one operation, an array entry per stratum; every stratum has at least one contact."""

    n: Floats
    total: Floats
    total_sq: Floats

    @classmethod
    def of(cls, frame: pl.DataFrame, prefix: str = "") -> Cells:
        """From a frame with the columns n, total, total_sq (each with ``prefix``)."""
        return cls(*(frame[prefix + name].cast(pl.Float64).to_numpy() for name in COLUMNS))

    @property
    def values(self) -> Floats:
        return self.total / self.n

    def variance(self) -> Floats:
        """Variance of one contact's value in each stratum (divisor n)."""
        return np.maximum(self.total_sq / self.n - self.values**2, 0.0)

    def shares(self) -> Floats:
        """Each stratum's share of the operation's contacts: its mix."""
        mix: Floats = self.n / self.n.sum()
        return mix

    def pooled(self) -> Cells:
        return Cells(*(np.array([part.sum()]) for part in (self.n, self.total, self.total_sq)))


def rate_columns(numerator: str, denominator: str) -> list[pl.Expr]:
    """Expressions that turn a rate's numerator and denominator columns into n, total and total_sq."""
    return [
        pl.col(denominator).alias("n"),
        pl.col(numerator).alias("total"),
        pl.col(numerator).alias("total_sq"),
    ]


def mean_columns(count: str, sum_: str, sum_of_squares: str) -> list[pl.Expr]:
    """Expressions that turn a count, a sum and a sum of squares into n, total and total_sq."""
    return [pl.col(count).alias("n"), pl.col(sum_).alias("total"), pl.col(sum_of_squares).alias("total_sq")]


def nps_columns(promoters: str, passives: str, detractors: str) -> list[pl.Expr]:
    """Expressions that turn counts of answers into n, total and total_sq; the value is NPS / 100."""
    up, middle, down = pl.col(promoters), pl.col(passives), pl.col(detractors)
    return [
        (up + middle + down).alias("n"),
        (up.cast(pl.Int64) - down.cast(pl.Int64)).alias("total"),
        (up + down).alias("total_sq"),
    ]


def intervals(cells: Cells, kind: Kind, critical: float, inflation: float = 1.0) -> tuple[Floats, Floats]:
    """Interval of each stratum's value for a two-sided critical value (1.96 for 95 %).

    Rates: Wilson. NPS: adjusted Wald (n + 3, promoters + 3/4, detractors + 3/4). Means: Student's t.
    ``inflation`` >= 1 is how many times fewer contacts the data are worth because they come in clusters.
    """
    n, squared = cells.n / inflation, critical**2
    if kind == "rate":
        # By its critical value and not, as in statsmodels, by its level: near 1 a level has too few digits.
        centre = (cells.values + squared / (2 * n)) / (1 + squared / n)
        root = np.sqrt(np.maximum(cells.values * (1 - cells.values), 0.0) / n + squared / (4 * n**2))
        spread = critical * root / (1 + squared / n)
        return np.clip(centre - spread, 0.0, cells.values), np.clip(centre + spread, cells.values, 1.0)
    if kind == "nps":
        size = n + 3
        centre = cells.total / inflation / size
        spread = critical * np.sqrt(np.maximum((cells.total_sq / inflation + 1.5) / size - centre**2, 0.0) / size)
        return np.maximum(centre - spread, -1.0), np.minimum(centre + spread, 1.0)
    freedom = np.maximum(cells.n - 1, 1)
    student = -student_quantile(np.maximum(normal_above(critical), 1e-300), freedom)
    error = np.sqrt(cells.variance() * cells.n / freedom / n)
    # Values that are all alike have no spread, however sure one wants to be (infinity times nothing is no number).
    spread = np.multiply(student, error, out=np.zeros_like(error), where=error > 0)
    return cells.values - spread, cells.values + spread


def weighted_difference(
    vendor: Cells,
    baseline: Cells,
    weights: Floats,
    kind: Kind,
    critical: tuple[float, float],
    inflation: tuple[float, float] = (1.0, 1.0),
) -> tuple[float, float, float]:
    """(difference, low, high) of the weighted averages, vendor minus baseline; ``weights`` add up to 1.

    MOVER (Zou, Huang & Zhang 2009): each stratum's distances to its own limits add up in squares. With one stratum
    and a rate it is Newcombe's method 10; it keeps the skewness of small or extreme shares that a normal
    approximation loses. ``critical`` and ``inflation``: one entry for the vendor, one for the baseline.
    """
    difference = float((weights * (vendor.values - baseline.values)).sum())
    vendor_low, vendor_high = intervals(vendor, kind, critical[0], inflation[0])
    base_low, base_high = intervals(baseline, kind, critical[1], inflation[1])
    down = weights**2 * ((vendor.values - vendor_low) ** 2 + (base_high - baseline.values) ** 2)
    up = weights**2 * ((vendor_high - vendor.values) ** 2 + (baseline.values - base_low) ** 2)
    return difference, difference - float(np.sqrt(down.sum())), difference + float(np.sqrt(up.sum()))
