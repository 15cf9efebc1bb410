"""The rows behind any figure: the contacts of a cell, where each came from, what became of it, and the journey of one
customer across vendors.

A cell is a vendor, its queues and site, some days and a stretch of the local clock. Queries are bounded by vendor and
days, so that they stay fast in a large warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

import polars as pl

from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.measures.ledger.clauses import in_force
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame

#: What the rows can be sorted by, the most telling first; "time" is the order in which they came.
Order = Literal["wait", "abandoned", "repeat", "handle", "survey", "refund", "time"]
ORDERS: tuple[Order, ...] = get_args(Order)

#: Rows that a page or a download gets at most; how many there are is told with them.
MOST_ROWS = 100_000
#: Contacts of one customer that a journey shows at most.
MOST_CONTACTS = 200
LAST_MINUTE = 1439

#: Columns of a row, in the order of a download. Who the customer is stays out: the journey is asked for by contact.
COLUMNS = (
    "queued_local", "queued_at", "queue_code", "site_code", "channel", "outcome", "in_time", "wait_s", "ring_s",
    "talk_s", "hold_s", "acw_s", "handle_s", "transfer_out", "transfer_to_queue", "repeat", "again_at", "before_at",
    "resolved", "csat", "csat_of", "nps", "refund", "refund_currency", "reason_code", "disposition_code",
    "disconnect_by", "skill", "priority", "segment", "language", "leg_id", "interaction_id", "source_system",
    "file_name", "source_row", "received_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """What is asked for. ``queues`` and ``site`` None: all. Minutes are of the local clock, both ends included."""

    vendor: str
    first_day: date
    last_day: date
    queues: tuple[str, ...] | None = None
    site: str | None = None
    first_minute: int = 0
    last_minute: int = LAST_MINUTE

    @property
    def bounds(self) -> dict[str, Any]:
        """The parameters of the queries."""
        return {
            "vendor": self.vendor, "queues": None if self.queues is None else list(self.queues), "site": self.site,
            "first_day": self.first_day, "last_day": self.last_day, "first_minute": self.first_minute,
            "last_minute": self.last_minute,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts of a cell: ``rows`` (:data:`COLUMNS`) in the order asked for, and ``total``, how many there are."""

    rows: pl.DataFrame
    total: int


@dataclass(frozen=True, slots=True)
class Account:
    """How the contacts of a cell add up: by outcome (outcome, contacts) and by the file that they came in (file_name,
    delivery_id, delivery_no, contacts)."""

    total: int
    outcomes: pl.DataFrame
    files: pl.DataFrame


@dataclass(frozen=True, slots=True)
class OneContact:
    """One contact: its row, every version of it that has been held, and every contact of the same customer.

    ``journey`` is empty where the customer is not known.
    """

    row: dict[str, Any]
    versions: pl.DataFrame
    journey: pl.DataFrame


def contacts(
    workspace: Workspace, reader: Reader, cell: Cell, order: Order = "wait", most: int = MOST_ROWS
) -> Contacts:
    """The contacts of a cell, those that matter most first; at most ``most`` of them.

    Raises ``ValueError`` for an order that there is none of.
    """
    if order not in ORDERS:
        raise ValueError(f"no such order: {order!r}; there are: {', '.join(ORDERS)}")
    found = reader.frame("contact_rows", **cell.bounds, **_window(workspace), order=order, most=most, leg=None)
    total = int(found["all_rows"][0]) if found.height else 0
    return Contacts(_completed(workspace, cell.vendor, found).select(*COLUMNS), total)


def account(reader: Reader, cell: Cell) -> Account:
    """The contacts of a cell counted: what came of them, and which files they came in."""
    counted = reader.frame("contact_counts", **cell.bounds)
    outcomes = counted.group_by("outcome").agg(pl.col("contacts").sum()).sort("contacts", "outcome", descending=True)
    files = counted.group_by("file_name", "delivery_id", "delivery_no").agg(pl.col("contacts").sum())
    return Account(int(counted["contacts"].sum()), outcomes, files.sort("delivery_no"))


def one_contact(workspace: Workspace, reader: Reader, cell: Cell, leg: str) -> OneContact | None:
    """One contact of the days of ``cell`` by its id; None where there is no such contact."""
    wide = Cell(cell.vendor, cell.first_day, cell.last_day)
    found = reader.frame("contact_rows", **wide.bounds, **_window(workspace), order="time", most=1, leg=leg)
    if found.is_empty():
        return None
    row = _completed(workspace, cell.vendor, found).row(0, named=True)
    days = {"first_day": cell.first_day, "last_day": cell.last_day}
    versions = reader.frame("contact_versions", vendor=cell.vendor, leg=leg, **days)
    return OneContact(row, versions, journey(workspace, reader, row["customer_id"]))


def journey(workspace: Workspace, reader: Reader, customer: int | None) -> pl.DataFrame:
    """Every contact of one customer at any vendor in order of time, with ``queued_local`` on each vendor's clock."""
    found = reader.frame("contact_journey", customer=-1 if customer is None else customer, most=MOST_CONTACTS)
    return with_local(workspace, found)


def with_local(workspace: Workspace, rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with ``queued_local``: the clock time of ``queued_at`` in the zone of each vendor's terms."""
    local = pl.lit(None, pl.Datetime("us"))
    for vendor in rows["vendor_code"].unique().drop_nulls().to_list():
        zone = workspace.zone_of(vendor)
        clock = pl.col("queued_at").dt.convert_time_zone(zone).dt.replace_time_zone(None)
        local = pl.when(pl.col("vendor_code") == vendor).then(clock).otherwise(local)
    return rows.with_columns(queued_local=local)


def _window(workspace: Workspace) -> dict[str, Any]:
    """The rule for repeat contacts as parameters."""
    rule = workspace.settings.repeat_contact
    return {
        "window_us": rule.window_hours * 3_600_000_000,
        "window_days": -(-rule.window_hours // 24) + 1,  # one more: operations in other zones have other dates
        "same_reason": rule.same_reason,
        "cross_vendor": rule.cross_vendor,
    }


def _completed(workspace: Workspace, vendor: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the local clock and ``in_time``: answered within the clause's threshold; null where none is in force
    or the wait is not known."""
    clauses = clauses_frame(workspace).filter(pl.col("vendor_code") == vendor)
    placed = in_force(rows.rename({"queue_code": "queue"}), clauses, "service_level")
    in_time = pl.lit(None, pl.Boolean)
    for number in placed["clause"].drop_nulls().unique().to_list():
        told = _within(ServiceLevelDefinition.from_clause(clauses.row(int(number), named=True)))
        in_time = pl.when(pl.col("clause") == number).then(told).otherwise(in_time)
    placed = placed.with_columns(in_time=in_time).drop("clause").rename({"queue": "queue_code"})
    return with_local(workspace, placed)


def _within(definition: ServiceLevelDefinition) -> pl.Expr:
    """Was the contact answered within the threshold, on the clock that the clause starts?"""
    lead = pl.coalesce("ivr_s", (pl.col("queued_at") - pl.col("arrived_at")).dt.total_microseconds() / 1e6)
    clock = {"ring": pl.col("ring_s"), "call_start": pl.col("wait_s") + lead}.get(
        definition.clock_start, pl.col("wait_s")
    )
    within = clock <= definition.threshold_s if definition.inclusive else clock < definition.threshold_s
    return pl.when(pl.col("outcome") == "answered").then(within).otherwise(pl.lit(False))
