"""What is kept about each delivery: where it came from, what became of its rows, why it was refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

import duckdb
import polars as pl

from pipelines.warehouse.statements import first_row, number_of

Disposition = Literal["restating", "duplicate", "stale", "rejected", "dropped"]


class AccountingError(Exception):
    """The rows of a delivery don't add up: a fault of this program, so nothing of the delivery is loaded."""


@dataclass(frozen=True, slots=True)
class DeliveryMeta:
    """One received file under one mapping.

    ``received_at`` and ``due_at`` are instants with a zone. ``latest_by`` names the canonical column that says which
    of two rows with the same key is newer; without it, reception decides.
    """

    vendor_code: str | None
    feed: str
    mapping_id: str
    mapping_version: int
    table: str
    file_name: str
    sha256: str
    bytes: int
    received_at: datetime
    due_at: datetime | None = None
    latest_by: str | None = None
    key_id: str | None = None
    anew: bool = False  # read again under the same version, because it could not be read before
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def delivery_id(self) -> str:
        """Names the content and the mapping, so it survives a rebuild and never says who sent what."""
        return f"{self.marks[0]}-{self.mapping_id}-{self.mapping_version}"

    @property
    def marks(self) -> tuple[str, str]:
        """What deliveries of the same file under the same mapping have in common, whatever the mapping's version."""
        return self.sha256[:16], self.mapping_id


@dataclass(slots=True)
class Accounting:
    """What became of the rows of one delivery. The law: ``rows_read`` is the sum of all the others, exactly."""

    rows_read: int = 0
    rows_loaded: int = 0
    rows_restating: int = 0
    rows_duplicate: int = 0
    rows_stale: int = 0
    rows_rejected: int = 0
    rows_dropped: dict[str, int] = field(default_factory=dict)
    records_read: int | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def rows_accounted(self) -> int:
        counted = self.rows_loaded + self.rows_restating + self.rows_duplicate + self.rows_stale + self.rows_rejected
        return counted + sum(self.rows_dropped.values())

    def cover(self, first: date | None, last: date | None) -> None:
        """Widen the period to days of further rows."""
        if first is not None and last is not None:
            self.first_day = min(first, self.first_day or first)
            self.last_day = max(last, self.last_day or last)

    def assert_law(self) -> None:
        """Raise :class:`AccountingError` unless every row read is accounted for."""
        if self.rows_accounted != self.rows_read:
            raise AccountingError(f"{self.rows_read} rows were read, {self.rows_accounted} are accounted for: {self}")

    @property
    def status(self) -> str:
        """One word for the delivery, as the ledger keeps it."""
        if self.rows_read and self.rows_duplicate == self.rows_read - sum(self.rows_dropped.values()):
            return "duplicate"
        return "accepted_with_warnings" if self.rows_rejected else "accepted"

    def status_with(self, warnings: Sequence[str]) -> str:
        """The same, where intake had something to say about the file as a whole."""
        return "accepted_with_warnings" if warnings and self.status == "accepted" else self.status


_FINISH = """
UPDATE deliveries SET
    records_read = $records_read, rows_read = $rows_read, rows_loaded = $rows_loaded, rows_restating = $rows_restating,
    rows_duplicate = $rows_duplicate, rows_stale = $rows_stale, rows_rejected = $rows_rejected,
    rows_dropped = $rows_dropped, rows_dropped_json = $rows_dropped_json, period_start = $period_start,
    period_end = $period_end, status = $status, refused_kind = $refused_kind, message = $message,
    summary_json = $summary_json
WHERE delivery_no = $delivery_no
"""

#: The columns of a line that say which delivery it is, known before anything of it is read.
_INSTANT = pl.Datetime("us", "UTC")
_BEGUN: dict[str, pl.DataType] = {
    "delivery_no": pl.Int32(), "delivery_id": pl.String(), "vendor_code": pl.String(), "feed": pl.String(),
    "mapping_id": pl.String(), "mapping_version": pl.Int32(), "table_name": pl.String(), "file_name": pl.String(),
    "sha256": pl.String(), "bytes": pl.Int64(), "received_at": _INSTANT, "due_at": _INSTANT, "loaded_at": _INSTANT,
    "known_from": _INSTANT, "latest_by": pl.String(),
}  # fmt: skip
#: And those that say what became of it.
_DONE: dict[str, pl.DataType] = {
    "records_read": pl.Int64(), "rows_read": pl.Int64(), "rows_loaded": pl.Int64(), "rows_restating": pl.Int64(),
    "rows_duplicate": pl.Int64(), "rows_stale": pl.Int64(), "rows_rejected": pl.Int64(), "rows_dropped": pl.Int64(),
    "rows_dropped_json": pl.String(), "period_start": pl.Date(), "period_end": pl.Date(), "status": pl.String(),
    "refused_kind": pl.String(), "message": pl.String(), "summary_json": pl.String(),
}  # fmt: skip

_STANDING = """
SELECT delivery_no, mapping_version FROM deliveries
WHERE sha256 = ? AND mapping_id = ? AND superseded_at IS NULL
"""
#: A file that no feed fitted stood under this mapping; it ends when a feed for it has been added.
NO_MAPPING = "none"
_END_UNMATCHED = """
UPDATE deliveries SET superseded_at = ?, superseded_by = ?
WHERE sha256 = ? AND vendor_code = ? AND mapping_id = ? AND superseded_at IS NULL
"""
_HAD_ROWS = "SELECT count(*) FROM deliveries WHERE sha256 = ? AND mapping_id = ? AND status <> 'quarantined'"


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery that has been entered in the ledger and is not finished yet."""

    delivery_no: int
    known_from: datetime
    earlier_no: int | None  # the delivery of the same file under the mapping's earlier version


def standing(con: duckdb.DuckDBPyConnection, sha256: str, mapping_id: str) -> tuple[int, int] | None:
    """The delivery that stands for this file under this mapping: its number and mapping version."""
    return first_row(con, _STANDING, [sha256, mapping_id])


def is_known(con: duckdb.DuckDBPyConnection, sha256: str, mapping_id: str, mapping_version: int) -> bool:
    """Has this content been taken in (or refused) under this version of this mapping?"""
    held = standing(con, sha256, mapping_id)
    return held is not None and held[1] == mapping_version


def refuse_known(con: duckdb.DuckDBPyConnection, delivery: DeliveryMeta) -> None:
    """Raise ``ValueError`` where the delivery has been taken in already."""
    if not delivery.anew and is_known(con, delivery.sha256, delivery.mapping_id, delivery.mapping_version):
        raise ValueError(
            f"{delivery.file_name} is loaded already under {delivery.mapping_id} {delivery.mapping_version}"
        )


def next_number(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the next delivery."""
    return number_of(con, "SELECT coalesce(max(delivery_no), 0) + 1 FROM deliveries")


def enter(con: duckdb.DuckDBPyConnection, delivery: DeliveryMeta, number: int | None = None) -> Entry:
    """Write the delivery's line; a delivery of the same file under another mapping version ends with it.

    ``number``: that of the delivery, where it was given out already.
    """
    delivery_no = number or next_number(con)
    earlier = standing(con, delivery.sha256, delivery.mapping_id)
    had_rows = number_of(con, _HAD_ROWS, [delivery.sha256, delivery.mapping_id]) > 0
    known_from = delivery.loaded_at if had_rows else delivery.received_at
    if earlier:
        con.execute(
            "UPDATE deliveries SET superseded_at = ?, superseded_by = ? WHERE delivery_no = ?",
            [delivery.loaded_at, delivery_no, earlier[0]],
        )
    if delivery.mapping_id != NO_MAPPING:
        con.execute(
            _END_UNMATCHED, [delivery.loaded_at, delivery_no, delivery.sha256, delivery.vendor_code, NO_MAPPING]
        )
    begun = _begun(delivery, delivery_no, known_from) | {"delivery_id": _unused_id(con, delivery.delivery_id)}
    _insert(con, [begun], _BEGUN)
    return Entry(delivery_no, known_from, earlier[0] if earlier else None)


def _begun(delivery: DeliveryMeta, delivery_no: int, known_from: datetime) -> dict[str, Any]:
    instants = {"received_at": delivery.received_at, "due_at": delivery.due_at, "loaded_at": delivery.loaded_at}
    return {
        "delivery_no": delivery_no,
        "delivery_id": delivery.delivery_id,
        "vendor_code": delivery.vendor_code,
        "feed": delivery.feed,
        "mapping_id": delivery.mapping_id,
        "mapping_version": delivery.mapping_version,
        "table_name": delivery.table,
        "file_name": delivery.file_name,
        "sha256": delivery.sha256,
        "bytes": delivery.bytes,
        **{name: instant and instant.astimezone(UTC) for name, instant in instants.items()},
        "known_from": known_from.astimezone(UTC),
        "latest_by": delivery.latest_by,
    }


def line_of(delivery: DeliveryMeta, entry: Entry, accounting: Accounting, summary: Any) -> dict[str, Any]:
    """The whole line of a delivery whose content was never seen before."""
    return _begun(delivery, entry.delivery_no, entry.known_from) | _done(accounting, summary)


def write_lines(con: duckdb.DuckDBPyConnection, lines: Sequence[dict[str, Any]]) -> None:
    """Write whole lines (:func:`line_of`)."""
    if lines:
        _insert(con, lines, _BEGUN | _DONE)


def _insert(con: duckdb.DuckDBPyConnection, lines: Sequence[dict[str, Any]], schema: dict[str, pl.DataType]) -> None:
    ledger_lines = pl.DataFrame(lines, schema=schema).to_arrow()  # noqa: F841 - the statement reads it by its name
    con.execute("INSERT INTO deliveries BY NAME SELECT * FROM ledger_lines")


def _unused_id(con: duckdb.DuckDBPyConnection, wanted: str) -> str:
    """A mapping that goes back to an earlier version takes the file in anew: its deliveries are told apart."""
    used = number_of(
        con,
        "SELECT count(*) FROM deliveries WHERE delivery_id = ? OR starts_with(delivery_id, ? || '.')",
        [wanted, wanted],
    )
    return f"{wanted}.{used + 1}" if used else wanted


def finish(
    con: duckdb.DuckDBPyConnection,
    entry: Entry,
    accounting: Accounting,
    summary: Any = None,
    refused: tuple[str, str] | None = None,
) -> None:
    """Complete the delivery's line; ``refused`` is the kind of finding and the message."""
    con.execute(_FINISH, {"delivery_no": entry.delivery_no} | _done(accounting, summary, refused))


def _done(accounting: Accounting, summary: Any, refused: tuple[str, str] | None = None) -> dict[str, Any]:
    warnings: Sequence[str] = getattr(summary, "warnings", ())
    return {
        "records_read": accounting.records_read,
        "rows_read": accounting.rows_read,
        "rows_loaded": accounting.rows_loaded,
        "rows_restating": accounting.rows_restating,
        "rows_duplicate": accounting.rows_duplicate,
        "rows_stale": accounting.rows_stale,
        "rows_rejected": accounting.rows_rejected,
        "rows_dropped": sum(accounting.rows_dropped.values()),
        "rows_dropped_json": json.dumps(accounting.rows_dropped, ensure_ascii=False, sort_keys=True),
        "period_start": accounting.first_day,
        "period_end": accounting.last_day,
        "status": "quarantined" if refused else accounting.status_with(warnings),
        "refused_kind": refused[0] if refused else None,
        "message": refused[1] if refused else " ".join(warnings) or None,
        "summary_json": _as_json(summary),
    }


def _as_json(summary: Any) -> str | None:
    if summary is None:
        return None
    plain = (
        dataclasses.asdict(summary) if dataclasses.is_dataclass(summary) and not isinstance(summary, type) else summary
    )
    return json.dumps(plain, ensure_ascii=False, default=str, sort_keys=True)
