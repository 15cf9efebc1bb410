"""Neighbours are one: rows of days and weeks cut into unbroken stretches."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl


def merged_days(rows: pl.DataFrame, reach_days: int = 1) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of each vendor in stretches of neighbouring days (by ``local_date``), in order.

    Days up to ``reach_days`` apart are neighbours. Needs columns vendor and local_date.
    """
    ordered = rows.sort("vendor", "local_date", maintain_order=True)
    apart = (pl.col("local_date") - pl.col("local_date").shift()).over("vendor") > pl.duration(days=reach_days)
    other = pl.col("vendor") != pl.col("vendor").shift()
    cut = ordered.with_columns(__stretch=(apart.fill_null(False) | other.fill_null(False)).cum_sum())
    for part in cut.partition_by("__stretch", maintain_order=True):
        if part.height:
            yield str(part["vendor"][0]), part.drop("__stretch")
