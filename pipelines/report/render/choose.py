"""The format by the file's ending. Each renderer's libraries are loaded when a document of that format is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelines.report.model import Document


class UnknownFormat(ValueError):
    """A file's ending says no format that documents are made in."""


def _pptx(document: Document, template: Path | None) -> bytes:
    from pipelines.report.render.slides import pptx_bytes

    return pptx_bytes(document, template)


def _pdf(document: Document, template: Path | None) -> bytes:
    from pipelines.report.render.paper import pdf_bytes

    return pdf_bytes(document)


def _xlsx(document: Document, template: Path | None) -> bytes:
    from pipelines.report.render.workbook import xlsx_bytes

    return xlsx_bytes(document)


def _html(document: Document, template: Path | None) -> bytes:
    from pipelines.report.render.mail import html_text

    return html_text(document).encode()


_RENDERERS: dict[str, Callable[[Document, Path | None], bytes]] = {
    ".pptx": _pptx,
    ".pdf": _pdf,
    ".xlsx": _xlsx,
    ".html": _html,
}
#: The endings that a document's file may have.
ENDINGS = tuple(_RENDERERS)


def check(ending: str, template: Path | None = None) -> None:
    """Raises :class:`UnknownFormat` or ``BrokenTemplate`` for what :func:`render` could not do."""
    if ending.lower() not in _RENDERERS:
        raise UnknownFormat(f"{ending!r} is no format of documents; there are: {', '.join(ENDINGS)}")
    if ending.lower() == ".pptx" and template is not None:
        from pipelines.report.render.slides import opened

        opened(template)


def render(document: Document, ending: str, template: Path | None = None) -> bytes:
    """The document in the format of ``ending`` (``.pptx`` ...). ``template``: slides to build on, for ``.pptx`` alone.

    Raises :class:`UnknownFormat`.
    """
    check(ending)
    return _RENDERERS[ending.lower()](document, template)
