"""The usual range: too few contacts are a gap, new limits are a person's decision."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from pipelines.answers.usual_range import PHASE, decide_phase, decided_phases, undo_phase, usual_range
from pipelines.measures.weekly.long import FIGURE_SCHEMA
from pipelines.warehouse import Journal
from pipelines.workspace import Workspace

WEEK = date(2026, 3, 2)


def _figures(values: list[float | None], n: int = 500) -> pl.DataFrame:
    first = WEEK - timedelta(weeks=len(values) - 1)
    rows = [
        {"vendor": "away", "queue": None, "week": first + timedelta(weeks=place), "metric": "csat", "value": value,
         "n": n if value is not None else 0}
        for place, value in enumerate(values)
    ]  # fmt: skip
    rows.append(rows[-1] | {"queue": "billing", "value": 0.1})
    return pl.DataFrame(rows, schema=FIGURE_SCHEMA)


def test_a_drop_is_unusual_and_weeks_without_data_stay_gaps() -> None:
    values: list[float | None] = [0.80 + 0.01 * (week % 3) for week in range(30)]
    values[10] = None
    values[-1] = 0.60
    chart = usual_range(_figures(values), WEEK, "away", "csat", target=0.7)
    assert chart.points.height == 30
    assert chart.points["signal"][10] == "no_data"
    assert (chart.signal, chart.variation, chart.assurance) == ("below_lower", "concern", "consistent_pass")


def test_more_of_an_answered_share_is_good_under_whatever_name() -> None:
    """An agreement that calls answered / offered an abandon rate: its drop is a concern, and a target is a least."""
    values: list[float | None] = [0.92 + 0.004 * (week % 3) for week in range(30)]
    values[-1] = 0.80
    figures = _figures(values).with_columns(metric=pl.lit("abandon_rate"))
    told = {note: usual_range(figures.with_columns(note=pl.lit(note)), WEEK, "away", "abandon_rate", target=0.9)
            for note in ("answered_share", "mixed_definitions")}  # fmt: skip
    assert [(one.variation, one.assurance, one.direction) for one in told.values()] == [
        ("concern", "consistent_pass", "higher"),
        ("improvement", "consistent_fail", "lower"),
    ]


def test_few_weeks_have_no_usual_range_and_few_contacts_no_value() -> None:
    assert usual_range(_figures([0.8] * 6), WEEK, "away", "csat").variation == "too_little_data"
    assert usual_range(_figures([0.8] * 20, n=3), WEEK, "away", "csat").points.is_empty()


def test_new_limits_start_where_a_person_says_so(workspace: Workspace) -> None:
    figures = _figures(
        [0.6 + 0.01 * (week % 2) for week in range(15)] + [0.9 + 0.01 * (week % 2) for week in range(15)]
    )
    before = usual_range(figures, WEEK, "away", "csat")
    assert len(before.phases) == 1
    assert decided_phases(workspace) == {}
    assert not workspace.journal_path.exists()
    decided = WEEK - timedelta(weeks=14)
    decide_phase(workspace, "ana", "away", "csat", decided, "new script")
    Journal(workspace.journal_path).write("ana", PHASE, "away/csat", "thanks!")
    decide_phase(workspace, "ana", "away", "nps", decided, "new script")
    phases = decided_phases(workspace)
    assert set(phases) == {("away", "csat"), ("away", "nps")}
    (phase,) = phases["away", "csat"]
    assert (phase.week, phase.author, phase.reason) == (decided, "ana", "new script")
    after = usual_range(figures, WEEK, "away", "csat", phases=phases)
    assert [limits.points for limits in after.phases] == [15, 15]
    assert after.phases[1].mean == pytest.approx(0.905, abs=0.001)
    assert after.variation == "usual"


def test_a_short_phase_has_trial_limits(workspace: Workspace) -> None:
    figures = _figures([0.6 + 0.01 * (week % 2) for week in range(30)])
    decide_phase(workspace, "ana", "away", "csat", WEEK - timedelta(weeks=10), "new opening hours")
    chart = usual_range(figures, WEEK, "away", "csat", phases=decided_phases(workspace))
    assert chart.phases[-1].trial
    assert chart.variation == "too_little_data"


def test_a_decision_is_undone_and_both_entries_stay(workspace: Workspace) -> None:
    week = WEEK - timedelta(weeks=8)
    decide_phase(workspace, "ana", "away", "csat", week, "new script")
    undo_phase(workspace, "bo", "away", "csat", week, "the script came later")
    assert decided_phases(workspace) == {}
    assert [note.author for note in Journal(workspace.journal_path).notes(PHASE)] == ["ana", "bo"]
    decide_phase(workspace, "ana", "away", "csat", week, "after all")
    assert decided_phases(workspace)["away", "csat"][0].reason == "after all"
    with pytest.raises(ValueError, match="no new limits"):
        undo_phase(workspace, "bo", "away", "nps", week)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"vendor": "nobody"}, "no vendor"),
        ({"metric": "mood"}, "no measure"),
        ({"week": WEEK + timedelta(days=1)}, "not a Monday"),
        ({"reason": " "}, "reason"),
        ({"author": " "}, "author"),
    ],
)
def test_a_decision_needs_who_what_when_and_why(workspace: Workspace, given: dict[str, Any], message: str) -> None:
    known = {"author": "ana", "vendor": "away", "metric": "csat", "week": WEEK, "reason": "new script"}
    with pytest.raises(ValueError, match=message):
        decide_phase(workspace, **known | given)
