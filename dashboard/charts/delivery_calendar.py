"""What was due and what came, day by day: silence is as visible as a file."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.formats import Formats

_ROW_HEIGHT = 19
STATES = ["on_time", "late", "missing"]


def delivery_calendar(due: pl.DataFrame, formats: Formats, palette: Palette) -> alt.LayerChart:
    """A chart of ``due``: row (vendor and feed), day, punctuality (on_time, late, missing), details, href.

    Each state has a shape of its own: a dot, a triangle, a square.
    """
    frame = linked(due).with_columns(day=pl.col("day").cast(pl.String))
    base = alt.Chart(frame).encode(
        x=alt.X("day:T", title=None, axis=alt.Axis(format="%d/%m", tickCount=8, grid=False, labelOverlap=True)),
        y=alt.Y("row:N", title=None, sort=None, axis=alt.Axis(labelLimit=220, gridOpacity=0.35, grid=True)),
        tooltip=[alt.Tooltip("row:N", title=" "), alt.Tooltip("details:N", title=" ")],
        href=href(),
    )
    marks = base.mark_point(filled=True, size=58, opacity=1).encode(
        shape=alt.Shape(
            "punctuality:N",
            scale=alt.Scale(domain=STATES, range=["circle", "triangle-up", "square"]),
            legend=None,
        ),
        color=alt.Color(
            "punctuality:N",
            scale=alt.Scale(domain=STATES, range=[palette.in_house, palette.vendor, palette.attention]),
            legend=None,
        ),
    )
    rows = due["row"].n_unique()
    return finished(alt.layer(marks).properties(height=_ROW_HEIGHT * max(rows, 1) + 40), formats)
