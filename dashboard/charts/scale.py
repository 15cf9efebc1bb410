"""The part of a measure's scale that a chart shows."""

from __future__ import annotations

import math
from collections.abc import Iterable


def span(
    values: Iterable[float | None], *, floor: float | None = None, ceiling: float | None = None
) -> tuple[float, float]:
    """Lowest and highest of the known ``values`` with a twelfth of room on both sides, within floor and ceiling."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return (0.0, 1.0)
    low, high = min(known), max(known)
    room = (high - low) / 12 or abs(high) / 10 or 1.0
    low, high = low - room, high + room
    return (low if floor is None else max(low, floor), high if ceiling is None else min(high, ceiling))


def limits_of(unit: str) -> tuple[float | None, float | None]:
    """The range that a value of ``unit`` can have."""
    match unit:
        case "share":
            return (0.0, 1.0)
        case "points":
            return (-100.0, 100.0)
        case _:
            return (0.0, None)


def axis_format(unit: str, lowest: float, highest: float) -> str:
    """A d3 number format that tells neighbouring ticks apart."""
    width = highest - lowest
    if unit == "share":
        return ".1%" if width < 0.06 else ".0%"
    if unit == "money":
        return ",.2f" if width < 8 else ",.0f"
    return ",.1f" if width < 4 else ",.0f"
