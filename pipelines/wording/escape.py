"""Text that others wrote is data: it must neither format a page nor run in a spreadsheet."""

from __future__ import annotations

import re
import unicodedata

#: Everything that Streamlit's Markdown gives a meaning: emphasis, links, images, code, tables, headings,
#: quotes, HTML, ``:directive[...]``, emoji short codes, LaTeX and automatic links.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&@=^\"'/])")
_ESCAPED = re.compile(r"\\(.)")

#: A cell that starts with one of these is a formula to some spreadsheet (OWASP, CSV injection).
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")
#: A signed amount or an interval as documents write it: "+4.2 pts", "+0,7 … +3,4 pts". Nothing in it can run.
_DIGITS = r"\d[\d\u00a0\u202f]*([.,]\d+)?"
_INTERVAL = rf"\s…\s[+\u2212]?{_DIGITS}"
_UNIT = r"\s?(pts?|points?|s|%|€)"
_AMOUNT = re.compile(rf"[+-]{_DIGITS}({_INTERVAL}({_UNIT})?|{_UNIT})")


def visible(text: str) -> str:
    """``text`` on one line, without control and direction-changing characters."""
    flat = " ".join(text.split())
    return "".join(character for character in flat if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co"))


def md_escape(text: object) -> str:
    """``text`` so that a Markdown label shows exactly its characters."""
    return _MARKDOWN.sub(r"\\\1", visible(str(text)))


def safe_cell(value: object) -> object:
    """``value`` for a table that someone may open in a spreadsheet.

    Text that would start a formula gets a leading apostrophe; numbers stay numbers, and so does text that
    is a plain number or interval. Applying it twice changes nothing more.
    """
    if not isinstance(value, str):
        return value
    if value.lstrip(" \u00a0\u202f").startswith(_FORMULA_START) and not (
        _NUMBER.fullmatch(value) or _AMOUNT.fullmatch(value)
    ):
        return "'" + value
    return value


def plain(markdown: str) -> str:
    """A sentence of this room as text: emphasis off, what was escaped as it was written."""
    return _ESCAPED.sub(r"\1", markdown.replace("**", ""))
