"""The workspace as Polars frames, one row each, for joins in the warehouse and in the measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.workspace.hours import open_hours_frame
from pipelines.workspace.model import Workspace

__all__ = ["clauses_frame", "open_hours_frame", "queues_frame", "rate_cards_frame", "sites_frame", "vendors_frame"]

Schema = Mapping[str, Any]

VENDORS: Schema = {
    "vendor_code": pl.String, "name": pl.String, "kind": pl.String, "country": pl.String, "shore": pl.String,
    "parent_group": pl.String, "started_on": pl.Date, "ended_on": pl.Date, "is_baseline": pl.Boolean,
}  # fmt: skip
SITES: Schema = {
    "site_code": pl.String, "vendor_code": pl.String, "name": pl.String, "country": pl.String, "tz": pl.String,
    "shore": pl.String,
}  # fmt: skip
QUEUES: Schema = {
    "queue_code": pl.String, "name": pl.String, "channel": pl.String, "language": pl.String, "reason": pl.String,
    "lob": pl.String, "complexity_tier": pl.Int64,
}  # fmt: skip
CLAUSES: Schema = {
    "terms_id": pl.String, "clause_id": pl.String, "vendor_code": pl.String, "queue_code": pl.String,
    "valid_from": pl.Date, "valid_to": pl.Date, "report_tz": pl.String, "interval_min": pl.Int64, "metric": pl.String,
    "target": pl.Float64, "direction": pl.String, "floor": pl.Float64, "threshold_s": pl.Float64,
    "inclusive": pl.Boolean, "clock_start": pl.String, "variant": pl.String, "short_abandon_s": pl.Float64,
    "include": pl.List(pl.String), "attribution": pl.String, "aggregation": pl.String,
    "measurement_period": pl.String, "rounding": pl.Int64, "min_volume": pl.Int64,
    "interval_target": pl.Float64, "dead_band": pl.Float64, "transfers_in": pl.String, "zero_rule": pl.String,
    "over": pl.String, "parts": pl.List(pl.String), "boxes": pl.Int64, "neutral": pl.Boolean,
    "window_h": pl.Float64, "same_reason": pl.Boolean, "cross_vendor": pl.Boolean, "blank_id_rule": pl.String,
    "own_repeat_rule": pl.Boolean,
}  # fmt: skip
RATE_CARDS: Schema = {
    "terms_id": pl.String, "vendor_code": pl.String, "queue_code": pl.String, "unit": pl.String,
    "amount": pl.Decimal(18, 4), "currency": pl.String, "band_min": pl.Int64, "band_max": pl.Int64,
    "valid_from": pl.Date, "valid_to": pl.Date, "fte_hours": pl.Float64, "fte_basis": pl.String,
    "graduated": pl.Boolean,
}  # fmt: skip


def vendors_frame(workspace: Workspace) -> pl.DataFrame:
    """One row per vendor; ``is_baseline`` marks the operation that the others are compared with."""
    rows = (
        {**one.model_dump(), "vendor_code": code, "is_baseline": code == workspace.baseline}
        for code, one in workspace.vendors.items()
    )
    return _frame(rows, VENDORS)


def sites_frame(workspace: Workspace) -> pl.DataFrame:
    """One row per site."""
    rows = (
        {**site.model_dump(), "site_code": code, "vendor_code": site.vendor} for code, site in workspace.sites.items()
    )
    return _frame(rows, SITES)


def queues_frame(workspace: Workspace) -> pl.DataFrame:
    """One row per queue."""
    return _frame(({**queue.model_dump(), "queue_code": code} for code, queue in workspace.queues.items()), QUEUES)


def clauses_frame(workspace: Workspace) -> pl.DataFrame:
    """One row per clause and terms, with the dates of the terms (both included; null: without end).

    ``clause_id`` is unique within ``terms_id``; ``queue_code`` may be "*". Several rows may fit one event: the
    clause of its own queue goes before that of "*". ``own_repeat_rule``: whether its repeat contacts are others than
    those that the workspace's rule gives, under which the marts count.
    """
    rows = (
        {
            **clause.model_dump(),
            "own_repeat_rule": clause.has_own_repeat_rule(workspace.settings.repeat_contact),
            "terms_id": terms.id,
            "clause_id": clause.id,
            "vendor_code": vendor,
            "queue_code": clause.queue,
            "valid_from": terms.valid_from,
            "valid_to": terms.valid_to,
            "report_tz": terms.report_tz,
            "interval_min": terms.interval_min,
        }
        for vendor, held in workspace.terms.items()
        for terms in held
        for clause in terms.clauses
    )
    return _frame(rows, CLAUSES)


def rate_cards_frame(workspace: Workspace) -> pl.DataFrame:
    """One row per price, dated; currency and dates that a card leaves out are those of its terms.

    A card's dates never go past those of its terms.
    """
    rows = []
    for vendor, held in workspace.terms.items():
        for terms in held:
            for card in terms.rate_cards:
                ends = [day for day in (card.valid_to, terms.valid_to) if day is not None]
                rows.append(
                    {
                        **card.model_dump(),
                        "amount": card.amount.quantize(Decimal("0.0001")),
                        "terms_id": terms.id,
                        "vendor_code": vendor,
                        "queue_code": card.queue,
                        "currency": card.currency or terms.currency or workspace.settings.currency,
                        "valid_from": max(card.valid_from or terms.valid_from, terms.valid_from),
                        "valid_to": min(ends) if ends else None,
                        "fte_hours": None if card.fte_hours is None else float(card.fte_hours),
                        "graduated": terms.bands == "graduated",
                    }
                )
    return _frame(rows, RATE_CARDS)


def _frame(rows: Iterable[Mapping[str, Any]], schema: Schema) -> pl.DataFrame:
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=dict(schema))
