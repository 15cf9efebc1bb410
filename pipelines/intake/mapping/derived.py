"""Columns that follow from others where the mapping doesn't give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from pipelines.intake.mapping.cells import recode
from pipelines.intake.mapping.instants import LOCAL
from pipelines.intake.mapping.reports import LONG_DEFAULTS
from pipelines.intake.mapping.zones import local_days, local_minutes

if TYPE_CHECKING:
    from pipelines.intake.mapping.columns import Columns

Default = Callable[["Columns"], pl.Series | None]

#: Columns whose default also fills the blanks of a mapped column.
FILLS = frozenset({"interaction_id", "channel", "language", "queued_at", "happened_at", "period_end_at", "vendor_code"})

#: A contact that never came to a queue belongs to the instant at which it arrived.
_NEVER_QUEUED = ("abandoned_ivr", "closed_hours", "blocked", "error", "voicemail", "callback_requested")


def _vendor(columns: Columns) -> pl.Series | None:
    if columns.session.vendor is not None:
        return columns.constant(columns.session.vendor)
    if not columns.mapped("site_code"):
        return None
    vendors = {code: site.vendor for code, site in columns.session.workspace.sites.items()}
    return recode(columns.value("site_code"), vendors)


def _system(columns: Columns) -> pl.Series:
    return columns.constant(columns.plan.feed.mapping.system)


def _interaction(columns: Columns) -> pl.Series:
    return columns.value("leg_id")


def _of_queue(attribute: str) -> Default:
    def read(columns: Columns) -> pl.Series:
        known = {code: getattr(queue, attribute) for code, queue in columns.session.workspace.queues.items()}
        return columns.coded("queue_code").recode(known)

    return read


def _inbound(columns: Columns) -> pl.Series:
    return columns.constant("inbound")


def _queued(columns: Columns) -> pl.Series | None:
    if not columns.mapped("arrived_at"):
        return None
    arrived = columns.value("arrived_at")
    for flags in (columns.ambiguous, columns.assumed):
        if "arrived_at" in flags and "queued_at" not in flags:
            flags["queued_at"] = flags["arrived_at"]
    if not columns.mapped("queued_at"):
        return arrived
    elsewhere = columns.value("outcome").is_in(_NEVER_QUEUED) | (columns.value("direction") != "inbound")
    return arrived.set(~elsewhere.fill_null(False), None)


def _local_date_of(instant: str) -> Default:
    def read(columns: Columns) -> pl.Series:
        return local_days(columns.readings(instant))

    return read


def _local_minute(columns: Columns) -> pl.Series:
    return local_minutes(columns.readings("queued_at"))


def _ts_quality(columns: Columns) -> pl.Series:
    """``ambiguous_dst`` where a time of the row came twice, ``assumed_tz`` where its zone is that of the vendor."""
    quality = columns.constant("exact")
    for flags, word in ((columns.assumed, "assumed_tz"), (columns.ambiguous, "ambiguous_dst")):
        for mask in flags.values():
            quality = quality.set(mask, word)
    return quality


def _survey_instant(columns: Columns) -> pl.Series:
    sent = columns.value("sent_at")
    return sent.zip_with(sent.is_not_null(), columns.value("responded_at"))


def _matched_by(columns: Columns) -> pl.Series | None:
    if not columns.mapped("leg_id"):
        return None
    return columns.constant("id").set(columns.value("leg_id").is_null(), "none")


def _midnight_of(date: str) -> Default:
    def read(columns: Columns) -> pl.Series:
        midnights = columns.value(date).cast(LOCAL)
        return columns.session.clock.day_starts(midnights, columns.vendors())

    return read


def _offer_date(columns: Columns) -> pl.Series | None:
    return _local_date_of("happened_at")(columns) if columns.mapped("happened_at") else None


def _period_end(columns: Columns) -> pl.Series:
    """The start of the next period of the same granularity, in the zone of the terms."""
    start, granularity = columns.value("period_start_at"), columns.value("granularity")
    steps = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
    vendors = columns.vendors()
    local = columns.session.clock.readings(start, vendors).cast(LOCAL)
    end = columns.nothing("period_end_at")
    for word in granularity.drop_nulls().unique():
        holds = granularity == word
        if word in ("interval", "hour"):
            minutes = _interval_minutes(columns) if word == "interval" else pl.lit(60)
            later = pl.select(pl.lit(start) + pl.duration(minutes=minutes)).to_series()
        else:
            later = columns.session.clock.day_starts(local.dt.offset_by(steps[word]), vendors)
        end = end.zip_with(~holds.fill_null(False), later)
    return end


def _interval_minutes(columns: Columns) -> pl.Expr:
    """Length of the reporting interval of each row's vendor, as of its latest terms; null where it has none."""
    known = {code: terms[-1].interval_min for code, terms in columns.session.workspace.terms.items() if terms}
    vendors = columns.vendors()
    if not isinstance(vendors, pl.Series):
        return pl.lit(known.get(vendors or ""), dtype=pl.Int64)
    return pl.lit(vendors.replace_strict(known, default=None, return_dtype=pl.Int64))


_EVERYWHERE: dict[str, Default] = {"vendor_code": _vendor, "source_system": _system}

DEFAULTS: dict[str, dict[str, Default]] = {
    "contacts": {
        **_EVERYWHERE,
        "interaction_id": _interaction,
        "channel": _of_queue("channel"),
        "language": _of_queue("language"),
        "direction": _inbound,
        "queued_at": _queued,
        "local_date": _local_date_of("queued_at"),
        "local_minute": _local_minute,
        "ts_quality": _ts_quality,
    },
    "contact_counts": {
        **_EVERYWHERE,
        "channel": _of_queue("channel"),
        "direction": _inbound,
        "local_date": _local_date_of("period_start_at"),
    },
    "surveys": {
        **_EVERYWHERE,
        "happened_at": _survey_instant,
        "local_date": _local_date_of("happened_at"),
        "match_method": _matched_by,
    },
    "survey_offers": {**_EVERYWHERE, "happened_at": _midnight_of("local_date"), "local_date": _offer_date},
    "refunds": {**_EVERYWHERE, "local_date": _local_date_of("refunded_at")},
    "orders": {**_EVERYWHERE, "local_date": _local_date_of("ordered_at")},
    "sla_reports": {
        **_EVERYWHERE,
        **LONG_DEFAULTS,
        "period_end_at": _period_end,
        "local_date": _local_date_of("period_start_at"),
    },
    "staffing_intervals": {**_EVERYWHERE, "local_date": _local_date_of("interval_start_at")},
    "invoices": {**_EVERYWHERE, "happened_at": _midnight_of("period_start")},
}
