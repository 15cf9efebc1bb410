"""The kinds of contact behind a like-for-like gap: what both sides do, kind by kind."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard.components.breach_links import Link, Links
from dashboard.components.tables import show_static
from dashboard.models import Published
from dashboard.view import View
from dashboard.written import Written

#: More kinds than this are in the second table, one click below.
_MOST = 12


def show(written: Written, links: Links, strata: pl.DataFrame, lead: bool) -> None:
    """``strata``: rows of ``answers.compare.STRATA`` of one vendor and measure; ``lead``: read them first."""
    view = written.view
    with st.container(border=True, gap="small", key="strata"):
        st.subheader(view.texts("compare.strata"), anchor="strata")
        if lead:
            st.markdown(f"**{view.texts('compare.strata_lead')}**")
        shared = strata.filter("compared")
        if shared.is_empty():
            st.markdown(view.texts("compare.strata_none"))
            return
        _table(written, links, shared.head(_MOST))
        if shared.height > _MOST:
            with st.expander(view.texts("measures.table"), type="compact"):
                _table(written, links, shared)
        others = view.formats.number(strata.height - shared.height)
        st.caption(view.texts("compare.strata_note", others=others))


def _table(written: Written, links: Links, rows: pl.DataFrame) -> None:
    """The kinds, each leading to the vendor's contacts of its queue."""

    def way(row: dict[str, Any]) -> Link:
        parts = dict(part.split("=", 1) for part in row["stratum"])
        return links.to(row["vendor"], written.measure.id, queue=parts.get("queue_code"))

    value = {written.view.texts("scorecard.vendor"): [way(row) for row in rows.iter_rows(named=True)]}
    shown = table(written, links.published, rows)
    show_static(shown, written.view.texts("compare.strata"), wide=True, links=value)


def table(written: Written, published: Published, rows: pl.DataFrame) -> pl.DataFrame:
    """One row per kind of contact, every cell as the reader writes it."""
    texts, formats = written.view.texts, written.view.formats
    return pl.DataFrame(
        [
            {
                texts("fair.column.kind"): kind_name(written.view, published, row["stratum"]),
                texts("scorecard.vendor"): written.value(row["value"]),
                texts("column.n"): formats.number(row["n"]),
                texts("column.baseline"): written.value(row["baseline_value"]),
                texts("fair.column.baseline_n"): formats.number(row["baseline_n"]),
                texts("fair.column.difference"): written.difference(row["difference"]),
                texts("column.interval"): written.gap_interval(row["low"], row["high"]),
                texts("fair.column.weight"): formats.rate(row["weight"], 0),
            }
            for row in rows.iter_rows(named=True)
        ]
    )


def kind_name(view: View, published: Published, stratum: list[str]) -> str:
    """A kind of contact in words: queue · language · reason."""
    return " · ".join(_part(view, published, *part.split("=", 1)) for part in stratum)


def _part(view: View, published: Published, field: str, value: str) -> str:
    if not value:
        return f"{view.texts.known('field', field)}: {view.texts('compare.kind_unknown')}"
    if field == "queue_code":
        return next((queue.name for queue in published.queues if queue.code == value), value)
    if field == "hour_band":
        return view.texts("compare.hours", **_hours(value))
    return value.replace("_", " ")


def _hours(band: str) -> dict[str, Any]:
    first = 3 * int(band)
    return {"first": f"{first:02d}", "last": f"{first + 3:02d}"}
