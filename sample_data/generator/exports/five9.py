"""Casablanca: a Five9-like call log; the site's clock, no zone in the file; hh:mm:ss; sentinels in brackets."""

from __future__ import annotations

import polars as pl

from sample_data.generator.records import IVR_S

CAMPAIGNS = {
    "commande_fr": "ATN_COMMANDE",
    "retour_fr": "ATN_RETOURS",
    "suivi_fr": "ATN_SUIVI",
}


def frame(contacts: pl.DataFrame, zone: str) -> pl.DataFrame:
    answered = pl.col("answered")
    local = pl.col("started").dt.convert_time_zone(zone)
    whole = (pl.col("ended_at") - pl.col("started")).dt.total_seconds()
    ivr = pl.col("vendor").replace_strict(IVR_S, return_dtype=pl.Int64)
    nothing = pl.lit(None, pl.String)
    return contacts.select(
        call_id().alias("CALL ID"),
        local.dt.strftime("%a, %d %b %Y %H:%M:%S").alias("TIMESTAMP"),
        pl.col("queue").replace_strict(CAMPAIGNS, return_dtype=pl.String).alias("CAMPAIGN"),
        pl.lit("Inbound").alias("CALL TYPE"),
        pl.when(answered).then("agent_name").otherwise(pl.lit("[None]")).alias("AGENT"),
        pl.when(answered)
        .then(pl.when("declared_resolved").then(pl.lit("Resolu")).otherwise(pl.lit("A suivre")))
        .otherwise(pl.lit("Caller Disconnected"))
        .alias("DISPOSITION"),
        (pl.lit("0") + pl.col("phone").str.slice(2)).alias("ANI"),
        pl.lit("0199000003").alias("DNIS"),
        _hms(whole).alias("CALL TIME"),
        _hms(ivr).alias("IVR TIME"),
        _hms(pl.col("wait_ms") // 1000).alias("QUEUE WAIT TIME"),
        nothing.alias("RING TIME"),
        pl.when(answered).then(_hms(pl.col("talk_ms") // 1000)).alias("TALK TIME"),
        pl.when(answered).then(_hms(pl.col("hold_ms") // 1000)).alias("HOLD TIME"),
        pl.when(answered).then(_hms(pl.col("acw_ms") // 1000)).alias("AFTER CALL WORK TIME"),
        pl.when(answered).then("transferred").alias("TRANSFERS"),
        pl.when(pl.col("outcome") == 1).then(1).alias("ABANDONED"),
        pl.col("reason").alias("MOTIF"),
    )


def call_id() -> pl.Expr:
    """A call's id as this system prints it."""
    return pl.lit("3000") + pl.col("leg").cast(pl.String).str.zfill(9)


def _hms(seconds: pl.Expr) -> pl.Expr:
    parts = [seconds // 3600, seconds % 3600 // 60, seconds % 60]
    return pl.concat_str([part.cast(pl.String).str.zfill(2) for part in parts], separator=":")
