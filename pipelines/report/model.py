"""The model of a review document: plain values that nothing changes once they are made.

Every number stands beside its text: what a renderer prints is the text, what a spreadsheet holds is the number, and
what two people rebuild it from is its evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pipelines.wording import Language

Kind = Literal["text", "count", "share", "seconds", "points", "money", "date"]
Edition = Literal["vendor", "internal"]
Role = Literal["vendor", "in_house", "target", "other"]
Value = float | int | Decimal | date | None

EDITIONS: tuple[Edition, ...] = ("vendor", "internal")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a number rests on: its definition, the counts it is made of, its interval, and the query that gave them.

    ``data_share`` is the share of the expected data that were there, None where nothing says what was expected.
    """

    definition_id: str
    query: str
    version: str
    numerator: float | None = None
    denominator: float | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    data_share: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that is shown: ``text`` as the reader's language writes it, and the number behind it, if it is one.

    ``decimals`` are those shown; a share is a number from 0 to 1 that is shown in percent.
    """

    text: str
    value: Value = None
    kind: Kind = "text"
    decimals: int = 0
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with the figures in it, in their order; ``mark`` is a shape that carries its verdict.

    ``item`` names a win, a risk or a decision so that a person can move or remove it; ``link`` is the page that
    explains it. ``look``: a heading, or a remark in small print.
    """

    text: str
    figures: tuple[Cell, ...] = ()
    mark: str = ""
    link: str | None = None
    item: str | None = None
    look: Literal["plain", "heading", "note"] = "plain"


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not there, and what would have to be added."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. ``detail`` marks a long one: slides leave it to the other formats and say so."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars; ``role`` decides its look. A value that is not known is None: a gap."""

    name: str
    role: Role
    values: tuple[float | None, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows. The title says its message, ``alt`` says it to those who don't see it."""

    key: str
    kind: Literal["line", "bar"]
    title: str
    alt: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Kind
    axis: str
    decimals: int = 0
    floor: float | None = None
    ceiling: float | None = None


Block = Sentence | Missing | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """One section in its fixed place; an appendix has no number."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One review document, whole. ``facts``: what it was made from and when, as label and text."""

    kind: Literal["brief", "pack"]
    title: str
    subtitle: str
    language: Language
    currency: str
    version: str
    period_start: date
    period_end: date
    made_from: datetime | None
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    vendor: str | None = None
    edition: Edition | None = None
    as_of: datetime | None = None


def tables(document: Document) -> list[tuple[Section, Table]]:
    """Every table of a document with its section, in order."""
    return [(section, block) for section in document.sections for block in section.blocks if isinstance(block, Table)]


def charts(document: Document) -> list[tuple[Section, Chart]]:
    """Every chart of a document with its section, in order."""
    return [(section, block) for section in document.sections for block in section.blocks if isinstance(block, Chart)]


def figures(document: Document) -> list[tuple[Section, str, Cell]]:
    """Every number with evidence: its section, its name (row and column, or its sentence), itself."""
    found: list[tuple[Section, str, Cell]] = []
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Sentence):
                found += [(section, block.text, cell) for cell in block.figures if cell.evidence]
            elif isinstance(block, Table):
                found += [
                    (section, f"{row[0].text} · {column}", cell)
                    for row in block.rows
                    for column, cell in zip(block.columns, row, strict=True)
                    if cell.evidence
                ]
    return found


def steady(document: Document) -> Document:
    """The document with its floating-point numbers to ten digits.

    A sum of such numbers differs in its last digits with the order in which threads add it up; a pack that is built
    again must not.
    """
    made: Document = _steadied(document)
    return made


def _steadied(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _steadied(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, tuple):
        return tuple(_steadied(one) for one in value)
    return float(f"{value:.10g}") if isinstance(value, float) else value


def document_json(document: Document) -> dict[str, Any]:
    """The model as ``--json`` prints it: each block says which kind of block it is."""
    made: dict[str, Any] = _plain(document)
    return made


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        kinds = {Sentence: "sentence", Missing: "missing", Table: "table", Chart: "chart"}
        kind = kinds.get(type(value))
        return named if kind is None else {"block": kind} | named
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
