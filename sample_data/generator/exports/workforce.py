"""Forecast and staffing by interval, pipe-delimited as NICE IEX writes them, on the client's clock."""

from __future__ import annotations

import polars as pl

from sample_data.generator import plan


def frame(staffing: pl.DataFrame) -> pl.DataFrame:
    """One row per queue and interval."""
    local = pl.col("start").dt.convert_time_zone(plan.CLIENT_ZONE)
    worked = {
        "stafftime": "logged_s", "availtime": "available_s", "talktime": "talk_s", "holdtime": "hold_s",
        "acwtime": "acw_s", "auxtime": "aux_s",
    }  # fmt: skip
    return staffing.select(
        local.dt.strftime("%m%d%Y %H:%M").alias("start"),
        pl.lit(plan.INTERVAL_MIN).alias("period"),
        pl.lit(plan.CLIENT_ZONE).alias("TZ"),
        (pl.lit("ATN_") + pl.col("queue").str.to_uppercase()).alias("ctName"),
        pl.col("forecast").alias("fcstContactsReceived"),
        pl.col("aht_forecast_s").cast(pl.Int64).alias("fcstAHT"),
        pl.col("required").alias("revPlanReq"),
        pl.col("committed").alias("commitPlanReq"),
        pl.col("scheduled").cast(pl.Int64).alias("schedOpen"),
        *(pl.col(column).cast(pl.Int64).alias(name) for name, column in worked.items()),
    )
