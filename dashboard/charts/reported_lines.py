"""One figure as the vendor reports it and as its contacts give it: reported hollow and dashed, recomputed solid."""

from __future__ import annotations

from datetime import date, timedelta

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import axis_format, limits_of, span
from dashboard.formats import Formats

#: Share of the axis that is left for the names of the lines, behind their ends; pixels of the axis on the left.
ROOM, Y_WIDTH = 0.12, 46


def reported_lines(
    points: pl.DataFrame, unit: str, titles: tuple[str, str, str], formats: Formats, palette: Palette
) -> alt.LayerChart:
    """A chart of ``points``: period, reported, recomputed, text, href. ``titles``: of the axis, of each line at
    its end."""
    floor, ceiling = limits_of(unit)
    values = [value for name in ("reported", "recomputed") for value in points[name].to_list()]
    lowest, highest = span(values, floor=floor, ceiling=ceiling)
    frame = linked(points).with_columns(
        pl.col("period").cast(pl.String), own=pl.lit(titles[1]), other=pl.lit(titles[2])
    )
    x = dates_of(points)
    scale = alt.Scale(domain=[lowest, highest], zero=False, nice=False)
    axis = alt.Axis(format=axis_format(unit, lowest, highest), tickCount=5, gridOpacity=0.3, titleFontWeight="normal",
                    minExtent=Y_WIDTH, maxExtent=Y_WIDTH)  # fmt: skip
    base, last = alt.Chart(frame).encode(x=x), alt.Chart(frame.tail(1)).encode(x=x)
    reported = alt.Y("reported:Q", title=titles[0], scale=scale, axis=axis)
    recomputed = alt.Y("recomputed:Q", title=titles[0], scale=scale, axis=axis)
    tooltip = [alt.Tooltip("period:T", title=" "), alt.Tooltip("text:N", title=" ")]
    ends = points.tail(1).select((pl.col("reported") < pl.col("recomputed")).any()).item()
    shift = 9 if ends else -9  # the labels never lie on one another
    layers = [
        base.mark_line(color=palette.attention, strokeDash=[5, 3], strokeWidth=1.8).encode(y=reported),
        base.mark_point(color=palette.attention, filled=False, size=30).encode(y=reported, href=href()),
        base.mark_line(color=palette.vendor, strokeWidth=2.2).encode(y=recomputed),
        base.mark_point(color=palette.vendor, filled=True, size=45, opacity=1).encode(
            y=recomputed, tooltip=tooltip, href=href()
        ),
        last.mark_text(align="left", dx=8, dy=shift, color=palette.attention).encode(y=reported, text="own:N"),
        last.mark_text(align="left", dx=8, dy=-shift, color=palette.vendor).encode(y=recomputed, text="other:N"),
    ]
    return finished(alt.layer(*layers).properties(height=280), formats)


def dates_of(points: pl.DataFrame, *, labels: bool = True) -> alt.X:
    """The axis of ``points``' periods, with room for labels behind the last one: the same in every chart of a page."""
    first, last = points["period"].min(), points["period"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    span = max((last - first).days, 7)
    ends = [_instant(first - timedelta(days=round(span * 0.01))), _instant(last + timedelta(days=round(span * ROOM)))]
    # a month's name says nothing where every week is named
    axis = alt.Axis(
        format="%m/%Y" if span > 200 else "%d/%m", tickCount=8, grid=False, labelOverlap=True, labels=labels
    )
    return alt.X("period:T", title=None, axis=axis, scale=alt.Scale(domain=ends))


def _instant(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day)
