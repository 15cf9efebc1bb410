"""The simulated call centre: service level whose truth is known exactly."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.measures.definitions.service_level import ServiceLevelDefinition, service_level
from pipelines.measures.definitions.thresholds import count_contacts, histogram_counts
from tests.real.loading import Load, Loaded

WITHIN_60 = ServiceLevelDefinition(threshold_s=60)
BELOW_60 = ServiceLevelDefinition(threshold_s=60, inclusive=False)


@pytest.fixture(scope="module")
def loaded(load: Load, shared: Path) -> Loaded:
    return load(
        "simulated_callcentre", {"alpha/calls.csv": shared / "data/simulated_callcentre/simulated_call_centre.csv"}
    )


def in_histogram(loaded: Loaded, definition: ServiceLevelDefinition) -> pl.DataFrame:
    """Counts of each day, answered from the histogram of waits in the warehouse."""
    waits = loaded.days("week_waits").rename({"week": "local_date"})
    totals = loaded.days("week_counts").rename({"week": "local_date"})
    within = histogram_counts(waits, definition, ["local_date"])
    return totals.select("local_date", "offered", "answered", "abandoned").join(within, on="local_date")


def by_day(loaded: Loaded, definition: ServiceLevelDefinition = WITHIN_60) -> pl.DataFrame:
    return count_contacts(loaded.rows("contacts"), definition, ["local_date"])


def test_every_row_is_a_contact(loaded: Loaded) -> None:
    delivery = loaded.of("calls")
    assert delivery["rows_read"] == delivery["rows_loaded"] == 51_708
    assert delivery["status"] == "accepted"


def test_twelve_hour_clock(loaded: Loaded) -> None:
    first = loaded.rows("contacts").filter(pl.col("leg_id") == "1").row(0, named=True)
    assert f"{first['queued_at']:%Y-%m-%d %H:%M:%S}" == "2021-01-01 08:00:00"
    assert f"{first['ended_at']:%Y-%m-%d %H:%M:%S}" == "2021-01-01 08:14:22"
    assert loaded.rows("contacts")["local_minute"].is_between(8 * 60, 18 * 60 - 1).all()


def test_service_level_of_the_year(loaded: Loaded) -> None:
    row = service_level(by_day(loaded), WITHIN_60).row(0, named=True)
    assert (row["numerator"], row["denominator"]) == (47_481, 51_708)
    assert row["value"] == pytest.approx(0.91825, abs=5e-6)


def test_histogram_gives_the_same_counts_on_both_sides_of_the_limit(loaded: Loaded) -> None:
    for definition, within, share in ((WITHIN_60, 47_481, 0.91825), (BELOW_60, 47_448, 0.91761)):
        row = service_level(in_histogram(loaded, definition), definition).row(0, named=True)
        assert row["numerator"] == within
        assert row["value"] == pytest.approx(share, abs=5e-6)
        assert service_level(by_day(loaded, definition), definition)["numerator"].item() == within


def test_clause_in_force_is_counted_in_the_marts(loaded: Loaded) -> None:
    counts = loaded.days("week_counts")
    assert counts["answered_in_threshold"].sum() == 47_481
    assert counts["offered_without_clause"].sum() == 0


def test_senders_own_flag_is_the_limit_of_60_seconds(loaded: Loaded) -> None:
    rows = loaded.rows("contacts")
    assert (rows["vendor_in_service_level"] == (rows["wait_s"] <= 60)).all()


def test_clock_times_and_durations_differ_by_rounding_only(loaded: Loaded) -> None:
    rows = loaded.rows("contacts").with_columns(clock=(pl.col("answered_at") - pl.col("queued_at")).dt.total_seconds())
    off = rows.filter(pl.col("clock") != pl.col("wait_s"))
    assert off.height == 1_571
    assert ((off["clock"] - off["wait_s"]).abs() == 1).all()
    assert rows.filter((pl.col("clock") <= 60) != (pl.col("wait_s") <= 60)).height == 10
    assert rows.filter(pl.col("clock") <= 60).height == 47_479


def test_mean_of_days_is_another_figure(loaded: Loaded) -> None:
    days = ServiceLevelDefinition(threshold_s=60, aggregation="mean_of_days")
    assert service_level(by_day(loaded), days)["value"].item() == pytest.approx(0.9288, abs=5e-5)


def test_waits_and_talk_times(loaded: Loaded) -> None:
    sums = loaded.days("week_counts").sum()
    assert sums["wait_answered_s"].item() / sums["waits_known_answered"].item() == pytest.approx(17.03, abs=5e-3)
    assert sums["talk_s"].item() / sums["answered"].item() == pytest.approx(299.10, abs=5e-3)
    assert loaded.days("week_counts")["wait_max_s"].max() == 983
    assert loaded.rows("contacts").filter(pl.col("talk_s") == 0).height == 88


def test_months_and_days_below_target(loaded: Loaded) -> None:
    counts = by_day(loaded)
    months = service_level(counts.with_columns(month=pl.col("local_date").dt.month()), WITHIN_60, ["month"])
    shares = dict(months.select("month", "value").iter_rows())
    assert (shares[1], shares[6], shares[12]) == (
        pytest.approx(0.9747, abs=5e-5),
        pytest.approx(0.9501, abs=5e-5),
        pytest.approx(0.8345, abs=5e-5),
    )
    days = service_level(counts, WITHIN_60, ["local_date"])
    assert days.height == 261
    assert days.filter(pl.col("value") < 0.8).height == 9
    assert days.filter(pl.col("value") < 0.9).height == 68
    worst = days.sort("value").row(0, named=True)
    assert (worst["local_date"], worst["denominator"]) == (date(2021, 12, 10), 297)
    assert worst["value"] == pytest.approx(0.6902, abs=5e-5)


def test_weekends_are_closed_and_not_gaps(loaded: Loaded) -> None:
    assert loaded.days("day_coverage")["local_date"].dt.weekday().max() == 5
    assert loaded.reader.frame("findings").filter(pl.col("kind").str.contains("gap|missing|silence")).is_empty()
