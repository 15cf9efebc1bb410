"""From any figure to when it missed, whose cause, and which contacts: the page of breaches with the same filters.

Every way from a figure goes through :class:`Links`: links on pages, in the cells of tables, on the marks of charts. A
figure that no clause can promise leads to the rows behind it; one that has no rows, to the page that explains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode

import streamlit as st

from dashboard import navigation
from dashboard import picked as picking
from dashboard.components import filters
from dashboard.escape import md_escape
from dashboard.formats import iso_week
from dashboard.models import Published
from dashboard.picked import Picked
from dashboard.view import View

Query = dict[str, str | list[str]]

#: What the page shows first for a measure that a clause can promise: the figure of the heatmap, and the order of the
#: contacts. Without a measure: as for a service level.
_SHOWS = {
    "service_level": ("service_level", "wait"),
    "answer_rate": ("abandon_rate", "abandoned"),
    "abandon_rate": ("abandon_rate", "abandoned"),
    "asa_s": ("asa_s", "wait"),
    "wait_median_s": ("asa_s", "wait"),
    "wait_p90_s": ("asa_s", "wait"),
    "offered": ("volume", "time"),
    "answered": ("volume", "time"),
    "forecast": ("volume", "time"),
    "occupancy": ("staffing", "handle"),
    "adherence": ("staffing", "handle"),
    "aht_s": ("staffing", "handle"),
    "talk_s": ("staffing", "handle"),
    "hold_s": ("staffing", "handle"),
    "acw_s": ("staffing", "handle"),
    "transfer_rate": ("service_level", "handle"),
}
#: Measures that no half-hour can miss: the rows behind them are opened at once, in this order.
_ROWS = {
    "repeat_rate": "repeat",
    "fcr": "repeat",
    "csat": "survey",
    "nps": "survey",
    "response_rate": "survey",
    "refund_rate": "refund",
    "refund_value_per_contact": "refund",
}
#: Measures that have no rows of their own: the page of the figure says what they are made of.
_EXPLAINED = ("cost_per_contact", "cost_per_resolved_contact")

#: What stands for the rows of a feed, where a figure is about the feed and not about a measure.
OF_FEED = {"contacts": "offered", "surveys": "csat", "refunds": "refund_rate", "staffing": "occupancy"}


@dataclass(frozen=True, slots=True)
class Link:
    """One page with its parameters."""

    page: Path
    query: Query

    @property
    def url(self) -> str:
        """Its address beside the other pages' (each is called as its file); nothing in it is Markdown."""
        return f"{self.page.stem}?{urlencode(self.query, doseq=True, quote_via=quote, safe='')}"

    def around(self, text: str) -> str:
        """``text`` (Markdown) as a link."""
        return f"[{text}]({self.url})"


@dataclass(frozen=True, slots=True)
class Links:
    """The ways out of one page: ``query`` are its filters."""

    published: Published
    query: Query

    @classmethod
    def of(cls, view: View, published: Published) -> Links:
        """Those of a page that shows what the filters of the title row select."""
        if not published.weeks:
            return cls(published, {})
        return cls(published, filters.query_of(view, published, filters.selected(published)))

    def to(
        self,
        vendor: str,
        metric: str | None = None,
        *,
        queue: str | None = None,
        site: str | None = None,
        days: tuple[date, date] | None = None,
    ) -> Link:
        """The breaches of one vendor, as the measure asks for them; ``days``: of these instead of the filters' week.

        Days within one week are opened with their contacts; a longer stretch as its last week, counted by month.
        """
        query, picked = self._week(days)
        if metric in _EXPLAINED:
            return Link(navigation.FIGURE, query | {"fv": vendor, "kpi": cast("str", metric)})
        shows, order = _SHOWS.get(metric or "", ("service_level", "wait"))
        if metric in _ROWS:
            order, picked = _ROWS[metric], picked or self._whole_week(query)
        chosen: Query = {"bv": vendor, "show": shows, "order": order}
        chosen |= {key: value for key, value in (("bq", queue), ("bs", site)) if value}
        if picked is not None:
            chosen |= picking.query(picked)
        return Link(navigation.BREACHES, query | chosen)

    def in_week(self, week: date) -> Links:
        """The same with another week in the filters."""
        return Links(self.published, self.query | {filters.WEEK: iso_week(week)})

    def column(self, links: Sequence[Link | None]) -> list[str]:
        """Addresses as a column of a chart; empty where there is no way."""
        return ["" if one is None else one.url for one in links]

    def _week(self, days: tuple[date, date] | None) -> tuple[Query, Picked | None]:
        """The filters with the week of ``days``, and which of its days are picked."""
        weeks = self.published.weeks
        if days is None or not weeks:
            return dict(self.query), None
        first, last = days
        monday = min(max(_monday(last), weeks[-1]), weeks[0])
        if _monday(first) == _monday(last) == monday:
            return self.query | {filters.WEEK: iso_week(monday)}, Picked(first, last)
        # The last week that lies wholly within the days, where there is one.
        whole = monday if last >= monday + timedelta(days=6) or monday <= first else monday - timedelta(days=7)
        asked: Query = {filters.WEEK: iso_week(whole if whole in weeks else monday)}
        return self.query | asked | ({"grain": "month"} if (last - first).days > 7 else {}), None

    def _whole_week(self, query: Query) -> Picked | None:
        weeks = self.published.weeks
        asked = next((week for week in weeks if iso_week(week) == query.get(filters.WEEK)), weeks[0] if weeks else None)
        return None if asked is None else Picked(asked, asked + timedelta(days=6))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def show(view: View, link: Link, *, key: str = "breaches.link", **words: Any) -> None:
    """One link under words of the catalogue."""
    st.page_link(link.page, label=view.texts(key, **words), query_params=link.query)


def show_many(view: View, links: Links, vendors: Sequence[str], metric: str | None, key: str) -> None:
    """A button that opens one link per vendor."""
    with st.popover(view.texts("breaches.links"), type="tertiary", help=view.texts("breaches.links_help"), key=key):
        for code in vendors:
            link = links.to(code, metric)
            st.page_link(link.page, label=md_escape(links.published.vendor_name(code)), query_params=link.query)
