"""The key of the customer hash: made once, kept outside the warehouse and outside git."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from pipelines.workspace.model import Workspace
from pipelines.workspace.problems import Problem, WorkspaceError

#: HMAC-SHA256 takes a key of any length; 32 bytes are as strong as its output.
KEY_BYTES = 32


def customer_key(workspace: Workspace) -> bytes:
    """The key, made on first use: 32 random bytes in a file that only its owner can read.

    Raises :class:`WorkspaceError` for a key that others can read, that is too short, or that is not a plain
    file. A lost key can't be made again: customers would no longer be recognised across deliveries.
    """
    path = workspace.key_path
    name = path.relative_to(workspace.root).as_posix()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    return _read(path=str(path), name=name)


def _make(path: Path) -> None:
    """Write a new key whole under another name, then give it its own: two first users get the same key."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mkstemp's files have mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _read(path: str, name: str) -> bytes:
    try:
        # Neither a link is followed nor a pipe waited for.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _refused(name, error.strerror or "", "a readable key file, not a link") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _refused(name, "", "a plain file")
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = f"mode {stat.S_IMODE(status.st_mode):04o}"
            raise _refused(name, mode, "a key that only its owner can read", f"run: chmod 600 {path}")
        key = os.read(handle, 1 << 16)
    finally:
        os.close(handle)
    if len(key) < KEY_BYTES:
        hint = "restore it from a copy; a new key makes known customers strangers"
        raise _refused(name, f"{len(key)} bytes", f"a key of at least {KEY_BYTES} bytes", hint)
    return key


def _refused(name: str, found: str, expected: str, hint: str = "") -> WorkspaceError:
    return WorkspaceError([Problem(name, 0, 0, "", found, expected, hint)])
