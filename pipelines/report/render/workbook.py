"""XLSX: a sheet of the document's words, one per table and per chart, and one in which every figure has its evidence.

Numbers are numbers in their format; nothing is a formula or a link.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook

from pipelines.report.model import Chart, Document, Kind, Missing, Sentence, Table, Value, charts, figures, tables
from pipelines.report.render.shared import COLOURS, cell_text, label, section_title, speech
from pipelines.report.render.widths import lines_of, text_width
from pipelines.spreadsheets import sheet_name

_NEVER = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LONGEST_TEXT, _WIDEST = 32_767, 60
#: In points: text, the height of its lines, the width of a sign by which columns are measured.
_SIZE_PT, _ROW_PT, _SIGN_PT = 11, 15.0, 5.25
_EVIDENCE = (
    "section",
    "figure",
    "text",
    "value",
    "numerator",
    "denominator",
    "n",
    "low",
    "high",
    "data_share",
    "definition",
    "query",
    "version",
)


def xlsx_bytes(document: Document) -> bytes:
    """The document as a workbook."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, **_NEVER}) as book:
        _properties(book, document)
        writer = _Writer(book, document)
        writer.words()
        for _, table in tables(document):
            writer.table(table)
        for _, chart in charts(document):
            writer.chart(chart)
        writer.evidence()
    return out.getvalue()


def _properties(book: Workbook, document: Document) -> None:
    made = {"title": document.title, "subject": document.subtitle, "author": "Sightline", "comments": ""}
    if document.made_from is not None:
        made["created"] = document.made_from.replace(tzinfo=None)  # type: ignore[assignment]
    book.set_properties(made)


class _Writer:
    """Sheets with their formats, each made once."""

    def __init__(self, book: Workbook, document: Document) -> None:
        self.book, self.document, self.speech = book, document, speech(document)
        self.taken: list[str] = []
        self.formats: dict[tuple[Kind, int], Any] = {}
        self.head = book.add_format(
            {
                "bold": True,
                "bg_color": f"#{COLOURS['vendor']}",
                "font_color": "#FFFFFF",
                "text_wrap": True,
                "valign": "top",
            }
        )
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.strong = book.add_format({"bold": True})
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})

    def words(self) -> None:
        """Title, facts, every sentence and what is missing, in order; tables and charts by the name of their sheet."""
        sheet = self._sheet(self.speech.texts("report.words_sheet"))
        widths = (26.0, 110.0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, self.text)
        lines: list[tuple[str, str, Any]] = [
            (self.document.title, "", self.title),
            (self.document.subtitle, "", self.strong),
        ]
        lines += [(name, text, self.text) for name, text in self.document.facts]
        for section in self.document.sections:
            lines.append((section_title(self.document, section), "", self.bold))
            for block in section.blocks:
                match block:
                    case Sentence():
                        lines.append(
                            (
                                "",
                                f"{block.mark} {block.text}".strip(),
                                self.bold if block.look == "heading" else self.text,
                            )
                        )
                    case Missing():
                        lines.append(("", f"□ {block.text}", self.text))
                    case Table() | Chart():
                        lines.append(("", f"→ {block.title}", self.text))
        for row, (first, second, form) in enumerate(lines):
            self._string(sheet, row, 0, first, self.bold if second else form)
            if second:
                self._string(sheet, row, 1, second, form)
            if form not in (self.title, self.strong):
                _make_room(sheet, row, (first, second), widths)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def table(self, table: Table) -> None:
        sheet = self._sheet(table.title)
        shown = [[cell_text(cell) for cell in row] for row in table.rows]
        widths = self._head(sheet, table.columns, shown)
        for at, row in enumerate(table.rows, start=1):
            _make_room(sheet, at, shown[at - 1], widths)
            for column, cell in enumerate(row):
                if cell.kind == "text":
                    self._string(sheet, at, column, cell.text, self.text)
                else:
                    self._value(sheet, at, column, cell.value, cell.kind, cell.decimals)
        self._finish(sheet, len(table.rows), len(table.columns))

    def chart(self, chart: Chart) -> None:
        """The numbers of a chart: one row per place on its axis, one column per series."""
        sheet = self._sheet(self.speech.texts("report.chart_of", title=chart.title))
        self._head(sheet, ("", *(series.name for series in chart.series)), [list(chart.categories)])
        for at, category in enumerate(chart.categories, start=1):
            self._string(sheet, at, 0, category, self.text)
            for column, series in enumerate(chart.series, start=1):
                self._value(sheet, at, column, series.values[at - 1], chart.unit, max(chart.decimals, 1))
        sheet.set_column(0, 0, 30)
        self._finish(sheet, len(chart.categories), len(chart.series) + 1)

    def evidence(self) -> None:
        """Every figure with what it rests on, so that two people rebuild the same."""
        found = figures(self.document)
        sheet = self._sheet(self.speech.texts("report.figures_sheet"))
        head = [self.speech.texts(f"report.column.{name}") for name in _EVIDENCE]
        self._head(sheet, head, [[section.title, what] for section, what, _ in found])
        for at, (section, what, cell) in enumerate(found, start=1):
            held = cell.evidence
            assert held is not None
            for column, text in (
                (0, section.title),
                (1, what),
                (2, cell.text),
                (10, held.definition_id),
                (11, held.query),
                (12, held.version),
            ):
                self._string(sheet, at, column, text, self.text)
            self._value(sheet, at, 3, cell.value, cell.kind, max(cell.decimals, 2))
            plain: Sequence[Value] = (held.numerator, held.denominator, held.n, held.low, held.high, held.data_share)
            for column, value in enumerate(plain, start=4):
                self._value(sheet, at, column, value, "points", 4)
        self._finish(sheet, len(found), len(_EVIDENCE))

    def _sheet(self, title: str) -> Any:
        return self.book.add_worksheet(sheet_name(title, self.taken))

    def _head(self, sheet: Any, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
        """The head of a table; returns the widths of its columns, in signs."""
        widths = []
        for column, name in enumerate(columns):
            self._string(sheet, 0, column, label(name), self.head)
            longest = max(
                [text_width(name, 1, bold=True), *(text_width(row[column], 1) for row in rows if column < len(row))]
            )
            widths.append(min(max(9.0, longest * 1.9 + 3), _WIDEST))
            sheet.set_column(column, column, widths[-1])
        return widths

    def _finish(self, sheet: Any, rows: int, columns: int) -> None:
        sheet.freeze_panes(1, 1)
        if rows:
            sheet.autofilter(0, 0, rows, columns - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def _string(self, sheet: Any, row: int, column: int, text: str, form: Any) -> None:
        sheet.write_string(row, column, label(text)[:_LONGEST_TEXT], form)

    def _value(self, sheet: Any, row: int, column: int, value: Value, kind: Kind, decimals: int) -> None:
        """A number as a number, a day as a day; what is not known stays empty."""
        form = self._format(kind, decimals)
        if isinstance(value, date):
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), form)
        elif isinstance(value, int | float | Decimal):
            sheet.write_number(row, column, value, form)

    def _format(self, kind: Kind, decimals: int) -> Any:
        if (kind, decimals) not in self.formats:
            places = "." + "0" * decimals if decimals else ""
            codes = {
                "share": f"0{places}%",
                "money": f'#,##0{places} "{self.document.currency}"',
                "date": _DATES[self.document.language],
                "seconds": f'#,##0{places} "s"',
                "points": f"#,##0{places or ''}" if decimals < 4 else "#,##0.####",
            }
            self.formats[kind, decimals] = self.book.add_format(
                {"num_format": codes.get(kind, f"#,##0{places}"), "valign": "top"}
            )
        return self.formats[kind, decimals]


def _make_room(sheet: Any, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    """The height of a row whose text is broken into lines: not every program works it out when it opens a file."""
    lines = max(lines_of(text, _SIZE_PT, width * _SIGN_PT) for text, width in zip(texts, widths, strict=True))
    if lines > 1:
        sheet.set_row(row, lines * _ROW_PT)


_DATES = {"en": "d mmm yyyy", "fr": "dd/mm/yyyy"}
