"""A review document on a page: the same words, tables and charts as in its files, and buttons that hand those over."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import streamlit as st

from dashboard import data, navigation, past
from dashboard.charts.document_chart import document_chart
from dashboard.components import breach_links, filters, tables
from dashboard.components.breach_links import Link, Links, Query
from dashboard.escape import md_escape, safe_cell
from dashboard.formats import monday_of
from dashboard.view import View
from pipelines.report.model import Chart, Document, Missing, Section, Sentence, Table
from pipelines.report.render.shared import fact_lines, section_title
from pipelines.wording.formats import LANGUAGES, Formats, Language

#: A cell with more signs than this is a sentence.
LONGEST_CELL = 60
_NAMES = {".pptx": "PPTX", ".pdf": "PDF", ".xlsx": "XLSX", ".html": "HTML"}
_MIME = {
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html",
}
#: Where the links of a document lead on these pages: each page's address is its file's name.
_PAGES = {path.stem: path for path in vars(navigation).values() if isinstance(path, Path) and path.suffix == ".py"}


def choose_language(view: View, key: str) -> Language:
    """The language of the document: that of the pages, until somebody chooses."""
    order = sorted(LANGUAGES, key=lambda one: one != view.language)
    chosen: Language = st.selectbox(view.texts("document.language"), order, format_func=str.upper, key=key)
    return chosen


def show_downloads(view: View, document: Document, name: str, endings: tuple[str, ...]) -> None:
    """One button per format; the file is made when it is pressed."""
    with st.container(horizontal=True, gap="small"):
        for ending in endings:
            st.download_button(
                view.texts("document.download", format=_NAMES[ending]),
                lambda ending=ending: data.document_file(document, ending),
                f"{name}{ending}",
                _MIME[ending],
                key=f"download_{name}{ending}",
                on_click="ignore",
            )


def show(view: View, document: Document, links: Links, behind: Link | None = None) -> None:
    """The whole document, section by section, in its own language; ``links`` of its page.

    ``behind``: where its charts and tables lead; a sentence leads to the breaches of whom it speaks of.
    """
    st.markdown(f"#### {md_escape(document.title)}", anchors=False)
    st.caption(md_escape(document.subtitle))
    for section in document.sections:
        _section(view, document, section, links, behind)
    st.caption("  \n".join(md_escape(fact) for fact in fact_lines(document)))


def _section(view: View, document: Document, section: Section, links: Links, behind: Link | None) -> None:
    with st.container(border=True, gap="xsmall", key=f"document_{section.key}"):
        st.markdown(f"##### {md_escape(section_title(document, section))}", anchors=False)
        for index, block in enumerate(section.blocks):
            match block:
                case Sentence():
                    _sentence(view, block, links)
                case Missing():
                    st.caption(f"□ {md_escape(block.text)}")
                case Chart():
                    _chart(view, document, block)
                case Table():
                    _table(block, f"{section.key}_{index}")
        if behind is not None and any(isinstance(block, (Chart, Table)) for block in section.blocks):
            breach_links.show(view, behind)


def _sentence(view: View, block: Sentence, links: Links) -> None:
    text = md_escape(block.text)
    if block.look == "heading":
        st.markdown(f"**{text}**")
        return
    if block.look == "note":
        st.caption(text)
        return
    said = f"{block.mark} {text}" if block.mark else text
    target = _target(block.link)
    if target is None:
        st.markdown(said)
        return
    page, query = target
    contacts = _contacts(links, query)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(said, width="stretch")
        st.page_link(page, label=view.texts("document.explain"), query_params=past.kept(query), width="content")
        if contacts is not None and page != contacts.page:
            breach_links.show(view, contacts)


def _contacts(links: Links, query: Query) -> Link | None:
    """From the parameters of an explaining page to the breaches of the same vendor, measure and week."""
    named = {vendor.name: vendor.code for vendor in links.published.vendors}
    codes = [query.get(key) for key in ("fv", "cv", "rv", "mv")] + [named.get(name) for name in query.get("v", ())]
    vendor = next((code for code in codes if isinstance(code, str) and code in named.values()), None)
    if vendor is None or not links.published.weeks:
        return None
    metric = next((value for key in ("kpi", "ckpi", "rkpi") if isinstance(value := query.get(key), str)), None)
    week = monday_of(str(query.get(filters.WEEK, "")))
    chosen = links if week is None else links.in_week(week)
    return chosen.to(vendor, metric)


def _target(link: str | None) -> tuple[Path, Query] | None:
    """The page of a document's link with its filters; None where there is no such page."""
    if link is None:
        return None
    parts = urlsplit(link)
    page = _PAGES.get(parts.path.strip("/"))
    if page is None:
        return None
    query = {name: values if name == "v" else values[0] for name, values in parse_qs(parts.query).items()}
    return page, {name: value for name, value in query.items() if name != "lang"}


def _chart(view: View, document: Document, block: Chart) -> None:
    st.markdown(f"**{md_escape(block.title)}**")
    formats = Formats(document.language, document.currency)
    st.altair_chart(document_chart(block, formats, view.palette), width="stretch", alt=block.alt)


def _table(block: Table, key: str) -> None:
    names = _unique(block.columns)
    rows = pl.DataFrame([[cell.text for cell in row] for row in block.rows], schema=names, orient="row")
    if block.detail:
        with st.expander(md_escape(block.title)):
            st.dataframe(
                pl.DataFrame({column.name: [safe_cell(cell) for cell in column] for column in rows}),
                hide_index=True, width="stretch", alt=block.title, key=f"table_{key}",
            )  # fmt: skip
        return
    st.markdown(f"**{md_escape(block.title)}**")
    longest = max((len(cell.text) for row in block.rows for cell in row), default=0)
    # Sentences are broken into lines; a table of figures keeps its lines whole.
    tables.show_static(rows, block.title, wide=len(names) > 3 and longest < LONGEST_CELL)
    if block.note:
        st.caption(md_escape(block.note))


def _unique(names: tuple[str, ...]) -> list[str]:
    """Column names as a frame takes them: each once, none empty."""
    found: list[str] = []
    for name in names:
        unique = name or "–"
        while unique in found:
            unique += " "
        found.append(unique)
    return found
