"""Terms and money: what was agreed, month by month whether it was kept, what that is worth, and whether the bill is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from dashboard import data
from dashboard.components import (
    attainment_card,
    filters,
    invoice_card,
    settlement_card,
    states,
    true_cost_card,
    try_clause,
    url_choice,
    waiver_card,
)
from dashboard.components.breach_links import Links
from dashboard.components.clause_words import ClauseWords
from dashboard.formats import Formats
from dashboard.models import NotReady, Published
from dashboard.view import View, current_view
from pipelines.answers.money import Money

VENDOR, PART, GRAIN = "mv", "part", "mgrain"
#: Periods of the calendar: each clause's own, which alone settles anything, or another length.
GRAINS = ("own", "week", "month", "quarter", "day")
PARTS = ("clauses", "credits", "invoices", "cost", "waivers", "try")


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
        return
    held = data.agreements(published.version)
    wanted = filters.selected(published).vendors if published.weeks else None
    vendors = [code for code in held if wanted is None or code in wanted]
    if not vendors:
        states.show_empty(view.texts("money.none"), view.texts("money.none_help"))
        return
    # The in-house team has targets too, but the question is about those who send bills: they come first.
    vendors.sort(key=lambda code: code == published.baseline)
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        vendor = url_choice.show(view.texts("column.vendor"), vendors, published.vendor_name, VENDOR)
    with right:
        part = _choose_part(view)
    with st.spinner(view.texts("state.loading")):
        found = data.agreement(published.version, vendor, risk=part == "credits")
    if found is None:
        states.show_empty(view.texts("money.no_work"))
        return
    _show(view, published, vendor, found, part)


def _choose_part(view: View) -> str:
    """Which part of the page; in the URL by its id."""
    key = f"{PART}_choice"
    if key not in st.session_state:
        asked = st.query_params.get(PART)
        st.session_state[key] = asked if asked in PARTS else PARTS[0]

    def remember() -> None:
        st.query_params[PART] = st.session_state[key] or PARTS[0]

    chosen = st.segmented_control(
        view.texts("money.parts"), PARTS, format_func=lambda one: view.texts(f"money.part_of.{one}"), key=key,
        on_change=remember, label_visibility="collapsed",
    )  # fmt: skip
    return chosen or PARTS[0]


def _show(view: View, published: Published, vendor: str, found: Money, part: str) -> None:
    currency = found.costs[-1].currency if found.costs else published.currency
    formats = Formats(view.language, currency)
    queues, links = {queue.code: queue.name for queue in published.queues}, Links.of(view, published)
    words = [ClauseWords(view, one, queues, currency) for one in found.clauses]
    parts: dict[str, Callable[[], None]] = {
        "clauses": lambda: _clauses(view, published, vendor, found, words, formats),
        "credits": lambda: settlement_card.show(view, formats, found.settled, vendor, links),
        "invoices": lambda: invoice_card.show(view, formats, found.invoices, queues, vendor, links),
        "cost": lambda: _cost(view, published, vendor, found, formats),
        "waivers": lambda: waiver_card.show(
            view, vendor, found.of(vendor).waivers, {one.bound.clause.id: one.name for one in words},
            _served(found, queues), _last_day(published, found),
        ),
        "try": lambda: _try(view, published, vendor, formats),
    }  # fmt: skip
    parts[part]()


def _last_day(published: Published, found: Money) -> date:
    return found.last_day or published.data_until or date.today()


def _clauses(
    view: View, published: Published, vendor: str, found: Money, words: list[ClauseWords], formats: Formats
) -> None:
    last = _last_day(published, found)
    current = [one for one in words if one.bound.first_day <= last and (one.bound.last_day or last) >= last]
    attainment_card.show_clauses(view, current, data.terms_on(vendor, last), formats)
    grain = url_choice.show(view.texts("money.by"), GRAINS, lambda one: view.texts(f"money.by_period.{one}"), GRAIN)
    attained = found.attained if grain == GRAINS[0] else data.attained(published.version, vendor, grain)
    attainment_card.show_calendar(view, words, attained, Links.of(view, published))


def _served(found: Money, queues: dict[str, str]) -> dict[str, str]:
    """The queues that the vendor has worked on, as far as its invoices name them; else all."""
    named = {one.queue for one in found.invoices if one.queue}
    return {code: name for code, name in queues.items() if not named or code in named}


def _cost(view: View, published: Published, vendor: str, found: Money, formats: Formats) -> None:
    baseline = published.baseline if published.baseline not in (None, vendor) else None
    own = data.agreement(published.version, baseline) if baseline is not None else None
    true_cost_card.show(
        view, formats, vendor, Links.of(view, published), found.costs,
        published.vendor_name(baseline) if own is not None and baseline is not None else None,
        own.costs if own is not None else (),
    )  # fmt: skip


def _try(view: View, published: Published, vendor: str, formats: Formats) -> None:
    held = data.agreements(published.version)
    own = [published.baseline] if published.baseline in held and published.baseline is not None else []
    operations = list(dict.fromkeys([*own, vendor, *held]))
    names = {code: published.vendor_name(code) for code in operations}
    try_clause.show(view, formats, published.version, operations, names)


show()
