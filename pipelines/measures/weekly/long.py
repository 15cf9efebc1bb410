"""The long form of figures: one row per vendor, queue, week and measure; from parts to values with intervals."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.measures.catalogue import MEASURES
from pipelines.measures.figures import Floats, mean_interval, nps_interval, rate_interval

#: What figures are grouped by. ``scope`` is a queue's code, or null for all queues of the vendor together.
KEYS = ["vendor", "scope", "week"]

#: One row of figures. ``queue`` is null for all queues of the vendor together.
FIGURE_SCHEMA: dict[str, pl.DataType] = {
    "vendor": pl.String(),
    "queue": pl.String(),
    "week": pl.Date(),
    "metric": pl.String(),
    "value": pl.Float64(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "n": pl.Int64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "coverage": pl.Float64(),
    "definition_id": pl.String(),
    "note": pl.String(),
}
#: What a measure hands over before its interval is known; ``squares`` is the sum of squares of what was averaged.
PART_SCHEMA: dict[str, pl.DataType] = {
    name: dtype for name, dtype in FIGURE_SCHEMA.items() if name not in ("value", "low", "high")
} | {"squares": pl.Float64()}

_SCALE = {"nps": 100.0}


def as_parts(frame: pl.DataFrame, metric: str) -> pl.DataFrame:
    """``frame`` (keys, numerator, denominator, and what else is known) with all columns of :data:`PART_SCHEMA`."""
    frame = frame.with_columns(pl.lit(metric).alias("metric")).rename({"scope": "queue"})
    if "n" not in frame.columns:
        frame = frame.with_columns(pl.col("denominator").alias("n"))
    if "definition_id" not in frame.columns:
        frame = frame.with_columns(pl.lit(metric).alias("definition_id"))
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in PART_SCHEMA.items()
    )


def with_values(parts: pl.DataFrame) -> pl.DataFrame:
    """Values and intervals of ``parts`` (:data:`PART_SCHEMA`), as :data:`FIGURE_SCHEMA`.

    No demand gives null with the note ``zero_demand``; a share of more than all gives null with ``counts_contradict``.
    A mean whose sum of squares is not known, or is of zeros alone, has no interval and the note ``no_variance``.
    """
    is_share = pl.col("metric").is_in([name for name, measure in MEASURES.items() if measure.unit == "share"])
    is_mean = pl.col("metric").is_in([name for name, measure in MEASURES.items() if measure.interval == "normal"])
    contradiction = is_share & (pl.col("numerator") > pl.col("denominator") + 1e-9)
    scale = pl.col("metric").replace_strict(_SCALE, default=1.0, return_dtype=pl.Float64)
    figures = parts.with_columns(
        value=pl.when((pl.col("denominator") > 0) & ~contradiction.fill_null(False)).then(
            scale * pl.col("numerator") / pl.col("denominator")
        ),
        note=pl.when(pl.col("note").is_not_null())
        .then(pl.col("note"))
        .when(pl.col("denominator") == 0)
        .then(pl.lit("zero_demand"))
        .when(contradiction)
        .then(pl.lit("counts_contradict"))
        .when(is_mean & pl.col("numerator").is_not_null() & (pl.col("squares").fill_null(0) == 0))
        .then(pl.lit("no_variance")),
        n=pl.col("n").fill_null(0),
    )
    low, high = _intervals(figures)
    shown = pl.col("value").is_not_null()
    return figures.with_columns(
        low=pl.when(shown).then(pl.Series(low).fill_nan(None)),
        high=pl.when(shown).then(pl.Series(high).fill_nan(None)),
    ).select(pl.col(name).cast(dtype) for name, dtype in FIGURE_SCHEMA.items())


def _intervals(figures: pl.DataFrame) -> tuple[Floats, Floats]:
    """Limits of every row by the method that the catalogue names for its measure."""
    columns = {
        name: figures[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in ("numerator", "denominator", "squares")
    }
    top, bottom, squares = columns["numerator"], columns["denominator"], columns["squares"]
    method = np.array([MEASURES[metric].interval for metric in figures["metric"]], dtype=object)
    low, high = np.full(len(top), np.nan), np.full(len(top), np.nan)
    rates, means, scores = method == "wilson", method == "normal", method == "adjusted_wald"
    low[rates], high[rates] = rate_interval(top[rates], bottom[rates])
    # Nothing but zeros: the next value that isn't one can be anything, and an interval of no width would deny it.
    spread = np.where(squares[means] == 0, np.nan, squares[means])
    low[means], high[means] = mean_interval(top[means], spread, bottom[means])
    # Scores of +1, 0 and -1: their squares add up to promoters + detractors, their sum to the difference.
    promoters, detractors = (squares[scores] + top[scores]) / 2, (squares[scores] - top[scores]) / 2
    low[scores], high[scores] = nps_interval(promoters, detractors, bottom[scores])
    return low, high


def sum_or_null(name: str) -> pl.Expr:
    """Sum of the known values of a column; null, not zero, when none is known."""
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)
