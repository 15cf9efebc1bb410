"""What one vendor's own contacts say, and how it is cut into the periods that the vendor reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from pipelines.measures.definitions import RepeatDefinition, ServiceLevelDefinition
from pipelines.measures.ledger.causes import grid_of, tolerance
from pipelines.measures.ledger.formulas import SUMS
from pipelines.measures.ledger.periods import WITHIN_DAY, cells, members
from pipelines.measures.ledger.repeats import CountRepeats
from pipelines.measures.own_counts import PrintedRatio

_PLACES = {"queue": pl.String(), "local_date": pl.Date()}
_FILES = {"first_day": pl.Date(), "last_day": pl.Date(), "rows": pl.Int64()}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one vendor's own contacts say.

    ``days``: queue, local_date + ``ledger.formulas.SUMS``. ``waits``: queue, local_date, wait_bin, answered, abandoned.
    ``intervals``: queue, interval_start_at, local_date + sums. ``clauses``: the vendor's rows of ``clauses_frame``.
    ``zone``: of the terms; ``day_start``: the minute at which their days begin, on which ``days``, ``waits`` and the
    ``local_date`` of ``intervals`` are; ``moved`` where that is, or was, another than midnight. ``other_zones``: those
    of clocks on which the vendor may have cut its days; ``waits_in`` gives the histogram of waits under a
    ``business_days.clock_name``, ``waits_on`` that on another clock (``ring``, ``call_start``). ``counted`` counts
    contacts anew (columns of ``intervals``) under a definition of service level that the marts don't hold.
    ``repeats`` counts first contacts under rules for repeat contacts; ``usual_repeat`` is the company's own, where no
    clause says otherwise. ``declared``: queue, local_date, declared_resolved, declared (contacts that say so).
    ``printed``: figures that should follow from counts printed beside them.

    What is known to be wrong with the contacts themselves: ``gaps`` (queue, local_date of open days without contacts),
    ``rejected`` (first_day, last_day, rows: files of which rows could not be read), ``odd`` (queue, local_date on which
    contacts last longer than they can).
    """

    days: pl.DataFrame
    waits: pl.DataFrame
    intervals: pl.DataFrame
    clauses: pl.DataFrame
    zone: str
    day_start: int = 0
    moved: bool = False
    other_zones: tuple[str, ...] = ()
    waits_in: Callable[[str], pl.DataFrame] | None = None
    waits_on: Callable[[str], pl.DataFrame] | None = None
    counted: Callable[[ServiceLevelDefinition], pl.DataFrame] | None = None
    repeats: CountRepeats | None = None
    usual_repeat: RepeatDefinition = field(default_factory=RepeatDefinition)
    declared: Callable[[], pl.DataFrame] | None = None
    printed: Mapping[str, PrintedRatio] = field(default_factory=dict)
    gaps: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_PLACES))
    rejected: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_FILES))
    odd: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_PLACES))


@dataclass(frozen=True, slots=True)
class Frames:
    cells: pl.DataFrame
    waits: pl.DataFrame


def frames_of(keys: pl.DataFrame, days: pl.DataFrame, waits: pl.DataFrame, intervals: pl.DataFrame) -> Frames:
    day_keys = keys.filter(~pl.col("granularity").is_in(WITHIN_DAY))
    waits = members(day_keys, days).join(waits, on=["queue", "local_date"])
    return Frames(cells(keys, days, intervals), waits)


def recounted(evidence: Evidence, keys: pl.DataFrame, definition: ServiceLevelDefinition) -> Frames | None:
    """Cells counted anew under a definition, without waits; None where nothing can count them."""
    if evidence.counted is None:
        return None
    intervals = evidence.counted(definition)
    return Frames(cells(keys, by_day(intervals), intervals), evidence.waits.clear())


def by_day(intervals: pl.DataFrame) -> pl.DataFrame:
    """Sums of intervals by queue and day; a sum of which a part is not known is not known."""
    held = [name for name in SUMS if name in intervals.columns]
    return intervals.group_by("queue", "local_date").agg(
        pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(name) for name in held
    )


def restricted(frames: Frames, keys: pl.DataFrame) -> Frames:
    wanted = keys.select("key").unique()
    if frames.cells.join(wanted, on="key", how="anti").is_empty():
        return frames
    return Frames(frames.cells.join(wanted, on="key", how="semi"), frames.waits.join(wanted, on="key", how="semi"))


def series_of(lines: pl.DataFrame) -> pl.DataFrame:
    """The reported figures of one metric as ``definition_search.explain`` reads them."""
    more = ["number"] if "number" in lines.columns else []
    return lines.select(
        *more, "key", "queue", "value", day="period_start", last_day="period_end",
        tolerance=tolerance() + 1 / grid_of(pl.col("unit")),
    )  # fmt: skip
