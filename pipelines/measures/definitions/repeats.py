"""Repeat contacts and first-contact resolution: the definition decides the figure, so it is data.

Rules that are not up for choice: a contact is judged only when its window is closed (``time + window <= data end``),
a repeat is charged to the operation that had the first contact, and a customer who can't be identified is never
taken for another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import polars as pl


@dataclass(frozen=True, slots=True)
class RepeatDefinition:
    """When a contact counts as repeated.

    ``window_h`` hours, the limit included; ``same_reason``: only a contact for the same reason counts (one without a
    reason can't be judged); ``cross_vendor``: a repeat at another operation counts too. ``blank_id_rule`` says what
    becomes of contacts without a customer: ``exclude`` them, or take them as ``resolved`` (wrong, but seen).
    ``censored`` false judges contacts whose window is still open (wrong, but seen).
    """

    window_h: float = 168
    same_reason: bool = False
    cross_vendor: bool = True
    blank_id_rule: Literal["exclude", "resolved"] = "exclude"
    censored: bool = True

    @classmethod
    def from_clause(cls, clause: Mapping[str, Any]) -> RepeatDefinition:
        """What a clause on first-contact resolution or repeats says; what it leaves out is as usual."""
        said = {name: clause.get(name) for name in ("window_h", "same_reason", "cross_vendor", "blank_id_rule")}
        return cls(**{name: value for name, value in said.items() if value is not None})

    @property
    def rule(self) -> str:
        """Which contacts count as repeats, and which are judged."""
        parts = [
            f"{self.window_h:g}h",
            "same_reason" if self.same_reason else "any_reason",
            "cross_vendor" if self.cross_vendor else "own_vendor",
            "" if self.blank_id_rule == "exclude" else "blank_is_resolved",
            "" if self.censored else "uncensored",
        ]
        return "/".join(part for part in parts if part)

    @property
    def id(self) -> str:
        return f"repeat_rate.{self.rule}"


def judge_contacts(contacts: pl.DataFrame, definition: RepeatDefinition, data_end: datetime) -> pl.DataFrame:
    """Each contact with ``status``: ``repeated``, ``resolved``, ``not_yet_known`` or ``unknown``; order is kept.

    ``contacts``: vendor_code, customer_ref, reason_code, queued_at, one row per contact (legs of one interaction
    already joined). ``data_end`` is the instant up to which data are complete.
    """
    window = timedelta(hours=definition.window_h)
    known = pl.col("customer_ref").is_not_null()
    if definition.same_reason:
        known &= pl.col("reason_code").is_not_null()
    group = (
        ["customer_ref"] + ["reason_code"] * definition.same_reason + ["vendor_code"] * (not definition.cross_vendor)
    )
    ordered = contacts.with_row_index("_order").sort("queued_at", "_order")
    next_at = pl.col("queued_at").shift(-1).over(group)
    is_repeated = (next_at - pl.col("queued_at") <= window).fill_null(False)
    is_open = pl.lit(definition.censored) & (pl.col("queued_at") + window > data_end)
    blank = "unknown" if definition.blank_id_rule == "exclude" else "resolved"
    status = (
        pl.when(is_open & (known | pl.lit(blank == "resolved")))
        .then(pl.lit("not_yet_known"))
        .when(~known)
        .then(pl.lit(blank))
        .when(is_repeated)
        .then(pl.lit("repeated"))
        .otherwise(pl.lit("resolved"))
    )
    return ordered.with_columns(status=status).sort("_order").drop("_order")


def first_contact_resolution(
    contacts: pl.DataFrame, definition: RepeatDefinition, data_end: datetime, by: list[str] | None = None
) -> pl.DataFrame:
    """``by`` + value (share resolved), numerator, denominator, unknown, not_yet_known, coverage.

    The repeat rate is one less the value. ``coverage`` is the share of contacts with a usable identifier.
    """
    keys = by or ["vendor_code"]
    status = pl.col("status")
    judged = judge_contacts(contacts, definition, data_end)
    sums = judged.group_by(keys, maintain_order=True).agg(
        numerator=(status == "resolved").sum().cast(pl.Float64),
        denominator=status.is_in(["resolved", "repeated"]).sum().cast(pl.Float64),
        unknown=(status == "unknown").sum(),
        not_yet_known=(status == "not_yet_known").sum(),
        coverage=(status != "unknown").mean(),
    )
    value = pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator"))
    return sums.with_columns(value=value).select(
        *keys, "value", "numerator", "denominator", "unknown", "not_yet_known", "coverage"
    )
