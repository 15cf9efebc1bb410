"""PDF: the document typeset by typst from its model, tagged, with embedded fonts and text that can be selected.

No font of the machine is used, so a PDF is the same everywhere: Noto Sans for Latin and Arabic from packages of this
environment, for Chinese, Japanese and Korean where their package is there (``missing_scripts`` says where it isn't).
"""

from __future__ import annotations

import importlib.util
import json
import unicodedata
from pathlib import Path
from typing import Any

import typst

from pipelines.report.model import Document, Table, document_json
from pipelines.report.render.shared import COLOURS, INK, RULE, SHADE, SOFT, fact_lines, is_number, section_title, speech
from pipelines.report.render.shared import cell_text as shown
from pipelines.report.render.widths import column_widths, needed_width

#: Packages that carry fonts, and the families that they hold. The last is optional: it is as large as all the others.
_FONTS = {
    "fontpkg_noto_sans": ("Noto Sans",),
    "fontpkg_noto_sans_arabic": ("Noto Sans Arabic",),
    "justmytype_intl_cjk": ("Noto Sans SC", "Noto Sans JP", "Noto Sans KR", "Noto Sans TC"),
}
#: Typst's own; it has the shapes that Noto Sans lacks.
_BUNDLED = ("DejaVu Sans Mono",)
#: The width between the margins of the page; sizes of text in tables, the first at which no cell is broken, else the
#: second; that of long tables.
PAGE_PT = 493.0
_TABLE_PTS, _DETAIL_PT = (8.0, 7.5, 7.0), 6.5
_BREAK = "\u200b"
_GREYS = (("ink", INK), ("soft", SOFT), ("rule", RULE), ("shade", SHADE))
#: The parts of a character's name that say which script it is of, and the package that has it.
_SCRIPTS = {
    "ARABIC": "fontpkg_noto_sans_arabic",
    "CJK": "justmytype_intl_cjk",
    "HIRAGANA": "justmytype_intl_cjk",
    "KATAKANA": "justmytype_intl_cjk",
    "HANGUL": "justmytype_intl_cjk",
}


def pdf_bytes(document: Document) -> bytes:
    """The document as a PDF (PDF/UA-1)."""
    found = {name: _folder(name) for name in _FONTS}
    made = typst.compile(
        str(Path(__file__).with_name("paper.typ")),
        font_paths=[str(folder) for folder in found.values() if folder],
        ignore_system_fonts=True,
        sys_inputs={"model": json.dumps(_model(document, found), default=str, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        timestamp=document.made_from and document.made_from.replace(microsecond=0),
        format="pdf",
    )
    assert isinstance(made, bytes)
    return made


def missing_scripts(text: str) -> tuple[str, ...]:
    """Packages of fonts that ``text`` needs and this environment lacks: such letters would be empty boxes."""
    needed = {
        package
        for character in set(text)
        for script, package in _SCRIPTS.items()
        if unicodedata.name(character, "").startswith(script)
    }
    return tuple(sorted(name for name in needed if _folder(name) is None))


def _folder(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    return Path(found.origin).parent if found is not None and found.origin else None


def table_layout(table: Table) -> dict[str, Any]:
    """Its cells, the size of its text and the widths of its columns, in points."""
    rows = [[_breakable(shown(cell)) for cell in row] for row in table.rows]
    words = [[text.replace(_BREAK, " ") for text in row] for row in [list(table.columns), *rows]]
    whole = (size for size in _TABLE_PTS if needed_width(words, size) <= PAGE_PT)
    size = _DETAIL_PT if table.detail else next(whole, _TABLE_PTS[1])
    return {
        "size": size,
        "widths": column_widths(words, PAGE_PT, size),
        "rows": [
            [{"text": text, "number": is_number(cell)} for text, cell in zip(texts, row, strict=True)]
            for texts, row in zip(rows, table.rows, strict=True)
        ],
    }


def _breakable(text: str) -> str:
    """A hash has no place to break: it gets one in its middle."""
    if len(text) <= 40 or " " in text:
        return text
    return _BREAK.join(text[at : at + 32] for at in range(0, len(text), 32))


def _model(document: Document, fonts: dict[str, Path | None]) -> dict[str, Any]:
    """What the template reads: the model, its cells as texts that nothing runs, and the looks of all formats."""
    words = speech(document)
    made = document_json(document)
    for section, given in zip(made["sections"], document.sections, strict=True):
        section["title"] = section_title(document, given)
        for block, held in zip(section["blocks"], given.blocks, strict=True):
            if isinstance(held, Table):
                block |= table_layout(held)
    families = [name for package, names in _FONTS.items() if fonts[package] for name in names]
    return made | {
        "facts": fact_lines(document),
        "fonts": [*families, *_BUNDLED],
        "colours": {name: f"#{colour}" for name, colour in (*COLOURS.items(), *_GREYS)},
        "explain": words.texts("report.explain"),
        "page": words.texts("report.page"),
    }
