"""Day by interval: each cell with its figure and its volume in words, shaded by how far it is from what was promised.

Shade only supports what is written in the cell: missing data are hatched and framed, closed hours stay blank.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.drawing import Drawing, template
from dashboard.charts.palette import Palette, finished
from dashboard.formats import Formats

_ROW_HEIGHT = 31
_SMALL_ROW = 9
#: The name of the selection, and the columns that it gives back.
SELECTION = "cell"
FIELDS = ("day", "minute")
#: What a cell can be: its step (see ``answers.intervals.STEPS``), or what it is instead.
CLASSES = ("closed", "not_yet", "missing", "unknown", "0", "1", "2", "3", "-1", "-2", "-3")
#: Fills and inks in the order of :data:`CLASSES`; a fill of None is the page's own background.
_FILLS: dict[str, tuple[str | None, ...]] = {
    "light": (None, None, None, None, "#e9eef3", "#f0d3e0", "#d595b4", "#801650", "#cfdded", "#86a9cf", "#12436d"),
    "dark": (None, None, None, None, "#232c38", "#4d3b10", "#8a6209", "#e69f00", "#17344d", "#2b6795", "#56b4e9"),
}
_INKS = {
    "light": ("#16202b",) * 7 + ("#ffffff", "#16202b", "#16202b", "#ffffff"),
    "dark": ("#e8edf2",) * 7 + ("#0e1117", "#e8edf2", "#ffffff", "#0e1117"),
}


def shades(palette: Palette) -> dict[str, tuple[str, str]]:
    """Fill and ink of each class of cell in the palette's theme."""
    theme = "dark" if palette.background != "#ffffff" else "light"
    fills = [fill or palette.background for fill in _FILLS[theme]]
    return dict(zip(CLASSES, zip(fills, _INKS[theme], strict=True), strict=True))


def heatmap(cells: pl.DataFrame, several: bool, formats: Formats, palette: Palette) -> Drawing:
    """A chart of ``cells``: day (ISO), day_label, time, minute, kind (:data:`CLASSES`), text, under, details, chosen.

    ``several``: a stretch is chosen by dragging, else one cell by a click.
    """
    columns = ("day", "day_label", "time", "minute", "kind", "text", "under", "details", "chosen")
    spec = _spec(*_places(cells), several, formats, palette)
    return Drawing(cells.select(*columns), spec)


@lru_cache(maxsize=64)
def _spec(days: int, times: int, several: bool, formats: Formats, palette: Palette) -> dict[str, Any]:
    x = alt.X(
        "day_label:N", scale=alt.Scale(domain=days), title=None,
        axis=alt.Axis(
            orient="top", labelAngle=0, labelFontSize=11, labelOverlap=False, grid=False,
            # On a telephone the weekday stands above its number: side by side they would run into each other.
            labelExpr="width < 400 ? split(datum.label, ' ') : datum.label",
        ),
    )  # fmt: skip
    y = alt.Y("time:N", scale=alt.Scale(domain=times), title=None, axis=alt.Axis(labelFontSize=11, grid=False))
    base = alt.Chart().encode(x=x, y=y)
    known = shades(palette)
    fill = alt.Color(
        "kind:N", legend=None, scale=alt.Scale(domain=list(CLASSES), range=[known[one][0] for one in CLASSES])
    )
    ink = alt.Color(
        "kind:N", legend=None, scale=alt.Scale(domain=list(CLASSES), range=[known[one][1] for one in CLASSES])
    )
    tooltip = [alt.Tooltip("details:N", title=" ")]
    select = (
        alt.selection_interval(name=SELECTION, encodings=["x", "y"])
        if several
        else alt.selection_point(name=SELECTION, fields=list(FIELDS), on="click", toggle=False)
    )
    rects = base.mark_rect(stroke=palette.background, strokeWidth=2).encode(color=fill, tooltip=tooltip)
    layers = [
        rects.add_params(select).properties(name="cells"),
        base.transform_filter("datum.kind == 'missing'")
        .mark_rect(filled=False, stroke=palette.attention, strokeWidth=1.5, strokeDash=[4, 3]),
        base.transform_filter("datum.chosen")
        .mark_rect(filled=False, stroke=palette.ink, strokeWidth=3),
        base.mark_text(dy=-5, fontSize=12, fontWeight=600).encode(text="text:N", color=ink),
        base.mark_text(dy=8, fontSize=9.5).encode(text="under:N", color=ink),
    ]  # fmt: skip
    chart = (
        alt.layer(*layers).resolve_scale(color="independent").properties(height=_ROW_HEIGHT * max(len(times), 1) + 20)
    )
    return template(finished(chart, formats))


def vendor_grid(cells: pl.DataFrame, most: int, formats: Formats, palette: Palette) -> Drawing:
    """One vendor's week as a small picture: each interval a square as large as its volume, all vendors on one scale.

    ``cells``: day (ISO), day_label, time, kind, n, details; ``most``: the largest volume of any vendor. Filled is
    beyond what was promised, hollow within; a cross is missing.
    """
    frame = cells.select("day_label", "time", "kind", "n", "details")
    return Drawing(frame, _grid_spec(*_places(cells), most, formats, palette))


def _places(cells: pl.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Days and times in order, so that every layer of a chart has the same."""
    days = cells.sort("day")["day_label"].unique(maintain_order=True).to_list()
    return tuple(days), tuple(cells["time"].unique().sort().to_list())


@lru_cache(maxsize=64)
def _grid_spec(
    days: tuple[str, ...], times: tuple[str, ...], most: int, formats: Formats, palette: Palette
) -> dict[str, Any]:
    x = alt.X(
        "day_label:N",
        scale=alt.Scale(domain=days),
        title=None,
        axis=alt.Axis(labelAngle=0, labelFontSize=10, grid=False),
    )
    y = alt.Y(
        "time:N", scale=alt.Scale(domain=times), title=None,
        axis=alt.Axis(labelFontSize=9, grid=False, labelExpr="indexof(datum.label, ':00') > 0 ? datum.label : ''"),
    )  # fmt: skip
    base = alt.Chart().encode(x=x, y=y)
    size = alt.Size("n:Q", legend=None, scale=alt.Scale(domain=[0, max(most, 1)], range=[6, 130]))
    tooltip = [alt.Tooltip("details:N", title=" ")]
    beyond = "indexof(['1', '2', '3', '-1', '-2', '-3'], datum.kind) >= 0"
    known = shades(palette)
    steps = [one for one in CLASSES if one.lstrip("-").isdigit() and one != "0"]
    colour = {"1": known["2"][0], "-1": known["-2"][0]}
    fill = alt.Color(
        "kind:N", legend=None, scale=alt.Scale(domain=steps, range=[colour.get(one, known[one][0]) for one in steps])
    )
    layers = [
        base.transform_filter("datum.kind == '0' || datum.kind == 'unknown'")
        .mark_square(filled=False, color=palette.in_house, strokeWidth=1, opacity=1)
        .encode(size=size, tooltip=tooltip),
        base.transform_filter(beyond)
        .mark_square(filled=True, opacity=1)
        .encode(size=size, color=fill, tooltip=tooltip),
        base.transform_filter("datum.kind == 'missing'")
        .mark_point(shape="cross", size=34, color=palette.attention, strokeWidth=1.2)
        .encode(tooltip=tooltip),
    ]  # fmt: skip
    chart = (
        alt.layer(*layers).resolve_scale(color="independent").properties(height=_SMALL_ROW * max(len(times), 1) + 24)
    )
    return template(finished(chart, formats))
