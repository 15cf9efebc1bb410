"""What stands out: planted changes are found in their order, noise and small numbers are not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.answers.standouts import leading, standouts

WEEKS = [date(2026, 8, 17) + timedelta(weeks=week) for week in range(13)]
STEADY = [0.80, 0.81, 0.79, 0.80, 0.82, 0.80, 0.79, 0.81, 0.80, 0.79, 0.81, 0.80]
NOTHING_DUE = pl.DataFrame(schema={"vendor": pl.String, "feed": pl.String, "punctuality": pl.String})


def _row(vendor: str = "v", metric: str = "service_level", value: float | None = 0.80, **other: Any) -> dict[str, Any]:
    half = 0.01
    return {
        "vendor": vendor,
        "metric": metric,
        "value": value,
        "n": 2000,
        "low": None if value is None else value - half,
        "high": None if value is None else value + half,
        "previous": 0.80,
        "target": None,
        "target_met": None,
        "baseline_value": 0.80,
        "verdict": "no_clear_difference",
        "history": [*STEADY, value],
    } | other


def _kinds(*rows: dict[str, Any], judged: pl.DataFrame = NOTHING_DUE) -> list[tuple[str, str]]:
    metrics = sorted({row["metric"] for row in rows})
    found = standouts(pl.DataFrame(list(rows), infer_schema_length=None), judged, WEEKS, metrics)
    return [(one.kind, one.vendor) for one in found.found]


def test_a_steady_figure_does_not_stand_out() -> None:
    assert _kinds(_row()) == []


def test_outside_the_usual_range_of_the_weeks_before() -> None:
    assert _kinds(_row(value=0.70)) == [("unusual_worse", "v")]
    assert _kinds(_row(value=0.90)) == [("unusual_better", "v")]
    # Where lower is better, the same move means the opposite.
    assert _kinds(_row(metric="abandon_rate", value=0.90)) == [("unusual_worse", "v")]


def test_seven_weeks_on_one_side_is_a_drift() -> None:
    history = [0.70, 0.75, 0.69, 0.76, 0.70, 0.74, 0.775, 0.78, 0.776, 0.779, 0.775, 0.78, 0.777]
    assert _kinds(_row(value=0.777, history=history)) == [("drift_better", "v")]


def test_a_missed_target_outweighs_everything_but_missing_data() -> None:
    judged = pl.DataFrame(
        {"vendor": ["w"] * 3, "feed": ["contacts"] * 3, "punctuality": ["on_time", "missing", "late"]}
    )
    rows = (
        _row("a", value=0.70),
        _row("b", value=0.80, target=0.85, target_met=False),
        _row("c", value=0.80, verdict="worse", baseline_value=0.9),
        _row("d", value=0.80, verdict="better", baseline_value=0.7),
    )
    assert _kinds(*rows, judged=judged) == [
        ("missing_data", "w"), ("clause_missed", "b"), ("unusual_worse", "a"), ("worse_gap", "c"), ("better_gap", "d"),
    ]  # fmt: skip


def test_missing_deliveries_are_counted() -> None:
    judged = pl.DataFrame(
        {"vendor": ["w"] * 3, "feed": ["contacts"] * 3, "punctuality": ["on_time", "missing", "late"]}
    )
    found = standouts(pl.DataFrame([_row()]), judged, WEEKS, ["service_level"]).found
    assert found[0].values == {"feed": "contacts", "missing": 1, "expected": 3}


def test_too_few_contacts_never_stand_out() -> None:
    assert _kinds(_row(value=0.10, n=29, target=0.8, target_met=False)) == []
    assert _kinds(_row(value=None, n=0)) == []


def test_a_price_is_no_sample() -> None:
    constant = {"history": [5.35] * 13, "low": None, "high": None, "verdict": "worse", "baseline_value": 4.0}
    assert _kinds(_row(metric="cost_per_contact", value=5.35, **constant)) == []


def test_a_short_history_has_no_usual_range() -> None:
    assert _kinds(_row(value=0.5, history=[None] * 9 + [0.8, 0.81, 0.8, 0.5])) == []


def test_chance_is_counted() -> None:
    rows = [_row(f"v{vendor}") for vendor in range(10)]
    found = standouts(pl.DataFrame(rows), NOTHING_DUE, WEEKS, ["service_level"])
    assert found.comparisons == 20  # ten charts and ten gaps
    assert 0.5 < found.expected_by_chance < 5


def test_the_shortfall_is_signed() -> None:
    row = _row(value=0.78, target=0.80, target_met=False)
    found = standouts(pl.DataFrame([row]), NOTHING_DUE, WEEKS, ["service_level"]).found
    assert round(found[0].values["shortfall"], 6) == -0.02


def test_the_leading_ones_do_not_repeat_themselves() -> None:
    rows = [_row(f"v{place}", value=0.7 - place / 100) for place in range(4)]
    rows.append(_row("w", metric="csat", value=0.79, verdict="worse", baseline_value=0.9, history=[0.8] * 12 + [0.79]))
    found = standouts(pl.DataFrame(rows), NOTHING_DUE, WEEKS, ["service_level", "csat"]).found
    assert [one.metric for one in found] == ["service_level"] * 4 + ["csat"]
    assert [one.metric for one in leading(found, 3)] == ["service_level", "service_level", "csat"]
    assert len(leading(found, 5)) == 5
    assert [one.weight for one in leading(found, 5)] == sorted((one.weight for one in found), reverse=True)
