"""One measure, one week: each vendor as a dot with its interval, on one scale with in-house and target."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.drawing import HREF, Drawing, href, linked, template, with_domain
from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import axis_format, limits_of, span
from dashboard.formats import Formats

ROW_HEIGHT = 34
#: Room under the plot for the axis: its numbers and its title.
AXIS_HEIGHT = 40
_LABEL_ROOM = 92
#: Columns that have a place on the scale, and all that the chart is given.
_PLACED = ("value", "low", "high", "previous", "last_year", "baseline_value", "target")
_COLUMNS = (*_PLACED, "label", "in_house", "sure", "text", "under", "details")


def height_of(rows: int) -> int:
    """Pixels for ``rows`` vendors, so that the charts side by side line up."""
    return ROW_HEIGHT * max(rows, 1) + AXIS_HEIGHT


def interval_dots(rows: pl.DataFrame, unit: str, title: str, formats: Formats, palette: Palette) -> Drawing:
    """A chart of ``rows``: label, value, low, high, previous, last_year, baseline_value, target, in_house, sure, text,
    under, details; and href, where a row leads.

    ``sure`` is false where there are too few contacts: the dot is an outline. ``text`` and, smaller, ``under`` stand
    beside the row, ``details`` appears on pointing at it.
    """
    floor, ceiling = limits_of(unit)
    values = [value for column in _PLACED for value in rows[column].to_list()]
    lowest, highest = span(values, floor=floor, ceiling=ceiling)
    several = rows["baseline_value"].drop_nulls().n_unique() > 1
    spec = _spec(rows.height, axis_format(unit, lowest, highest), title, several, formats, palette)
    return Drawing(linked(rows).select(*_COLUMNS, HREF), with_domain(spec, "x", lowest, highest))


@lru_cache(maxsize=128)
def _spec(
    count: int, number_format: str, title: str, several: bool, formats: Formats, palette: Palette
) -> dict[str, Any]:
    x = alt.X(
        "value:Q",
        title=title,
        scale=alt.Scale(domain=[0, 1], zero=False, nice=False),
        axis=alt.Axis(format=number_format, tickCount=4, gridOpacity=0.35, titleFontWeight="normal", titlePadding=4),
    )
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=124, grid=False))
    base = alt.Chart().encode(y=y)
    colour = alt.Color(
        "in_house:N",
        scale=alt.Scale(domain=[True, False], range=[palette.in_house, palette.vendor]),
        legend=None,
    )
    tooltip = [alt.Tooltip("label:N", title=" "), alt.Tooltip("details:N", title=" ")]
    layers = [
        _baseline(base, palette, several),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=5, opacity=0.38)
        .encode(x=alt.X("low:Q"), x2="high:Q", color=colour, tooltip=tooltip),
        base.transform_filter("isValid(datum.last_year)")
        .mark_point(shape="diamond", filled=False, size=46, color=palette.ink, strokeWidth=1.2)
        .encode(x="last_year:Q"),
        base.transform_filter("isValid(datum.previous)")
        .mark_point(shape="circle", filled=False, size=42, color=palette.ink, strokeWidth=1.2)
        .encode(x="previous:Q"),
        base.transform_filter("isValid(datum.target)")
        .mark_tick(color=palette.ink, thickness=3, size=18)
        .encode(x="target:Q"),
        base.transform_filter("isValid(datum.value) && datum.sure")
        .mark_point(shape="circle", filled=True, size=110, opacity=1)
        .encode(x=x, color=colour, tooltip=tooltip, href=href()),
        base.transform_filter("isValid(datum.value) && !datum.sure")
        .mark_point(shape="circle", filled=False, size=110, strokeDash=[2, 2], strokeWidth=1.8)
        .encode(x=x, color=colour, tooltip=tooltip, href=href()),
        base.mark_text(align="left", dx=8, dy=-5, color=palette.ink, fontSize=13).encode(
            x=alt.value("width"), text="text:N", href=href()
        ),
        base.mark_text(align="left", dx=8, dy=9, color=palette.in_house, fontSize=10.5).encode(
            x=alt.value("width"), text="under:N"
        ),
    ]
    return template(finished(alt.layer(*layers).properties(height=height_of(count)), formats, right=_LABEL_ROOM))


def _baseline(base: alt.Chart, palette: Palette, several: bool) -> alt.Chart:
    """In-house as one dashed line, or as a mark per row where each vendor's definition gives it another value."""
    if several:
        known = base.transform_filter("isValid(datum.baseline_value)")
        return known.mark_tick(color=palette.in_house, thickness=2, size=28).encode(x="baseline_value:Q")
    one = alt.Chart().transform_aggregate(baseline_value="min(baseline_value)")
    known = one.transform_filter("isValid(datum.baseline_value)")
    return known.mark_rule(color=palette.in_house, strokeDash=[3, 3], strokeWidth=1.5).encode(x="baseline_value:Q")
