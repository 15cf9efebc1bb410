"""The clauses that bind a vendor, each from the first to the last day on which it says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from pipelines.measures.business_days import clock_time
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.measures.ledger.clauses import clause_formula
from pipelines.workspace.terms import CLAUSE_METRICS, Clause, Terms

EVERY_QUEUE = "*"
#: Metrics that contacts tell by interval or one by one; the others (surveys, refunds, repeats, hours) are known by
#: calendar date, and stay on it where business days begin at another hour.
BY_BUSINESS_DAY = (
    "service_level", "answer_rate", "abandon_rate", "asa_s", "wait_median_s", "wait_p90_s", "aht_s", "talk_s", "hold_s",
    "acw_s", "transfer_rate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BoundClause:
    """One clause as it stands from ``first_day`` to ``last_day`` (None: without end), in one vendor's terms.

    ``not_queues``: queues that a clause for all queues leaves to a clause of their own. ``began`` and ``ended`` are
    the first and last day of the whole row of versions that follow each other under the same id: a version that ends
    in mid-month because another follows leaves no month unjudged. ``gap_is_breach``: of the terms. ``leading``: the
    first of its metric and queue in the terms, under which the marts count what is answered in time. ``day_start``: the
    minute at which the terms' business day begins.
    """

    vendor: str
    clause: Clause
    terms_id: str
    first_day: date
    last_day: date | None
    gap_is_breach: bool = False
    not_queues: tuple[str, ...] = ()
    began: date | None = None
    ended: date | None = None
    leading: bool = True
    day_start: int = 0

    @property
    def metric(self) -> str:
        return self.clause.metric

    @property
    def unit(self) -> Literal["rate", "s", "score", "amount", "count"]:
        return CLAUSE_METRICS[self.clause.metric][0]

    @property
    def scale(self) -> float:
        """From the value to what is printed: shares are printed in percent."""
        return 100.0 if self.unit == "rate" else 1.0

    @property
    def definition(self) -> ServiceLevelDefinition | None:
        """The definition of a service level; None for other metrics."""
        if self.clause.metric != "service_level":
            return None
        return ServiceLevelDefinition.from_clause(self.as_row())

    @property
    def definition_id(self) -> str:
        """Names how the figure is computed."""
        if (level := self.definition) is not None:
            head, mark, decimals = level.id.partition("/round")
            return head + self._day_name + mark + decimals
        clause = self.clause
        formula = clause_formula(clause.metric, self.as_row())
        head = clause.metric if formula is None else formula.id
        tail = "" if clause.aggregation == "call_weighted" else f"/{clause.aggregation}"
        return head + tail + self._day_name + ("" if clause.rounding is None else f"/round{clause.rounding}")

    @property
    def _day_name(self) -> str:
        """On which days the figure is, where the terms' own begin at another hour than midnight."""
        if not self.day_start:
            return ""
        served = self.clause.metric in BY_BUSINESS_DAY
        return f"/day_from_{clock_time(self.day_start)}" if served else "/calendar_days"

    @property
    def name(self) -> str:
        """The measure's English name."""
        measure = MEASURES.get(self.clause.metric)
        return measure.name("en") if measure else self.clause.metric

    def covers(self, queue: str) -> bool:
        """Whether contacts of ``queue`` count under it."""
        if self.clause.queue == EVERY_QUEUE:
            return queue not in self.not_queues
        return queue == self.clause.queue

    def as_row(self) -> dict[str, Any]:
        """The clause as a row of a frame of clauses."""
        return self.clause.model_dump()

    def with_clause(self, **changes: Any) -> BoundClause:
        """The same with another word in the clause."""
        return replace(self, clause=self.clause.model_copy(update=changes))


def bound_clauses(terms: Mapping[str, Sequence[Terms]], vendor: str | None = None) -> list[BoundClause]:
    """Every clause of every vendor (or of one), versions that say the same put together, in the order of the terms."""
    found: list[BoundClause] = []
    for code, held in terms.items():
        if vendor in (None, code):
            found += _of_vendor(code, sorted(held, key=lambda one: one.valid_from))
    return found


def _of_vendor(vendor: str, held: Sequence[Terms]) -> list[BoundClause]:
    found: list[BoundClause] = []
    for terms in held:
        for clause in terms.clauses:
            own = tuple(
                other.queue
                for other in terms.clauses
                if clause.queue == EVERY_QUEUE and other.metric == clause.metric and other.queue != EVERY_QUEUE
            )
            alike = [one for one in terms.clauses if (one.metric, one.queue) == (clause.metric, clause.queue)]
            one = BoundClause(
                vendor, clause, terms.id, terms.valid_from, terms.valid_to, terms.gap_is_breach, own,
                leading=alike[0] is clause, day_start=terms.day_start_minute,
            )  # fmt: skip
            before = next((old for old in reversed(found) if old.clause.id == clause.id), None)
            if before is not None and _says_the_same(before, one) and _follows(before, one):
                found[found.index(before)] = replace(before, last_day=one.last_day, terms_id=one.terms_id)
            else:
                found.append(one)
    return [replace(one, began=_began(one, found), ended=_ended(one, found)) for one in found]


def _says_the_same(before: BoundClause, after: BoundClause) -> bool:
    if before.day_start != after.day_start:
        return False
    same_scope = set(before.not_queues) == set(after.not_queues)
    return before.clause == after.clause and before.gap_is_breach == after.gap_is_breach and same_scope


def _follows(before: BoundClause, after: BoundClause) -> bool:
    return before.last_day is not None and before.last_day + timedelta(days=1) == after.first_day


def _began(one: BoundClause, all_of_vendor: Sequence[BoundClause]) -> date:
    family = [other for other in all_of_vendor if other.clause.id == one.clause.id]
    first = one.first_day
    while earlier := next(
        (o for o in family if o.last_day is not None and o.last_day + timedelta(days=1) == first), None
    ):
        first = earlier.first_day
    return first


def _ended(one: BoundClause, all_of_vendor: Sequence[BoundClause]) -> date | None:
    family = [other for other in all_of_vendor if other.clause.id == one.clause.id]
    last = one.last_day
    while last is not None and (later := next((o for o in family if o.first_day == last + timedelta(days=1)), None)):
        last = later.last_day
    return last
