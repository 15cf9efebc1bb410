"""Documents read back as their readers see them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
from pptx import Presentation
from pypdf import PdfReader


def slides_text(made: bytes) -> str:
    """All text of a presentation: boxes, tables, charts' names and labels."""
    return "\n".join(_slide_texts(made))


def _slide_texts(made: bytes) -> Iterator[str]:
    for slide in Presentation(io.BytesIO(made)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if shape.has_table:
                for row in shape.table.rows:
                    yield from (cell.text for cell in row.cells)
            if shape.has_chart:
                for series in shape.chart.plots[0].series:
                    yield series.name
                    for at in range(len(list(series.values))):
                        label = series.points[at].data_label
                        if label.has_text_frame:
                            yield label.text_frame.text


def slide_charts(made: bytes) -> list[dict[str, Any]]:
    """Every chart of a presentation: its names, its series with their values, its words for those who don't see it."""
    found = []
    for slide in Presentation(io.BytesIO(made)).slides:
        for shape in slide.shapes:
            if shape.has_chart:
                plot = shape.chart.plots[0]
                found.append(
                    {
                        "alt": shape._element._nvXxPr.cNvPr.get("descr"),
                        "categories": list(plot.categories),
                        "series": {one.name: list(one.values) for one in plot.series},
                    }
                )
    return found


def sheets(made: bytes) -> dict[str, list[list[Any]]]:
    """Every sheet of a workbook by its name, formulas as they stand."""
    book = openpyxl.load_workbook(io.BytesIO(made))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def pdf_text(made: bytes) -> str:
    """The text that can be selected in a PDF, on one line."""
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(made)).pages)


def everything(made: bytes) -> bytes:
    """All bytes of a file with everything that is packed in it unpacked, however deep."""
    if not zipfile.is_zipfile(io.BytesIO(made)):
        return made
    with zipfile.ZipFile(io.BytesIO(made)) as box:
        return b"\n".join(name.encode() + b"\n" + everything(box.read(name)) for name in box.namelist())
