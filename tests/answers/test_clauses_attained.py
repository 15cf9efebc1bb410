"""Clauses of the example workspace: what was attained, and that two ways of counting agree."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.answers.clauses import activities, attained_of
from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.warehouse import Reader
from pipelines.workspace import load_workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def known(example: Path):
    workspace = load_workspace(example)
    with Reader.open(workspace.state) as reader:
        yield workspace, {one.vendor: one for one in activities(workspace, reader)}


def test_counting_anew_gives_what_the_marts_hold(known) -> None:
    _, held = known
    casablanca = held["casablanca"]
    counted = casablanca.counted(ServiceLevelDefinition(threshold_s=30))
    names = ["offered", "answered", "abandoned", "answered_in_threshold", "abandoned_in_threshold"]
    keys = ["queue", "interval_start_at", "local_date"]
    assert counted.select(*keys, *names).sort(keys).equals(casablanca.intervals.select(*keys, *names).sort(keys))


def test_by_the_answer_contacts_move_to_later_intervals_and_none_is_lost(known) -> None:
    _, held = known
    porto = held["porto"]
    by_answer = porto.counted(ServiceLevelDefinition(threshold_s=30, attribution="answer"))
    for name in ("offered", "answered", "answered_in_threshold"):
        assert by_answer[name].sum() == porto.intervals[name].sum()
    assert not by_answer.equals(porto.intervals.select(by_answer.columns))


def test_months_of_casablanca(known) -> None:
    workspace, held = known
    found = attained_of(workspace, [held["casablanca"]])
    months = found.rows.filter(pl.col("clause_id") == "ns30")
    states = dict(months.select("period_start", "state").iter_rows())
    assert states[date(2026, 9, 1)] == "missed"  # a week with 40 % fewer agents
    assert states[date(2026, 6, 1)] == "excused"  # a week 50 % beyond the forecast
    assert states[date(2026, 4, 1)] == "gap"  # 80.1 %, and a day that never came
    assert states[date(2026, 11, 1)] == "running"
    june = months.filter(pl.col("period_start") == date(2026, 6, 1)).row(0, named=True)
    assert june["value"] < june["target"] <= june["relief_value"]
    clause = found.bound("casablanca", "ns30", date(2026, 6, 1))
    assert clause is not None
    assert clause.definition_id == "service_level.abandon_negative/<=30s/round1"


def test_the_understaffed_week_is_far_below(known) -> None:
    workspace, held = known
    weeks = attained_of(workspace, [held["casablanca"]], grain="week", first=date(2026, 8, 31), last=date(2026, 9, 20))
    rows = weeks.rows.filter(pl.col("clause_id") == "ns30")
    assert rows["period_start"].to_list() == [date(2026, 8, 31), date(2026, 9, 7), date(2026, 9, 14)]
    assert rows["value"][1] == 0.651
    assert rows["below_floor"].to_list()[1]
