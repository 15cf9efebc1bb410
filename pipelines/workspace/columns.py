"""What a mapping may leave out, and what a column's cells are read as when it does not say."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.workspace.feeds import ColumnType, Feed
from pipelines.workspace.schema import NEEDS_DEFINITION, REPORTED_METRICS, Column, Kind, Table

__all__ = ["ALTERNATIVES", "DERIVED", "NEEDS_DEFINITION", "column_type", "columns_allowed", "missing_columns"]

#: Required columns that intake fills by itself where the mapping has none for them, and from what; by table.
#: "*" holds for every table. A column under :data:`ALTERNATIVES` is filled only if one of its sources is mapped.
DERIVED: dict[str, dict[str, str]] = {
    "*": {
        "source_system": "mapping.system",
        "vendor_code": "mapping.vendor, else the vendor of site_code",
        "local_date": "the table's instant, in the zone of the terms",
    },
    "contacts": {
        "interaction_id": "leg_id",
        "channel": "the queue's channel in vendors.yaml",
        "direction": "inbound",
        "queued_at": "arrived_at",
        "local_minute": "queued_at, in the zone of the terms",
        "ts_quality": "how the instant of queued_at was found",
    },
    "contact_counts": {
        "channel": "the queue's channel in vendors.yaml",
        "direction": "inbound",
    },
    "surveys": {"happened_at": "sent_at, else responded_at"},
    "survey_offers": {"happened_at": "the midnight that begins local_date, in the zone of the terms"},
    "sla_reports": {
        "metric": "the name of the column",
        "value": "the cell of a column that is named after a metric",
        "unit": "the metric's unit",
        "label_as_printed": "the column's label, else its header",
        "period_end_at": "period_start_at and granularity",
    },
    "invoices": {"happened_at": "the midnight that begins period_start, in the zone of the terms"},
}

#: Derived columns that need one of these to be mapped.
ALTERNATIVES: dict[tuple[str, str], tuple[str, ...]] = {
    ("contacts", "queued_at"): ("arrived_at",),
    ("surveys", "happened_at"): ("sent_at", "responded_at"),
    ("survey_offers", "happened_at"): ("local_date",),
    ("survey_offers", "local_date"): ("happened_at",),
    ("invoices", "happened_at"): ("period_start",),
    ("sla_reports", "period_end_at"): ("granularity",),
}

_BY_KIND: dict[Kind, ColumnType] = {
    "text": "str",
    "choice": "enum",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "instant": "datetime",
    "date": "date",
    "money": "money",
    "reference": "str",
}
_BY_UNIT: dict[str, ColumnType] = {
    "count": "int",
    "rate": "ratio",
    "s": "duration",
    "score": "float",
    "amount": "float",
    "fte": "float",
}


def columns_allowed(table: Table, extra_metrics: Mapping[str, str]) -> list[str]:
    """The columns that a mapping onto ``table`` may have: its own, and for reports every metric.

    ``extra_metrics``: the workspace's own reported metrics with their units.
    """
    if table.name != "sla_reports":
        return table.names
    return [*table.names, *REPORTED_METRICS, *extra_metrics]


def column_type(table: Table, name: str, extra_metrics: Mapping[str, str]) -> ColumnType:
    """What the cells of a column are read as where the mapping names no ``type``."""
    column = next((one for one in table.columns if one.name == name), None)
    if column is None:
        return _BY_UNIT[{**REPORTED_METRICS, **extra_metrics}[name]]
    return "duration" if is_seconds(column) else _BY_KIND[column.kind]


def is_seconds(column: Column) -> bool:
    """Does the column hold a duration in seconds?"""
    return column.kind == "number" and column.name.endswith("_s")


def missing_columns(feed: Feed, table: Table, extra_metrics: Mapping[str, str]) -> dict[str, str]:
    """Required columns that the mapping doesn't give and intake cannot derive, with what would do."""
    missing = {}
    for column in table.columns:
        if column.required and column.name not in feed.columns:
            reason = _not_derived(feed, table, column.name, extra_metrics)
            if reason is not None:
                missing[column.name] = reason
    return missing


def _not_derived(feed: Feed, table: Table, name: str, extra_metrics: Mapping[str, str]) -> str | None:
    """Why a column that is not mapped can't be derived either; None where it can."""
    if name not in DERIVED["*"] and name not in DERIVED.get(table.name, {}):
        choices = table.column(name).choices
        return "map it: from, const, lookup, expr or cases" + (f"; one of {', '.join(choices)}" if choices else "")
    if name == "vendor_code":
        known = feed.mapping.vendor is not None or "site_code" in feed.columns
        return None if known else "name the vendor in mapping.vendor, or map this column or site_code"
    sources = ALTERNATIVES.get((table.name, name), ())
    if sources and not any(source in feed.columns for source in sources):
        return f"map it, or {' or '.join(sources)}"
    grain = feed.columns.get("granularity")
    if (table.name, name) == ("sla_reports", "period_end_at") and grain is not None and grain.const == "interval":
        return "map it: an interval alone does not say how long it is"
    if table.name == "sla_reports" and name in ("metric", "value"):
        metrics = {*REPORTED_METRICS, *extra_metrics}
        other = "value" if name == "metric" else "metric"
        if not any(column in metrics for column in feed.columns) or other in feed.columns:
            return "map metric and value, or a column named after each metric of the report"
    return None
