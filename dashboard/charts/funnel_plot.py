"""Sites and queues by their number of contacts, within the funnel that chance and ordinary differences make."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import axis_format, span
from dashboard.formats import Formats


def funnel_plot(
    units: pl.DataFrame, centre: float, titles: tuple[str, str], formats: Formats, palette: Palette
) -> alt.LayerChart:
    """A chart of ``units``: label, n, value (0 to 1), low_95, high_95, low_998, high_998, outside, in_house, details,
    href.

    ``titles``: of the axes, contacts and value. Units outside carry their label; the others are named on pointing.
    """
    limits = units.sort("n")
    values = [value for name in ("value", "low_998", "high_998") for value in units[name].to_list()]
    lowest, highest = span(values, floor=0.0, ceiling=1.0)
    x = alt.X(
        "n:Q", title=titles[0], scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(format="~s", tickCount=5, gridOpacity=0.25, titleFontWeight="normal", labelOverlap=True),
    )  # fmt: skip
    y = alt.Y(
        "value:Q", title=titles[1], scale=alt.Scale(domain=[lowest, highest], zero=False, nice=False),
        axis=alt.Axis(format=axis_format("share", lowest, highest), tickCount=5, gridOpacity=0.25,
                      titleFontWeight="normal"),
    )  # fmt: skip
    funnel = alt.Chart(limits).encode(x=x)
    band = funnel.mark_area(opacity=0.10, color=palette.in_house).encode(y=alt.Y("low_95:Q"), y2="high_95:Q")
    edges = [
        funnel.mark_line(strokeWidth=1.2, color=palette.in_house, strokeDash=dash).encode(y=alt.Y(f"{name}:Q"))
        for name, dash in (("low_95", [2, 3]), ("high_95", [2, 3]), ("low_998", [1, 0]), ("high_998", [1, 0]))
    ]
    middle = alt.Chart(pl.DataFrame({"value": [centre]})).mark_rule(color=palette.ink, strokeWidth=1).encode(y=y)
    base = alt.Chart(linked(units)).encode(
        x=x, y=y, href=href(), tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("details:N", title=" ")]
    )
    colour = alt.Color(
        "in_house:N", legend=None, scale=alt.Scale(domain=[True, False], range=[palette.in_house, palette.vendor])
    )
    points = base.transform_filter("!datum.outside").mark_point(filled=True, size=75, opacity=1).encode(color=colour)
    outside = base.transform_filter("datum.outside").mark_point(
        shape="triangle-up", filled=True, size=120, opacity=1, color=palette.attention
    )
    names = base.transform_filter("datum.outside").mark_text(
        align="left", dx=9, fontSize=11.5, color=palette.ink
    ).encode(text="label:N")  # fmt: skip
    return finished(alt.layer(band, *edges, middle, points, outside, names).properties(height=330), formats, right=30)
