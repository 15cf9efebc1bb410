"""PPTX: slides with native, editable charts and tables, on the company's own template where there is one.

Blocks flow down a slide and on to the next; what does not fit is never made smaller or cut. Heights are reckoned from
the text with a margin, since fonts differ from machine to machine.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Inches, Pt

from pipelines.report.model import Chart, Document, Missing, Section, Sentence, Series, Table
from pipelines.report.render.shared import (
    COLOURS,
    INK,
    RULE,
    SHADE,
    SOFT,
    cell_text,
    fact_lines,
    is_number,
    label,
    section_title,
    speech,
)
from pipelines.report.render.widths import column_widths, lines_of

_WIDE = (Inches(13.333), Inches(7.5))
_MARGIN = Inches(0.6)
_GAP = Inches(0.1)
_TEXT_PT, _NOTE_PT, _HEAD_PT = 16, 12, 18
#: A table takes the first of these at which its lines need not be broken and it fits on one slide; else the last.
_TABLE_PTS = (16, 14, 12)
_CHART_HEIGHT = Inches(3.9)
#: As long as what is added to a sentence that has a link.
_EXPLAIN = " Expliquer →"
#: So many rows of a table stay together.
_FEW = 3
_LINE = 1.25  # height of a line of text, of its size
_NUMBERS = {"share": "0.0%", "count": "#,##0", "points": "0.0", "seconds": "0", "money": "#,##0.00"}


class BrokenTemplate(ValueError):
    """A file that was given as template is no presentation, or has no layout to build on."""


@dataclass(slots=True)
class _Place:
    """Where the next block goes on the slide in the making."""

    slide: Any
    top: int


def pptx_bytes(document: Document, template: Path | None = None) -> bytes:
    """The document as a presentation. Raises :class:`BrokenTemplate`."""
    deck = _Deck(document, template)
    deck.cover()
    for section in document.sections:
        deck.section(section)
    out = io.BytesIO()
    deck.presentation.save(out)
    return out.getvalue()


class _Deck:
    """The presentation in the making: its layouts, its body area, and the slide that is being filled."""

    def __init__(self, document: Document, template: Path | None) -> None:
        self.document = document
        self.speech = speech(document)
        self.presentation = opened(template)
        self.width, self.height = int(self.presentation.slide_width), int(self.presentation.slide_height)
        self.first = _layout(self.presentation, PP_PLACEHOLDER.CENTER_TITLE)
        self.plain = _layout(self.presentation, PP_PLACEHOLDER.TITLE)
        if template is None:
            _own_look(self.first, self.plain, self.width)
        self.left, self.body_width = int(_MARGIN), self.width - 2 * int(_MARGIN)
        self.bottom = self.height - int(Inches(0.55))
        core = self.presentation.core_properties
        core.title, core.author, core.subject = document.title, "Sightline", document.subtitle
        core.last_modified_by, core.comments, core.keywords, core.category = "Sightline", "", "", ""
        core.language = document.language
        if document.made_from is not None:
            core.created = core.modified = document.made_from.replace(tzinfo=None)

    def cover(self) -> None:
        slide = self.presentation.slides.add_slide(self.first)
        slide.shapes.title.text = self.document.title
        others = [
            one for one in slide.placeholders if one.placeholder_format.idx != slide.shapes.title.placeholder_format.idx
        ]
        lines = [
            self.document.subtitle,
            *fact_lines(self.document),
        ]
        if others:
            frame = others[0].text_frame
            _fill(frame, lines, Pt(_TEXT_PT))
            frame.paragraphs[0].runs[0].font.size = Pt(22)
        else:
            box = slide.shapes.add_textbox(self.left, self.height // 2, self.body_width, int(Inches(2)))
            _fill(box.text_frame, lines, Pt(_TEXT_PT))

    def section(self, section: Section) -> None:
        title = section_title(self.document, section)
        place = self._slide(title)
        again = self.speech.texts("report.continued", title=title)
        for index, block in enumerate(section.blocks):
            follower = section.blocks[index + 1] if index + 1 < len(section.blocks) else None
            match block:
                case Sentence():
                    place = self._sentence(place, again, block, follower)
                case Missing():
                    place = self._text(place, again, f"□ {block.text}", soft=True)
                case Chart():
                    place = self._chart(place, again, block)
                case Table():
                    place = self._table(place, again, block)

    def _slide(self, title: str) -> _Place:
        slide = self.presentation.slides.add_slide(self.plain)
        slide.shapes.title.text = title
        _footer(self, slide)
        return _Place(slide, _body_top(slide))

    def _room(self, place: _Place, again: str, height: int) -> _Place:
        """The same place where ``height`` fits, else a new slide of the same section."""
        return place if place.top + height <= self.bottom else self._slide(again)

    def _sentence(self, place: _Place, again: str, block: Sentence, follower: Any) -> _Place:
        if block.look == "note":
            return self._text(place, again, block.text, size=_NOTE_PT, soft=True)
        if block.look == "heading":
            # A heading never stands alone at a slide's foot.
            needed = self._text_height(block.text, _HEAD_PT, bold=True)
            if isinstance(follower, Sentence):
                needed += self._text_height(follower.text, _TEXT_PT)
            place = self._room(place, again, needed)
            return self._text(place, again, block.text, size=_HEAD_PT, bold=True)
        text = f"{block.mark} {block.text}" if block.mark else f"• {block.text}"
        return self._text(place, again, text, link=block.link)

    def _text_height(self, text: str, size: int, bold: bool = False) -> int:
        return int(Pt(size * _LINE * lines_of(text, size, self.body_width / 12700, bold=bold))) + int(_GAP)

    def _text(
        self,
        place: _Place,
        again: str,
        text: str,
        *,
        size: int = _TEXT_PT,
        bold: bool = False,
        soft: bool = False,
        link: str | None = None,
    ) -> _Place:
        height = self._text_height(text + (_EXPLAIN if link else ""), size, bold)
        place = self._room(place, again, height)
        box = place.slide.shapes.add_textbox(self.left, place.top, self.body_width, height)
        frame = box.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        _fill(frame, [text], Pt(size), bold=bold, colour=SOFT if soft else INK)
        if link:
            run = frame.paragraphs[0].add_run()
            run.text = f" {self.speech.texts('report.explain')} →"
            run.font.size = Pt(_NOTE_PT)
            run.hyperlink.address = link
        place.top += height
        return place

    def _chart(self, place: _Place, again: str, block: Chart) -> _Place:
        heading = self._text_height(block.title, _TEXT_PT, bold=True)
        place = self._room(place, again, heading + int(_CHART_HEIGHT))
        place = self._text(place, again, block.title, bold=True)
        frame = place.slide.shapes.add_chart(
            _CHART_TYPES[block.kind], self.left, place.top, self.body_width, int(_CHART_HEIGHT), _chart_data(block)
        )
        frame._element._nvXxPr.cNvPr.set("descr", block.alt)
        frame._element._nvXxPr.cNvPr.set("title", block.title)
        _dress(frame.chart, block, self.document.language)
        place.top += int(_CHART_HEIGHT) + int(_GAP)
        return place

    def _table(self, place: _Place, again: str, block: Table) -> _Place:
        if block.detail:
            said = self.speech.texts(
                "report.in_other_formats", title=block.title, rows=self.speech.formats.number(len(block.rows))
            )
            return self._text(place, again, said, soft=True)
        head = [label(name) for name in block.columns]
        body = [[cell_text(cell) for cell in row] for row in block.rows]
        foot = self._text_height(block.note, _NOTE_PT) if block.note else 0
        place, size, widths, heights = self._measured([head, *body], place, again, foot)
        right = [
            all(is_number(row[at]) or not row[at].text.strip("–") for row in block.rows)
            and any(is_number(row[at]) for row in block.rows)
            for at in range(len(head))
        ]
        done = 0
        while done < len(body):
            title = block.title if done == 0 else self.speech.texts("report.continued", title=block.title)
            lead = self._text_height(title, _TEXT_PT, bold=True) + heights[0]
            few = heights[done + 1 : done + 1 + _FEW]
            place = self._room(place, again, lead + sum(few) + (foot if len(body) - done <= _FEW else 0))
            room = self.bottom - place.top - lead
            count = _shared_out(heights[done + 1 :], room, foot)
            place = self._text(place, again, title, bold=True)
            used = [heights[0], *heights[done + 1 : done + 1 + count]]
            self._grid(place, [head, *body[done : done + count]], widths, used, right, block.title, size)
            place.top += sum(used) + int(_GAP)
            done += count
        return self._text(place, again, block.note, size=_NOTE_PT, soft=True) if block.note else place

    def _measured(
        self, rows: list[list[str]], place: _Place, again: str, foot: int
    ) -> tuple[_Place, int, list[float], list[int]]:
        """Where a table begins, the size of its text, the widths of its columns in points, the heights of its rows.

        Large text on a slide of its own goes before small text on this one. ``foot``: the height of its note.
        """
        whole = self.body_width / 12700
        fresh = _body_top(place.slide)
        lead = int(Inches(0.5)) + foot
        for top, size in [
            (top, size) for sizes in (_TABLE_PTS[:-1], _TABLE_PTS[-1:]) for top in (place.top, fresh) for size in sizes
        ]:
            widths = column_widths(rows, whole, size)
            heights = [_row_height(row, widths, size, bold=at == 0) for at, row in enumerate(rows)]
            line = _row_height([""], [whole], size, bold=False)
            if max(heights) <= line and top + lead + sum(heights) <= self.bottom:
                return (place if top == place.top else self._slide(again)), size, widths, heights
        if fresh < place.top and fresh + lead + sum(heights) <= self.bottom < place.top + lead + sum(heights):
            place = self._slide(again)
        return place, size, widths, heights

    def _grid(
        self,
        place: _Place,
        rows: list[list[str]],
        widths: list[float],
        heights: list[int],
        right: list[bool],
        title: str,
        size: int,
    ) -> None:
        total = sum(int(Pt(width)) for width in widths)
        frame = place.slide.shapes.add_table(len(rows), len(widths), self.left, place.top, total, sum(heights))
        frame._element._nvXxPr.cNvPr.set("descr", title)
        table = frame.table
        table.horz_banding = False
        for at, width in enumerate(widths):
            table.columns[at].width = int(Pt(width))
        for at, (row, height) in enumerate(zip(rows, heights, strict=True)):
            table.rows[at].height = height
            for column, text in enumerate(row):
                _fill_cell(table.cell(at, column), text, size, head=at == 0, right=right[column], shade=at % 2 == 0)


def _body_top(slide: Any) -> int:
    """Where the body of a slide begins: below its title."""
    head = slide.shapes.title
    return int(head.top) + int(head.height) + int(Inches(0.1))


def opened(template: Path | None) -> Any:
    """An empty presentation: our own, or the template without its slides. Raises :class:`BrokenTemplate`."""
    if template is None:
        made = Presentation()
        made.slide_width, made.slide_height = _WIDE
        theme = made.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
        # A face that is everywhere, or has one of the same measure.
        theme._blob = theme.blob.replace(b'typeface="Calibri"', b'typeface="Arial"')
        return made
    try:
        made = Presentation(io.BytesIO(_as_presentation(template)))
    except Exception as error:  # python-pptx raises whatever its zip and XML readers do
        raise BrokenTemplate(f"{template} is no presentation that can be built on: {error}") from error
    # The template's own slides show how it is meant; they are no part of the document.
    slides = made.slides._sldIdLst
    for one in list(slides):
        made.part.drop_rel(one.rId)
        slides.remove(one)
    return made


def _as_presentation(template: Path) -> bytes:
    """A .potx is a presentation under another content type."""
    import zipfile

    kind = b"presentationml.template.main+xml"
    out = io.BytesIO()
    with zipfile.ZipFile(template) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            held = source.read(item.filename)
            if item.filename == "[Content_Types].xml":
                held = held.replace(kind, b"presentationml.presentation.main+xml")
            target.writestr(item, held)
    return out.getvalue()


def _layout(presentation: Any, kind: Any) -> Any:
    """The first layout whose title is of ``kind`` and that asks for least beside it; any layout with a title else."""
    titled = [
        (one, {place.placeholder_format.type for place in one.placeholders}) for one in presentation.slide_layouts
    ]
    beside = {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.SUBTITLE, kind}
    fitting = sorted((len(kinds - beside), at, one) for at, (one, kinds) in enumerate(titled) if kind in kinds)
    if fitting:
        return fitting[0][2]
    both = {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE}
    for one, kinds in titled:
        if kinds & both:
            return one
    raise BrokenTemplate("no layout of the template has a title")


def _own_look(first: Any, plain: Any, width: int) -> None:
    """The default template is made for 4:3 slides: its title and subtitle are set for wide ones, to the left."""
    inner = width - 2 * int(_MARGIN)
    for layout, top, height, size in ((first, 1.3, 1.3, 36), (plain, 0.35, 0.85, 26)):
        for place in layout.placeholders:
            kind = place.placeholder_format.type
            if kind in (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE):
                place.left, place.top, place.width, place.height = (
                    int(_MARGIN),
                    int(Inches(top)),
                    inner,
                    int(Inches(height)),
                )
                _place_text(place, size, COLOURS["vendor"])
            elif kind == PP_PLACEHOLDER.SUBTITLE:
                place.left, place.top, place.width, place.height = (
                    int(_MARGIN),
                    int(Inches(2.9)),
                    inner,
                    int(Inches(3.4)),
                )
                _place_text(place, _TEXT_PT, INK)
            else:
                place._element.getparent().remove(place._element)


def _place_text(place: Any, size: int, colour: str) -> None:
    """Left, from the top, in this size: as the layout's own style, which slides inherit."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    body = place._element.txBody
    style = body.find("{http://schemas.openxmlformats.org/drawingml/2006/main}lstStyle")
    fill = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    made = parse_xml(
        f'<a:lstStyle {nsdecls("a")}><a:lvl1pPr marL="0" indent="0" algn="l"><a:buNone/>'
        f'<a:defRPr sz="{size * 100}" b="{int(size > _TEXT_PT)}">{fill}</a:defRPr></a:lvl1pPr></a:lstStyle>'
    )
    if style is None:
        body.insert(1, made)
    else:
        body.replace(style, made)
    place.text_frame.margin_left = 0  # in line with the body
    place.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM if size > _TEXT_PT else MSO_ANCHOR.TOP


def _footer(deck: _Deck, slide: Any) -> None:
    """What the slide is part of, and its number, small at its foot."""
    box = slide.shapes.add_textbox(deck.left, deck.height - int(Inches(0.45)), deck.body_width, int(Inches(0.3)))
    number = len(deck.presentation.slides)
    text = f"{deck.document.title} · {deck.document.subtitle} · {number}"
    _fill(box.text_frame, [text], Pt(10), colour=SOFT)
    box.text_frame.margin_left = box.text_frame.margin_right = 0
    box.name = "footer"


def _fill(frame: Any, lines: Sequence[str], size: Any, *, bold: bool = False, colour: str = INK) -> None:
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    for at, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = line
        run.font.size, run.font.bold = size, bold
        run.font.color.rgb = RGBColor.from_string(colour)


@cache
def _colour(name: str) -> RGBColor:
    made: RGBColor = RGBColor.from_string(name)
    return made


def _fill_cell(cell: Any, text: str, size: int, *, head: bool, right: bool, shade: bool) -> None:
    cell.margin_left = cell.margin_right = Inches(0.06)
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    fill = cell.fill  # each of these objects is made anew when it is asked for
    fill.solid()
    fill.fore_color.rgb = _colour(COLOURS["vendor"] if head else SHADE if shade else "FFFFFF")
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    run = paragraph.add_run()
    run.text = text
    font = run.font
    font.size, font.bold = Pt(size), head
    font.color.rgb = _colour("FFFFFF" if head else INK)


def _row_height(row: list[str], widths: list[float], size: int, *, bold: bool) -> int:
    lines = max(lines_of(text, size, width - 9, bold=bold) for text, width in zip(row, widths, strict=True))
    return int(Pt(size * _LINE * lines + 7))


def _shared_out(heights: Sequence[int], room: int, foot: int) -> int:
    """How many of a table's rows stand on this slide: never all but one or two, and none without the note below."""
    count = _fitting(heights, room)
    left = len(heights) - count
    if (left == 0 and sum(heights) + foot > room and count > _FEW) or (0 < left < _FEW and count > 2 * _FEW):
        left = _FEW
    return len(heights) - left


def _fitting(heights: Sequence[int], room: int) -> int:
    """How many rows fit into ``room``; one at least, since a row is never cut."""
    used = count = 0
    for height in heights:
        if used + height > room and count:
            break
        used += height
        count += 1
    return count


_CHART_TYPES = {"line": XL_CHART_TYPE.LINE_MARKERS, "bar": XL_CHART_TYPE.BAR_CLUSTERED}
_MARKERS = (XL_MARKER_STYLE.CIRCLE, XL_MARKER_STYLE.DIAMOND, XL_MARKER_STYLE.TRIANGLE, XL_MARKER_STYLE.SQUARE)


def _chart_data(block: Chart) -> CategoryChartData:
    """Names are defused: a chart carries a workbook, and in a workbook a name that starts with = would run."""
    made = CategoryChartData(number_format=_NUMBERS[block.unit])
    made.categories = [label(name) for name in _top_down(block, block.categories)]
    for series in block.series:
        made.add_series(label(series.name), _top_down(block, series.values))
    return made


def _top_down(block: Chart, values: Sequence[Any]) -> list[Any]:
    """Bars are drawn from the axis upwards: the first comes last, so that it stands on top."""
    return list(reversed(values)) if block.kind == "bar" else list(values)


def _dress(chart: Any, block: Chart, language: str) -> None:
    """Grid, scale, colours and labels. The series' names stand in the legend, each with a shape and dash of its own."""
    chart.has_title = False
    chart.has_legend = len(block.series) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        chart.legend.font.size = Pt(14)
    chart.font.size, chart.font.color.rgb = Pt(13), RGBColor.from_string(INK)
    values, names = chart.value_axis, chart.category_axis
    values.major_gridlines.format.line.color.rgb = RGBColor.from_string(RULE)
    values.format.line.fill.background()
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = _axis_format(block), False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.format.line.color.rgb = RGBColor.from_string(SOFT)
    low, high = _span(block)
    values.minimum_scale, values.maximum_scale = low, high
    for at, (series, made) in enumerate(zip(block.series, chart.plots[0].series, strict=True)):
        _dress_series(made, series, at, block)
    if block.kind == "bar":
        chart.plots[0].gap_width = 60


def _axis_format(block: Chart) -> str:
    return "0%" if block.unit == "share" else _NUMBERS[block.unit]


def _span(block: Chart) -> tuple[float, float]:
    """The scale: from zero for bars, close around the values for lines, within what the unit can be."""
    known = [value for series in block.series for value in series.values if value is not None]
    low, high = min(known), max(known)
    room = (high - low or abs(high) or 1.0) * 0.25
    low, high = (min(low, 0.0), max(high, 0.0)) if block.kind == "bar" else (low - room, high + room)
    low, high = (low - room if low < 0 else low), (high + room if block.kind == "bar" else high)
    step = _step(high - low)
    low, high = step * (low // step), step * -(-high // step)
    if block.floor is not None:
        low = max(low, block.floor)
    if block.ceiling is not None:
        high = min(high, block.ceiling)
    return round(low, 9), round(high, 9)


def _step(span: float) -> float:
    """A round step that cuts the span into some five parts."""
    power = 10.0
    while power > span / 5:
        power /= 10
    while power * 10 <= span / 5:
        power *= 10
    return next(power * one for one in (1, 2, 5, 10) if power * one >= span / 5)


def _dress_series(made: Any, series: Series, at: int, block: Chart) -> None:
    colour = RGBColor.from_string(COLOURS[series.role])
    if block.kind == "line":
        made.smooth = False
        made.format.line.color.rgb, made.format.line.width = colour, Pt(1.5 if series.role == "target" else 2.75)
        made.format.line.dash_style = {"target": MSO_LINE.ROUND_DOT, "other": MSO_LINE.DASH}.get(series.role)
        made.marker.style = XL_MARKER_STYLE.NONE if series.role == "target" else _MARKERS[at % len(_MARKERS)]
        made.marker.size = 9
        made.marker.format.fill.solid()
        made.marker.format.fill.fore_color.rgb = colour
        made.marker.format.line.color.rgb = colour
    else:
        made.format.fill.solid()
        made.format.fill.fore_color.rgb = colour
        made.invert_if_negative = False
    _label_points(made, series, block)


def _label_points(made: Any, series: Series, block: Chart) -> None:
    """Every value in words as the document writes it; of a target only the last."""
    last = len(series.texts) - 1
    for at, text in _labelled(series):
        if series.role == "target" and at != last:
            continue
        place = at if block.kind == "line" else last - at
        frame = made.points[place].data_label
        frame.has_text_frame = True
        frame.text_frame.text = text
        font = frame.text_frame.paragraphs[0].runs[0].font
        font.size, font.color.rgb = Pt(12), RGBColor.from_string(INK)
        if block.kind == "bar":
            frame.position = XL_LABEL_POSITION.OUTSIDE_END
        else:
            frame.position = _above_or_below(block, series, at)


def _labelled(series: Series) -> Iterator[tuple[int, str]]:
    for at, (value, text) in enumerate(zip(series.values, series.texts, strict=True)):
        if value is not None and text:
            yield at, text


def _above_or_below(block: Chart, series: Series, at: int) -> Any:
    """The label of the highest line stands above its point, that of the others below; a target's to the right."""
    if series.role == "target":
        return XL_LABEL_POSITION.RIGHT
    beside = [one.values[at] for one in block.series if one.role != "target" and one.values[at] is not None]
    return XL_LABEL_POSITION.ABOVE if series.values[at] == max(beside) else XL_LABEL_POSITION.BELOW  # type: ignore[type-var]
