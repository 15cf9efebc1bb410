"""Findings of the agreement: clauses that were missed, invoices that differ from the work.

A miss is told once for a row of periods, only where what is missing of the data could not turn it, and not where relief
excuses it. An invoice is told once, with the money and the lines; what missing contacts may explain is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import polars as pl

from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.agreement.invoices import CheckedLine
from pipelines.measures.agreement.settlement import SettledPeriod
from pipelines.trust.agreement import Account
from pipelines.trust.findings import Finding, Severity
from pipelines.trust.sentences import period_words, sentence

#: Which feed a clause's figure comes from.
FEEDS = {
    "csat": "surveys", "nps": "surveys", "response_rate": "surveys", "refund_rate": "refunds",
    "refund_value_per_contact": "refunds", "occupancy": "staffing", "reporting_timeliness": None,
}  # fmt: skip
_MISSED_INNOCENT = ["volume beyond the plan", "longer contacts after a launch", "a change that both sides agreed on"]
_INVOICE_INNOCENT = ["work that the contacts don't show", "a price agreed by word", "another cut of the month"]
#: Kinds of finding about reported figures that a clause may put money on.
ABOUT_FIGURES = ("reported_differs", "definition_changed")
#: Lines that are named in the evidence.
NAMED = 20
#: Hardly missed: by less than a point, or than this share of a target that is no share.
SLIGHT_POINTS, SLIGHT_SHARE = 0.01, 0.02


def agreement_findings(known: Iterable[Account], about_figures: Sequence[Finding]) -> Iterator[Finding]:
    """What the agreements give to explain; and ``about_figures`` (of reported figures) with what they are worth."""
    told: set[str] = set()
    for account in known:
        yield from missed_clauses(account.clauses, account.attained, account.settled)
        yield from differing_invoices(account.invoices)
        own = [one for one in about_figures if one.vendor == account.vendor]
        yield from (with_money(one, account.settled, account.clauses) for one in own)
        told.add(account.vendor)
    yield from (one for one in about_figures if one.vendor not in told)


def with_money(finding: Finding, settled: Sequence[SettledPeriod], clauses: Sequence[BoundClause]) -> Finding:
    """A finding about a reported figure with what the vendor's own figures would be worth to it, where that is known:
    the settlement under its report less that under the clause, over the periods that the finding touches."""
    first, last = finding.period_start, finding.period_end
    own = {one.clause.id for one in clauses if one.clause.metric == finding.metric}
    if finding.kind not in ABOUT_FIGURES or first is None or last is None or not own:
        return finding
    touched = [one for one in settled if one.period_start <= last and one.period_end >= first]
    gains = [
        one.reported - one.net
        for one in touched
        if one.reported is not None and one.net is not None and own & set(one.reported_values)
    ]
    worth = sum(gains, Decimal(0))
    return replace(finding, money=f"{worth} {touched[0].currency}") if worth else finding


def missed_clauses(
    clauses: Sequence[BoundClause], attained: pl.DataFrame, settled: Sequence[SettledPeriod]
) -> Iterator[Finding]:
    """One finding per clause and unbroken row of periods that it was missed in."""
    for one in clauses:
        own = (pl.col("vendor") == one.vendor) & (pl.col("clause_id") == one.clause.id)
        rows = attained.filter(own & (pl.col("terms_id") == one.terms_id)).sort("period_start").to_dicts()
        for missed, some in groupby(rows, key=_is_missed):
            if missed:
                yield _missed(one, list(some), settled)


def _is_missed(row: dict[str, Any]) -> bool:
    return row["state"] == "missed" and bool(row["sure"])


def _missed(one: BoundClause, rows: list[dict[str, Any]], settled: Sequence[SettledPeriod]) -> Finding:
    clause = one.clause
    first, last = rows[0]["period_start"], rows[-1]["period_end"]
    least = min if clause.direction == "higher" else max
    worst = least(rows, key=lambda row: row["exact"])
    owed = _owed(one, rows, settled)
    facts = {
        "metric": clause.metric, "clause": clause.id, "value": _shown(one, worst["value"]),
        "target": _shown(one, clause.target),
        "count": len(rows), "contacts": round(sum(row["contacts"] for row in rows)), **period_words(first, last),
    }  # fmt: skip
    return Finding(
        kind="clause_missed", severity=_depth(one, rows, worst, owed), vendor=one.vendor,
        feed=FEEDS.get(clause.metric, "contacts"),
        queue=None if clause.queue == "*" else clause.queue, metric=clause.metric, subject=clause.id,
        period_start=first, period_end=last, expected=_shown(one, clause.target), observed=_shown(one, worst["value"]),
        money=None if owed is None else f"{owed} {_currency(rows, settled)}",
        evidence={
            "clause": clause.id, "definition": one.definition_id, "innocent": _MISSED_INNOCENT,
            "periods": [
                {name: row[name] for name in ("period_start", "period_end", "value", "numerator", "denominator",
                                              "contacts", "relief_value", "excused_by", "data_share")}
                for row in rows[:NAMED]
            ],
        },
        **sentence("clause_missed" if len(rows) == 1 else "clause_missed_often", **facts),
    )  # fmt: skip


def _depth(one: BoundClause, rows: list[dict[str, Any]], worst: dict[str, Any], owed: Decimal | None) -> Severity:
    """Critical below the floor of the clause; for information where it was hardly missed and nothing is owed for it."""
    if any(row["below_floor"] for row in rows):
        return "critical"
    slight = SLIGHT_POINTS if one.unit == "rate" else SLIGHT_SHARE * abs(one.clause.target)
    return "info" if owed is None and abs(worst["exact"] - one.clause.target) < slight else "warning"


def _shown(one: BoundClause, value: float) -> str:
    if one.unit == "rate":
        return f"{value * 100:.{max(one.clause.rounding or 1, 1)}f} %"
    return f"{value:.{one.clause.rounding or 0}f}{' s' if one.unit == 's' else ''}"


def _owed(one: BoundClause, rows: list[dict[str, Any]], settled: Sequence[SettledPeriod]) -> Decimal | None:
    """What the misses cost under the clause, no more than what its periods come to; None where nothing is agreed."""
    starts = {row["period_start"] for row in rows}
    amounts = []
    for period in settled:
        if period.period_start in starts and period.net is not None and period.net < 0:
            own = sum((line.amount for line in period.lines if line.clause == one.clause.id), Decimal(0))
            if own < 0:
                amounts.append(max(own, period.net))
    return sum(amounts, Decimal(0)) if amounts else None


def _currency(rows: list[dict[str, Any]], settled: Sequence[SettledPeriod]) -> str:
    start = rows[0]["period_start"]
    return next((one.currency for one in settled if one.period_start >= start), "")


def differing_invoices(lines: Iterable[CheckedLine]) -> Iterator[Finding]:
    """One finding per invoice with lines that differ."""
    for (invoice, first, last), some in groupby(
        lines, key=lambda one: (one.invoice_id, one.period_start, one.period_end)
    ):
        held = list(some)
        differing = [one for one in held if one.verdict == "differs"]
        if differing:
            yield _invoice(invoice, first, last, differing, len(held))


def _invoice(invoice: str, first: date, last: date, lines: list[CheckedLine], of: int) -> Finding:
    amount = sum((one.difference for one in lines if one.difference is not None), Decimal(0))
    whole = sum((one.recomputed for one in lines if one.recomputed is not None), Decimal(0))
    one = lines[0]
    share = abs(amount) / whole * 100 if whole else Decimal(0)
    facts = {
        "invoice": invoice, "amount": f"{abs(amount):,.2f}", "currency": one.currency, "lines": len(lines),
        "of": of, "unit": one.unit, "share": f"{share:.1f}", **period_words(first, last),
    }  # fmt: skip
    name = "invoice_more" if amount > 0 else "invoice_less"
    return Finding(
        kind="invoice_differs", severity="warning", vendor=one.vendor, feed="invoices",
        queue=one.queue if len(lines) == 1 else None, period_start=first, period_end=last, subject=invoice,
        expected=f"{whole} {one.currency}", observed=f"{whole + amount} {one.currency}",
        money=f"{amount} {one.currency}",
        evidence={
            "invoice": invoice, "delivery": one.delivery_id, "file": one.file_name, "innocent": _INVOICE_INNOCENT,
            "lines": [_line(line) for line in lines[:NAMED]],
        },
        **sentence(name, **facts),
    )  # fmt: skip


def _line(one: CheckedLine) -> dict[str, Any]:
    return {
        "queue": one.queue, "unit": one.unit, "invoiced_quantity": one.invoiced_quantity, "quantity": one.quantity,
        "invoiced": one.invoiced, "recomputed": one.recomputed, "difference": one.difference,
        "causes": {name: amount for name, amount in one.causes.items() if amount}, "explained_by": one.explained_by,
    }  # fmt: skip
