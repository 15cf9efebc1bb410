"""How much a delivered file may ask of the machine that reads it."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Bounds on one file. What exceeds them is refused with a sentence, before or while it is read."""

    block_bytes: int = 16 * MEGABYTE  # text is read and parsed in blocks of this size
    record_bytes: int = 32 * MEGABYTE  # the longest single record of a text file
    text_bytes: int = 100_000 * MEGABYTE  # a text file, unpacked
    archive_ratio: int = 100  # unpacked size over packed size, of a zip or gzip
    archive_free_bytes: int = 10 * MEGABYTE  # text that unpacks to less than this is harmless at any ratio
    archive_entries: int = 1_000
    workbook_bytes: int = 200 * MEGABYTE  # a workbook, unpacked
    workbook_rows: int = 500_000
    workbook_columns: int = 1_024
    workbook_cells: int = 5_000_000
    child_memory_bytes: int = 512 * MEGABYTE  # address space of the process that parses a workbook
    child_seconds: int = 120  # processor time and wall clock of that process
    child_output_bytes: int = 2_000 * MEGABYTE  # what that process may write
    json_rows: int = 20_000  # rows per frame, where each is built one by one
    batch_rows: int = 250_000  # records per frame, about
