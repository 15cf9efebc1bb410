"""The canonical schema: what every vendor's file becomes.

One :class:`Table` per kind of fact. Suffixes say the unit: ``_s`` seconds, ``_at`` an instant in UTC,
``_local_date`` a date in the zone of the terms, ``_rate`` a share from 0 to 1, ``_amount`` money with a
``currency`` beside it. Null means "not known" and is never zero.

Every canonical row also carries :data:`LINEAGE` (delivery and row in the file), so any figure can be
followed back to a line that a person can open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

__all__ = [
    "CHANNELS",
    "CONTACTS",
    "CONTACT_COUNTS",
    "DIRECTIONS",
    "DUCKDB_TYPES",
    "GRANULARITIES",
    "INVOICES",
    "LINEAGE",
    "NEEDS_DEFINITION",
    "ORDERS",
    "OUTCOMES",
    "POLARS_TYPES",
    "REFUNDS",
    "REPORTED_METRICS",
    "SLA_REPORTS",
    "STAFFING_INTERVALS",
    "STRATA",
    "SURVEYS",
    "SURVEY_OFFERS",
    "TABLES",
    "Column",
    "Kind",
    "Table",
]

Kind = Literal["text", "integer", "number", "boolean", "instant", "date", "money", "choice", "reference"]

#: DuckDB and Polars types of each kind. A ``reference`` is a keyed hash kept as a small surrogate key.
POLARS_TYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(),
    "choice": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "instant": pl.Datetime("us", "UTC"),
    "date": pl.Date(),
    "money": pl.Decimal(18, 4),
    "reference": pl.String(),
}
DUCKDB_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "choice": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "instant": "TIMESTAMPTZ",
    "date": "DATE",
    "money": "DECIMAL(18,4)",
    "reference": "VARCHAR",
}

#: What contacts may be told apart by in a like-for-like comparison: only what the client's side sets before an agent
#: has the contact. ``hour_band`` is three hours of the client's clock.
STRATA = ("queue_code", "channel", "language", "reason_code", "segment", "hour_band")

#: Columns that every stored row has besides its own.
LINEAGE = ("delivery_no", "source_row")

OUTCOMES = (
    "answered",
    "abandoned_queue",
    "abandoned_ivr",
    "abandoned_ring",
    "abandoned_hold",
    "overflowed",
    "timeout",
    "closed_hours",
    "blocked",
    "voicemail",
    "callback_requested",
    "error",
)
CHANNELS = ("voice", "chat", "email", "messaging", "callback", "social", "task")
DIRECTIONS = ("inbound", "outbound", "callback", "internal")
GRANULARITIES = ("interval", "hour", "day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column: its name, kind, whether null is refused, and what it means."""

    name: str
    kind: Kind
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    note: str = ""

    @property
    def polars_type(self) -> pl.DataType:
        return POLARS_TYPES[self.kind]

    @property
    def duckdb_type(self) -> str:
        return DUCKDB_TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table: its columns, the key that makes a row one thing, and the instant it happened."""

    name: str
    feed: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    happened: str
    note: str = ""

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


def _text(name: str, required: bool = False, note: str = "") -> Column:
    return Column(name, "text", required, note=note)


def _choice(name: str, choices: tuple[str, ...], required: bool = False, note: str = "") -> Column:
    return Column(name, "choice", required, choices, note=note)


def _instant(name: str, required: bool = False, note: str = "") -> Column:
    return Column(name, "instant", required, note=note)


def _seconds(name: str, note: str = "") -> Column:
    return Column(name, "number", minimum=0.0, note=note)


def _count(name: str, required: bool = False, note: str = "") -> Column:
    return Column(name, "integer", required, minimum=0.0, note=note)


_SOURCE = (
    _text("vendor_code", True, "the operation that served it"),
    _text("source_system", True, "the system that wrote it"),
)

CONTACTS = Table(
    "contacts",
    "contacts",
    (
        *_SOURCE,
        _text("leg_id", True, "one contact x queue visit"),
        _text("interaction_id", True, "end-to-end identity across legs; the leg itself where not given"),
        _text("site_code"),
        _text("queue_code", True),
        _choice("channel", CHANNELS, True),
        _choice("direction", DIRECTIONS, True),
        _instant("arrived_at", note="reached the system, before the IVR"),
        _instant("queued_at", True, "entered the queue: the contact belongs to this instant"),
        _instant("answered_at"),
        _instant("ended_at"),
        _instant("updated_at", note="the sender's own version instant"),
        Column("local_date", "date", True, note="of queued_at in the zone of the terms"),
        Column("local_minute", "integer", True, minimum=0, note="minute of that local day's clock, 0 to 1439"),
        _choice("ts_quality", ("exact", "ambiguous_dst", "assumed_tz"), True),
        _seconds("ivr_s"),
        _seconds("wait_s", "in queue, until answer or until leaving the queue"),
        _seconds("ring_s"),
        _seconds("talk_s", "without hold"),
        _seconds("hold_s"),
        _seconds("acw_s", "after-contact work"),
        _choice("outcome", OUTCOMES, True),
        Column("vendor_short_abandon", "boolean", note="the vendor's own flag; ours is derived from the terms"),
        Column("vendor_in_service_level", "boolean", note="the vendor's own flag, for reconciliation"),
        _choice("transfer_out", ("none", "blind", "consult", "external")),
        _text("transfer_to_queue"),
        _text("transferred_from_leg_id"),
        _count("hold_count"),
        _text("reason_code", note="contact reason set by the client's side (IVR, CRM)"),
        _text("disposition_code", note="set by the vendor's agent"),
        Column("resolved", "boolean"),
        _choice("disconnect_by", ("customer", "agent", "system")),
        _text("agent_ref", note="pseudonym"),
        _text("team"),
        _text("language"),
        _text("segment"),
        _text("skill"),
        _count("priority"),
        Column("customer_ref", "reference", note="keyed hash; never a raw identifier"),
        _text("order_ref"),
    ),
    ("vendor_code", "source_system", "leg_id"),
    "queued_at",
    "one contact x queue visit",
)

CONTACT_COUNTS = Table(
    "contact_counts",
    "contacts",
    (
        *_SOURCE,
        _text("scope_id", True, "what the sender counted apart: client, operator, flags"),
        _text("site_code"),
        _text("queue_code", True),
        _choice("channel", CHANNELS, True),
        _choice("direction", DIRECTIONS, True),
        _instant("period_start_at", True),
        Column("local_date", "date", True),
        _choice("granularity", GRANULARITIES, True),
        _choice("outcome", OUTCOMES, True),
        _text("agent_ref"),
        Column("internal", "boolean"),
        _count("contacts", True),
        _seconds("talk_s", "summed over the contacts"),
        _seconds("wait_s", "summed over the contacts"),
    ),
    (
        "vendor_code",
        "source_system",
        "scope_id",
        "queue_code",
        "direction",
        "period_start_at",
        "granularity",
        "outcome",
    ),
    "period_start_at",
    "contacts that the sender has already counted; no single contact is known",
)

SURVEYS = Table(
    "surveys",
    "surveys",
    (
        *_SOURCE,
        _text("response_id", True),
        _choice("survey_type", ("csat", "nps", "ces"), True),
        _text("question_code", True),
        Column("score_raw", "number", note="null when not answered"),
        Column("scale_min", "number", True),
        Column("scale_max", "number", True),
        _instant("sent_at"),
        _instant("responded_at"),
        _instant("happened_at", True, "sent_at, else responded_at"),
        Column("local_date", "date", True),
        _choice("status", ("sent", "bounced", "partial", "complete", "excluded"), True),
        Column("excluded", "boolean", note="taken out of the sender's own score; kept and counted here"),
        _text("exclude_reason"),
        _count("comment_length", note="the comment itself is not stored"),
        _text("leg_id", note="the contact it is about"),
        _choice("match_method", ("id", "phone_hash", "agent_time", "none")),
        _text("site_code"),
        _text("queue_code"),
        _text("language"),
        _text("agent_ref"),
        _choice("collector", ("vendor", "client")),
        Column("customer_ref", "reference"),
    ),
    ("vendor_code", "source_system", "response_id", "question_code"),
    "happened_at",
    "one survey sent or answered x question",
)

SURVEY_OFFERS = Table(
    "survey_offers",
    "surveys",
    (
        *_SOURCE,
        _text("queue_code", True),
        _choice("survey_type", ("csat", "nps", "ces"), True),
        Column("local_date", "date", True),
        _instant("happened_at", True),
        _count("offered", True),
        _count("delivered"),
    ),
    ("vendor_code", "source_system", "queue_code", "survey_type", "local_date"),
    "happened_at",
    "how many surveys were offered on a day, where non-respondents are not sent one by one",
)

REFUNDS = Table(
    "refunds",
    "refunds",
    (
        *_SOURCE,
        _text("refund_id", True),
        _text("order_ref", True),
        _text("line_id"),
        _instant("refunded_at", True),
        Column("local_date", "date", True),
        _instant("order_at"),
        Column("amount", "money", True),
        _text("currency", True, "ISO 4217"),
        _choice("kind", ("refund", "credit_note", "goodwill", "chargeback", "reversal"), True),
        _text("reason_code"),
        Column("is_partial", "boolean"),
        _text("leg_id", note="the contact that granted it, where known"),
        _choice("attributed_via", ("agent", "tag", "last_contact_window")),
        _text("queue_code"),
        _text("agent_ref"),
        Column("customer_ref", "reference"),
    ),
    ("vendor_code", "source_system", "refund_id"),
    "refunded_at",
    "one refund",
)

ORDERS = Table(
    "orders",
    "orders",
    (
        *_SOURCE,
        _text("order_ref", True),
        _text("line_id", True),
        _instant("ordered_at", True),
        Column("local_date", "date", True),
        Column("amount", "money"),
        _text("currency"),
        _text("product_code"),
        _count("quantity"),
        Column("customer_ref", "reference"),
    ),
    ("vendor_code", "source_system", "order_ref", "line_id"),
    "ordered_at",
    "one order line: a denominator for refunds",
)

SLA_REPORTS = Table(
    "sla_reports",
    "sla_report",
    (
        *_SOURCE,
        _text("queue_scope", True, "a queue code, several joined by ';', or '*'"),
        _instant("period_start_at", True),
        _instant("period_end_at", True),
        Column("local_date", "date", True, note="of period_start_at in the zone of the terms"),
        _choice("granularity", GRANULARITIES, True),
        _text("metric", True),
        Column("value", "number", True, note="as reported, in the unit beside it"),
        _choice("unit", ("count", "rate", "s", "score", "amount", "fte"), True),
        _count("decimals", note="decimals as printed, in the printed scale: the tolerance of a reconciliation"),
        Column("printed_scale", "number", note="printed value / value: 100 where a share was printed in percent"),
        Column("numerator", "number"),
        Column("denominator", "number"),
        _text("definition_id", note="the definition that the sender claims"),
        _text("label_as_printed", True),
        _text("cell_ref", note="sheet and cell, or column"),
    ),
    ("vendor_code", "source_system", "queue_scope", "period_start_at", "granularity", "metric"),
    "period_start_at",
    "figures as the vendor reported them, one row each; never recomputed",
)

STAFFING_INTERVALS = Table(
    "staffing_intervals",
    "staffing",
    (
        *_SOURCE,
        _text("site_code"),
        _text("queue_code", True),
        _instant("interval_start_at", True),
        Column("local_date", "date", True),
        _count("interval_min", True),
        Column("required_fte", "number", minimum=0),
        Column("committed_fte", "number", minimum=0),
        Column("scheduled_fte", "number", minimum=0),
        _seconds("logged_s"),
        _seconds("available_s"),
        _seconds("talk_s"),
        _seconds("hold_s"),
        _seconds("acw_s"),
        _seconds("aux_s"),
        _seconds("training_s"),
        Column("offered_forecast", "number", minimum=0),
        _seconds("aht_forecast_s"),
    ),
    ("vendor_code", "source_system", "queue_code", "interval_start_at"),
    "interval_start_at",
    "staffing and locked forecast of one interval",
)

INVOICES = Table(
    "invoices",
    "invoices",
    (
        *_SOURCE,
        _text("invoice_id", True),
        _text("line_id", True),
        Column("period_start", "date", True),
        Column("period_end", "date", True),
        _instant("happened_at", True),
        _text("queue_code"),
        _choice(
            "unit", ("contact", "minute", "hour", "fte_month", "resolved", "fixed", "change_request", "training"), True
        ),
        Column("quantity", "money", True),
        Column("unit_amount", "money"),
        Column("amount", "money", True),
        _text("currency", True),
    ),
    ("vendor_code", "source_system", "invoice_id", "line_id"),
    "happened_at",
    "one invoiced line",
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CONTACTS,
        CONTACT_COUNTS,
        SURVEYS,
        SURVEY_OFFERS,
        REFUNDS,
        ORDERS,
        SLA_REPORTS,
        STAFFING_INTERVALS,
        INVOICES,
    )
}

#: Figures that a vendor may report; a mapping onto ``sla_reports`` names them as columns.
REPORTED_METRICS: dict[str, str] = {
    "offered": "count",
    "answered": "count",
    "abandoned": "count",
    "answered_in_threshold": "count",
    "abandoned_in_threshold": "count",
    "short_abandoned": "count",
    "overflowed": "count",
    "closed": "count",
    "transferred": "count",
    "callbacks": "count",
    "resolved": "count",
    "triaged": "count",
    "surveys_offered": "count",
    "surveys_answered": "count",
    "agents": "count",
    "requests": "count",
    "reopened": "count",
    "subscribers": "count",
    "refunds": "count",
    "service_level": "rate",
    "answer_rate": "rate",
    "abandon_rate": "rate",
    "occupancy": "rate",
    "csat": "rate",
    "fcr": "rate",
    "repeat_rate": "rate",
    "transfer_rate": "rate",
    "adherence": "rate",
    "service_level_target": "rate",
    "nps": "score",
    "csat_mean": "score",
    "index": "score",
    "asa_s": "s",
    "aht_s": "s",
    "talk_s": "s",
    "hold_s": "s",
    "acw_s": "s",
    "wait_s": "s",
    "max_wait_s": "s",
    "logged_s": "s",
    "time_to_abandon_s": "s",
    "queue_time_s": "s",
    "cost_per_contact": "amount",
    "fte": "fte",
}

#: Reported figures whose printed name does not say how they were computed: a mapping must state it.
NEEDS_DEFINITION = ("service_level", "answer_rate")
