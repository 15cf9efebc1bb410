"""The findings, with what people have said about them."""

from __future__ import annotations

import polars as pl

from pipelines.trust.findings import with_status
from pipelines.warehouse import Journal, Reader
from pipelines.workspace import Workspace

_NOTES = {
    "finding_id": pl.String(),
    "status": pl.String(),
    "author": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "text": pl.String(),
}


def findings_with_status(workspace: Workspace, reader: Reader) -> pl.DataFrame:
    """All findings of the version (``trust.findings.SCHEMA``) with status, status_by, status_at and comment."""
    return with_status(reader.frame("findings"), finding_notes(workspace))


def finding_notes(workspace: Workspace) -> pl.DataFrame:
    """What the journal holds about findings: finding_id, status, author, at, text, the oldest first."""
    rows = [
        (note.about_id, note.status, note.author, note.at, note.text)
        for note in Journal.of(workspace).notes("finding")
        if note.status is not None
    ]
    return pl.DataFrame(rows, schema=_NOTES, orient="row")
