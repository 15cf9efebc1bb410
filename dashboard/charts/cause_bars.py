"""How much of the gap one cause makes, period by period: bars from a zero line, every cause on the same scale."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import axis_format
from dashboard.formats import Formats


def cause_bars(
    points: pl.DataFrame, unit: str, title: str, largest: float, formats: Formats, palette: Palette
) -> alt.LayerChart:
    """A chart of ``points``: period, amount, text. ``largest``: the largest amount of any cause, for a common scale."""
    frame = points.with_columns(pl.col("period").cast(pl.String))
    x = alt.X("period:T", title=None, axis=alt.Axis(format="%m/%Y", tickCount=8, grid=False, labelOverlap=True))
    y = alt.Y(
        "amount:Q",
        title=None,
        scale=alt.Scale(domain=[-largest, largest], nice=False),
        axis=alt.Axis(format=axis_format(unit, -largest, largest), tickCount=3, gridOpacity=0.3),
    )
    tooltip = [alt.Tooltip("period:T", title=title), alt.Tooltip("text:N", title=" ")]
    bars = alt.Chart(frame).mark_bar(color=palette.attention, width=5).encode(x=x, y=y, tooltip=tooltip)
    zero = alt.Chart(frame.head(1)).mark_rule(color=palette.ink, strokeWidth=1).encode(y=alt.datum(0))
    return finished(alt.layer(bars, zero).properties(height=90), formats, right=96)
