"""HTML for an e-mail: styles inline, tables for layout, nothing asked of any other machine, every text escaped."""

from __future__ import annotations

from html import escape

from pipelines.report.model import Chart, Document, Missing, Section, Sentence, Table
from pipelines.report.render.shared import (
    COLOURS,
    INK,
    RULE,
    SHADE,
    SOFT,
    cell_text,
    fact_lines,
    is_number,
    section_title,
    speech,
)
from pipelines.wording import Speech

_FONT = "font-family:Arial,Helvetica,sans-serif"
_FRAME = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border:0'
_CELL = f"padding:4px 8px;border-bottom:1px solid #{RULE};font-size:13px;vertical-align:top"


def html_text(document: Document) -> str:
    """The document as one HTML page that any mail program shows."""
    words = speech(document)
    body = "\n".join(_section(document, section, words) for section in document.sections)
    facts = "<br>".join(map(escape, fact_lines(document)))
    return f"""<!DOCTYPE html>
<html lang="{document.language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(document.title)}</title></head>
<body style="margin:0;padding:0;background:#ffffff;color:#{INK};{_FONT}">
<table {_FRAME};table-layout:fixed"><tr><td align="center" style="padding:16px">
<table {_FRAME};table-layout:fixed;max-width:720px;text-align:left"><tr><td>
<h1 style="font-size:22px;margin:0 0 4px;color:#{COLOURS["vendor"]}">{escape(document.title)}</h1>
<p style="font-size:15px;margin:0 0 12px">{escape(document.subtitle)}</p>
{body}
<p style="font-size:12px;color:#{SOFT};margin:20px 0 0;line-height:1.5">{facts}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
"""


def _section(document: Document, section: Section, words: Speech) -> str:
    blocks = "\n".join(_block(block, words) for block in section.blocks)
    style = f"font-size:17px;margin:20px 0 6px;color:#{COLOURS['vendor']}"
    return f'<h2 style="{style}">{escape(section_title(document, section))}</h2>\n{blocks}'


def _block(block: Sentence | Missing | Table | Chart, words: Speech) -> str:
    match block:
        case Sentence():
            return _sentence(block, words)
        case Missing():
            return f'<p style="font-size:14px;margin:4px 0;color:#{SOFT}">□ {escape(block.text)}</p>'
        case Chart():
            return _grid(block.title, ("", *(series.name for series in block.series)), _chart_rows(block), block.alt)
        case Table():
            rows = [[(cell_text(cell), is_number(cell)) for cell in row] for row in block.rows]
            note = (
                f'<p style="font-size:12px;margin:2px 0 8px;color:#{SOFT}">{escape(block.note)}</p>'
                if block.note
                else ""
            )
            return _grid(block.title, block.columns, rows, block.title) + note


def _sentence(block: Sentence, words: Speech) -> str:
    if block.look == "heading":
        return f'<p style="font-size:15px;margin:12px 0 4px"><strong>{escape(block.text)}</strong></p>'
    size, colour = (12, SOFT) if block.look == "note" else (14, INK)
    link = ""
    if block.link:
        explain = escape(words.texts("report.explain"))
        link = f' <a href="{escape(block.link)}" style="color:#{COLOURS["vendor"]}">{explain}&nbsp;→</a>'
    mark = f"{escape(block.mark)} " if block.mark else ""
    style = f"font-size:{size}px;margin:6px 0;line-height:1.45;color:#{colour}"
    return f'<p style="{style}">{mark}{escape(block.text)}{link}</p>'


def _chart_rows(chart: Chart) -> list[list[tuple[str, bool]]]:
    return [
        [(name, False), *((series.texts[at] or "–", True) for series in chart.series)]
        for at, name in enumerate(chart.categories)
    ]


def _grid(title: str, columns: tuple[str, ...], rows: list[list[tuple[str, bool]]], summary: str) -> str:
    right = [any(row[at][1] for row in rows) for at in range(len(columns))]
    align = ["right" if one else "left" for one in right]
    head = "".join(
        f'<th scope="col" style="{_CELL};text-align:{align[at]};background:#{SHADE}">{escape(name)}</th>'
        for at, name in enumerate(columns)
    )
    body = "\n".join(
        "<tr>"
        + "".join(f'<td style="{_CELL};text-align:{align[at]}">{escape(text)}</td>' for at, (text, _) in enumerate(row))
        + "</tr>"
        for row in rows
    )
    caption = (
        f'<caption style="text-align:left;font-size:14px;font-weight:bold;padding:8px 0 4px">{escape(title)}</caption>'
    )
    # On a telephone a wide table is pushed sideways, and nothing else with it.
    return (
        '<div style="overflow-x:auto">'
        '<table cellpadding="0" cellspacing="0" style="border-collapse:collapse;width:100%"'
        f' title="{escape(summary)}">'
        f"{caption}<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )
