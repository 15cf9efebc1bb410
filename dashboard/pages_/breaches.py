"""From a missed target to its cause and its contacts: when, where, which calls; and what is done about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard import picked as picking
from dashboard.components import (
    action_list,
    breach_work,
    cause_card,
    contact_detail,
    contact_list,
    filters,
    heat_card,
    missed_list,
    order_card,
    states,
    trust_strip,
    url_choice,
    vendor_grids,
)
from dashboard.models import NotReady, Published, Selection
from dashboard.view import View, current_view
from pipelines.answers.contacts import Cell
from pipelines.measures.causes import MODELLED

VENDOR, QUEUE, SITE, EVERY_QUEUE, EVERY_SITE = "bv", "bq", "bs", "*", "*"
#: A single week says little about the order of service.
ORDER_WEEKS = 13


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
    elif not published.weeks or not published.vendors:
        states.show_empty(view.texts("state.no_week"))
    else:
        _show_week(view, published, filters.selected(published))


def _show_week(view: View, published: Published, selection: Selection) -> None:
    query = filters.query_of(view, published, selection)
    one, two, three, four = st.columns(4)
    with one:
        vendor = _choose_vendor(view, published, selection)
    with two:
        queue = _choose_queue(view, published, selection)
    with three:
        what = heat_card.choose_shown(view)
    with four:
        grain = missed_list.choose_grain(view)
    queues = selection.queues if queue == EVERY_QUEUE else (queue,)
    site = _choose_site(view, vendor)
    own = Selection(selection.week, (vendor,), queues)
    st.caption(filters.in_words(view, published, own))
    own_query = query | {"v": [published.vendor_name(vendor)]}
    trust_strip.show(view, data.trust(published.version, own), own_query)
    st.caption(trust_strip.version_words(view, published))
    with st.spinner(view.texts("state.loading")):
        missed = data.missed(published.version, selection.week, vendor, grain)
        cells = data.interval_cells(published.version, selection.week, (vendor,), queues, site)
    if queues is not None:
        missed = missed.filter(pl.col("queue").is_in(queues))
    breach = missed_list.show(view, published, vendor, missed, grain)
    _show_causes(view, published, selection, vendor, queues, what, breach)
    first, last = selection.week, selection.week + timedelta(days=6)
    picked = picking.read(*((breach["first_day"], breach["last_day"]) if breach else (first, last)))
    heat_card.show(view, published.vendor_name(vendor), selection.week, cells, what, picked)
    if picked is None:
        st.markdown(view.texts("contacts.choose"))
    else:
        cell = Cell(vendor, picked.first_day, picked.last_day, queues, site, picked.begin, picked.end - 1)
        leg = contact_list.show(view, published, cell, picked, published.zone)
        if leg:
            contact_detail.show(view, published, cell, leg)
    if breach is not None:
        breach_work.show(view, published, breach)
    _show_actions(view, published, vendor)
    begin = selection.week - timedelta(weeks=ORDER_WEEKS - 1)
    served = data.order(published.version, begin, last, vendor)
    if queues is not None:
        served = served.filter(pl.col("queue").is_in(queues))
    order_card.show(view, published, served, begin, last)
    everyone = data.interval_cells(published.version, selection.week, _shown_vendors(published, selection), queues)
    vendor_grids.show(view, published, everyone, what, query)


def _show_causes(
    view: View,
    published: Published,
    selection: Selection,
    vendor: str,
    queues: tuple[str, ...] | None,
    what: str,
    breach: dict[str, Any] | None,
) -> None:
    """Of the missed target that is open; else of the queues' week."""
    version, week = published.version, selection.week
    if breach is not None:
        if breach["metric"] in MODELLED:
            rows = data.causes(version, week, vendor, breach["grain"], breach["metric"])
            own = (pl.col(name) == breach[name] for name in ("queue", "clause_id", "start"))
            cause_card.show(view, published, rows.filter(*own))
        return
    rows = data.causes(version, week, vendor, "week", what if what in MODELLED else MODELLED[0])
    shown = rows if queues is None else rows.filter(pl.col("queue").is_in(queues))
    cause_card.show(view, published, shown.sort("distance", nulls_last=True))


def _show_actions(view: View, published: Published, vendor: str) -> None:
    """What is agreed with the vendor, across weeks and quarters."""
    found = data.actions(vendor=vendor)
    if found:
        label = view.texts("pair", label=view.texts("actions.heading"), text=action_list.summary(view, found))
        with st.expander(label, key="vendor_actions"):
            action_list.show(view, published, found, "vendor")


def _shown_vendors(published: Published, selection: Selection) -> tuple[str, ...]:
    """The vendors that the filters leave, and always the in-house team to hold them against."""
    wanted = selection.vendors or tuple(vendor.code for vendor in published.vendors)
    return tuple(vendor.code for vendor in published.vendors if vendor.code in wanted or vendor.in_house)


def _choose_vendor(view: View, published: Published, selection: Selection) -> str:
    wanted = selection.vendors or [vendor.code for vendor in published.vendors if not vendor.in_house]
    others = [vendor.code for vendor in published.vendors if vendor.code not in wanted]
    return url_choice.show(
        view.texts("column.vendor"), [*wanted, *others], published.vendor_name, VENDOR,
        clears=(picking.BREACH, picking.CONTACT, QUEUE, SITE),
    )  # fmt: skip


def _choose_site(view: View, vendor: str) -> str | None:
    """One site of a vendor that has several, for the heatmap and the contacts: terms bind all sites together."""
    sites = data.sites_of(vendor)
    if len(sites) < 2:
        return None
    names = {EVERY_SITE: view.texts("breaches.all_sites")} | sites
    chosen = url_choice.show(view.texts("breaches.site"), list(names), names.__getitem__, SITE)
    return None if chosen == EVERY_SITE else chosen


def _choose_queue(view: View, published: Published, selection: Selection) -> str:
    codes = [queue.code for queue in published.queues if selection.queues is None or queue.code in selection.queues]
    return url_choice.show(
        view.texts("column.queue"),
        [EVERY_QUEUE, *codes],
        lambda code: (
            view.texts("breaches.all_queues") if code == EVERY_QUEUE else missed_list.queue_name(published, code)
        ),
        QUEUE,
        clears=(picking.BREACH, picking.CONTACT),
    )


show()
