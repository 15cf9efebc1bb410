"""New limits of one figure by a person's decision: who began them when and why, a form to begin some, a way back."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard import data
from dashboard.components import keep_button
from dashboard.components.journal_entry import AUTHOR
from dashboard.escape import md_escape
from dashboard.formats import iso_week
from dashboard.models import Decision, Published, Usual
from dashboard.written import Written

_WEEK, _WHO, _WHY = "limits_week", "limits_author", "limits_reason"
_OUTCOME = "limits_outcome"


def show(written: Written, vendor: str, usual: Usual, published: Published) -> None:
    """The decisions about one vendor's measure, and the form; what is taken back stays on record."""
    view, metric = written.view, written.measure.id
    st.markdown(view.texts("usual.decide_note"))
    _say(written)
    taken = {one.week for one in usual.decisions}
    for one in usual.decisions:
        _decision(written, vendor, one, published)
    weeks = [week for week in reversed(usual.chart.points["at"].to_list()[1:]) if week not in taken]
    if not weeks:
        return
    st.session_state.setdefault(_WHO, st.session_state.get(AUTHOR, ""))
    with st.form(f"limits_{vendor}_{metric}", border=False):
        left, right = st.columns(2)
        left.selectbox(view.texts("usual.from_week"), weeks, format_func=iso_week, key=_WEEK)
        right.text_input(view.texts("journal.author"), key=_WHO, max_chars=80)
        st.text_input(view.texts("usual.reason"), key=_WHY, max_chars=300)
        keep_button.show(view, "usual.begin", _begin, (vendor, metric))


def _decision(written: Written, vendor: str, one: Decision, published: Published) -> None:
    view = written.view
    words, undo = st.columns([5, 1], vertical_alignment="center")
    words.markdown(
        view.texts(
            "usual.decided",
            week=iso_week(one.week),
            author=md_escape(one.author),
            when=view.formats.instant(one.at, published.zone),
            reason=md_escape(one.reason),
        )
    )
    undo.button(
        view.texts("usual.undo"),
        key=f"limits_undo_{one.week.isoformat()}",
        on_click=_undo,
        disabled=view.of_the_past,
        args=(vendor, written.measure.id, one.week, one.author),
    )


def _begin(vendor: str, metric: str) -> None:
    """Before the page is drawn again: the decision of the form."""
    state = st.session_state
    author, reason = str(state[_WHO]).strip(), str(state[_WHY]).strip()
    if not author or not reason:
        state[_OUTCOME] = "usual.needs_both"
        return
    state[AUTHOR] = author
    problem = data.decide_limits(vendor, metric, state[_WEEK], author, reason)
    state[_OUTCOME] = problem or "usual.begun"
    if problem is None:
        state[_WHY] = ""


def _undo(vendor: str, metric: str, week: date, decided_by: str) -> None:
    """Before the page is drawn again: the decision taken back, by whoever writes here, else by who decided it."""
    author = str(st.session_state.get(_WHO) or "").strip() or decided_by
    st.session_state[_OUTCOME] = data.decide_limits(vendor, metric, week, author, "", undo=True) or "usual.undone"


def _say(written: Written) -> None:
    said = st.session_state.pop(_OUTCOME, None)
    texts = written.view.texts
    if said == "usual.begun":
        st.success(texts("usual.begun"))
    elif said == "usual.undone":
        st.success(texts("usual.undone"))
    elif said == "usual.needs_both":
        st.warning(texts("usual.needs_both"))
    elif said:
        st.warning(md_escape(said))
