"""One figure over thirteen weeks: the vendor solid, in-house grey and dashed, the target dotted."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import axis_format, limits_of, span
from dashboard.formats import Formats


def weekly_line(points: pl.DataFrame, unit: str, title: str, formats: Formats, palette: Palette) -> alt.LayerChart:
    """A chart of ``points``: week, label, value, baseline, target, text, href. Weeks without data are gaps in the
    line."""
    floor, ceiling = limits_of(unit)
    values = [value for column in ("value", "baseline", "target") for value in points[column].to_list()]
    lowest, highest = span(values, floor=floor, ceiling=ceiling)
    y_axis = alt.Axis(format=axis_format(unit, lowest, highest), tickCount=5, gridOpacity=0.35)
    scale = alt.Scale(domain=[lowest, highest], zero=False, nice=False)
    x = alt.X("label:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    base = alt.Chart(linked(points).with_columns(pl.col("week").cast(pl.String))).encode(x=x)
    tooltip = [alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title=" ")]
    own = alt.Y("value:Q", title=title, scale=scale, axis=y_axis)
    layers = [
        base.transform_filter("isValid(datum.target)")
        .mark_line(color=palette.ink, strokeWidth=1.5, strokeDash=[1, 4], interpolate="step")
        .encode(y=alt.Y("target:Q")),
        base.mark_line(color=palette.in_house, strokeWidth=1.8, strokeDash=[4, 3]).encode(y=alt.Y("baseline:Q")),
        base.mark_line(color=palette.vendor, strokeWidth=2.4).encode(y=own),
        base.mark_point(color=palette.vendor, filled=True, size=64, opacity=1).encode(
            y=own, tooltip=tooltip, href=href()
        ),
    ]
    return finished(alt.layer(*layers).properties(height=260), formats, right=12)
