"""One line of the ledger opened: where it was printed, how it was recomputed, and the contacts behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, navigation, past
from dashboard.components import breach_links, filters, journal_entry
from dashboard.components.breach_links import Links
from dashboard.components.delivery_list import FILE, file_label
from dashboard.components.ledger_texts import LedgerTexts
from dashboard.components.tables import csv_bytes, show_static
from dashboard.escape import md_escape
from dashboard.formats import iso_week
from dashboard.models import Published
from dashboard.view import View
from pipelines.answers.ledger_line import LineContacts
from pipelines.answers.reconcile import ABOUT
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.reconcile import CAUSES

#: Files that are linked one by one.
MOST_FILES = 12


def show(written: LedgerTexts, links: Links, line: dict[str, Any]) -> None:
    """Everything about ``line``, a row of the ledger with its status."""
    view, published = written.view, links.published
    behind = data.contacts_of_line(published.version, line)
    with st.container(border=True, key="ledger_line"):
        period = view.formats.period(line["period_start"], line["period_end"])
        st.subheader(
            view.texts(
                "pair", label=md_escape(written.scope(line["queue"])), text=f"{md_escape(written.name)}, {period}"
            ),
            anchor="line",
        )
        left, right = st.columns(2)
        with left:
            show_static(_walk(written, line), view.texts("reconcile.line.walk"))
            _show_printed(view, line)
            _show_figure_link(view, published, line)
            days = (line["period_start"], line["period_end"])
            breach_links.show(view, links.to(line["vendor"], line["metric"], queue=line["queue"], days=days))
        with right:
            _show_contacts(written, line, behind)
        _show_files(view, behind)
        _show_download(view, published, line, behind)
        journal_entry.show(view, published, ABOUT, line["row_id"])


def _walk(written: LedgerTexts, line: dict[str, Any]) -> pl.DataFrame:
    """From the recomputed figure to the reported one, cause by cause: the amounts add up."""
    texts = written.view.texts
    definition = written.definition(line["definition_id"])
    parts = _fraction(written, line)
    rows = [
        (
            texts("reconcile.recomputed"),
            written.value(line["recomputed"]),
            " · ".join(filter(None, (parts, definition))),
        )
    ]
    for cause in CAUSES:
        if line[cause]:
            note = written.definition(line["explained_by"]) if cause == "definition" else ""
            rows.append((written.cause(cause), written.difference(-line[cause], finer=True), note))
    printed = texts("reconcile.line.as", label=line["label_as_printed"] or "") if line["label_as_printed"] else ""
    rows.append((texts("reconcile.reported"), written.value(line["reported"]), printed))
    note = written.note(line)
    if note:
        rows.append((texts("reconcile.column.note"), "", note))
    names = [texts("figure.fact"), texts("column.value"), texts("reconcile.line.how")]
    return pl.DataFrame(rows, schema=names, orient="row")


def _fraction(written: LedgerTexts, line: dict[str, Any]) -> str:
    number = written.view.formats.number
    if line["numerator"] is None or line["denominator"] is None:
        return ""
    decimals = 0 if float(line["numerator"]).is_integer() and float(line["denominator"]).is_integer() else 1
    return f"{number(line['numerator'], decimals)} / {number(line['denominator'], decimals)}"


def _show_printed(view: View, line: dict[str, Any]) -> None:
    """The place of the printed figure, with the way to its file."""
    if line["file_name"] is None:
        st.markdown(view.texts("reconcile.line.not_printed"))
        return
    st.markdown(
        view.texts("reconcile.line.printed", file=md_escape(line["file_name"]), place=md_escape(printed_at(view, line)))
    )
    st.page_link(
        navigation.DELIVERIES,
        label=view.texts("reconcile.line.open_file"),
        query_params=past.kept({FILE: file_label(line)}),
    )


def printed_at(view: View, line: dict[str, Any]) -> str:
    """Row and cell as the sender knows them."""
    row = (
        ""
        if line["source_row"] is None
        else view.texts("reconcile.line.row", row=view.formats.number(line["source_row"]))
    )
    return ", ".join(part for part in (row, line["cell_ref"] or "") if part)


def _show_figure_link(view: View, published: Published, line: dict[str, Any]) -> None:
    """The way to the page that explains the same figure of the week, with the same filters."""
    monday = line["period_end"] - timedelta(days=line["period_end"].weekday())
    if line["metric"] not in MEASURES or monday not in published.weeks:
        return
    query = filters.query_of(view, published, filters.selected(published))
    query |= {filters.WEEK: iso_week(monday), "fv": line["vendor"], "kpi": line["metric"]}
    st.page_link(
        navigation.FIGURE,
        label=view.texts("reconcile.line.open_figure", week=iso_week(monday)),
        query_params=past.kept(query),
    )


def _show_contacts(written: LedgerTexts, line: dict[str, Any], behind: LineContacts) -> None:
    texts, number = written.view.texts, written.view.formats.number
    st.markdown(f"##### {texts('reconcile.line.contacts', n=number(behind.contacts))}", anchors=False)
    if behind.outcomes.is_empty():
        st.markdown(texts("reconcile.line.no_contacts"))
        return
    rows = []
    sign = "≤" if behind.inclusive else "<"
    for row in behind.outcomes.iter_rows(named=True):
        told = {
            texts("reconcile.line.outcome"): texts.known("outcome", row["outcome"]),
            texts("column.contacts"): number(row["contacts"]),
        }
        if behind.threshold_s is not None:
            told[f"{sign} {behind.threshold_s:g} s"] = number(row["in_threshold"])
        if behind.short_abandon_s is not None:
            told[f"{sign} {behind.short_abandon_s:g} s"] = number(row["in_short"])
        told[texts("reconcile.line.longest")] = written.view.formats.value(row["wait_max_s"], "seconds", 0)
        rows.append(told)
    show_static(pl.DataFrame(rows), texts("reconcile.line.contacts", n=number(behind.contacts)))


def _show_files(view: View, behind: LineContacts) -> None:
    """The files that brought the contacts: what became of every row of each."""
    if behind.files.is_empty():
        return
    number, texts = view.formats.number, view.texts
    st.markdown(f"##### {texts('reconcile.line.files')}", anchors=False)
    for row in behind.files.head(MOST_FILES).iter_rows(named=True):
        counts = {
            name: number(row[f"rows_{name}"])
            for name in ("read", "loaded", "restating", "duplicate", "stale", "rejected", "dropped")
        }
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(
                navigation.DELIVERIES,
                label=md_escape(row["file_name"]),
                query_params=past.kept({FILE: file_label(row)}),
            )
            st.caption(texts("reconcile.line.file", contacts=number(row["contacts"]), **counts))
    if behind.files.height > MOST_FILES:
        st.caption(texts("reconcile.line.more_files", n=number(behind.files.height - MOST_FILES)))


def _show_download(view: View, published: Published, line: dict[str, Any], behind: LineContacts) -> None:
    if behind.contacts:
        st.download_button(
            view.texts("reconcile.line.download"),
            lambda: csv_bytes(data.list_contacts_of_line(published.version, line)),
            f"contacts_{line['row_id']}.csv", "text/csv", key="line_contacts", on_click="ignore",
        )  # fmt: skip
