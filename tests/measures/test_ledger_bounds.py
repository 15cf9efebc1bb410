"""Vendors that send counts and no calls: what is possible is said, and what is not differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.measures.definitions import VARIANTS, ServiceLevelDefinition
from pipelines.measures.ledger.bounds import HINT
from pipelines.measures.reconcile import Evidence, Reconciliation, reconcile
from pipelines.trust.reconciled import reconciliation_findings
from tests.measures.vendor_contacts import FIRST, clauses, contacts, count_report, evidence, level_report

CALLS = contacts(days=30, per_day=80, seed=21)
WAITS = ("answered_in_threshold", "abandoned_in_threshold", "short_abandoned", "callbacks_in_threshold",
         "wait_answered_s", "waits_known_answered")  # fmt: skip
EVERYTHING = ServiceLevelDefinition("abandon_positive", 500.0)  # everybody left within it: 100 %


def counts_only(terms: pl.DataFrame | None = None) -> Evidence:
    """Offered, answered and abandoned by day, and no waits."""
    held = evidence(CALLS, terms)
    days = held.days.with_columns(
        *(pl.lit(None, held.days.schema[name]).alias(name) for name in WAITS), waits_known=pl.lit(0)
    )
    return replace(held, days=days, waits=held.waits.clear(), intervals=held.intervals.clear())


def nothing(terms: pl.DataFrame | None = None) -> Evidence:
    """No contacts and no counts at all."""
    held = counts_only(terms)
    return replace(held, days=held.days.clear())


def levels(found: Reconciliation) -> pl.DataFrame:
    return found.ledger.filter(pl.col("metric") == "service_level")


def test_what_counts_allow_is_not_verifiable_and_bounded() -> None:
    found = reconcile("v", level_report(CALLS, ServiceLevelDefinition(threshold_s=20.0)), counts_only())
    assert set(levels(found).select("verdict", "reason").rows()) == {("not_verifiable", "waits_unknown")}
    for row in levels(found).iter_rows(named=True):
        assert row["possible_low"] <= row["reported"] <= row["possible_high"] < 1
    possible = found.possible["day"]
    assert possible.lines == 30
    assert set(possible.possible) == set(VARIANTS)
    assert possible.ruled_out == {}


@pytest.mark.parametrize("held", [counts_only, nothing])
def test_a_figure_that_no_call_could_give_differs_whatever_the_waits_were(held: object) -> None:
    """More in time than answered: not under terms in which every abandon counts. On the vendor's own counts too."""
    report = pl.concat([level_report(CALLS, EVERYTHING), count_report(CALLS, "answered"),
                        count_report(CALLS, "abandoned")])  # fmt: skip
    found = reconcile("v", report, held())  # type: ignore[operator]
    assert set(levels(found).select("verdict", "reason", "hint").rows()) == {("differs", None, HINT)}
    ruled_out = found.possible["day"].ruled_out
    assert ruled_out["abandon_negative"] == 30
    assert "abandon_positive" in found.possible["day"].possible
    one, *_ = [one for one in reconciliation_findings(found.ledger, found) if one.metric == "service_level"]
    assert (one.kind, one.evidence["looks_like"]) == ("reported_differs", [HINT])
    assert "100.0 % reported" in one.sentence


def test_without_terms_nothing_differs_but_what_is_ruled_out_is_said() -> None:
    found = reconcile("v", level_report(CALLS, EVERYTHING), replace(counts_only(), clauses=clauses().clear()))
    assert set(levels(found)["verdict"]) == {"not_verifiable"}
    assert levels(found)["possible_low"].null_count() == 30
    assert found.possible["day"].ruled_out["abandon_negative"] == 30


def test_without_any_count_nothing_is_bounded() -> None:
    found = reconcile("v", level_report(CALLS, EVERYTHING), nothing())
    assert set(levels(found).select("verdict", "reason").rows()) == {("not_verifiable", "no_contacts")}
    assert found.possible == {}


variants = st.sampled_from([one for one in VARIANTS if not one.startswith("short")])


@settings(max_examples=10)
@given(variant=variants, threshold=st.sampled_from([5.0, 20.0, 90.0, 500.0]))
def test_no_honest_vendor_is_outside_of_its_bounds(variant: str, threshold: float) -> None:
    honest = ServiceLevelDefinition(variant, threshold)  # type: ignore[arg-type]
    some = CALLS.filter(pl.col("local_date") < FIRST + timedelta(days=12))
    found = reconcile("v", level_report(some, honest), counts_only(clauses(variant=variant, threshold_s=threshold)))
    reported = levels(found).filter(pl.col("reported").is_not_null())
    assert set(reported["verdict"]) == {"not_verifiable"}
    assert variant in found.possible["day"].possible
