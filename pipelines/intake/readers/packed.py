"""Opens a delivered file as a stream of bytes, unpacking gzip and zip by content, never by name."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.limits import Limits

GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # legacy Office: .xls, and workbooks locked with a password
WORKBOOK_PARTS = {"[Content_Types].xml", "content.xml"}  # of an XLSX, of an ODS
_PIECE = 1 << 20
_LOCKED = 1  # the flag of a zip's member that needs a password


class ByteStream:
    """Bytes of one text, unpacked, with the limits on size and ratio watched while reading."""

    def __init__(self, stream: IO[bytes], name: str, packed_bytes: int | None, limits: Limits, owner: IO[bytes]):
        self._stream = stream
        self._owner = owner
        self._packed = packed_bytes
        self._limits = limits
        self.name = name
        self.position = 0

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; fewer only at the end."""
        try:
            piece = self._stream.read(size)
        except EOFError as error:
            raise DeliveryRefused(
                "truncated_export",
                f"{self.name}: the compressed file ends in the middle, after {self.position:,} unpacked bytes. "
                "It was probably cut in transfer: have it sent again.",
            ) from error
        except (OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise DeliveryRefused(
                "unreadable_file",
                f"{self.name}: the file cannot be read after {self.position:,} bytes ({error}). Have it sent again.",
            ) from error
        if not self.position and piece.startswith((GZIP, *ZIP)):
            raise DeliveryRefused(
                "wrong_content",
                f"{self.name}: an archive inside an archive; only one is opened. Have the file packed once.",
            )
        self.position += len(piece)
        self._check()
        return piece

    def _check(self) -> None:
        if self.position > self._limits.text_bytes:
            raise DeliveryRefused(
                "unreadable_file", f"{self.name}: more than {self._limits.text_bytes:,} bytes of text; have it split."
            )
        if self._packed is not None:
            _refuse_ratio(self.name, self._packed, self.position, self._limits.archive_free_bytes, self._limits)

    def close(self) -> None:
        self._stream.close()
        self._owner.close()


def _refuse_ratio(name: str, packed: int, unpacked: int, free: int, limits: Limits) -> None:
    if unpacked > free and unpacked > limits.archive_ratio * max(packed, 1):
        raise DeliveryRefused(
            "unreadable_file",
            f"{name}: {packed:,} packed bytes unpack to {unpacked:,} or more, over {limits.archive_ratio} times as "
            "much: it looks like a decompression bomb. Have the file sent unpacked.",
        )


def start_of(path: Path, size: int = 8) -> bytes:
    """The first bytes of a file, which tell what it is."""
    with path.open("rb") as file:
        return file.read(size)


def open_bytes(path: Path, member: str | None, limits: Limits) -> ByteStream:
    """The text in ``path``: the file itself, what a gzip holds, or the member of a zip that matches ``member``."""
    head = start_of(path)
    file = path.open("rb")
    try:
        if head.startswith(GZIP):
            unpacked = io.BufferedReader(gzip.GzipFile(fileobj=file), _PIECE)
            return ByteStream(unpacked, path.name, path.stat().st_size, limits, file)
        if head.startswith(ZIP):
            archive = open_zip(file, path.name)
            entry = _only_member(archive, path.name, member, limits)
            name = f"{path.name} > {entry.filename}"
            return ByteStream(_open_member(archive, entry, name), name, max(entry.compress_size, 1), limits, file)
        if head.startswith(COMPOUND):
            raise DeliveryRefused(
                "wrong_content", f"{path.name}: this is an Office document, a text file was expected."
            )
        return ByteStream(file, path.name, None, limits, file)
    except BaseException:
        file.close()
        raise


def open_zip(file: IO[bytes], name: str) -> zipfile.ZipFile:
    """The archive, or a refusal in words."""
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise DeliveryRefused(
            "unreadable_file", f"{name}: the zip archive is damaged ({error}). Have the file sent again."
        ) from error


def check_archive(archive: zipfile.ZipFile, name: str, limits: Limits) -> list[zipfile.ZipInfo]:
    """The archive's files, once their number, their names and what they claim to unpack to are known to be harmless."""
    entries = archive.infolist()
    if len(entries) > limits.archive_entries:
        raise DeliveryRefused(
            "unreadable_file", f"{name}: {len(entries):,} entries in the archive, at most {limits.archive_entries:,}."
        )
    for entry in entries:
        if _unsafe(entry.filename):
            raise DeliveryRefused(
                "unreadable_file",
                f"{name}: the archive holds a member named “{entry.filename[:100]}”, which points outside the archive. "
                "Nothing was unpacked.",
            )
    return [entry for entry in entries if not entry.is_dir()]


def _unsafe(member: str) -> bool:
    posix, windows = PurePosixPath(member), PureWindowsPath(member)
    absolute = posix.is_absolute() or bool(windows.drive) or bool(windows.root)
    return absolute or ".." in posix.parts or ".." in windows.parts or "\0" in member


def _only_member(archive: zipfile.ZipFile, name: str, member: str | None, limits: Limits) -> zipfile.ZipInfo:
    entries = check_archive(archive, name, limits)
    if {entry.filename for entry in entries} & WORKBOOK_PARTS:
        raise DeliveryRefused(
            "wrong_content",
            f"{name}: this is a workbook, a text file was expected. Set `format` to xlsx or ods if workbooks come now.",
        )
    # Folders of macOS and hidden files are added by the packing tool, not by the sender.
    entries = [
        e for e in entries if not e.filename.startswith("__MACOSX/") and not e.filename.split("/")[-1].startswith(".")
    ]
    if member is not None:
        entries = [e for e in entries if re.search(member, e.filename)]
    if len(entries) != 1:
        found = ", ".join(e.filename for e in entries[:10]) or "none"
        wanted = f"matching “{member}”" if member is not None else "(`member` in the mapping can choose one)"
        raise DeliveryRefused(
            "wrong_content", f"{name}: one file {wanted} was expected in the archive, found {len(entries)}: {found}."
        )
    _refuse_ratio(name, entries[0].compress_size, entries[0].file_size, limits.archive_free_bytes, limits)
    return entries[0]


def _open_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> IO[bytes]:
    if entry.flag_bits & _LOCKED:
        raise DeliveryRefused("unreadable_file", f"{name}: locked with a password. Have it sent without one.")
    try:
        return archive.open(entry)
    except (RuntimeError, zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise DeliveryRefused(
            "unreadable_file", f"{name}: cannot be unpacked ({error}). Have it packed again."
        ) from error
