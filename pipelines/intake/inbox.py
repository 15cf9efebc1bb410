"""The inbox: which files are there, which feed each belongs to, when each was received.

Files are never changed or deleted. What a file was is its content (sha256); a small index in ``state/``
remembers the content of files that have not been touched since, so that a run reads the new ones only.
"""

from __future__ import annotations

import csv
import fnmatch
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath, PurePosixPath

from pipelines.workspace import Feed, Problem, Workspace, WorkspaceError, shown_name
from pipelines.workspace.problems import did_you_mean

RECEPTION_LOG = "_received.csv"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file in the inbox: its vendor's folder, its name below it, and when it was received (UTC)."""

    vendor: str
    file_name: str
    path: Path
    received_at: datetime
    feeds: tuple[str, ...]

    @property
    def order(self) -> tuple[datetime, str, str]:
        """Deliveries are loaded in the order in which they came."""
        return self.received_at, self.vendor, self.file_name


def arrivals(workspace: Workspace) -> list[Arrival]:
    """Every file in the inbox in order of reception, each with the feeds whose ``files`` pattern fits its name.

    Raises :class:`WorkspaceError` where a reception log can't be read.
    """
    found: list[Arrival] = []
    if not workspace.inbox.is_dir():
        return found
    root = workspace.inbox.resolve()
    for folder in sorted(path for path in workspace.inbox.iterdir() if path.is_dir()):
        received = _reception_log(folder / RECEPTION_LOG)
        for path in _files(folder, root):
            name = shown_name(path.relative_to(folder))
            instant = received.get(name) or datetime.fromtimestamp(path.stat().st_mtime, UTC)
            vendor = shown_name(PurePath(folder.name))
            feeds = tuple(_fitting(workspace.feeds.values(), vendor, name))
            found.append(Arrival(vendor, name, path, instant, feeds))
    return sorted(found, key=lambda arrival: arrival.order)


def strays(workspace: Workspace) -> list[str]:
    """Names of files that lie beside the vendors' folders, where nobody can say whose they are."""
    if not workspace.inbox.is_dir():
        return []
    beside = [path for path in workspace.inbox.iterdir() if path.is_file()]
    return sorted(path.name for path in beside if not _is_note(path))


def _is_note(path: Path) -> bool:
    return path.name.startswith((".", "_")) or path.name.upper() == "README.MD"


def _files(folder: Path, root: Path) -> Iterator[Path]:
    """Regular files below ``folder``; hidden files, notes and links that lead outside the inbox are not deliveries."""
    for path in sorted(folder.rglob("*")):
        if _is_note(path):
            continue
        if path.is_file() and path.resolve().is_relative_to(root):
            yield path


def _fitting(feeds: Iterable[Feed], vendor: str, name: str) -> Iterator[str]:
    for feed in feeds:
        relative = name if feed.mapping.vendor else f"{vendor}/{name}"
        if feed.mapping.vendor not in (None, vendor):
            continue
        if any(_matches(relative, pattern) for pattern in feed.source.files):
            yield feed.id


def _matches(name: str, pattern: str) -> bool:
    """A glob fits the whole relative name, or the bare file name where it has no folder in it."""
    return fnmatch.fnmatch(name, pattern) or ("/" not in pattern and fnmatch.fnmatch(PurePosixPath(name).name, pattern))


def why_unmatched(workspace: Workspace, arrival: Arrival) -> str:
    """Why no feed takes a file: its folder is no vendor's, its name fits no pattern, or there is no feed at all."""
    do = "add a feed for it, or move it out of the inbox"
    patterns = [
        f"{pattern} ({feed.id})"
        for feed in workspace.feeds.values()
        if feed.mapping.vendor in (None, arrival.vendor)
        for pattern in feed.source.files
    ]
    if arrival.vendor not in workspace.vendors:
        meant = did_you_mean(arrival.vendor, workspace.vendors)
        return (
            f"{arrival.file_name}: the folder inbox/{arrival.vendor} is not named after a vendor of vendors.yaml "
            f"({', '.join(workspace.vendors)}){f'; {meant}' if meant else '.'} Rename it, or add the vendor and a feed."
        )
    meant = _perhaps_meant(workspace, arrival)
    if not patterns:
        return f"{arrival.file_name}: no feed has vendor {arrival.vendor}; {do}.{meant}"
    return f"{arrival.file_name}: no feed's `files` pattern fits its name: {', '.join(patterns)}; {do}.{meant}"


def _perhaps_meant(workspace: Workspace, arrival: Arrival) -> str:
    """The two usual slips: a file in another vendor's folder, a compressed file that its pattern forgets."""
    for feed in workspace.feeds.values():
        owner = feed.mapping.vendor
        if owner not in (None, arrival.vendor) and list(_fitting([feed], str(owner), arrival.file_name)):
            return f" Its name fits {feed.id}, a feed of {owner}: does it belong into inbox/{owner}?"
        bare = arrival.file_name.removesuffix(".gz").removesuffix(".zip")
        if bare != arrival.file_name and list(_fitting([feed], arrival.vendor, bare)):
            return f" It fits {feed.id} but for being compressed: add an asterisk to the end of the pattern."
    return ""


def _reception_log(path: Path) -> dict[str, datetime]:
    """``file_name,received_at`` as the transfer wrote it; absent means that the files' own times count."""
    if not path.is_file():
        return {}
    instants: dict[str, datetime] = {}
    problems: list[Problem] = []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            text = (row.get("received_at") or "").strip()
            try:
                instant = datetime.fromisoformat(text)
            except ValueError:
                instant = None
            if instant is None or instant.tzinfo is None:
                hint = "write 2026-11-16T08:45:00+01:00"
                problems.append(
                    Problem(str(path), number, 1, "received_at", text, "an ISO instant with its offset", hint)
                )
                continue
            instants[(row.get("file_name") or "").strip()] = instant.astimezone(UTC)
    if problems:
        raise WorkspaceError(problems)
    return instants


class ContentIndex:
    """sha256 of each inbox file, remembered by (name, size, modification time) in ``state/inbox.json``."""

    def __init__(self, path: Path, digest: Callable[[Path], str]) -> None:
        """``digest`` gives the content's sha256; it is asked once per file as long as the file is not touched."""
        self._path = path
        self._digest = digest
        self._known: dict[str, list[object]] = {}
        if path.is_file():
            try:
                self._known = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                self._known = {}  # a torn index costs one reading of the inbox, nothing else
        self._changed = False

    def sha256(self, path: Path) -> str:
        """The content's identity; read again only where size or modification time have changed."""
        stat = path.stat()
        mark: list[object] = [stat.st_size, stat.st_mtime_ns]
        known = self._known.get(str(path))
        if known and known[:2] == mark:
            return str(known[2])
        digest = self._digest(path)
        self._known[str(path)] = [*mark, digest]
        self._changed = True
        return digest

    def save(self) -> None:
        """Write the index whole or not at all."""
        if not self._changed:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".tmp")
        beside.write_text(json.dumps(self._known), encoding="utf-8")
        os.replace(beside, self._path)
        self._changed = False
