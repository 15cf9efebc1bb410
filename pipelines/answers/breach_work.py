"""What people do about breaches: who looks into one, what they hold for its cause, what they dispute, what they excuse.

Everything is an entry of the journal. A breach has a stable name, so that what is said of it survives a new load; an
excuse is a waiver, the same one that terms and money are computed with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipelines.measures.agreement.bound import EVERY_QUEUE
from pipelines.measures.agreement.relief import WAIVER, Waiver
from pipelines.trust.agreement import waivers_of
from pipelines.warehouse.journal import STATUSES, Draft, Journal, Note, Status
from pipelines.workspace import Workspace

#: What the journal calls a breach.
ABOUT = "breach"
#: Causes that a person can give a breach: those that the model splits it into, and what no model knows.
CAUSES = ("plan", "volume", "handle_time", "staffing", "routing", "system", "data", "other")

#: What is added to breaches by what people have said: ``waived`` names who excused it and why.
WORK: dict[str, pl.DataType] = {
    "breach_id": pl.String(),
    "status": pl.String(),
    "assignee": pl.String(),
    "cause_given": pl.String(),
    "waived": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One breach as people see it: the latest word on each part, and every entry."""

    status: str
    assignee: str | None
    cause: str | None
    newest: int
    notes: tuple[Note, ...]


def breach_id(breach: Mapping[str, Any]) -> str:
    """The name of a breach: ``vendor/queue/clause/grain/2026-09-08``, of an interval with its local time."""
    minute = breach["local_minute"]
    clock = f"T{minute // 60:02d}:{minute % 60:02d}" if breach["grain"] == "interval" and minute is not None else ""
    place = f"@{breach['site']}" if breach["site"] else ""
    parts = (breach["vendor"], f"{breach['queue'] or EVERY_QUEUE}{place}", breach["clause_id"], breach["grain"])
    return "/".join(str(part) for part in parts) + f"/{breach['first_day']}{clock}"


@dataclass(frozen=True, slots=True)
class Named:
    """What a breach's name says: whose, where, of what length, when."""

    name: str
    vendor: str
    queue: str
    clause: str
    grain: str
    first_day: date
    local_minute: int | None

    @classmethod
    def of(cls, name: str) -> Named | None:
        """The parts of a name of :func:`breach_id`; None for another text."""
        parts = name.split("/")
        day, _, time = parts[-1].partition("T")
        try:
            first_day = date.fromisoformat(day)
            minute = int(time[:2]) * 60 + int(time[3:5]) if time else None
            vendor, queue, clause, grain = parts[:-1]
        except ValueError:
            return None
        return cls(name, vendor, queue.partition("@")[0], clause, grain, first_day, minute)


def worked_on(workspace: Workspace, first_day: date, last_day: date) -> list[tuple[Named, Standing]]:
    """Breaches that begin in the days and of which people have said anything, in order of time."""
    if not workspace.journal_path.is_file():
        return []
    entries: dict[str, list[Note]] = {}
    for note in Journal.of(workspace).notes(ABOUT):
        entries.setdefault(note.about_id, []).append(note)
    named = [(Named.of(name), standing_of(notes)) for name, notes in entries.items()]
    found = [(name, one) for name, one in named if name is not None and first_day <= name.first_day <= last_day]
    return sorted(found, key=lambda pair: (pair[0].first_day, pair[0].name))


def with_work(workspace: Workspace, breaches: pl.DataFrame) -> pl.DataFrame:
    """``breaches`` with :data:`WORK`; status "waived" where a waiver covers one that nobody has judged otherwise."""
    if breaches.is_empty():
        return breaches.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in WORK.items())
    entries: dict[str, list[Note]] = {}
    granted: list[Waiver] = []
    if workspace.journal_path.is_file():
        journal = Journal.of(workspace)
        for note in journal.notes(ABOUT):
            entries.setdefault(note.about_id, []).append(note)
        granted = list(waivers_of(journal))
    rows = []
    for breach in breaches.iter_rows(named=True):
        name = breach_id(breach)
        standing = standing_of(entries.get(name, ()))
        excuse = next((one for one in granted if _covers(one, breach)), None)
        status = "waived" if excuse and standing.status == "open" else standing.status
        waived = f"{excuse.reason} ({excuse.author})" if excuse else None
        rows.append((name, status, standing.assignee, standing.cause, waived))
    return pl.concat([breaches, pl.DataFrame(rows, schema=WORK, orient="row")], how="horizontal")


def standing_of(notes: Sequence[Note]) -> Standing:
    """The latest word on each part of a breach, from the entries about it (the oldest first)."""
    status, parts = "open", {"assignee": None, "cause": None}
    for note in notes:
        status = note.status or status
        parts |= {name: note.details[name] or None for name in parts if name in note.details}
    newest = notes[-1].note_id if notes else 0
    return Standing(status, parts["assignee"], parts["cause"], newest, tuple(notes))


def standing(workspace: Workspace, name: str) -> Standing:
    """One breach as people see it."""
    found = Journal.of(workspace).notes(ABOUT, name) if workspace.journal_path.is_file() else []
    return standing_of(found)


def write_work(
    workspace: Workspace,
    name: str,
    author: str,
    text: str,
    *,
    status: Status | None,
    assignee: str | None,
    cause: str | None,
    seen: int,
) -> Note:
    """Add an entry about a breach as it was read (``seen``: its newest entry). What has not changed is not said again.

    Raises ``ValueError`` for a status or cause there is no such thing as, or an entry that says nothing, and
    ``WrittenMeanwhile`` where somebody has written about it since.
    """
    if cause is not None and cause not in CAUSES:
        raise ValueError(f"no such cause: {cause!r}; there are: {', '.join(CAUSES)}")
    before = standing(workspace, name)
    details = {
        key: value
        for key, value, held in (("assignee", assignee, before.assignee), ("cause", cause, before.cause))
        if (value or None) != held
    }
    changed = status if status != before.status else None
    return Journal.of(workspace).write(author, ABOUT, name, text, changed, details, after=seen)


def excuse(
    workspace: Workspace,
    name: str,
    author: str,
    reason: str,
    *,
    vendor: str,
    queue: str | None,
    clause: str | None,
    first_day: date,
    last_day: date,
    seen: int,
) -> Note:
    """Excuse a breach: a waiver of whole days, and the breach's status with the reason, both written or neither.

    Raises ``ValueError`` without a reason or with days the wrong way round, and ``WrittenMeanwhile`` as
    :func:`write_work`; nothing is written then.
    """
    if not reason.strip():
        raise ValueError("a waiver needs a reason")
    if first_day > last_day:
        raise ValueError("a waiver ends on its first day or after it")
    details = {
        "vendor": vendor, "queue": queue, "clause": clause, "from": first_day.isoformat(), "to": last_day.isoformat(),
        "reason": reason.strip(),
    }  # fmt: skip
    said = Draft(ABOUT, name, reason, "waived", {"waiver": details})
    granted = Draft(WAIVER, name, reason, "waived", details)
    return Journal.of(workspace).write_together(author, said, granted, after=seen)[0]


def _covers(waiver: Waiver, breach: Mapping[str, Any]) -> bool:
    """Does a waiver excuse the whole of a breach (a row of ``answers.breaches``)?"""
    return (
        waiver.vendor == breach["vendor"]
        and waiver.queue in (None, breach["queue"])
        and waiver.clause in (None, breach["clause_id"])
        and waiver.first_day <= breach["first_day"]
        and breach["last_day"] <= waiver.last_day
    )


__all__ = [
    "ABOUT", "CAUSES", "STATUSES", "WAIVER", "WORK", "Named", "Standing", "breach_id", "excuse", "standing",
    "standing_of", "with_work", "worked_on", "write_work",
]  # fmt: skip
