"""Clauses and what was attained under them: one function for every page, command and document that speaks of a clause.

    found = attained(workspace, reader)                                # each clause in its own measurement period
    found = attained(workspace, reader, "casablanca", grain="week")    # the same by week, for one vendor
    found = attained(workspace, reader, "casablanca", grain="interval", first=monday, last=sunday, by_queue=True)

``found.rows`` has one row per clause, scope of queues and period (``measures.agreement.attainment.ATTAINMENT``):

- ``state``: met, missed, excused, gap, too_little, running, partial, no_demand, not_known (said there). Only a row
  whose ``grain`` is the clause's own measurement period settles anything; the others show where and when.
- ``value`` is the printed figure (rounded once, as the clause says), ``numerator``/``denominator`` what it is made of,
  ``contacts`` how many contacts count. ``relief_value`` is the same without what is excused, ``excused_by`` says by
  what (forecast, outage, waiver), ``excused_contacts`` how many. Both are always there: show both where they differ.
- ``data_share``, ``worst``, ``best``, ``sure``: how complete the period's contacts are, and whether what is missing
  could turn the verdict. A miss that is not ``sure`` must not be held against anybody.
- ``counts_as_missed``: under the agreement, relief granted, gaps counted as the terms say.
- ``queue`` is "*" for all queues that no clause of their own takes out; ``by_queue`` adds a row per queue beside it.

``found.bound(vendor, clause_id, day)`` gives the clause itself as it stood on a day, ``found.waivers`` what people have
excused. Intervals of a long time are many rows: give ``first`` and ``last``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.answers.status import judged_feeds
from pipelines.measures.agreement.activity import Activity
from pipelines.measures.agreement.attainment import ATTAINMENT
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.periods import Grain
from pipelines.measures.agreement.relief import Waiver
from pipelines.trust.agreement import activity_of, clauses_attained, waivers_of
from pipelines.warehouse import Journal, Reader
from pipelines.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Attained:
    """What was attained under the clauses asked for; ``clauses``: each from its first to its last day."""

    rows: pl.DataFrame
    clauses: tuple[BoundClause, ...]
    waivers: tuple[Waiver, ...]

    def bound(self, vendor: str, clause_id: str, day: date) -> BoundClause | None:
        """The clause as it stood on ``day``."""
        return next(
            (
                one
                for one in self.clauses
                if (one.vendor, one.clause.id) == (vendor, clause_id)
                and one.first_day <= day <= (one.last_day or date.max)
            ),
            None,
        )


def attained(
    workspace: Workspace,
    reader: Reader,
    vendor: str | None = None,
    *,
    grain: Grain | None = None,
    first: date | None = None,
    last: date | None = None,
    by_queue: bool = False,
) -> Attained:
    """Every clause of ``vendor`` (default: of all) in every period of ``grain`` (default: its own measurement period)
    that touches ``first`` to ``last`` (default: as long as there are data)."""
    return attained_of(
        workspace, activities(workspace, reader, vendor), grain=grain, first=first, last=last, by_queue=by_queue
    )


def activities(workspace: Workspace, reader: Reader, vendor: str | None = None) -> list[Activity]:
    """What is known of the work of ``vendor``, or of every vendor with terms; who has sent no contacts is left out.

    Reading it is the slow part: keep it (it is tied to the reader's version) and ask :func:`attained_of` often.
    """
    expected = reader.frame("expected_days", first_day=date.min, last_day=date.max)
    due = judged_feeds(workspace, reader)
    codes = [code for code in workspace.terms if vendor in (None, code)]
    found = (activity_of(workspace, code, reader.frame, expected, due) for code in codes)
    return [one for one in found if one is not None]


def attained_of(
    workspace: Workspace,
    known: Sequence[Activity],
    *,
    grain: Grain | None = None,
    first: date | None = None,
    last: date | None = None,
    by_queue: bool = False,
) -> Attained:
    """:func:`attained` of activities that have been read already."""
    waivers = tuple(waivers_of(Journal.of(workspace)))
    frames = [
        clauses_attained(workspace, one, waivers, grain=grain, first=first, last=last, by_queue=by_queue)
        for one in known
    ]
    vendors = {one.vendor for one in known}
    clauses = tuple(one for one in bound_clauses(workspace.terms) if one.vendor in vendors)
    return Attained(pl.concat([pl.DataFrame(schema=ATTAINMENT), *frames]), clauses, waivers)
