"""Colours of marks in each theme, and the spec settings that all charts share.

Light: GOV.UK Analysis Function palette. Dark: Okabe-Ito. Each is at least 3:1 on its background; colour only
supports what a shape or a word says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from dashboard.formats import Formats

ThemeType = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme."""

    background: str
    ink: str  # text and target marks
    vendor: str  # a vendor's own figures
    in_house: str  # the baseline, always grey
    attention: str  # late, missing, refused: always with a shape of its own


PALETTES: dict[ThemeType, Palette] = {
    "light": Palette("#ffffff", "#16202b", "#12436d", "#6b6f73", "#801650"),
    "dark": Palette("#0e1117", "#e8edf2", "#56b4e9", "#9aa0a6", "#e69f00"),
}


def finished(chart: alt.LayerChart, formats: Formats, *, right: int = 6) -> alt.LayerChart:
    """``chart`` with the language's number format, no outer frame, and ``right`` pixels for labels beside the plot."""
    configured: Any = chart.configure(
        locale=formats.chart_locale, padding={"left": 2, "top": 4, "right": right, "bottom": 2}
    )
    return configured.configure_view(stroke=None).configure_axis(domain=False, tickSize=0, labelPadding=6)
