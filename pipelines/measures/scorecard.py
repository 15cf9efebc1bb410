"""The scorecard of one week: each vendor (and queue) against its target, its own past and the in-house baseline.

The baseline here is crude: the in-house figure as it stands, without regard to who serves the harder contacts. The
like-for-like comparison is :mod:`pipelines.measures.comparison`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.measures.catalogue import MEASURES
from pipelines.measures.figures import MINIMUM_SHOWN, MINIMUM_SURE
from pipelines.measures.gaps import combined_gap, rate_gap
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
_SHARES = [name for name, measure in MEASURES.items() if measure.interval == "wilson"]
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
        inputs, clauses, rate_cards=rate_cards, by_queue=by_queue, refund_denominator=refund_denominator
    ).filter(pl.col("metric").is_in(wanted))
    rows = _week_rows(figures, week, wanted)
    rows = _with_past(rows, figures, week)
    rows = with_targets(rows, clauses)
    rows = _with_baseline(rows, baseline)
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
            note=pl.when(pl.col("present").is_null()).then(pl.lit("no_data")).otherwise("note"),
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


def _with_baseline(rows: pl.DataFrame, baseline: str | None) -> pl.DataFrame:
    """The in-house figure of the same queue (or of all), the gap to it with its interval, and the verdict."""
    names = ["value", "numerator", "denominator", "n", "low", "high", "definition_id"]
    own = rows.filter(pl.col("vendor") == baseline) if baseline else rows.clear()
    own = own.select("queue", "metric", *(pl.col(name).alias(f"b_{name}") for name in names))
    rows = rows.join(own, on=["queue", "metric"], how="left", nulls_equal=True)
    is_baseline = pl.col("vendor") == pl.lit(baseline, pl.String)
    # A service level counted otherwise differs for that reason alone.
    comparable = (pl.col("metric") != "service_level") | (pl.col("definition_id") == pl.col("b_definition_id"))
    rows = rows.with_columns(
        comparable=comparable.fill_null(True),
        is_baseline=is_baseline.fill_null(False),
        enough=(pl.col("n") >= MINIMUM_SURE) & (pl.col("b_n") >= MINIMUM_SURE),
        direction=pl.col("metric").replace_strict({name: m.direction for name, m in MEASURES.items()}),
    )
    low, high = _gap_limits(rows)
    has_gap = ~pl.col("is_baseline") & pl.col("comparable")
    rows = rows.with_columns(
        baseline_value=pl.col("b_value"),
        gap=pl.when(has_gap).then(pl.col("value") - pl.col("b_value")),
        gap_low=pl.when(has_gap).then(pl.Series(low).fill_nan(None)),
        gap_high=pl.when(has_gap).then(pl.Series(high).fill_nan(None)),
    )
    return rows.with_columns(verdict=_verdict())


def _gap_limits(rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    def column(name: str) -> np.ndarray:  # type: ignore[type-arg]
        return rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy()

    low, high = combined_gap(*(column(name) for name in ("value", "low", "high", "b_value", "b_low", "b_high")))
    shares = rows["metric"].is_in(_SHARES).to_numpy()
    counts = (column(name)[shares] for name in ("numerator", "denominator", "b_numerator", "b_denominator"))
    low[shares], high[shares] = rate_gap(*counts)
    return low, high


def _verdict() -> pl.Expr:
    """Better or worse only when the interval of the gap excludes zero; where all is counted, the gap itself decides."""
    census = pl.col("metric").is_in([name for name, measure in MEASURES.items() if measure.interval == "census"])
    unknown = pl.col("metric").is_in([name for name, measure in MEASURES.items() if measure.interval == "unknown"])
    low = pl.when(census).then("gap").otherwise("gap_low")
    high = pl.when(census).then("gap").otherwise("gap_high")
    above, below = low > 0, high < 0
    good, bad = pl.col("direction") == "higher", pl.col("direction") == "lower"
    return (
        pl.when("is_baseline").then(pl.lit("is_baseline"))
        .when((pl.col("direction") == "none") | unknown).then(pl.lit("not_judged"))
        .when(pl.col("note") == "not_yet_known").then(pl.lit("not_yet_known"))
        .when(pl.col("value").is_null()).then(pl.lit("too_little_data"))
        .when(pl.col("b_value").is_null()).then(pl.lit("no_baseline"))
        .when(~pl.col("comparable")).then(pl.lit("not_comparable"))
        .when(~pl.col("enough") | low.is_null() | high.is_null()).then(pl.lit("too_little_data"))
        .when((above & good) | (below & bad)).then(pl.lit("better"))
        .when((below & good) | (above & bad)).then(pl.lit("worse"))
        .otherwise(pl.lit("no_clear_difference"))
    )  # fmt: skip


def _ordered(rows: pl.DataFrame, wanted: list[str]) -> pl.DataFrame:
    order = {name: position for position, name in enumerate(wanted)}
    return (
        rows.with_columns(position=pl.col("metric").replace_strict(order, return_dtype=pl.Int64))
        .sort("vendor", pl.col("queue").is_not_null(), "queue", "position", nulls_last=False)
        .select(pl.col(name).cast(dtype) for name, dtype in SCORECARD_SCHEMA.items())
    )
