"""What was due and what came, day by day: silence is as visible as a file."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.palette import Palette, finished
from dashboard.formats import Formats

_ROW_HEIGHT = 19


def delivery_calendar(due: pl.DataFrame, words: dict[str, str], formats: Formats, palette: Palette) -> alt.LayerChart:
    """A chart of ``due``: row (vendor and feed), day, punctuality (on_time, late, missing), details.

    ``words`` names the three states in the reader's language; each has a shape of its own.
    """
    states = ["on_time", "late", "missing"]
    named = [words[state] for state in states]
    frame = due.with_columns(
        state=pl.col("punctuality").replace_strict(dict(zip(states, named, strict=True))),
        day=pl.col("day").cast(pl.String),
    )
    base = alt.Chart(frame).encode(
        x=alt.X("day:T", title=None, axis=alt.Axis(format="%d/%m", tickCount=8, grid=False, labelOverlap=True)),
        y=alt.Y("row:N", title=None, sort=None, axis=alt.Axis(labelLimit=220, gridOpacity=0.35, grid=True)),
        tooltip=[alt.Tooltip("row:N", title=" "), alt.Tooltip("details:N", title=" ")],
    )
    marks = base.mark_point(filled=True, size=58, opacity=1).encode(
        shape=alt.Shape(
            "state:N",
            scale=alt.Scale(domain=named, range=["circle", "triangle-up", "cross"]),
            legend=alt.Legend(title=None, orient="top"),
        ),
        color=alt.Color(
            "state:N",
            scale=alt.Scale(domain=named, range=[palette.in_house, palette.vendor, palette.attention]),
            legend=alt.Legend(title=None, orient="top"),
        ),
    )
    rows = due["row"].n_unique()
    return finished(alt.layer(marks).properties(height=_ROW_HEIGHT * max(rows, 1) + 70), formats)
