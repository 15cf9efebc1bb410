"""Charts: data that can be checked, colours that can be seen, nothing hostile in a spec."""

from __future__ import annotations

import json
from datetime import date, timedelta

import polars as pl
import pytest

from dashboard.charts.drawing import Drawing
from dashboard.charts.interval_dots import interval_dots
from dashboard.charts.palette import PALETTES, Palette
from dashboard.charts.panel import panel, panel_data
from dashboard.charts.scale import axis_format, limits_of, span
from dashboard.formats import Formats

WEEKS = [date(2026, 8, 17) + timedelta(weeks=week) for week in range(13)]
LIGHT = PALETTES["light"]


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_marks_are_at_least_three_to_one_on_their_background(palette: Palette) -> None:
    for colour in (palette.ink, palette.vendor, palette.in_house, palette.attention):
        assert _contrast(colour, palette.background) >= 3
    assert _contrast(palette.in_house, palette.background) >= 4.5  # small words are written in it
    assert _contrast(palette.ink, palette.background) >= 4.5


def test_span_has_room_and_respects_what_a_share_can_be() -> None:
    low, high = span([0.02, 0.98, None, float("nan")], floor=0.0, ceiling=1.0)
    assert (low, high) == (0.0, 1.0)
    low, high = span([10.0, 22.0])
    assert (low, high) == pytest.approx((9.0, 23.0))
    assert span([]) == (0.0, 1.0)
    low, high = span([5.0, 5.0])
    assert low < 5 < high
    assert limits_of("points") == (-100.0, 100.0)
    assert axis_format("share", 0.80, 0.83) == ".1%"


def test_a_panels_lines_share_one_scale_and_keep_gaps() -> None:
    rows = pl.DataFrame(
        {
            "vendor": ["home", "away"],
            "label": ["Home", "Away"],
            "history": [[10.0] * 13, [20.0] * 5 + [None] + [20.0] * 7],
            "target": [None, 25.0],
        },
        schema_overrides={"history": pl.List(pl.Float64)},
    )
    lines = panel_data(rows, WEEKS, "home")
    assert lines.height == 13 * 4  # home; away; home again behind away; the target of away
    own = lines.filter((pl.col("label") == "Away") & (pl.col("series") == "own"))
    behind = lines.filter((pl.col("label") == "Away") & (pl.col("series") == "in_house"))
    assert own["value"].to_list() == [20.0] * 5 + [None] + [20.0] * 7
    assert behind["value"].to_list() == [10.0] * 13
    assert own["height"].drop_nulls().min() > behind["height"].max()  # type: ignore[operator]
    target = lines.filter(pl.col("series") == "target")
    assert target["row"].to_list() == [1] * 13
    assert target["height"].min() > own["height"].max()  # type: ignore[operator]
    words = pl.DataFrame({
        "label": ["Home", "Away"], "in_house": [True, False], "head": ["10", "20"], "foot": ["in-house", "▼"],
        "state": ["usual", "bad"], "details": ["", ""],
    })  # fmt: skip
    drawing = panel(lines.with_columns(text=pl.lit("")), words, Formats("fr"), LIGHT)
    assert drawing.spec["config"]["locale"]["number"]["decimal"] == ","
    ends = drawing.data.filter(pl.col("series") == "end")
    assert ends["state"].to_list() == ["usual", "bad"]
    assert ends["week"].to_list() == ["2026-W46", "2026-W46"]


def _row(label: str, **values: object) -> dict[str, object]:
    return {
        "label": label, "value": 0.8, "low": 0.7, "high": 0.9, "previous": 0.78, "last_year": None,
        "baseline_value": 0.82,
        "target": 0.8, "in_house": False, "sure": True, "text": "80 %", "under": "n 9",
        "details": label,
    } | values  # fmt: skip


def test_vendor_text_is_only_data_in_a_chart() -> None:
    hostile = "datum.value = alert(1) </script>"
    rows = pl.DataFrame([_row(hostile)], schema_overrides={"last_year": pl.Float64})
    drawing = interval_dots(rows, "share", "this week", Formats("en"), LIGHT)
    assert hostile in drawing.data["label"].to_list()
    assert "alert(1)" not in json.dumps(drawing.spec)
    assert all("data" not in part for part in (drawing.spec, *drawing.spec["layer"]))  # one frame for all layers


def test_in_house_is_one_line_or_a_mark_per_row_where_definitions_differ() -> None:
    def marks(*baselines: float) -> list[str]:
        rows = pl.DataFrame(
            [_row(f"v{place}", baseline_value=baseline) for place, baseline in enumerate(baselines)],
            schema_overrides={"last_year": pl.Float64},
        )
        layers = interval_dots(rows, "share", "t", Formats("en"), LIGHT).spec["layer"]
        return [layer["mark"]["type"] for layer in layers if "baseline_value" in json.dumps(layer.get("encoding"))]

    assert marks(0.82, 0.82) == ["rule"]
    assert marks(0.82, 0.84) == ["tick"]


def test_a_spec_is_made_once_and_each_chart_has_its_own_scale() -> None:
    def drawing(value: float) -> Drawing:
        rows = pl.DataFrame([_row("v", value=value, low=value, high=value)], schema_overrides={"last_year": pl.Float64})
        return interval_dots(rows, "share", "t", Formats("en"), LIGHT)

    one, other = drawing(0.2), drawing(0.3)
    domains = [
        layer["encoding"]["x"]["scale"]["domain"]
        for made in (one, other)
        for layer in made.spec["layer"]
        if "scale" in layer["encoding"].get("x", {})
    ]
    assert domains[0] == domains[1]
    assert domains[0] != domains[-1]
