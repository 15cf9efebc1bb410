"""The filters of the deliveries page; all of them live in the URL."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components import url_choice
from dashboard.components.filters import VENDORS
from dashboard.models import Published
from dashboard.view import View

FEEDS, PROBLEMS = "feed", "problems"


def show(view: View, published: Published, deliveries: pl.DataFrame) -> pl.DataFrame:
    """Feed and "only problems", beside the vendors of the title row; returns what they leave, the newest first."""
    texts = view.texts
    vendors: list[str] = st.session_state.get(VENDORS, [])
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        problems = st.toggle(texts("filter.only_problems"), key=PROBLEMS, bind="query-params")
        feeds = url_choice.several(
            texts("filter.feed"), sorted(deliveries["feed"].unique()), lambda feed: texts.known("feed", feed), FEEDS
        )
    kept = pl.lit(True)
    if vendors:
        kept &= pl.col("vendor").is_in([vendor.code for vendor in published.vendors if vendor.name in vendors])
    if feeds:
        kept &= pl.col("feed").is_in(feeds)
    if problems:
        kept &= pl.col("problem")
    return deliveries.filter(kept).sort("received_at", "delivery_no", descending=True)
