"""The money of the example workspace: what was overbilled, that honest invoices agree, what a definition is worth."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.answers.ledger_money import with_money
from pipelines.answers.money import accounts_of, money_document, money_of, summed
from pipelines.answers.trial import parsed, trial_document, tried
from pipelines.answers.waivers import NotAWaiver, grant, waivers, withdraw
from pipelines.measures.reconcile import LEDGER
from pipelines.warehouse import Reader
from pipelines.workspace import load_workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def known(example: Path):
    workspace = load_workspace(example)
    with Reader.open(workspace.state) as reader:
        yield workspace, {one.vendor: one for one in accounts_of(workspace, reader)}


@pytest.fixture(scope="module")
def casablanca(known):
    return money_of([known[1]["casablanca"]])


def test_the_overbilled_month_is_found_to_the_cent(casablanca) -> None:
    differs = [one for one in casablanca.invoices if one.verdict == "differs"]
    assert {one.period_start for one in differs} == {date(2026, 8, 1)}
    assert sorted(one.difference for one in differs) == [Decimal("39.35"), Decimal("73.92"), Decimal("220.65")]
    assert all(round(one.share, 3) == Decimal("0.060") for one in differs)
    assert all(sum(one.causes.values()) == one.difference for one in casablanca.invoices if one.recomputed is not None)


def test_honest_invoices_agree_to_the_cent_or_their_contacts_are_missing(known) -> None:
    for vendor in ("poitiers", "porto", "tana"):
        lines = known[1][vendor].invoices
        verdicts = Counter(one.verdict for one in lines)
        assert verdicts["differs"] == 0
        assert all(one.difference == 0 for one in lines if one.verdict == "agrees")
        unknown = [one for one in lines if one.verdict == "not_verifiable"]
        assert {(one.vendor, one.reason) for one in unknown} <= {("tana", "contacts_missing")}


def test_the_short_abandons_that_the_report_drops_are_worth_a_credit(casablanca) -> None:
    august = next(one for one in casablanca.settled if one.period_start == date(2026, 8, 1))
    assert august.charge.source == "recomputed"  # not the overbilled invoice
    assert august.net == -(august.charge.amount * Decimal("0.12")).quantize(Decimal("0.01"))
    assert august.reported == 0  # 81.1 % as reported, 79.8 % under the clause
    assert august.risk.low <= august.net <= august.risk.high == 0
    june = next(one for one in casablanca.settled if one.period_start == date(2026, 6, 1))
    assert (june.net, june.without_relief < 0) == (0, True)


def test_a_reported_month_is_worth_what_its_difference_moves(casablanca) -> None:
    """The example's vendors report by day; the month that they would print is the one that settles."""
    august = next(one for one in casablanca.settled if one.period_start == date(2026, 8, 1))
    month = dict.fromkeys(LEDGER) | {
        "vendor": "casablanca", "metric": "service_level", "queue": "*", "granularity": "month",
        "period_start": august.period_start, "period_end": august.period_end,
        "reported": august.reported_values["ns30"], "verdict": "differs",
    }  # fmt: skip
    ledger = with_money(pl.DataFrame([month], schema=LEDGER), casablanca.clauses, casablanca.settled)
    assert ledger.select("money", "currency").row(0) == (august.net, "EUR")


def test_settlements_add_up_and_documents_are_plain(casablanca) -> None:
    for one in casablanca.settled:
        assert one.net == sum((line.amount for line in one.lines), Decimal(0))
    document = money_document(casablanca.of_period(date(2026, 8, 1), date(2026, 8, 31)), "lille")
    assert len(document["settlements"]) == len(document["costs"]) == 1
    assert {one["verdict"] for one in document["invoices"]} == {"differs"}


def test_the_true_cost_has_what_does_not_stand_on_the_bill(known, casablanca) -> None:
    september = next(one for one in casablanca.costs if one.period_start == date(2025, 9, 1))
    assert september.other == {"client_overhead": Decimal(1450), "training": Decimal(3200)}
    year = summed(casablanca.costs[-12:])
    assert year.per_contact > year.billed_per_contact
    assert year.total == year.billed - year.credits + year.goodwill + sum(year.other.values())
    assert casablanca.costs[-1].resolved < casablanca.costs[-1].handled
    assert summed([]) is None


def test_a_clause_is_tried_on_the_in_house_team(known) -> None:
    proposed = parsed(
        "metric=service_level,target=0.85,threshold_s=20,variant=abandon_negative,rounding=1,per_point=1000"
    )
    found = trial_document(tried(known[1]["lille"], proposed))
    assert (found["past"]["judged"], len(found["periods"])) == (12, 12)
    assert found["first_day"] == date(2025, 11, 1)
    assert 0 <= found["modelled"]["chance"] <= 1
    assert found["past"]["low"] <= found["past"]["share"] <= found["past"]["high"]
    variants = {one["value"]: one["chance"] for one in found["sensitivity"] if one["parameter"] == "variant"}
    assert variants["answered_only"] >= found["modelled"]["chance"]


def test_waivers_are_granted_counted_and_taken_back(tmp_path, example: Path) -> None:
    workspace = load_workspace(example)
    own = load_workspace(example).__class__(**{**workspace.__dict__, "root": tmp_path})
    days = {"first_day": date(2026, 9, 7), "last_day": date(2026, 9, 13)}
    for wrong in ({"author": " "}, {"reason": ""}, {"last_day": date(2026, 9, 1)}):
        with pytest.raises(NotAWaiver):
            grant(own, **({"vendor": "casablanca", "author": "Anne", "reason": "storm"} | days | wrong))
    grant(own, vendor="casablanca", author="Anne", reason="storm", clause="ns30", **days)
    (held,) = waivers(own)
    assert (held.clause, held.queue, held.author, held.reason) == ("ns30", None, "Anne", "storm")
    withdraw(own, held, "Bruno", "it was no storm")
    assert waivers(own) == []
