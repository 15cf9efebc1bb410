"""What a page says when there is nothing to show: each reason in its own words."""

from __future__ import annotations

import streamlit as st

from dashboard.escape import md_escape
from dashboard.models import NotReady
from dashboard.view import View


def show_not_ready(view: View, reason: NotReady) -> None:
    """Nothing has been loaded, or the workspace can't be read: says what to do."""
    with st.container(border=True):
        if reason.reason == "workspace_broken":
            st.subheader(view.texts("state.workspace_broken"), anchor=False)
            for problem in reason.problems:
                st.markdown(f"- {md_escape(problem)}")
            return
        st.subheader(view.texts(f"state.{reason.reason}"), anchor=False)
        st.markdown(view.texts(f"state.{reason.reason}_help", inbox=md_escape(reason.inbox)))
        st.code("python -m pipelines run", language=None)


def show_empty(title: str, help_text: str = "") -> None:
    """Data exist, but none for this selection."""
    with st.container(border=True):
        st.markdown(f"**{title}**")
        if help_text:
            st.markdown(help_text)
