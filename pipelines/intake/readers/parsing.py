"""One block of delimited text to one frame: by Polars where its structure is proven right, else record by record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.blocks import TextBlocks
from pipelines.intake.readers.records import (
    Dialect,
    Record,
    UnclosedQuote,
    clean_lines,
    count_byte,
    exact_records,
    layout,
    returns_before,
    well_quoted,
)
from pipelines.intake.readers.table import RAW, REJECT, ROW, shorten

_PIECE = 1 << 18  # bytes parsed at a time, where a block's quoting is irregular somewhere
_MARK = b"\xef\xbb\xbf"  # a byte-order mark inside a file: where a file with one was appended


_NO_RECORDS = ("blank lines", "comment lines", "repeated header rows (files joined by the sender)")


class BlockParser:
    """Parses the whole lines that ``text`` holds, for files of ``width`` columns of which ``wanted`` are used.

    ``wanted`` maps a name to a column's position; ``repeated`` are the bytes of the header rows, which count as no
    records where they come again.
    """

    def __init__(
        self,
        text: TextBlocks,
        dialect: Dialect,
        width: int,
        wanted: dict[str, int],
        repeated: Sequence[bytes],
        record_bytes: int,
    ) -> None:
        self._text = text
        self._dialect = dialect
        self._width = width
        self._wanted = wanted
        self._repeated = [copy.rstrip(b"\r\n") for copy in repeated]
        self._record_bytes = record_bytes
        self._skipped: Counter[str] = Counter()

    @property
    def notes(self) -> list[str]:
        """Sentences on the lines that were no records."""
        return [f"{self._skipped[what]:,} {what} skipped" for what in _NO_RECORDS if self._skipped[what]]

    def parse(self) -> pl.DataFrame:
        """The records of the lines at hand; moves past them. What is left of a record not yet complete stays."""
        frame = self._at_once(self._text.lines)
        if frame is not None:
            return frame
        # Somewhere the quoting is irregular: only the pieces where it is are parsed record by record.
        frames = [self._empty()]
        size = _PIECE
        while self._text.lines:
            end = self._text.lines.find(b"\n", size) + 1 or len(self._text.lines)
            piece, before = self._text.lines[:end], self._text.line
            frame = self._at_once(piece)
            if frame is None:
                frame = self._one_by_one(piece)
            frames.append(frame)
            if self._text.line > before:
                size = _PIECE
            elif self._text.lines == piece:
                break
            else:
                size *= 2
        return pl.concat(frames, how="diagonal")

    def _at_once(self, block: bytes) -> pl.DataFrame | None:
        """The records of well quoted lines; None where they aren't."""
        if not block:
            return self._empty()
        if not self._has_marks(block):
            frame = self._proven(block)
            if frame is not None:
                return frame
        return self._without_oddities(block) if well_quoted(block, self._dialect) else None

    def _passed(self, frame: pl.DataFrame, block: bytes, used: int) -> pl.DataFrame:
        """The frame, after moving past the lines that it was made of."""
        self._text.advance(used, block.count(b"\n", 0, used))
        return frame

    # Blocks that are right in every record

    def _proven(self, block: bytes) -> pl.DataFrame | None:
        parsed = self._polars(block, [*self._wanted.values(), self._width - 1])
        if parsed is None:
            return None
        feeds = count_byte(block, b"\n")
        if parsed.height == feeds and self._every_record_full(parsed, block, feeds):
            return self._passed(self._frame(parsed, np.arange(feeds, dtype=np.int64)), block, len(block))
        lines = clean_lines(block, self._dialect, self._width)
        if lines is None or len(lines) != parsed.height:
            return None
        return self._passed(self._frame(parsed, lines), block, len(block))

    def _every_record_full(self, parsed: pl.DataFrame, block: bytes, feeds: int) -> bool:
        """A proof in two counts. As many records as line feeds: each line is one record. A filled last cell in each:
        no record is short. As many delimiters as that takes: none is long, and no quoted cell hides one."""
        last = parsed.get_column(f"column_{self._width - 1}")
        delimiters = count_byte(block, self._dialect.delimiter.encode())
        return last.null_count() == 0 and delimiters == feeds * (self._width - 1)

    def _polars(self, block: bytes, columns: Sequence[int]) -> pl.DataFrame | None:
        """Columns by position, named ``column_<position>``; None where Polars finds the block malformed, or would
        take a carriage return before a delimiter away."""
        if b"\r" in block and returns_before(block, self._dialect.delimiter.encode()):
            return None
        try:
            return pl.read_csv(
                block,
                has_header=False,
                infer_schema=False,
                columns=sorted(set(columns)),
                separator=self._dialect.delimiter,
                quote_char=self._dialect.quote,
                null_values=[""],
            )
        except pl.exceptions.PolarsError:
            return None

    def _frame(self, parsed: pl.DataFrame, lines: NDArray[np.int64]) -> pl.DataFrame:
        rows = pl.Series(ROW, lines + self._text.line, dtype=pl.Int64)
        return parsed.select(
            rows, *(self._restored(pl.col(f"column_{at}")).alias(name) for name, at in self._wanted.items())
        )

    def _restored(self, column: pl.Expr) -> pl.Expr:
        if not self._text.substituted:
            return column
        return column.str.replace_all(self._text.delimiter, self._text.restored(self._text.delimiter), literal=True)

    # Blocks with blank lines, comments, repeated headers, ragged records

    def _marks(self) -> list[bytes]:
        """How a line begins that may be no record although it looks like one."""
        marks = [*self._repeated]
        if self._dialect.comment is not None:
            marks.append(self._dialect.comment.encode())
        if self._width == 1:
            marks += [b"\n", b"\r\n"]
        return marks

    def _has_marks(self, block: bytes) -> bool:
        marks = self._marks()
        if not block.isascii():
            marks.append(_MARK)
        return any(block.startswith(mark) or b"\n" + mark in block for mark in marks)

    def _marked_starts(self, block: bytes) -> list[int]:
        starts = [0]
        for mark in [*self._marks(), _MARK]:
            at = block.find(b"\n" + mark)
            while at >= 0:
                starts.append(at + 1)
                at = block.find(b"\n" + mark, at + 1)
        return starts

    def _without_oddities(self, block: bytes) -> pl.DataFrame | None:
        """Takes what is no good record out, and leaves the rest to Polars."""
        found = layout(block, self._dialect)
        if not len(found.ends):
            return self._empty()
        suspect = found.delimiters != self._width - 1
        suspect |= np.isin(found.starts, self._marked_starts(block))
        keep = np.ones(len(found.ends), dtype=bool)
        rejects, skipped = _Rejects(self._text), list[bytes]()
        for index in np.flatnonzero(suspect):
            raw = block[found.starts[index] : found.ends[index]]
            reason = self._judge(raw, int(found.delimiters[index]) + 1)
            keep[index] = reason == ""
            if reason is None:
                skipped.append(raw)
            elif reason:
                rejects.add(self._text.line + int(found.lines[index]), raw, reason)
        used = int(found.ends[-1])
        self._refuse_cut(block[found.starts[-1] : used], int(found.delimiters[-1]) + 1, int(found.lines[-1]))
        kept = np.frombuffer(block, dtype=np.uint8)[:used][np.repeat(keep, found.ends - found.starts)].tobytes()
        parsed = self._polars(kept, list(self._wanted.values()) or [0]) if kept else None
        if kept and (parsed is None or parsed.height != int(keep.sum())):
            return None
        frame = self._empty() if parsed is None else self._frame(parsed, found.lines[keep])
        self._skipped.update(filter(None, map(self._kind_of_line, skipped)))
        return self._passed(rejects.join(frame), block, used)

    def _judge(self, raw: bytes, cells: int) -> str | None:
        """An empty text for a good record, None for what is no record, else the reason why it is unusable."""
        if self._kind_of_line(raw) is not None:
            return None
        if cells == self._width:
            return ""
        return f"the record has {cells} cell{'s' if cells != 1 else ''} where the header has {self._width}"

    def _kind_of_line(self, raw: bytes) -> str | None:
        """What a line is that is no record."""
        blank, comment, header = _NO_RECORDS
        if not raw.strip():
            return blank
        if self._dialect.comment is not None and raw.startswith(self._dialect.comment.encode()):
            return comment
        if raw.removeprefix(_MARK).rstrip(b"\r\n") in self._repeated:
            return header
        return None

    def _refuse_cut(self, raw: bytes, cells: int, line: int) -> None:
        """Refuses a file whose last record breaks off: too few cells, no line end, yet more than a footnote."""
        text = self._text
        last = text.at_end and text.line_feed_added and text.lines.endswith(raw)
        if last and 1 < cells < self._width and self._kind_of_line(raw) is None:
            raise DeliveryRefused(
                "truncated_export",
                f"{text.name}: the file breaks off on line {text.line + line:,}, after {cells} of {self._width} cells "
                "and without a line end. It was cut while it was written or sent: have it sent again.",
            )

    # Blocks whose quoting is irregular

    def _one_by_one(self, block: bytes) -> pl.DataFrame:
        good: list[Record] = []
        rejects = _Rejects(self._text)
        used = 0
        try:
            for record in exact_records(block, self._dialect, self._record_bytes):
                used = record.end
                raw = block[record.start : record.end]
                reason = record.reason or self._judge(raw, len(record.cells or []))
                if reason:
                    self._refuse_cut(raw, len(record.cells or []), record.line)
                    rejects.add(self._text.line + record.line, raw, reason)
                elif reason is None:
                    self._skipped.update(filter(None, [self._kind_of_line(raw)]))
                else:
                    good.append(record)
        except UnclosedQuote as error:
            used = error.start
            if self._text.at_end and len(block) == len(self._text.lines):
                raise self.unclosed(self._text.line + error.line) from error
        return self._passed(rejects.join(self._from_records(good)), block, used)

    def _from_records(self, records: list[Record]) -> pl.DataFrame:
        columns = [pl.Series(ROW, [self._text.line + record.line for record in records], dtype=pl.Int64)]
        for name, at in self._wanted.items():
            cells = [self._text.restored(record.cells[at]) or None for record in records if record.cells is not None]
            columns.append(pl.Series(name, cells, dtype=pl.String))
        return pl.DataFrame(columns)

    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema={ROW: pl.Int64, **dict.fromkeys(self._wanted, pl.String)})

    def unclosed(self, line: int) -> DeliveryRefused:
        """The refusal of a file in which the quote opened on ``line`` finds no end."""
        return DeliveryRefused(
            "truncated_export",
            f"{self._text.name}: a quote opened in the record on line {line:,} is not closed before the end of the "
            f"file (or within {self._record_bytes:,} bytes). The file is cut, or this line's quoting is broken; "
            "if quotes are ordinary text in this feed, set `quote: null`.",
        )


class _Rejects:
    """The unusable records of one block."""

    def __init__(self, text: TextBlocks) -> None:
        self._text = text
        self._lines: list[int] = []
        self._texts: list[str] = []
        self._reasons: list[str] = []

    def add(self, line: int, raw: bytes, reason: str) -> None:
        self._lines.append(line)
        self._texts.append(shorten(self._text.restored(raw.decode("utf-8").rstrip("\r\n"))))
        self._reasons.append(reason)

    def join(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with these records in their places."""
        if not self._lines:
            return frame
        columns = {ROW: self._lines, RAW: self._texts, REJECT: self._reasons}
        bad = pl.DataFrame(columns, schema={ROW: pl.Int64, RAW: pl.String, REJECT: pl.String})
        return pl.concat([frame, bad], how="diagonal").sort(ROW)
