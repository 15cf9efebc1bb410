"""The usual range of one figure over time: XmR charts with the NHS "Making Data Count" rules.

Limits: mean +/- 2.66 x the mean moving range, after moving ranges at or above 3.267 x their mean are set aside
once (Wheeler, *Understanding Variation*; Nelson 1982 for the screening). Labels: the rules and their order of
NHSRplotthedots 0.2.2 (``ptd_spc_standard``), reproduced point by point in the tests.

A missing period is a gap: it has no label, enters no mean and no moving range, and is not counted in a run. The
periods on both sides of it follow one another, since seven known figures on one side of the mean are as
unlikely with a hole among them as without.

New limits start only where a person has decided so (``phases``), never by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Direction = Literal["higher", "lower", "neutral"]
Variation = Literal["improvement", "concern", "high", "low", "usual", "too_little_data", "no_data"]
Assurance = Literal["consistent_pass", "consistent_fail", "hit_and_miss", "no_target", "too_little_data"]

LIMIT_FACTOR = 2.66  # 3 / d2, with d2 = 1.128 for ranges of two
SCREENING_FACTOR = 3.267  # D4 for ranges of two
TRIAL_POINTS = 12  # fewer points than this give trial limits
RUN_LENGTH = 7
TREND_LENGTH = 7

NHS_LABELS: dict[str, str] = {
    "above_upper": "Above UCL",
    "below_lower": "Below LCL",
    "trend_up": "7 Point Trend (Increasing)",
    "trend_down": "7 Point Trend (Decreasing)",
    "near_upper": "2 in 3 Above CL",
    "near_lower": "2 in 3 Below CL",
    "run_above": "7 Points Above CL",
    "run_below": "7 Points Below CL",
    "usual": "Common Cause",
}
"""Signal id -> the label of NHSRplotthedots, in the order in which the rules are tried."""

_RULES = tuple(signal for signal in NHS_LABELS if signal != "usual")
_UPWARD = {"above_upper", "trend_up", "near_upper", "run_above"}


@dataclass(frozen=True)
class Limits:
    """The usual range of one phase, in the unit of the figure; None where two points are not at hand."""

    phase: int
    points: int
    mean: float | None
    lower: float | None
    upper: float | None
    trial: bool


@dataclass(frozen=True)
class Chart:
    """A chart and what it says about its latest period.

    ``points`` has one row per period given, gaps included: at, value, phase, mean, lower, upper, near_lower,
    near_upper, signal (the first rule that matches, "usual" or "no_data"), rules (every rule that matches: one
    label per point would hide the others), variation.
    """

    points: pl.DataFrame
    phases: tuple[Limits, ...]
    variation: Variation
    assurance: Assurance
    signal: str
    trial: bool
    direction: Direction = "higher"


def moving_ranges(values: Floats, *, screen: bool = True) -> Floats:
    """Absolute differences of neighbours, without those at or above 3.267 x their mean (once) if ``screen``."""
    ranges = np.abs(np.diff(values))
    if screen and ranges.size:
        ranges = ranges[ranges < SCREENING_FACTOR * ranges.mean()] if ranges.mean() > 0 else ranges
    return ranges


def limits_of(values: Floats, *, screen: bool = True) -> tuple[float, float, float]:
    """(mean, lower, upper) of an XmR chart; needs at least two values, all known."""
    if values.size < 2:
        raise ValueError(f"limits need at least two values, got {values.size}")
    # Adding and dividing equal floats can miss them by their last digit, and every point would then lie outside.
    mean = float(values[0]) if (values == values[0]).all() else float(values.mean())
    ranges = moving_ranges(values, screen=screen)
    distance = LIMIT_FACTOR * float(ranges.mean()) if ranges.size else 0.0
    return mean, mean - distance, mean + distance


def rules_matched(values: Floats, mean: Floats, lower: Floats, upper: Floats) -> dict[str, NDArray[np.bool_]]:
    """Each rule of the NHS set -> which points belong to such a pattern. All values known; limits per point.

    A point on the mean is on neither side and breaks a run; equal neighbours break a trend; a pattern flags all
    its points, "two of three" only those of them that are near the limit.
    """
    side = np.sign(values - mean)
    above, below = values > upper, values < lower
    near_upper = ~above & (values > mean + (upper - mean) * 2 / 3)
    near_lower = ~below & (values < mean - (mean - lower) * 2 / 3)
    steps = np.sign(np.diff(values))
    return {
        "above_upper": above,
        "below_lower": below,
        "trend_up": _in_trend(steps == 1, values.size),
        "trend_down": _in_trend(steps == -1, values.size),
        "near_upper": near_upper & _two_of_three(near_upper, side == 1),
        "near_lower": near_lower & _two_of_three(near_lower, side == -1),
        "run_above": _in_window(side == 1, RUN_LENGTH),
        "run_below": _in_window(side == -1, RUN_LENGTH),
    }


def _in_window(hits: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Members of any stretch of ``length`` consecutive hits."""
    member = np.zeros(hits.size, dtype=bool)
    if hits.size < length:
        return member
    full = np.lib.stride_tricks.sliding_window_view(hits, length).all(axis=1)
    for shift in range(length):
        member[shift : shift + full.size] |= full
    return member


def _in_trend(moves: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Members of any stretch of seven points that all move the same way: six moves in a row and their ends."""
    member = np.zeros(size, dtype=bool)
    moving = _in_window(moves, TREND_LENGTH - 1)
    member[:-1] |= moving
    member[1:] |= moving
    return member


def _two_of_three(near: NDArray[np.bool_], same_side: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Members of any three neighbours on one side of the mean of which at least two are near the limit."""
    member = np.zeros(near.size, dtype=bool)
    if near.size < 3:
        return member
    three = np.lib.stride_tricks.sliding_window_view
    found = three(same_side, 3).all(axis=1) & (three(near, 3).sum(axis=1) >= 2)
    for shift in range(3):
        member[shift : shift + found.size] |= found
    return member


def xmr(
    at: Sequence[date],
    values: Sequence[float | None],
    *,
    direction: Direction = "higher",
    target: float | None = None,
    phases: Sequence[date] = (),
    fix_after: int | None = None,
    screen: bool = True,
) -> Chart:
    """An XmR chart of ``values`` (None = gap), one per period of ``at`` (ascending).

    ``phases``: first periods of new limits, each a person's decision. ``fix_after``: each phase's limits come
    from its first so many known points. Raises ValueError for unequal lengths or periods out of order.
    """
    series = _series(at, values)
    phase_of = _phase_numbers(series["at"].to_list(), phases)
    parts: list[pl.DataFrame] = []
    limits: list[Limits] = []
    for phase in sorted(set(phase_of)) or [0]:
        part = series.filter(pl.Series(phase_of, dtype=pl.Int64) == phase)
        known = part["value"].drop_nulls().to_numpy().astype(np.float64)
        limits.append(_phase_limits(phase, known, fix_after, screen))
        parts.append(_judged(part, phase, _band(limits[-1], known.size), direction))
    return _chart(pl.concat(parts), tuple(limits), direction, target)


def laney(
    at: Sequence[date],
    numerators: Sequence[int | None],
    denominators: Sequence[int | None],
    *,
    kind: Literal["p", "u"] = "p",
    direction: Direction = "higher",
    target: float | None = None,
) -> Chart:
    """A p' or u' chart (Laney 2002) for figures with large denominators; a period with no denominator is a gap.

    z_i = (p_i - mean)/s_i; limits mean +/- 3 s_i sigma_z with sigma_z = mean|dz|/1.128, so that the limits follow
    what really happens between periods. A plain p chart takes the contacts for independent and flags nearly
    every period when there are thousands of them. Labels: the NHS rules with these limits.
    """
    known = [n is not None and d is not None and d > 0 for n, d in zip(numerators, denominators, strict=True)]
    pairs = [(n, d) for n, d, ok in zip(numerators, denominators, known, strict=True) if ok]
    counts = np.array([n for n, _ in pairs], dtype=np.float64)
    sizes = np.array([d for _, d in pairs], dtype=np.float64)
    shares = iter(counts / sizes) if sizes.size else iter(())
    series = _series(at, [float(next(shares)) if ok else None for ok in known])
    mean, lower, upper = laney_limits(counts, sizes, kind=kind) if sizes.size > 1 else (None, None, None)
    trial = sizes.size < TRIAL_POINTS
    if lower is None or upper is None or mean is None:
        limits, band = Limits(0, sizes.size, None, None, None, trial), None
    else:
        limits = Limits(0, sizes.size, mean, float(lower[-1]), float(upper[-1]), trial)
        band = (np.full(sizes.size, mean), lower, upper)
    points = _judged(series, 0, band, direction)
    return _chart(points, (limits,), direction, target)


def laney_limits(
    counts: Floats, sizes: Floats, *, kind: Literal["p", "u"] = "p", prime: bool = True
) -> tuple[float, Floats, Floats]:
    """(mean, lower, upper) of a p' or u' chart, limits per period; ``prime=False`` gives the plain p or u limits."""
    mean = float(counts.sum() / sizes.sum())
    variance = mean * (1 - mean) if kind == "p" else mean
    spread = np.sqrt(variance / sizes)
    sigma_z = laney_sigma(counts, sizes, kind=kind) if prime else 1.0
    return mean, mean - 3 * spread * sigma_z, mean + 3 * spread * sigma_z


def laney_sigma(counts: Floats, sizes: Floats, *, kind: Literal["p", "u"] = "p") -> float:
    """How many times wider the periods really scatter than independent contacts would (sigma_z; 0 if all equal)."""
    mean = float(counts.sum() / sizes.sum())
    variance = mean * (1 - mean) if kind == "p" else mean
    if variance == 0:
        return 0.0
    z = (counts / sizes - mean) / np.sqrt(variance / sizes)
    return float(np.abs(np.diff(z)).mean() / 1.128)


def assurance(
    lower: float | None, upper: float | None, target: float | None, *, direction: Direction = "higher"
) -> Assurance:
    """Will the process, as it runs today, meet its target? From the limits alone, not from the latest point."""
    if target is None or direction == "neutral":
        return "no_target"
    if lower is None or upper is None:
        return "too_little_data"
    good_above, good_below = target < lower, target > upper
    if direction == "lower":
        good_above, good_below = good_below, good_above
    if good_above:
        return "consistent_pass"
    return "consistent_fail" if good_below else "hit_and_miss"


def _series(at: Sequence[date], values: Sequence[float | None]) -> pl.DataFrame:
    if len(at) != len(values):
        raise ValueError(f"{len(at)} periods but {len(values)} values")
    if any(later <= earlier for earlier, later in pairwise(at)):
        raise ValueError("periods must be in ascending order, each once")
    series = pl.DataFrame({"at": pl.Series(list(at)), "value": pl.Series(list(values), dtype=pl.Float64)})
    return series.with_columns(pl.col("value").fill_nan(None))


def _phase_numbers(at: Sequence[date], phases: Sequence[date]) -> list[int]:
    starts = sorted(phases)
    return [sum(start <= moment for start in starts) for moment in at]


def _phase_limits(phase: int, known: Floats, fix_after: int | None, screen: bool) -> Limits:
    basis = known if fix_after is None else known[:fix_after]
    if basis.size < 2:
        return Limits(phase, int(basis.size), None, None, None, True)
    mean, lower, upper = limits_of(basis, screen=screen)
    return Limits(phase, int(basis.size), mean, lower, upper, basis.size < TRIAL_POINTS)


def _band(limits: Limits, size: int) -> tuple[Floats, Floats, Floats] | None:
    if limits.mean is None or limits.lower is None or limits.upper is None:
        return None
    return np.full(size, limits.mean), np.full(size, limits.lower), np.full(size, limits.upper)


def _judged(
    part: pl.DataFrame, phase: int, band: tuple[Floats, Floats, Floats] | None, direction: Direction
) -> pl.DataFrame:
    """The periods of one phase with their limits and labels; ``band`` (mean, lower, upper) per known point."""
    known = part.filter(pl.col("value").is_not_null())
    if band is None:
        empty = [pl.lit(None, dtype=pl.Float64).alias(name) for name in ("mean", "lower", "upper")]
        judged = known.with_columns(*empty, signal=pl.lit("usual"), rules=pl.lit([], dtype=pl.List(pl.String)))
    else:
        mean, lower, upper = band
        matched = rules_matched(known["value"].to_numpy(), mean, lower, upper)
        rules = [[rule for rule in _RULES if matched[rule][i]] for i in range(known.height)]
        judged = known.with_columns(
            mean=pl.Series(mean),
            lower=pl.Series(lower),
            upper=pl.Series(upper),
            signal=pl.Series([found[0] if found else "usual" for found in rules], dtype=pl.String),
            rules=pl.Series(rules, dtype=pl.List(pl.String)),
        )
    return _with_gaps(part, judged, phase, direction)


def _with_gaps(part: pl.DataFrame, judged: pl.DataFrame, phase: int, direction: Direction) -> pl.DataFrame:
    """Put the gaps back: they carry the neighbouring limits (the band is drawn on), never a label."""
    band = [pl.col(name).forward_fill().backward_fill() for name in ("mean", "lower", "upper")]
    verdicts = {signal: _meaning(signal, direction) for signal in (*NHS_LABELS, "no_data")}
    return (
        part.join(judged.drop("value"), on="at", how="left", maintain_order="left")
        .with_columns(*band, pl.col("signal").fill_null("no_data"), phase=pl.lit(phase))
        .with_columns(
            near_lower=pl.col("mean") - (pl.col("mean") - pl.col("lower")) * 2 / 3,
            near_upper=pl.col("mean") + (pl.col("upper") - pl.col("mean")) * 2 / 3,
            variation=pl.col("signal").replace_strict(verdicts, return_dtype=pl.String),
        )
        .select(
            "at", "value", "phase", "mean", "lower", "upper", "near_lower", "near_upper", "signal", "rules", "variation"
        )
    )


def _meaning(signal: str, direction: Direction) -> Variation:
    if signal == "usual":
        return "usual"
    if signal == "no_data":
        return "no_data"
    upward = signal in _UPWARD
    if direction == "neutral":
        return "high" if upward else "low"
    return "improvement" if upward == (direction == "higher") else "concern"


def _chart(points: pl.DataFrame, phases: tuple[Limits, ...], direction: Direction, target: float | None) -> Chart:
    """The verdict on the latest period. No signal on trial limits is "too little data to tell", never "usual"."""
    if points.is_empty():
        return Chart(
            points, phases, "no_data", assurance(None, None, target, direction=direction), "no_data", True, direction
        )
    last = points.row(-1, named=True)
    current = phases[-1]
    variation: Variation = _meaning(last["signal"], direction)
    if variation == "usual" and current.trial:
        variation = "too_little_data"
    held = assurance(current.lower, current.upper, target, direction=direction)
    if current.trial and held != "no_target":
        held = "too_little_data"
    return Chart(points, phases, variation, held, last["signal"], current.trial, direction)
