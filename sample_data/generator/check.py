"""Are the files that are there those that the generator makes?"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path


def differences(target: Path, files: Iterable[tuple[str, bytes]], key: bytes) -> list[str]:
    """One line per file that is absent, different or too many. A file that differs only in its compression (another
    build of zlib) says so."""
    wrong: list[str] = []
    expected = {"faults.yaml"}
    if not _same(target / "faults.yaml", key):
        wrong.append("faults.yaml: differs")
    for name, content in files:
        path = target / "inbox" / name
        expected.add(f"inbox/{name}")
        if not path.is_file():
            wrong.append(f"inbox/{name}: absent")
        elif not _same(path, content):
            packing = plain(path.read_bytes()) == plain(content)
            wrong.append(f"inbox/{name}: {'same content, packed by another zlib' if packing else 'differs'}")
    present = {
        f"inbox/{path.relative_to(target / 'inbox').as_posix()}"
        for path in (target / "inbox").rglob("*")
        if path.is_file()
    }
    wrong += [f"{name}: not one of the generator's" for name in sorted(present - expected)]
    return wrong


def _same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def plain(content: bytes) -> bytes:
    """The content without its compression; as it is where it has none or is broken."""
    try:
        if content[:2] == b"\x1f\x8b":
            return gzip.decompress(content)
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return b"\0".join(name.encode() + b"\0" + archive.read(name) for name in sorted(archive.namelist()))
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
        return content
    return content
