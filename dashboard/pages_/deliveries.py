"""What was received and what became of every row."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import delivery_detail, delivery_filters, delivery_list, feeds, states, trust_strip
from dashboard.models import NotReady, Published
from dashboard.view import View, current_view


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
        return
    st.caption(trust_strip.version_words(view, published))
    deliveries = data.deliveries(published.version)
    if deliveries.is_empty():
        states.show_empty(view.texts("state.no_deliveries"))
        return
    _show_deliveries(view, published, deliveries, delivery_filters.show(view, published, deliveries))


def _show_deliveries(view: View, published: Published, deliveries: pl.DataFrame, shown: pl.DataFrame) -> None:
    vendors = tuple(shown["vendor"].unique().sort())
    feeds.show(view, published, *data.punctuality(published.version, vendors))
    if shown.is_empty():
        states.show_empty(view.texts("state.no_deliveries_filter"))
        return
    opened = delivery_list.show(view, published, shown, data.totals(shown), deliveries.height)
    if opened is not None:
        delivery_detail.show(view, published, shown.row(by_predicate=pl.col("delivery_no") == opened, named=True))


show()
