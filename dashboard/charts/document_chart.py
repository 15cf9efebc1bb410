"""A chart of a review document as its preview shows it: the same series, named at the side, values beside the marks."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import span
from dashboard.formats import Formats
from pipelines.report.model import Chart

_DASHES = {"target": [1, 4], "other": [6, 3], "in_house": [4, 3], "vendor": [1, 0]}


def document_chart(chart: Chart, formats: Formats, palette: Palette) -> alt.LayerChart:
    """Lines over time, or bars from zero."""
    rows = pl.DataFrame(
        [
            {
                "name": name,
                "series": series.name,
                "value": series.values[at],
                "text": series.texts[at],
                "role": series.role,
            }
            for series in chart.series
            for at, name in enumerate(chart.categories)
        ],
        schema={"name": pl.String, "series": pl.String, "value": pl.Float64, "text": pl.String, "role": pl.String},
    )
    layers = _lines(rows, chart, palette) if chart.kind == "line" else _bars(rows, chart, palette)
    height = 240 if chart.kind == "line" else 34 * len(chart.categories) * len(chart.series) + 30
    return finished(alt.layer(*layers).properties(height=height), formats, right=46)


def _colour(chart: Chart, palette: Palette) -> alt.Color:
    looks = {"vendor": palette.vendor, "in_house": palette.in_house, "target": palette.ink, "other": palette.attention}
    names = [series.name for series in chart.series]
    scale = alt.Scale(domain=names, range=[looks[series.role] for series in chart.series])
    legend = alt.Legend(title=None, orient="top") if len(names) > 1 else None
    return alt.Color("series:N", scale=scale, legend=legend)


def _lines(rows: pl.DataFrame, chart: Chart, palette: Palette) -> list[alt.Chart]:
    lowest, highest = span(rows["value"].to_list(), floor=chart.floor, ceiling=chart.ceiling)
    names = [series.name for series in chart.series]
    dash = alt.StrokeDash(
        "series:N", legend=None, scale=alt.Scale(domain=names, range=[_DASHES[one.role] for one in chart.series])
    )
    form = ".0%" if chart.unit == "share" else ".1f"
    base = alt.Chart(rows).encode(
        x=alt.X("name:N", title=None, sort=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y(
            "value:Q",
            title=chart.axis,
            scale=alt.Scale(domain=[lowest, highest], zero=False),
            axis=alt.Axis(format=form),
        ),
        color=_colour(chart, palette),
    )
    told = base.transform_filter("datum.role != 'target'")
    return [
        base.mark_line(strokeWidth=2.2).encode(strokeDash=dash),
        told.mark_point(filled=True, size=70, opacity=1).encode(shape=alt.Shape("series:N", legend=None)),
        told.mark_text(dy=-12, color=palette.ink).encode(text="text:N", color=alt.value(palette.ink)),
    ]


def _bars(rows: pl.DataFrame, chart: Chart, palette: Palette) -> list[alt.Chart]:
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=220)),
        x=alt.X("value:Q", title=None, axis=alt.Axis(format=".0%" if chart.unit == "share" else ".1f")),
        color=_colour(chart, palette),
    )
    text = base.mark_text(align="left", dx=5).encode(text="text:N", color=alt.value(palette.ink))
    # Beside the end of a bar that points to the left there is the axis: its text stands on the other side of zero.
    right = text.transform_calculate(end="max(datum.value, 0)").encode(x=alt.X("end:Q"))
    return [base.mark_bar(height=18), right]
