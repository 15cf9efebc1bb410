"""What people write: statuses of findings, waivers, actions, notes.

Kept in SQLite beside the warehouse, never in a published version, so it survives a rebuild from the raw files. Nothing
is overwritten: a change of mind is one more entry, and the latest one counts. Whoever writes on what they have read
passes ``after``: an entry that came in between is told instead of being passed over.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pipelines.workspace import Workspace

Status = Literal["open", "explained", "disputed", "agreed", "waived"]
STATUSES: tuple[Status, ...] = ("open", "explained", "disputed", "agreed", "waived")

_TABLE = """
CREATE TABLE IF NOT EXISTS notes (
    note_id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    about_kind TEXT NOT NULL,
    about_id TEXT NOT NULL,
    status TEXT,
    text TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}'
) STRICT
"""
_INDEX = "CREATE INDEX IF NOT EXISTS notes_about ON notes (about_kind, about_id, note_id)"
#: A journal that an earlier release began has no details yet.
_COLUMNS = "SELECT name FROM pragma_table_info('notes')"
_ADD_DETAILS = "ALTER TABLE notes ADD COLUMN details TEXT NOT NULL DEFAULT '{}'"
_INSERT = "INSERT INTO notes (at, author, about_kind, about_id, status, text, details) VALUES (?, ?, ?, ?, ?, ?, ?)"
_NEWEST = "SELECT coalesce(max(note_id), 0) FROM notes WHERE about_kind = ? AND about_id = ?"
_READ = (
    "SELECT note_id, at, author, about_kind, about_id, status, text, details FROM notes"
    " WHERE (:kind IS NULL OR about_kind = :kind) AND (:id IS NULL OR about_id = :id)"
    " AND (:until IS NULL OR at <= :until) ORDER BY note_id"
)
_LATEST = (
    "SELECT about_id, status FROM notes WHERE note_id IN"
    " (SELECT max(note_id) FROM notes WHERE about_kind = :kind AND status IS NOT NULL"
    " AND (:until IS NULL OR at <= :until) GROUP BY about_id)"
)


class WrittenMeanwhile(Exception):
    """Somebody has written about the same thing since it was read; ``notes`` are theirs, the oldest first."""

    def __init__(self, notes: list[Note]) -> None:
        super().__init__(f"{len(notes)} entries have come in between, the last by {notes[-1].author}")
        self.notes = notes


@dataclass(frozen=True, slots=True)
class Note:
    """One entry: who wrote what about which thing, when (an instant with a zone), and the status it sets, if any.

    ``details``: what else a kind of thing needs (a waiver's period, an action's owner and due date), as JSON has it.
    """

    note_id: int
    at: datetime
    author: str
    about_kind: str
    about_id: str
    status: str | None
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it is written: the parts of a :class:`Note` that its author gives."""

    about_kind: str
    about_id: str
    text: str
    status: Status | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def checked(self) -> Draft:
        """Itself. Raises ``ValueError`` for a status there is no such thing as, or an entry that says nothing."""
        if self.status is not None and self.status not in STATUSES:
            raise ValueError(f"no such status: {self.status!r}; there are: {', '.join(STATUSES)}")
        if self.status is None and not self.text.strip() and not self.details:
            raise ValueError("an entry needs an author, and a text or a status")
        return self


class Journal:
    """The journal of one workspace. Each call has its own connection, so it can be shared between threads.

    ``until``: the journal as it stood then. Entries since are not in it, and nothing can be added to it. In a folder
    that may not be written the journal can be read all the same.
    """

    def __init__(self, path: Path, until: datetime | None = None) -> None:
        self.path, self.until = path, until
        held = next(one for one in path.parents if one.exists())
        self._read_only = not os.access(held, os.W_OK) or (path.exists() and not os.access(path, os.W_OK))
        if self._read_only:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as con:
            con.execute("PRAGMA journal_mode = WAL")
            con.execute(_TABLE)
            con.execute(_INDEX)
            if "details" not in {name for (name,) in con.execute(_COLUMNS)}:
                con.execute(_ADD_DETAILS)

    @classmethod
    def of(cls, workspace: Workspace) -> Journal:
        """The journal of a workspace; of one in the past, as it stood then."""
        return cls(workspace.journal_path, workspace.known_until)

    def write(
        self,
        author: str,
        about_kind: str,
        about_id: str,
        text: str,
        status: Status | None = None,
        details: Mapping[str, Any] | None = None,
        after: int | None = None,
    ) -> Note:
        """Add an entry. ``after``: the ``note_id`` of the newest entry about this thing that the author has seen, 0
        where there was none; without it the entry is added whatever has been written meanwhile.

        Raises ``ValueError`` for a status there is no such thing as, an entry that says nothing or a journal of the
        past, and :class:`WrittenMeanwhile` where somebody else has written about the same thing after ``after``.
        """
        draft = Draft(about_kind, about_id, text, status, dict(details or {}))
        return self.write_together(author, draft, after=after)[0]

    def write_together(self, author: str, first: Draft, *others: Draft, after: int | None = None) -> list[Note]:
        """Add several entries of one author, or none of them: one transaction. ``after``, and what is raised, as in
        :meth:`write`, of the thing that the ``first`` is about.
        """
        if self.until is not None:
            raise ValueError("the past is read only")
        if self._read_only:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.path))
        drafts = [one.checked() for one in (first, *others)]
        if not author.strip():
            raise ValueError("an entry needs an author, and a text or a status")
        at, written = datetime.now(UTC), []
        with self._connection() as con:
            con.execute("BEGIN IMMEDIATE")
            newest = con.execute(_NEWEST, (first.about_kind, first.about_id)).fetchone()[0]
            for one in drafts if after is None or newest <= after else ():
                told = json.dumps(dict(one.details), ensure_ascii=False)
                row = con.execute(
                    _INSERT, (at.isoformat(), author, one.about_kind, one.about_id, one.status, one.text, told)
                )
                written.append(
                    Note(
                        row.lastrowid or 0, at, author, one.about_kind, one.about_id, one.status, one.text, one.details
                    )
                )
        if not written:
            unseen = [note for note in self.notes(first.about_kind, first.about_id) if note.note_id > (after or 0)]
            raise WrittenMeanwhile(unseen)
        return written

    def notes(self, about_kind: str | None = None, about_id: str | None = None) -> list[Note]:
        """Entries about one thing, about one kind of thing, or all; the oldest first."""
        with self._connection() as con:
            rows = con.execute(_READ, {"kind": about_kind, "id": about_id, "until": self._until}).fetchall()
        return [
            Note(row[0], datetime.fromisoformat(row[1]), row[2], row[3], row[4], row[5], row[6], json.loads(row[7]))
            for row in rows
        ]

    def statuses(self, about_kind: str) -> dict[str, str]:
        """The latest status of each thing of a kind."""
        with self._connection() as con:
            return dict(con.execute(_LATEST, {"kind": about_kind, "until": self._until}).fetchall())

    @property
    def _until(self) -> str | None:
        """In the form in which entries hold their instants, so that the two compare as text."""
        return self.until.astimezone(UTC).isoformat(timespec="microseconds") if self.until else None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        con = self._opened()
        try:
            with con:
                yield con
        finally:
            con.close()

    def _opened(self) -> sqlite3.Connection:
        if not self._read_only:
            return sqlite3.connect(self.path, timeout=10)
        if self.path.exists():
            return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        nothing = sqlite3.connect(":memory:")
        nothing.execute(_TABLE)
        return nothing
