"""Thirteen weeks of one measure: one small line per vendor, in rows on the same scale, in-house behind it in grey."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.drawing import Drawing, template
from dashboard.charts.interval_dots import height_of
from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import span
from dashboard.formats import Formats, iso_week

#: A line fills this share of its row; its label stands above it.
_FILL = 0.58


def small_lines_data(rows: pl.DataFrame, weeks: list[date], baseline: str | None) -> pl.DataFrame:
    """One line per vendor and week from ``rows`` (vendor, label, history: list in the order of ``weeks``).

    Returns label, row (0 at the top), week, series ("own" or "in_house"), value, height: where the value lies
    within its row, 0 to 1 of the scale that all rows share.
    """
    lines = _lines(rows, weeks, "own")
    behind = rows.filter(pl.col("vendor") == baseline)["history"].to_list() if baseline else []
    if behind:
        others = rows.with_row_index("row").filter(pl.col("vendor") != baseline)
        repeated = others.with_columns(history=pl.lit(pl.Series([behind[0]])).first())
        lines = pl.concat([lines, _lines(repeated, weeks, "in_house")])
    lowest, highest = span(lines["value"].to_list())
    return lines.with_columns(height=(pl.col("value") - lowest) / (highest - lowest))


def _lines(rows: pl.DataFrame, weeks: list[date], series: str) -> pl.DataFrame:
    numbered = rows if "row" in rows.columns else rows.with_row_index("row")
    return (
        numbered.select("row", "label", "history")
        .with_columns(week=pl.lit(pl.Series([weeks])).first())
        .explode("history", "week")
        .select("label", pl.col("row").cast(pl.Int64), "week", series=pl.lit(series), value=pl.col("history"))
    )


def small_lines(lines: pl.DataFrame, title: str, formats: Formats, palette: Palette) -> Drawing:
    """A chart of ``small_lines_data`` with ``text``, the value as a reader writes it."""
    weeks = lines["week"].unique().sort().to_list()
    short = {week: iso_week(week)[5:] for week in weeks}
    first, last = (short[weeks[0]], short[weeks[-1]]) if weeks else ("", "")
    placed = lines.sort("week").with_columns(
        week=pl.col("week").replace_strict(short, return_dtype=pl.String),
        at=pl.col("row") + 0.96 - pl.col("height") * _FILL,
        label_at=pl.col("row") + 0.2,
    )
    count = lines["row"].n_unique()
    spec = _spec(max(count, 1), first, last, title, formats, palette)
    return Drawing(placed.select("row", "label", "week", "series", "value", "text", "at", "label_at"), spec)


@lru_cache(maxsize=128)
def _spec(count: int, first: str, last: str, title: str, formats: Formats, palette: Palette) -> dict[str, Any]:
    x = alt.X(
        "week:O",
        sort=None,
        title=title,
        axis=alt.Axis(values=[first, last], labelAngle=0, titleFontWeight="normal", titlePadding=4),
    )
    scale = alt.Scale(domain=[0, count], reverse=True, nice=False)
    y = alt.Y(
        "at:Q",
        title=None,
        scale=scale,
        axis=alt.Axis(values=list(range(count + 1)), labels=False, gridOpacity=0.35),
    )
    base = alt.Chart().encode(x=x, y=y, detail="row:N")
    own = base.transform_filter("datum.series == 'own'")
    known = own.transform_filter("isValid(datum.value)")
    tooltip = [alt.Tooltip(f"{name}:N", title=" ") for name in ("label", "week", "text")]
    layers = [
        alt.Chart()
        .transform_filter(alt.FieldEqualPredicate(field="week", equal=first))
        .transform_filter("datum.series == 'own'")
        .mark_text(align="left", color=palette.in_house, fontSize=10.5)
        .encode(x=alt.value(0), y=alt.Y("label_at:Q", scale=scale), text="label:N"),
        base.transform_filter("datum.series == 'in_house'").mark_line(
            color=palette.in_house, strokeWidth=1.2, strokeDash=[3, 2], opacity=0.8
        ),
        own.mark_line(color=palette.vendor, strokeWidth=1.8),
        known.transform_filter(alt.FieldEqualPredicate(field="week", equal=last)).mark_point(
            filled=True, size=36, color=palette.vendor, opacity=1
        ),
        known.mark_point(size=90, opacity=0).encode(tooltip=tooltip),
    ]
    return template(finished(alt.layer(*layers).properties(height=height_of(count)), formats))
