"""Relief under the forecast band: service levels hold for the volume that was forecast, and a band above it.

A single half-hour is over its forecast by chance all the time. So an interval is relieved where its own contacts pass
forecast and band *and* those of its queue's whole day do.
"""

from __future__ import annotations

import polars as pl

#: One row per terms with relief: vendor, valid_from, valid_to (null: without end), band_rate.
BANDS: dict[str, pl.DataType] = {
    "vendor": pl.String(),
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
    "band_rate": pl.Float64(),
}


def with_relief(intervals: pl.DataFrame, staffing: pl.DataFrame, bands: pl.DataFrame) -> pl.DataFrame:
    """``intervals`` with ``relieved``, and ``band_rate`` (null where the terms give no relief).

    ``intervals``: queries/breach_intervals (also by site: a forecast is for the queue as a whole, so it is held against
    all sites together). ``staffing``: queries/breach_staffing. ``bands``: :data:`BANDS`.
    """
    cell, day = ["vendor", "queue", "interval_start_at"], ["vendor", "queue", "local_date"]
    offered = intervals.group_by(*cell, "local_date").agg(pl.col("offered").sum())
    # Half-hours in which nobody came are no rows of contacts; they were forecast all the same.
    days = offered.group_by(day).agg(came=pl.col("offered").sum())
    days = days.join(_with_band(days, bands), on=day, how="left").join(
        staffing.group_by(day).agg(planned=pl.col("forecast").sum(), complete=pl.col("forecast").is_not_null().all()),
        on=day,
        how="left",
    )
    most = 1 + pl.col("band_rate")
    found = (
        offered.join(days.filter(pl.col("complete"), pl.col("came") > most * pl.col("planned")), on=day)
        .join(staffing.select(*cell, "forecast"), on=cell)
        .filter(pl.col("offered") > most * pl.col("forecast"))
        .select(*cell, relieved=pl.lit(True))
    )
    placed = intervals.join(found, on=cell, how="left").with_columns(pl.col("relieved").fill_null(False))
    return placed.join(days.select(*day, "band_rate"), on=day, how="left")


def _with_band(days: pl.DataFrame, bands: pl.DataFrame) -> pl.DataFrame:
    """vendor, queue, local_date, ``band_rate`` of the days on which terms with relief are in force."""
    day = pl.col("local_date")
    held = days.join(bands, on="vendor").filter(
        day >= pl.col("valid_from"), pl.col("valid_to").is_null() | (day <= pl.col("valid_to"))
    )
    keys = ["vendor", "queue", "local_date"]
    return held.unique(keys, keep="last").select(*keys, "band_rate")
