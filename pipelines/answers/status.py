"""What came and how it was taken in: the documents of ``status`` and ``run``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from pipelines.trust.checks import result_counts
from pipelines.trust.clock import now_of
from pipelines.trust.expected import due_deliveries, feed_punctuality, judged_deliveries
from pipelines.trust.findings import SEVERITIES
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace
from pipelines.workspace.schema import TABLES

_COUNTS = ("rows_read", "rows_loaded", "rows_restating", "rows_duplicate", "rows_stale", "rows_rejected")

_SENDER = ("vendor_code", "source_system")
SUPERSEDED = "superseded"
#: What tells apart several readings of one file under one version of its mapping.
_AGAIN = re.compile(r"\.\d+$")


class StageTime(Protocol):
    """One stage of a run: its name, how long it took (in all, of the processor), how many rows it handled."""

    name: str
    seconds: float
    cpu_seconds: float
    rows: int


def judged_feeds(workspace: Workspace, reader: Reader) -> pl.DataFrame:
    """Every delivery that was due, with what became of it (columns of ``trust.expected.judged_deliveries``)."""
    return judged_deliveries(due_deliveries(workspace, now_of(workspace)), _named(reader.frame("deliveries")))


def status_document(workspace: Workspace, reader: Reader) -> dict[str, Any]:
    """The document of ``status --json`` printed by the command: version, data span, deliveries, feeds."""
    judged = judged_feeds(workspace, reader)
    first, last, published_at = reader.frame("week_range").row(0)
    return {
        "workspace": str(workspace.root),
        "version": reader.version,
        "published_at": published_at,
        "data_from": first,
        "data_to": last,
        "deliveries": delivery_documents(
            reader.frame("deliveries"), judged, reader.frame("first_rejects"), reader.frame("trust_conflicts")
        ),
        "feeds": feed_punctuality(judged).to_dicts(),
    }


def run_document(
    workspace: Workspace, reader: Reader, delivery_ids: Sequence[str], stages: Iterable[StageTime]
) -> dict[str, Any]:
    """The document of ``run --json``: as ``status`` for this run's deliveries, with findings and stages."""
    document = status_document(workspace, reader)
    mine = set(delivery_ids)
    document["deliveries"] = [
        one
        for one in document["deliveries"]
        if _AGAIN.sub("", one["delivery_id"]) in mine and one["status"] != SUPERSEDED
    ]
    document["findings"] = finding_counts(reader.frame("findings"))
    document["checks"] = result_counts(reader.frame("check_results"))
    document["stages"] = [
        {"stage": s.name, "seconds": round(s.seconds, 3), "cpu_seconds": round(s.cpu_seconds, 3), "rows": s.rows}
        for s in stages
    ]
    return document


def finding_counts(findings: pl.DataFrame) -> dict[str, dict[str, int]]:
    """How many findings are not closed, by kind and by severity."""
    present = findings.filter(pl.col("closed_at").is_null())
    by_kind = dict(present["kind"].value_counts(sort=True).iter_rows())
    counted = dict(present["severity"].value_counts().iter_rows())
    return {"by_kind": by_kind, "by_severity": {level: counted.get(level, 0) for level in reversed(SEVERITIES)}}


def delivery_documents(
    deliveries: pl.DataFrame, judged: pl.DataFrame, first_rejects: pl.DataFrame, conflicts: pl.DataFrame
) -> list[dict[str, Any]]:
    """One document per delivery, the latest first; with the first of its rejected cells, as an example, and how many
    keys its own rows contradict each other under (``conflicts``: queries/trust_conflicts), without a word which holds.

    Rows read = loaded + restating + duplicate + stale + rejected + dropped, exactly.
    """
    examples = {one: {**first, "also": also or []} for one, first, also in first_rejects.iter_rows()}
    unsettled = conflicts.filter(pl.col("latest_by").is_null())
    conflicting: dict[str, int] = dict(unsettled.select("delivery_id", "keys").iter_rows())
    due: dict[str, datetime] = {
        row[0]: row[1] for row in judged.drop_nulls("delivery_id").select("delivery_id", "due_at").iter_rows()
    }
    return [
        {
            "delivery_id": row["delivery_id"],
            "vendor": row["vendor_code"],
            "feed": row["feed"],
            "file_name": row["file_name"],
            "sha256": row["sha256"],
            "received_at": row["received_at"],
            "due_at": due.get(row["delivery_id"]),
            "status": row["status"],
            **{name: row[name] for name in _COUNTS},
            "rows_dropped": json.loads(row["rows_dropped_json"] or "{}"),
            "refused_kind": row["refused_kind"],
            "message": row["message"],
            "first_rejected": examples.get(row["delivery_id"]),
            "conflicting_keys": conflicting.get(row["delivery_id"], 0),
            "key": [name for name in TABLES[row["table_name"]].key if name not in _SENDER] if row["table_name"] else [],
        }
        for row in deliveries.sort("received_at", "file_name", descending=[True, False]).iter_rows(named=True)
    ]


def _named(deliveries: pl.DataFrame) -> pl.DataFrame:
    return deliveries.rename({"vendor_code": "vendor"})
