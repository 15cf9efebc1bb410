"""The scorecard of one week: each vendor (and queue) against its target, its own past and the in-house baseline.

The baseline here is crude: the in-house figure as it stands, without regard to who serves the harder contacts. The
like-for-like comparison is :mod:`pipelines.measures.comparison`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from pipelines.measures.baseline import BaselineCounts, with_baseline
from pipelines.measures.catalogue import MEASURES, MINIMUM_SHOWN, MINIMUM_SURE
from pipelines.measures.targets import with_targets
from pipelines.measures.weekly import RefundDenominator, WeekInputs, weekly_figures

HISTORY_WEEKS = 13

#: One row of a scorecard. ``queue`` is null for all queues of a vendor together; ``history`` holds 13 weekly values,
#: oldest first, the week itself last; ``previous`` is the week before, ``last_year`` the same ISO week a year before.
SCORECARD_SCHEMA: dict[str, pl.DataType] = {
    "week": pl.Date(),
    "vendor": pl.String(),
    "queue": pl.String(),
    "metric": pl.String(),
    "value": pl.Float64(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "n": pl.Int64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "reliability": pl.String(),
    "coverage": pl.Float64(),
    "previous": pl.Float64(),
    "last_year": pl.Float64(),
    "history": pl.List(pl.Float64()),
    "target": pl.Float64(),
    "target_direction": pl.String(),
    "target_met": pl.Boolean(),
    "baseline_value": pl.Float64(),
    "gap": pl.Float64(),
    "gap_low": pl.Float64(),
    "gap_high": pl.Float64(),
    "verdict": pl.String(),
    "definition_id": pl.String(),
    "note": pl.String(),
}
_WHO = ["vendor", "queue", "metric"]
_VOLUMES = [name for name, measure in MEASURES.items() if measure.unit == "count"]


def scorecard(
    inputs: WeekInputs,
    week: date,
    baseline: str | None,
    clauses: pl.DataFrame,
    *,
    rate_cards: pl.DataFrame | None = None,
    by_queue: bool = False,
    measures: Sequence[str] | None = None,
    refund_denominator: RefundDenominator = "contacts",
    currency: str | None = None,
) -> pl.DataFrame:
    """Vendor x measure (x queue) for the week that begins on the Monday ``week``, as :data:`SCORECARD_SCHEMA`.

    ``inputs`` may hold any weeks; those of the history and of last year that it lacks are null. A vendor or queue that
    has data in another week but none in this one keeps its rows, with null values and the note ``no_data``.
    Raises ``ValueError`` when ``week`` is not a Monday or ``measures`` names one that the catalogue doesn't have.
    """
    if week.weekday() != 0:
        raise ValueError(f"{week.isoformat()} is not a Monday: a week is named by its Monday")
    wanted = list(MEASURES) if measures is None else list(measures)
    if unknown := [name for name in wanted if name not in MEASURES]:
        raise ValueError(f"no such measure: {', '.join(unknown)}")
    figures = weekly_figures(
        inputs,
        clauses,
        rate_cards=rate_cards,
        by_queue=by_queue,
        refund_denominator=refund_denominator,
        currency=currency,
    ).filter(pl.col("metric").is_in(wanted))
    rows = _week_rows(figures, week, wanted)
    rows = _with_past(rows, figures, week)
    rows = with_targets(rows, clauses)
    rows = with_baseline(rows, baseline, BaselineCounts(inputs, clauses, week))
    return _ordered(rows, wanted)


def last_year(week: date) -> date | None:
    """The Monday of the same ISO week a year before; null for a week 53 that the year before didn't have."""
    year, number, _ = week.isocalendar()
    try:
        return date.fromisocalendar(year - 1, number, 1)
    except ValueError:
        return None


def _week_rows(figures: pl.DataFrame, week: date, wanted: list[str]) -> pl.DataFrame:
    """The week's figures, with a row for everybody who ever had one: silence must be visible."""
    everybody = figures.select("vendor", "queue").unique().join(pl.DataFrame({"metric": wanted}), how="cross")
    current = figures.filter(pl.col("week") == week)
    present = current.select("vendor", "queue").unique().with_columns(present=pl.lit(True))
    n = pl.col("n")
    volume = pl.col("metric").is_in(_VOLUMES)
    few = (
        pl.when((n < MINIMUM_SHOWN) & ~volume).then(pl.lit("suppressed"))
        .when((n < MINIMUM_SURE) & ~volume).then(pl.lit("indicative"))
    )  # fmt: skip
    return (
        everybody.join(current.drop("week"), on=_WHO, how="left", nulls_equal=True)
        .join(present, on=["vendor", "queue"], how="left", nulls_equal=True)
        .with_columns(
            pl.lit(week).alias("week"),
            pl.col("n").fill_null(0),
            note=pl.when(pl.col("present").is_null())
            .then(pl.lit("no_data"))
            .when(pl.col("value").is_null() & pl.col("note").is_null())
            .then(pl.lit("not_known"))
            .otherwise("note"),
        )
        .with_columns(reliability=few.otherwise(pl.lit("enough")))
    )


def _with_past(rows: pl.DataFrame, figures: pl.DataFrame, week: date) -> pl.DataFrame:
    weeks = [week - timedelta(weeks=back) for back in reversed(range(HISTORY_WEEKS))]
    a_year_ago = last_year(week)
    past = (
        figures.select(*_WHO, "week", "value")
        .group_by(_WHO)
        .agg(
            # One value per week, null where that week has none.
            history=pl.concat_list(pl.col("value").filter(pl.col("week") == one).first() for one in weeks),
            last_year=pl.col("value").filter(pl.col("week") == a_year_ago).first()
            if a_year_ago
            else pl.lit(None, pl.Float64),
        )
    )
    nothing = pl.lit([None] * HISTORY_WEEKS, dtype=pl.List(pl.Float64))
    return (
        rows.join(past, on=_WHO, how="left", nulls_equal=True)
        .with_columns(pl.col("history").fill_null(nothing))
        .with_columns(previous=pl.col("history").list.get(HISTORY_WEEKS - 2))
    )


def _ordered(rows: pl.DataFrame, wanted: list[str]) -> pl.DataFrame:
    order = {name: position for position, name in enumerate(wanted)}
    return (
        rows.with_columns(position=pl.col("metric").replace_strict(order, return_dtype=pl.Int64))
        .sort("vendor", pl.col("queue").is_not_null(), "queue", "position", nulls_last=False)
        .select(pl.col(name).cast(dtype) for name, dtype in SCORECARD_SCHEMA.items())
    )
