"""Delimited text (CSV, TSV, pipes, ...), streamed in blocks: memory doesn't grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import headers as heads
from pipelines.intake.readers.blocks import TextBlocks
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.packed import open_bytes
from pipelines.intake.readers.parsing import BlockParser
from pipelines.intake.readers.records import Dialect, Record, UnclosedQuote, exact_records
from pipelines.intake.readers.table import RawTable
from pipelines.intake.readers.text import utf8_pieces
from pipelines.workspace.feeds import Source


def open_delimited(path: Path, source: Source, choose: heads.Choice, limits: Limits) -> RawTable:
    """Opens a delimited file; raises ``DeliveryRefused``."""
    stream = open_bytes(path, source.member, limits)
    try:
        text = TextBlocks(utf8_pieces(stream, source.encoding, limits.block_bytes), stream.name, source)
        top = HeaderReader(text, source, limits)
        top.read()
        notes: list[str] = []
        parser = BlockParser(text, top.dialect, len(top.headers), choose(top.headers), top.copies, limits.record_bytes)
        frames = gathered(_frames(text, parser, notes, limits), limits.batch_rows)
        return RawTable(top.headers, top.cells, frames, notes, stream.close)
    except BaseException:
        stream.close()
        raise


def _frames(text: TextBlocks, parser: BlockParser, notes: list[str], limits: Limits) -> Iterator[pl.DataFrame]:
    """One frame per block; raises ``DeliveryRefused`` where the text cannot be trusted any further."""
    while True:
        frame = parser.parse()
        if frame.height:
            yield frame
        del frame
        if text.at_end:
            break
        if text.size > limits.record_bytes:
            raise parser.unclosed(text.line)
        text.more()
    if text.size:
        raise parser.unclosed(text.line)
    notes.extend(parser.notes)


def gathered(frames: Iterator[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """The same records in frames of at least ``rows`` rows (but the last): what follows has a price per frame."""
    held: list[pl.DataFrame] = []
    height = 0
    for frame in frames:
        held.append(frame)
        height += frame.height
        del frame
        if height >= rows:
            yield pl.concat(held, how="diagonal") if len(held) > 1 else held[0]
            held, height = [], 0
    if held:
        yield pl.concat(held, how="diagonal") if len(held) > 1 else held[0]


class HeaderReader:
    """Reads what stands above the records, and leaves ``text`` at the first of them.

    Rows are counted as a spreadsheet shows them: a quoted cell may span lines, blank lines count, comments don't.
    """

    def __init__(self, text: TextBlocks, source: Source, limits: Limits) -> None:
        self._text = text
        self._source = source
        self._limits = limits
        self.dialect = Dialect(text.delimiter, source.quote, source.comment)
        self.cells: list[list[str]] = []
        self.copies: list[bytes] = []  # the header rows' bytes
        self.headers: list[str] = []

    def read(self) -> None:
        """Fills ``cells``, ``copies`` and ``headers``; raises ``DeliveryRefused``."""
        self._read_rows()
        rows = self.cells[: len(set(self._source.header_rows))]
        if rows:
            self.headers = heads.join_headers(rows, self._source.header_join)
        else:
            self.headers = self._declared_names()
        if rows and not any(heads.clean(cell) for row in rows for cell in row):
            shown = ", ".join(map(str, self._source.header_rows))
            raise DeliveryRefused(
                "unexpected_columns", f"{self._text.name}: row {shown} should hold the header, but it is blank."
            )
        heads.check_anchor(self._source.header_anchor, self.headers, rows, self._text.name)

    def _read_rows(self) -> None:
        last = max(self._source.header_rows, default=0)
        number = 0
        while number < last + self._source.drop_rows_after_header:
            record = self._next_record(skip_blank=False)
            if record is None:
                raise self._no_header(last, number)
            number += 1
            if number in self._source.header_rows or number > last:
                self.cells.append([self._text.restored(cell) for cell in record.cells or []])
                self._keep_copy(self._text.lines[: record.end])
            self._advance(record)

    def _keep_copy(self, row: bytes) -> None:
        if row.strip(self.dialect.delimiter.encode() + b' "\r\n'):
            self.copies.append(row)

    def _advance(self, record: Record) -> None:
        self._text.advance(record.end, self._text.lines.count(b"\n", 0, record.end))

    def _next_record(self, skip_blank: bool) -> Record | None:
        """The first record of the text (comments and, if asked, blank lines are left behind); None at the end."""
        while True:
            record = self._peek()
            if record is None:
                return None
            comment = self.dialect.comment is not None and self._text.lines.startswith(self.dialect.comment.encode())
            if not comment and not (skip_blank and record.cells is None):
                return record
            self._advance(record)

    def _peek(self) -> Record | None:
        while True:
            try:
                record = next(exact_records(self._text.lines, self.dialect, self._limits.record_bytes), None)
            except UnclosedQuote:
                record = None
            if record is not None and record.reason is not None:
                raise DeliveryRefused(
                    "unreadable_file", f"{self._text.name}: line {self._text.line:,}, above the data: {record.reason}."
                )
            if record is not None or (self._text.at_end and not self._text.size):
                return record
            if self._text.at_end or self._text.size > self._limits.record_bytes:
                raise BlockParser(self._text, self.dialect, 1, {}, [], self._limits.record_bytes).unclosed(
                    self._text.line
                )
            self._text.more()

    def _no_header(self, last: int, found: int) -> DeliveryRefused:
        name = self._text.name
        if found == 0:
            return DeliveryRefused(
                "truncated_export", f"{name}: the file is empty; a header and records were expected."
            )
        return DeliveryRefused(
            "truncated_export", f"{name}: the file ends after row {found}; the header was expected in row {last}."
        )

    def _declared_names(self) -> list[str]:
        """Column names of a file without a header: the mapping's, which must fit the first record."""
        names = self._source.names
        record = self._next_record(skip_blank=True)
        if record is None:
            raise DeliveryRefused("truncated_export", f"{self._text.name}: the file is empty; records were expected.")
        width = len(record.cells or [])
        if names is not None and width != len(names):
            raise DeliveryRefused(
                "unexpected_columns",
                f"{self._text.name}: line {self._text.line:,} has {width} cells, but the mapping names {len(names)} "
                f"columns (delimiter {self._text.shown_delimiter}).",
            )
        return heads.unique(names) if names is not None else [f"column {index + 1}" for index in range(width)]
