"""Counts against any threshold, from the histogram of waits or from single contacts."""

from __future__ import annotations

import polars as pl

from pipelines.measures.definitions.service_level import ServiceLevelDefinition

#: Outcomes of the canonical schema that are abandons of a contact that had reached the queue.
ABANDONED = ("abandoned_queue", "abandoned_ring", "abandoned_hold")
NOT_OFFERED = ("closed_hours", "abandoned_ivr", "blocked")
FLOW_OUTS = ("overflowed", "timeout")


def within_bin(limit_s: float, inclusive: bool) -> pl.Expr:
    """Whether a wait's bin lies within ``limit_s``.

    Bins keep whole seconds apart (2 x w) from those between (2 x floor(w) + 1), so limits in whole seconds are exact;
    a limit between two seconds counts the waits between them as beyond it.
    """
    last_whole = 2 * int(limit_s)
    on_the_limit = limit_s == int(limit_s)
    return pl.col("wait_bin") <= last_whole if inclusive or not on_the_limit else pl.col("wait_bin") < last_whole


def histogram_counts(waits: pl.DataFrame, definition: ServiceLevelDefinition, by: list[str]) -> pl.DataFrame:
    """``by`` + answered_in_threshold, abandoned_in_threshold, short_abandoned (null without a limit) from a histogram.

    The clock is the histogram's own (queue entry): a definition on another clock can't be counted from it.
    """
    within = within_bin(definition.threshold_s, definition.inclusive)
    short = None if definition.short_abandon_s is None else within_bin(definition.short_abandon_s, definition.inclusive)
    return waits.group_by(by, maintain_order=True).agg(
        answered_in_threshold=pl.col("answered").filter(within).sum(),
        abandoned_in_threshold=pl.col("abandoned").filter(within).sum(),
        short_abandoned=pl.lit(None, pl.Int64) if short is None else pl.col("abandoned").filter(short).sum(),
    )


def clock_seconds(definition: ServiceLevelDefinition) -> pl.Expr:
    """Seconds on the definition's clock of a contact: from ``wait_s``, ``ring_s`` and ``ivr_s``.

    Queue entry and the end of the voice menu are the same instant in the canonical schema. A call that started with
    an unknown time in the menu has an unknown clock.
    """
    if definition.clock_start == "ring":
        return pl.col("ring_s")
    if definition.clock_start == "call_start":
        return pl.col("wait_s") + pl.col("ivr_s")
    return pl.col("wait_s")


def count_contacts(contacts: pl.DataFrame, definition: ServiceLevelDefinition, by: list[str]) -> pl.DataFrame:
    """``by`` + all counts that a definition needs, from contacts with ``outcome`` and the seconds of its clock.

    A contact whose clock is not known is offered (and answered or abandoned) but not within the threshold.
    Transfers in are contacts with a ``transferred_from_leg_id``.
    """
    if definition.transfers_in == "leave_out":
        contacts = contacts.filter(pl.col("transferred_from_leg_id").is_null())
    clock, outcome = clock_seconds(definition), pl.col("outcome")
    within = clock <= definition.threshold_s if definition.inclusive else clock < definition.threshold_s
    limit = definition.short_abandon_s
    short = pl.lit(None, pl.Boolean) if limit is None else (clock <= limit if definition.inclusive else clock < limit)
    answered, abandoned = outcome == "answered", outcome.is_in(ABANDONED)
    callback = outcome == "callback_requested"
    return contacts.group_by(by, maintain_order=True).agg(
        offered=(~outcome.is_in(NOT_OFFERED)).sum(),
        answered=answered.sum(),
        abandoned=abandoned.sum(),
        answered_in_threshold=(answered & within).sum(),
        abandoned_in_threshold=(abandoned & within).sum(),
        short_abandoned=pl.lit(None, pl.Int64) if limit is None else (abandoned & short).sum(),
        flow_outs=outcome.is_in(FLOW_OUTS).sum(),
        callbacks=callback.sum(),
        callbacks_in_threshold=(callback & within).sum(),
        voicemail=(outcome == "voicemail").sum(),
        closed=(outcome == "closed_hours").sum(),
    )
