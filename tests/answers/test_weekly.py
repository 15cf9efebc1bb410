"""The judged scorecard: whose gap it is, what carries a verdict, and what a row says of its usual range."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from pipelines.answers.compare import COMPARED
from pipelines.answers.weekly import JUDGED, judged_card, usual_charts
from pipelines.measures.scorecard import SCORECARD_SCHEMA
from pipelines.measures.weekly.long import FIGURE_SCHEMA

WEEK = date(2026, 11, 9)
KEYS = {"queue": pl.String()}


def _card(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"week": WEEK, "value": 0.7, "n": 100, "gap": -0.04, "gap_low": -0.1, "gap_high": 0.02, "verdict": "worse"}
    return pl.DataFrame([usual | row for row in rows], schema=SCORECARD_SCHEMA)


def _compared(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"vendor": "away", "metric": "csat", "n": 900, "gap": 0.05, "gap_low": 0.03, "gap_high": 0.07,
             "crude": -0.03, "crude_low": -0.05, "crude_high": -0.01, "contacts": -0.08, "verdict": "better",
             "support": 1.0, "reversal": True, "margin": 0.02, "detectable": 0.03}  # fmt: skip
    return pl.DataFrame([usual | row for row in rows], schema=COMPARED | KEYS)


def _only(card: pl.DataFrame, compared: pl.DataFrame) -> dict[str, Any]:
    return judged_card(card, compared, {}).row(0, named=True)


def test_the_gap_is_the_like_for_like_one_and_the_crude_one_adds_up_with_it() -> None:
    row = _only(_card({"vendor": "away", "metric": "csat"}), _compared({}))
    assert (row["verdict"], row["gap_basis"], row["gap_weeks"], row["gap_n"]) == ("better", "like_for_like", 13, 900)
    assert (row["gap"], row["gap_low"], row["gap_high"]) == (0.05, 0.03, 0.07)
    assert row["crude_gap"] == pytest.approx(row["contacts_gap"] + row["gap"])
    assert row["reversal"]


def test_without_matched_contacts_a_gap_is_shown_and_not_judged() -> None:
    row = _only(_card({"vendor": "away", "metric": "cost_per_contact"}), _compared({}))
    assert (row["verdict"], row["gap_basis"], row["gap_weeks"]) == ("not_judged", "as_it_stands", 1)
    assert row["gap"] == row["crude_gap"] == -0.04


def test_not_comparable_has_no_gap() -> None:
    low_overlap = _compared({"verdict": "not_comparable", "support": 0.5})
    row = _only(_card({"vendor": "away", "metric": "csat"}), low_overlap)
    assert (row["verdict"], row["gap"], row["gap_low"], row["contacts_gap"]) == ("not_comparable", None, None, None)
    assert row["crude_gap"] == -0.03
    assert row["support"] == 0.5
    assert not row["reversal"]


def test_the_baseline_and_absent_figures_keep_their_words() -> None:
    home = {"vendor": "home", "metric": "csat", "gap": None, "verdict": "is_baseline"}
    unknown = {"vendor": "away", "metric": "nps", "value": None, "gap": None, "verdict": "not_yet_known"}
    judged = judged_card(_card(home, unknown), _compared({}), {})
    assert judged["verdict"].to_list() == ["is_baseline", "not_yet_known"]
    assert judged["gap_basis"].to_list() == [None, None]
    assert set(JUDGED) <= set(judged.columns)


def test_a_queue_is_judged_by_its_own_comparison() -> None:
    card = _card({"vendor": "away", "metric": "csat", "queue": "billing"}, {"vendor": "away", "metric": "csat"})
    judged = judged_card(card, _compared({}, {"queue": "billing", "verdict": "worse", "gap": -0.02}), {})
    assert judged["verdict"].to_list() == ["worse", "better"]


def test_rows_carry_their_usual_range() -> None:
    weeks = [WEEK - timedelta(weeks=back) for back in reversed(range(30))]
    values = [0.8 + 0.01 * (place % 3) for place in range(29)] + [0.6]
    rows = [{"vendor": "away", "metric": "csat", "week": week, "value": value, "n": 500}
            for week, value in zip(weeks, values, strict=True)]  # fmt: skip
    card = _card({"vendor": "away", "metric": "csat", "target": 0.75}, {"vendor": "away", "metric": "cost_per_contact"})
    charts = usual_charts(pl.DataFrame(rows, schema=FIGURE_SCHEMA), card, WEEK, {})
    assert set(charts) == {("away", "csat")}  # a price has no usual range
    row = judged_card(card, _compared({}), charts).row(0, named=True)
    assert (row["variation"], row["assurance"], row["signal"]) == ("concern", "consistent_pass", "below_lower")
    assert row["usual_low"] < row["usual_mean"] < row["usual_high"]
    assert (row["usual_points"], row["usual_trial"]) == (30, False)
