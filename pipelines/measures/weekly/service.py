"""Service level and abandon rate, each queue under the clause that was in force in the week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from pipelines.measures.catalogue import ANSWERED_SHARE
from pipelines.measures.clauses import attach, averages_otherwise, takes_other_contacts
from pipelines.measures.definitions import AbandonRateDefinition, ServiceLevelDefinition, parts
from pipelines.measures.definitions.answering import ABANDON_VARIANTS, SHORT_WORDS, abandon_rate_parts
from pipelines.measures.definitions.thresholds import within_bin
from pipelines.measures.weekly.counted import MOST_OPEN
from pipelines.measures.weekly.inputs import WeekInputs
from pipelines.measures.weekly.long import KEYS, as_parts

_ROW = ["vendor", "queue", "week"]


def counting_definition(clause: Mapping[str, Any]) -> ServiceLevelDefinition:
    """How a week's service level is counted under a clause: what the weekly counts can follow of it.

    It is over contacts, by arrival, with transfers in; without demand there is none, whatever the clause says of it;
    rounded only against its target. Where the clause says otherwise, the figure's note says that it is not followed.
    """
    return replace(
        ServiceLevelDefinition.from_clause(clause), aggregation="call_weighted", interval_target=None, rounding=None,
        attribution="arrival", transfers_in="count", zero_rule="null",
    )  # fmt: skip


def service_level_parts(inputs: WeekInputs, clauses: pl.DataFrame) -> pl.DataFrame:
    """Numerator and denominator of each week's service level.

    Where several definitions apply (queues, or a change within the week), the contacts are added up, which weights the
    parts by contacts; the note says so, and ``definition_id`` lists them. ``coverage`` is the share of the offered
    contacts for which the clause could be computed.
    """
    rows = parts(attach(inputs.counts, clauses, "service_level", counting_definition))
    # Where a clause covers only some of a row's contacts, those in time are known but not out of how many.
    known = (
        (pl.col("offered_without_clause").fill_null(0) == 0)
        & pl.col("numerator").is_not_null()
        & pl.col("denominator").is_not_null()
    )
    rows = rows.with_columns(known=known, metric=pl.lit("service_level"))
    return as_parts(_added_up(rows, pl.lit("no_clause"), pl.lit(None, pl.String)), "service_level")


def abandon_parts(inputs: WeekInputs, clauses: pl.DataFrame) -> pl.DataFrame:
    """Numerator and denominator of each week's abandon rate, each queue in its clause's variant; without one, plain.

    Short abandons are counted from the histogram of waits, because their limit may differ from the service level's.
    Contacts of which a variant needs what is not known take no part: ``coverage`` and the note say so.
    """
    rows = attach(inputs.counts, clauses, "abandon_rate", AbandonRateDefinition.from_clause)
    rows = rows.with_columns(
        pl.col("variant").replace(SHORT_WORDS).fill_null("all"),
        pl.col("definition_id").fill_null(AbandonRateDefinition().id),
    )
    rows = _with_short(rows, inputs.waits)
    sides = {name: abandon_rate_parts(AbandonRateDefinition(name)) for name in ABANDON_VARIANTS}
    top, bottom = (
        pl.coalesce(pl.when(pl.col("variant") == name).then(pair[side]) for name, pair in sides.items())
        for side in (0, 1)
    )
    rows = rows.with_columns(numerator=top, denominator=bottom, metric=pl.lit("abandon_rate"))
    rows = rows.with_columns(known=pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null())
    lacking = pl.col("variant").filter(~pl.col("known")).replace_strict(_LACKING, default=None, return_dtype=pl.String)
    answered = (pl.col("variant") == "answered_over_offered").any()
    frame = _added_up(rows, lacking.drop_nulls().first(), pl.when(answered).then(pl.lit(ANSWERED_SHARE)))
    return as_parts(frame, "abandon_rate")


#: Why a variant of the abandon rate can't be computed.
_LACKING = {
    "short_both_sides": "no_short_calls",
    "short_numerator": "no_short_calls",
    "with_ivr": "no_ivr_abandons",
    "with_voicemail": "no_voicemail",
}


def _added_up(rows: pl.DataFrame, why_unknown: pl.Expr, remark: pl.Expr) -> pl.DataFrame:
    """Parts of the rows that are ``known``, under the definitions of those rows alone (of all, where none is known).

    The note: why nothing (or, of abandon rates, a part) is known; then a ``remark``; then what of the clauses the
    figure does not follow; then that several definitions applied.
    """
    known, offered = pl.col("known"), pl.col("offered").sum()
    ids = pl.col("definition_id").drop_nulls()
    of_known = pl.col("definition_id").filter(known).drop_nulls()
    bottom = pl.col("denominator").filter(known).sum()
    zero_rule = pl.col("zero_rule").is_in(["one", "zero"]).any() & known.any() & (bottom == 0)
    mixed = (of_known.n_unique() > 1) | pl.col("changed").any()
    return rows.group_by(KEYS, maintain_order=True).agg(
        numerator=pl.when(known.any()).then(pl.col("numerator").filter(known).sum()),
        denominator=pl.when(known.any()).then(bottom),
        coverage=pl.when(offered > 0).then(pl.col("offered").filter(known).sum() / offered),
        definition_id=pl.when(known.any()).then(_joined(of_known)).otherwise(_joined(ids)),
        note=pl.when(~known.any()).then(why_unknown)
        .when((pl.col("metric") == "abandon_rate").any() & ~known.all() & why_unknown.is_not_null()).then(why_unknown)
        .when(zero_rule).then(pl.lit("zero_rule_differs"))
        .when(remark.is_not_null()).then(remark)
        .when(takes_other_contacts().any()).then(pl.lit("clause_counts_otherwise"))
        .when(averages_otherwise().any()).then(pl.lit("aggregation_differs"))
        .when(mixed).then(pl.lit("mixed_definitions")),
    )  # fmt: skip


def _with_short(rows: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with ``short_abandoned``: of a clause with a limit the abandons within it, null where not known.

    Not known are those of a queue where the waits of more than a few of its abandons are missing.
    """
    wants = pl.col("variant").is_in(["short_both_sides", "short_numerator"]) & pl.col("short_abandon_s").is_not_null()
    rows = rows.with_columns(wants_short=wants)
    limits = rows.filter("wants_short").select("short_abandon_s", "inclusive").unique()
    counted = [
        waits.group_by(_ROW)
        .agg(short=pl.col("abandoned").filter(within_bin(limit, inclusive is not False)).sum(),
             waited=pl.col("abandoned").sum())
        .with_columns(short_abandon_s=pl.lit(limit), inclusive=pl.lit(inclusive, pl.Boolean), wants_short=pl.lit(True))
        for limit, inclusive in limits.rows()
    ]  # fmt: skip
    if not counted:
        return rows.with_columns(short_abandoned=pl.lit(None, pl.Int64))
    on = [*_ROW, "short_abandon_s", "inclusive", "wants_short"]
    rows = rows.join(pl.concat(counted), on=on, how="left", nulls_equal=True, maintain_order="left")
    enough = pl.col("waited") >= (1 - MOST_OPEN) * pl.col("abandoned")
    none = pl.col("wants_short") & (pl.col("abandoned") == 0)
    return rows.with_columns(short_abandoned=pl.when(none).then(0).when(enough).then("short"))


def _joined(ids: pl.Expr) -> pl.Expr:
    return ids.unique().sort().str.join(" + ")
