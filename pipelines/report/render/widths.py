"""How wide text is, reckoned without a font: as Arial and the faces made to its measure, with a margin for others."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from functools import cache

#: Widths of Arial in parts of the font's size; what is not here is as wide as a small letter.
_WIDTHS = {
    **dict.fromkeys("ijl'|", 0.23),
    **dict.fromkeys("ft.,:;!/\\[] I\u00a0", 0.29),
    **dict.fromkeys("r()-·“”‘’\u202f", 0.34),
    **dict.fromkeys("ckvxyzsJ", 0.51),
    **dict.fromkeys("+=<>~−", 0.59),
    **dict.fromkeys("FTZ", 0.62),
    **dict.fromkeys("ABEKPSVXY&", 0.68),
    **dict.fromkeys("CDHNRUw", 0.73),
    **dict.fromkeys("GOQ", 0.79),
    **dict.fromkeys("mM", 0.84),
    **dict.fromkeys("W@%", 0.96),
    **dict.fromkeys("—…→▲▼△▽■□○●≈≠≥≤✓✕", 1.0),
}
_LETTER, _BOLD, _MARGIN = 0.56, 1.09, 1.06


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of ``text`` in points at ``size`` points."""
    return sum(map(_width, text)) * size * _MARGIN * (_BOLD if bold else 1.0)


@cache
def _width(character: str) -> float:
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 1.0
    if unicodedata.combining(character):
        return 0.0
    return 0.7 if character.isupper() else _LETTER


def lines_of(text: str, size: float, width: float, *, bold: bool = False) -> int:
    """Lines that ``text`` takes at ``width`` points, broken at spaces; a word that is too long is broken anywhere."""
    lines, used = 1, 0.0
    space = text_width(" ", size)
    for word in text.split(" "):
        wide = text_width(word, size, bold=bold)
        if used and used + space + wide > width:
            lines, used = lines + 1, 0.0
        if wide > width:
            more = math.ceil(wide / width)
            lines, used = lines + more - 1, wide - (more - 1) * width
        else:
            used += wide + (space if used else 0.0)
    return lines


def needed_width(rows: Sequence[Sequence[str]], size: float) -> float:
    """The width in points at which no cell of a table is broken; the first row is its bold head."""
    return sum(_wanted(rows, size))


def _wanted(rows: Sequence[Sequence[str]], size: float) -> list[float]:
    return [
        max(text_width(text, size, bold=bold) for text, bold in column) + _padding(size) for column in _columns(rows)
    ]


def _padding(size: float) -> float:
    return max(0.8 * size, 10.0)


def _columns(rows: Sequence[Sequence[str]]) -> list[list[tuple[str, bool]]]:
    """Columns with each text and whether it is bold."""
    return [[(text, at == 0) for at, text in enumerate(column)] for column in zip(*rows, strict=True)]


def column_widths(rows: Sequence[Sequence[str]], width: float, size: float) -> list[float]:
    """Widths in points of a table's columns, together at most ``width``; the first row is its bold head.

    A column gets what its longest text needs; where all together need more, the widest give way, down to their longest
    word where that is possible.
    """
    padding, columns = _padding(size), _columns(rows)
    wanted = _wanted(rows, size)
    if sum(wanted) <= width:
        return wanted
    words = [
        max(text_width(word, size, bold=bold) for text, bold in column for word in text.split(" ")) + padding
        for column in columns
    ]
    least = [min(word, width / 3) for word in words]
    spare = max(width - sum(least), 0.0)
    over = [max(want - small, 0.0) for want, small in zip(wanted, least, strict=True)]
    # Short columns first: each gets what it wants as long as what is left can be shared alike.
    given = list(least)
    order = sorted(range(len(over)), key=lambda at: over[at])
    for done, place in enumerate(order):
        more = min(over[place], spare / (len(order) - done))
        given[place] += more
        spare -= more
    scale = min(1.0, width / sum(given))
    return [one * scale for one in given]
