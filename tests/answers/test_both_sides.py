"""The client's own side: forecasts, dependence, changes, questions; what nobody records is not known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.answers import duties
from pipelines.answers.both_sides import both_sides
from pipelines.warehouse import Journal
from pipelines.workspace import Workspace

from .conftest import FakeReader, company

WEEK = date(2026, 3, 2)
FIRST = WEEK - timedelta(weeks=12)


def _day(vendor: str, day: int, actual: int | None, forecast: float | None, **more: Any) -> dict[str, Any]:
    return {"vendor_code": vendor, "queue_code": "billing", "local_date": FIRST + timedelta(days=day), "actual": actual,
            "forecast": forecast, "training_s": None, "logged_s": None} | more  # fmt: skip


def _work(vendor: str, queue: str, offered: int, site: str | None = None) -> dict[str, Any]:
    return {"vendor_code": vendor, "site_code": site, "queue_code": queue, "offered": offered, "answered": offered // 2,
            "handle_known": offered // 4, "handle_s": offered // 4 * 360.0}  # fmt: skip


def _reader(days: list[dict[str, Any]], work: list[dict[str, Any]] | None = None) -> FakeReader:
    kinds = {"actual": pl.Int64, "forecast": pl.Float64, "training_s": pl.Float64, "logged_s": pl.Float64}
    keys = {"vendor_code": pl.String, "queue_code": pl.String, "local_date": pl.Date}
    work_kinds = {"vendor_code": pl.String, "site_code": pl.String, "queue_code": pl.String, "offered": pl.Int64,
                  "answered": pl.Int64, "handle_known": pl.Int64, "handle_s": pl.Float64}  # fmt: skip
    return FakeReader({
        "day_forecast": pl.DataFrame(days, schema=keys | kinds, orient="row"),
        "window_work": pl.DataFrame(work or [], schema=work_kinds, orient="row"),
    })  # fmt: skip


def test_the_forecast_is_judged_as_metrics_says(workspace: Workspace) -> None:
    # METRICS section 4: A = 10, 100, 50 and F = 20, 90, 55 give WAPE 15.6 % and bias +3.1 %
    days = [_day("away", 7 * week, *pair) for week, pair in enumerate([(10, 20.0), (100, 90.0), (50, 55.0)])]
    row = both_sides(workspace, _reader(days), WEEK).forecast.row(0, named=True)
    assert row["wape_week"] == pytest.approx(25 / 160)
    assert row["wape_day"] == pytest.approx(25 / 160)
    assert row["bias"] == pytest.approx(5 / 160)
    assert (row["band"], row["weeks_over_band"], row["weeks"], row["locked_days"]) == (0.1, 1, 3, 28)


def test_days_without_forecast_or_contacts_take_no_part(workspace: Workspace) -> None:
    days = [_day("away", 0, 100, 100.0), _day("away", 1, 80, None), _day("away", 2, None, 90.0)]
    row = both_sides(workspace, _reader(days), WEEK).forecast.row(0, named=True)
    assert (row["days"], row["days_without"], row["wape_week"]) == (1, 1, 0.0)
    nobody = both_sides(workspace, _reader([_day("away", 0, 100, None)]), WEEK)
    assert nobody.forecast.is_empty()


def test_shares_add_up_and_a_site_has_its_own_country(workspace: Workspace) -> None:
    work = [_work("home", "billing", 600), _work("abroad", "billing", 300, "sea"), _work("away", "delivery", 100)]
    shares = both_sides(workspace, _reader([], work), WEEK).shares
    by_kind = {kind: rows for (kind,), rows in shares.partition_by("kind", as_dict=True).items()}
    assert by_kind["vendor"]["share"].to_list() == pytest.approx([0.6, 0.3, 0.1])
    assert dict(by_kind["country"].select("name", "share").iter_rows()) == pytest.approx({"FR": 0.7, "PT": 0.3})
    assert by_kind["site"]["name"].to_list() == ["sea"]


def test_a_sudden_stop_names_what_nobody_else_serves(workspace: Workspace) -> None:
    work = [_work("home", "billing", 1300), _work("away", "billing", 650), _work("away", "delivery", 650)]
    stops = both_sides(workspace, _reader([], work), WEEK).stops
    row = stops.row(0, named=True)
    assert stops["vendor"].to_list() == ["away"]
    assert (row["contacts"], row["alone"], row["alone_contacts"]) == (100.0, ["delivery"], 50.0)
    assert row["hours"] == pytest.approx(50 * 360 / 3600)  # half are answered, six minutes each
    assert (row["share"], row["exit_notice_days"]) == (0.5, 90)


def test_changes_of_a_year_come_from_what_the_workspace_says(tmp_path: Path) -> None:
    move = {"id": "m", "queues": ["billing"], "from_vendor": "away", "to_vendor": "home", "moved_on": "2026-01-05",
            "settled_on": "2026-02-02"}  # fmt: skip
    workspace = company(tmp_path, moves=[move])
    held = workspace.terms["away"][0]
    newer = held.model_copy(update={"id": "away-2", "valid_from": date(2026, 2, 1)})
    workspace.terms["away"] = [held.model_copy(update={"valid_to": date(2026, 1, 31)}), newer]
    changes = both_sides(workspace, _reader([]), WEEK).changes
    assert changes.select("day", "vendor", "kind", "detail").rows() == [
        (date(2026, 2, 1), "away", "terms_changed", "away-2"),
        (date(2026, 1, 5), "home", "work_came", "billing"),
        (date(2026, 1, 5), "away", "work_left", "billing"),
    ]


def test_questions_are_timed_by_the_days_that_are_stated(workspace: Workspace) -> None:
    assert both_sides(workspace, _reader([]), WEEK).questions.is_empty()
    assert not workspace.journal_path.exists()
    first = duties.ask(workspace, "ana", "away", "Who approves returns above 500?", WEEK)
    second = duties.ask(workspace, "ana", "away", "Open on 1 May?", WEEK + timedelta(days=1))
    duties.ask(workspace, "ana", "away", "And on the 8th?", WEEK + timedelta(days=2))
    duties.ask(workspace, "ana", "away", "long ago", WEEK - timedelta(weeks=60))
    duties.answer(workspace, "ben", first, WEEK + timedelta(days=4), "The shop does.")
    duties.answer(workspace, "ben", second, WEEK + timedelta(days=20))  # after the window
    mistaken = duties.ask(workspace, "ana", "abroad", "meant for somebody else", WEEK)
    duties.withdraw(workspace, "ana", duties.QUESTION, mistaken)
    found = both_sides(workspace, _reader([]), WEEK).questions
    assert found.rows() == [("away", 3, 1, 4.0, 5)]


def test_a_journal_entry_without_days_counts_from_when_it_was_written(workspace: Workspace) -> None:
    journal = Journal(workspace.journal_path)
    journal.write("ana", "question", "away/returns", "Who approves returns above 500?")
    journal.write("ben", "question", "away/returns", "Asked the shop", status="open")
    journal.write("ben", "question", "away/returns", "The shop does.", status="explained")
    (question,) = duties.questions(workspace)
    assert question.days == 0


def test_scope_and_parity_come_from_the_journal(workspace: Workspace) -> None:
    duties.change_scope(workspace, "ana", "away", "Chat as well", WEEK, told_on=WEEK - timedelta(days=14))
    duties.change_scope(workspace, "ana", "away", "No more e-mail", WEEK + timedelta(days=1))
    duties.state_parity(workspace, "ana", "away", "knowledge", "less", WEEK)
    duties.state_parity(workspace, "ben", "away", "knowledge", "partly", WEEK, "no prices")
    sides = both_sides(workspace, _reader([]), WEEK)
    assert sides.changes.select("detail", "kind", "notice_days").rows() == [
        ("No more e-mail", "scope_changed", None), ("Chat as well", "scope_changed", 14),
    ]  # fmt: skip
    assert [(one.vendor, one.area, one.extent, one.author) for one in sides.parities] == [
        ("away", "knowledge", "partly", "ben"),
    ]  # fmt: skip
    # The latest word is taken back: the one before it counts again, and then none.
    for left in ([("away", "less")], []):
        duties.withdraw(workspace, "ben", duties.PARITY, "away/knowledge")
        assert [(one.vendor, one.extent) for one in duties.parities(workspace)] == left
    duties.state_parity(workspace, "ben", "away", "knowledge", "same", WEEK)
    assert [one.extent for one in duties.parities(workspace)] == ["same"]


def test_what_makes_no_sense_is_refused(workspace: Workspace) -> None:
    asked = duties.ask(workspace, "ana", "away", "When?", WEEK)
    for wrong, message in (
        (lambda: duties.ask(workspace, "ana", "nobody", "When?", WEEK), "no vendor"),
        (lambda: duties.ask(workspace, "ana", "away", " ", WEEK), "text"),
        (lambda: duties.ask(workspace, " ", "away", "When?", WEEK), "author"),
        (lambda: duties.answer(workspace, "ana", "away/none", WEEK), "no question"),
        (lambda: duties.answer(workspace, "ana", asked, WEEK - timedelta(days=1)), "before it was asked"),
        (lambda: duties.state_parity(workspace, "ana", "away", "mood", "same", WEEK), "areas are"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong()


def test_training_is_a_share_of_logged_time_and_else_not_known(workspace: Workspace) -> None:
    days = [_day("home", 0, 1, 1.0, training_s=3600.0, logged_s=36_000.0), _day("away", 0, 1, 1.0, logged_s=36_000.0)]
    assert both_sides(workspace, _reader(days), WEEK).training.rows() == [("home", 1.0, 0.1)]
