"""Waivers: what people excuse a vendor from, kept in the journal with author and reason; nothing is overwritten."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from pipelines.measures.agreement.relief import WAIVER, Waiver
from pipelines.trust.agreement import waivers_of
from pipelines.warehouse import Journal
from pipelines.workspace import Workspace


class NotAWaiver(ValueError):
    """What is wrong with a waiver: ``problem`` is no_author, no_reason or dates."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def grant(
    workspace: Workspace,
    *,
    vendor: str,
    first_day: date,
    last_day: date,
    author: str,
    reason: str,
    queue: str | None = None,
    clause: str | None = None,
) -> str:
    """Excuse a vendor from one clause or all, on one queue or all, on some days; returns the waiver's id."""
    if not author.strip():
        raise NotAWaiver("no_author")
    if not reason.strip():
        raise NotAWaiver("no_reason")
    if last_day < first_day:
        raise NotAWaiver("dates")
    details = {
        "vendor": vendor, "queue": queue, "clause": clause, "from": first_day.isoformat(), "to": last_day.isoformat(),
        "reason": reason.strip(),
    }  # fmt: skip
    about = hashlib.sha256(f"{sorted(details.items(), key=str)}{datetime.now(UTC)}".encode()).hexdigest()[:12]
    Journal.of(workspace).write(author.strip(), WAIVER, about, reason.strip(), details=details)
    return about


def withdraw(workspace: Workspace, waiver: Waiver, author: str, reason: str) -> None:
    """Take a waiver back: one more entry, the earlier one stays readable."""
    if not author.strip():
        raise NotAWaiver("no_author")
    details = {
        "vendor": waiver.vendor, "queue": waiver.queue, "clause": waiver.clause,
        "from": waiver.first_day.isoformat(), "to": waiver.last_day.isoformat(), "withdrawn": True,
    }  # fmt: skip
    Journal.of(workspace).write(author.strip(), WAIVER, waiver.id, reason.strip(), details=details)


def waivers(workspace: Workspace) -> list[Waiver]:
    """The waivers that hold."""
    return waivers_of(Journal.of(workspace))


def stamp(workspace: Workspace) -> int:
    """Changes whenever a waiver is granted or withdrawn."""
    notes = Journal.of(workspace).notes(WAIVER)
    return notes[-1].note_id if notes else 0
