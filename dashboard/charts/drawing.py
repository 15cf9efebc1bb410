"""A chart as its specification and the frame that it draws, apart: the one is the same every week, the other is not.

Building and checking a specification takes Altair longer than everything else on the page; it is done once.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

#: The column of a frame that holds, mark by mark, the address that a click opens; empty: none.
HREF = "href"


def linked(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with addresses for its marks, where it has none yet."""
    return frame if HREF in frame.columns else frame.with_columns(pl.lit("").alias(HREF))


def href() -> alt.Href:
    """The channel by which a mark leads to the address of its row."""
    return alt.Href(f"{HREF}:N")


@dataclass(frozen=True, slots=True)
class Drawing:
    """``spec`` is Vega-Lite without data; vendors' text is only ever in ``data``."""

    data: pl.DataFrame
    spec: dict[str, Any]


def template(chart: alt.LayerChart) -> dict[str, Any]:
    """The specification of a chart that was built without data: Altair's stand-ins for the data are taken out."""
    spec: dict[str, Any] = chart.to_dict()
    spec.pop("datasets", None)
    for part in (spec, *spec["layer"]):
        part.pop("data", None)
    return spec


def with_domain(spec: dict[str, Any], channel: str, lowest: float, highest: float) -> dict[str, Any]:
    """A copy of a layered ``spec`` whose ``channel`` shows ``lowest`` to ``highest``, wherever it sets a scale."""
    changed = copy.deepcopy(spec)
    for layer in changed["layer"]:
        scale = layer["encoding"].get(channel, {}).get("scale")
        if scale is not None:
            scale["domain"] = [lowest, highest]
    return changed
