"""Service level and abandon rate, each queue under the clause that was in force in the week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from pipelines.measures.clauses import attach
from pipelines.measures.definitions import AbandonRateDefinition, ServiceLevelDefinition, parts
from pipelines.measures.definitions.thresholds import within_bin
from pipelines.measures.weekly.inputs import WeekInputs
from pipelines.measures.weekly.long import KEYS, as_parts

_ROW = ["vendor", "queue", "week"]


def counting_definition(clause: Mapping[str, Any]) -> ServiceLevelDefinition:
    """What a clause says about counting. A week's figure is over its contacts, and rounded only against its target."""
    return replace(
        ServiceLevelDefinition.from_clause(clause), aggregation="call_weighted", interval_target=None, rounding=None
    )


def service_level_parts(inputs: WeekInputs, clauses: pl.DataFrame) -> pl.DataFrame:
    """Numerator and denominator of each week's service level.

    Where several definitions apply (queues, or a change within the week), the contacts are added up, which weights the
    parts by contacts; the note says so, and ``definition_id`` lists them. ``coverage`` is the share of the offered
    contacts for which the clause could be computed.
    """
    rows = parts(attach(inputs.counts, clauses, "service_level", counting_definition))
    # Where a clause covers only some of a row's contacts, those in time are known but not out of how many.
    covered = pl.col("offered_without_clause").fill_null(0) == 0
    known = covered & pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
    offered = pl.col("offered").sum()
    other_aggregation = (pl.col("aggregation") != "call_weighted").any()
    frame = rows.group_by(KEYS, maintain_order=True).agg(
        numerator=pl.when(known.any()).then(pl.col("numerator").filter(known).sum()),
        denominator=pl.when(known.any()).then(pl.col("denominator").filter(known).sum()),
        coverage=pl.when(offered > 0).then(pl.col("offered").filter(known).sum() / offered),
        definition_id=_ids(),
        note=pl.when(~known.any())
        .then(pl.lit("no_clause"))
        .when(_is_mixed())
        .then(pl.lit("mixed_definitions"))
        .when(other_aggregation)
        .then(pl.lit("aggregation_differs")),
    )
    return as_parts(frame, "service_level")


def abandon_parts(inputs: WeekInputs, clauses: pl.DataFrame) -> pl.DataFrame:
    """Abandons over offers; a clause on the abandon rate that leaves short abandons out is followed.

    Its short abandons are counted from the histogram of waits, because its limit may differ from the service level's.
    Where waits are not known, all abandons count, and the note says that they do.
    """
    rows = attach(inputs.counts, clauses, "abandon_rate", AbandonRateDefinition.from_clause)
    rows = _with_short(rows, inputs.waits)
    short = pl.col("short").fill_null(0)
    numerator = pl.col("abandoned") - short
    denominator = pl.col("offered") - pl.when(pl.col("variant") == "short_excluded").then(short).otherwise(0)
    frame = rows.group_by(KEYS, maintain_order=True).agg(
        numerator=pl.when(numerator.is_not_null().any()).then(numerator.sum()),
        denominator=pl.when(denominator.is_not_null().any()).then(denominator.sum()),
        definition_id=pl.when(pl.col("definition_id").is_null().all())
        .then(pl.lit(AbandonRateDefinition().id))
        .otherwise(_ids()),
        note=pl.when((pl.col("wants_short") & pl.col("short").is_null() & (pl.col("abandoned") > 0)).any())
        .then(pl.lit("no_short_calls"))
        .when(_is_mixed())
        .then(pl.lit("mixed_definitions")),
    )
    return as_parts(frame, "abandon_rate")


def _with_short(rows: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with ``wants_short`` (its clause leaves short abandons out) and ``short``, their number where known."""
    wants = pl.col("variant").is_in(["short_excluded", "short_credited"]) & pl.col("short_abandon_s").is_not_null()
    rows = rows.with_columns(wants_short=wants.fill_null(False))
    limits = rows.filter("wants_short").select("short_abandon_s", "inclusive").unique()
    counted = [
        waits.group_by(_ROW)
        .agg(short=pl.col("abandoned").filter(within_bin(limit, inclusive is not False)).sum())
        .with_columns(short_abandon_s=pl.lit(limit), inclusive=pl.lit(inclusive, pl.Boolean), wants_short=pl.lit(True))
        for limit, inclusive in limits.rows()
    ]
    if not counted:
        return rows.with_columns(short=pl.lit(None, pl.Int64))
    on = [*_ROW, "short_abandon_s", "inclusive", "wants_short"]
    return rows.join(pl.concat(counted), on=on, how="left", nulls_equal=True, maintain_order="left")


def _ids() -> pl.Expr:
    return pl.col("definition_id").drop_nulls().unique().sort().str.join(" + ")


def _is_mixed() -> pl.Expr:
    return (pl.col("definition_id").drop_nulls().n_unique() > 1) | pl.col("changed").any()
