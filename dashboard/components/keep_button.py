"""The button of every form that writes into the journal: the past can be read, not written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.view import View


def show(view: View, label: str, on_click: Callable[..., None], args: tuple[Any, ...] = ()) -> None:
    """A form's button under the words ``label`` (a key of the texts); on a page of the past it says why it rests."""
    reason = view.texts("past.read_only") if view.of_the_past else None
    st.form_submit_button(view.texts(label), on_click=on_click, args=args, disabled=view.of_the_past, help=reason)
