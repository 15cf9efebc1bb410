"""Pages as of a past date: which date the URL asks for (``asof=2026-03-20``), and how pages and links keep it.

The URL is the truth. The menu's links alone leave the date out; the session remembers it and puts it back.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

AS_OF = "asof"
_KEPT, _PAGE = "as_of_kept", "as_of_page"


def asked() -> date | None:
    """The day at whose end things are to be shown as they were known; None for now."""
    try:
        return date.fromisoformat(st.query_params.get(AS_OF, ""))
    except ValueError:
        return None


def follow(page: str) -> None:
    """First of all on every page: go on with the day of the page before; the browser's way back from it ends it."""
    state = st.session_state
    if AS_OF not in st.query_params and state.get(_KEPT) and state.get(_PAGE) != page:
        st.query_params[AS_OF] = state[_KEPT].isoformat()
    state[_KEPT], state[_PAGE] = asked(), page


def go_to(day: date | None) -> None:
    """Show what was known at the end of ``day``; None for now."""
    st.session_state[_KEPT] = day
    if day is not None:
        st.query_params[AS_OF] = day.isoformat()
    elif AS_OF in st.query_params:
        del st.query_params[AS_OF]


def kept(query: dict[str, Any]) -> dict[str, Any]:
    """``query`` of a link to another page, which then shows the same day's knowledge as this one."""
    day = asked()
    return query if day is None else query | {AS_OF: day.isoformat()}
