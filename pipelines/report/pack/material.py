"""What the sections of a pack are made of: each answer is asked for once, when the first section needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.answers.actions import Action, actions, in_period
from pipelines.answers.both_sides import BothSides, both_sides
from pipelines.answers.breaches import Asked, breaches, cause_split
from pipelines.answers.compare import Compared, compare
from pipelines.answers.findings import findings_with_status
from pipelines.answers.money import Money, accounts_of, money, monthly_costs
from pipelines.answers.quarter import Quarter, busy_and_quiet, quarter_figures, staffed_hours, with_change
from pipelines.answers.reconcile import Reconciled, reconciled
from pipelines.answers.scorecard import last_complete_week
from pipelines.answers.status import judged_feeds
from pipelines.measures.agreement.true_cost import MonthlyCost
from pipelines.report.model import Block, Edition, Sentence
from pipelines.report.words import Writer
from pipelines.trust.findings import filtered
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace

#: A pack shows so many quarters, its own last.
TREND_QUARTERS = 4
OPEN = ("open", "disputed")


@dataclass(frozen=True, slots=True)
class Item:
    """Something that may become a win, a risk or a decision: the heaviest three of each do, unless a person chose."""

    side: str  # win, risk, decision
    item_id: str
    weight: float
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Part:
    """What one section is made of, and what of it may go into the summary."""

    blocks: tuple[Block, ...]
    items: tuple[Item, ...] = ()


class Material:
    """The answers behind one vendor's quarter, as the edition may show them."""

    def __init__(
        self,
        workspace: Workspace,
        reader: Reader,
        vendor: str,
        quarter: Quarter,
        edition: Edition,
        writer: Writer,
        as_of: datetime | None = None,
    ) -> None:
        self.workspace, self.reader, self.vendor, self.quarter = workspace, reader, vendor, quarter
        self.edition, self.writer, self.as_of = edition, writer, as_of
        self.internal = edition == "internal"
        self.name = writer.name(workspace.vendors[vendor].name)
        self.quarters = tuple(quarter.later(-back) for back in reversed(range(TREND_QUARTERS)))

    @cached_property
    def data_days(self) -> tuple[date | None, date | None]:
        """First and last day of all data of the version."""
        first, last = self.reader.frame("week_range").row(0)[:2]
        return first, last

    @cached_property
    def last_day(self) -> date:
        """The last day of the quarter that there can be data of."""
        last = self.data_days[1]
        return min(self.quarter.last_day, last) if last else self.quarter.last_day

    @cached_property
    def figures(self) -> pl.DataFrame:
        """The vendor's figures of the four quarters (``answers.quarter.QUARTER_FIGURES``)."""
        return quarter_figures(self.workspace, self.reader, self.quarters, self.vendor)

    @cached_property
    def changed(self) -> dict[str, dict[str, Any]]:
        """This quarter's figures by measure, with their change to the quarter before."""
        return {row["metric"]: row for row in with_change(self.figures, self.quarter).iter_rows(named=True)}

    @cached_property
    def peaks(self) -> pl.DataFrame:
        return busy_and_quiet(self.workspace, self.reader, self.quarters, self.vendor)

    @cached_property
    def week(self) -> date | None:
        """The Monday of the last whole week of the quarter that has data."""
        newest = last_complete_week(self.reader)
        return None if newest is None else min(self.quarter.last_week, newest)

    @cached_property
    def compared(self) -> Compared | None:
        """The like-for-like comparison over the weeks that end with the quarter; None for the in-house team itself."""
        if self.week is None or self.workspace.baseline in (None, self.vendor):
            return None
        return compare(self.workspace, self.reader, self.week)

    @cached_property
    def ledger(self) -> Reconciled:
        """Reported against recomputed, of the lines that touch the quarter."""
        found = reconciled(self.workspace, self.reader, self.vendor)
        return found.of_period(self.quarter.first_day, self.quarter.last_day)

    @cached_property
    def money(self) -> Money:
        """Clauses, settlements, invoices and costs that touch the quarter."""
        found = money(self.workspace, self.reader, self.vendor)
        return found.of_period(self.quarter.first_day, self.quarter.last_day)

    @cached_property
    def home_costs(self) -> list[MonthlyCost]:
        """What each month of the quarter cost in the in-house team; nothing in a pack of that team itself."""
        baseline = self.workspace.baseline
        if baseline in (None, self.vendor):
            return []
        found = [one for held in accounts_of(self.workspace, self.reader, baseline) for one in monthly_costs(held)]
        first, last = self.quarter.first_day, self.quarter.last_day
        return [one for one in found if one.period_start <= last and one.period_end >= first]

    @cached_property
    def breaches(self) -> pl.DataFrame:
        """Weeks of the quarter in which a queue missed the service level, with cause and side."""
        days = (self.quarter.first_day, self.last_day)
        asked = Asked(*days, self.vendor, grain="week", metric="service_level")
        found = breaches(self.workspace, self.reader, asked)
        return found.filter(pl.col("queue").is_not_null())

    @cached_property
    def causes(self) -> pl.DataFrame:
        """What lies between target and service level over the quarter, queue by queue."""
        days = (self.quarter.first_day, self.quarter.last_day)
        return cause_split(self.workspace, self.reader, Asked(*days, self.vendor, grain="quarter"))

    @cached_property
    def findings(self) -> pl.DataFrame:
        """All findings that touch the quarter and are not closed, the gravest first, with what people said of them."""
        found = findings_with_status(self.workspace, self.reader)
        return filtered(found, period=(self.quarter.first_day, self.quarter.last_day))

    @cached_property
    def own_findings(self) -> pl.DataFrame:
        return self.findings.filter(pl.col("vendor") == self.vendor)

    @cached_property
    def due(self) -> pl.DataFrame:
        """Deliveries of the vendor that were due for days of the quarter, with what became of each."""
        judged = judged_feeds(self.workspace, self.reader)
        return judged.filter(
            pl.col("vendor") == self.vendor,
            pl.col("period_end").is_between(self.quarter.first_day, self.quarter.last_day),
        )

    @cached_property
    def deliveries(self) -> pl.DataFrame:
        """Deliveries whose days touch the quarter and that had rows: the vendor's, and the client's."""
        held = self.reader.frame("deliveries").filter(
            pl.col("period_start") <= self.quarter.last_day,
            pl.col("period_end") >= self.quarter.first_day,
            pl.col("rows_read") > 0,
        )
        shared = pl.col("feed").is_in(["surveys", "refunds", "orders"])
        return held.filter((pl.col("vendor_code") == self.vendor) | shared).sort(
            "vendor_code", "feed", "received_at", "file_name"
        )

    @cached_property
    def sides(self) -> BothSides | None:
        return None if self.week is None else both_sides(self.workspace, self.reader, self.week)

    @cached_property
    def actions(self) -> list[Action]:
        """Actions that were open, due or closed in the quarter or in the one before, whose review agreed on them."""
        held = actions(self.workspace, vendor=self.vendor)
        return in_period(held, self.quarter.later(-1).first_day, self.quarter.last_day)

    @cached_property
    def staffing(self) -> pl.DataFrame:
        """Hours by quarter (``answers.quarter.HOURS``): a row per quarter that has any staffing of the vendor."""
        return staffed_hours(self.reader, self.quarters, self.vendor)

    def queue_name(self, code: str) -> str:
        known = self.workspace.queues.get(code)
        return self.writer.name(known.name if known else code)
