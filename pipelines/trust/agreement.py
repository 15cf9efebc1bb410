"""What an agreement is held against, gathered from the warehouse: a vendor's activity, and what has been excused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import polars as pl

from pipelines.measures.agreement.activity import EXPECTED, FORECAST, Activity
from pipelines.measures.agreement.attainment import ATTAINMENT, attainment
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.periods import Calendar, Grain
from pipelines.measures.agreement.relief import WAIVER, Waiver, excused_cells
from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.warehouse import Journal
from pipelines.workspace import Workspace

#: Runs ``queries/<name>.sql`` with its parameters.
Read = Callable[..., pl.DataFrame]


def calendar_of(workspace: Workspace) -> Calendar:
    """The company's weeks, fiscal months and quarters."""
    settings = workspace.settings
    return Calendar(settings.week_start, settings.fiscal.month_start, settings.fiscal.year_start)


def activity_of(vendor: str, read: Read, expected: pl.DataFrame, due: pl.DataFrame) -> Activity | None:
    """One vendor's work; None of a vendor of whose contacts nothing has ever come.

    ``expected``: ``trust.coverage.expected_days`` of all vendors. ``due``: ``trust.expected.judged_deliveries``.
    """
    days = read("reconcile_days", vendor=vendor)
    more = read("agreement_days", vendor=vendor)
    own = expected.filter(pl.col("vendor") == vendor).select(*EXPECTED).cast(EXPECTED)  # type: ignore[arg-type]
    first, last = _span(days, own)
    if first is None or last is None:
        return None
    planned = more.select("queue", "local_date", "forecast").drop_nulls("forecast")
    came = days.select("queue", "local_date", actual="offered")
    return Activity(
        vendor=vendor,
        first_day=first,
        last_day=last,
        intervals=read("reconcile_intervals", vendor=vendor),
        days=days.join(more.drop("forecast"), on=["queue", "local_date"], how="full", coalesce=True),
        waits=read("reconcile_waits", vendor=vendor),
        counted=_Counting(vendor, read).counts,
        expected=own,
        forecast=planned.join(came, on=["queue", "local_date"], how="left").select(*FORECAST).cast(FORECAST),  # type: ignore[arg-type]
        due=due.filter(pl.col("vendor") == vendor).select("period_end", "punctuality"),
    )


class _Counting:
    """Counts a vendor's contacts under any definition, each definition once."""

    def __init__(self, vendor: str, read: Read) -> None:
        self._vendor, self._read = vendor, read
        self._held: dict[tuple[Any, ...], pl.DataFrame] = {}

    def counts(self, level: ServiceLevelDefinition) -> pl.DataFrame:
        by_answer = level.attribution == "answer"
        key = (level.threshold_s, level.inclusive, level.clock_start, level.short_abandon_s, by_answer)
        if key not in self._held:
            self._held[key] = self._read(
                "agreement_counts", vendor=self._vendor, threshold_s=float(level.threshold_s),
                inclusive=level.inclusive, clock=level.clock_start, short_s=level.short_abandon_s,
                by_answer=by_answer,
            )  # fmt: skip
        return self._held[key]


def _span(days: pl.DataFrame, expected: pl.DataFrame) -> tuple[date | None, date | None]:
    """From the first day with contacts to the last day of which any were to be expected, or came."""
    busy = days.filter(pl.col("offered") > 0)["local_date"]
    first, lasts = busy.min(), [one for one in (busy.max(), expected["local_date"].max()) if isinstance(one, date)]
    return (first if isinstance(first, date) else None), (max(lasts) if lasts else None)


def waivers_of(journal: Journal) -> list[Waiver]:
    """The waivers that hold: of each, its latest entry in the journal counts."""
    latest = {note.about_id: note for note in journal.notes(WAIVER)}
    found = (Waiver.from_entry(note.about_id, note.author, note.text, note.details) for note in latest.values())
    return [waiver for waiver in found if waiver is not None]


def clauses_attained(
    workspace: Workspace,
    activity: Activity,
    waivers: Iterable[Waiver],
    *,
    bound: Sequence[BoundClause] | None = None,
    grain: Grain | None = None,
    first: date | None = None,
    last: date | None = None,
    by_queue: bool = False,
) -> pl.DataFrame:
    """Every clause of one vendor in every period: rows of ``attainment.ATTAINMENT``."""
    calendar, terms = calendar_of(workspace), workspace.terms.get(activity.vendor, [])
    waivers = list(waivers)
    frames = [pl.DataFrame(schema=ATTAINMENT)]
    for one in bound_clauses(workspace.terms, activity.vendor) if bound is None else bound:
        excused = excused_cells(one, activity, terms, workspace.settings.outages, waivers, calendar)
        frames.append(attainment(one, activity, excused, calendar, grain, first=first, last=last, by_queue=by_queue))
    return pl.concat(frames)
