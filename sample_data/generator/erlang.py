"""How many agents a forecast needs, by Erlang C in its stable recursive form (factorials overflow at 150 agents)."""

from __future__ import annotations

import math
from functools import lru_cache


@lru_cache(maxsize=200_000)
def agents_needed(load: float, aht_s: float, target: float, threshold_s: float) -> float:
    """Agents, with a fraction, at which ``target`` of the callers are answered within ``threshold_s``.

    ``load`` is in erlangs. Between two whole numbers of agents the service level is taken as linear, so that
    drawing the higher number with the fraction as probability meets the target on average.
    """
    if load <= 0:
        return 0.0
    inverse = 1.0  # blocking with no agent
    agents, level, previous = 0, 0.0, 0.0
    while level < target:
        agents += 1
        previous = level
        inverse = load * inverse / (agents + load * inverse)
        if agents > load:
            waiting = agents * inverse / (agents - load * (1 - inverse))
            level = 1 - waiting * math.exp(-(agents - load) * threshold_s / aht_s)
    return agents - 1 + (target - previous) / (level - previous)
