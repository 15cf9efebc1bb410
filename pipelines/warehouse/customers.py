"""The small numbers that stand for customers: contacts hold these, one table says which keyed hash each belongs to.

A batch asks that table once, however many statements write its rows: among ten million contacts the table is long, and
reading it is what a customer costs.
"""

from __future__ import annotations

import duckdb
import polars as pl

from pipelines.intake.schema import Table
from pipelines.warehouse.statements import has_customer, number_of, text_of


def with_customer_numbers(
    con: duckdb.DuckDBPyConnection, table: Table, rows: pl.DataFrame, key_id: str | None
) -> pl.DataFrame:
    """Rows with ``customer_id`` in place of ``customer_ref``; customers who were never seen before are numbered on."""
    if not has_customer(table):
        return rows
    seen = rows.select(pl.col("customer_ref").drop_nulls().unique(maintain_order=True))
    batch = seen.to_arrow(compat_level=pl.CompatLevel.newest())
    found = con.execute(text_of("sql", "held_customers")).fetchnumpy()
    held = pl.DataFrame(dict(found), schema={"customer_ref": pl.String, "customer_id": pl.Int32})
    new = seen.join(held, on="customer_ref", how="anti", maintain_order="left")
    if new.height:
        last = number_of(con, "SELECT coalesce(max(customer_id), 0) FROM customers")
        new = new.select("customer_ref", customer_id=pl.int_range(last + 1, last + 1 + new.height, dtype=pl.Int32))
        batch = new.to_arrow(compat_level=pl.CompatLevel.newest())  # noqa: F841 - as above
        con.execute(text_of("sql", "new_customers"), {"key_id": key_id})
        held = pl.concat([held, new])
    return rows.join(held, on="customer_ref", how="left", maintain_order="left").drop("customer_ref")
