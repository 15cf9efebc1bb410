"""How much of the gap one cause makes, period by period: bars from a zero line, every cause on the same scale."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.palette import Palette, finished
from dashboard.charts.reported_lines import Y_WIDTH, dates_of
from dashboard.formats import Formats


def cause_bars(
    points: pl.DataFrame, titles: tuple[str, str], largest: float, formats: Formats, palette: Palette, *, last: bool
) -> alt.LayerChart:
    """A chart of ``points``: period, amount, text. ``titles``: of the cause, of the axis; ``largest``: the largest
    amount of any cause, for a common scale. Only the ``last`` of a column of charts names the dates.
    """
    frame = points.with_columns(pl.col("period").cast(pl.String))
    y = alt.Y(
        "amount:Q",
        title=titles[1],
        scale=alt.Scale(domain=[-largest, largest], nice=False),
        axis=alt.Axis(
            format=",.2f" if largest < 0.3 else ",.1f" if largest < 3 else ",.0f",
            tickCount=3, gridOpacity=0.3, titleFontWeight="normal",
            minExtent=Y_WIDTH, maxExtent=Y_WIDTH,
        ),
    )  # fmt: skip
    tooltip = [alt.Tooltip("period:T", title=titles[0]), alt.Tooltip("text:N", title=" ")]
    x = dates_of(points, labels=last)
    bars = alt.Chart(frame).mark_bar(color=palette.attention, width=5).encode(x=x, y=y, tooltip=tooltip)
    zero = alt.Chart(frame.head(1)).mark_rule(color=palette.ink, strokeWidth=1).encode(y=alt.datum(0))
    return finished(alt.layer(bars, zero).properties(height=90 if last else 70), formats)
