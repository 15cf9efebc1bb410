"""What a week's figures are computed from: additive counts per vendor, queue and week."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, fields

import polars as pl

_KEYS: dict[str, pl.DataType] = {"vendor_code": pl.String(), "queue_code": pl.String(), "week": pl.Date()}
_WHOLE, _REAL, _TEXT = pl.Int64(), pl.Float64(), pl.String()

COUNTS: dict[str, pl.DataType] = {
    **_KEYS,
    "clause_id": _TEXT,
    **dict.fromkeys(
        (
            "offered", "answered", "abandoned", "abandoned_ivr", "flow_outs", "callbacks", "voicemail", "closed",
            "answered_in_threshold", "abandoned_in_threshold", "short_abandoned", "callbacks_in_threshold",
            "offered_without_clause",
            "waits_known_answered", "talk_known", "handle_known", "hold_known", "acw_known", "transferred",
            "transfer_known",
            "repeat_eligible", "repeated", "repeat_unknown", "repeat_open",
        ),
        _WHOLE,
    ),
    **dict.fromkeys(
        (
            "wait_answered_s", "wait_answered_sq", "talk_s", "talk_sq", "hold_s", "hold_sq", "acw_s", "acw_sq",
            "handle_s", "handle_sq",
        ),
        _REAL,
    ),
}  # fmt: skip
WAITS = {**_KEYS, "wait_bin": _WHOLE, "answered": _WHOLE, "abandoned": _WHOLE}
SURVEYS = {
    **_KEYS, "survey_type": _TEXT, "question_code": _TEXT, "scale_min": _REAL, "scale_max": _REAL,
    "status": _TEXT, "score_raw": _REAL, "n": _WHOLE, "responses": _WHOLE,
}  # fmt: skip
OFFERS = {**_KEYS, "survey_type": _TEXT, "offered": _WHOLE, "delivered": _WHOLE}
REFUNDS = {
    **_KEYS, "kind": _TEXT, "currency": _TEXT, "refunds": _WHOLE, "contacts": _WHOLE, "orders": _WHOLE,
    "amount": pl.Decimal(38, 4), "amount_sq": _REAL,
}  # fmt: skip
STAFFING = {**_KEYS, "logged_s": _REAL, "committed_hours": _REAL, "scheduled_hours": _REAL}
ORDERS = {**_KEYS, "orders": _WHOLE}

_SHAPES: dict[str, Mapping[str, pl.DataType]] = {
    "counts": COUNTS,
    "waits": WAITS,
    "surveys": SURVEYS,
    "offers": OFFERS,
    "refunds": REFUNDS,
    "staffing": STAFFING,
    "orders": ORDERS,
}


def _empty(shape: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(_SHAPES[shape]))


@dataclass(slots=True)
class WeekInputs:
    """The frames behind the figures of some weeks, by ``vendor_code``, ``queue_code`` and ``week`` (its Monday).

    ``counts``: contacts and summed seconds, one row per vendor x queue x week, or finer by ``clause_id`` where a clause
    changed within a week. ``waits``: histogram in bins (2 x floor(w) for whole seconds, else 2 x floor(w) + 1, 7200 for
    an hour and more). ``surveys``: answers by score and status; a survey
    counts in ``n`` once per question, in ``responses`` once. ``offers``: surveys offered, where they are counted
    apart. ``refunds``: by kind and currency. ``staffing``: hours. ``orders``: placed, for a refund rate per order.

    A frame that is not given is "not known", and so is a column that a frame lacks; other columns are ignored.
    """

    counts: pl.DataFrame
    waits: pl.DataFrame = field(default_factory=lambda: _empty("waits"))
    surveys: pl.DataFrame = field(default_factory=lambda: _empty("surveys"))
    offers: pl.DataFrame = field(default_factory=lambda: _empty("offers"))
    refunds: pl.DataFrame = field(default_factory=lambda: _empty("refunds"))
    staffing: pl.DataFrame = field(default_factory=lambda: _empty("staffing"))
    orders: pl.DataFrame = field(default_factory=lambda: _empty("orders"))

    def __post_init__(self) -> None:
        for item in fields(self):
            setattr(self, item.name, _conform(getattr(self, item.name), item.name))

    def scoped(self, by_queue: bool) -> WeekInputs:
        """The same inputs with a column ``scope``: every row once for all queues (null), and once for its own queue.

        So one pass computes a vendor's figures and its queues'. A row without a queue is in the vendor's only.
        """
        scoped = copy(self)
        for item in fields(self):
            setattr(scoped, item.name, with_scope(getattr(self, item.name), by_queue))
        return scoped


def with_scope(frame: pl.DataFrame, by_queue: bool) -> pl.DataFrame:
    """``frame`` with ``scope``: null on every row, and each queue's rows again with its code in it."""
    everything = frame.with_columns(pl.lit(None, pl.String).alias("scope"))
    if not by_queue:
        return everything
    own = frame.filter(pl.col("queue").is_not_null()).with_columns(pl.col("queue").alias("scope"))
    return pl.concat([everything, own])


def _conform(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """The frame with exactly the columns and types of its shape, keys named ``vendor`` and ``queue``.

    Raises ``ValueError`` when a key is missing: figures without a vendor or a week would be silently wrong.
    """
    shape = _SHAPES[name]
    missing = [key for key in ("vendor_code", "week") if key not in frame.columns]
    if missing:
        raise ValueError(f"{name}: missing {', '.join(missing)}")
    return frame.select(
        (pl.col(column) if column in frame.columns else pl.lit(None)).cast(dtype).alias(_SHORT.get(column, column))
        for column, dtype in shape.items()
    )


_SHORT = {"vendor_code": "vendor", "queue_code": "queue"}
