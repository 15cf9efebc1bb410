"""YAML files read safely, with the place of every key and value.

The text is composed into PyYAML nodes and turned into plain data here, not by a YAML constructor: no tag
can create an object, and words keep their meaning. ``NO`` (Norway), ``20:00`` and ``2026-01-31`` stay
texts; YAML 1.1 would make them a boolean, the number 1200 and a date.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipelines.workspace.problems import Problem
from pipelines.workspace.syntax import syntax_problem

#: Limits against files that are large, deep or multiply themselves through aliases.
MAX_BYTES = 4_000_000
MAX_NODES = 400_000
MAX_DEPTH = 40

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}

PathPart = str | int
Path_ = tuple[PathPart, ...]


class WrittenInteger(int):
    """A whole number that still knows how it was written, for fields that are texts."""

    written: str

    def __str__(self) -> str:
        return self.written


class WrittenDecimal(float):
    """A decimal number that still knows how it was written: ``1.10`` as a menu path is not ``1.1``."""

    written: str

    def __str__(self) -> str:
        return self.written


@dataclass(slots=True)
class Mark:
    """Where a value (and the key before it) begins; lines and columns are 1-based."""

    line: int
    column: int
    key_line: int = 0
    key_column: int = 0
    label: PathPart = ""  # the key or index that it has in the file, also after others were left out
    parts: dict[str, Mark] | list[Mark] = field(default_factory=dict)

    def child(self, part: PathPart) -> Mark | None:
        if isinstance(self.parts, dict):
            return self.parts.get(str(part))
        return self.parts[part] if isinstance(part, int) and 0 <= part < len(self.parts) else None


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as plain data beside the marks of its values."""

    file: str
    data: Any
    mark: Mark
    mistakes: tuple[Problem, ...] = ()  # of the text, which leave the rest of it readable: keys that are there twice

    def place(self, path: Sequence[PathPart], key: bool = False) -> tuple[int, int]:
        """Line and column of the value at ``path`` (of its key with ``key``), or of the nearest part above it."""
        mark, exact = self.mark, True
        for part in path:
            below = mark.child(part)
            if below is None:
                exact = False
                break
            mark = below
        if (key or not exact) and mark.key_line:
            return mark.key_line, mark.key_column
        return mark.line, mark.column

    def mark_at(self, path: Sequence[PathPart]) -> Mark | None:
        """The mark of the value at ``path``; None where the file has none there."""
        mark: Mark | None = self.mark
        for part in path:
            mark = mark.child(part) if mark is not None else None
        return mark

    def value(self, path: Sequence[PathPart]) -> Any:
        """The plain value at ``path``; None where there is none."""
        value = self.data
        for part in path:
            if isinstance(value, list) and isinstance(part, int):
                value = value[part] if 0 <= part < len(value) else None
            else:
                value = value.get(part) if isinstance(value, dict) else None
        return value

    def resolve(self, path: Iterable[PathPart]) -> Path_:
        """The leading parts of ``path`` that exist in the file."""
        found: list[PathPart] = []
        mark = self.mark
        for part in path:
            below = mark.child(part)
            if below is None:
                break
            found.append(part)
            mark = below
        return tuple(found)

    def without(self, paths: Iterable[Sequence[PathPart]], instead: Mapping[Path_, Any] | None = None) -> Document:
        """A copy that lacks the values at ``paths`` and has others ``instead``; the marks of the rest still fit."""
        data, mark = copy.deepcopy(self.data), copy.deepcopy(self.mark)
        for path, value in (instead or {}).items():
            _replace(data, path, value)
        # Later list items first, so that the earlier ones keep their index.
        for path in sorted({tuple(path) for path in paths}, key=_deletion_order, reverse=True):
            _delete(data, mark, path)
        return Document(self.file, data, mark)

    def key(self, path: Iterable[PathPart]) -> str:
        """``terms[0].clauses[2].target``: the path as it is in the file."""
        labels: list[PathPart] = []
        mark: Mark | None = self.mark
        for part in path:
            mark = mark.child(part) if mark is not None else None
            labels.append(mark.label if mark is not None else part)
        return dotted(labels)

    def problem(
        self,
        path: Sequence[PathPart],
        expected: str,
        hint: str = "",
        *,
        value: object = None,
        at_key: bool = False,
    ) -> Problem:
        """A mistake at ``path``; ``value`` is shown as found (by default the scalar that is there)."""
        line, column = self.place(path, key=at_key)
        if value is None and not at_key:
            value = self.value(path)
        return Problem(self.file, line, column, self.key(path), shown(value), expected, hint)


def dotted(path: Iterable[PathPart]) -> str:
    """``terms[0].clauses[2].target``"""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def shown(value: object, limit: int = 60) -> str:
    """A value as a person wrote it, shortened; containers by their shape."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    text = "true" if value is True else "false" if value is False else str(value)
    text = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return repr(text) if isinstance(value, str) else text


def read_document(path: Path, name: str) -> Document | list[Problem]:
    """The YAML file at ``path`` as a :class:`Document`, or what is wrong with it.

    ``name`` is the file's name in messages. An empty file is an empty map.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        return [Problem(name, 0, 0, "", "", "a readable file", error.strerror or str(error))]
    if len(content) > MAX_BYTES:
        return [Problem(name, 0, 0, "", f"{len(content)} bytes", f"a YAML file of at most {MAX_BYTES} bytes")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        hint = "save the file as UTF-8"
        return [Problem(name, line, 1, "", f"byte 0x{content[error.start]:02x}", "UTF-8 text", hint)]
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document | list[Problem]:
    """``text`` as a :class:`Document`, or its mistakes: bad syntax, tags, endless aliases.

    A key that is there twice is a mistake too, but hides none of the others: the first of the two is read.
    """
    try:
        root = _compose(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return [Problem(name, line, 1, "", f"character {error.character!r}", "printable text", str(error.reason))]
    except yaml.MarkedYAMLError as error:
        return [syntax_problem(error, text, name)]
    except RecursionError:
        return [Problem(name, 0, 0, "", "", f"at most {MAX_DEPTH} levels inside each other")]
    if root is None:
        return Document(name, {}, Mark(1, 1))
    builder = _Builder(name)
    data, mark = builder.build(root)
    return builder.problems + builder.repeated if builder.problems else Document(name, data, mark, (*builder.repeated,))


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML is untyped
    """Scalars keep their text: this module decides what is a number, not YAML 1.1."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - overrides a class attribute of PyYAML


def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
    finally:
        loader.dispose()
    return node


class _Builder:
    """Nodes to plain data and marks, within the limits."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.repeated: list[Problem] = []
        self.nodes = 0
        self.open: set[int] = set()

    def build(self, node: yaml.Node, depth: int = 0) -> tuple[Any, Mark]:
        mark = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH or id(node) in self.open:
            if not self.problems or self.nodes <= MAX_NODES:
                self._add(
                    mark, "", "", "a file whose aliases and levels end", "remove anchors (&) that repeat themselves"
                )
            return None, mark
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.rpartition(":")[2] not in {"str", "seq", "map"}:
            self._add(mark, "", node.tag, "a plain value without a tag", "remove the word that begins with '!'")
            return None, mark
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node), mark
        self.open.add(id(node))
        data = (
            self._sequence(node, mark, depth)
            if isinstance(node, yaml.SequenceNode)
            else self._mapping(node, mark, depth)
        )
        self.open.discard(id(node))
        return data, mark

    def _sequence(self, node: yaml.SequenceNode, mark: Mark, depth: int) -> list[Any]:
        pairs = [self.build(item, depth + 1) for item in node.value]
        mark.parts = [item_mark for _, item_mark in pairs]
        for index, item_mark in enumerate(mark.parts):
            item_mark.label = index
        return [value for value, _ in pairs]

    def _mapping(self, node: yaml.Node, mark: Mark, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        parts: dict[str, Mark] = {}
        merged: list[tuple[Any, Mark]] = []
        for key_node, value_node in node.value:
            where = Mark(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self._add(where, "", "a list or map", "a word as key", "quote a key that begins with [ or {")
                continue
            key = str(key_node.value)
            value, value_mark = self.build(value_node, depth + 1)
            value_mark.key_line, value_mark.key_column, value_mark.label = where.line, where.column, key
            if key == "<<" and not key_node.style:
                merged.append((value, value_mark))
            elif key in data:
                hint = f"{key!r} is already on line {parts[key].key_line}"
                self.repeated.append(
                    Problem(self.name, where.line, where.column, key, "", "each key once in a map", hint)
                )
            else:
                data[key], parts[key] = value, value_mark
        for value, value_mark in merged:
            self._merge(data, parts, value, value_mark)
        mark.parts = parts
        return data

    def _merge(self, data: dict[str, Any], parts: dict[str, Mark], value: Any, mark: Mark) -> None:
        """``<<: *shared``: keys of the map itself win over the shared ones."""
        if not isinstance(value, dict) or not isinstance(mark.parts, dict):
            self._add(
                mark, "<<", shown(value), "a map to take keys from", "write <<: *name, of an anchor &name on a map"
            )
            return
        for key, shared in value.items():
            if key not in data:
                data[key], parts[key] = shared, mark.parts[key]

    def _add(self, mark: Mark, key: str, value: str, expected: str, hint: str = "") -> None:
        self.problems.append(Problem(self.name, mark.line, mark.column, key, value, expected, hint))


def _scalar(node: yaml.ScalarNode) -> Any:
    """Quoted is text; plain is true, false, null, a number or text (YAML 1.2's core rules, decimal numbers only)."""
    text = str(node.value)
    if node.style:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        whole = WrittenInteger(text)
        whole.written = text
        return whole
    if _DECIMAL.fullmatch(text):
        decimal = WrittenDecimal(text)
        decimal.written = text
        return decimal
    return text


def _deletion_order(path: Path_) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (-1, part) for part in path]


def _replace(data: Any, path: Path_, value: Any) -> None:
    for part in path[:-1]:
        data = data[part]
    data[path[-1]] = value


def _delete(data: Any, mark: Mark, path: Path_) -> None:
    for part in path[:-1]:
        below = mark.child(part)
        if below is None:
            return
        data, mark = data[part], below
    if path and mark.child(path[-1]) is not None:
        del data[path[-1]]
        del mark.parts[path[-1]]  # type: ignore[arg-type]  # child() has matched the part with the container
