"""The filters of the weekly review: week, vendors, queues, language of the contact. All of them live in the URL."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard import past
from dashboard.escape import md_escape
from dashboard.formats import iso_week
from dashboard.models import Published, QueueName, Selection
from dashboard.view import View

WEEK, VENDORS, QUEUES, QUEUE_LANGUAGES = "week", "v", "q", "ql"


def show(view: View, published: Published, *, weekly: bool) -> None:
    """The filters; ``weekly`` adds those of one week's figures to that of vendors."""
    texts = view.texts
    if weekly:
        _choose_week(view, published.weeks)
    keys = (VENDORS, QUEUES, QUEUE_LANGUAGES) if weekly else (VENDORS,)
    chosen = sum(bool(st.session_state.get(key)) for key in keys)
    with st.popover(texts("filter.popover_active", n=chosen) if chosen else texts("filter.popover")):
        _choose_many(
            texts("filter.vendors"), [one.name for one in published.vendors], VENDORS, texts("filter.every_vendor")
        )
        if weekly:
            queues = [queue.name for queue in published.queues]
            languages = sorted(queue.language for queue in published.queues if queue.language)
            _choose_many(texts("filter.queues"), queues, QUEUES, texts("filter.all_queues"))
            _choose_many(texts("filter.queue_languages"), languages, QUEUE_LANGUAGES, texts("filter.all_languages"))


def _choose_many(label: str, options: list[str], key: str, nothing_chosen: str) -> None:
    unique = list(dict.fromkeys(options))
    st.multiselect(label, unique, key=key, bind="query-params", persist_state="session", placeholder=nothing_chosen)


def _choose_week(view: View, weeks: tuple[date, ...]) -> None:
    st.selectbox(
        view.texts("filter.week"),
        [iso_week(week) for week in weeks],
        key=WEEK,
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
        width=130,
    )


def selected(published: Published) -> Selection:
    """What the filters select. ``published`` has at least one week."""
    names = {iso_week(week): week for week in published.weeks}
    vendors: list[str] = st.session_state.get(VENDORS, [])
    return Selection(
        week=names.get(st.session_state.get(WEEK, ""), published.weeks[0]),
        vendors=tuple(vendor.code for vendor in published.vendors if vendor.name in vendors) if vendors else None,
        queues=chosen_queues(
            published.queues, st.session_state.get(QUEUES, []), st.session_state.get(QUEUE_LANGUAGES, [])
        ),
    )


def chosen_queues(queues: tuple[QueueName, ...], names: list[str], languages: list[str]) -> tuple[str, ...] | None:
    """Codes of the queues that match both filters; None where neither restricts."""
    if not names and not languages:
        return None
    return tuple(
        queue.code
        for queue in queues
        if (not names or queue.name in names) and (not languages or queue.language in languages)
    )


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
    return past.kept(query)


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
