"""Restatements: which delivery changed what was known before, by how much, when, and who sent it."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import finding_words, url_choice
from dashboard.components.breach_links import OF_FEED, Links
from dashboard.components.tables import show_download, show_static
from dashboard.escape import md_escape
from dashboard.models import Published
from dashboard.view import View
from dashboard.written import Written
from pipelines.measures.catalogue import MEASURES

RESTATEMENT = "restated"
#: Restating deliveries that a page lists; the download has them all.
MOST = 40
MOST_FIGURES = 120


def show(view: View, published: Published, changed: pl.DataFrame) -> None:
    """``changed``: restating deliveries, the latest first (``data.changed_later``)."""
    texts, number = view.texts, view.formats.number
    with st.container(border=True, key="restatements"):
        st.subheader(texts("data_trust.restatements"), anchor="restatements")
        if changed.is_empty():
            st.markdown(texts("data_trust.no_restatements"))
            return
        st.caption(texts("data_trust.restatements_note"))
        links = Links.of(view, published)
        ways = [
            links.to(row["vendor"], OF_FEED.get(row["feed"]), days=(row["period_start"], row["period_end"]))
            if row["period_start"] and row["period_end"]
            else None
            for row in changed.head(MOST).iter_rows(named=True)
        ]
        named = {texts("data_trust.rows_restated"): ways}
        listed = table(view, published, changed.head(MOST))
        show_static(listed, texts("data_trust.restatements"), wide=True, links=named)
        if changed.height > MOST:
            st.caption(texts("data_trust.of_rows", shown=number(MOST), all=number(changed.height)))
        rows = {row["delivery_id"]: row for row in changed.iter_rows(named=True)}
        chosen = url_choice.show(
            texts("data_trust.restated_open"),
            ["", *rows],
            lambda one: _name(view, published, rows.get(one)),
            RESTATEMENT,
        )
        if chosen:
            _figures(view, published, rows[chosen])
        show_download(changed, texts("data_trust.download_restatements"), "restatements.csv", "restatements_csv")


def _name(view: View, published: Published, row: dict[str, Any] | None) -> str:
    if row is None:
        return view.texts("data_trust.open_hint")
    received = view.formats.instant(row["received_at"], published.zone)
    return f"{published.vendor_name(row['vendor'])} · {row['file_name']} · {received}"


def table(view: View, published: Published, changed: pl.DataFrame) -> pl.DataFrame:
    """Who changed what, when: one line per delivery."""
    texts, formats = view.texts, view.formats
    return pl.DataFrame(
        [
            {
                texts("column.received"): formats.instant(row["received_at"], published.zone),
                texts("column.vendor"): published.vendor_name(row["vendor"]),
                texts("column.feed"): texts.known("feed", row["feed"]),
                texts("column.file"): row["file_name"],
                texts("column.period"): formats.period(row["period_start"], row["period_end"]),
                texts("data_trust.rows_restated"): texts(
                    "data_trust.rows_of", n=formats.number(row["rows_restating"]), all=formats.number(row["rows_read"])
                ),
            }
            for row in changed.iter_rows(named=True)
        ]
    )


def _figures(view: View, published: Published, row: dict[str, Any]) -> None:
    """The figures of the restated weeks, before and after."""
    texts, number = view.texts, view.formats.number
    with st.spinner(texts("state.loading")):
        figures = data.restated(published.version, row["delivery_id"]).figures
    st.markdown(
        texts(
            "data_trust.restated_sentence", file=md_escape(row["file_name"]),
            when=view.formats.instant(row["received_at"], published.zone),
            rows=number(row["rows_restating"]), figures=number(figures.height),
        )
    )  # fmt: skip
    if figures.is_empty():
        st.markdown(texts("data_trust.restated_none"))
        return
    shown = figures.head(MOST_FIGURES)
    links = Links.of(view, published)
    after = [
        links.to(row["vendor"], metric, queue=queue, days=(day, day))
        for metric, queue, day in shown.select("metric", "queue", "day").iter_rows()
    ]
    written = figure_table(view, published, shown)
    show_static(written, texts("data_trust.restatements"), wide=True, links={texts("data_trust.after"): after})
    if figures.height > MOST_FIGURES:
        st.caption(texts("data_trust.of_rows", shown=number(MOST_FIGURES), all=number(figures.height)))


def figure_table(view: View, published: Published, figures: pl.DataFrame) -> pl.DataFrame:
    """Each changed figure as it was and as it is: measure, day or week, queue, before, after, change."""
    texts = view.texts
    rows = []
    for row in figures.iter_rows(named=True):
        measure = MEASURES.get(row["metric"])
        written = Written(view, measure) if measure else None
        value = written.value if written else (lambda one: view.formats.number(one, 3))
        difference = written.difference if written else (lambda one: view.formats.number(one, 3, signed=True))
        rows.append(
            {
                texts("column.measure"): written.name if written else row["metric"].replace("_", " "),
                texts("data_trust.from_day"): view.formats.day(row["day"]),
                texts("column.queue"): finding_words.queue_words(published, row["queue"]) or texts("filter.all_queues"),
                texts("data_trust.before"): value(row["before"]),
                texts("data_trust.after"): value(row["after"]),
                texts("data_trust.change"): difference(row["change"]),
            }
        )
    return pl.DataFrame(rows)
