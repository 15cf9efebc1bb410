"""Queue arithmetic: what service a number of agents can give, and whose change explains a missed interval.

Erlang C (nobody gives up) and Erlang A (callers give up after an exponential patience), both by recursion: factorials
overflow at 150 agents. These are *modelled* figures. They explain a change, they never replace a measured one.
Sources: Gans, Koole & Mandelbaum 2003 ("Telephone Call Centers"); Shapley 1953 for the split.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import exp, factorial

from scipy import special


@dataclass(frozen=True)
class Load:
    """One interval: calls offered, its length and the handle time in seconds, and agents on the phones."""

    calls: float
    interval_s: float
    aht_s: float
    agents: int

    @property
    def erlangs(self) -> float:
        return self.calls / self.interval_s * self.aht_s


@dataclass(frozen=True)
class Service:
    """Modelled service: shares from 0 to 1, waits in seconds (None where the queue grows without end)."""

    p_wait: float
    service_level: float
    asa_s: float | None
    occupancy: float
    p_abandon: float = 0.0


@dataclass(frozen=True)
class BreachSplit:
    """The change of the modelled service level from plan to actual, by cause; the parts add up to ``change``."""

    planned: float
    actual: float
    volume: float
    handle_time: float
    staffing: float

    @property
    def change(self) -> float:
        return self.actual - self.planned


def erlang_b(erlangs: float, agents: int) -> float:
    """Chance that all agents are busy when blocked calls are lost, by the usual recursion."""
    blocked = 1.0
    for agent in range(1, agents + 1):
        blocked = erlangs * blocked / (agent + erlangs * blocked)
    return blocked


def erlang_c(load: Load, threshold_s: float) -> Service:
    """Service when every caller waits. With no more agents than Erlangs the queue never ends: service level 0."""
    _check(load)
    erlangs, agents = load.erlangs, load.agents
    if agents <= erlangs:
        return Service(1.0, 0.0, None, 1.0)
    blocked = erlang_b(erlangs, agents)
    wait = agents * blocked / (agents - erlangs * (1 - blocked))
    spare = agents - erlangs
    level = 1 - wait * exp(-spare * threshold_s / load.aht_s)
    return Service(wait, level, wait * load.aht_s / spare, erlangs / agents)


def erlang_a(load: Load, threshold_s: float, patience_s: float) -> Service:
    """Service when callers give up after ``patience_s`` on average (Palm 1957; M/M/n+M).

    ``service_level`` is the share of offered calls answered within the threshold, ``asa_s`` the mean wait of all
    callers. Use it instead of Erlang C where more than 2 to 3 % give up.
    """
    _check(load)
    if patience_s <= 0:
        raise ValueError("patience must be longer than nothing")
    agents, erlangs = load.agents, load.erlangs
    if erlangs == 0:
        return Service(0.0, 1.0, 0.0, 0.0)
    arrivals, service, leaving = load.calls / load.interval_s, 1 / load.aht_s, 1 / patience_s
    # The states' weights relative to "all agents busy, nobody waits"; below it they are 1/B - 1.
    busy = [1.0]
    while busy[-1] > 1e-17 * sum(busy):
        busy.append(busy[-1] * arrivals / (agents * service + len(busy) * leaving))
    total = 1 / erlang_b(erlangs, agents) - 1 + sum(busy)
    wait = sum(busy) / total
    waiting = sum(place * weight for place, weight in enumerate(busy)) / total
    abandon = waiting * leaving / arrivals
    answered = 1 - wait + sum(
        weight * _answered_in_time(place, agents * service, leaving, threshold_s)
        for place, weight in enumerate(busy)
    ) / total  # fmt: skip
    return Service(wait, answered, waiting / arrivals, erlangs * (1 - abandon) / agents, abandon)


def _answered_in_time(place: int, served: float, leaving: float, threshold_s: float) -> float:
    """Chance that a caller with ``place`` others waiting before them is answered within the threshold.

    The time until their turn, without their own patience, is a sum of exponentials with rates served + k leaving
    (k = 0..place); they must also not have given up by then. Both together give an incomplete beta function.
    """
    shape = served / leaving
    gone = 1 - exp(-leaving * threshold_s)
    return float(special.betainc(place + 1, shape + 1, gone) * shape / (shape + place + 1)) if gone > 0 else 0.0


def agents_needed(calls: float, interval_s: float, aht_s: float, threshold_s: float, service_level: float) -> int:
    """The fewest agents with which Erlang C reaches ``service_level`` (below 1) within the threshold."""
    if not 0 < service_level < 1:
        raise ValueError("a service level to reach lies between 0 and 1")
    agents = max(1, int(calls / interval_s * aht_s))
    while erlang_c(Load(calls, interval_s, aht_s, agents), threshold_s).service_level < service_level:
        agents += 1
    return agents


def explain_breach(plan: Load, actual: Load, threshold_s: float) -> BreachSplit:
    """Split the fall of the modelled service level between volume, handle time and staffing (Shapley).

    Each cause's part is its mean effect over the six orders in which plan can turn into actual, so the parts add up
    whatever the order. Raises ValueError if the intervals differ in length.
    """
    if plan.interval_s != actual.interval_s:
        raise ValueError("plan and actual must be of the same interval")
    causes = ("calls", "aht_s", "agents")
    parts = dict.fromkeys(causes, 0.0)
    for order in permutations(causes):
        state = {cause: getattr(plan, cause) for cause in causes}
        before = _level(state, plan.interval_s, threshold_s)
        for cause in order:
            state[cause] = getattr(actual, cause)
            after = _level(state, plan.interval_s, threshold_s)
            parts[cause] += (after - before) / factorial(len(causes))
            before = after
    planned, reached = (erlang_c(load, threshold_s).service_level for load in (plan, actual))
    return BreachSplit(planned, reached, parts["calls"], parts["aht_s"], parts["agents"])


def _level(state: dict[str, float], interval_s: float, threshold_s: float) -> float:
    load = Load(state["calls"], interval_s, state["aht_s"], int(state["agents"]))
    return erlang_c(load, threshold_s).service_level


def _check(load: Load) -> None:
    if load.calls < 0 or load.interval_s <= 0 or load.aht_s <= 0 or load.agents < 1:
        raise ValueError(f"not a load that a queue can have: {load}")
