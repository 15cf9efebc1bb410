"""A small company, and deliveries made by hand in the shape that intake gives them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from pipelines.warehouse import Build, DeliveryMeta, Taken
from pipelines.workspace import Workspace
from pipelines.workspace.company import Queue, Settings, Vendor
from pipelines.workspace.schema import POLARS_TYPES, TABLES
from pipelines.workspace.terms import Terms

#: Monday.
DAY = date(2026, 3, 2)


def a_workspace(root: Path, threshold_s: float = 20, window_hours: int = 168, **repeat: bool) -> Workspace:
    """Two outsourced vendors and an in-house one, all in Paris, with an 80/20 clause."""
    vendors = {
        code: Vendor(code=code, name=code.title(), kind="in_house" if code == "home" else "outsourced")
        for code in ("home", "north", "south")
    }
    clause = {"id": "sl", "metric": "service_level", "target": 0.8, "threshold_s": threshold_s, "short_abandon_s": 5}
    terms = {
        code: [
            Terms.model_validate(
                {"id": f"{code}-1", "vendor": code, "valid_from": date(2025, 1, 1), "report_tz": "Europe/Paris",
                 "interval_min": 30, "clauses": [clause]}
            )
        ]
        for code in vendors
    }  # fmt: skip
    return Workspace(
        root=root,
        settings=Settings.model_validate(
            {"name": "Test", "currency": "EUR", "time_zone": "Europe/Paris", "baseline_vendor": "home",
             "repeat_contact": {"window_hours": window_hours, **repeat}}
        ),
        vendors=vendors,
        sites={},
        queues={code: Queue(code=code, name=code) for code in ("billing", "delivery")},
        aliases=[],
        terms=terms,
        feeds={},
    )  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return a_workspace(tmp_path)


@dataclass
class Batch:
    rows: pl.DataFrame
    rejects: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={
                "source_row": pl.Int64,
                "line": pl.Int64,
                "column": pl.String,
                "raw_value": pl.String,
                "reason": pl.String,
            }
        )
    )
    dropped: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"source_row": pl.Int64, "rule": pl.String})
    )

    @property
    def rows_read(self) -> int:
        return self.rows.height + self.rejects["source_row"].n_unique() + self.dropped.height


@dataclass
class HandMade:
    """An intake whose batches are given; ``fails`` is raised after them."""

    given: Sequence[Batch]
    fails: Exception | None = None
    summary: Any = field(default_factory=lambda: SimpleNamespace(records_read=None))

    @property
    def batches(self) -> Iterator[Batch]:
        yield from self.given
        if self.fails:
            raise self.fails


def frame(table: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows as intake types them; columns that are not given are null."""
    schema = {column.name: POLARS_TYPES[column.kind] for column in TABLES[table].columns}
    numbered = [{"source_row": number, **row} for number, row in enumerate(rows, start=2)]
    return pl.DataFrame(
        [{name: row.get(name) for name in [*schema, "source_row"]} for row in numbered],
        schema={**schema, "source_row": pl.Int64()},
    )


def contact(leg: str, day: int = 0, second: int = 36_000, vendor: str = "north", **more: Any) -> dict[str, Any]:
    """An answered inbound call, ``second`` seconds after the Paris midnight of a day."""
    local = datetime(DAY.year, DAY.month, DAY.day) + timedelta(days=day, seconds=second)
    return {
        "vendor_code": vendor, "source_system": "acd", "leg_id": leg, "interaction_id": leg, "queue_code": "billing",
        "channel": "voice", "direction": "inbound", "queued_at": (local - timedelta(hours=1)).replace(tzinfo=UTC),
        "local_date": local.date(), "local_minute": local.hour * 60 + local.minute, "ts_quality": "exact",
        "wait_s": 10.0, "talk_s": 200.0, "hold_s": 20.0, "acw_s": 30.0, "outcome": "answered", "transfer_out": "none",
        **more,
    }  # fmt: skip


def delivery(name: str = "a.csv", hours: float = 0, version: int = 1, **more: Any) -> DeliveryMeta:
    """A file of contacts, received some hours after the 20th day; its content is named after ``name``."""
    given: dict[str, Any] = {
        "vendor_code": "north", "feed": "contacts", "mapping_id": "north_contacts", "mapping_version": version,
        "table": "contacts", "file_name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "bytes": 100,
        "received_at": datetime(2026, 3, 22, tzinfo=UTC) + timedelta(hours=hours),
        "loaded_at": datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=version), **more,
    }  # fmt: skip
    return DeliveryMeta(**given)


def load(build: Build, meta: DeliveryMeta, rows: Sequence[dict[str, Any]], size: int = 1000) -> Any:
    """Load rows in batches of ``size``."""
    whole = frame(meta.table, rows)
    return build.load(meta, HandMade([Batch(part) for part in whole.iter_slices(size)]))


def load_together(build: Build, deliveries: Sequence[tuple[DeliveryMeta, list[dict[str, Any]]]], size: int) -> Any:
    """Load several deliveries in one transaction, each in batches of ``size``."""
    taken = [
        Taken(meta, [Batch(part) for part in frame(meta.table, rows).iter_slices(size)], HandMade([]).summary)
        for meta, rows in deliveries
    ]
    return build.load_together(taken)


def contents(build: Build, instants: Sequence[datetime] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a person could see of the warehouse, without numbers that only say in which order it was filled.

    Current contacts with the file and row they came from, the contacts as they were known at each instant, and marts.
    """
    names = [column.name if column.kind != "reference" else "customer_ref" for column in TABLES["contacts"].columns]
    listed = ", ".join(f"t.{name}" if name != "customer_ref" else name for name in names)
    tail = """LEFT JOIN customers USING (customer_id) JOIN deliveries d USING (delivery_no) ORDER BY ALL"""
    found = {
        "contacts": build.con.execute(f"SELECT {listed}, d.file_name, source_row FROM contacts t {tail}").fetchall()
    }
    for instant in instants:
        found[str(instant)] = build.con.execute(
            f"SELECT {listed}, d.file_name, source_row FROM contacts_as_of(?::TIMESTAMPTZ) t {tail}", [instant]
        ).fetchall()
    for mart in ("mart_interval", "mart_wait", "mart_repeat", "mart_day"):
        found[mart] = build.con.execute(f"SELECT * FROM {mart} ORDER BY ALL").fetchall()
    return found
