"""What a mapping may say, for the person who writes one: every table with its columns, from the schema itself."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.workspace.columns import ALTERNATIVES, DERIVED
from pipelines.workspace.schema import REPORTED_METRICS, TABLES, Column, Table

#: Columns that intake always fills by itself.
_OWN = ("source_system", "local_date", "local_minute", "ts_quality", "interaction_id")
_KINDS = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "instant": "date and time",
    "date": "date",
    "money": "amount of money",
    "reference": "`hash: customer`",
}


def tables_reference() -> str:
    """A Markdown section per table: what a row is, what makes two rows the same, the columns."""
    return "\n".join(line for table in TABLES.values() for line in _section(table))


def _section(table: Table) -> Iterator[str]:
    shown = [
        column
        for column in table.columns
        if column.name not in _OWN or _not_filled(table, column) or (table.name, column.name) in ALTERNATIVES
    ]
    key = [name for name in table.key if name not in ("vendor_code", "source_system")]
    yield f"### {table.name}"
    yield ""
    yield f"A row: {table.note}. Rows with the same {', '.join(f'`{name}`' for name in key)} are one."
    yield ""
    yield "| column | needed | what it holds |"
    yield "|---|---|---|"
    for column in shown:
        yield f"| `{column.name}` | {_needed(table, column)} | {_holds(column)} |"
    yield ""
    if table.name == "sla_reports":
        units: dict[str, list[str]] = {}
        for name, unit in REPORTED_METRICS.items():
            units.setdefault(unit, []).append(f"`{name}`")
        yield "Instead of `metric` and `value`, a column may be named after each figure of the report:"
        yield ""
        yield from (f"- {unit}: {', '.join(names)}" for unit, names in units.items())
        yield ""


def _not_filled(table: Table, column: Column) -> bool:
    return column.name not in DERIVED["*"] and column.name not in DERIVED.get(table.name, {})


def _needed(table: Table, column: Column) -> str:
    if not column.required:
        return ""
    if _not_filled(table, column):
        return "yes"
    if other := ALTERNATIVES.get((table.name, column.name)):
        return "or " + " or ".join(f"`{name}`" for name in other)
    return f"else {(DERIVED['*'] | DERIVED.get(table.name, {}))[column.name]}"


def _holds(column: Column) -> str:
    kind = ", ".join(f"`{choice}`" for choice in column.choices) or _KINDS.get(column.kind, "")
    if column.kind == "number" and column.name.endswith("_s"):
        kind = "duration"
    return "; ".join(part for part in (column.note.replace("|", "\\|"), kind) if part)
