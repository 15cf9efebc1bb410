"""Nested JSON values as flat text: dotted paths, exploded lists, the kind of each value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

_ABSENT = object()


def steps(path: str) -> list[str]:
    """``participants[].sessions[].sessionId`` -> its keys; the marks of lists don't matter to a look-up."""
    return path.replace("[]", "").split(".")


def exploded(record: dict[str, Any], path: list[str]) -> Iterator[dict[str, Any]]:
    """One copy of the record per element of the nested lists on ``path``, each list replaced by its element.

    A record whose list is empty or absent comes once, without it: it is not lost.
    """
    if not path:
        yield record
        return
    key, rest = path[0], path[1:]
    inner = record.get(key)
    elements = inner if isinstance(inner, list) else [inner]
    for element in elements or [None]:
        if isinstance(element, dict) and rest:
            for nested in exploded(element, rest):
                yield {**record, key: nested}
        else:
            yield {**record, key: element}


def look_up(record: Any, path: Sequence[str]) -> Any:
    """The value at a path; None where it, or something above it, is absent or null."""
    value = record
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def known(record: Any, path: Sequence[str]) -> bool:
    """Whether a record speaks of the path: its key is there, or something above it is null (it might have had it)."""
    value = record
    for key in path:
        if value is None:
            return True
        if not isinstance(value, dict):
            return False
        value = value.get(key, _ABSENT)
        if value is _ABSENT:
            return False
    return True


def leaves(record: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The paths of a record's values, lists and empty objects counted as values."""
    for key, value in record.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def text(value: Any) -> tuple[str | None, str | None]:
    """A value as text and its kind ("n", "b", or None for text); objects and lists as JSON."""
    if value is None or value == "":
        return None, None
    if isinstance(value, str):
        return value, None
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), "b"
    if isinstance(value, int):
        return str(value), "n"
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)), "n"
    return json.dumps(value, ensure_ascii=False), None
