"""From any figure to when it missed, whose cause, and which contacts: the page of breaches with the same filters."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import navigation
from dashboard.escape import md_escape
from dashboard.models import Published
from dashboard.view import View

Query = dict[str, str | list[str]]

#: What the page shows first for a measure: the figure of the heatmap, and the order of the contacts.
_SHOWS = {
    "service_level": ("service_level", "wait"),
    "abandon_rate": ("abandon_rate", "abandoned"),
    "asa_s": ("asa_s", "wait"),
    "wait_median_s": ("asa_s", "wait"),
    "wait_p90_s": ("asa_s", "wait"),
    "offered": ("volume", "time"),
    "answered": ("volume", "time"),
    "forecast": ("volume", "time"),
    "aht_s": ("staffing", "handle"),
    "talk_s": ("staffing", "handle"),
    "hold_s": ("staffing", "handle"),
    "acw_s": ("staffing", "handle"),
    "repeat_rate": ("service_level", "repeat"),
    "csat": ("service_level", "survey"),
    "nps": ("service_level", "survey"),
    "response_rate": ("service_level", "survey"),
    "refund_rate": ("service_level", "refund"),
    "refund_value_per_contact": ("service_level", "refund"),
}


def target(query: Query, vendor: str, metric: str | None = None, queue: str | None = None) -> Query:
    """The parameters that lead to a vendor's breaches with the filters of ``query``, as the measure asks for them."""
    shows, order = _SHOWS.get(metric or "", ("service_level", "wait"))
    found: Query = query | {"bv": vendor, "show": shows, "order": order}
    return found if queue is None else found | {"bq": queue}


def show_one(view: View, query: Query, vendor: str, metric: str | None = None, queue: str | None = None) -> None:
    """One link."""
    st.page_link(
        navigation.BREACHES, label=view.texts("breaches.link"), query_params=target(query, vendor, metric, queue)
    )


def show_many(
    view: View, published: Published, query: Query, vendors: Sequence[str], metric: str | None, key: str
) -> None:
    """A button that opens one link per vendor."""
    with st.popover(view.texts("breaches.links"), type="tertiary", help=view.texts("breaches.links_help"), key=key):
        for code in vendors:
            st.page_link(
                navigation.BREACHES,
                label=md_escape(published.vendor_name(code)),
                query_params=target(query, code, metric),
            )
