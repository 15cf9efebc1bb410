"""Where one figure comes from: how it is computed, what it is compared with, which days and files are behind it."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, navigation
from dashboard.components import (
    breach_links,
    definitions,
    figure_parts,
    filters,
    finding_list,
    states,
    url_choice,
    usual_card,
)
from dashboard.components.breach_links import Links
from dashboard.escape import md_escape
from dashboard.formats import iso_week
from dashboard.models import ESSENTIALS, NotReady, Published, Selection
from dashboard.view import View, current_view
from dashboard.written import Written
from pipelines.measures.catalogue import MEASURES

VENDOR, MEASURE = "fv", "kpi"


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
        return
    if not published.weeks or not published.vendors:
        states.show_empty(view.texts("state.no_week"))
        return
    selection = filters.selected(published)
    query = filters.query_of(view, published, selection)
    st.page_link(navigation.WEEKLY_REVIEW, label=view.texts("figure.back"), query_params=query)
    vendor, metric = _choose(view, published)
    if vendor in data.reporting(published.version):
        reported = query | {"rv": vendor, "rkpi": metric, "rspan": "quarter"}
        st.page_link(navigation.RECONCILE, label=view.texts("reconcile.open_ledger"), query_params=reported)
    links = Links(published, query)
    link = links.to(vendor, metric)
    breach_links.show(view, links.to(vendor) if link.page == navigation.FIGURE else link)
    _show_figure(view, published, selection, vendor, metric)


def _choose(view: View, published: Published) -> tuple[str, str]:
    """Codes of the vendor and the measure to explain; both live in the URL."""
    left, right = st.columns(2)
    with left:
        codes = [vendor.code for vendor in published.vendors]
        vendor = url_choice.show(view.texts("column.vendor"), codes, published.vendor_name, VENDOR)
    with right:
        metrics = [*ESSENTIALS, *(metric for metric in MEASURES if metric not in ESSENTIALS)]
        names = {metric: MEASURES[metric].name(view.language) for metric in metrics}
        metric = url_choice.show(view.texts("column.measure"), metrics, names.__getitem__, MEASURE)
    return vendor, metric


def _show_figure(view: View, published: Published, selection: Selection, vendor: str, metric: str) -> None:
    measure = MEASURES[metric]
    written = Written(view, measure)
    everyone = data.scorecard(published.version, Selection(selection.week, None, selection.queues))
    found = everyone.filter((pl.col("vendor") == vendor) & (pl.col("metric") == metric))
    name = md_escape(published.vendor_name(vendor))
    st.subheader(view.texts("pair", label=name, text=md_escape(written.name)), anchor=False)
    st.caption(filters.in_words(view, published, Selection(selection.week, (vendor,), selection.queues)))
    if found.is_empty() or found["value"][0] is None:
        states.show_empty(view.texts("figure.unknown", week=iso_week(selection.week)))
        definitions.show_text(view, published, measure)
        return
    row = found.row(0, named=True)
    left, right = st.columns(2, border=True)
    with left:
        figure_parts.show_value(written, row)
        fair = _like_for_like(published, selection, row)
        figure_parts.show_comparison(written, published.vendor_name(vendor), row, fair)
        if fair is not None:
            target = filters.query_of(view, published, selection) | {"cv": vendor, "ckpi": metric}
            st.page_link(navigation.COMPARE, label=view.texts("figure.split"), query_params=target)
    with right:
        st.markdown(f"##### {view.texts('figure.how')}", anchors=False)
        definitions.show_text(view, published, measure, found)
    _show_evidence(view, published, selection, written, row, everyone)


def _like_for_like(published: Published, selection: Selection, row: dict[str, Any]) -> dict[str, Any] | None:
    """The comparison behind a row's gap; None where its contacts can't be matched."""
    if row["gap_basis"] != "like_for_like":
        return None
    rows = data.compared(published.version, selection.week, selection.queues).rows
    found = rows.filter((pl.col("vendor") == row["vendor"]) & (pl.col("metric") == row["metric"]))
    return found.row(0, named=True) if found.height else None


def _show_evidence(
    view: View,
    published: Published,
    selection: Selection,
    written: Written,
    row: dict[str, object],
    everyone: pl.DataFrame,
) -> None:
    weeks = data.history_weeks(selection.week)
    vendor, links = str(row["vendor"]), Links(published, filters.query_of(view, published, selection))
    baseline = _baseline(published, everyone, written.measure.id, vendor) or [None] * len(weeks)
    if row["variation"] is not None:
        usual = data.usual(published.version, selection, vendor, written.measure.id)
        usual_card.show(written, vendor, usual, links)
    with st.container(border=True):
        st.markdown(f"##### {view.texts('figure.history')}", anchors=False)
        figure_parts.show_history(written, links, row, baseline, weeks)
    with st.container(border=True, key="figure_findings"):
        st.markdown(f"##### {view.texts('data_trust.of_figure')}", anchors=False)
        mine = Selection(selection.week, (vendor,), selection.queues)
        about: dict[str, str | list[str]] = {
            filters.VENDORS: [published.vendor_name(vendor)], finding_list.PERIOD: iso_week(selection.week),
        }  # fmt: skip
        figure_parts.show_findings(view, published, data.findings_of_week(published.version, mine), about)
    left, right = st.columns(2, border=True)
    with left:
        st.markdown(f"##### {view.texts('figure.days')}", anchors=False)
        figure_parts.show_days(view, links, vendor, data.days(published.version, selection, vendor))
    with right:
        st.markdown(f"##### {view.texts('figure.files')}", anchors=False)
        figure_parts.show_files(view, published, vendor, data.files_of_week(published.version, selection.week, vendor))


def _baseline(published: Published, everyone: pl.DataFrame, metric: str, vendor: str) -> list[float | None] | None:
    """The in-house history beside a vendor's; None where there is none, or the vendor is the baseline itself."""
    if published.baseline in (None, vendor):
        return None
    found = everyone.filter((pl.col("vendor") == published.baseline) & (pl.col("metric") == metric))
    return found["history"][0].to_list() if found.height else None


show()
