"""Which of the vendor's contacts have a counterpart in the baseline, and how finely that can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.measures.moments import COLUMNS
from pipelines.measures.standardise import MIN_CELL, support


@dataclass(frozen=True)
class Overlap:
    """Strata side by side. ``cells``: keys, vendor_n, vendor_total, vendor_total_sq, the same with baseline_, and
    ``compared``. ``one_sided``: too much of the vendor's work has no counterpart at all, however it is cut.
    """

    cells: pl.DataFrame
    strata: tuple[str, ...]
    support: float
    one_sided: bool


def overlap(
    vendor: pl.DataFrame,
    baseline: pl.DataFrame,
    strata: Sequence[str],
    *,
    min_cell: int = MIN_CELL,
    min_support: float = 0.8,
) -> Overlap:
    """Put both sides' strata side by side, as finely as ``min_support`` of the vendor's contacts allows.

    Thin cells are a lack of data: the last stratum is left out and the question asked again. Work that the baseline
    does not do (nights, a language) is a lack of counterpart: leaving a stratum out would only hide it, so the
    finest cut is kept.
    """
    cells, used = _side_by_side(vendor, baseline, tuple(strata), min_cell), tuple(strata)
    one_sided = _without_counterpart(cells, min_cell) > 1 - min_support
    share = support(cells, min_cell=min_cell)
    while not one_sided and share < min_support and len(used) > 1:
        used = used[:-1]
        cells = _side_by_side(vendor, baseline, used, min_cell)
        share = support(cells, min_cell=min_cell)
    return Overlap(cells, used, share, _without_counterpart(cells, min_cell) > 1 - min_support)


def _side_by_side(vendor: pl.DataFrame, baseline: pl.DataFrame, used: tuple[str, ...], min_cell: int) -> pl.DataFrame:
    sides = []
    for frame, prefix in ((vendor, "vendor_"), (baseline, "baseline_")):
        sums = [pl.col(name).cast(pl.Float64).sum().alias(prefix + name) for name in COLUMNS]
        sides.append(frame.group_by(used).agg(sums) if used else frame.select(sums))
    if used:
        cells = sides[0].join(sides[1], on=list(used), how="full", coalesce=True, nulls_equal=True).sort(used)
    else:
        cells = pl.concat(sides, how="horizontal")
    zeros = [pl.col(side + name).fill_null(0.0) for side in ("vendor_", "baseline_") for name in COLUMNS]
    both = (pl.col("vendor_n") >= min_cell) & (pl.col("baseline_n") >= min_cell)
    return cells.with_columns(zeros).with_columns(compared=both)


def _without_counterpart(cells: pl.DataFrame, min_cell: int) -> float:
    """Share of the vendor's contacts in strata that the baseline lacks although it has contacts enough.

    With the vendor's mix the baseline would have had ``min_cell`` contacts in such a stratum; a stratum in which it
    would have had fewer is merely thin.
    """
    vendor_total, baseline_total = cells.select(pl.col("vendor_n").sum(), pl.col("baseline_n").sum()).row(0)
    if not vendor_total:
        return 0.0
    lacking = (
        (pl.col("vendor_n") >= min_cell)
        & (pl.col("baseline_n") < min_cell)
        & (pl.col("vendor_n") * (baseline_total / vendor_total) >= min_cell)
    )
    return float(cells.filter(lacking)["vendor_n"].sum() / vendor_total)
