"""Working on a missed target: annotate it, give it to somebody, name a cause, dispute it, excuse it, agree an action.

Everything goes into the journal as one more entry. What somebody else wrote while a form was open is shown, and what
was typed stays in the form.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import streamlit as st

from dashboard import data
from dashboard.components import action_list, keep_button
from dashboard.components.journal_entry import LONGEST, status_words
from dashboard.escape import md_escape
from dashboard.models import Published
from dashboard.view import View
from pipelines.answers.actions import SIDES
from pipelines.answers.breach_work import ABOUT, CAUSES, STATUSES, Standing
from pipelines.measures.catalogue import MEASURES

#: The name that a person wrote last stands in the next form as well.
_AUTHOR = "journal_author"
_OUTCOME = "work_outcome"
#: Days that an action is given unless its author says otherwise.
USUAL_DAYS = 14


def show(view: View, published: Published, breach: dict[str, Any]) -> None:
    """``breach``: a row of ``data.missed``."""
    texts, name = view.texts, breach["breach_id"]
    standing = data.breach_standing(name)
    with st.container(border=True, gap="small", key="work"):
        st.subheader(texts("work.heading"), anchor="work")
        st.markdown(standing_words(view, breach["status"], standing))
        for note in standing.notes:
            st.markdown(_entry(view, published, note))
        found = data.actions(about=(ABOUT, name))
        if found:
            st.markdown(f"##### {texts('work.actions')}", anchors=False)
            action_list.show(view, published, found, "work")
        _outcome(view)
        said, excused, agreed = st.tabs([texts("work.say"), texts("work.excuse"), texts("work.action")])
        with said:
            _say_form(view, name, standing)
        with excused:
            _excuse_form(view, breach, standing)
        with agreed:
            _action_form(view, breach)


def standing_words(view: View, status: str, standing: Standing) -> str:
    """Where a breach stands: status, with whom, which cause people hold."""
    texts = view.texts
    return texts(
        "work.state",
        status=status_words(view, status),
        assignee=md_escape(standing.assignee) if standing.assignee else texts("work.nobody"),
        cause=texts(f"work.cause.{standing.cause}") if standing.cause else texts("work.no_cause"),
    )


def _entry(view: View, published: Published, note: Any) -> str:
    """One entry: who, when, what it set, and the words."""
    texts, details = view.texts, note.details
    parts = [status_words(view, note.status)] if note.status else []
    if details.get("assignee"):
        parts.append(texts("work.given_to", assignee=md_escape(details["assignee"])))
    if details.get("cause"):
        parts.append(texts("work.cause_given", cause=texts.known("work.cause", details["cause"])))
    if details.get("waiver"):
        first, last = (date.fromisoformat(details["waiver"][end]) for end in ("from", "to"))
        parts.append(texts("work.waived_days", period=view.formats.period(first, last)))
    said = texts(
        "journal.said",
        author=md_escape(note.author),
        when=view.formats.instant(note.at, published.zone),
        status=" · ".join(parts) or texts("journal.comment_only"),
    )
    return f"{said}  \n{md_escape(note.text)}" if note.text else said


def _author(view: View, key: str) -> None:
    st.session_state.setdefault(key, st.session_state.get(_AUTHOR, ""))
    st.text_input(view.texts("journal.author"), key=key, max_chars=80)


def _say_form(view: View, name: str, standing: Standing) -> None:
    texts = view.texts
    with st.form("work_say", border=False):
        left, middle, right = st.columns(3)
        with left:
            order = sorted(STATUSES, key=lambda one: one != standing.status)
            st.selectbox(
                texts("column.status"), order, format_func=lambda one: status_words(view, one), key="say_status"
            )
        with middle:
            st.text_input(
                texts("work.assignee"),
                value=standing.assignee or "",
                key=f"say_assignee_{standing.newest}",
                max_chars=80,
            )
        with right:
            causes = ["", *CAUSES]
            st.selectbox(
                texts("work.cause_label"),
                causes,
                index=causes.index(standing.cause or ""),
                format_func=lambda one: texts(f"work.cause.{one}") if one else texts("work.no_cause"),
                key=f"say_cause_{standing.newest}",
            )
        st.text_area(texts("journal.comment"), key="say_text", max_chars=LONGEST, height=80)
        _author(view, "say_author")
        keep_button.show(view, "journal.write", _say, (name, standing.newest))


def _say(name: str, seen: int) -> None:
    state = st.session_state
    author, text = _signed("say_author"), str(state["say_text"]).strip()
    if author is None:
        return
    assignee, cause = str(state[f"say_assignee_{seen}"]).strip(), state[f"say_cause_{seen}"]
    try:
        kept = data.write_breach(name, author, text, state["say_status"], assignee or None, cause or None, seen)
    except ValueError:  # nothing said, nothing changed
        state[_OUTCOME] = "journal.no_text"
        return
    state[_OUTCOME] = "journal.written" if kept else "journal.meanwhile"
    if kept:
        state["say_text"] = ""
    else:  # what was chosen goes on in the form that has seen the new entry
        newest = data.breach_standing(name).newest
        state[f"say_assignee_{newest}"], state[f"say_cause_{newest}"] = assignee, cause


def _excuse_form(view: View, breach: dict[str, Any], standing: Standing) -> None:
    texts = view.texts
    st.caption(texts("work.excuse_note"))
    with st.form("work_excuse", border=False):
        left, middle, right = st.columns(3)
        with left:
            st.date_input(texts("work.first_day"), value=breach["first_day"], key="excuse_from")
        with middle:
            st.date_input(texts("work.last_day"), value=breach["last_day"], key="excuse_to")
        with right:
            st.checkbox(texts("work.every_clause"), key="excuse_clauses")
            st.checkbox(texts("work.every_queue"), key="excuse_queues")
        st.text_area(texts("work.reason"), key="excuse_text", max_chars=LONGEST, height=80)
        _author(view, "excuse_author")
        keep_button.show(view, "work.excuse_button", _excuse, (breach, standing.newest))


def _excuse(breach: dict[str, Any], seen: int) -> None:
    state = st.session_state
    author, reason = _signed("excuse_author"), str(state["excuse_text"]).strip()
    if author is None:
        return
    if not reason:
        state[_OUTCOME] = "work.no_reason"
        return
    first, last = state["excuse_from"], state["excuse_to"]
    if first is None or last is None or first > last:
        state[_OUTCOME] = "work.wrong_days"
        return
    queue = None if state["excuse_queues"] else breach["queue"]
    clause = None if state["excuse_clauses"] else breach["clause_id"]
    kept = data.excuse_breach(breach["breach_id"], author, reason, breach["vendor"], queue, clause, first, last, seen)
    state[_OUTCOME] = "work.excused" if kept else "journal.meanwhile"
    if kept:
        state["excuse_text"] = ""


def _action_form(view: View, breach: dict[str, Any]) -> None:
    texts = view.texts
    with st.form("work_action", border=False):
        st.text_area(texts("work.what"), key="action_what", max_chars=LONGEST, height=80)
        left, middle, right = st.columns(3)
        with left:
            names = {side: texts(f"actions.side.{side}") for side in SIDES}
            st.selectbox(texts("work.side"), SIDES[::-1], format_func=names.__getitem__, key="action_side")
        with middle:
            st.text_input(texts("work.owner"), key="action_owner", max_chars=80)
        with right:
            due = data.today() + timedelta(days=USUAL_DAYS)
            st.date_input(texts("work.due"), value=due, key="action_due")
        _author(view, "action_author")
        keep_button.show(view, "work.action_button", _agree, (breach,))


def _agree(breach: dict[str, Any]) -> None:
    state = st.session_state
    author = _signed("action_author")
    if author is None:
        return
    what, owner = str(state["action_what"]).strip(), str(state["action_owner"]).strip()
    if not what or not owner:
        state[_OUTCOME] = "work.no_owner"
        return
    metric = breach["metric"] if breach["metric"] in MEASURES else None
    about = (ABOUT, breach["breach_id"])
    data.add_action(
        author, breach["vendor"], what, state["action_side"], owner, state["action_due"], about, metric, breach["queue"]
    )
    state["action_what"] = ""
    state[_OUTCOME] = "work.agreed"


def _signed(key: str) -> str | None:
    """The author's name, kept for the next form; None, with a word about it, where there is none."""
    author = str(st.session_state[key]).strip()
    if not author:
        st.session_state[_OUTCOME] = "journal.no_author"
        return None
    st.session_state[_AUTHOR] = author
    return author


def _outcome(view: View) -> None:
    """What became of the last press of a button."""
    said = st.session_state.pop(_OUTCOME, None)
    if said is None:
        return
    good = {"journal.written": "journal.written", "work.excused": "work.excused", "work.agreed": "work.agreed"}
    bad = {
        "journal.no_author": "journal.no_author", "journal.no_text": "journal.no_text",
        "journal.meanwhile": "journal.meanwhile", "work.no_reason": "work.no_reason",
        "work.wrong_days": "work.wrong_days", "work.no_owner": "work.no_owner",
    }  # fmt: skip
    if said in good:
        st.success(view.texts(good[said]))
    else:
        st.warning(view.texts(bad[said]))
