"""Reported against recomputed on files that nobody here wrote."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.measures.reconcile import reconcile
from pipelines.trust.reconciled import reconciliation_findings
from tests.measures.vendor_contacts import clauses, evidence, level_report


@pytest.fixture(scope="module")
def simulated(shared: Path) -> pl.DataFrame:
    path = shared / "data/simulated_callcentre/simulated_call_centre.csv"
    if not path.is_file():
        pytest.skip("third-party file ../shared/data/simulated_callcentre/simulated_call_centre.csv is not present")
    clock = (pl.col("date") + " " + pl.col("call_started")).str.to_datetime("%Y-%m-%d %I:%M:%S %p", time_unit="us")
    answered = (pl.col("date") + " " + pl.col("call_answered")).str.to_datetime("%Y-%m-%d %I:%M:%S %p", time_unit="us")
    return pl.read_csv(path).select(
        queue=pl.lit("calls"),
        queued_at=clock.dt.replace_time_zone("Europe/Paris").dt.convert_time_zone("UTC"),
        local_date=clock.dt.date(),
        wait_s=pl.col("wait_length").cast(pl.Float64),
        clock_wait_s=(answered - clock).dt.total_seconds().cast(pl.Float64),
        talk_s=pl.col("service_length").cast(pl.Float64),
        acw_s=pl.lit(0.0),
        ring_s=pl.lit(0.0),
        ivr_s=pl.lit(0.0),
        outcome=pl.lit("answered"),
        meets_standard="meets_standard",
    )


def published(calls: pl.DataFrame, decimals: int = 1) -> pl.DataFrame:
    """The share of calls that the file itself marks as within the standard, by day, as a report would print it."""
    shape = level_report(calls, ServiceLevelDefinition(threshold_s=60), decimals=decimals)
    share = calls.group_by("local_date").agg(value=pl.col("meets_standard").mean()).sort("local_date")
    printed = (share["value"] * 100).round(9).round(decimals, mode="half_away_from_zero") / 100
    return shape.with_columns(value=printed)


def test_within_or_below_sixty_seconds_is_settled_by_the_data(simulated: pl.DataFrame) -> None:
    report = published(simulated)
    strict = clauses(threshold_s=60.0, inclusive=False)
    found = reconcile("v", report, evidence(simulated, strict))
    (why,) = found.explanations["service_level", "day"]
    within = ServiceLevelDefinition("abandon_negative", 60.0).id
    assert found.ledger.height == why.periods == why.fits == 261
    assert within == why.definition
    # 33 calls waited exactly 60 s, on 32 days: on those, and only there, "below" does not give the printed figure.
    exact = simulated.filter(pl.col("wait_s") == 60)
    assert exact.height == 33
    differs = found.ledger.filter(pl.col("verdict") == "differs")
    assert set(differs["period_start"]) == set(exact["local_date"])
    assert why.telling == differs.height
    assert (differs["definition"] < 0).all()
    # Nobody abandons: variants that treat abandons differently can't be told apart, and are all named or tie.
    assert {one.split("/")[0] for one in why.ties} & {"service_level.answered_only", "service_level.abandon_positive"}


def test_agreed_terms_leave_nothing_to_explain(simulated: pl.DataFrame) -> None:
    found = reconcile("v", published(simulated), evidence(simulated, clauses(threshold_s=60.0)))
    assert found.ledger["verdict"].value_counts().rows() == [("agrees", 261)]


def test_waits_taken_from_a_clock_that_rounds_differ_by_rounding_and_nothing_else(simulated: pl.DataFrame) -> None:
    """1,571 waits are a second off when they are taken from the clock times; 10 calls change sides of the limit."""
    ours = simulated.with_columns(wait_s="clock_wait_s")
    off = simulated.filter((pl.col("clock_wait_s") <= 60) != (pl.col("wait_s") <= 60))
    assert off.height == 10
    found = reconcile("v", published(simulated), evidence(ours, clauses(threshold_s=60.0)))
    differs = found.ledger.filter(pl.col("verdict") == "differs")
    assert set(differs["period_start"]) == set(off["local_date"])
    assert (differs["rounding"] == differs["difference"]).all()
    assert set(differs["explained_by"]) == {"terms/waits_in_whole_seconds"}
    assert list(reconciliation_findings(found.ledger, found)) == []
