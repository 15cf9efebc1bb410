"""Service level and the other clause-bound figures, under the clause in force in each week."""

from __future__ import annotations

import polars as pl

from pipelines.measures.clauses import ServiceLevelClauses
from pipelines.measures.definitions import parts
from pipelines.measures.weekly.inputs import WeekInputs
from pipelines.measures.weekly.long import Keys, as_parts


def service_level_parts(inputs: WeekInputs, clauses: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    """Numerator and denominator of each week's service level, each queue counted under its own clause.

    Where several definitions apply (queues, or a change within the week), the contacts are added up, which weights the
    parts by contacts; the note says so, and ``definition_id`` lists them. ``coverage`` is the share of the offered
    contacts for which the clause could be computed.
    """
    rows = parts(ServiceLevelClauses(clauses).attach(inputs.counts))
    known = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
    offered = pl.col("offered").sum()
    mixed = (pl.col("definition_id").drop_nulls().n_unique() > 1) | pl.col("changed").any()
    other_aggregation = (pl.col("aggregation") != "call_weighted").any()
    frame = rows.group_by(keys, maintain_order=True).agg(
        numerator=pl.when(known.any()).then(pl.col("numerator").filter(known).sum()),
        denominator=pl.when(known.any()).then(pl.col("denominator").filter(known).sum()),
        coverage=pl.when(offered > 0).then(pl.col("offered").filter(known).sum() / offered),
        definition_id=pl.col("definition_id").drop_nulls().unique().sort().str.join(" + "),
        note=pl.when(~known.any())
        .then(pl.lit("no_clause"))
        .when(mixed)
        .then(pl.lit("mixed_definitions"))
        .when(other_aggregation)
        .then(pl.lit("aggregation_differs")),
    )
    return as_parts(frame, "service_level")
