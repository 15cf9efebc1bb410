"""What needs the director this week: whom to call, then every vendor against in-house, then measure by measure."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import all_figures, changes, filters, measure_card, panels, states, trust_strip, week_work
from dashboard.formats import iso_week
from dashboard.models import ESSENTIALS, NotReady, Published, Selection
from dashboard.view import View, current_view
from pipelines.measures.catalogue import MEASURES


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
    elif not published.weeks:
        states.show_empty(view.texts("state.no_week"))
    else:
        _show_week(view, published, filters.selected(published))


def _show_week(view: View, published: Published, selection: Selection) -> None:
    query = filters.query_of(view, published, selection)
    st.caption(f"{filters.in_words(view, published, selection)} · {trust_strip.version_words(view, published)}")
    trust_strip.show(view, data.trust(published.version, selection), query)
    with st.spinner(view.texts("state.loading")):
        rows = data.scorecard(published.version, selection)
    if rows["value"].null_count() == rows.height:
        week = iso_week(selection.week)
        states.show_empty(view.texts("state.no_contacts"), view.texts("state.no_contacts_help", week=week))
        return
    changes.show(view, published, data.review(published.version, selection), query)
    panels.show(view, published, rows, ESSENTIALS, data.history_weeks(selection.week), query)
    week_work.show(view, published, selection, query)
    _show_measures(view, published, selection, rows, query)
    all_figures.show(view, published, rows, selection, query)


def _show_measures(
    view: View, published: Published, selection: Selection, rows: pl.DataFrame, query: dict[str, str | list[str]]
) -> None:
    st.subheader(view.texts("measures.heading"), anchor="measures")
    st.caption(view.texts("measures.legend"))
    weeks = data.history_weeks(selection.week)
    metrics = MEASURES if st.toggle(view.texts("measures.all"), key="all", bind="query-params") else ESSENTIALS
    with st.grid(2, min_column_width=480, gap="small"):
        for metric in metrics:
            found = rows.filter(pl.col("metric") == metric)
            measure_card.show(view, published, MEASURES[metric], found, weeks, query)


show()
