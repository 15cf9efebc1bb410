"""One measure at a glance: a row per vendor with its figure, thirteen weeks as a line, and what that says in words.

All rows share one scale; in-house runs behind each vendor in grey dashes, the target is dotted. The last point's shape
says whether the figure moved beyond its usual range.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.drawing import HREF, Drawing, href, linked, template
from dashboard.charts.palette import Palette, finished
from dashboard.charts.scale import span
from dashboard.formats import Formats, iso_week

#: Of a row; and what the chart keeps for itself above and below, however many rows there are.
ROW_HEIGHT, _FRAME = 42, 24
#: Where, within its row, the figure's text, the top and bottom of its line, and the words below it lie.
_HEAD, _TOP, _BOTTOM, _FOOT = 0.19, 0.35, 0.66, 0.85
#: Shapes of the last point, by what it says of the figure.
SHAPES = {"usual": "circle", "good": "triangle-up", "bad": "triangle-down", "other": "diamond"}


def panel_data(rows: pl.DataFrame, weeks: list[date], baseline: str | None) -> pl.DataFrame:
    """Lines of ``rows`` (vendor, label, history: list in the order of ``weeks``, target).

    Returns label, row (0 at the top), week, series ("own", "in_house" or "target"), value, height: where the value lies
    on the scale that all rows share, 0 to 1.
    """
    numbered = rows.with_row_index("row")
    lines = [_lines(numbered, weeks, "own", pl.col("history"))]
    behind = rows.filter(pl.col("vendor") == baseline)["history"].to_list() if baseline else []
    if behind:
        others = numbered.filter(pl.col("vendor") != baseline)
        lines.append(_lines(others, weeks, "in_house", pl.lit(pl.Series([behind[0]])).first()))
    constant = pl.col("target").repeat_by(len(weeks))
    lines.append(_lines(numbered.filter(pl.col("target").is_not_null()), weeks, "target", constant))
    together = pl.concat(lines)
    lowest, highest = span(together["value"].to_list())
    return together.with_columns(height=(pl.col("value") - lowest) / (highest - lowest))


def _lines(numbered: pl.DataFrame, weeks: list[date], series: str, values: pl.Expr) -> pl.DataFrame:
    return (
        numbered.with_columns(history=values.cast(pl.List(pl.Float64)))
        .select("row", "label", "history", week=pl.lit(pl.Series([weeks])).first())
        .explode("history", "week")
        .select("label", pl.col("row").cast(pl.Int64), "week", series=pl.lit(series), value=pl.col("history"))
    )


def panel(lines: pl.DataFrame, rows: pl.DataFrame, formats: Formats, palette: Palette) -> Drawing:
    """A chart of :func:`panel_data` with ``text``, the value as a reader writes it, and of ``rows`` in the same order:
    label, in_house, head (the figure and its mark), foot (the verdict in words), state (a key of :data:`SHAPES`),
    details. Both with href, where they lead."""
    order = sorted(set(lines["week"]))
    places = {week: place for place, week in enumerate(order)}
    inside = _BOTTOM - (_BOTTOM - _TOP) * pl.col("height")
    drawn = linked(lines).sort("row", "week").select(
        "row", "series", "text", "label", HREF,
        at=pl.col("row") + inside,
        place=pl.col("week").replace_strict(places, return_dtype=pl.Int64),
        week=pl.col("week").replace_strict({week: iso_week(week) for week in order}, return_dtype=pl.String),
    )  # fmt: skip
    words = linked(rows).with_row_index("row").select(
        HREF, "label", "in_house", "head", "foot", "details", "state",
        row=pl.col("row").cast(pl.Int64), series=pl.lit("words"), head_at=pl.col("row") + _HEAD,
        foot_at=pl.col("row") + _FOOT,
    )  # fmt: skip
    last = drawn.filter((pl.col("series") == "own") & (pl.col("place") == len(order) - 1))
    ends = last.join(words.select("row", "state"), on="row").with_columns(series=pl.lit("end"))
    spec = _spec(max(rows.height, 1), max(len(order) - 1, 1), formats, palette)
    return Drawing(pl.concat([drawn, ends, words], how="diagonal"), spec)


@lru_cache(maxsize=64)
def _spec(count: int, last: int, formats: Formats, palette: Palette) -> dict[str, Any]:
    scale = alt.Scale(domain=[0, count], reverse=True, nice=False)
    x = alt.X("place:Q", title=None, axis=None, scale=alt.Scale(domain=[-0.3, last + 0.5], nice=False))
    rules = alt.Axis(values=list(range(1, count)), labels=False, gridOpacity=0.35, tickSize=0)
    y = alt.Y("at:Q", title=None, scale=scale, axis=rules)
    colours = [palette.vendor, palette.vendor, palette.attention, palette.ink]

    def only(series: str) -> alt.Chart:
        return alt.Chart().transform_filter(alt.FieldEqualPredicate(field="series", equal=series))

    def words(text: str, at: str, align: str, size: float, colour: str, where: Any) -> alt.Chart:
        mark = only("words").mark_text(align=align, color=colour, fontSize=size, limit=146)
        return mark.encode(x=alt.value(where), y=alt.Y(f"{at}:Q", scale=scale, axis=rules), text=f"{text}:N",
                           tooltip=details, href=href())  # fmt: skip

    details = [alt.Tooltip("label:N", title=" "), alt.Tooltip("details:N", title=" ")]
    tooltip = [alt.Tooltip(f"{name}:N", title=" ") for name in ("label", "week", "text")]
    shape = alt.Shape("state:N", legend=None, scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())))
    colour = alt.Color("state:N", legend=None, scale=alt.Scale(domain=list(SHAPES), range=colours))
    layers = [
        words("label", "head_at", "left", 11, palette.in_house, 0),
        words("head", "head_at", "right", 12, palette.ink, "width"),
        words("foot", "foot_at", "left", 11, palette.ink, 0),
        only("target").mark_line(color=palette.ink, strokeWidth=1, strokeDash=[1, 3]).encode(x=x, y=y, detail="row:N"),
        only("in_house")
        .mark_line(color=palette.in_house, strokeWidth=1.2, strokeDash=[3, 2], opacity=0.8)
        .encode(x=x, y=y, detail="row:N"),
        only("own").mark_line(color=palette.vendor, strokeWidth=1.7).encode(x=x, y=y, detail="row:N"),
        only("end")
        .transform_filter("isValid(datum.at)")
        .mark_point(filled=True, size=60, opacity=1)
        .encode(x=x, y=y, shape=shape, color=colour, tooltip=tooltip, href=href()),
        only("own")
        .transform_filter("isValid(datum.at)")
        .mark_point(size=90, opacity=0)
        .encode(x=x, y=y, tooltip=tooltip, href=href()),
    ]
    return template(finished(alt.layer(*layers).properties(height=ROW_HEIGHT * count + _FRAME), formats, right=2))
