"""What the readers' tests share: write bytes, read them back as rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.intake.readers import Limits, open_source
from pipelines.workspace.feeds import Source


@dataclass
class Reading:
    """A file read to its end."""

    headers: list[str]
    header_cells: list[list[str]]
    rows: list[dict[str, Any]]
    notes: list[str]
    records_read: int

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    def records(self, *names: str) -> list[tuple[Any, ...]]:
        """The named columns of the usable records."""
        return [tuple(row[name] for name in names) for row in self.rows if row.get("__reject") is None]

    @property
    def rejects(self) -> list[tuple[int, str, str]]:
        return [(r["__row"], r["__raw"], r["__reject"]) for r in self.rows if r.get("__reject") is not None]


def read_path(path: Path, wanted: list[str] | None = None, limits: Limits | None = None, **options: Any) -> Reading:
    """Reads a file whole; without ``wanted``, all its columns."""
    source = Source.model_validate({"format": "csv", "files": "*", **options})
    if wanted is None:
        with open_source(path, source, [], limits) as table:
            wanted = table.headers
    with open_source(path, source, wanted, limits) as table:
        rows = [row for frame in table.batches for row in frame.rows(named=True)]
        return Reading(table.headers, table.header_cells, rows, table.notes, table.records_read)


Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes content to a file and reads it back: ``read(content, wanted, limits=..., name=..., **source)``."""

    def write_and_read(
        content: bytes | str, wanted: list[str] | None = None, *, name: str = "delivery.csv", **options: Any
    ) -> Reading:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_path(path, wanted, **options)

    return write_and_read


@pytest.fixture
def read_file() -> Read:
    """Reads a file that is already there."""
    return read_path
