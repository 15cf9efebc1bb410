"""Invoiced lines against the work that they bill: what each should have been, the difference, and what explains it.

    difference = invoiced - recomputed = by_quantity + by_price + by_arithmetic + by_rounding, exactly

A line agrees within a unit of the last printed decimal of quantity and amount. Where contacts of the period are missing
and could make up for what was billed more, the line is not verifiable: a hole in the data is not held against anybody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

import polars as pl

from pipelines.measures.agreement.bills import CENTS, DECIMALS, NOTHING, BillLine, Work, bill
from pipelines.measures.definitions.rounding import round_half_up
from pipelines.workspace.terms import NonBillable, Terms

Verdict = Literal["agrees", "differs", "not_verifiable"]
INVOICE_VERDICTS: tuple[Verdict, ...] = ("agrees", "differs", "not_verifiable")
#: Why a line can't be verified.
INVOICE_REASONS = (
    "no_rate_card", "contacts_missing", "handle_time_not_known", "resolution_not_delivered", "staffing_not_delivered",
    "fte_hours_not_stated", "not_yet_known", "no_price_for_volume",
)  # fmt: skip
#: What an invoiced quantity may have been drawn from in place of what the terms say.
OTHER_QUANTITIES: dict[str, dict[str, tuple[str, float]]] = {
    "contact": {"offered": ("offered", 1), "with_non_billable": ("answered", 1)},
    "minute": {"with_non_billable": ("answered_handle_s", 60), "talk_only": ("talk_s", 60)},
    "resolved": {"all_answered": ("contacts", 1)},
}
_MORE_MINUTES = {"talk_and_hold": ("talk_s", "hold_s"), "with_ring": ("handle_s", "ring_s"),
                 "with_wait": ("handle_s", "wait_s")}  # fmt: skip
_OTHER_HOURS = {"committed_hours": "committed_hours", "scheduled_hours": "scheduled_hours"}


@dataclass(frozen=True, slots=True)
class Holes:
    """What is known to be missing: ``expected`` (queue, local_date, missing contacts), rows that could not be read
    (first_day, last_day, rows), and days with contacts but without staffing."""

    expected: pl.DataFrame
    rejected: pl.DataFrame

    def contacts(self, queue: str | None, first: date, last: date) -> float:
        """Contacts that may be missing, at the most: those to be expected in gaps, and all rows not read."""
        inside = self.expected.filter(pl.col("local_date").is_between(first, last))
        if queue is not None:
            inside = inside.filter(pl.col("queue") == queue)
        missing = float(inside["missing"].sum() or 0)
        touching = (pl.col("first_day") <= last) & (pl.col("last_day") >= first)
        rows = float(self.rejected.filter(touching)["rows"].sum() or 0)
        return missing + 3 * math.sqrt(missing) + rows


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """One queue and unit of one invoice, held against the work; money in ``currency``."""

    vendor: str
    invoice_id: str
    period_start: date
    period_end: date
    queue: str | None
    unit: str
    currency: str
    invoiced_quantity: Decimal | None
    invoiced_price: Decimal | None
    invoiced: Decimal
    quantity: Decimal | None
    price: Decimal | None
    recomputed: Decimal | None
    verdict: Verdict
    reason: str | None = None
    explained_by: str | None = None
    missing_contacts: float = 0.0
    causes: Mapping[str, Decimal] = field(default_factory=dict)
    delivery_id: str | None = None
    file_name: str | None = None

    @property
    def difference(self) -> Decimal | None:
        """Invoiced less recomputed: positive is billed too much."""
        return None if self.recomputed is None else self.invoiced - self.recomputed

    @property
    def share(self) -> Decimal | None:
        """The quantity billed over that of the work, less one."""
        if not self.quantity or self.invoiced_quantity is None:
            return None
        return self.invoiced_quantity / self.quantity - 1


def check_invoices(
    vendor: str, lines: pl.DataFrame, terms: Sequence[Terms], work: Work, holes: Holes, currency: str
) -> list[CheckedLine]:
    """Every invoiced queue and unit, and every queue that was worked on and not invoiced.

    ``lines``: ``invoice_lines.sql``. Lines of one invoice, queue and unit are taken together.
    """
    found: list[CheckedLine] = []
    for (invoice, first, last), some in lines.group_by(
        ["invoice_id", "period_start", "period_end"], maintain_order=True
    ):
        assert isinstance(first, date)
        assert isinstance(last, date)
        due = bill(terms, work, currency, first, last)
        found += _check_one(vendor, str(invoice), first, last, some, due, work, holes)
    return found


def _check_one(
    vendor: str, invoice: str, first: date, last: date, lines: pl.DataFrame, due: Sequence[BillLine], work: Work,
    holes: Holes,
) -> list[CheckedLine]:  # fmt: skip
    pooled = set(lines.filter(pl.col("queue").is_null())["unit"].to_list())
    expected: dict[tuple[str | None, str], list[BillLine]] = {}
    for line in due:
        queue = None if line.unit in pooled or line.kind == "minimum" else line.queue
        expected.setdefault((queue, line.unit), []).append(line)
    found: list[CheckedLine] = []
    seen: set[tuple[str | None, str]] = set()
    for (queue, unit), some in lines.group_by(["queue", "unit"], maintain_order=True):
        key = (None if queue is None else str(queue), str(unit))
        if str(unit) in pooled:
            key = (None, str(unit))
            if key in seen:
                continue
            some = lines.filter(pl.col("unit") == unit)
        seen.add(key)
        told = _Invoiced.of(some)
        found.append(_held(vendor, invoice, first, last, key, told, expected.get(key, []), work, holes))
    nothing = _Invoiced(None, None, NOTHING, NOTHING, due[0].currency if due else "", None, None, 0)
    for key, wanted in expected.items():
        if key not in seen and any(line.amount for line in wanted):
            found.append(_held(vendor, invoice, first, last, key, nothing, wanted, work, holes))
    return found


@dataclass(frozen=True, slots=True)
class _Invoiced:
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal
    by_lines: Decimal  # quantity times price, line by line, in cents
    currency: str
    delivery_id: str | None
    file_name: str | None
    lines: int

    @classmethod
    def of(cls, rows: pl.DataFrame) -> _Invoiced:
        quantity = sum((_plain(one) for one in rows["quantity"]), NOTHING)
        amount = sum((_plain(one) for one in rows["amount"]), NOTHING)
        by_lines = NOTHING
        for row in rows.iter_rows(named=True):
            known = row["unit_amount"] is not None
            by_lines += round_half_up(row["quantity"] * row["unit_amount"], CENTS) if known else row["amount"]
        prices = rows["unit_amount"].drop_nulls().unique().to_list()
        price = _plain(prices[0]) if len(prices) == 1 else (by_lines / quantity if quantity else None)
        first = rows.row(0, named=True)
        return cls(
            quantity, price, amount, by_lines, first["currency"], first["delivery_id"], first["file_name"], rows.height
        )


def _plain(value: Decimal) -> Decimal:
    """Without the zeros that the table's four decimals add."""
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


def _held(
    vendor: str, invoice: str, first: date, last: date, key: tuple[str | None, str], told: _Invoiced,
    due: Sequence[BillLine], work: Work, holes: Holes,
) -> CheckedLine:  # fmt: skip
    queue, unit = key
    reason = _unknown(due, told)
    amounts = [line.amount for line in due if line.amount is not None]
    recomputed = sum(amounts, NOTHING) if amounts and reason is None else None
    counts = [line.quantity for line in due if line.quantity is not None]
    quantity = sum(counts, NOTHING) if counts and reason is None else None
    prices = {line.price for line in due}
    price = next(iter(prices)) if len(prices) == 1 else (recomputed / quantity if recomputed and quantity else None)
    missing = holes.contacts(queue, first, last)
    common = {
        "vendor": vendor, "invoice_id": invoice, "period_start": first, "period_end": last, "queue": queue,
        "unit": unit, "currency": told.currency, "invoiced_quantity": told.quantity, "invoiced_price": told.price,
        "invoiced": told.amount, "quantity": quantity, "price": price, "recomputed": recomputed,
        "delivery_id": told.delivery_id, "file_name": told.file_name,
    }  # fmt: skip
    if recomputed is None or quantity is None:
        return CheckedLine(**common, verdict="not_verifiable", reason=reason or "no_rate_card")  # type: ignore[arg-type]
    causes = _causes(told, quantity, price, recomputed)
    other_currency = due[0].currency != told.currency and told.lines > 0
    tolerance = Decimal("0.01") * max(told.lines, 1) + _step(unit) * abs(price or NOTHING)
    if abs(told.amount - recomputed) <= tolerance and not other_currency:
        return CheckedLine(**common, verdict="agrees", causes=causes)  # type: ignore[arg-type]
    contacts = sum(line.contacts for line in due)
    if _holes_explain(told, quantity, causes, contacts, missing):
        return CheckedLine(
            **common, verdict="not_verifiable", reason="contacts_missing", missing_contacts=missing, causes=causes  # type: ignore[arg-type]
        )  # fmt: skip
    explained = "other_currency" if other_currency else _explained(queue, unit, first, last, told, causes, work)
    return CheckedLine(
        **common, verdict="differs", explained_by=explained, missing_contacts=missing, causes=causes  # type: ignore[arg-type]
    )  # fmt: skip


def _unknown(due: Sequence[BillLine], told: _Invoiced) -> str | None:
    if not due:
        return "no_rate_card"
    return next((line.why for line in due if line.why is not None), None)


def _step(unit: str) -> Decimal:
    decimals = DECIMALS.get(unit, CENTS)
    return Decimal(1).scaleb(-decimals) if decimals else NOTHING


def _causes(told: _Invoiced, quantity: Decimal, price: Decimal | None, recomputed: Decimal) -> dict[str, Decimal]:
    """The difference, one change at a time; what cents leave over is rounding."""
    unit_price = price or NOTHING
    difference = told.amount - recomputed
    if told.quantity is None or told.price is None:
        by_quantity = -quantity * unit_price if told.quantity is None else (told.quantity - quantity) * unit_price
        by_quantity = round_half_up(by_quantity, CENTS)
        return {"quantity": by_quantity, "rounding": difference - by_quantity}
    parts = {
        "quantity": round_half_up((told.quantity - quantity) * unit_price, CENTS),
        "price": round_half_up(told.quantity * (told.price - unit_price), CENTS),
        "arithmetic": told.amount - told.by_lines,
    }
    return parts | {"rounding": difference - sum(parts.values(), NOTHING)}


def _holes_explain(
    told: _Invoiced, quantity: Decimal, causes: Mapping[str, Decimal], contacts: int, missing: float
) -> bool:
    """More was billed than came, at the right price, and no more than what is missing could have been."""
    if told.quantity is None or missing <= 0 or told.quantity <= quantity:
        return False
    if abs(causes.get("price", NOTHING)) > 1 or abs(causes.get("arithmetic", NOTHING)) > 1:
        return False
    per_contact = float(quantity) / contacts if contacts else math.inf
    return float(told.quantity - quantity) <= missing * per_contact * 1.5


def _explained(
    queue: str | None, unit: str, first: date, last: date, told: _Invoiced, causes: Mapping[str, Decimal], work: Work
) -> str | None:
    """The one thing that gives the invoiced line: another price, a sum that is off, another quantity."""
    if told.quantity is None:
        return "not_invoiced"
    large = {name: amount for name, amount in causes.items() if abs(amount) > Decimal("0.02")}
    if set(large) == {"price"}:
        return "other_price"
    if set(large) == {"arithmetic"}:
        return "arithmetic"
    if "quantity" not in large:
        return None
    others = _other_quantities(queue, unit, first, last, work)
    step = max(_step(unit), Decimal("0.5") if DECIMALS.get(unit) == 0 else NOTHING)
    return next((name for name, amount in others.items() if abs(amount - told.quantity) <= step), None)


def _other_quantities(queue: str | None, unit: str, first: date, last: date, work: Work) -> dict[str, Decimal]:
    within = pl.col("local_date").is_between(first, last)
    if queue is not None:
        within &= pl.col("queue") == queue
    found: dict[str, Decimal] = {}
    if unit == "hour":
        sums = work.days.filter(within)
        for name, column in _OTHER_HOURS.items():
            if column in sums.columns and sums[column].count():
                found[name] = _rounded(float(sums[column].sum()), unit)
        return found
    sums = work.billable(NonBillable()).filter(within)
    for name, (column, per) in OTHER_QUANTITIES.get(unit, {}).items():
        found[name] = _rounded(float(sums[column].sum()) / per, unit)
    if unit == "minute":
        for name, columns in _MORE_MINUTES.items():
            found[name] = _rounded(sum(float(sums[column].sum()) for column in columns) / 60, unit)
    return found


def _rounded(value: float, unit: str) -> Decimal:
    return round_half_up(Decimal(str(value)), DECIMALS[unit])
