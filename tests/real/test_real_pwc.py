"""The fictional workbook: unknown waits stay unknown, and eight alike agents are found to be alike."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from scipy.stats import chi2_contingency

from pipelines.measures.comparison import compare, review
from pipelines.measures.definitions.service_level import ServiceLevelDefinition, service_level
from pipelines.measures.definitions.surveys import CsatDefinition, csat
from pipelines.measures.definitions.thresholds import histogram_counts
from pipelines.measures.funnel import funnel
from pipelines.measures.weekly import WeekInputs, weekly_figures
from pipelines.workspace.frames import clauses_frame
from tests.real.loading import Load, Loaded


@pytest.fixture(scope="module")
def loaded(load: Load, shared: Path) -> Loaded:
    return load("pwc_workbook", {"becky/calls.xlsx": shared / "data/pwc_callcenter/01_Call-Center-Dataset.xlsx"})


@pytest.fixture(scope="module")
def totals(loaded: Loaded) -> dict[str, float]:
    return loaded.days("week_counts").sum().row(0, named=True)


def scores(loaded: Loaded, *by: str) -> pl.DataFrame:
    surveys = loaded.days("week_surveys").rename({"score_raw": "score"})
    return surveys.group_by(*by, "score").agg(pl.col("n").sum()).cast({"score": pl.Int64})


def test_one_sheet_becomes_contacts_and_ratings(loaded: Loaded) -> None:
    calls, ratings = loaded.of("calls"), loaded.of("ratings")
    assert calls["rows_read"] == calls["rows_loaded"] == 5_000
    assert (ratings["rows_read"], ratings["rows_loaded"], ratings["rows_dropped"]) == (5_000, 4_054, 946)
    assert ratings["rows_dropped_json"] == '{"no rating": 946}'


def test_typed_time_cells(loaded: Loaded) -> None:
    first = loaded.rows("contacts").filter(pl.col("leg_id") == "ID0001").row(0, named=True)
    assert f"{first['queued_at']:%Y-%m-%d %H:%M:%S}" == "2021-01-01 09:12:58"
    assert (first["wait_s"], first["talk_s"]) == (109, 143)
    assert loaded.rows("contacts")["local_date"].n_unique() == 90


def test_answer_rate(totals: dict[str, float]) -> None:
    assert (totals["answered"], totals["offered"], totals["abandoned"]) == (4_054, 5_000, 946)


def test_waits_and_talk(totals: dict[str, float], loaded: Loaded) -> None:
    assert totals["wait_answered_s"] / totals["waits_known_answered"] == pytest.approx(67.52, abs=5e-3)
    assert totals["talk_s"] / totals["answered"] == pytest.approx(224.92, abs=5e-3)
    waits = loaded.rows("contacts")["wait_s"]
    assert (waits.min(), waits.max(), waits.null_count()) == (10, 125, 946)


@pytest.mark.parametrize(
    ("variant", "inclusive", "share"),
    [("answered_only", True, 0.4430), ("answered_only", False, 0.4356), ("abandon_negative", True, 0.3592)],
)
def test_service_level_at_60_seconds(loaded: Loaded, variant: str, inclusive: bool, share: float) -> None:
    definition = ServiceLevelDefinition(variant=variant, threshold_s=60, inclusive=inclusive)  # type: ignore[arg-type]
    counts = loaded.days("week_counts").select("week", "offered", "answered", "abandoned").group_by("week").sum()
    within = histogram_counts(loaded.days("week_waits"), definition, ["week"])
    figure = service_level(counts.join(within, on="week"), definition)
    assert figure["value"].item() == pytest.approx(share, abs=5e-5)


def test_unknown_waits_of_abandoned_calls_are_not_zero_waits(loaded: Loaded, totals: dict[str, float]) -> None:
    assert totals["waits_known"] == totals["waits_known_answered"] == 4_054
    assert totals["wait_abandoned_s"] is None or totals["wait_abandoned_s"] == 0
    assert loaded.days("week_waits")["abandoned"].sum() == 0


def test_resolution_and_its_two_denominators(loaded: Loaded) -> None:
    contacts = loaded.rows("contacts")
    resolved = contacts["resolved"].sum()
    answered = contacts.filter(pl.col("outcome") == "answered").height
    assert resolved == 3_646
    assert resolved / answered == pytest.approx(0.8994, abs=5e-5)
    assert resolved / contacts.height == pytest.approx(0.7292, abs=5e-5)
    assert contacts.filter(pl.col("outcome") != "answered")["resolved"].null_count() == 946


def test_csat(loaded: Loaded) -> None:
    everyone = scores(loaded)
    assert dict(everyone.iter_rows()) == {1: 417, 2: 396, 3: 1_218, 4: 1_180, 5: 843}
    assert csat(everyone, CsatDefinition()).value == pytest.approx(0.4990, abs=5e-5)
    assert csat(everyone, CsatDefinition(as_mean=True)).value == pytest.approx(3.404, abs=5e-4)


def test_a_rating_for_every_answered_call_is_not_called_a_full_response_rate(loaded: Loaded) -> None:
    contacts, surveys = loaded.rows("contacts"), loaded.rows("surveys")
    answered = contacts.filter(pl.col("outcome") == "answered")
    assert set(surveys["leg_id"]) == set(answered["leg_id"])
    inputs = WeekInputs(counts=loaded.days("week_counts"), surveys=loaded.days("week_surveys"))
    rates = weekly_figures(inputs, clauses_frame(loaded.workspace)).filter(pl.col("metric") == "response_rate")
    assert rates.height > 0
    assert rates["value"].null_count() == rates.height
    assert set(rates["note"]) == {"offers_not_known"}


def by_agent(loaded: Loaded) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answered of offered, and ratings of 4 or 5 of all, by the operation that each agent stands for."""
    answered = (
        loaded.days("week_counts").group_by("vendor_code").agg(hits=pl.col("answered").sum(), n=pl.col("offered").sum())
    )
    top = (
        scores(loaded, "vendor_code")
        .group_by("vendor_code")
        .agg(hits=pl.col("n").filter(pl.col("score") >= 4).sum(), n=pl.col("n").sum())
    )
    return answered.sort("vendor_code"), top.sort("vendor_code")


def test_agents_do_not_differ(loaded: Loaded) -> None:
    for frame, expected in zip(by_agent(loaded), (3.66, 4.06), strict=True):
        table = [frame["hits"].to_list(), (frame["n"] - frame["hits"]).to_list()]
        found = chi2_contingency(table, correction=False)
        assert found.dof == 7
        assert found.statistic == pytest.approx(expected, abs=5e-3)


def test_no_agent_is_named_best_or_worst(loaded: Loaded) -> None:
    for frame in by_agent(loaded):
        units = funnel(frame["vendor_code"].to_list(), frame["hits"], frame["n"], level=0.95).units
        assert set(units["verdict"]) == {"inside"}
        assert set(units["plain_verdict"]) == {"inside"}
        cells = frame.with_columns(total=pl.col("hits").cast(pl.Float64), total_sq=pl.col("hits").cast(pl.Float64))
        baseline = cells.filter(pl.col("vendor_code") == "becky")
        compared = {
            code: compare(cells.filter(pl.col("vendor_code") == code), baseline, [], "rate")
            for code in cells["vendor_code"]
            if code != "becky"
        }
        assert not {one.verdict for one in review(compared).values()} & {"better", "worse"}


def test_what_is_found_and_what_is_not(loaded: Loaded) -> None:
    """Found: every answered call of every agent has a rating, which customers hardly ever do.

    Deliberately not found: a shifted clock or a silence. Calls are spread evenly over the day, some fifty a day over
    eight agents: too thin to say that an hour lacks calls, or that a day's calls came an hour early.
    """
    found = loaded.reader.frame("findings").filter(pl.col("kind") != "not_verifiable")
    replied = found.filter(pl.col("kind") == "survey_response_gap")
    assert replied.height == 8
    assert set(replied["observed"]) == {"100.0%"}
    assert set(found["kind"]) == {"survey_response_gap"}
