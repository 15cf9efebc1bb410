"""The fictional shop: a refund rate with each of its denominators, and orders that agree with their items."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.real.loading import Load, Loaded


@pytest.fixture(scope="module")
def loaded(load: Load, shared: Path) -> Loaded:
    folder = shared / "data/fuzzyfactory_refunds"
    return load(
        "shop_refunds",
        {
            "ledger/orders.csv": folder / "orders.csv",
            "care/order_items.csv": folder / "order_items.csv",
            "care/order_item_refunds.csv": folder / "order_item_refunds.csv",
        },
    )


@pytest.fixture(scope="module")
def items(loaded: Loaded) -> pl.DataFrame:
    return loaded.rows("orders").filter(pl.col("vendor_code") == "care")


@pytest.fixture(scope="module")
def refunds(loaded: Loaded) -> pl.DataFrame:
    return loaded.rows("refunds")


def test_row_accounting(loaded: Loaded) -> None:
    read = dict(loaded.deliveries.select("mapping_id", "rows_read").iter_rows())
    assert read == {"order_totals": 32_313, "order_items": 40_025, "refunds": 1_731}
    assert (loaded.deliveries["rows_read"] == loaded.deliveries["rows_loaded"]).all()


def test_three_denominators(items: pl.DataFrame, refunds: pl.DataFrame) -> None:
    assert refunds.height / items.height == pytest.approx(0.0432, abs=5e-5)
    refunded, orders = refunds["order_ref"].n_unique(), items["order_ref"].n_unique()
    assert (refunded, orders) == (1_723, 32_313)
    assert refunded / orders == pytest.approx(0.0533, abs=5e-5)
    assert (refunds["amount"].sum(), items["amount"].sum()) == (Decimal("85338.69"), Decimal("1938509.75"))


def test_marts_hold_the_same_totals(loaded: Loaded) -> None:
    refunds, orders = loaded.days("week_refunds"), loaded.days("week_orders").filter(pl.col("vendor_code") == "care")
    assert (refunds["refunds"].sum(), refunds["amount"].sum()) == (1_731, Decimal("85338.69"))
    assert (orders["orders"].sum(), orders["lines"].sum(), orders["amount"].sum()) == (
        32_313,
        40_025,
        Decimal("1938509.75"),
    )


def test_every_refund_finds_its_item(items: pl.DataFrame, refunds: pl.DataFrame) -> None:
    joined = refunds.join(items, on=["order_ref", "line_id"], how="inner", suffix="_item")
    assert joined.height == refunds.height
    assert (joined["amount"] == joined["amount_item"]).all()
    days = (joined["refunded_at"] - joined["ordered_at"]).dt.total_days()
    assert (days.min(), days.max()) == (2, 16)
    later = joined.filter(pl.col("refunded_at").dt.truncate("1mo") > pl.col("ordered_at").dt.truncate("1mo"))
    assert later.height == 565


def test_case_mix_and_the_bad_months_of_one_product(items: pl.DataFrame, refunds: pl.DataFrame) -> None:
    sold = items.join(
        refunds.select("order_ref", "line_id", refund="refund_id"), on=["order_ref", "line_id"], how="left"
    )
    by_product = sold.group_by("product_code").agg(rate=pl.col("refund").is_not_null().mean())
    found = dict(by_product.iter_rows())
    for product, rate in {"1": 0.0511, "2": 0.0223, "3": 0.0604, "4": 0.0128}.items():
        assert found[product] == pytest.approx(rate, abs=5e-5)
    months = (
        sold.filter(pl.col("product_code") == "1")
        .group_by(month=pl.col("local_date").dt.truncate("1mo"))
        .agg(refunded=pl.col("refund").is_not_null().sum(), sold=pl.len())
    )
    bad = {month: (refunded, n) for month, refunded, n in months.iter_rows()}
    assert bad[date(2014, 8, 1)] == (132, 958)
    assert bad[date(2014, 9, 1)] == (140, 1_056)


def test_an_orders_price_is_the_sum_of_its_items(loaded: Loaded, items: pl.DataFrame) -> None:
    totals = loaded.rows("orders").filter(pl.col("vendor_code") == "ledger")
    sums = items.group_by("order_ref").agg(amount=pl.col("amount").sum(), quantity=pl.col("quantity").sum())
    joined = totals.join(sums, on="order_ref", suffix="_items")
    assert joined.height == 32_313
    assert (joined["amount"] == joined["amount_items"]).all()
    assert (joined["quantity"] == joined["quantity_items"]).all()


def test_four_days_without_a_sale(items: pl.DataFrame) -> None:
    days = pl.date_range(items["local_date"].min(), items["local_date"].max(), eager=True)
    empty = days.filter(~days.is_in(items["local_date"].unique().to_list()))
    assert empty.to_list() == [date(2012, 4, 28), date(2012, 5, 5), date(2012, 5, 6), date(2012, 5, 7)]
