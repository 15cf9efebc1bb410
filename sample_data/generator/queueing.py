"""The simulated queue: several agents on dated shifts, callers who hang up, two orders of service.

Times are whole milliseconds since the day's midnight (UTC). Both functions return, per caller in order of
arrival, the wait (until answer or hang-up) and the shift that answered, or -1.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence

Shift = tuple[int, int, int]  # start, number, end


def first_come(
    arrivals: Sequence[int], patience: Sequence[int], handle: Sequence[int], shifts: Sequence[Shift]
) -> tuple[list[int], list[int]]:
    """First come, first served. A caller whose turn comes after their patience has ended is gone.

    The agent who is free first takes the next caller still there; an agent whose shift has ended takes no one.
    """
    free = list(shifts)
    heapq.heapify(free)
    waits: list[int] = []
    by: list[int] = []
    for arrival, willing, busy in zip(arrivals, patience, handle, strict=True):
        while free and max(free[0][0], arrival) >= free[0][2]:
            heapq.heappop(free)
        if not free or free[0][0] - arrival > willing:
            waits.append(willing)
            by.append(-1)
            continue
        ready, number, end = free[0]
        start = ready if ready > arrival else arrival
        waits.append(start - arrival)
        by.append(number)
        heapq.heapreplace(free, (start + busy, number, end))
    return waits, by


def threshold_first(
    arrivals: Sequence[int], patience: Sequence[int], handle: Sequence[int], shifts: Sequence[Shift], threshold: int
) -> tuple[list[int], list[int]]:
    """The oldest caller who is still inside the threshold first, then the others, oldest first."""
    count = len(arrivals)
    waits = list(patience)
    by = [-1] * count
    free = list(shifts)
    heapq.heapify(free)
    inside: deque[int] = deque()
    outside: deque[int] = deque()
    coming = 0
    clock = 0  # events happen in order: an agent who has been free for a while takes a caller now, not in the past
    while free and (coming < count or inside or outside):
        ready, number, end = free[0]
        now = max(ready, clock)
        if not inside and not outside and coming < count:
            now = max(now, arrivals[coming])
        if now >= end:
            heapq.heappop(free)
            continue
        clock = now
        while coming < count and arrivals[coming] <= now:
            inside.append(coming)
            coming += 1
        while inside and now - arrivals[inside[0]] > threshold:
            outside.append(inside.popleft())
        chosen = _take(inside, arrivals, patience, now)
        if chosen < 0:
            chosen = _take(outside, arrivals, patience, now)
        if chosen < 0:
            continue  # nobody waits any more: on to the next arrival. Who has been free longest stays so
        waits[chosen] = now - arrivals[chosen]
        by[chosen] = number
        heapq.heapreplace(free, (now + handle[chosen], number, end))
    return waits, by


def _take(queue: deque[int], arrivals: Sequence[int], patience: Sequence[int], now: int) -> int:
    while queue:
        caller = queue.popleft()
        if now - arrivals[caller] <= patience[caller]:
            return caller
    return -1
