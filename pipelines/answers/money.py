"""Terms and money: credits with the rule that gave each line, invoices against the work, what a contact really costs.

``accounts_of`` reads; ``money`` puts together what the page *Terms and money* shows and ``money --json`` prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.answers.status import judged_feeds
from pipelines.measures.agreement.attainment import ATTAINMENT
from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.agreement.invoices import CheckedLine
from pipelines.measures.agreement.periods import Grain
from pipelines.measures.agreement.relief import Waiver
from pipelines.measures.agreement.settlement import SettledPeriod
from pipelines.measures.agreement.true_cost import MonthlyCost, other_costs
from pipelines.measures.weekly.counted import MOST_OPEN
from pipelines.trust.agreement import Account, accounts, calendar_of
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace

__all__ = ["ATTAINMENT", "Account", "Money", "accounts_of", "attained_by", "money", "money_document", "money_of"]

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Money:
    """What the agreements with some vendors have come to. ``attained``: ``attainment.ATTAINMENT`` in the clauses' own
    measurement periods."""

    clauses: tuple[BoundClause, ...]
    attained: pl.DataFrame
    settled: tuple[SettledPeriod, ...]
    invoices: tuple[CheckedLine, ...]
    costs: tuple[MonthlyCost, ...]
    waivers: tuple[Waiver, ...]
    last_day: date | None = None  # of which data can be there

    def of(self, vendor: str) -> Money:
        """The part of one vendor."""
        return Money(
            tuple(one for one in self.clauses if one.vendor == vendor),
            self.attained.filter(pl.col("vendor") == vendor),
            tuple(one for one in self.settled if one.vendor == vendor),
            tuple(one for one in self.invoices if one.vendor == vendor),
            tuple(one for one in self.costs if one.vendor == vendor),
            tuple(one for one in self.waivers if one.vendor == vendor),
            self.last_day,
        )

    def of_period(self, first: date, last: date) -> Money:
        """What touches the days from ``first`` to ``last``."""
        touching = (pl.col("period_start") <= last) & (pl.col("period_end") >= first)
        return Money(
            self.clauses,
            self.attained.filter(touching),
            tuple(one for one in self.settled if one.period_start <= last and one.period_end >= first),
            tuple(one for one in self.invoices if one.period_start <= last and one.period_end >= first),
            tuple(one for one in self.costs if one.period_start <= last and one.period_end >= first),
            tuple(one for one in self.waivers if one.first_day <= last and one.last_day >= first),
            self.last_day,
        )


def accounts_of(workspace: Workspace, reader: Reader, vendor: str | None = None) -> list[Account]:
    """What agreements are held against; reading it is the slow part."""
    expected = reader.frame("expected_days", first_day=date.min, last_day=date.max)
    return list(accounts(workspace, reader.frame, expected, judged_feeds(workspace, reader), vendor))


def money(workspace: Workspace, reader: Reader, vendor: str | None = None) -> Money:
    """Everything about the money of ``vendor`` (default: of all), definition risk included."""
    return money_of(accounts_of(workspace, reader, vendor))


def money_of(known: Sequence[Account], *, risk: bool = True) -> Money:
    """:func:`money` of accounts that have been read; ``risk`` false leaves the definitions in dispute out (seconds)."""
    frames = [pl.DataFrame(schema=ATTAINMENT), *(one.attained for one in known)]
    return Money(
        clauses=tuple(clause for one in known for clause in one.clauses),
        attained=pl.concat(frames),
        settled=tuple(period for one in known for period in (one.settled_with_risk if risk else one.settled)),
        invoices=tuple(line for one in known for line in one.invoices),
        costs=tuple(cost for one in known for cost in monthly_costs(one)),
        waivers=tuple(dict.fromkeys(waiver for one in known for waiver in one.waivers)),
        last_day=max((one.activity.last_day for one in known), default=None),
    )


def attained_by(
    known: Sequence[Account], grain: Grain, first: date | None = None, last: date | None = None
) -> pl.DataFrame:
    """Every clause by interval, day, week, month or quarter: where and when it was met; only its own period settles."""
    return pl.concat([pl.DataFrame(schema=ATTAINMENT), *(one.attained_by(grain, first, last) for one in known)])


def monthly_costs(account: Account) -> list[MonthlyCost]:
    """What each whole month of a vendor's work cost, and what was handled and resolved for it."""
    activity, workspace = account.activity, account.workspace
    months = calendar_of(workspace).periods(activity.first_day, activity.last_day, "month")
    whole = months.filter((pl.col("period_start") >= activity.first_day) & (pl.col("period_end") <= activity.last_day))
    return [_monthly_cost(account, first, last) for first, last in whole.iter_rows()]


def _monthly_cost(account: Account, first: date, last: date) -> MonthlyCost:
    workspace, currency = account.workspace, account.currency
    days = account.activity.days.filter(pl.col("local_date").is_between(first, last))
    sums = {name: int(days[name].sum() or 0) for name in ("answered", "repeat_eligible", "repeated", "repeat_open")}
    charge = account.charge(first, last)
    granted = [
        one.net
        for one in account.settled
        if first <= one.period_start and one.period_end <= last and one.net is not None
    ]
    goodwill = days["goodwill_amount"].drop_nulls().to_list()
    return MonthlyCost(
        vendor=account.vendor,
        period_start=first,
        period_end=last,
        currency=currency,
        billed=charge.amount,
        billed_from=charge.source,
        credits=-sum(granted, Decimal(0)),
        goodwill=sum((Decimal(amount) for amount in goodwill), Decimal(0)),
        other=other_costs(workspace.terms.get(account.vendor, []), currency, first, last),
        handled=sums["answered"],
        resolved=_resolved(**sums),
    )


def _resolved(answered: int, repeat_eligible: int, repeated: int, repeat_open: int) -> int | None:
    if not repeat_eligible or repeat_open > MOST_OPEN * (repeat_eligible + repeat_open):
        return None
    return round(answered * (1 - repeated / repeat_eligible))


def money_document(found: Money, baseline: str | None) -> dict[str, Any]:
    """The document of ``money --json``."""
    return {
        "baseline_vendor": baseline,
        "clauses": [clause_document(one) for one in found.clauses],
        "attainment": found.attained.to_dicts(),
        "settlements": [settlement_document(one) for one in found.settled],
        "invoices": [invoice_document(one) for one in found.invoices],
        "costs": [cost_document(one) for one in found.costs],
        "waivers": [waiver_document(one) for one in found.waivers],
    }


def clause_document(one: BoundClause) -> dict[str, Any]:
    clause = one.clause.model_dump(mode="json", exclude_none=True)
    return {
        "vendor": one.vendor, "terms_id": one.terms_id, "first_day": one.first_day, "last_day": one.last_day,
        "definition_id": one.definition_id, "gap_is_breach": one.gap_is_breach, **clause,
    }  # fmt: skip


def settlement_document(one: SettledPeriod) -> dict[str, Any]:
    risk = one.risk
    return {
        "vendor": one.vendor, "period_start": one.period_start, "period_end": one.period_end, "grain": one.grain,
        "currency": one.currency, "charge": one.charge.amount, "charge_from": one.charge.source,
        "lines": [
            {"clause": line.clause, "rule": line.rule, "amount": line.amount, "basis": line.basis} for line in one.lines
        ],
        "net": one.net, "without_relief": one.without_relief, "under_reported": one.reported,
        "reported_values": one.reported_values, "sure": one.sure, "unknown": one.unknown,
        "definition_risk": None if risk is None else {
            "low": risk.low, "high": risk.high, "low_by": risk.low_by, "high_by": risk.high_by,
            "definitions": risk.definitions,
        },
    }  # fmt: skip


def invoice_document(one: CheckedLine) -> dict[str, Any]:
    return {
        "vendor": one.vendor, "invoice_id": one.invoice_id, "period_start": one.period_start,
        "period_end": one.period_end, "queue": one.queue, "unit": one.unit, "currency": one.currency,
        "invoiced_quantity": one.invoiced_quantity, "invoiced_price": one.invoiced_price, "invoiced": one.invoiced,
        "quantity": one.quantity, "price": one.price, "recomputed": one.recomputed, "difference": one.difference,
        "causes": dict(one.causes), "verdict": one.verdict, "reason": one.reason, "explained_by": one.explained_by,
        "missing_contacts": round(one.missing_contacts), "file_name": one.file_name,
    }  # fmt: skip


def cost_document(one: MonthlyCost) -> dict[str, Any]:
    return {
        "vendor": one.vendor, "period_start": one.period_start, "period_end": one.period_end, "currency": one.currency,
        "billed": one.billed, "billed_from": one.billed_from, "credits": one.credits, "goodwill": one.goodwill,
        "other": one.other, "total": one.total, "handled": one.handled, "resolved": one.resolved,
        "billed_per_contact": in_cents(one.billed_per_contact), "per_contact": in_cents(one.per_contact),
        "per_resolved": in_cents(one.per_resolved),
    }  # fmt: skip


def waiver_document(one: Waiver) -> dict[str, Any]:
    return {
        "id": one.id, "vendor": one.vendor, "queue": one.queue, "clause": one.clause, "from": one.first_day,
        "to": one.last_day, "author": one.author, "reason": one.reason,
    }  # fmt: skip


def in_cents(amount: Decimal | None) -> Decimal | None:
    """To two decimals, for showing."""
    return None if amount is None else amount.quantize(CENT)


def summed(costs: Iterable[MonthlyCost]) -> MonthlyCost | None:
    """Several months of one operation together; what one of them does not know is not known of all."""
    months = list(costs)
    if not months:
        return None
    billed = [one.billed for one in months]
    resolved = [one.resolved for one in months]
    other: dict[str, Decimal] = {}
    for one in months:
        for kind, amount in one.other.items():
            other[kind] = other.get(kind, Decimal(0)) + amount
    return MonthlyCost(
        vendor=months[0].vendor,
        period_start=months[0].period_start,
        period_end=months[-1].period_end,
        currency=months[0].currency,
        billed=None if None in billed else sum((one for one in billed if one is not None), Decimal(0)),
        billed_from=months[0].billed_from if len({one.billed_from for one in months}) == 1 else None,
        credits=sum((one.credits for one in months), Decimal(0)),
        goodwill=sum((one.goodwill for one in months), Decimal(0)),
        other=other,
        handled=sum(one.handled for one in months),
        resolved=None if None in resolved else sum(one for one in resolved if one is not None),
    )
