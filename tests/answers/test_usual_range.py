"""The usual range: too few contacts are a gap, new limits are a person's decision."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.answers.usual_range import PHASE, phases, usual_range
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


def test_a_drop_is_unusual_and_weeks_without_data_stay_gaps(workspace: Workspace) -> None:
    values: list[float | None] = [0.80 + 0.01 * (week % 3) for week in range(30)]
    values[10] = None
    values[-1] = 0.60
    chart = usual_range(workspace, _figures(values), WEEK, "away", "csat", target=0.7)
    assert chart.points.height == 30
    assert chart.points["signal"][10] == "no_data"
    assert (chart.signal, chart.variation, chart.assurance) == ("below_lower", "concern", "consistent_pass")


def test_few_weeks_have_no_usual_range_and_few_contacts_no_value(workspace: Workspace) -> None:
    assert usual_range(workspace, _figures([0.8] * 6), WEEK, "away", "csat").variation == "too_little_data"
    assert usual_range(workspace, _figures([0.8] * 20, n=3), WEEK, "away", "csat").points.is_empty()


def test_new_limits_start_where_a_person_says_so(workspace: Workspace) -> None:
    figures = _figures(
        [0.6 + 0.01 * (week % 2) for week in range(15)] + [0.9 + 0.01 * (week % 2) for week in range(15)]
    )
    before = usual_range(workspace, figures, WEEK, "away", "csat")
    assert len(before.phases) == 1
    assert not workspace.journal_path.exists()
    journal = Journal(workspace.journal_path)
    decided = WEEK - timedelta(weeks=14)
    journal.write("ana", PHASE, "away/csat", f"{decided + timedelta(days=2)} new script since this week")
    journal.write("ana", PHASE, "away/csat", "thanks!")
    journal.write("ana", PHASE, "away/nps", f"{decided}")
    assert phases(workspace, "away", "csat") == (decided,)
    after = usual_range(workspace, figures, WEEK, "away", "csat")
    assert len(after.phases) == 2
    assert after.variation == "usual"
