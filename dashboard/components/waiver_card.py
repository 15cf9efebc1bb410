"""What people have excused a vendor from, and a form to excuse it or to take that back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import keep_button
from dashboard.components.tables import show_static
from dashboard.view import View
from pipelines.measures.agreement.relief import Waiver

EVERY = "*"
_OUTCOME = "waiver_outcome"


def show(
    view: View, vendor: str, waivers: Sequence[Waiver], clauses: dict[str, str], queues: dict[str, str], last_day: date
) -> None:
    """The waivers that hold; the form. ``clauses`` and ``queues``: names by id."""
    texts = view.texts
    st.subheader(texts("money.waivers"), anchor=False)
    st.markdown(texts("money.waivers_help"))
    said = st.session_state.pop(_OUTCOME, None)
    if said == "written":
        st.success(texts("money.waiver_written"))
    elif said is not None:
        st.warning(texts(f"money.waiver_problem.{said}"))
    if waivers:
        rows = [
            _row(view, one, clauses, queues) for one in sorted(waivers, key=lambda one: one.first_day, reverse=True)
        ]
        show_static(pl.DataFrame(rows), texts("money.waivers"), wide=True)
    else:
        st.caption(texts("money.no_waivers"))
    _grant_form(view, vendor, clauses, queues, last_day)
    if waivers:
        _withdraw_form(view, waivers, clauses, queues)


def _row(view: View, one: Waiver, clauses: dict[str, str], queues: dict[str, str]) -> dict[str, str]:
    texts = view.texts
    return {
        texts("money.column.period"): view.formats.period(one.first_day, one.last_day),
        texts("money.column.clause"): clauses.get(one.clause or "", texts("money.every_clause")),
        texts("column.queue"): queues.get(one.queue or "", texts("money.every_queue")),
        texts("money.column.reason"): one.reason,
        texts("money.column.author"): one.author,
    }


def _grant_form(view: View, vendor: str, clauses: dict[str, str], queues: dict[str, str], last_day: date) -> None:
    texts = view.texts
    with st.form("waiver_form", border=True):
        st.markdown(f"**{texts('money.grant')}**")
        left, right = st.columns(2)
        left.selectbox(
            texts("money.column.clause"), [EVERY, *clauses], key="waiver_clause",
            format_func=lambda one: clauses.get(one, texts("money.every_clause")),
        )  # fmt: skip
        right.selectbox(
            texts("column.queue"), [EVERY, *queues], key="waiver_queue",
            format_func=lambda one: queues.get(one, texts("money.every_queue")),
        )  # fmt: skip
        left.date_input(texts("money.from_day"), last_day - timedelta(days=6), key="waiver_from", format="DD/MM/YYYY")
        right.date_input(texts("money.to_day"), last_day, key="waiver_to", format="DD/MM/YYYY")
        left.text_input(texts("money.column.reason"), key="waiver_reason", max_chars=300)
        right.text_input(texts("journal.author"), key="waiver_author", max_chars=80)
        keep_button.show(view, "money.grant_button", _grant, (vendor,))


def _grant(vendor: str) -> None:
    state = st.session_state
    clause, queue = (
        None if state[f"waiver_{name}"] == EVERY else state[f"waiver_{name}"] for name in ("clause", "queue")
    )
    problem = data.grant_waiver(
        vendor, state["waiver_from"], state["waiver_to"], str(state["waiver_author"]), str(state["waiver_reason"]),
        queue, clause,
    )  # fmt: skip
    state[_OUTCOME] = problem or "written"
    if problem is None:
        state["waiver_reason"] = ""


def _withdraw_form(view: View, waivers: Sequence[Waiver], clauses: dict[str, str], queues: dict[str, str]) -> None:
    texts = view.texts
    names = {
        one.id: ", ".join([view.formats.period(one.first_day, one.last_day), clauses.get(one.clause or "", ""),
                           queues.get(one.queue or "", ""), one.reason]).replace(", ,", ",")
        for one in waivers
    }  # fmt: skip
    with st.expander(texts("money.withdraw")), st.form("waiver_withdraw", border=False):
        st.selectbox(texts("money.waiver"), list(names), format_func=names.__getitem__, key="waiver_chosen")
        left, right = st.columns(2)
        left.text_input(texts("money.column.reason"), key="withdraw_reason", max_chars=300)
        right.text_input(texts("journal.author"), key="withdraw_author", max_chars=80)
        keep_button.show(view, "money.withdraw_button", _withdraw)


def _withdraw() -> None:
    state = st.session_state
    problem = data.withdraw_waiver(
        str(state["waiver_chosen"]), str(state["withdraw_author"]), str(state["withdraw_reason"])
    )
    state[_OUTCOME] = problem or "written"
