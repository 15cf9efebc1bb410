"""The weekly brief: one page for the director, to read here, to send as an e-mail or to hand over on paper."""

from __future__ import annotations

import streamlit as st

from dashboard import data
from dashboard.components import document_view, states, url_choice
from dashboard.components.breach_links import Links
from dashboard.formats import iso_week
from dashboard.models import NotReady, Published
from dashboard.view import View, current_view

WEEK = "bw"


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
    elif not published.weeks:
        states.show_empty(view.texts("state.no_week"))
    else:
        _show(view, published)


def _show(view: View, published: Published) -> None:
    weeks = {iso_week(week): week for week in published.weeks}
    left, right = st.columns(2)
    with left:
        name = url_choice.show(view.texts("filter.week"), list(weeks), str, WEEK)
    with right:
        language = document_view.choose_language(view, "brief_language")
    with st.spinner(view.texts("state.loading")):
        document = data.brief(published.version, weeks[name], language)
    if document is None:
        states.show_empty(view.texts("brief.none"))
        return
    document_view.show_downloads(view, document, f"brief_{name}", (".html", ".pdf", ".pptx"))
    document_view.show(view, document, Links.of(view, published).in_week(weeks[name]))


show()
