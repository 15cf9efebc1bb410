"""What a vendor's work costs under its rate cards: quantities, bands, minimum volumes. ``Decimal`` throughout.

A queue's own card goes before one for every queue. Cards of one scope and unit that differ by their bands are one
schedule; its volume is that of all its queues over the period. Quantities are rounded as invoices print them (contacts
and resolutions whole, time to two decimals), amounts to cents, line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.measures.definitions.rounding import round_half_up
from pipelines.workspace.terms import NonBillable, RateCard, Terms

EVERY_QUEUE = "*"
NOTHING = Decimal(0)
CENTS = 2
#: Decimals of a printed quantity.
DECIMALS = {"contact": 0, "resolved": 0, "minute": 2, "hour": 2, "fte_month": 2}

#: Sums by queue and day (``billable_days.sql``) under what is not paid for.
Billable = Callable[[NonBillable], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Work:
    """What is billed from: ``billable`` contacts, and ``days`` (queue, local_date) with logged_s, committed_hours,
    scheduled_hours, answered, repeat_eligible, repeated, repeat_open."""

    billable: Billable
    days: pl.DataFrame


@dataclass(frozen=True, slots=True)
class BillLine:
    """One queue's part of a bill. ``quantity`` None: not known, and so the amount; ``why`` then says what lacks.

    ``kind``: ``work``, or ``minimum`` for what is billed up to the minimum volume (then queue is that of the card).
    """

    queue: str
    unit: str
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    currency: str
    kind: str = "work"
    why: str | None = None
    contacts: int = 0


def bill(terms: Sequence[Terms], work: Work, currency: str, first: date, last: date) -> list[BillLine]:
    """The bill of the days from ``first`` to ``last``: terms and cards as of each day."""
    lines: list[BillLine] = []
    for held in terms:
        for (start, end), cards in _stretches(held, first, last).items():
            lines += _of_cards(held, cards, work, held.currency or currency, start, end)
    return lines


def total(lines: Iterable[BillLine]) -> Decimal | None:
    """Sum of a bill; None where a part is not known, or there is nothing."""
    amounts = [line.amount for line in lines]
    if not amounts or any(amount is None for amount in amounts):
        return None
    return sum((amount for amount in amounts if amount is not None), NOTHING)


def _stretches(terms: Terms, first: date, last: date) -> dict[tuple[date, date], list[RateCard]]:
    """The period cut where a card begins or ends: first and last day -> the cards in force."""
    begin, end = max(first, terms.valid_from), min(last, terms.valid_to or date.max)
    if begin > end:
        return {}
    cuts = {begin}
    for card in terms.rate_cards:
        if card.valid_from is not None and begin < card.valid_from <= end:
            cuts.add(card.valid_from)
        if card.valid_to is not None and begin <= card.valid_to < end:
            cuts.add(date.fromordinal(card.valid_to.toordinal() + 1))
    starts = sorted(cuts)
    ends = [date.fromordinal(start.toordinal() - 1) for start in starts[1:]] + [end]
    return {
        (start, stop): [
            card
            for card in terms.rate_cards
            if (card.valid_from or date.min) <= start and stop <= (card.valid_to or date.max)
        ]
        for start, stop in zip(starts, ends, strict=True)
    }


def _of_cards(
    terms: Terms, cards: Sequence[RateCard], work: Work, currency: str, first: date, last: date
) -> list[BillLine]:
    own_queues = {card.queue for card in cards if card.queue != EVERY_QUEUE}
    schedules: dict[tuple[str, str], list[RateCard]] = {}
    for card in cards:
        schedules.setdefault((card.queue, card.unit), []).append(card)
    lines: list[BillLine] = []
    for (queue, unit), schedule in schedules.items():
        counted = quantities(schedule[0], work, first, last)
        wanted = {
            name: quantity
            for name, quantity in counted.items()
            if (name == queue if queue != EVERY_QUEUE else name not in own_queues)
        }
        lines += _priced(queue, unit, schedule, wanted, terms.bands == "graduated", currency)
    return lines


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many units from so many contacts; ``amount`` None with the reason ``why``."""

    amount: Decimal | None
    contacts: int
    why: str | None = None


def quantities(card: RateCard, work: Work, first: date, last: date) -> dict[str, Quantity]:
    """Per queue, what a card bills between two days."""
    within = pl.col("local_date").is_between(first, last)
    if card.unit in ("hour", "fte_month"):
        return _hours(card, work.days.filter(within))
    rows = work.billable(card.non_billable).filter(within)
    sums = rows.group_by("queue").agg(pl.exclude("local_date").sum()).sort("queue")
    if card.unit == "resolved" and card.resolution == "not_repeated":
        return _not_repeated(sums, work.days.filter(within))
    return {row["queue"]: _quantity(card, row) for row in sums.iter_rows(named=True) if row["answered"]}


def _quantity(card: RateCard, row: Mapping[str, Any]) -> Quantity:
    contacts = int(row["contacts"])
    if card.unit == "contact":
        return Quantity(Decimal(contacts), contacts)
    if card.unit == "minute":
        if row["handle_known"] < contacts:
            return Quantity(None, contacts, "handle_time_not_known")
        return Quantity(_printed(row["handle_s"], 60, "minute"), contacts)
    if row["resolved_known"] < contacts:
        return Quantity(None, contacts, "resolution_not_delivered")
    return Quantity(Decimal(int(row["resolved"])), contacts)


def _hours(card: RateCard, days: pl.DataFrame) -> dict[str, Quantity]:
    name = {"committed": "committed_hours", "scheduled": "scheduled_hours", "logged": "logged_s"}[card.fte_basis]
    column = "logged_s" if card.unit == "hour" else name
    if column not in days.columns:
        return {}
    sums = days.group_by("queue").agg(
        pl.col(column).sum(), known=pl.col(column).count(), answered=pl.col("answered").sum()
    )
    found = {}
    for row in sums.sort("queue").iter_rows(named=True):
        contacts = int(row["answered"] or 0)
        if not row["known"]:
            if contacts:
                found[row["queue"]] = Quantity(None, contacts, "staffing_not_delivered")
            continue
        per = 3600 if column == "logged_s" else 1
        if card.unit == "fte_month" and card.fte_hours is None:
            found[row["queue"]] = Quantity(None, contacts, "fte_hours_not_stated")
            continue
        hours = card.fte_hours if card.unit == "fte_month" and card.fte_hours is not None else Decimal(1)
        found[row["queue"]] = Quantity(_printed(row[column], per * hours, card.unit), contacts)
    return found


def _not_repeated(sums: pl.DataFrame, days: pl.DataFrame) -> dict[str, Quantity]:
    """Contacts whose customer did not come again within the window; not known while windows are open."""
    judged = days.group_by("queue").agg(pl.col("repeat_eligible", "repeated", "repeat_open").sum())
    rows = sums.join(judged, on="queue", how="left")
    found = {}
    for row in rows.iter_rows(named=True):
        eligible, contacts = int(row["repeat_eligible"] or 0), int(row["contacts"])
        if row["repeat_open"] or not eligible:
            found[row["queue"]] = Quantity(None, contacts, "not_yet_known")
            continue
        once = Decimal(contacts) * (1 - Decimal(int(row["repeated"])) / Decimal(eligible))
        found[row["queue"]] = Quantity(round_half_up(once, 0), contacts)
    return found


def _printed(amount: float, per: Decimal | int, unit: str) -> Decimal:
    """Seconds or hours as so many units, rounded as they are printed."""
    return round_half_up(Decimal(str(round(float(amount), 3))) / Decimal(per), DECIMALS[unit])


def _priced(
    queue: str,
    unit: str,
    schedule: Sequence[RateCard],
    counted: Mapping[str, Quantity],
    graduated: bool,
    currency: str,
) -> list[BillLine]:
    currency = schedule[0].currency or currency
    unknown = next((one.why for one in counted.values() if one.amount is None), None)
    volume = sum((one.amount for one in counted.values() if one.amount is not None), NOTHING)
    banded = any(card.band_min is not None or card.band_max is not None for card in schedule)
    price = None if banded and unknown else price_of(schedule, volume, graduated)
    lines = []
    for name, one in counted.items():
        why = one.why or (unknown if price is None else None) or ("no_price_for_volume" if price is None else None)
        amount = None if why or price is None or one.amount is None else round_half_up(one.amount * price, CENTS)
        lines.append(BillLine(name, unit, one.amount, price, amount, currency, "work", why, one.contacts))
    least = max((card.min_volume for card in schedule if card.min_volume is not None), default=None)
    if least is not None and not unknown and price is not None and volume < least:
        lacking = least - volume
        amount = round_half_up(lacking * price, CENTS)
        lines.append(BillLine(queue, unit, lacking, price, amount, currency, "minimum"))
    return lines


def price_of(schedule: Sequence[RateCard], volume: Decimal, graduated: bool) -> Decimal | None:
    """The price of one unit at a period's volume: of the band that it lies in, or the mean over the bands it fills."""
    if graduated and volume > 0:
        return _mean_price(schedule, volume)
    fitting = [card for card in schedule if _in_band(card, volume)]
    return fitting[0].amount if fitting else None


def _in_band(card: RateCard, volume: Decimal) -> bool:
    """A band reaches up to the next whole unit: 1,000.5 minutes lie in a band up to 1,000."""
    above = card.band_min is None or volume >= card.band_min
    return above and (card.band_max is None or volume < card.band_max + 1)


def _mean_price(schedule: Sequence[RateCard], volume: Decimal) -> Decimal | None:
    """Each unit at the price of its own band, spread over all: bands 0-1,000 and 1,001 on, 1,500 units: 1,000 + 500."""
    filled, money = NOTHING, NOTHING
    for card in sorted(schedule, key=lambda one: one.band_min or 0):
        below = Decimal(max((card.band_min or 0) - 1, 0))
        upto = volume if card.band_max is None else min(volume, Decimal(card.band_max))
        part = max(upto - below, NOTHING)
        filled += part
        money += part * card.amount
    return money / volume if filled == volume else None
