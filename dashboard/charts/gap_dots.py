"""One measure: each vendor's gap to in-house, as it stands (ring) and on like-for-like contacts (dot with interval)."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import axis_format, span
from dashboard.formats import Formats

_ROW_HEIGHT = 36
_AXIS_HEIGHT = 42
_LABEL_ROOM = 96


def gap_dots(rows: pl.DataFrame, unit: str, title: str, formats: Formats, palette: Palette) -> alt.LayerChart:
    """A chart of ``rows``: label, crude, gap, low, high, sure, text, under, details, href; gaps in the unit of the
    figure.

    ``sure`` is false where nothing can be told: the dot is an outline. In-house is the line at zero.
    """
    scale = 100.0 if unit == "share" else 1.0
    shown = ("crude", "gap", "low", "high")
    scaled = linked(rows).with_columns(pl.col(name) * scale for name in shown)
    lowest, highest = span([0.0, *(value for name in shown for value in scaled[name].to_list())])
    x = alt.X(
        "gap:Q",
        title=title,
        scale=alt.Scale(domain=[lowest, highest], zero=False, nice=False),
        axis=alt.Axis(
            format="+" + axis_format("count", lowest, highest).lstrip("+"),
            tickCount=5, gridOpacity=0.35, titleFontWeight="normal", titlePadding=4,
        ),
    )  # fmt: skip
    # Named in order: a row whose dot is left out must keep its place.
    order = rows["label"].to_list()
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=124, grid=False))
    base = alt.Chart(scaled).encode(y=y)
    tooltip = [alt.Tooltip("label:N", title=" "), alt.Tooltip("details:N", title=" ")]
    zero = alt.Chart(pl.DataFrame({"gap": [0.0]})).mark_rule(color=palette.in_house, strokeWidth=1.5).encode(x=x)
    layers = [
        zero,
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=5, opacity=0.38, color=palette.vendor)
        .encode(x=alt.X("low:Q"), x2="high:Q", tooltip=tooltip),
        base.transform_filter("isValid(datum.crude)")
        .mark_point(shape="circle", filled=False, size=70, color=palette.ink, strokeWidth=1.3)
        .encode(x="crude:Q", tooltip=tooltip),
        base.transform_filter("isValid(datum.gap) && datum.sure")
        .mark_point(shape="circle", filled=True, size=115, opacity=1, color=palette.vendor)
        .encode(x=x, tooltip=tooltip, href=href()),
        base.transform_filter("isValid(datum.gap) && !datum.sure")
        .mark_point(shape="diamond", filled=False, size=95, strokeWidth=1.8, color=palette.vendor)
        .encode(x=x, tooltip=tooltip, href=href()),
        base.mark_text(align="left", dx=8, dy=-5, color=palette.ink, fontSize=13).encode(
            x=alt.value("width"), text="text:N", href=href()
        ),
        base.mark_text(align="left", dx=8, dy=9, color=palette.in_house, fontSize=10.5).encode(
            x=alt.value("width"), text="under:N"
        ),
    ]
    chart = alt.layer(*layers).properties(height=_ROW_HEIGHT * max(rows.height, 1) + _AXIS_HEIGHT)
    return finished(chart, formats, right=_LABEL_ROOM)
