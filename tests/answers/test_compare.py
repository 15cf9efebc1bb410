"""Like for like: the planted reversal is found, equals are called equal, what has no counterpart is not compared."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.answers.compare import COMPARED, STRATA, compare, compare_queues
from pipelines.answers.league import LEAGUE, site_league
from pipelines.workspace import Workspace

from .conftest import FakeReader, company

WEEK = date(2026, 3, 2)
FIRST = WEEK - timedelta(weeks=12)
DAYS = 91
COUNTS = (
    "offered", "answered", "abandoned", "waits_known", "handle_known", "transferred", "transfer_known",
    "repeat_eligible", "repeated", "csat_answers", "csat_satisfied", "nps_promoters", "nps_passives", "nps_detractors",
    "refunded",
)  # fmt: skip
SUMS = ("wait_s", "wait_sq", "handle_s", "handle_sq")


def cell(vendor: str, day: int, queue: str = "billing", reason: str | None = "easy", **counts: float) -> dict[str, Any]:
    keys = {"vendor_code": vendor, "site_code": None, "queue_code": queue, "channel": "voice", "language": "fr",
            "reason_code": reason, "segment": None, "hour_band": 3,
            "local_date": FIRST + timedelta(days=day)}  # fmt: skip
    return keys | dict.fromkeys(COUNTS, 0) | dict.fromkeys(SUMS, 0.0) | counts


def strata(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides={
        "site_code": pl.String, "segment": pl.String, "reason_code": pl.String,
        **dict.fromkeys(COUNTS, pl.Int64), **dict.fromkeys(SUMS, pl.Float64),
    })  # fmt: skip


def service(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Service-level counts under 20 s from cells with ``in_time``."""
    held = [
        {name: row[name] for name in ("vendor_code", "site_code", "queue_code", "channel", "language", "reason_code",
                                      "segment", "hour_band", "local_date", "offered", "answered", "abandoned")}
        | {"threshold_s": row.get("threshold_s", 20.0), "inclusive": True, "clock_start": "queue_entry",
           "short_abandon_s": None, "answered_in_threshold": row.get("in_time", row["answered"]),
           "abandoned_in_threshold": 0, "short_abandoned": None, "flow_outs": 0, "callbacks": 0,
           "callbacks_in_threshold": 0, "voicemail": 0, "closed": 0}
        for row in rows
    ]  # fmt: skip
    return pl.DataFrame(held, schema_overrides={
        "site_code": pl.String, "segment": pl.String, "short_abandon_s": pl.Float64, "short_abandoned": pl.Int64,
        "reason_code": pl.String,
    })  # fmt: skip


def reader(rows: list[dict[str, Any]]) -> FakeReader:
    return FakeReader({"window_strata": strata(rows), "window_strata_service": service(rows)})


def _csat(
    draws: np.random.Generator, vendor: str, mix: dict[str, int], chances: dict[str, float]
) -> list[dict[str, Any]]:
    rows = []
    for day in range(DAYS):
        for reason, n in mix.items():
            satisfied = int(draws.binomial(n, chances[reason]))
            rows.append(
                cell(vendor, day, reason=reason, csat_answers=n, csat_satisfied=satisfied, offered=n, answered=n)
            )
    return rows


EASY_HARD = {"easy": 0.9, "hard": 0.55}
BETTER = {"easy": 0.96, "hard": 0.65}


def test_a_vendor_that_looks_worse_and_is_better_is_told_so(workspace: Workspace) -> None:
    draws = np.random.default_rng(1)
    rows = _csat(draws, "home", {"easy": 16, "hard": 4}, EASY_HARD) + _csat(
        draws, "away", {"easy": 5, "hard": 15}, BETTER
    )
    found = compare(workspace, reader(rows), WEEK)
    row = found.rows.row(by_predicate=pl.col("metric") == "csat", named=True)
    assert row["verdict"] == "better"
    assert row["crude"] < -0.05
    assert row["gap_low"] < 0.09 < row["gap_high"]
    assert row["reversal"]
    assert row["strata_lead"]
    assert row["crude"] == pytest.approx(row["contacts"] + row["gap"])
    assert row["contacts"] == pytest.approx(row["mix"] + row["not_compared"])
    kinds = found.strata.filter((pl.col("metric") == "csat") & (pl.col("vendor") == "away"))
    assert kinds["stratum"].to_list()[0] == ["queue_code=billing", "language=fr", "reason_code=hard"]
    assert kinds["performance"].sum() == pytest.approx(row["gap"])
    assert (found.first_day, found.last_day) == (FIRST, WEEK + timedelta(days=6))


def test_equals_are_called_alike_and_too_few_contacts_too_little(workspace: Workspace) -> None:
    draws = np.random.default_rng(2)
    mix = {"easy": 120, "hard": 60}
    rows = _csat(draws, "home", mix, EASY_HARD) + _csat(draws, "away", mix, EASY_HARD)
    rows += [cell("abroad", day, csat_answers=1, csat_satisfied=day % 2, offered=1, answered=1) for day in range(40)]
    verdicts = dict(
        compare(workspace, reader(rows), WEEK, metrics=["csat"]).rows.select("vendor", "verdict").iter_rows()
    )
    assert verdicts["away"] == "equal"
    assert verdicts["abroad"] in {"worse", "too_little_data"}
    few = [row for row in rows if row["vendor_code"] != "abroad"] + [
        cell("abroad", 1, csat_answers=8, csat_satisfied=2, offered=8, answered=8)
    ]
    told = compare(workspace, reader(few), WEEK, metrics=["csat"]).rows.filter(pl.col("vendor") == "abroad")
    assert told["verdict"].to_list() == ["too_little_data"]


def test_work_that_only_the_vendor_does_is_not_compared(workspace: Workspace) -> None:
    draws = np.random.default_rng(3)
    rows = _csat(draws, "home", {"easy": 20}, EASY_HARD) + _csat(draws, "away", {"easy": 4, "hard": 16}, EASY_HARD)
    row = compare(workspace, reader(rows), WEEK, metrics=["csat"]).rows.row(0, named=True)
    assert row["verdict"] == "not_comparable"
    assert row["support"] == pytest.approx(0.2)


def test_a_field_that_too_few_contacts_state_matches_nothing(workspace: Workspace) -> None:
    draws = np.random.default_rng(4)
    rows = _csat(draws, "home", {"easy": 20}, EASY_HARD)
    rows += [row | {"reason_code": None} for row in _csat(draws, "away", {"easy": 20}, EASY_HARD)]
    row = compare(workspace, reader(rows), WEEK, metrics=["csat"]).rows.row(0, named=True)
    assert row["not_known"] == ["reason_code"]
    assert row["strata_used"] == ["queue_code", "language"]
    assert row["support"] == 1.0


def test_in_house_is_counted_as_the_vendors_clause_counts(tmp_path: Path) -> None:
    workspace = company(tmp_path)
    held = workspace.terms["away"][0]
    slow = held.clauses[0].model_copy(update={"threshold_s": 120.0})
    workspace.terms["away"] = [held.model_copy(update={"clauses": [slow]})]
    rows = []
    for day in range(DAYS):
        counts = {"offered": 40, "answered": 36, "abandoned": 4}
        rows += [cell("away", day, **counts, in_time=34, threshold_s=120.0)]
        rows += [cell("home", day, **counts, in_time=28), cell("home", day, **counts, in_time=34, threshold_s=120.0)]
    found = compare(workspace, reader(rows), WEEK, metrics=["service_level"]).rows.row(0, named=True)
    assert found["baseline_value"] == pytest.approx(34 / 40)
    assert found["gap"] == pytest.approx(0.0)
    assert "120s" in found["definition_id"]


def test_refunds_that_nobody_sent_are_not_known(workspace: Workspace) -> None:
    rows = [cell(vendor, day, offered=10, answered=10, refunded=int(vendor == "home")) for vendor in ("home", "away")
            for day in range(DAYS)]  # fmt: skip
    assert compare(workspace, reader(rows), WEEK, metrics=["refund_rate"]).rows.is_empty()
    per_order = workspace.settings.model_copy(update={"refund_denominator": "orders"})
    object.__setattr__(workspace, "settings", per_order)
    assert "refund_rate" not in compare(workspace, reader(rows), WEEK).rows["metric"].to_list()


def test_nps_is_in_points_and_handle_time_is_higher_not_worse(workspace: Workspace) -> None:
    rows = []
    for vendor, up, seconds in (("home", 6, 300.0), ("away", 3, 400.0)):
        counts = {"answered": 20, "handle_known": 20, "handle_s": 20 * seconds, "handle_sq": 20 * (seconds**2 + 900)}
        nps = {"nps_promoters": up, "nps_passives": 3, "nps_detractors": 10 - up - 3}
        rows += [cell(vendor, day, offered=20, **counts, **nps) for day in range(DAYS)]
    found = compare(workspace, reader(rows), WEEK, metrics=["nps", "aht_s"])
    nps = found.rows.row(by_predicate=pl.col("metric") == "nps", named=True)
    assert (nps["value"], nps["baseline_value"], nps["gap"]) == pytest.approx((-10.0, 50.0, -60.0))
    assert nps["verdict"] == "worse"
    assert found.strata.filter(pl.col("metric") == "nps")["difference"].to_list() == pytest.approx([-60.0])
    aht = found.rows.row(by_predicate=pl.col("metric") == "aht_s", named=True)
    assert (aht["gap"], aht["verdict"]) == (pytest.approx(100.0), "higher")


def test_without_a_baseline_or_contacts_there_is_nothing(workspace: Workspace, tmp_path: Path) -> None:
    nobody = reader([cell("home", 0, offered=1, answered=1)])
    empty = compare(workspace, nobody, WEEK)
    assert empty.rows.schema == pl.Schema(COMPARED)
    assert empty.rows.is_empty()
    assert empty.strata.schema == pl.Schema(STRATA)
    alone = compare(company(tmp_path, baseline_vendor=None), nobody, WEEK)
    assert alone.baseline is None
    assert alone.rows.is_empty()


def test_queue_by_queue_compares_the_same_work(workspace: Workspace) -> None:
    rows = [cell(vendor, day, queue=queue, offered=20, answered=20, csat_answers=20,
                 csat_satisfied=(17 + day % 2 if queue == "billing" else 8 + day % 2) - (vendor == "away") * 3)
            for vendor in ("home", "away") for queue in ("billing", "delivery") for day in range(DAYS)]  # fmt: skip
    told = compare_queues(workspace, reader(rows), WEEK, metrics=["csat"]).sort("queue")
    assert told["queue"].to_list() == ["billing", "delivery"]
    assert told["verdict"].to_list() == ["worse", "worse"]
    assert told["gap"].to_list() == pytest.approx([-0.15, -0.15])
    assert told["mix"].to_list() == pytest.approx([0.0, 0.0])


def test_queues_restrict_both_sides(workspace: Workspace) -> None:
    rows = [cell(vendor, day, queue=queue, offered=20, answered=20, csat_answers=20,
                 csat_satisfied=18 if queue == "billing" else 8)
            for vendor in ("home", "away") for queue in ("billing", "delivery") for day in range(DAYS)]  # fmt: skip
    found = compare(workspace, reader(rows), WEEK, queues=["billing"], metrics=["csat"]).rows.row(0, named=True)
    assert found["value"] == pytest.approx(0.9)
    assert found["baseline_value"] == pytest.approx(0.9)


def test_the_league_finds_who_is_outside_and_calls_ties_ties(workspace: Workspace) -> None:
    draws = np.random.default_rng(6)
    rows = []
    for site in range(12):
        for day in range(DAYS):
            n = 8 + site
            chance = 0.55 if site == 11 else 0.85
            made = cell("away", day, csat_answers=n, csat_satisfied=int(draws.binomial(n, chance)))
            rows.append(made | {"site_code": f"s{site:02d}"})
    found = site_league(workspace, reader(rows), WEEK, "csat")
    assert found.rows.schema == pl.Schema(LEAGUE)
    last = found.rows.row(-1, named=True)
    assert (last["site"], last["verdict"], last["rank_low"]) == ("s11", "outside_low", 12)
    others = found.rows.filter(pl.col("site") != "s11")
    assert (others["verdict"] == "inside").all()
    assert (others["ties"] >= 5).all()
    assert not found.few_units


def test_a_league_of_means_has_places_and_no_funnel(workspace: Workspace) -> None:
    rows = [cell(vendor, day, waits_known=10, wait_s=10 * wait + day % 3, wait_sq=10 * wait**2 + 500)
            for vendor, wait in (("home", 20.0), ("away", 60.0)) for day in range(DAYS)]  # fmt: skip
    found = site_league(workspace, reader(rows), WEEK, "asa_s")
    assert found.centre is None
    assert found.rows["vendor"].to_list() == ["home", "away"]
    assert found.rows["rank_high"].to_list() == [1, 2]
    assert site_league(workspace, reader(rows), WEEK, "csat").rows.is_empty()
