"""Asterisk's queue_log: a stream of events, one record per visit of a call to a queue.

Events and their data: Asterisk's ``apps/app_queue.c``. Times are epoch seconds; data are seconds, except those of
RINGNOANSWER, which are milliseconds. ``hold_s`` is time on hold during the conversation, which the log doesn't tell
(what it calls "holdtime" is the wait in the queue, ``wait_s``): it is always empty.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import headers as heads
from pipelines.intake.readers.blocks import TextBlocks
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.packed import ByteStream, open_bytes
from pipelines.intake.readers.table import RAW, REJECT, ROW, RawTable, shorten
from pipelines.intake.readers.text import utf8_pieces
from pipelines.workspace.feeds import Source

HEADERS = [
    "callid", "queue", "visit", "caller", "enter_epoch", "connect_epoch", "end_epoch", "agent", "outcome_event",
    "wait_s", "hold_s", "ring_s", "talk_s", "position", "ringnoanswer_count", "ringnoanswer_s",
]  # fmt: skip
_ABANDONED = {
    "ABANDON": (0, 2),
    "EXITWITHTIMEOUT": (0, 2),
    "EXITEMPTY": (0, 2),
    "EXITWITHKEY": (1, 3),
    "WITHDRAW": (0, 2),
}
_COMPLETED = ("COMPLETECALLER", "COMPLETEAGENT")
_TRANSFERRED = ("TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER")  # data end with: wait, talk, position
_ASIDE = ("RINGCANCELED", "DID", "INFO", "SYSCOMPAT")  # of a call, but of no use to its record
_REMEMBERED = 200_000  # lines and calls looked back on, for repeated lines and the count of visits


@dataclass
class _Visit:
    """What is known of one visit so far; times as text, as they stand in the log."""

    row: int
    callid: str
    queue: str
    number: int
    caller: str | None = None
    enter: str | None = None
    connect: str | None = None
    end: str | None = None
    agent: str | None = None
    outcome: str | None = None
    wait: str | None = None
    ring: str | None = None
    talk: str | None = None
    position: str | None = None
    missed: int = 0
    missed_ms: int = 0

    def cells(self) -> list[str | None]:
        missed_s = self.missed_ms / 1000
        return [
            self.callid, self.queue, str(self.number), self.caller, self.enter, self.connect, self.end, self.agent,
            self.outcome, self.wait, None, self.ring, self.talk, self.position, str(self.missed), f"{missed_s:g}",
        ]  # fmt: skip


def open_queue_log(path: Path, source: Source, choose: heads.Choice, limits: Limits) -> RawTable:
    """Opens a queue_log; raises ``DeliveryRefused``."""
    stream = open_bytes(path, source.member, limits)
    try:
        notes: list[str] = []
        chosen = choose(HEADERS)
        frames = _QueueLog(notes).frames(_lines(stream, source, limits), chosen, limits.json_rows)
        return RawTable(list(HEADERS), [], frames, notes, stream.close)
    except BaseException:
        stream.close()
        raise


def _lines(stream: ByteStream, source: Source, limits: Limits) -> Iterator[tuple[int, str]]:
    blocks = TextBlocks(utf8_pieces(stream, source.encoding, limits.block_bytes), stream.name, source)
    while True:
        lines = blocks.lines.split(b"\n")[:-1]
        for offset, line in enumerate(lines):
            yield blocks.line + offset, line.decode("utf-8").rstrip("\r")
        blocks.advance(len(blocks.lines), len(lines))
        if blocks.at_end:
            return
        if blocks.size > limits.record_bytes:
            raise DeliveryRefused("wrong_content", f"{stream.name}: line {blocks.line:,} is too long for a queue_log.")
        blocks.more()


class _QueueLog:
    """Follows the visits that are under way."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes
        self._open: dict[tuple[str, str], _Visit] = {}
        self._visits: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._repeated = self._of_agents = self._without_entry = 0
        self._unknown: dict[str, int] = {}

    def frames(self, lines: Iterator[tuple[int, str]], chosen: dict[str, int], rows: int) -> Iterator[pl.DataFrame]:
        """Visits in the order in which they end; those still open at the end of the log come last."""
        done: list[_Visit] = []
        bad: list[tuple[int, str, str]] = []
        for number, line in lines:
            if not line.strip():
                continue
            if self._is_repeated(line):
                self._repeated += 1
                continue
            fields = line.split("|")
            if len(fields) < 5 or not fields[0].replace(".", "", 1).isdigit():
                bad.append((number, shorten(line), "a queue_log line is epoch|callid|queue|agent|event|data…"))
            else:
                done += self._follow(number, fields)
            if len(done) + len(bad) >= rows:
                yield _frame(done, bad, chosen)
                done, bad = [], []
        done += self._open.values()
        if done or bad:
            yield _frame(done, bad, chosen)
        self._note()

    def _is_repeated(self, line: str) -> bool:
        if line in self._seen:
            return True
        self._seen[line] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return False

    def _follow(self, number: int, fields: list[str]) -> list[_Visit]:
        """Takes one event in; gives the visits that it ends."""
        epoch, callid, queue, agent, event = fields[:5]
        data = fields[5:]
        if callid in ("NONE", "") or queue in ("NONE", ""):
            self._of_agents += 1
            return []
        if event == "ENTERQUEUE":
            return self._enter(number, epoch, callid, queue, data)
        known = (
            event in _ABANDONED or event in _COMPLETED or event in _TRANSFERRED or event in ("CONNECT", "RINGNOANSWER")
        )
        if not known:
            if event not in _ASIDE:
                self._unknown[event] = self._unknown.get(event, 0) + 1
            return []
        visit = self._open.get((callid, queue))
        if visit is None:
            self._without_entry += 1
            visit = self._begin(number, callid, queue)
        return self._apply(visit, epoch, agent, event, data)

    def _enter(self, number: int, epoch: str, callid: str, queue: str, data: list[str]) -> list[_Visit]:
        left = self._open.pop((callid, queue), None)
        visit = self._begin(number, callid, queue)
        visit.enter, visit.caller, visit.position = epoch, _at(data, 1), _at(data, 2)
        return [left] if left is not None else []

    def _begin(self, number: int, callid: str, queue: str) -> _Visit:
        count = self._visits.pop((callid, queue), 0) + 1
        self._visits[callid, queue] = count
        if len(self._visits) > _REMEMBERED:
            self._visits.popitem(last=False)
        visit = _Visit(number, callid, queue, count)
        self._open[callid, queue] = visit
        return visit

    def _apply(self, visit: _Visit, epoch: str, agent: str, event: str, data: list[str]) -> list[_Visit]:
        if event == "RINGNOANSWER":
            visit.missed += 1
            visit.missed_ms += int(data[0]) if data and data[0].isdigit() else 0
            return []
        if agent not in ("NONE", ""):
            visit.agent = agent
        if event == "CONNECT":
            visit.connect, visit.wait, visit.ring = epoch, _at(data, 0), _at(data, 2)
            return []
        visit.end, visit.outcome = epoch, event
        if event in _ABANDONED:
            position, wait = _ABANDONED[event]
            visit.position, visit.wait = _at(data, position), _at(data, wait)
        else:
            # Newer versions put more before these; all that are filled end with them.
            wait_talk_position = [value for value in data if value != ""][-3:]
            if len(wait_talk_position) == 3:
                visit.wait = visit.wait or wait_talk_position[0]
                visit.talk, visit.position = wait_talk_position[1:]
        return [self._open.pop((visit.callid, visit.queue))]

    def _note(self) -> None:
        still_open = len(self._open)
        unknown = ", ".join(f"{event} {count:,}" for event, count in sorted(self._unknown.items()))
        for count, sentence in (
            (self._repeated, f"{self._repeated:,} repeated lines skipped"),
            (self._without_entry, f"{self._without_entry:,} visits begin before the file does (no ENTERQUEUE)"),
            (still_open, f"{still_open:,} visits have no end in the file"),
            (self._of_agents, f"{self._of_agents:,} events of agents and configuration skipped"),
            (len(self._unknown), f"events without a meaning here skipped: {unknown}"),
        ):
            if count:
                self._notes.append(sentence)


def _at(data: list[str], index: int) -> str | None:
    return data[index] or None if index < len(data) else None


def _frame(visits: list[_Visit], bad: list[tuple[int, str, str]], chosen: dict[str, int]) -> pl.DataFrame:
    cells = [visit.cells() for visit in visits]
    frame = pl.DataFrame(
        [
            pl.Series(ROW, [visit.row for visit in visits], dtype=pl.Int64),
            *(pl.Series(name, [row[at] for row in cells], dtype=pl.String) for name, at in chosen.items()),
        ]
    )
    if not bad:
        return frame
    rejects = pl.DataFrame(bad, schema={ROW: pl.Int64, RAW: pl.String, REJECT: pl.String}, orient="row")
    return pl.concat([frame, rejects], how="diagonal")
