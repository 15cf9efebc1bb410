"""What a contact really costs, month by month: the bill less credits, and all that does not stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pipelines.measures.definitions.money import CostTotals, cost_per_contact, cost_per_resolution
from pipelines.workspace.terms import OtherCost, Terms

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """One operation in one month, in one currency. None is not known: a sum over a hole would look cheap.

    ``credits`` (positive: taken off), ``goodwill`` that its agents granted, ``other`` costs by kind. ``resolved``:
    contacts whose customer did not come again; None while the windows are open.
    """

    vendor: str
    period_start: date
    period_end: date
    currency: str
    billed: Decimal | None
    billed_from: str | None
    credits: Decimal
    goodwill: Decimal
    other: dict[str, Decimal] = field(default_factory=dict)
    handled: int = 0
    resolved: int | None = None

    @property
    def total(self) -> Decimal | None:
        return None if self.billed is None else self._totals(self.billed).total

    @property
    def billed_per_contact(self) -> Decimal | None:
        return None if self.billed is None else cost_per_contact(self._totals(self.billed))

    @property
    def per_contact(self) -> Decimal | None:
        """All that it cost over contacts handled."""
        return self.total / self.handled if self.total is not None and self.handled else None

    @property
    def per_resolved(self) -> Decimal | None:
        """All that it cost over contacts resolved."""
        if self.billed is None or self.resolved is None:
            return None
        return cost_per_resolution(self._totals(self.billed))

    def _totals(self, billed: Decimal) -> CostTotals:
        overhead = sum(self.other.values(), NOTHING)
        return CostTotals(self.handled, self.resolved or 0, billed, self.credits, self.goodwill, overhead)


def other_costs(terms: Sequence[Terms], currency: str, first: date, last: date) -> dict[str, Decimal]:
    """Declared costs of the days from ``first`` to ``last``, by kind.

    A monthly cost is spread over the days of its months; one paid once falls on its first day. Costs in another
    currency than ``currency`` raise ``ValueError``: money is not added over currencies.
    """
    found: dict[str, Decimal] = {}
    for held in terms:
        for cost in held.other_costs:
            if (cost.currency or held.currency or currency) != currency:
                raise ValueError(f"{held.id}: a cost in {cost.currency or held.currency} beside a bill in {currency}")
            begin = max(cost.first_day or held.valid_from, held.valid_from)
            end = min(cost.last_day or date.max, held.valid_to or date.max)
            amount = _falling(cost, begin, end, first, last)
            if amount:
                found[cost.kind] = found.get(cost.kind, NOTHING) + amount
    return found


def _falling(cost: OtherCost, begin: date, end: date, first: date, last: date) -> Decimal:
    if cost.per == "once":
        return cost.amount if first <= begin <= last else NOTHING
    start, stop = max(begin, first), min(end, last)
    amount = NOTHING
    while start <= stop:
        following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        days_in_month = (following - start.replace(day=1)).days
        upto = min(stop, date.fromordinal(following.toordinal() - 1))
        amount += cost.amount * ((upto - start).days + 1) / days_in_month
        start = following
    return amount.quantize(Decimal("0.01"))
