"""What could have been seen with this many contacts: the honest companion of "no difference found"."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipelines.measures.distributions import normal_quantile, poisson_above, poisson_quantile

POWER = 0.8


def detectable_difference(standard_error: float, *, level: float = 0.95, power: float = POWER) -> float:
    """The smallest true difference that would be found with probability ``power``: (z_level + z_power) x error."""
    return float((normal_quantile(0.5 + level / 2) + normal_quantile(power)) * standard_error)


def poisson_detection(expected: ArrayLike, ratio: float, *, level: float = 0.998) -> NDArray[np.float64]:
    """Chance that a unit is flagged above the exact Poisson limit when its true rate is ``ratio`` x the expected.

    A site with 2 expected events that is twice as bad as its peers is flagged in 2 % of periods: such a unit is
    "too little data to tell", not "ok".
    """
    mean = np.asarray(expected, dtype=np.float64)
    limit = poisson_quantile(0.5 + level / 2, mean)
    return poisson_above(limit, mean * ratio)


def contacts_needed(rate: float, difference: float, *, level: float = 0.95, power: float = POWER) -> int:
    """Contacts per side needed to find ``difference`` from ``rate`` with probability ``power`` (arcsine scale).

    Raises ValueError if the difference leaves the range of a rate.
    """
    other = rate + difference
    if not 0 <= other <= 1 or difference == 0:
        raise ValueError(f"a rate of {rate} cannot differ by {difference}")
    effect = 2 * (np.arcsin(np.sqrt(other)) - np.arcsin(np.sqrt(rate)))
    quantiles = normal_quantile(0.5 + level / 2) + normal_quantile(power)
    return int(np.ceil(2 * (quantiles / effect) ** 2))
