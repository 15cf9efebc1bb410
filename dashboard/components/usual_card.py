"""One figure over a year with its usual range: a sentence, the chart, the same as a table, and who began new limits."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import streamlit as st

from dashboard.charts.range_chart import range_chart
from dashboard.components import limits_form
from dashboard.components.breach_links import Links
from dashboard.components.tables import show_static
from dashboard.escape import md_escape, visible
from dashboard.formats import iso_week
from dashboard.models import Usual
from dashboard.view import View
from dashboard.written import Written
from pipelines.wording import sentences

_STATES = {"usual": "usual", "no_data": "no_data", "improvement": "good", "concern": "bad"}


def show(written: Written, vendor: str, usual: Usual, links: Links) -> None:
    """The card of one ``vendor`` (its code) and measure."""
    view, published = written.view, links.published
    name = published.vendor_name(vendor)
    with st.container(border=True, gap="small", key="usual_range"):
        heading = view.texts("usual.heading", measure=md_escape(written.inside), vendor=md_escape(name))
        st.subheader(heading, anchor="usual")
        chart = usual.chart
        if chart.points.is_empty() or chart.points["value"].null_count() == chart.points.height:
            st.markdown(view.texts("usual.none"))
            return
        st.markdown(sentences.usual_sentence(written, name, chart, usual.target))
        limits = chart.phases[-1]
        if limits.trial:
            st.markdown(view.texts("usual.trial", points=view.formats.number(limits.points)))
        points = chart_data(written, usual)
        weeks = [(week, week + timedelta(days=6)) for week in points["at"]]
        ways = [links.to(vendor, written.measure.id, days=week) for week in weeks]
        points = points.with_columns(href=pl.Series(links.column(ways), dtype=pl.String))
        st.altair_chart(
            range_chart(
                points, written.measure.unit, written.unit, usual.target, view.formats, view.palette,
                _decided(view, usual),
            ),
            key="usual_chart",
            alt=view.texts(
                "usual.alt",
                measure=written.name,
                vendor=visible(name),
                usual=written.interval(limits.lower, limits.upper),
            ),
        )  # fmt: skip
        share = view.formats.rate(usual.false_alarm, 1)
        st.caption(f"{view.texts('usual.note')} {view.texts('usual.chance', share=share)}")
        with st.expander(view.texts("measures.table"), type="compact", key="usual_table"):
            value = {view.texts("column.value"): ways[::-1]}
            show_static(table(written, points), view.texts("measures.table"), wide=True, links=value)
        with st.expander(view.texts("usual.decide"), type="compact", key="usual_decide"):
            limits_form.show(written, vendor, usual, published)
        with st.expander(view.texts("compare.how"), type="compact", key="usual_how"):
            st.markdown(view.texts("usual.how_text"))


def _decided(view: View, usual: Usual) -> pl.DataFrame:
    """Decisions that fall on the chart: at, words."""
    rows = [
        (one.week, view.texts("usual.decided_short", week=iso_week(one.week), author=visible(one.author)))
        for one in usual.decisions
        if one.shown
    ]
    return pl.DataFrame(rows, schema={"at": pl.Date, "words": pl.String}, orient="row")


def chart_data(written: Written, usual: Usual) -> pl.DataFrame:
    """What the chart draws: columns of ``charts.range_chart``, with week and usual for the table."""
    view = written.view
    points = usual.chart.points.with_columns(
        state=pl.col("variation").replace_strict(_STATES, default="other", return_dtype=pl.String)
    )
    records = points.to_dicts()
    ranges = [written.interval(row["lower"], row["upper"]) for row in records]
    words = [
        view.texts("usual.words", state=view.texts(f"usual.state.{row['state']}"), usual=usual_range)
        for row, usual_range in zip(records, ranges, strict=True)
    ]
    weeks = [iso_week(row["at"]) for row in records]
    texts = [f"{week}: {written.value(row['value'])}" for week, row in zip(weeks, records, strict=True)]
    columns = {"week": weeks, "text": texts, "words": words, "usual": ranges}
    return points.select("at", "value", "phase", "mean", "lower", "upper", "state").with_columns(
        pl.Series(name, held, dtype=pl.String) for name, held in columns.items()
    )


def table(written: Written, points: pl.DataFrame) -> pl.DataFrame:
    """The chart as a table: week, value, usual range, what it is."""
    texts = written.view.texts
    return pl.DataFrame(
        [
            {
                texts("column.week"): row["week"],
                texts("column.value"): written.value(row["value"]),
                texts("fair.column.may_be"): row["usual"],
                texts("fair.column.verdict"): texts(f"usual.state.{row['state']}"),
            }
            for row in reversed(points.to_dicts())
        ]
    )
