"""Decodes a byte stream, strictly, into UTF-8 pieces: what doesn't fit the declared encoding is refused."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import polars as pl

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.packed import ByteStream

_MARKS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


def utf8_pieces(stream: ByteStream, encoding: str, piece_bytes: int) -> Iterator[bytes]:
    """The stream's text as UTF-8, in pieces of about ``piece_bytes``.

    Pieces of a UTF-8 source are passed on as they are, unchecked (they may end inside a character) and with their
    byte-order mark: ``check_text`` checks whole lines.
    """
    codec = _codec(encoding, stream.name)
    piece = stream.read(max(piece_bytes, len(codecs.BOM_UTF8)))
    name, mark = _mark(codec, piece, encoding, stream.name)
    if name == "utf-8":
        while piece:
            yield piece
            piece = stream.read(piece_bytes)
        return
    yield from _decoded(stream, name, encoding, piece[mark:], mark, piece_bytes)


def _codec(encoding: str, where: str) -> str:
    try:
        found = codecs.lookup(encoding)
    except LookupError:
        found = None
    if found is None or not getattr(found, "_is_text_encoding", True):
        raise DeliveryRefused(
            "unreadable_file", f"{where}: the mapping declares the encoding “{encoding}”, which is unknown."
        )
    return "utf-8" if found.name == "utf-8-sig" else found.name


def _mark(codec: str, head: bytes, declared: str, where: str) -> tuple[str, int]:
    """The codec to use and the length of the byte-order mark, which must agree with the declared encoding."""
    marked = next((name for name, mark in _MARKS.items() if head.startswith(mark)), None)
    if codec == "utf-16":
        if marked not in ("utf-16-le", "utf-16-be"):
            raise DeliveryRefused(
                "unreadable_file",
                f"{where}: declared as utf-16, but the file doesn't start with a byte-order mark. "
                "Declare `utf-16-le` or `utf-16-be`, or the encoding that it really has.",
            )
        return marked, 2
    if marked is None:
        return codec, 0
    if marked != codec:
        raise DeliveryRefused(
            "unreadable_file",
            f"{where}: declared as {declared}, but the file starts with the byte-order mark of {marked} (line 1, "
            f"byte 1). Set `encoding: {marked}` if that is what the sender now uses.",
        )
    return codec, len(_MARKS[marked])


def _decoded(stream: ByteStream, codec: str, declared: str, piece: bytes, mark: int, size: int) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    lines_before = 0
    taken = mark
    while True:
        final = not piece
        taken += len(piece)
        try:
            text = decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(codec, "ignore")
            position = taken - len(error.object) + error.start
            line = lines_before + good.count("\n") + 1
            raise _does_not_fit(stream.name, declared, line, position, error.object[error.start : error.end]) from error
        if text:
            lines_before += text.count("\n")
            yield text.encode("utf-8", "surrogatepass")
        if final:
            return
        piece = stream.read(size)


def _does_not_fit(where: str, declared: str, line: int, position: int, found: bytes) -> DeliveryRefused:
    shown = " ".join(f"{byte:02X}" for byte in found[:4])
    return DeliveryRefused(
        "unreadable_file",
        f"{where}: line {line:,}, byte {position + 1:,} ({shown}) is not valid in {declared}, "
        "the encoding that the mapping declares. Ask which encoding the sender uses (cp1252 is usual for files made by "
        "Excel in Western Europe) and set `encoding`.",
    )


def check_text(lines: bytes, where: str, declared: str, first_line: int, offset: int) -> None:
    """Refuses whole lines of text that are not UTF-8 or hold NUL bytes; ``first_line`` and ``offset`` locate them."""
    nul = lines.find(b"\0")
    if nul >= 0:
        line = first_line + lines.count(b"\n", 0, nul)
        raise DeliveryRefused(
            "unreadable_file",
            f"{where}: line {line:,}, byte {offset + nul + 1:,} is a NUL byte, which no text holds. "
            "The file is damaged, or it is UTF-16 and `encoding` should say so.",
        )
    if lines.isascii() or _is_utf8(lines):
        return
    try:
        lines.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first_line + lines.count(b"\n", 0, error.start)
        raise _does_not_fit(where, declared, line, offset + error.start, lines[error.start : error.end]) from error


def _is_utf8(lines: bytes) -> bool:
    """Whether the bytes are UTF-8: Polars validates several times faster than decoding does."""
    try:
        pl.Series([lines], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True
