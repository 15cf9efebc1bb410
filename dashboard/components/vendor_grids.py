"""Every vendor's week as a small picture on one scale, the in-house team among them."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import navigation
from dashboard.charts.heatmap import vendor_grid
from dashboard.components import heat_card
from dashboard.components.tables import show_static
from dashboard.escape import md_escape, visible
from dashboard.models import Published
from dashboard.view import View
from pipelines.answers.intervals import Shown


def show(view: View, published: Published, cells: pl.DataFrame, what: Shown, query: dict[str, str | list[str]]) -> None:
    """``cells``: ``answers.intervals.CELLS`` of every vendor; each picture leads to its vendor with ``query``."""
    with st.container(border=True, gap="small", key="vendor_grids"):
        name = view.texts(f"breaches.shown_name.{what}")
        st.subheader(view.texts("pair", label=view.texts("breaches.vendors"), text=name), anchor="vendors")
        st.caption(view.texts("breaches.vendors_caption"))
        vendors = [vendor.code for vendor in published.vendors if vendor.code in set(cells["vendor"])]
        if not vendors:
            st.markdown(view.texts("breaches.heat_empty"))
            return
        told = {code: heat_card.chart_data(view, _of(cells, code), what, None) for code in vendors}
        most = max((int(frame["n"].max() or 0) for frame in told.values()), default=1)  # type: ignore[arg-type]
        rows = []
        with st.grid(len(vendors) if len(vendors) < 4 else 3, min_column_width=250, gap="small"):
            for code, frame in told.items():
                facts = heat_card.counts(view, frame)
                promise = heat_card.promise(view, _of(cells, code), what)
                vendor = published.vendor_name(code)
                with st.container(gap="xsmall", key=f"grid_{code}"):
                    st.page_link(
                        navigation.BREACHES, label=f"**{md_escape(vendor)}**", query_params=query | {"bv": code}
                    )
                    st.caption(
                        view.texts("breaches.vendor_line", promise=promise, bad=facts["bad"], open=facts["open"])
                    )
                    chart = vendor_grid(frame, most, view.formats, view.palette)
                    st.vega_lite_chart(
                        chart.data,
                        chart.spec,
                        theme="streamlit",
                        key=f"grid_chart_{code}",
                        alt=view.texts("breaches.vendors_alt", vendor=visible(vendor), **facts),
                    )
                rows.append(
                    {
                        view.texts("column.vendor"): vendor,
                        view.texts("breaches.column.promise"): promise,
                        view.texts("column.intervals"): facts["open"],
                        view.texts("breaches.column.beyond"): facts["bad"],
                        view.texts("breaches.column.missing"): facts["missing"],
                    }
                )
        with st.expander(view.texts("measures.table"), type="compact", key="vendor_grids_table"):
            show_static(pl.DataFrame(rows), view.texts("breaches.vendors"), wide=True)


def _of(cells: pl.DataFrame, vendor: str) -> pl.DataFrame:
    return cells.filter(pl.col("vendor") == vendor)
