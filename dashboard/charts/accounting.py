"""Where the rows of one file went. A dot ends each bar: three rejected rows in a million stay visible."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.palette import Palette, finished
from dashboard.formats import Formats

_ROW_HEIGHT = 30


def accounting_bars(groups: pl.DataFrame, formats: Formats, palette: Palette) -> alt.LayerChart:
    """A chart of ``groups``: group, rows, text (the number as written), meaning; in the order given."""
    base = alt.Chart(groups).encode(
        y=alt.Y("group:N", sort=None, title=None, axis=alt.Axis(labelLimit=120, grid=False)),
        tooltip=[
            alt.Tooltip("group:N", title=" "),
            alt.Tooltip("text:N", title=" "),
            alt.Tooltip("meaning:N", title=" "),
        ],
    )
    x = alt.X("rows:Q", title=None, axis=None, scale=alt.Scale(domainMin=0))
    bars = base.mark_bar(color=palette.vendor, height=16).encode(x=x)
    ends = base.transform_filter("datum.rows > 0").mark_point(color=palette.vendor, filled=True, size=60, opacity=1)
    numbers = base.mark_text(align="left", dx=6, color=palette.ink, fontSize=12).encode(x=x, text="text:N")
    height = _ROW_HEIGHT * groups.height + 10
    return finished(alt.layer(bars, ends.encode(x=x), numbers).properties(height=height), formats, right=70)
