"""What people do about breaches: nothing is lost, an excuse is a waiver, and names survive."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from pipelines.answers.breach_work import (
    Named,
    breach_id,
    excuse,
    standing,
    with_work,
    worked_on,
    write_work,
)
from pipelines.answers.breaches import BREACHES
from pipelines.trust.agreement import waivers_of
from pipelines.warehouse import Journal, WrittenMeanwhile
from pipelines.workspace import Workspace

DAY = date(2026, 9, 8)


def _breach(**other: Any) -> dict[str, Any]:
    start = datetime(2026, 9, 8, 8, 30, tzinfo=UTC)
    return dict.fromkeys(BREACHES) | {
        "vendor": "away", "queue": "billing", "clause_id": "sl", "grain": "day", "first_day": DAY, "last_day": DAY,
        "start": start, "end": start, "missed": True,
    } | other  # fmt: skip


def _say(workspace: Workspace, name: str, author: str, text: str, seen: int, **parts: Any) -> int:
    given = {"status": "open", "assignee": None, "cause": None} | parts
    return write_work(workspace, name, author, text, seen=seen, **given).note_id


def test_a_name_says_whose_where_and_when() -> None:
    name = breach_id(_breach())
    assert name == "away/billing/sl/day/2026-09-08"
    found = Named.of(name)
    assert found is not None
    assert (found.vendor, found.queue, found.grain, found.first_day, found.local_minute) == (
        "away", "billing", "day", DAY, None,
    )  # fmt: skip
    interval = Named.of(breach_id(_breach(grain="interval", local_minute=630, site="sea")))
    assert interval is not None
    assert (interval.local_minute, interval.queue) == (630, "billing")
    for text in ("", "a/b", "a/b/c/d/2026-99-99", "../../etc/passwd", "x" * 5000):
        assert Named.of(text) is None


def test_assigning_naming_a_cause_and_disputing_keep_every_entry(workspace: Workspace) -> None:
    name = breach_id(_breach())
    first = _say(workspace, name, "Ana", "", 0, assignee="Bo", cause="staffing")
    second = _say(
        workspace, name, "Bo", "their file is wrong", first, status="disputed", assignee="Bo", cause="staffing"
    )
    found = standing(workspace, name)
    assert (found.status, found.assignee, found.cause, found.newest) == ("disputed", "Bo", "staffing", second)
    assert dict(found.notes[1].details) == {}  # what has not changed is not said again
    _say(workspace, name, "Ana", "", second, status="disputed", cause="data")
    assert (standing(workspace, name).assignee, standing(workspace, name).cause) == (None, "data")
    assert len(standing(workspace, name).notes) == 3


def test_nothing_said_and_unknown_causes_are_refused(workspace: Workspace) -> None:
    name = breach_id(_breach())
    with pytest.raises(ValueError, match="author, and a text"):
        _say(workspace, name, "Ana", "", 0)
    with pytest.raises(ValueError, match="no such cause"):
        _say(workspace, name, "Ana", "x", 0, cause="fraud")
    assert standing(workspace, name).notes == ()


def test_two_people_at_once_lose_nothing(workspace: Workspace) -> None:
    name = breach_id(_breach())
    _say(workspace, name, "Ana", "first", 0)
    with pytest.raises(WrittenMeanwhile):
        _say(workspace, name, "Bo", "second", 0)
    with pytest.raises(WrittenMeanwhile):
        excuse(
            workspace, name, "Bo", "fire", vendor="away", queue=None, clause=None, first_day=DAY, last_day=DAY, seen=0
        )
    assert [note.text for note in standing(workspace, name).notes] == ["first"]
    assert waivers_of(Journal(workspace.journal_path)) == []


def test_an_excuse_is_written_whole_or_not_at_all(workspace: Workspace) -> None:
    """Whoever is interrupted between the two entries of an excuse leaves neither."""
    name, journal = breach_id(_breach()), Journal(workspace.journal_path)
    with sqlite3.connect(workspace.journal_path) as con:
        con.execute(
            "CREATE TRIGGER torn BEFORE INSERT ON notes WHEN NEW.about_kind = 'waiver'"
            " BEGIN SELECT RAISE(ABORT, 'torn'); END"
        )
    given = {"vendor": "away", "queue": None, "clause": None, "first_day": DAY, "last_day": DAY, "seen": 0}
    with pytest.raises(sqlite3.IntegrityError, match="torn"):
        excuse(workspace, name, "Ana", "fire", **given)  # type: ignore[arg-type]
    assert journal.notes() == []
    with sqlite3.connect(workspace.journal_path) as con:
        con.execute("DROP TRIGGER torn")
    with ThreadPoolExecutor(8) as people:
        tried = [people.submit(excuse, workspace, name, f"p{n}", f"reason {n}", **given) for n in range(8)]
    done = [one for one in tried if one.exception() is None]
    assert len(done) == 1
    assert all(isinstance(one.exception(), WrittenMeanwhile) for one in tried if one not in done)
    (waiver,), found = waivers_of(journal), standing(workspace, name)
    assert (waiver.author, waiver.reason) == (found.notes[0].author, found.notes[0].text)
    assert len(journal.notes()) == 2


def test_an_excuse_is_the_waiver_that_terms_are_computed_with(workspace: Workspace) -> None:
    breach = _breach()
    name = breach_id(breach)
    note = excuse(
        workspace, name, "Ana", "our line was down", vendor="away", queue="billing", clause="sl", first_day=DAY,
        last_day=date(2026, 9, 9), seen=0,
    )  # fmt: skip
    (waiver,) = waivers_of(Journal(workspace.journal_path))
    assert (waiver.vendor, waiver.queue, waiver.clause, waiver.reason) == ("away", "billing", "sl", "our line was down")
    frame = pl.DataFrame(
        [breach, _breach(first_day=date(2026, 9, 9), last_day=date(2026, 9, 9)), _breach(queue="delivery"),
         _breach(last_day=date(2026, 9, 14), grain="week")],
        schema=BREACHES,
    )  # fmt: skip
    worked = with_work(workspace, frame)
    assert worked["status"].to_list() == ["waived", "waived", "open", "open"]
    assert worked["waived"].to_list()[:3] == ["our line was down (Ana)"] * 2 + [None]
    assert standing(workspace, name).newest == note.note_id
    for wrong in ({"reason": " "}, {"last_day": date(2026, 9, 1)}):
        given = {"reason": "x", "first_day": DAY, "last_day": DAY} | wrong
        with pytest.raises(ValueError, match="waiver"):
            excuse(
                workspace, name, "Ana", str(given.pop("reason")), vendor="away", queue=None, clause=None, seen=99,
                **given,  # type: ignore[arg-type]
            )  # fmt: skip


def test_what_is_worked_on_in_a_week_is_found_by_its_day(workspace: Workspace) -> None:
    assert worked_on(workspace, DAY, DAY) == []
    _say(workspace, breach_id(_breach()), "Ana", "look", 0)
    _say(workspace, breach_id(_breach(first_day=date(2026, 9, 20))), "Ana", "later", 0)
    Journal(workspace.journal_path).write("Ana", "breach", "no name of ours", "x")
    (found,) = worked_on(workspace, date(2026, 9, 7), date(2026, 9, 13))
    assert found[0].first_day == DAY
    assert found[1].notes[0].text == "look"
    assert with_work(workspace, pl.DataFrame(schema=BREACHES)).is_empty()
