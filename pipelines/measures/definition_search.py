"""Which definition explains a vendor's figures? A search over many periods at once, told with its doubts.

A candidate *fits* a period when its value is the printed one within rounding. One fit says little, a hundred say much;
so the search looks at whole series, finds the dates at which the best candidate changes (drift), and says what else
fits as well, and how often figures of other periods would have fitted by chance. It explains; it accuses nobody.

Changes are found by dynamic programming over the days (Viterbi): every missed period costs one, every change of
definition costs :data:`CHANGE`, every respect in which a definition departs from the terms :data:`DEPARTURE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.definition_space import Candidate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: A change of definition must explain more than this many periods that would be missed without it.
CHANGE = 5.0
#: What each departure from the terms costs, in missed periods: of two that fit alike, the nearer to the terms wins.
DEPARTURE = 0.3
#: A definition explains a stretch when it reproduces this share of its periods,
EXPLAINS = 0.6
#: and at least so many that the terms do not reproduce.
MORE_THAN_TERMS = 3
#: Periods on which a large space is tried first, parts of the time that each name their best, and how many.
TRIED, CHUNKS, KEPT = 240, 8, 12
#: Ties that are named.
TIES_NAMED = 12

SERIES = {"key": pl.UInt32, "day": pl.Date, "last_day": pl.Date, "queue": pl.String, "value": pl.Float64,
          "tolerance": pl.Float64}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explanation:
    """What reproduces a series from ``first_day`` to ``last_day``.

    ``fits`` of ``periods`` are reproduced, of which ``telling`` ones are not reproduced by the terms (or, where the
    terms explain, by the nearest other definition); ``terms_fits`` are reproduced by the terms. ``ties`` fit exactly as
    many; ``next_best`` is the best of the others. ``chance``: how likely it is that figures of other periods of the
    same queue, taken at random, would have fitted as often, times the number of definitions tried (at most 1).
    ``truncated``: digits are cut off, not rounded.
    """

    definition: str
    steps: int
    place: int
    first_day: date
    last_day: date
    periods: int
    fits: int
    terms_fits: int
    telling: int
    established: bool
    truncated: bool
    ties: tuple[str, ...]
    next_best: str | None
    next_fits: int
    chance: float
    tried: int
    #: A queue that follows another definition than the vendor's other queues; null: all of them.
    queue: str | None = None

    @property
    def is_terms(self) -> bool:
        return self.place == 0


def explain(
    series: pl.DataFrame,
    candidates: Sequence[Candidate],
    values_of: Callable[[Sequence[int], pl.DataFrame], pl.DataFrame],
) -> list[Explanation]:
    """The definitions that explain a series, in the order of time; empty for an empty series.

    ``series``: columns :data:`SERIES`, one row per period. ``candidates[0]`` is what the terms say. ``values_of(places,
    keys)`` gives ``definition_space.VALUES`` of the candidates at these places for the keys (a frame with ``key``).
    """
    known = series.drop_nulls(["value", "tolerance"]).unique("key", keep="first").sort("day", "queue", "key")
    if known.is_empty() or not candidates:
        return []
    places = _promising(known, candidates, values_of)
    fit = Fit.of(known, values_of(places, known.select("key")), places, candidates)
    pooled = fit.stretches(len(candidates))
    return _by_queue(known, pooled, fit, len(candidates))


def _promising(
    known: pl.DataFrame,
    candidates: Sequence[Candidate],
    values_of: Callable[[Sequence[int], pl.DataFrame], pl.DataFrame],
) -> list[int]:
    """Places of the terms and of those that do best in some part of the time, tried on a sample of the periods."""
    everything = list(range(len(candidates)))
    if len(candidates) <= 2 * KEPT:
        return everything
    stride = max(1, -(-known.height // TRIED))
    sample = known.gather_every(stride)
    fit = Fit.of(sample, values_of(everything, sample.select("key")), everything, candidates)
    kept: dict[int, None] = {0: None}
    for part in np.array_split(np.arange(sample.height), min(CHUNKS, sample.height)):
        score = fit.hits[:, part].sum(axis=1) - DEPARTURE * fit.steps / 10
        for row in np.argsort(-score, kind="stable")[:KEPT]:
            place = int(row) % len(candidates)  # the second half are the same, with digits cut off
            kept[place] = None
    return sorted(kept)


@dataclass(frozen=True, slots=True)
class Fit:
    """Which candidate reproduces which period. Rows of ``hits``: all candidates rounded, then all cut off."""

    known: pl.DataFrame
    places: list[int]
    names: list[str]
    steps: Floats
    table: Floats
    hits: Flags

    @classmethod
    def of(
        cls, known: pl.DataFrame, found: pl.DataFrame, places: Sequence[int], candidates: Sequence[Candidate]
    ) -> Fit:
        row_of = {place: row for row, place in enumerate(places)}
        column_of = pl.DataFrame({"key": known["key"], "column": np.arange(known.height)})
        placed = found.drop_nulls("value").join(column_of, on="key")
        table = np.full((len(places), known.height), np.nan)
        rows = placed["candidate"].replace_strict(row_of, default=None, return_dtype=pl.Int64)
        placed = placed.with_columns(row=rows).drop_nulls("row")
        table[placed["row"].to_numpy(), placed["column"].to_numpy()] = placed["value"].to_numpy()
        printed, half = known["value"].to_numpy(), known["tolerance"].to_numpy()
        slack = 1e-12 * np.maximum(1.0, np.abs(printed))
        away = table - printed
        with np.errstate(invalid="ignore"):
            rounded = np.abs(away) <= half + slack
            cut = (away >= -slack) & (away < 2 * half - slack) & (half > 0)
        own = [candidates[place] for place in places]
        steps = np.array([float(one.steps) for one in own])
        return cls(
            known, list(places), [one.id for one in own], np.concatenate([steps, steps + 1]), table,
            np.concatenate([rounded, cut]),
        )  # fmt: skip

    def stretches(self, tried: int, mask: Flags | None = None, queue: str | None = None) -> list[Explanation]:
        """The best path through the days; ``mask`` keeps the periods of one queue only."""
        chosen = np.flatnonzero(np.ones(self.known.height, dtype=bool) if mask is None else mask)
        days = self.known["day"].to_physical().to_numpy()[chosen]
        unique, place_of_day = np.unique(days, return_inverse=True)
        misses = np.zeros((self.hits.shape[0], unique.size))
        np.add.at(misses.T, place_of_day, (~self.hits[:, chosen]).T.astype(float))
        path = best_path(misses, DEPARTURE * self.steps, CHANGE)
        found: list[Explanation] = []
        for row, first, last in _runs(path):
            columns = chosen[(place_of_day >= first) & (place_of_day <= last)]
            found.append(self._told(row, columns, tried, queue))
        return _joined(found, self, chosen, tried, queue)

    def _told(self, row: int, columns: NDArray[np.intp], tried: int, queue: str | None) -> Explanation:
        counts = self.hits[:, columns].sum(axis=1)
        fits, terms_fits = int(counts[row]), int(counts[0])
        established = fits >= EXPLAINS * columns.size and (row == 0 or fits - terms_fits >= MORE_THAN_TERMS)
        if not established:
            row, fits = 0, terms_fits
        best = int(row) % len(self.places)
        order = sorted(range(counts.size), key=lambda other: (-counts[other], self.steps[other]))
        same = [other for other in order if counts[other] == fits and other != row]
        worse = [other for other in order if counts[other] < fits]
        rival = 0 if row != 0 else next((other for other in order if other % len(self.places) != best), 0)
        telling = int((self.hits[row, columns] & ~self.hits[rival, columns]).sum())
        part = self.known[columns]
        first, last = part["day"].min(), part["last_day"].max()
        assert isinstance(first, date)
        assert isinstance(last, date)
        return Explanation(
            definition=self.name(row), steps=int(self.steps[row]), place=self.places[best], first_day=first,
            last_day=last, periods=columns.size, fits=fits, terms_fits=terms_fits, telling=telling,
            established=established, truncated=row >= len(self.places),
            ties=tuple(self.name(other) for other in same[:TIES_NAMED]),
            next_best=self.name(worse[0]) if worse else None, next_fits=int(counts[worse[0]]) if worse else 0,
            chance=min(1.0, tried * self._by_chance(best, columns, fits)), tried=tried, queue=queue,
        )  # fmt: skip

    def name(self, row: int) -> str:
        return self.names[row % len(self.places)] + ("/truncated" if row >= len(self.places) else "")

    def _by_chance(self, best: int, columns: NDArray[np.intp], fits: int) -> float:
        """Chance that as many would fit, were every printed figure held against a random other period of its queue."""
        part = self.known[columns]
        printed, half, queues = part["value"].to_numpy(), part["tolerance"].to_numpy(), part["queue"].to_numpy()
        computed = self.table[best, columns]
        chances = np.ones(columns.size)
        for queue in set(queues.tolist()):
            own = np.flatnonzero(queues == queue)
            pool = np.sort(computed[own][~np.isnan(computed[own])])
            slack = half[own] + 1e-12
            near = np.searchsorted(pool, printed[own] + slack, "right") - np.searchsorted(pool, printed[own] - slack)
            # The period itself is one of the pool where it fits: a period is not held against itself.
            itself = np.abs(computed[own] - printed[own]) <= slack
            others = max(pool.size - 1, 1)
            chances[own] = np.where(pool.size > 1, (near - itself) / others, 1.0)
        return at_least(chances, fits)


def best_path(misses: Floats, entry: Floats, change: float) -> NDArray[np.intp]:
    """The cheapest row for every column: the sum of ``misses`` on the way, ``entry`` of every row that is taken up, and
    ``change`` for every change. Of ways that cost the same, the one that changes as late as it can.
    """
    rows, columns = misses.shape
    back = np.zeros((columns, rows), dtype=np.intp)
    cost = entry + misses[:, 0]
    own = np.arange(rows)
    for column in range(1, columns):
        from_row = int(np.argmin(cost))
        moved = cost[from_row] + change + entry
        moves = moved <= cost
        back[column] = np.where(moves, from_row, own)
        cost = np.where(moves, moved, cost) + misses[:, column]
    path = np.zeros(columns, dtype=np.intp)
    path[-1] = int(np.argmin(cost))
    for column in range(columns - 1, 0, -1):
        path[column - 1] = back[column, path[column]]
    return path


def _runs(path: NDArray[np.intp]) -> list[tuple[int, int, int]]:
    """Row, first and last column of each stretch."""
    cuts = np.flatnonzero(np.diff(path)) + 1
    starts, ends = [0, *cuts.tolist()], [*(cuts - 1).tolist(), path.size - 1]
    return [(int(path[start]), start, end) for start, end in zip(starts, ends, strict=True)]


def _joined(
    found: list[Explanation], fit: Fit, chosen: NDArray[np.intp], tried: int, queue: str | None
) -> list[Explanation]:
    """Neighbours that came out as the same definition (one was not established) told as one stretch."""
    if all(one.definition != other.definition for one, other in pairwise(found)):
        return found
    joined: list[Explanation] = []
    days = fit.known["day"].to_numpy()
    for one in found:
        if joined and joined[-1].definition == one.definition:
            first = joined.pop().first_day
            within = (days[chosen] >= np.datetime64(first)) & (days[chosen] <= np.datetime64(one.last_day))
            row = fit.places.index(one.place) + (len(fit.places) if one.truncated else 0)
            one = fit._told(row, chosen[within], tried, queue)
        joined.append(one)
    return joined


def _by_queue(known: pl.DataFrame, pooled: list[Explanation], fit: Fit, tried: int) -> list[Explanation]:
    """A queue that the common explanation does not fit, while one of its own does, is told by itself."""
    queues = known["queue"].unique().sort().to_list()
    if len(queues) < 2:
        return pooled
    common = np.zeros(known.height, dtype=bool)
    days = known["day"].to_numpy()
    for one in pooled:
        row = fit.places.index(one.place) + (len(fit.places) if one.truncated else 0)
        within = (days >= np.datetime64(one.first_day)) & (days <= np.datetime64(one.last_day))
        common |= within & fit.hits[row]
    found = list(pooled)
    for queue in queues:
        mask = (known["queue"] == queue).to_numpy()
        if int((mask & ~common).sum()) <= CHANGE:
            continue  # nothing of its own could gain enough
        own = fit.stretches(tried, mask, str(queue))
        gained = sum(one.fits for one in own) - int(common[mask].sum())
        if gained > CHANGE * len(own):
            found += own
    return found


def at_least(chances: Floats, wanted: int) -> float:
    """Chance of ``wanted`` or more successes in independent trials of these chances (Poisson-binomial)."""
    if wanted <= 0:
        return 1.0
    sure = int((chances >= 1.0).sum())
    rest = chances[(chances > 0) & (chances < 1)]
    wanted -= sure
    if wanted <= 0:
        return 1.0
    if wanted > rest.size:
        return 0.0
    # tail[k]: chance of k successes so far; all from `wanted` on are one state, so small tails stay exact.
    tail = np.zeros(wanted + 1)
    tail[0] = 1.0
    for chance in rest:
        tail[-1] += tail[-2] * chance
        tail[1:-1] = tail[1:-1] * (1 - chance) + tail[:-2] * chance
        tail[0] *= 1 - chance
    return float(min(tail[-1], 1.0))


def explanation_documents(found: Sequence[Explanation]) -> list[dict[str, Any]]:
    """The explanations as plain data."""
    names = [name for name in Explanation.__dataclass_fields__ if name != "place"]
    return [{**{name: getattr(one, name) for name in names}, "is_terms": one.is_terms} for one in found]
