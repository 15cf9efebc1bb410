"""Erlang A for thousands of intervals at once: the same model as :func:`pipelines.measures.erlang.erlang_a`.

Two things make it fast. The chance to be answered in time with k callers ahead is an incomplete beta function whose
next value follows from the one before (NIST DLMF 8.17.20), so no special function is called. And equal inputs are
computed once. As with every model of a queue, the results are *modelled* figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Waiting lines are followed until what is left of them matters less than this.
NEGLIGIBLE = 1e-15
#: The longest waiting line that is followed; numbers above this size are scaled down, so that none overflows.
LONGEST_LINE, LARGE = 20_000, 1e150


@dataclass(frozen=True, slots=True)
class Modelled:
    """Modelled shares of offered contacts, one element per interval."""

    answered_in_threshold: Floats
    abandoned: Floats
    abandoned_in_threshold: Floats
    short_abandoned: Floats


@dataclass(frozen=True, slots=True)
class Inputs:
    """One element per interval: contacts per second, handle time, agents (whole or not), patience, the two limits."""

    per_second: Floats
    aht_s: Floats
    agents: Floats
    patience_s: Floats
    threshold_s: Floats
    short_s: Floats


def modelled(inputs: Inputs) -> Modelled:
    """The model at every element; between two whole numbers of agents it is taken as linear."""
    whole = np.floor(inputs.agents)
    part = inputs.agents - whole
    fixed = (inputs.per_second, inputs.aht_s, inputs.patience_s, inputs.threshold_s, inputs.short_s)
    between = part > 0
    rows = np.column_stack([*fixed, whole])
    above = rows[between].copy()
    above[:, -1] += 1
    distinct, place = _distinct(np.vstack([rows, above]))
    found = _whole_agents(distinct)[:, place]
    low, high = found[:, : rows.shape[0]], found[:, rows.shape[0] :]
    low[:, between] += part[between] * (high - low[:, between])
    return Modelled(*low)


def _distinct(rows: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """The distinct rows, and for every row the place of its own among them."""
    frame = pl.DataFrame(rows, schema=[str(column) for column in range(rows.shape[1])])
    groups = frame.with_row_index("row").group_by(frame.columns).agg("row")
    place = np.empty(rows.shape[0], dtype=np.int64)
    place[groups["row"].explode().to_numpy()] = np.repeat(np.arange(groups.height), groups["row"].list.len().to_numpy())
    return groups.select(frame.columns).to_numpy(), place


def _whole_agents(rows: Floats) -> Floats:
    """The four shares (first axis) for rows of arrivals, handle time, patience, threshold, short limit, agents."""
    out = np.zeros((4, rows.shape[0]))
    arrivals, _, patience, threshold, short, agents = rows.T
    quiet = arrivals <= 0
    out[0, quiet] = 1.0
    alone = ~quiet & (agents < 1)  # nobody answers: everybody leaves in time
    out[1, alone] = 1.0
    out[2, alone] = -np.expm1(-threshold[alone] / patience[alone])
    out[3, alone] = -np.expm1(-short[alone] / patience[alone])
    busy = ~quiet & ~alone
    if busy.any():
        out[:, busy] = _queues(rows[busy])
    return out


def _queues(rows: Floats) -> Floats:
    arrivals, aht, patience, threshold, short, agents = rows.T
    leaving, served = 1 / patience, agents / aht
    shape = served / leaving
    first, second = _InTime(threshold * leaving, shape), _InTime(short * leaving, shape)
    weight = np.ones(arrivals.size)
    sums = np.zeros((5, arrivals.size))  # weights, places, answered in time, left in time, left within the short limit
    scale = np.ones(arrivals.size)
    for place in range(LONGEST_LINE):
        in_time, left = first.at(place)
        _, left_short = second.at(place)
        for number, one in enumerate((1.0, float(place), in_time, left, left_short)):
            sums[number] += weight * one
        weight = weight * (arrivals / (served + (place + 1) * leaving))
        if (weight < NEGLIGIBLE * sums[0]).all():
            break
        large = sums[0] > LARGE
        if large.any():
            for array in (weight, sums, scale):
                array[..., large] /= LARGE
    total = (_inverse_blocking(arrivals * aht, agents) - 1) * scale + sums[0]
    waiting = sums[0] / total
    return np.vstack(
        [1 - waiting + sums[2] / total, sums[1] / total * leaving / arrivals, sums[3] / total, sums[4] / total]
    )


def _inverse_blocking(erlangs: Floats, agents: Floats) -> Floats:
    """1 / Erlang B by its recursion, for whole numbers of agents."""
    inverse = np.ones(erlangs.size)
    with np.errstate(over="ignore"):
        for agent in range(1, int(agents.max()) + 1):
            inverse = np.where(agent <= agents, 1 + agent / erlangs * inverse, inverse)
    return inverse


class _InTime:
    """Chances of a caller with k others ahead, for k = 0, 1, 2, ... in turn: answered within a time, gone within it.

    ``span`` is that time over the patience, ``shape`` the agents' pace over one caller's impatience. With x = 1 -
    exp(-span) the turn comes in time with I(x; k + 1, shape), and the caller is still there when it does with
    I(x; k + 1, shape + 1) shape / (shape + k + 1).
    """

    def __init__(self, span: Floats, shape: Floats) -> None:
        self.shape = shape
        self.stay = np.exp(-span)
        self.gone = -np.expm1(-span)
        # I(x; 1, b) = 1 - (1 - x)^b; what the next place takes from it is x^a (1 - x)^b / (a B(a, b)).
        self.turn, self.both = -np.expm1(-span * shape), -np.expm1(-span * (shape + 1))
        self.turn_step = shape * self.gone * np.exp(-span * shape)
        self.both_step = (shape + 1) * self.gone * np.exp(-span * (shape + 1))

    def at(self, place: int) -> tuple[Floats, Floats]:
        """(answered in time, gone in time) with ``place`` others ahead; to be asked for 0, 1, 2, ... in order."""
        answered = self.both * self.shape / (self.shape + place + 1)
        gone = np.clip(1 - answered - (1 - self.turn) * self.stay, 0.0, 1.0)
        ahead = place + 1
        self.turn = np.clip(self.turn - self.turn_step, 0.0, 1.0)
        self.both = np.clip(self.both - self.both_step, 0.0, 1.0)
        self.turn_step = self.turn_step * self.gone * (ahead + self.shape) / (ahead + 1)
        self.both_step = self.both_step * self.gone * (ahead + self.shape + 1) / (ahead + 1)
        return answered, gone
