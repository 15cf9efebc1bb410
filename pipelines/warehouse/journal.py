"""What people write: statuses of findings, waivers, actions, notes.

Kept in SQLite beside the warehouse, never in a published version, so it survives a rebuild from the raw files. Nothing
is overwritten: a change of mind is one more entry, and the latest one counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

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
    text TEXT NOT NULL
) STRICT
"""
_INDEX = "CREATE INDEX IF NOT EXISTS notes_about ON notes (about_kind, about_id, note_id)"
_INSERT = "INSERT INTO notes (at, author, about_kind, about_id, status, text) VALUES (?, ?, ?, ?, ?, ?)"
_READ = (
    "SELECT note_id, at, author, about_kind, about_id, status, text FROM notes"
    " WHERE (:kind IS NULL OR about_kind = :kind) AND (:id IS NULL OR about_id = :id) ORDER BY note_id"
)
_LATEST = (
    "SELECT about_id, status FROM notes WHERE note_id IN"
    " (SELECT max(note_id) FROM notes WHERE about_kind = ? AND status IS NOT NULL GROUP BY about_id)"
)


@dataclass(frozen=True, slots=True)
class Note:
    """One entry: who wrote what about which thing, when (an instant with a zone), and the status it sets, if any."""

    note_id: int
    at: datetime
    author: str
    about_kind: str
    about_id: str
    status: str | None
    text: str


class Journal:
    """The journal of one workspace. Each call has its own connection, so it can be shared between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as con:
            con.execute("PRAGMA journal_mode = WAL")
            con.execute(_TABLE)
            con.execute(_INDEX)

    def write(self, author: str, about_kind: str, about_id: str, text: str, status: Status | None = None) -> Note:
        """Add an entry. Raises ``ValueError`` for a status there is no such thing as, or an entry that says nothing."""
        if status is not None and status not in STATUSES:
            raise ValueError(f"no such status: {status!r}; there are: {', '.join(STATUSES)}")
        if not author.strip() or (status is None and not text.strip()):
            raise ValueError("an entry needs an author, and a text or a status")
        at = datetime.now(UTC)
        with self._connection() as con:
            row = con.execute(_INSERT, (at.isoformat(), author, about_kind, about_id, status, text))
            return Note(row.lastrowid or 0, at, author, about_kind, about_id, status, text)

    def notes(self, about_kind: str | None = None, about_id: str | None = None) -> list[Note]:
        """Entries about one thing, about one kind of thing, or all; the oldest first."""
        with self._connection() as con:
            rows = con.execute(_READ, {"kind": about_kind, "id": about_id}).fetchall()
        return [Note(row[0], datetime.fromisoformat(row[1]), *row[2:]) for row in rows]

    def statuses(self, about_kind: str) -> dict[str, str]:
        """The latest status of each thing of a kind."""
        with self._connection() as con:
            return dict(con.execute(_LATEST, (about_kind,)).fetchall())

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        con = sqlite3.connect(self.path, timeout=10)
        try:
            with con:
                yield con
        finally:
            con.close()
