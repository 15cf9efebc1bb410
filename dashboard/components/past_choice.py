"""Pages as of a past date: the chooser, tucked away, and the line that says so with the way back."""

from __future__ import annotations

import streamlit as st

from dashboard import data, past
from dashboard.models import Published
from dashboard.view import View

_CHOICE = "as_of_choice"


def choose(view: View, published: Published) -> None:
    """The day as of which every page is shown."""
    days = data.past_days()
    if days is None:
        return
    st.session_state[_CHOICE] = published.as_of
    with st.popover(view.texts("past.popover")):
        st.caption(view.texts("past.help"))
        st.date_input(
            view.texts("past.day"),
            value=None,
            min_value=days[0],
            max_value=days[1],
            format="DD/MM/YYYY" if view.language == "fr" else "YYYY-MM-DD",
            key=_CHOICE,
            on_change=lambda: past.go_to(st.session_state[_CHOICE]),
            width=200,
        )


def show_banner(view: View, published: Published) -> None:
    """Above a page of the past: which day it is, what that means, and the way back; nothing on a page of now."""
    if published.as_of is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="as_of", border=True):
        day = view.formats.day(published.as_of)
        st.markdown(view.texts("past.banner", day=day, zone=published.zone), width="stretch")
        st.button(view.texts("past.back"), key="back_to_now", on_click=past.go_to, args=(None,))
