"""What came day by day, how vendors report over time, the rows behind findings, figures before and after."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.answers.data_trust import (
    behind_finding,
    delivery_days,
    reasons_of,
    reporting_discipline,
    restated_figures,
    restatements,
)
from pipelines.answers.status import judged_feeds
from pipelines.trust.findings import KINDS
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace, load_workspace

MONDAY = date(2026, 9, 7)


def _judged() -> pl.DataFrame:
    at = datetime(2026, 9, 14, 9, tzinfo=UTC)
    rows = [
        ("a", "contacts", MONDAY, MONDAY + timedelta(days=6), at, at, "on_time"),
        ("a", "contacts", MONDAY + timedelta(days=7), MONDAY + timedelta(days=13), at, None, "missing"),
        ("a", "surveys", MONDAY, MONDAY, at, at, "late"),
        ("b", "contacts", MONDAY + timedelta(days=28), MONDAY + timedelta(days=34), at, at, "on_time"),
    ]
    names = ["vendor", "feed", "period_start", "period_end", "due_at", "received_at", "punctuality"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _deliveries(restating: int = 3) -> pl.DataFrame:
    day = MONDAY + timedelta(days=1)
    rows = [("a", "contacts", day, day, restating), ("b", "contacts", None, None, 9)]
    names = {
        "vendor": pl.String,
        "feed": pl.String,
        "period_start": pl.Date,
        "period_end": pl.Date,
        "rows_restating": pl.Int64,
    }
    return pl.DataFrame(rows, schema=names, orient="row")


def _findings() -> pl.DataFrame:
    day = MONDAY + timedelta(days=2)
    rows = [("missing_interval", "a", "contacts", day, day), ("late_delivery", "a", "contacts", MONDAY, MONDAY)]
    return pl.DataFrame(rows, schema=["kind", "vendor", "feed", "period_start", "period_end"], orient="row")


def test_each_day_shows_the_gravest_that_befell_it() -> None:
    days = delivery_days(_judged(), _deliveries(), _findings(), MONDAY, MONDAY + timedelta(days=20))
    states = dict(
        days.filter((pl.col("vendor") == "a") & (pl.col("feed") == "contacts")).select("day", "state").iter_rows()
    )
    assert states[MONDAY] == "on_time"
    assert states[MONDAY + timedelta(days=1)] == "restated"
    assert states[MONDAY + timedelta(days=2)] == "partial"
    assert states[MONDAY + timedelta(days=7)] == "missing"
    assert len(states) == 14
    assert days.filter(feed="surveys")["state"].to_list() == ["late"]
    assert "b" not in days["vendor"].to_list()


def test_days_outside_are_left_out() -> None:
    days = delivery_days(_judged(), _deliveries(), _findings(), MONDAY + timedelta(days=5), MONDAY + timedelta(days=8))
    assert days["day"].min() == MONDAY + timedelta(days=5)
    assert days.height == 4


def test_discipline_counts_by_the_month_that_a_delivery_covers() -> None:
    expected = pl.DataFrame({"vendor": ["a"], "local_date": [MONDAY], "expected": [200.0], "missing": [50.0]})
    months = reporting_discipline(_judged(), _deliveries(), expected)
    september = months.row(by_predicate=pl.col("vendor") == "a", named=True)
    assert september["month"] == date(2026, 9, 1)
    assert (september["expected"], september["on_time"], september["late"], september["missing"]) == (3, 1, 1, 1)
    assert september["on_time_share"] == pytest.approx(1 / 3)
    assert september["completeness"] == 0.75
    assert (september["restating"], september["rows_restated"]) == (1, 3)
    october = months.row(by_predicate=pl.col("vendor") == "b", named=True)
    assert october["completeness"] is None  # nothing was to be expected: not the same as nothing missing
    assert october["restating"] == 0


@pytest.fixture(scope="module")
def loaded(example: Path) -> Workspace:
    return load_workspace(example)


def test_every_finding_of_the_example_has_something_behind_it(loaded: Workspace) -> None:
    with Reader.open(loaded.state) as reader:
        judged = judged_feeds(loaded, reader)
        for row in reader.frame("findings").iter_rows(named=True):
            behind = behind_finding(reader, row, judged)
            assert behind.delivery_ids or behind.rows, row["kind"]
            assert not {name for frame in behind.rows.values() for name in frame.columns if "customer" in name}


def test_reasons_are_told_in_both_languages(loaded: Workspace) -> None:
    with Reader.open(loaded.state) as reader:
        rows = reader.frame("findings").to_dicts()
    for row in rows:
        english, french = reasons_of(row, "en"), reasons_of(row, "fr")
        for one, other in zip([*english[0], *english[1]], [*french[0], *french[1]], strict=True):
            assert one != other, (row["kind"], one)


def test_rows_behind_a_finding_are_those_that_it_counts(loaded: Workspace) -> None:
    with Reader.open(loaded.state) as reader:
        judged = judged_feeds(loaded, reader)
        found = reader.frame("findings")
        for row in found.filter(pl.col("kind") == "rejected_rows").iter_rows(named=True):
            cells = behind_finding(reader, row, judged).rows["cells"]
            assert cells["line"].n_unique() == int(row["observed"].split()[0])
        (bill,) = found.filter(pl.col("kind") == "invoice_differs").to_dicts()
        lines = behind_finding(reader, bill, judged).rows["invoice"]
        assert f"{lines['difference'].sum()} EUR" == bill["money"]
        assert lines["price"].is_not_null().all()
        missed = found.filter((pl.col("kind") == "clause_missed") & (pl.col("metric") == "csat")).row(0, named=True)
        periods = behind_finding(reader, missed, judged).rows["periods"]
        shares = (periods["numerator"] / periods["denominator"]).round(3)
        assert (shares - periods["share"]).abs().max() < 0.001
        (odd,) = found.filter(pl.col("kind") == "impossible_duration").to_dicts()
        contacts = behind_finding(reader, odd, judged).rows["contacts"]
        assert set(contacts["leg_id"]) == set(json.loads(odd["evidence"])["legs"])


def test_a_restatement_shows_figures_before_and_after(loaded: Workspace) -> None:
    with Reader.open(loaded.state) as reader:
        changed = restatements(reader.frame("deliveries").rename({"vendor_code": "vendor"}))
        by_vendor = {row["vendor"]: row for row in changed.iter_rows(named=True)}
        report = restated_figures(loaded, reader, by_vendor["casablanca"]).figures
        assert set(report["metric"]) == {"service_level"}
        assert report.height == by_vendor["casablanca"]["rows_restating"]
        assert report["change"].round(3).unique().to_list() == [0.06]
        contacts = restated_figures(loaded, reader, by_vendor["porto"]).figures
        changes = {row["metric"]: row for row in contacts.iter_rows(named=True)}
        # the first file had no after-contact work; the corrected one brings it
        assert changes["acw_s"]["before"] is None
        assert changes["aht_s"]["after"] - changes["aht_s"]["before"] == pytest.approx(changes["acw_s"]["after"])


def test_kinds_whose_rows_are_opened_exist() -> None:
    from pipelines.answers import data_trust

    assert set(data_trust._GROUP_OF) <= set(KINDS)
