"""Received files are kept as they came; what people write is never lost."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from pathlib import Path

import pytest

from pipelines.warehouse import Journal, RawStore, WrittenMeanwhile


def test_content_is_stored_once_under_its_hash(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    one, same = tmp_path / "a.csv", tmp_path / "b; rm -rf.csv"
    one.write_bytes(b"x;y\n1;2\n")
    same.write_bytes(one.read_bytes())
    kept = store.keep(one)
    assert kept == store.keep(same)
    assert kept.sha256 == hashlib.sha256(b"x;y\n1;2\n").hexdigest()
    assert [path.name for path in (tmp_path / "raw").iterdir()] == [kept.sha256]
    assert kept.path.stat().st_mode & 0o222 == 0
    one.write_bytes(b"changed")
    assert store.path_of(kept.sha256).read_bytes() == b"x;y\n1;2\n"
    for wrong in ("../a.csv", kept.sha256[:-1], "0" * 64, "/" + kept.sha256[1:]):
        with pytest.raises(KeyError):
            store.path_of(wrong)


def test_copies_are_in_their_place_together_once_they_are_on_the_disk(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    for name, content in {"a": b"1", "b": b"2", "c": b"1"}.items():
        (tmp_path / name).write_bytes(content)
    kept = [store.receive(tmp_path / name) for name in "abc"]
    assert not any(one.path.exists() for one in kept)
    store.settle()
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == sorted({one.sha256 for one in kept})
    assert [one.path.read_bytes() for one in kept] == [b"1", b"2", b"1"]
    assert all(one.path.stat().st_mode & 0o222 == 0 for one in kept)


def test_a_file_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    with pytest.raises(FileNotFoundError):
        store.keep(tmp_path / "none.csv")
    assert not list((tmp_path / "raw").iterdir())


def test_the_latest_status_counts_and_nothing_is_overwritten(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state" / "journal.sqlite")
    journal.write("Ana", "finding", "f1", "asked the vendor", status="disputed")
    journal.write("Bo", "finding", "f1", "they agree", status="agreed")
    journal.write("Bo", "finding", "f1", "letter filed")
    journal.write("Bo", "finding", "f2", "", status="waived")
    journal.write("Bo", "action", "f1", "call on Monday")
    assert journal.statuses("finding") == {"f1": "agreed", "f2": "waived"}
    assert [note.author for note in journal.notes("finding", "f1")] == ["Ana", "Bo", "Bo"]
    assert len(journal.notes()) == 5
    assert journal.notes("finding", "f1")[0].at.tzinfo is not None
    assert Journal(journal.path).statuses("finding") == {"f1": "agreed", "f2": "waived"}


def test_entries_that_say_nothing_are_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    with pytest.raises(ValueError, match="no such status"):
        journal.write("Ana", "finding", "f1", "x", status="solved")  # type: ignore[arg-type]
    for author, text in ((" ", "x"), ("Ana", "  ")):
        with pytest.raises(ValueError, match="author"):
            journal.write(author, "finding", "f1", text)
    assert journal.notes() == []


def test_many_people_write_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    hostile = "'); DROP TABLE notes; --"

    def write(number: int) -> None:
        for _ in range(10):
            journal.write(f"p{number}", "finding", hostile, hostile)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.notes("finding", hostile)) == 40


def test_what_somebody_wrote_in_between_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    first = journal.write("Ana", "action", "a1", "send the forecast", details={"due": "2026-11-30"}, after=0)
    second = journal.write("Bo", "action", "a1", "sent", after=first.note_id)
    with pytest.raises(WrittenMeanwhile, match="the last by Bo") as told:
        journal.write("Ana", "action", "a1", "still waiting", after=first.note_id)
    assert told.value.notes == [second]
    assert journal.notes("action", "a1") == [first, second]
    assert journal.notes("action", "a1")[0].details == {"due": "2026-11-30"}


def test_a_journal_of_an_earlier_release_keeps_its_entries(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as con:
        con.execute(
            "CREATE TABLE notes (note_id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL,"
            " about_kind TEXT NOT NULL, about_id TEXT NOT NULL, status TEXT, text TEXT NOT NULL) STRICT"
        )
        con.execute("INSERT INTO notes VALUES (1, '2026-07-01T08:00:00+00:00', 'Ana', 'finding', 'f1', 'agreed', 'ok')")
    con.close()
    journal = Journal(path)
    journal.write("Bo", "finding", "f1", "", details={"seen": True})
    assert [(note.author, dict(note.details)) for note in journal.notes()] == [("Ana", {}), ("Bo", {"seen": True})]
