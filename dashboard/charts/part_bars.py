"""What lies between a target and a figure: one bar per part, from a zero line, with its points written beside it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.drawing import Drawing, template, with_domain
from dashboard.charts.palette import Palette, finished
from dashboard.formats import Formats

_ROW_HEIGHT = 26


def part_bars(parts: pl.DataFrame, title: str, formats: Formats, palette: Palette) -> Drawing:
    """A chart of ``parts``: label, points (null: not to be told), text, kind (away, towards, model).

    Points away from the target are filled, points towards it are hollow; what is the model's own is dashed.
    """
    largest = max((abs(value) for value in parts["points"].drop_nulls()), default=1.0)
    spec = _spec(tuple(parts["label"]), title, formats, palette)
    frame = parts.select("label", "points", "text", "kind")
    return Drawing(frame, with_domain(spec, "x", -1.35 * largest, 1.35 * largest))


@lru_cache(maxsize=64)
def _spec(labels: tuple[str, ...], title: str, formats: Formats, palette: Palette) -> dict[str, Any]:
    x = alt.X(
        "points:Q",
        title=title,
        scale=alt.Scale(domain=[-1, 1], nice=False),
        axis=alt.Axis(format=",.0f", tickCount=5, gridOpacity=0.3, titleFontWeight="normal"),
    )
    y = alt.Y("label:N", scale=alt.Scale(domain=labels), title=None, axis=alt.Axis(labelLimit=190, grid=False))
    base = alt.Chart().encode(y=y)
    tooltip = [alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title=" ")]
    size = 15
    layers = [
        base.transform_filter("datum.kind == 'away'")
        .mark_bar(color=palette.attention, size=size)
        .encode(x=x, tooltip=tooltip),
        base.transform_filter("datum.kind == 'towards'")
        .mark_bar(filled=False, stroke=palette.vendor, strokeWidth=1.5, size=size)
        .encode(x=x, tooltip=tooltip),
        base.transform_filter("datum.kind == 'model'")
        .mark_bar(filled=False, stroke=palette.in_house, strokeWidth=1.5, strokeDash=[3, 2], size=size)
        .encode(x=x, tooltip=tooltip),
        base.transform_filter("datum.points < 0")
        .mark_text(align="right", dx=-5, color=palette.ink)
        .encode(x=x, text="text:N"),
        base.transform_filter("!(datum.points < 0)")
        .transform_calculate(place="isValid(datum.points) ? datum.points : 0")
        .mark_text(align="left", dx=5, color=palette.ink)
        .encode(x=alt.X("place:Q", scale=alt.Scale(domain=[-1, 1], nice=False)), text="text:N"),
        alt.Chart().mark_rule(color=palette.ink, strokeWidth=1).encode(x=alt.datum(0)),
    ]
    return template(finished(alt.layer(*layers).properties(height=_ROW_HEIGHT * len(labels) + 40), formats))
