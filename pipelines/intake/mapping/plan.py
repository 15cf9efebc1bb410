"""A mapping made ready for one file: which header each column reads, and how its cells are parsed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.mapping.cells import Parser
from pipelines.intake.mapping.durations import DurationParser
from pipelines.intake.mapping.numbers import NumberParser, RatioParser
from pipelines.intake.mapping.raw import PSEUDO
from pipelines.intake.mapping.reports import undefined
from pipelines.intake.mapping.texts import BoolParser, ChoiceParser, LengthParser, MapParser, TextParser
from pipelines.intake.mapping.zones import is_zone
from pipelines.intake.readers.headers import clean, cut_wrongly, positions, quoted, read_as_header
from pipelines.intake.veil import veiled_text
from pipelines.workspace import Workspace
from pipelines.workspace.feeds import ColumnMapping, Feed, HeaderZone, RowZone
from pipelines.workspace.problems import did_you_mean
from pipelines.workspace.schema import NEEDS_DEFINITION, POLARS_TYPES, REPORTED_METRICS, TABLES, Column, Table

_TYPES = {
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
_METRIC_TYPES = {"count": "int", "rate": "ratio", "s": "duration"}
_WORKBOOKS = ("xlsx", "ods")


@dataclass(frozen=True, slots=True)
class Plan:
    """A feed's mapping against one file's headers."""

    feed: Feed
    table: Table
    file_name: str
    units: dict[str, str]  # of every metric that a report may hold
    headers: dict[str, int]  # wanted header -> its place among the file's
    sources: dict[str, str]  # canonical column -> the header that it reads
    header_zones: dict[str, str]  # canonical column -> the zone in the header itself
    unknown: list[str]
    missing: list[str]

    @property
    def metrics(self) -> list[str]:
        """The columns of a report that hold one metric each."""
        if self.table.name != "sla_reports":
            return []
        return [
            name
            for name, mapping in self.feed.columns.items()
            if name in self.units and name not in self.table.names and (not mapping.source or name in self.sources)
        ]

    @property
    def long_report(self) -> bool:
        """Does each record of a report say which metric it holds?"""
        return self.table.name == "sla_reports" and "metric" in self.feed.columns

    @property
    def of_workbook(self) -> bool:
        """Is the file a workbook, whose cells have types?"""
        return self.feed.source.format in _WORKBOOKS

    @property
    def lookups(self) -> set[str]:
        """The columns whose values are looked up in the aliases."""
        return {name for name, mapping in self.feed.columns.items() if mapping.lookup}

    def column(self, name: str) -> Column:
        """The canonical column; a metric of a report is a number."""
        if name not in self.metrics:
            return self.table.column(name)
        return Column(name, "number", minimum=0.0 if self.units[name] in ("count", "s", "fte") else None)

    def hides(self, name: str) -> bool:
        """May the raw texts of this column identify a person? Then they are not shown in rejects."""
        mapping = self.feed.columns.get(name)
        return mapping is not None and any(self.identifying(header) for header in wanted_by(mapping))

    def type_of(self, name: str) -> str:
        """The declared type, else that of the canonical column or of the metric."""
        declared = self.feed.columns[name].type
        if declared:
            return declared
        if name in self.metrics:
            return _METRIC_TYPES.get(self.units[name], "float")
        column = self.table.column(name)
        return "duration" if column.kind == "number" and name.endswith("_s") else _TYPES[column.kind]

    def parser(self, name: str) -> Parser:
        """The parser of a column's cells, its map of values included. Not for dates and times."""
        mapping, column = self.feed.columns[name], self.column(name)
        kind = self.type_of(name)
        inner = self.plain_parser(kind, mapping, column)
        if mapping.map is None:
            return inner
        return MapParser(mapping.map, inner, exhaustive=kind in ("str", "enum", "bool"))

    def plain_parser(self, kind: str, mapping: ColumnMapping, column: Column) -> Parser:
        """The parser of one type for one column."""
        locale = self.feed.source.locale
        if column.choices:
            return ChoiceParser(column.choices)
        if kind == "bool":
            return BoolParser()
        if kind == "length":
            return LengthParser()
        if kind == "duration":
            pair = next(iter(mapping.format or []), None)
            return DurationParser(mapping.unit, pair, locale)
        if kind == "ratio":
            return RatioParser(mapping.scale, locale, self.of_workbook)
        if kind in ("int", "float", "money"):
            target = POLARS_TYPES[column.kind if column.kind in ("integer", "money") else "number"]
            whole = kind == "int" and target == pl.Float64
            return NumberParser(target, locale, mapping.trailing_minus, whole)
        return TextParser()

    @property
    def identifies(self) -> bool:
        """May a record hold what identifies a person, mapped or not?"""
        return not {"customer_ref", "agent_ref"}.isdisjoint(self.table.names)

    def identifying(self, header: str) -> bool:
        """Does this raw column identify a person? Then its texts are not shown in rejects."""
        return any(
            header in wanted_by(mapping)
            for name, mapping in self.feed.columns.items()
            if name in ("customer_ref", "agent_ref") or mapping.hash or mapping.type == "length"
        )


def reported_units(workspace: Workspace) -> dict[str, str]:
    """Unit of every metric that a report may hold: Sightline's own and the workspace's."""
    own = {name: str(metric.unit) for name, metric in workspace.settings.reported_metrics.items()}
    return {**REPORTED_METRICS, **own}


def wanted_by(mapping: ColumnMapping) -> list[str]:
    """Every raw header that a column may read."""
    found = list(mapping.source or [])
    if mapping.lookup:
        found += mapping.lookup.by
    if mapping.expr:
        for part in (mapping.expr.sum, mapping.expr.difference, mapping.expr.join, mapping.expr.first_filled):
            found += part or []
    found += [case.field for case in mapping.cases or [] if case.field]
    if isinstance(mapping.tz, RowZone):
        found.append(mapping.tz.column)
    return found


def wanted(feed: Feed) -> list[str]:
    """Every raw header that the mapping may read, once each."""
    found = [header for mapping in feed.columns.values() for header in wanted_by(mapping)]
    found += [rule.field for rule in feed.rows]
    found += [header for check in feed.checks for header in (check.field, *check.sum_of)]
    if feed.completeness:
        found.append(feed.completeness.field)
    return [header for header in dict.fromkeys(found) if header not in PSEUDO]


def make_plan(
    feed: Feed, workspace: Workspace, file_name: str, headers: Sequence[str], header_cells: Sequence[Sequence[str]]
) -> Plan:
    """Match the mapping with a file's headers.

    Raises :class:`DeliveryRefused` where a header that the mapping needs is absent, or a figure's definition is.
    """
    table = TABLES[feed.mapping.table]
    needed = wanted(feed)
    places = positions(needed, headers)
    places |= dict.fromkeys(PSEUDO, -1)
    if feed.source.unpivot:
        places |= dict.fromkeys((feed.source.unpivot.names_to, feed.source.unpivot.values_to), -1)
    sources, optional, absent = _match(feed, places)
    if absent:
        hints = _hints(absent, headers)
        raise DeliveryRefused("unexpected_columns", " ".join([_absent_message(absent, headers), *hints]), hints)
    seen = {clean(header) for header in needed}
    plan = Plan(
        feed,
        table,
        file_name,
        reported_units(workspace),
        places,
        sources,
        _header_zones(feed, sources, places, header_cells),
        unknown=[veiled_text(name) for name in headers if clean(name) not in seen and not _is_ours(feed, name)],
        missing=optional,
    )
    _check_definitions(plan)
    return plan


def _is_ours(feed: Feed, header: str) -> bool:
    """Is it a wide column that becomes rows, or a name that the reader gave and no sender wrote?"""
    unpivot = feed.source.unpivot
    made_long = unpivot is not None and re.search(unpivot.columns, header) is not None
    return made_long or feed.source.format == "queue_log"


def _match(feed: Feed, places: dict[str, int]) -> tuple[dict[str, str], list[str], list[list[str]]]:
    """The header of each column, the optional headers that are absent, and the needed ones (with alternatives)."""
    sources: dict[str, str] = {}
    optional: list[str] = []
    absent: list[list[str]] = []
    for name, mapping in feed.columns.items():
        if mapping.source:
            found = next((header for header in mapping.source if header in places), None)
            if found is not None:
                sources[name] = found
            elif mapping.required is False:
                optional.append(mapping.source[0])
            else:
                absent.append(mapping.source)
        lacking = [[header] for header in _all_needed(mapping) if header not in places]
        if mapping.lookup and not any(header in places for header in mapping.lookup.by):
            lacking.append(mapping.lookup.by)
        if mapping.required is False:
            optional += [names[0] for names in lacking]
        else:
            absent += lacking
    absent += [[header] for header in _needed_by_rules(feed) if header not in places]
    return sources, list(dict.fromkeys(optional)), absent


def _all_needed(mapping: ColumnMapping) -> list[str]:
    """Headers of which every one must be there."""
    found = [case.field for case in mapping.cases or [] if case.field]
    if mapping.expr:
        for part in (mapping.expr.sum, mapping.expr.difference, mapping.expr.join):
            found += part or []
    if isinstance(mapping.tz, RowZone):
        found.append(mapping.tz.column)
    return found


def _needed_by_rules(feed: Feed) -> Iterator[str]:
    yield from (rule.field for rule in feed.rows)
    for check in feed.checks:
        yield check.field
        yield from check.sum_of
    if feed.completeness:
        yield feed.completeness.field


def _absent_message(absent: list[list[str]], headers: Sequence[str]) -> str:
    named = quoted([" or ".join(dict.fromkeys(names)) for names in absent])
    cut = cut_wrongly([text for names in absent for text in names[:1]], headers)
    told = [f"The mapping reads {named}, which the file does not have.", read_as_header(headers), cut]
    return " ".join(part for part in told if part)


def _hints(absent: list[list[str]], headers: Sequence[str]) -> list[str]:
    hints = ((names[0], did_you_mean(names[0], headers)) for names in absent)
    return [f"{name}: {hint} If so, add it to `from`." for name, hint in hints if hint]


def _header_zones(
    feed: Feed, sources: dict[str, str], places: dict[str, int], header_cells: Sequence[Sequence[str]]
) -> dict[str, str]:
    """Zones printed in a header row as JSON, by canonical column."""
    zones: dict[str, str] = {}
    for name, mapping in feed.columns.items():
        if not isinstance(mapping.tz, HeaderZone) or name not in sources:
            continue
        try:
            cell = header_cells[mapping.tz.header_row - 1][places[sources[name]]]
            zones[name] = _utc_or(str(json.loads(cell)[mapping.tz.key]))
        except (IndexError, KeyError, TypeError, ValueError) as error:
            row = mapping.tz.header_row
            message = (
                f"Header row {row} should give the time zone of “{sources[name]}” as JSON under “{mapping.tz.key}”, "
            )
            if row > len(header_cells):
                message += (
                    f"but the mapping reads {len(header_cells)} rows as header: rows below the names that are no data "
                    "are declared by `drop_rows_after_header`."
                )
            else:
                cells = header_cells[row - 1]
                place = places[sources[name]]
                message += f"but reads “{cells[place][:80] if place < len(cells) else ''}”."
            raise DeliveryRefused("unexpected_columns", message) from error
        if not is_zone(zones[name]):
            message = f"The header says that “{sources[name]}” is in zone “{zones[name]}”, which is no IANA time zone."
            raise DeliveryRefused("unexpected_columns", message)
    return zones


def _utc_or(zone: str) -> str:
    return "UTC" if zone == "Z" else zone


def _check_definitions(plan: Plan) -> None:
    """A service level or an answer rate says nothing without the definition behind it."""
    lacking = [name for name in plan.metrics if name in NEEDS_DEFINITION and name not in plan.feed.metric_definitions]
    if lacking:
        raise undefined(lacking, [plan.sources.get(name, name) for name in lacking])
