"""What should have come: files expected, on time, late, missing, per vendor and feed; and day by day."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.charts.delivery_calendar import delivery_calendar
from dashboard.components.breach_links import OF_FEED, Links
from dashboard.components.tables import show_static
from dashboard.escape import visible
from dashboard.models import Published
from dashboard.view import View


def show(view: View, published: Published, due: pl.DataFrame, counts: pl.DataFrame) -> None:
    """``due``: one row per due delivery; ``counts``: the same counted per vendor and feed."""
    texts = view.texts
    with st.container(border=True, key="feeds"):
        st.subheader(texts("deliveries.feeds"), anchor="feeds")
        if counts.is_empty():
            st.markdown(texts("state.no_terms"))
            return
        if not due.is_empty():
            st.caption(texts("deliveries.feeds_legend"))
            st.altair_chart(
                delivery_calendar(calendar_data(view, Links.of(view, published), due), view.formats, view.palette),
                key="calendar",
                alt=texts("deliveries.feeds_alt"),
            )
        with st.expander(texts("measures.table"), type="compact", expanded=due.is_empty()):
            links = Links.of(view, published)
            arrived = [
                links.to(vendor, OF_FEED.get(feed)) for vendor, feed in counts.select("vendor", "feed").iter_rows()
            ]
            named = {texts("column.arrived"): arrived}
            show_static(table(view, published, counts), texts("deliveries.feeds_alt"), links=named)


def calendar_data(view: View, links: Links, due: pl.DataFrame) -> pl.DataFrame:
    """``due`` with what the chart shows: row, day, punctuality, details, href (the rows of its days)."""
    published = links.published
    order = {vendor.code: place for place, vendor in enumerate(published.vendors)}
    place = pl.col("vendor").replace_strict(order, default=len(order), return_dtype=pl.Int64())
    records = due.sort(place, "feed", "period_start").to_dicts()
    texts, formats = view.texts, view.formats
    return pl.DataFrame(
        {
            "row": [
                visible(f"{published.vendor_name(record['vendor'])} · {texts.known('feed', record['feed'])}")
                for record in records
            ],
            "day": [record["period_end"] for record in records],
            "punctuality": [record["punctuality"] for record in records],
            "href": links.column(
                [
                    links.to(
                        record["vendor"],
                        OF_FEED.get(record["feed"]),
                        days=(record["period_start"], record["period_end"]),
                    )
                    for record in records
                ]
            ),
            "details": [
                texts(
                    "deliveries.due_details",
                    period=formats.period(record["period_start"], record["period_end"]),
                    state=texts(f"punctuality.{record['punctuality']}"),
                    due=formats.instant(record["due_at"], published.zone),
                    received=formats.instant(record["received_at"], published.zone),
                )
                for record in records
            ],
        }
    )


def table(view: View, published: Published, counts: pl.DataFrame) -> pl.DataFrame:
    """Counts per vendor and feed as a reader sees them."""
    texts, number = view.texts, view.formats.number
    return pl.DataFrame(
        [
            {
                texts("column.vendor"): published.vendor_name(row["vendor"]),
                texts("column.feed"): texts.known("feed", row["feed"]),
                texts("column.expected"): number(row["expected"]),
                texts("column.arrived"): number(row["received"]),
                texts("column.on_time"): number(row["on_time"]),
                texts("column.late"): number(row["late"]),
                texts("column.missing"): number(row["missing"]),
            }
            for row in counts.iter_rows(named=True)
        ]
    )
