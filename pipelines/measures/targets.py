"""Targets from the clauses in force, and whether a figure meets them. No clause is "no target set", not a miss."""

from __future__ import annotations

import polars as pl

from pipelines.measures.catalogue import MEASURES
from pipelines.measures.clauses import averages_otherwise, counts_otherwise, in_force
from pipelines.measures.definitions import meets

_ROW = ["vendor", "queue", "week", "metric"]


def with_targets(rows: pl.DataFrame, clauses: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with ``target``, ``target_direction`` and ``target_met``; ``note`` where a clause isn't followed.

    The figure is rounded as its clause says before it is compared. There is no single target where several clauses
    differ (over queues, or because one changed within the week), and no verdict below a clause's minimum volume, or
    where a clause counts or averages otherwise than a week's figures do.
    """
    found = in_force(clauses, rows.select(_ROW))
    one = pl.col("target").n_unique() == 1
    same_side = pl.col("direction").n_unique() == 1
    per_row = found.group_by(_ROW).agg(
        target=pl.when(one & same_side).then(pl.col("target").first()),
        target_direction=pl.when(one & same_side).then(pl.col("direction").first()),
        # The finest rounding, so that a figure is never rounded up over its target by another queue's clause.
        rounding=pl.col("rounding").max(),
        min_volume=pl.col("min_volume").max(),
        otherwise=counts_otherwise().any(),
        averages=averages_otherwise().any(),
    )
    joined = rows.join(per_row, on=_ROW, how="left", nulls_equal=True)
    enough = pl.col("min_volume").is_null() | (pl.col("n") >= pl.col("min_volume"))
    # A clause over intervals or days says nothing about a figure over contacts; nor does one that counts other ones.
    otherwise, averages = pl.col("otherwise").fill_null(False), pl.col("averages").fill_null(False)
    told = (
        pl.when(otherwise).then(pl.lit("clause_counts_otherwise"))
        .when(averages).then(pl.lit("aggregation_differs"))
    )  # fmt: skip
    met = meets(_printed(), pl.col("target"), pl.col("target_direction"))
    has_value = pl.col("value").is_not_null()
    judged = enough & ~otherwise & ~averages & has_value & pl.col("target").is_not_null()
    return joined.with_columns(
        target_met=pl.when(judged).then(met),
        note=pl.coalesce("note", pl.when(has_value).then(told)),
    ).drop("rounding", "min_volume", "otherwise", "averages")


def _printed() -> pl.Expr:
    """The value as its clause prints it: so many decimals of the percentage, or of the value itself."""
    shares = [name for name, measure in MEASURES.items() if measure.unit == "share"]
    scale = pl.when(pl.col("metric").is_in(shares)).then(100.0).otherwise(1.0)
    digits = pl.lit(10.0).pow(pl.col("rounding"))
    scaled = (pl.col("value") * scale * digits).round(7)
    return (
        pl.when(pl.col("rounding").is_null())
        .then(pl.col("value"))
        .otherwise(scaled.round(0, mode="half_away_from_zero") / digits / scale)
    )
