"""Who carries the volume: one bar per vendor, site or country, the largest first."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.formats import Formats

_ROW_HEIGHT = 28


def share_bars(rows: pl.DataFrame, formats: Formats, palette: Palette) -> alt.LayerChart:
    """A chart of ``rows``: label, share (0 to 1), text (as written), in_house, href, in the order given."""
    base = alt.Chart(linked(rows)).encode(
        href=href(), y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=170, grid=False))
    )
    x = alt.X("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1]))
    colour = alt.Color(
        "in_house:N", legend=None, scale=alt.Scale(domain=[True, False], range=[palette.in_house, palette.vendor])
    )
    bars = base.mark_bar(height=16).encode(x=x, color=colour)
    numbers = base.mark_text(align="left", dx=6, color=palette.ink, fontSize=12).encode(x=x, text="text:N")
    return finished(
        alt.layer(bars, numbers).properties(height=_ROW_HEIGHT * max(rows.height, 1) + 12), formats, right=60
    )
