"""Readers: one received file of any supported format -> headers and batches of untouched text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.intake.readers.delimited import open_delimited
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.table import (
    BOOLEAN,
    CELL,
    DATE,
    KIND,
    NUMBER,
    PERCENT,
    RAW,
    REJECT,
    ROW,
    SHEET,
    TIME,
    RawTable,
)
from pipelines.workspace.feeds import Source

__all__ = [
    "BOOLEAN", "CELL", "DATE", "KIND", "NUMBER", "PERCENT", "RAW", "REJECT", "ROW", "SHEET", "TIME",
    "Limits", "RawTable", "open_source",
]  # fmt: skip


def open_source(path: Path, source: Source, wanted: Sequence[str], limits: Limits | None = None) -> RawTable:
    """Opens one delivered file as its mapping describes it; a context manager.

    ``wanted`` are the headers that the mapping uses; others are not parsed. Raises ``DeliveryRefused``, at once or
    while the batches are read, where the file cannot be what the mapping describes.
    """
    limits = limits or Limits()
    return open_delimited(path, source, wanted, limits)
