"""Lille: Amazon Connect contact records, JSON Lines, UTC, whole seconds, hold outside the interaction."""

from __future__ import annotations

import io

import polars as pl

_ISO = "%Y-%m-%dT%H:%M:%SZ"


def contact_records(contacts: pl.DataFrame, updated_later_s: int = 0) -> bytes:
    """One record per contact. ``updated_later_s`` moves ``LastUpdateTimestamp``, as a redelivery does."""
    answered, queued = pl.col("answered"), pl.col("queued")
    left = queued + pl.duration(milliseconds="wait_ms")
    ended = pl.col("ended_at")
    updated = ended + pl.duration(milliseconds=pl.col("acw_ms") + 61_000 + updated_later_s * 1000)
    records = contacts.select(
        ContactId=identifier(),
        InitialContactId=pl.lit(None, pl.String),
        InitiationMethod=pl.lit("INBOUND"),
        InitiationTimestamp=pl.col("started").dt.strftime(_ISO),
        ConnectedToSystemTimestamp=pl.col("started").dt.strftime(_ISO),
        DisconnectTimestamp=ended.dt.strftime(_ISO),
        DisconnectReason=pl.when(pl.col("ended_by_agent") == 1)
        .then(pl.lit("AGENT_DISCONNECT"))
        .otherwise(pl.lit("CUSTOMER_DISCONNECT")),
        LastUpdateTimestamp=updated.dt.strftime(_ISO),
        Channel=pl.col("channel").str.to_uppercase(),
        CustomerEndpoint=pl.struct(Address=pl.lit("+") + pl.col("phone"), Type=pl.lit("TELEPHONE_NUMBER")),
        Queue=pl.struct(
            Name=pl.lit("LIL_") + pl.col("queue").str.to_uppercase(),
            EnqueueTimestamp=queued.dt.strftime(_ISO),
            DequeueTimestamp=left.dt.strftime(_ISO),
            Duration=pl.col("wait_ms") // 1000,
        ),
        Agent=pl.when(answered).then(
            pl.struct(
                Username=pl.col("agent_name"),
                ConnectedToAgentTimestamp=pl.col("answered_at").dt.strftime(_ISO),
                AgentInteractionDuration=pl.col("talk_ms") // 1000,
                CustomerHoldDuration=pl.col("hold_ms") // 1000,
                NumberOfHolds=(pl.col("hold_ms") > 0).cast(pl.Int64),
                AfterContactWorkDuration=pl.col("acw_ms") // 1000,
                HierarchyGroups=pl.struct(Level1=pl.struct(GroupName=pl.lit("Lille Euratechnologies"))),
            )
        ),
        TransferredToEndpoint=pl.when(pl.col("transferred") == 1).then(
            pl.struct(Type=pl.lit("TELEPHONE_NUMBER"), Address=pl.lit("+33199000001"))
        ),
        Attributes=pl.struct(
            motif=pl.col("reason"),
            langue=pl.col("language"),
            resolu=pl.when(answered).then(pl.when("declared_resolved").then(pl.lit("oui")).otherwise(pl.lit("non"))),
        ),
    )
    buffer = io.BytesIO()
    records.write_ndjson(buffer)
    return buffer.getvalue()


def identifier() -> pl.Expr:
    """A contact's id as this system prints it."""
    return pl.format("a7e1{}-0000-4000-8000-{}", pl.lit("0000"), pl.col("leg").cast(pl.String).str.zfill(12))
