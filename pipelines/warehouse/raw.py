"""Received files as they came: each content once, named by its sha256, never changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipelines.warehouse.publish import sync_file, sync_folder


@dataclass(frozen=True, slots=True)
class Kept:
    """One stored content: its hash (64 hex digits), its size in bytes, its file."""

    sha256: str
    size: int
    path: Path


class RawStore:
    """``state/raw``. The sender's file name plays no part in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._arrived: dict[Path, Path] = {}  # by the name that each will have

    def keep(self, path: Path) -> Kept:
        """Store a copy of ``path`` and say what it is. Raises ``OSError`` if it can't be read or stored."""
        kept = self.receive(path)
        self.settle()
        return kept

    def receive(self, path: Path) -> Kept:
        """As :meth:`keep`, but the copy is not in its place before :meth:`settle`.

        The copy is hashed, not the original: what is read later is what was hashed, whatever becomes of the original.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # files hold what the warehouse doesn't: names, numbers, comments
        handle, name = tempfile.mkstemp(dir=self.folder, prefix="arriving-")
        os.close(handle)
        arriving = Path(name)
        try:
            shutil.copyfile(path, arriving)
            sha256 = sha256_of(arriving)
            final = self.folder / sha256
            size = arriving.stat().st_size
            if final in self._arrived or (final.exists() and final.stat().st_size == size):
                arriving.unlink()
            else:
                self._arrived[final] = arriving
        except BaseException:
            arriving.unlink(missing_ok=True)
            raise
        return Kept(sha256, size, final)

    def settle(self) -> None:
        """Put every copy in its place once its bytes are on the disk; the disk is waited for once, not file by file."""
        for arriving in self._arrived.values():
            sync_file(arriving)
            arriving.chmod(0o444)
        for final, arriving in self._arrived.items():
            os.replace(arriving, final)
        if self._arrived:
            sync_folder(self.folder)
        self._arrived.clear()

    def path_of(self, sha256: str) -> Path:
        """The stored file of a content; raises ``KeyError`` where there is none."""
        path = self.folder / sha256
        if len(sha256) != 64 or not sha256.isalnum() or not path.is_file():
            raise KeyError(sha256)
        return path


def sha256_of(path: Path) -> str:
    """The sha256 of a file's content, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
