"""A share or a count by month: one small line per vendor, in rows of the same scale, the last figure written out."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.charts.drawing import href, linked
from dashboard.charts.palette import Palette, finished
from dashboard.formats import Formats

_ROW_HEIGHT = 54
#: A line fills this share of its row; its label stands above it.
_FILL = 0.42


def month_lines(months: pl.DataFrame, formats: Formats, palette: Palette) -> alt.LayerChart:
    """A chart of ``months``: label, row (0 at the top), month, height (0 to 1; null: nothing to say), text, told,
    href."""
    placed = linked(months).with_columns(
        at=pl.col("row") + 0.8 - pl.col("height") * _FILL, label_at=pl.col("row") + 0.2
    )
    names = months["month"].unique().sort().to_list()
    count = (int(months["row"].max() or 0)) + 1  # type: ignore[call-overload]
    scale = alt.Scale(domain=[0, count], reverse=True, nice=False)
    x = alt.X(
        "month:O",
        title=None,
        axis=alt.Axis(values=[names[0], names[-1]] if names else [], labelAngle=0, labelBound=True),
    )
    y = alt.Y(
        "at:Q", title=None, scale=scale, axis=alt.Axis(values=list(range(count + 1)), labels=False, gridOpacity=0.35)
    )
    base = alt.Chart(placed).encode(x=x, y=y, detail="row:N")
    known = base.transform_filter("isValid(datum.height)")
    last = known.transform_filter(alt.FieldEqualPredicate(field="month", equal=names[-1] if names else ""))
    first = alt.Chart(placed).transform_filter(alt.FieldEqualPredicate(field="month", equal=names[0] if names else ""))
    tooltip = [alt.Tooltip(f"{name}:N", title=" ") for name in ("label", "month", "text")]
    layers = [
        first.mark_text(align="left", fontSize=11, color=palette.in_house).encode(
            x=alt.value(0), y=alt.Y("label_at:Q", scale=scale), text="label:N"
        ),
        base.mark_line(color=palette.vendor, strokeWidth=1.8),
        known.mark_point(size=22, filled=True, color=palette.vendor, opacity=1).encode(tooltip=tooltip, href=href()),
        known.transform_filter("datum.told").mark_text(dy=11, fontSize=10, color=palette.ink).encode(text="text:N"),
        last.mark_text(align="left", dx=7, fontSize=11, color=palette.ink).encode(text="text:N"),
    ]
    chart = alt.layer(*layers).properties(height=_ROW_HEIGHT * count + 24)
    return finished(chart, formats, right=46)
