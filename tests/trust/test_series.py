"""Reported figures against their own past: blank months, levels out of line, figures that never vary."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from pipelines.trust.asked import everybody_replied
from pipelines.trust.contacts import counted_findings
from pipelines.trust.findings import Finding
from pipelines.trust.series import blank_periods, levels_out_of_line, never_varying, series_findings

MONTHS = [date(2024 + number // 12, number % 12 + 1, 1) for number in range(24)]


def _report(
    vendor: str, metric: str, values: list[float | None], queue: str = "q", unit: str = "count"
) -> pl.DataFrame:
    schema = {"vendor": pl.String, "queue": pl.String, "local_date": pl.Date, "granularity": pl.String,
              "metric": pl.String, "unit": pl.String, "value": pl.Float64}  # fmt: skip
    rows = [(vendor, queue, month, "month", metric, unit, value) for month, value in zip(MONTHS, values, strict=False)]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _steady(count: int = 24, level: float = 1000.0) -> list[float | None]:
    return [level * (1 + 0.02 * (number % 5)) for number in range(count)]


def _with(values: list[float | None], place: int, value: float | None) -> list[float | None]:
    return [*values[:place], value, *values[place + 1 :]]


def test_a_month_that_one_vendor_leaves_blank_is_that_vendors() -> None:
    reports = pl.concat([_report(code, "calls", _steady()) for code in ("a", "b", "c")] + [
        _report("d", "calls", _with(_steady(), 10, None))
    ])  # fmt: skip
    (one,) = blank_periods(reports)
    assert (one.vendor, one.kind, one.period_start, one.period_end) == (
        "d", "missing_day", date(2024, 11, 1), date(2024, 11, 30),
    )  # fmt: skip


def test_a_month_that_all_leave_blank_has_a_common_cause() -> None:
    reports = pl.concat([_report(code, "calls", _with(_steady(), 10, None)) for code in ("a", "b", "c")])
    (one,) = blank_periods(reports)
    assert one.vendor is None
    assert one.evidence["vendors"] == ["a", "b", "c"]
    assert "common cause" in one.sentence
    assert "cause commune" in one.sentence_fr


def test_months_before_the_first_and_after_the_last_are_no_gap() -> None:
    started_late = [None] * 6 + _steady(18)
    still_to_come = _steady(18) + [None] * 6
    assert (
        list(blank_periods(pl.concat([_report("a", "calls", started_late), _report("b", "calls", still_to_come)])))
        == []
    )


def test_one_month_out_of_line_is_told_with_its_neighbours() -> None:
    (one,) = levels_out_of_line(_report("a", "subscribers", _with(_steady(), 12, 2100.0)))
    assert (one.kind, one.period_start, one.observed) == ("volume_out_of_range", date(2025, 1, 1), "2,100")
    (less,) = levels_out_of_line(_report("a", "subscribers", _with(_steady(), 12, 600.0)))
    assert less.evidence["factor"] < 0.7


def test_steps_slopes_and_seasons_are_not_out_of_line() -> None:
    step = [1000.0] * 12 + [2000.0] * 12
    slope = [1000.0 * 1.1**number for number in range(24)]
    season = [1000.0 * (1 + 0.6 * np.sin(number / 12 * 2 * np.pi)) for number in range(24)]
    for values in (step, slope, season):
        assert list(levels_out_of_line(_report("a", "calls", values))) == []


def test_a_seasonal_peak_of_contacts_is_not_out_of_line() -> None:
    assert list(levels_out_of_line(_report("a", "offered", _with(_steady(), 12, 2100.0)))) == []


def test_honest_counts_are_hardly_ever_out_of_line() -> None:
    """300 honest series of two years, with a season and over-dispersion; prints the rate of false alarms."""
    rng = np.random.default_rng(20261125)
    season = 1 + 0.3 * np.sin(np.arange(24) / 12 * 2 * np.pi)
    false = 0
    for _ in range(300):
        mean = rng.gamma(30, season * rng.uniform(50, 5000) / 30)
        false += len(list(levels_out_of_line(_report("a", "calls", [float(v) for v in rng.poisson(mean)]))))
    print(f"\nlevels out of line: {false} false alarms in 300 honest series of 24 months")
    assert false <= 3


def test_a_constant_that_vendors_share_is_told_once() -> None:
    constant = pl.concat([_report(code, "cost", [7921.0] * 12) for code in ("a", "b", "c", "d")])
    (one,) = never_varying(constant)
    assert (one.vendor, one.kind, one.severity) == (None, "constant_values", "info")
    assert one.evidence["vendors"] == ["a", "b", "c", "d"]
    (alone,) = never_varying(_report("a", "cost", [7921.0] * 12))
    assert alone.vendor == "a"


@pytest.mark.parametrize("values, unit", [([0.0] * 24, "count"), ([1.0] * 24, "rate"), ([5.0] * 6, "count")])
def test_zeros_full_shares_and_short_series_may_be_constant(values: list[float | None], unit: str) -> None:
    assert list(never_varying(_report("a", "x", values, unit=unit))) == []


def test_nothing_reported_is_nothing_found() -> None:
    assert list(series_findings(_report("a", "x", []))) == []


def test_everybody_replied_is_worth_a_question() -> None:
    def found(answered: int, replied: int) -> list[Finding]:
        day = pl.DataFrame(
            {
                "vendor": ["a"],
                "local_date": [date(2026, 1, 5)],
                "answered": [answered],
                "sent": [answered],
                "replied": [replied],
            }
        )
        return list(everybody_replied(day))

    (one,) = found(4054, 4054)
    assert (one.kind, one.observed) == ("survey_response_gap", "100.0%")
    assert found(4054, 2500) == []
    assert found(50, 50) == []


def test_talk_time_without_an_answer() -> None:
    def found(talked: int) -> list[Finding]:
        columns = {"vendor": ["a"], "first_day": [date(2026, 1, 5)], "last_day": [date(2026, 1, 9)], "lines": [1000]}
        return list(counted_findings(pl.DataFrame(columns | {"talked": [talked]})))

    (one,) = found(40)
    assert (one.kind, one.observed) == ("impossible_duration", "40 of 1000 lines")
    assert found(0) == []
