"""The filters of the deliveries page: vendor, feed, status; all in the URL."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components.filters import VENDORS
from dashboard.models import Published
from dashboard.view import View

FEEDS, PROBLEMS = "feed", "problems"


def show(
    view: View, published: Published, deliveries: pl.DataFrame, place: st.delta_generator.DeltaGenerator
) -> pl.DataFrame:
    """The filters in ``place``; returns the deliveries that they leave, the newest first."""
    texts = view.texts
    names = {published.vendor_name(code): code for code in deliveries["vendor"].unique().sort()}
    with place:
        problems = st.toggle(texts("filter.only_problems"), key=PROBLEMS, bind="query-params")
        chosen = sum(bool(st.session_state.get(key)) for key in (VENDORS, FEEDS))
        with st.popover(texts("filter.popover_active", n=chosen) if chosen else texts("filter.popover")):
            vendors = st.multiselect(
                texts("filter.vendors"),
                list(dict.fromkeys(vendor.name for vendor in published.vendors)),
                key=VENDORS,
                bind="query-params",
                persist_state="session",
                placeholder=texts("filter.every_vendor"),
            )
            feeds = st.multiselect(
                texts("filter.feed"),
                sorted(deliveries["feed"].unique()),
                key=FEEDS,
                bind="query-params",
                placeholder=texts("filter.all_feeds"),
            )
    kept = pl.lit(True)
    if vendors:
        kept &= pl.col("vendor").is_in([names[name] for name in vendors if name in names])
    if feeds:
        kept &= pl.col("feed").is_in(feeds)
    if problems:
        kept &= pl.col("problem")
    return deliveries.filter(kept).sort("received_at", "delivery_no", descending=True)
