"""What stands out: planted changes are found in their order, noise and small numbers are not."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipelines.answers.standouts import leading, standouts
from pipelines.answers.touched import doubts, with_findings
from pipelines.trust.findings import SCHEMA

NOTHING_DUE = pl.DataFrame(schema={"vendor": pl.String, "feed": pl.String, "punctuality": pl.String})


def _row(vendor: str = "v", metric: str = "service_level", value: float | None = 0.80, **other: Any) -> dict[str, Any]:
    half = 0.01
    return {
        "vendor": vendor, "metric": metric, "value": value, "n": 2000,
        "low": None if value is None else value - half, "high": None if value is None else value + half,
        "previous": 0.80, "target": None, "target_met": None, "baseline_value": 0.80, "history": [0.8] * 13,
        "gap": 0.0, "gap_basis": "like_for_like", "verdict": "equal", "margin": 0.02, "reversal": False,
        "variation": "usual", "signal": "usual", "usual_low": 0.77, "usual_high": 0.83, "usual_mean": 0.8,
        "usual_points": 53, "usual_trial": False,
    } | other  # fmt: skip


UNUSUAL = {"value": 0.70, "variation": "concern", "signal": "below_lower"}
WORSE = {"verdict": "worse", "gap": -0.06}


def _found(*rows: dict[str, Any], judged: pl.DataFrame = NOTHING_DUE) -> Any:
    metrics = sorted({row["metric"] for row in rows})
    return standouts(pl.DataFrame(list(rows), infer_schema_length=None), judged, metrics)


def _kinds(*rows: dict[str, Any], judged: pl.DataFrame = NOTHING_DUE) -> list[tuple[str, str]]:
    return [(one.kind, one.vendor) for one in _found(*rows, judged=judged).found]


def test_a_steady_figure_does_not_stand_out() -> None:
    assert _kinds(_row()) == []


def test_outside_the_usual_range_and_drifting() -> None:
    assert _kinds(_row(**UNUSUAL)) == [("unusual_worse", "v")]
    assert _kinds(_row(variation="improvement", signal="above_upper")) == [("unusual_better", "v")]
    assert _kinds(_row(variation="improvement", signal="run_above")) == [("drift_better", "v")]
    assert _kinds(_row(variation="concern", signal="trend_down")) == [("drift_worse", "v")]
    assert _kinds(_row(variation="high", signal="above_upper")) == []  # neither good nor bad


def test_a_missed_target_outweighs_everything_but_missing_data() -> None:
    judged = pl.DataFrame(
        {"vendor": ["w"] * 3, "feed": ["contacts"] * 3, "punctuality": ["on_time", "missing", "late"]}
    )
    rows = (
        _row("a", **UNUSUAL), _row("b", value=0.80, target=0.85, target_met=False), _row("c", **WORSE),
        _row("d", verdict="better", gap=0.06),
    )  # fmt: skip
    assert _kinds(*rows, judged=judged) == [
        ("missing_data", "w"), ("clause_missed", "b"), ("unusual_worse", "a"), ("worse_gap", "c"), ("better_gap", "d"),
    ]  # fmt: skip


def test_a_figure_is_told_once_by_what_weighs_most() -> None:
    row = _row(**WORSE | {"gap": -0.2, "target": 0.81, "target_met": False, "low": 0.7, "high": 0.9}, metric="csat")
    assert _kinds(row) == [("worse_gap", "v")]


def test_a_survey_target_within_chance_is_unsure_and_a_service_level_is_not() -> None:
    missed = {"value": 0.80, "target": 0.805, "target_met": False}
    assert _kinds(_row(metric="csat", **missed)) == [("clause_unsure", "v")]
    assert _kinds(_row(**missed)) == [("clause_missed", "v")]


def test_only_like_for_like_gaps_stand_out_and_what_the_mix_hides_is_said() -> None:
    assert _kinds(_row(**WORSE, gap_basis="as_it_stands")) == []
    assert _kinds(_row(verdict="not_comparable", gap=None)) == []
    assert _kinds(_row(**WORSE, reversal=True)) == [("worse_unseen", "v")]
    assert _kinds(_row(verdict="better", gap=0.05, reversal=True)) == [("better_unseen", "v")]


def test_severity_volume_and_money_each_count() -> None:
    def weights(*rows: dict[str, Any]) -> dict[str, float]:
        return {one.vendor: one.weight for one in _found(*rows).found if one.metric == "service_level"}

    plain = weights(_row("a", **WORSE), _row("b", **WORSE | {"gap": -0.09}))
    assert plain["b"] > plain["a"]
    size = {"low": None, "high": None, "verdict": "not_judged", "variation": None, "usual_trial": None}
    busy = weights(
        _row("a", **WORSE),
        _row("b", **WORSE),
        _row("a", "answered", 900.0, **size),
        _row("b", "answered", 90.0, **size),
    )  # fmt: skip
    assert busy["a"] > busy["b"]
    dear = weights(
        _row("a", **WORSE), _row("b", **WORSE),
        *(_row(vendor, "answered", 90.0, **size) for vendor in "ab"),
        _row("a", "cost_per_contact", 2.0, **size),
        _row("b", "cost_per_contact", None, history=[4.0, 6.0, None], **size),  # the last known price
    )  # fmt: skip
    assert dear["b"] > dear["a"]


def test_missing_deliveries_are_counted() -> None:
    judged = pl.DataFrame(
        {"vendor": ["w"] * 3, "feed": ["contacts"] * 3, "punctuality": ["on_time", "missing", "late"]}
    )
    found = _found(_row(), judged=judged).found
    assert found[0].values == {"feed": "contacts", "missing": 1, "expected": 3}


def test_too_few_contacts_never_stand_out() -> None:
    assert _kinds(_row(value=0.10, n=29, target=0.8, target_met=False)) == []
    assert _kinds(_row(n=29, **UNUSUAL)) == []
    assert _kinds(_row(value=None, n=0)) == []


def test_a_price_is_no_sample() -> None:
    price = {"low": None, "high": None, "verdict": "not_judged", "gap_basis": "as_it_stands", "variation": None}
    assert _kinds(_row(metric="cost_per_contact", value=5.35, **price)) == []


def test_trial_limits_name_nobody() -> None:
    assert _kinds(_row(**UNUSUAL, usual_trial=True, usual_points=9)) == []


def test_chance_is_counted() -> None:
    found = _found(*(_row(f"v{vendor}") for vendor in range(10)))
    assert found.comparisons == 20  # ten usual ranges and ten gaps
    assert found.expected_by_chance == pytest.approx(0.18)  # ten charts of 53 weeks at 1.8 %
    worse = _found(*(_row(f"v{vendor}", **WORSE) for vendor in range(10)))
    assert worse.expected_by_chance == pytest.approx(0.18 + 0.05 * 10)


def test_the_shortfall_is_signed() -> None:
    found = _found(_row(value=0.78, target=0.80, target_met=False)).found
    assert round(found[0].values["shortfall"], 6) == -0.02


def test_the_leading_ones_do_not_repeat_themselves() -> None:
    rows = [_row(f"v{place}", **UNUSUAL | {"value": 0.7 - place / 100}) for place in range(4)]
    rows.append(_row("w", metric="csat", **WORSE))
    found = _found(*rows).found
    assert [one.metric for one in found] == ["service_level"] * 4 + ["csat"]
    assert [one.metric for one in leading(found, 3)] == ["service_level", "service_level", "csat"]
    assert len(leading(found, 5)) == 5


def test_what_one_vendor_is_called_about_stays_together() -> None:
    rows = [_row("a", **UNUSUAL), _row("b", "csat", **WORSE), _row("a", "nps", **WORSE | {"gap": -0.01})]
    assert [one.vendor for one in leading(_found(*rows).found, 5)] == ["a", "a", "b"]


def _finding(kind: str, **other: Any) -> dict[str, Any]:
    return {
        "finding_id": kind, "kind": kind, "severity": "critical", "vendor": "a", "feed": "contacts", "queue": None,
        "metric": None, "evidence": "{}", "status": "open", "sentence": "Few were asked.", "sentence_fr": "Peu.",
    } | other  # fmt: skip


def _findings(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema_overrides={name: dtype for name, dtype in SCHEMA.items() if name in rows[0]})


def test_a_grave_finding_puts_its_figure_in_doubt_until_somebody_settles_it() -> None:
    bias = {"feed": "surveys", "metric": "csat"}
    asked = _findings(
        _finding("survey_offer_bias", **bias),
        _finding("survey_response_gap", severity="warning", vendor="b", **bias),
        _finding("missing_day"),  # what has not come is told as such
    )
    card = pl.DataFrame([_row("a", "csat", 0.95), _row("b", "csat", 0.8), _row("c", "csat", **WORSE)])
    found = standouts(card, NOTHING_DUE, ["csat"], doubts(asked))
    assert [(one.kind, one.vendor) for one in found.found] == [("doubted", "a"), ("worse_gap", "c")]
    assert found.stood == 1, "a doubt is no matter of chance"
    assert found.found[0].values["sentence"] == "Few were asked."
    assert doubts(asked.with_columns(status=pl.lit("explained"))) == []


def test_doubts_take_no_place_from_what_changed() -> None:
    rows = [_row(f"v{place}", "csat", **UNUSUAL) for place in range(4)]
    asked = _findings(*(_finding("survey_offer_bias", vendor=f"v{place}", metric="csat") for place in range(3)))
    chosen = leading(standouts(pl.DataFrame(rows), NOTHING_DUE, ["csat"], doubts(asked)).found, 4)
    assert sorted(one.kind for one in chosen) == ["doubted"] * 2 + ["unusual_worse"] * 4


def test_a_finding_touches_the_figures_that_rest_on_what_it_is_about() -> None:
    found = _findings(
        _finding("missing_day"),
        _finding("queue_jumping", metric="service_level", queue="orders"),
        _finding("missing_delivery", vendor="home", feed="refunds"),
        _finding("late_delivery", feed="sla_report"),
        _finding("survey_response_gap", vendor="home", feed="surveys", metric="csat", evidence='{"about": "b"}'),
        _finding("reported_differs", feed="sla_report", metric="aht_s"),
    )
    metrics = ("service_level", "asa_s", "aht_s", "csat", "nps", "refund_rate")
    card = pl.DataFrame([(vendor, queue, metric) for vendor, queue in (("a", None), ("a", "chat"), ("b", None))
                         for metric in metrics], schema={"vendor": pl.String, "queue": pl.String, "metric": pl.String},
                        orient="row")  # fmt: skip
    told = {row[:3]: row[3] for row in with_findings(card, found).iter_rows()}
    assert told["a", None, "service_level"] == told["a", None, "asa_s"] == ["missing_day", "queue_jumping"]
    assert told["a", "chat", "service_level"] == ["missing_day"]
    assert told["a", None, "aht_s"] == ["missing_day", "reported_differs"]
    assert told["a", None, "csat"] == []
    assert told["b", None, "csat"] == told["b", None, "nps"] == ["survey_response_gap"]
    assert told["a", None, "refund_rate"] == ["missing_day", "missing_delivery"]
    assert told["b", None, "refund_rate"] == ["missing_delivery"]
    assert told["b", None, "service_level"] == []
