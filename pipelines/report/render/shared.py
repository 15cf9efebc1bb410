"""What all renderers share: cells that nothing runs, colours with their contrast, the words around a document."""

from __future__ import annotations

from pipelines.report.model import Cell, Document, Role, Section
from pipelines.report.words import speech_of
from pipelines.wording import Speech
from pipelines.wording.escape import safe_cell

#: GOV.UK Analysis Function palette: each at least 3:1 on white. Shape, dash and label say the same.
COLOURS: dict[Role, str] = {"vendor": "12436D", "other": "28A197", "in_house": "6B6F73", "target": "16202B"}
INK, SOFT, RULE, SHADE = "16202B", "4A5560", "C3CAD1", "EEF2F5"


def cell_text(cell: Cell) -> str:
    """What a table shows of a cell: our own numbers as they are, text of others so that no spreadsheet runs it."""
    return cell.text if cell.kind != "text" else str(safe_cell(cell.text))


def label(text: str) -> str:
    """A name in a chart or a heading of a table: charts carry a workbook of their own, in which nothing may run."""
    return str(safe_cell(text))


def is_number(cell: Cell) -> bool:
    return cell.kind not in ("text", "date")


def speech(document: Document) -> Speech:
    """The language of the document, for the few words that a format adds."""
    return speech_of(document.language, document.currency)


def fact_lines(document: Document) -> list[str]:
    """What a document was made from, a line per fact."""
    texts = speech(document).texts
    return [texts("report.pair", label=name, text=text) for name, text in document.facts]


def section_title(document: Document, section: Section) -> str:
    """A section's title with its number, where it has one."""
    if section.number is None:
        return section.title
    return speech(document).texts("report.numbered", number=section.number, title=section.title)
