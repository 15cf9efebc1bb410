"""What the two workbook formats share: rows of text with the kind of each cell, and the checks before parsing."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.limits import Limits

TEXT = " "  # in SheetRow.kinds
_PIECE = 1 << 16


@dataclass
class SheetRow:
    """One row as a person counts it (from 1): texts (None = empty) and one character of kind per cell."""

    number: int
    cells: list[str | None]
    kinds: str


@dataclass(frozen=True)
class SheetRequest:
    """What to read of a workbook: the visible sheets whose names match, or the only visible one."""

    name: str  # of the file, for messages
    sheet: str | None
    fill_merged: bool


def render(value: Any) -> tuple[str | None, str]:
    """A typed cell as text that depends on no locale, and its kind. A float keeps every digit; whole ones drop ".0"."""
    if value is None or value == "":
        return None, TEXT
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), "b"
    if isinstance(value, int):
        return str(value), "n"
    if isinstance(value, float):
        return _number(value), "n"
    if isinstance(value, datetime.datetime):
        return value.isoformat(" "), "d"
    if isinstance(value, datetime.date):
        return f"{value.isoformat()} 00:00:00", "d"
    if isinstance(value, datetime.time):
        return _number(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1_000_000), "t"
    if isinstance(value, datetime.timedelta):
        return _number(value.total_seconds()), "t"
    return str(value), TEXT


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def check_package(archive: zipfile.ZipFile, name: str, packed: int, limits: Limits) -> None:
    """Refuses a workbook that would unpack to too much, before anything is unpacked."""
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > limits.workbook_bytes:
        raise DeliveryRefused(
            "unreadable_file",
            f"{name}: the workbook unpacks to {unpacked:,} bytes, at most {limits.workbook_bytes:,} are read. "
            "Have it split, or sent as CSV.",
        )
    if unpacked > limits.archive_ratio * max(packed, 1):
        raise DeliveryRefused(
            "unreadable_file",
            f"{name}: {packed:,} packed bytes unpack to {unpacked:,}, over {limits.archive_ratio} times as much: the "
            "workbook looks like a decompression bomb, or is formatted far beyond its data. Have it saved again, or "
            "sent as CSV.",
        )
    for entry in archive.infolist():
        if entry.filename.endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                _refuse_entities(part, f"{name} > {entry.filename}")


def _refuse_entities(part: Any, where: str) -> None:
    """Refuses XML that declares entities (bombs, and references to other files); office programs never write any."""
    started = False

    def declared(*_: object) -> None:
        raise DeliveryRefused("unreadable_file", f"{where}: the XML declares entities, as no office program does.")

    def start(*_: object) -> None:
        nonlocal started
        started = True

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = declared
    parser.StartElementHandler = start
    try:
        while not started:
            piece = part.read(_PIECE)
            parser.Parse(piece, not piece)
            if not piece:
                return
    except expat.ExpatError as error:
        raise DeliveryRefused(
            "unreadable_file", f"{where}: the XML is damaged ({error}). Have the workbook saved again."
        ) from error


def choose_sheets(names: dict[str, bool], request: SheetRequest, matches: Any) -> list[str]:
    """The sheets to read, in the workbook's order; ``names`` says of each whether it is visible."""
    visible = [name for name, shown in names.items() if shown]
    listed = ", ".join(f"“{name}”" for name in visible[:20]) or "none"
    if request.sheet is None:
        if len(visible) != 1:
            raise DeliveryRefused(
                "wrong_content",
                f"{request.name}: one visible sheet was expected, found {len(visible)}: {listed}. "
                "Say which to read with `sheet` in the mapping.",
            )
        return visible
    chosen = [name for name in visible if matches(name)]
    if not chosen:
        raise DeliveryRefused(
            "wrong_content",
            f"{request.name}: no visible sheet has a name that matches “{request.sheet}”; visible are: {listed}.",
        )
    return chosen


Area = tuple[int, int, int, int]  # first row, first column, last row, last column; from 1


def fill_merged(rows: Iterator[SheetRow], areas: list[Area]) -> Iterator[SheetRow]:
    """Gives every cell of a merged area the value of its first cell. Rows that hold nothing of their own stay empty."""
    waiting = sorted(areas, reverse=True)
    active: list[tuple[Area, str | None, str]] = []
    for row in rows:
        active = [entry for entry in active if entry[0][2] >= row.number]
        while waiting and waiting[-1][0] <= row.number:
            area = waiting.pop()
            at = area[1] - 1
            own = area[0] == row.number and at < len(row.cells)
            active.append((area, row.cells[at] if own else None, row.kinds[at] if own else TEXT))
        if active and any(cell is not None for cell in row.cells):
            _fill(row, active)
        yield row


def _fill(row: SheetRow, active: list[tuple[Area, str | None, str]]) -> None:
    width = max(len(row.cells), *(area[3] for area, value, _ in active if value is not None), 0)
    row.cells += [None] * (width - len(row.cells))
    kinds = list(row.kinds.ljust(width))
    for (_, first, _, last), value, kind in active:
        if value is not None:
            for at in range(first - 1, last):
                row.cells[at], kinds[at] = value, kind
    row.kinds = "".join(kinds)
