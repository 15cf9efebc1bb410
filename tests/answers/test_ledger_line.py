"""One line of the ledger back to its contacts, on the loaded example workspace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from pipelines.answers.clauses import attained
from pipelines.answers.ledger_line import line_contacts, listed_contacts
from pipelines.answers.reconcile import ABOUT, ABOUT_EXPLANATION, Reconciled, explanation_id, reconciled, with_status
from pipelines.warehouse import Journal, Reader
from pipelines.workspace import Workspace, load_workspace


@pytest.fixture(scope="module")
def workspace(example: Path) -> Workspace:
    return load_workspace(example)


@pytest.fixture(scope="module")
def found(workspace: Workspace) -> Reconciled:
    with Reader.open(workspace.state) as reader:
        return reconciled(workspace, reader, "casablanca")


def test_numerator_and_denominator_are_contacts_that_can_be_listed(workspace: Workspace, found: Reconciled) -> None:
    level = found.ledger.filter((pl.col("metric") == "service_level") & pl.col("explained_by").str.contains("short10s"))
    with Reader.open(workspace.state) as reader:
        for line in level.head(3).iter_rows(named=True):
            behind = line_contacts(workspace, reader, line)
            counts = {row["outcome"]: row for row in behind.outcomes.iter_rows(named=True)}
            assert behind.threshold_s == 30
            assert counts["answered"]["in_threshold"] == line["numerator"]
            queue = counts["answered"]["contacts"] + counts["abandoned_queue"]["contacts"]
            assert queue == line["denominator"]
            # The definition that explains the printed figure drops the abandons within its short limit.
            explained = line["numerator"] / (queue - counts["abandoned_queue"]["in_short"])
            assert abs(explained - line["reported"]) <= line["tolerance"] + 1e-9
            listed = listed_contacts(workspace, reader, line)
            assert listed.height == behind.contacts == behind.files["contacts"].sum()
            assert listed["file_name"].is_in(behind.files["file_name"].to_list()).all()
            assert not {"customer_ref", "agent_ref"} & set(listed.columns)
            law = pl.sum_horizontal(pl.col("^rows_(loaded|restating|duplicate|stale|rejected|dropped)$"))
            assert behind.files.select((law == pl.col("rows_read")).all()).item()


def test_what_is_said_of_an_explanation_holds_until_a_line_is_judged_itself(
    workspace: Workspace, found: Reconciled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workspace, "journal_path", property(lambda self: tmp_path / "journal.sqlite"))
    bare = found.ledger.drop("status", "explanation_id")
    explained = bare.filter(pl.col("explained_by").is_not_null())
    assert set(with_status(explained, workspace)["status"]) == {"open"}
    journal = Journal(workspace.journal_path)
    about = explanation_id(*explained.select("vendor", "metric", "granularity", "explained_by").row(0))
    journal.write("Ana", ABOUT_EXPLANATION, about, "a new template", "explained")
    journal.write("Ana", ABOUT, explained["row_id"][0], "", "disputed")
    said = with_status(bare, workspace)
    same = said.filter(pl.col("explanation_id") == about)
    assert same["status"].value_counts().sort("status").rows() == [("disputed", 1), ("explained", same.height - 1)]
    assert set(said.filter(pl.col("explained_by").is_null())["status"]) == {"open"}


def test_lines_of_a_queue_are_those_whose_scope_names_it(found: Reconciled) -> None:
    ledger = pl.concat([found.ledger.head(3).with_columns(queue=pl.Series(["*", "a; b", "c"]))])
    assert Reconciled(ledger, ()).of_queues(["b"]).ledger["queue"].to_list() == ["*", "a; b"]


def test_days_that_begin_at_noon_move_contacts_and_lose_none(workspace: Workspace, found: Reconciled) -> None:
    terms = [one.model_copy(update={"business_day_start": "12:00"}) for one in workspace.terms["casablanca"]]
    moved = replace(workspace, terms={**workspace.terms, "casablanca": terms})
    with Reader.open(workspace.state) as reader:
        told = reconciled(moved, reader, "casablanca")
        counted = told.ledger.filter((pl.col("metric") == "service_level") & pl.col("numerator").is_not_null())
        for line in counted.filter(pl.col("boundary") != 0).head(2).iter_rows(named=True):
            behind = line_contacts(moved, reader, line)
            counts = {row["outcome"]: row for row in behind.outcomes.iter_rows(named=True)}
            assert counts["answered"]["in_threshold"] == line["numerator"]
            assert listed_contacts(moved, reader, line).height == behind.contacts
        usual, other = (attained(one, reader, "casablanca", grain="day").rows for one in (workspace, moved))
    (clock,) = told.reconciliations[0].boundaries["day"]
    assert clock.definition == "Europe/Paris"  # the vendor prints days from midnight
    assert clock.fits > 0.99 * clock.periods
    counts_of_days = told.ledger.filter((pl.col("metric") == "offered") & (pl.col("verdict") == "differs"))
    assert counts_of_days.height > 1000
    assert (counts_of_days["boundary"] == counts_of_days["difference"]).mean() > 0.99  # a few contacts are missing
    last = usual["period_start"].max()
    clause = pl.col("metric") == "service_level"
    sums = [rows.filter(clause)["contacts"].sum() for rows in (usual, other)]
    days = usual.filter(clause & pl.col("period_start").is_in([usual["period_start"].min(), last]))
    assert 0 <= sums[0] - sums[1] <= days["contacts"].sum()  # but for the half days at both ends
    assert set(other.filter(pl.col("metric") == "csat")["definition_id"]) == {"csat.top2/calendar_days/round1"}
