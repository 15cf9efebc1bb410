"""Files that nobody here wrote, taken in by workspaces made of YAML alone, and read back from the warehouse.

The files stay where they are: each is copied into the inbox of a temporary copy of its workspace. Vendor labels
are invented wherever a file names none.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.run import run
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace, load_workspace

HERE = Path(__file__).resolve().parent
RECEIVED = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
ALL_DAYS = {"first_day": date(2000, 1, 1), "last_day": date(2030, 12, 31)}
ROW_ENDS = ["rows_loaded", "rows_restating", "rows_duplicate", "rows_stale", "rows_rejected", "rows_dropped"]


@dataclass
class Loaded:
    """A workspace after a run, seen through its published version."""

    workspace: Workspace
    reader: Reader

    @cached_property
    def deliveries(self) -> pl.DataFrame:
        """Every delivery, in the order of reception."""
        return self.reader.frame("deliveries").reverse()

    def of(self, mapping: str) -> dict[str, object]:
        """The only delivery of one mapping."""
        return self.deliveries.row(by_predicate=pl.col("mapping_id") == mapping, named=True)

    def rejects(self, mapping: str) -> pl.DataFrame:
        return self.reader.frame("delivery_rejects", delivery_id=self.of(mapping)["delivery_id"], most=100_000)

    def rows(self, table: str) -> pl.DataFrame:
        """The current rows of a canonical table."""
        return self.reader.as_of(table, datetime(2100, 1, 1, tzinfo=UTC))

    def days(self, query: str) -> pl.DataFrame:
        """A weekly query over all days there are."""
        return self.reader.frame(query, **ALL_DAYS)

    def again(self, files: Mapping[str, Path | bytes]) -> Loaded:
        """Deliver more files to the same workspace, an hour after those that are there."""
        self.reader.close()
        deliver(self.workspace.root, files)
        return ran(self.workspace.root)


def deliver(root: Path, files: Mapping[str, Path | bytes]) -> None:
    """Put each file (``vendor/name``) into the inbox, received an hour after the one before."""
    logs: dict[Path, list[list[str]]] = {}
    before = sum(1 for path in (root / "inbox").rglob("*") if path.is_file() and path.name != "_received.csv")
    for order, (name, content) in enumerate(files.items(), start=before):
        vendor, _, file_name = name.partition("/")
        target = root / "inbox" / vendor / file_name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        received = (RECEIVED + timedelta(hours=order)).isoformat()
        logs.setdefault(root / "inbox" / vendor / "_received.csv", []).append([file_name, received])
    for log, lines in logs.items():
        new = not log.exists()
        with log.open("a", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([["file_name", "received_at"]] * new + lines)


def ran(root: Path) -> Loaded:
    workspace = load_workspace(root)
    run(workspace)
    loaded = Loaded(workspace, Reader.open(workspace.state))
    assert_all_accounted(loaded.deliveries)
    return loaded


def assert_all_accounted(deliveries: pl.DataFrame) -> None:
    """The law of every delivery: each row read has exactly one end."""
    off = deliveries.filter(pl.col("rows_read") != pl.sum_horizontal(ROW_ENDS))
    assert off.is_empty(), off.select("file_name", "rows_read", *ROW_ENDS)


Load = Callable[[str, Mapping[str, "Path | bytes"]], Loaded]
