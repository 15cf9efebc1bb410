"""What an agreement is held against, gathered from the warehouse: a vendor's activity, and what has been excused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.measures.agreement.activity import EARLY, EXPECTED, FORECAST, Activity
from pipelines.measures.agreement.attainment import ATTAINMENT, attainment
from pipelines.measures.agreement.bills import Work, bill, total
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.invoices import CheckedLine, Holes, check_invoices
from pipelines.measures.agreement.periods import Calendar, Grain
from pipelines.measures.agreement.relief import WAIVER, Waiver, excused_cells
from pipelines.measures.agreement.settlement import (
    Charge,
    SettledPeriod,
    disputed_definitions,
    pays,
    reported_figures,
    settled_periods,
)
from pipelines.measures.business_days import BusinessDays, Stretch
from pipelines.measures.definitions import RepeatDefinition, ServiceLevelDefinition
from pipelines.measures.ledger.clauses import in_force
from pipelines.measures.ledger.periods import with_days
from pipelines.warehouse import Journal
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame
from pipelines.workspace.terms import Credits, NonBillable

#: Runs ``queries/<name>.sql`` with its parameters.
Read = Callable[..., pl.DataFrame]
#: Counts that depend on the clause in force.
_OF_CLAUSE = ("answered_in_threshold", "abandoned_in_threshold", "short_abandoned", "callbacks_in_threshold")


def calendar_of(workspace: Workspace) -> Calendar:
    """The company's weeks, fiscal months and quarters."""
    settings = workspace.settings
    return Calendar(settings.week_start, settings.fiscal.month_start, settings.fiscal.year_start)


def activity_of(
    workspace: Workspace, vendor: str, read: Read, expected: pl.DataFrame, due: pl.DataFrame
) -> Activity | None:
    """One vendor's work; None of a vendor of whose contacts nothing has ever come.

    ``expected``: ``trust.coverage.expected_days`` of all vendors.
    ``due``: ``trust.expected.judged_deliveries``.
    """
    days = read("reconcile_days", vendor=vendor)
    more = read("agreement_days", vendor=vendor)
    told = expected.filter(pl.col("vendor") == vendor)
    own = told.select(*EXPECTED).cast(EXPECTED)  # type: ignore[arg-type]
    first, last = _span(days, own)
    if first is None or last is None:
        return None
    counting = Counting(workspace, vendor, read)
    business, intervals, early = counting.business, counting.intervals(), pl.DataFrame(schema=EARLY)
    moved = business.moved and not intervals.is_empty()
    planned = more.select("queue", "local_date", "forecast").drop_nulls("forecast")
    came = days.select("queue", "local_date", actual="offered")
    if moved:
        staffed = business.placed(read("breach_staffing", vendor=vendor, queue=None, first_day=first, last_day=last))
        planned = staffed.group_by("queue", "local_date").agg(pl.col("forecast").sum()).filter(pl.col("forecast") > 0)
        came = intervals.group_by("queue", "local_date").agg(actual=pl.col("offered").sum())
        if "missing_early" in told.columns:  # a state of before this was kept has none
            early = told.select("queue", "local_date", expected="expected_early", missing="missing_early").cast(EARLY)  # type: ignore[arg-type]
        stretch = business.on(last)
        # The last calendar day ends before the last business day does.
        last -= timedelta(days=1 if stretch and stretch.minute else 0)
    return Activity(
        vendor=vendor,
        first_day=first,
        last_day=last,
        intervals=intervals,
        days=days.join(more.drop("forecast"), on=["queue", "local_date"], how="full", coalesce=True),
        waits=counting.waits(),
        counted=counting.counts,
        repeats=counting.repeats,
        usual_repeat=usual_repeat(workspace),
        expected=own,
        moved=moved,
        early=early,
        forecast=planned.join(came, on=["queue", "local_date"], how="left").select(*FORECAST).cast(FORECAST),  # type: ignore[arg-type]
        due=due.filter(pl.col("vendor") == vendor).select("period_end", "punctuality"),
    )


class Counting:
    """Counts a vendor's contacts under any definition, each definition once, on the days of its terms.

    The one place where intervals become days: where the terms' business day begins at another hour than midnight, what
    comes before it belongs to the day before.
    """

    def __init__(self, workspace: Workspace, vendor: str, read: Read) -> None:
        self._vendor, self._read = vendor, read
        self.business = BusinessDays.of(workspace.terms.get(vendor, []))
        self._clauses = clauses_frame(workspace).filter(pl.col("vendor_code") == vendor)
        self._held: dict[tuple[Any, ...], pl.DataFrame] = {}

    def counts(self, level: ServiceLevelDefinition) -> pl.DataFrame:
        by_answer = level.attribution == "answer"
        transfers = level.transfers_in == "count"
        key = (level.threshold_s, level.inclusive, level.clock_start, level.short_abandon_s, by_answer, transfers)
        if key not in self._held:
            self._held[key] = self._read(
                "agreement_counts", vendor=self._vendor, threshold_s=float(level.threshold_s),
                inclusive=level.inclusive, clock=level.clock_start, short_s=level.short_abandon_s,
                by_answer=by_answer, transfers_in=transfers,
            )  # fmt: skip
            self._held[key] = self.business.placed(self._held[key])
        return self._held[key]

    def intervals(self) -> pl.DataFrame:
        """Sums by queue and interval (``reconcile_intervals``)."""
        calendar = self._read("reconcile_intervals", vendor=self._vendor)
        placed = self.business.placed(calendar)
        early = placed["local_date"] != calendar["local_date"]
        return pl.concat([placed.filter(~early), self._under_own_clause(calendar.filter(early), placed.filter(early))])

    def _under_own_clause(self, calendar: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
        """``placed`` counted within the threshold of the clause of its business day.

        The marts count within that of the calendar's; the two differ on the morning on which other terms begin.
        """
        if placed.is_empty():
            return placed
        place = ["queue", "interval_start_at"]
        theirs = in_force(calendar, self._clauses, "service_level").select(*place, theirs="clause")
        own = in_force(placed, self._clauses, "service_level").join(theirs, on=place)
        other = (pl.col("clause") != pl.col("theirs")).fill_null(False)
        found = [own.filter(~other)]
        for (clause,), some in own.filter(other).group_by(["clause"], maintain_order=True):
            level = ServiceLevelDefinition.from_clause(self._clauses.row(int(str(clause)), named=True))
            counted = self.counts(level).select(*place, *_OF_CLAUSE)
            found.append(some.drop(_OF_CLAUSE).join(counted, on=place).select(own.columns))
        return pl.concat(found).drop("clause", "theirs")

    def waits(self) -> pl.DataFrame:
        """The histogram of waits in the queue by queue and day."""
        if not self.business.moved:
            return self._read("reconcile_waits", vendor=self._vendor)
        return self.waits_on("queue_entry")

    def waits_on(self, clock: str) -> pl.DataFrame:
        """The histogram of waits by queue and day on another clock (``ring``, ``call_start``)."""
        found = [
            self._read(
                "reconcile_clock_waits", vendor=self._vendor, clock=clock, first_day=one.first, last_day=one.last,
                day_start=one.minute,
            )
            for one in self.business.stretches or (Stretch(date.min, date.max, "", 0),)
        ]  # fmt: skip
        together = pl.concat(found).group_by("queue", "local_date", "wait_bin", maintain_order=True)
        return together.agg(pl.col("answered", "abandoned").sum())

    def repeats(self, rule: RepeatDefinition, windows: Sequence[float]) -> pl.DataFrame:
        """Counts of ``repeat_counts.sql`` under the rule, for windows of so many hours."""
        key = ("repeats", rule.same_reason, rule.cross_vendor, *windows)
        if key not in self._held:
            self._held[key] = self._read(
                "repeat_counts", vendor=self._vendor, same_reason=rule.same_reason, cross_vendor=rule.cross_vendor,
                windows=list(windows),
            )  # fmt: skip
        return self._held[key]


def usual_repeat(workspace: Workspace) -> RepeatDefinition:
    """The company's own rule for repeat contacts, under which the marts count."""
    rule = workspace.settings.repeat_contact
    return RepeatDefinition(float(rule.window_hours), rule.same_reason, rule.cross_vendor)


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


def work_of(activity: Activity, read: Read) -> Work:
    """What may be billed of a vendor's work."""
    held: dict[str, pl.DataFrame] = {}

    def billable(excluded: NonBillable) -> pl.DataFrame:
        key = excluded.model_dump_json()
        if key not in held:
            held[key] = read(
                "billable_days", vendor=activity.vendor, short_talk_s=excluded.short_talk_s,
                without_transferred=excluded.transferred_in,
            )  # fmt: skip
        return held[key]

    return Work(billable, activity.days)


def invoices_checked(workspace: Workspace, activity: Activity, work: Work, read: Read) -> list[CheckedLine]:
    """Every invoiced line of a vendor against its work."""
    lines = read("invoice_lines", vendor=activity.vendor)
    holes = Holes(activity.expected, read("reconcile_rejected", vendor=activity.vendor))
    terms = workspace.terms.get(activity.vendor, [])
    return check_invoices(activity.vendor, lines, terms, work, holes, workspace.settings.currency)


@dataclass(frozen=True)
class Account:
    """One vendor's agreement held against its work: clauses, invoices, money. Read once, each part made when asked."""

    workspace: Workspace
    activity: Activity
    waivers: tuple[Waiver, ...]
    read: Read

    @property
    def vendor(self) -> str:
        return self.activity.vendor

    @cached_property
    def clauses(self) -> list[BoundClause]:
        return bound_clauses(self.workspace.terms, self.vendor)

    @cached_property
    def attained(self) -> pl.DataFrame:
        """Every clause in its own measurement periods."""
        return clauses_attained(self.workspace, self.activity, self.waivers, bound=self.clauses)

    def attained_by(self, grain: Grain, first: date | None = None, last: date | None = None) -> pl.DataFrame:
        """Every clause in periods of another length, to see where and when; they settle nothing."""
        return clauses_attained(
            self.workspace, self.activity, self.waivers, bound=self.clauses, grain=grain, first=first, last=last
        )

    @cached_property
    def work(self) -> Work:
        return work_of(self.activity, self.read)

    @cached_property
    def invoices(self) -> list[CheckedLine]:
        return invoices_checked(self.workspace, self.activity, self.work, self.read)

    @property
    def currency(self) -> str:
        """That of the terms in force on the last day, else the workspace's."""
        return self.workspace.currency_on(self.vendor, self.activity.last_day)

    def charge(self, first: date, last: date) -> Charge:
        """What the period costs before credits: as invoiced where nothing of that differs, else as recomputed."""
        inside = [one for one in self.invoices if first <= one.period_start and one.period_end <= last]
        starts, ends = {one.period_start for one in inside}, {one.period_end for one in inside}
        whole = bool(inside) and min(starts) == first and max(ends) == last
        if whole and all(one.verdict != "differs" for one in inside):
            return Charge(sum((one.invoiced for one in inside), Decimal(0)), "invoiced")
        terms = self.workspace.terms.get(self.vendor, [])
        amount = total(bill(terms, self.work, self.workspace.settings.currency, first, last))
        return Charge(amount, None if amount is None else "recomputed")

    def credits_on(self, day: date) -> Credits | None:
        terms = self.workspace.terms_on(self.vendor, day)
        return terms.credits if terms else None

    @cached_property
    def settled(self) -> list[SettledPeriod]:
        """Every settled period, under the clauses and under the vendor's own figures."""
        return self._settled({})

    @cached_property
    def settled_with_risk(self) -> list[SettledPeriod]:
        """The same with the range over the definitions in dispute: some twenty more ways to compute each figure."""
        if not any(pays(terms.credits) for terms in self.workspace.terms.get(self.vendor, [])):
            return self.settled
        calendar, terms = calendar_of(self.workspace), self.workspace.terms[self.vendor]
        outages = self.workspace.settings.outages
        disputed: dict[str, dict[str, pl.DataFrame]] = {}
        for one in self.clauses:
            excused = excused_cells(one, self.activity, terms, outages, self.waivers, calendar)
            held = disputed.setdefault(one.clause.id, {})
            for name, other in disputed_definitions(one).items():
                rows = attainment(other, self.activity, excused, calendar)
                held[name] = pl.concat([held[name], rows]) if name in held else rows
        return self._settled(disputed)

    def _settled(self, disputed: dict[str, dict[str, pl.DataFrame]]) -> list[SettledPeriod]:
        return settled_periods(
            self.vendor, self.clauses, self.attained, self.credits_on, self.charge, self.currency, self._reported,
            disputed,
        )  # fmt: skip

    @cached_property
    def _reported(self) -> dict[tuple[str, date], float]:
        """The vendor's own figure of each clause and period."""
        reported = self.read("reconcile_reported", vendor=self.vendor)
        if reported.is_empty():
            return {}
        terms = self.workspace.terms_on(self.vendor, self.activity.last_day)
        told = with_days(reported, self.workspace.zone_of(self.vendor), terms.day_start_minute if terms else 0)
        found: dict[tuple[str, date], float] = {}
        for one in self.clauses:
            own = (pl.col("clause_id") == one.clause.id) & (pl.col("terms_id") == one.terms_id)
            found |= reported_figures(one, told, self.attained.filter(own))
        return found


def accounts(
    workspace: Workspace, read: Read, expected: pl.DataFrame, due: pl.DataFrame, vendor: str | None = None
) -> Iterator[Account]:
    """The account of ``vendor``, or of every vendor with terms of whose work anything has come; one at a time, since
    each holds all intervals of its vendor."""
    waivers = tuple(waivers_of(Journal.of(workspace)))
    for code in workspace.terms:
        activity = activity_of(workspace, code, read, expected, due) if vendor in (None, code) else None
        if activity is not None:
            yield Account(workspace, activity, waivers, read)
