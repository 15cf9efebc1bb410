"""One measure of the week: every vendor on one scale, the same as a table with thirteen weeks, the definition."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard.charts.interval_dots import interval_dots
from dashboard.components import breach_links, definitions
from dashboard.components.breach_links import Links
from dashboard.components.tables import CellLinks, show_static
from dashboard.escape import md_escape, visible
from dashboard.formats import iso_week
from dashboard.models import Published
from dashboard.view import View
from dashboard.written import Written, absent_words, note_words, target_words, verdict_mark, verdict_words
from pipelines.measures.catalogue import Measure

#: Longer names are cut in the charts; the table has them whole.
_LONGEST_LABEL = 22


def show(
    view: View,
    published: Published,
    measure: Measure,
    rows: pl.DataFrame,
    weeks: list[date],
    query: dict[str, str | list[str]],
) -> None:
    """``rows``: one per vendor, columns of ``models.SCORECARD``, all of this measure; ``weeks`` of their history;
    ``query`` goes on with the links to each figure's contacts."""
    written, links = Written(view, measure), Links(published, query)
    with st.container(border=True, gap="xsmall", key=f"measure_{measure.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### {md_escape(written.name)}", width="stretch", anchors=False)
            breach_links.show_many(view, links, rows["vendor"].to_list(), measure.id, f"rows_{measure.id}")
            definitions.show_one(view, published, measure, rows)
        st.caption(f"{written.unit} · {written.direction}")
        if rows["value"].null_count() == rows.height:
            if rows["history"].explode().null_count() == rows["history"].list.len().sum():
                st.markdown(view.texts("measures.no_data"))
                return
            st.markdown(
                view.texts("measures.not_this_week", why=md_escape(absent_words(view, rows.row(0, named=True))))
            )
        _charts(written, links, rows, weeks)
        with st.expander(view.texts("measures.table"), type="compact", key=f"table_{measure.id}"):
            own = [links.to(vendor, measure.id) for vendor in rows["vendor"]]
            value = {view.texts("column.value"): own}
            show_static(table(written, published, rows), written.name, wide=True, links=value)
            show_static(
                history_table(written, published, rows, weeks), view.texts("column.history"), wide=True,
                links=_history_links(links, measure, rows, weeks),
            )  # fmt: skip


def _history_links(links: Links, measure: Measure, rows: pl.DataFrame, weeks: list[date]) -> CellLinks:
    """Where the weeks of :func:`history_table` lead."""
    return {
        iso_week(week): [
            links.to(vendor, measure.id, days=(week, week + timedelta(days=6))) for vendor in rows["vendor"]
        ]
        for week in weeks
    }


def _charts(written: Written, links: Links, rows: pl.DataFrame, weeks: list[date]) -> None:
    view, measure, published = written.view, written.measure, links.published
    week = iso_week(weeks[-1])
    ways = links.column([links.to(vendor, measure.id) for vendor in rows["vendor"]])
    labelled = dots_data(written, published, rows).with_columns(href=pl.Series(ways, dtype=pl.String))
    dots = interval_dots(labelled, measure.unit, view.texts("measures.dots_title"), view.formats, view.palette)
    spoken = "; ".join(_spoken(written, published, row) for row in rows.iter_rows(named=True))
    st.vega_lite_chart(
        dots.data,
        dots.spec,
        theme="streamlit",
        key=f"dots_{measure.id}",
        alt=view.texts("measures.dots_alt", measure=written.name, week=week, rows=spoken),
    )


def dots_data(written: Written, published: Published, rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with what the charts need besides: label, in_house, sure, text, under, details.

    With too few contacts the value is withheld.
    """
    records = rows.to_dicts()
    in_house = {vendor.code for vendor in published.vendors if vendor.in_house}
    extra = pl.DataFrame(
        {
            "label": _labels([published.vendor_name(row["vendor"]) for row in records]),
            "in_house": [row["vendor"] in in_house for row in records],
            "sure": [written.sure(row) for row in records],
            "shown": [written.shown(row) for row in records],
            "text": [_beside(written, row) for row in records],
            "under": [_under(written, row) for row in records],
            "details": [_details(written, published, row) for row in records],
        },
        schema_overrides={"label": pl.String, "text": pl.String, "under": pl.String, "details": pl.String},
    )
    withheld = [pl.when("shown").then(pl.col(column)).alias(column) for column in ("value", "low", "high")]
    return pl.concat([rows, extra], how="horizontal").with_columns(withheld)


def _labels(names: list[str]) -> list[str]:
    """Names short enough for an axis, and different from one another."""
    labels: list[str] = []
    for name in names:
        clean = visible(name)
        short = clean if len(clean) <= _LONGEST_LABEL else clean[: _LONGEST_LABEL - 1] + "…"
        labels.append(short if short not in labels else f"{short} ({len(labels) + 1})")
    return labels


def _beside(written: Written, row: dict[str, Any]) -> str:
    if row["value"] is None:
        return absent_words(written.view, row)
    if not written.shown(row):
        return f"○ {written.view.texts('short.too_little_data')}"
    return f"{written.value(row['value'])} {verdict_mark(row)}"


def _under(written: Written, row: dict[str, Any]) -> str:
    """n, the share of the expected data where some is missing, and how many findings touch the figure."""
    if row["value"] is None:
        return ""
    formats, share = written.view.formats, row["data_share"]
    parts = [written.view.texts("scorecard.cell_n", n=formats.number(row["n"]))]
    parts += [f"□ {formats.rate(share, 0)}"] if share is not None and share < 1 else []
    parts += [f"! {formats.number(row['findings'])}"] if row["findings"] else []
    return " · ".join(parts)


def _spoken(written: Written, published: Published, row: dict[str, Any]) -> str:
    """One vendor in the chart's spoken text: short, since the table below has everything."""
    value = written.value(row["value"]) if written.shown(row) else absent_words(written.view, row)
    name = visible(published.vendor_name(row["vendor"]))
    return written.view.texts("measures.spoken", vendor=name, value=value, verdict=verdict_words(written.view, row))


def _details(written: Written, published: Published, row: dict[str, Any]) -> str:
    view = written.view
    return view.texts(
        "measures.details",
        vendor=visible(published.vendor_name(row["vendor"])),
        value=written.value(row["value"] if written.shown(row) else None),
        n=view.formats.number(row["n"]),
        interval=written.interval(row["low"], row["high"]),
        previous=written.value(row["previous"]),
        last_year=written.value(row["last_year"]),
        baseline=written.value(row["baseline_value"]),
        target=written.value(row["target"]),
        verdict=verdict_words(view, row),
    )


def table(written: Written, published: Published, rows: pl.DataFrame) -> pl.DataFrame:
    """The dots as a table: one row per vendor, every cell as the reader writes it."""
    texts, formats = written.view.texts, written.view.formats
    return pl.DataFrame(
        [
            {
                texts("column.vendor"): published.vendor_name(row["vendor"]),
                texts("column.value"): written.value(row["value"] if written.shown(row) else None),
                texts("column.n"): formats.number(row["n"]),
                texts("column.interval"): written.interval(row["low"], row["high"]),
                texts("column.previous"): written.value(row["previous"]),
                texts("column.last_year"): written.value(row["last_year"]),
                texts("column.baseline"): written.value(row["baseline_value"]),
                texts("column.gap_interval"): written.gap_interval(row["gap_low"], row["gap_high"]),
                texts("column.verdict"): f"{verdict_mark(row)} {verdict_words(written.view, row)}",
                texts("column.target"): written.value(row["target"]),
                texts("column.target_met"): target_words(written.view, row),
                texts("column.data"): formats.rate(row["data_share"], 0),
                texts("column.note"): note_words(written.view, row),
            }
            for row in rows.iter_rows(named=True)
        ]
    )


def history_table(written: Written, published: Published, rows: pl.DataFrame, weeks: list[date]) -> pl.DataFrame:
    """The lines as a table: one row per vendor, one column per week."""
    return pl.DataFrame(
        [
            {written.view.texts("column.vendor"): published.vendor_name(row["vendor"])}
            | {iso_week(week): written.value(value) for week, value in zip(weeks, row["history"], strict=True)}
            for row in rows.iter_rows(named=True)
        ]
    )
