"""Chooses the reader of a delivered file, and finishes its table: cells filled down, wide columns made long."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.delimited import open_delimited
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.table import RawTable
from pipelines.intake.readers.workbook import open_workbook
from pipelines.workspace.feeds import Source


def open_source(path: Path, source: Source, wanted: Sequence[str], limits: Limits | None = None) -> RawTable:
    """Opens one delivered file as its mapping describes it; a context manager.

    ``wanted`` are the headers that the mapping uses; others are not parsed. Raises ``DeliveryRefused``, at once or
    while the batches are read, where the file cannot be what the mapping describes.
    """
    limits = limits or Limits()
    if not path.is_file():
        raise DeliveryRefused("unreadable_file", f"{path.name}: there is no such file.")
    if source.format in ("xlsx", "ods"):
        return open_workbook(path, source, wanted, limits)
    return open_delimited(path, source, wanted, limits)
