"""What every reader gives: a file as headers and batches of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType

import polars as pl

ROW = "__row"  # Int64: the record's line in a text file, row in a sheet, ordinal in JSON; all counted from 1
SHEET = "__sheet"  # String: the sheet of a workbook
CELL = "__cell"  # String: where an unpivoted value stood ("S43!F7", or the column's header)
KIND = "__kind:"  # prefix of a companion column: what the cell was in the file (see below); null = text
REJECT = "__reject"  # String: why the record as a whole is unusable; the other columns are then null
RAW = "__raw"  # String: the text of such a record, shortened

NUMBER, PERCENT, DATE, TIME, BOOLEAN = "n", "p", "d", "t", "b"

RAW_LENGTH = 500


class RawTable:
    """One file's records as text, in file order, to be read once.

    ``headers``
        One unique name per column, joined over the header rows (``"Qualité / %"``, ``"%"``, ``"% [2]"``).
    ``header_cells``
        The raw cells of each header row, followed by those of the rows dropped after the header.
    ``batches``
        Frames with ``__row``, optionally ``__sheet`` and ``__cell``, one String column for each wanted header that
        the file has (absent and empty cells are null, all else is untouched) and ``__kind:<header>`` where cells are
        typed. A frame that holds unusable records also has ``__reject`` and ``__raw``, filled on those rows only:
        every record of the file is in exactly one batch. Iterating may raise ``DeliveryRefused``.
    ``records_read``
        Records given so far, unusable ones included; blank lines, comments and header rows are not records.
    ``notes``
        Sentences on what was noticed and handled (complete once ``batches`` is exhausted).
    """

    def __init__(
        self,
        headers: list[str],
        header_cells: list[list[str]],
        batches: Iterator[pl.DataFrame],
        notes: list[str] | None = None,
        close: Callable[[], None] | None = None,
    ) -> None:
        self.headers = headers
        self.header_cells = header_cells
        self.notes: list[str] = [] if notes is None else notes
        self.records_read = 0
        self.batches: Iterator[pl.DataFrame] = self._counted(batches)
        self._source = batches
        self._close = close

    def _counted(self, batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        for frame in batches:
            self.records_read += frame.height
            yield frame

    def then(self, step: Callable[[Iterator[pl.DataFrame]], Iterator[pl.DataFrame]]) -> None:
        """Adds a step that turns the frames into others; records are counted before it."""
        self.batches = step(self.batches)

    def line_of(self, row: int) -> int:
        """The line or sheet row where a person finds record ``row``: ``__row`` already is that number."""
        return row

    def close(self) -> None:
        """Releases the file; the remaining batches are lost."""
        closer = getattr(self._source, "close", None)
        if closer is not None:
            closer()
        if self._close is not None:
            self._close()

    def __enter__(self) -> RawTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def shorten(text: str) -> str:
    """A record's text as kept beside its reject."""
    return text if len(text) <= RAW_LENGTH else text[: RAW_LENGTH - 1] + "…"
