"""Bills and invoices: every unit, bands both ways, minimum volumes, what is not paid for, and where a line differs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.agreement.bills import Work, bill, price_of, total
from pipelines.measures.agreement.invoices import CheckedLine, Holes, check_invoices
from pipelines.workspace.terms import NonBillable, RateCard, Terms

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
NO_HOLES = Holes(
    pl.DataFrame(schema={"queue": pl.String, "local_date": pl.Date, "missing": pl.Float64}),
    pl.DataFrame(schema={"first_day": pl.Date, "last_day": pl.Date, "rows": pl.Int64}),
)


def work(contacts: dict[str, int], talk_s: float = 300.0, **more: Any) -> Work:
    """``contacts`` answered per queue on 10 March, each of so many seconds; half of them resolved."""
    rows = [
        {"queue": queue, "local_date": date(2026, 3, 10), "contacts": n, "answered": n, "offered": n + 5,
         "handle_known": n, "handle_s": n * talk_s, "answered_handle_s": n * talk_s, "talk_s": n * (talk_s - 60),
         "hold_s": 20.0 * n, "ring_s": 5.0 * n, "wait_s": 12.0 * n, "resolved_known": n, "resolved": n // 2}
        for queue, n in contacts.items()
    ]  # fmt: skip
    days = pl.DataFrame(
        [
            {"queue": queue, "local_date": date(2026, 3, 10), "answered": n, "logged_s": 36_000.0,
             "scheduled_hours": 160.0, "committed_hours": 170.0, "repeat_eligible": n,
             "repeated": n // 10, "repeat_open": 0}
            for queue, n in contacts.items()
        ]
    )  # fmt: skip
    frame = pl.DataFrame(rows)

    def billable(excluded: NonBillable) -> pl.DataFrame:
        if excluded.short_talk_s is None:
            return frame
        return frame.with_columns(contacts=pl.col("contacts") - 10, handle_known=pl.col("contacts") - 10)

    return Work(billable, days.with_columns(**more))


def terms(*cards: dict[str, Any], **more: Any) -> Terms:
    given = {"id": "v-1", "vendor": "v", "valid_from": date(2026, 1, 1), "report_tz": "UTC", "rate_cards": list(cards)}
    return Terms.model_validate(given | more)


@pytest.mark.parametrize(
    ("card", "amount"),
    [
        ({"unit": "contact", "amount": "5.20"}, "520.00"),
        ({"unit": "minute", "amount": "0.44"}, "220.00"),
        ({"unit": "hour", "amount": "16.50"}, "165.00"),
        ({"unit": "fte_month", "amount": "3000", "fte_hours": "160"}, "3000.00"),
        ({"unit": "fte_month", "amount": "3000", "fte_hours": "160", "fte_basis": "committed"}, "3180.00"),
        ({"unit": "resolved", "amount": "2.90"}, "145.00"),
        ({"unit": "resolved", "amount": "2.90", "resolution": "not_repeated"}, "261.00"),
        ({"unit": "contact", "amount": "5.20", "min_volume": "130"}, "676.00"),
        ({"unit": "contact", "amount": "5.20", "non_billable": {"short_talk_s": 10}}, "468.00"),
    ],
)
def test_every_billing_unit(card: dict[str, Any], amount: str) -> None:
    assert total(bill([terms(card)], work({"q": 100}), "EUR", FIRST, LAST)) == Decimal(amount)


def banded() -> list[dict[str, Any]]:
    return [
        {"unit": "contact", "amount": "5", "band_max": 1000},
        {"unit": "contact", "amount": "4", "band_min": 1001},
    ]


@pytest.mark.parametrize(("mode", "amount"), [("whole", 1500 * 4), ("graduated", 1000 * 5 + 500 * 4)])
def test_bands_both_ways_over_all_queues(mode: str, amount: int) -> None:
    """No queue reaches the second band by itself: the volume is that of the card."""
    lines = bill([terms(*banded(), bands=mode)], work({"a": 750, "b": 750}), "EUR", FIRST, LAST)
    assert total(lines) == pytest.approx(Decimal(amount), abs=Decimal("0.01"))


@given(st.integers(1, 5000))
def test_graduated_bands_never_cost_less_than_all_units_at_the_cheapest(volume: int) -> None:
    schedule = [RateCard.model_validate(card) for card in banded()]
    price = price_of(schedule, Decimal(volume), graduated=True)
    assert price is not None
    assert Decimal(4) <= price <= Decimal(5)
    if volume <= 1000:
        assert price == 5


def test_a_new_price_in_mid_month_counts_from_its_day() -> None:
    old = {"unit": "contact", "amount": "5", "valid_to": date(2026, 3, 9)}
    new = {"unit": "contact", "amount": "6", "valid_from": date(2026, 3, 10)}
    lines = bill([terms(old, new)], work({"q": 100}), "EUR", FIRST, LAST)
    assert total(lines) == Decimal(600)


def test_the_card_of_a_queue_goes_before_that_of_all() -> None:
    own, every = {"queue": "a", "unit": "minute", "amount": "1"}, {"unit": "contact", "amount": "5"}
    lines = bill([terms(own, every)], work({"a": 100, "b": 10}), "EUR", FIRST, LAST)
    assert {line.queue: line.amount for line in lines} == {"a": Decimal("500.00"), "b": Decimal("50.00")}


def test_what_is_not_known_leaves_the_bill_unknown() -> None:
    one = {"unit": "fte_month", "amount": "3000"}
    (line,) = bill([terms(one)], work({"q": 100}), "EUR", FIRST, LAST)
    assert (line.amount, line.why) == (None, "fte_hours_not_stated")
    assert total([line]) is None
    assert total([]) is None


def invoice(*lines: tuple[str | None, str, str, str | None, str]) -> pl.DataFrame:
    rows = [
        {"invoice_id": "F1", "line_id": str(number), "period_start": FIRST, "period_end": LAST, "queue": queue,
         "unit": unit, "quantity": Decimal(quantity), "unit_amount": None if price is None else Decimal(price),
         "amount": Decimal(amount), "currency": "EUR", "delivery_id": "d", "file_name": "f.csv"}
        for number, (queue, unit, quantity, price, amount) in enumerate(lines)
    ]  # fmt: skip
    money = pl.Decimal(18, 4)
    return pl.DataFrame(
        rows, schema_overrides={"quantity": money, "unit_amount": money, "amount": money, "queue": pl.String}
    )


def checked(
    lines: pl.DataFrame, card: dict[str, Any], done: Work | None = None, holes: Holes = NO_HOLES
) -> list[CheckedLine]:
    return check_invoices("v", lines, [terms(card)], done or work({"q": 100}), holes, "EUR")


CONTACT = {"unit": "contact", "amount": "5.20"}
MINUTE = {"unit": "minute", "amount": "0.44"}


@pytest.mark.parametrize(
    ("lines", "card", "verdict", "explained", "difference"),
    [
        ([("q", "contact", "100", "5.20", "520.00")], CONTACT, "agrees", None, "0.00"),
        ([("q", "contact", "105", "5.20", "546.00")], CONTACT, "differs", "offered", "26.00"),
        ([("q", "contact", "100", "5.35", "535.00")], CONTACT, "differs", "other_price", "15.00"),
        ([("q", "contact", "100", "5.20", "562.00")], CONTACT, "differs", "arithmetic", "42.00"),
        ([("q", "minute", "530", "0.44", "233.20")], MINUTE, "differs", None, "13.20"),
        ([("q", "minute", "508.33", "0.44", "223.67")], MINUTE, "differs", "with_ring", "3.67"),
        ([("q", "minute", "433.33", "0.44", "190.67")], MINUTE, "differs", "talk_and_hold", "-29.33"),
        ([(None, "contact", "100", "5.20", "520.00")], CONTACT, "agrees", None, "0.00"),
        ([("q", "contact", "60", "5.20", "312.00"), ("q", "contact", "40", "5.20", "208.00")], CONTACT, "agrees", None,
         "0.00"),
    ],
)  # fmt: skip
def test_a_line_and_what_explains_it(lines, card, verdict: str, explained: str | None, difference: str) -> None:
    (line,) = checked(invoice(*lines), card)
    assert (line.verdict, line.explained_by, line.difference) == (verdict, explained, Decimal(difference))
    assert sum(line.causes.values()) == line.difference


def test_work_that_was_not_invoiced_and_lines_without_a_price() -> None:
    lines = invoice(("a", "contact", "100", "5.20", "520.00"), (None, "change_request", "1", "800", "800.00"))
    found = {(one.queue, one.unit): one for one in checked(lines, CONTACT, work({"a": 100, "b": 7}))}
    assert found["a", "contact"].verdict == "agrees"
    change = found[None, "change_request"]
    assert (change.verdict, change.reason, change.difference) == ("not_verifiable", "no_rate_card", None)
    missing = found["b", "contact"]
    assert (missing.verdict, missing.explained_by, missing.difference) == ("differs", "not_invoiced", Decimal("-36.40"))


def test_missing_contacts_may_explain_more_but_not_much_more() -> None:
    expected = pl.DataFrame({"queue": ["q"], "local_date": [date(2026, 3, 12)], "missing": [9.0]})
    holes = Holes(expected, NO_HOLES.rejected)
    (some,) = checked(invoice(("q", "contact", "109", "5.20", "566.80")), CONTACT, holes=holes)
    assert (some.verdict, some.reason) == ("not_verifiable", "contacts_missing")
    (much,) = checked(invoice(("q", "contact", "150", "5.20", "780.00")), CONTACT, holes=holes)
    assert much.verdict == "differs"
    (less,) = checked(invoice(("q", "contact", "91", "5.20", "473.20")), CONTACT, holes=holes)
    assert less.verdict == "differs"  # a hole can't explain that less was billed
    (price,) = checked(invoice(("q", "contact", "109", "6.00", "654.00")), CONTACT, holes=holes)
    assert price.verdict == "differs"


def test_another_currency_is_not_added() -> None:
    lines = invoice(("q", "contact", "100", "5.20", "520.00")).with_columns(currency=pl.lit("USD"))
    (line,) = checked(lines, CONTACT)
    assert (line.verdict, line.explained_by) == ("differs", "other_currency")


@given(
    st.decimals(0, 2000, places=2), st.decimals("0.01", 20, places=4), st.integers(1, 400),
    st.decimals("0.01", 20, places=4), st.sampled_from(["contact", "minute", "hour"]),
)  # fmt: skip
def test_causes_add_up_to_the_difference(
    quantity: Decimal, price: Decimal, contacts: int, agreed: Decimal, unit: str
) -> None:
    amount = (quantity * price).quantize(Decimal("0.01"))
    (line,) = checked(
        invoice(("q", unit, str(quantity), str(price), str(amount))), {"unit": unit, "amount": str(agreed)},
        work({"q": contacts}),
    )  # fmt: skip
    assert sum(line.causes.values()) == line.difference
    assert line.verdict in ("agrees", "differs")


def test_a_vendor_without_invoices_has_nothing_to_check() -> None:
    assert checked(invoice(("q", "contact", "1", None, "1")).clear(), CONTACT) == []
