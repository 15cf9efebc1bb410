"""The simulated contacts as one frame with names, texts and instants: what every export is written from."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from sample_data.generator import plan
from sample_data.generator.simulate import LineDay

#: Beginnings of numbers that ARCEP keeps for fiction (four digits follow), without the national 0.
FICTION_PREFIXES = ("63998", "19900", "26191", "35301", "46571", "53649")
_FICTION = len(FICTION_PREFIXES) * 10_000

IVR_S = {"lille": 14, "poitiers": 12, "casablanca": 18, "porto": 10, "tana": 21}


def contact_frame(days: Iterable[LineDay]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All contacts (one row each) and all staffing intervals (one row each), in order of day and line."""
    contacts: list[pl.DataFrame] = []
    staffing: list[pl.DataFrame] = []
    for done in days:
        line = pl.lit(done.line, dtype=pl.Int64)
        contacts.append(pl.DataFrame(done.contacts).with_columns(day=pl.lit(done.day)))
        staffing.append(pl.DataFrame(done.staffing).with_columns(line=line, day=pl.lit(done.day)))
    return with_names(pl.concat(contacts)), _staffing(pl.concat(staffing))


def with_names(contacts: pl.DataFrame) -> pl.DataFrame:
    """Codes to names; milliseconds to instants; the customer's number as it could be dialled (E.164 without +)."""
    customer = pl.col("customer")
    prefix = (customer // 10_000).replace_strict(dict(enumerate(FICTION_PREFIXES)), default="", return_dtype=pl.String)
    digits = (customer % 10_000).cast(pl.String).str.zfill(4)
    beyond = pl.lit("337") + customer.cast(pl.String).str.zfill(8)  # only for volumes far above the committed ones
    phone = (
        pl.when(customer < 0)
        .then(None)
        .when(customer < _FICTION)
        .then(pl.lit("33") + prefix + digits)
        .otherwise(beyond)
    )
    queued = pl.from_epoch("queued_ms", time_unit="ms").dt.replace_time_zone("UTC")
    busy = pl.duration(milliseconds=pl.col("wait_ms") + pl.col("talk_ms") + pl.col("hold_ms"))
    return contacts.with_columns(
        vendor=_named("line", [line.vendor for line in plan.LINES]),
        queue=_named("line", [line.queue for line in plan.LINES]),
        reason=_named("reason", list(plan.REASONS)),
        phone=phone,
        queued=queued,
    ).with_columns(
        language=pl.col("queue").replace_strict(plan.QUEUE_LANGUAGE, default="fr"),
        channel=pl.when(pl.col("queue").is_in(list(plan.CHAT_QUEUES))).then(pl.lit("chat")).otherwise(pl.lit("voice")),
        answered=pl.col("outcome") == 0,
        answered_at=pl.when(pl.col("outcome") == 0).then(queued + pl.duration(milliseconds="wait_ms")),
        ended_at=queued + busy,
        started=queued - pl.duration(seconds=pl.col("vendor").replace_strict(IVR_S, return_dtype=pl.Int64)),
        declared_resolved=_declared(),
        agent_name=pl.col("vendor").str.slice(0, 3).str.to_uppercase()
        + pl.lit("-")
        + pl.col("line").cast(pl.String).str.zfill(2)
        + pl.col("agent").cast(pl.String).str.zfill(2),
    )


def _declared() -> pl.Expr:
    """What the agent ticks. Antananarivo is paid per resolution and ticks six in ten of the unresolved too."""
    generous = (pl.col("vendor") == "tana") & ((pl.col("leg") * 7919) % 10 < 6)
    return (pl.col("resolved") == 1) | (generous & (pl.col("outcome") == 0))


def _named(column: str, names: list[str]) -> pl.Expr:
    return pl.col(column).replace_strict(dict(enumerate(names)), return_dtype=pl.String)


def _staffing(staffing: pl.DataFrame) -> pl.DataFrame:
    return staffing.with_columns(
        vendor=_named("line", [line.vendor for line in plan.LINES]),
        queue=_named("line", [line.queue for line in plan.LINES]),
        start=pl.from_epoch(pl.col("start_ms").cast(pl.Int64), time_unit="ms").dt.replace_time_zone("UTC"),
    )
