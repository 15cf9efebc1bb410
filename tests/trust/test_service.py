"""Unusual weeks and stretches of a day: found where they were planted, and nowhere in an honest queue."""

from __future__ import annotations

import heapq
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.measures.unusual import events, handle_weeks, low_stretches, service_weeks
from pipelines.trust.service import service_findings
from pipelines.warehouse import Reader
from pipelines.workspace import load_workspace

MONDAY = date(2026, 3, 2)
THRESHOLD = 20.0


@pytest.fixture(scope="module")
def found(example) -> list:
    workspace = load_workspace(example)
    with Reader.open(workspace.state) as reader:
        return list(service_findings(workspace, reader.frame))


def test_the_planted_changes_are_found_with_cause_and_side_and_nothing_else_is(found):
    told = sorted(
        (one.vendor, one.metric, str(one.period_start), one.evidence["cause"], one.evidence.get("side"))
        for one in found
    )
    assert told == [
        ("casablanca", "service_level", "2026-06-08", "volume", "client"),
        ("casablanca", "service_level", "2026-09-07", "staffing", "vendor"),
        ("lille", "aht_s", "2026-09-21", "handle_time", None),
        ("poitiers", "aht_s", "2026-09-21", "handle_time", None),
    ]


def test_a_common_cause_is_told_as_one(found):
    launch = {one.vendor: one for one in found if one.metric == "aht_s"}
    assert {one.queue for one in launch.values()} == {"technique_fr"}
    assert {str(one.period_end) for one in launch.values()} == {"2026-10-18"}
    assert launch["lille"].evidence["common_with"] == ["poitiers"]
    assert "cause commune" in launch["poitiers"].sentence_fr


def queue(seed: int, weeks: int = 12, agents: int = 14, short: dict[date, tuple[float, float, int]] | None = None):
    """Half-hours of a queue from nine to seven on six days a week, near 80 % in 20 s.

    ``short``: on a day, from one hour to another, so many agents instead. Callers give up after three minutes.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for day in (MONDAY + timedelta(days=step) for step in range(7 * weeks)):
        if day.weekday() == 6:
            continue
        pace = 95 * rng.lognormal(0, 0.05)  # contacts per half-hour, 220 s each
        count = rng.poisson(pace * 20)
        at = np.sort(rng.uniform(9 * 3600, 19 * 3600, count))
        handle, patience = rng.exponential(220, count), rng.exponential(180, count)
        begin, end, fewer = (short or {}).get(day, (0.0, 0.0, agents))
        free: list[float] = [9 * 3600.0] * agents
        kept: list[float] = []
        waits, answered = np.zeros(count), np.zeros(count, dtype=bool)
        for place in range(count):
            now = at[place]
            wanted = fewer if begin * 3600 <= now < end * 3600 else agents
            while len(free) > wanted:
                kept.append(heapq.heappop(free))
            while len(free) < wanted and kept:
                heapq.heappush(free, max(kept.pop(), now))
            start = max(now, free[0])
            if start - now > patience[place]:
                waits[place] = patience[place]
            else:
                waits[place], answered[place] = start - now, True
                heapq.heapreplace(free, start + handle[place])
        half = (at // 1800).astype(int)
        for number in range(18, 38):
            mine = half == number
            rows.append(
                {
                    "vendor": "away", "queue": "orders", "local_date": day, "local_minute": 30 * number,
                    "interval_start_at": datetime(day.year, day.month, day.day, tzinfo=UTC)
                    + timedelta(minutes=30 * number),
                    "interval_min": 30, "target": 0.8, "denominator": float(mine.sum()),
                    "numerator": float((mine & answered & (waits <= THRESHOLD)).sum()),
                    "longest_wait_s": float(waits[mine].max(initial=0.0)),
                    "handle_s": float(handle[mine & answered].sum()), "handle_known": int((mine & answered).sum()),
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def by_week(cells: pl.DataFrame) -> pl.DataFrame:
    week = cells.with_columns(week=pl.col("local_date").dt.truncate("1w"))
    return week.group_by("vendor", "queue", "week").agg(
        pl.col("numerator", "denominator", "handle_s", "handle_known").sum()
    )


@pytest.mark.parametrize("seed", range(4))
def test_an_honest_queue_has_neither(seed, capsys):
    cells = queue(seed)
    level = cells["numerator"].sum() / cells["denominator"].sum()
    low = (cells["numerator"] < 0.8 * cells["denominator"]).mean()
    with capsys.disabled():
        print(f"\nhonest queue {seed}: {level:.1%} in time, {low:.0%} of half-hours below target, told: none")
    assert low_stretches(cells).is_empty()
    weeks = by_week(cells)
    assert events(service_weeks(weeks)).is_empty()
    assert events(handle_weeks(weeks)).is_empty()


@pytest.mark.parametrize("seed", range(3))
def test_two_hours_with_half_the_agents_are_found_to_the_half_hour(seed):
    day = MONDAY + timedelta(days=24)
    cells = queue(seed, short={day: (11.0, 13.0, 6)})
    (row,) = low_stretches(cells).to_dicts()
    assert row["local_date"] == day
    assert abs(row["first_minute"] - 11 * 60) <= 30
    assert 12 * 60 + 30 <= row["last_minute"] <= 14 * 60
    assert row["k"] < 0.4 * row["n"]


def test_a_change_of_level_that_stays_is_no_event():
    cells = by_week(queue(9, weeks=30)).sort("week")
    late = pl.int_range(pl.len()) >= 15
    stepped = cells.with_columns(handle_s=pl.when(late).then(pl.col("handle_s") * 1.3).otherwise("handle_s"))
    told = events(handle_weeks(stepped))
    assert told.filter(pl.col("last_week") - pl.col("first_week") > pl.duration(days=50)).is_empty()
    # One week alone that is a third longer is one.
    single = cells.with_columns(
        handle_s=pl.when(pl.int_range(pl.len()) == 15).then(pl.col("handle_s") * 1.3).otherwise("handle_s")
    )
    assert events(handle_weeks(single))["first_week"].to_list() == [cells["week"][15]]
