"""Monthly returns of 46 providers: many vendors in one file, a column per figure, two ways to write a duration."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.answers.reconcile import reconciled
from pipelines.intake.delivery import take_in
from pipelines.measures.definitions.service_level import ServiceLevelDefinition, service_level
from pipelines.measures.funnel import funnel
from pipelines.workspace import customer_key
from tests.real.loading import Load, Loaded

FILE = "data/nhs111_mds_2015/NHS_Calls.csv"
DURATIONS = ("warm_transfer_s", "episode_s")
OF_ANSWERED = ServiceLevelDefinition(variant="answered_only", threshold_s=60)
OF_OFFERED = ServiceLevelDefinition(variant="abandon_negative", threshold_s=60)


@pytest.fixture(scope="module")
def loaded(load: Load, shared: Path) -> Loaded:
    return load("nhs111", {"111AD9/returns.csv": shared / FILE})


@pytest.fixture(scope="module")
def returns(loaded: Loaded) -> pl.DataFrame:
    """One row per provider and month, a column per reported figure."""
    return loaded.rows("sla_reports").pivot(on="metric", index=["vendor_code", "local_date"], values="value")


def national(returns: pl.DataFrame, month: date | None = None) -> dict[str, float]:
    rows = returns if month is None else returns.filter(pl.col("local_date") == month)
    return rows.select(pl.all().exclude("vendor_code", "local_date")).sum().row(0, named=True)


def test_every_figure_is_a_row(loaded: Loaded, returns: pl.DataFrame) -> None:
    delivery = loaded.of("monthly_return")
    assert delivery["records_read"] == returns.height == 534
    assert delivery["rows_read"] == delivery["rows_loaded"] == 534 * 11
    assert returns["vendor_code"].n_unique() == 46


def test_months_written_as_apr_15(loaded: Loaded, returns: pl.DataFrame) -> None:
    assert returns["local_date"].unique().sort().to_list() == [
        *(date(2015, month, 1) for month in range(4, 13)),
        *(date(2016, month, 1) for month in range(1, 4)),
    ]
    rows = loaded.rows("sla_reports").filter(pl.col("local_date") == date(2016, 3, 1))
    # Midnight in London is an hour earlier in UTC once the clocks have gone forward.
    assert set(rows["period_start_at"]) == {datetime(2016, 3, 1, tzinfo=UTC)}
    assert set(rows["period_end_at"]) == {datetime(2016, 3, 31, 23, tzinfo=UTC)}


def test_durations_of_march_2016_are_day_fractions(returns: pl.DataFrame) -> None:
    """The column that the repository's author derived reads 14.575 minutes in all of these rows: it hides them."""
    march = returns.filter(pl.col("local_date") == date(2016, 3, 1))
    assert march.height == 44
    assert march.select(pl.sum_horizontal(pl.col(name).is_not_null().sum() for name in DURATIONS)).item() == 88
    assert march["episode_s"].is_between(300, 2_400).all()
    assert (march["episode_s"] - 0.011597222 * 86_400).abs().min() < 1e-6
    assert march["episode_s"].n_unique() > 30
    april = returns.filter((pl.col("local_date") == date(2015, 4, 1)) & (pl.col("vendor_code") == "111AA1"))
    assert april.select(DURATIONS).row(0) == (61, 653)


def test_without_a_declared_unit_the_88_values_are_rejected_with_their_cell(loaded: Loaded, shared: Path) -> None:
    workspace, feed = loaded.workspace, loaded.workspace.feeds["monthly_return"]
    texts = {name: feed.columns[name].model_copy(update={"unit": "text"}) for name in DURATIONS}
    strict = feed.model_copy(update={"columns": feed.columns | texts})
    with take_in(shared / FILE, strict, workspace, customer_key(workspace), datetime.now(UTC)) as intake:
        batches = list(intake.batches)
    rejects = pl.concat(batch.rejects for batch in batches)
    rows = pl.concat(batch.rows for batch in batches)
    assert rejects.height == sum(batch.rows_rejected for batch in batches) == 88
    assert set(rejects["column"]) == set(DURATIONS)
    assert set(rejects["reason"]) == {"a number without a unit: the mapping must declare it"}
    assert "0.011597222" in rejects["raw_value"].to_list()
    assert rows.height == 534 * 11 - 88
    read = rows.filter(pl.col("metric").is_in(DURATIONS))
    assert read["local_date"].max() == date(2016, 2, 1)
    assert read["value"].null_count() == 0


def test_offered_is_not_always_answered_plus_abandoned(returns: pl.DataFrame) -> None:
    off = returns.with_columns(more=pl.col("offered") - pl.col("answered") - pl.col("abandoned"))
    assert off.filter(pl.col("more") == 0).height == 203
    assert off.filter(pl.col("more") > 0).height == 328
    assert off["more"].sum() == 589_183
    assert (off["more"] / off["offered"]).max() == pytest.approx(0.252, abs=5e-4)
    impossible = off.filter(pl.col("more") < 0).sort("more").select("vendor_code", "local_date", "more")
    assert impossible.rows() == [
        ("111AD6", date(2015, 4, 1), -10),
        ("111AD8", date(2016, 3, 1), -5),
        ("111AD6", date(2016, 1, 1), -3),
    ]
    assert returns.filter(pl.col("triaged") > pl.col("answered")).height == 10


def test_which_definition_the_published_rate_follows(returns: pl.DataFrame) -> None:
    rates = service_level(returns, OF_ANSWERED, ["vendor_code", "local_date"])
    joined = returns.join(rates, on=["vendor_code", "local_date"])
    assert ((joined["service_level"] - joined["value"]).abs() < 1e-9).all()
    assert service_level(returns, OF_ANSWERED)["value"].item() == pytest.approx(0.8781, abs=5e-5)
    offered = returns.with_columns(answered=pl.col("offered"))  # the calls that were offered as the denominator
    assert service_level(offered, OF_ANSWERED)["value"].item() == pytest.approx(0.8137, abs=5e-5)


def test_shares_follow_from_the_counts_beside_them_and_no_more_is_verified(loaded: Loaded) -> None:
    """The published rate of every provider and month, in the ledger: from its own counts, as the sender says it is."""
    ledger = reconciled(loaded.workspace, loaded.reader).ledger.filter(pl.col("reported").is_not_null())
    levels = ledger.filter(pl.col("metric") == "service_level")
    assert levels.select("verdict", "basis", "definition_id").unique().rows() == [
        ("agrees", "printed_counts", "service_level.answered_only/<=60s")
    ]
    assert levels.height == 534
    assert (levels["numerator"].sum(), levels["denominator"].sum()) == (11_423_835, 13_009_408)
    others = ledger.filter(pl.col("metric") != "service_level")
    assert set(others["verdict"]) == {"not_verifiable"}
    assert set(others["reason"]) == {"no_contacts", "no_source"}


def test_mean_of_the_months_is_another_figure(returns: pl.DataFrame) -> None:
    every = ServiceLevelDefinition(variant="answered_only", threshold_s=60, aggregation="mean_of_intervals")
    assert service_level(returns, every)["value"].item() == pytest.approx(0.9028, abs=5e-5)


def test_abandon_rate(returns: pl.DataFrame) -> None:
    sums = national(returns)
    assert (sums["abandoned"], sums["offered"]) == (440_988, 14_039_579)
    assert sums["abandoned"] / sums["offered"] == pytest.approx(0.0314, abs=5e-5)
    months = {(2015, 6): 0.0134, (2015, 9): 0.0140, (2016, 1): 0.0452, (2016, 3): 0.0840}
    for (year, month), rate in months.items():
        part = national(returns, date(year, month, 1))
        assert part["abandoned"] / part["offered"] == pytest.approx(rate, abs=5e-5)


def test_service_level_over_the_year(returns: pl.DataFrame) -> None:
    by_month = dict(service_level(returns, OF_ANSWERED, ["local_date"]).select("local_date", "value").iter_rows())
    expected = {(2015, 6): 0.9414, (2015, 9): 0.9137, (2016, 1): 0.8223, (2016, 3): 0.7068}
    for (year, month), rate in expected.items():
        assert by_month[date(year, month, 1)] == pytest.approx(rate, abs=5e-5)


def test_providers_ranked(returns: pl.DataFrame) -> None:
    rates = service_level(returns, OF_ANSWERED, ["vendor_code"]).sort("value")
    assert rates["vendor_code"].to_list()[:3] == ["111AF8", "111AF2", "111AF1"]
    assert rates["vendor_code"].to_list()[-1] == "111AF6"
    assert rates["value"].to_list()[:3] == pytest.approx([0.6435, 0.6824, 0.6868], abs=5e-5)
    assert rates["value"].to_list()[-1] == pytest.approx(0.9683, abs=5e-5)
    months = service_level(returns, OF_ANSWERED, ["vendor_code", "local_date"]).sort("value")
    assert months.row(0)[:2] == ("111AE4", date(2016, 3, 1))
    assert months["value"][0] == pytest.approx(0.4726, abs=5e-5)
    abandons = returns.with_columns(rate=pl.col("abandoned") / pl.col("offered")).sort("rate", descending=True)
    assert abandons.row(0)[:2] == ("111AF8", date(2016, 3, 1))
    assert abandons["rate"][0] == pytest.approx(0.2290, abs=5e-5)


def test_funnel_of_providers_is_widened_for_what_they_all_share(returns: pl.DataFrame) -> None:
    rates = service_level(returns, OF_ANSWERED, ["vendor_code"])
    found = funnel(rates["vendor_code"].to_list(), rates["numerator"], rates["denominator"])
    assert found.centre == pytest.approx(0.8781, abs=5e-5)
    assert found.phi > 100  # providers differ by far more than the luck of single calls
    assert found.units.filter(pl.col("plain_verdict") == "inside").height < 10
    assert found.units.filter(pl.col("verdict") == "inside").height > 35


def test_odd_months_are_there_to_be_found(returns: pl.DataFrame) -> None:
    no_abandons = returns.filter(pl.col("abandoned") == 0).select("vendor_code", "local_date", "offered")
    assert no_abandons.rows() == [("111AB3", date(2015, 7, 1), 4_886)]
    perfect = returns.filter(pl.col("answered_in_threshold") == pl.col("answered"))
    assert perfect.select("vendor_code", "local_date", "answered").rows() == [("111AF3", date(2015, 5, 1), 6_188)]


def test_costs_that_never_change_are_imputed(returns: pl.DataFrame) -> None:
    for metric, constant in (("call_handler_cost", 7_921.0), ("clinical_cost", 4_826.0)):
        vary = returns.filter(pl.col(metric) != constant)
        assert set(vary["vendor_code"]) == {"111AA6"}
        assert vary.height == 12


def test_a_reorganisation_is_not_silence(loaded: Loaded, returns: pl.DataFrame) -> None:
    months = dict(returns["vendor_code"].value_counts().iter_rows())
    assert 46 * 12 - returns.height == 18
    assert {code for code, count in months.items() if count == 6} == {"111AF5", "111AF6", "111AF8"}
    vendors = loaded.workspace.vendors
    for code, count in months.items():
        first, last = vendors[code].started_on or date(2015, 4, 1), vendors[code].ended_on or date(2016, 3, 31)
        assert (last.year - first.year) * 12 + last.month - first.month + 1 == count
    assert loaded.reader.frame("findings").filter(pl.col("kind").str.contains("missing|gap|silence")).is_empty()


def test_what_is_found_and_what_is_not(loaded: Loaded, returns: pl.DataFrame) -> None:
    """Found: three returns with more answered and abandoned than offered; the two costs that are the same on every line
    of 45 providers, each told once, of nobody.

    Deliberately not found: providers that were there for part of the year (North West and Blackpool became one in
    October 2015): a beginning and an end are no gap. Offered exceeds answered and abandoned in 328 returns: calls may
    end in between (transfers, short abandons), so that is no contradiction.
    """
    found = loaded.reader.frame("findings").filter(pl.col("kind") != "not_verifiable")
    broken = found.filter(pl.col("kind") == "identity_violated").sort("vendor", "period_start")
    assert broken.select("vendor", "period_start").rows() == [
        ("111AD6", date(2015, 4, 1)), ("111AD6", date(2016, 1, 1)), ("111AD8", date(2016, 3, 1)),
    ]  # fmt: skip
    shared = found.filter(pl.col("kind") == "constant_values").sort("metric")
    assert shared.select("vendor", "metric", "severity").rows() == [
        (None, "call_handler_cost", "info"), (None, "clinical_cost", "info"),
    ]  # fmt: skip
    for row in shared.iter_rows(named=True):
        vendors = json.loads(row["evidence"])["vendors"]
        full = returns.group_by("vendor_code").len().filter(pl.col("len") == 12)["vendor_code"]
        assert set(vendors) == set(full) - {"111AA6"}
    assert set(found["kind"]) == {"identity_violated", "constant_values"}
