"""One line of the ledger back to its contacts: their outcomes, the files that brought them, and the contacts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.measures.business_days import BusinessDays
from pipelines.measures.ledger.clauses import in_force
from pipelines.measures.ledger.periods import WITHIN_DAY
from pipelines.measures.ledger.words import short_limit
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame

#: More contacts than this are not listed one by one.
MOST_CONTACTS = 50_000


@dataclass(frozen=True, slots=True)
class LineContacts:
    """What stands behind one recomputed figure.

    ``outcomes``: outcome, contacts, waits_known, in_threshold and in_short (null without such a limit in the clause),
    wait_median_s, wait_max_s. ``files``: deliveries with the contacts that each brought and its row accounting.
    ``threshold_s``, ``inclusive``: of the clause in force on the line's first day, null where it names none;
    ``short_abandon_s``: of the definition that explains the line, else of the clause.
    """

    outcomes: pl.DataFrame
    files: pl.DataFrame
    threshold_s: float | None
    inclusive: bool
    short_abandon_s: float | None

    @property
    def contacts(self) -> int:
        return int(self.outcomes["contacts"].sum())


def line_contacts(workspace: Workspace, reader: Reader, line: dict[str, Any]) -> LineContacts:
    """What is behind ``line``, a row of ``measures.reconcile.LEDGER``."""
    clause = _clause(workspace, line)
    short = short_limit(line["explained_by"] or "") or clause.get("short_abandon_s")
    limits = {"threshold_s": clause.get("threshold_s"), "short_abandon_s": short}
    where = _where(workspace, line)
    inclusive = clause.get("inclusive") is not False
    outcomes = reader.frame(
        "line_outcomes", **where, **limits, inclusive=inclusive, clock_start=clause.get("clock_start")
    )
    return LineContacts(outcomes, reader.frame("line_files", **where), **limits, inclusive=inclusive)


def listed_contacts(workspace: Workspace, reader: Reader, line: dict[str, Any]) -> pl.DataFrame:
    """The contacts themselves, at most :data:`MOST_CONTACTS`, each with the file and row that it came from."""
    return reader.frame("line_contacts", **_where(workspace, line), most=MOST_CONTACTS)


def _where(workspace: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    whole_days = line["granularity"] not in WITHIN_DAY
    first, last = line["period_start"], line["period_end"]
    begin, end = _instants(workspace, line["vendor"], first, last)
    return {
        "vendor": line["vendor"],
        # An interval before the hour at which days begin is of the calendar's next day.
        "first_day": first,
        "last_day": last + timedelta(days=begin is not None),
        "queues": None if line["queue"] == "*" else [code.strip() for code in line["queue"].split(";")],
        "from_at": begin if whole_days else line["period_start_at"],
        "until_at": end if whole_days else line["period_end_at"],
    }


def _instants(
    workspace: Workspace, vendor: str, first: date, last: date
) -> tuple[datetime, datetime] | tuple[None, None]:
    """When the days from ``first`` to ``last`` begin and end; none where they are those of the calendar."""
    days = BusinessDays.of(workspace.terms.get(vendor, []))
    begin, end = days.on(first), days.on(last + timedelta(days=1))
    if begin is None or end is None:
        return None, None
    return begin.start_of(first), end.start_of(last + timedelta(days=1))


def _clause(workspace: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    """The clause that binds the line's metric on its first day; of several queues, that of the first."""
    clauses = clauses_frame(workspace).filter(pl.col("vendor_code") == line["vendor"])
    cell = pl.DataFrame({"queue": [line["queue"].split(";")[0].strip()], "local_date": [line["period_start"]]})
    found = in_force(cell, clauses, line["metric"])["clause"][0]
    return {} if found is None else clauses.row(found, named=True)
