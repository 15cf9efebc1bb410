"""How far a small interval may be off by nature: contacts of one interval share its fate.

If one caller waits, so does the next: the contacts of an interval are not independent, and the plain binomial calls
half of the intervals of a busy queue extraordinary. How alike they are (the intraclass correlation) is measured on the
queue's own intervals around the level of their own week, so that a bad week is not taken for an unsteady queue.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

#: Contacts of fewer intervals say nothing about how alike they are; then this is taken, which is much.
FEWEST_CELLS, WITHOUT_HISTORY = 30, 0.3
#: Contacts of a cell above which the sum is replaced by its limit; and the least likeness that is told from none.
MANY, SMALLEST = 200, 1e-6
#: Chance, in a queue that is exactly on target, of a cell that is called more than noise.
ALPHA = 0.01


def likeness(cells: pl.DataFrame, by: Sequence[str], around: Sequence[str]) -> pl.DataFrame:
    """``by`` + ``rho``: how alike the contacts of one cell are, from 0 (independent) to 1 (all share one fate).

    ``cells``: ``by``, ``around``, ``numerator``, ``denominator``, and ``squares`` (sum of squares of a mean; null for a
    share). Moments around the level of each ``around`` group (a week, say), with v the variance of one contact:
    E(k - n p)^2 = n v (1 + (n - 1) rho). ``variance``: v over all cells.
    """
    n, k, group = pl.col("denominator"), pl.col("numerator"), [*by, *around]
    level = (k.sum() / n.sum()).over(group)
    spread = (pl.col("squares").sum() / n.sum()).over(group) - pl.col("level").pow(2)
    share = pl.col("level") * (1 - pl.col("level"))
    # The level is estimated from the same cells: what that takes away from the squares is given back.
    again = pl.col("size") / (pl.col("size") - 1)
    return (
        cells.filter(n > 0)
        .with_columns(level=level, size=pl.len().over(group))
        .filter(pl.col("size") > 1)
        .with_columns(one=pl.when(pl.col("squares").is_null()).then(share).otherwise(spread))
        .group_by(list(by))
        .agg(
            cells=pl.len(),
            excess=((k - n * pl.col("level")).pow(2) * again - n * pl.col("one")).sum(),
            pairs=(n * (n - 1) * pl.col("one")).sum(),
            variance=(n * pl.col("one")).sum() / n.sum(),
        )
        .with_columns(
            rho=pl.when((pl.col("cells") >= FEWEST_CELLS) & (pl.col("pairs") > 0))
            .then((pl.col("excess") / pl.col("pairs")).clip(0.0, 0.9))
            .otherwise(WITHOUT_HISTORY)
        )
        .select(*by, "rho", "variance")
    )


def lower_tail(k: Floats, n: Floats, p: Floats, rho: Floats) -> Floats:
    """Chance of ``k`` or fewer of ``n`` (whole numbers) at a level of ``p``, contacts as alike as ``rho``.

    Beta-binomial; above :data:`MANY` contacts the beta distribution of the same variance.
    """
    out = np.ones(n.size)
    low = k < n
    few, many = low & (n <= MANY), low & (n > MANY)
    if few.any():
        out[few] = _beta_binomial(k[few], n[few], p[few], np.maximum(rho[few], SMALLEST))
    if many.any():
        variance = (1 + (n[many] - 1) * rho[many]) / n[many]
        size = 1 / variance - 1
        out[many] = special.betainc(p[many] * size, (1 - p[many]) * size, (k[many] + 0.5) / n[many])
    return out


def _beta_binomial(k: Floats, n: Floats, p: Floats, rho: Floats) -> Floats:
    """The sum of the probabilities up to ``k``, each from the one before:

    P(j + 1) / P(j) = (n - j)(j + a) / ((j + 1)(n - j - 1 + b)).
    """
    size = (1 - rho) / rho
    a, b = p * size, (1 - p) * size
    total = np.zeros(n.size)
    logarithm = special.betaln(a, n + b) - special.betaln(a, b)
    for j in range(int(k.max()) + 1):
        total += np.where(j <= k, np.exp(logarithm), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.log((n - j) * (j + a)) - np.log((j + 1) * (n - j - 1 + b))
        logarithm = np.where(j < k, logarithm + step, -np.inf)
    return np.minimum(total, 1.0)
