"""Where a report gives the counts behind its rates and no contacts came: the rates held against those counts.

This says whether a report agrees with itself, not whether its counts are true. A rate that does not follow from its
counts may follow from those of the period before (a denominator that was not brought up to date), or from another count
that stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.measures.definitions import ServiceLevelDefinition, parts, with_definition
from pipelines.measures.definitions.service_level import COUNT_COLUMNS
from pipelines.measures.ledger.causes import on_grid
from pipelines.measures.ledger.clauses import claimed_definition, service_level_terms

#: What explains a rate whose own counts don't.
STALE_DENOMINATOR, STALE_NUMERATOR = "denominator_of_the_period_before", "numerator_of_the_period_before"


def held_against_counts(
    figures: pl.DataFrame,
    by: Sequence[str],
    *,
    scale: float = 1.0,
    every: str = "1mo",
    other_denominators: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """``figures`` with recomputed, difference, tolerance, verdict, reason, explained_by and the value that it gives.

    ``figures``: the columns ``by`` (one series each), ``period`` (first day), ``printed`` (the rate as printed, in
    percent where ``scale`` is 100), ``decimals``, ``numerator``, ``denominator`` and the columns that
    ``other_denominators`` (name of the explanation -> column) names. Tolerance is half a unit of the last printed
    decimal. Without counts, or where the denominator is 0, a rate is not verifiable.
    """
    numbers = [pl.col(name).cast(pl.Float64) for name in ("printed", "numerator", "denominator")]
    figures = figures.with_columns(numbers)
    before = figures.select(
        *by, pl.col("period").dt.offset_by(every), old_numerator="numerator", old_denominator="denominator"
    )
    rows = figures.join(before, on=[*by, "period"], how="left", nulls_equal=True)
    top, bottom = pl.col("numerator"), pl.col("denominator")
    rows = rows.with_columns(
        recomputed=_ratio(top, bottom, scale), tolerance=0.5 * 10.0 ** (-pl.col("decimals").cast(pl.Float64))
    ).with_columns(difference=pl.col("recomputed") - pl.col("printed"))
    candidates = {
        STALE_DENOMINATOR: _ratio(top, pl.col("old_denominator"), scale),
        STALE_NUMERATOR: _ratio(pl.col("old_numerator"), bottom, scale),
        **{name: _ratio(top, pl.col(column), scale) for name, column in (other_denominators or {}).items()},
    }
    agrees = _near(pl.col("recomputed"))
    explained = pl.coalesce(pl.when(_near(value)).then(pl.lit(name)) for name, value in candidates.items())
    explaining = pl.coalesce(pl.when(_near(value)).then(value) for value in candidates.values())
    verdict = (
        pl.when(pl.col("recomputed").is_null() | pl.col("printed").is_null())
        .then(pl.lit("not_verifiable"))
        .when(agrees)
        .then(pl.lit("agrees"))
        .otherwise(pl.lit("differs"))
    )
    told = rows.with_columns(verdict=verdict).with_columns(
        reason=pl.when(pl.col("verdict") == "not_verifiable").then(
            pl.when(pl.col("printed").is_null()).then(pl.lit("not_reported")).when(bottom == 0)
            .then(pl.lit("no_demand")).otherwise(pl.lit("no_counts"))
        ),
        explained_by=pl.when(pl.col("verdict") == "differs").then(explained),
        other_value=pl.when(pl.col("verdict") == "differs").then(explaining),
    )  # fmt: skip
    return told.drop("old_numerator", "old_denominator")


def _ratio(top: pl.Expr, bottom: pl.Expr, scale: float) -> pl.Expr:
    return pl.when(bottom > 0).then(scale * top / bottom)


def _near(value: pl.Expr) -> pl.Expr:
    # What binary fractions add, far below the last of any printed decimals.
    slack = 1e-11 * pl.max_horizontal(pl.lit(1.0), pl.col("printed").abs())
    return (value - pl.col("printed")).abs() <= pl.col("tolerance") + slack


@dataclass(frozen=True, slots=True)
class PrintedRatio:
    """A reported figure that should follow from two counts that the same report prints: ``per`` x top / bottom."""

    top: str
    bottom: str
    per: float = 1.0


#: What reports usually mean by these names, as far as printed counts tell it.
USUAL_RATIOS = {
    "answer_rate": PrintedRatio("answered", "offered"),
    "abandon_rate": PrintedRatio("abandoned", "offered"),
    "transfer_rate": PrintedRatio("transferred", "answered"),
}
#: Why the contacts themselves say nothing of a line.
NO_CONTACTS = ("no_contacts", "no_source", "not_delivered", "waits_unknown", "no_definition")
#: Where the recomputed figure of a line comes from.
FROM_CONTACTS, FROM_PRINTED_COUNTS = "contacts", "printed_counts"
_STEPS = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
_VERDICTS = ("recomputed", "difference", "verdict", "reason", "explained_by")


def with_printed_counts(
    ledger: pl.DataFrame, clauses: pl.DataFrame, ratios: Mapping[str, PrintedRatio]
) -> pl.DataFrame:
    """``ledger`` with ``basis``; lines of which contacts say nothing are held against the counts printed beside them.

    That a figure follows from its own counts shows that the report agrees with itself, and no more: ``basis`` says so,
    and the counts stay what they are. ``ratios``: figures of this company's reports; a service level follows the
    clause, else the definition that the sender claims. ``ledger`` has its key, verdict, decimals and printed_scale.
    """
    known = pl.when(pl.col("recomputed").is_not_null()).then(pl.lit(FROM_CONTACTS))
    ledger = ledger.with_columns(basis=known)
    silent = ledger.filter(
        (pl.col("verdict") == "not_verifiable") & pl.col("reason").is_in(NO_CONTACTS) & pl.col("decimals").is_not_null()
    )
    known_ratios = {**USUAL_RATIOS, **ratios}
    wanted = [name for name in silent["metric"].unique().sort() if name in (*known_ratios, "service_level")]
    if not wanted:
        return ledger
    counts = _printed_counts(ledger)
    found = []
    for name in wanted:
        own = silent.filter(pl.col("metric") == name)
        ratio = known_ratios.get(name)
        rows = _sides(counts, ratio) if ratio else _level_sides(own, counts, clauses)
        found.append(_held(own, rows, 1.0 if ratio is None else ratio.per))
    told = pl.concat(found).filter(pl.col("verdict") != "not_verifiable").with_columns(held=pl.lit(True))
    joined = ledger.join(told, on=["key", "metric"], how="left", suffix="_held", maintain_order="left")
    taken = [pl.when("held").then(f"{name}_held").otherwise(name).alias(name) for name in _TOLD]
    return joined.with_columns(taken).drop("held", *(f"{name}_held" for name in _TOLD))


#: What a line takes over from its printed counts.
_TOLD = (
    *_VERDICTS, "numerator", "denominator", "definition_id", "definition", "rounding", "unexplained", "residual",
    "boundary", "contacts", "aggregation", "basis",
)  # fmt: skip


def _printed_counts(ledger: pl.DataFrame) -> pl.DataFrame:
    """key, queue, granularity, period + a column per printed count."""
    place = ["key", "queue", "granularity", "period_start"]
    counts = ledger.filter((pl.col("unit") == "count") & pl.col("reported").is_not_null())
    return counts.pivot(on="metric", index=place, values="reported", aggregate_function="first")


def _sides(counts: pl.DataFrame, ratio: PrintedRatio) -> pl.DataFrame:
    """key, queue, granularity, period_start, definition_id, top, bottom; those of the period before beside them."""
    if not {ratio.top, ratio.bottom} <= set(counts.columns):
        return counts.clear().select(
            "key", "queue", "granularity", "period_start", top=pl.lit(None, pl.Float64),
            bottom=pl.lit(None, pl.Float64), definition_id=pl.lit(None, pl.String),
        )  # fmt: skip
    per = "" if ratio.per == 1 else f"/per{ratio.per:g}"
    return counts.select(
        "key", "queue", "granularity", "period_start", top=ratio.top, bottom=ratio.bottom,
        definition_id=pl.lit(f"printed.{ratio.top}/{ratio.bottom}{per}"),
    )  # fmt: skip


def _level_sides(own: pl.DataFrame, counts: pl.DataFrame, clauses: pl.DataFrame) -> pl.DataFrame:
    """The same of a service level, under the terms or else under what the sender says."""
    terms = next(iter(service_level_terms(clauses)), None)
    said = own["claimed"].drop_nulls().unique().sort().to_list()
    claimed = next((one for one in (claimed_definition(text, None) for text in said) if one is not None), None)
    definition: ServiceLevelDefinition | None = terms or claimed
    lacking = [name for name in COUNT_COLUMNS if name not in counts.columns]
    wide = counts.with_columns(pl.lit(None, pl.Float64).alias(name) for name in lacking)
    if definition is None or "answered_in_threshold" in lacking:
        return _sides(counts, PrintedRatio("", ""))
    if "abandoned" in lacking and "offered" in counts.columns:
        wide = wide.with_columns(abandoned=pl.col("offered") - pl.col("answered"))
    told = parts(with_definition(wide, definition))
    return told.select(
        "key", "queue", "granularity", "period_start", top=pl.col("numerator").cast(pl.Float64),
        bottom=pl.col("denominator").cast(pl.Float64), definition_id=pl.lit(definition.id),
    )  # fmt: skip


def _nothing_held() -> list[pl.Expr]:
    names = ("recomputed", "difference", "other_value")
    texts = ("verdict", "reason", "explained_by")
    return [pl.lit(None, pl.Float64).alias(one) for one in names] + [
        pl.lit(None, pl.String).alias(one) for one in texts
    ]


def _held(own: pl.DataFrame, sides: pl.DataFrame, per: float) -> pl.DataFrame:
    """The lines ``own`` of one metric judged on their own counts, their difference split by cause."""
    scale = pl.col("printed_scale").fill_null(1.0)
    rows = sides.join(
        own.select("key", "metric", "reported", "decimals", "printed_scale", "unit"), on="key", how="left"
    )
    found = []
    for (granularity,), some in rows.group_by(["granularity"], maintain_order=True):
        printed = some.with_columns(
            period="period_start", printed=pl.col("reported") * scale, numerator=pl.col("top") * per * scale,
            denominator="bottom", decimals=pl.col("decimals").fill_null(0),
        )  # fmt: skip
        judged = held_against_counts(printed, ["queue"], every=_STEPS.get(str(granularity), "1d"))
        found.append(judged.filter(pl.col("metric").is_not_null()))
    told = pl.concat(found) if found else rows.with_columns(_nothing_held())
    unit = pl.col("unit")
    told = told.with_columns(
        recomputed=on_grid(pl.col("recomputed") / scale, unit), reported=on_grid(pl.col("reported"), unit)
    )
    told = told.with_columns(difference=pl.col("recomputed") - pl.col("reported"))
    stale = on_grid(pl.col("other_value") / scale, unit)
    explained = pl.col("explained_by").is_not_null()
    agrees = pl.col("verdict") == "agrees"
    nothing = pl.lit(0.0)
    told = told.with_columns(
        definition=pl.when(explained).then(pl.col("recomputed") - stale).otherwise(nothing),
        rounding=pl.when(agrees).then("difference").when(explained).then(stale - pl.col("reported")).otherwise(nothing),
        unexplained=pl.when(agrees | explained).then(nothing).otherwise("difference"),
        numerator=pl.col("top"), denominator=pl.col("bottom"), basis=pl.lit(FROM_PRINTED_COUNTS),
        explained_by=pl.when(explained).then(pl.lit("printed/") + pl.col("explained_by")),
        **dict.fromkeys(("boundary", "contacts", "aggregation"), nothing),
    )  # fmt: skip
    return told.with_columns(residual="unexplained").select("key", "metric", *_TOLD)
