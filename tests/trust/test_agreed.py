"""Findings of the agreement: rows of missed periods, invoices that differ, what a reported figure is worth."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.measures.agreement.attainment import ATTAINMENT
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.invoices import CheckedLine
from pipelines.measures.agreement.settlement import Charge, SettledPeriod
from pipelines.measures.credits import CreditLine
from pipelines.trust.agreed import differing_invoices, missed_clauses, with_money
from pipelines.trust.findings import Finding
from pipelines.workspace.terms import Terms

MONTHS = [(date(2026, month, 1), date(2026, month, 28)) for month in range(1, 7)]


def clause() -> BoundClause:
    level = {"id": "ns", "metric": "service_level", "target": 0.8, "threshold_s": 30, "variant": "abandon_negative",
             "rounding": 1}  # fmt: skip
    terms = {"id": "t", "vendor": "v", "valid_from": date(2026, 1, 1), "report_tz": "UTC", "clauses": [level]}
    return bound_clauses({"v": [Terms.model_validate(terms)]})[0]


def attained(*states: str, **more: Any) -> pl.DataFrame:
    rows = [
        dict.fromkeys(ATTAINMENT)
        | {"vendor": "v", "clause_id": "ns", "terms_id": "t", "state": state, "value": 0.79 - number / 100,
           "exact": 0.79 - number / 100, "contacts": 1000.0, "sure": True, "below_floor": False,
           "period_start": MONTHS[number][0], "period_end": MONTHS[number][1], "excused_by": []}
        | more
        for number, state in enumerate(states)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=ATTAINMENT)


def settled(number: int, net: str, reported: str | None = None) -> SettledPeriod:
    line = CreditLine("ns", "per_point", Decimal(net), "1")
    return SettledPeriod(
        "v", "month", *MONTHS[number], "EUR", Charge(Decimal(1000)), (line,), Decimal(net), Decimal(net),
        None if reported is None else Decimal(reported), {"ns": 0.81} if reported else {},
    )  # fmt: skip


def test_a_row_of_missed_months_is_told_once_with_the_money() -> None:
    found = list(missed_clauses([clause()], attained("missed", "missed", "met", "missed"),
                                [settled(0, "-100"), settled(1, "-200"), settled(3, "-50")]))  # fmt: skip
    assert [(one.period_start, one.period_end, one.money) for one in found] == [
        (MONTHS[0][0], MONTHS[1][1], "-300 EUR"), (MONTHS[3][0], MONTHS[3][1], "-50 EUR"),
    ]  # fmt: skip
    assert "in 2 periods in a row" in found[0].sentence
    assert "at worst 78.0 %" in found[0].sentence
    assert "Service level: 76.0 %" in found[1].sentence
    assert "76,0\u202f%" in found[1].sentence_fr
    assert found[0].finding_id != found[1].finding_id


def test_a_clause_hardly_missed_is_for_information_unless_money_or_depth_says_otherwise() -> None:
    def severity(value: float, below_floor: bool = False, net: str | None = None) -> str:
        owed = [] if net is None else [settled(0, net)]
        rows = attained("missed", value=value, exact=value, below_floor=below_floor)
        return next(missed_clauses([clause()], rows, owed)).severity

    assert severity(0.795) == "info"
    assert severity(0.785) == "warning"
    assert severity(0.795, net="-10") == "warning"
    assert severity(0.795, below_floor=True) == "critical"


def test_no_miss_is_told_from_a_hole_or_where_relief_excuses() -> None:
    assert list(missed_clauses([clause()], attained("excused", "gap", "too_little", "running", "met"), [])) == []
    assert list(missed_clauses([clause()], attained("missed", sure=False), [])) == []
    (one,) = missed_clauses([clause()], attained("missed", below_floor=True), [])
    assert (one.severity, one.money, one.feed) == ("critical", None, "contacts")


def line(queue: str, invoiced: str, recomputed: str | None, verdict: Any) -> CheckedLine:
    return CheckedLine(
        "v", "F1", *MONTHS[0], queue, "minute", "EUR", Decimal(1), Decimal(1), Decimal(invoiced), Decimal(1),
        Decimal(1), None if recomputed is None else Decimal(recomputed), verdict,
    )  # fmt: skip


def test_an_invoice_is_told_once_with_its_lines() -> None:
    lines = [line("a", "110.00", "100.00", "differs"), line("b", "53.00", "50.00", "differs"),
             line("c", "10.00", "10.00", "agrees"), line("d", "10.00", None, "not_verifiable")]  # fmt: skip
    (one,) = differing_invoices(lines)
    assert (one.money, one.expected, one.observed, one.queue) == ("13.00 EUR", "150.00 EUR", "163.00 EUR", None)
    assert "bills 13.00 EUR more than the work gives, 8.7 % of 2 of its 4 lines" in one.sentence
    assert len(one.evidence["lines"]) == 2
    (less,) = differing_invoices([line("a", "90.00", "100.00", "differs")])
    assert ("less than the work gives" in less.sentence, less.queue) == (True, "a")
    assert list(differing_invoices(lines[2:])) == []


def test_a_reported_figure_is_worth_what_it_would_save_the_vendor() -> None:
    finding = Finding(
        "reported_differs", "warning", "v", "x", "x", MONTHS[0][0], MONTHS[2][1], "sla_report", metric="service_level"
    )
    periods = [settled(0, "-100", "-40"), settled(1, "-200", "-200"), settled(2, "-70"), settled(4, "-90", "-10")]
    assert with_money(finding, periods, [clause()]).money == "60 EUR"
    assert with_money(finding, periods[1:3], [clause()]).money is None
    other = Finding("reported_differs", "warning", "v", "x", "x", MONTHS[0][0], MONTHS[2][1], metric="aht_s")
    assert with_money(other, periods, [clause()]) == other
