"""Which days and hours a reader has picked, as the URL says it: ``day=2026-09-08`` or ``2026-09-07..2026-09-09``,
``at=10:30-11:00`` (the end excluded). Whatever else stands there picks nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import streamlit as st

from dashboard.components.url_choice import put

DAY, AT, CONTACT, BREACH = "day", "at", "contact", "breach"
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
#: Minutes of a day.
WHOLE_DAY = (0, 1440)


@dataclass(frozen=True, slots=True)
class Picked:
    """Days, both included, and minutes of the local clock, the end excluded."""

    first_day: date
    last_day: date
    begin: int = 0
    end: int = 1440

    @property
    def whole_day(self) -> bool:
        return (self.begin, self.end) == WHOLE_DAY

    def holds(self, day: date, minute: int) -> bool:
        return self.first_day <= day <= self.last_day and self.begin <= minute < self.end


def clock(minute: int) -> str:
    """A minute of the day as a clock time."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read(first: date, last: date) -> Picked | None:
    """What the URL picks within the days from ``first`` to ``last``; None for nothing, or nothing there."""
    days = _days(st.query_params.get(DAY, ""))
    if days is None or days[0] > last or days[1] < first:
        return None
    begin, end = _minutes(st.query_params.get(AT, ""))
    return Picked(max(days[0], first), min(days[1], last), begin, end)


def write(picked: Picked | None, **others: str | None) -> None:
    """Put what is picked into the URL; an opened contact is of another cell then."""
    if picked is None:
        put(**{DAY: None, AT: None, CONTACT: None}, **others)
        return
    told = query(picked)
    put(**{CONTACT: None, AT: told.get(AT), DAY: told[DAY]}, **others)


def query(picked: Picked) -> dict[str, str]:
    """The same as parameters of a link."""
    first, last = picked.first_day, picked.last_day
    day = first.isoformat() if first == last else f"{first}..{last}"
    return {DAY: day} if picked.whole_day else {DAY: day, AT: f"{clock(picked.begin)}-{clock(picked.end)}"}


def _days(text: str) -> tuple[date, date] | None:
    first, _, last = text.partition("..")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        return None
    return days if days[0] <= days[1] else None


def _minutes(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    found = [_CLOCK.fullmatch(part) for part in (first, last)]
    if not all(found):
        return WHOLE_DAY
    begin, end = (int(match[1]) * 60 + int(match[2]) for match in found if match)
    return (begin, min(end, 1440)) if begin < end else WHOLE_DAY
