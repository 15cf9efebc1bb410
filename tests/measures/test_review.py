"""Whom to call: only what chance doesn't explain, weightiest first, in sentences that accuse nobody."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import polars as pl
import pytest

from pipelines.measures.review import FEWEST_WEEKS, MOST, usual_difference, whom_to_call
from pipelines.measures.scorecard import SCORECARD_SCHEMA

STEADY = [0.800, 0.806, 0.794, 0.803, 0.797, 0.809, 0.791, 0.802, 0.798, 0.805, 0.795, 0.800]


def row(vendor: str, metric: str, value: float, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = dict.fromkeys(SCORECARD_SCHEMA) | {
        "week": date(2026, 11, 9), "vendor": vendor, "metric": metric, "value": value, "n": 4120,
        "reliability": "enough", "low": value - 0.012, "high": value + 0.012, "history": [*STEADY, value],
        "definition_id": metric,
    }  # fmt: skip
    return made | changes


def card(*rows: dict[str, Any]) -> pl.DataFrame:
    vendors = sorted({one["vendor"] for one in rows})
    volumes = [row(vendor, "offered", 4120.0, low=None, high=None, history=[None] * 13) for vendor in vendors]
    return pl.DataFrame([*volumes, *rows], schema=SCORECARD_SCHEMA)


def test_an_ordinary_week_calls_nobody() -> None:
    review = whom_to_call(
        card(row("a", "service_level", 0.796, target=0.79, target_met=True, target_direction="higher"))
    )
    assert review.calls == ()
    assert review.examined == 2
    assert review.summary() == (
        "Comparisons made: 2. Expected to stand out by luck: about 0. Standing out: 0; shown here: 0."
    )


def test_a_fall_beyond_the_usual_weeks_is_a_call() -> None:
    (call,) = whom_to_call(card(row("b", "service_level", 0.742))).calls
    assert (call.kind, call.vendor, call.metric) == ("worse", "b", "service_level")
    assert call.high is not None
    assert call.high < 0
    assert call.sentence("en", {"b": "Beacon"}) == (
        "Beacon: service level fell to 74.2\u202f% (n 4,120), 5.8 points below its own average of the last weeks "
        "(80.0\u202f%); ordinary weeks differ by less. Ask what happened."
    )


def test_many_contacts_alone_do_not_make_a_week_unusual() -> None:
    # Within the spread of its own weeks, though the sampling interval is a hair's breadth.
    quiet = row("a", "service_level", 0.789, n=400_000, low=0.7885, high=0.7895)
    assert whom_to_call(card(quiet)).calls == ()


def test_few_contacts_widen_what_is_ordinary() -> None:
    few = row("a", "csat", 0.74, n=40, low=0.59, high=0.85)
    assert whom_to_call(card(few)).calls == ()


def test_a_missed_target_counts_only_beyond_chance() -> None:
    terms = {"target": 0.80, "target_direction": "higher", "target_met": False, "history": [None] * 13}
    near = row("a", "service_level", 0.792, **terms)
    far = row("b", "service_level", 0.742, **terms)
    (call,) = whom_to_call(card(near, far)).calls
    assert (call.vendor, call.kind) == ("b", "target")
    assert (
        "5.8 points below the target of 80.0\u202f%; taking chance into account, 4.6 points to 7.0 points"
        in call.sentence()
    )


def test_a_target_that_must_not_be_exceeded() -> None:
    terms = {"target": 0.05, "target_direction": "lower", "history": [None] * 13}
    good = row("a", "abandon_rate", 0.02, target_met=True, **terms)
    bad = row("b", "abandon_rate", 0.08, target_met=False, **terms)
    (call,) = whom_to_call(card(good, bad)).calls
    assert call.vendor == "b"
    assert "above the target" in call.sentence()


def test_a_counted_cost_over_its_target_is_told_without_an_interval() -> None:
    cost = row("a", "cost_per_contact", 3.4, low=None, high=None, target=3.0, target_direction="lower",
               target_met=False, history=[None] * 13)  # fmt: skip
    (call,) = whom_to_call(card(cost)).calls
    assert call.sentence("en") == "a: cost per contact was €3.40 (n 4,120), €0.40 above the target of €3.00."
    assert call.sentence("fr").startswith(
        "a\u00a0: coût par contact à 3,40\u00a0€ (n 4\u202f120), soit 0,40\u00a0€ au-dessus"
    )


def test_one_story_is_one_call_and_at_most_five_are_shown() -> None:
    waits = {"low": 59.0, "high": 61.0, "history": [30.0, 31.0, 29.0] * 4 + [60.0]}
    rows = [row(vendor, "service_level", 0.70) for vendor in "abcdefg"]
    rows += [row(vendor, "asa_s", 60.0, **waits) for vendor in "abcdefg"]
    review = whom_to_call(card(*rows))
    assert len(review.calls) == MOST
    assert len({(call.vendor, call.metric) for call in review.calls}) == len({call.vendor for call in review.calls})
    assert review.found == 14


def test_a_busier_operation_comes_first() -> None:
    frame = card(row("big", "service_level", 0.74), row("small", "service_level", 0.74))
    volume = pl.when(pl.col("vendor") == "small").then(100.0).otherwise(pl.col("value"))
    frame = frame.with_columns(value=pl.when(pl.col("metric") == "offered").then(volume).otherwise("value"))
    assert [call.vendor for call in whom_to_call(frame).calls] == ["big", "small"]


def test_good_news_is_told_and_comes_after_bad() -> None:
    review = whom_to_call(card(row("a", "service_level", 0.86), row("b", "service_level", 0.74)))
    assert [call.kind for call in review.calls] == ["worse", "better"]


def test_no_direction_no_judgement() -> None:
    handle = row("a", "aht_s", 380.0, low=375.0, high=385.0, history=[300.0, 303.0, 297.0] * 4 + [380.0])
    (call,) = whom_to_call(card(handle)).calls
    assert call.kind == "changed"
    assert "It may have a good reason" in call.sentence()


def test_too_few_never_qualify_and_are_counted() -> None:
    review = whom_to_call(card(row("a", "csat", 0.2, n=12, reliability="indicative")))
    assert (review.calls, review.too_few, review.examined) == ((), 1, 0)
    assert review.summary().endswith("Figures with too little data to tell: 1.")
    assert review.summary("fr").endswith("trop peu de données pour conclure\u00a0: 1.")


def test_false_calls_come_about_as_often_as_announced() -> None:
    draw = random.Random(11)
    rows = []
    for number in range(400):
        weeks = [draw.gauss(0.8, 0.01) for _ in range(13)]
        rows.append(
            row(f"v{number}", "service_level", weeks[-1], low=weeks[-1] - 0.005, high=weeks[-1] + 0.005, history=weeks)
        )
    review = whom_to_call(card(*rows))
    assert review.expected_by_chance == pytest.approx(20)
    assert 10 <= review.found <= 32


def test_too_short_a_past_says_nothing() -> None:
    assert usual_difference(0.5, [0.8] * (FEWEST_WEEKS - 1), 0.01) is None
    assert usual_difference(0.8, [0.8] * FEWEST_WEEKS, None) == (pytest.approx(0.8), pytest.approx(0), pytest.approx(0))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_sentence_accuses(language: str) -> None:
    longer = row("c", "aht_s", 390.0, low=380.0, high=400.0, history=[300.0, 301.0] * 6 + [390.0])
    rows = [row("a", "service_level", 0.7), row("b", "service_level", 0.9), longer]
    for call in whom_to_call(card(*rows)).calls:
        words = call.sentence(language).lower()  # type: ignore[arg-type]
        assert not any(word in words for word in ("fraud", "cheat", "fault", "blame", "trich", "faute"))
        assert "{" not in words
