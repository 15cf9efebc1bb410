"""A small invented company, and a way to take in a text as if it had been delivered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.intake.delivery import take_in
from pipelines.intake.mapping.batches import Summary
from pipelines.workspace import Alias, Feed, Queue, Settings, Site, Terms, Vendor, Workspace
from pipelines.workspace.documents import Document, parse_document

KEY = b"a key of thirty-two bytes, no more"[:32]
RECEIVED = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Taken:
    """A delivery taken in whole."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    dropped: pl.DataFrame
    rows_read: int
    rows_rejected: int
    summary: Summary

    def reasons(self, column: str) -> list[str]:
        return self.rejects.filter(pl.col("column") == column)["reason"].to_list()


def make_workspace(root: Path) -> Workspace:
    terms = Terms(id="t1", vendor="tana", valid_from="2020-01-01", report_tz="Europe/Paris", interval_min=30)
    return Workspace(
        root=root,
        settings=Settings(
            name="Atelier",
            currency="EUR",
            time_zone="Europe/Paris",
            privacy={"phone_region": "FR"},
            reported_metrics={"complaints": {"unit": "count"}},
        ),
        vendors={code: Vendor(code=code, name=code, kind="outsourced") for code in ("tana", "porto", "lille")},
        sites={
            "tana_1": Site(code="tana_1", vendor="tana", name="Tana", tz="Indian/Antananarivo"),
            "porto_1": Site(code="porto_1", vendor="porto", name="Porto", tz="Europe/Lisbon"),
        },
        queues={
            "orders": Queue(code="orders", name="Orders", language="fr"),
            "returns": Queue(code="returns", name="Returns", language="fr", channel="chat"),
        },
        aliases=[
            Alias(system="acd", value="Q1", queue="orders", vendor="tana", site="tana_1"),
            Alias(system="acd", value="Q2", queue="orders", valid_to="2026-03-31"),
            Alias(system="acd", value="Q2", queue="returns", valid_from="2026-04-01"),
            Alias(system="acd", value="Q3", queue="returns", vendor="porto", site="porto_1"),
        ],
        terms={"tana": [terms]},
        feeds={},
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path)


def read_feed(mapping: str) -> Feed:
    """A mapping, read as a workspace's own are."""
    document = parse_document(mapping, "feeds/test.yaml")
    assert isinstance(document, Document), document
    return Feed.model_validate(document.data)


def take_all(path: Path, feed: Feed, workspace: Workspace) -> Taken:
    with take_in(path, feed, workspace, KEY, RECEIVED) as intake:
        batches = list(intake.batches)
        for batch in batches:
            assert batch.rows_read == batch.rows.height + batch.rows_rejected + batch.dropped.height
        names = [*intake.table.names, "source_row"]
        empty = pl.DataFrame(schema={c.name: c.polars_type for c in intake.table.columns} | {"source_row": pl.Int64})
        rows = pl.concat([empty, *(batch.rows for batch in batches)])
        assert rows.columns == names
        return Taken(
            rows,
            pl.concat([batch.rejects for batch in batches]) if batches else pl.DataFrame(),
            pl.concat([batch.dropped for batch in batches]) if batches else pl.DataFrame(),
            sum(batch.rows_read for batch in batches),
            sum(batch.rows_rejected for batch in batches),
            intake.summary,
        )


@pytest.fixture
def take(workspace: Workspace, tmp_path: Path) -> Callable[..., Taken]:
    """``take(mapping, text)``: the text as a delivered file under a mapping (YAML)."""

    def run(mapping: str, content: str | bytes, name: str = "file.csv") -> Taken:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return take_all(path, read_feed(mapping), workspace)

    return run


@pytest.fixture
def contacts(take: Callable[..., Taken]) -> Callable[..., Taken]:
    """``contacts(columns, text)``: a file of contacts, with columns besides the plainest (id, at, q)."""

    def run(columns: str, content: str, source: str = "", extra: str = "", vendor: str = "tana") -> Taken:
        plain = {
            "leg_id": "{from: id}",
            "queued_at": '{from: at, tz: UTC, format: "%Y-%m-%d %H:%M:%S"}',
            "queue_code": "{const: orders}",
            "outcome": "{const: answered}",
        }
        given = {line.split(":")[0].strip() for line in columns.splitlines()}
        lines = [f"  {name}: {text}" for name, text in plain.items() if name not in given]
        lines += [f"  {line.strip()}" for line in columns.splitlines() if line.strip()]
        mapping = "\n".join(
            [
                f"mapping: {{id: m, version: 1, table: contacts, vendor: {vendor}, system: acd}}",
                f'source: {{format: csv, files: "*"{", " + source if source else ""}}}',
                extra,
                "columns:",
                *lines,
            ]
        )
        return take(mapping, content)

    return run
