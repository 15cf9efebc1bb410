"""Figures of a period longer than a week, from the same parts as the weekly ones, so that both always agree."""

from __future__ import annotations

from copy import copy
from dataclasses import fields

import polars as pl

from pipelines.measures.catalogue import MEASURES
from pipelines.measures.weekly.counted import wait_quantiles
from pipelines.measures.weekly.inputs import WeekInputs
from pipelines.measures.weekly.long import FIGURE_SCHEMA, PART_SCHEMA, with_values
from pipelines.measures.weekly.money import RefundDenominator
from pipelines.measures.weekly.parts import weekly_parts

#: ``FIGURE_SCHEMA`` without its week, and how many weeks (or parts of one) the figure rests on, of how many there are.
PERIOD_SCHEMA: dict[str, pl.DataType] = {name: dtype for name, dtype in FIGURE_SCHEMA.items() if name != "week"} | {
    "weeks": pl.Int64(),
    "weeks_known": pl.Int64(),
}
_KEYS = ["vendor", "queue", "metric"]
_COUNTS = [name for name, measure in MEASURES.items() if measure.unit == "count"]


def period_figures(
    inputs: WeekInputs,
    clauses: pl.DataFrame,
    *,
    rate_cards: pl.DataFrame | None = None,
    by_queue: bool = False,
    refund_denominator: RefundDenominator = "contacts",
    currency: str | None = None,
) -> pl.DataFrame:
    """Figures (:data:`PERIOD_SCHEMA`) per vendor over all weeks of ``inputs``, and per queue with ``by_queue``.

    Each week is counted under the clauses of its own days; its parts are added up. A week of which a figure is not
    known takes no part, and ``weeks_known`` says so.
    """
    scoped = inputs.scoped(by_queue)
    parts = weekly_parts(inputs, scoped, clauses, rate_cards, by_queue, refund_denominator, currency)
    known = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
    weeks = parts.group_by(_KEYS).agg(
        weeks=pl.col("week").n_unique(), weeks_known=pl.col("week").filter(known).n_unique()
    )
    figures = pl.concat([with_values(_summed(parts)), wait_quantiles(_one_week(scoped))])
    return (
        figures.join(weeks, on=_KEYS, how="left", nulls_equal=True)
        .select(pl.col(name).cast(dtype) for name, dtype in PERIOD_SCHEMA.items())
        .sort("vendor", "queue", "metric", nulls_last=False)
    )


def _summed(parts: pl.DataFrame) -> pl.DataFrame:
    """Parts of all weeks as parts of one: sums over the weeks of which both numerator and denominator are known."""
    known = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
    covered = known & pl.col("coverage").is_not_null()
    return (
        parts.group_by(_KEYS, maintain_order=True)
        .agg(
            week=pl.col("week").min(),
            numerator=pl.when(known.any()).then(pl.col("numerator").filter(known).sum()),
            denominator=pl.when(known.any()).then(pl.col("denominator").filter(known).sum()),
            n=pl.col("n").filter(known).sum(),
            squares=pl.when(known.any() & pl.col("squares").filter(known).is_not_null().all()).then(
                pl.col("squares").filter(known).sum()
            ),
            coverage=(pl.col("coverage") * pl.col("denominator")).filter(covered).sum()
            / pl.col("denominator").filter(covered & (pl.col("denominator") > 0)).sum(),
            # A week that takes no part doesn't name the figure.
            definition_id=pl.col("definition_id")
            .filter(known | ~known.any())
            .drop_nulls()
            .unique()
            .sort()
            .str.join(" + "),
            note=pl.coalesce(pl.col("note").filter(known).drop_nulls().first(), pl.col("note").drop_nulls().first()),
        )
        .with_columns(
            # A count is its own sum, over one.
            denominator=pl.when(pl.col("metric").is_in(_COUNTS)).then(1.0).otherwise("denominator"),
            coverage=pl.col("coverage").fill_nan(None),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in PART_SCHEMA.items())
    )


def _one_week(inputs: WeekInputs) -> WeekInputs:
    """The same inputs as if they all belonged to their first week: quantiles come from the whole histogram."""
    first = inputs.counts["week"].min()
    merged = copy(inputs)
    for item in fields(inputs):
        frame: pl.DataFrame = getattr(inputs, item.name)
        setattr(merged, item.name, frame.with_columns(week=pl.lit(first, pl.Date())))
    return merged
