"""A choice that lives in the URL by its id, so that a link means the same in every language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st


def show(label: str, options: Sequence[str], name_of: Callable[[str], str], key: str) -> str:
    """A list of ``options`` (ids) under their names; returns the id that is chosen, the first where none is.

    Streamlit's own binding puts the shown names into the URL; those change with the language.
    """
    widget = f"{key}_choice"
    if widget not in st.session_state:
        asked = st.query_params.get(key)
        st.session_state[widget] = asked if asked in options else options[0]

    def remember() -> None:
        st.query_params[key] = st.session_state[widget]

    chosen = st.selectbox(label, options, format_func=name_of, key=widget, on_change=remember)
    return chosen if chosen in options else options[0]


def choose(key: str, option: str) -> None:
    """What a click elsewhere on the page (a row of a table) chooses in the list of ``key``; for callbacks."""
    st.session_state[f"{key}_choice"] = option
    st.query_params[key] = option
