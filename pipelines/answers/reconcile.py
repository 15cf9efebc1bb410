"""Reported against recomputed: the ledger of one vendor or all, what explains it, and what people have said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipelines.measures.definition_search import Explanation, explanation_documents
from pipelines.measures.reconcile import CAUSES, LEDGER, Reconciliation
from pipelines.trust.reperformance import reperform, reporting_vendors
from pipelines.warehouse import Journal, Reader
from pipelines.workspace import Workspace

#: What the journal calls a line of the ledger.
ABOUT = "reconciliation"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The ledger of the vendors asked for (``measures.reconcile.LEDGER`` + status), and what explains each series."""

    ledger: pl.DataFrame
    reconciliations: tuple[Reconciliation, ...]

    def of_period(self, first: date, last: date) -> Reconciled:
        """The lines that lie within the period or touch it; the explanations stay those of the whole series."""
        touching = (pl.col("period_start") <= last) & (pl.col("period_end") >= first)
        return Reconciled(self.ledger.filter(touching), self.reconciliations)


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
    """The ledger with ``status``: what people have said of a line, open where nobody has."""
    said = Journal(workspace.journal_path).statuses(ABOUT)
    return ledger.with_columns(status=pl.col("row_id").replace_strict(said, default="open", return_dtype=pl.String))


def reconcile_document(found: Reconciled) -> dict[str, Any]:
    """The document of ``reconcile --json`` (DESIGN): rows, and what explains each series."""
    names = (
        "row_id", "vendor", "queue", "metric", "granularity", "period_start", "period_end", "reported", "recomputed",
        "difference", "tolerance", "verdict", "reason", "explained_by", "residual", "definition_id", "claimed",
        "label_as_printed", "cell_ref", "hint", "status",
    )  # fmt: skip
    rows = [
        {
            **{name: row[name] for name in names},
            "causes": [{"cause": cause, "amount": row[cause]} for cause in CAUSES if row[cause]],
            "money": None,
        }
        for row in found.ledger.iter_rows(named=True)
    ]
    return {"rows": rows, "summary": summary_documents(found.ledger), "explanations": _explanations(found)}


def summary_documents(ledger: pl.DataFrame) -> list[dict[str, Any]]:
    """How many lines agree, differ and can't be verified, per vendor and metric."""
    counts = ledger.group_by("vendor", "metric").agg(
        pl.len().alias("lines"),
        *((pl.col("verdict") == verdict).sum().alias(verdict) for verdict in ("agrees", "differs", "not_verifiable")),
    )
    return counts.sort("vendor", "metric").to_dicts()


def _explanations(found: Reconciled) -> list[dict[str, Any]]:
    return [
        {"vendor": one.vendor, "metric": metric, "granularity": granularity, **document}
        for one in found.reconciliations
        for metric, granularity, explanations in told(one)
        for document in explanation_documents(explanations)
    ]


def told(one: Reconciliation) -> list[tuple[str, str, Sequence[Explanation]]]:
    """Metric, granularity and explanations; clocks on which days are cut come as the metric ``boundary``."""
    own = [(metric, granularity, found) for (metric, granularity), found in one.explanations.items()]
    return [*own, *(("boundary", granularity, found) for granularity, found in one.boundaries.items())]
