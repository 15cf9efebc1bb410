"""Each vendor against the in-house team on like-for-like contacts, and each figure within its own usual range."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import breach_links, comparison, filters, league_card, states, strata, url_choice, usual_card
from dashboard.components.breach_links import Links
from dashboard.formats import iso_week
from dashboard.models import NotReady, Published, Selection
from dashboard.view import View, current_view
from dashboard.written import Written
from pipelines.answers.compare import METRICS, Compared
from pipelines.measures.catalogue import MEASURES

VENDOR, MEASURE, EVERYONE = "cv", "ckpi", "*"


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
    elif not published.weeks:
        states.show_empty(view.texts("state.no_week"))
    elif published.baseline is None:
        states.show_empty(view.texts("compare.no_baseline"), view.texts("compare.no_baseline_help"))
    else:
        _show_window(view, published, filters.selected(published))


def _show_window(view: View, published: Published, selection: Selection) -> None:
    with st.spinner(view.texts("state.loading")):
        compared = data.compared(published.version, selection.week, selection.queues)
    order = {vendor.code: place for place, vendor in enumerate(published.vendors)}
    place = pl.col("vendor").replace_strict(order, default=len(order), return_dtype=pl.Int64())
    shown = compared.rows.sort(place, maintain_order=True)
    if selection.vendors is not None:
        shown = shown.filter(pl.col("vendor").is_in(selection.vendors))
    st.caption(filters.in_words(view, published, selection))
    _show_about(view, compared)
    if shown.is_empty():
        week, weeks = iso_week(selection.week), view.formats.number(compared.weeks)
        states.show_empty(view.texts("compare.nothing"), view.texts("compare.nothing_help", week=week, weeks=weeks))
        return
    links = Links(published, filters.query_of(view, published, selection))
    comparison.show_overview(view, links, compared, shown)
    vendor, metric = _choose(view, published, shown)
    rows = shown.filter(pl.col("metric") == metric)
    vendors = rows["vendor"].unique(maintain_order=True).to_list() if vendor == EVERYONE else [vendor]
    breach_links.show_many(view, links, vendors, metric, "compare_rows")
    if vendor == EVERYONE:
        comparison.show_measure(view, links, compared, rows, metric)
        st.caption(view.texts("compare.strata_choose"))
    else:
        _show_vendor(view, links, selection, compared, rows.filter(pl.col("vendor") == vendor), vendor, metric)
    found = data.league(published.version, selection.week, selection.queues, metric)
    league_card.show(Written(view, MEASURES[metric]), links, data.places(), found)
    chosen = shown if vendor == EVERYONE else shown.filter(pl.col("vendor") == vendor)
    comparison.show_cards(view, links, chosen, but=metric)


def _show_about(view: View, compared: Compared) -> None:
    fields = list(dict.fromkeys(name for held in compared.rows["strata_used"].to_list() for name in held))
    strata_names = ", ".join(comparison.field_names(view, fields)) or "–"
    st.caption(
        view.texts(
            "compare.window",
            weeks=view.formats.number(compared.weeks),
            week=iso_week(compared.week),
            dates=view.formats.period(compared.first_day, compared.last_day),
            strata=strata_names,
        )
    )


def _choose(view: View, published: Published, shown: pl.DataFrame) -> tuple[str, str]:
    """The vendor (or everyone) and the measure; both live in the URL."""
    left, right = st.columns(2)
    present = set(shown["vendor"])
    codes = [EVERYONE, *(vendor.code for vendor in published.vendors if vendor.code in present)]
    with left:
        vendor = url_choice.show(
            view.texts("column.vendor"),
            codes,
            lambda code: view.texts("compare.all_vendors") if code == EVERYONE else published.vendor_name(code),
            VENDOR,
        )
    with right:
        names = {metric: MEASURES[metric].name(view.language) for metric in METRICS}
        metric = url_choice.show(view.texts("column.measure"), METRICS, names.__getitem__, MEASURE)
    return vendor, metric


def _show_vendor(
    view: View,
    links: Links,
    selection: Selection,
    compared: Compared,
    rows: pl.DataFrame,
    vendor: str,
    metric: str,
) -> None:
    """One vendor: where its kinds of contact say something else than their sum, they come first."""
    written, published = Written(view, MEASURES[metric]), links.published
    kinds = compared.strata.filter((pl.col("vendor") == vendor) & (pl.col("metric") == metric))
    lead = rows.height > 0 and bool(rows["strata_lead"][0])
    if lead:
        strata.show(written, links, kinds, lead)
    comparison.show_measure(view, links, compared, rows, metric)
    if not lead:
        strata.show(written, links, kinds, lead)
    usual = data.usual(published.version, selection, vendor, metric)
    usual_card.show(written, vendor, usual, links)


show()
