"""What the pages show, as plain values. Nothing here computes or opens anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

from pipelines.answers.standouts import Kind
from pipelines.answers.weekly import JUDGED
from pipelines.measures.spc import Chart

#: What the first screen judges: access, handling, outcome, money. The full table has every measure.
ESSENTIALS = (
    "service_level",
    "abandon_rate",
    "asa_s",
    "aht_s",
    "repeat_rate",
    "csat",
    "refund_rate",
    "cost_per_contact",
)


@dataclass(frozen=True, slots=True)
class VendorName:
    """A vendor of the workspace; ``in_house`` marks the client's own operations."""

    code: str
    name: str
    in_house: bool


@dataclass(frozen=True, slots=True)
class QueueName:
    """A queue of the workspace, with the language of its contacts."""

    code: str
    name: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """The version that the pages read, and the names that go with it."""

    version: str
    published_at: datetime | None
    data_until: date | None
    weeks: tuple[date, ...]  # complete weeks, newest first, as Mondays
    zone: str
    currency: str
    baseline: str | None
    vendors: tuple[VendorName, ...]
    queues: tuple[QueueName, ...]
    as_of: date | None = None  # a past day at whose end everything is shown as it was known then

    @property
    def number(self) -> str:
        """The version's number, as a person reads it."""
        return self.version.partition("@")[0].removeprefix("warehouse_").removesuffix(".duckdb")

    def vendor_name(self, code: str) -> str:
        return next((vendor.name for vendor in self.vendors if vendor.code == code), code)


@dataclass(frozen=True, slots=True)
class NotReady:
    """Why there is nothing to show: the workspace has mistakes, or nothing has been loaded."""

    reason: Literal["not_loaded", "other_release", "workspace_broken"]
    inbox: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether the week's figures rest on what should have come. ``None`` where the terms state no due dates."""

    expected: int | None
    on_time: int | None
    late: int | None
    missing: int | None
    rows_read: int
    rows_rejected: int
    files: int
    files_refused: int
    findings: int = 0  # not settled, about these days
    findings_critical: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to know this week, with the values of its sentence; ``metric`` is None for missing deliveries.

    ``contacts`` and ``money``: what the vendor handled and cost in the week."""

    kind: Kind
    vendor: str
    metric: str | None
    values: dict[str, Any] = field(default_factory=dict)
    contacts: int | None = None
    money: float | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """The calls to make (one vendor's together, the most important first), what else stands out, how many figures were
    looked at, how many would stand out by chance, and how many do by their value."""

    changes: tuple[Change, ...]
    others: tuple[Change, ...]
    comparisons: int
    expected_by_chance: float
    stood: int


@dataclass(frozen=True, slots=True)
class Selection:
    """The filters of a page as the warehouse knows them; None restricts nothing, an empty tuple leaves nothing."""

    week: date
    vendors: tuple[str, ...] | None = None
    queues: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """New limits of a figure from the week of this Monday on: who decided it, why, when; ``shown`` on the chart."""

    week: date
    author: str
    reason: str
    at: datetime
    shown: bool


@dataclass(frozen=True, slots=True)
class Usual:
    """One figure over time: its chart, its target, the chance that a stable figure would be marked this week, and the
    decisions about its limits."""

    chart: Chart
    target: float | None
    false_alarm: float
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the journal: its number, when, who, which status it sets (None: none), and what it says."""

    number: int
    at: datetime
    author: str
    status: str | None
    text: str


#: Columns of a scorecard row, as every component may rely on them.
SCORECARD = {
    "vendor": pl.String(),
    "queue": pl.String(),
    "metric": pl.String(),
    "value": pl.Float64(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "n": pl.Int64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "previous": pl.Float64(),
    "last_year": pl.Float64(),
    "target": pl.Float64(),
    "target_met": pl.Boolean(),
    "baseline_value": pl.Float64(),
    "gap": pl.Float64(),
    "gap_low": pl.Float64(),
    "gap_high": pl.Float64(),
    "verdict": pl.String(),
    "definition_id": pl.String(),
    "note": pl.String(),
    "data_share": pl.Float64(),
    "worst_case": pl.Float64(),
    "best_case": pl.Float64(),
    "findings": pl.Int64(),
    "history": pl.List(pl.Float64()),
    **JUDGED,
}

#: Groups of rows in a delivery's accounting, in the order in which they are shown.
GROUPS = ("loaded", "restating", "duplicate", "stale", "rejected", "dropped")

DELIVERIES = {
    "delivery_no": pl.Int64(),
    "delivery_id": pl.String(),
    "vendor": pl.String(),
    "feed": pl.String(),
    "file_name": pl.String(),
    "sha256": pl.String(),
    "received_at": pl.Datetime("us", "UTC"),
    "due_at": pl.Datetime("us", "UTC"),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "status": pl.String(),
    "message": pl.String(),
    "rows_read": pl.Int64(),
    "rows_loaded": pl.Int64(),
    "rows_restating": pl.Int64(),
    "rows_duplicate": pl.Int64(),
    "rows_stale": pl.Int64(),
    "rows_rejected": pl.Int64(),
    "rows_dropped": pl.Int64(),
    "punctuality": pl.String(),  # on_time, late; null where nothing was due
    "refused": pl.Boolean(),  # nothing of it was loaded
    "adds_up": pl.Boolean(),
    "problem": pl.Boolean(),  # refused, late, with rejected rows, or accepted with warnings
}
