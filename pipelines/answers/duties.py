"""What the client owes its vendors and no feed carries: answers to their questions, word of changes of scope in time,
the same training and knowledge as its own people. Kept in the journal, by whoever knows.

A question is asked and answered on days that are stated, since it is usually written down later. A change of scope has
a day, and the day on which the vendor was told. Training and knowledge are on a par, partly, or not; the latest word
counts. Whatever was entered by mistake is withdrawn, and stays on record.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pipelines.warehouse import Journal, Note
from pipelines.workspace import Workspace

#: What the journal calls these; about ``<vendor>/<anything>``.
QUESTION, SCOPE, PARITY = "question", "scope_change", "parity"

Area = Literal["training", "knowledge"]
Extent = Literal["same", "partly", "less"]
AREAS: tuple[Area, ...] = ("training", "knowledge")
EXTENTS: tuple[Extent, ...] = ("same", "partly", "less")


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a vendor; ``answered_on`` is None while it is open."""

    about_id: str
    vendor: str
    text: str
    asked_on: date
    answered_on: date | None

    @property
    def days(self) -> int | None:
        return None if self.answered_on is None else (self.answered_on - self.asked_on).days


@dataclass(frozen=True, slots=True)
class ScopeChange:
    """Work that the client changed for a vendor from ``on``; ``told_on``: when it said so (None: not known)."""

    about_id: str
    vendor: str
    text: str
    on: date
    told_on: date | None


@dataclass(frozen=True, slots=True)
class Parity:
    """Whether a vendor's people get the same as the client's own; ``extent`` is the latest word."""

    vendor: str
    area: Area
    extent: Extent
    text: str
    author: str
    on: date

    @property
    def about_id(self) -> str:
        return f"{self.vendor}/{self.area}"


def ask(workspace: Workspace, author: str, vendor: str, text: str, asked_on: date) -> str:
    """Enter a vendor's question; its id. Raises ``ValueError`` for no such vendor, no text or no author."""
    return _enter(workspace, QUESTION, author, vendor, text, {"asked_on": asked_on.isoformat()})


def answer(workspace: Workspace, author: str, about_id: str, answered_on: date, text: str = "") -> None:
    """Enter the answer to a question. Raises ``ValueError`` where there is none, or the answer is older than it."""
    found = next((one for one in questions(workspace) if one.about_id == about_id), None)
    if found is None:
        raise ValueError(f"there is no question {about_id!r}")
    if answered_on < found.asked_on:
        raise ValueError(f"answered on {answered_on}, before it was asked ({found.asked_on})")
    details = {"answered_on": answered_on.isoformat()}
    Journal.of(workspace).write(author, QUESTION, about_id, text.strip(), "explained", details)


def change_scope(
    workspace: Workspace, author: str, vendor: str, text: str, on: date, told_on: date | None = None
) -> str:
    """Enter a change of scope; its id. Raises ``ValueError`` for no such vendor, no text or no author."""
    details = {"on": on.isoformat(), "told_on": told_on.isoformat() if told_on else None}
    return _enter(workspace, SCOPE, author, vendor, text, details)


def state_parity(
    workspace: Workspace, author: str, vendor: str, area: Area, extent: Extent, on: date, text: str = ""
) -> None:
    """Say how far a vendor's people get the same training or knowledge as the client's own."""
    _check_vendor(workspace, vendor)
    if area not in AREAS or extent not in EXTENTS:
        raise ValueError(f"{area!r}, {extent!r}: areas are {', '.join(AREAS)}; extents {', '.join(EXTENTS)}")
    details = {"extent": extent, "on": on.isoformat()}
    Journal.of(workspace).write(author, PARITY, f"{vendor}/{area}", text.strip(), details=details)


def withdraw(workspace: Workspace, author: str, kind: str, about_id: str) -> None:
    """Take back an entry made by mistake; it stays on record, and counts no longer."""
    Journal.of(workspace).write(author, kind, about_id, "", details={"withdrawn": True})


def questions(workspace: Workspace) -> list[Question]:
    """Every question, in the order in which they were asked. An entry that states no day counts on its own."""
    found = []
    for about_id, notes in _threads(workspace, QUESTION):
        asked = _day(notes[0].details.get("asked_on")) or notes[0].at.date()
        replies = [note for note in notes[1:] if note.status not in (None, "open")]
        answered = (_day(replies[0].details.get("answered_on")) or replies[0].at.date()) if replies else None
        found.append(Question(about_id, about_id.split("/", 1)[0], notes[0].text, asked, answered))
    return sorted(found, key=lambda one: (one.asked_on, one.about_id))


def scope_changes(workspace: Workspace) -> list[ScopeChange]:
    """Every change of scope that somebody has entered, the newest first."""
    found = []
    for about_id, notes in _threads(workspace, SCOPE):
        on = _day(notes[0].details.get("on")) or notes[0].at.date()
        told = _day(notes[0].details.get("told_on"))
        found.append(ScopeChange(about_id, about_id.split("/", 1)[0], notes[0].text, on, told))
    return sorted(found, key=lambda one: (one.on, one.about_id), reverse=True)


def parities(workspace: Workspace) -> list[Parity]:
    """The latest word on each vendor's training and knowledge; where one was taken back, the word before it."""
    found = []
    for about_id, notes in _written(workspace, PARITY):
        vendor, _, area = about_id.partition("/")
        said: list[Note] = []
        for note in notes:
            if not note.details.get("withdrawn"):
                said.append(note)
            elif said:
                said.pop()
        latest = said[-1] if said else None
        extent = latest.details.get("extent") if latest else None
        if latest is not None and area in AREAS and extent in EXTENTS:
            on = _day(latest.details.get("on")) or latest.at.date()
            found.append(Parity(vendor, area, extent, latest.text, latest.author, on))
    return sorted(found, key=lambda one: (one.vendor, AREAS.index(one.area)))


def _enter(workspace: Workspace, kind: str, author: str, vendor: str, text: str, details: dict[str, Any]) -> str:
    _check_vendor(workspace, vendor)
    if not text.strip():
        raise ValueError("an entry needs a text")
    about_id = f"{vendor}/{uuid.uuid4().hex[:12]}"
    Journal.of(workspace).write(author, kind, about_id, text.strip(), details=details)
    return about_id


def _check_vendor(workspace: Workspace, vendor: str) -> None:
    if vendor not in workspace.vendors:
        raise ValueError(f"{vendor!r} is no vendor; there are: {', '.join(sorted(workspace.vendors))}")


def _threads(workspace: Workspace, kind: str) -> Iterator[tuple[str, list[Note]]]:
    """Entries about each thing of a kind, but for what was withdrawn."""
    for about_id, notes in _written(workspace, kind):
        if not any(note.details.get("withdrawn") for note in notes):
            yield about_id, notes


def _written(workspace: Workspace, kind: str) -> Iterator[tuple[str, list[Note]]]:
    """Entries about each thing of a kind, in the order of writing; a journal is not begun by reading."""
    if not workspace.journal_path.is_file():
        return
    threads: dict[str, list[Note]] = {}
    for note in Journal.of(workspace).notes(kind):
        threads.setdefault(note.about_id, []).append(note)
    yield from threads.items()


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
