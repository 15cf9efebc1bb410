"""Which clause binds a vendor's queue in a week. Terms apply as of the event, never as of today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

import polars as pl

#: The columns of a frame of clauses: one row per clause and period of validity (``valid_to`` null: still in force).
CLAUSE_SCHEMA: dict[str, pl.DataType] = {
    "vendor_code": pl.String(),
    "queue_code": pl.String(),
    "clause_id": pl.String(),
    "metric": pl.String(),
    "target": pl.Float64(),
    "direction": pl.String(),
    "variant": pl.String(),
    "threshold_s": pl.Float64(),
    "inclusive": pl.Boolean(),
    "clock_start": pl.String(),
    "short_abandon_s": pl.Float64(),
    "include": pl.List(pl.String()),
    "attribution": pl.String(),
    "aggregation": pl.String(),
    "rounding": pl.Int64(),
    "min_volume": pl.Int64(),
    "transfers_in": pl.String(),
    "zero_rule": pl.String(),
    "over": pl.String(),
    "parts": pl.List(pl.String()),
    "boxes": pl.Int64(),
    "neutral": pl.Boolean(),
    "own_repeat_rule": pl.Boolean(),
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
}
EVERY_QUEUE = "*"
#: What of a clause decides how a figure is counted.
_DEFINING = (
    "variant", "threshold_s", "inclusive", "clock_start", "short_abandon_s", "include", "attribution", "aggregation",
    "transfers_in", "zero_rule",
)  # fmt: skip

#: What handle time is made of in a week's figures.
_HANDLE_PARTS = ("acw_s", "hold_s", "talk_s")


class Definition(Protocol):
    """Anything that says how a figure is computed and names it."""

    @property
    def id(self) -> str: ...


def conform(clauses: pl.DataFrame) -> pl.DataFrame:
    """``clauses`` with the columns of :data:`CLAUSE_SCHEMA`; an absent one is null. Keys become vendor and queue."""
    return clauses.select(
        (pl.col(name) if name in clauses.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in CLAUSE_SCHEMA.items()
    ).rename({"vendor_code": "vendor", "queue_code": "queue"})


def in_force(clauses: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The clauses that bind each of ``rows`` (vendor, queue, week, metric) on at least one day of its week.

    A clause for the queue itself goes before one for every queue. A row with a null queue (all queues together) is
    bound by every clause of the vendor. Returns the columns of ``rows`` + ``days`` in force + the clause's own.
    """
    found = rows.join(conform(clauses), on=["vendor", "metric"], suffix="_of_clause")
    last_day = pl.col("week") + timedelta(days=6)
    first = pl.max_horizontal("week", pl.col("valid_from").fill_null(pl.col("week")))
    last = pl.min_horizontal(last_day, pl.col("valid_to").fill_null(last_day))
    own = pl.col("queue_of_clause") == pl.col("queue")
    general = pl.col("queue_of_clause") == EVERY_QUEUE
    return (
        found.with_columns(days=(last - first).dt.total_days() + 1)
        .filter(pl.col("days") > 0, own | general | pl.col("queue").is_null())
        .with_columns(own=own.fill_null(False))
        .filter(pl.col("own") | ~pl.col("own").any().over("vendor", "queue", "week", "metric"))
        .drop("own")
    )


def attach(
    counts: pl.DataFrame,
    clauses: pl.DataFrame,
    metric: str,
    definition_of: Callable[[Mapping[str, Any]], Definition],
) -> pl.DataFrame:
    """Each row of ``counts`` with its clause's columns and ``definition_id`` (null where none binds), and ``changed``.

    Rows that carry the ``clause_id`` under which they were counted get that clause; the others the one in force on
    most days of the week, with ``changed`` true when another definition was in force on the remaining days.
    """
    rows = counts.with_row_index("_row")
    keys = rows.select("_row", "vendor", "queue", "week", "clause_id", pl.lit(metric).alias("metric"))
    named = pl.col("clause_id").is_not_null()
    found = in_force(clauses, keys).filter(~named | (pl.col("clause_id") == pl.col("clause_id_of_clause")))
    found = found.with_columns(_definition_ids(found, definition_of))
    chosen = (
        found.with_columns(changed=(pl.col("definition_id").n_unique().over("_row") > 1) & ~named)
        .sort("days", "valid_from", descending=True, nulls_last=True)
        .unique("_row", keep="first", maintain_order=True)
        .select("_row", *_DEFINING, "definition_id", "changed")
    )
    return rows.join(chosen, on="_row", how="left", maintain_order="left").drop("_row")


def _definition_ids(found: pl.DataFrame, definition_of: Callable[[Mapping[str, Any]], Definition]) -> pl.Series:
    """The id of each row's definition; a clause is asked once, however many weeks and queues it binds."""
    known: dict[tuple[Any, ...], str] = {}
    ids = []
    keys = found.select("vendor", "queue_of_clause", "clause_id_of_clause", "valid_from", "variant", "threshold_s")
    for at, key in enumerate(keys.rows()):
        if key not in known:
            known[key] = definition_of(found.row(at, named=True)).id
        ids.append(known[key])
    return pl.Series("definition_id", ids, dtype=pl.String)


def takes_other_contacts() -> pl.Expr:
    """Whether a clause counts by the time of the answer, or without transfers in; a week's figures don't."""
    return ((pl.col("attribution") == "answer") | (pl.col("transfers_in") == "leave_out")).fill_null(False)


def counts_otherwise() -> pl.Expr:
    """Whether a clause takes other contacts, or another basis, than a week's figures do.

    The basis of ``asa_s`` is answered contacts, of ``aht_s`` talk, hold and after-call work, of ``csat`` the two best
    marks of all, of repeat contacts the company's rule.
    """
    metric = pl.col("metric")
    other_parts = pl.col("parts").list.sort().list.join("+") != "+".join(_HANDLE_PARTS)
    found = [
        takes_other_contacts(),
        (metric == "asa_s") & (pl.col("over") == "offered"),
        (metric == "aht_s") & other_parts,
        (metric == "csat") & ((pl.col("boxes") != 2) | ~pl.col("neutral")),
        pl.col("own_repeat_rule"),
    ]
    return pl.any_horizontal(one.fill_null(False) for one in found)


def averages_otherwise() -> pl.Expr:
    """Whether a clause averages over intervals or days; a week's figures are over contacts."""
    return (pl.col("aggregation") != "call_weighted").fill_null(False)
