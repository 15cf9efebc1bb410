"""The keys that one delivery has brought so far: has a batch a key that came before, or one that comes twice?

Asking the table again for every batch would make a large file dearer than in proportion: each batch would read all that
the ones before it have stored. Eight bytes per row are held here instead, in sorted runs that are merged when they have
become as long as their neighbour, so each key is moved a few times only. The range of hashes is cut into parts with
runs of their own: a merge copies one part, never all keys at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

PARTS = 64
_BORDERS = np.arange(1, PARTS, dtype=np.uint64) * np.uint64(2**64 // PARTS)


class KeysSoFar:
    """Sorted runs of key hashes for each part of their range, the longest first."""

    def __init__(self) -> None:
        self._parts: list[list[Hashes]] = [[] for _ in range(PARTS)]

    def add(self, hashes: Hashes) -> bool:
        """Take in the keys of a batch; True if one of them was there before, or comes twice among them."""
        fresh = np.sort(hashes)
        repeated = bool((fresh[1:] == fresh[:-1]).any())
        for runs, some in zip(self._parts, np.split(fresh, np.searchsorted(fresh, _BORDERS)), strict=True):
            if len(some):
                repeated = any(_meet(run, some) for run in runs) or repeated
                _merge(runs, some)
        return repeated


def _merge(runs: list[Hashes], fresh: Hashes) -> None:
    merged = fresh.copy()  # a slice would hold on to the whole batch
    while runs and len(runs[-1]) <= 2 * len(merged):
        merged = np.concatenate([runs.pop(), merged])
        merged.sort(kind="stable")  # two sorted runs: in place, and fast
    runs.append(merged)


def _meet(run: Hashes, fresh: Hashes) -> bool:
    """Have two sorted runs a key in common?"""
    places = np.searchsorted(run, fresh)
    places[places == len(run)] = 0
    return bool((run[places] == fresh).any())
