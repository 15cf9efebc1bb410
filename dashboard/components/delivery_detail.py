"""One file opened: where its rows went, the rejected cells, and the rows behind each number."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.charts.accounting import accounting_bars
from dashboard.components import breach_links
from dashboard.components.breach_links import OF_FEED, Links
from dashboard.components.tables import show_download, show_static
from dashboard.escape import md_escape, visible
from dashboard.models import GROUPS, Published
from dashboard.view import View

#: More rows than this are in the download only.
MOST_ROWS = 500


def show(view: View, published: Published, delivery: dict[str, Any]) -> None:
    """``delivery``: one row of ``models.DELIVERIES``."""
    texts = view.texts
    with st.container(border=True, key="opened"):
        st.subheader(md_escape(delivery["file_name"]), anchor="opened")
        st.caption(
            texts(
                "deliveries.facts",
                vendor=md_escape(published.vendor_name(delivery["vendor"])),
                feed=md_escape(texts.known("feed", delivery["feed"])),
                status=md_escape(texts.known("status", delivery["status"])),
                received=view.formats.instant(delivery["received_at"], published.zone),
                zone=md_escape(published.zone),
                sha=delivery["sha256"][:16],
            )
        )
        if delivery["message"]:
            key = "deliveries.refused" if delivery["refused"] else "deliveries.said"
            st.markdown(texts(key, reason=md_escape(delivery["message"])))
        if published.weeks and not delivery["refused"]:
            first, last = delivery["period_start"], delivery["period_end"]
            days = (first, last or first) if first else None
            link = Links.of(view, published).to(delivery["vendor"], OF_FEED.get(delivery["feed"]), days=days)
            breach_links.show(view, link)
        _accounting(view, delivery)
        _rejects(view, published.version, delivery)
        _rows(view, published.version, delivery)


def _accounting(view: View, delivery: dict[str, Any]) -> None:
    texts, number = view.texts, view.formats.number
    st.markdown(f"##### {texts('deliveries.accounting')}", anchors=False)
    groups = pl.DataFrame(
        {
            "group": [texts(f"column.{group}") for group in GROUPS],
            "rows": [delivery[f"rows_{group}"] for group in GROUPS],
            "text": [number(delivery[f"rows_{group}"]) for group in GROUPS],
            "meaning": [texts(f"group.{group}") for group in GROUPS],
        }
    )
    spoken = ", ".join(f"{row['group']} {row['text']}" for row in groups.iter_rows(named=True))
    left, right = st.columns(2, gap="medium")
    left.altair_chart(
        accounting_bars(groups, view.formats, view.palette),
        key="accounting",
        alt=texts("deliveries.accounting_alt", file=visible(delivery["file_name"]), rows=spoken),
    )
    total = {"group": texts("column.read"), "text": number(delivery["rows_read"]), "meaning": texts("group.read")}
    with right:
        rows = pl.concat([groups.select("group", "text", "meaning"), pl.DataFrame([total])])
        show_static(
            rows.rename(
                {"group": texts("column.disposition"), "text": texts("column.rows"), "meaning": texts("column.meaning")}
            ),
            texts("deliveries.accounting"),
        )


def _rejects(view: View, version: str, delivery: dict[str, Any]) -> None:
    texts = view.texts
    st.markdown(f"##### {texts('deliveries.rejects')}", anchors=False)
    rejects = data.rejects(version, delivery["delivery_id"])
    if rejects.is_empty():
        st.markdown(texts("deliveries.no_rejects"))
        return
    st.caption(texts("deliveries.rejects_note"))
    names = {name: texts(f"column.{name}") for name in ("line", "column", "raw_value", "reason")}
    _listed(
        view,
        rejects.select(pl.lit(delivery["file_name"]).alias("file"), *names).rename(
            {"file": texts("column.file")} | names
        ),
        "deliveries.download_rejects",
        f"rejects-{delivery['delivery_no']}.csv",
        "rejects",
    )


def _rows(view: View, version: str, delivery: dict[str, Any]) -> None:
    texts = view.texts
    st.markdown(f"##### {texts('deliveries.rows')}", anchors=False)
    labels = {
        f"{texts(f'column.{group}')} ({view.formats.number(delivery[f'rows_{group}'])})": group
        for group in GROUPS
        if delivery[f"rows_{group}"] and group != "loaded"
    }
    st.caption(texts("deliveries.rows_loaded_note"))
    if not labels:
        st.markdown(texts("deliveries.no_rows"))
        return
    chosen = st.selectbox(texts("deliveries.rows_choice"), list(labels), key=f"group_{delivery['delivery_no']}")
    rows = data.rows(version, delivery["delivery_id"], labels[chosen])
    names = {name: texts(f"column.{name}") for name in ("source_row", "reason", "row_key", "other_file", "other_row")}
    _listed(
        view,
        rows.select(pl.col(*names).cast(pl.String).fill_null("")).rename(names),
        "deliveries.download_rows",
        f"rows-{delivery['delivery_no']}-{labels[chosen]}.csv",
        "rows",
    )


def _listed(view: View, rows: pl.DataFrame, button: str, file_name: str, key: str) -> None:
    """The first rows as a table, all of them as a download."""
    st.dataframe(
        rows.head(MOST_ROWS).to_pandas(),
        hide_index=True,
        key=f"{key}_table",
        alt=view.texts(button),
        height=min(38 + 35 * rows.height, 320),
    )
    if rows.height > MOST_ROWS:
        number = view.formats.number
        st.caption(view.texts("deliveries.truncated", shown=number(MOST_ROWS), all=number(rows.height)))
    show_download(rows, view.texts(button), file_name, f"{key}_csv")
