"""Delimited text (CSV, TSV, pipes, ...), streamed in blocks: memory doesn't grow with the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import headers as heads
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.packed import open_bytes
from pipelines.intake.readers.records import (
    Dialect,
    Record,
    UnclosedQuote,
    clean_lines,
    exact_records,
    layout,
    well_quoted,
)
from pipelines.intake.readers.table import RAW, REJECT, ROW, RawTable, shorten
from pipelines.intake.readers.text import check_text, utf8_pieces
from pipelines.workspace.feeds import Source

_SUBSTITUTE = "\x1f"  # stands for a delimiter of several bytes; ASCII's own unit separator
_NAMED = {"tab": "\t", "\\t": "\t", "pipe": "|", "semicolon": ";", "comma": ",", "space": " "}


def open_delimited(path: Path, source: Source, wanted: Sequence[str], limits: Limits) -> RawTable:
    """Opens a delimited file; raises ``DeliveryRefused``."""
    stream = open_bytes(path, source.member, limits)
    try:
        text = TextBlocks(utf8_pieces(stream, source.encoding, limits.block_bytes), stream.name, source, limits)
        reader = DelimitedReader(text, source, wanted, limits)
        return RawTable(reader.headers, reader.header_cells, reader.batches(), reader.notes, stream.close)
    except BaseException:
        stream.close()
        raise


class TextBlocks:
    """The text not yet read: ``data`` begins with a record, on line ``line`` of the file."""

    def __init__(self, pieces: Iterator[bytes], name: str, source: Source, limits: Limits) -> None:
        self._pieces = pieces
        self._encoding = source.encoding
        self._limits = limits
        self._delimiter = _NAMED.get(source.delimiter.lower(), source.delimiter)
        self._carriage_returns = False
        self._offset = 0
        self._checked = 0
        self._whole_lines = 0
        self.name = name
        self.data = b""
        self.line = 1
        self.at_end = False
        self.line_feed_added = False
        self.more()

    @property
    def delimiter(self) -> str:
        return self._delimiter if len(self._delimiter.encode()) == 1 else _SUBSTITUTE

    def more(self) -> None:
        """Reads another piece, or notes the end (and completes the last line with a line feed)."""
        piece = next(self._pieces, b"")
        self.at_end = not piece
        if not self.data and not self._offset and b"\r" in piece and b"\n" not in piece:
            self._carriage_returns = True
        if self._carriage_returns:
            piece = piece.replace(b"\r", b"\n")
        self.data += piece
        if self.at_end and self.data and not self.data.endswith(b"\n"):
            self.data += b"\n"
            self.line_feed_added = True
        self._check()

    def _check(self) -> None:
        """Checks the lines that the last piece completed; puts the substitute for a delimiter of several bytes."""
        end = self.data.rfind(b"\n") + 1
        if end <= self._checked:
            return
        fresh = self.data[self._checked : end] if self._checked or end < len(self.data) else self.data
        first = self.line + self.data.count(b"\n", 0, self._checked)
        check_text(fresh, self.name, self._encoding, first, self._offset + self._checked)
        if self.delimiter == _SUBSTITUTE != self._delimiter:
            if _SUBSTITUTE.encode() in fresh:
                raise DeliveryRefused("unreadable_file", f"{self.name}: holds control characters (1F) from line {first:,} on.")
            fresh = fresh.replace(self._delimiter.encode(), _SUBSTITUTE.encode())
            rest = self.data[end:]
            self.data = self.data[: self._checked] + fresh
            end = len(self.data)
            self.data += rest
        self._checked = end

    def whole_lines(self) -> bytes:
        """The text up to the last line feed."""
        end = self._checked
        return self.data if end == len(self.data) else self.data[:end]

    def advance(self, size: int, lines: int) -> None:
        """Leaves ``size`` bytes holding ``lines`` lines behind."""
        self.data = self.data[size:]
        self._checked = max(0, self._checked - size)
        self._offset += size
        self.line += lines


class DelimitedReader:
    """Headers first, then frames."""

    def __init__(self, text: TextBlocks, source: Source, wanted: Sequence[str], limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._dialect = Dialect(text.delimiter, source.quote, source.comment)
        self.notes: list[str] = []
        self.header_cells, self._repeated = self._read_header(source)
        self._resolve(source, wanted)
        self._blank = self._comments = self._header_copies = 0

    def _read_header(self, source: Source) -> tuple[list[list[str]], list[bytes]]:
        """The cells of the header rows and of the rows dropped after them, and their bytes; moves past them."""
        last = max(source.header_rows, default=0)
        rows: list[list[str]] = []
        copies: list[bytes] = []
        number = 0
        while number < last + source.drop_rows_after_header:
            record = self._first_record()
            if record is None:
                self._refuse_header(last, number)
            comment = source.comment is not None and self._text.data.startswith(source.comment.encode())
            number += 0 if comment else 1
            if number in source.header_rows or number > last:
                rows.append(record.cells or [])
                copies.append(self._text.data[: record.end])
            self._text.advance(record.end, self._text.data.count(b"\n", 0, record.end))
        return rows, [copy for copy in copies if len(copy.strip()) > 1]

    def _first_record(self) -> Record | None:
        while True:
            try:
                record = next(exact_records(self._text.whole_lines(), self._dialect, self._limits.record_bytes), None)
            except UnclosedQuote:
                record = None
            if record is not None or self._text.at_end:
                if record is None and self._text.data:
                    self._refuse_unclosed(self._text.line)
                if record is not None and record.reason is not None:
                    raise DeliveryRefused(
                        "unreadable_file", f"{self._text.name}: line {self._text.line:,} above the data: {record.reason}."
                    )
                return record
            self._read_more()

    def _refuse_header(self, last: int, found: int) -> None:
        name = self._text.name
        if found == 0:
            raise DeliveryRefused("truncated_export", f"{name}: the file is empty; a header and records were expected.")
        raise DeliveryRefused(
            "truncated_export", f"{name}: the file ends after row {found}; the header was expected in row {last}."
        )

    def _resolve(self, source: Source, wanted: Sequence[str]) -> None:
        rows = self.header_cells[: len(set(source.header_rows))]
        if source.header_rows:
            self.headers = heads.join_headers(rows, source.header_join)
            if all(header == f"column {index + 1}" for index, header in enumerate(self.headers)):
                row = ", ".join(map(str, source.header_rows))
                raise DeliveryRefused(
                    "unexpected_columns", f"{self._text.name}: row {row} should hold the header, but it is blank."
                )
        else:
            self.headers = self._named(source.names)
        heads.check_anchor(source.header_anchor, self.headers, rows, self._text.name)
        self._wanted = heads.positions(wanted, self.headers)

    def _named(self, names: list[str] | None) -> list[str]:
        """Column names of a file without a header: the mapping's, which must fit the first record."""
        record = self._first_data_record()
        if record is None:
            raise DeliveryRefused("truncated_export", f"{self._text.name}: the file is empty; records were expected.")
        width = len(record.cells or [])
        if names is None:
            return [f"column {index + 1}" for index in range(width)]
        if width != len(names):
            raise DeliveryRefused(
                "unexpected_columns",
                f"{self._text.name}: line {self._text.line:,} has {width} cells, but the mapping names {len(names)} columns "
                f"(delimiter {self._shown_delimiter()}).",
            )
        return heads.unique(names)

    def _first_data_record(self) -> Record | None:
        """The first record that is neither blank nor a comment, without moving past it."""
        while True:
            try:
                for record in exact_records(self._text.whole_lines(), self._dialect, self._limits.record_bytes):
                    if record.cells is not None or record.reason is not None:
                        return record
            except UnclosedQuote as error:
                if self._text.at_end:
                    self._refuse_unclosed(self._text.line + error.line)
            if self._text.at_end:
                return None
            self._read_more()

    def _shown_delimiter(self) -> str:
        return {"\t": "tab", _SUBSTITUTE: "of several characters"}.get(self._text.delimiter, f"“{self._text.delimiter}”")

    # Records

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames in file order; raises ``DeliveryRefused`` where the text cannot be trusted any further."""
        text = self._text
        while True:
            block = text.whole_lines()
            used = 0
            if block:
                frame, used, lines = self._frame(block)
                text.advance(used, lines)
                if frame.height:
                    yield frame
                del frame
            if text.at_end:
                if text.data:
                    self._refuse_unclosed(text.line)
                break
            if used == 0 and len(text.data) > self._limits.record_bytes:
                self._refuse_unclosed(text.line)
            del block
            self._read_more()
        self._note_skipped()

    def _read_more(self) -> None:
        if len(self._text.data) > self._limits.record_bytes:
            self._refuse_unclosed(self._text.line)
        self._text.more()

    def _refuse_unclosed(self, line: int) -> None:
        raise DeliveryRefused(
            "truncated_export",
            f"{self._text.name}: a quote opened in the record on line {line:,} is not closed before the end of the file "
            f"(or within {self._limits.record_bytes:,} bytes). The file is cut, or this line's quoting is broken; "
            "if quotes are ordinary text in this feed, set `quote: null`.",
        )

    def _frame(self, block: bytes) -> tuple[pl.DataFrame, int, int]:
        """The records of a block, the bytes and the lines that they took."""
        if not self._has_extras(block):
            lines = clean_lines(block, self._dialect, len(self.headers))
            if lines is not None:
                frame = self._parsed(block, lines)
                if frame is not None:
                    return frame, len(block), block.count(b"\n")
        if well_quoted(block, self._dialect):
            repaired = self._without_extras(block)
            if repaired is not None:
                return repaired
        return self._exactly(block)

    def _has_extras(self, block: bytes) -> bool:
        """Whether comments, repeated header rows or (in a file of one column) blank lines are among the records."""
        marks = [*self._repeated, b"\xef\xbb\xbf"]
        if self._dialect.comment is not None:
            marks.append(self._dialect.comment.encode())
        if len(self.headers) == 1:
            marks += [b"\n", b"\r\n"]
        return any(block.startswith(mark) or b"\n" + mark in block for mark in marks)

    def _parsed(self, block: bytes, lines: np.ndarray) -> pl.DataFrame | None:  # type: ignore[type-arg]
        """The wanted columns of a block whose structure is right; None where Polars disagrees with that."""
        columns = sorted(set(self._wanted.values())) or [0]
        try:
            frame = pl.read_csv(
                block,
                has_header=False,
                infer_schema=False,
                columns=columns,
                separator=self._dialect.delimiter,
                quote_char=self._dialect.quote,
                null_values=[""],
            )
        except pl.exceptions.PolarsError:
            return None
        if frame.height != len(lines):
            return None
        names = dict(zip(columns, frame.columns, strict=True))
        rows = pl.Series(ROW, lines + self._text.line, dtype=pl.Int64)
        return self._restored(
            frame.select(rows, *(pl.col(names[position]).alias(name) for name, position in self._wanted.items()))
        )

    def _restored(self, frame: pl.DataFrame) -> pl.DataFrame:
        if self._dialect.delimiter != _SUBSTITUTE:
            return frame
        return frame.with_columns(pl.col(pl.String).str.replace_all(_SUBSTITUTE, self._text._delimiter, literal=True))

    def _without_extras(self, block: bytes) -> tuple[pl.DataFrame, int, int] | None:
        """Takes blank lines, comments, repeated headers and ragged records out, and leaves the rest to Polars."""
        found = layout(block, self._dialect)
        if not len(found.ends):
            return pl.DataFrame(), 0, 0
        suspect = found.delimiters != len(self.headers) - 1
        suspect |= np.isin(found.starts, self._marked(block))
        keep = np.ones(len(found.ends), dtype=bool)
        rejects: list[tuple[int, str, str]] = []
        for index in np.flatnonzero(suspect):
            raw = block[found.starts[index] : found.ends[index]]
            reason = self._judge(raw, int(found.delimiters[index]) + 1)
            keep[index] = reason == ""
            if reason:
                rejects.append((self._text.line + int(found.lines[index]), self._readable(raw), reason))
        used = int(found.ends[-1])
        self._check_cut(rejects, used, block)
        kept = np.frombuffer(block, dtype=np.uint8)[:used][np.repeat(keep, found.ends - found.starts)].tobytes()
        frame = self._parsed(kept, found.lines[keep]) if kept else self._empty()
        if frame is None:
            return None
        return self._with_rejects(frame, rejects), used, block.count(b"\n", 0, used)

    def _marked(self, block: bytes) -> list[int]:
        """Where lines begin as a comment, a header row or (in a file of one column) a blank line does."""
        marks = [*self._repeated, b"\xef\xbb\xbf"]
        if self._dialect.comment is not None:
            marks.append(self._dialect.comment.encode())
        if len(self.headers) == 1:
            marks += [b"\n", b"\r\n"]
        starts = [0]
        for mark in marks:
            at = block.find(b"\n" + mark)
            while at >= 0:
                starts.append(at + 1)
                at = block.find(b"\n" + mark, at + 1)
        return starts

    def _judge(self, raw: bytes, cells: int) -> str | None:
        """"" for a good record, None for what is no record (counted), else the reason why it is unusable."""
        if not raw.strip():
            self._blank += 1
            return None
        if self._dialect.comment is not None and raw.startswith(self._dialect.comment.encode()):
            self._comments += 1
            return None
        if any(_same_line(raw, copy) for copy in self._repeated):
            self._header_copies += 1
            return None
        expected = len(self.headers)
        if cells == expected:
            return ""
        return f"the record has {cells} cell{'s' if cells != 1 else ''} where the header has {expected}"

    def _check_cut(self, rejects: list[tuple[int, str, str]], used: int, block: bytes) -> None:
        """Refuses a file whose last record breaks off: too few cells, no line end, yet more than a footnote."""
        text = self._text
        if not (rejects and text.at_end and text.line_feed_added and used == len(block)):
            return
        last = block.rfind(b"\n", 0, used - 1) + 1
        line, raw, _ = rejects[-1]
        cells = raw.count(text._delimiter) + 1
        if block[last:used].rstrip(b"\r\n").decode() == raw and 1 < cells < len(self.headers):
            raise DeliveryRefused(
                "truncated_export",
                f"{text.name}: the file breaks off on line {line:,}, after {cells} of {len(self.headers)} cells and without a line end. "
                "It was cut while it was written or sent: have it sent again.",
            )

    def _exactly(self, block: bytes) -> tuple[pl.DataFrame, int, int]:
        """Record by record, for a block whose quoting is irregular."""
        width = len(self.headers)
        good: list[list[str]] = []
        good_lines: list[int] = []
        rejects: list[tuple[int, str, str]] = []
        used = 0
        try:
            for record in exact_records(block, self._dialect, self._limits.record_bytes):
                used = record.end
                raw = block[record.start : record.end]
                line = self._text.line + record.line
                reason = record.reason or self._judge(raw, len(record.cells or []))
                if reason:
                    rejects.append((line, self._readable(raw), reason))
                elif reason == "" and record.cells is not None:
                    good.append(record.cells)
                    good_lines.append(line)
        except UnclosedQuote as error:
            used = error.start
            if self._text.at_end:
                self._refuse_unclosed(self._text.line + error.line)
        self._check_cut(rejects, used, block)
        columns = list(zip(*good, strict=True)) if good else [()] * width
        frame = pl.DataFrame(
            [
                pl.Series(ROW, good_lines, dtype=pl.Int64),
                *(pl.Series(name, [cell or None for cell in columns[at]], dtype=pl.String) for name, at in self._wanted.items()),
            ]
        )
        return self._with_rejects(self._restored(frame), rejects), used, block.count(b"\n", 0, used)

    def _readable(self, raw: bytes) -> str:
        text = raw.decode("utf-8").rstrip("\r\n")
        return shorten(text.replace(_SUBSTITUTE, self._text._delimiter) if self._dialect.delimiter == _SUBSTITUTE else text)

    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema={ROW: pl.Int64, **dict.fromkeys(self._wanted, pl.String)})

    def _with_rejects(self, frame: pl.DataFrame, rejects: list[tuple[int, str, str]]) -> pl.DataFrame:
        if not rejects:
            return frame
        lines, texts, reasons = zip(*rejects, strict=True)
        bad = pl.DataFrame(
            [
                pl.Series(ROW, lines, dtype=pl.Int64),
                pl.Series(RAW, texts, dtype=pl.String),
                pl.Series(REJECT, reasons, dtype=pl.String),
            ]
        )
        return pl.concat([frame, bad], how="diagonal").sort(ROW)

    def _note_skipped(self) -> None:
        for count, what in (
            (self._blank, "blank lines were skipped"),
            (self._comments, "comment lines were skipped"),
            (self._header_copies, "repeated header rows were skipped (files joined by the sender)"),
        ):
            if count:
                self.notes.append(f"{count:,} {what}")


def _same_line(raw: bytes, copy: bytes) -> bool:
    return raw.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n") == copy.rstrip(b"\r\n")
