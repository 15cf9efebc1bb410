"""Quantiles and tails of the usual distributions, and Wilson's interval: arrays in, arrays out.

They are the functions of ``scipy.special`` that ``scipy.stats`` itself rests on. ``scipy.stats`` and statsmodels (with
pandas) take longer to import than most commands take to answer, so only what needs more of them imports them, where it
does; tests compare both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]


def normal_quantile(chance: ArrayLike) -> Floats:
    """The z below which a normal value lies with this chance."""
    return _floats(special.ndtri(chance))


def normal_above(z: ArrayLike) -> Floats:
    """The chance that a normal value lies above z."""
    return _floats(special.ndtr(-np.asarray(z, dtype=np.float64)))


def student_quantile(chance: ArrayLike, freedom: ArrayLike) -> Floats:
    return _floats(special.stdtrit(freedom, chance))


def chi_squared_quantile(chance: ArrayLike, freedom: ArrayLike) -> Floats:
    return gamma_quantile(chance, np.asarray(freedom, dtype=np.float64) / 2, 2.0)


def chi_squared_above(value: ArrayLike, freedom: ArrayLike) -> Floats:
    return _floats(special.chdtrc(freedom, value))


def gamma_quantile(chance: ArrayLike, shape: ArrayLike, scale: ArrayLike) -> Floats:
    return _floats(special.gammaincinv(shape, chance) * np.asarray(scale, dtype=np.float64))


def beta_quantile(chance: ArrayLike, above: ArrayLike, below: ArrayLike) -> Floats:
    return _floats(special.betaincinv(above, below, chance))


def binomial_quantile(chance: float, size: ArrayLike, share: ArrayLike) -> Floats:
    """The fewest successes that are reached or not passed with at least this chance."""
    found = np.ceil(special.bdtrik(chance, size, share))
    below = np.maximum(found - 1, 0)
    return _floats(np.where(special.bdtr(below, np.asarray(size, dtype=np.int64), share) >= chance, below, found))


def poisson_quantile(chance: float, mean: ArrayLike) -> Floats:
    """The lowest count that is not passed with at least this chance."""
    found = np.ceil(special.pdtrik(chance, mean))
    below = np.maximum(found - 1, 0)
    return _floats(np.where(special.pdtr(below, mean) >= chance, below, found))


def poisson_above(count: ArrayLike, mean: ArrayLike) -> Floats:
    return _floats(special.pdtrc(count, mean))


def wilson(successes: Floats, trials: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Wilson's interval of a share (1927); every trial count is above 0."""
    z = float(normal_quantile(0.5 + confidence / 2))
    share, squared = successes / trials, z**2
    centre = (share + squared / (2 * trials)) / (1 + squared / trials)
    spread = z * np.sqrt(share * (1 - share) / trials + squared / (4 * trials**2)) / (1 + squared / trials)
    return centre - spread, centre + spread


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
