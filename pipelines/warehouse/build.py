"""The private build database: one loader at a time, one transaction per delivery."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

import duckdb

from pipelines.intake.schema import TABLES
from pipelines.warehouse import marts
from pipelines.warehouse.ledger import Accounting, DeliveryMeta, enter, finish, is_known, refuse_known
from pipelines.warehouse.load import Intake, load_delivery, withdraw
from pipelines.warehouse.publish import publish_copy, read_pointer, version_numbers
from pipelines.warehouse.statements import first_row, number_of, statement, stored_columns, text_of
from pipelines.warehouse.together import Taken, load_together
from pipelines.workspace import CannotProceed, Workspace

#: What the loader may use. Enough for a slice of days; more would only be taken by caches.
MEMORY_LIMIT = "800MB"


#: After so many deliveries their small pieces are merged when a version is published. Merging at every checkpoint, as
#: DuckDB would, costs a large delivery a third of its loading time once more.
TIDY_AFTER = 50


#: Raised where the same file is read into other rows than by the release before: all files are taken in anew.
READING = 2


class BuildLocked(CannotProceed):
    """Another run is loading into this workspace."""


class Refusal(Protocol):
    """Why a delivery was refused (``pipelines.intake.errors.DeliveryRefused``)."""

    @property
    def kind(self) -> str: ...

    @property
    def message(self) -> str: ...


class Build:
    """The build database of one workspace, open and locked for this process."""

    def __init__(self, state: Path, lock: IO[str]) -> None:
        self.state = state
        self.file = state / "build.duckdb"
        self._lock = lock
        self._con: duckdb.DuckDBPyConnection | None = None

    @classmethod
    def open(cls, workspace: Workspace) -> Build:
        """Open (or create) the build database. Raises :class:`BuildLocked` if another run has it.

        A database of another schema, or one that can't be opened any more, is set aside: every file received is kept,
        and a new database takes them all in again.
        """
        workspace.state.mkdir(parents=True, exist_ok=True)
        build = cls(workspace.state, _take_lock(workspace.state / "build.lock"))
        try:
            build._start()
        except BaseException:
            build.close()
            raise
        return build

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        if self._con is None:
            self._con = _connect(self.file)
        return self._con

    @property
    def published(self) -> str | None:
        """The name of the version that is served now."""
        pointer = read_pointer(self.state)
        return pointer.version if pointer else None

    @property
    def unpublished(self) -> bool:
        """Has anything changed since the version that is served now? So it is after a run that was cut short."""
        if self.published != f"warehouse_{self._last_number()}":
            return True
        return (self._meta("changed") or "") != self._meta("changed_published")

    def note_change(self) -> None:
        """Something is about to change, or just has: the next version is due, whatever becomes of this run."""
        self._set_meta("changed", datetime.now(UTC).isoformat())

    @property
    def looked(self) -> str | None:
        """The mark of the last look for findings (``pipelines.trust.again``)."""
        return self._meta("looked")

    def note_look(self, mark: str) -> None:
        self._set_meta("looked", mark)

    @property
    def mapping_marks(self) -> dict[str, dict[str, str | int]]:
        """What each mapping said when its files were last read (``pipelines.run``)."""
        return dict(json.loads(self._meta("mappings") or "{}"))

    def note_mappings(self, marks: dict[str, dict[str, str | int]]) -> None:
        self._set_meta("mappings", json.dumps(marks, sort_keys=True))

    def known(self, sha256: str, mapping_id: str, mapping_version: int) -> bool:
        """Has this content been taken in (or refused) under this version of this mapping?"""
        return is_known(self.con, sha256, mapping_id, mapping_version)

    def load(self, delivery: DeliveryMeta, intake: Intake) -> Accounting:
        """Load one delivery in one transaction: all of it, or nothing.

        Raises ``ValueError`` if it is loaded already, and whatever the intake raises (``DeliveryRefused``).
        """
        refuse_known(self.con, delivery)
        return load_delivery(self.con, delivery, intake)

    def load_together(self, deliveries: Sequence[Taken]) -> list[Accounting]:
        """Load several small deliveries, in this order, in one transaction: all of them, or nothing.

        Raises as :meth:`load` does; nothing tells then which of them was to blame.
        """
        return load_together(self.con, deliveries)

    def refuse(self, delivery: DeliveryMeta, refused: Refusal) -> None:
        """Keep a refused delivery with its reason. It has no rows; rows of the same file under an earlier version of
        the mapping go to history, because the present mapping does not yield them."""
        refuse_known(self.con, delivery)

        def keep() -> None:
            entry = enter(self.con, delivery)
            withdraw(self.con, TABLES[delivery.table], entry)
            finish(self.con, entry, Accounting(), refused=(refused.kind, refused.message))

        self._in_transaction(keep)

    def refresh_marts(self, workspace: Workspace) -> bool:
        """Bring the marts up to date with what was loaded and with the terms; True if anything changed."""
        return marts.refresh(self.con, workspace)

    def publish(self) -> str:
        """Publish the present state as a new version and serve it; gives its name.

        Raises ``PublishError`` or ``OSError``; the version served before then stays.
        """
        number = max([self._last_number(), *version_numbers(self.state)]) + 1
        self._set_meta("version", str(number))
        self._set_meta("published_at", datetime.now(UTC).isoformat())
        self._set_meta("changed_published", self._meta("changed") or "")
        self._tidy()
        self.con.execute("CHECKPOINT")
        self._close_database()
        return publish_copy(self.file, self.state, number)

    def close(self) -> None:
        self._close_database()
        if not self._lock.closed:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            self._lock.close()

    def __enter__(self) -> Build:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        _sweep(self.state)
        try:
            if self.file.exists() and self._schema() not in (None, schema_fingerprint()):
                self._set_aside()
        except duckdb.Error:
            self._set_aside()
        create_tables(self.con)
        if self._schema() is None:
            self._set_meta("schema", schema_fingerprint())
        self._check_hash()

    def _schema(self) -> str | None:
        has_meta = number_of(self.con, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta'")
        return self._meta("schema") if has_meta else None

    def _set_aside(self) -> None:
        """Keep one unusable build database beside the new one, for a look at what went wrong."""
        self._close_database()
        self.file.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        os.replace(self.file, self.file.with_name("build.set_aside.duckdb"))

    def _check_hash(self) -> None:
        """Keys are found by DuckDB's own hash: where a new release of it hashes otherwise, they are hashed again."""
        row = first_row(self.con, "SELECT hash('sightline', 1, DATE '2026-01-01')::VARCHAR")
        present = str(row[0]) if row else ""
        before = self._meta("hash")
        if before == present:
            return
        if before is not None:
            for table in TABLES.values():
                self.con.execute(statement("rehash", table))
        self._set_meta("hash", present)

    def _tidy(self) -> None:
        """Every now and then let the coming checkpoint merge the small pieces that small deliveries leave."""
        deliveries = number_of(self.con, "SELECT count(*) FROM deliveries")
        if deliveries - int(self._meta("tidied") or 0) >= TIDY_AFTER:
            self._set_meta("tidied", str(deliveries))
            self.con.execute("SET max_vacuum_tasks = 100")

    def _last_number(self) -> int:
        return int(self._meta("version") or 0)

    def _meta(self, name: str) -> str | None:
        row = first_row(self.con, "SELECT value FROM meta WHERE name = ?", [name])
        return None if row is None else str(row[0])

    def _set_meta(self, name: str, value: str) -> None:
        def write() -> None:
            self.con.execute("DELETE FROM meta WHERE name = ?", [name])
            self.con.execute("INSERT INTO meta VALUES (?, ?)", [name, value])

        self._in_transaction(write)

    def _in_transaction(self, steps: Callable[[], None]) -> None:
        self.con.execute("BEGIN TRANSACTION")
        try:
            steps()
            self.con.execute("COMMIT")
        except BaseException:
            self.con.execute("ROLLBACK")
            raise

    def _close_database(self) -> None:
        if self._con is not None:
            self._con.close()
            self._con = None


def schema_fingerprint() -> str:
    """Changes when a stored table does, or what is read into it."""
    text = (
        f"{READING}"
        + text_of("sql", "ledger")
        + repr([(table.name, table.key, stored_columns(table)) for table in TABLES.values()])
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _connect(file: Path) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "true",  # load.py: batches are read as local variables
        "max_vacuum_tasks": "0",  # see TIDY_AFTER
        "temp_directory": str(file.parent / "build.tmp"),
    }
    con = duckdb.connect(str(file), config=config)
    con.execute("SET TimeZone = 'UTC'")
    return con


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """The ledger, the canonical tables and what trust keeps, where they are not there yet."""
    con.execute(text_of("sql", "ledger"))
    con.execute(text_of("sql", "trust_tables"))
    for table in TABLES.values():
        con.execute(statement("create_table", table))
        con.execute(statement("as_of", table))


def _sweep(state: Path) -> None:
    """Remove what a killed run left half-written. The lock is held, so nobody else is writing it."""
    for half in (*(state / "versions").glob("*.partial"), *(state / "raw").glob("arriving-*")):
        half.unlink(missing_ok=True)
    for folder in (*(state / "raw").glob("reading-*"), state / "build.tmp"):
        shutil.rmtree(folder, ignore_errors=True)


def _take_lock(path: Path) -> IO[str]:
    lock = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise BuildLocked(f"another run is loading into this workspace ({holder}): wait until it has ended") from error
    with suppress(OSError):  # who holds the lock is only for the message above
        lock.truncate(0)
        lock.write(f"process {os.getpid()} since {datetime.now(UTC).isoformat(timespec='seconds')}")
        lock.flush()
    return lock
