"""A look at the past: the warehouse as it was known at an instant, made again in memory.

Rows that had come by then are copied out of a published version with the rows that were replaced since, and the marts
are made of them by the same statements as ever. Every named query therefore answers as it would have answered then,
under the mappings and terms of the workspace as they are written now (terms are dated by themselves).
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import duckdb
import polars as pl

from pipelines.intake.schema import TABLES
from pipelines.warehouse import marts
from pipelines.warehouse.build import create_tables
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.statements import statement, text_of
from pipelines.workspace import Workspace

#: The ledger of deliveries as it stood then, and what hangs on it.
_LEDGER = ("deliveries", "repeated_files", "row_dispositions", "rejects")
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "2GB",
    "threads": "2",
}


class MemoryBuild:
    """The past in memory, in the shape in which a build database is asked: through its connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection, version: str) -> None:
        self.con = con
        self.version = version

    def reader(self) -> Reader:
        """A reader of it, to be closed when done; its named queries answer as of then."""
        return Reader(self.con, self.version)


def known_at(
    reader: Reader, workspace: Workspace, instant: datetime, span: tuple[date, date] | None = None,
    vendor: str | None = None,
) -> MemoryBuild:  # fmt: skip
    """What ``reader``'s version knew at ``instant`` (with a zone). Findings are not in it: trust makes them anew.

    ``span`` (first and last day) and ``vendor`` take over those rows only: enough for figures of these days, not for
    what looks at a longer history. Raises ``ValueError`` for an instant without a zone.
    """
    if instant.tzinfo is None:
        raise ValueError("the past needs an instant with a zone")
    params = {
        "instant": instant.astimezone(UTC),
        "vendor": vendor,
        "first_day": span[0] if span else date.min,
        "last_day": span[1] if span else date.max,
    }
    con = duckdb.connect(":memory:", config=_CONFIG)
    con.execute("SET GLOBAL TimeZone = 'UTC'")  # cursors take it over
    con.execute("SET TimeZone = 'UTC'")
    create_tables(con)
    for table in TABLES.values():
        rows = reader.stored(statement("copy_as_of", table), params)
        _insert(con, table.name, rows)
        if "local_date" in table.names:
            con.execute(statement("every_day", table), {"vendor": None})
    for name in _LEDGER:
        _insert(con, name, reader.stored(text_of("sql", f"{name}_as_of"), {"instant": params["instant"]}))
    con.execute("INSERT INTO meta VALUES ('published_at', ?)", [instant.astimezone(UTC).isoformat()])
    marts.refresh(con, workspace)
    return MemoryBuild(con, f"{reader.version} as of {instant.isoformat()}")


def _insert(con: duckdb.DuckDBPyConnection, name: str, rows: pl.DataFrame) -> None:
    con.register("copied_rows", rows.to_arrow())
    con.execute(text_of("sql", "insert_copied").replace("{table}", name))
    con.unregister("copied_rows")
