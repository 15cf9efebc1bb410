"""Chooses the reader of a delivered file, and finishes its table: cells filled down, wide columns made long."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.delimited import open_delimited
from pipelines.intake.readers.json_records import open_json
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.queue_log import open_queue_log
from pipelines.intake.readers.table import RawTable
from pipelines.intake.readers.wide import chooser, finish
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
    choose = chooser(source, wanted)
    match source.format:
        case "csv":
            table = open_delimited(path, source, choose, limits)
        case "xlsx" | "ods":
            table = open_workbook(path, source, choose, limits)
        case "json" | "jsonl":
            table = open_json(path, source, wanted, choose, limits)
        case "queue_log":
            table = open_queue_log(path, source, choose, limits)
    return finish(table, source, path.name)
