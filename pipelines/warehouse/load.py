"""One delivery into the build database: one transaction, every row accounted for.

The usual batch is new from end to end and goes straight into its table. Rows whose key is held already, or comes
twice, take the careful path (``sql/arrivals.sql`` and after): duplicates are only noted; whatever changes the story
of a key has the whole story told again (``sql/settle.sql``), so that the final state does not depend on the order in
which deliveries were loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Protocol

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.intake.schema import TABLES, Table
from pipelines.warehouse.customers import with_customer_numbers
from pipelines.warehouse.keys import Hashes, KeysSoFar
from pipelines.warehouse.ledger import Accounting, AccountingError, DeliveryMeta, Entry, enter, finish
from pipelines.warehouse.statements import day_column, first_row, number_of, sorting_instant, statement


class MappedBatch(Protocol):
    """A piece of a delivery, typed and in canonical columns (see ``pipelines.intake``)."""

    @property
    def rows(self) -> pl.DataFrame: ...

    @property
    def rejects(self) -> pl.DataFrame: ...

    @property
    def dropped(self) -> pl.DataFrame: ...

    @property
    def rows_read(self) -> int: ...


class Intake(Protocol):
    """A file that is being taken in; ``summary`` is complete once the batches are exhausted."""

    @property
    def batches(self) -> Iterator[Any]: ...

    @property
    def summary(self) -> Any: ...


def load_delivery(con: duckdb.DuckDBPyConnection, delivery: DeliveryMeta, intake: Intake) -> Accounting:
    """Load a delivery, or nothing of it.

    Raises whatever the intake raises while it is read (``DeliveryRefused``), ``ValueError`` for a ``latest_by`` that
    can't order rows, and :class:`AccountingError` when rows are not accounted for; the transaction is rolled back.
    """
    table = TABLES[delivery.table]
    if delivery.latest_by is not None:
        sorting_instant(table, delivery.latest_by)
    con.execute("BEGIN TRANSACTION")
    try:
        accounting = load_rest(con, table, delivery, intake)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return accounting


def load_rest(
    con: duckdb.DuckDBPyConnection, table: Table, delivery: DeliveryMeta, intake: Intake, number: int | None = None
) -> Accounting:
    """Load a delivery inside a transaction that is under way; ``number``: its own, where it was given out already."""
    return _Load(con, table, delivery, number).run(intake)


def withdraw(con: duckdb.DuckDBPyConnection, table: Table, entry: Entry) -> None:
    """Let the rows go that an earlier mapping version yielded and the present one does not."""
    if entry.earlier_no is None:
        return
    _present_load(con, entry)
    con.execute(statement("withdrawn_keys", table), {"earlier": entry.earlier_no, "current": entry.delivery_no})
    con.execute(statement("no_arrivals", table))
    if number_of(con, "SELECT count(*) FROM contested"):
        con.execute(statement("settle", table))


class _Load:
    """The steps of one load, inside its transaction."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, table: Table, delivery: DeliveryMeta, number: int | None = None
    ) -> None:
        """``number``: that of the delivery, where it was given out already."""
        self.con = con
        self.table = table
        self.accounting = Accounting()
        self.delivery = delivery
        self.batch: pa.Table | None = None  # what the statements of this moment read
        self.entry = enter(con, delivery, number)
        _present_load(con, self.entry)
        self.keys = KeysSoFar()
        self._held_before = bool(self._number("any_held"))

    def run(self, intake: Intake) -> Accounting:
        for batch in intake.batches:
            self._take(batch)
        self._settle_inside_the_file()
        withdraw(self.con, self.table, self.entry)
        accounting = self.accounting
        accounting.records_read = getattr(intake.summary, "records_read", None)
        accounting.assert_law()
        self._assert_dispositions()
        finish(self.con, self.entry, accounting, intake.summary)
        return accounting

    def _take(self, batch: MappedBatch) -> None:
        take_account(self.accounting, batch)
        for name, frame in (("keep_rejects", batch.rejects), ("keep_dropped", batch.dropped)):
            if frame.height:
                self.batch = with_delivery(frame, self.entry.delivery_no).to_arrow()
                self._run(name)
        if batch.rows.height:
            check_columns(self.table, batch.rows)
            self._load_rows(batch.rows)

    def _load_rows(self, rows: pl.DataFrame) -> None:
        days: tuple[date | None, date | None] = (rows[day_column(self.table)].min(), rows[day_column(self.table)].max())  # type: ignore[assignment]
        self.accounting.cover(*days)
        known = with_delivery(rows, self.entry.delivery_no, self.entry.known_from)
        known = with_customer_numbers(self.con, self.table, known, self.delivery.key_id)
        self.batch = known.to_arrow(compat_level=pl.CompatLevel.newest())
        if not self._needs_care():
            self.accounting.rows_loaded += self._number("insert_all")
            self._run("all_days")
        else:
            self._load_with_care()
        self.batch = None

    def _needs_care(self) -> bool:
        """Is a key of the batch held already, or does one come twice?

        What the delivery itself has brought is remembered: the table is asked only where it held rows before.
        """
        if self._held_before and self._number("held_keys"):
            self.keys.add(self._key_hashes())
            return True
        return self.keys.add(self._key_hashes())

    def _key_hashes(self) -> Hashes:
        batch = self.batch  # noqa: F841
        found = self.con.execute(statement("key_hashes", self.table)).fetchnumpy()
        return np.asarray(found["key_hash"], dtype=np.uint64)

    def _load_with_care(self) -> None:
        """Some keys of the batch are held already, or come twice in it."""
        self._run("batch_hits")
        self.accounting.rows_loaded += self._number("insert_new")
        self._run("arrivals")
        arriving = number_of(self.con, "SELECT count(*) FROM arrivals")
        self._run("arrival_copies")
        distinct = number_of(self.con, "SELECT count(*) FROM arrivals")
        self.accounting.rows_duplicate += arriving - distinct
        self._judge(distinct)

    def _judge(self, arriving: int) -> None:
        """Give each distinct arriving row exactly one of: loaded, restating, duplicate, stale."""
        bounds = first_row(self.con, "SELECT coalesce(min(held_row), 0), coalesce(max(held_row), -1) FROM hits")
        lowest, highest = bounds or (0, -1)
        self.con.execute(statement("compared", self.table), {"lowest": lowest, "highest": highest})
        self._run("verdicts")
        self._run("new_days")
        loaded = self._number("insert_arrivals")
        verdicts = {"loaded": loaded, "restating": 0, "stale": 0, "duplicate": 0}
        verdicts["duplicate"] += number_of(
            self.con,
            "SELECT count(*) FROM arrivals a JOIN compared c ON c.arrival = a.rowid"
            " WHERE a.row_key NOT IN (SELECT row_key FROM contested)",
        )
        if number_of(self.con, "SELECT count(*) FROM contested"):
            self._run("settle")
            for verdict, number in self.con.execute("SELECT disposition, count(*) FROM judged GROUP BY 1").fetchall():
                verdicts[verdict] += number
        if sum(verdicts.values()) != arriving:
            raise AccountingError(f"{arriving} rows with held keys, judged {verdicts}")
        self.accounting.rows_loaded += verdicts["loaded"]
        self.accounting.rows_restating += verdicts["restating"]
        self.accounting.rows_stale += verdicts["stale"]
        self.accounting.rows_duplicate += verdicts["duplicate"]

    def _settle_inside_the_file(self) -> None:
        """A key that came in several batches of one file counts once, as if all had come together; else it is stale."""
        if not self.accounting.rows_restating:
            return
        self._run("claims")
        claimed = number_of(self.con, "SELECT count(*) FROM claims")
        if not claimed:
            return
        self._run("in_file")
        found = self.con.execute("SELECT disposition, count(*) FROM told GROUP BY 1").fetchall()
        told = {verdict: int(number) for verdict, number in found}
        self.accounting.rows_restating += told.get("restating", 0) - claimed
        self.accounting.rows_duplicate += told.get("duplicate", 0)
        self.accounting.rows_stale += told.get("stale", 0)
        # where the key was new, its first row was counted as loaded: now its last one is, and the first is stale

    def _assert_dispositions(self) -> None:
        """The rows that a person can open are as many as the numbers say."""
        found = self.con.execute(
            "SELECT disposition, count(*) FROM row_dispositions WHERE delivery_no = ? GROUP BY 1",
            [self.entry.delivery_no],
        ).fetchall()
        kept = {name: int(number) for name, number in found}
        accounting = self.accounting
        wanted = {
            "restating": accounting.rows_restating,
            "duplicate": accounting.rows_duplicate,
            "stale": accounting.rows_stale,
            "dropped": sum(accounting.rows_dropped.values()),
        }
        if any(kept.get(name, 0) != number for name, number in wanted.items()):
            raise AccountingError(f"rows kept by disposition {kept}, counted {wanted}")

    # Statements read the local variable `batch` by its name. A registered view would keep every batch in memory until
    # the transaction ends: with it, memory grows with the file.

    def _run(self, name: str, values: dict[str, Any] | None = None) -> None:
        batch = self.batch  # noqa: F841
        self.con.execute(statement(name, self.table), values)

    def _number(self, name: str) -> int:
        """The number that a statement gives: a count, or the rows that it inserted."""
        batch = self.batch  # noqa: F841
        return int(self.con.execute(statement(name, self.table)).fetchall()[0][0])


def take_account(accounting: Accounting, batch: MappedBatch) -> None:
    """Count a batch's rows, those that are in it as rows excepted: what becomes of these is still to be seen.

    Raises :class:`AccountingError` where the batch does not add up.
    """
    rejected = batch.rows_read - batch.rows.height - batch.dropped.height
    named = batch.rejects["source_row"].n_unique() if batch.rejects.height else 0
    if rejected < named or rejected > batch.rejects.height:
        raise AccountingError(
            f"a batch of {batch.rows_read} rows has {batch.rows.height} typed, {batch.dropped.height} dropped "
            f"and rejects of {named} rows"
        )
    accounting.rows_read += batch.rows_read
    accounting.rows_rejected += rejected
    if batch.dropped.height:
        for rule, number in batch.dropped.group_by("rule").len().iter_rows():
            accounting.rows_dropped[rule] = accounting.rows_dropped.get(rule, 0) + number


def check_columns(table: Table, rows: pl.DataFrame) -> None:
    """Raise ``ValueError`` where a batch's rows are not in the canonical table's columns."""
    wanted = [*table.names, "source_row"]
    if rows.columns != wanted:
        raise ValueError(f"{table.name}: columns {rows.columns} instead of {wanted}")


def with_delivery(frame: pl.DataFrame, number: int, known_from: datetime | None = None) -> pl.DataFrame:
    """Rows with the delivery that they belong to and, if given, since when they count."""
    added = [pl.Series("delivery_no", [number], dtype=pl.Int32)]
    if known_from is not None:
        added.append(pl.Series("known_from", [known_from.astimezone(UTC)], dtype=pl.Datetime("us", "UTC")))
    return frame.hstack([one.new_from_index(0, frame.height) for one in added])


def _present_load(con: duckdb.DuckDBPyConnection, entry: Entry) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE this_load AS SELECT ?::INTEGER AS delivery_no", [entry.delivery_no])
