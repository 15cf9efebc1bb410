"""Antananarivo: an ACD call table in Vocalcom Hermes' shape; tab-separated; universal and local time in each row."""

from __future__ import annotations

import polars as pl

from sample_data.generator.records import IVR_S

_COLUMNS = [
    "ID",
    "CtiID",
    "CustomerID",
    "Indice",
    "CallType",
    "CallUniversalTime",
    "CallLocalTime",
    "CallUniversalTimeString",
    "CallLocalTimeString",
    "Duration",
    "CallDuration",
    "AcceptDuration",
    "IvrDuration",
    "WaitDuration",
    "TotalWaitDuration",
    "ConvDuration",
    "WrapupDuration",
    "RerouteDuration",
    "OverflowDuration",
    "ANI",
    "DNIS",
    "FirstCampaign",
    "LastCampaign",
    "UUI",
    "Memo",
    "Closed",
    "NoAgent",
    "Overflow",
    "Abandon",
    "FirstQueue",
    "LastQueue",
    "InitPriority",
    "FirstAgent",
    "LastAgent",
    "LastTransfer",
    "CallStatusGroup",
    "CallStatusNum",
    "CallStatusDetail",
    "EndByAgent",
    "EndReason",
]
QUEUES = {"suivi_fr": "ATN_SUIVI", "chat_fr": "ATN_CHAT", "sav_fr": "ATN_SAV"}


def frame(contacts: pl.DataFrame, zone: str) -> pl.DataFrame:
    """One row per call. ``ConvDuration`` is talk; hold is apart, in ``RerouteDuration``."""
    answered, closed = pl.col("answered"), pl.col("outcome") == 2
    local = pl.col("started").dt.convert_time_zone(zone)
    queue = pl.col("queue").replace_strict(QUEUES, return_dtype=pl.String)
    whole = (pl.col("ended_at") - pl.col("started")).dt.total_seconds()
    seconds = {name: pl.col(f"{name}_ms") // 1000 for name in ("wait", "talk", "hold", "acw")}
    values: dict[str, pl.Expr] = {
        "ID": call_id(),
        "CallType": pl.when(pl.col("channel") == "chat").then(pl.lit("7")).otherwise(pl.lit("1")),
        "CallUniversalTime": pl.col("started").dt.strftime("%d/%m/%Y %H:%M:%S"),
        "CallLocalTime": local.dt.strftime("%d/%m/%Y %H:%M:%S"),
        "CallUniversalTimeString": pl.col("started").dt.strftime("%Y%m%d%H%M%S"),
        "CallLocalTimeString": local.dt.strftime("%Y%m%d%H%M%S"),
        "Duration": whole,
        "IvrDuration": pl.col("vendor").replace_strict(IVR_S, return_dtype=pl.Int64),
        "WaitDuration": pl.when(~closed).then(seconds["wait"]),
        "ConvDuration": pl.when(answered).then(seconds["talk"]),
        "WrapupDuration": pl.when(answered).then(seconds["acw"]),
        "RerouteDuration": pl.when(answered).then(seconds["hold"]),
        "ANI": pl.lit("00") + pl.col("phone"),
        "DNIS": pl.lit("0033199000004"),
        "FirstCampaign": queue,
        "LastCampaign": queue,
        "UUI": pl.col("reason"),
        "Closed": closed.cast(pl.Int8),
        "NoAgent": pl.lit(0),
        "Overflow": pl.lit(0),
        "Abandon": (pl.col("outcome") == 1).cast(pl.Int8),
        "FirstQueue": queue,
        "LastQueue": queue,
        "InitPriority": pl.lit(0),
        "FirstAgent": pl.when(answered).then("agent_name"),
        "LastAgent": pl.when(answered).then("agent_name"),
        "LastTransfer": pl.when(pl.col("transferred") == 1).then(pl.lit("MAGASIN")),
        "CallStatusGroup": pl.when(answered).then(
            pl.when("declared_resolved").then(pl.lit("RESOLU")).otherwise(pl.lit("NON_RESOLU"))
        ),
        "EndByAgent": pl.col("ended_by_agent"),
    }
    nothing = pl.lit(None, pl.String)
    return contacts.select(values.get(name, nothing).alias(name) for name in _COLUMNS)


def call_id() -> pl.Expr:
    """A call's id as this system prints it."""
    return pl.lit("7") + pl.col("leg").cast(pl.String).str.zfill(10)
