"""How each vendor reports over time: on-time share, completeness and restatements, month by month."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import streamlit as st

from dashboard.charts.month_lines import month_lines
from dashboard.components.breach_links import Links
from dashboard.components.tables import show_static
from dashboard.escape import visible
from dashboard.models import Published
from dashboard.view import View

#: Shares that are drawn, each in a chart of its own; restatements are counted.
SHARES = ("on_time_share", "completeness")
MONTHS = 13


def show(view: View, published: Published, months: pl.DataFrame, vendors: tuple[str, ...] | None) -> None:
    """``months``: ``data.discipline``."""
    texts, links = view.texts, Links.of(view, published)
    order = [vendor.code for vendor in published.vendors if vendors is None or vendor.code in vendors]
    mine = months.filter(pl.col("vendor").is_in(order))
    if mine.is_empty():
        return
    recent = mine["month"].unique().sort().tail(MONTHS).to_list()
    mine = mine.filter(pl.col("month").is_in(recent))
    with st.container(border=True, key="discipline"):
        st.subheader(texts("data_trust.discipline"), anchor="discipline")
        st.caption(texts("data_trust.discipline_note"))
        with st.grid(3, min_column_width=300, gap="small"):
            for measure in (*SHARES, "restating"):
                with st.container():
                    st.markdown(f"**{texts(f'data_trust.discipline_of.{measure}')}**")
                    st.altair_chart(
                        month_lines(drawn(view, links, mine, order, measure), view.formats, view.palette),
                        key=f"discipline_{measure}",
                        alt=texts("data_trust.discipline_alt", what=texts(f"data_trust.discipline_of.{measure}")),
                    )
        with st.expander(texts("measures.table"), type="compact"):
            show_static(table(view, published, mine, order, recent), texts("data_trust.discipline"), wide=True)


def drawn(view: View, links: Links, months: pl.DataFrame, order: list[str], measure: str) -> pl.DataFrame:
    """One measure: label (vendor, in the pages' order), row, month, height (0 to 1 of what all rows show), text, told,
    href.

    ``told``: the figure is written beside its point: the last one, and the lowest of a share (the highest of a count).
    """
    names = {code: visible(links.published.vendor_name(code)) for code in order}
    place = pl.col("vendor").replace_strict({code: n for n, code in enumerate(order)}, return_dtype=pl.Int64)
    value, share = pl.col(measure).cast(pl.Float64), measure in SHARES
    worst = (value == value.min() if share else value == value.max()).over("vendor") & (value != (1 if share else 0))
    low, high = (float(months[measure].min() or 0), 1.0) if share else (0.0, float(months[measure].max() or 1))  # type: ignore[arg-type]
    ordered = months.sort(place, "month")
    ways = [links.to(vendor, "offered", days=_days(month)) for vendor, month in ordered["vendor", "month"].iter_rows()]
    return ordered.select(
        href=pl.Series(links.column(ways), dtype=pl.String),
        label=pl.col("vendor").replace_strict(names, return_dtype=pl.String),
        row=place,
        month=pl.col("month").dt.strftime("%Y-%m"),
        height=(value - low) / ((high - low) or 1.0),
        text=pl.Series([_text(view, measure, one) for one in ordered[measure]], dtype=pl.String),
        told=(worst & worst.cum_sum().over("vendor").eq(1)).fill_null(False),
    )


def _days(month: date) -> tuple[date, date]:
    return month, (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _text(view: View, measure: str, value: float | None) -> str:
    if measure in SHARES:
        return view.formats.rate(value, 0 if value in (0, 1) else 1)
    return view.formats.number(value)


def table(view: View, published: Published, months: pl.DataFrame, order: list[str], recent: list[date]) -> pl.DataFrame:
    """One line per vendor and month, the latest month first."""
    texts, number = view.texts, view.formats.number
    rows = []
    for month in reversed(recent):
        for code in order:
            for row in months.filter((pl.col("month") == month) & (pl.col("vendor") == code)).iter_rows(named=True):
                rows.append(
                    {
                        texts("data_trust.month"): f"{month:%m/%Y}",
                        texts("column.vendor"): published.vendor_name(code),
                        texts("column.expected"): number(row["expected"]),
                        texts("column.on_time"): number(row["on_time"]),
                        texts("column.late"): number(row["late"]),
                        texts("column.missing"): number(row["missing"]),
                        texts("data_trust.discipline_of.on_time_share"): _text(
                            view, "on_time_share", row["on_time_share"]
                        ),
                        texts("data_trust.discipline_of.completeness"): _text(
                            view, "completeness", row["completeness"]
                        ),
                        texts("data_trust.discipline_of.restating"): number(row["restating"]),
                        texts("data_trust.rows_restated"): number(row["rows_restated"]),
                    }
                )
    return pl.DataFrame(rows)
