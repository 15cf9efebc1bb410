"""Service credits against published schedules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.credits import Achieved, earned_back, settle
from pipelines.workspace.terms import Credits

TIERS: list[dict[str, Any]] = [
    {"clause": "asa", "above": 60, "amount": -5000},
    {"clause": "in_30_s", "below": 0.65, "amount": -2500},
    {"clause": "in_30_s", "above": 0.80, "amount": 2500},
    {"clause": "abandon", "above": 0.03, "amount": -2500},
    {"clause": "abandon", "above": 0.05, "amount": -5000},
    {"clause": "abandon", "below": 0.015, "amount": 2500},
    {"clause": "over_2_min", "above": 0.10, "or_equal": True, "amount": -2500},
    {"clause": "over_2_min", "above": 0.30, "or_equal": True, "amount": -5000},
    {"clause": "csat", "below": 0.85, "amount": -2500},
    {"clause": "csat", "below": 0.75, "amount": -5000},
    {"clause": "csat", "above": 0.90, "amount": 2500},
]


def massachusetts(tier_mode: str) -> Credits:
    return Credits.model_validate({"tiers": TIERS, "tier_mode": tier_mode})


def month(asa: str, in_30_s: str, abandon: str, over_2_min: str, csat: str | None) -> list[Achieved]:
    """One month's figures, percentages as they are printed; satisfaction only where a quarter ends."""

    def share(text: str) -> Decimal:
        return Decimal(text) / 100

    figures = [
        Achieved("asa", Decimal(asa), Decimal(60), "lower", is_share=False),
        Achieved("in_30_s", share(in_30_s), Decimal("0.70")),
        Achieved("abandon", share(abandon), Decimal("0.03"), "lower"),
        Achieved("over_2_min", share(over_2_min), Decimal("0.10"), "lower"),
    ]
    return figures + ([Achieved("csat", share(csat), Decimal("0.85"))] if csat else [])


@pytest.mark.parametrize(
    "figures, replace, add",
    [
        pytest.param(("65", "68", "4", "12", None), -10_000, -10_000, id="dead band"),
        pytest.param(("60", "70", "3", "9.9", None), 0, 0, id="all met"),
        pytest.param(("60", "65", "3", "10", "85"), -2_500, -2_500, id="edges"),
        pytest.param(("45", "81", "1.4", "2", "91"), 7_500, 7_500, id="bonuses"),
        pytest.param(("65", "64.9", "6", "31", "74"), -22_500, -30_000, id="second steps"),
    ],
)
def test_massachusetts_schedule_both_ways(figures: tuple[str, ...], replace: int, add: int) -> None:
    achieved = month(*figures)  # type: ignore[arg-type]
    assert settle(achieved, massachusetts("replace")).net == replace
    assert settle(achieved, massachusetts("add")).net == add


@pytest.mark.parametrize("value, owed", [("90.0", 0), ("89.99", -2_000), ("88.0", -4_000), ("87.3", -6_000)])
def test_per_point_or_fraction(value: str, owed: int) -> None:
    terms = Credits(per_point={"sl": Decimal(2000)})
    achieved = [Achieved("sl", Decimal(value) / 100, Decimal("0.90"))]
    assert settle(achieved, terms).credits == owed


def test_a_figure_is_rounded_once_before_it_is_compared() -> None:
    terms = Credits(per_point={"sl": Decimal(2000)})
    assert settle([Achieved("sl", Decimal("0.8999"), Decimal("0.90"), rounding=1)], terms).credits == 0
    assert settle([Achieved("sl", Decimal("0.8994"), Decimal("0.90"), rounding=1)], terms).credits == -2000


def test_share_of_the_charge_at_risk() -> None:
    terms = Credits(at_risk_rate=0.12, allocation={"sl": 0.25})
    missed = [Achieved("sl", Decimal("0.79"), Decimal("0.80"))]
    assert settle(missed, terms, Decimal(400_000)).credits == -12_000
    with pytest.raises(ValueError, match="needs the charge"):
        settle(missed, terms)


def test_dead_band_before_anything_is_due() -> None:
    terms = Credits(per_point={"sl": Decimal(1000)})
    inside = Achieved("sl", Decimal("0.78"), Decimal("0.80"), dead_band=Decimal("0.02"))
    beyond = Achieved("sl", Decimal("0.77"), Decimal("0.80"), dead_band=Decimal("0.02"))
    assert inside.missed
    assert settle([inside], terms).credits == 0
    assert settle([beyond], terms).credits == -3000


def test_repeated_failure_multiplies() -> None:
    terms = Credits.model_validate(
        {"per_point": {"sl": 1000}, "persistence": [{"misses": 3, "periods": 3, "multiplier": 2}]}
    )
    figure = Decimal("0.79")
    twice = Achieved("sl", figure, Decimal("0.80"), missed_before=(False, True))
    thrice = Achieved("sl", figure, Decimal("0.80"), missed_before=(True, True))
    assert settle([twice], terms).credits == -1000
    assert settle([thrice], terms).credits == -2000


def test_credits_and_bonuses_are_capped_apart() -> None:
    terms = Credits.model_validate({"tiers": TIERS, "tier_mode": "add", "cap_rate": 0.10, "bonus_cap_rate": 0.02})
    worst = settle(month("65", "64.9", "6", "31", "74"), terms, Decimal(100_000))
    best = settle(month("45", "81", "1.4", "2", "91"), terms, Decimal(100_000))
    assert (worst.credits, worst.bonuses) == (-10_000, 0)
    assert (best.credits, best.bonuses) == (0, 2_000)


def test_a_reporting_gap_counts_as_a_miss_only_where_the_terms_say_so() -> None:
    terms = Credits.model_validate({"tiers": TIERS, "at_risk_rate": 0.1, "allocation": {"abandon": 0.5}})
    silent = Achieved("abandon", None, Decimal("0.03"), "lower")
    breach = Achieved("abandon", None, Decimal("0.03"), "lower", gap_is_breach=True)
    assert settle([silent], terms, Decimal(100_000)).net == 0
    assert settle([breach], terms, Decimal(100_000)).credits == -10_000


def test_credits_won_back_are_no_more_than_was_paid() -> None:
    terms = Credits.model_validate({"tiers": TIERS, "tier_mode": "add", "cap_rate": 0.10, "earn_back": True})
    before = settle(month("65", "64.9", "6", "31", "74"), terms, Decimal(100_000))
    back = earned_back(before, month("50", "75", "2", "5", "86"), terms)
    assert sum(line.amount for line in back) == pytest.approx(Decimal(10_000), abs=Decimal("0.05"))
    assert earned_back(before, month("65", "64.9", "6", "31", "74"), terms) == []


@given(st.tuples(*[st.decimals(0, 100, places=2)] * 5))
def test_adding_steps_is_never_milder_than_replacing_them(figures: tuple[Decimal, ...]) -> None:
    achieved = month(*(str(figure) for figure in figures))  # type: ignore[arg-type]
    replaced, added = settle(achieved, massachusetts("replace")), settle(achieved, massachusetts("add"))
    assert added.credits <= replaced.credits
    assert added.bonuses == replaced.bonuses
    assert added.net == sum(line.amount for line in added.lines)
