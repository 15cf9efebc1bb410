"""Checks on ``feeds/*.yaml`` against the canonical schema and the rest of the workspace."""

from __future__ import annotations

import codecs
from pathlib import PurePosixPath

from pipelines.workspace.checks.columns import check_columns
from pipelines.workspace.checks.context import Context, reference
from pipelines.workspace.columns import columns_allowed, missing_columns
from pipelines.workspace.documents import Document, PathPart
from pipelines.workspace.feeds import Feed
from pipelines.workspace.problems import Problem, did_you_mean, one_of
from pipelines.workspace.schema import TABLES, Table

_WORKBOOKS = ("xlsx", "ods")
_ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1", "iso-8859-15", "cp850", "mac-roman", "ascii")
#: Keys of `source` that only some formats have a use for.
_ONLY_FOR: dict[str, tuple[str, ...]] = {
    "sheet": _WORKBOOKS,
    "records": ("json", "jsonl"),
    "explode": ("json", "jsonl"),
    "delimiter": ("csv",),
    "quote": ("csv",),
    "comment": ("csv",),
}


def check_feeds(context: Context) -> list[Problem]:
    """All mistakes of all mappings."""
    problems: list[Problem] = []
    ids: dict[str, str] = {}
    for file in context.feeds:
        if file.model is None:
            continue
        feed, document = file.model, file.document
        if feed.id in ids:
            problems.append(document.problem(["mapping", "id"], "an id of its own", f"{ids[feed.id]} has it already"))
        ids.setdefault(feed.id, document.file)
        vendors = context.codes("vendors")
        problems += reference(document, ["mapping", "vendor"], feed.mapping.vendor, vendors, "a vendor of vendors.yaml")
        problems += reference(document, ["mapping", "table"], feed.mapping.table, TABLES, "a canonical table")
        problems += _check_source(document, feed)
        problems += _check_rows(document, feed)
        if feed.mapping.table in TABLES:
            whole = file.whole.value(["columns"])
            written = list(whole) if isinstance(whole, dict) else []
            problems += _check_table(document, feed, TABLES[feed.mapping.table], context, written)
    return problems


def _check_table(document: Document, feed: Feed, table: Table, context: Context, written: list[str]) -> list[Problem]:
    """Columns exist, those that are required are there; then each column by itself.

    ``written`` are all columns of the file: one with a mistake of its own is not missing.
    """
    problems = []
    metrics = context.reported_metrics
    allowed = columns_allowed(table, metrics)
    meant = set()
    for name in written:
        if name not in allowed:
            others = [other.name for other in TABLES.values() if name in columns_allowed(other, metrics)]
            hint = f"{name} is a column of {' and '.join(others)}" if others else did_you_mean(name, allowed)
            meant.add(hint)
            expected = f"a column of {table.name}" if hint else f"a column of {table.name}: {one_of(allowed, 60)}"
            problems.append(document.problem(["columns", name], expected, hint, value=name, at_key=True))
    for name, hint in missing_columns(feed, table, metrics).items():
        if name not in written and f"did you mean {name!r}?" not in meant:
            expected = f"column {name}, which {table.name} needs"
            problems.append(document.problem(["columns", name], expected, hint, value=""))
    known = {name: column for name, column in feed.columns.items() if name in allowed}
    problems += check_columns(document, feed, table, known, context)
    return problems + _check_definitions(document, feed, allowed) + _check_dedupe(document, feed, table)


def _check_source(document: Document, feed: Feed) -> list[Problem]:
    source = feed.source
    problems = []
    for index, pattern in enumerate(source.files):
        path = PurePosixPath(pattern)
        if path.is_absolute() or ".." in path.parts or not pattern.strip():
            written = document.value(["source", "files"])
            place: list[PathPart] = ["source", "files", *([index] if isinstance(written, list) else [])]
            hint = "files are found below inbox/<vendor>, wherever the workspace is"
            problems.append(document.problem(place, "a pattern relative to the vendor's inbox", hint))
    try:
        codecs.lookup(source.encoding)
    except LookupError:
        hint = did_you_mean(source.encoding, _ENCODINGS)
        problems.append(document.problem(["source", "encoding"], f"an encoding: {one_of(_ENCODINGS)}", hint))
    for key, formats in _ONLY_FOR.items():
        if key in source.model_fields_set and source.format not in formats:
            expected = f"no {key}: it is for {' and '.join(formats)}"
            problems.append(document.problem(["source", key], expected, f"this format is {source.format}", at_key=True))
    if len(source.delimiter) != 1:
        hint = 'a tab is "\\t", in double quotes' if "t" in source.delimiter.lower() else ""
        problems.append(document.problem(["source", "delimiter"], "one character", hint))
    if source.quote is not None and len(source.quote) != 1:
        problems.append(document.problem(["source", "quote"], "one character, or null for none"))
    return problems + _check_header(document, feed)


def _check_header(document: Document, feed: Feed) -> list[Problem]:
    source, problems = feed.source, []
    rows = source.header_rows
    if any(row < 1 for row in rows) or rows != sorted(set(rows)):
        expected = "row numbers from 1 on, rising"
        problems.append(document.problem(["source", "header_rows"], expected, value=str(rows)))
    if not rows and not source.names and source.format in ("csv", *_WORKBOOKS):
        hint = "a file without a header needs the names of its columns"
        problems.append(document.problem(["source", "names"], "a list of column names", hint, value=""))
    return problems


def _check_rows(document: Document, feed: Feed) -> list[Problem]:
    """Each rule for rows has one condition."""
    problems = []
    for index, rule in enumerate(feed.rows):
        tests = (rule.drop_if_matches, rule.keep_if_matches, rule.drop_if_in, rule.keep_if_in)
        count = sum(test is not None for test in tests) + rule.keep_if_notnull + rule.drop_if_null
        if count != 1:
            words = "drop_if_matches, keep_if_matches, drop_if_in, keep_if_in, drop_if_null or keep_if_notnull"
            problems.append(document.problem(["rows", index], f"one of {words}", value=f"{count} conditions"))
    return problems


def _check_definitions(document: Document, feed: Feed, allowed: list[str]) -> list[Problem]:
    problems = []
    for metric, definition in feed.metric_definitions.items():
        path = ["metric_definitions", metric]
        if metric not in allowed:
            hint = did_you_mean(metric, allowed)
            problems.append(document.problem(path, "a reported metric", hint, value=metric, at_key=True))
        if definition.definition == "custom" and metric == "service_level":
            for name in ("threshold_s", "abandon_treatment"):
                if getattr(definition, name) is None:
                    hint = "or write definition: terms, if it is that of the terms; unstated, if nobody has said"
                    expected = f"{name}, which a custom service level needs"
                    problems.append(document.problem([*path, name], expected, hint, value=""))
    return problems


def _check_dedupe(document: Document, feed: Feed, table: Table) -> list[Problem]:
    problems = []
    for index, name in enumerate(feed.dedupe.key or []):
        problems += reference(document, ["dedupe", "key", index], name, table.names, f"a column of {table.name}")
    return problems
