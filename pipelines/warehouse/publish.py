"""Publishing: a finished copy beside the others, then one atomic change of the pointer.

``versions/warehouse_<n>.duckdb`` is never changed once it is there, because DuckDB keeps serving an old file under
the same name, and because a version that people have read must stay what it was. ``CURRENT`` names the served one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.workspace import CannotProceed

KEPT_VERSIONS = 3
_NAME = re.compile(r"warehouse_(\d+)")


class PublishError(CannotProceed):
    """A finished copy did not pass its checks; the version served before stays."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """What ``CURRENT`` says: the version's name and the size of its file in bytes."""

    version: str
    size: int

    def text(self) -> str:
        body = {"version": self.version, "size": self.size}
        return json.dumps({**body, "check": _check(body)}) + "\n"


def _check(body: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def version_file(state: Path, version: str) -> Path:
    """The file of a version; raises ``ValueError`` for what is not a version's name."""
    if not _NAME.fullmatch(version):
        raise ValueError(f"not the name of a version: {version!r} (expected warehouse_<number>)")
    return state / "versions" / f"{version}.duckdb"


def version_numbers(state: Path) -> list[int]:
    """Numbers of the versions that are there, the oldest first."""
    found = (_NAME.fullmatch(path.stem) for path in (state / "versions").glob("warehouse_*.duckdb"))
    return sorted(int(match.group(1)) for match in found if match)


def read_pointer(state: Path) -> Pointer | None:
    """The version served now. A damaged pointer, or one to a damaged file, gives the newest whole version instead;
    None where nothing was ever published."""
    pointer = _parse_pointer(state / "CURRENT")
    if pointer is not None and _is_whole(state, pointer):
        return pointer
    for number in reversed(version_numbers(state)):
        version = f"warehouse_{number}"
        size = version_file(state, version).stat().st_size
        if size > 0 and (pointer is None or version != pointer.version):
            return Pointer(version, size)
    return None


def _parse_pointer(path: Path) -> Pointer | None:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        check = body.pop("check")
        pointer = Pointer(str(body["version"]), int(body["size"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # a damaged pointer: the caller falls back to the versions themselves
    return pointer if check == _check(body) and _NAME.fullmatch(pointer.version) else None


def _is_whole(state: Path, pointer: Pointer) -> bool:
    path = version_file(state, pointer.version)
    return path.is_file() and path.stat().st_size == pointer.size


def publish_copy(build_file: Path, state: Path, number: int) -> str:
    """Publish ``build_file`` (closed and checkpointed) as version ``number``; gives the version's name.

    Raises :class:`PublishError` when the copy fails its checks, ``OSError`` when the disk does; in both cases the
    pointer is untouched.
    """
    version = f"warehouse_{number}"
    final = version_file(state, version)
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = final.with_suffix(".partial")
    try:
        shutil.copyfile(build_file, partial)
        sync_file(partial)
        check_version(partial)
        partial.chmod(0o444)
        os.replace(partial, final)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(final.parent)
    _write_pointer(state, Pointer(version, final.stat().st_size))
    _forget_old(state, number)
    return version


def check_version(path: Path) -> None:
    """Open the copy as a reader would and see that its sums agree; raise :class:`PublishError` if not."""
    con = duckdb.connect(str(path), read_only=True)
    try:
        problems = con.execute((Path(__file__).parent / "sql" / "integrity.sql").read_text(encoding="utf-8")).fetchall()
    except duckdb.Error as error:
        raise PublishError(f"the copy can't be read: {error}") from error
    finally:
        con.close()
    if problems:
        raise PublishError("; ".join(f"{what}: {found} instead of {wanted}" for what, found, wanted in problems))


def _write_pointer(state: Path, pointer: Pointer) -> None:
    fresh = state / "CURRENT.new"
    fresh.write_text(pointer.text(), encoding="utf-8")
    sync_file(fresh)
    os.replace(fresh, state / "CURRENT")
    sync_folder(state)


def _forget_old(state: Path, newest: int) -> None:
    numbers = [number for number in version_numbers(state) if number <= newest]
    for number in numbers[:-KEPT_VERSIONS]:
        version_file(state, f"warehouse_{number}").unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Wait until the file's bytes are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Wait until the folder's names are on the disk."""
    sync_file(path)
