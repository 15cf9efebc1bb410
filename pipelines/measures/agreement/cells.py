"""A clause's figure as sums that can be added: above and below the line, by queue and interval, or by queue and day.

Whatever the metric, a cell has ``numerator`` and ``denominator``; a clause's figure over any period is a ratio of sums
of cells, or an average of their ratios. Interval sums are preferred: what can be had by interval can be had by day.
"""

from __future__ import annotations

import polars as pl

from pipelines.measures.agreement.activity import Activity
from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.clauses import EVERY_QUEUE
from pipelines.measures.definitions import RepeatDefinition, ServiceLevelDefinition, parts, with_definition
from pipelines.measures.ledger.clauses import clause_formula
from pipelines.measures.ledger.formulas import short_name
from pipelines.measures.weekly.counted import repeats_still_open
from pipelines.workspace.terms import REPEAT_METRICS, SHORT_VARIANTS

CELLS: dict[str, pl.DataType] = {
    "queue": pl.String(), "local_date": pl.Date(), "interval_start_at": pl.Datetime("us", "UTC"),
    "numerator": pl.Float64(), "denominator": pl.Float64(),
}  # fmt: skip

#: Metrics of which the sums of an interval suffice; the others are known by day only.
BY_INTERVAL = (
    "service_level", "answer_rate", "abandon_rate", "asa_s", "aht_s", "talk_s", "hold_s", "acw_s", "transfer_rate",
)  # fmt: skip
#: Metrics that a queue's load decides: contacts beyond the forecast excuse them.
OF_THE_QUEUE = ("service_level", "answer_rate", "abandon_rate", "asa_s", "wait_median_s", "wait_p90_s")
#: Metrics that the days' histogram of waits gives.
QUANTILES = {"wait_median_s": 0.5, "wait_p90_s": 0.9}
#: Metrics of which missing contacts leave a share unknown.
OF_CONTACTS = (*BY_INTERVAL, *QUANTILES)

_closed = pl.when(~repeats_still_open())
_REPEAT_COLUMNS = {"eligible": "repeat_eligible", "still_open": "repeat_open", "blank_closed": "repeat_blank"}
_DAY_FORMULAS: dict[str, tuple[pl.Expr, pl.Expr]] = {
    "repeat_rate": (_closed.then(pl.col("repeated")), _closed.then(pl.col("repeat_eligible"))),
    "fcr": (_closed.then(pl.col("repeat_eligible") - pl.col("repeated")), _closed.then(pl.col("repeat_eligible"))),
    "nps": (100 * (pl.col("promoters") - pl.col("detractors")), pl.col("nps_scored")),
    "response_rate": (pl.col("surveys_answered"), pl.col("surveys_sent")),
    "refund_rate": (pl.col("refunded_contacts"), pl.col("answered")),
    "refund_value_per_contact": (pl.col("refunded_amount"), pl.col("answered")),
    "occupancy": (pl.col("staffed_busy_s"), pl.col("staffed_busy_s") + pl.col("available_s")),
}
#: Metrics that a clause may name and that what vendors deliver can't tell.
NOT_VERIFIABLE = ("adherence", "cost_per_contact", "cost_per_resolved_contact")


def cells_of(bound: BoundClause, activity: Activity) -> pl.DataFrame:
    """The clause's cells (:data:`CELLS`) on the days on which this version of it binds; none where it can't be told."""
    metric = bound.clause.metric
    if metric in NOT_VERIFIABLE or metric in QUANTILES:
        return pl.DataFrame(schema=CELLS)
    if metric == "reporting_timeliness":
        return _of_deliveries(bound, activity)
    source = _source(bound, activity)
    if bound.definition is not None:
        rows = parts(with_definition(_within(bound, source), bound.definition))
    elif metric in _DAY_FORMULAS:
        rows = _within(bound, source).with_columns(*_top_bottom(source, *_DAY_FORMULAS[metric]))
    else:
        formula = clause_formula(metric, bound.as_row())
        if formula is None or formula.bottom is None:
            return pl.DataFrame(schema=CELLS)
        rows = _within(bound, source).with_columns(*_top_bottom(source, formula.top, formula.bottom))
    if "interval_start_at" not in rows.columns:
        rows = rows.with_columns(interval_start_at=pl.lit(None, CELLS["interval_start_at"]))
    return rows.select(*CELLS).cast(CELLS)  # type: ignore[arg-type]


def _top_bottom(source: pl.DataFrame, top: pl.Expr, bottom: pl.Expr) -> list[pl.Expr]:
    """Numerator and denominator; null where the source has not what the formula reads."""
    read = {*top.meta.root_names(), *bottom.meta.root_names()}
    if not read <= set(source.columns):
        return [pl.lit(None, pl.Float64).alias(name) for name in ("numerator", "denominator")]
    return [top.cast(pl.Float64).alias("numerator"), bottom.cast(pl.Float64).alias("denominator")]


def _source(bound: BoundClause, activity: Activity) -> pl.DataFrame:
    """The sums to read: those of the marts where they hold this clause's own counts, else counted anew."""
    clause, level = bound.clause, bound.definition
    if clause.metric in REPEAT_METRICS:
        return _repeats(RepeatDefinition.from_clause(bound.as_row()), activity)
    if clause.metric not in BY_INTERVAL:
        return activity.days
    if level is not None:
        in_marts = bound.leading and level.in_marts
        return activity.intervals if in_marts else activity.counted(level)
    limit = clause.short_abandon_s
    if clause.metric == "abandon_rate" and clause.variant in SHORT_VARIANTS and limit is not None:
        counted = activity.counted(ServiceLevelDefinition(short_abandon_s=limit))
        return counted.with_columns(pl.col("short_abandoned").alias(short_name(limit)))
    # Of a vendor that sends counts instead of contacts, days are known and intervals are not.
    return activity.days if activity.intervals.is_empty() else activity.intervals


def _repeats(rule: RepeatDefinition, activity: Activity) -> pl.DataFrame:
    """Days with the repeats of the clause's own rule; those of the marts where it is the company's."""
    if rule == activity.usual_repeat:
        return activity.days
    if activity.repeats is None:
        return activity.days.drop("repeated", strict=False)
    counted = activity.repeats(rule, [rule.window_h]).rename(_REPEAT_COLUMNS)
    if rule.blank_id_rule == "resolved":
        counted = counted.with_columns(pl.col("repeat_eligible") + pl.col("repeat_blank"))
    return counted


def _within(bound: BoundClause, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the queues and days that the clause binds."""
    days = pl.col("local_date") >= bound.first_day
    if bound.last_day is not None:
        days &= pl.col("local_date") <= bound.last_day
    if bound.clause.queue == EVERY_QUEUE:
        queues = ~pl.col("queue").is_in(list(bound.not_queues))
    else:
        queues = pl.col("queue") == bound.clause.queue
    return rows.filter(days & queues)


def _of_deliveries(bound: BoundClause, activity: Activity) -> pl.DataFrame:
    """One cell per delivery that was due: on time or not."""
    rows = activity.due.select(
        queue=pl.lit(EVERY_QUEUE), local_date="period_end", interval_start_at=pl.lit(None, CELLS["interval_start_at"]),
        numerator=(pl.col("punctuality") == "on_time").cast(pl.Float64), denominator=pl.lit(1.0),
    )  # fmt: skip
    return _within(bound, rows).select(*CELLS)
