"""Every format shows the model: the same numbers, the same names, nothing that runs, nothing cut."""

from __future__ import annotations

import io
import itertools
import math
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from pptx import Presentation
from pypdf import PdfReader

from pipelines.report.model import (
    Cell,
    Document,
    Section,
    Sentence,
    Table,
    charts,
    document_json,
    figures,
    steady,
    tables,
)
from pipelines.report.render import ENDINGS, UnknownFormat, paper, render
from pipelines.report.render.paper import missing_scripts
from pipelines.report.render.shared import COLOURS, INK, SHADE, SOFT, cell_text, label
from pipelines.report.render.slides import BrokenTemplate, _shared_out
from pipelines.spreadsheets import sheet_name
from tests.report.conftest import Packs
from tests.report.reading import everything, pdf_text, sheets, slide_charts, slides_text
from tests.report.small import HOSTILE, small_document


@pytest.fixture(
    scope="module", params=[("casablanca", "internal", "en"), ("tana", "vendor", "fr")], ids=lambda one: one[0]
)
def document(packs: Packs, request: pytest.FixtureRequest) -> Document:
    return packs(*request.param).document


def _shown(document: Document) -> list[Cell]:
    """Every number that slides show: of sentences and of tables that aren't left to other formats."""
    sentences = [cell for s in document.sections for b in s.blocks if isinstance(b, Sentence) for cell in b.figures]
    return [
        *sentences,
        *(cell for _, table in tables(document) if not table.detail for row in table.rows for cell in row),
    ]


def test_slides_show_every_number_as_the_model_writes_it(document: Document) -> None:
    made = render(document, ".pptx")
    text = slides_text(made)
    missing = [cell.text for cell in _shown(document) if cell.kind != "text" and cell.text not in text]
    assert not missing
    for (_, chart), shown in zip(charts(document), slide_charts(made), strict=True):
        order = -1 if chart.kind == "bar" else 1
        assert shown["alt"] == chart.alt
        assert shown["categories"] == [label(name) for name in chart.categories[::order]]
        assert list(shown["series"]) == [label(one.name) for one in chart.series]
        for one in chart.series:
            assert shown["series"][label(one.name)] == pytest.approx(list(one.values[::order]), nan_ok=True)


def test_workbook_holds_every_number_as_a_number(document: Document) -> None:
    read = sheets(render(document, ".xlsx"))
    taken = ["document"]
    for _, table in tables(document):
        rows = read[sheet_name(table.title, taken)]
        assert rows[0] == [label(name) for name in table.columns]
        for cells, row in zip(table.rows, rows[1:], strict=True):
            for cell, value in zip(cells, row, strict=True):
                assert _same(cell, value), (table.title, cell, value)
    evidence = read["Figures" if document.language == "en" else "Chiffres"]
    assert len(evidence) == len(figures(document)) + 1
    for (_, _, cell), row in zip(figures(document), evidence[1:], strict=True):
        held = cell.evidence
        assert held is not None
        assert _same(cell, row[3])
        numbers = (held.numerator, held.denominator, held.n, held.low, held.high, held.data_share)
        assert row[4:10] == pytest.approx([None if one is None else float(one) for one in numbers])
        assert row[10:13] == [held.definition_id, held.query, held.version]


def _same(cell: Cell, value: object) -> bool:
    if cell.kind == "text":
        return value == (label(cell.text) or None)
    if cell.value is None:
        return value is None
    if isinstance(value, datetime):
        return value.date() == cell.value
    return math.isclose(float(value), float(cell.value), rel_tol=1e-12)  # type: ignore[arg-type]


def test_paper_shows_every_number_as_the_model_writes_it(document: Document) -> None:
    made = render(document, ".pdf")
    # A PDF's reader may drop or add spaces at a line's end and inside a number.
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", pdf_text(made)))
    cells = [*_shown(document), *(cell for _, table in tables(document) for row in table.rows for cell in row)]
    wanted = {re.sub(r"\s", "", unicodedata.normalize("NFKC", cell.text)) for cell in cells if cell.kind != "text"}
    assert not [one for one in wanted if one not in text]
    for _, chart in charts(document):
        assert all(
            re.sub(r"\s", "", unicodedata.normalize("NFKC", t)) in text for one in chart.series for t in one.texts[-1:]
        )


def test_paper_is_tagged_with_fonts_of_its_own(document: Document) -> None:
    read = PdfReader(io.BytesIO(render(document, ".pdf")))
    catalogue = read.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == document.language
    assert "pdfuaid" in read.xmp_metadata.stream.get_data().decode()  # type: ignore[union-attr]
    fonts = [font.get_object() for page in read.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        descendant = font["/DescendantFonts"][0].get_object()
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"])


def test_mail_asks_nothing_of_anybody(document: Document) -> None:
    text = render(document, ".html").decode()
    assert f'lang="{document.language}"' in text
    assert "<script" not in text
    assert "<style" not in text
    for asked in re.findall(r"(?:src|url|@import|<link)[^>]*", text):
        pytest.fail(asked)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_name_stays_a_name(name: str, ending: str) -> None:
    made = render(small_document(name), ending)
    if ending == ".xlsx":
        cells = [
            cell for sheet in openpyxl.load_workbook(io.BytesIO(made)) for row in sheet.iter_rows() for cell in row
        ]
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
        assert label(name) in {cell.value for cell in cells}
    elif ending == ".pptx":
        assert name in slides_text(made)
        for text in _embedded_cells(made):
            assert not str(text).startswith(("=", "+", "@"))
        for shape in (
            shape for slide in Presentation(io.BytesIO(made)).slides for shape in slide.shapes if shape.has_table
        ):
            assert not any(cell.text.startswith(("=", "+", "@")) for row in shape.table.rows for cell in row.cells)
    elif ending == ".html":
        text = made.decode()
        assert "<script" not in text
        assert re.sub(r"[\s]", "", name).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(
            '"', "&quot;"
        ) in re.sub(r"\s", "", text)
    else:
        assert not missing_scripts(name)
        read = re.sub(r"\s", "", unicodedata.normalize("NFKC", pdf_text(made)))
        if not re.search("[\u0600-\u06ff]", name):  # a reader gives Arabic back in the order of its shapes
            assert re.sub(r"\s", "", unicodedata.normalize("NFKC", name)) in read


def _embedded_cells(made: bytes) -> list[object]:
    """Cells of the workbooks that a presentation's charts carry; a formula fails at once."""
    import zipfile

    found: list[object] = []
    with zipfile.ZipFile(io.BytesIO(made)) as box:
        for part in (part for part in box.namelist() if part.endswith(".xlsx")):
            for sheet in openpyxl.load_workbook(io.BytesIO(box.read(part))):
                for cell in (cell for row in sheet.iter_rows() for cell in row):
                    assert cell.data_type != "f"
                    found.append(cell.value)
    return [one for one in found if isinstance(one, str)]


def test_blocks_stay_on_their_slide(document: Document) -> None:
    made = Presentation(io.BytesIO(render(document, ".pptx")))
    for slide in made.slides:
        spans = []
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= made.slide_width
            assert shape.top + shape.height <= made.slide_height
            if not shape.is_placeholder and shape.name != "footer":
                height = sum(row.height for row in shape.table.rows) if shape.has_table else shape.height
                spans.append((shape.top, shape.top + height))
        spans.sort()
        assert all(first[1] <= second[0] + 1 for first, second in itertools.pairwise(spans))


def test_text_is_large_enough_for_a_projector(document: Document) -> None:
    made = Presentation(io.BytesIO(render(document, ".pptx")))
    sizes = {
        run.font.size.pt
        for slide in made.slides
        for shape in slide.shapes
        if shape.name != "footer"
        for frame in (
            [shape.text_frame]
            if shape.has_text_frame
            else [c.text_frame for r in shape.table.rows for c in r.cells]
            if shape.has_table
            else []
        )
        for paragraph in frame.paragraphs
        for run in paragraph.runs
        if run.font.size is not None
    }
    assert min(sizes) >= 12


def test_tables_stay_between_the_margins_of_the_page(document: Document) -> None:
    for _, table in tables(document):
        made = paper.table_layout(table)
        assert sum(made["widths"]) <= paper.PAGE_PT + 0.01, table.key
        assert min(made["widths"]) > 12, table.key
        assert made["size"] >= 6.5


def test_rows_are_shared_out_so_that_none_stands_alone() -> None:
    assert _shared_out([10] * 9, 95, 0) == 9
    assert _shared_out([10] * 9, 95, 12) == 6  # the note goes with three rows
    assert _shared_out([10] * 9, 85, 0) == 6
    assert _shared_out([10] * 9, 45, 0) == 4
    assert _shared_out([10] * 2, 15, 12) == 1


def test_colours_have_their_contrast() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str, other: str) -> float:
        high, low = sorted((luminance(one), luminance(other)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    assert all(contrast(colour, "FFFFFF") >= 3 for colour in COLOURS.values())
    assert min(contrast(INK, SHADE), contrast(SOFT, "FFFFFF"), contrast("FFFFFF", COLOURS["vendor"])) >= 4.5


def test_a_template_of_the_company_is_built_on(tmp_path: Path) -> None:
    own = Presentation()
    own.slides.add_slide(own.slide_layouts[0]).shapes.title.text = "How our slides look"
    own.save(tmp_path / "own.pptx")
    made = Presentation(io.BytesIO(render(small_document("Vendor"), ".pptx", tmp_path / "own.pptx")))
    assert (made.slide_width, made.slide_height) == (own.slide_width, own.slide_height)
    titles = [slide.shapes.title.text for slide in made.slides]
    assert "How our slides look" not in titles
    assert titles[0] == "Quarterly review: Vendor"
    assert b"How our slides look" not in everything(render(small_document("Vendor"), ".pptx", tmp_path / "own.pptx"))


def test_what_is_no_template_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.pptx").write_text("not slides")
    with pytest.raises(BrokenTemplate, match=r"notes\.pptx"):
        render(small_document("Vendor"), ".pptx", tmp_path / "notes.pptx")


def test_an_unknown_ending_is_said() -> None:
    with pytest.raises(UnknownFormat, match=r"\.docx.*\.pptx"):
        render(small_document("Vendor"), ".docx")


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_model_makes_the_same_text(ending: str) -> None:
    first, second = (render(small_document("Vendor"), ending) for _ in range(2))
    if ending in (".pdf", ".html"):
        assert first == second
    elif ending == ".pptx":
        assert slides_text(first) == slides_text(second)
    else:
        assert sheets(first) == sheets(second)


def test_the_model_as_json_says_what_each_block_is(document: Document) -> None:
    made = document_json(document)
    kinds = {block["block"] for section in made["sections"] for block in section["blocks"]}
    assert kinds == {"sentence", "missing", "table", "chart"}
    assert [section["key"] for section in made["sections"]] == [section.key for section in document.sections]


def test_other_commands_do_not_pay_for_the_renderers() -> None:
    code = (
        "import pipelines.__main__, pipelines.report.pack, pipelines.report.brief, sys;"
        "print([name for name in ('pptx', 'typst', 'xlsxwriter') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_money_is_kept_as_decimal() -> None:
    cell = Cell("€12.30", Decimal("12.30"), "money", 2)
    assert cell_text(cell) == "€12.30"
    document = small_document("Vendor")
    assert isinstance(document.sections[0].blocks[4], Table)


def test_a_sum_in_another_order_makes_the_same_document() -> None:
    def told(value: float) -> Document:
        cell = Cell("0.6", value, "share", 1)
        return replace(small_document("V"), sections=(Section("s", "S", (Sentence("0.6", (cell,)),), 1),))

    assert (0.1 + 0.2) + 0.3 != 0.1 + (0.2 + 0.3)
    assert steady(told((0.1 + 0.2) + 0.3)) == steady(told(0.1 + (0.2 + 0.3)))
