"""Reported against recomputed, as a reader sees it: sentences, pictures, ledger, what would explain it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import fake_ledger
import pandas as pd
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts.palette import PALETTES
from dashboard.charts.reported_lines import reported_lines
from dashboard.formats import Formats
from dashboard.texts import TEXTS
from pipelines.measures.ledger.series import drawn_series
from pipelines.measures.reconcile import CAUSES, REASONS, VERDICTS

Page = Callable[..., AppTest]


def _words(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(one.value) for kind in ("markdown", "caption", "subheader") for one in getattr(app, kind))


def test_the_page_says_how_many_agree_and_what_reproduces_the_rest(page: Page) -> None:
    words = _words(page("reconcile"))
    assert "Of 56 figures of Service level that Poitiers Contact reported or should have" in words
    assert "25 agree" in words
    assert "29 differ" in words
    assert "2 can't be verified" in words
    assert "the terms reproduce 25 of 28 figures" in words
    assert "abandoned after 10 s" in words
    assert TEXTS["reconcile.explain_not_accuse"]["en"] in words
    assert "Not drawn: 1 figures printed on another scale" in words


def test_the_page_in_french(page: Page) -> None:
    words = _words(page("reconcile", query={"lang": "FR"}))
    assert "concordent avec ses contacts selon le contrat" in words
    assert "traités en 20 s au plus" in words
    assert "definition" not in words


def _ledger(app: AppTest) -> pd.DataFrame:
    return next(table.value for table in app.dataframe if "Status" in table.value.columns)


def test_what_a_difference_is_worth_stands_on_the_settled_month(page: Page) -> None:
    app = page("reconcile")
    worth = next(table.value for table in app.table if "Money at stake" in table.value.columns)
    assert worth.shape[0] == 1  # a month in which nothing moves is counted, not listed
    assert worth["Money at stake"].to_list() == ["−€667\\.82"]
    assert worth["Clause"].to_list() == ["qs \\*20\\*"]
    assert "1 of 2 periods move any money" in _words(app)


def test_ledger_shows_causes_and_the_printed_cell(page: Page) -> None:
    ledger = _ledger(page("reconcile"))
    assert ledger.shape[0] == 29
    assert ledger["Causes"].iloc[0].startswith("definition −3")
    assert ledger["Printed at"].iloc[0] == "row 7, S43!F7"
    assert ledger["Queue"].iloc[0] == "Livraison"
    assert "Money at stake" not in ledger  # no day settles anything by itself
    assert any("hundred times too small" in note for note in ledger["Note"])
    unverified = _ledger(page("reconcile", query={"rverdict": "not_verifiable"}))
    assert sorted(unverified["Note"]) == ["no contacts have come", "not reported"]


def test_a_line_opens_by_its_address_with_its_walk_its_contacts_and_their_files(page: Page) -> None:
    app = page("reconcile", query={"rline": "r50"})
    words = _words(app)
    assert "Printed in report \\*S43\\*\\.xlsx, row 7, S43\\!F7" in words
    assert "100 contacts behind it" in words
    assert "220 rows read = 210 loaded + 0 restating + 5 duplicate + 0 stale + 3 rejected + 2 dropped" in words
    walk = next(table.value for table in app.table if "How" in table.value.columns)
    assert walk.index.to_list() == ["Recomputed", "definition", "Reported"]
    assert walk["How"].iloc[0].startswith("78 \\/ 100 · answered within 20 s")
    assert walk["Value"].to_list() == ["78\\.1 %", "\\+3\\.13 pts", "81\\.3 %"]
    assert "abandoned after 10 s" in walk["How"].iloc[1]
    outcomes = next(table.value for table in app.table if "≤ 10 s" in table.value.columns)
    assert outcomes.loc["abandoned in the queue"].to_list() == ["20", "6", "4", "240 s"]


def test_a_line_of_another_verdict_brings_its_verdict_along(page: Page) -> None:
    app = page("reconcile", query={"rline": "r4"})
    assert not app.exception
    assert _ledger(app).shape[0] == 2
    assert TEXTS["reconcile.line.not_printed"]["en"] in _words(app)


def test_what_people_say_of_a_line_and_of_all_that_one_definition_explains(page: Page) -> None:
    app = page("reconcile", query={"rline": "r50"})
    about = {key.split("_")[2] for key in [one.key for one in app.text_input] if key.startswith("journal_author_")}
    assert "reconciliation" in about
    assert "explanation" in about


def test_a_stretch_of_time_and_queues_restrict_the_lines(page: Page) -> None:
    week = page("reconcile", query={"rspan": "week", "week": "2026-W43"})
    assert "Of 7 figures of Service level" in _words(week)
    none = page("reconcile", query={"q": ["Retours"]})
    assert "for these queues and this time" in _words(none)


def test_a_measure_that_the_catalogue_does_not_know_keeps_its_printed_name(page: Page) -> None:
    app = page("reconcile", query={"rkpi": "agents"})
    words = _words(app)
    assert TEXTS["reconcile.nothing_drawn"]["en"] in words
    assert "Agents \\*présents\\*" in words


@pytest.mark.parametrize(("kind", "key"), [("empty", "reconcile.none"), ("not_loaded", "state.not_loaded")])
def test_the_page_says_why_it_is_empty(page: Page, kind: str, key: str) -> None:
    assert TEXTS[key]["en"] in _words(page("reconcile", kind))


def test_vendors_without_reports_say_so(page: Page) -> None:
    assert TEXTS["reconcile.none_chosen"]["en"] in _words(page("reconcile", query={"v": "Lille"}))


def test_everything_the_ledger_says_has_words() -> None:
    assert all(f"reconcile.cause.{cause}" in TEXTS for cause in CAUSES)
    assert all(f"reconcile.verdict.{one}" in TEXTS and f"reconcile.column.{one}" in TEXTS for one in VERDICTS)
    assert {key.removeprefix("reconcile.reason.") for key in TEXTS if key.startswith("reconcile.reason.")} == set(
        REASONS
    )


def test_weeks_add_up_like_their_lines() -> None:
    points = drawn_series(fake_ledger.lines().filter(pl.col("metric") == "service_level"))
    assert points["period"].to_list()[0] == date(2026, 9, 7)
    assert points["lines"].to_list() == [4, *[7] * 7]
    gap = points["recomputed"] - points["reported"]
    total = points.select(pl.sum_horizontal(*CAUSES)).to_series()
    assert (gap - total).abs().max() < 1e-12
    counts = (
        fake_ledger.lines().head(3).with_columns(unit=pl.lit("count"), reported=pl.lit(5.0), recomputed=pl.lit(4.0))
    )
    assert drawn_series(counts).select("reported", "recomputed").row(0) == (15.0, 12.0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_are_told_apart_without_colour(theme: str) -> None:
    points = drawn_series(fake_ledger.lines().head(30)).with_columns(text=pl.lit("x"))
    titles = ("Service level, %", "Reported", "Recomputed")
    spec = reported_lines(points, "share", titles, Formats("en"), PALETTES[theme]).to_dict()
    marks = [layer["mark"] for layer in spec["layer"]]
    assert [mark.get("strokeDash") for mark in marks if mark["type"] == "line"] == [[5, 3], None]
    assert [mark["filled"] for mark in marks if mark["type"] == "point"] == [False, True]
    assert sum(mark["type"] == "text" for mark in marks) == 2
