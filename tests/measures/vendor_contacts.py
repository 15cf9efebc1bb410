"""A small vendor made of single contacts: its evidence, and reports printed from any definition."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from pipelines.measures.definitions import ServiceLevelDefinition, count_contacts, service_level
from pipelines.measures.ledger.formulas import SUMS
from pipelines.measures.reconcile import REPORTED, Evidence
from pipelines.workspace.frames import CLAUSES

FIRST = date(2026, 3, 2)
PARIS = "Europe/Paris"
TERMS = {"variant": "abandon_negative", "threshold_s": 20.0, "inclusive": True, "short_abandon_s": None}


def contacts(days: int = 60, per_day: int = 60, queues: tuple[str, ...] = ("billing",), seed: int = 1) -> pl.DataFrame:
    """Contacts with whole-second waits round the clock: some abandon, a few overflow, come closed or leave a number."""
    draw = np.random.default_rng(seed)
    rows = days * per_day * len(queues)
    outcome = draw.choice(
        ["answered", "abandoned_queue", "overflowed", "callback_requested", "closed_hours", "voicemail"],
        rows, p=[0.74, 0.16, 0.03, 0.03, 0.02, 0.02],
    )  # fmt: skip
    start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZoneInfo(PARIS)).astimezone(UTC)
    minute = np.sort(draw.integers(0, days * 24 * 60, rows))
    return (
        pl.DataFrame(
            {
                "queue": draw.choice(list(queues), rows),
                "queued_at": [start + timedelta(minutes=int(m)) for m in minute],
                "wait_s": np.minimum(draw.exponential(18, rows).round(), 400.0),
                "talk_s": draw.gamma(4, 60, rows).round(),
                "acw_s": draw.gamma(2, 20, rows).round(),
                "outcome": outcome,
            }
        )
        .with_columns(
            pl.col("queued_at").dt.cast_time_unit("us"),
            local_date=pl.col("queued_at").dt.convert_time_zone(PARIS).dt.date(),
            ring_s=pl.lit(0.0),
            ivr_s=pl.lit(0.0),
        )
        .filter(pl.col("local_date") < FIRST + timedelta(days=days))
    )  # where clocks go forward, an hour is of the next day


def clauses(**definition: object) -> pl.DataFrame:
    """The terms: one clause on service level."""
    row = dict.fromkeys(CLAUSES) | {
        "terms_id": "t", "clause_id": "sl", "vendor_code": "v", "queue_code": "*", "valid_from": date(2020, 1, 1),
        "metric": "service_level", "target": 0.8, "direction": "higher", "include": [], "aggregation": "call_weighted",
        "clock_start": "queue_entry", "attribution": "arrival", **TERMS, **definition,
    }  # fmt: skip
    return pl.DataFrame([row], schema=dict(CLAUSES))


def evidence(some: pl.DataFrame, terms: pl.DataFrame | None = None, **more: object) -> Evidence:
    """What the marts hold of these contacts."""
    terms = clauses() if terms is None else terms
    definition = ServiceLevelDefinition.from_clause(terms.row(0, named=True))
    slot = some.with_columns(interval_start_at=pl.col("queued_at").dt.truncate("30m"))
    return Evidence(
        days=sums(some, definition, ["queue", "local_date"]), waits=waits(some),
        intervals=sums(slot, definition, ["queue", "interval_start_at", "local_date"]), clauses=terms, zone=PARIS,
        **more,
    )  # fmt: skip


def sums(some: pl.DataFrame, definition: ServiceLevelDefinition, by: list[str]) -> pl.DataFrame:
    answered = pl.col("outcome") == "answered"
    gone = pl.col("outcome") == "abandoned_queue"
    counts = count_contacts(some, definition, by)
    times = some.group_by(by, maintain_order=True).agg(
        wait_answered_s=pl.col("wait_s").filter(answered).sum(),
        waits_known_answered=answered.sum(),
        waits_known=(answered | gone).sum(),
        talk_s=pl.col("talk_s").filter(answered).sum(),
        acw_s=pl.col("acw_s").filter(answered).sum(),
        hold_s=pl.lit(0.0),
        ring_s=pl.lit(0.0),
        handle_s=(pl.col("talk_s") + pl.col("acw_s")).filter(answered).sum(),
        talk_known=answered.sum(),
        handle_known=answered.sum(),
        hold_known=answered.sum(),
        acw_known=answered.sum(),
        abandoned_ivr=pl.lit(0),
    )
    joined = counts.join(times, on=by)
    return joined.with_columns(pl.lit(None, pl.Int64).alias(name) for name in SUMS if name not in joined.columns).sort(
        by
    )


def waits(some: pl.DataFrame, day: str = "local_date") -> pl.DataFrame:
    """The histogram; waits are whole seconds here, so their bins are even."""
    served = some.filter(pl.col("outcome").is_in(["answered", "abandoned_queue"]))
    return served.group_by("queue", local_date=pl.col(day), wait_bin=(2 * pl.col("wait_s")).cast(pl.Int32)).agg(
        answered=(pl.col("outcome") == "answered").sum(), abandoned=(pl.col("outcome") != "answered").sum()
    )


def periods(some: pl.DataFrame, granularity: str = "day", day: str = "local_date") -> pl.DataFrame:
    every = {"day": "1d", "week": "1w", "month": "1mo"}[granularity]
    return some.with_columns(period=pl.col(day).dt.truncate(every))


def level_report(
    some: pl.DataFrame, definition: ServiceLevelDefinition, granularity: str = "day", decimals: int = 1,
    day: str = "local_date",
) -> pl.DataFrame:  # fmt: skip
    """Service level by queue and period under ``definition``, printed in percent."""
    placed = periods(some, granularity, day).with_columns(local_date=pl.col(day))
    grain = ["queue", "period", "local_date"]
    values = service_level(count_contacts(placed, definition, grain), definition, by=["queue", "period"])
    printed = (pl.col("value") * 100).round(9).round(decimals, mode="half_away_from_zero") / 100
    shown = values.select("queue", "period", value=printed).drop_nulls("value")
    return lines_of(shown, "service_level", "rate", decimals, 100.0, granularity)


def count_report(some: pl.DataFrame, metric: str, granularity: str = "day", day: str = "local_date") -> pl.DataFrame:
    """Offered, answered or abandoned by queue and period."""
    placed = periods(some, granularity, day)
    counts = count_contacts(placed, ServiceLevelDefinition(), ["queue", "period"])
    shown = counts.select("queue", "period", value=pl.col(metric).cast(pl.Float64))
    return lines_of(shown, metric, "count", 0, 1.0, granularity)


def lines_of(
    shown: pl.DataFrame, metric: str, unit: str, decimals: int, scale: float, granularity: str = "day"
) -> pl.DataFrame:
    step = {"day": "1d", "week": "1w", "month": "1mo"}[granularity]
    midnight = pl.col("period").cast(pl.Datetime("us")).dt.replace_time_zone(PARIS)
    return shown.sort("period", "queue").select(
        "queue", metric=pl.lit(metric), granularity=pl.lit(granularity),
        period_start_at=midnight.dt.convert_time_zone("UTC"),
        period_end_at=midnight.dt.offset_by(step).dt.convert_time_zone("UTC"), value="value", unit=pl.lit(unit),
        decimals=pl.lit(decimals, pl.Int64), printed_scale=pl.lit(scale), claimed=pl.lit(None, pl.String),
        label_as_printed=pl.lit(metric), cell_ref=pl.lit(None, pl.String), delivery_id=pl.lit("d1"),
    ).cast(REPORTED)  # type: ignore[arg-type]  # fmt: skip
