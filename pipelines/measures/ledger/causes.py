"""The difference between a recomputed and a reported figure, split by cause so that the amounts add up exactly.

Figures are kept on a grid of powers of two (2**-40 for shares, 2**-30 else), far below any printed digit, on which
sums and differences are exact.
"""

from __future__ import annotations

import polars as pl

CAUSES = ("boundary", "contacts", "definition", "aggregation", "rounding", "unexplained")

#: What explains a figure that lies within what waits of whole seconds leave open.
WHOLE_SECONDS = "terms/waits_in_whole_seconds"
#: So many figures of a queue, and this share of those that nothing gives, end in 0 where they are rounded further.
ROUNDED_LINES, ROUNDED_SHARE = 12, 0.9


def tolerance() -> pl.Expr:
    """Half a unit of the last printed decimal, in the unit of the value; counts are exact. Null for unknown decimals.

    Over the columns decimals, printed_scale and unit.
    """
    half = 0.5 * (10.0 ** (-pl.col("decimals").cast(pl.Float64))) / pl.col("printed_scale").fill_null(1.0)
    return pl.when((pl.col("unit") == "count") & (pl.col("decimals") == 0)).then(0.0).otherwise(half)


def split(steps: pl.DataFrame, is_count: bool, recomputes: bool) -> pl.DataFrame:
    """The ledger's lines of one metric: reported, recomputed, difference, the amounts of :data:`CAUSES`, explained_by.

    ``steps``: the reported ``value``, what the terms give (v0), the same on the vendor's clock (v1) and with its counts
    (v2), what the explaining definition gives averaged over contacts (v3) and in its own way (v4), its name ``model``,
    ``second_low`` and ``second_high`` (what waits a second shorter or longer would give), whether its digits are
    ``truncated``, whether its difference is ``judgeable``; unit, decimals, printed_scale. Of a
    count all that clock and definition leave is contacts. ``recomputes`` false: nothing says how the figure is to be
    computed, so nothing is split.
    """
    steps = steps.with_columns(reported="value", recomputed="v0", tolerance=tolerance())
    names = ("value", "v0", "v1", "v2", "v3", "v4")
    steps = _adopted(steps.with_columns(on_grid(pl.col(name), pl.col("unit")).alias(name) for name in names))
    steps = steps.with_columns(
        agrees=_near("v0"), near=_near("v4") | _cut_off(), difference=pl.col("v0") - pl.col("value")
    )
    steps = steps.with_columns(near=pl.col("near") | _further_rounded())
    steps = steps.with_columns(by_second=_by_a_second())
    steps = steps.with_columns(near=pl.col("near") | pl.col("by_second"))
    steps = steps.with_columns(_amounts(is_count)).with_columns(
        unexplained=pl.when("agrees")
        .then(0.0)
        .otherwise(pl.col("difference") - pl.sum_horizontal(*CAUSES[:-1], ignore_nulls=False))
    )
    other_clock = (pl.col("boundary") != 0) & _near("v1")
    by_model = pl.when(pl.col("adopted") & pl.col("near")).then("model")
    explained = by_model.when(other_clock).then(pl.lit("terms/on_another_clock")).when("by_second").then(
        pl.lit(WHOLE_SECONDS)
    )  # fmt: skip
    steps = steps.with_columns(
        residual="unexplained",
        explained_by=pl.when(pl.col("agrees") & recomputes).then(None).otherwise(explained),
        hint=_hint(),
    )
    if recomputes:
        return steps
    return steps.with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("recomputed", "difference", *CAUSES))


def _adopted(steps: pl.DataFrame) -> pl.DataFrame:
    """A definition counts where it comes nearer: on a line that it doesn't explain it explains nothing."""
    steps = steps.with_columns(v1=pl.coalesce("v1", "v0")).with_columns(v2=pl.coalesce("v2", "v1"))
    nearer = (pl.col("v4") - pl.col("value")).abs() < (pl.col("v2") - pl.col("value")).abs()
    steps = steps.with_columns(adopted=pl.col("v4").is_not_null() & (nearer | pl.col("v2").is_null()))
    return steps.with_columns(
        v3=pl.when("adopted").then(pl.coalesce("v3", "v4")).otherwise("v2"),
        v4=pl.when("adopted").then("v4").otherwise("v2"),
    )


def _near(name: str) -> pl.Expr:
    return (pl.col(name) - pl.col("value")).abs() <= slack_of("value")


def _cut_off() -> pl.Expr:
    """The value, its digits cut off instead of rounded, is the printed one."""
    above = (pl.col("v4") - pl.col("value")).is_between(-1 / grid_of(pl.col("unit")), 2 * slack_of("value"))
    return pl.col("truncated").fill_null(False) & above


def _further_rounded() -> pl.Expr:
    """Printed with a last digit that is always 0: rounded further than it looks.

    One zero is nothing: of the figures of a queue that no value gives, nearly all must be so, and enough of them. Only
    figures count whose difference can be judged: what our own contacts lack says nothing about the printing.
    """
    tens = (pl.col("reported") * pl.col("printed_scale").fill_null(1.0) * 10.0 ** (pl.col("decimals") - 1)).round(6)
    missed = ~pl.col("agrees") & ~pl.col("near")
    alike = missed & (tens == tens.round(0)) & ((pl.col("v4") - pl.col("value")).abs() <= 10 * slack_of("value"))
    found = alike.fill_null(False)
    judged = pl.col("judgeable")
    of_queue = (found & judged).sum().over("queue")
    all_of_queue = (missed.fill_null(False) & judged).sum().over("queue")
    enough = (of_queue >= ROUNDED_LINES) & (of_queue >= ROUNDED_SHARE * all_of_queue)
    return found & enough & (pl.col("decimals") > 0)


def _by_a_second() -> pl.Expr:
    """Waits that two clocks have rounded on their own, each to a whole second, may explain the printed value: a whole
    number of contacts that waited within a second of the limit, put on its other side, gives it. One figure may come so
    by chance; of those of a queue that nothing gives, nearly all must.
    """
    missed = ~pl.col("agrees") & ~pl.col("near")
    slack, contacts = slack_of("value"), pl.col("value") * pl.col("denominator")
    within = pl.col("value").is_between(pl.col("second_low") - slack, pl.col("second_high") + slack)
    whole = (contacts - contacts.round(0)).abs() <= slack * pl.col("denominator")
    found = (missed & ~pl.col("adopted") & within & whole).fill_null(False)
    judged = pl.col("judgeable")
    of_queue, all_of_queue = ((one & judged).sum().over("queue") for one in (found, missed.fill_null(False)))
    return found & (of_queue >= ROUNDED_SHARE * all_of_queue)


def _amounts(is_count: bool) -> list[pl.Expr]:
    """All causes but the unexplained; a figure that agrees differs by its rounding."""
    rest = pl.col("v4") - pl.col("value")
    printed = on_grid(_printed(pl.col("v4"), pl.col("decimals"), pl.col("printed_scale")), pl.col("unit"))
    amounts = {
        "boundary": pl.col("v0") - pl.col("v1"),
        "contacts": (pl.col("v1") - pl.col("v2")) + (rest if is_count else 0.0),
        "definition": pl.col("v2") - pl.col("v3"),
        "aggregation": pl.col("v3") - pl.col("v4"),
        "rounding": pl.lit(0.0) if is_count else pl.when("near").then(rest).otherwise(pl.col("v4") - printed),
    }
    rounding = {name: pl.col("difference") if name == "rounding" else pl.lit(0.0) for name in amounts}
    return [pl.when("agrees").then(rounding[name]).otherwise(amount).alias(name) for name, amount in amounts.items()]


def _hint() -> pl.Expr:
    """What an unexplained difference looks like: another scale."""
    reported, value, half = pl.col("value"), pl.col("v4"), pl.col("tolerance").fill_null(0.0)
    rate = (pl.col("unit") == "rate") & (pl.col("unexplained") != 0)
    hundredth = rate & ((value - 100 * reported).abs() <= 100 * half) & (value > 0)
    return pl.when(hundredth).then(pl.lit("a_hundred_times_too_small")).when(
        rate & ((value - reported / 100).abs() <= half / 100) & (value > 0)
    ).then(pl.lit("a_hundred_times_too_large"))  # fmt: skip


def _printed(value: pl.Expr, decimals: pl.Expr, scale: pl.Expr) -> pl.Expr:
    unit = 10.0 ** decimals.cast(pl.Float64) * scale.fill_null(1.0)
    return pl.coalesce((value * unit).round(9).round(0, mode="half_away_from_zero") / unit, value)


def grid_of(unit: pl.Expr) -> pl.Expr:
    return pl.when(unit == "rate").then(2.0**40).otherwise(2.0**30)


def on_grid(value: pl.Expr, unit: pl.Expr) -> pl.Expr:
    return (value.cast(pl.Float64) * grid_of(unit)).round(0) / grid_of(unit)


def slack_of(reported: str) -> pl.Expr:
    """The tolerance, and what the grid may add: a value half-way between two decimals is within both."""
    size = pl.max_horizontal(pl.lit(1.0), pl.col(reported).abs())
    return pl.col("tolerance").fill_null(0.0) + 1 / grid_of(pl.col("unit")) + 1e-12 * size
