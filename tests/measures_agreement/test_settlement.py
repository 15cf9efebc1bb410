"""Periods settled: lines that add up, relief both ways, the vendor's own figures, disputed definitions, true cost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.measures.agreement.attainment import attainment
from pipelines.measures.agreement.periods import Calendar
from pipelines.measures.agreement.relief import EXCUSED, Waiver, excused_cells
from pipelines.measures.agreement.settlement import (
    Charge,
    SettledPeriod,
    disputed_definitions,
    reported_figures,
    settled_periods,
)
from pipelines.measures.agreement.true_cost import MonthlyCost, other_costs
from pipelines.workspace.terms import Credits

NOTHING, MONTHLY = pl.DataFrame(schema=EXCUSED), Calendar()
FIRST = date(2026, 1, 1)
PER_POINT = {"per_point": {"sl": "2000"}}


def months(shares: list[int]) -> list[tuple[date, int, int, int, int]]:
    """One busy day a month on the 15th: so many of 100 contacts in time; and the last day of the last month."""
    rows = [(date(2026, number, 15), 20, 100, share, 100) for number, share in enumerate(shares, start=1)]
    first = [(FIRST, 20, 1, 1, 1)]
    end = date(2026, len(shares), 28)
    last = [(end + timedelta(days=n), 20, 0, 0, 0) for n in range(4) if (end + timedelta(days=n)).month == end.month]
    return [*first, *rows, *last]


def settle(one, known, credits: dict[str, Any], excused: pl.DataFrame = NOTHING, **more: Any) -> list[SettledPeriod]:
    rows = attainment(one, known, excused, MONTHLY)
    terms = Credits.model_validate(credits)
    return settled_periods(
        "v", [one], rows, lambda day: terms, lambda first, last: Charge(Decimal(10_000), "invoiced"), "EUR", **more
    )


def test_points_or_fractions_month_by_month(make_activity, make_bound) -> None:
    one = make_bound(target=0.9, rounding=1)
    found = settle(one, make_activity(months([90, 89, 88, 60])), PER_POINT)
    assert [period.net for period in found] == [0, -2000, -4000, -60000]
    assert [period.charge.amount for period in found] == [Decimal(10_000)] * 4
    assert [line.rule for line in found[1].lines] == ["per_point"]


def test_repeated_failure_counts_the_months_before(make_activity, make_bound) -> None:
    credits = PER_POINT | {"persistence": [{"misses": 3, "periods": 3, "multiplier": 2}]}
    found = settle(make_bound(target=0.9), make_activity(months([89, 89, 89, 89])), credits)
    # January has one more contact, in time: 90 of 101.
    assert [period.net for period in found] == [-2000, -2000, -4000, -4000]


def test_what_is_met_again_is_earned_back_where_agreed(make_activity, make_bound) -> None:
    found = settle(make_bound(target=0.9), make_activity(months([95, 89, 95])), PER_POINT | {"earn_back": True})
    assert [period.net for period in found] == [0, -2000, 2000]
    assert [line.rule for line in found[2].lines] == ["earn_back"]


def test_relief_is_granted_and_shown(make_activity, make_bound) -> None:
    rows = [*months([89, 95]), (date(2026, 1, 20), 20, 100, 10, 100)]
    known, one = make_activity(rows), make_bound(target=0.8)
    waiver = Waiver("w", "v", date(2026, 1, 20), date(2026, 1, 20), "Anne", "storm")
    excused = excused_cells(one, known, [], [], [waiver], MONTHLY)
    (january, _) = settle(one, known, PER_POINT, excused, reported={("sl", FIRST): 0.5})
    assert (january.net, january.without_relief, january.reported) == (0, -62000, None)


def test_a_charge_that_is_not_known_settles_nothing(make_activity, make_bound) -> None:
    one, known = make_bound(target=0.9), make_activity(months([80, 95]))
    rows = attainment(one, known, NOTHING, MONTHLY)
    terms = Credits.model_validate({"at_risk_rate": 0.1, "allocation": {"sl": 1.0}})
    found = settled_periods("v", [one], rows, lambda day: terms, lambda first, last: Charge(None), "EUR")
    assert [(period.net, period.unknown) for period in found] == [(None, "charge_not_known"), (Decimal(0), None)]


def test_under_the_vendors_own_figure(make_activity, make_bound) -> None:
    one, known = make_bound(target=0.9, rounding=1), make_activity(months([85, 85]))
    printed = pl.DataFrame(
        [
            ("q", metric, "day", date(2026, month, 15), date(2026, month, 15), value)
            for month in (1, 2)
            for metric, value in (("service_level", 0.91), ("offered", 100.0))
        ],
        schema=["queue", "metric", "granularity", "period_start", "period_end", "value"], orient="row",
    )  # fmt: skip
    told = reported_figures(one, printed, attainment(one, known, NOTHING, MONTHLY))
    assert told == {("sl", date(2026, 1, 1)): pytest.approx(0.91), ("sl", date(2026, 2, 1)): pytest.approx(0.91)}
    found = settle(one, known, PER_POINT, reported=told)
    assert [(period.net, period.reported) for period in found] == [(-10000, 0), (-10000, 0)]
    assert [dict(period.reported_alone) for period in found] == [{"sl": 0}, {"sl": 0}]


def test_reported_days_are_averaged_over_their_own_counts_and_never_without(make_bound) -> None:
    rows = pl.DataFrame({"clause_id": ["sl"], "period_start": [FIRST], "period_end": [date(2026, 1, 31)]})
    names = ["queue", "metric", "granularity", "period_start", "period_end", "value"]
    days = [("q", "service_level", "day", FIRST, FIRST, 0.5), ("q", "offered", "day", FIRST, FIRST, 300.0),
            ("q", "service_level", "day", date(2026, 1, 2), date(2026, 1, 2), 0.9),
            ("q", "offered", "day", date(2026, 1, 2), date(2026, 1, 2), 100.0)]  # fmt: skip
    told = reported_figures(make_bound(), pl.DataFrame(days, schema=names, orient="row"), rows)
    assert told["sl", FIRST] == pytest.approx(0.6)
    bare = [day for day in days if day[1] == "service_level"]
    assert reported_figures(make_bound(), pl.DataFrame(bare, schema=names, orient="row"), rows) == {}


def test_the_range_over_definitions_holds_the_clauses_own(make_activity, make_bound) -> None:
    rows = [(date(2026, 1, 15), 20, 100, 85, 92), (date(2026, 1, 31), 20, 0, 0, 0), (FIRST, 20, 1, 1, 1)]
    one, known = make_bound(target=0.9), make_activity(rows)
    disputed = {
        "sl": {name: attainment(other, known, NOTHING, MONTHLY) for name, other in disputed_definitions(one).items()}
    }
    (period,) = settle(one, known, PER_POINT, disputed=disputed)
    assert period.risk is not None
    assert period.risk.low <= period.net <= period.risk.high
    assert period.risk.high_by == "service_level.answered_only/<=20s"  # 86 of 93
    assert (period.net, period.risk.high) == (-10000, 0)
    assert one.definition_id not in disputed["sl"]


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=8), st.floats(0, 0.2), st.booleans(),
    st.sampled_from(["replace", "add"]),
)  # fmt: skip
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_always_add_up(make_activity, make_bound, shares, cap: float, earn: bool, mode: str) -> None:
    credits = {
        "per_point": {"sl": "130.55"}, "cap_rate": cap, "earn_back": earn, "tier_mode": mode,
        "tiers": [{"clause": "sl", "below": 0.7, "amount": "-500"}, {"clause": "sl", "below": 0.5, "rate": -0.01},
                  {"clause": "sl", "above": 0.95, "amount": "250"}],
        "persistence": [{"misses": 2, "periods": 3, "multiplier": 1.5}],
    }  # fmt: skip
    for period in settle(make_bound(target=0.8), make_activity(months(shares)), credits):
        assert period.net == sum((line.amount for line in period.lines), Decimal(0))
        assert period.settlement.credits >= -Decimal(str(cap)) * 10_000 - Decimal("0.01")
        assert period.without_relief == period.net  # nothing was excused


def test_the_published_cost_vector() -> None:
    """METRICS: billed 50,000, credits 2,000, refunds caused 1,500, overhead 6,000, handled 10,000, resolved 7,000."""
    month = MonthlyCost(
        "v", FIRST, date(2026, 1, 31), "EUR", Decimal(50_000), "invoiced", Decimal(2_000), Decimal(1_500),
        {"client_overhead": Decimal(6_000)}, 10_000, 7_000,
    )  # fmt: skip
    assert month.billed_per_contact == 5
    assert month.total == 55_500
    assert round(month.per_resolved or 0, 2) == Decimal("7.93")
    assert month.per_contact == Decimal("5.55")


def test_declared_costs_fall_on_their_days(make_terms) -> None:
    held = make_terms(
        currency="EUR",
        other_costs=[
            {"kind": "client_overhead", "amount": "310", "from": "2026-01-01"},
            {"kind": "training", "amount": "900", "per": "once", "from": "2026-02-10"},
        ],
    )
    january = other_costs([held], "EUR", FIRST, date(2026, 1, 31))
    assert january == {"client_overhead": Decimal(310)}
    half = other_costs([held], "EUR", date(2026, 1, 22), date(2026, 2, 21))
    assert half == {"client_overhead": Decimal("332.50"), "training": Decimal(900)}  # 10 of 31 days and 21 of 28
    with pytest.raises(ValueError, match="a cost in"):
        other_costs([held], "USD", FIRST, FIRST)
