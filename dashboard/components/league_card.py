"""Sites and queues side by side: the funnel of a share, and the places with what they could be."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard.charts.funnel_plot import funnel_plot
from dashboard.components import labels
from dashboard.components.breach_links import Link, Links
from dashboard.components.tables import show_static
from dashboard.escape import visible
from dashboard.models import Published
from dashboard.written import Written
from pipelines.answers.league import SiteLeague


def show(written: Written, links: Links, sites: dict[str, str], league: SiteLeague) -> None:
    """The card. ``sites``: names by code."""
    view, published = written.view, links.published
    with st.container(border=True, gap="small", key="league"):
        st.subheader(view.texts("league.heading"), anchor="league")
        if league.rows.is_empty():
            st.markdown(view.texts("league.too_few"))
            return
        if league.centre is None:
            st.caption(view.texts("league.no_funnel"))
        else:
            _funnel(written, links, sites, league, league.centre)
        with st.expander(view.texts("league.ranks"), type="compact", expanded=league.centre is None):
            value = {view.texts("column.value"): _ways(written, links, league)}
            show_static(table(written, published, sites, league), view.texts("league.ranks"), wide=True, links=value)
            st.caption(view.texts("league.ranks_note"))
            if league.phi is not None:
                number = view.formats.number
                st.caption(view.texts("league.settings", phi=number(league.phi, 2), tau=number(league.tau2, 5)))


def _ways(written: Written, links: Links, league: SiteLeague) -> list[Link | None]:
    return [
        links.to(vendor, written.measure.id, queue=queue, site=site)
        for vendor, queue, site in league.rows.select("vendor", "queue", "site").iter_rows()
    ]


def _funnel(written: Written, links: Links, sites: dict[str, str], league: SiteLeague, centre: float) -> None:
    view = written.view
    ways = pl.Series(links.column(_ways(written, links, league)), dtype=pl.String)
    data = chart_data(written, links.published, sites, league).with_columns(href=ways)
    outside = ", ".join(data.filter("outside")["label"].to_list()) or view.texts("league.nobody")
    st.altair_chart(
        funnel_plot(data, centre, (view.texts("league.contacts_axis"), written.name), view.formats, view.palette),
        key="funnel",
        alt=view.texts("league.alt", measure=written.name, outside=outside),
    )
    note = view.texts("league.funnel_note")
    st.caption(f"{note} {view.texts('league.few_units')}" if league.few_units else note)


def chart_data(written: Written, published: Published, sites: dict[str, str], league: SiteLeague) -> pl.DataFrame:
    """What the funnel draws: columns of ``charts.funnel_plot``."""
    records = league.rows.to_dicts()
    in_house = {vendor.code for vendor in published.vendors if vendor.in_house}
    names = [unit_name(written, published, sites, row) for row in records]
    return league.rows.with_columns(
        label=pl.Series(labels.short(names, 40), dtype=pl.String),
        outside=pl.col("verdict").is_in(["outside_low", "outside_high"]),
        in_house=pl.col("vendor").is_in(list(in_house)),
        details=pl.Series([_details(written, row, len(records)) for row in records], dtype=pl.String),
    )


def unit_name(written: Written, published: Published, sites: dict[str, str], row: dict[str, Any]) -> str:
    """Site (else vendor) and queue."""
    place = sites.get(row["site"] or "", published.vendor_name(row["vendor"]))
    queue = next((queue.name for queue in published.queues if queue.code == row["queue"]), row["queue"])
    return visible(written.view.texts("league.unit", place=place, queue=queue))


def _details(written: Written, row: dict[str, Any], of: int) -> str:
    number = written.view.formats.number
    return written.view.texts(
        "league.details",
        value=written.value(row["value"]),
        n=number(row["n"]),
        rank=number(row["rank"]),
        low=number(row["rank_low"]),
        high=number(row["rank_high"]),
        of=number(of),
    )


def table(written: Written, published: Published, sites: dict[str, str], league: SiteLeague) -> pl.DataFrame:
    """The places, the best first."""
    texts, number = written.view.texts, written.view.formats.number
    return pl.DataFrame(
        [
            {
                texts("column.queue"): unit_name(written, published, sites, row),
                texts("fair.column.place"): number(row["rank"]),
                texts("fair.column.may_be"): f"{number(row['rank_low'])}–{number(row['rank_high'])}",
                texts("fair.column.ties"): number(row["ties"]),
                texts("column.value"): written.value(row["value"]),
                texts("column.n"): number(row["n"]),
                texts("fair.column.funnel"): texts(f"league.{row['verdict']}") if row["verdict"] else "–",
            }
            for row in league.rows.iter_rows(named=True)
        ]
    )
