"""Findings of the ledger: one for a change of definition and its difference, one per stretch of other differences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.measures.reconcile import reconcile
from pipelines.trust.findings import Finding
from pipelines.trust.reconciled import reconciliation_findings
from tests.measures.vendor_contacts import FIRST, clauses, contacts, count_report, evidence, level_report

TERMS = ServiceLevelDefinition("abandon_negative", 20.0)
DROPPED = ServiceLevelDefinition("short_excluded", 20.0, short_abandon_s=10.0)
CHANGED = FIRST + timedelta(days=30)
CONTACTS = contacts()
DAY = pl.col("period_start_at").dt.convert_time_zone("Europe/Paris").dt.date()


def found(report: pl.DataFrame, terms: pl.DataFrame | None = None) -> list[Finding]:
    one = reconcile("v", report, evidence(CONTACTS, terms))
    return reconciliation_findings(one.ledger, one)


def honest() -> pl.DataFrame:
    return pl.concat([level_report(CONTACTS, TERMS), count_report(CONTACTS, "offered")])


def test_an_honest_vendor_has_none() -> None:
    assert found(honest()) == []


def test_a_quiet_change_is_told_once_with_its_day_and_what_it_is_worth() -> None:
    before = level_report(CONTACTS.filter(pl.col("local_date") < CHANGED), TERMS)
    after = level_report(CONTACTS.filter(pl.col("local_date") >= CHANGED), DROPPED)
    changed, differs = found(pl.concat([before, after, count_report(CONTACTS, "offered")]))
    assert (changed.kind, changed.period_start, changed.observed) == ("definition_changed", CHANGED, DROPPED.id)
    assert changed.expected == TERMS.id
    assert changed.evidence["after"]["fits"] == 30
    assert (differs.kind, differs.metric, differs.period_start) == ("reported_differs", "service_level", CHANGED)
    assert differs.evidence["mean_difference"] < 0
    assert set(differs.evidence["causes"]) <= {"definition", "rounding"}
    assert "above the one recomputed" in differs.sentence
    assert "au-dessus" in differs.sentence_fr
    assert "abandoned after 10 s" in differs.sentence


def test_found_again_with_more_days_it_is_the_same_finding() -> None:
    def until(days: int) -> list[str]:
        some = CONTACTS.filter(pl.col("local_date") < FIRST + timedelta(days=days))
        before = level_report(some.filter(pl.col("local_date") < CHANGED), TERMS)
        after = level_report(some.filter(pl.col("local_date") >= CHANGED), DROPPED)
        one = reconcile("v", pl.concat([before, after]), evidence(some))
        return [finding.finding_id for finding in reconciliation_findings(one.ledger, one)]

    assert until(50) == until(60)


def test_other_differences_are_told_by_stretch_not_by_figure() -> None:
    wrong = (FIRST + timedelta(days=5) == DAY) | DAY.is_between(FIRST + timedelta(days=20), FIRST + timedelta(days=23))
    report = honest().with_columns(value=pl.when(wrong).then(pl.col("value") * 0.5).otherwise("value"))
    one, four = found(report)
    assert {one.kind, four.kind} == {"reported_differs"}
    assert (one.period_start, one.period_end) == (FIRST + timedelta(days=5),) * 2
    assert (four.period_start, four.period_end) == (FIRST + timedelta(days=20), FIRST + timedelta(days=23))
    assert (one.evidence["lines"], four.evidence["lines"]) == (2, 8)
    assert one.metric is None
    assert one.evidence["metrics"] == ["offered", "service_level"]
    assert one.evidence["innocent"]


def test_single_gaps_are_told_by_the_gap_itself() -> None:
    silent = FIRST + timedelta(days=9)
    held = evidence(CONTACTS.filter(pl.col("local_date") != silent))
    one = reconcile("v", honest(), held)
    assert reconciliation_findings(one.ledger, one) == []


def _unheld(*metrics: str) -> pl.DataFrame:
    """A report with figures that nothing delivered holds."""
    figures = count_report(CONTACTS, "offered")
    return pl.concat([honest(), *(figures.with_columns(metric=pl.lit(metric)) for metric in metrics)])


def test_what_can_never_be_verified_is_told_once_with_its_metrics() -> None:
    (one,) = found(_unheld("agents", "agents_scheduled"))
    assert (one.kind, one.metric, one.severity, one.lasting) == ("not_verifiable", None, "info", True)
    assert one.evidence["metrics"] == ["agents", "agents_scheduled"]
    assert "(agents, agents scheduled)" in one.sentence
    assert one.sentence_fr.startswith("Les chiffres par jour communiqués pour la période du ")
    undefined = reconcile("v", level_report(CONTACTS, TERMS), replace(evidence(CONTACTS), clauses=clauses().clear()))
    (two,) = reconciliation_findings(undefined.ledger, undefined)
    assert (two.kind, two.evidence["metrics"]) == ("not_verifiable", ["service_level"])
    assert "niveau de service" in two.sentence_fr


def test_one_more_metric_that_can_not_be_verified_changes_the_finding_and_is_no_new_one() -> None:
    (before,), (after,) = found(_unheld("agents")), found(_unheld("agents", "agents_scheduled"))
    assert before.finding_id == after.finding_id
    assert before.fingerprint != after.fingerprint


def test_of_many_metrics_a_few_are_named_and_the_evidence_has_all() -> None:
    (one,) = found(_unheld(*(f"figure_{letter}" for letter in "abcdefg")))
    assert "(figure a, figure b, figure c, figure d, figure e and 2 more)" in one.sentence
    assert "figure e et 2 autres)" in one.sentence_fr
    assert len(one.evidence["metrics"]) == 7
