"""Whose cause: what lies between target and figure, part by part, with a sentence that says what it means."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard.charts.part_bars import part_bars
from dashboard.components.missed_list import queue_name, when
from dashboard.components.tables import show_static
from dashboard.escape import md_escape, visible
from dashboard.models import Published
from dashboard.view import View
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.causes import CAUSES, PARTS

#: Queues whose causes are shown side by side where none is open.
MOST_QUEUES = 4


def show(view: View, published: Published, rows: pl.DataFrame) -> None:
    """``rows``: of ``answers.breaches.SPLIT``, of one vendor, the worst first; each gets its bars."""
    if rows.is_empty():
        return
    with st.container(border=True, gap="small", key="causes"):
        st.subheader(view.texts("causes.heading"), anchor="causes")
        missed = rows.filter(pl.col("side").is_not_null())
        if missed.is_empty():
            st.markdown(view.texts("causes.met"))
            return
        shown = missed.head(MOST_QUEUES)
        with st.grid(min(shown.height, 2), min_column_width=380, gap="medium"):
            for number, row in enumerate(shown.iter_rows(named=True)):
                with st.container(gap="xsmall", key=f"cause_{number}"):
                    _one(view, published, row, number)
        st.caption(view.texts("causes.how"))


def _one(view: View, published: Published, row: dict[str, Any], number: int) -> None:
    st.markdown(sentence(view, published, row))
    parts = parts_of(view, row)
    title = view.texts("causes.axis")
    chart = part_bars(parts, title, view.formats, view.palette)
    spoken = "; ".join(f"{part['label']} {part['text']}" for part in parts.iter_rows(named=True))
    st.vega_lite_chart(
        chart.data,
        chart.spec,
        theme="streamlit",
        key=f"cause_bars_{number}",
        alt=view.texts("causes.alt", queue=visible(queue_name(published, row["queue"])), parts=spoken),
    )
    with st.expander(view.texts("measures.table"), type="compact", key=f"cause_table_{number}"):
        names = {"label": view.texts("causes.part"), "text": title, "meaning": view.texts("column.meaning")}
        show_static(parts.select(*names).rename(names), view.texts("causes.heading"))


def parts_of(view: View, row: dict[str, Any]) -> pl.DataFrame:
    """The parts in the order in which they came about: label, points, text, kind, meaning."""
    records = []
    for part in PARTS:
        points = row[part]
        text = view.texts("causes.untold") if points is None else view.formats.number(points, 1, signed=True)
        kind = "model" if part == "misfit" else "away" if (points or 0) < 0 else "towards"
        records.append(
            {
                "label": view.texts(f"causes.name.{part}"), "points": points, "text": text, "kind": kind,
                "meaning": view.texts(f"causes.meaning.{part}"),
            }
        )  # fmt: skip
    return pl.DataFrame(records, schema_overrides={"points": pl.Float64})


def sentence(view: View, published: Published, row: dict[str, Any]) -> str:
    """What was missed by how much, the largest part, whose side it is, and what else to know, in Markdown."""
    texts, formats = view.texts, view.formats
    measure = MEASURES.get(row["metric"])
    unit, decimals = (measure.unit, measure.decimals) if measure else ("share", 1)
    said = [
        texts(
            "causes.sentence",
            queue=md_escape(queue_name(published, row["queue"])),
            when=md_escape(when(view, row)),
            value=formats.value(row["value"], unit, decimals),
            target=formats.value(row["target"], unit, decimals),
            n=formats.number(row["n"]),
            distance=formats.number(row["distance"], 1, signed=True),
        )
    ]
    if row["cause"]:
        lost = formats.number(abs(row[row["cause"]] or 0), 1)
        said.append(texts("causes.largest", cause=texts(f"causes.in_sentence.{row['cause']}"), points=lost))
    said.append(texts(f"causes.side.{row['side']}"))
    if row["common_with"]:
        others = ", ".join(md_escape(published.vendor_name(code)) for code in row["common_with"])
        said.append(texts("causes.common", vendors=others))
    untold = [texts(f"causes.in_sentence.{part}") for part in CAUSES if part not in (row["told"] or ())]
    if untold:
        said.append(texts("causes.untold_parts", parts=", ".join(untold)))
    if row["modelled_share"] is not None and row["modelled_share"] < 0.995:
        said.append(texts("causes.modelled", share=formats.rate(row["modelled_share"], 0)))
    return " ".join(said)
