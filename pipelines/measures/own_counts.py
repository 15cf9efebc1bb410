"""Where a report gives the counts behind its rates and no contacts came: the rates held against those counts.

This says whether a report agrees with itself, not whether its counts are true. A rate that does not follow from its
counts may follow from those of the period before (a denominator that was not brought up to date), or from another count
that stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

#: What explains a rate whose own counts don't.
STALE_DENOMINATOR, STALE_NUMERATOR = "denominator_of_the_period_before", "numerator_of_the_period_before"


def held_against_counts(
    figures: pl.DataFrame,
    by: Sequence[str],
    *,
    scale: float = 1.0,
    every: str = "1mo",
    other_denominators: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """``figures`` with recomputed, difference, tolerance, verdict, reason and explained_by.

    ``figures``: the columns ``by`` (one series each), ``period`` (first day), ``printed`` (the rate as printed, in
    percent where ``scale`` is 100), ``decimals``, ``numerator``, ``denominator`` and the columns that
    ``other_denominators`` (name of the explanation -> column) names. Tolerance is half a unit of the last printed
    decimal. Without counts, or where the denominator is 0, a rate is not verifiable.
    """
    numbers = [pl.col(name).cast(pl.Float64) for name in ("printed", "numerator", "denominator")]
    figures = figures.with_columns(numbers)
    before = figures.select(
        *by, pl.col("period").dt.offset_by(every), old_numerator="numerator", old_denominator="denominator"
    )
    rows = figures.join(before, on=[*by, "period"], how="left", nulls_equal=True)
    top, bottom = pl.col("numerator"), pl.col("denominator")
    rows = rows.with_columns(
        recomputed=_ratio(top, bottom, scale), tolerance=0.5 * 10.0 ** (-pl.col("decimals").cast(pl.Float64))
    ).with_columns(difference=pl.col("recomputed") - pl.col("printed"))
    candidates = {
        STALE_DENOMINATOR: _ratio(top, pl.col("old_denominator"), scale),
        STALE_NUMERATOR: _ratio(pl.col("old_numerator"), bottom, scale),
        **{name: _ratio(top, pl.col(column), scale) for name, column in (other_denominators or {}).items()},
    }
    agrees = _near(pl.col("recomputed"))
    explained = pl.coalesce(pl.when(_near(value)).then(pl.lit(name)) for name, value in candidates.items())
    verdict = (
        pl.when(pl.col("recomputed").is_null() | pl.col("printed").is_null())
        .then(pl.lit("not_verifiable"))
        .when(agrees)
        .then(pl.lit("agrees"))
        .otherwise(pl.lit("differs"))
    )
    told = rows.with_columns(verdict=verdict).with_columns(
        reason=pl.when(pl.col("verdict") == "not_verifiable").then(
            pl.when(pl.col("printed").is_null()).then(pl.lit("not_reported")).when(bottom == 0)
            .then(pl.lit("no_demand")).otherwise(pl.lit("no_counts"))
        ),
        explained_by=pl.when(pl.col("verdict") == "differs").then(explained),
    )  # fmt: skip
    return told.drop("old_numerator", "old_denominator")


def _ratio(top: pl.Expr, bottom: pl.Expr, scale: float) -> pl.Expr:
    return pl.when(bottom > 0).then(scale * top / bottom)


def _near(value: pl.Expr) -> pl.Expr:
    # What binary fractions add, far below the last of any printed decimals.
    slack = 1e-11 * pl.max_horizontal(pl.lit(1.0), pl.col("printed").abs())
    return (value - pl.col("printed")).abs() <= pl.col("tolerance") + slack
