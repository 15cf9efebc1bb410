"""The question that the page answers, and the switch of language."""

from __future__ import annotations

import streamlit as st

from dashboard.view import LANGUAGE_KEY, View, browser_language


def show(view: View, title: str) -> st.delta_generator.DeltaGenerator:
    """Writes the title; returns the row's container for the page's own filters."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(title, anchor=False, width="stretch")
        place = st.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
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
    return place
