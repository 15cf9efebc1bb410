"""Vectors of abandon rate, waits, handle time, workforce, repeats, surveys, refunds and costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.definitions import (
    AbandonRateDefinition,
    HandleTimeDefinition,
    RepeatDefinition,
    SpeedOfAnswerDefinition,
    abandon_rate,
    first_contact_resolution,
    handle_time,
    judge_contacts,
    speed_of_answer,
    unaccounted,
)
from pipelines.measures.definitions.money import (
    CostTotals,
    RefundTotals,
    cost_per_contact,
    cost_per_contact_with_contained,
    cost_per_resolution,
    refund_rate,
    refund_value,
)
from pipelines.measures.definitions.surveys import (
    CsatDefinition,
    EffortDefinition,
    csat,
    effort,
    non_response_bounds,
    nps,
)
from pipelines.measures.definitions.workforce import (
    OCCUPANCY,
    OCCUPANCY_WITH_MEETINGS,
    UTILISATION,
    adherence,
    conformance,
    forecast_accuracy,
    occupancy,
)

# --- abandon rate -------------------------------------------------------------------------------------------------


def _queue(offered: int, abandoned: int, short: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"offered": [offered], "answered": [offered - abandoned], "abandoned": [abandoned], "short_abandoned": [short]}
    )


@pytest.mark.parametrize(
    "frame, variant, expected",
    [
        (_queue(1060, 60, 10), "all", 5.66),
        (_queue(1060, 60, 10), "short_both_sides", 4.76),
        (_queue(1060, 60, 10), "short_numerator", 4.72),
        (_queue(1000, 200, 30), "all", 20.00),
        (_queue(1000, 200, 30), "short_both_sides", 17.53),
        (_queue(1060, 60, 10), "answered_over_offered", 94.34),
    ],
)
def test_abandon_rate_vectors(frame: pl.DataFrame, variant: str, expected: float) -> None:
    found = abandon_rate(frame, AbandonRateDefinition(variant, 5))["value"][0]  # type: ignore[arg-type]
    assert round(100 * found, 2) == expected


def test_abandon_rate_with_menu_and_voicemail() -> None:
    frame = _queue(1000, 50, 0).with_columns(abandoned_ivr=pl.lit(200), voicemail=pl.lit(30))
    assert abandon_rate(frame, AbandonRateDefinition("with_ivr"))["value"][0] == pytest.approx(250 / 1200)
    assert abandon_rate(frame, AbandonRateDefinition("with_voicemail"))["value"][0] == pytest.approx(80 / 1000)


def test_a_clause_on_the_abandon_rate_uses_the_words_of_the_service_level() -> None:
    assert AbandonRateDefinition.from_clause({"variant": "short_excluded", "short_abandon_s": 5}).id.endswith(
        "/short5s"
    )
    assert AbandonRateDefinition.from_clause({"variant": None, "short_abandon_s": 5}) == AbandonRateDefinition()


def test_outcomes_account_for_every_offered_contact() -> None:
    frame = pl.DataFrame(
        {"offered": [100, 100], "answered": [80, 95], "abandoned": [10, 10], "flow_outs": [5, 0], "callbacks": [3, 0],
         "voicemail": [2, 0]}
    )  # fmt: skip
    assert unaccounted(frame)["unaccounted"].to_list() == [0, -5]


# --- waits and handle time ----------------------------------------------------------------------------------------


def test_speed_of_answer_over_answered_or_over_all() -> None:
    frame = pl.DataFrame({"wait_answered_s": [140.0], "answered": [4], "offered": [5]})
    assert speed_of_answer(frame, SpeedOfAnswerDefinition())["value"][0] == 35
    assert speed_of_answer(frame, SpeedOfAnswerDefinition("offered"))["value"][0] == 28


def test_handle_time_pooled_against_the_mean_of_means() -> None:
    agents = pl.DataFrame(
        {"handled": [100, 10], "talk_s": [25000.0, 5000.0], "hold_s": [2000.0, 400.0], "acw_s": [3000.0, 600.0]}
    )
    assert round(handle_time(agents, HandleTimeDefinition())["value"][0], 1) == 327.3
    assert handle_time(agents, HandleTimeDefinition(aggregation="mean_of_means"))["value"][0] == 450
    without_acw = HandleTimeDefinition(parts=("talk_s", "hold_s"))
    assert handle_time(agents, without_acw)["value"][0] == pytest.approx(32400 / 110)


# --- workforce ----------------------------------------------------------------------------------------------------

SHIFT = pl.DataFrame(
    {"talk_s": [200], "hold_s": [20], "acw_s": [60], "available_s": [70], "meeting_s": [50], "training_s": [30],
     "paid_s": [480]}
)  # fmt: skip


@pytest.mark.parametrize(
    "definition, expected", [(OCCUPANCY, 80.0), (UTILISATION, 72.9), (OCCUPANCY_WITH_MEETINGS, 75.0)]
)
def test_occupancy_is_three_things_under_one_name(definition: object, expected: float) -> None:
    found = occupancy(SHIFT, definition)  # type: ignore[arg-type]
    assert found is not None
    assert round(100 * found, 1) == expected


def test_occupancy_of_unknown_time_is_unknown() -> None:
    assert occupancy(SHIFT.with_columns(hold_s=pl.lit(None, pl.Int64))) is None
    assert occupancy(SHIFT.head(0)) is None


def test_conformance_can_be_perfect_with_bad_adherence() -> None:
    assert conformance(28800, 28800) == 1
    assert adherence(20000, 28800) == pytest.approx(0.694, abs=1e-3)


def test_forecast_accuracy_vector() -> None:
    found = forecast_accuracy(pl.DataFrame({"actual": [10, 100, 50], "forecast": [20, 90, 55]}))
    shares = [found.wape, found.bias, found.mape]
    assert [None if share is None else round(100 * share, 1) for share in shares] == [15.6, 3.1, 40.0]


def test_relative_error_is_undefined_with_an_empty_period() -> None:
    found = forecast_accuracy(pl.DataFrame({"actual": [0, 100], "forecast": [5, 100]}))
    assert found.mape is None
    assert found.wape == pytest.approx(0.05)


# --- repeats ------------------------------------------------------------------------------------------------------

START = datetime(2026, 9, 1, tzinfo=UTC)
END = START + timedelta(days=30)
ROWS = [
    ("c1", "k1", 0, "A", "billing"), ("c2", "k1", 2, "A", "billing"), ("c3", "k2", 1, "A", "billing"),
    ("c4", "k2", 6, "A", "delivery"), ("c5", "k3", 25, "A", "billing"), ("c6", None, 3, "A", "billing"),
    ("c7", None, 4, "A", "billing"), ("c8", "k4", 10, "A", "billing"), ("c9", "k4", 12, "B", "billing"),
    ("c10", "k5", 15, "A", "delivery"),
]  # fmt: skip
CONTACTS = pl.DataFrame(
    [(name, key, START + timedelta(days=day), vendor, reason) for name, key, day, vendor, reason in ROWS],
    schema=["contact", "customer_ref", "queued_at", "vendor_code", "reason_code"],
    orient="row",
)


@pytest.mark.parametrize(
    "definition, resolved, judged",
    [
        pytest.param(RepeatDefinition(), 3, 6, id="7 d, any reason, cross-vendor"),
        pytest.param(RepeatDefinition(same_reason=True), 4, 6, id="7 d, same reason, cross-vendor"),
        pytest.param(RepeatDefinition(cross_vendor=False), 4, 6, id="7 d, any reason, own vendor only"),
        pytest.param(RepeatDefinition(same_reason=True, cross_vendor=False), 5, 6, id="7 d, same reason, own vendor"),
        pytest.param(RepeatDefinition(window_h=72), 5, 7, id="72 h, any reason, cross-vendor"),
        pytest.param(RepeatDefinition(censored=False), 4, 7, id="wrong: without censoring"),
        pytest.param(
            RepeatDefinition(censored=False, blank_id_rule="resolved"), 6, 9, id="wrong: and blank ids as resolved"
        ),
    ],
)
def test_first_contact_resolution_vectors(definition: RepeatDefinition, resolved: int, judged: int) -> None:
    found = first_contact_resolution(CONTACTS, definition, END).filter(pl.col("vendor_code") == "A").row(0, named=True)
    assert (found["numerator"], found["denominator"]) == (resolved, judged)
    assert found["value"] == pytest.approx(resolved / judged)


def test_the_last_window_is_not_yet_known_and_blanks_are_coverage() -> None:
    found = first_contact_resolution(CONTACTS, RepeatDefinition(), END).filter(pl.col("vendor_code") == "A")
    row = found.row(0, named=True)
    assert (row["not_yet_known"], row["unknown"]) == (1, 2)
    assert row["coverage"] == pytest.approx(7 / 9)


def test_a_repeat_at_the_very_end_of_the_window_counts() -> None:
    pair = CONTACTS.head(1).vstack(CONTACTS.head(1).with_columns(queued_at=pl.col("queued_at") + timedelta(hours=168)))
    assert judge_contacts(pair, RepeatDefinition(), END)["status"].to_list() == ["repeated", "resolved"]
    assert judge_contacts(pair, RepeatDefinition(window_h=167), END)["status"].to_list() == ["resolved", "resolved"]


@given(st.permutations(range(len(ROWS))))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    found = judge_contacts(CONTACTS[list(order)], RepeatDefinition(), END)
    expected = judge_contacts(CONTACTS, RepeatDefinition(), END)
    assert found.sort("contact").equals(expected.sort("contact"))


# --- surveys ------------------------------------------------------------------------------------------------------


def _scores(best_to_worst: list[int], best: int) -> pl.DataFrame:
    return pl.DataFrame({"score": [best - place for place in range(len(best_to_worst))], "n": best_to_worst})


FIVES = _scores([50, 35, 5, 4, 6], 5)


@pytest.mark.parametrize(
    "definition, expected",
    [
        (CsatDefinition(), 85.0),
        (CsatDefinition(boxes=1), 50.0),
        (CsatDefinition(neutral=False), 89.5),
    ],
)
def test_csat_vectors(definition: CsatDefinition, expected: float) -> None:
    value = csat(FIVES, definition).value
    assert value is not None
    assert round(100 * value, 1) == expected


def test_a_mean_is_not_csat() -> None:
    found = csat(FIVES, CsatDefinition(as_mean=True))
    assert found.value == pytest.approx(4.19)
    assert found.definition_id == "csat.mean/1-5"


def test_effort_vectors() -> None:
    sevens = _scores([20, 30, 20, 10, 10, 5, 5], 7)
    assert effort(sevens, EffortDefinition()).value == pytest.approx(0.70)
    assert effort(sevens, EffortDefinition("mean")).value == pytest.approx(5.05)
    assert effort(sevens, EffortDefinition("easy_less_hard")).value == pytest.approx(50)
    turned = sevens.with_columns(score=8 - pl.col("score"))
    assert effort(turned, EffortDefinition(reversed_scale=True)).value == pytest.approx(0.70)


def test_nps_from_scores() -> None:
    scores = pl.DataFrame({"score": [10, 9, 8, 7, 6, 0], "n": [30, 20, 20, 10, 15, 5]})
    assert nps(scores).value == pytest.approx(30)


def test_a_score_outside_its_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the scale from 1 to 5"):
        csat(pl.DataFrame({"score": [7], "n": [1]}), CsatDefinition())


def test_silent_customers_bound_what_satisfaction_can_be() -> None:
    low, high = non_response_bounds(0.86, 0.12)
    assert (round(100 * low, 1), round(100 * high, 1)) == (10.3, 98.3)


# --- money --------------------------------------------------------------------------------------------------------


def test_refund_vector() -> None:
    totals = RefundTotals(1000, 800, 120, Decimal(3000), Decimal(300))
    assert refund_rate(totals) == 0.12
    assert refund_value(totals, "contact") == Decimal("2.70")
    assert refund_value(totals, "refund_ticket") == Decimal("22.50")
    assert refund_value(totals, "resolved_contact") == Decimal("3.375")
    assert refund_value(RefundTotals(0, 0, 0, Decimal(0)), "contact") is None


def test_cost_vector() -> None:
    totals = CostTotals(10_000, 7_000, Decimal(50_000), Decimal(2_000), Decimal(1_500), Decimal(6_000))
    assert cost_per_contact(totals) == Decimal(5)
    assert totals.total == Decimal(55_500)
    resolution = cost_per_resolution(totals)
    assert resolution is not None
    assert round(resolution, 2) == Decimal("7.93")


def test_contained_contacts_make_it_look_cheaper() -> None:
    totals = CostTotals(10_000, 7_000, Decimal(50_000))
    contained = cost_per_contact_with_contained(totals, 3_000)
    assert contained is not None
    assert round(contained, 2) == Decimal("3.85")
