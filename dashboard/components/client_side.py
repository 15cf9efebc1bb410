"""The client's own side: forecasts, dependence, changes of scope, answers to questions, training."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard.charts.share_bars import share_bars
from dashboard.components import duty_forms, labels
from dashboard.components.breach_links import Link, Links
from dashboard.components.tables import show_static
from dashboard.escape import md_escape
from dashboard.models import Published
from dashboard.view import View
from pipelines.answers.both_sides import BothSides
from pipelines.answers.duties import Parity

#: A share this small is written, not drawn.
_MOST_BARS = 12


def show_forecast(view: View, links: Links, forecast: pl.DataFrame, chosen: tuple[str, ...] | None) -> None:
    """How well the client forecast what it sent, per vendor and queue."""
    published = links.published
    rows = _of(forecast, chosen)
    with st.container(border=True, gap="small", key="forecast"):
        st.subheader(view.texts("both_sides.forecast"), anchor="forecast")
        totals = rows.filter(pl.col("queue").is_null() & pl.col("wape_week").is_not_null())
        if totals.is_empty():
            st.markdown(view.texts("both_sides.forecast_none"))
            return
        lines = [forecast_sentence(view, published, row) for row in totals.iter_rows(named=True)]
        st.markdown("\n".join(f"- {line}" for line in lines))
        with st.expander(view.texts("measures.table"), type="compact", key="forecast_table"):
            ways = [links.to(vendor, "forecast", queue=queue) for vendor, queue in rows["vendor", "queue"].iter_rows()]
            named = {view.texts("both_sides.column.actual"): ways}
            table = forecast_table(view, published, rows)
            show_static(table, view.texts("both_sides.forecast"), wide=True, links=named)
        st.caption(view.texts("both_sides.forecast_note"))


def forecast_sentence(view: View, published: Published, row: dict[str, Any]) -> str:
    """One vendor's forecast in words; the weeks beyond the agreed band are the client's."""
    formats = view.formats
    side = "low" if row["bias"] < 0 else "high"
    if formats.rate(abs(row["bias"])) == formats.rate(0.0):  # too little to be written
        side = "level"
    first = view.texts(
        f"both_sides.forecast_sentence_{side}",
        vendor=md_escape(published.vendor_name(row["vendor"])),
        wape=formats.rate(row["wape_week"]),
        bias=formats.rate(abs(row["bias"])),
    )
    if row["band"] is None or not row["weeks_over_band"]:
        return first
    over, weeks = formats.number(row["weeks_over_band"]), formats.number(row["weeks"])
    band = formats.rate(row["band"], 0)
    return f"{first} {view.texts('both_sides.forecast_over', over=over, weeks=weeks, band=band)}"


def forecast_table(view: View, published: Published, rows: pl.DataFrame) -> pl.DataFrame:
    """Vendor and queue: contacts, forecast, errors, weeks beyond the band, days locked ahead."""
    texts, formats = view.texts, view.formats
    return pl.DataFrame(
        [
            {
                texts("column.vendor"): published.vendor_name(row["vendor"]),
                texts("column.queue"): _queue(view, published, row["queue"]),
                texts("both_sides.column.actual"): formats.number(row["actual"]),
                texts("both_sides.column.forecast"): formats.number(row["forecast"]),
                texts("both_sides.column.wape_week"): formats.rate(row["wape_week"]),
                texts("both_sides.column.wape_day"): formats.rate(row["wape_day"]),
                texts("both_sides.column.bias"): _signed(view, row["bias"]),
                texts("both_sides.column.over"): formats.number(row["weeks_over_band"]),
                texts("both_sides.column.locked"): "–"
                if row["locked_days"] is None
                else texts("both_sides.column.days", n=formats.number(row["locked_days"])),
            }
            for row in rows.iter_rows(named=True)
        ]
    )


def _signed(view: View, share: float | None) -> str:
    text = view.formats.rate(share)
    return f"+{text}" if share is not None and share > 0 else text


def _queue(view: View, published: Published, code: str | None) -> str:
    if code is None:
        return view.texts("both_sides.column.all_queues")
    return next((queue.name for queue in published.queues if queue.code == code), code)


def show_dependence(view: View, links: Links, sites: dict[str, str], sides: BothSides) -> None:
    """Shares of the volume, and what a sudden stop of each vendor would leave uncovered."""
    with st.container(border=True, gap="small", key="dependence"):
        st.subheader(view.texts("both_sides.dependence"), anchor="dependence")
        if sides.stops.is_empty():
            st.markdown(view.texts("both_sides.no_stops"))
        for row in sides.stops.iter_rows(named=True):
            st.markdown(f"- {stop_sentence(view, links.published, row)}")
        headings = {
            "vendor": view.texts("both_sides.share_vendor"),
            "site": view.texts("both_sides.share_site"),
            "country": view.texts("both_sides.share_country"),
        }
        with st.grid(3, min_column_width=300, gap="small"):
            for kind, heading in headings.items():
                _shares(view, links, sites, sides.shares.filter(pl.col("kind") == kind), kind, heading)


def _shares(view: View, links: Links, sites: dict[str, str], rows: pl.DataFrame, kind: str, heading: str) -> None:
    with st.container(gap="xsmall", key=f"shares_{kind}"):
        st.markdown(f"##### {heading}", anchors=False)
        if rows.is_empty():
            st.markdown(f"□ {view.texts('short.no_data')}")
            return
        ways = [_way(links, row) for row in rows.iter_rows(named=True)]
        href = pl.Series(links.column(ways), dtype=pl.String)
        bars = share_data(view, links.published, sites, rows).with_columns(href=href)
        spoken = "; ".join(f"{row['label']} {row['text']}" for row in bars.iter_rows(named=True))
        chart = share_bars(bars.head(_MOST_BARS), view.formats, view.palette)
        st.altair_chart(chart, key=f"shares_chart_{kind}", alt=view.texts("both_sides.shares_alt", rows=spoken))
        with st.expander(view.texts("measures.table"), type="compact", key=f"shares_table_{kind}"):
            named = {heading: bars["label"], view.texts("column.contacts"): bars["count"], "%": bars["text"]}
            show_static(pl.DataFrame(named), heading, links={view.texts("column.contacts"): ways})


def _way(links: Links, row: dict[str, Any]) -> Link | None:
    """To the contacts of a vendor or a site; a country may be of several vendors."""
    if row["vendor"] is None:
        return None
    return links.to(row["vendor"], "offered", site=row["name"] if row["kind"] == "site" else None)


def share_data(view: View, published: Published, sites: dict[str, str], rows: pl.DataFrame) -> pl.DataFrame:
    """What the bars draw: columns of ``charts.share_bars``, with the contacts as written."""
    in_house = {vendor.code for vendor in published.vendors if vendor.in_house}
    vendors = {vendor.code: vendor.name for vendor in published.vendors}
    names = [
        view.texts.known("both_sides.country", name) if kind == "country" else (vendors | sites).get(name, name)
        for kind, name in rows.select("kind", "name").iter_rows()
    ]
    return rows.select(
        "share",
        label=pl.Series(labels.short(names, 30), dtype=pl.String),
        text=pl.Series([view.formats.rate(share, 0) for share in rows["share"]], dtype=pl.String),
        count=pl.Series([view.formats.number(count) for count in rows["contacts"]], dtype=pl.String),
        in_house=pl.col("vendor").is_in(list(in_house)).fill_null(False),
    )


def stop_sentence(view: View, published: Published, row: dict[str, Any]) -> str:
    """What would be left uncovered, whose queues nobody else serves, and how long the notice is."""
    texts, number = view.texts, view.formats.number
    sentences = [
        texts(
            "both_sides.stop",
            vendor=md_escape(published.vendor_name(row["vendor"])),
            contacts=number(row["contacts"]),
            hours=number(row["hours"]),
            share=view.formats.rate(row["share"], 0),
        )
    ]
    if row["alone"]:
        queues = ", ".join(md_escape(_queue(view, published, code)) for code in row["alone"])
        sentences.append(texts("both_sides.stop_alone", queues=queues, contacts=number(row["alone_contacts"])))
    else:
        sentences.append(texts("both_sides.stop_covered"))
    days = row["exit_notice_days"]
    sentences.append(texts("both_sides.notice_none") if days is None else texts("both_sides.notice", days=number(days)))
    return " ".join(sentences)


def show_changes(view: View, published: Published, changes: pl.DataFrame, chosen: tuple[str, ...] | None) -> None:
    """Changes of scope: what the workspace records."""
    rows = _of(changes, chosen)
    with st.container(border=True, gap="small", key="changes_of_scope"):
        st.subheader(view.texts("both_sides.changes"), anchor="changes")
        if rows.is_empty():
            st.markdown(view.texts("both_sides.no_changes"))
        else:
            show_static(changes_table(view, published, rows), view.texts("both_sides.changes"))
        st.caption(view.texts("both_sides.changes_note"))
        duty_forms.show_change(view, published, chosen)


def changes_table(view: View, published: Published, rows: pl.DataFrame) -> pl.DataFrame:
    texts, formats = view.texts, view.formats
    names = {queue.code: queue.name for queue in published.queues}
    return pl.DataFrame(
        [
            {
                texts("column.day"): view.formats.day(row["day"]),
                texts("column.vendor"): published.vendor_name(row["vendor"]),
                texts("both_sides.column.what"): texts(f"both_sides.change.{row['kind']}"),
                texts("both_sides.column.detail"): row["detail"]
                if row["kind"] == "scope_changed"
                else ", ".join(names.get(one, one) for one in row["detail"].split(", ")),
                texts("both_sides.column.notice"): "–"
                if row["notice_days"] is None
                else texts("both_sides.column.days", n=formats.number(row["notice_days"])),
            }
            for row in rows.iter_rows(named=True)
        ]
    )


def show_duties(view: View, published: Published, sides: BothSides, chosen: tuple[str, ...] | None) -> None:
    """Answers to questions, and training: said to be missing where nobody records them."""
    left, right = st.columns(2, border=True)
    with left:
        st.subheader(view.texts("both_sides.questions"), anchor="questions")
        questions = _of(sides.questions, chosen)
        if questions.is_empty():
            st.markdown(view.texts("both_sides.no_questions"))
        for row in questions.iter_rows(named=True):
            st.markdown(f"- {question_sentence(view, published, row)}")
        duty_forms.show_question(view, published, chosen)
    with right:
        st.subheader(view.texts("both_sides.training"), anchor="training")
        if sides.training.is_empty():
            st.markdown(view.texts("both_sides.no_training"))
        for row in sides.training.iter_rows(named=True):
            name = md_escape(published.vendor_name(row["vendor"]))
            hours, share = view.formats.number(row["training_hours"]), view.formats.rate(row["share"])
            st.markdown(f"- {view.texts('both_sides.trained', vendor=name, hours=hours, share=share)}")
        told = [one for one in sides.parities if chosen is None or one.vendor in chosen]
        if not told:
            st.markdown(view.texts("both_sides.no_parity"))
        for one in told:
            st.markdown(f"- {parity_sentence(view, published, one)}")
        duty_forms.show_parity(view, published, chosen)


def question_sentence(view: View, published: Published, row: dict[str, Any]) -> str:
    """How many of a vendor's questions were answered, how fast, and how long the oldest open one has waited."""
    number = view.formats.number
    known = {
        "vendor": md_escape(published.vendor_name(row["vendor"])),
        "asked": number(row["asked"]),
        "answered": number(row["answered"]),
        "days": number(row["median_days"], 0 if float(row["median_days"] or 0).is_integer() else 1),
        "oldest": number(row["oldest_open_days"]),
    }
    if not row["answered"]:
        return view.texts("both_sides.question_open", **known)
    key = "question" if row["oldest_open_days"] is None else "question_waiting"
    return view.texts(f"both_sides.{key}", **known)


def parity_sentence(view: View, published: Published, one: Parity) -> str:
    """One word on training or knowledge: who said it, and when."""
    known = {
        "vendor": md_escape(published.vendor_name(one.vendor)),
        "author": md_escape(one.author),
        "day": view.formats.day(one.on),
    }
    told = view.texts(f"both_sides.parity.{one.area}_{one.extent}", **known)
    return f"{told} {md_escape(one.text)}" if one.text else told


def _of(rows: pl.DataFrame, chosen: tuple[str, ...] | None) -> pl.DataFrame:
    return rows if chosen is None else rows.filter(pl.col("vendor").is_in(list(chosen)))
