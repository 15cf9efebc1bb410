"""What the terms say a figure is, day by day: the clause in force, and the values that it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from pipelines.measures.definition_space import VALUES, Candidate, values
from pipelines.measures.definitions import (
    AbandonRateDefinition,
    RepeatDefinition,
    ServiceLevelDefinition,
    parts,
    service_level,
)
from pipelines.measures.ledger.formulas import Formula, abandon_rate_formula, formulas
from pipelines.measures.ledger.repeats import is_of_repeats, repeat_formula

#: Cells and intervals counted anew under a definition that the marts don't hold.
Recount = Callable[[ServiceLevelDefinition], tuple[pl.DataFrame, pl.DataFrame]]

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


def service_level_values(
    cells: pl.DataFrame, clauses: pl.DataFrame, intervals: pl.DataFrame, recount: Recount | None = None
) -> pl.DataFrame:
    """``key`` + value, numerator, denominator of the service level under the clause in force on each queue and day.

    From the counts within the clause's own threshold, so on the clause's own clock; contacts that the marts count
    otherwise (booked at the answer, transfers in left out) are counted anew by ``recount``. A period that spans two
    clauses takes every day under its own where contacts are averaged over; else the clause of its first day counts.
    """
    placed = in_force(cells, clauses, "service_level")
    anew: dict[object, pl.DataFrame] = {}
    found = []
    for (clause,), some in placed.group_by(["clause"], maintain_order=True):
        definition = None if clause is None else _definition(clauses, clause)
        if recount is not None and definition is not None and not definition.in_marts:
            own, anew[clause] = recount(definition)
            own = in_force(own.join(some, on="key", how="semi"), clauses, "service_level")
            some = own.filter(pl.col("clause") == clause)
        found.append(some)
    rows = clauses.with_row_index("clause").select(
        "clause", "variant", "short_abandon_s", "include", "aggregation", "zero_rule"
    )
    placed = (
        pl.concat(found or [placed], how="diagonal_relaxed")
        .join(rows, on="clause", how="left")
        .with_columns(
            pl.when(pl.col("clause").is_not_null())
            .then(pl.col("variant").fill_null("abandon_negative"))
            .alias("variant")
        )
    )
    first = pl.col("aggregation").sort_by("local_date").first().over("key").fill_null("call_weighted")
    placed = placed.with_columns(way=first)
    told = [_weighted(placed.filter(pl.col("way") == "call_weighted"))]
    others = placed.filter(pl.col("way") != "call_weighted")
    for (clause,), some in others.group_by(["clause"], maintain_order=True):
        if clause is not None:
            definition = _definition(clauses, clause)
            source = anew.get(clause, intervals)
            counts = some if definition.aggregation == "mean_of_days" else _intervals_of(some, source)
            told.append(
                service_level(counts, definition, by=["key"]).select("key", "value", "numerator", "denominator")
            )
    schema = {name: VALUES[name] for name in ("key", "value", "numerator", "denominator")}
    return pl.concat([one.cast(schema) for one in told]).unique("key", keep="first", maintain_order=True)  # type: ignore[arg-type]


def _definition(clauses: pl.DataFrame, clause: object) -> ServiceLevelDefinition:
    row = clauses.row(int(str(clause)), named=True)
    return replace(ServiceLevelDefinition.from_clause(row), rounding=None)


def _weighted(placed: pl.DataFrame) -> pl.DataFrame:
    told = parts(placed).with_columns(
        known=pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null(),
        silent=pl.sum_horizontal(pl.col("offered").fill_null(0), pl.col("closed").fill_null(0)) == 0,
    )
    # A queue without contacts adds nothing; one whose counts are not known makes the whole unknown.
    sums = told.group_by("key", maintain_order=True).agg(
        complete=(pl.col("known") | pl.col("silent")).all(),
        numerator=pl.col("numerator").sum(), denominator=pl.col("denominator").sum(),
        empty=pl.col("zero_rule").first().replace_strict({"one": 1.0, "zero": 0.0}, default=None),
    )  # fmt: skip
    share = pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator")).otherwise("empty")
    return sums.select(
        "key", pl.when(pl.col("complete")).then(share).alias("value"), "numerator", "denominator",
    )  # fmt: skip


def _intervals_of(cells: pl.DataFrame, intervals: pl.DataFrame) -> pl.DataFrame:
    return cells.select("key", "queue", "local_date").join(intervals, on=["queue", "local_date"])


def clause_formula(metric: str, clause: Mapping[str, Any]) -> Formula | None:
    """What a clause on a metric other than the service level says it is; None for one that contacts don't tell."""
    if metric == "abandon_rate":
        return abandon_rate_formula(AbandonRateDefinition.from_clause(clause))
    if is_of_repeats(metric):
        return repeat_formula(metric, RepeatDefinition.from_clause(clause))
    found = formulas(metric)
    wanted = {
        "asa_s": f"asa_s.over_{clause.get('over') or 'answered'}",
        "aht_s": _handle_time_id(clause.get("parts")),
        "csat": f"csat.top{clause.get('boxes') or 2}{'/without_neutral' if clause.get('neutral') is False else ''}",
    }.get(metric)
    return next((one for one in found if one.id == wanted), found[0] if found else None)


def _handle_time_id(said: Sequence[str] | None) -> str:
    order = ("talk_s", "hold_s", "acw_s", "ring_s")
    return "aht_s." + "+".join(name.removesuffix("_s") for name in order if name in (said or order[:3]))


def usual_formula(metric: str, clauses: pl.DataFrame) -> Formula | None:
    """What the metric is under the latest terms, or usually where they don't say; None where contacts don't tell."""
    own = clauses.filter(pl.col("metric") == metric).sort("valid_from", descending=True, nulls_last=True)
    return clause_formula(metric, own.row(0, named=True) if own.height else {})


def terms_formulas(metric: str, clauses: pl.DataFrame) -> list[Formula]:
    """All formulas that the terms name for a metric, the latest first, each once."""
    own = clauses.filter(pl.col("metric") == metric).sort("valid_from", descending=True, nulls_last=True)
    found = [clause_formula(metric, row) for row in own.iter_rows(named=True)]
    return list({one.id: one for one in found if one is not None}.values())


def terms_values(
    cells: pl.DataFrame, waits: pl.DataFrame, metric: str, clauses: pl.DataFrame, usual: Formula | None
) -> pl.DataFrame:
    """``key`` + value, numerator, denominator under the clause in force on each key's first day; the ``usual`` formula
    where none is.
    """
    keys = _clause_of_key(cells, clauses, metric)
    found = []
    alone = keys["clause"].n_unique() == 1
    for (clause,), some in keys.group_by(["clause"], maintain_order=True):
        formula = usual if clause is None else clause_formula(metric, clauses.row(int(str(clause)), named=True))
        if formula is not None:
            own = cells if alone else cells.join(some, on="key", how="semi")
            found.append(formula_values(own, waits if alone else waits.join(some, on="key", how="semi"), formula))
    schema = {name: VALUES[name] for name in ("key", "value", "numerator", "denominator")}
    return pl.concat(found) if found else pl.DataFrame(schema=schema)


def _clause_of_key(cells: pl.DataFrame, clauses: pl.DataFrame, metric: str) -> pl.DataFrame:
    placed = in_force(cells.select("key", "queue", "local_date"), clauses, metric)
    return placed.group_by("key", maintain_order=True).agg(
        clause=pl.col("clause").sort_by("local_date", "queue").first()
    )


def definition_ids(cells: pl.DataFrame, clauses: pl.DataFrame, metric: str) -> pl.DataFrame:
    """``key`` + ``in_force``: the id of the definition in force on each key's first day; null where none is."""
    keys = _clause_of_key(cells, clauses, metric)
    ids: dict[int, str | None] = {}
    for clause in keys["clause"].drop_nulls().unique().to_list():
        row = clauses.row(clause, named=True)
        formula = None if metric == "service_level" else clause_formula(metric, row)
        ids[clause] = _definition(clauses, clause).id if metric == "service_level" else formula.id if formula else None
    told = pl.col("clause").replace_strict(ids, default=None, return_dtype=pl.String)
    return keys.select("key", in_force=told)


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
