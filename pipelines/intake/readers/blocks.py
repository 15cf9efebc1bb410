"""The text of a file as whole, checked lines, read piece by piece."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.text import check_text
from pipelines.workspace.feeds import Source

_SUBSTITUTE = "\x1f"  # stands for a delimiter of several bytes; ASCII's own unit separator
_NAMED = {"tab": "\t", "\\t": "\t", "pipe": "|", "semicolon": ";", "comma": ",", "space": " "}


class TextBlocks:
    """The text not yet read: ``lines`` are whole, checked lines, the first of which is line ``line`` of the file."""

    def __init__(self, pieces: Iterator[bytes], name: str, source: Source) -> None:
        self._pieces = pieces
        self._encoding = source.encoding
        self._declared_delimiter = _NAMED.get(source.delimiter.lower(), source.delimiter)
        self._carriage_returns: bool | None = None  # are they the line ends? None: no line end was seen yet
        self._offset = 0
        self._rest = b""
        self.name = name
        self.lines = b""
        self.line = 1
        self.at_end = False
        self.line_feed_added = False
        self.more()

    @property
    def substituted(self) -> bool:
        """Whether the delimiter has several bytes, and one byte stands for it."""
        return len(self._declared_delimiter.encode()) > 1

    @property
    def delimiter(self) -> str:
        """The delimiter as it is in ``lines``."""
        return _SUBSTITUTE if self.substituted else self._declared_delimiter

    @property
    def shown_delimiter(self) -> str:
        """The delimiter as it is in the file, for a message."""
        return "tab" if self._declared_delimiter == "\t" else f"“{self._declared_delimiter}”"

    @property
    def size(self) -> int:
        """Bytes held: whole lines and the beginning of the next."""
        return len(self.lines) + len(self._rest)

    def more(self) -> None:
        """Reads another piece, or notes the end (and completes the last line with a line feed)."""
        piece = next(self._pieces, b"")
        self.at_end = not piece
        if not self.size and not self._offset and piece.startswith(codecs.BOM_UTF8):
            piece, self._offset = piece[3:], 3
        piece = self._with_line_feeds(piece)
        if self.at_end and self._rest:
            piece = b"\n"
            self.line_feed_added = True
        end = piece.rfind(b"\n") + 1
        if end:
            fresh = b"".join((self._rest, memoryview(piece)[:end]))
            self._rest = piece[end:]
            fresh = self._checked(fresh)
            self.lines = self.lines + fresh if self.lines else fresh
        else:
            self._rest += piece

    def _with_line_feeds(self, piece: bytes) -> bytes:
        """The piece with line feeds for carriage returns, in a file whose lines end with these alone."""
        if self._carriage_returns is None:
            head = self._rest + piece
            if b"\n" in head:
                self._carriage_returns = False
            elif b"\r" in head[:-1] or (self.at_end and b"\r" in head):
                self._carriage_returns = True
                piece, self._rest = head, b""
        return piece.replace(b"\r", b"\n") if self._carriage_returns else piece

    def _checked(self, fresh: bytes) -> bytes:
        line = self.line + (self.lines.count(b"\n") if self.lines else 0)
        check_text(fresh, self.name, self._encoding, line, self._offset)
        self._offset += len(fresh)
        if not self.substituted:
            return fresh
        if _SUBSTITUTE.encode() in fresh:
            raise DeliveryRefused(
                "unreadable_file", f"{self.name}: holds control characters (1F) from line {line:,} on."
            )
        return fresh.replace(self._declared_delimiter.encode(), _SUBSTITUTE.encode())

    def restored(self, text: str) -> str:
        """Text as it is in the file."""
        return text.replace(_SUBSTITUTE, self._declared_delimiter) if self.substituted else text

    def advance(self, size: int, lines: int) -> None:
        """Leaves ``size`` bytes holding ``lines`` lines behind."""
        self.lines = self.lines[size:]
        self.line += lines
