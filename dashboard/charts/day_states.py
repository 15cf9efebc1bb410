"""Feeds by days: what came on time, late, in part, not at all, or was changed later; each with a shape of its own."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.formats import Formats

_ROW_HEIGHT = 22
#: Shapes that carry the state without colour; an ordinary day stays quiet.
MARKS = {"on_time": "·", "late": "▲", "partial": "◐", "missing": "■", "restated": "↻"}


def day_states(days: pl.DataFrame, formats: Formats, palette: Palette) -> alt.LayerChart:
    """A chart of ``days``: row (vendor and feed), day, state, details, href."""
    frame = linked(days).with_columns(
        pl.col("day").cast(pl.String), mark=pl.col("state").replace_strict(MARKS, return_dtype=pl.String)
    )
    base = alt.Chart(frame).encode(
        x=alt.X("yearmonthdate(day):O", title=None, axis=_axis(frame)),
        y=alt.Y("row:N", title=None, sort=None, axis=alt.Axis(labelLimit=220)),
        tooltip=[alt.Tooltip("row:N", title=" "), alt.Tooltip("details:N", title=" ")],
        href=href(),
    )
    ordinary = alt.FieldEqualPredicate(field="state", equal="on_time")
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color(
            "state:N",
            scale=alt.Scale(
                domain=list(MARKS),
                range=[palette.in_house, palette.vendor, palette.attention, palette.attention, palette.vendor],
            ),
            legend=None,
        ),
        opacity=alt.condition(ordinary, alt.value(0.12), alt.value(0.28)),
    )
    shapes = base.mark_text(fontSize=11, baseline="middle", color=palette.ink).encode(text="mark:N")
    rows = max(days["row"].n_unique(), 1)
    return finished(alt.layer(cells, shapes).properties(height=_ROW_HEIGHT * rows + 40), formats)


def _axis(frame: pl.DataFrame) -> alt.Axis:
    """Mondays are labelled: every day would be too many."""
    mondays = frame.filter(pl.col("day").str.to_date().dt.weekday() == 1)["day"].unique().sort().to_list()
    return alt.Axis(
        format="%d/%m",
        labelAngle=0,
        labelOverlap=True,
        values=[{"year": int(day[:4]), "month": int(day[5:7]), "date": int(day[8:])} for day in mondays],  # type: ignore[misc]
    )
