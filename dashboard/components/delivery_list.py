"""Every file with its row accounting; one can be opened."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard.components.tables import show_download
from dashboard.models import GROUPS, Published
from dashboard.view import View

FILE = "file"
_COUNTED = ("read", *GROUPS)


def show(
    view: View, published: Published, deliveries: pl.DataFrame, totals: dict[str, int], everything: int
) -> int | None:
    """The list, with its ``totals`` (read and each group of rows); returns the number of the delivery that is open.

    It opens by a row of the table or by the list of names beside it, which also keeps it in the URL.
    """
    texts = view.texts
    with st.container(border=True, key="files"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(texts("deliveries.files"), anchor="files", width="stretch")
            shown = view.formats.number(deliveries.height)
            st.caption(texts("deliveries.count", shown=shown, all=view.formats.number(everything)), width="content")
            show_download(deliveries, texts("deliveries.download_files"), "deliveries.csv", "files_csv")
        st.caption(texts("deliveries.intro"))
        number = view.formats.number
        st.caption(texts("deliveries.in_all", **{name: number(count) for name, count in totals.items()}))
        names = _names(deliveries)
        st.dataframe(
            table(view, published, deliveries).to_pandas(),
            hide_index=True,
            alt=texts("deliveries.files_alt"),
            key="files_table",
            on_select=lambda: _open_selected(list(names)),
            selection_mode="single-row",
            height=min(38 + 35 * max(deliveries.height, 1), 420),
            column_config={
                texts("column.file"): st.column_config.TextColumn(pinned=True, width="medium"),
                **{texts(f"column.{name}"): st.column_config.NumberColumn(format="localized") for name in _COUNTED},
            },
        )
        chosen = st.selectbox(
            texts("deliveries.open"),
            list(names),
            index=None,
            key=FILE,
            bind="query-params",
            placeholder=texts("deliveries.open_hint"),
        )
    return names.get(chosen or "")


def _open_selected(names: list[str]) -> None:
    """A click on a row chooses the same file in the list of names."""
    selected = st.session_state["files_table"]["selection"]["rows"]
    if selected and selected[0] < len(names):
        st.session_state[FILE] = names[selected[0]]


def file_label(row: dict[str, Any]) -> str:
    """A name for one delivery that no other has, also in the URL."""
    return f"{row['vendor']}/{row['file_name']} #{row['delivery_no']}"


def _names(deliveries: pl.DataFrame) -> dict[str, int]:
    return {file_label(row): row["delivery_no"] for row in deliveries.iter_rows(named=True)}


def table(view: View, published: Published, deliveries: pl.DataFrame) -> pl.DataFrame:
    """One row per delivery in the reader's language."""
    texts, formats = view.texts, view.formats
    records = [
        {
            texts("column.file"): row["file_name"],
            texts("column.vendor"): published.vendor_name(row["vendor"]),
            texts("column.feed"): texts.known("feed", row["feed"]),
            texts("column.status"): texts.known("status", row["status"]),
            texts("column.received"): formats.instant(row["received_at"], published.zone),
            texts("column.punctuality"): texts(f"punctuality.{row['punctuality']}") if row["punctuality"] else "",
            texts("column.period"): formats.period(row["period_start"], row["period_end"]),
            texts("column.read"): row["rows_read"],
            **{texts(f"column.{group}"): row[f"rows_{group}"] for group in GROUPS},
            texts("column.adds_up"): texts("cell.yes" if row["adds_up"] else "cell.no"),
            texts("column.reason"): row["message"] or "",
        }
        for row in deliveries.iter_rows(named=True)
    ]
    return pl.DataFrame(records, infer_schema_length=None)
