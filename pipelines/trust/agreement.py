"""What an agreement is held against, gathered from the warehouse: a vendor's activity, and what has been excused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.measures.agreement.activity import EXPECTED, FORECAST, Activity
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
from pipelines.measures.definitions import RepeatDefinition, ServiceLevelDefinition
from pipelines.measures.ledger.periods import with_days
from pipelines.warehouse import Journal
from pipelines.workspace import Workspace
from pipelines.workspace.terms import Credits, NonBillable

#: Runs ``queries/<name>.sql`` with its parameters.
Read = Callable[..., pl.DataFrame]


def calendar_of(workspace: Workspace) -> Calendar:
    """The company's weeks, fiscal months and quarters."""
    settings = workspace.settings
    return Calendar(settings.week_start, settings.fiscal.month_start, settings.fiscal.year_start)


def activity_of(
    vendor: str, read: Read, expected: pl.DataFrame, due: pl.DataFrame, usual: RepeatDefinition
) -> Activity | None:
    """One vendor's work; None of a vendor of whose contacts nothing has ever come.

    ``usual``: the company's rule for repeat contacts. ``expected``: ``trust.coverage.expected_days`` of all vendors.
    ``due``: ``trust.expected.judged_deliveries``.
    """
    days = read("reconcile_days", vendor=vendor)
    more = read("agreement_days", vendor=vendor)
    own = expected.filter(pl.col("vendor") == vendor).select(*EXPECTED).cast(EXPECTED)  # type: ignore[arg-type]
    first, last = _span(days, own)
    if first is None or last is None:
        return None
    counting = Counting(vendor, read)
    planned = more.select("queue", "local_date", "forecast").drop_nulls("forecast")
    came = days.select("queue", "local_date", actual="offered")
    return Activity(
        vendor=vendor,
        first_day=first,
        last_day=last,
        intervals=read("reconcile_intervals", vendor=vendor),
        days=days.join(more.drop("forecast"), on=["queue", "local_date"], how="full", coalesce=True),
        waits=read("reconcile_waits", vendor=vendor),
        counted=counting.counts,
        repeats=counting.repeats,
        usual_repeat=usual,
        expected=own,
        forecast=planned.join(came, on=["queue", "local_date"], how="left").select(*FORECAST).cast(FORECAST),  # type: ignore[arg-type]
        due=due.filter(pl.col("vendor") == vendor).select("period_end", "punctuality"),
    )


class Counting:
    """Counts a vendor's contacts under any definition, each definition once."""

    def __init__(self, vendor: str, read: Read) -> None:
        self._vendor, self._read = vendor, read
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
        return self._held[key]

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
        told = with_days(reported, self.workspace.zone_of(self.vendor))
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
        activity = activity_of(code, read, expected, due, usual_repeat(workspace)) if vendor in (None, code) else None
        if activity is not None:
            yield Account(workspace, activity, waivers, read)
