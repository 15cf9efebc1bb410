"""What a delivery becomes: batches of canonical rows in which every raw row is accounted for, and a summary."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

REJECTS = pl.Schema(
    {
        "source_row": pl.Int64(),
        "line": pl.Int64(),
        "column": pl.String(),
        "raw_value": pl.String(),
        "reason": pl.String(),
    }
)
DROPPED = pl.Schema({"source_row": pl.Int64(), "rule": pl.String()})


@dataclass(frozen=True, slots=True)
class MappedBatch:
    """One batch. ``rows_read`` = rows + ``rows_rejected`` + dropped rows, always.

    ``rows``
        The canonical table's columns in order, and ``source_row``: the line or row of the file.
    ``rejects``
        One line per unreadable cell: source_row, line, column, raw_value (hidden where it may identify a customer),
        reason. A row with any such cell is not in ``rows``. Several rows can share a source_row where one record
        holds several figures (a report with a column per metric, a month per column): each counts for itself.
    ``dropped``
        source_row and the declared rule that left it out.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    dropped: pl.DataFrame
    rows_read: int
    rows_rejected: int


@dataclass(frozen=True, slots=True)
class TotalResult:
    """One printed total against the sum of the rows above it."""

    source_row: int
    column: str
    expected: float | None  # as printed; None where it could not be read
    observed: float  # the sum of the rows
    tolerance: float
    ok: bool


@dataclass(slots=True)
class Summary:
    """What is known of a delivery once all its batches have been read."""

    headers_unknown: list[str] = field(default_factory=list)  # in the file, not named by the mapping
    headers_missing: list[str] = field(default_factory=list)  # optional ones that the file doesn't have
    completeness: str | None = None  # the value of the completeness column; None: not declared
    totals: list[TotalResult] = field(default_factory=list)
    unknown_aliases: dict[str, int] = field(default_factory=dict)  # "system: value" -> rows
    ambiguous_times: int = 0  # rows whose local time came twice and was settled by the mapping's policy
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)  # of the notes, those that put the delivery in doubt
    records_read: int = 0
