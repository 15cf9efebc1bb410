"""A gap between two operations split into mix and performance, and the guard against Simpson's reversal.

Kitagawa 1955 (symmetric): with shares w and averages r by stratum,
gap = sum (wA - wB)(rA + rB)/2 [mix] + sum (rA - rB)(wA + wB)/2 [performance], exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.distributions import chi_squared_above
from pipelines.measures.moments import Cells

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """A gap and its two parts, in the unit of the figure; the arrays give each stratum's contribution."""

    gap: float
    mix: float
    performance: float
    mix_by_stratum: Floats
    performance_by_stratum: Floats
    weights: Floats  # the average of both mixes, under which performance is compared


@dataclass(frozen=True)
class Homogeneity:
    """Do the strata agree? ``p`` is None where there is nothing to test."""

    p: float | None
    test: str


@dataclass(frozen=True)
class CommonOdds:
    """Mantel-Haenszel: the odds ratio common to the strata (vendor over baseline) and the test that it is 1."""

    ratio: float
    low: float
    high: float
    p: float


def kitagawa(vendor: Cells, baseline: Cells) -> Split:
    """Split vendor's average minus baseline's average. Both have the same strata in the same order."""
    vendor_share, base_share = vendor.shares(), baseline.shares()
    weights = (vendor_share + base_share) / 2
    # Centred on the overall level: the shares' differences add up to nothing, so the sum stays the same, and a
    # stratum's part then says whether its surplus is of contacts that are better or worse than average.
    level = float((weights * (vendor.values + baseline.values) / 2).sum())
    mix = (vendor_share - base_share) * ((vendor.values + baseline.values) / 2 - level)
    performance = (vendor.values - baseline.values) * weights
    gap = float(vendor.total.sum() / vendor.n.sum() - baseline.total.sum() / baseline.n.sum())
    return Split(gap, float(mix.sum()), float(performance.sum()), mix, performance, weights)


def _tables(vendor: Cells, baseline: Cells) -> list[NDArray[np.float64]]:
    """The 2 x 2 tables (operation x outcome) of the strata in which the outcome varies at all."""
    tables = []
    for n1, x1, n0, x0 in zip(vendor.n, vendor.total, baseline.n, baseline.total, strict=True):
        if 0 < x1 + x0 < n1 + n0:
            tables.append(np.array([[x1, n1 - x1], [x0, n0 - x0]]))
    return tables


def breslow_day(vendor: Cells, baseline: Cells) -> Homogeneity:
    """Breslow-Day test that a rate's odds ratio is the same in every stratum, without Tarone's correction."""
    tables = _tables(vendor, baseline)
    if len(tables) < 2:
        return Homogeneity(None, "Breslow-Day")
    (a, b), (c, d) = np.moveaxis(np.array(tables), 0, 2)
    total = a + b + c + d
    above, below = float((a * d / total).sum()), float((b * c / total).sum())  # of Mantel and Haenszel's common ratio
    if above <= 0 or below <= 0:
        return Homogeneity(None, "Breslow-Day")
    expected = _expected_at(above / below, a + b, a + c, d - a)
    spread = 1 / expected + 1 / (a + b - expected) + 1 / (a + c - expected) + 1 / (d - a + expected)
    statistic = float(((a - expected) ** 2 * spread).sum())
    return Homogeneity(float(chi_squared_above(statistic, len(tables) - 1)), "Breslow-Day")


def _expected_at(ratio: float, row: Floats, column: Floats, rest: Floats) -> Floats:
    """The first cell of each table if its odds ratio were ``ratio``, with its margins as they are.

    The root of (1 - ratio) x^2 + b x - ratio row column, in whichever of its two forms loses no digits.
    """
    b = ratio * (row + column) + rest
    root = np.sqrt(b**2 + 4 * (1 - ratio) * ratio * row * column)
    plain = 2 * ratio * row * column / np.where(b > 0, b + root, 1.0)
    return np.where(b > 0, plain, (root - b) / (2 * (1 - ratio) if ratio != 1 else 1.0))


def mantel_haenszel(vendor: Cells, baseline: Cells, level: float = 0.95) -> CommonOdds | None:
    """The common odds ratio of a rate over the strata (statsmodels); None where the outcome never varies."""
    tables = _tables(vendor, baseline)
    if not tables:
        return None
    from statsmodels.stats.contingency_tables import StratifiedTable  # takes a second to import

    stratified = StratifiedTable(tables)
    low, high = stratified.oddsratio_pooled_confint(alpha=1 - level)
    test = stratified.test_null_odds(correction=False)
    return CommonOdds(float(stratified.oddsratio_pooled), float(low), float(high), float(test.pvalue))


def cochran_q(differences: Floats, variances: Floats) -> Homogeneity:
    """Cochran's test that the strata's differences are one and the same; strata without variance are left out."""
    known = variances > 0
    if int(known.sum()) < 2:
        return Homogeneity(None, "Cochran")
    weights = 1 / variances[known]
    centre = float((weights * differences[known]).sum() / weights.sum())
    q = float((weights * (differences[known] - centre) ** 2).sum())
    return Homogeneity(float(chi_squared_above(q, int(known.sum()) - 1)), "Cochran")
