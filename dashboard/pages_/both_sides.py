"""The client's own part: outsourcing fails on both sides, so both are measured."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import breach_links, client_side, duty_forms, filters, states
from dashboard.components.breach_links import Links
from dashboard.formats import iso_week
from dashboard.models import NotReady, Published, Selection
from dashboard.view import View, current_view


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
    elif not published.weeks:
        states.show_empty(view.texts("state.no_week"))
    else:
        _show_sides(view, published, filters.selected(published))


def _show_sides(view: View, published: Published, selection: Selection) -> None:
    sides = data.client_side(published.version, selection.week)
    st.caption(
        view.texts(
            "both_sides.window",
            weeks=view.formats.number(sides.weeks),
            week=iso_week(sides.week),
            dates=view.formats.period(sides.first_day, sides.last_day),
        )
    )
    duty_forms.say_outcome(view)
    chosen = selection.vendors
    links = Links(published, filters.query_of(view, published, selection))
    vendors = [vendor.code for vendor in published.vendors if chosen is None or vendor.code in chosen]
    breach_links.show_many(view, links, vendors, "forecast", "sides_rows")
    client_side.show_forecast(view, links, sides.forecast, chosen)
    stops = sides.stops if chosen is None else sides.stops.filter(pl.col("vendor").is_in(list(chosen)))
    client_side.show_dependence(view, links, data.places(), replace(sides, stops=stops))
    client_side.show_changes(view, published, sides.changes, chosen)
    client_side.show_duties(view, published, sides, chosen)


show()
