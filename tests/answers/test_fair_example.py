"""The example workspace's stories of fairness: the reversal, what has no counterpart, the queue that came home."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.answers.both_sides import both_sides
from pipelines.answers.compare import compare
from pipelines.answers.moves import studied_moves
from pipelines.answers.weekly import judged_week, weekly_document
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace, load_workspace
from sample_data.generator import plan

WEEK = date(2026, 11, 9)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loaded(example: Path) -> Iterator[tuple[Workspace, Reader]]:
    workspace = load_workspace(example)
    with Reader.open(workspace.state) as reader:
        yield workspace, reader


def test_who_looks_worse_and_is_better_is_found(loaded: tuple[Workspace, Reader]) -> None:
    rows = compare(*loaded, WEEK, weeks=52).rows
    row = rows.row(by_predicate=(pl.col("vendor") == "poitiers") & (pl.col("metric") == "csat"), named=True)
    assert row["verdict"] == "better"
    assert row["reversal"]
    assert row["crude"] < -0.02
    assert row["gap_low"] < 0.09 < row["gap_high"]
    assert row["crude"] == pytest.approx(row["contacts"] + row["gap"])


def test_work_without_a_counterpart_is_not_compared_and_poor_work_is_worse(loaded: tuple[Workspace, Reader]) -> None:
    verdicts = {
        (vendor, metric): verdict
        for vendor, metric, verdict in compare(*loaded, WEEK).rows.select("vendor", "metric", "verdict").iter_rows()
    }
    assert {verdict for (vendor, _), verdict in verdicts.items() if vendor == "porto"} == {"not_comparable"}
    assert verdicts["tana", "csat"] == verdicts["tana", "nps"] == verdicts["casablanca", "csat"] == "worse"


def test_the_queue_that_came_home_is_recovered(loaded: tuple[Workspace, Reader]) -> None:
    (studied,) = studied_moves(*loaded)
    found = {one.metric: one.study for one in studied.metrics}
    # NPS: sample_data/README.md. Refunds: 0.68 times the chance that the generator plans for after-sales contacts.
    line = next(line for line in plan.LINES if (line.vendor, line.queue) == ("lille", "sav_fr"))
    refunds = sum(share * plan.REASONS[reason].refund for reason, share in line.reasons)
    planted = {"nps": 40.0, "refund_rate": -0.32 * refunds}
    for metric, effect in planted.items():
        study = found[metric]
        assert study is not None
        assert study.low < effect < study.high, metric
        assert study.verdict == "better"
        assert study.rank == 1


def test_an_overrun_is_the_clients_side(loaded: tuple[Workspace, Reader]) -> None:
    forecast = both_sides(*loaded, date(2026, 6, 29)).forecast
    row = forecast.row(by_predicate=(pl.col("vendor") == "casablanca") & pl.col("queue").is_null(), named=True)
    assert row["weeks_over_band"] >= 1
    assert row["bias"] < -0.02


def test_the_weekly_review_says_who_is_better_than_he_looks(loaded: tuple[Workspace, Reader]) -> None:
    document = weekly_document(judged_week(*loaded, WEEK), loaded[0])
    told = {(call["vendor"], call["metric"]): call for call in document["stand_out"]}
    call = told["poitiers", "csat"]
    assert call["kind"] == "better_unseen"
    assert call["sentence"].startswith(
        "Don't blame Vienne Relation Client: satisfied customers (CSAT) looks 4.4\u00a0pts worse than in-house; like "
        "for like it is 10.6\u00a0pts better, its contacts being harder ("
    )
    rows = {(row["vendor"], row["metric"]): row for row in document["rows"]}
    assert {row["verdict"] for (vendor, _), row in rows.items() if vendor == "porto"} <= {
        "not_comparable", "not_judged", "not_yet_known", "too_little_data",
    }  # fmt: skip
    assert rows["tana", "csat"]["verdict"] == "worse"
    assert rows["poitiers", "csat"]["crude_gap"] == pytest.approx(
        rows["poitiers", "csat"]["contacts_gap"] + rows["poitiers", "csat"]["gap"]
    )
    in_doubt = [call for call in document["calls"] if call["kind"] == "doubted"]
    assert len(document["calls"]) == 5 + len(in_doubt)
    assert [(call["vendor"], call["metric"]) for call in in_doubt] == [("porto", "csat")]
    assert "asked for their opinion less often" in in_doubt[0]["sentence"]
    assert set(rows["porto", "csat"]["findings"]) & set(rows["porto", "nps"]["findings"])
    assert not set(rows["porto", "csat"]["findings"]) & set(rows["porto", "aht_s"]["findings"])
    assert document["expected_by_chance"] < 3
