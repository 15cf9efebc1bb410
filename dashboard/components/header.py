"""The title row of every page: the question it answers, the filters, the switch of language."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st

from dashboard import data, past
from dashboard.components import filters, past_choice
from dashboard.models import Published
from dashboard.view import LANGUAGE_KEY, browser_language, current_view

#: Pages that show one week; the others list everything and only restrict vendors.
WEEKLY = ("weekly_review", "breaches", "figure", "compare", "both_sides", "reconcile")
#: Documents are of all vendors or of one: their pages ask for what they are of.
OWN_CHOICES = ("brief", "quarterly_pack")


def show(page: str) -> None:
    """The row of ``page`` (its name in the texts)."""
    view = current_view()
    past.follow(page)
    with st.spinner(view.texts("past.loading")) if past.asked() else nullcontext():
        published = data.published()
    if isinstance(published, Published) and published.as_of is None:
        past.go_to(None)  # a day that is no past one
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="header"):
        st.title(view.texts(f"{page}.title"), anchor=False, width="stretch")
        if isinstance(published, Published) and published.weeks and page not in OWN_CHOICES:
            filters.show(view, published, weekly=page in WEEKLY)
        if isinstance(published, Published):
            past_choice.choose(view, published)
        st.segmented_control(
            view.texts("filter.language"),
            ["EN", "FR"],
            default=browser_language().upper(),
            required=True,
            key=LANGUAGE_KEY,
            bind="query-params",
            persist_state="session",
            label_visibility="collapsed",
        )
    if isinstance(published, Published):
        past_choice.show_banner(view, published)
