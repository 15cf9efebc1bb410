"""Sites and queues side by side: who stands out, and who can't be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.answers.compare import SCALE, WINDOW_WEEKS, StrataCells, counted_kind
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.league import league
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace

#: One row per site and queue, the best first; the limits are null where a measure has no funnel.
LEAGUE: dict[str, pl.DataType] = {
    "vendor": pl.String(), "site": pl.String(), "queue": pl.String(), "n": pl.Int64(), "value": pl.Float64(),
    "rank": pl.Int64(), "rank_low": pl.Int64(), "rank_high": pl.Int64(), "ties": pl.Int64(),
    "low_95": pl.Float64(), "high_95": pl.Float64(), "low_998": pl.Float64(), "high_998": pl.Float64(),
    "plain_low_998": pl.Float64(), "plain_high_998": pl.Float64(), "verdict": pl.String(), "plain_verdict": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SiteLeague:
    """``rows``: :data:`LEAGUE`; the funnel's centre, and what its limits rest on (None without a funnel)."""

    rows: pl.DataFrame
    centre: float | None = None
    phi: float | None = None
    tau2: float | None = None
    few_units: bool = True


def site_league(
    workspace: Workspace,
    reader: Reader,
    week: date,
    metric: str,
    *,
    weeks: int = WINDOW_WEEKS,
    queues: Sequence[str] | None = None,
) -> SiteLeague:
    """Every site and queue of every vendor over the ``weeks`` that end with ``week``, for one measure.

    A service level is counted as the clause of the vendor itself counts.
    """
    cells = StrataCells(workspace, reader, week, weeks, queues)
    unit = [pl.col("vendor_code"), pl.col("site_code").fill_null(""), pl.col("queue_code")]
    frames = [
        found.select(
            unit=pl.concat_str([pl.lit(vendor), *unit[1:]], separator="\x1f"),
            cluster="local_date", n="n", total="total", total_sq="total_sq",
        )
        for vendor in cells.vendors
        for found, _ in [cells.of(vendor, vendor, metric)]
    ]  # fmt: skip
    together = pl.concat(frames, how="vertical_relaxed") if frames else None
    kind = counted_kind(metric)
    direction = MEASURES[metric].direction
    made = None if together is None else league(together, kind, higher_is_better=direction != "lower")
    if made is None:
        return SiteLeague(pl.DataFrame(schema=LEAGUE))
    parts = pl.col("unit").str.split("\x1f")
    scale = SCALE.get(metric, 1.0)
    rows = made.ranks.with_columns(
        vendor=parts.list.get(0),
        site=parts.list.get(1).replace("", None),
        queue=parts.list.get(2),
        value=pl.col("value") * scale,
        ties=pl.col("tied_with").list.len().cast(pl.Int64),
    )
    if made.funnel is None:
        return SiteLeague(_conform(rows))
    limits = made.funnel.units.select("unit", *(name for name in LEAGUE if name not in rows.columns))
    joined = rows.join(limits, on="unit", how="left", maintain_order="left")
    shape = made.funnel
    return SiteLeague(_conform(joined), shape.centre, shape.phi, shape.tau2, shape.few_units)


def _conform(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in LEAGUE.items()
    )
