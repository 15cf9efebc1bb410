"""One figure over time with its usual range: what lies outside is marked, what is missing stays a gap."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import axis_format, limits_of, span
from dashboard.formats import Formats


def range_chart(
    points: pl.DataFrame,
    unit: str,
    title: str,
    target: float | None,
    formats: Formats,
    palette: Palette,
    decisions: pl.DataFrame | None = None,
) -> alt.LayerChart:
    """A chart of ``points``: at (date), value, phase, mean, lower, upper, state (usual, good, bad, other), text, words,
    href.

    Limits are cut where the figure can't go (a share beyond 100 %). ``decisions`` (at, words): where a person has
    begun new limits, drawn as upright lines.
    """
    floor, ceiling = limits_of(unit)
    cut = linked(points).with_columns(pl.col("lower", "upper").clip(floor, ceiling), pl.col("at").cast(pl.String))
    values = [value for name in ("value", "lower", "upper") for value in cut[name].to_list()]
    lowest, highest = span([*values, target], floor=floor, ceiling=ceiling)
    x = alt.X("at:T", title=None, axis=alt.Axis(format="%d/%m", tickCount=9, grid=False, labelOverlap=True))
    y = alt.Y(
        "value:Q", title=title, scale=alt.Scale(domain=[lowest, highest], zero=False, nice=False),
        axis=alt.Axis(format=axis_format(unit, lowest, highest), tickCount=5, gridOpacity=0.3,
                      titleFontWeight="normal"),
    )  # fmt: skip
    base = alt.Chart(cut).encode(x=x)
    tooltip = [alt.Tooltip("text:N", title=" "), alt.Tooltip("words:N", title=" ")]
    shapes = {"usual": "circle", "good": "triangle-up", "bad": "triangle-down", "other": "diamond"}
    colours = [palette.in_house, palette.vendor, palette.attention, palette.ink]
    layers = [
        base.mark_area(opacity=0.12, color=palette.in_house).encode(y=alt.Y("lower:Q"), y2="upper:Q", detail="phase:N"),
        base.mark_line(color=palette.in_house, strokeDash=[4, 3], strokeWidth=1.2).encode(
            y=alt.Y("mean:Q"), detail="phase:N"
        ),
        base.mark_line(color=palette.vendor, strokeWidth=1.6, opacity=0.7).encode(y=y),
        base.transform_filter("isValid(datum.value)")
        .mark_point(filled=True, opacity=1, size=70)
        .encode(
            y=y,
            tooltip=tooltip,
            href=href(),
            shape=alt.Shape("state:N", legend=None, scale=alt.Scale(domain=list(shapes), range=list(shapes.values()))),
            color=alt.Color("state:N", legend=None, scale=alt.Scale(domain=list(shapes), range=colours)),
        ),
    ]
    if target is not None:
        line = alt.Chart(pl.DataFrame({"value": [target]}))
        layers.append(line.mark_rule(color=palette.ink, strokeDash=[1, 4], strokeWidth=1.5).encode(y=y))
    if decisions is not None and decisions.height:
        begun = alt.Chart(decisions.with_columns(pl.col("at").cast(pl.String))).encode(x=x)
        layers.append(
            begun.mark_rule(color=palette.ink, strokeWidth=1.2).encode(tooltip=alt.Tooltip("words:N", title=" "))
        )
        layers.append(
            begun.mark_text(color=palette.ink, align="left", dx=4, fontSize=11).encode(
                y=alt.value(8), text=alt.Text("words:N"), tooltip=alt.Tooltip("words:N", title=" ")
            )
        )
    return finished(alt.layer(*layers).properties(height=280), formats, right=12)
