"""Work that moved, before and after, beside what it would have been had it behaved as the work that stayed."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import axis_format, limits_of, span
from dashboard.formats import Formats


def before_after(
    path: pl.DataFrame, unit: str, titles: tuple[str, str, str], formats: Formats, palette: Palette
) -> alt.LayerChart:
    """A chart of ``path``: at, moved, twin, phase (before, ramp, after), text, twin_text, href.

    ``titles``: of the axis, of the moved line, of its twin; the lines carry theirs at their ends. The ramp is shaded.
    """
    floor, ceiling = limits_of(unit)
    values = [value for name in ("moved", "twin") for value in path[name].to_list()]
    lowest, highest = span(values, floor=floor, ceiling=ceiling)
    frame = linked(path).with_columns(pl.col("at").cast(pl.String), own=pl.lit(titles[1]), other=pl.lit(titles[2]))
    ramp = frame.filter(pl.col("phase") == "ramp")
    after = frame.filter(pl.col("phase") == "after")
    ends = (
        pl.DataFrame({"start": ramp["at"].head(1), "end": after["at"].head(1)})
        if ramp.height and after.height
        else None
    )
    x = alt.X("at:T", title=None, axis=alt.Axis(format="%m/%Y", tickCount=8, grid=False, labelOverlap=True))
    y = alt.Y(
        "moved:Q", title=titles[0], scale=alt.Scale(domain=[lowest, highest], zero=False, nice=False),
        axis=alt.Axis(format=axis_format(unit, lowest, highest), tickCount=5, gridOpacity=0.3,
                      titleFontWeight="normal"),
    )  # fmt: skip
    base = alt.Chart(frame).encode(x=x)
    tooltip = [alt.Tooltip("at:T", title=" "), alt.Tooltip("text:N", title=" "), alt.Tooltip("twin_text:N", title=" ")]
    last = alt.Chart(frame.tail(1)).encode(x=x)
    layers = []
    if ends is not None:
        shade = alt.Chart(ends).mark_rect(opacity=0.14, color=palette.in_house)
        layers.append(shade.encode(x=alt.X("start:T"), x2="end:T"))
    layers += [
        base.mark_line(color=palette.in_house, strokeDash=[5, 3], strokeWidth=2).encode(y=alt.Y("twin:Q")),
        base.mark_line(color=palette.vendor, strokeWidth=2.4).encode(y=y),
        base.mark_point(color=palette.vendor, filled=True, size=55, opacity=1).encode(
            y=y, tooltip=tooltip, href=href()
        ),
        last.mark_text(align="left", dx=8, color=palette.vendor, fontSize=12).encode(y=y, text="own:N"),
        last.mark_text(align="left", dx=8, color=palette.in_house, fontSize=12).encode(
            y=alt.Y("twin:Q"), text="other:N"
        ),
    ]
    return finished(alt.layer(*layers).properties(height=300), formats, right=118)
