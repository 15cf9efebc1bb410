"""Refund and cost figures with a declared denominator. Money is ``Decimal``; only shares are floats."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

RefundDenominator = Literal["contact", "refund_ticket", "resolved_contact"]


@dataclass(frozen=True, slots=True)
class RefundTotals:
    """What was refunded in a period: counts, and amounts in one currency. ``reversed`` is money taken back."""

    contacts: int
    resolved: int
    with_refund: int
    refunded: Decimal
    reversed: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        return self.refunded - self.reversed


def refund_rate(totals: RefundTotals) -> float | None:
    """Contacts with a refund over contacts; null without contacts."""
    return totals.with_refund / totals.contacts if totals.contacts else None


def refund_value(totals: RefundTotals, per: RefundDenominator) -> Decimal | None:
    """Net refund per contact, per contact with a refund, or per resolved contact; null without any."""
    counts: dict[RefundDenominator, int] = {
        "contact": totals.contacts,
        "refund_ticket": totals.with_refund,
        "resolved_contact": totals.resolved,
    }
    return totals.net / counts[per] if counts[per] else None


@dataclass(frozen=True, slots=True)
class CostTotals:
    """What an operation cost in a period, in one currency, and what it handled.

    ``billed`` less ``credits`` is what the vendor gets; ``refunds_caused`` and ``overhead`` are what the client bears
    besides. An in-house operation is ``billed`` its fully loaded cost.
    """

    handled: int
    resolved: int
    billed: Decimal
    credits: Decimal = Decimal(0)
    refunds_caused: Decimal = Decimal(0)
    overhead: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.billed - self.credits + self.refunds_caused + self.overhead


def cost_per_contact(totals: CostTotals) -> Decimal | None:
    """Billed over handled contacts; null when nothing was handled."""
    return totals.billed / totals.handled if totals.handled else None


def cost_per_resolution(totals: CostTotals) -> Decimal | None:
    """All that it cost over contacts resolved at first contact; null when none was."""
    return totals.total / totals.resolved if totals.resolved else None


def cost_per_contact_with_contained(totals: CostTotals, contained: int) -> Decimal | None:
    """The same bill spread over contacts that the voice menu contained as well: falls without anything improving."""
    everyone = totals.handled + contained
    return totals.billed / everyone if everyone else None
