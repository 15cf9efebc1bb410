"""Rates made comparable by standardisation, with their intervals.

Indirect: what happened over what the reference operation would have produced on the same mix (the standardised
ratio). Direct: the strata's rates weighted by one common mix. Methods and numbers as published by OHID/PHE
(*Technical Guide: Confidence Intervals*), Byar as in Breslow & Day 1987, Dobson et al. 1991, Fay & Feuer 1997.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from pipelines.measures import distributions
from pipelines.measures.distributions import chi_squared_quantile, gamma_quantile, wilson

Floats = NDArray[np.float64]

SMALL_COUNT = 10  # events: below it Byar and Dobson are replaced by exact limits or by none
MIN_CELL = 10  # contacts that both sides need in a stratum before it is compared


@dataclass(frozen=True)
class Standardised:
    """A standardised ratio or rate; ``low`` and ``high`` are None where the method gives no interval."""

    value: float
    low: float | None
    high: float | None
    observed: float
    expected: float | None
    method: str


def normal_quantile(level: float) -> float:
    """The two-sided normal quantile of a confidence level: 1.959964 for 0.95."""
    return float(distributions.normal_quantile(0.5 + level / 2))


def byar_limits(observed: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Byar's approximate Poisson limits of counts (any shape); a count of zero has a lower limit of 0."""
    count = np.asarray(observed, dtype=np.float64)
    z = normal_quantile(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = count * (1 - 1 / (9 * count) - z / (3 * np.sqrt(count))) ** 3
    upper = count + 1
    high = upper * (1 - 1 / (9 * upper) + z / (3 * np.sqrt(upper))) ** 3
    return np.where(count > 0, low, 0.0), high


def exact_poisson_limits(observed: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact Poisson limits of counts by the chi-squared distribution (Garwood 1936)."""
    count = np.asarray(observed, dtype=np.float64)
    tail = (1 - level) / 2
    low = np.where(count > 0, chi_squared_quantile(tail, 2 * np.maximum(count, 1e-9)) / 2, 0.0)
    return low, chi_squared_quantile(1 - tail, 2 * count + 2) / 2


def poisson_limits(observed: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Byar's limits from ten events, exact ones below: the rule of OHID/PHE."""
    count = np.asarray(observed, dtype=np.float64)
    low, high = byar_limits(count, level)
    exact_low, exact_high = exact_poisson_limits(count, level)
    small = count < SMALL_COUNT
    return np.where(small, exact_low, low), np.where(small, exact_high, high)


def indirect(
    observed: float,
    sizes: ArrayLike,
    reference_rates: ArrayLike,
    *,
    variance: Literal["poisson", "binomial"] = "binomial",
    level: float = 0.95,
) -> Standardised:
    """Observed over expected, E = sum of n_k x r_k(reference); the reference is taken as known.

    ``poisson`` (Byar, exact below ten events) suits rare events. For a common outcome such as an 85 % CSAT it is
    far too wide: ``binomial`` scales a Wilson interval to the variance sum n r (1 - r) of the expected count.
    Raises ValueError if nothing is expected.
    """
    n, rates = np.asarray(sizes, dtype=np.float64), np.asarray(reference_rates, dtype=np.float64)
    expected = float((n * rates).sum())
    if expected <= 0:
        raise ValueError("the reference rates expect no event, so there is no ratio to them")
    if variance == "poisson":
        low, high = (float(limit) / expected for limit in poisson_limits(observed, level))
        method = "Byar" if observed >= SMALL_COUNT else "exact"
    else:
        low, high = (limit / expected for limit in _binomial_limits(observed, n, rates, level))
        method = "Wilson"
    return Standardised(observed / expected, low, high, observed, expected, method)


def _binomial_limits(observed: float, n: Floats, rates: Floats, level: float) -> tuple[float, float]:
    """Limits of a count whose contacts have differing chances: Wilson with the size that has the same variance."""
    total = float(n.sum())
    share = float((n * rates).sum() / total)
    variance = float((n * rates * (1 - rates)).sum())
    effective = total * (total * share * (1 - share) / variance) if variance > 0 else total
    low, high = wilson(np.asarray(observed / total * effective), np.asarray(effective), level)
    return float(low) * total, float(high) * total


def direct(
    counts: ArrayLike,
    sizes: ArrayLike,
    weights: ArrayLike,
    *,
    level: float = 0.95,
    method: Literal["dobson", "gamma"] = "dobson",
) -> Standardised:
    """The rate that a common mix (``weights``, any scale) would have given: sum w r / sum w.

    ``dobson`` gives no interval below ten events; ``gamma`` (Fay & Feuer) holds for few events too.
    Raises ValueError for a stratum without contacts.
    """
    events, n = np.asarray(counts, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    if (n <= 0).any():
        raise ValueError("a stratum without contacts has no rate to weight")
    share = np.asarray(weights, dtype=np.float64)
    share = share / share.sum()
    rate, total = float((share * events / n).sum()), float(events.sum())
    spread = float((share**2 * events / n**2).sum())
    if method == "gamma":
        low, high = _gamma_limits(rate, spread, float((share / n).max()), level)
        return Standardised(rate, low, high, total, None, "gamma")
    if total < SMALL_COUNT:
        return Standardised(rate, None, None, total, None, "Dobson")
    below, above = (float(limit) for limit in poisson_limits(total, level))
    scale = float(np.sqrt(spread / total))
    return Standardised(rate, rate + scale * (below - total), rate + scale * (above - total), total, None, "Dobson")


def _gamma_limits(rate: float, variance: float, largest_weight: float, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low = float(gamma_quantile(tail, rate**2 / variance, variance / rate)) if variance > 0 else 0.0
    shifted, spread = rate + largest_weight, variance + largest_weight**2
    return low, float(gamma_quantile(1 - tail, shifted**2 / spread, spread / shifted))


def support(cells: pl.DataFrame, *, min_cell: int = MIN_CELL) -> float:
    """Share of the vendor's contacts in strata where both sides have ``min_cell`` contacts (0 to 1).

    ``cells``: one row per stratum with vendor_n and baseline_n, null or 0 where a side has none.
    """
    both = (pl.col("vendor_n") >= min_cell) & (pl.col("baseline_n") >= min_cell)
    compared, total = cells.select(
        pl.col("vendor_n").filter(both).sum().alias("compared"), pl.col("vendor_n").sum().alias("total")
    ).row(0)
    return float(compared / total) if total else 0.0
