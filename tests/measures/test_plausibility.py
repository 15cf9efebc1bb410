"""Tests of plausibility: reference values, and how often they name an honest vendor (printed)."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.plausibility import (
    association,
    best_stretches,
    dispersion_of,
    possible_share,
    roundness,
    shift_scores,
    silence_probability,
    smoothness,
    two_rates,
)

RNG = np.random.default_rng(20261122)


def printed(capsys, text: str) -> None:
    with capsys.disabled():
        print(f"\n{text}")


# GRIM


def test_reference_values_of_grim():
    assert possible_share(83.3, 24, 24, 1)  # 20 of 24
    assert not possible_share(83.0, 24, 24, 1)
    assert possible_share(100.0, 3, 3, 1)
    assert not possible_share(100.1, 3, 3, 1)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), st.integers(0, 2))
def test_a_share_that_was_counted_is_never_impossible(counts, decimals):
    n, k = counts
    share = 100 * k / n
    half_up = math.floor(share * 10**decimals + 0.5) / 10**decimals
    assert possible_share(half_up, n, n, decimals)
    assert possible_share(round(share, decimals), n, n, decimals)
    assert possible_share(half_up, max(1, n - 5), n + 5, decimals)


def test_most_invented_shares_of_small_counts_are_impossible(capsys):
    invented = [not possible_share(round(float(p), 1), 25, 25, 1) for p in RNG.uniform(40, 100, 1000)]
    printed(capsys, f"GRIM: {np.mean(invented):.0%} of invented shares of n = 25 are found out")
    assert np.mean(invented) > 0.9


def test_grim_refuses_no_surveys():
    with pytest.raises(ValueError, match="n_low"):
        possible_share(50.0, 0, 0, 1)


# silence


def test_silence_is_poisson_without_dispersion():
    assert silence_probability(10) == pytest.approx(math.exp(-10))
    assert silence_probability(10, 1e9) == pytest.approx(math.exp(-10), rel=1e-6)
    assert silence_probability(10, 3) > 100 * silence_probability(10)
    with pytest.raises(ValueError, match="negative"):
        silence_probability(-1)


def test_dispersion_is_recovered_and_robust():
    expected = np.full(400, 50.0)
    size = 20.0
    counts = RNG.poisson(expected * RNG.gamma(size, 1 / size, 400)).astype(float)
    assert 8 < dispersion_of(counts, expected) < 60
    wrecked = counts.copy()
    wrecked[:3] = 0
    assert dispersion_of(wrecked, expected) > 8
    assert dispersion_of(RNG.poisson(expected).astype(float), expected) > 50


def test_quiet_queues_do_not_cry_wolf(capsys):
    """Three years of an honest queue with a third of a contact per half-hour: no run of silence is negligible."""
    alarms = 0
    for _ in range(20):
        counts = RNG.poisson(0.33, 18 * 300 * 3)
        edges = np.flatnonzero(np.concatenate([[True], counts > 0, [True]]))
        longest = int(np.diff(edges).max()) - 1
        alarms += silence_probability(0.33 * longest, 50.0) < 1e-6
    printed(capsys, f"silence: {alarms} of 20 honest quiet queues of three years raise an alarm")
    assert alarms <= 1


# dated changes


def test_stretches_are_found_and_disjoint():
    scores = [-1.0, 5.0, 4.0, -1.0, 3.0, -20.0, 9.0, -1.0]
    found = [(one.first, one.last, one.score) for one in best_stretches(scores, 5)]
    assert found == [(1, 4, 11.0), (6, 6, 9.0)]
    assert best_stretches([], 1) == []
    assert best_stretches([-1.0, -2.0], 1) == []


@given(st.lists(st.floats(-10, 10), max_size=40))
def test_the_best_stretch_has_the_greatest_sum(scores):
    best = max((sum(scores[i : j + 1]) for i in range(len(scores)) for j in range(i, len(scores))), default=0.0)
    found = best_stretches(scores, 1e-6)
    assert max((one.score for one in found), default=0.0) == pytest.approx(max(best, 0.0), abs=1e-5)


# shares


def test_too_smooth_reference_and_false_alarms(capsys):
    n = np.full(52, 2000.0)
    honest = [smoothness(RNG.binomial(2000, 0.82, 52) / 2000, n) for _ in range(500)]
    made = smoothness(0.82 + RNG.uniform(-0.001, 0.001, 52), n)
    assert made is not None
    assert made.ratio < 0.05
    assert made.p_value < 1e-15
    alarms = sum(one is not None and one.p_value < 1e-6 and one.ratio < 0.35 for one in honest)
    printed(capsys, f"too smooth: {alarms} of 500 honest years are named")
    assert alarms == 0
    assert smoothness(np.ones(10), np.full(10, 50.0)) is None


def test_rounded_shares_are_named_and_honest_ones_are_not(capsys):
    n = RNG.integers(60, 400, 300).astype(float)
    alarms, found = 0, 0
    for _ in range(100):
        shares = np.round(100 * RNG.binomial(n.astype(int), 0.8) / n, 1)
        honest = roundness(shares, n, 1)
        typed = roundness(np.where(RNG.random(300) < 0.35, np.round(shares), shares), n, 1)
        assert honest is not None
        assert typed is not None
        alarms += honest.z > 6 and honest.observed - honest.expected > 0.1
        found += typed.z > 6 and typed.observed - typed.expected > 0.1
    printed(
        capsys, f"rounded: {alarms} of 100 honest vendors named, {found} of 100 that round a third of their figures"
    )
    assert alarms == 0
    assert found > 95


def test_small_counts_are_not_taken_for_rounding():
    n = np.full(200, 20.0)
    assert roundness(np.round(100 * RNG.binomial(20, 0.8, 200) / 20, 1), n, 1) is None


# offers of surveys


def offers(share_with: float, share_without: float, strata: int = 40, n: int = 60):
    with_n, without_n = RNG.poisson(n / 4, strata) + 1, RNG.poisson(n, strata) + 1
    return association(
        RNG.binomial(with_n, share_with).astype(float), with_n.astype(float),
        RNG.binomial(without_n, share_without).astype(float), without_n.astype(float),
    )  # fmt: skip


def test_offers_that_depend_on_the_outcome_are_named_and_others_are_not(capsys):
    def named(result) -> bool:
        return result.z < -6 and result.difference < -0.1 and result.odds_ratio < 0.6

    alarms = sum(named(offers(0.62, 0.62)) for _ in range(500))
    slight = sum(named(offers(0.58, 0.62)) for _ in range(500))
    found = sum(named(offers(0.10, 0.72)) for _ in range(100))
    printed(
        capsys,
        f"offers: {alarms} of 500 honest vendors named, {slight} of 500 four points apart, {found} of 100 biased",
    )
    assert alarms == slight == 0
    assert found == 100


def test_a_mixture_of_queues_is_no_bias():
    """Simpson: one queue asks more and resolves more; within each, the offer does not depend on the outcome."""
    with_n, without_n = np.array([900.0, 100.0]), np.array([100.0, 900.0])
    result = association(with_n * [0.2, 0.8], with_n, without_n * [0.2, 0.8], without_n)
    assert result is not None
    assert result.odds_ratio == pytest.approx(1)
    assert result.z == pytest.approx(0)
    assert association(np.array([0.0]), np.array([0.0]), np.array([1.0]), np.array([2.0])) is None


# clocks


def test_an_hour_of_shift_is_recognised_and_honest_days_are_not(capsys):
    hours = np.arange(48) / 2
    shape = np.where((hours >= 9) & (hours < 18), 0.5 + np.exp(-(((hours - 11) / 1.5) ** 2)), 0)
    profile = np.tile(shape / shape.sum(), (300, 1))
    draws = np.random.default_rng(20261122)  # its own: the order of the tests must not matter
    honest = np.array([draws.multinomial(60, row) for row in profile]).astype(float)
    early = np.roll(honest, -2, axis=1)
    scores = shift_scores(honest, profile, [-2, 2])
    printed(capsys, f"clock: {(scores > 0).sum()} of 600 honest days fit better moved by an hour")
    # A single day may look a little better moved; the detector asks for a score of 30 over a stretch of days.
    assert (scores > 0).sum() <= 3
    assert scores.max() < 10
    moved = shift_scores(early, profile, [-2, 2])
    assert (moved[0] > 0).mean() > 0.98  # single days; a stretch adds up
    assert (moved[1] < 0).all()


# thresholds: a simulated queue


def waits(seed: int, agents: int, threshold: float | None, calls: int = 8000) -> np.ndarray:
    """Answered waits of M/M/n with patience (METRICS section 9); with a threshold, callers inside it go first."""
    rng = np.random.default_rng(seed)
    arrivals = np.cumsum(rng.exponential(6.0, calls))
    patience, service = rng.exponential(180.0, calls), rng.exponential(264.0, calls)
    free = [0.0] * agents
    heapq.heapify(free)
    queue: list[int] = []
    answered: list[float] = []
    following = 0
    while following < calls or queue:
        at = heapq.heappop(free)
        while following < calls and (arrivals[following] <= at or not queue):
            if not queue:
                at = max(at, arrivals[following])
            queue.append(following)
            following += 1
        queue = [call for call in queue if arrivals[call] + patience[call] >= at]
        if not queue:
            heapq.heappush(free, at)
            if following >= calls:
                break
            continue
        inside = [call for call in queue if threshold is not None and at - arrivals[call] <= threshold]
        call = inside[0] if inside else queue[0]
        queue.remove(call)
        answered.append(at - arrivals[call])
        heapq.heappush(free, at + service[call])
    return np.floor(np.array(answered))


def heaping_named(sample: np.ndarray, threshold: int, width: int) -> bool:
    from pipelines.trust.queueing import ANSWERS, AT_LEAST, HEAPED, NAMED, usual_fall

    def between(low: int, high: int) -> int:
        return int(((sample > low) & (sample <= high)).sum())

    before2, before = between(threshold - 2 * width, threshold - width), between(threshold - width, threshold)
    after = between(threshold, threshold + width)
    fall = usual_fall(before2, before)
    if fall is None or before < ANSWERS or after > NAMED * fall * before:
        return False
    usual, heaped = fall / (1 + fall), HEAPED * fall / (1 + HEAPED * fall)
    return float(two_rates(np.array([float(after)]), np.array([float(before + after)]), usual, heaped)[0]) >= AT_LEAST


def test_serving_the_threshold_first_is_named_and_first_come_is_not(capsys):
    honest = [heaping_named(waits(seed, 42, None), 20, 5) for seed in range(25)]
    gaming = [heaping_named(waits(seed, 42, 20.0), 20, 5) for seed in range(25)]
    printed(capsys, f"threshold: {sum(honest)} of 25 honest queues named, {sum(gaming)} of 25 that serve it first")
    assert sum(honest) == 0
    assert sum(gaming) >= 22
