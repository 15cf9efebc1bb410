"""Actions: who does what by when, how they stand, and whether the figure then moved."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import keep_button
from dashboard.components.tables import show_static
from dashboard.escape import md_escape, visible
from dashboard.models import Published
from dashboard.view import View
from dashboard.written import Written
from pipelines.answers.actions import STATES, Action
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.effect import Effect

_AUTHOR = "journal_author"


def show(view: View, published: Published, found: Sequence[Action], key: str) -> None:
    """``found`` as a table, and a form to say how one of them stands; ``key`` tells several on one page apart."""
    effects = data.action_effects(published.version, tuple(found))
    show_static(table(view, published, found, effects), view.texts("actions.heading"), wide=True)
    with st.expander(view.texts("actions.change"), type="compact", key=f"{key}_action_change"):
        _form(view, {one.action_id: one for one in found}, key)


def table(view: View, published: Published, found: Sequence[Action], effects: dict[str, Effect]) -> pl.DataFrame:
    """One row per action in the reader's language."""
    texts, today = view.texts, data.today()
    records = []
    for one in found:
        late = f" {texts('actions.overdue')}" if one.overdue(today) else ""
        records.append(
            {
                texts("actions.column.what"): visible(one.what),
                texts("column.vendor"): published.vendor_name(one.vendor),
                texts("actions.column.owner"): f"{visible(one.owner)} ({texts(f'actions.side.{one.side}')})",
                texts("actions.column.due"): view.formats.day(one.due) + late,
                texts("column.status"): texts(f"actions.state.{one.state}"),
                texts("actions.column.effect"): effect_words(view, one, effects.get(one.action_id)),
                texts("actions.column.last"): _last(view, published, one),
            }
        )
    return pl.DataFrame(records)


def effect_words(view: View, action: Action, effect: Effect | None) -> str:
    """Whether the figure that the action was to change has moved beyond noise since."""
    if effect is None or action.metric is None:
        return view.texts("actions.effect.no_measure")
    written = Written(view, MEASURES[action.metric])
    return view.texts(
        f"actions.effect.{effect.verdict}",
        measure=written.inside,
        before=written.value(effect.before),
        after=written.value(effect.after),
        weeks=view.formats.number(effect.weeks_after),
    )


def _last(view: View, published: Published, action: Action) -> str:
    note = action.notes[-1]
    said = f": {visible(note.text)}" if note.text else ""
    return f"{visible(note.author)}, {view.formats.instant(note.at, published.zone)}{said}"


def _form(view: View, found: dict[str, Action], key: str) -> None:
    texts = view.texts
    outcome = st.session_state.pop(f"{key}_action_outcome", None)
    if outcome is not None:
        words = {"journal.no_author": "journal.no_author", "journal.meanwhile": "journal.meanwhile"}
        st.warning(texts(words[outcome]))
    names = {state: texts(f"actions.state.{state}") for state in STATES}
    with st.form(f"{key}_action_form", border=False):
        left, right = st.columns([2, 1])
        with left:
            st.selectbox(
                texts("actions.which"), list(found), format_func=lambda one: visible(found[one].what)[:120],
                key=f"{key}_action_which",
            )  # fmt: skip
        with right:
            st.selectbox(texts("column.status"), STATES, format_func=names.__getitem__, key=f"{key}_action_state")
        st.text_input(texts("journal.comment"), key=f"{key}_action_text", max_chars=500)
        st.session_state.setdefault(f"{key}_action_author", st.session_state.get(_AUTHOR, ""))
        st.text_input(texts("journal.author"), key=f"{key}_action_author", max_chars=80)
        keep_button.show(view, "journal.write", _change, (found, key))


def _change(found: dict[str, Action], key: str) -> None:
    state = st.session_state
    author = str(state[f"{key}_action_author"]).strip()
    if not author:
        state[f"{key}_action_outcome"] = "journal.no_author"
        return
    state[_AUTHOR] = author
    action = found[state[f"{key}_action_which"]]
    if data.change_action(author, action, str(state[f"{key}_action_text"]).strip(), state[f"{key}_action_state"]):
        state[f"{key}_action_text"] = ""
    else:
        state[f"{key}_action_outcome"] = "journal.meanwhile"


def summary(view: View, found: Sequence[Action]) -> str:
    """How many are open and how many of them are overdue."""
    today = data.today()
    opened = [one for one in found if one.state == "open"]
    late = sum(one.overdue(today) for one in opened)
    number = view.formats.number
    return md_escape(view.texts("actions.summary", open=number(len(opened)), late=number(late)))
