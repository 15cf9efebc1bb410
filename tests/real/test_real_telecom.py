"""A telephony provider's daily aggregates: duplicates, missing operators, dates with their own offset."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.intake.delivery import take_in
from pipelines.workspace import customer_key
from tests.real.loading import Load, Loaded

FILE = "data/callmemaybe_telecom/telecom_dataset_us.csv"
MISSED = pl.col("outcome") == "abandoned_queue"
INBOUND = pl.col("direction") == "inbound"


@pytest.fixture(scope="module")
def loaded(load: Load, shared: Path) -> Loaded:
    return load("telecom_aggregates", {"own_team/aggregates.csv": shared / FILE})


@pytest.fixture(scope="module")
def counts(loaded: Loaded) -> pl.DataFrame:
    return loaded.rows("contact_counts").with_columns(client=pl.col("scope_id").str.split("/").list.first())


@pytest.fixture(scope="module")
def as_sent(loaded: Loaded, shared: Path) -> pl.DataFrame:
    """The rows as mapped, repetitions included."""
    workspace = loaded.workspace
    received = datetime(2019, 12, 1, tzinfo=UTC)
    with take_in(
        shared / FILE, workspace.feeds["daily_counts"], workspace, customer_key(workspace), received
    ) as intake:
        return pl.concat(batch.rows for batch in intake.batches)


def missed_share(rows: pl.DataFrame) -> float:
    calls = rows.filter(INBOUND).select(pl.col("contacts").filter(MISSED).sum() / pl.col("contacts").sum())
    return float(calls.item())


def test_row_accounting(loaded: Loaded) -> None:
    delivery = loaded.of("daily_counts")
    assert delivery["rows_read"] == 53_902
    assert delivery["rows_loaded"] == 49_002
    assert delivery["rows_duplicate"] == 4_900


def test_every_duplicate_opens_to_its_line_and_the_line_that_it_repeats(loaded: Loaded) -> None:
    rows = loaded.reader.frame(
        "delivery_dispositions",
        delivery_id=loaded.of("daily_counts")["delivery_id"],
        disposition="duplicate",
        most=10_000,
    )
    assert rows.height == 4_900
    assert rows["source_row"].n_unique() == 4_900


def test_duplicates_change_the_figures(as_sent: pl.DataFrame, counts: pl.DataFrame) -> None:
    assert as_sent.filter(INBOUND)["contacts"].sum() == 216_863
    assert counts.filter(INBOUND)["contacts"].sum() == 197_845
    assert as_sent["contacts"].sum() == 886_755
    assert counts["contacts"].sum() == 806_709
    assert missed_share(as_sent) == pytest.approx(0.5232, abs=5e-5)
    assert missed_share(counts) == pytest.approx(0.5273, abs=5e-5)


def test_waits_and_talk_of_answered_inbound_calls(counts: pl.DataFrame) -> None:
    sums = counts.filter(INBOUND & ~MISSED).select("contacts", "wait_s", "talk_s").sum()
    assert sums["wait_s"].item() / sums["contacts"].item() == pytest.approx(13.03, abs=5e-3)
    assert sums["talk_s"].item() / sums["contacts"].item() == pytest.approx(105.0, abs=5e-2)
    assert counts["wait_s"].min() == 0


def test_marts_count_what_customers_called_and_staff_did_not(loaded: Loaded, counts: pl.DataFrame) -> None:
    external = counts.filter(INBOUND & pl.col("internal").not_().fill_null(True))
    marts = loaded.days("week_counts").sum()
    assert marts["offered"].item() == external["contacts"].sum()
    assert marts["abandoned"].item() == external.filter(MISSED)["contacts"].sum()
    assert marts["offered_without_clause"].item() == marts["offered"].item()  # no service level without single calls


def test_local_dates_are_those_of_the_files_own_offset(counts: pl.DataFrame) -> None:
    days = counts["local_date"].unique().sort()
    assert (days[0], days[-1], len(days)) == (date(2019, 8, 2), date(2019, 11, 28), 119)


def test_who_is_not_known_stays_unknown(as_sent: pl.DataFrame, counts: pl.DataFrame) -> None:
    nobody = as_sent.filter(pl.col("agent_ref").is_null())
    found = {key: len(part) for key, part in nobody.group_by("direction", "outcome")}
    assert found == {
        ("inbound", "abandoned_queue"): 7_899,
        ("inbound", "answered"): 73,
        ("outbound", "abandoned_queue"): 151,
        ("outbound", "answered"): 49,
    }
    assert as_sent["internal"].null_count() == 117
    assert counts["agent_ref"].n_unique() - 1 == 1_092
    assert as_sent.filter(MISSED & (pl.col("talk_s") > 0)).height == 325
    assert counts.filter(MISSED & (pl.col("talk_s") > 0)).height == 296


def test_spread_over_clients(counts: pl.DataFrame) -> None:
    clients = (
        counts.filter(INBOUND)
        .group_by("client")
        .agg(calls=pl.col("contacts").sum(), missed=pl.col("contacts").filter(MISSED).sum())
        .filter(pl.col("calls") >= 100)
        .with_columns(share=pl.col("missed") / pl.col("calls"))
    )
    assert counts["client"].n_unique() == 307
    assert clients.height == 143
    assert clients["share"].min() == pytest.approx(0.011, abs=5e-4)
    assert clients["share"].median() == pytest.approx(0.409, abs=5e-4)
    assert clients.filter(pl.col("share") == 1)["missed"].max() == 17_981


def test_what_is_found_and_what_is_not(loaded: Loaded) -> None:
    """Found: the rows that repeat others, and calls that nobody answered with talk time (296 lines, each counted once).

    Deliberately not found: lines without an operator. A missed call has none by nature (7,899 of 8,172), and the
    mapping does not promise one for the others; they stay unknown, and are counted as such.
    """
    found = loaded.reader.frame("findings")
    repeated = found.filter(pl.col("kind") == "duplicate_rows")
    assert repeated.select("severity", "observed").rows() == [("warning", "4900 of 53902 rows")]
    talked = found.filter(pl.col("kind") == "impossible_duration").sort("vendor")
    assert talked["observed"].to_list() == ["103 of 6379 lines", "44 of 6637 lines", "149 of 8437 lines"]
    assert set(found["kind"]) <= {"duplicate_rows", "impossible_duration", "not_verifiable"}
