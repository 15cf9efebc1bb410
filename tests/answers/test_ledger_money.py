"""What a difference in the ledger is worth: on the line of the clause's own figure and period, nowhere else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.answers.ledger_money import MONEY, with_money, worth_of
from pipelines.answers.reconcile import WORTH, Reconciled, reconcile_document
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.settlement import Charge, SettledPeriod
from pipelines.measures.reconcile import LEDGER
from pipelines.workspace.terms import Terms

AUGUST = (date(2026, 8, 1), date(2026, 8, 31))


def clauses(*more: dict[str, Any]) -> list[BoundClause]:
    own = [{"id": "sl", "metric": "service_level", "target": 0.8, "threshold_s": 20, "variant": "answered_only"}, *more]
    terms = {"id": "v-1", "vendor": "v", "valid_from": date(2026, 1, 1), "report_tz": "UTC", "clauses": own}
    return bound_clauses({"v": [Terms.model_validate(terms)]}, "v")


def settled(net: int, **alone: int) -> SettledPeriod:
    return SettledPeriod(
        "v", "month", *AUGUST, "GBP", Charge(Decimal(10_000)), net=Decimal(net),
        reported_values=dict.fromkeys(alone, 0.811),
        reported_alone={name: Decimal(amount) for name, amount in alone.items()},
    )  # fmt: skip


def line(**changes: Any) -> dict[str, Any]:
    own = {"vendor": "v", "metric": "service_level", "queue": "*", "granularity": "month", "period_start": AUGUST[0],
           "period_end": AUGUST[1], "reported": 0.811, "recomputed": 0.798, "verdict": "differs"}  # fmt: skip
    return dict.fromkeys(LEDGER) | own | changes


def worth(*lines: dict[str, Any], terms: list[BoundClause] | None = None, period: SettledPeriod) -> list[Any]:
    frame = with_money(pl.DataFrame(lines, schema=LEDGER), clauses() if terms is None else terms, [period])
    assert {name: frame.schema[name] for name in MONEY} == MONEY
    return frame.select(*MONEY).rows()


def test_the_amount_under_the_clause_less_that_under_the_vendors_figure() -> None:
    assert worth(line(), period=settled(-1200, sl=0)) == [(Decimal(-1200), "GBP")]
    assert worth(line(), period=settled(-1200, sl=-3000)) == [(Decimal(1800), "GBP")]
    # A difference that moves no money is worth nothing; that is not the same as not known.
    assert worth(line(), period=settled(-1200, sl=-1200)) == [(Decimal(0), "GBP")]


@pytest.mark.parametrize(
    "changes",
    [
        {"granularity": "day", "period_end": AUGUST[0]},
        {"granularity": "week"},
        {"metric": "abandon_rate"},
        {"queue": "orders"},
        {"vendor": "w"},
        {"period_start": date(2026, 7, 1), "period_end": date(2026, 7, 31)},
        {"reported": 0.79},  # the period was settled on another of the vendor's figures
        {"reported": None, "verdict": "not_verifiable"},
        {"verdict": "not_verifiable", "reason": "data_missing"},
    ],
)
def test_other_lines_have_no_amount(changes: dict[str, Any]) -> None:
    assert worth(line(**changes), line(), period=settled(-1200, sl=0)) == [(None, None), (Decimal(-1200), "GBP")]


def test_a_period_without_a_reported_figure_or_a_settlement_has_no_amount() -> None:
    assert worth(line(), period=settled(-1200)) == [(None, None)]
    unknown = SettledPeriod("v", "month", *AUGUST, "GBP", Charge(None), unknown="charge_not_known")
    assert worth(line(), period=unknown) == [(None, None)]


def test_each_clause_is_worth_what_its_own_figure_moves() -> None:
    terms = clauses({"id": "ab", "metric": "abandon_rate", "target": 0.1})
    found = worth(line(), line(metric="abandon_rate"), terms=terms, period=settled(-1500, sl=-300, ab=-1200))
    assert found == [(Decimal(-1200), "GBP"), (Decimal(-300), "GBP")]


def test_two_clauses_on_one_figure_add_up() -> None:
    terms = clauses({"id": "floor", "metric": "service_level", "target": 0.7, "threshold_s": 20,
                     "variant": "answered_only"})  # fmt: skip
    assert worth(line(), terms=terms, period=settled(-1500, sl=-300, floor=-1200)) == [(Decimal(-1500), "GBP")]


def test_where_days_are_printed_the_amount_stands_on_the_settled_month() -> None:
    attained = pl.DataFrame({"vendor": ["v"], "clause_id": ["sl"], "period_start": [AUGUST[0]], "exact": [0.798]})
    found = worth_of(clauses(), [settled(-1200, sl=0)], [attained])
    assert found.schema == WORTH
    assert found.row(0)[1:] == (
        "sl", "service_level", "*", "month", *AUGUST, 0.811, 0.798, Decimal(-1200), "GBP",
    )  # fmt: skip
    ledger = pl.DataFrame([line(granularity="day")], schema=LEDGER).with_columns(status=pl.lit("open"))
    ledger = with_money(ledger, clauses(), [settled(-1200, sl=0)])
    document = reconcile_document(Reconciled(ledger, (), found).of_period(*AUGUST))
    assert [one["money"] for one in document["rows"]] == [None]
    assert [(one["money"], one["currency"]) for one in document["settlements"]] == [(Decimal(-1200), "GBP")]
    assert Reconciled(ledger, (), found).of_period(date(2026, 9, 1), date(2026, 9, 30)).worth.is_empty()


def test_the_document_says_amount_and_currency() -> None:
    ledger = with_money(pl.DataFrame([line(), line(granularity="day")], schema=LEDGER), clauses(), [settled(-5, sl=0)])
    ledger = ledger.with_columns(status=pl.lit("open"))
    rows = reconcile_document(Reconciled(ledger, ()))["rows"]
    assert [(row["money"], row["currency"]) for row in rows] == [(Decimal(-5), "GBP"), (None, None)]
