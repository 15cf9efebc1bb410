"""The filters of the weekly review: week, vendors, queues, language of the contact. All of them live in the URL."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.escape import md_escape
from dashboard.formats import iso_week
from dashboard.models import Published, QueueName, Selection
from dashboard.view import View

WEEK, VENDORS, QUEUES, QUEUE_LANGUAGES = "week", "v", "q", "ql"


def show(view: View, published: Published, place: st.delta_generator.DeltaGenerator) -> Selection:
    """The filters in ``place``; returns what they select."""
    texts = view.texts
    with place:
        week = _choose_week(view, published.weeks)
        chosen = sum(bool(st.session_state.get(key)) for key in (VENDORS, QUEUES, QUEUE_LANGUAGES))
        label = texts("filter.popover_active", n=chosen) if chosen else texts("filter.popover")
        with st.popover(label):
            vendors = st.multiselect(
                texts("filter.vendors"),
                _unique([vendor.name for vendor in published.vendors]),
                key=VENDORS,
                bind="query-params",
                persist_state="session",
                placeholder=texts("filter.every_vendor"),
            )
            queues = st.multiselect(
                texts("filter.queues"),
                _unique([queue.name for queue in published.queues]),
                key=QUEUES,
                bind="query-params",
                persist_state="session",
                placeholder=texts("filter.all_queues"),
            )
            languages = st.multiselect(
                texts("filter.queue_languages"),
                _unique(sorted(queue.language for queue in published.queues if queue.language)),
                key=QUEUE_LANGUAGES,
                bind="query-params",
                persist_state="session",
                placeholder=texts("filter.all_languages"),
            )
    return Selection(
        week=week,
        vendors=tuple(vendor.code for vendor in published.vendors if vendor.name in vendors) if vendors else None,
        queues=chosen_queues(published.queues, queues, languages),
    )


def _choose_week(view: View, weeks: tuple[date, ...]) -> date:
    names = {iso_week(week): week for week in weeks}
    chosen = st.selectbox(
        view.texts("filter.week"),
        list(names),
        key=WEEK,
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
        width=130,
    )
    return names.get(chosen or "", weeks[0])


def chosen_queues(queues: tuple[QueueName, ...], names: list[str], languages: list[str]) -> tuple[str, ...] | None:
    """Codes of the queues that match both filters; None where neither restricts."""
    if not names and not languages:
        return None
    return tuple(
        queue.code
        for queue in queues
        if (not names or queue.name in names) and (not languages or queue.language in languages)
    )


def _unique(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def query_of(view: View, published: Published, selection: Selection) -> dict[str, str | list[str]]:
    """The URL parameters that reproduce ``selection`` on another page."""
    query: dict[str, str | list[str]] = {WEEK: iso_week(selection.week)}
    vendors = [published.vendor_name(code) for code in selection.vendors or ()]
    queues = [queue.name for queue in published.queues if queue.code in (selection.queues or ())]
    if vendors:
        query[VENDORS] = vendors
    if queues:
        query[QUEUES] = queues
    if view.language_was_chosen:
        query["lang"] = view.language.upper()
    return query


def in_words(view: View, published: Published, selection: Selection) -> str:
    """The selection as one line of Markdown under the title."""
    texts = view.texts
    vendors = ", ".join(md_escape(published.vendor_name(code)) for code in selection.vendors or ()) or texts(
        "filter.every_vendor"
    )
    queues = ", ".join(md_escape(queue.name) for queue in published.queues if queue.code in (selection.queues or ()))
    return texts(
        "filter.shown",
        week=iso_week(selection.week),
        dates=view.formats.week(selection.week),
        vendors=vendors,
        queues=queues or texts("filter.all_queues"),
    )
