"""From header rows to one unique name per column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.veil import veiled_text

_SPACES = re.compile(r"[\s\u00a0\u202f\u2007\ufeff\u200b]+")
_SHOWN = 30
#: As `unique` and `join_headers` name columns without a name of their own.
_REPEATED = re.compile(r" \[\d+\]$|^column \d+$")
_DAY_AND_TIME = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}[ T]+\d{1,2}[:h]\d{2}")


def clean(cell: str | None) -> str:
    """A header cell without differences that nobody sees: kinds and runs of spaces, line breaks, byte-order marks."""
    return _SPACES.sub(" ", cell or "").strip()


def join_headers(rows: Sequence[Sequence[str]], separator: str) -> list[str]:
    """One name per column: the filled cells of its header rows, a repeated cell (a vertical merge) counted once."""
    width = max((len(row) for row in rows), default=0)
    names = []
    for column in range(width):
        parts: list[str] = []
        for row in rows:
            part = clean(row[column]) if column < len(row) else ""
            if part and (not parts or parts[-1] != part):
                parts.append(part)
        names.append(separator.join(parts) or f"column {column + 1}")
    return unique(names)


def unique(names: Sequence[str]) -> list[str]:
    """The same names, later repetitions numbered: ``%``, ``% [2]``, ``% [3]``."""
    taken: set[str] = set(names)
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        candidate = name
        if seen[name] > 1:
            candidate = f"{name} [{seen[name]}]"
            while candidate in taken:
                seen[name] += 1
                candidate = f"{name} [{seen[name]}]"
            taken.add(candidate)
        result.append(candidate)
    return result


def check_anchor(anchors: Sequence[str], headers: Sequence[str], rows: Sequence[Sequence[str]], where: str) -> None:
    """Refuses a file whose header rows do not hold the texts that the mapping is anchored to.

    With none of several there it is another kind of file; with some of them, one whose columns have changed.
    """
    present = {clean(header) for header in headers} | {clean(cell) for row in rows for cell in row}
    missing = [anchor for anchor in anchors if clean(anchor) not in present]
    if missing:
        raise DeliveryRefused(
            "wrong_content" if len(missing) == len(anchors) > 1 else "unexpected_columns",
            f"{where}: the header should contain {quoted(missing)}. {read_as_header(headers)} "
            + _doubt(missing, headers),
        )


def _doubt(missing: Sequence[str], headers: Sequence[str]) -> str:
    """What to look at first: a header that holds the texts in one single cell was cut at the wrong character."""
    return cut_wrongly(missing, headers) or "Is this the right kind of file, and is `header_rows` still right?"


def cut_wrongly(missing: Sequence[str], headers: Sequence[str]) -> str:
    """Said where one single header holds all the texts that are missing: it was cut at the wrong character."""
    if len(headers) != 1 or not all(clean(text) in clean(headers[0]) for text in missing):
        return ""
    counts = {name: headers[0].count(sign) for sign, name in _DELIMITERS.items()}
    likely = max(counts, key=lambda name: counts[name])
    seen = f": it holds {likely} {counts[likely]} times" if counts[likely] else ""
    return f"The whole header was read as one column{seen}. Is `delimiter` right?"


def read_as_header(headers: Sequence[str]) -> str:
    """The headers for a message; not where they must be data, which may be somebody's."""
    if any(_DAY_AND_TIME.search(header) or veiled_text(header) != header for header in headers):
        return (
            "What was read as its header holds a date with a time, a telephone number or an address, and is not shown: "
            "it is probably a record. A file without a header is read with `header_rows: []` and `names`."
        )
    own = [header for header in headers if not _REPEATED.search(header)]
    if len(headers) > 2 and len(own) == 1:
        return (
            f"What was read as its header holds {quoted(own)} alone, which looks like a title. "
            "`header_rows` says in which rows the names of the columns stand, counted from 1."
        )
    return f"Its columns are {quoted(headers)}."


def quoted(texts: Sequence[str]) -> str:
    """A list of texts for a message, not endless."""
    shown = ", ".join(f"“{text[:80]}”" for text in texts[:_SHOWN])
    return shown + (f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else "")


_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a pipe"}

Choice = Callable[[Sequence[str]], dict[str, int]]  # of all headers, the columns to read: name -> position


def positions(wanted: Sequence[str], headers: Sequence[str]) -> dict[str, int]:
    """Where each wanted header stands, for those that the file has; compared without invisible differences."""
    by_name = {clean(header): index for index, header in reversed(list(enumerate(headers)))}
    return {name: by_name[clean(name)] for name in dict.fromkeys(wanted) if clean(name) in by_name}
