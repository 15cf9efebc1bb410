"""What the terms say a figure is, day by day: the clause in force, and the values that it gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from pipelines.measures.definition_space import VALUES, Candidate, values
from pipelines.measures.definitions import AbandonRateDefinition, ServiceLevelDefinition, parts, service_level
from pipelines.measures.ledger.formulas import Formula, abandon_rate_formula, formulas

#: How a sender's word for the treatment of abandons reads as a variant.
TREATMENTS = {
    "exclude_all": "answered_only",
    "only_answered": "answered_only",
    "exclude_short": "short_excluded",
    "count_positive": "abandon_positive",
    "count_negative": "abandon_negative",
}


def in_force(cells: pl.DataFrame, clauses: pl.DataFrame, metric: str) -> pl.DataFrame:
    """``cells`` with ``clause``: the row of ``clauses`` in force for the metric on each queue and day; null for none.

    The clause of the queue itself goes before that of all queues ("*"); of several, the first of the terms.
    """
    own = clauses.with_row_index("clause").filter(pl.col("metric") == metric)
    days = cells.select("queue", "local_date").unique()
    found = [days.head(0).with_columns(clause=pl.lit(None, pl.UInt32), rank=pl.lit(None, pl.UInt32))]
    for clause, queue, first, last in own.select("clause", "queue_code", "valid_from", "valid_to").iter_rows():
        covered = days.filter(pl.col("local_date") >= first) if first else days
        covered = covered.filter(pl.col("local_date") <= last) if last else covered
        covered = covered if queue == "*" else covered.filter(pl.col("queue") == queue)
        rank = clause + (own.height + clauses.height if queue == "*" else 0)
        found.append(covered.with_columns(clause=pl.lit(clause, pl.UInt32), rank=pl.lit(rank, pl.UInt32)))
    best = pl.concat(found).sort("rank").unique(["queue", "local_date"], keep="first").drop("rank")
    return cells.join(best, on=["queue", "local_date"], how="left")


def service_level_terms(clauses: pl.DataFrame) -> list[ServiceLevelDefinition]:
    """The definitions of service level that the terms name, the latest first, without what only printing does."""
    own = clauses.filter(pl.col("metric") == "service_level").sort("valid_from", descending=True, nulls_last=True)
    found: dict[str, ServiceLevelDefinition] = {}
    for row in own.iter_rows(named=True):
        one = replace(ServiceLevelDefinition.from_clause(row), rounding=None)
        found.setdefault(one.id, one)
    return list(found.values())


def service_level_values(cells: pl.DataFrame, clauses: pl.DataFrame, intervals: pl.DataFrame) -> pl.DataFrame:
    """``key`` + value, numerator, denominator of the service level under the clause in force on each queue and day.

    From the counts within the clause's own threshold, so on the clause's own clock. A period that spans two clauses
    takes every day under its own where contacts are averaged over; else the clause of its first day counts.
    """
    placed = in_force(cells, clauses, "service_level")
    rows = clauses.with_row_index("clause").select(
        "clause", "variant", "short_abandon_s", "include", "aggregation", "target"
    )
    placed = placed.join(rows, on="clause", how="left").with_columns(
        pl.when(pl.col("clause").is_not_null()).then(pl.col("variant").fill_null("abandon_negative")).alias("variant")
    )
    first = pl.col("aggregation").sort_by("local_date").first().over("key").fill_null("call_weighted")
    placed = placed.with_columns(way=first)
    found = [_weighted(placed.filter(pl.col("way") == "call_weighted"))]
    others = placed.filter(pl.col("way") != "call_weighted")
    for (clause,), some in others.group_by(["clause"], maintain_order=True):
        if clause is not None:
            definition = replace(
                ServiceLevelDefinition.from_clause(clauses.row(int(str(clause)), named=True)), rounding=None
            )
            counts = some if definition.aggregation == "mean_of_days" else _intervals_of(some, intervals)
            found.append(
                service_level(counts, definition, by=["key"]).select("key", "value", "numerator", "denominator")
            )
    schema = {name: VALUES[name] for name in ("key", "value", "numerator", "denominator")}
    return pl.concat([one.cast(schema) for one in found]).unique("key", keep="first", maintain_order=True)  # type: ignore[arg-type]


def _weighted(placed: pl.DataFrame) -> pl.DataFrame:
    told = parts(placed).with_columns(
        known=pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null(),
        silent=pl.sum_horizontal(pl.col("offered").fill_null(0), pl.col("closed").fill_null(0)) == 0,
    )
    # A queue without contacts adds nothing; one whose counts are not known makes the whole unknown.
    sums = told.group_by("key", maintain_order=True).agg(
        complete=(pl.col("known") | pl.col("silent")).all(),
        numerator=pl.col("numerator").sum(), denominator=pl.col("denominator").sum(),
    )  # fmt: skip
    whole = pl.col("complete") & (pl.col("denominator") > 0)
    return sums.select(
        "key",
        pl.when(whole).then(pl.col("numerator") / pl.col("denominator")).alias("value"),
        "numerator", "denominator",
    )  # fmt: skip


def _intervals_of(cells: pl.DataFrame, intervals: pl.DataFrame) -> pl.DataFrame:
    return cells.select("key", "queue", "local_date").join(intervals, on=["queue", "local_date"])


def usual_formula(metric: str, clauses: pl.DataFrame) -> Formula | None:
    """What the metric is under the terms, or usually where they don't say; None for one that contacts don't tell."""
    own = clauses.filter(pl.col("metric") == metric).sort("valid_from", descending=True, nulls_last=True)
    if metric == "abandon_rate" and own.height:
        return abandon_rate_formula(AbandonRateDefinition.from_clause(own.row(0, named=True)))
    found = formulas(metric)
    return found[0] if found else None


def claimed_definition(text: str | None, usual: ServiceLevelDefinition | None) -> ServiceLevelDefinition | None:
    """The service level that a sender says it reports; None where it says nothing that can be computed.

    ``text`` as intake writes it: ``service_level:threshold_s=20:inclusive=true:abandon_treatment=...``.
    """
    if not text or not text.startswith("service_level:"):
        return None
    said: dict[str, Any] = dict(part.split("=", 1) for part in text.split(":")[1:])
    threshold = said.get("threshold_s", None if usual is None else usual.threshold_s)
    variant = TREATMENTS.get(said.get("abandon_treatment", ""), said.get("abandon_treatment"))
    if threshold is None or variant is None:
        return None
    short = said.get("short_abandon_s")
    try:
        return ServiceLevelDefinition.from_clause(
            {
                "variant": variant,
                "threshold_s": float(threshold),
                "inclusive": said.get("inclusive", "true") == "true",
                "short_abandon_s": None if short is None else float(short),
            }
        )
    except ValueError:
        return None


def formula_values(cells: pl.DataFrame, waits: pl.DataFrame, formula: Formula) -> pl.DataFrame:
    """``key`` + value, numerator, denominator of one formula."""
    return values(cells, waits, [Candidate(formula.id, 0, formula)]).drop("candidate")
