"""A proposed clause on a past year: what was, what is modelled, what each parameter changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from pipelines.answers.trial import NotAClause, parsed
from pipelines.measures.agreement.periods import Calendar
from pipelines.measures.agreement.trial import changed_clauses, modelled, try_clause
from pipelines.workspace.terms import Credits

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
FREE = Credits()
PER_POINT = Credits.model_validate({"per_point": {"sl": "1000"}})


def year(share: int = 90, bad_weeks: int = 0) -> list[tuple[date, int, int, int, int]]:
    """One half-hour a day; every so many weeks a bad one."""
    rows = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        bad = bad_weeks and (number // 7) % bad_weeks == 0
        rows.append((day, 20, 100, 40 if bad else share, 100))
    return rows


def test_a_clause_that_was_always_met_is_met(make_activity, make_bound) -> None:
    found = try_clause(make_bound(target=0.8), make_activity(year()), Calendar(), PER_POINT)
    assert (found.outcome.met, found.outcome.judged, found.outcome.chance) == (12, 12, 1.0)
    assert (found.outcome.paid, found.outcome.expected) == (0, 0)
    assert (found.first_day, found.last_day) == (FIRST, LAST)


def test_every_fourth_week_bad_is_a_chance_in_between(make_activity, make_bound) -> None:
    one, known = make_bound(target=0.8), make_activity(year(bad_weeks=4))
    found = try_clause(one, known, Calendar(), PER_POINT)
    assert found.outcome.chance is not None
    assert 0.05 < found.outcome.chance < 0.95
    # Four or five weeks of which a quarter is bad: met without any, and with five of which one is bad.
    none = 0.75**4 * (1 - 0.345) + 0.75**5 * 0.345
    one_of_five = 0.345 * 5 * 0.25 * 0.75**4
    assert found.outcome.chance == pytest.approx(none + one_of_five, abs=0.06)
    assert found.outcome.expected is not None
    assert found.outcome.expected < 0
    again = try_clause(one, known, Calendar(), PER_POINT)
    assert (again.outcome, again.low) == (found.outcome, found.low)


def test_a_harder_target_is_never_more_likely(make_activity, make_bound) -> None:
    found = try_clause(make_bound(target=0.8), make_activity(year(bad_weeks=5)), Calendar(), FREE)
    targets = {one.value: one.outcome.chance for one in found.variations if one.parameter == "target"}
    assert list(targets) == [0.75, 0.78, 0.82, 0.85]
    chances = list(targets.values())
    assert chances == sorted(chances, reverse=True)
    assert found.outcome.paid is None  # no money was proposed


def test_sensitivity_changes_one_thing_at_a_time(make_bound) -> None:
    one = make_bound(threshold_s=30, rounding=1)
    for name, value, other in changed_clauses(one):
        changed = {
            field
            for field in type(one.clause).model_fields
            if getattr(one.clause, field) != getattr(other.clause, field)
        }
        assert changed - {"short_abandon_s"} == {name}
        assert getattr(other.clause, name) == value
    thresholds = [value for name, value, _ in changed_clauses(one) if name == "threshold_s"]
    assert thresholds == [20.0, 25.0, 40.0, 45.0]
    kept = [value for name, value, _ in changed_clauses(one) if name == "include"]
    assert kept == [["overflow"], ["closed"], ["callback"], ["voicemail"]]
    short = make_bound(variant="short_excluded", short_abandon_s=5)
    assert [value for name, value, _ in changed_clauses(short) if name == "short_abandon_s"] == [2.0, 10.0]
    talk = make_bound(metric="aht_s", variant=None, target=300)
    assert {name for name, _, _ in changed_clauses(talk)} == {"target", "aggregation", "measurement_period", "rounding"}


def test_weeks_are_drawn_whole_and_few_of_them_say_nothing(make_activity, make_bound) -> None:
    one = replace(make_bound(measurement_period="week"), first_day=FIRST)
    values, weeks = modelled(one, make_activity(year(bad_weeks=3)))
    assert weeks == 51  # from the first Monday to the last Sunday
    assert set(np.unique(np.round(values, 6))) <= {0.4, 0.9, 0.471429, 0.542857, 0.614286, 0.685714, 0.757143, 0.828571}
    values, weeks = modelled(one, make_activity(year()[:40]))
    assert (values.size, weeks) == (0, 5)


def test_a_share_of_the_charge_needs_the_charge(make_activity, make_bound) -> None:
    at_risk = Credits.model_validate({"at_risk_rate": 0.1, "allocation": {"sl": 1.0}})
    one, known = make_bound(target=0.95), make_activity(year())
    with pytest.raises(ValueError, match="needs the charge"):
        try_clause(one, known, Calendar(), at_risk)
    found = try_clause(one, known, Calendar(), at_risk, Decimal(10_000), sensitivity=False)
    assert (found.outcome.paid, found.outcome.expected, found.variations) == (-1000, -1000, ())


def test_a_proposal_in_one_line() -> None:
    found = parsed("metric=service_level, target=0.8, threshold_s=30, variant=abandon_negative, per_point=1500")
    assert (found.clause.target, found.clause.threshold_s, found.credits.per_point) == (
        0.8,
        30,
        {"proposed": Decimal(1500)},
    )
    at_risk = parsed("metric=csat,target=0.8,at_risk_rate=0.1,charge=9000")
    assert (at_risk.credits.allocation, at_risk.charge) == ({"proposed": 1.0}, Decimal(9000))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("metric=service_level,target=0.8", ["threshold_s", "variant"]),
        ("metric=servicelevel,target=0.8", ["service_level"]),
        ("metric=csat,target=80", ["write 0.8 for 80 %"]),
        ("metric=csat,traget=0.8", ["did you mean 'target'"]),
        ("metric=csat,target=high", ["target"]),
        ("metric=csat,target=0.8,per_point=much", ["per_point"]),
        ("metric=csat,target=0.8,at_risk_rate=0.1", ["charge"]),
        ("csat", ["name=value"]),
        ("", ["metric", "target"]),
    ],
)
def test_what_is_wrong_with_a_proposal_is_said(text: str, told: list[str]) -> None:
    with pytest.raises(NotAClause) as error:
        parsed(text)
    assert all(word in "; ".join(error.value.mistakes) for word in told)
