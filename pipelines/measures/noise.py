"""How much the contacts of a comparison are worth: independent ones count fully, clustered ones less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from pipelines.measures.moments import Cells, Kind, weighted_difference
from pipelines.measures.standardise import normal_quantile

Floats = NDArray[np.float64]

_SMALLEST_P = 1e-12


@dataclass(frozen=True)
class Noise:
    """Vendor's and baseline's design effects, and the number of clusters that each was estimated from."""

    inflation: tuple[float, float]
    clusters: tuple[int | None, int | None]

    def critical(self, level: float) -> tuple[float, float]:
        """Two-sided critical values, vendor's and baseline's: normal, or Student's t for as many clusters."""
        vendor, baseline = (_critical(count, level) for count in self.clusters)
        return vendor, baseline


def _critical(clusters: int | None, level: float) -> float:
    if clusters is None:
        return normal_quantile(level)
    # The function under stats.t.ppf, which takes a hundred times as long to check its arguments.
    return float(special.stdtrit(max(clusters - 1, 1), 0.5 + level / 2))


def noise_of(
    frames: tuple[pl.DataFrame, pl.DataFrame],
    both: pl.DataFrame,
    used: tuple[str, ...],
    sides: tuple[Cells, Cells],
    weights: Floats,
    clusters: str | None,
) -> Noise:
    """The noise of a weighted comparison of ``sides`` over the strata of ``both`` (keys ``used``).

    ``frames``: the rows before they were added up over ``clusters``; None takes contacts for independent.
    """
    if clusters is None:
        return Noise((1.0, 1.0), (None, None))
    vendor, baseline = (
        _design_effect(frame, both, used, side, weights, clusters) for frame, side in zip(frames, sides, strict=True)
    )
    return Noise((vendor[0], baseline[0]), (vendor[1], baseline[1]))


def _design_effect(
    frame: pl.DataFrame, both: pl.DataFrame, used: tuple[str, ...], side: Cells, weights: Floats, clusters: str
) -> tuple[float, int]:
    """(design effect, clusters): variance of a weighted average between clusters over that of separate contacts.

    Linearised ratio estimator (Cochran, *Sampling Techniques*, 3rd ed., section 6.3), never below 1: the contacts of
    a day are not more regular than chance.
    """
    terms = pl.DataFrame({"_scale": weights / side.n, "_value": side.values})
    if used:
        terms = pl.concat([both.select(used), terms], how="horizontal")
        joined = frame.join(terms, on=list(used), how="inner", nulls_equal=True, maintain_order="left")
    else:
        joined = frame.join(terms, how="cross")
    residual = pl.col("_scale") * (pl.col("total") - pl.col("n") * pl.col("_value"))
    parts = joined.group_by(clusters, maintain_order=True).agg(residual.sum().alias("_part"))["_part"].to_numpy()
    separate = float((weights**2 * side.variance() / side.n).sum())
    if parts.size < 2 or separate <= 0:
        return 1.0, max(int(parts.size), 2)
    between = float((parts**2).sum()) * parts.size / (parts.size - 1)
    return max(1.0, between / separate), int(parts.size)


def p_value(sides: tuple[Cells, Cells], weights: Floats, kind: Kind, noise: Noise) -> float:
    """The smallest error rate at which the interval still excludes zero, so that both always agree (at least 1e-12)."""
    from scipy import optimize  # takes a fifth of a second to import

    value = float((weights * (sides[0].values - sides[1].values)).sum())

    def nearest(exponent: float) -> float:
        critical = noise.critical(1 - 10.0**exponent)
        _, low, high = weighted_difference(*sides, weights, kind, critical, noise.inflation)
        return low if value > 0 else -high

    least, most = float(np.log10(_SMALLEST_P)), float(np.log10(1 - 1e-9))
    if value == 0 or nearest(most) <= 0:
        return 1.0
    if nearest(least) >= 0:
        return _SMALLEST_P
    return float(10.0 ** optimize.brentq(nearest, least, most, xtol=1e-8))
