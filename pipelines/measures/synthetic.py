"""Synthetic difference-in-differences: what the units that did not move say the moved one would have done.

Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021, algorithm 1: donors are weighted so that their past runs parallel
to the moved unit's, earlier periods so that they are like the later ones, and both differences are taken. The weights
are found by Frank-Wolfe steps with the regularisation and stopping rule of the authors' R package ``synthdid``, and
its estimates are reproduced to eight digits. Synthetic control (Abadie et al. 2010) and plain
difference-in-differences come with it, to show how far the answer hangs on the method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Method = Literal["sdid", "synthetic_control", "did"]

_STEPS, _FIRST_STEPS = 10_000, 100
_PRECISION = 1e-5  # of the noise: the objective's smallest worthwhile decrease, before squaring
_TINY = 1e-6  # of the noise: regularisation where only uniqueness is wanted


@dataclass(frozen=True)
class Effect:
    """The mean effect on the moved units after the move, in the unit of the figure, and the weights behind it."""

    value: float
    donor_weights: Floats
    period_weights: Floats


def effect_of_move(values: Floats, donors: int, before: int, method: Method = "sdid") -> Effect:
    """Effect from a full panel ``values`` (units x periods): donors first, then moved units; periods before first.

    Raises ValueError for unknown values, fewer than two donors or fewer than two periods before.
    """
    units, periods = values.shape
    if not np.isfinite(values).all():
        raise ValueError("the panel has gaps: drop the units or periods that are not known")
    if donors < 2 or before < 2 or units <= donors or periods <= before:
        raise ValueError("an effect needs two donors, two periods before, a moved unit and a period after")
    moved, after = units - donors, periods - before
    noise = float(np.diff(values[:donors, :before], axis=1).std(ddof=1))
    donor_weights, period_weights = np.full(donors, 1 / donors), np.full(before, 1 / before)
    past = np.vstack([values[:donors, :before], values[donors:, :before].mean(axis=0)])
    if method == "sdid":
        ridge = (moved * after) ** 0.25 * noise
        later = np.column_stack([values[:donors, :before], values[:donors, before:].mean(axis=1)])
        period_weights = _balance(later, _TINY * noise, noise, centred=True)
        donor_weights = _balance(past.T, ridge, noise, centred=True)
    elif method == "synthetic_control":
        period_weights = np.zeros(before)
        donor_weights = _balance(past.T, _TINY * noise, noise, centred=False)
    across = np.concatenate([-donor_weights, np.full(moved, 1 / moved)])
    along = np.concatenate([-period_weights, np.full(after, 1 / after)])
    return Effect(float(across @ values @ along), donor_weights, period_weights)


def _balance(table: Floats, ridge: float, noise: float, *, centred: bool) -> Floats:
    """Weights (adding up to 1, none below 0) of the first columns that come closest to the last one.

    A short search, small weights to zero, then a long one: as the authors do, so that few donors carry the answer.
    """
    first = _frank_wolfe(table, ridge, noise, None, _FIRST_STEPS, centred)
    kept = np.where(first > first.max() / 4, first, 0.0)
    return _frank_wolfe(table, ridge, noise, kept / kept.sum(), _STEPS, centred)


def _frank_wolfe(
    table: Floats, ridge: float, noise: float, start: Floats | None, steps: int, centred: bool
) -> Floats:  # fmt: skip
    """Minimise ridge^2 |w|^2 + |A w - b|^2 / rows over the simplex, moving towards one column at a time.

    Everything is kept in terms of H = A'A + rows ridge^2 I and c = A'b and updated after each step, so that a step
    costs one pass over the weights: a study with its placebos takes tens of thousands of them.
    """
    if centred:
        table = table - table.mean(axis=0)
    columns, target, rows = table[:, :-1], table[:, -1], table.shape[0]
    quadratic = columns.T @ columns + rows * ridge**2 * np.eye(columns.shape[1])
    linear, diagonal = columns.T @ target, quadratic.diagonal().copy()
    weights = np.full(columns.shape[1], 1 / columns.shape[1]) if start is None else start.copy()
    slope = quadratic @ weights
    square, product, last = float(weights @ slope), float(linear @ weights), np.inf
    enough = (_PRECISION * noise) ** 2 * rows
    for _ in range(steps):
        gradient = slope - linear
        best = int(gradient.argmin())
        cross, own = float(slope[best]), float(diagonal[best])
        curvature = own - 2 * cross + square
        if curvature <= 0:
            break
        length = min(1.0, max(0.0, (square - product - float(gradient[best])) / curvature))
        weights *= 1 - length
        weights[best] += length
        slope *= 1 - length
        slope += length * quadratic[best]
        square = (1 - length) ** 2 * square + 2 * length * (1 - length) * cross + length**2 * own
        product = (1 - length) * product + length * float(linear[best])
        now = square - 2 * product
        if last - now <= enough:
            break
        last = now
    return weights
