"""Every figure of the week as one table, with its download."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from dashboard.components.breach_links import Links, Query
from dashboard.components.filters import VENDORS, WEEK
from dashboard.components.finding_list import PERIOD
from dashboard.components.tables import show_download
from dashboard.formats import iso_week
from dashboard.models import Published, Selection
from dashboard.view import View
from dashboard.written import Written, note_words, target_words, verdict_mark, verdict_words
from pipelines.measures.catalogue import MEASURES


def show(view: View, published: Published, rows: pl.DataFrame, selection: Selection, query: Query) -> None:
    """``rows``: columns of ``models.SCORECARD``; a row leads to its breaches, with ``query`` as their filters."""
    texts = view.texts
    with st.expander(texts("all.show"), key="every_figure"):
        frame = table(view, published, rows, query)
        st.caption(texts("all.open_row"))
        event = st.dataframe(
            frame.to_pandas(),
            hide_index=True,
            alt=texts("all.heading"),
            key="every_figure_table",
            on_select="rerun",
            selection_mode="single-row",
            column_config={
                texts("column.history"): st.column_config.LineChartColumn(width="small"),
                texts("column.vendor"): st.column_config.TextColumn(pinned=True),
                texts("column.findings"): st.column_config.LinkColumn(display_text="#(.*)$"),
                texts("column.measure"): st.column_config.TextColumn(pinned=True),
            },
        )
        chosen: list[int] = event.selection.rows
        if chosen and chosen[0] < rows.height:
            vendor, metric = rows.select("vendor", "metric").row(chosen[0])
            link = Links(published, query).to(vendor, metric)
            st.switch_page(link.page, query_params=link.query)
        raw = rows.with_columns(history=pl.col("history").cast(pl.List(pl.String)).list.join(";", ignore_nulls=False))
        show_download(raw, texts("all.download"), f"scorecard-{iso_week(selection.week)}.csv", "every_figure_csv")


def _findings_link(published: Published, row: dict[str, Any], query: Query) -> str | None:
    """Where the findings that touch the figure are told: the vendor's, of the week; None where there is none."""
    if not row["findings"]:
        return None
    about = query | {VENDORS: published.vendor_name(row["vendor"]), PERIOD: query.get(WEEK, "")}
    return f"data_trust?{urlencode(about, doseq=True)}#{row['findings']} →"


def table(view: View, published: Published, rows: pl.DataFrame, query: Query) -> pl.DataFrame:
    """One row per measure and vendor in the reader's language; the number of findings leads to them."""
    records = [_record(view, published, row, query) for row in rows.iter_rows(named=True)]
    return pl.DataFrame(records, infer_schema_length=None)


def _record(view: View, published: Published, row: dict[str, Any], query: Query) -> dict[str, Any]:
    texts, formats = view.texts, view.formats
    written = Written(view, MEASURES[row["metric"]])
    return {
        texts("column.measure"): written.name,
        texts("column.vendor"): published.vendor_name(row["vendor"]),
        texts("column.value"): written.value(row["value"] if written.shown(row) else None),
        texts("column.n"): formats.number(row["n"]),
        texts("column.interval"): written.interval(row["low"], row["high"]),
        texts("column.previous"): written.value(row["previous"]),
        texts("column.last_year"): written.value(row["last_year"]),
        texts("column.history"): row["history"],
        texts("column.baseline"): written.value(row["baseline_value"]),
        texts("column.gap"): written.difference(row["gap"]),
        texts("column.gap_interval"): written.gap_interval(row["gap_low"], row["gap_high"]),
        texts("column.verdict"): f"{verdict_mark(row)} {verdict_words(view, row)}",
        texts("column.target"): written.value(row["target"]),
        texts("column.target_met"): target_words(view, row),
        texts("column.data"): formats.rate(row["data_share"], 0),
        texts("column.worst_best"): written.interval(row["worst_case"], row["best_case"]),
        texts("column.findings"): _findings_link(published, row, query),
        texts("column.numerator"): written.part(row["numerator"]),
        texts("column.denominator"): written.part(row["denominator"]),
        texts("column.definition"): row["definition_id"] or "",
        texts("column.note"): note_words(view, row),
    }
