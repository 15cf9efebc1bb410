"""The keys that one delivery has brought so far: has a batch a key that came before, or one that comes twice?

Asking the table again for every batch would make a large file dearer than in proportion: each batch would read all that
the ones before it have stored. Eight bytes per row are held here instead, in sorted runs that are merged when they have
become as long as their neighbour, so each key is moved a few times only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


class KeysSoFar:
    """Sorted runs of key hashes, the longest first."""

    def __init__(self) -> None:
        self._runs: list[Hashes] = []

    def add(self, hashes: Hashes) -> bool:
        """Take in the keys of a batch; True if one of them was there before, or comes twice among them."""
        fresh = np.sort(hashes)
        repeated = bool((fresh[1:] == fresh[:-1]).any()) or any(_meet(run, fresh) for run in self._runs)
        while self._runs and len(self._runs[-1]) <= 2 * len(fresh):
            fresh = np.concatenate([self._runs.pop(), fresh])
            fresh.sort(kind="stable")  # in place: of ten million keys a copy would be another 80 MB
        self._runs.append(fresh)
        return repeated


def _meet(run: Hashes, fresh: Hashes) -> bool:
    """Have two sorted runs a key in common?"""
    places = np.searchsorted(run, fresh)
    places[places == len(run)] = 0
    return bool((run[places] == fresh).any())
