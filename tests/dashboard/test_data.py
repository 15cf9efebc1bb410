"""The pages over a real, small warehouse: the same figures as the rooms behind give, and nothing of another version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import data, models
from dashboard.models import NotReady, Published, Selection
from pipelines.answers.weekly import judged_week
from pipelines.run import run
from pipelines.warehouse import Reader
from pipelines.workspace import load_workspace
from tests.bench.made import write_export, write_workspace

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
BAD_LINE = "not,a,record\n"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three weeks of contacts, taken in once; one line of the file can't be read."""
    folder = tmp_path_factory.mktemp("company")
    write_workspace(folder)
    file = folder / "inbox" / "acme" / "calls.csv"
    write_export(file, 3000, days=21)
    file.write_text(file.read_text() + BAD_LINE)
    run(load_workspace(folder))
    return folder


@pytest.fixture
def published(company: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    monkeypatch.setenv("SIGHTLINE_WORKSPACE", str(company))
    st.cache_data.clear()
    st.cache_resource.clear()
    found = data.published()
    assert isinstance(found, Published)
    yield found
    st.cache_data.clear()
    st.cache_resource.clear()


def test_weeks_are_whole_and_newest_first(published: Published) -> None:
    assert all(week.weekday() == 0 for week in published.weeks)
    assert list(published.weeks) == sorted(published.weeks, reverse=True)
    assert published.data_until is not None
    assert published.weeks[0] < published.data_until
    assert data.history_weeks(published.weeks[0])[-1] == published.weeks[0]
    assert len(data.history_weeks(published.weeks[0])) == 13


def test_the_scorecard_is_that_of_the_command_line(published: Published, company: Path) -> None:
    week = published.weeks[0]
    shown = data.scorecard(published.version, Selection(week))
    workspace = load_workspace(company)
    with Reader.open(workspace.state) as reader:
        judged = judged_week(workspace, reader, week)
    assert judged is not None
    review = judged.review
    assert shown.schema == pl.Schema(models.SCORECARD)
    keys = ["vendor", "metric"]
    columns = [*keys, "value", "n", "low", "high", "target", "verdict", "gap", "crude_gap", "variation", "assurance"]
    assert shown.select(columns).sort(keys).equals(review.scorecard.select(columns).sort(keys))


def test_queues_and_vendors_restrict(published: Published) -> None:
    week = published.weeks[0]
    nobody = data.scorecard(published.version, Selection(week, vendors=()))
    assert nobody.is_empty()
    no_queue = data.scorecard(published.version, Selection(week, queues=()))
    assert no_queue["value"].drop_nulls().is_empty()
    offered = pl.col("metric") == "offered"
    whole = data.scorecard(published.version, Selection(week)).filter(offered)["value"].sum()
    parts = [
        data.scorecard(published.version, Selection(week, queues=(queue.code,))).filter(offered)["value"].sum()
        for queue in published.queues
    ]
    assert sum(parts) == pytest.approx(whole)


def test_deliveries_add_up_and_open_down_to_the_cell(published: Published) -> None:
    deliveries = data.deliveries(published.version)
    assert deliveries.schema == pl.Schema(models.DELIVERIES)
    assert deliveries["adds_up"].all()
    totals = data.totals(deliveries)
    assert totals["read"] == sum(totals[group] for group in models.GROUPS)
    assert totals["rejected"] == 1
    earlier = deliveries.with_columns(status=pl.lit("superseded"))
    assert data.totals(pl.concat([deliveries, earlier])) == totals
    delivery = deliveries.row(0, named=True)
    rejects = data.rejects(published.version, delivery["delivery_id"])
    assert rejects.height >= 1
    assert rejects["line"][0] == 3002  # the header is line 1
    rows = data.rows(published.version, delivery["delivery_id"], "rejected")
    assert rows.height == delivery["rows_rejected"]
    with pytest.raises(ValueError, match="no such group"):
        data.rows(published.version, delivery["delivery_id"], "x' OR 1=1")


def test_days_hold_all_contacts_of_the_week(published: Published) -> None:
    selection = Selection(published.weeks[0])
    vendor = data.scorecard(published.version, selection).filter(pl.col("value").is_not_null())["vendor"][0]
    days = data.days(published.version, selection, vendor)
    assert days["local_date"].to_list()[0] == selection.week
    assert days.height == 7
    assert days["contacts"].sum() > 0


def test_trust_counts_files_and_rows(published: Published) -> None:
    trust = data.trust(published.version, Selection(published.weeks[0]))
    assert trust.files == 1
    assert trust.rows_rejected == 1
    assert trust.files_refused == 0


def test_a_workspace_without_a_version_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_workspace(tmp_path)
    monkeypatch.setenv("SIGHTLINE_WORKSPACE", str(tmp_path))
    found = data.published()
    assert isinstance(found, NotReady)
    assert found.reason == "not_loaded"


def test_a_broken_workspace_lists_its_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_workspace(tmp_path)
    (tmp_path / "vendors.yaml").write_text("vendors: 3\n")
    monkeypatch.setenv("SIGHTLINE_WORKSPACE", str(tmp_path))
    found = data.published()
    assert isinstance(found, NotReady)
    assert found.reason == "workspace_broken"
    assert found.problems


@pytest.mark.parametrize("name", ["weekly_review", "deliveries", "figure"])
def test_pages_over_the_real_warehouse(published: Published, name: str) -> None:
    app = AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60).switch_page(f"pages_/{name}.py").run()
    assert not app.exception
    assert app.title


def test_weeks_of_an_empty_warehouse() -> None:
    assert data._weeks(None, None) == ()
    assert data._weeks(date(2026, 11, 4), date(2026, 11, 9)) == (date(2026, 11, 9),)
