"""The like-for-like comparison of a vendor with the baseline for one measure.

One call answers: how far apart are they as they stand, how much of that comes from the contacts that the vendor is
given (mix), what remains on like-for-like contacts, how sure is that, and what could have been seen at all. Rates,
means and NPS take the same path (see ``moments``). Strata must come from fields that the client sets: adjusting on
what a vendor records would launder the gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.decomposition import Homogeneity, Split, breslow_day, cochran_q, kitagawa
from pipelines.measures.moments import COLUMNS, Cells, Kind, intervals, weighted_difference
from pipelines.measures.multiplicity import benjamini_hochberg
from pipelines.measures.noise import Noise, noise_of, p_value
from pipelines.measures.overlap import overlap
from pipelines.measures.power import detectable_difference
from pipelines.measures.standardise import MIN_CELL, normal_quantile

Floats = NDArray[np.float64]
Verdict = Literal["better", "worse", "equal", "too_little_data", "not_comparable"]

MIN_SUPPORT = 0.8
DEFAULT_MARGIN: dict[str, float] = {"rate": 0.02, "nps": 0.05, "mean": 0.05}
"""Differences below this do not matter: 2 points of a rate, 5 NPS points, 5 % of the baseline's mean."""


@dataclass(frozen=True)
class Gap:
    """Vendor minus baseline with its interval, in the unit of the figure."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Ratio:
    """Vendor over what the baseline would have had on the vendor's own contacts (``expected``), with its interval."""

    value: float | None
    low: float | None
    high: float | None
    expected: float


@dataclass(frozen=True)
class Comparison:
    """The whole answer. Shares and NPS are fractions (NPS / 100); means are in the unit of their sums.

    ``crude.value == mix + like_for_like.value + not_compared`` exactly: what the mix explains, what remains under
    the average of both mixes, and what strata without a counterpart contribute. ``like_for_like`` and what follows
    from it is None where no stratum can be compared. ``strata``: one row per stratum (see ``_strata_frame``).
    ``strata_lead``: show the strata first, since crude and like-for-like disagree in sign or the strata disagree.
    """

    kind: Kind
    vendor_n: int
    baseline_n: int
    vendor_value: float | None
    baseline_value: float | None
    crude: Gap | None
    like_for_like: Gap | None
    mix: float | None
    not_compared: float | None
    on_vendor_mix: Ratio | None
    support: float
    strata_used: tuple[str, ...]
    strata: pl.DataFrame
    p_value: float | None
    p_adjusted: float | None
    homogeneity: Homogeneity
    reversal: bool
    strata_lead: bool
    detectable: float | None
    margin: float | None
    design_effect: tuple[float, float]
    verdict: Verdict


def compare(
    vendor: pl.DataFrame,
    baseline: pl.DataFrame,
    strata: Sequence[str],
    kind: Kind,
    *,
    higher_is_better: bool = True,
    margin: float | None = None,
    clusters: str | None = None,
    level: float = 0.95,
    min_cell: int = MIN_CELL,
    min_support: float = MIN_SUPPORT,
    with_strata: bool = True,
) -> Comparison:
    """Compare ``vendor`` with ``baseline`` like for like.

    Both frames: the columns of ``strata`` (the most important first), n, total, total_sq (``moments`` has
    expressions that make them) and, if given, ``clusters`` (a day, say); several rows per stratum add up. Where
    cells are too thin for ``min_support``, the last strata are left out one by one; ``strata_used`` says which
    remained. Waits of one busy hour go up and down together: with ``clusters`` the interval is widened to how the
    clusters really scatter. ``with_strata=False`` leaves the table of strata empty. Raises ValueError for missing
    columns and for shares outside 0 to 1.
    """
    vendor, baseline = _checked(vendor, strata, clusters), _checked(baseline, strata, clusters)
    totals = (Cells.of(vendor).pooled(), Cells.of(baseline).pooled())
    found = overlap(vendor, baseline, strata, min_cell=min_cell, min_support=min_support)
    cells, used = found.cells, found.strata
    if kind == "rate":
        _refuse_impossible_shares(cells)
    empty = Comparison(
        kind, int(totals[0].n[0]), int(totals[1].n[0]), None, None, None, None, None, None, None,
        found.support, used, cells.clear(), None, None, Homogeneity(None, "none"),
        False, False, None, margin, (1.0, 1.0), "too_little_data",
    )  # fmt: skip

    def told(one: Comparison, split: Split | None, verdict: Verdict) -> Comparison:
        table = _strata_frame(cells if with_strata else cells.clear(), used, kind, level, split)
        return replace(one, strata=table, verdict=verdict)

    if min(empty.vendor_n, empty.baseline_n) < 2:
        return told(empty, None, "too_little_data")  # one contact says nothing of how contacts scatter
    described = _described(empty, totals, vendor, baseline, clusters, level, margin)
    lacking: Verdict = "not_comparable" if found.one_sided else "too_little_data"
    both = cells.filter(pl.col("compared"))
    if both.is_empty():
        return told(described, None, lacking)
    sides = (Cells.of(both, "vendor_"), Cells.of(both, "baseline_"))
    split = kitagawa(*sides)
    noise = noise_of((vendor, baseline), both, used, sides, split.weights, clusters)
    adjusted = _adjusted(described, sides, split, noise, level)
    if found.support < min_support:
        return told(adjusted, split, lacking)
    return told(adjusted, split, _verdict(adjusted, higher_is_better, min_cell))


def review(comparisons: Mapping[str, Comparison], *, rate: float = 0.05) -> dict[str, Comparison]:
    """The comparisons that one review looks at, with p-values adjusted for their number (Benjamini-Hochberg).

    A difference that does not hold among so many looks is "too little data to tell".
    """
    known = [key for key, one in comparisons.items() if one.p_value is not None]
    found = benjamini_hochberg([comparisons[key].p_value or 0.0 for key in known], rate)
    result = dict(comparisons)
    for key, adjusted, holds in zip(known, found.adjusted, found.holds, strict=True):
        one = comparisons[key]
        demoted: Verdict = "too_little_data" if one.verdict in {"better", "worse"} and not holds else one.verdict
        result[key] = replace(one, p_adjusted=float(adjusted), verdict=demoted)
    return result


def _checked(frame: pl.DataFrame, strata: Sequence[str], clusters: str | None) -> pl.DataFrame:
    wanted = [*strata, *([clusters] if clusters else []), *COLUMNS]
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise ValueError(f"columns missing from the cells to compare: {', '.join(missing)}")
    return frame.filter(pl.col("n") > 0)


def _refuse_impossible_shares(cells: pl.DataFrame) -> None:
    for side in ("vendor_", "baseline_"):
        total, n = pl.col(f"{side}total"), pl.col(f"{side}n")
        impossible = cells.filter((total < 0) | (total > n)).height
        if impossible:
            raise ValueError(
                f"{impossible} strata of the {side[:-1]} count more successes than contacts, or fewer than 0"
            )


def _described(
    empty: Comparison,
    totals: tuple[Cells, Cells],
    vendor: pl.DataFrame,
    baseline: pl.DataFrame,
    clusters: str | None,
    level: float,
    margin: float | None,
) -> Comparison:
    """The crude side: both values, their gap as it stands, and the margin below which differences do not matter."""
    one = np.ones(1)
    noise = noise_of((vendor, baseline), pl.DataFrame(), (), totals, one, clusters)
    crude = Gap(*weighted_difference(*totals, one, empty.kind, noise.critical(level), noise.inflation))
    base = float(totals[1].values[0])
    relevant = DEFAULT_MARGIN[empty.kind] * (abs(base) if empty.kind == "mean" else 1.0)
    return replace(
        empty,
        vendor_value=float(totals[0].values[0]),
        baseline_value=base,
        crude=crude,
        margin=relevant if margin is None else margin,
    )


def _adjusted(
    described: Comparison, sides: tuple[Cells, Cells], split: Split, noise: Noise, level: float
) -> Comparison:
    """Everything that follows from the strata that can be compared."""
    kind, weights = described.kind, split.weights
    gap = Gap(*weighted_difference(*sides, weights, kind, noise.critical(level), noise.inflation))
    error = (gap.high - gap.low) / 2 / normal_quantile(level)
    crude = described.crude.value if described.crude else 0.0
    homogeneity = _homogeneity(sides, kind, noise)
    reversal = crude * gap.value < 0
    disagree = homogeneity.p is not None and homogeneity.p < 1 - level
    return replace(
        described,
        like_for_like=gap,
        mix=split.mix,
        not_compared=crude - split.mix - gap.value,
        on_vendor_mix=_on_vendor_mix(sides, kind, noise, level),
        p_value=p_value(sides, weights, kind, noise),
        homogeneity=homogeneity,
        reversal=reversal,
        strata_lead=reversal or disagree,
        detectable=detectable_difference(error, level=level),
        design_effect=noise.inflation,
    )


def _homogeneity(sides: tuple[Cells, Cells], kind: Kind, noise: Noise) -> Homogeneity:
    """Breslow-Day for rates of separate contacts; Cochran's Q where contacts are clustered, for means and for NPS."""
    if kind == "rate" and noise.inflation == (1.0, 1.0):
        return breslow_day(*sides)
    variances = sum(
        side.variance() / side.n * inflation for side, inflation in zip(sides, noise.inflation, strict=True)
    )
    return cochran_q(sides[0].values - sides[1].values, np.asarray(variances))


def _on_vendor_mix(sides: tuple[Cells, Cells], kind: Kind, noise: Noise, level: float) -> Ratio | None:
    """Vendor over expected: what the baseline would have had on the vendor's own contacts (indirect standardisation).

    The interval takes both sides' noise (delta method on the logarithm); an NPS has no ratio, and only the expected
    value is given.
    """
    mix = sides[0].shares()
    value, expected = float((mix * sides[0].values).sum()), float((mix * sides[1].values).sum())
    if kind == "nps" or expected <= 0:
        return Ratio(None, None, None, expected)
    spread = 0.0
    for side, level_of_side, inflation in zip(sides, (value, expected), noise.inflation, strict=True):
        if level_of_side <= 0:
            return Ratio(value / expected, None, None, expected)
        spread += float((mix**2 * side.variance() / side.n).sum()) * inflation / level_of_side**2
    reach = max(noise.critical(level)) * float(np.sqrt(spread))
    ratio = value / expected
    return Ratio(ratio, ratio * float(np.exp(-reach)), ratio * float(np.exp(reach)), expected)


def _verdict(one: Comparison, higher_is_better: bool, min_cell: int) -> Verdict:
    gap, margin = one.like_for_like, one.margin
    if gap is None or margin is None or min(one.vendor_n, one.baseline_n) < min_cell:
        return "too_little_data"
    if -margin < gap.low and gap.high < margin:
        return "equal"
    if gap.low > 0 or gap.high < 0:
        return "better" if (gap.low > 0) == higher_is_better else "worse"
    return "too_little_data"


def _strata_frame(
    cells: pl.DataFrame, used: tuple[str, ...], kind: Kind, level: float, split: Split | None
) -> pl.DataFrame:
    """Per stratum: its keys, vendor_n, vendor_value, baseline_n, baseline_value, difference, low, high, compared,
    weight, mix, performance (the last three null where the stratum is not compared); most contacts first.
    """
    table = cells.select(
        *used,
        pl.col("vendor_n").cast(pl.Int64),
        (pl.col("vendor_total") / pl.col("vendor_n")).fill_nan(None).alias("vendor_value"),
        pl.col("baseline_n").cast(pl.Int64),
        (pl.col("baseline_total") / pl.col("baseline_n")).fill_nan(None).alias("baseline_value"),
        "compared",
    )
    table = table.with_columns(difference=pl.col("vendor_value") - pl.col("baseline_value"))
    names = ("low", "high", "weight", "mix", "performance")
    extra = {name: np.full(cells.height, np.nan) for name in names}
    chosen = cells["compared"].to_numpy()
    if split is not None and chosen.any():
        sides = [Cells.of(cells.filter(pl.col("compared")), side) for side in ("vendor_", "baseline_")]
        (low_a, high_a), (low_b, high_b) = (intervals(side, kind, normal_quantile(level)) for side in sides)
        gap = sides[0].values - sides[1].values
        extra["low"][chosen] = gap - np.hypot(sides[0].values - low_a, high_b - sides[1].values)
        extra["high"][chosen] = gap + np.hypot(high_a - sides[0].values, sides[1].values - low_b)
        extra["weight"][chosen] = split.weights
        extra["mix"][chosen] = split.mix_by_stratum
        extra["performance"][chosen] = split.performance_by_stratum
    table = table.with_columns(*(pl.Series(name, extra[name]).fill_nan(None) for name in names))
    return table.sort(["vendor_n", *used], descending=[True, *[False] * len(used)], nulls_last=True)
