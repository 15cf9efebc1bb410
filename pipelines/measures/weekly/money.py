"""Refunds and costs of a week. Amounts are multiplied and added as decimals; only the ratio is a float."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import polars as pl

from pipelines.measures.weekly.counted import repeats_still_open
from pipelines.measures.weekly.inputs import WeekInputs, with_scope
from pipelines.measures.weekly.long import KEYS, as_parts, sum_or_null

RefundDenominator = Literal["contacts", "orders"]

#: The columns of a frame of rate cards, one row per price and period of validity.
RATE_CARD_SCHEMA: dict[str, pl.DataType] = {
    "vendor_code": pl.String(),
    "queue_code": pl.String(),
    "unit": pl.String(),
    "amount": pl.Decimal(18, 4),
    "currency": pl.String(),
    "band_min": pl.Int64(),
    "band_max": pl.Int64(),
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
    "fte_hours": pl.Float64(),
    "fte_basis": pl.String(),
    "graduated": pl.Boolean(),
}
#: Weeks in a month: bands of a rate card are monthly volumes.
_WEEKS_PER_MONTH = 365.25 / 12 / 7
_ROW = ["vendor", "queue", "week"]


def refund_parts(inputs: WeekInputs, denominator: RefundDenominator, currency: str | None = None) -> pl.DataFrame:
    """Parts of refund_rate (over contacts answered, or over orders) and refund_value_per_contact (in ``currency``).

    A vendor that has refunds in some week has none, not an unknown number, in another week of which any refund at all
    is known. Reversals are money taken back: they lower the value and are no refund.
    """
    refunds = inputs.refunds
    taken_back = pl.col("kind") == "reversal"
    # A line of refunds without any contact named counts its orders: they are refunds all the same.
    unlinked = (pl.col("contacts").fill_null(0) == 0) & (pl.col("refunds") > 0) & ~taken_back
    refunded = pl.col("orders") if denominator == "orders" else pl.when(unlinked).then("orders").otherwise("contacts")
    sums = refunds.group_by(KEYS).agg(
        refunded=refunded.filter(~taken_back).sum(),
        unlinked=unlinked.any() & (denominator == "contacts"),
        amount=pl.col("amount").filter(~taken_back).sum() - pl.col("amount").filter(taken_back).abs().sum(),
        # Money taken back counts as contacts of their own: their squares add up too.
        squares=pl.when(pl.col("amount_sq").is_not_null().all()).then(pl.col("amount_sq").sum()),
        currencies=pl.col("currency").n_unique(),
        foreign=_is_foreign(currency).any(),
    )
    base = inputs.counts.group_by(KEYS, maintain_order=True).agg(sum_or_null("answered"))
    placed = inputs.orders.group_by(KEYS).agg(sum_or_null("orders"))
    frame = (
        base.join(sums, on=KEYS, how="left", nulls_equal=True)
        .join(placed, on=KEYS, how="left", nulls_equal=True)
        .join(refunds.select("vendor").unique().with_columns(ever=pl.lit(True)), on="vendor", how="left")
        .join(refunds.select("week").unique().with_columns(arrived=pl.lit(True)), on="week", how="left")
        .filter(pl.col("ever") & pl.col("arrived"))
        .with_columns(squares=pl.when(pl.col("currencies").is_null()).then(0.0).otherwise("squares"))
        .with_columns(pl.col("refunded").fill_null(0), pl.col("amount").fill_null(0), pl.col("currencies").fill_null(0))
        .with_columns(pl.col("foreign").fill_null(False))
    )
    return pl.concat([_refund_rate(frame, denominator), _refund_value(frame)])


def _is_foreign(currency: str | None) -> pl.Expr:
    """Is an amount in another currency than that of the figures?"""
    return pl.lit(False) if currency is None else pl.col("currency").ne(currency).fill_null(False)


def _refund_rate(frame: pl.DataFrame, denominator: RefundDenominator) -> pl.DataFrame:
    bottom = pl.col("orders" if denominator == "orders" else "answered")
    rate = frame.select(
        *KEYS,
        numerator="refunded",
        denominator=bottom,
        definition_id=pl.lit(f"refund_rate.per_{denominator}"),
        note=pl.when(bottom.is_null())
        .then(pl.lit("orders_not_known"))
        .when("unlinked")
        .then(pl.lit("refunds_not_linked")),
    )
    return as_parts(rate, "refund_rate")


def _refund_value(frame: pl.DataFrame) -> pl.DataFrame:
    one_currency = pl.col("currencies") <= 1
    value = frame.select(
        *KEYS,
        numerator=pl.when(one_currency & ~pl.col("foreign")).then(pl.col("amount").cast(pl.Float64)),
        denominator=pl.col("answered"),
        squares="squares",
        note=pl.when(~one_currency).then(pl.lit("mixed_currencies")).when("foreign").then(pl.lit("other_currency")),
    )
    return as_parts(value, "refund_value_per_contact")


def cost_parts(
    inputs: WeekInputs, rate_cards: pl.DataFrame, by_queue: bool, currency: str | None = None
) -> pl.DataFrame:
    """Parts of cost_per_contact and cost_per_resolved_contact (in ``currency``), from :func:`costs`.

    Where a part of the contacts has no price, or its billable quantity is not known, the whole is null: a cost over a
    hole would look cheap.
    """
    rows = with_scope(costs(inputs, rate_cards), by_queue)
    unknown = pl.col("cost").is_null() & ((pl.col("answered").fill_null(0) > 0) | pl.col("note").is_not_null())
    currencies = pl.col("currency").drop_nulls().n_unique()
    foreign = _is_foreign(currency).any()
    sums = rows.group_by(KEYS, maintain_order=True).agg(
        cost=pl.when(~unknown.any() & (currencies == 1) & ~foreign).then(pl.col("cost").sum().cast(pl.Float64)),
        answered=pl.col("answered").sum(),
        resolved=pl.when(pl.col("resolved").is_not_null().all()).then(pl.col("resolved").sum()),
        still_open=pl.col("still_open").any(),
        note=pl.when(unknown.any())
        .then(pl.col("note").drop_nulls().first())
        .when(currencies > 1)
        .then(pl.lit("mixed_currencies"))
        .when(foreign)
        .then(pl.lit("other_currency")),
    )
    per_contact = sums.select(
        *KEYS, numerator="cost", denominator="answered", note=pl.coalesce("note", pl.lit("census"))
    )
    per_resolved = sums.select(
        *KEYS,
        numerator="cost",
        denominator="resolved",
        n=pl.col("resolved").round(0),
        note=pl.when("still_open").then(pl.lit("not_yet_known")).otherwise(pl.coalesce("note", pl.lit("census"))),
    )
    return pl.concat([as_parts(per_contact, "cost_per_contact"), as_parts(per_resolved, "cost_per_resolved_contact")])


def costs(inputs: WeekInputs, rate_cards: pl.DataFrame) -> pl.DataFrame:
    """Cost (Decimal) per vendor, queue and week, with answered, resolved, still_open, currency and note.

    Billable: contacts answered; minutes of handle time (scaled up to all answered contacts where some times are not
    known); hours logged; full-time months (hours over those of one); contacts answered and not repeated. A price in
    force on part of the week applies to that part of the quantity, by days.
    """
    rows = _quantities(inputs)
    prices = _prices(rows, rate_cards)
    quantity = pl.coalesce(
        pl.when(pl.col("unit") == unit).then(pl.col(column))
        for unit, column in (
            ("contact", "answered"),
            ("minute", "minutes"),
            ("hour", "hours"),
            ("fte_month", "full_time"),
            ("resolved", "resolved"),
        )
    ).cast(pl.Float64)
    basis = pl.coalesce(
        pl.when(pl.col("fte_basis") == name).then(pl.col(column))
        for name, column in (("committed", "committed_hours"), ("scheduled", "scheduled_hours"), ("logged", "hours"))
    )
    priced = prices.with_columns(full_time=basis / pl.col("fte_hours")).with_columns(quantity=quantity)
    # Bands are monthly volumes of the whole card: of all its queues, at this week's pace.
    pace = pl.col("quantity").sum().over("vendor", "week", "queue_code", "unit", "band_min", "band_max", "valid_from")
    known = pl.col("quantity").is_not_null()
    share = _band_share(pl.when(known).then(pace * _WEEKS_PER_MONTH))
    priced = priced.with_columns(band_share=share).filter(pl.col("band_share") > 0)
    billable = (pl.col("quantity") * pl.col("band_share") * pl.col("days") / 7).cast(pl.Decimal(18, 4))
    waiting = (pl.col("unit") == "resolved") & pl.col("still_open")
    per_row = priced.group_by(_ROW).agg(
        cost=pl.when(pl.col("quantity").is_not_null().all()).then((billable * pl.col("amount")).sum()),
        currency=pl.col("currency").first(),
        why=pl.when(waiting.any())
        .then(pl.lit("not_yet_known"))
        .when(pl.col("quantity").is_null().any())
        .then(pl.lit("quantity_not_known")),
    )
    joined = rows.join(per_row, on=_ROW, how="left", nulls_equal=True, maintain_order="left")
    no_price = pl.col("currency").is_null() & (pl.col("answered").fill_null(0) > 0)
    return joined.select(
        *_ROW, "answered", "resolved", "still_open", "cost", "currency",
        note=pl.when(no_price).then(pl.lit("no_rate_card")).otherwise("why"),
    )  # fmt: skip


def _quantities(inputs: WeekInputs) -> pl.DataFrame:
    names = ("answered", "handle_s", "handle_known", "repeat_eligible", "repeated", "repeat_open")
    counts = inputs.counts.group_by(_ROW, maintain_order=True).agg(sum_or_null(name) for name in names)
    hours = inputs.staffing.group_by(_ROW).agg(
        hours=pl.col("logged_s").sum() / 3600, committed_hours=sum_or_null("committed_hours"),
        scheduled_hours=sum_or_null("scheduled_hours"),
    )  # fmt: skip
    still_open = repeats_still_open()
    answered, known, eligible = pl.col("answered"), pl.col("handle_known"), pl.col("repeat_eligible")
    once = pl.when((eligible > 0) & ~still_open).then(answered * (1 - pl.col("repeated") / eligible))
    return counts.join(hours, on=_ROW, how="full", coalesce=True, nulls_equal=True).select(
        *_ROW,
        "answered",
        "hours",
        "committed_hours",
        "scheduled_hours",
        still_open=still_open,
        minutes=pl.when(known > 0).then(pl.col("handle_s") / 60 * answered / known).when(answered == 0).then(0.0),
        resolved=pl.when(answered == 0).then(0.0).otherwise(once),
    )


def _prices(rows: pl.DataFrame, rate_cards: pl.DataFrame) -> pl.DataFrame:
    """Rows joined to the prices in force in their week; a queue's own price goes before one for every queue."""
    cards = rate_cards.select(
        (pl.col(name) if name in rate_cards.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in RATE_CARD_SCHEMA.items()
    ).rename({"vendor_code": "vendor"})
    found = rows.join(cards, on="vendor")
    first = pl.max_horizontal("week", pl.col("valid_from").fill_null(pl.col("week")))
    last = pl.min_horizontal(
        pl.col("week") + timedelta(days=6), pl.col("valid_to").fill_null(pl.lit(date(9999, 12, 31)))
    )
    own = (pl.col("queue_code") == pl.col("queue")).fill_null(False)
    return (
        found.with_columns(days=(last - first).dt.total_days() + 1, own=own)
        .filter(pl.col("days") > 0, pl.col("own") | (pl.col("queue_code") == "*"))
        .filter(pl.col("own") | ~pl.col("own").any().over(_ROW))
    )


def _band_share(monthly: pl.Expr) -> pl.Expr:
    """Which share of the units has this price, at so many units a month; a price without a band always applies.

    All of them where the volume lies in the band, or, of ``graduated`` bands, those that fall into it.
    """
    above = pl.col("band_min").is_null() | (monthly >= pl.col("band_min"))
    below = pl.col("band_max").is_null() | (monthly < pl.col("band_max") + 1)
    whole = (above & below).fill_null(True).cast(pl.Float64)
    first = (pl.col("band_min").fill_null(0) - 1).clip(0)
    last = pl.min_horizontal(monthly, pl.col("band_max").cast(pl.Float64))
    part = pl.when(monthly > 0).then((last - first).clip(0) / monthly)
    return pl.when(pl.col("graduated").fill_null(False) & (monthly > 0)).then(part).otherwise(whole)
