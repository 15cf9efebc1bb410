"""One run: take in what is new, load it, refresh the marts, look for what is missing or wrong, publish a version.

Each file becomes a delivery, whether it loads or not: a file that can't be taken in is kept with the reason,
and the run goes on with the next one. So it does after a file that the program itself stumbles over, which is left out
and told (``LeftOut``).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from pipelines.intake.delivery import Intake, take_in
from pipelines.intake.errors import DeliveryRefused, ReadingFailed
from pipelines.intake.inbox import Arrival, ContentIndex, arrivals, strays, why_unmatched
from pipelines.intake.mapping.batches import MappedBatch, Summary
from pipelines.notify import Sent, send_notices
from pipelines.trust.again import last_checks, look_mark, open_findings
from pipelines.trust.suites import load_suites
from pipelines.warehouse import Build, DeliveryMeta, RawStore, Taken
from pipelines.warehouse.ledger import NO_MAPPING
from pipelines.warehouse.trust_tables import ledger_keys, record_repeat
from pipelines.workspace import Feed, Workspace, customer_key

#: Deliveries of up to so many rows are stored together, up to so many of them at once.
LARGE = 20_000
TOGETHER = 50

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Stage:
    """How long one stage of a run took, in all and of the processor, and how many rows went through it."""

    name: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Outdated:
    """A mapping that has changed while its version has not: files read under it before stay as they were read."""

    mapping_id: str
    version: int
    files: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that the program stumbled over: what happened, and where (for its makers). It was not taken in: the next
    run tries again, and a release that has mended it succeeds."""

    file: str
    error: str
    details: str

    @classmethod
    def of(cls, arrival: Arrival, failed: ReadingFailed) -> LeftOut:
        lines = traceback.format_exception(failed.__cause__, limit=-6)
        return cls(f"{arrival.vendor}/{arrival.file_name}", str(failed), "".join(lines))


@dataclass(slots=True)
class RunReport:
    """What one run did: the version it published (None: nothing had changed), its deliveries, its stages."""

    version: str | None = None
    delivery_ids: list[str] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)  # pass, fail, error: as many checks
    notices: list[Sent] = field(default_factory=list)  # whom it told of new findings
    outdated: list[Outdated] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)  # files beside the vendors' folders, which nobody takes in
    left_out: list[LeftOut] = field(default_factory=list)

    @contextmanager
    def timed(self, name: str) -> Iterator[Stage]:
        stage = self.stages.setdefault(name, Stage(name))
        begin, begin_cpu = time.perf_counter(), time.process_time()
        try:
            yield stage
        finally:
            stage.seconds += time.perf_counter() - begin
            stage.cpu_seconds += time.process_time() - begin_cpu


def _silent(_done: int, _all: int, _what: str) -> None:
    return None


@dataclass(slots=True)
class _Found:
    """What the inbox holds that the ledger doesn't: files to take in, and files that repeat a known content."""

    new: list[tuple[Arrival, Feed | None, DeliveryMeta]] = field(default_factory=list)
    repeats: list[DeliveryMeta] = field(default_factory=list)


def run(workspace: Workspace, progress: Progress = _silent) -> RunReport:
    """Take in every new file of the inbox and publish the result.

    Raises ``WorkspaceError`` for a configuration that can't be used, ``BuildLocked`` where another run is under way,
    ``PublishError`` or ``OSError`` where the new version can't be written: the one served before then stays.
    """
    report = RunReport()
    suites = load_suites(workspace)  # a mistaken suite is told before anything is loaded
    key = customer_key(workspace)
    store = RawStore(workspace.raw)
    index = ContentIndex(workspace.state / "inbox.json", lambda path: store.receive(path).sha256)
    with Build.open(workspace) as build:
        with report.timed("find"):
            found = _find(workspace, build, index, _key_id(key))
            store.settle()
            report.strays = strays(workspace)
            report.outdated, marks = _outdated(workspace, build, found)
        changed = bool(found.new or found.repeats) or build.unpublished
        if changed:
            build.note_change()  # written before anything else: a run that is cut short is made good by the next
        desk = _Desk(workspace, build, store, key)
        for number, (arrival, feed, meta) in enumerate(found.new):
            progress(number, len(found.new), f"{arrival.vendor}/{arrival.file_name}")
            try:
                with report.timed("load") as stage:
                    stage.rows += desk.take(arrival, feed, meta)
            except ReadingFailed as failed:
                report.left_out.append(LeftOut.of(arrival, failed))
            else:
                report.delivery_ids.append(meta.delivery_id)
        with report.timed("load"):
            desk.store_waiting()
        if marks != build.mapping_marks:
            build.note_mappings(marks)
        for repeat in found.repeats:
            record_repeat(build, repeat)
        progress(len(found.new), len(found.new), "marts")
        with report.timed("marts"):
            changed |= build.refresh_marts(workspace)
            if changed:
                build.note_change()
        progress(len(found.new), len(found.new), "checks")
        with report.timed("checks") as stage:
            mark = look_mark(workspace, suites)
            if changed or build.looked != mark:
                from pipelines.trust.watch import look, run_suites  # takes a second to import

                looked = look(workspace, build)
                present, new = looked.present, looked.new
                report.checks = run_suites(build, suites, again=changed)
                if looked.moved and not changed:
                    build.note_change()
                    changed = True
                build.note_look(mark)
            else:
                present, new = open_findings(build), []
                report.checks = last_checks(build)
            stage.rows = present.height
        if changed:
            progress(len(found.new), len(found.new), "publish")
            with report.timed("publish"):
                report.version = build.publish()
    index.save()
    report.notices = send_notices(workspace, present, new)
    return report


def _find(workspace: Workspace, build: Build, index: ContentIndex, key_id: str) -> _Found:
    """Files that the ledger does not know yet, in order of reception, once per feed that they belong to.

    A file whose content is held already, or comes twice in this run, is a repetition and is not read again; unless it
    could not be read, or not wholly, and the workspace has since changed in what decides that.
    """
    held = ledger_keys(build)
    before = build.mapping_marks
    otherwise = {
        feed.id
        for feed in workspace.feeds.values()
        if before.get(feed.id, {}).get("read") not in (None, workspace.reading_mark(feed))
    }
    found = _Found()
    for arrival in arrivals(workspace):
        for feed_id in arrival.feeds or (None,):
            feed = workspace.feeds[feed_id] if feed_id else None
            meta = _meta(workspace, arrival, feed, index.sha256(arrival.path), key_id)
            content = (meta.sha256, meta.mapping_id, meta.mapping_version)
            file = (meta.vendor_code, meta.file_name, meta.sha256, meta.mapping_id)
            if content not in held.contents:
                found.new.append((arrival, feed, meta))
            elif content in held.unread and meta.mapping_id in otherwise:
                held.unread.discard(content)
                found.new.append((arrival, feed, replace(meta, anew=True)))
            elif file not in held.files:
                found.repeats.append(meta)
            held.contents.add(content)
            held.files.add(file)
    return found


def _outdated(
    workspace: Workspace, build: Build, found: _Found
) -> tuple[list[Outdated], dict[str, dict[str, str | int]]]:
    """Mappings that say something else than when their files were read, under the same version; and what to remember
    of each mapping."""
    before = build.mapping_marks
    now_read = {(meta.sha256, meta.mapping_id) for _, _, meta in found.new}
    stay = Counter(
        (mapping_id, version)
        for sha256, mapping_id, version in ledger_keys(build).contents
        if (sha256, mapping_id) not in now_read
    )
    told: list[Outdated] = []
    marks: dict[str, dict[str, str | int]] = {}
    for feed in workspace.feeds.values():
        version, said = feed.mapping.version, workspace.mapping_mark(feed)
        known = before.get(feed.id, {})
        if known.get("version") == version and known["said"] != said and (files := stay[feed.id, version]):
            told.append(Outdated(feed.id, version, files))
            said = str(known["said"])
        marks[feed.id] = {"version": version, "said": said, "read": workspace.reading_mark(feed)}
    return told, marks


def _meta(workspace: Workspace, arrival: Arrival, feed: Feed | None, sha256: str, key_id: str) -> DeliveryMeta:
    return DeliveryMeta(
        vendor_code=arrival.vendor,
        feed=workspace.feed_kind(feed) if feed else "unknown",
        mapping_id=feed.id if feed else NO_MAPPING,
        mapping_version=feed.mapping.version if feed else 0,
        table=feed.mapping.table if feed else "contacts",
        file_name=arrival.file_name,
        sha256=sha256,
        bytes=arrival.path.stat().st_size,
        received_at=arrival.received_at,
        latest_by=feed.dedupe.latest_by if feed else None,
        key_id=key_id,
        loaded_at=datetime.now(UTC),
    )


class _Desk:
    """Takes files in, one after the other: small ones wait and are stored together, a large one as it is read."""

    def __init__(self, workspace: Workspace, build: Build, store: RawStore, key: bytes) -> None:
        self._workspace = workspace
        self._build = build
        self._store = store
        self._key = key
        self._waiting: list[Taken] = []

    def take(self, arrival: Arrival, feed: Feed | None, meta: DeliveryMeta) -> int:
        """Take in one file, or keep it with the reason why that can't be. Returns the rows read.

        Raises :class:`ReadingFailed` where the program is at fault: nothing of the file is held then.
        """
        if feed is None:
            return self._refuse(meta, DeliveryRefused("wrong_content", why_unmatched(self._workspace, arrival)))
        try:
            with (
                _under_its_name(self._store.path_of(meta.sha256), PurePosixPath(arrival.file_name).name) as path,
                take_in(path, feed, self._workspace, self._key, arrival.received_at) as intake,
            ):
                return self._map(meta, intake)
        except DeliveryRefused as refused:
            return self._refuse(meta, refused)

    def _map(self, meta: DeliveryMeta, intake: Intake) -> int:
        batches: list[MappedBatch] = []
        rows = 0
        for batch in intake.batches:
            batches.append(batch)
            rows += batch.rows_read
            del batch
            if rows > LARGE:
                return self._load(meta, batches, intake)
        self._waiting.append(Taken(meta, batches, intake.summary))
        if len(self._waiting) >= TOGETHER or sum(one.rows_read for one in self._waiting) > LARGE:
            self.store_waiting()
        return rows

    def _load(self, meta: DeliveryMeta, begun: list[MappedBatch], intake: Intake) -> int:
        """Store a large file batch by batch; ``begun`` are its first ones, which must not stay in memory."""

        def batches() -> Iterator[MappedBatch]:
            while begun:
                yield begun.pop(0)
            yield from intake.batches

        self.store_waiting()
        return self._build.load(meta, _Rest(batches(), intake.summary)).rows_read

    def _refuse(self, meta: DeliveryMeta, refused: DeliveryRefused) -> int:
        self.store_waiting()
        self._build.refuse(meta, refused)
        return 0

    def store_waiting(self) -> None:
        """Store what waits, in the order in which it came."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._build.load_together(waiting)


@dataclass(frozen=True, slots=True)
class _Rest:
    """An intake whose first batches have been read already."""

    batches: Iterator[MappedBatch]
    summary: Summary


@contextmanager
def _under_its_name(stored: Path, name: str) -> Iterator[Path]:
    """The stored content under the name that its sender gave it, which messages and some mappings speak of."""
    with tempfile.TemporaryDirectory(dir=stored.parent, prefix="reading-") as folder:
        path = Path(folder) / name
        os.link(stored, path)
        yield path


def _key_id(key: bytes) -> str:
    """Names the key without giving it away, so that pseudonyms of different keys are told apart."""
    return hashlib.sha256(b"sightline key id" + key).hexdigest()[:12]
