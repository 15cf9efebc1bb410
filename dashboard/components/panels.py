"""Every vendor on every essential measure at a glance: figure, thirteen weeks, verdicts with marks and words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import navigation
from dashboard.charts.panel import panel, panel_data
from dashboard.components import labels, matrix
from dashboard.components.breach_links import Links
from dashboard.components.tables import show_markdown
from dashboard.escape import visible
from dashboard.formats import iso_week
from dashboard.models import Published
from dashboard.view import View
from dashboard.written import Written, absent_words, trust_marks
from pipelines.measures.catalogue import MEASURES
from pipelines.wording import sentences

#: Names beside a figure have little room.
_LONGEST_LABEL = 16
_STATES = {"improvement": "good", "concern": "bad", "high": "other", "low": "other"}


def show(
    view: View,
    published: Published,
    rows: pl.DataFrame,
    metrics: tuple[str, ...],
    weeks: list[date],
    query: dict[str, str | list[str]],
) -> None:
    """One panel per measure of ``metrics``; ``rows``: columns of ``models.SCORECARD``. The same as a table below."""
    texts = view.texts
    with st.container(border=True, gap="xsmall", key="scorecard"):
        st.subheader(texts("scorecard.heading"), anchor="scorecard")
        with st.grid(len(metrics), min_column_width=138, gap="small"):
            for metric in metrics:
                _show_one(view, published, metric, rows.filter(pl.col("metric") == metric), weeks, query)
    st.caption(texts("panel.legend"))
    with st.expander(texts("measures.table"), type="compact", key="scorecard_table"):
        show_markdown(matrix.cells(view, Links(published, query), rows, metrics), texts("scorecard.heading"))
        st.caption(texts("scorecard.legend"))


def _show_one(
    view: View,
    published: Published,
    metric: str,
    rows: pl.DataFrame,
    weeks: list[date],
    query: dict[str, str | list[str]],
) -> None:
    written = Written(view, MEASURES[metric])
    lines, words = panel_rows(written, Links(published, query), rows, weeks)
    drawing = panel(lines, words, view.formats, view.palette)
    spoken = "; ".join(f"{row['name']}: {row['head']}, {row['foot']}" for row in words.iter_rows(named=True))
    with st.container(gap=None):
        st.page_link(
            navigation.COMPARE,
            label=view.texts.known("panel.name", metric) if metric in _SHORT else written.name,
            query_params=query | {"ckpi": metric},
            help=view.texts("panel.open", measure=written.name),
        )
        st.vega_lite_chart(
            drawing.data,
            drawing.spec,
            theme="streamlit",
            key=f"panel_{metric}",
            alt=view.texts("panel.alt", measure=written.name, week=iso_week(weeks[-1]), rows=spoken),
        )


#: Measures whose names are too long for the head of a panel.
_SHORT = ("csat", "asa_s", "aht_s")


def panel_rows(
    written: Written, links: Links, rows: pl.DataFrame, weeks: list[date]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines of a panel (``charts.panel.panel_data`` with text) and its words, one row per vendor."""
    records, published, metric = rows.to_dicts(), links.published, written.measure.id
    names = [published.vendor_name(row["vendor"]) for row in records]
    in_house = {vendor.code for vendor in published.vendors if vendor.in_house}
    words = pl.DataFrame(
        {
            "label": labels.short(names, _LONGEST_LABEL),
            "name": [visible(name) for name in names],
            "in_house": [row["vendor"] in in_house for row in records],
            "head": [head(written, row) for row in records],
            "foot": [foot(written, row) for row in records],
            "state": [_STATES.get(row["variation"] or "", "usual") for row in records],
            "details": [details(written, row) for row in records],
            "href": links.column([links.to(row["vendor"], metric) for row in records]),
        },
        schema_overrides=dict.fromkeys(("label", "name", "head", "foot", "state", "details", "href"), pl.String),
    )
    lines = panel_data(pl.concat([rows, words.select("label")], how="horizontal"), weeks, published.baseline)
    text = [None if value is None else written.value(value) for value in lines["value"]]
    ways = pl.DataFrame(
        [
            (place, week, links.to(row["vendor"], metric, days=(week, week + timedelta(days=6))).url)
            for place, row in enumerate(records)
            for week in weeks
        ],
        schema={"row": pl.Int64, "week": pl.Date, "href": pl.String},
        orient="row",
    )
    return lines.with_columns(text=pl.Series(text, dtype=pl.String)).join(
        ways, on=["row", "week"], how="left", maintain_order="left"
    ), words


def head(written: Written, row: dict[str, Any]) -> str:
    """The week's figure with its marks: will the target be kept, can it be leant on?"""
    if row["value"] is None or not written.shown(row):
        return ""
    assurance = sentences.ASSURANCE_MARKS.get(row["assurance"] or "", "")
    marks = [written.value(row["value"]), assurance, trust_marks(row)]
    return " ".join(mark for mark in marks if mark)


def foot(written: Written, row: dict[str, Any]) -> str:
    """The verdict in words; where there is no figure, why."""
    if row["value"] is not None and not written.shown(row):
        return f"○ n {written.speech.formats.number(row['n'])}"
    if row["value"] is None and row["verdict"] not in ("better", "worse", "higher", "lower", "equal"):
        return absent_words(written.speech, row)
    return sentences.gap_words(written, row)


def details(written: Written, row: dict[str, Any]) -> str:
    """What appears on pointing at a row: n, the usual range, the interval of the gap."""
    return written.speech.texts(
        "panel.details",
        n=written.speech.formats.number(row["n"]),
        usual=written.interval(row["usual_low"], row["usual_high"]),
        target=written.value(row["target"]),
        gap=written.gap_interval(row["gap_low"], row["gap_high"]),
    )
