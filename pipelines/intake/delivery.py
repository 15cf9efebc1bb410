"""One received file through its mapping: the entrance to intake."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import TracebackType

import polars as pl

from pipelines.intake.errors import DeliveryRefused, ReadingFailed
from pipelines.intake.identity import Identity
from pipelines.intake.mapping.assemble import Controls, map_batch
from pipelines.intake.mapping.batches import MappedBatch, Summary
from pipelines.intake.mapping.cells import Parser
from pipelines.intake.mapping.numbers import NumberParser
from pipelines.intake.mapping.plan import Plan, make_plan, wanted
from pipelines.intake.mapping.rows import CompletenessWatch, Totals
from pipelines.intake.mapping.session import Session
from pipelines.intake.readers import open_source
from pipelines.intake.readers.table import RawTable
from pipelines.workspace import CannotProceed, Feed, Workspace

#: A clock may run ahead; a row that lies further past the reception of its file is worth a note.
_AHEAD = timedelta(days=1)
#: Rows of a batch that is mapped about as fast as a thread is started.
_SMALL = 10_000


class Intake:
    """A delivery being taken in: ``batches`` once, then ``summary``. Use as a context manager.

    ``key`` are the canonical columns that make a row one thing; ``latest_by`` the column whose greater value wins
    between two rows of a key (None: the later delivery wins).
    """

    def __init__(self, raw: RawTable, session: Session, received_at: datetime) -> None:
        feed = session.plan.feed
        self.table = session.plan.table
        self.key: tuple[str, ...] = tuple(feed.dedupe.key or session.plan.table.key)
        self.latest_by = feed.dedupe.latest_by
        self.summary = Summary(headers_unknown=session.plan.unknown, headers_missing=session.plan.missing)
        self._raw = raw
        self._session = session
        self._received_at = received_at
        self._controls = Controls(
            Totals(feed.checks, _total_parsers(session.plan)), CompletenessWatch(feed.completeness)
        )
        self._latest: datetime | None = None
        self._ahead = _ahead(_told_apart(self._map()))
        self.batches: Iterator[MappedBatch] = self._ahead

    def _map(self) -> Iterator[MappedBatch]:
        for frame in self._raw.batches:
            batch = map_batch(self._session, self._controls, frame)
            self._note_latest(batch.rows)
            yield batch
        self._controls.completeness.finish(self._raw.records_read)
        self._finish()

    def _note_latest(self, rows: pl.DataFrame) -> None:
        latest = rows[self.table.happened].max()
        if isinstance(latest, datetime):
            self._latest = latest if self._latest is None else max(latest, self._latest)

    def _finish(self) -> None:
        summary, session = self.summary, self._session
        summary.records_read = self._raw.records_read
        summary.completeness = self._controls.completeness.seen
        summary.totals = self._controls.totals.results
        summary.unknown_aliases = session.unknown_aliases()
        summary.ambiguous_times = session.ambiguous_rows
        summary.warnings = list(self._warnings())
        summary.notes = [*self._raw.notes, *summary.warnings]

    def _warnings(self) -> Iterator[str]:
        """What puts a delivery in doubt that was taken in."""
        if not self._raw.records_read:
            yield "The file has a header and nothing below it: there was nothing to load."
        for total in self.summary.totals:
            if not total.ok:
                shown = "cannot be read" if total.expected is None else f"reads {total.expected:g}"
                yield (
                    f"Row {total.source_row}: the total of “{total.column}” {shown}; "
                    f"the rows above it add up to {total.observed:g}."
                )
        if self._session.plan.feed.checks and not self.summary.totals:
            yield "The mapping expects a total row, and there is none."
        received = self._received_at.astimezone(UTC)
        if self._latest is not None and self._latest > received + _AHEAD:
            yield (
                f"The latest row is of {self._latest:%Y-%m-%d %H:%M} UTC, after the file was received "
                f"({received:%Y-%m-%d %H:%M} UTC): are day and month, or the zone, as declared?"
            )

    def close(self) -> None:
        """Release the file; batches not yet read are lost."""
        self._ahead.close()
        self._raw.close()

    def __enter__(self) -> Intake:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def take_in(path: Path, feed: Feed, workspace: Workspace, key: bytes, received_at: datetime) -> Intake:
    """Open one received file under its mapping.

    ``key`` is the workspace's secret for pseudonyms; ``received_at`` an instant with its offset. Raises
    :class:`DeliveryRefused`, here or while its batches are read, where nothing of the file may be loaded, and
    :class:`ReadingFailed` where the program is at fault.
    """
    with _net():
        raw = open_source(path, feed.source, wanted(feed))
    try:
        with _net():
            plan = make_plan(feed, workspace, path.name, raw.headers, raw.header_cells)
            session = Session(plan, workspace, _identity(key, workspace.settings.privacy.phone_region))
    except BaseException:
        raw.close()
        raise
    return Intake(raw, session, received_at)


@contextmanager
def _net() -> Iterator[None]:
    """Whatever goes wrong with one file, but for what stops every file, is that file's: :class:`ReadingFailed`."""
    try:
        yield
    except (DeliveryRefused, CannotProceed, OSError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic inside Polars is no Exception
        raise ReadingFailed(f"{type(error).__name__}: {error}") from error


def _told_apart(batches: Iterator[MappedBatch]) -> Iterator[MappedBatch]:
    with _net():
        yield from batches


def _ahead(batches: Iterator[MappedBatch]) -> Generator[MappedBatch, None, None]:
    """The same batches, the next one read and mapped in a thread of its own while the last is being stored.

    After a small first batch hardly anything comes: a thread would cost more than it saves.
    """
    first = next(batches, None)
    if first is None:
        return
    yield first
    if first.rows_read < _SMALL:
        yield from batches
        return
    del first
    with ThreadPoolExecutor(1, "mapping") as worker:
        coming = worker.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = worker.submit(next, batches, None)
            yield batch


@lru_cache(maxsize=2)
def _identity(key: bytes, phone_region: str | None) -> Identity:
    """One memory of pseudonyms for all files of a run."""
    return Identity(key, phone_region)


def _total_parsers(plan: Plan) -> dict[str, Parser]:
    """How the cells of a total row are read: as the column that maps them is, else as numbers."""
    by_header = {
        header: name
        for name, header in plan.sources.items()
        if plan.column(name).kind in ("integer", "number", "money")
    }
    plain = NumberParser(pl.Float64(), plan.feed.source.locale)
    return {
        header: plan.parser(by_header[header]) if header in by_header else plain
        for check in plan.feed.checks
        for header in check.sum_of
    }
