"""Reported against recomputed: the ledger of one vendor or all, what explains it, and what people have said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from pipelines.measures.definition_search import Explanation, explanation_documents
from pipelines.measures.ledger.words import definition_words
from pipelines.measures.reconcile import CAUSES, LEDGER, Reconciliation
from pipelines.trust.reperformance import reperform, reporting_vendors
from pipelines.warehouse import Journal, Reader
from pipelines.workspace import Workspace

#: What the journal calls a line of the ledger, and all lines that one definition explains.
ABOUT, ABOUT_EXPLANATION = "reconciliation", "explanation"


#: What a clause's settled period is worth under the clause less that under the vendor's figure of the same period.
WORTH: dict[str, pl.DataType] = {
    "vendor": pl.String(), "clause": pl.String(), "metric": pl.String(), "queue": pl.String(),
    "granularity": pl.String(), "period_start": pl.Date(), "period_end": pl.Date(), "reported": pl.Float64(),
    "recomputed": pl.Float64(), "money": pl.Decimal(18, 2), "currency": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The ledger of the vendors asked for (``measures.reconcile.LEDGER`` + status), and what explains each series.

    ``worth``: :data:`WORTH`, filled by ``ledger_money.valued``.
    """

    ledger: pl.DataFrame
    reconciliations: tuple[Reconciliation, ...]
    worth: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WORTH))

    def of_period(self, first: date, last: date) -> Reconciled:
        """The lines that lie within the period or touch it; the explanations stay those of the whole series."""
        touching = (pl.col("period_start") <= last) & (pl.col("period_end") >= first)
        return Reconciled(self.ledger.filter(touching), self.reconciliations, self.worth.filter(touching))

    def of_queues(self, queues: Collection[str]) -> Reconciled:
        """The lines whose scope names any of the queues; a line of all queues stays."""
        named = pl.col("queue").str.split(";").list.eval(pl.element().str.strip_chars().is_in(list(queues))).list.any()
        return Reconciled(self.ledger.filter(named | (pl.col("queue") == "*")), self.reconciliations, self.worth)


def reconciled(workspace: Workspace, reader: Reader, vendor: str | None = None) -> Reconciled:
    """Every reported figure of ``vendor`` (default: of all that report) against its contacts."""
    found = [
        reperform(workspace, one, reader.frame) for one in reporting_vendors(reader.frame) if vendor in (None, one)
    ]
    empty = pl.DataFrame(schema=LEDGER)
    ledger = pl.concat([empty, *(one.ledger for one in found)])
    return Reconciled(with_status(ledger, workspace), tuple(found))


def reconciled_vendors(reader: Reader) -> list[str]:
    """Vendors of which there is any report."""
    return reporting_vendors(reader.frame)


def with_status(ledger: pl.DataFrame, workspace: Workspace) -> pl.DataFrame:
    """The ledger with ``explanation_id`` and ``status``: what people have said of a line; where nobody has, what they
    have said of all lines that the same definition explains; else open.
    """
    journal = Journal.of(workspace)
    own, shared = journal.statuses(ABOUT), journal.statuses(ABOUT_EXPLANATION)
    told = ledger.select("vendor", "metric", "granularity", "explained_by").iter_rows()
    ids = [None if by is None else explanation_id(vendor, metric, grain, by) for vendor, metric, grain, by in told]

    def status(column: str, said: dict[str, str]) -> pl.Expr:
        return pl.col(column).replace_strict(said, default=None, return_dtype=pl.String)

    ledger = ledger.with_columns(explanation_id=pl.Series(ids, dtype=pl.String))
    return ledger.with_columns(
        status=pl.coalesce(status("row_id", own), status("explanation_id", shared), pl.lit("open"))
    )


def explanation_id(vendor: str, metric: str, granularity: str, definition: str) -> str:
    """Names what people say of all figures that one definition explains; it stays when more days come."""
    return hashlib.sha256("|".join((vendor, metric, granularity, definition)).encode()).hexdigest()[:12]


def reconcile_document(found: Reconciled) -> dict[str, Any]:
    """The document of ``reconcile --json`` (DESIGN): rows, and what explains each series.

    ``money`` and ``currency`` are those of ``ledger_money.valued``.
    """
    names = (
        "row_id", "vendor", "queue", "metric", "granularity", "period_start", "period_end", "reported", "recomputed",
        "difference", "tolerance", "verdict", "reason", "explained_by", "residual", "definition_id", "claimed",
        "label_as_printed", "cell_ref", "file_name", "source_row", "hint", "status", "possible_low",
        "possible_high", "basis",
    )  # fmt: skip
    rows = [
        {
            **{name: row[name] for name in names},
            "causes": [{"cause": cause, "amount": row[cause]} for cause in CAUSES if row[cause]],
            "money": row.get("money"),
            "currency": row.get("currency"),
        }
        for row in found.ledger.iter_rows(named=True)
    ]
    possible = [
        {"vendor": one.vendor, "granularity": granularity, "lines": bounds.lines, "possible": list(bounds.possible),
         "ruled_out": dict(bounds.ruled_out)}
        for one in found.reconciliations for granularity, bounds in one.possible.items()
    ]  # fmt: skip
    return {
        "rows": rows,
        "summary": summary_documents(found.ledger),
        "explanations": _explanations(found),
        "possible": possible,
        "settlements": found.worth.to_dicts(),
    }


def summary_documents(ledger: pl.DataFrame) -> list[dict[str, Any]]:
    """How many lines agree, differ and can't be verified, per vendor and metric."""
    counts = ledger.group_by("vendor", "metric").agg(
        pl.len().alias("lines"),
        *((pl.col("verdict") == verdict).sum().alias(verdict) for verdict in ("agrees", "differs", "not_verifiable")),
    )
    return counts.sort("vendor", "metric").to_dicts()


def _explanations(found: Reconciled) -> list[dict[str, Any]]:
    return [
        {
            "vendor": one.vendor,
            "metric": metric,
            "granularity": granularity,
            "definition_words": definition_words(document["definition"])[0],
            **document,
        }
        for one in found.reconciliations
        for metric, granularity, explanations in told(one)
        for document in explanation_documents(explanations)
    ]


def told(one: Reconciliation) -> list[tuple[str, str, Sequence[Explanation]]]:
    """Metric, granularity and explanations; clocks on which days are cut come as the metric ``boundary``."""
    own = [(metric, granularity, found) for (metric, granularity), found in one.explanations.items()]
    return [*own, *(("boundary", granularity, found) for granularity, found in one.boundaries.items())]
