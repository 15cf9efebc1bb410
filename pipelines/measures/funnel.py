"""Funnel plots: which sites or queues lie outside what their volume and the usual scatter between units explain.

After Spiegelhalter 2005 ("Funnel plots for comparing institutional performance") and 2005b ("Handling
over-dispersion"), estimator by estimator as FunnelPlotR 0.6.0 (MIT) computes it. Both sets of limits are always
given: with the adjustment for over-dispersion, which can hide a group that is bad as a whole, and without.

Over-dispersion is poorly known with fewer than ten units: draw funnels of sites, queues or teams, not of vendors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from pipelines.measures.standardise import exact_poisson_limits, normal_quantile

Floats = NDArray[np.float64]
Method = Literal["proportion", "ratio_shmi", "ratio_cqc", "rate_ratio"]

FEW_UNITS = 10
MIN_SIZE = 10  # contacts: a smaller unit is "too little data to tell"


@dataclass(frozen=True)
class Funnel:
    """The funnel of a set of units.

    ``units`` has a row per unit: unit, numerator, denominator, value, z, low_95, high_95, low_998, high_998
    (adjusted for over-dispersion), plain_low_95 .. plain_high_998 (not adjusted), verdict (inside, outside_low,
    outside_high, too_little_data) from the adjusted limits at ``level`` and plain_verdict from the others.
    """

    units: pl.DataFrame
    centre: float
    phi: float
    tau2: float
    level: float
    few_units: bool


@dataclass(frozen=True)
class _Scale:
    """Units on the scale on which they scatter evenly: transformed value, its centre, errors for z and for limits."""

    y: Floats
    centre: float
    z_error: Floats
    error: Floats


def funnel(
    units: Sequence[str],
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    method: Method = "proportion",
    centre: float | None = None,
    level: float = 0.998,
    trim: float = 0.1,
    min_size: float = MIN_SIZE,
) -> Funnel:
    """A funnel of counts over contacts (``proportion``), over expected counts (``ratio_*``) or of two counts.

    ``centre``: the line the units are held against, on the scale of the value (in-house or terms); by default the
    units' own overall level (1 for ratios to an expectation). ``trim``: share of units at each end whose scatter
    is held back when over-dispersion is estimated, so that outliers do not hide themselves. ``level``: 0.95 or
    0.998. ``min_size``: a unit with a smaller denominator (contacts or expected events) has no verdict.
    Raises ValueError for unequal lengths and for denominators of zero or less.
    """
    x, n = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    if not len(units) == x.size == n.size:
        raise ValueError(f"{len(units)} units, {x.size} numerators, {n.size} denominators")
    if level not in {0.95, 0.998}:
        raise ValueError(f"a funnel has 95 % and 99.8 % limits, not {level:.1%}")
    if (n <= 0).any():
        raise ValueError("each unit of a funnel needs a denominator above zero")
    if method == "ratio_shmi":
        n = n.round(2)
    scale = _scaled(x, n, method, centre)
    z = (scale.y - scale.centre) / scale.z_error
    phi, tau2 = _over_dispersion(z, scale.z_error, method, trim)
    columns = {"unit": list(units), "numerator": x, "denominator": n, "value": x / n, "z": z}
    for name, confidence in (("95", 0.95), ("998", 0.998)):
        columns["low_" + name], columns["high_" + name] = _adjusted(scale, tau2, method, confidence)
        columns["plain_low_" + name], columns["plain_high_" + name] = _plain(scale, n, method, confidence)
    frame = pl.DataFrame(columns)
    suffix = "95" if level == 0.95 else "998"
    frame = frame.with_columns(_verdict("", suffix, min_size), _verdict("plain_", suffix, min_size))
    middle = float(_back(np.array([scale.centre]), method)[0])
    return Funnel(frame, middle, phi, tau2, level, x.size < FEW_UNITS)


def _scaled(x: Floats, n: Floats, method: Method, centre: float | None) -> _Scale:
    if method == "proportion":
        middle = float(x.sum() / n.sum()) if centre is None else centre
        error = 1 / (2 * np.sqrt(n))
        return _Scale(np.arcsin(np.sqrt(x / n)), float(np.arcsin(np.sqrt(middle))), error, error)
    if method == "ratio_cqc":
        error = 1 / (2 * np.sqrt(n))
        return _Scale(np.sqrt(x / n), 1.0 if centre is None else float(np.sqrt(centre)), error, error)
    if method == "ratio_shmi":
        error = 1 / np.sqrt(n)
        return _Scale(np.log(np.maximum(x, 0.5) / n), 0.0 if centre is None else float(np.log(centre)), error, error)
    middle = float(np.log(x.sum() / n.sum())) if centre is None else float(np.log(centre))
    # FunnelPlotR tests with Spiegelhalter's error of a ratio of two counts but draws with 1/(2 sqrt n).
    z_error = np.sqrt(x / (x + 0.5) ** 2 + n / (n + 0.5) ** 2)
    return _Scale(np.log((x + 0.5) / (n + 0.5)), middle, z_error, 1 / (2 * np.sqrt(n)))


def _over_dispersion(z: Floats, error: Floats, method: Method, trim: float) -> tuple[float, float]:
    """(phi, tau2): scatter of the units over what their sizes explain, and the variance between units beyond it."""
    if method == "ratio_shmi":
        kept = _inner_ranks(z, trim)
        held, errors = z[kept], error[kept]
    else:
        low, high = np.quantile(z, [trim, 1 - trim])
        held, errors = np.clip(z, low, high), error
    size = held.size
    if size < 2:
        return float("nan"), 0.0
    phi = float((held**2).sum() / size)
    weights = 1 / errors**2
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    return phi, max(0.0, (size * phi - (size - 1)) / scale)


def _inner_ranks(z: Floats, trim: float) -> NDArray[np.bool_]:
    """Units that are not in the outer ``trim`` share of ranks at either end (SHMI's rule)."""
    groups = 1 / trim
    place = np.floor(pl.Series(z).rank("average").to_numpy() * groups / (z.size + 1))
    return np.asarray((place > 0) & (place < groups - 1), dtype=bool)


def _back(value: Floats, method: Method) -> Floats:
    """From the scale of the scatter to the scale of the figure.

    The arcsine scale ends at 0 and pi/2: without the cut a tiny unit's upper limit would come down again from 100 %.
    FunnelPlotR gives square-root limits without squaring them back; its numbers are kept.
    """
    if method == "proportion":
        share: Floats = np.sin(np.clip(value, 0, np.pi / 2)) ** 2
        return share
    return value if method == "ratio_cqc" else np.exp(value)


def _adjusted(scale: _Scale, tau2: float, method: Method, level: float) -> tuple[Floats, Floats]:
    reach = normal_quantile(level) * np.sqrt(scale.error**2 + tau2)
    return _back(scale.centre - reach, method), _back(scale.centre + reach, method)


def _plain(scale: _Scale, n: Floats, method: Method, level: float) -> tuple[Floats, Floats]:
    """Limits without over-dispersion; for ratios to an expectation the exact Poisson ones."""
    if method in {"ratio_shmi", "ratio_cqc"}:
        return poisson_ratio_limits(n, level)
    return _adjusted(scale, 0.0, method, level)


def _verdict(prefix: str, suffix: str, smallest: float) -> pl.Expr:
    return (
        pl.when(pl.col("denominator") < smallest)
        .then(pl.lit("too_little_data"))
        .when(pl.col("value") > pl.col(f"{prefix}high_{suffix}"))
        .then(pl.lit("outside_high"))
        .when(pl.col("value") < pl.col(f"{prefix}low_{suffix}"))
        .then(pl.lit("outside_low"))
        .otherwise(pl.lit("inside"))
        .alias(f"{prefix}verdict")
    )


def poisson_ratio_limits(expected: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Exact Poisson limits of observed / expected for each expected count (chi-squared)."""
    mean = np.asarray(expected, dtype=np.float64)
    low, high = exact_poisson_limits(mean, level)
    return low / mean, high / mean


def proportion_limits(sizes: ArrayLike, centre: float, level: float) -> tuple[Floats, Floats]:
    """Plain funnel limits of a share around ``centre`` (normal approximation), cut at 0 and 1; OHID/PHE's funnel."""
    reach = normal_quantile(level) * np.sqrt(centre * (1 - centre) / np.asarray(sizes, dtype=np.float64))
    return np.maximum(centre - reach, 0.0), np.minimum(centre + reach, 1.0)


def volume_at_limits(events: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """For each count of events, the two expected counts at which it would just touch the funnel; OHID/PHE's funnel.

    Returned as (expected at which the count is just low, expected at which it is just high), exact Poisson.
    """
    low, high = exact_poisson_limits(events, level)
    return high, low
