"""Checks on the columns of one mapping: one source each, units, scales and zones declared, values that exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pipelines.workspace.checks.context import Context, reference
from pipelines.workspace.columns import NEEDS_DEFINITION, column_type
from pipelines.workspace.documents import Document, PathPart
from pipelines.workspace.feeds import MONEY_UNITS, ColumnMapping, ColumnType, Feed
from pipelines.workspace.problems import Problem, did_you_mean, one_of
from pipelines.workspace.schema import REPORTED_METRICS, Column, Table
from pipelines.workspace.values import time_zones, zone_hint

SOURCES = ("from", "const", "lookup", "expr", "cases")
EXPRESSIONS = ("sum", "difference", "seconds_between", "plus_seconds", "join", "first_filled")

#: Types that the cells of a canonical kind may be read as.
TYPES: dict[str, tuple[ColumnType, ...]] = {
    "text": ("str", "enum", "int"),
    "choice": ("enum", "str"),
    "integer": ("int", "float", "length"),
    "number": ("float", "int", "ratio", "money"),
    "seconds": ("duration",),
    "boolean": ("bool", "enum", "str"),
    "instant": ("datetime", "date"),
    "date": ("date", "datetime"),
    "money": ("money", "float", "int"),
    "reference": ("str",),
}
#: Formats whose values are instants by themselves: an offset in the text, or a count since 1970.
_OFFSET = re.compile(r"%[:#]*z|%\+|Z$|^unix(_ms|_us)?$")
#: Formats that are words, not patterns.
_WITHOUT_PERCENT = ("unix", "unix_ms", "unix_us", "excel_serial")
#: Systems that give amounts in minor units in some of their exports and in whole units in others.
_MINOR_SYSTEMS = re.compile(r"(?i)stripe|adyen|square|braintree|checkout|klarna|razorpay|paystack|gocardless")
#: Files in which a bare number may stand for a duration; a workbook's cells say what they are.
_UNTYPED = ("csv", "jsonl", "json", "queue_log")


def check_columns(
    document: Document, feed: Feed, table: Table, columns: Mapping[str, ColumnMapping], context: Context
) -> list[Problem]:
    """All mistakes of the columns that exist in ``table``."""
    problems: list[Problem] = []
    metrics = context.reported_metrics
    for name, mapping in columns.items():
        path: list[PathPart] = ["columns", name]
        column = next((one for one in table.columns if one.name == name), None)
        kind = mapping.type or column_type(table, name, metrics)
        problems += _check_source(document, path, mapping, columns)
        problems += _check_type(document, path, mapping, column, column_type(table, name, metrics))
        # In the long shape of a report one column holds figures of every unit: each metric's own reads it.
        if not (table.name == "sla_reports" and name == "value" and "metric" in columns):
            problems += _check_unit(document, path, mapping, kind, feed)
        problems += _check_zone(document, path, mapping, kind)
        problems += _check_hash(document, path, mapping, column)
        problems += _check_lookup(document, path, name, mapping, context)
        if column is not None:
            problems += _check_values(document, path, mapping, column, context)
    if table.name == "sla_reports":
        problems += _check_stated(document, feed, columns, metrics)
    return problems


def _reads_cells(mapping: ColumnMapping) -> bool:
    """Are raw cells parsed for this column? Constants, look-ups and spans between instants are not."""
    if mapping.source is not None:
        return True
    return mapping.expr is not None and any((mapping.expr.sum, mapping.expr.difference, mapping.expr.first_filled))


def _check_source(
    document: Document, path: list[PathPart], mapping: ColumnMapping, columns: Mapping[str, ColumnMapping]
) -> list[Problem]:
    given = [name for name in SOURCES if document.mark_at([*path, name]) is not None]
    problems = []
    if len(given) != 1:
        value = " and ".join(given)
        problems.append(document.problem(path, f"exactly one of {', '.join(SOURCES)}", value=value or "none of them"))
    if mapping.expr is not None:
        forms = [form for form in EXPRESSIONS if getattr(mapping.expr, form) is not None]
        place = [*path, "expr"]
        if len(forms) != 1:
            expected = f"exactly one of {', '.join(EXPRESSIONS)}"
            problems.append(document.problem(place, expected, value=" and ".join(forms) or "none of them"))
        for form in ("seconds_between", "plus_seconds"):
            problems += _check_operands(document, [*place, form], getattr(mapping.expr, form), columns)
    for index, case in enumerate(mapping.cases or []):
        tests = (case.equals, case.matches, case.is_null, case.above)
        place = [*path, "cases", index]
        if case.field is not None and all(test is None for test in tests):
            problems.append(document.problem(place, "a condition: equals, matches, is_null or above"))
        if case.field is None and any(test is not None for test in tests):
            problems.append(document.problem(place, "the field that the condition is about"))
        if case.field is None and index + 1 < len(mapping.cases or []):
            hint = "a case without a field is 'otherwise': put it last"
            problems.append(document.problem(place, "a field, before the last case", hint))
    return problems


def _check_operands(
    document: Document, path: list[PathPart], names: list[str] | None, columns: Mapping[str, ColumnMapping]
) -> list[Problem]:
    """Instants and seconds in an expression are canonical columns of this mapping, two of them."""
    if names is None:
        return []
    if len(names) != 2:
        return [document.problem(path, "two columns of this mapping")]
    problems = []
    for index, name in enumerate(names):
        problems += reference(document, [*path, index], name, columns, "a column of this mapping")
    return problems


def _check_type(
    document: Document, path: list[PathPart], mapping: ColumnMapping, column: Column | None, default: ColumnType
) -> list[Problem]:
    if mapping.type is None:
        return []
    if column is None:
        allowed: tuple[ColumnType, ...] = (default, "int", "float") if default in ("int", "float") else (default,)
    else:
        allowed = TYPES["seconds" if default == "duration" else column.kind]
    if mapping.type in allowed:
        return []
    hint = "say the unit of its numbers with unit" if default == "duration" else ""
    return [document.problem([*path, "type"], one_of(dict.fromkeys(allowed)), hint)]


def _check_unit(
    document: Document, path: list[PathPart], mapping: ColumnMapping, kind: ColumnType, feed: Feed
) -> list[Problem]:
    """Units and scales are declared, never guessed."""
    problems = []
    if kind == "duration" and mapping.unit is None and _reads_cells(mapping) and feed.source.format in _UNTYPED:
        expected = "unit: s, ms, min, h or day_fraction for bare numbers, text for 00:05:12 or 52 s"
        problems.append(document.problem([*path, "unit"], expected, "a number alone does not say its unit", value=""))
    if kind == "ratio" and mapping.scale is None and _reads_cells(mapping):
        expected = "scale: fraction (0.8), percent (80) or auto (the cell's own % mark decides)"
        problems.append(document.problem([*path, "scale"], expected, "80 and 0.8 are not told apart by size", value=""))
    blank = mapping.null_is
    if kind == "duration" and mapping.unit in (None, "text") and isinstance(blank, int | float) and blank != 0:
        hint = 'write "20 s", or declare the unit of bare numbers'
        problems.append(document.problem([*path, "null_is"], "a duration with its unit, or 0", hint))
    problems += _check_amount(document, path, mapping, kind, feed)
    if mapping.unit in MONEY_UNITS and kind != "money":
        expected = "a unit of time: s, ms, min, h, day_fraction or text" if kind == "duration" else "no unit"
        problems.append(document.problem([*path, "unit"], expected, f"this is a {kind}, not an amount of money"))
    elif mapping.unit is not None and kind not in ("duration", "money"):
        expected = "no unit: it is for durations and amounts of money"
        problems.append(document.problem([*path, "unit"], expected, f"this is a {kind}"))
    if mapping.scale is not None and kind != "ratio":
        problems.append(document.problem([*path, "scale"], "no scale: it is for ratios", f"this is a {kind}"))
    return problems


def _check_amount(
    document: Document, path: list[PathPart], mapping: ColumnMapping, kind: ColumnType, feed: Feed
) -> list[Problem]:
    """Whole units or cents: 1999 does not say which, and some systems write both."""
    if kind != "money" or not str(path[-1]).endswith("amount"):
        return []
    words = "major (19.99), minor (1999: the smallest unit of the row's currency) or cents (always hundredths)"
    if mapping.unit is None and _reads_cells(mapping) and _MINOR_SYSTEMS.search(feed.mapping.system):
        hint = f"{feed.mapping.system} gives amounts in minor units in some exports, in whole units in others"
        return [document.problem([*path, "unit"], f"unit: {words}", hint, value="")]
    if mapping.unit is not None and mapping.unit not in MONEY_UNITS:
        return [document.problem([*path, "unit"], words, "this is an amount of money")]
    if mapping.unit in ("minor", "cents") and not _reads_cells(mapping):
        return [document.problem([*path, "unit"], "no unit: a constant is written in whole units")]
    if mapping.unit == "minor" and "currency" not in feed.columns:
        return [document.problem([*path, "unit"], "a column currency as well, which says how many digits they have")]
    return []


def _check_zone(document: Document, path: list[PathPart], mapping: ColumnMapping, kind: ColumnType) -> list[Problem]:
    problems = []
    if isinstance(mapping.tz, str) and mapping.tz not in ("offset", "site") and mapping.tz not in time_zones():
        expected = "an IANA time zone, offset, site, or {from: column}"
        problems.append(document.problem([*path, "tz"], expected, zone_hint(mapping.tz, ("offset", "site"))))
    for form in mapping.format or [] if kind in ("datetime", "date") else []:
        if "%" not in form and form not in _WITHOUT_PERCENT:
            hint = "%d day, %m month, %Y year, %H hour, %M minute, %S second"
            expected = "a format such as %d/%m/%Y %H:%M:%S"
            problems.append(document.problem([*path, "format"], expected, hint, value=form))
    offsets = bool(mapping.format) and all(_OFFSET.search(form) for form in mapping.format or [])
    if kind == "datetime" and mapping.tz is None and mapping.source is not None and not offsets:
        hint = "the clock that the sender's system shows; offset, if each value carries its own"
        expected = "tz: an IANA time zone, offset, site, or {from: column}"
        problems.append(document.problem([*path, "tz"], expected, hint, value=""))
    return problems


def _check_hash(
    document: Document, path: list[PathPart], mapping: ColumnMapping, column: Column | None
) -> list[Problem]:
    """A customer's identifier is only ever kept as a keyed hash, and the mapping says so."""
    if column is None or column.kind != "reference" or mapping.hash == "customer":
        return []
    hint = "a customer's identity is kept as a keyed hash only"
    return [document.problem([*path, "hash"], "hash: customer", hint, value=mapping.hash or "")]


def _check_lookup(
    document: Document, path: list[PathPart], name: str, mapping: ColumnMapping, context: Context
) -> list[Problem]:
    if mapping.lookup is None:
        return []
    place = [*path, "lookup"]
    systems = context.alias_systems
    problems = reference(document, [*place, "system"], mapping.lookup.system, systems, "a system of the aliases")
    wanted = mapping.lookup.gives.removesuffix("_code")
    if systems is not None and wanted not in systems.get(mapping.lookup.system, {wanted}):
        expected = f"aliases of {mapping.lookup.system} that give a {wanted}: there are none in vendors.yaml"
        problems.append(document.problem([*place, "gives"], expected))
    fitting = {"queue_scope": "queue_code", "transfer_to_queue": "queue_code"}.get(name, name)
    if fitting in ("queue_code", "vendor_code", "site_code") and mapping.lookup.gives != fitting:
        problems.append(document.problem([*place, "gives"], fitting, "the column that it fills says what it gives"))
    return problems


def _check_values(
    document: Document, path: list[PathPart], mapping: ColumnMapping, column: Column, context: Context
) -> list[Problem]:
    """Constants, and the right sides of maps and cases, are values that the column can have."""
    allowed = _known_values(column, context)
    if allowed is None:
        return []
    what = f"a value of {column.name}" if column.choices else f"a code of vendors.yaml for {column.name}"
    problems = []
    for place, value in _written_values(mapping):
        if value is not None and str(value) not in allowed:
            where = [*path, *place]
            problems.append(document.problem(where, f"{what}: {one_of(allowed)}", did_you_mean(value, allowed)))
    return problems


def _written_values(mapping: ColumnMapping) -> Iterable[tuple[list[PathPart], object]]:
    if mapping.const is not None:
        yield ["const"], mapping.const
    for raw, value in (mapping.map or {}).items():
        yield ["map", raw], value
    for index, case in enumerate(mapping.cases or []):
        if case.then is not None and "$" not in case.then:
            yield ["cases", index, "then"], case.then


def _known_values(column: Column, context: Context) -> list[str] | None:
    if column.choices:
        return list(column.choices)
    kind = {"vendor_code": "vendors", "site_code": "sites", "queue_code": "queues"}.get(column.name)
    return context.codes(kind) if kind else None


def _check_stated(
    document: Document, feed: Feed, columns: Mapping[str, ColumnMapping], extra: Mapping[str, str]
) -> list[Problem]:
    """Reported figures whose name doesn't say how they were computed need ``metric_definitions``; the metrics that
    a mapping names must exist."""
    problems = []
    metrics = [*REPORTED_METRICS, *extra]
    named: list[tuple[str, list[PathPart]]] = [(name, ["columns", name]) for name in columns]
    if "metric" in columns:
        for place, value in _written_values(columns["metric"]):
            where: list[PathPart] = ["columns", "metric", *place]
            if value is not None and value not in metrics:
                problems.append(document.problem(where, "a reported metric", did_you_mean(value, metrics)))
            named.append((str(value), where))
    for name in NEEDS_DEFINITION:
        where = next((path for metric, path in named if metric == name), [])
        if where and name not in feed.metric_definitions:
            expected = f"metric_definitions.{name}: how the sender computes it"
            hint = "label_as_printed, and definition: terms, custom (with threshold_s, abandon_treatment) or unstated"
            problems.append(document.problem(where, expected, hint, value=name, at_key=True))
    return problems
