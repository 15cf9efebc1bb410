"""What people have said of findings, breaches, lines of the ledger: read, and written without losing anybody's word."""

from __future__ import annotations

from pipelines.warehouse.journal import STATUSES, Journal, Note, Status, WrittenMeanwhile
from pipelines.workspace import Workspace

__all__ = ["STATUSES", "latest_statuses", "notes_about", "write_note"]


def notes_about(workspace: Workspace, about_kind: str, about_id: str | None = None) -> list[Note]:
    """Entries about one thing, or about every thing of a kind; the oldest first."""
    return Journal.of(workspace).notes(about_kind, about_id)


def latest_statuses(workspace: Workspace, about_kind: str) -> dict[str, str]:
    """The latest status of each thing of a kind that anybody has given one."""
    return Journal.of(workspace).statuses(about_kind)


def write_note(
    workspace: Workspace, about_kind: str, about_id: str, author: str, text: str, status: Status | None, seen: int
) -> bool:
    """Add an entry; False where somebody has written about the same thing since entry ``seen``, and nothing is added.

    Raises ``ValueError`` for a status there is no such thing as, or an entry that says nothing.
    """
    try:
        Journal.of(workspace).write(author, about_kind, about_id, text, status, after=seen)
    except WrittenMeanwhile:
        return False
    return True
