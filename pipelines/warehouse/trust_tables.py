"""The tables that trust keeps in the build database: repeated files, findings, results of checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import duckdb
import polars as pl

from pipelines.warehouse.ledger import DeliveryMeta
from pipelines.warehouse.statements import first_row, text_of

#: Tables that a run replaces whole.
REPLACED = ("findings", "check_results", "expected_days")


class Asked(Protocol):
    """A database that is written: the build's, or the past in memory."""

    @property
    def con(self) -> duckdb.DuckDBPyConnection: ...


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    """What the ledger holds: contents by mapping, and the very files (vendor, name, content, mapping).

    ``unread``: contents that were refused, or of which rows could not be read.
    """

    contents: set[tuple[str, str, int]]
    unread: set[tuple[str, str, int]]
    files: set[tuple[str | None, str, str, str]]


def ledger_keys(build: Asked) -> LedgerKeys:
    """Read once per run, so that finding what is new does not cost a query per file."""
    build.con.execute(text_of("sql", "trust_tables"))
    standing = build.con.execute(
        "SELECT sha256, mapping_id, mapping_version, refused_kind IS NOT NULL OR rows_rejected > 0"
        " FROM deliveries WHERE superseded_at IS NULL"
    ).fetchall()
    contents = {(str(a), str(b), int(c)): bool(unread) for a, b, c, unread in standing}
    files = build.con.execute(
        "SELECT vendor_code, file_name, sha256, mapping_id FROM deliveries"
        " UNION SELECT vendor_code, file_name, sha256, mapping_id FROM repeated_files"
    ).fetchall()
    return LedgerKeys(set(contents), {content for content, unread in contents.items() if unread}, set(files))


def record_repeat(build: Asked, delivery: DeliveryMeta) -> None:
    """Keep a file whose content is held already; it has no rows of its own."""
    build.con.execute(
        "INSERT INTO repeated_files"
        " SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, delivery_id, file_name FROM deliveries"
        " WHERE sha256 = ? AND mapping_id = ? ORDER BY delivery_no DESC LIMIT 1",
        [
            delivery.vendor_code, delivery.feed, delivery.file_name, delivery.sha256, delivery.bytes,
            delivery.mapping_id, delivery.mapping_version, delivery.received_at, delivery.loaded_at,
            delivery.sha256, delivery.mapping_id,
        ],
    )  # fmt: skip


def frame_of(build: Asked, query: str, **params: object) -> pl.DataFrame:
    """The result of ``queries/<query>.sql`` on the build database."""
    table = build.con.sql(text_of("queries", query), params=params).to_arrow_table()
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def held(build: Asked, name: str, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """A table as the last run left it; empty where there has been none."""
    _check(name)
    build.con.execute(text_of("sql", "trust_tables"))
    if first_row(build.con, "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]) is None:
        return pl.DataFrame(schema=schema)
    frame = pl.from_arrow(build.con.table(name).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame.select(pl.col(column).cast(dtype) for column, dtype in schema.items())


def replace_table(build: Asked, name: str, frame: pl.DataFrame) -> None:
    """Keep ``frame`` as the table ``name`` (one of :data:`REPLACED`), whole."""
    _check(name)
    build.con.register("fresh_rows", frame.to_arrow())
    try:
        build.con.execute(_CREATE[name])
    finally:
        build.con.unregister("fresh_rows")


_CREATE = {
    "findings": "CREATE OR REPLACE TABLE findings AS SELECT * FROM fresh_rows",
    "expected_days": "CREATE OR REPLACE TABLE expected_days AS SELECT * FROM fresh_rows",
    "check_results": "CREATE OR REPLACE TABLE check_results AS SELECT * FROM fresh_rows",
}


def _check(name: str) -> None:
    if name not in REPLACED:
        raise KeyError(f"no table {name!r} that a run replaces; there are: {', '.join(REPLACED)}")
