"""The ledger as a series that can be drawn: both figures and the gap by cause, week by week or as reported."""

from __future__ import annotations

import polars as pl

from pipelines.measures.ledger.causes import CAUSES

SERIES = {"period": pl.Date, "lines": pl.UInt32, "reported": pl.Float64, "recomputed": pl.Float64,
          **dict.fromkeys(CAUSES, pl.Float64)}  # fmt: skip
#: Shorter periods are put together by week.
BY_WEEK = ("interval", "hour", "day")
#: Units whose figures are added up; the others are averaged.
ADDED = ("count",)


def drawn_series(lines: pl.DataFrame) -> pl.DataFrame:
    """Columns :data:`SERIES` of one metric's lines with both figures, in order of time.

    Lines on another scale (``hint``) are left out: they would hide every other gap. Several lines of one week are put
    together: counts are added, other figures averaged with the denominators of the recomputed ones as weights, so that
    the amounts of the causes still add up to the gap.
    """
    both = lines.filter(pl.col("hint").is_null()).drop_nulls(["reported", "recomputed", *CAUSES])
    period = pl.when(pl.col("granularity").is_in(BY_WEEK)).then(pl.col("period_start").dt.truncate("1w"))
    weight = pl.when(pl.col("unit").is_in(ADDED)).then(None).otherwise(pl.col("denominator")).cast(pl.Float64)
    both = both.with_columns(period=period.otherwise("period_start"), weight=weight)
    added = pl.col("unit").is_in(ADDED).any()
    names = ("reported", "recomputed", *CAUSES)
    sums = both.group_by("period").agg(
        pl.len().alias("lines"),
        *(
            pl.when(added)
            .then(pl.col(name).sum())
            .when(pl.col("weight").sum() > 0)
            .then((pl.col(name) * pl.col("weight")).sum() / pl.col("weight").sum())
            .otherwise(pl.col(name).mean())
            .alias(name)
            for name in names
        ),
    )
    return sums.sort("period").select(*SERIES).cast(SERIES)  # type: ignore[arg-type]
