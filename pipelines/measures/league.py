"""A league that doesn't lie: sites and queues with a funnel around their common level, ranks with intervals, ties.

Contacts of a day go up and down together (one long queue makes hundreds of long waits), so errors come from how a
unit's days scatter, not from its number of contacts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.funnel import Funnel, funnel
from pipelines.measures.moments import Cells, Kind
from pipelines.measures.ranks import rank_intervals

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class League:
    """``ranks``: unit, n, value, rank, rank_low, rank_high, tied_with; the best first. ``funnel`` is of shares only."""

    ranks: pl.DataFrame
    funnel: Funnel | None


def league(cells: pl.DataFrame, kind: Kind, *, higher_is_better: bool, smallest: int = 10) -> League | None:
    """A league of the units of ``cells`` (unit, cluster, n, total, total_sq); None with fewer than two.

    A unit with fewer than ``smallest`` contacts takes no part: nothing could be told of it.
    """
    sums = (
        cells.group_by("unit").agg(pl.col("n", "total", "total_sq").sum()).filter(pl.col("n") >= smallest).sort("unit")
    )
    if sums.height < 2:
        return None
    units = sums["unit"].to_list()
    values = Cells.of(sums).values
    ranks = rank_intervals(units, values, clustered_errors(cells, sums), higher_is_better=higher_is_better)
    counted = ranks.join(sums.select("unit", pl.col("n").cast(pl.Int64)), on="unit", how="left", maintain_order="left")
    shape = None
    if kind == "rate":
        shape = funnel(units, sums["total"].cast(pl.Float64).to_numpy(), sums["n"].cast(pl.Float64).to_numpy())
    return League(counted.select("unit", "n", "value", "rank", "rank_low", "rank_high", "tied_with"), shape)


def clustered_errors(cells: pl.DataFrame, sums: pl.DataFrame) -> Floats:
    """Standard error of each unit's average, in the order of ``sums``, from how its clusters scatter around it.

    Linearised ratio estimator (Cochran, *Sampling Techniques*, 3rd ed., section 6.3), never below that of as many
    separate contacts, two of them added on either side so that it is never zero (Agresti & Coull).
    """
    own = sums.select("unit", own_value=pl.col("total") / pl.col("n"), own_n=pl.col("n"))
    by_cluster = cells.group_by("unit", "cluster").agg(pl.col("n", "total").sum()).join(own, on="unit")
    residual = (pl.col("total") - pl.col("n") * pl.col("own_value")) / pl.col("own_n")
    clusters = pl.len()
    spread = by_cluster.group_by("unit").agg(
        between=pl.when(clusters > 1).then((residual**2).sum() * clusters / (clusters - 1))
    )
    between = sums.join(spread, on="unit", how="left", maintain_order="left")["between"].fill_null(0.0).to_numpy()
    totals = Cells.of(sums)
    padded = Cells(totals.n + 4, totals.total + 2, totals.total_sq + 2)
    separate = np.maximum(totals.variance(), padded.variance() if _is_share(totals) else 0.0) / totals.n
    errors: Floats = np.sqrt(np.maximum(between, separate))
    return errors


def _is_share(totals: Cells) -> bool:
    return bool(np.array_equal(totals.total, totals.total_sq))
