"""The order of service: false alarms on simulated honest queues, unfair ones found, short calls that agents end."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.answers.service_order import FALSE_ALARMS, INNOCENT, ORDER, order_of_service
from pipelines.trust.endings import by_agents, ending_findings, is_many, usual_share
from pipelines.trust.queueing import heaped, jumped
from pipelines.warehouse import Reader
from pipelines.workspace import load_workspace
from sample_data.generator.queueing import first_come, threshold_first

MONDAY = date(2026, 3, 2)
THRESHOLD, WINDOW = 20, 5


def served(seed: int, *, unfair: bool, days: int = 5) -> dict[str, int]:
    """Some days of ten contacts a minute: what the marts would count of them. One agent short of ease."""
    rng = np.random.default_rng(seed)
    sums = dict.fromkeys(("answered", "overtaken", "late", "before2", "before", "after"), 0)
    for _ in range(days):
        count = 2400
        arrivals = np.sort(rng.uniform(0, count * 6000, count)).astype(int).tolist()
        patience, handle = (rng.exponential(ms, count).astype(int).tolist() for ms in (180_000, 264_000))
        shifts = [(0, number, 2**40) for number in range(42)]
        if unfair:
            waits, by = threshold_first(arrivals, patience, handle, shifts, THRESHOLD * 1000)
        else:
            waits, by = first_come(arrivals, patience, handle, shifts)
        answered = np.array(by) >= 0
        wait = np.array(waits)[answered] / 1000
        at = np.array(arrivals)[answered] / 1000 + wait
        following = np.minimum.accumulate(at[::-1])[::-1]
        overtaken = np.append(following[1:] + 2 < at[:-1], False)
        sums["answered"] += int(answered.sum())
        sums["overtaken"] += int(overtaken.sum())
        sums["late"] += int((overtaken & (wait > THRESHOLD)).sum())
        for name, low in (("before2", THRESHOLD - 2 * WINDOW), ("before", THRESHOLD - WINDOW), ("after", THRESHOLD)):
            sums[name] += int(((wait > low) & (wait <= low + WINDOW)).sum())
    return sums


def test_honest_queues_are_not_called_anything_and_unfair_ones_are(capsys):
    honest = [served(seed, unfair=False) for seed in range(150)]
    unfair = [served(seed, unfair=True) for seed in range(12)]
    told = {
        "overtaking": [jumped(one["answered"], one["overtaken"], one["late"]) for one in honest],
        "heaping": [heaped(one["before2"], one["before"], one["after"]) for one in honest],
    }
    found = {
        "overtaking": [jumped(one["answered"], one["overtaken"], one["late"]) for one in unfair],
        "heaping": [heaped(one["before2"], one["before"], one["after"]) for one in unfair],
    }
    for name in told:
        named, caught = sum(map(bool, told[name])), sum(map(bool, found[name]))
        with capsys.disabled():
            print(f"\n{name}: {named} of {len(honest)} honest queues named, {caught} of {len(unfair)} unfair ones")
        assert (named, len(honest)) == FALSE_ALARMS[name]
        assert caught == len(unfair)
    assert min(one["after"] / one["before"] for one in honest) > 0.5
    assert max(one["after"] / one["before"] for one in unfair) < 0.35


def test_what_a_service_level_does_not_show(example):
    workspace = load_workspace(example)
    with Reader.open(workspace.state) as reader:
        before = order_of_service(workspace, reader, date(2025, 9, 1), date(2025, 12, 28))
        after = order_of_service(workspace, reader, date(2026, 4, 6), date(2026, 9, 27))
    assert list(after.columns) == list(ORDER)
    assert set(before["overtaking"]) | set(before["heaping"]) <= {"usual", "too_little"}
    named = after.filter((pl.col("overtaking") == "explain") | (pl.col("heaping") == "explain"))
    assert named.select("vendor", "queue", "overtaking", "heaping").rows() == [
        ("tana", "suivi_fr", "explain", "explain")
    ]
    assert set(after["short_calls"]) <= {"usual", "too_little"}
    assert ((after["peak_n"] + after["off_peak_n"]) >= after["answered"]).all()
    assert (after["p99_wait_s"] >= after["median_wait_s"]).all()


def calls(seed: int, share: float, agents: float | None, weeks: int = 40, vendor: str = "away") -> pl.DataFrame:
    """Weeks of 600 answered calls; the share of short ones wavers by a third from week to week."""
    rng = np.random.default_rng(seed)
    answered = rng.poisson(600, weeks)
    short = rng.binomial(answered, np.clip(share * rng.lognormal(0, 0.3, weeks), 0, 1))
    by = np.zeros(weeks, dtype=int) if agents is None else rng.binomial(short, agents)
    return pl.DataFrame(
        {
            "vendor": vendor, "queue": "orders", "week": [MONDAY + timedelta(weeks=week) for week in range(weeks)],
            "answered": answered, "short": short, "ended_known": answered if agents is not None else 0 * answered,
            "ended_by_agent": by, "short_known": short if agents is not None else 0 * short, "short_by_agent": by,
        }
    )  # fmt: skip


def test_lines_with_some_short_calls_are_not_named(capsys):
    named = 0
    for seed in range(200):
        share = (0.002, 0.008, 0.015, 0.03)[seed % 4]
        both = pl.concat([calls(seed, share, 0.3), calls(1000 + seed, share, 0.3, vendor="home")])
        named += len(list(ending_findings(both)))
    with capsys.disabled():
        print(f"\nshort calls: {named} findings on 400 honest queues of 40 weeks")
    assert (named, 400) == FALSE_ALARMS["short_calls"]


@pytest.mark.parametrize("seed", range(5))
def test_answering_and_hanging_up_is_dated(seed):
    usual, many = calls(seed, 0.008, 0.3), calls(50 + seed, 0.06, 0.9)
    late = pl.int_range(pl.len()).is_between(20, 31)
    mixed = pl.concat([usual.filter(~late), many.filter(late)]).sort("week")
    (found,) = ending_findings(mixed)
    assert (found.kind, found.severity) == ("short_contacts", "warning")
    assert abs((found.period_start - MONDAY).days - 140) <= 7
    assert abs((found.period_end - MONDAY).days - 223) <= 7
    assert "agents ended" in found.sentence
    assert len(found.evidence["innocent"]) == 3
    json.dumps(found.evidence)


def test_what_callers_end_themselves_is_no_finding_and_what_is_not_known_is_said():
    many = pl.int_range(pl.len()) >= 25
    for agents, told in ((0.1, []), (None, ["info"])):
        mixed = pl.concat([calls(1, 0.008, agents).filter(~many), calls(2, 0.06, agents).filter(many)]).sort("week")
        assert [one.severity for one in ending_findings(mixed)] == told


def test_a_habit_from_the_first_day_shows_against_the_others():
    both = pl.concat([calls(3, 0.06, 0.9), calls(4, 0.008, 0.3, vendor="home")])
    (found,) = ending_findings(both)
    assert found.vendor == "away"
    alone = calls(3, 0.06, 0.9)
    assert list(ending_findings(alone)) == []  # with nobody to hold it against, it is what this queue always has
    assert usual_share(alone, alone.clear()) > 0.04
    assert is_many(36, 600, 0.008)
    assert by_agents(alone) is True


def test_every_pattern_has_innocent_explanations():
    assert set(INNOCENT) == set(FALSE_ALARMS)
    assert all(len(causes) >= 3 for causes in INNOCENT.values())


@pytest.mark.parametrize("share", [0.24, 0.25, 0.3, 0.5, 1.0])
def test_a_queue_of_mostly_short_calls_is_judged_without_breaking(share):
    """So many times as many as a quarter or more is no share at all."""
    assert list(ending_findings(calls(5, share, 0.9))) == []
