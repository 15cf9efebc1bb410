"""What is known of one vendor's work, as clauses and invoices look at it: sums by queue and interval, and by day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipelines.measures.definitions import RepeatDefinition, ServiceLevelDefinition
from pipelines.measures.ledger.repeats import CountRepeats

PLACE = {"queue": pl.String(), "local_date": pl.Date()}
EXPECTED = {
    **PLACE, "open_intervals": pl.Int64(), "silent_intervals": pl.Int64(), "expected": pl.Float64(),
    "missing": pl.Float64(),
}  # fmt: skip
FORECAST = {**PLACE, "actual": pl.Int64(), "forecast": pl.Float64()}
EARLY = {**PLACE, "expected": pl.Float64(), "missing": pl.Float64()}
DUE = {"period_end": pl.Date(), "punctuality": pl.String()}

#: Counts by queue and interval under a definition of service level: queue, interval_start_at, local_date + sums.
Count = Callable[[ServiceLevelDefinition], pl.DataFrame]


def _empty(schema: dict[str, pl.DataType]) -> Callable[[], pl.DataFrame]:
    return lambda: pl.DataFrame(schema=schema)


@dataclass(frozen=True, slots=True)
class Activity:
    """One vendor's work between ``first_day`` and ``last_day`` (both included, the days of which data can be there).

    ``intervals``: queue, interval_start_at, local_date + ``ledger.formulas.SUMS``. ``days``: queue, local_date + the
    same, with surveys, repeats, staffing and refunds. ``waits``: queue, local_date, wait_bin, answered, abandoned.
    ``expected``: what each open day should have brought and what of it is missing. ``forecast``: contacts that came
    and that were forecast. ``due``: every delivery that was due. ``counted`` counts contacts anew under a definition
    that the marts don't hold; ``repeats`` first contacts under other rules than ``usual_repeat``, the company's own.

    Where reporting days begin at another hour than midnight (``moved``), ``intervals``, ``waits``, ``forecast`` and
    what is ``counted`` are on those days; ``days`` and ``expected`` are the calendar's, and ``early`` is the part of
    what was ``expected`` (expected, missing) before that hour.
    """

    vendor: str
    first_day: date
    last_day: date
    intervals: pl.DataFrame
    days: pl.DataFrame
    waits: pl.DataFrame
    counted: Count
    repeats: CountRepeats | None = None
    usual_repeat: RepeatDefinition = field(default_factory=RepeatDefinition)
    expected: pl.DataFrame = field(default_factory=_empty(EXPECTED))
    moved: bool = False
    early: pl.DataFrame = field(default_factory=_empty(EARLY))
    forecast: pl.DataFrame = field(default_factory=_empty(FORECAST))
    due: pl.DataFrame = field(default_factory=_empty(DUE))
