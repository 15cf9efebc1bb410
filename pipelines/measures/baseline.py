"""The in-house figure beside each vendor's, the gap between them with its interval, and a verdict in words."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from pipelines.measures.catalogue import ANSWERED_SHARE, MEASURES, MINIMUM_SURE
from pipelines.measures.clauses import attach
from pipelines.measures.definitions import ServiceLevelDefinition, histogram_counts, parts, with_definition
from pipelines.measures.figures import Floats, rate_interval
from pipelines.measures.gaps import combined_gap, rate_gap
from pipelines.measures.weekly import WeekInputs
from pipelines.measures.weekly.long import sum_or_null
from pipelines.measures.weekly.service import counting_definition

_SHARES = [name for name, measure in MEASURES.items() if measure.interval == "wilson"]
_FIGURE = ["value", "numerator", "denominator", "n", "low", "high", "definition_id"]
_OTHER_COUNTS = ("offered", "answered", "abandoned", "flow_outs", "callbacks", "voicemail", "closed")
#: Clocks that start where the histogram of waits starts.
_HISTOGRAM_CLOCKS = ("queue_entry", "ivr_end")


class BaselineCounts:
    """The baseline's contacts of one week, to be counted again under somebody else's definition."""

    def __init__(self, inputs: WeekInputs, clauses: pl.DataFrame, week: date) -> None:
        self._week = week
        self._counts = inputs.counts.filter(pl.col("week") == week)
        self._waits = inputs.waits.filter(pl.col("week") == week)
        self._clauses = clauses

    def definitions(self) -> dict[str, ServiceLevelDefinition]:
        """Every service-level definition that binds somebody in the week, by its id."""
        rows = attach(self._counts, self._clauses, "service_level", counting_definition)
        bound = rows.filter(pl.col("definition_id").is_not_null()).unique("definition_id")
        return {row["definition_id"]: counting_definition(row) for row in bound.iter_rows(named=True)}

    def service_level(
        self, baseline: str, definition: ServiceLevelDefinition, queues: list[str | None]
    ) -> pl.DataFrame:
        """The baseline's service level under ``definition``: queue + figure, null queue for all of them.

        Empty when the definition can't be counted from waits: it starts on another clock, or credits callbacks.
        """
        countable = definition.clock_start in _HISTOGRAM_CLOCKS and definition.variant != "queue_removed"
        waits = self._waits.filter(pl.col("vendor") == baseline)
        counts = self._counts.filter(pl.col("vendor") == baseline)
        if not countable or waits.is_empty():
            return pl.DataFrame(schema={"queue": pl.String})
        sums = counts.group_by("queue").agg(sum_or_null(name) for name in _OTHER_COUNTS)
        counted = sums.join(histogram_counts(waits, definition, ["queue"]), on="queue", how="left", nulls_equal=True)
        sides = parts(with_definition(counted, definition)).select("queue", "numerator", "denominator")
        total = sides.select(pl.lit(None, pl.String).alias("queue"), pl.col("numerator", "denominator").sum())
        found = pl.concat([total, sides.filter(pl.col("queue").is_in([q for q in queues if q]))])
        low, high = rate_interval(found["numerator"].fill_null(np.nan), found["denominator"].fill_null(np.nan))
        demand = pl.col("denominator") > 0
        return found.with_columns(
            value=pl.when(demand).then(pl.col("numerator") / pl.col("denominator")),
            n=pl.col("denominator").cast(pl.Int64),
            low=pl.Series(low).fill_nan(None),
            high=pl.Series(high).fill_nan(None),
            definition_id=pl.lit(definition.id),
        )


def with_baseline(rows: pl.DataFrame, baseline: str | None, counts: BaselineCounts) -> pl.DataFrame:
    """``rows`` with ``baseline_value``, ``gap``, ``gap_low``, ``gap_high`` (value less baseline) and ``verdict``.

    The baseline is that of the same queue, or of all queues together for a vendor's own rows. A service level is
    compared under the vendor's definition: the in-house contacts are counted again where their own clause differs.
    """
    joined = _joined(rows, baseline, counts)
    is_baseline = pl.col("vendor") == pl.lit(baseline, pl.String)
    # A service level or an abandon rate counted otherwise differs for that reason alone.
    by_definition = pl.col("metric").is_in(["service_level", "abandon_rate"])
    comparable = ~by_definition | (pl.col("definition_id") == pl.col("b_definition_id"))
    # The answered share is no abandon rate, whoever else calls it one: more of it is not worse.
    comparable &= pl.col("note").fill_null("") != ANSWERED_SHARE
    joined = joined.with_columns(
        comparable=comparable.fill_null(True),
        is_baseline=is_baseline.fill_null(False),
        enough=(pl.col("n") >= MINIMUM_SURE) & (pl.col("b_n") >= MINIMUM_SURE),
        direction=pl.col("metric").replace_strict({name: m.direction for name, m in MEASURES.items()}),
    )
    low, high = _gap_limits(joined)
    has_gap = ~pl.col("is_baseline") & pl.col("comparable")
    return joined.with_columns(
        baseline_value=pl.col("b_value"),
        gap=pl.when(has_gap).then(pl.col("value") - pl.col("b_value")),
        gap_low=pl.when(has_gap).then(pl.Series(low).fill_nan(None)),
        gap_high=pl.when(has_gap).then(pl.Series(high).fill_nan(None)),
    ).with_columns(verdict=_verdict())


def _joined(rows: pl.DataFrame, baseline: str | None, counts: BaselineCounts) -> pl.DataFrame:
    own = rows.filter(pl.col("vendor") == baseline) if baseline else rows.clear()
    own = own.select("queue", "metric", *(pl.col(name).alias(f"b_{name}") for name in _FIGURE))
    joined = rows.join(own, on=["queue", "metric"], how="left", nulls_equal=True)
    if baseline is None:
        return joined
    again = _counted_again(joined, baseline, counts)
    if again is None:
        return joined
    names = {f"b_{name}": f"b_{name}_again" for name in _FIGURE}
    on = ["queue", "metric", "definition_id"]
    merged = joined.join(again.rename(names), on=on, how="left", nulls_equal=True)
    recounted = pl.col("b_definition_id_again").is_not_null()
    return merged.with_columns(
        pl.when(recounted).then(other).otherwise(name).alias(name) for name, other in names.items()
    ).drop(names.values())


def _counted_again(joined: pl.DataFrame, baseline: str, counts: BaselineCounts) -> pl.DataFrame | None:
    """The baseline's service level under each single definition that differs from its own."""
    differs = pl.col("definition_id") != pl.col("b_definition_id")
    others = joined.filter(
        (pl.col("metric") == "service_level") & (pl.col("vendor") != baseline) & differs.fill_null(False)
    )
    wanted = set(others["definition_id"]) if others.height else set()
    known = {name: one for name, one in counts.definitions().items() if name in wanted} if wanted else {}
    queues = others["queue"].unique().to_list()
    found = [counts.service_level(baseline, definition, queues) for definition in known.values()]
    found = [frame for frame in found if frame.height]
    if not found:
        return None
    return pl.concat(found).select(
        "queue",
        pl.lit("service_level").alias("metric"),
        "definition_id",
        *(pl.col(name).alias(f"b_{name}") for name in _FIGURE),
    )


def _gap_limits(rows: pl.DataFrame) -> tuple[Floats, Floats]:
    def column(name: str) -> Floats:
        return rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy()

    low, high = combined_gap(*(column(name) for name in ("value", "low", "high", "b_value", "b_low", "b_high")))
    shares = rows["metric"].is_in(_SHARES).to_numpy()
    counts = (column(name)[shares] for name in ("numerator", "denominator", "b_numerator", "b_denominator"))
    low[shares], high[shares] = rate_gap(*counts)
    return low, high


def _verdict() -> pl.Expr:
    """Better or worse only when the interval of the gap excludes zero; where all is counted, the gap itself decides."""
    census = pl.col("metric").is_in([name for name, measure in MEASURES.items() if measure.interval == "census"])
    low = pl.when(census).then("gap").otherwise("gap_low")
    high = pl.when(census).then("gap").otherwise("gap_high")
    above, below = low > 0, high < 0
    good, bad = pl.col("direction") == "higher", pl.col("direction") == "lower"
    return (
        pl.when("is_baseline").then(pl.lit("is_baseline"))
        .when(pl.col("direction") == "none").then(pl.lit("not_judged"))
        .when(pl.col("note") == "not_yet_known").then(pl.lit("not_yet_known"))
        .when(pl.col("value").is_null()).then(pl.lit("too_little_data"))
        .when(pl.col("b_value").is_null()).then(pl.lit("no_baseline"))
        .when(~pl.col("comparable")).then(pl.lit("not_comparable"))
        .when(~pl.col("enough") | low.is_null() | high.is_null()).then(pl.lit("too_little_data"))
        .when((above & good) | (below & bad)).then(pl.lit("better"))
        .when((below & good) | (above & bad)).then(pl.lit("worse"))
        .otherwise(pl.lit("no_clear_difference"))
    )  # fmt: skip
