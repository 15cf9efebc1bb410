"""A declared move is studied on the figures of every queue: what was planted is recovered, what was not is not."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.answers.moves import StudiedMove, studied_moves
from pipelines.measures.weekly.inputs import COUNTS, OFFERS, ORDERS, REFUNDS, STAFFING, SURVEYS, WAITS
from pipelines.workspace.company import Queue

from .conftest import FakeReader, company

START = date(2025, 6, 2)
WEEKS = 70
MOVED = START + timedelta(weeks=34)
SETTLED = MOVED + timedelta(days=25)  # a Friday: the next period begins three days later
QUEUES = [f"q{number}" for number in range(10)]


def _reader(effect: float, seed: int, *, gap: str | None = None) -> FakeReader:
    """Weekly counts of ten queues; q0 goes from away to home with MOVED and then has ``effect`` more repeats."""
    draws = np.random.default_rng(seed)
    season = 0.02 * np.sin(np.arange(WEEKS) / 5)
    rows: list[dict[str, Any]] = []
    for number, queue in enumerate(QUEUES):
        for week in range(WEEKS):
            monday = START + timedelta(weeks=week)
            moved = queue == "q0" and monday >= MOVED
            vendor = "home" if moved or number % 2 else "away"
            if queue == gap and week % 3:
                continue
            chance = 0.15 + 0.01 * number + season[week] + (effect if queue == "q0" and monday >= SETTLED else 0.0)
            eligible = 300
            repeated = int(draws.binomial(eligible, chance))
            rows.append({"vendor_code": vendor, "queue_code": queue, "week": monday, "offered": 320, "answered": 300,
                         "abandoned": 20, "repeat_eligible": eligible, "repeated": repeated, "repeat_open": 0,
                         "repeat_unknown": 0})  # fmt: skip
    names = {"vendor": "vendor_code", "queue": "queue_code"}
    empty = {
        name: pl.DataFrame(schema={names.get(column, column): kind for column, kind in shape.items()})
        for name, shape in {
            "week_waits": WAITS, "week_surveys": SURVEYS, "week_survey_offers": OFFERS, "week_refunds": REFUNDS,
            "week_staffing": STAFFING, "week_orders": ORDERS,
        }.items()
    }  # fmt: skip
    last = START + timedelta(weeks=WEEKS, days=-1)
    span = pl.DataFrame({"first_day": [START], "last_day": [last], "published_at": [None]})
    counts = pl.DataFrame(rows, schema_overrides={name: COUNTS[name] for name in ("offered", "answered", "repeated")})
    return FakeReader({"week_counts": counts, "week_range": span, **empty})


def _study(tmp_path: Path, reader: FakeReader, **move: Any) -> StudiedMove:
    given = {"id": "home-again", "queues": ["q0"], "from_vendor": "away", "to_vendor": "home", "moved_on": MOVED,
             "settled_on": SETTLED} | move  # fmt: skip
    workspace = company(tmp_path, moves=[given])
    workspace.queues.update({code: Queue(code=code, name=code) for code in QUEUES})
    return studied_moves(workspace, reader, metrics=["repeat_rate", "nps"])[0]


def test_a_planted_effect_is_recovered_within_its_interval(tmp_path: Path) -> None:
    studied = _study(tmp_path, _reader(-0.06, 1))
    one = studied.metrics[0]
    assert one.study is not None
    assert one.study.low < -0.06 < one.study.high
    assert one.study.verdict == "better"
    assert (one.study.rank, one.study.of) == (1, 10)
    assert one.before is not None
    assert one.after is not None
    assert one.before - one.after == pytest.approx(0.06, abs=0.02)
    assert set(one.study.path["phase"]) == {"before", "ramp", "after"}


def test_no_effect_is_no_verdict(tmp_path: Path) -> None:
    verdicts = [_study(tmp_path, _reader(0.0, seed)).metrics[0].study for seed in range(2, 6)]
    assert {study.verdict for study in verdicts if study} == {"too_little_data"}


def test_periods_are_fortnights_that_lie_wholly_on_one_side(tmp_path: Path) -> None:
    studied = _study(tmp_path, _reader(0.0, 1))
    assert studied.periods is not None
    assert (studied.periods.weeks, studied.periods.before) == (2, 17)
    assert studied.periods.first_day == START
    study = studied.metrics[0].study
    assert study is not None
    ramp = study.path.filter(pl.col("phase") == "ramp")["at"].to_list()
    assert ramp == [MOVED, MOVED + timedelta(weeks=2)]


def test_weeks_serve_where_fortnights_would_be_too_few(tmp_path: Path) -> None:
    late = START + timedelta(weeks=50)
    studied = _study(tmp_path, _reader(0.0, 1), moved_on=late, settled_on=late)
    assert studied.periods is not None
    assert (studied.periods.weeks, studied.periods.before, studied.periods.after) == (2, 25, 10)
    later = START + timedelta(weeks=60)
    studied = _study(tmp_path, _reader(0.0, 1), moved_on=later, settled_on=later)
    assert studied.periods is not None
    assert (studied.periods.weeks, studied.periods.after) == (1, 10)


def test_donors_can_be_named_and_gaps_are_told(tmp_path: Path) -> None:
    named = _study(tmp_path, _reader(0.0, 1), donors=[{"vendor": "home"}]).metrics[0].study
    assert named is not None
    assert set(named.placebos["unit"]) == {f"home/q{number}" for number in (1, 3, 5, 7, 9)}
    # its fortnights are known, since one of its weeks is; without any week in a period it could not be compared
    gappy = _study(tmp_path, _reader(0.0, 1, gap="q4")).metrics[0].study
    assert gappy is not None
    assert "away/q4" in gappy.donors_dropped


def test_what_cannot_be_studied_says_why(tmp_path: Path) -> None:
    studied = _study(tmp_path, _reader(0.0, 1))
    assert [(one.metric, one.missing) for one in studied.metrics] == [("repeat_rate", None), ("nps", "no_data")]
    lonely = _study(tmp_path, _reader(0.0, 1), donors=[{"vendor": "home", "queue": "q1"}])
    assert lonely.metrics[0].missing == "no_donors"
    future = _study(tmp_path, _reader(0.0, 1), moved_on=date(2030, 1, 7), settled_on=date(2030, 2, 4))
    assert future.periods is None
    assert future.metrics == ()


def test_without_moves_there_is_nothing_to_study(tmp_path: Path) -> None:
    assert studied_moves(company(tmp_path), _reader(0.0, 1)) == ()
