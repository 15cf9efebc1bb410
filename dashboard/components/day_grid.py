"""What came on which day: feeds by days, and beneath it the deliveries that were not as agreed."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.charts.day_states import MARKS, day_states
from dashboard.components import url_choice
from dashboard.components.breach_links import OF_FEED, Links
from dashboard.components.tables import show_static
from dashboard.escape import visible
from dashboard.models import Published
from dashboard.view import View

MONTH = "gm"
LAST_WEEKS = "last"
#: As many days as a page shows legibly.
DAYS = 35


def show(view: View, published: Published, vendors: tuple[str, ...] | None) -> None:
    """The grid of the last five weeks, or of a month that is chosen."""
    texts = view.texts
    with st.container(border=True, key="day_grid"):
        left, right = st.columns([3, 1], vertical_alignment="center")
        left.subheader(texts("data_trust.grid"), anchor="grid")
        with right:
            month = url_choice.show(
                texts("data_trust.grid_when"), [LAST_WEEKS, *_months(published)], lambda one: _words(view, one), MONTH
            )
        first, last = _span(published, month)
        days = data.delivery_grid(published.version, first, last)
        if vendors is not None:
            days = days.filter(pl.col("vendor").is_in(vendors))
        if days.is_empty():
            st.markdown(texts("state.no_terms"))
            return
        st.caption(texts("data_trust.grid_legend"))
        st.altair_chart(
            day_states(drawn(view, Links.of(view, published), days), view.formats, view.palette),
            key="day_states",
            alt=texts("data_trust.grid_alt", period=view.formats.period(first, last)),
        )
        with st.expander(texts("measures.table"), type="compact"):
            show_static(table(view, published, days), texts("data_trust.grid"), wide=True)


def _months(published: Published) -> list[str]:
    weeks = published.weeks
    return sorted({f"{week:%Y-%m}" for week in weeks}, reverse=True)


def _words(view: View, month: str) -> str:
    if month == LAST_WEEKS:
        return view.texts("data_trust.last_weeks", n=DAYS // 7)
    year, number = month.split("-")
    return f"{number}/{year}"


def _span(published: Published, month: str) -> tuple[date, date]:
    if month != LAST_WEEKS:
        first = date(int(month[:4]), int(month[5:]), 1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    last = published.data_until or date.today()
    return last - timedelta(days=DAYS - 1), last


def drawn(view: View, links: Links, days: pl.DataFrame) -> pl.DataFrame:
    """``days`` with what the chart shows: row, day, state, details, href (that day's rows); vendors in the pages'
    order."""
    published = links.published
    order = {vendor.code: place for place, vendor in enumerate(published.vendors)}
    place = pl.col("vendor").replace_strict(order, default=len(order), return_dtype=pl.Int64())
    records = days.sort(place, "feed", "day").to_dicts()
    return pl.DataFrame(
        {
            "row": [_row(view, published, record["vendor"], record["feed"]) for record in records],
            "day": [record["day"] for record in records],
            "state": [record["state"] for record in records],
            "href": links.column(
                [
                    links.to(record["vendor"], OF_FEED.get(record["feed"]), days=(record["day"], record["day"]))
                    for record in records
                ]
            ),
            "details": [
                view.texts(
                    "data_trust.grid_details",
                    day=view.formats.day(record["day"]),
                    state=view.texts(f"data_trust.state.{record['state']}"),
                    period=view.formats.period(record["period_start"], record["period_end"]),
                    due=view.formats.instant(record["due_at"], published.zone),
                    received=view.formats.instant(record["received_at"], published.zone),
                )
                for record in records
            ],
        }
    )


def _row(view: View, published: Published, vendor: str, feed: str) -> str:
    return visible(f"{published.vendor_name(vendor)} · {view.texts.known('feed', feed)}")


def table(view: View, published: Published, days: pl.DataFrame) -> pl.DataFrame:
    """One line per vendor and feed: how many days of each state, and which days were not as agreed."""
    texts, formats = view.texts, view.formats
    rows = []
    for (vendor, feed), some in days.sort("day").group_by(["vendor", "feed"], maintain_order=True):
        odd = some.filter(pl.col("state") != "on_time")
        counts = {
            texts(f"data_trust.state.{state}"): formats.number(some.filter(pl.col("state") == state).height)
            for state in MARKS
        }
        which = [f"{MARKS[state]} {formats.day(day)}" for day, state in odd.select("day", "state").iter_rows()]
        name = _row(view, published, str(vendor), str(feed))
        rows.append({texts("column.feed"): name, **counts, texts("data_trust.which_days"): ", ".join(which)})
    return pl.DataFrame(rows)
