"""Many small deliveries in one transaction: all of them, or none.

A statement costs the same for ten rows as for ten thousand, and most small files are new from end to end. Those go in
together, table by table; one that repeats or restates anything, or was taken in before under another mapping, is loaded
by itself (``load.py``) inside the same transaction, in its turn. Two deliveries that share no key do not bear on each
other, so what becomes of every row is what would have become of it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import polars as pl

from pipelines.intake.schema import TABLES, Table
from pipelines.warehouse.customers import with_customer_numbers
from pipelines.warehouse.ledger import (
    NO_MAPPING,
    Accounting,
    AccountingError,
    DeliveryMeta,
    Entry,
    line_of,
    next_number,
    refuse_known,
    write_lines,
)  # fmt: skip
from pipelines.warehouse.load import MappedBatch, check_columns, load_rest, take_account, with_delivery
from pipelines.warehouse.statements import day_column, sorting_instant, statement


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery whose batches have all been mapped: an intake that lies in memory."""

    meta: DeliveryMeta
    held: Sequence[MappedBatch]
    summary: Any

    @property
    def batches(self) -> Iterator[MappedBatch]:
        return iter(self.held)

    @property
    def rows_read(self) -> int:
        return sum(batch.rows_read for batch in self.held)


@dataclass(slots=True)
class _New:
    """A delivery of which nothing was ever held, with its number and its accounting."""

    taken: Taken
    entry: Entry
    accounting: Accounting = field(default_factory=Accounting)

    @property
    def number(self) -> int:
        return self.entry.delivery_no


def load_together(con: duckdb.DuckDBPyConnection, deliveries: Sequence[Taken]) -> list[Accounting]:
    """Load the deliveries, in the order given, or nothing of any. Raises what ``load_delivery`` raises."""
    con.execute("BEGIN TRANSACTION")
    try:
        done = _load(con, deliveries)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return done


def _load(con: duckdb.DuckDBPyConnection, deliveries: Sequence[Taken]) -> list[Accounting]:
    first = next_number(con)
    numbered = list(enumerate(deliveries, start=first))
    seen = _seen(con, deliveries)
    new: dict[str, list[_New]] = {}
    waiting: dict[int, Taken] = {}
    for number, taken in numbered:
        meta = taken.meta
        if meta.latest_by is not None:
            sorting_instant(TABLES[meta.table], meta.latest_by)
        if meta.marks in seen:
            waiting[number] = taken
        else:
            new.setdefault(meta.table, []).append(_New(taken, Entry(number, meta.received_at, None)))
        seen.add(meta.marks)
    done: dict[int, Accounting] = {}
    for table, some in new.items():
        plain, careful = _Table(con, TABLES[table], some).load()
        done.update((one.number, one.accounting) for one in plain)
        waiting.update((one.number, one.taken) for one in careful)
    for number in sorted(waiting):
        taken = waiting[number]
        refuse_known(con, taken.meta)
        done[number] = load_rest(con, TABLES[taken.meta.table], taken.meta, taken, number)
    return [done[number] for number, _ in numbered]


def _seen(con: duckdb.DuckDBPyConnection, deliveries: Sequence[Taken]) -> set[tuple[str, str]]:
    """Which of the deliveries' marks the ledger knows; those of a file that no mapping took before are among them."""
    contents = [taken.meta.marks[0] for taken in deliveries]
    query = "SELECT DISTINCT sha256[:16], mapping_id FROM deliveries WHERE sha256[:16] IN (SELECT unnest(?))"
    known = set(con.execute(query, [contents]).fetchall())
    unmatched = {content for content, mapping_id in known if mapping_id == NO_MAPPING}
    return known | {taken.meta.marks for taken in deliveries if taken.meta.marks[0] in unmatched}


class _Table:
    """New deliveries of one table."""

    def __init__(self, con: duckdb.DuckDBPyConnection, table: Table, deliveries: Sequence[_New]) -> None:
        self.con = con
        self.table = table
        self.deliveries = deliveries

    def load(self) -> tuple[list[_New], list[_New]]:
        """Load those that need no care; gives them, and the others of which nothing has been done yet."""
        careful = self._careful()
        plain = [one for one in self.deliveries if one.number not in careful]
        for one in plain:
            for batch in one.taken.held:
                take_account(one.accounting, batch)
        self._keep("keep_rejects", [(one, batch.rejects) for one in plain for batch in one.taken.held])
        self._keep("keep_dropped", [(one, batch.dropped) for one in plain for batch in one.taken.held])
        self._insert(plain)
        for one in plain:
            one.accounting.records_read = getattr(one.taken.summary, "records_read", None)
            one.accounting.assert_law()
        self._assert_dispositions(plain)
        write_lines(self.con, [line_of(one.taken.meta, one.entry, one.accounting, one.taken.summary) for one in plain])
        return plain, [one for one in self.deliveries if one.number in careful]

    def _rows(self, deliveries: Sequence[_New]) -> pl.DataFrame | None:
        parts = []
        for one in deliveries:
            for batch in one.taken.held:
                if batch.rows.height:
                    check_columns(self.table, batch.rows)
                    parts.append(with_delivery(batch.rows, one.number, one.entry.known_from))
        return pl.concat(parts) if parts else None

    def _careful(self) -> set[int]:
        """Numbers of the deliveries that have to be loaded one by one."""
        rows = self._rows(self.deliveries)
        if rows is None or not self._count("batch_check", rows):
            return set()
        return {int(number) for (number,) in self._execute("careful_deliveries", rows)}

    def _insert(self, plain: Sequence[_New]) -> None:
        rows = self._rows(plain)
        if rows is None:
            return
        rows = with_customer_numbers(self.con, self.table, rows, plain[0].taken.meta.key_id)
        inserted = self._count("insert_all", rows)
        self._execute("all_days", rows)
        day = pl.col(day_column(self.table))
        found = rows.group_by("delivery_no").agg(rows=pl.len(), first=day.min(), last=day.max())
        if inserted != rows.height:
            raise AccountingError(f"{self.table.name}: {rows.height} new rows, {inserted} inserted")
        by_number = {one.number: one.accounting for one in plain}
        for number, count, first, last in found.iter_rows():
            by_number[number].rows_loaded += count
            by_number[number].cover(first, last)

    def _keep(self, name: str, found: Sequence[tuple[_New, pl.DataFrame]]) -> None:
        parts = [with_delivery(frame, one.number) for one, frame in found if frame.height]
        if parts:
            self._execute(name, pl.concat(parts))

    def _assert_dispositions(self, plain: Sequence[_New]) -> None:
        """The dropped rows that a person can open are as many as the numbers say, and there are no other ones."""
        kept = dict(
            self.con.execute(
                "SELECT delivery_no, count(*) FROM row_dispositions WHERE disposition <> 'rejected'"
                " AND delivery_no >= ? GROUP BY delivery_no",
                [min((one.number for one in plain), default=0)],
            ).fetchall()
        )
        for one in plain:
            wanted = sum(one.accounting.rows_dropped.values())
            if kept.get(one.number, 0) != wanted:
                raise AccountingError(f"rows kept {kept.get(one.number, 0)}, counted as dropped {wanted}")

    def _execute(self, name: str, rows: pl.DataFrame, values: dict[str, Any] | None = None) -> list[Any]:
        batch = rows.to_arrow(compat_level=pl.CompatLevel.newest())  # noqa: F841 - the statement reads it by its name
        return self.con.execute(statement(name, self.table), values).fetchall()

    def _count(self, name: str, rows: pl.DataFrame) -> int:
        return int(self._execute(name, rows)[0][0])
