"""The quarterly pack: choose what it is of, look at it, change what it tells first, take it along."""

from __future__ import annotations

import streamlit as st

from dashboard import data
from dashboard.components import document_view, pack_choice, states, url_choice
from dashboard.components.breach_links import Links
from dashboard.models import NotReady, Published
from dashboard.view import View, current_view
from pipelines.answers.quarter import Quarter
from pipelines.report.model import EDITIONS, Edition

VENDOR, QUARTER, EDITION = "pv", "pq", "pe"


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
        return
    quarters = data.quarters(published.version)
    if not quarters:
        states.show_empty(view.texts("state.no_week"))
        return
    _show(view, published, quarters)


def _show(view: View, published: Published, quarters: tuple[str, ...]) -> None:
    vendors = [one.code for one in published.vendors if not one.in_house] or [one.code for one in published.vendors]
    columns = st.columns(4)
    with columns[0]:
        vendor = url_choice.show(view.texts("column.vendor"), vendors, published.vendor_name, VENDOR)
    with columns[1]:
        quarter = url_choice.show(view.texts("quarterly_pack.quarter"), list(quarters), str, QUARTER)
    with columns[2]:
        names = {one: view.texts(f"quarterly_pack.edition_{one}") for one in EDITIONS}
        chosen = url_choice.show(view.texts("quarterly_pack.edition"), list(EDITIONS), names.__getitem__, EDITION)
    with columns[3]:
        language = document_view.choose_language(view, "pack_language")
    edition: Edition = "internal" if chosen == "internal" else "vendor"
    st.caption(view.texts("quarterly_pack.edition_note"))
    with st.spinner(view.texts("state.loading")):
        pack = data.pack(published.version, vendor, quarter, edition, language)
    name = f"{vendor}_{quarter}_{edition}_{language}"
    document_view.show_downloads(view, pack.document, name, (".pptx", ".pdf", ".xlsx"))
    pack_choice.show(view, pack, vendor, quarter)
    links, named = Links.of(view, published), Quarter.of(quarter)
    document_view.show(view, pack.document, links, links.to(vendor, days=(named.first_day, named.last_day)))


show()
