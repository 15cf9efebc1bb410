"""The difference between a recomputed and a reported figure, split by cause so that the amounts add up exactly.

Figures are kept on a grid of powers of two (2**-40 for shares, 2**-20 else), far below any printed digit, on which
sums and differences are exact.
"""

from __future__ import annotations

import polars as pl

CAUSES = ("boundary", "contacts", "definition", "aggregation", "rounding", "unexplained")


def tolerance() -> pl.Expr:
    """Half a unit of the last printed decimal, in the unit of the value; counts are exact. Null for unknown decimals.

    Over the columns decimals, printed_scale and unit.
    """
    half = 0.5 * (10.0 ** (-pl.col("decimals").cast(pl.Float64))) / pl.col("printed_scale").fill_null(1.0)
    return pl.when((pl.col("unit") == "count") & (pl.col("decimals") == 0)).then(0.0).otherwise(half)


def split(steps: pl.DataFrame, is_count: bool, recomputes: bool) -> pl.DataFrame:
    """``steps`` (value, v0 to v4) with recomputed, the amounts of :data:`CAUSES`, explained_by and residual."""
    names = ("value", "v0", "v1", "v2", "v3", "v4")
    steps = steps.with_columns(
        *(on_grid(pl.col(name), pl.col("unit")).alias(name) for name in names),
        tolerance=tolerance(),
    )
    reported, slack = pl.col("value"), slack_of("value")
    steps = steps.with_columns(v1=pl.coalesce("v1", "v0")).with_columns(v2=pl.coalesce("v2", "v1"))
    # A definition counts where it comes nearer: on a line that it doesn't explain it explains nothing.
    nearer = (pl.col("v4") - reported).abs() < (pl.col("v2") - reported).abs()
    adopted = pl.col("v4").is_not_null() & (nearer | pl.col("v2").is_null())
    steps = steps.with_columns(
        adopted=adopted,
        v3=pl.when(adopted).then(pl.coalesce("v3", "v4")).otherwise("v2"),
        v4=pl.when(adopted).then("v4").otherwise("v2"),
    )
    agrees = (pl.col("v0") - reported).abs() <= slack
    cut = pl.col("truncated").fill_null(False) & (pl.col("v4") - reported).is_between(-1e-9, 2 * slack)
    near = ((pl.col("v4") - reported).abs() <= slack) | cut
    printed = on_grid(_printed(pl.col("v4"), pl.col("decimals"), pl.col("printed_scale")), pl.col("unit"))
    whole = pl.col("v0") - reported
    rest = pl.col("v4") - reported
    amounts = {
        "boundary": pl.col("v0") - pl.col("v1"),
        "contacts": (pl.col("v1") - pl.col("v2")) + (rest if is_count else 0.0),
        "definition": pl.col("v2") - pl.col("v3"),
        "aggregation": pl.col("v3") - pl.col("v4"),
        "rounding": pl.lit(0.0) if is_count else pl.when(near).then(rest).otherwise(pl.col("v4") - printed),
    }
    steps = steps.with_columns(
        recomputed=pl.col("v0") if recomputes else pl.lit(None, pl.Float64),
        **{
            name: pl.when(agrees).then(whole if name == "rounding" else 0.0).otherwise(amount)
            for name, amount in amounts.items()
        },
    )
    left = whole - pl.sum_horizontal(*CAUSES[:-1], ignore_nulls=False)
    other_clock = (pl.col("boundary") != 0) & ((pl.col("v1") - reported).abs() <= slack)
    explained = (
        pl.when(pl.col("adopted") & near).then("model").when(other_clock).then(pl.lit("terms/on_another_clock"))
    )  # fmt: skip
    return steps.with_columns(
        unexplained=pl.when(agrees).then(0.0).otherwise(left),
        explained_by=pl.when(agrees & recomputes).then(None).otherwise(explained),
    ).rename({"value": "reported"}).with_columns(
        residual="unexplained",
        **({} if recomputes else {name: pl.lit(None, pl.Float64) for name in CAUSES}),
        hint=_hint(),
    )  # fmt: skip


def _hint() -> pl.Expr:
    """What an unexplained difference looks like: another scale."""
    reported, value, half = pl.col("reported"), pl.col("v4"), pl.col("tolerance").fill_null(0.0)
    rate = (pl.col("unit") == "rate") & (pl.col("unexplained") != 0)
    hundredth = rate & ((value - 100 * reported).abs() <= 100 * half) & (value > 0)
    return pl.when(hundredth).then(pl.lit("a_hundred_times_too_small")).when(
        rate & ((value - reported / 100).abs() <= half / 100) & (value > 0)
    ).then(pl.lit("a_hundred_times_too_large"))  # fmt: skip


def _printed(value: pl.Expr, decimals: pl.Expr, scale: pl.Expr) -> pl.Expr:
    unit = 10.0 ** decimals.cast(pl.Float64) * scale.fill_null(1.0)
    return pl.coalesce((value * unit).round(9).round(0, mode="half_away_from_zero") / unit, value)


def grid_of(unit: pl.Expr) -> pl.Expr:
    return pl.when(unit == "rate").then(2.0**40).otherwise(2.0**20)


def on_grid(value: pl.Expr, unit: pl.Expr) -> pl.Expr:
    return (value.cast(pl.Float64) * grid_of(unit)).round(0) / grid_of(unit)


def slack_of(reported: str) -> pl.Expr:
    """The tolerance, and what the grid may add: a value half-way between two decimals is within both."""
    size = pl.max_horizontal(pl.lit(1.0), pl.col(reported).abs())
    return pl.col("tolerance").fill_null(0.0) + 1 / grid_of(pl.col("unit")) + 1e-12 * size
