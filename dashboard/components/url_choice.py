"""Choices that live in the URL by their ids, so that a link means the same in every language.

The URL is the one truth: what it says is put into the widget on every run, so the browser's way back works as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st


def show(
    label: str, options: Sequence[str], name_of: Callable[[str], str], key: str, *, clears: Sequence[str] = ()
) -> str:
    """A list of ``options`` (ids) under their names; returns the id that is chosen, the first where none is.

    Streamlit's own binding puts the shown names into the URL; those change with the language. ``clears``: what else
    the URL says that no longer holds when another one is chosen.
    """
    widget = f"{key}_choice"
    asked = st.query_params.get(key)
    st.session_state[widget] = asked if asked in options else options[0]

    def remember() -> None:
        put(**{key: str(st.session_state[widget])}, **dict.fromkeys(clears))

    chosen = st.selectbox(label, options, format_func=name_of, key=widget, on_change=remember)
    return chosen if chosen in options else options[0]


def several(label: str, options: Sequence[str], name_of: Callable[[str], str], key: str) -> list[str]:
    """Pills of ``options`` (ids) under their names; returns the ids that are chosen, none being all."""
    widget = f"{key}_choice"
    st.session_state[widget] = [one for one in st.query_params.get_all(key) if one in options]

    def remember() -> None:
        st.query_params[key] = st.session_state[widget]

    return st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=name_of,
        key=widget,
        on_change=remember,
        label_visibility="collapsed",
    )


def choose(key: str, option: str) -> None:
    """What a click elsewhere on the page (a row of a table) chooses in the list of ``key``; for callbacks."""
    st.session_state[f"{key}_choice"] = option
    st.query_params[key] = option


def put(**values: str | None) -> None:
    """Write ``values`` into the URL, None taking one out: one step of the browser's history where nothing goes."""
    for key, value in values.items():
        if value is None and key in st.query_params:
            del st.query_params[key]
    changed = {key: value for key, value in values.items() if value is not None and st.query_params.get(key) != value}
    if changed:
        st.query_params.update(changed)
