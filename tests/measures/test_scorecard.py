"""The scorecard of one week, on small inputs whose every figure can be worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.measures.catalogue import MEASURES, NOTES, VERDICTS
from pipelines.measures.definitions import AbandonRateDefinition
from pipelines.measures.scorecard import HISTORY_WEEKS, SCORECARD_SCHEMA, last_year, scorecard
from pipelines.measures.weekly import WeekInputs, weekly_figures
from pipelines.measures.weekly.periods import period_figures

WEEK = date(2026, 11, 9)
KEYS = ("vendor_code", "queue_code", "week")


def counts(vendor: str, queue: str = "orders", week: date = WEEK, **changes: Any) -> dict[str, Any]:
    """1,000 offered, 900 answered (720 in time), 100 abandoned (20 in time, 10 short)."""
    row: dict[str, Any] = {
        "vendor_code": vendor, "queue_code": queue, "week": week,
        "offered": 1000, "answered": 900, "abandoned": 100, "flow_outs": 0, "callbacks": 0, "voicemail": 0, "closed": 0,
        "answered_in_threshold": 720, "abandoned_in_threshold": 20, "short_abandoned": 10,
        "wait_answered_s": 18000.0, "wait_answered_sq": 900000.0, "waits_known_answered": 900,
        "talk_s": 180000.0, "hold_s": 9000.0, "acw_s": 45000.0, "handle_s": 234000.0, "handle_sq": 70e6,
        "talk_known": 900, "handle_known": 900, "hold_known": 900, "acw_known": 900, "transferred": 90,
        "transfer_known": 900, "repeat_eligible": 800, "repeated": 160, "repeat_unknown": 100, "repeat_open": 0,
    }  # fmt: skip
    return row | changes


def clause(vendor: str, metric: str = "service_level", **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "vendor_code": vendor, "queue_code": "*", "clause_id": metric, "metric": metric, "target": 0.8,
        "direction": "higher", "variant": "abandon_negative", "threshold_s": 20.0, "inclusive": True,
        "clock_start": "queue_entry", "short_abandon_s": None, "include": [], "attribution": "arrival",
        "aggregation": "call_weighted", "rounding": None, "min_volume": None, "valid_from": date(2025, 1, 1),
        "valid_to": None,
    }  # fmt: skip
    return row | changes


def clauses(*rows: dict[str, Any]) -> pl.DataFrame:
    types = {"short_abandon_s": pl.Float64, "include": pl.List(pl.String), "rounding": pl.Int64,
             "min_volume": pl.Int64, "valid_to": pl.Date, "variant": pl.String}  # fmt: skip
    empty = clause("x")
    return pl.DataFrame(list(rows) or [empty], schema_overrides=types).head(len(rows))


def one(card: pl.DataFrame, vendor: str, metric: str, queue: str | None = None) -> dict[str, Any]:
    found = card.filter(
        pl.col("vendor") == vendor, pl.col("metric") == metric, pl.col("queue").eq_missing(pl.lit(queue, pl.String))
    )
    assert found.height == 1
    return found.row(0, named=True)


def card_of(*rows: dict[str, Any], terms: pl.DataFrame | None = None, **options: Any) -> pl.DataFrame:
    inputs = options.pop("inputs", None) or WeekInputs(pl.DataFrame(list(rows)))
    terms = clauses(clause("a"), clause("home")) if terms is None else terms
    return scorecard(inputs, options.pop("week", WEEK), options.pop("baseline", "home"), terms, **options)


# --- figures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "metric, value, numerator, denominator",
    [
        ("offered", 1000, 1000, 1),
        ("abandon_rate", 0.1, 100, 1000),
        ("service_level", 0.72, 720, 1000),
        ("asa_s", 20, 18000, 900),
        ("aht_s", 260, 234000, 900),
        ("talk_s", 200, 180000, 900),
        ("hold_s", 10, 9000, 900),
        ("transfer_rate", 0.1, 90, 900),
        ("repeat_rate", 0.2, 160, 800),
    ],
)
def test_counted_figures(metric: str, value: float, numerator: float, denominator: float) -> None:
    row = one(card_of(counts("a"), counts("home")), "a", metric)
    assert (row["value"], row["numerator"], row["denominator"]) == (pytest.approx(value), numerator, denominator)


@pytest.mark.parametrize(("metric", "part", "known"), [
    ("talk_s", "talk", "talk_known"), ("hold_s", "hold", "hold_known"), ("acw_s", "acw", "acw_known"),
])  # fmt: skip
def test_parts_of_handle_time_have_their_interval(metric: str, part: str, known: str) -> None:
    """100, 200, 300 and 400 s: mean 250, variance 50,000 / 3, so 1.96 standard errors are 126.5 s."""
    some = {f"{part}_s": 1000.0, f"{part}_sq": 300_000.0, known: 4}
    row = one(card_of(counts("a", **some)), "a", metric)
    assert (row["value"], row["n"], row["note"]) == (250, 4, None)
    assert (row["low"], row["high"]) == (pytest.approx(123.4855, abs=1e-3), pytest.approx(376.5145, abs=1e-3))


@pytest.mark.parametrize("squares", [None, 0.0])
def test_a_spread_that_is_not_known_or_not_seen_gives_no_interval(squares: float | None) -> None:
    """A vendor whose hold is always zero has shown no spread: zero to zero would claim to know the next one."""
    row = one(card_of(counts("a", hold_s=0.0, hold_sq=squares)), "a", "hold_s")
    assert (row["value"], row["low"], row["high"], row["note"]) == (0, None, None, "no_variance")


def test_a_spread_that_is_known_in_part_gives_no_interval() -> None:
    """One queue's talk time came as a sum of counts: the mean covers it, what its contacts differ by is not known."""
    card = card_of(counts("a", talk_sq=40e6), counts("a", "returns", talk_s=90000.0, handle_known=0, handle_s=0.0))
    row = one(card, "a", "talk_s")
    assert (row["value"], row["n"], row["low"], row["note"]) == (150, 1800, None, "no_variance")


def test_coverage_says_how_much_is_known() -> None:
    assert one(card_of(counts("a")), "a", "repeat_rate")["coverage"] == pytest.approx(800 / 900)
    half = counts("a", handle_known=450, handle_s=117000.0, handle_sq=35e6)
    assert one(card_of(half), "a", "aht_s")["coverage"] == 0.5


def test_open_windows_make_repeats_and_resolutions_not_yet_known() -> None:
    row = one(card_of(counts("a", repeat_open=100), counts("home")), "a", "repeat_rate")
    assert (row["value"], row["note"], row["verdict"]) == (None, "not_yet_known", "not_yet_known")


def test_a_few_windows_that_stay_open_do_not_hide_a_week() -> None:
    row = one(card_of(counts("a", repeat_open=8)), "a", "repeat_rate")
    assert (row["numerator"], row["denominator"]) == (160, 800)
    assert row["coverage"] == pytest.approx(800 / 908)


def test_zero_demand_is_null_not_a_perfect_score() -> None:
    empty = {name: 0 for name, value in counts("a").items() if name not in KEYS and value is not None}
    card = card_of(counts("a", **empty), counts("home"))
    for metric in ("service_level", "abandon_rate", "asa_s", "aht_s", "transfer_rate"):
        row = one(card, "a", metric)
        assert (row["value"], row["low"], row["target_met"]) == (None, None, None)
    assert one(card, "a", "offered")["value"] == 0


def test_a_column_that_nobody_delivered_is_unknown_not_zero() -> None:
    bare = {name: counts("a")[name] for name in (*KEYS, "offered", "answered", "abandoned")}
    card = card_of(bare)
    assert one(card, "a", "abandon_rate")["value"] == 0.1
    for metric in ("service_level", "asa_s", "aht_s", "transfer_rate", "repeat_rate"):
        assert one(card, "a", metric)["value"] is None


def test_counts_that_contradict_each_other_give_no_figure() -> None:
    row = one(card_of(counts("a", abandoned=1200)), "a", "abandon_rate")
    assert (row["value"], row["note"]) == (None, "counts_contradict")


# --- clauses ------------------------------------------------------------------------------------------------------


def test_each_vendor_is_counted_under_its_own_clause() -> None:
    terms = clauses(clause("a", variant="answered_only"), clause("home"))
    card = card_of(counts("a"), counts("home"), terms=terms)
    assert one(card, "a", "service_level")["value"] == 0.8
    assert one(card, "home", "service_level")["value"] == 0.72
    assert one(card, "a", "service_level")["verdict"] == "not_comparable"


def test_the_baseline_is_counted_again_under_the_vendors_definition() -> None:
    terms = clauses(clause("a", variant="answered_only", threshold_s=30.0), clause("home"))
    waits = pl.DataFrame(
        [
            ("home", "orders", WEEK, 20, 500, 30),
            ("home", "orders", WEEK, 60, 300, 0),
            ("home", "orders", WEEK, 61, 100, 70),
        ],
        schema=["vendor_code", "queue_code", "week", "wait_bin", "answered", "abandoned"],
        orient="row",
    )
    inputs = WeekInputs(pl.DataFrame([counts("a"), counts("home")]), waits)
    row = one(card_of(terms=terms, inputs=inputs), "a", "service_level")
    # Within 30 s in-house: bins up to 60, 800 of 900 answered.
    assert row["baseline_value"] == pytest.approx(800 / 900)
    assert row["gap"] == pytest.approx(0.8 - 800 / 900)
    assert row["verdict"] == "worse"
    home = one(card_of(terms=terms, inputs=inputs), "home", "service_level")
    assert home["value"] == 0.72


def test_a_clause_applies_as_of_the_week() -> None:
    terms = clauses(
        clause("a", valid_to=date(2026, 6, 30), target=0.7),
        clause("a", valid_from=date(2026, 7, 1), variant="answered_only", target=0.9),
    )
    before = date(2026, 6, 22)
    card = card_of(counts("a", week=before), counts("a"), terms=terms)
    row = one(card, "a", "service_level")
    assert (row["value"], row["target"], row["target_met"]) == (0.8, 0.9, False)
    earlier = one(card_of(counts("a", week=before), terms=terms, week=before), "a", "service_level")
    assert (earlier["value"], earlier["target"], earlier["target_met"]) == (0.72, 0.7, True)


def test_a_week_that_spans_a_change_is_weighted_by_contacts_and_flagged() -> None:
    change = WEEK + timedelta(days=3)
    terms = clauses(
        clause("a", clause_id="old", valid_to=change - timedelta(days=1)),
        clause("a", clause_id="new", valid_from=change, variant="answered_only", target=0.9),
    )
    old = counts("a", clause_id="old")
    new = counts("a", clause_id="new", offered=500, answered=400, abandoned=100, answered_in_threshold=360)
    row = one(card_of(old, new, terms=terms), "a", "service_level")
    assert (row["numerator"], row["denominator"]) == (720 + 360, 1000 + 400)
    assert row["note"] == "mixed_definitions"
    assert "+" in row["definition_id"]
    assert (row["target"], row["target_met"]) == (None, None)


def test_a_change_of_the_target_alone_is_not_another_definition() -> None:
    change = WEEK + timedelta(days=3)
    terms = clauses(clause("a", valid_to=change - timedelta(days=1)), clause("a", valid_from=change, target=0.9))
    row = one(card_of(counts("a"), terms=terms), "a", "service_level")
    assert (row["note"], row["target"]) == (None, None)


def test_a_queues_own_clause_goes_before_the_general_one() -> None:
    terms = clauses(clause("a"), clause("a", queue_code="vip", variant="answered_only", target=0.95))
    card = card_of(counts("a"), counts("a", queue="vip"), terms=terms, by_queue=True)
    assert one(card, "a", "service_level", "vip")["value"] == 0.8
    assert one(card, "a", "service_level", "vip")["target"] == 0.95
    assert one(card, "a", "service_level", "orders")["target"] == 0.8
    together = one(card, "a", "service_level")
    assert (together["numerator"], together["denominator"]) == (1440, 1900)
    assert together["target"] is None


def test_without_a_clause_there_is_no_service_level_and_no_target() -> None:
    row = one(card_of(counts("a"), terms=clauses()), "a", "service_level")
    assert (row["value"], row["note"], row["target"], row["target_met"]) == (None, "no_clause", None, None)
    assert one(card_of(counts("a"), terms=clauses()), "a", "abandon_rate")["value"] == 0.1


def test_contacts_that_no_clause_covers_are_left_out_and_told() -> None:
    covered, partly = counts("a"), counts("a", queue="new", offered_without_clause=400)
    row = one(card_of(covered, partly), "a", "service_level")
    assert (row["numerator"], row["denominator"], row["coverage"]) == (720, 1000, 0.5)


def test_the_printed_figure_is_what_meets_a_target() -> None:
    rounding = clauses(clause("a", rounding=0, target=0.72))
    row = one(card_of(counts("a", answered_in_threshold=716), terms=rounding), "a", "service_level")
    assert row["value"] == 0.716
    assert row["target_met"] is True
    exact = clauses(clause("a", rounding=1, target=0.72))
    assert (
        one(card_of(counts("a", answered_in_threshold=716), terms=exact), "a", "service_level")["target_met"] is False
    )


def test_below_the_minimum_volume_nothing_is_judged() -> None:
    terms = clauses(clause("a", min_volume=2000))
    assert one(card_of(counts("a"), terms=terms), "a", "service_level")["target_met"] is None


def test_a_clause_over_intervals_does_not_judge_a_figure_over_contacts() -> None:
    row = one(card_of(counts("a"), terms=clauses(clause("a", aggregation="interval_share"))), "a", "service_level")
    assert (row["note"], row["target_met"]) == ("aggregation_differs", None)


def test_short_abandons_leave_the_abandon_rate_where_its_clause_says_so() -> None:
    waits = pl.DataFrame(
        [("a", "orders", WEEK, 8, 0, 25), ("a", "orders", WEEK, 40, 900, 75)],
        schema=["vendor_code", "queue_code", "week", "wait_bin", "answered", "abandoned"],
        orient="row",
    )

    def rate(variant: str, waits: pl.DataFrame | None) -> dict[str, Any]:
        terms = clauses(
            clause("a", "abandon_rate", variant=variant, short_abandon_s=5.0, direction="lower", target=0.1)
        )
        inputs = WeekInputs(pl.DataFrame([counts("a")]), *([] if waits is None else [waits]))
        return one(card_of(terms=terms, inputs=inputs), "a", "abandon_rate")

    assert rate("short_excluded", waits)["value"] == pytest.approx(75 / 975)
    assert rate("short_credited", waits)["value"] == pytest.approx(75 / 1000)
    assert rate("short_excluded", waits)["target_met"] is True
    unknown = rate("short_excluded", None)
    assert (unknown["value"], unknown["note"], unknown["target_met"]) == (None, "no_short_calls", None)


def test_short_abandons_are_not_known_where_the_waits_of_abandons_are_missing() -> None:
    """A histogram of answered contacts alone is not "no short abandon"."""
    waits = pl.DataFrame(
        {"vendor_code": ["a"], "queue_code": ["orders"], "week": [WEEK], "wait_bin": [40], "answered": [900],
         "abandoned": [0]}
    )  # fmt: skip
    terms = clauses(clause("a", "abandon_rate", variant="short_excluded", short_abandon_s=5.0))
    row = one(card_of(terms=terms, inputs=WeekInputs(pl.DataFrame([counts("a")]), waits)), "a", "abandon_rate")
    assert (row["value"], row["note"]) == (None, "no_short_calls")


#: ICMI's 1,060 offered and 60 abandoned, 10 of them within 6 seconds; 40 more in the voice menu, 20 to voicemail.
ICMI = counts(
    "a", offered=1060, answered=980, abandoned=60, abandoned_ivr=40, voicemail=20, short_abandoned=3,
    answered_in_threshold=720,
)  # fmt: skip


@pytest.mark.parametrize(
    "variant, value",
    [
        (None, 60 / 1060),
        ("all", 60 / 1060),
        ("short_both_sides", 50 / 1050),
        ("short_excluded", 50 / 1050),
        ("short_numerator", 50 / 1060),
        ("short_credited", 50 / 1060),
        ("with_ivr", 100 / 1100),
        ("with_voicemail", 80 / 1060),
        ("answered_over_offered", 980 / 1060),
    ],
)
def test_an_abandon_rate_is_counted_in_the_variant_whose_name_it_carries(variant: str | None, value: float) -> None:
    waits = pl.DataFrame(
        [("a", "orders", WEEK, 12, 0, 10), ("a", "orders", WEEK, 40, 980, 50)],
        schema=["vendor_code", "queue_code", "week", "wait_bin", "answered", "abandoned"],
        orient="row",
    )
    own = clause("a", "abandon_rate", variant=variant, short_abandon_s=6.0, direction="lower", target=0.05)
    row = one(card_of(terms=clauses(own), inputs=WeekInputs(pl.DataFrame([ICMI]), waits)), "a", "abandon_rate")
    assert row["value"] == pytest.approx(value)
    assert row["definition_id"] == AbandonRateDefinition.from_clause(own).id
    assert row["note"] == ("answered_share" if variant == "answered_over_offered" else None)


@pytest.mark.parametrize(
    "variant, column, note",
    [("with_ivr", "abandoned_ivr", "no_ivr_abandons"), ("with_voicemail", "voicemail", "no_voicemail")],
)
def test_a_variant_whose_counts_nobody_delivered_gives_no_figure(variant: str, column: str, note: str) -> None:
    terms = clauses(clause("a", "abandon_rate", variant=variant, direction="lower", target=0.1))
    row = one(card_of(ICMI | {column: None}, terms=terms), "a", "abandon_rate")
    assert (row["value"], row["target_met"], row["note"]) == (None, None, note)


def test_contacts_of_a_variant_that_is_not_known_are_not_in_the_figure_nor_its_name() -> None:
    own = clause("a", "abandon_rate", queue_code="vip", variant="short_excluded", short_abandon_s=5.0)
    card = card_of(ICMI, counts("a", queue="vip"), terms=clauses(own))
    row = one(card, "a", "abandon_rate")
    assert (row["numerator"], row["denominator"], row["definition_id"]) == (60, 1060, "abandon_rate.all")
    assert (row["note"], row["coverage"]) == ("no_short_calls", pytest.approx(1060 / 2060))


def test_a_week_that_is_not_known_does_not_name_a_longer_periods_figure() -> None:
    before = WEEK - timedelta(weeks=1)
    own = clause("a", "abandon_rate", variant="short_excluded", short_abandon_s=5.0, valid_to=WEEK - timedelta(days=1))
    inputs = WeekInputs(pl.DataFrame([counts("a", week=before), counts("a", abandoned=50)]))
    found = period_figures(inputs, clauses(own)).filter(metric="abandon_rate").row(0, named=True)
    assert (found["value"], found["definition_id"]) == (0.05, "abandon_rate.all")
    assert (found["weeks_known"], found["weeks"]) == (1, 2)


def test_an_answered_share_under_the_name_of_an_abandon_rate_is_compared_with_nobody() -> None:
    terms = clauses(
        *(clause(name, "abandon_rate", variant="answered_over_offered", target=0.9) for name in ("a", "home"))
    )
    row = one(card_of(ICMI, counts("home"), terms=terms), "a", "abandon_rate")
    assert (row["verdict"], row["gap"], row["target_met"]) == ("not_comparable", None, True)


def test_abandon_rates_counted_otherwise_are_not_compared() -> None:
    terms = clauses(clause("a", "abandon_rate", variant="with_voicemail", direction="lower"))
    assert one(card_of(ICMI, counts("home"), terms=terms), "a", "abandon_rate")["verdict"] == "not_comparable"


@pytest.mark.parametrize(
    "metric, changes, note",
    [
        ("service_level", {"attribution": "answer"}, "clause_counts_otherwise"),
        ("service_level", {"transfers_in": "leave_out"}, "clause_counts_otherwise"),
        ("service_level", {"aggregation": "contact_share", "interval_target": 0.8}, "aggregation_differs"),
        ("abandon_rate", {"attribution": "answer"}, "clause_counts_otherwise"),
        ("abandon_rate", {"transfers_in": "leave_out"}, "clause_counts_otherwise"),
        ("abandon_rate", {"aggregation": "mean_of_days"}, "aggregation_differs"),
        ("asa_s", {"over": "offered"}, "clause_counts_otherwise"),
        ("aht_s", {"parts": ["talk_s"]}, "clause_counts_otherwise"),
    ],
)
def test_what_of_a_clause_a_figure_does_not_follow_is_said_and_not_judged(
    metric: str, changes: dict[str, Any], note: str
) -> None:
    variant = "abandon_negative" if metric == "service_level" else None
    plain = one(card_of(counts("a"), terms=clauses(clause("a", metric, variant=variant))), "a", metric)
    assert plain["note"] is None
    assert plain["target_met"] is not None
    row = one(card_of(counts("a"), terms=clauses(clause("a", metric, variant=variant, **changes))), "a", metric)
    assert (row["note"], row["target_met"], row["value"]) == (note, None, plain["value"])
    assert row["definition_id"] == plain["definition_id"]


def test_the_same_parts_in_another_order_are_the_same() -> None:
    terms = clauses(clause("a", "aht_s", variant=None, parts=["talk_s", "acw_s", "hold_s"], target=300))
    assert one(card_of(counts("a"), terms=terms), "a", "aht_s")["target_met"] is not None


@pytest.mark.parametrize("metric", ["service_level", "abandon_rate"])
def test_a_zero_rule_gives_no_figure_but_is_said(metric: str) -> None:
    empty = {name: 0 for name, value in counts("a").items() if name not in KEYS and value is not None}
    variant = "abandon_negative" if metric == "service_level" else None
    terms = clauses(clause("a", metric, variant=variant, zero_rule="one"))
    row = one(card_of(counts("a", **empty), terms=terms), "a", metric)
    assert (row["value"], row["note"]) == (None, "zero_rule_differs")
    busy = one(card_of(counts("a"), terms=terms), "a", metric)
    assert (busy["note"], "empty_is" in busy["definition_id"]) == (None, False)


# --- past, baseline, verdict --------------------------------------------------------------------------------------


def test_history_previous_week_and_last_year() -> None:
    rows = [counts("a", week=WEEK - timedelta(weeks=back), abandoned=100 + back) for back in (0, 1, 3)]
    rows.append(counts("a", week=date(2025, 11, 10), abandoned=300))
    row = one(card_of(*rows), "a", "abandon_rate")
    assert len(row["history"]) == HISTORY_WEEKS
    assert row["history"][-4:] == [0.103, None, 0.101, 0.1]
    assert row["history"][0] is None
    assert (row["previous"], row["last_year"]) == (0.101, 0.3)


@pytest.mark.parametrize(
    "week, expected",
    [
        (date(2026, 11, 9), date(2025, 11, 10)),
        (date(2025, 12, 29), date(2024, 12, 30)),
        # Week 53 of 2026: the year before had none.
        (date(2026, 12, 28), None),
    ],
)
def test_last_year_is_the_same_iso_week(week: date, expected: date | None) -> None:
    assert last_year(week) == expected
    if expected:
        assert expected.isocalendar()[1] == week.isocalendar()[1]


@pytest.mark.parametrize("abandoned, verdict", [(40, "better"), (100, "no_clear_difference"), (200, "worse")])
def test_verdicts(abandoned: int, verdict: str) -> None:
    row = one(card_of(counts("a", abandoned=abandoned), counts("home")), "a", "abandon_rate")
    assert row["verdict"] == verdict
    assert row["gap_low"] <= row["gap"] <= row["gap_high"]


def test_verdicts_that_are_none() -> None:
    card = card_of(counts("a"), counts("home"))
    assert one(card, "home", "abandon_rate")["verdict"] == "is_baseline"
    assert one(card, "home", "abandon_rate")["gap"] is None
    assert one(card, "a", "aht_s")["verdict"] == "not_judged"
    assert one(card_of(counts("a"), baseline=None), "a", "abandon_rate")["verdict"] == "no_baseline"
    few = counts("a", offered=20, abandoned=15)
    assert one(card_of(few, counts("home")), "a", "abandon_rate")["verdict"] == "too_little_data"


def test_every_code_has_its_words() -> None:
    card = card_of(counts("a"), counts("home"), counts("a", queue="vip", offered=0), by_queue=True)
    assert set(card["verdict"]) <= set(VERDICTS)
    assert set(card["note"].drop_nulls()) <= set(NOTES)


def test_what_no_file_says_is_named_so() -> None:
    card = card_of(counts("a"), counts("home"))
    for metric in ("csat", "wait_p90_s", "refund_rate", "cost_per_contact"):
        row = one(card, "a", metric)
        assert (row["value"], row["n"], row["note"]) == (None, 0, "not_known")


def test_silence_keeps_its_rows() -> None:
    card = card_of(counts("a", week=WEEK - timedelta(weeks=1)), counts("home"))
    row = one(card, "a", "service_level")
    assert (row["value"], row["n"], row["note"], row["previous"]) == (None, 0, "no_data", 0.72)


# --- surveys ------------------------------------------------------------------------------------------------------


def _answers(
    vendor: str, kind: str, scale: tuple[float, float], scores: dict[float | None, int], **more: Any
) -> list[Any]:
    return [
        {"vendor_code": vendor, "queue_code": "orders", "week": WEEK, "survey_type": kind, "question_code": "q",
         "scale_min": scale[0], "scale_max": scale[1], "status": "complete" if score is not None else "sent",
         "score_raw": score, "n": n} | more
        for score, n in scores.items()
    ]  # fmt: skip


def _surveyed(rows: list[Any], offers: pl.DataFrame | None = None) -> pl.DataFrame:
    inputs = WeekInputs(pl.DataFrame([counts("a"), counts("home")]), surveys=pl.DataFrame(rows))
    if offers is not None:
        inputs = WeekInputs(pl.DataFrame([counts("a")]), surveys=pl.DataFrame(rows), offers=offers)
    return card_of(inputs=inputs)


def test_satisfaction_and_recommendation() -> None:
    fives = _answers("a", "csat", (1, 5), {5.0: 50, 4.0: 35, 3.0: 5, 2.0: 4, 1.0: 6, None: 300})
    tens = _answers("a", "nps", (0, 10), {10.0: 50, 8.0: 30, 6.0: 20})
    card = _surveyed(fives + tens)
    csat = one(card, "a", "csat")
    assert (csat["value"], csat["n"]) == (0.85, 100)
    nps = one(card, "a", "nps")
    assert (nps["value"], nps["numerator"], nps["denominator"]) == (30, 30, 100)
    assert (round(nps["low"], 1), round(nps["high"], 1)) == (14.1, 44.2)


def test_answers_that_the_sender_excluded_are_counted() -> None:
    rows = _answers("a", "csat", (1, 5), {5.0: 90}) + _answers("a", "csat", (1, 5), {1.0: 10}, status="excluded")
    assert one(_surveyed(rows), "a", "csat")["value"] == 0.9


def test_a_recommendation_on_another_scale_is_not_nps() -> None:
    assert one(_surveyed(_answers("a", "nps", (1, 5), {5.0: 90, 1.0: 10})), "a", "nps")["value"] is None


def test_thumbs_have_one_best_box() -> None:
    assert one(_surveyed(_answers("a", "csat", (0, 1), {1.0: 60, 0.0: 40})), "a", "csat")["value"] == 0.6


def test_response_rate_from_surveys_sent_one_by_one() -> None:
    row = one(_surveyed(_answers("a", "csat", (1, 5), {5.0: 60, None: 140})), "a", "response_rate")
    assert (row["value"], row["numerator"], row["denominator"]) == (0.3, 60, 200)


def test_a_survey_of_two_questions_is_one_survey() -> None:
    # 100 surveys ask both questions: 30 answered both, 10 the first alone; a survey is told on its first answer.
    rows = [
        *_answers("a", "csat", (1, 5), {5.0: 40}, responses=40),
        *_answers("a", "csat", (1, 5), {None: 60}, responses=60),
        *_answers("a", "nps", (0, 10), {9.0: 30}, responses=0),
        *_answers("a", "nps", (0, 10), {None: 70}, responses=0),
    ]
    row = one(_surveyed(rows), "a", "response_rate")
    assert (row["numerator"], row["denominator"], row["n"]) == (40, 100, 100)
    assert one(_surveyed(rows), "a", "nps")["n"] == 30
    offered = {"vendor_code": "a", "queue_code": "orders", "week": WEEK, "survey_type": "nps", "offered": 60}
    row = one(_surveyed(rows, pl.DataFrame([offered])), "a", "response_rate")
    assert (row["numerator"], row["denominator"]) == (40 + 30, 100 + 60), "nps is counted by the offers of its own"


def test_response_rate_from_counted_offers() -> None:
    offers = pl.DataFrame(
        [{"vendor_code": "a", "queue_code": "orders", "week": WEEK, "survey_type": "csat", "offered": 400}]
    )
    row = one(_surveyed(_answers("a", "csat", (1, 5), {5.0: 60}), offers), "a", "response_rate")
    assert (row["value"], row["denominator"]) == (0.15, 400)


def test_nothing_but_answers_is_no_response_rate() -> None:
    row = one(_surveyed(_answers("a", "csat", (1, 5), {5.0: 60})), "a", "response_rate")
    assert (row["value"], row["note"]) == (None, "offers_not_known")


# --- money --------------------------------------------------------------------------------------------------------


def _refunds(*rows: tuple[str, int, int, int, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [("a", "orders", WEEK, kind, "EUR", refunds, contacts, orders, Decimal(amount))
         for kind, refunds, contacts, orders, amount in rows],
        schema=["vendor_code", "queue_code", "week", "kind", "currency", "refunds", "contacts", "orders", "amount"],
        orient="row",
    )  # fmt: skip


def test_refunds_per_contact_and_their_net_value() -> None:
    inputs = WeekInputs(
        pl.DataFrame([counts("a")]), refunds=_refunds(("refund", 100, 90, 95, "3000"), ("reversal", 5, 5, 5, "300"))
    )
    card = card_of(inputs=inputs)
    assert one(card, "a", "refund_rate")["value"] == pytest.approx(0.1)
    assert one(card, "a", "refund_value_per_contact")["value"] == pytest.approx(3.0)


def test_value_refunded_has_an_interval_from_what_each_contact_got() -> None:
    """Ten contacts: one got 30, one 10, eight nothing. Mean 4, variance 840 / 9, 1.96 standard errors 5.988."""
    refunds = _refunds(("refund", 2, 2, 2, "40")).with_columns(amount_sq=pl.lit(1000.0))
    inputs = WeekInputs(pl.DataFrame([counts("a", answered=10)]), refunds=refunds)
    row = one(card_of(inputs=inputs), "a", "refund_value_per_contact")
    assert (row["value"], row["note"]) == (4, None)
    assert (row["low"], row["high"]) == (pytest.approx(-1.98784, abs=1e-4), pytest.approx(9.98784, abs=1e-4))


def test_a_week_without_refunds_has_no_interval_and_does_not_hide_that_of_a_month() -> None:
    refunds = _refunds(("refund", 2, 2, 2, "40")).with_columns(amount_sq=pl.lit(1000.0))
    before = WEEK - timedelta(weeks=1)
    elsewhere = refunds.with_columns(week=pl.lit(before), vendor_code=pl.lit("home"))
    weeks = [counts("a", answered=5), counts("a", answered=5, week=before), counts("home", week=before)]
    inputs = WeekInputs(pl.DataFrame(weeks), refunds=pl.concat([refunds, elsewhere]))
    quiet = one(card_of(inputs=inputs, week=before), "a", "refund_value_per_contact")
    assert (quiet["value"], quiet["low"], quiet["note"]) == (0, None, "no_variance")
    month = period_figures(inputs, clauses(clause("a"))).filter(
        pl.col("vendor") == "a", pl.col("metric") == "refund_value_per_contact"
    )
    assert month.select("value", "high").row(0) == (4, pytest.approx(9.98784, abs=1e-4))


def test_refunds_that_name_no_contact_are_counted_by_order() -> None:
    inputs = WeekInputs(pl.DataFrame([counts("a")]), refunds=_refunds(("refund", 100, 0, 90, "3000")))
    row = one(card_of(inputs=inputs), "a", "refund_rate")
    assert (row["value"], row["note"]) == (pytest.approx(0.1), "refunds_not_linked")


def test_refunds_per_order_need_orders() -> None:
    refunds = _refunds(("refund", 100, 90, 80, "3000"))
    card = card_of(inputs=WeekInputs(pl.DataFrame([counts("a")]), refunds=refunds), refund_denominator="orders")
    assert one(card, "a", "refund_rate")["note"] == "orders_not_known"
    orders = pl.DataFrame([{"vendor_code": "a", "queue_code": "orders", "week": WEEK, "orders": 1600}])
    inputs = WeekInputs(pl.DataFrame([counts("a")]), refunds=refunds, orders=orders)
    assert one(card_of(inputs=inputs, refund_denominator="orders"), "a", "refund_rate")["value"] == 0.05


def test_a_week_without_any_refunds_delivered_is_unknown() -> None:
    inputs = WeekInputs(
        pl.DataFrame([counts("a"), counts("a", week=WEEK - timedelta(weeks=1))]),
        refunds=_refunds(("refund", 100, 90, 95, "3000")).with_columns(week=pl.lit(WEEK - timedelta(weeks=1))),
    )
    assert one(card_of(inputs=inputs), "a", "refund_rate")["value"] is None


def _card(unit: str, amount: str, **more: Any) -> dict[str, Any]:
    row = {"vendor_code": "a", "queue_code": "*", "unit": unit, "amount": Decimal(amount), "currency": "EUR",
           "band_min": None, "band_max": None, "valid_from": date(2025, 1, 1), "valid_to": None}  # fmt: skip
    return row | more


def _cost(metric: str, *cards: dict[str, Any], staffing: pl.DataFrame | None = None, **changes: Any) -> dict[str, Any]:
    types = {"band_min": pl.Int64, "band_max": pl.Int64, "valid_to": pl.Date, "amount": pl.Decimal(18, 4),
             **({"fte_hours": pl.Float64} if "fte_hours" in cards[0] else {})}  # fmt: skip
    inputs = WeekInputs(pl.DataFrame([counts("a", **changes)]), **({} if staffing is None else {"staffing": staffing}))
    card = card_of(inputs=inputs, rate_cards=pl.DataFrame(cards, schema_overrides=types))
    return one(card, "a", metric)


@pytest.mark.parametrize("metric", ["cost_per_contact", "cost_per_resolved_contact"])
def test_a_cost_in_another_currency_than_the_figures_is_not_known(metric: str) -> None:
    inputs = WeekInputs(pl.DataFrame([counts("a")]))
    types = {"band_min": pl.Int64, "band_max": pl.Int64, "valid_to": pl.Date, "amount": pl.Decimal(18, 4)}
    cards = pl.DataFrame([_card("contact", "30.00", currency="MAD")], schema_overrides=types)
    row = one(card_of(inputs=inputs, rate_cards=cards, currency="EUR"), "a", metric)
    assert (row["value"], row["note"]) == (None, "other_currency")
    assert one(card_of(inputs=inputs, rate_cards=cards, currency="MAD"), "a", "cost_per_contact")["value"] == 30.0


def test_refunds_in_another_currency_are_counted_but_have_no_value() -> None:
    inputs = WeekInputs(pl.DataFrame([counts("a")]), refunds=_refunds(("refund", 100, 90, 95, "3000")))
    card = card_of(inputs=inputs, currency="USD")
    value = one(card, "a", "refund_value_per_contact")
    assert (value["value"], value["note"]) == (None, "other_currency")
    assert one(card, "a", "refund_rate")["value"] is not None


HOURS = pl.DataFrame(
    [{"vendor_code": "a", "queue_code": "orders", "week": WEEK, "logged_s": 360000.0, "scheduled_hours": 120.0,
      "committed_hours": 150.0}]
)  # fmt: skip


@pytest.mark.parametrize(
    "unit, amount, expected",
    [
        ("contact", "3.15", 3.15),
        ("minute", "0.60", 0.60 * 260 / 60),
        ("hour", "27.00", 100 * 27 / 900),
        ("resolved", "4.00", 4.00 * 0.8),
    ],
)
def test_cost_per_contact_in_every_unit(unit: str, amount: str, expected: float) -> None:
    row = _cost("cost_per_contact", _card(unit, amount), staffing=HOURS)
    assert row["value"] == pytest.approx(expected)
    assert (row["low"], row["note"]) == (None, "census")


def test_cost_per_resolved_contact_takes_repeats_out() -> None:
    # 900 answered, a fifth repeated: 720 resolved.
    assert _cost("cost_per_resolved_contact", _card("contact", "3.20"))["value"] == pytest.approx(4.0)
    still_open = _cost("cost_per_resolved_contact", _card("contact", "3.20"), repeat_open=100)
    assert (still_open["value"], still_open["note"]) == (None, "not_yet_known")


def test_two_units_add_up() -> None:
    row = _cost("cost_per_contact", _card("contact", "1.00"), _card("hour", "27.00"), staffing=HOURS)
    assert row["value"] == pytest.approx(4.0)


def test_a_price_that_changes_within_the_week_applies_by_days() -> None:
    change = WEEK + timedelta(days=5)
    row = _cost(
        "cost_per_contact",
        _card("contact", "2.00", valid_to=change - timedelta(days=1)),
        _card("contact", "3.40", valid_from=change),
    )
    assert row["value"] == pytest.approx((5 * 2 + 2 * 3.4) / 7, abs=1e-4)


def test_bands_choose_by_the_months_pace() -> None:
    # 900 contacts a week are about 3,900 a month.
    low, high = _card("contact", "3.00", band_max=3000), _card("contact", "2.50", band_min=3001)
    assert _cost("cost_per_contact", low, high)["value"] == pytest.approx(2.5)
    assert _cost("cost_per_contact", low, high, answered=500)["value"] == pytest.approx(3.0)


def test_graduated_bands_price_each_contact_in_its_own() -> None:
    # 900 contacts a week are 3,913 a month: 3,000 of them at 3.00, the others at 2.50.
    cards = [_card("contact", "3.00", band_max=3000), _card("contact", "2.50", band_min=3001)]
    monthly = 900 * 365.25 / 12 / 7
    row = _cost("cost_per_contact", *(card | {"graduated": True} for card in cards))
    assert row["value"] == pytest.approx((3000 * 3 + (monthly - 3000) * 2.5) / monthly, abs=1e-4)


@pytest.mark.parametrize(("basis", "hours"), [("scheduled", 120), ("committed", 150), ("logged", 100)])
def test_full_time_months_cost_a_week_its_hours(basis: str, hours: int) -> None:
    card = _card("fte_month", "3000", fte_hours=150.0, fte_basis=basis)
    row = _cost("cost_per_contact", card, staffing=HOURS)
    assert row["value"] == pytest.approx(hours / 150 * 3000 / 900, abs=1e-3)
    unsaid = _cost("cost_per_contact", card | {"fte_hours": None}, staffing=HOURS)
    assert (unsaid["value"], unsaid["note"]) == (None, "quantity_not_known")


def test_a_cost_over_a_hole_is_no_cost() -> None:
    assert _cost("cost_per_contact", _card("hour", "27.00"))["note"] == "quantity_not_known"
    assert _cost("cost_per_contact", _card("contact", "3.00", queue_code="other"))["note"] == "no_rate_card"
    assert _cost("cost_per_contact", _card("contact", "3.00", queue_code="other"))["value"] is None


# --- shape --------------------------------------------------------------------------------------------------------


def test_dtypes_are_stable_also_when_empty() -> None:
    nothing = WeekInputs(pl.DataFrame(schema={"vendor_code": pl.String, "week": pl.Date}))
    empty = scorecard(nothing, WEEK, None, clauses())
    assert empty.is_empty()
    assert dict(empty.schema) == SCORECARD_SCHEMA
    full = card_of(counts("a"), counts("home"), by_queue=True)
    assert dict(full.schema) == SCORECARD_SCHEMA


def test_one_row_per_vendor_queue_and_measure_in_the_catalogues_order() -> None:
    card = card_of(counts("a"), counts("home"), counts("a", queue="vip"), by_queue=True)
    assert not card.select("vendor", "queue", "metric").is_duplicated().any()
    together = card.filter((pl.col("vendor") == "a") & pl.col("queue").is_null())
    assert together["metric"].to_list() == list(MEASURES)
    chosen = card_of(counts("a"), measures=["csat", "offered"])
    assert chosen["metric"].to_list() == ["csat", "offered"]


def test_queues_add_up_to_their_vendor() -> None:
    rows = [counts("a"), counts("a", queue="vip", abandoned=30), counts("a", queue="b2b", abandoned=70)]
    card = card_of(*rows, by_queue=True)
    parts = card.filter((pl.col("metric") == "abandon_rate") & pl.col("queue").is_not_null())
    whole = one(card, "a", "abandon_rate")
    assert (parts["numerator"].sum(), parts["denominator"].sum()) == (whole["numerator"], whole["denominator"])


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [counts("home"), counts("a"), counts("a", queue="vip", abandoned=30)]
    assert card_of(*rows, by_queue=True).equals(card_of(*reversed(rows), by_queue=True))


def test_what_is_not_asked_right_is_refused() -> None:
    with pytest.raises(ValueError, match="not a Monday"):
        card_of(counts("a"), week=date(2026, 11, 10))
    with pytest.raises(ValueError, match="no such measure: fcr"):
        card_of(counts("a"), measures=["fcr"])
    with pytest.raises(ValueError, match="counts: missing week"):
        WeekInputs(pl.DataFrame({"vendor_code": ["a"]}))


def test_weekly_figures_hold_every_week() -> None:
    inputs = WeekInputs(pl.DataFrame([counts("a"), counts("a", week=WEEK - timedelta(weeks=5))]))
    figures = weekly_figures(inputs, clauses(clause("a")))
    assert figures.filter(pl.col("metric") == "service_level").height == 2
