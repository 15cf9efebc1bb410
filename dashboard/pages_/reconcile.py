"""Reported against recomputed: both figures, the gap by cause, the ledger, and what would explain it."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import breach_links, filters, ledger_card, ledger_line, ledger_series, states, url_choice
from dashboard.components.breach_links import Links
from dashboard.components.ledger_texts import UNITS, LedgerTexts, figure_name
from dashboard.formats import iso_week
from dashboard.models import NotReady, Published, Selection
from dashboard.view import View, current_view
from pipelines.answers.reconcile import Reconciled
from pipelines.measures.definition_search import Explanation
from pipelines.measures.ledger.series import drawn_series

VENDOR, MEASURE, SPAN = "rv", "rkpi", "rspan"
#: The measure that is disputed most comes first.
FIRST = "service_level"
#: How far back the page looks from the chosen week; the first: as far as there are reports.
WEEKS_OF_SPAN = {"all": None, "quarter": 13, "week": 1}


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
        return
    reporting = data.reporting(published.version)
    if not reporting:
        states.show_empty(view.texts("reconcile.none"), view.texts("reconcile.none_help"))
        return
    selection = filters.selected(published) if published.weeks else None
    wanted = selection.vendors if selection else None
    vendors = [code for code in reporting if wanted is None or code in wanted]
    if not vendors:
        states.show_empty(view.texts("reconcile.none_chosen"))
        return
    left, middle, right = st.columns(3)
    with left:
        vendor = url_choice.show(view.texts("column.vendor"), vendors, published.vendor_name, VENDOR)
    with st.spinner(view.texts("state.loading")):
        found = data.reconciliation(published.version, vendor)
    with middle:
        metric = _choose_metric(view, found.ledger)
    with right:
        found = _of_selection(view, found, selection)
    links = Links.of(view, published)
    if selection is not None:
        breach_links.show(view, links.to(vendor, metric))
    _show(view, links, vendor, metric, found)


def _choose_metric(view: View, ledger: pl.DataFrame) -> str:
    metrics = sorted(ledger["metric"].unique().to_list(), key=lambda name: (name != FIRST, name))
    printed = dict(ledger.drop_nulls("label_as_printed").select("metric", "label_as_printed").iter_rows())
    names = {metric: figure_name(view, metric, printed.get(metric)) for metric in metrics}
    return url_choice.show(view.texts("column.measure"), metrics, names.__getitem__, MEASURE)


def _of_selection(view: View, found: Reconciled, selection: Selection | None) -> Reconciled:
    """The lines of the chosen queues and of the stretch of time that is asked for."""
    if selection is None:
        return found
    week = iso_week(selection.week)
    names = {span: view.texts(f"reconcile.span.{span}", week=week) for span in WEEKS_OF_SPAN}
    span = url_choice.show(view.texts("reconcile.column.period"), list(names), names.__getitem__, SPAN)
    if selection.queues is not None:
        found = found.of_queues(selection.queues)
    weeks = WEEKS_OF_SPAN[span]
    if weeks is None:
        return found
    return found.of_period(selection.week - timedelta(weeks=weeks - 1), selection.week + timedelta(days=6))


def _written(view: View, published: Published, metric: str, lines: pl.DataFrame) -> LedgerTexts:
    """How the metric is written: with the decimals that the vendor mostly prints."""
    told = lines.drop_nulls("unit")
    unit = UNITS.get(told["unit"][0], "count") if told.height else "count"
    printed = told["decimals"].drop_nulls().mode().sort()
    decimals = int(printed[0]) if printed.len() else 1
    return LedgerTexts(
        view=view,
        metric=metric,
        unit=unit,
        # A whole percentage beside one with decimals reads as if it were exact.
        decimals=max(decimals, 1) if unit == "share" else decimals,
        printed_as=told["label_as_printed"][0] if told.height else metric,
        queues={queue.code: queue.name for queue in published.queues},
    )


def _show(view: View, links: Links, vendor: str, metric: str, found: Reconciled) -> None:
    published = links.published
    lines = found.ledger.filter(pl.col("metric") == metric)
    written = _written(view, published, metric, lines)
    name = published.vendor_name(vendor)
    if lines.is_empty():
        states.show_empty(view.texts("reconcile.none_here", measure=written.name, vendor=name))
        return
    why = _explanations(found, metric, lines["period_start"].min(), lines["period_end"].max())
    ledger_card.show_sentences(written, name, lines, [one for _, one in why])
    if metric == FIRST:
        for reconciliation in found.reconciliations:
            for bounds in reconciliation.possible.values():
                if bounds.ruled_out:  # where everything is possible, nothing is known
                    ledger_card.show_possible(written, bounds)
    ledger_series.show(written, vendor, links, drawn_series(lines), left_out=lines["hint"].drop_nulls().len())
    if why:
        ledger_card.show_explanations(written, published, vendor, why)
    ledger_card.show_worth(written, found.worth.filter(pl.col("metric") == metric))
    chosen = ledger_card.show_ledger(written, lines, f"{vendor}_{metric}.csv")
    if chosen is not None:
        ledger_line.show(written, links, chosen)
    ledger_card.show_measures(view, links, vendor, found.ledger)


def _explanations(found: Reconciled, metric: str, first: date, last: date) -> list[tuple[str, Explanation]]:
    """Granularity and explanation of each stretch that touches the shown time."""
    return [
        (granularity, one)
        for reconciliation in found.reconciliations
        for (known, granularity), explanations in reconciliation.explanations.items()
        for one in explanations
        if known == metric and one.first_day <= last and one.last_day >= first
    ]


show()
