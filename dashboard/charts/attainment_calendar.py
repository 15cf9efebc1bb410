"""Clauses by month: met, missed, excused, gap, too little, each with a shape of its own and its figure beneath."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.formats import Formats

_ROW_HEIGHT = 58
#: States in the order of the legend, and the shape of each.
SHAPES = {"met": "circle", "missed": "square", "excused": "diamond", "gap": "cross", "too_little": "triangle-up"}
#: States of a clause that the picture shows alike: nothing was judged.
NOT_JUDGED = ("running", "partial", "no_demand", "not_known")


def attainment_calendar(rows: pl.DataFrame, formats: Formats, palette: Palette) -> alt.LayerChart:
    """A chart of ``rows``: row (the clause), month (its first day, as text), label, state, text, details, href."""
    state = pl.col("state")
    frame = linked(rows).with_columns(
        shown=pl.when(state.is_in(NOT_JUDGED)).then(pl.lit("not_judged")).otherwise(state)
    )
    colours = {"met": palette.in_house, "missed": palette.attention, "gap": palette.attention}
    order = rows.sort("month")["label"].unique(maintain_order=True).to_list()
    base = alt.Chart(frame).encode(
        x=alt.X("label:N", title=None, sort=order, axis=alt.Axis(labelAngle=0, grid=False, labelOverlap=True)),
        y=alt.Y("row:N", title=None, sort=None, axis=alt.Axis(labelLimit=170, grid=False)),
        tooltip=[alt.Tooltip("row:N", title=" "), alt.Tooltip("details:N", title=" ")],
        href=href(),
    )
    dashes = base.transform_filter("datum.shown == 'not_judged'").mark_text(
        text="–", dy=-9, fontSize=16, color=palette.ink
    )
    marks = (
        base.transform_filter("datum.shown != 'not_judged'")
        .mark_point(filled=True, size=130, opacity=1, strokeWidth=2, yOffset=-9)
        .encode(
            shape=alt.Shape("shown:N", scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())), legend=None),
            color=alt.Color(
                "shown:N",
                scale=alt.Scale(domain=list(SHAPES), range=[colours.get(name, palette.vendor) for name in SHAPES]),
                legend=None,
            ),
        )
    )
    # Figures have room from half a page on; below that the shapes and the table say it.
    room = alt.expr("width > 430 ? 1 : 0")
    words = base.mark_text(dy=11, fontSize=11, color=palette.ink, opacity=room).encode(text="text:N")
    height = _ROW_HEIGHT * max(rows["row"].n_unique(), 1) + 30
    return finished(alt.layer(marks, dashes, words).properties(height=height), formats)
