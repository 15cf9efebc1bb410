"""Names short enough for an axis."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.escape import visible

#: Longer names are cut in the charts; the tables have them whole.
LONGEST = 22


def short(names: Sequence[str], longest: int = LONGEST) -> list[str]:
    """Names cut to ``longest`` characters, and different from one another."""
    labels: list[str] = []
    for name in names:
        clean = visible(name)
        cut = clean if len(clean) <= longest else clean[: longest - 1] + "…"
        labels.append(cut if cut not in labels else f"{cut} ({len(labels) + 1})")
    return labels
