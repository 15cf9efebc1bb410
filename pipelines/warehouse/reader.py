"""Reading a published version: read-only, locked down, by named queries only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import polars as pl

from pipelines.intake.schema import TABLES
from pipelines.warehouse.build import schema_fingerprint
from pipelines.warehouse.marts import statements_fingerprint
from pipelines.warehouse.publish import read_pointer, version_file
from pipelines.warehouse.statements import HERE, number_of, statement, text_of
from pipelines.workspace import CannotProceed

#: A query that takes longer is interrupted: nothing that a page asks for does.
LONGEST_QUERY_S = 10.0

#: A second span of days that some queries take: a query has a price of its own, however few days it asks for.
OTHER_SPAN = ("other_first_day", "other_last_day")

#: Read-only alone is no sandbox (it still reads and writes other files): all of these together are.
_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "1GB",
    "threads": "2",
}


class NothingPublished(CannotProceed):
    """There is no version to read yet."""


class OtherRelease(CannotProceed):
    """The version was made by a release of the program whose tables are others than this one's."""


class QueryTimeout(CannotProceed):
    """A query took longer than :data:`LONGEST_QUERY_S` and was stopped."""


def query_names() -> frozenset[str]:
    """The queries there are: exactly the files in ``queries/``."""
    return frozenset(path.stem for path in (HERE / "queries").glob("*.sql"))


class Reader:
    """One published version. Safe to share between threads: every query has a cursor of its own."""

    def __init__(self, con: duckdb.DuckDBPyConnection, version: str) -> None:
        self._con = con
        self.version = version
        self._queries = query_names()

    @classmethod
    def open(cls, state: Path, version: str | None = None) -> Reader:
        """Open a version by name, or the one that is served now.

        Raises :class:`NothingPublished` where there is none, :class:`OtherRelease` where its tables are not those that
        this release asks for, ``ValueError`` for a name that is no version's.
        """
        if version is None:
            pointer = read_pointer(state)
            if pointer is None:
                raise NothingPublished(
                    f"nothing has been published in {state}: run the pipeline first"
                    f" (python -m pipelines run --workspace {state.parent})"
                )
            version = pointer.version
        path = version_file(state, version)
        if not path.is_file():
            raise NothingPublished(f"{version} is not in {path.parent}: only the last versions are kept")
        con = _locked_connection(path)
        if not _of_this_release(con):
            con.close()
            raise OtherRelease(
                f"{version} was made by another release of Sightline. `python -m pipelines run` brings it up to date;"
                " nothing that was received is lost"
            )
        return cls(con, version)

    def frame(self, name: str, **params: Any) -> pl.DataFrame:
        """The result of ``queries/<name>.sql`` with its ``$parameters`` bound; :data:`OTHER_SPAN` may be left out.

        Raises ``KeyError`` for a query that does not exist, ``QueryTimeout`` after :data:`LONGEST_QUERY_S`.
        """
        if name not in self._queries:
            raise KeyError(f"no query {name!r}; there are: {', '.join(sorted(self._queries))}")
        text = text_of("queries", name)
        return self._fetch(text, {**{one: None for one in OTHER_SPAN if f"${one}" in text}, **params})

    def as_of(self, table: str, instant: datetime, vendor: str | None = None) -> pl.DataFrame:
        """The rows of a canonical table as they were known at ``instant`` (with a zone), for one vendor or all.

        Raises ``KeyError`` for a table that does not exist, ``ValueError`` for an instant without a zone.
        """
        if instant.tzinfo is None:
            raise ValueError("as_of needs an instant with a zone")
        params = {"instant": instant.astimezone(UTC), "vendor": vendor}
        return self._fetch(statement("read_as_of", TABLES[table]), params)

    def stored(self, query: str, params: dict[str, Any]) -> pl.DataFrame:
        """The result of a statement of this package (``sql/``) with its ``$parameters`` bound."""
        return self._fetch(query, params)

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _fetch(self, query: str, params: dict[str, Any]) -> pl.DataFrame:
        cursor = self._con.cursor()
        try:
            with _interrupted_after(cursor, LONGEST_QUERY_S):
                table = cursor.sql(query, params=params).to_arrow_table()
        finally:
            cursor.close()
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame


@contextmanager
def _interrupted_after(cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        cursor.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        if not stopped.is_set():
            raise
        raise QueryTimeout(f"the query took longer than {seconds:g} s and was stopped") from error
    finally:
        timer.cancel()


def _of_this_release(con: duckdb.DuckDBPyConnection) -> bool:
    """Are its tables and marts made by the statements of this release? What a version doesn't say is taken as such."""
    ours = {"schema": schema_fingerprint(), "marts.sql": statements_fingerprint()}
    held = dict(con.execute("SELECT name, value FROM meta WHERE name IN ('schema', 'marts.sql')").fetchall())
    return all(held.get(name, value) == value for name, value in ours.items())


def _locked_connection(path: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(str(path), read_only=True, config=_LOCKED)
    locked = number_of(con, "SELECT current_setting('lock_configuration')::INTEGER")
    if not locked:  # a second reader of the same file shares the first one's locked instance
        con.execute("SET GLOBAL TimeZone = 'UTC'")
        con.execute("SET GLOBAL lock_configuration = true")
    return con
