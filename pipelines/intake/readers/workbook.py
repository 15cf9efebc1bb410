"""Workbooks (XLSX, ODS): rows parsed in a child process, headers resolved and frames built here."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import polars as pl

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import headers as heads
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.table import KIND, ROW, SHEET, RawTable
from pipelines.intake.readers.workbook_process import TookTooLong, parse_workbook
from pipelines.workspace.feeds import Source


def open_workbook(path: Path, source: Source, choose: heads.Choice, limits: Limits) -> RawTable:
    """Opens a workbook; raises ``DeliveryRefused``. It is parsed whole, within limits, before any row is given."""
    rows = tempfile.TemporaryFile(mode="w+b")  # noqa: SIM115 - closed by the table that reads it
    try:
        _run_child(path, source, limits, rows)
        book = _Workbook(rows, path.name, source, choose, limits)
        return RawTable(book.headers, book.header_cells, book.batches(), book.notes, rows.close)
    except BaseException:
        rows.close()
        raise


def _run_child(path: Path, source: Source, limits: Limits, rows: IO[bytes]) -> None:
    """Parses the workbook into ``rows`` (JSON lines), or raises what went wrong."""
    request = {
        "path": str(path.resolve()),
        "name": path.name,
        "member": source.member,
        "sheet": source.sheet,
        "fill_merged": source.fill_merged,
        "limits": dataclasses.asdict(limits),
    }
    try:
        status = parse_workbook(request, rows, limits.child_seconds)
    except TookTooLong as error:
        raise _too_slow(path.name, limits) from error
    rows.seek(0)
    last = _last_line(rows)
    if "refused" in last:
        kind, message = last["refused"]
        raise DeliveryRefused(kind, message)
    if status or "done" not in last:
        raise _ended(path.name, status, limits)


def _too_slow(name: str, limits: Limits) -> DeliveryRefused:
    return DeliveryRefused(
        "unreadable_file",
        f"{name}: reading the workbook took longer than {limits.child_seconds} s and was stopped. "
        "Have it split, or sent as CSV.",
    )


def _ended(name: str, status: int, limits: Limits) -> DeliveryRefused:
    if -status == 24:  # SIGXCPU: the limit on processor time
        return _too_slow(name, limits)
    return DeliveryRefused(
        "unreadable_file",
        f"{name}: the workbook broke the process that was reading it (status {status}). "
        "Have it saved again, or sent as CSV.",
    )


def _last_line(rows: IO[bytes]) -> dict[str, Any]:
    """The child's last word: a mapping, or an empty one where it was cut short."""
    size = rows.seek(0, os.SEEK_END)
    rows.seek(max(0, size - 10_000))
    tail = rows.read().rstrip(b"\n").rpartition(b"\n")[2]
    rows.seek(0)
    try:
        value = json.loads(tail)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


class _Sheet:
    """One sheet's header, as far as it was read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cells: dict[int, list[str]] = {}
        self.headers: list[str] = []
        self.at: dict[str, int] = {}


class _Workbook:
    """Turns the child's rows into headers and frames."""

    def __init__(self, rows: IO[bytes], name: str, source: Source, choose: heads.Choice, limits: Limits) -> None:
        self._rows = rows
        self._name = name
        self._source = source
        self._choose = choose
        self._limits = limits
        self._copies = 0
        self._beyond = 0
        self.notes: list[str] = []
        self._aside: dict[str, _Sheet] = {}
        first = next(self._first_sheet_header(), None)
        if first is None:
            first = self._resolved(next(iter(self._aside.values())))  # refuses: nothing where the header should be
        self.headers = first.headers
        numbers = self._header_numbers
        self.header_cells = [first.cells.get(number, []) for number in numbers]
        self._wanted = list(first.at)
        self._rows.seek(0)

    @property
    def _header_numbers(self) -> list[int]:
        last = max(self._source.header_rows, default=0)
        dropped = range(last + 1, last + 1 + self._source.drop_rows_after_header)
        return [*sorted(set(self._source.header_rows)), *dropped]

    def _first_sheet_header(self) -> Iterator[_Sheet]:
        for sheet, _ in self._records():
            yield sheet
            return

    def _lines(self) -> Iterator[Any]:
        for line in self._rows:
            yield json.loads(line)

    def _records(self) -> Iterator[tuple[_Sheet, list[Any] | None]]:
        """Each sheet once with None when its header is complete, then with each of its records."""
        sheet: _Sheet | None = None
        open_header = False
        last = max(self._header_numbers, default=0)
        for value in self._lines():
            if isinstance(value, dict):
                if sheet is not None and open_header and not self._is_aside(sheet):
                    yield self._resolved(sheet), None
                open_header = "sheet" in value
                sheet = _Sheet(value["sheet"]) if open_header else None
                continue
            if sheet is None:
                continue
            number, cells, _ = value
            if number <= last:
                sheet.cells[number] = [cell or "" for cell in cells]
                continue
            if open_header:
                yield self._resolved(sheet, cells), None
                open_header = False
            yield sheet, value

    def _is_aside(self, sheet: _Sheet) -> bool:
        """Has a sheet without records no header either? It is a remark beside the others: left out, and noted."""
        rows = [sheet.cells.get(number, []) for number in self._source.header_rows]
        if not rows or any(heads.clean(cell) for row in rows for cell in row):
            return False
        self._aside.setdefault(sheet.name, sheet)
        return True

    def _resolved(self, sheet: _Sheet, first: list[str | None] | None = None) -> _Sheet:
        where = f"{self._name}, sheet “{sheet.name}”"
        header_rows = sorted(set(self._source.header_rows))
        rows = [sheet.cells.get(number, []) for number in header_rows]
        if header_rows:
            sheet.headers = heads.join_headers(rows, self._source.header_join)
            if not any(heads.clean(cell) for row in rows for cell in row):
                shown = ", ".join(map(str, header_rows))
                raise DeliveryRefused(
                    "unexpected_columns", f"{where}: row {shown} should hold the header, but it is blank."
                )
        else:
            width = len(first or [])
            sheet.headers = heads.unique(self._source.names or [f"column {index + 1}" for index in range(width)])
        heads.check_anchor(self._source.header_anchor, sheet.headers, rows, where)
        sheet.at = self._choose(sheet.headers)
        return sheet

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames of all chosen sheets, in the workbook's order."""
        held: list[tuple[str, list[Any]]] = []
        current: _Sheet | None = None
        for sheet, record in self._records():
            if record is None:
                if held and current is not None:
                    yield self._frame(current, held)
                held, current = [], sheet
                self._check_same(sheet)
                continue
            if self._is_header_copy(sheet, record[1]):
                self._copies += 1
                continue
            held.append((sheet.name, record))
            if len(held) >= self._limits.batch_rows:
                yield self._frame(sheet, held)
                held = []
        if held and current is not None:
            yield self._frame(current, held)
        self.notes += [f"sheet “{name}” holds neither header nor records; left out" for name in self._aside]
        if self._copies:
            self.notes.append(f"{self._copies:,} repeated header rows skipped")
        if self._beyond:
            self.notes.append(f"{self._beyond:,} rows have cells to the right of the last header; they were not read")

    def _check_same(self, sheet: _Sheet) -> None:
        missing = [name for name in self._wanted if name not in sheet.at]
        if missing:
            raise DeliveryRefused(
                "unexpected_columns",
                f"{self._name}: sheet “{sheet.name}” lacks the columns {heads.quoted(missing)}, "
                "which another sheet has.",
            )

    def _is_header_copy(self, sheet: _Sheet, cells: list[str | None]) -> bool:
        plain = [cell or "" for cell in cells]
        return any(plain == row and any(row) for row in sheet.cells.values())

    def _frame(self, sheet: _Sheet, held: list[tuple[str, list[Any]]]) -> pl.DataFrame:
        records = [record for _, record in held]
        width = len(sheet.headers)
        self._beyond += sum(1 for _, cells, _ in records if any(cell is not None for cell in cells[width:]))
        columns = [
            pl.Series(ROW, [number for number, _, _ in records], dtype=pl.Int64),
            pl.Series(SHEET, [sheet.name] * len(records), dtype=pl.String),
        ]
        for name in self._wanted:
            at = sheet.at[name]
            texts = [cells[at] if at < len(cells) else None for _, cells, _ in records]
            kinds = [kinds[at] if at < len(kinds) and kinds[at] != " " else None for _, _, kinds in records]
            columns.append(pl.Series(name, texts, dtype=pl.String))
            columns.append(pl.Series(f"{KIND}{name}", kinds, dtype=pl.String))
        return pl.DataFrame(columns)
