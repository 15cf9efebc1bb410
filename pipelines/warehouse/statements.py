"""SQL kept in ``.sql`` files, with the names of canonical columns filled in.

Values are always bound as parameters. What is filled in here are identifiers alone, and every one of them
comes from the canonical schema, never from a file or a person.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from pipelines.intake.schema import Column, Table

HERE = Path(__file__).parent

#: Identifiers that are hardly ever the same twice: looking for a dictionary of them costs three times their storing.
ALL_DIFFERENT = ("leg_id", "interaction_id")


@cache
def text_of(folder: str, name: str) -> str:
    """The text of one ``.sql`` file of this package."""
    return (HERE / folder / f"{name}.sql").read_text(encoding="utf-8")


def stored_name(column: Column) -> str:
    """The stored column's name: a keyed hash of a customer becomes a small number."""
    return "customer_id" if column.kind == "reference" else column.name


def stored_type(column: Column) -> str:
    return "INTEGER" if column.kind == "reference" else column.duckdb_type


def stored_columns(table: Table) -> list[tuple[str, str]]:
    """Names and DuckDB types of the canonical columns as they are stored."""
    return [(stored_name(column), stored_type(column)) for column in table.columns]


def content_columns(table: Table) -> list[str]:
    """The stored columns outside the key: two rows of one key are the same when these are."""
    return [stored_name(column) for column in table.columns if column.name not in table.key]


def day_column(table: Table) -> str:
    """The local date that a row's figures belong to."""
    return "local_date" if "local_date" in table.names else "period_start"


def sorting_instant(table: Table, name: str) -> str:
    """The expression that orders the versions of a row by one of its own columns (``dedupe: latest_by``).

    Raises ``ValueError`` where the column has no order in time or number.
    """
    if name not in table.names:
        raise ValueError(f"latest_by: {table.name} has no column {name!r}")
    kind = table.column(name).kind
    if kind in ("instant", "date"):
        return f"epoch_us({name}::TIMESTAMPTZ)::DOUBLE"
    if kind in ("integer", "number", "money"):
        return f"{name}::DOUBLE"
    raise ValueError(
        f"latest_by: {table.name}.{name} is {kind}; only instants, dates and numbers say which row is newer"
    )


def _latest(table: Table) -> str:
    """Each delivery's own ordering column, as one expression over all that the table could be ordered by."""
    branches = []
    for column in table.columns:
        try:
            branches.append(f"WHEN '{column.name}' THEN {sorting_instant(table, column.name)}")
        except ValueError:
            continue  # a text: it can't say which row is newer
    return f"CASE d.latest_by {' '.join(branches)} END"


def _definition(name: str, kind: str) -> str:
    packed = " USING COMPRESSION zstd" if name in ALL_DIFFERENT else ""
    return f"{name} {kind}{packed}"


def has_customer(table: Table) -> bool:
    return any(column.kind == "reference" for column in table.columns)


@cache
def statement(name: str, table: Table) -> str:
    """``sql/<name>.sql`` for one canonical table."""
    columns = [stored for stored, _ in stored_columns(table)]
    content = content_columns(table)
    fills = {
        "table": table.name,
        "columns": ", ".join(columns),
        "definitions": ", ".join(_definition(name, kind) for name, kind in stored_columns(table)),
        "source_columns": ", ".join(f"b.{stored_name(column)}" for column in table.columns),
        "key_hash": f"hash({', '.join(table.key)})",
        "row_key": f"concat_ws(' | ', {', '.join(table.key)})",
        "same_key": " AND ".join(f"a.{name} = h.{name}" for name in table.key),
        "same_content": " AND ".join(f"a.{name} IS NOT DISTINCT FROM h.{name}" for name in content),
        "content": ", ".join(content),
        "latest": _latest(table),
        "day": day_column(table),
    }
    text = text_of("sql", name)
    for key, value in fills.items():
        text = text.replace("{" + key + "}", value)
    return text


def first_row(con: duckdb.DuckDBPyConnection, query: str, params: object = None) -> tuple[Any, ...] | None:
    """The first row of a result, which is read to its end: an unfinished one would hold the connection."""
    rows = con.execute(query, params).fetchall()
    return rows[0] if rows else None


def number_of(con: duckdb.DuckDBPyConnection, query: str, params: object = None) -> int:
    """The one number that a query gives: a count, or the rows that an INSERT added."""
    row = first_row(con, query, params)
    return int(row[0]) if row else 0
