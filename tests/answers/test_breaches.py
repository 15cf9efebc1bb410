"""Breaches of the example workspace: the same figures as everywhere else, at every grain."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from click.testing import CliRunner

from pipelines.__main__ import main
from pipelines.answers.breaches import BREACHES, SPLIT, Asked, breaches, breaches_found, cause_split, service_cells
from pipelines.answers.clauses import attained
from pipelines.answers.money import accounts_of
from pipelines.answers.scorecard import review_week
from pipelines.measures.agreement.cells import BY_INTERVAL
from pipelines.measures.ledger.formulas import SUMS
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace, load_workspace

#: More contacts at casablanca than the client had forecast; fewer agents there than it had committed.
OVERRUN = (date(2026, 6, 8), date(2026, 6, 14))
UNDERSTAFFED = (date(2026, 9, 7), date(2026, 9, 13))


@pytest.fixture(scope="module")
def workspace(example) -> Workspace:
    return load_workspace(example)


@pytest.fixture(scope="module")
def reader(workspace):
    with Reader.open(workspace.state) as opened:
        yield opened


def test_a_week_is_the_figure_of_the_scorecard(workspace, reader):
    week = service_cells(workspace, reader, Asked(*UNDERSTAFFED, grain="week", metric="service_level"))
    card = review_week(workspace, reader, UNDERSTAFFED[0], by_queue=True).scorecard
    ours = week.select("vendor", "queue", "numerator", "denominator", "target")
    theirs = card.filter((pl.col("metric") == "service_level") & pl.col("queue").is_not_null() & (pl.col("n") > 0))
    both = ours.join(theirs, on=["vendor", "queue"], suffix="_card")
    assert both.height == week.height > 15
    assert both["numerator"].to_list() == both["numerator_card"].to_list()
    assert both["denominator"].to_list() == both["denominator_card"].to_list()
    assert both["target"].to_list() == both["target_card"].to_list()


def test_half_hours_hold_what_the_ledgers_do(reader):
    """A clause on any of those sums has breaches: its formula reads the half-hours of both."""
    vendor, days = "tana", {"first_day": UNDERSTAFFED[0], "last_day": UNDERSTAFFED[0]}
    ours = reader.frame("breach_intervals", **days, vendor=vendor, queue=None).columns
    ledgers = reader.frame("reconcile_intervals", vendor=vendor).columns
    assert len(set(SUMS) & set(ledgers)) > 20
    assert not (set(SUMS) & set(ledgers)) - set(ours)


@pytest.mark.parametrize("grain", ["interval", "day", "month"])
def test_cells_add_up_and_a_breach_is_below_its_target(workspace, reader, grain):
    days = (date(2026, 9, 1), date(2026, 9, 30))
    cells = service_cells(workspace, reader, Asked(*days, grain=grain))
    missed = breaches(workspace, reader, Asked(*days, grain=grain))
    assert list(cells.columns) == list(missed.columns) == list(BREACHES)
    assert missed.height == cells["missed"].sum() > 0
    assert (missed["points_below"] > 0).all()
    assert (missed["persistence"] >= 1).all()
    assert missed["beyond_noise"].sum() < missed.height
    by_day = cells if grain == "day" else service_cells(workspace, reader, Asked(*days, grain="day"))
    keys = ["vendor", "queue", "clause_id"]
    small = pl.col("metric").is_in(BY_INTERVAL)  # the others leave out days below their minimum
    sums = [
        frame.filter(small).group_by(keys).agg(pl.col("numerator", "denominator").sum()).sort(keys)
        for frame in (cells, by_day)
    ]
    assert sums[0].equals(sums[1])


def test_the_understaffed_week_is_beyond_noise_and_excused_by_nothing(workspace, reader):
    week = breaches(
        workspace, reader, Asked(*UNDERSTAFFED, "casablanca", "commande_fr", "week", metric="service_level")
    )
    assert week.select("beyond_noise", "excused").rows() == [(True, False)]
    hours = breaches(
        workspace, reader, Asked(*UNDERSTAFFED, "casablanca", "commande_fr", "interval", metric="service_level")
    )
    assert hours["persistence"].max() >= 5
    assert hours["longest_wait_s"].max() == week["longest_wait_s"].item()


def test_a_volume_far_above_the_forecast_is_excused(workspace, reader):
    week = breaches(workspace, reader, Asked(*OVERRUN, "casablanca", "commande_fr", "week", metric="service_level"))
    assert week.select("excused", "reason").rows() == [(True, "forecast")]
    assert week["value_relieved"].item() is None  # the whole week is excused: nothing is left to be judged
    assert week["offered"].item() > 1.3 * week["forecast"].item()
    month = service_cells(
        workspace, reader, Asked(*OVERRUN, "casablanca", "commande_fr", "month", metric="service_level")
    )
    assert month["value_relieved"].item() > month["value"].item()


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_cells_are_those_of_the_clauses_attained(workspace, reader, grain):
    """The page of breaches and the page of terms say the same of one queue, relief granted or not."""
    days = (date(2026, 6, 1), date(2026, 6, 30))
    ours = service_cells(workspace, reader, Asked(*days, "casablanca", grain=grain))
    theirs = attained(workspace, reader, "casablanca", grain=grain, first=days[0], last=days[1], by_queue=True).rows
    both = ours.join(
        theirs, left_on=["queue", "clause_id", "first_day"], right_on=["queue", "clause_id", "period_start"]
    )
    assert both.height == ours.height > 5
    for mine, other in (("value", "value_right"), ("value_relieved", "relief_value"), ("numerator", "numerator_right")):
        assert both[mine].to_list() == pytest.approx(both[other].to_list(), nan_ok=True)
    assert both["missed"].to_list() == [None if met is None else not met for met in both["met"].to_list()]


def test_clauses_that_half_hours_do_not_tell_are_missed_by_queue_and_period(workspace, reader):
    """Surveys, repeats: the cells of the engine that settles the agreement, with what is noise and what is a run."""
    months = breaches(workspace, reader, Asked(date(2026, 6, 1), date(2026, 9, 30), grain="month"))
    others = months.filter(pl.col("metric").is_in(["csat", "repeat_rate"]))
    assert {"csat"} <= set(others["metric"])
    assert (others["offered"] >= others["denominator"]).all()
    assert others["persistence"].min() >= 1
    assert others["chance"].is_between(0, 1).all()
    assert set(others["side"]) == {"unknown"}
    for row in others.to_dicts():
        days = {"first": row["first_day"], "last": row["last_day"]}
        told = attained(workspace, reader, row["vendor"], grain="month", **days, by_queue=True).rows
        same = (pl.col(name) == row[name] for name in ("clause_id", "queue"))
        (mine,) = told.filter(pl.col("period_start") == row["first_day"], *same).to_dicts()
        assert (mine["value"], mine["met"]) == (row["value"], False)
        assert mine["contacts"] >= (mine["min_volume"] or 0)
    # Of a day fewer than the clause's thirty answers say nothing; of a single site the agreement says nothing.
    csat = Asked(date(2026, 9, 7), date(2026, 9, 13), "porto", grain="day", metric="csat")
    assert (service_cells(workspace, reader, csat)["denominator"] >= 30).all()
    assert service_cells(workspace, reader, replace(csat, by_site=True)).is_empty()
    assert service_cells(workspace, reader, replace(csat, grain="interval")).is_empty()


def test_a_cause_that_two_operations_share_is_common(workspace, reader):
    months = cause_split(workspace, reader, Asked(date(2026, 10, 1), date(2026, 10, 31), None, "technique_fr", "month"))
    assert months.select("vendor", "cause", "side").rows() == [
        ("lille", "handle_time", "unknown"), ("poitiers", "handle_time", "unknown"),
    ]  # fmt: skip
    assert months["common_with"].to_list() == [["poitiers"], ["lille"]]


def test_the_model_fits_the_queues_that_it_explains(workspace, reader):
    quarter = cause_split(workspace, reader, Asked(date(2026, 7, 1), date(2026, 9, 30), grain="quarter"))
    assert list(quarter.columns) == list(SPLIT)
    big = quarter.filter(pl.col("n") > 1000)
    assert big.height > 5
    assert (big["modelled_share"] == 1).all()
    # Within five points of the measured figure, but for the queue that is served out of turn.
    off = big.filter((100 * (pl.col("modelled") - pl.col("value"))).abs() > 5)
    assert off.select("vendor", "queue").rows() in ([], [("tana", "suivi_fr")])


def test_a_metric_without_a_model_is_refused(workspace, reader):
    with pytest.raises(ValueError, match="there is one for service_level and abandon_rate"):
        cause_split(workspace, reader, Asked(*OVERRUN, metric="csat"))


def test_the_command_prints_one_document_with_the_parts_of_each_cause(example, workspace, reader):
    arguments = ["breaches", "--workspace", str(example), "--vendor", "casablanca", "--json", "--period"]
    week = json.loads(CliRunner().invoke(main, [*arguments, "2026-W37", "--grain", "week"]).stdout)
    assert (week["grain"], week["first_day"], week["last_day"]) == ("week", "2026-09-07", "2026-09-13")
    rows = {(row["queue"], row["metric"]): row for row in week["rows"]}
    worst = rows["commande_fr", "service_level"]
    assert (worst["cause"], worst["side"], worst["beyond_noise"], worst["excused"]) == (
        "staffing",
        "vendor",
        True,
        False,
    )
    (account,) = accounts_of(workspace, reader, "casablanca")
    (settled,) = [one for one in account.settled if str(one.period_start) == "2026-09-01"]
    assert Decimal(worst["money"]) == settled.net == settled.settlement.credits < 0
    parts = worst["parts"]
    total = sum(parts[name] for name in ("plan", "volume", "handle_time", "staffing", "unexplained", "misfit"))
    assert total == pytest.approx(parts["distance"], abs=0.01)
    assert sum(one["breaches"] for one in week["summary"]) == len(week["rows"])


def test_filters_of_the_command(workspace, reader):
    excused = breaches_found(
        workspace, reader, Asked(*OVERRUN, "casablanca", grain="day"), side="client", not_excused=True
    )
    assert excused.rows.is_empty()
    days = breaches_found(
        workspace, reader, Asked(*UNDERSTAFFED, "casablanca", "commande_fr", "day", metric="service_level")
    )
    loud = days.rows.filter("beyond_noise")
    assert 0 < loud.height < days.rows.height == 6
    assert set(loud["side"]) == {"vendor"}


def test_the_command_refuses_what_there_is_not(example):
    told = CliRunner().invoke(main, ["breaches", "--workspace", str(example), "--queue", "nothing"])
    assert told.exit_code == 2
    assert "there are: chat_fr" in told.output
