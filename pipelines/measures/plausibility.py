"""Is this plausible at all? Tests for figures and patterns that need an explanation.

Pure statistics: arrays and numbers in, a small result out. None of these says why something is so; each has innocent
explanations, which the findings name. Thresholds and their false-alarm rates: STATISTICS section 7 and the tests of
this module, which print them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


def silence_probability(expected: float, dispersion: float = math.inf) -> float:
    """Chance of no contact at all where ``expected`` were to be expected.

    Negative binomial with size ``dispersion`` (variance = mean + mean**2 / dispersion); infinite is Poisson:
    exp(-expected). Raises ``ValueError`` for a negative expectation or a dispersion that is not positive.
    """
    if expected < 0 or dispersion <= 0:
        raise ValueError("the expectation must not be negative, and the dispersion must be positive")
    if math.isinf(dispersion):
        return math.exp(-expected)
    return math.exp(-dispersion * math.log1p(expected / dispersion))


def dispersion_of(observed: Floats, expected: Floats, floor: float = 3.0, ceiling: float = 1000.0) -> float:
    """Size of the negative binomial that fits counts around their expectations, by moments.

    Kept between ``floor`` and ``ceiling``: a handful of days can't show that counts are steadier than chance. The
    excess is trimmed at its 95th percentile, so that single wrecked days do not hide others.
    """
    usable = expected > 0
    observed, expected = observed[usable], expected[usable]
    if observed.size < 10:
        return floor
    excess = (observed - expected) ** 2 - expected
    limit = np.quantile(excess, 0.95)
    spread = float(np.minimum(excess, limit).sum() / (expected**2).sum())
    return ceiling if spread <= 1 / ceiling else float(np.clip(1 / spread, floor, ceiling))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of positions [first, last] (both included) and the score that it adds up to."""

    first: int
    last: int
    score: float


def best_stretches(scores: Sequence[float] | Floats, at_least: float) -> list[Stretch]:
    """The disjoint runs with the greatest sums, each of at least ``at_least``, in order.

    With log likelihood ratios as scores this dates a change: where it began and where it ended. (Maximal-sum
    segments, found again to the left and right of each.)
    """
    values = np.asarray(scores, dtype=np.float64)
    found: list[Stretch] = []
    pending = [(0, values.size)]
    while pending:
        begin, end = pending.pop()
        best = _best(values, begin, end)
        if best is None or best.score < at_least:
            continue
        found.append(best)
        pending += [(begin, best.first), (best.last + 1, end)]
    return sorted(found, key=lambda stretch: stretch.first)


def _best(values: Floats, begin: int, end: int) -> Stretch | None:
    best: Stretch | None = None
    total, start = 0.0, begin
    for place in range(begin, end):
        if total <= 0:
            total, start = 0.0, place
        total += float(values[place])
        if best is None or total > best.score:
            best = Stretch(start, place, total)
    return best


def possible_share(printed: float, n_low: int, n_high: int, decimals: int) -> bool:
    """Can ``printed`` (in percent, with so many decimals) be 100 k / n for whole k and n_low <= n <= n_high? (GRIM)

    Rounding half up, half down or half to even are all allowed for. Raises ``ValueError`` for an n below 1.
    """
    if n_low < 1 or n_high < n_low:
        raise ValueError("GRIM needs 1 <= n_low <= n_high")
    half = 0.5 * 10.0**-decimals + 1e-9
    if (n_high - n_low + 1) * 2 * half * n_low / 100 >= 4 or 2 * half * n_high >= 100:
        return True  # shares lie closer together than the printed figures: each of these can be reached
    n = np.arange(n_low, n_high + 1, dtype=np.float64)
    lowest = np.ceil((printed - half) * n / 100 - 1e-9)
    highest = np.floor((printed + half) * n / 100 + 1e-9)
    return bool(np.any(np.minimum(highest, n) >= np.maximum(lowest, 0)))


@dataclass(frozen=True, slots=True)
class Smoothness:
    """How much shares vary, against the least that chance alone makes them vary (1 = chance alone)."""

    ratio: float
    p_value: float
    periods: int


def smoothness(shares: Floats, denominators: Floats) -> Smoothness | None:
    """Lower tail of sum((p - mean)**2 / (mean (1 - mean) / n)): shares steadier than binomial chance.

    None where nothing can be said: fewer than 3 periods, or a mean of 0 or 1.
    """
    known = np.isfinite(shares) & (denominators > 0)
    p, n = shares[known], denominators[known]
    if p.size < 3:
        return None
    mean = float((p * n).sum() / n.sum())
    if not 0 < mean < 1:
        return None
    statistic = float(((p - mean) ** 2 / (mean * (1 - mean) / n)).sum())
    return Smoothness(statistic / (p.size - 1), float(special.chdtr(p.size - 1, statistic)), int(p.size))


@dataclass(frozen=True, slots=True)
class Roundness:
    """Share of figures whose last printed digit is 0, what chance gives, and how many standard errors lie between."""

    observed: float
    expected: float
    z: float
    figures: int


def roundness(printed: Floats, denominators: Floats, decimals: int) -> Roundness | None:
    """Are shares (in percent, as printed) rounded further than they claim?

    Of a share k / n not every last digit is equally likely: 3 of 6 is 50.0 by nature. So what is to be expected is
    counted over the neighbouring k of each n. None for fewer than 20 figures strictly between 0 and 100 with n >= 50,
    or without decimals.
    """
    usable = (denominators >= 50) & (printed > 0) & (printed < 100) & np.isfinite(printed)
    printed, denominators = printed[usable], denominators[usable]
    if decimals < 1 or printed.size < 20:
        return None
    scale = 10**decimals
    chances = np.array([_chance_of_zero(p, int(n), scale) for p, n in zip(printed, denominators, strict=True)])
    ends = np.rint(printed * scale).astype(np.int64) % 10 == 0
    spread = math.sqrt(float((chances * (1 - chances)).sum()))
    z = float((ends.sum() - chances.sum()) / spread) if spread > 0 else 0.0
    return Roundness(float(ends.mean()), float(chances.mean()), z, int(printed.size))


def _chance_of_zero(percent: float, n: int, scale: int) -> float:
    middle = round(percent * n / 100)
    reach = max(10, n // 20)
    k = np.arange(max(1, middle - reach), min(n - 1, middle + reach) + 1)
    if k.size == 0:
        return 0.1
    return float(np.clip((np.floor(k / n * 100 * scale + 0.5).astype(np.int64) % 10 == 0).mean(), 0.02, 0.9))


@dataclass(frozen=True, slots=True)
class Association:
    """Asked or not, by an outcome of the contact, within strata (Mantel-Haenszel)."""

    odds_ratio: float
    z: float
    share_with: float
    share_without: float
    with_outcome: int
    without_outcome: int

    @property
    def difference(self) -> float:
        """Share asked with the outcome minus share asked without it."""
        return self.share_with - self.share_without


def association(asked_with: Floats, with_n: Floats, asked_without: Floats, without_n: Floats) -> Association | None:
    """Does the share asked differ between contacts with and without an outcome, stratum by stratum?

    One array element per stratum (a queue in a month, say): how many were asked, of how many. None where a side has
    no contacts. The z is Mantel-Haenszel's without continuity correction; shares without are weighted like those with.
    """
    usable = (with_n > 0) & (without_n > 0)
    a, n1, c, n0 = asked_with[usable], with_n[usable], asked_without[usable], without_n[usable]
    total = n1 + n0
    if a.size == 0:
        return None
    asked = a + c
    expected = n1 * asked / total
    variance = n1 * n0 * asked * (total - asked) / (total**2 * np.maximum(total - 1, 1))
    if variance.sum() <= 0:
        return None
    above, below = (a * (n0 - c) / total).sum(), (c * (n1 - a) / total).sum()
    return Association(
        odds_ratio=float(above / below) if below > 0 else math.inf,
        z=float((a - expected).sum() / math.sqrt(variance.sum())),
        share_with=float(a.sum() / n1.sum()),
        share_without=float((c / n0 * n1).sum() / n1.sum()),
        with_outcome=int(n1.sum()),
        without_outcome=int(n0.sum()),
    )


def two_rates(events: Floats, trials: Floats, usual: float, unusual: float) -> Floats:
    """Log likelihood ratio, per position, of the share ``unusual`` against ``usual`` (natural logarithm)."""
    return events * math.log(unusual / usual) + (trials - events) * math.log((1 - unusual) / (1 - usual))


def shift_scores(counts: Floats, profile: Floats, steps: Sequence[int]) -> Floats:
    """How much better a day's arrivals fit the usual profile moved by some steps than as it is.

    ``counts``: days x intervals of the clock; ``profile``: the same shape, expected shares of each day (rows sum to
    1). Returns steps x days: log likelihood ratios. A step of -2 means that the day's clock shows two intervals too
    little (contacts come too early).
    """
    floor = 1e-4  # a few contacts outside opening hours are no proof of anything
    base = np.log(np.maximum(profile, floor))
    rows = []
    for step in steps:
        moved = np.full_like(profile, floor)
        if step < 0:
            moved[:, :step] = profile[:, -step:]
        else:
            moved[:, step:] = profile[:, :-step]
        rows.append((counts * (np.log(np.maximum(moved, floor)) - base)).sum(axis=1))
    return np.array(rows)
