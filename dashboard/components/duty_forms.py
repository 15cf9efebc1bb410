"""Forms for what no feed carries: a vendor's question and its answer, a change of scope, parity of training and
knowledge. All of it goes into the journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from dashboard import data
from dashboard.components import keep_button
from dashboard.components.journal_entry import AUTHOR
from dashboard.escape import md_escape, visible
from dashboard.models import Published
from dashboard.view import View
from pipelines.answers.duties import AREAS, EXTENTS, Parity, Question, ScopeChange

_OUTCOME = "duty_outcome"
_LONGEST = 300
_Withdrawn = Literal["question", "scope_change", "parity"]


def say_outcome(view: View) -> None:
    """What became of the last entry; drawn once, at the top of the page."""
    said = st.session_state.pop(_OUTCOME, None)
    if said == "":
        st.success(view.texts("duty.entered"))
    elif said == "taken_back":
        st.success(view.texts("duty.taken_back"))
    elif said == "unconfirmed":
        st.warning(view.texts("duty.unconfirmed"))
    elif said == "author":
        st.warning(view.texts("duty.no_author"))
    elif said:
        st.warning(md_escape(said))


def show_question(view: View, published: Published, chosen: tuple[str, ...] | None) -> None:
    """A new question, and the answer to an open one."""
    with st.expander(view.texts("duty.new_question"), type="compact", key="duty_question_box"):
        _form(view, published, chosen, "question", view.texts("duty.question"), view.texts("duty.asked_on"))
    _show_withdrawal(view, published, chosen, "question")
    waiting = [one for one in data.open_questions() if chosen is None or one.vendor in chosen]
    if not waiting:
        return
    labels = {one.about_id: _label(view, published, one) for one in waiting}
    with st.expander(
        view.texts("duty.answer_one", count=view.formats.number(len(waiting))), type="compact", key="duty_answer_box"
    ):
        _form(view, published, chosen, "answer", view.texts("duty.answer"), view.texts("duty.answered_on"), labels)


def show_change(view: View, published: Published, chosen: tuple[str, ...] | None) -> None:
    """A change of scope, with the day on which the vendor was told."""
    with st.expander(view.texts("duty.new_change"), type="compact", key="duty_change_box"):
        _form(view, published, chosen, "scope_change", view.texts("duty.change"), view.texts("duty.change_on"))
    _show_withdrawal(view, published, chosen, "scope_change")


def show_parity(view: View, published: Published, chosen: tuple[str, ...] | None) -> None:
    """Whether a vendor's people get the same training and knowledge as one's own."""
    with st.expander(view.texts("duty.new_parity"), type="compact", key="duty_parity_box"):
        _form(view, published, chosen, "parity", view.texts("duty.remark"), view.texts("duty.parity_on"))
    _show_withdrawal(view, published, chosen, "parity")


def _form(
    view: View,
    published: Published,
    chosen: tuple[str, ...] | None,
    kind: str,
    text_label: str,
    day_label: str,
    questions: dict[str, str] | None = None,
) -> None:
    keys = {part: f"duty_{kind}_{part}" for part in ("vendor", "author", "text", "day", "told", "area", "extent", "id")}
    texts = view.texts
    outside = [v.code for v in published.vendors if not v.in_house and (chosen is None or v.code in chosen)]
    st.session_state.setdefault(keys["author"], st.session_state.get(AUTHOR, ""))
    shape = "DD/MM/YYYY" if view.language == "fr" else "YYYY-MM-DD"
    with st.form(f"duty_{kind}", border=False):
        if questions is None:
            st.selectbox(texts("column.vendor"), outside, format_func=published.vendor_name, key=keys["vendor"])
        else:
            st.selectbox(texts("duty.question"), list(questions), format_func=questions.__getitem__, key=keys["id"])
        if kind == "parity":
            st.selectbox(texts("duty.area"), AREAS, format_func=_words(view, "duty.area_of"), key=keys["area"])
            st.selectbox(texts("duty.extent"), EXTENTS, format_func=_words(view, "duty.extent_of"), key=keys["extent"])
        st.text_input(text_label, key=keys["text"], max_chars=_LONGEST)
        st.date_input(day_label, data.today(), format=shape, key=keys["day"])
        if kind == "scope_change":
            st.date_input(texts("duty.told_on"), None, format=shape, key=keys["told"])
        st.text_input(texts("journal.author"), key=keys["author"], max_chars=80)
        keep_button.show(view, "journal.write", _enter, (kind, keys))


def _label(view: View, published: Published, one: Question | ScopeChange | Parity) -> str:
    day = one.asked_on if isinstance(one, Question) else one.on
    text = one.text
    if isinstance(one, Parity):
        said = view.texts(f"duty.area_of.{one.area}"), view.texts(f"duty.extent_of.{one.extent}"), one.text
        text = ", ".join(part for part in said if part)
    words = view.texts("duty.entry", vendor=published.vendor_name(one.vendor), text=text, day=view.formats.day(day))
    return visible(words)


def _show_withdrawal(view: View, published: Published, chosen: tuple[str, ...] | None, kind: _Withdrawn) -> None:
    """Take back what was entered by mistake; of words on parity the latest, and the one before it counts again."""
    held = {one.about_id: one for one in data.entered_duties(kind) if chosen is None or one.vendor in chosen}
    if not held:
        return
    keys = {part: f"duty_back_{kind}_{part}" for part in ("id", "author", "sure")}
    texts = view.texts
    st.session_state.setdefault(keys["author"], st.session_state.get(AUTHOR, ""))
    with (
        st.expander(texts("duty.take_back"), type="compact", key=f"duty_back_{kind}_box"),
        st.form(f"duty_back_{kind}", border=False),
    ):
        st.selectbox(
            texts("duty.mistaken"), list(held), format_func=lambda one: _label(view, published, held[one]),
            index=None, placeholder=texts("duty.choose"), key=keys["id"],
        )  # fmt: skip
        st.checkbox(texts("duty.sure"), key=keys["sure"])
        st.text_input(texts("journal.author"), key=keys["author"], max_chars=80)
        keep_button.show(view, "duty.take_back_button", _withdraw, (kind, keys))


def _withdraw(kind: str, keys: dict[str, str]) -> None:
    state = st.session_state
    author = str(state[keys["author"]]).strip()
    if not author:
        state[_OUTCOME] = "author"
        return
    state[AUTHOR] = author
    if not state[keys["sure"]] or state[keys["id"]] is None:
        state[_OUTCOME] = "unconfirmed"
        return
    state[_OUTCOME] = data.withdraw_duty(kind, author, state[keys["id"]]) or "taken_back"
    state[keys["sure"]] = False


def _words(view: View, prefix: str) -> Callable[[str], str]:
    return lambda one: view.texts(f"{prefix}.{one}")


def _enter(kind: str, keys: dict[str, str]) -> None:
    """Before the page is drawn again: what the form holds."""
    state = st.session_state
    author, text = str(state[keys["author"]]).strip(), str(state[keys["text"]]).strip()
    if not author:
        state[_OUTCOME] = "author"
        return
    state[AUTHOR] = author
    facts: dict[str, Any] = {
        "day": state[keys["day"]], "told_on": state.get(keys["told"]), "area": state.get(keys["area"]),
        "extent": state.get(keys["extent"]), "about_id": state.get(keys["id"]),
    }  # fmt: skip
    problem = data.enter_duty(kind, author, state.get(keys["vendor"], ""), text, **facts)
    state[_OUTCOME] = problem or ""
    if problem is None:
        state[keys["text"]] = ""
