"""Reported against recomputed: the ledger, and the difference split by cause.

Difference = recomputed - reported. It is walked from the recomputed figure to the reported one, one change at a time;
each step is the amount of one cause, so that the amounts add up to the difference exactly:

    recomputed under the terms
      - boundary      days cut on another clock
      - contacts      the vendor's own counts in place of ours (missing or extra contacts)
      - definition    the definition that explains the series, in place of that of the terms
      - aggregation   its average over days, in place of that over contacts
      - rounding      to the printed decimals
      - unexplained   what is left
    = reported

Where the vendor's counts differ, the share of its contacts in time is taken to be that of ours: how quickly contacts
were answered that only one side knows can't be known. Figures are kept on a grid of powers of two (2**-40 for shares,
2**-30 else), far below any printed digit, on which sums are exact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from pipelines.measures.definition_search import Explanation
from pipelines.measures.ledger.bounds import Possible, bounded
from pipelines.measures.ledger.causes import CAUSES
from pipelines.measures.ledger.clocks import cut_days, with_their_counts
from pipelines.measures.ledger.evidence import Evidence, frames_of
from pipelines.measures.ledger.formulas import COUNTS
from pipelines.measures.ledger.metric import MetricLedger
from pipelines.measures.ledger.periods import WITHIN_DAY, expected_lines, with_days, with_keys
from pipelines.measures.ledger.verdicts import REASONS, VERDICTS, facts_of, judgeable, judged
from pipelines.measures.own_counts import with_printed_counts

__all__ = ["CAUSES", "LEDGER", "REASONS", "REPORTED", "VERDICTS", "Evidence", "Reconciliation", "reconcile"]

LEDGER: dict[str, pl.DataType] = {
    "row_id": pl.String(), "vendor": pl.String(), "queue": pl.String(), "metric": pl.String(),
    "granularity": pl.String(), "period_start": pl.Date(), "period_end": pl.Date(),
    "period_start_at": pl.Datetime("us", "UTC"), "period_end_at": pl.Datetime("us", "UTC"),
    "reported": pl.Float64(), "recomputed": pl.Float64(), "difference": pl.Float64(), "tolerance": pl.Float64(),
    "verdict": pl.String(), "reason": pl.String(), **dict.fromkeys(CAUSES, pl.Float64()),
    "explained_by": pl.String(), "residual": pl.Float64(), "definition_id": pl.String(), "numerator": pl.Float64(),
    "denominator": pl.Float64(), "unit": pl.String(), "decimals": pl.Int64(), "claimed": pl.String(),
    "label_as_printed": pl.String(), "cell_ref": pl.String(), "source_row": pl.Int64(), "file_name": pl.String(),
    "delivery_id": pl.String(), "delivery_no": pl.Int64(), "hint": pl.String(),
    "possible_low": pl.Float64(), "possible_high": pl.Float64(), "basis": pl.String(),
}  # fmt: skip

REPORTED: dict[str, pl.DataType] = {
    "queue": pl.String(), "metric": pl.String(), "granularity": pl.String(),
    "period_start_at": pl.Datetime("us", "UTC"), "period_end_at": pl.Datetime("us", "UTC"),
    "value": pl.Float64(), "unit": pl.String(), "decimals": pl.Int64(), "printed_scale": pl.Float64(),
    "claimed": pl.String(), "label_as_printed": pl.String(), "cell_ref": pl.String(), "delivery_id": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The ledger (:data:`LEDGER`), and per metric and granularity what explains its series; ``boundaries`` likewise.

    ``possible``: per granularity what counts alone leave possible of service levels whose waits are not known.
    """

    vendor: str
    ledger: pl.DataFrame
    explanations: Mapping[tuple[str, str], tuple[Explanation, ...]]
    boundaries: Mapping[str, tuple[Explanation, ...]]
    possible: Mapping[str, Possible] = field(default_factory=dict)


def reconcile(vendor: str, reported: pl.DataFrame, evidence: Evidence) -> Reconciliation:
    """Hold every reported figure against the one recomputed under the terms.

    ``reported``: columns :data:`REPORTED` (a figure that stands twice is taken once). Figures that should have been
    reported and were not are in the ledger too.
    """
    figures = with_days(reported, evidence.zone, evidence.day_start).unique(
        ["queue", "metric", "granularity", "period_start", "period_start_at"], keep="last", maintain_order=True
    )
    lines, keys = with_keys(expected_lines(figures, evidence.days))
    home = frames_of(keys, evidence.days, evidence.waits, evidence.intervals)
    boundaries, moved = cut_days(lines, keys, home, evidence)
    parts: list[pl.DataFrame] = []
    explanations: dict[tuple[str, str], tuple[Explanation, ...]] = {}
    adjusted = moved
    facts = facts_of(keys, evidence)
    counts: pl.DataFrame | None = None
    metrics = sorted(lines["metric"].unique().to_list(), key=lambda name: (name not in COUNTS, name))
    for metric in metrics:
        if metric not in COUNTS and adjusted is moved and parts:
            counts = pl.concat(parts, how="diagonal")
            adjusted = with_their_counts(moved, counts, lines)
        for (granularity,), some in lines.filter(pl.col("metric") == metric).group_by(
            ["granularity"], maintain_order=True
        ):
            some = judgeable(some, facts, counts)
            one = MetricLedger.of(metric, str(granularity), some, keys, evidence)
            told, why = one.ledger(home, moved, adjusted)
            parts.append(told)
            if why:
                explanations[metric, str(granularity)] = tuple(why)
    ledger = pl.concat(parts, how="diagonal") if parts else pl.DataFrame(schema=LEDGER)
    ledger = judged(ledger, facts, moved=evidence.moved)
    ledger, possible = bounded(ledger, home.cells)
    ledger = with_printed_counts(_complete(ledger), evidence.clauses, evidence.printed)
    return Reconciliation(vendor, _finished(vendor, ledger), explanations, boundaries, possible)


def _complete(ledger: pl.DataFrame) -> pl.DataFrame:
    """Columns that no metric of this ledger has given."""
    absent = [name for name in LEDGER if name not in ledger.columns]
    return ledger.with_columns(pl.lit(None, LEDGER[name]).alias(name) for name in absent)


def _finished(vendor: str, ledger: pl.DataFrame) -> pl.DataFrame:
    ledger = ledger.with_columns(vendor=pl.lit(vendor))
    # Without both figures there is no difference to split.
    both = pl.col("reported").is_not_null() & pl.col("recomputed").is_not_null()
    ledger = ledger.with_columns(
        pl.when(both).then(pl.col(name)).alias(name) for name in (*CAUSES, "residual", "difference")
    )
    ledger = ledger.with_columns(
        pl.when(both | pl.col("explained_by").is_not_null()).then("explained_by").alias("explained_by")
    )
    ledger = ledger.with_columns(row_id=_row_ids(ledger))
    return ledger.select(*LEDGER).cast(LEDGER).sort("period_start", "period_start_at", "queue", "metric", "granularity")  # type: ignore[arg-type]


def _row_ids(ledger: pl.DataFrame) -> pl.Series:
    """Names each line by what it is about, so that what people say of it stays with it."""
    instant = pl.col("period_start_at").dt.strftime("|%Y-%m-%d %H:%M:%S%:z")
    within = pl.when(pl.col("granularity").is_in(WITHIN_DAY)).then(instant).otherwise(pl.lit(""))
    about = pl.concat_str(
        "vendor", "queue", "metric", "granularity", pl.col("period_start").cast(pl.String), separator="|"
    )
    told = ledger.select(pl.concat_str(about, within)).to_series()
    ids = [None if one is None else hashlib.sha256(one.encode()).hexdigest()[:12] for one in told]
    return pl.Series(ids, dtype=pl.String)
