"""Clocks that were wrong from the first day: no usual profile shows it, only the opening hours of the terms do.

Contacts are held against the hours in which their queue was open, as they are and moved by every half-hour up to half a
day. Where nearly all fit another time and clearly fewer their own, week after week, the clock is told to be off by so
much. Summer and winter are looked at apart: an export in UTC that was declared as Paris time is one hour off, then two.
Queues that are open round the clock fit every time and say nothing; so do contacts that fit as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from pipelines.trust.clocks import Shift
from pipelines.trust.findings import Finding
from pipelines.trust.sentences import period_words, sentence
from pipelines.workspace import Workspace

#: Contacts of a vendor in one season below which nothing is said, and days.
CONTACTS, DAYS = 500, 10
#: Share of the contacts that must lie in the opening hours at the other time, and how many more than at their own.
INSIDE, GAINED = 0.97, 0.03
#: Of the contacts outside the opening hours, at most this part may be outside at the other time as well.
LEFT = 0.25
#: Share of the weeks in which the other time fits better: hours that were kept otherwise for a while are another thing.
WEEKS = 0.9
#: Other times that fit as well as the best but for this share of the contacts are not told apart from it.
TIED = 0.002
STEP_MIN, REACH_MIN, SLOT_MIN = 30, 720, 15


@dataclass(frozen=True, slots=True)
class Season:
    """One vendor's days at one distance of the terms' clock from UTC: how far contacts are off, and how many fit.

    ``least_min`` and ``most_min``: between these every time fits equally well. Negative: contacts come early.
    """

    offset_min: int
    first_day: date
    last_day: date
    least_min: int
    most_min: int
    contacts: int
    inside_as_is: int
    inside_moved: int
    weeks: int
    better_weeks: int


@dataclass(frozen=True, slots=True)
class Found:
    """A vendor whose clock is off: in every season that can be judged (``whole``), or in one of two."""

    vendor: str
    seasons: tuple[Season, ...]
    whole: bool

    @property
    def turn_min(self) -> int:
        """By how much the distance changes when the clock of the terms goes forward or back."""
        off = [season.least_min for season in self.seasons] + ([] if self.whole else [0])
        return max(off) - min(off)


def always_shifted(workspace: Workspace, cells: pl.DataFrame, seen: pl.DataFrame) -> list[Found]:
    """``cells``: open intervals (openings.open_cells); ``seen``: vendor, queue, interval_start_at, local_date, offered.

    Who called while it was closed says nothing of a clock.
    """
    found = []
    for (vendor,), own in cells.group_by(["vendor"], maintain_order=True):
        code = str(vendor)
        came = _judged(workspace, code, own, seen.filter(pl.col("vendor") == code))
        judged = [_season(int(offset), part, own) for (offset,), part in came.group_by(["offset_min"])]
        seasons = sorted((one for one in judged if one is not None), key=lambda one: one.first_day)
        if len({one.least_min > 0 for one in seasons}) == 1:
            found.append(Found(code, tuple(seasons), whole=len(seasons) == len(judged)))
    return found


def _judged(workspace: Workspace, vendor: str, cells: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """The contacts of queues and days under terms with hours, each with its clock's distance from UTC; seasons with
    too few of them are left out."""
    days = seen["local_date"].unique().sort()
    known = pl.DataFrame(
        [
            (day, int(_offset(day, terms.report_tz)))
            for day in days
            if (terms := workspace.terms_on(vendor, day)) is not None and terms.hours
        ],
        schema={"local_date": pl.Date, "offset_min": pl.Int64},
        orient="row",
    )
    queues = cells["queue"].unique().to_list()
    came = (
        seen.filter(pl.col("queue").is_in(queues) & (pl.col("offered") > 0))
        .join(known, on="local_date")
        .select("queue", "interval_start_at", "local_date", "offset_min", contacts="offered")
    )
    enough = (pl.col("contacts").sum().over("offset_min") >= CONTACTS) & (
        pl.col("local_date").n_unique().over("offset_min") >= DAYS
    )
    return came.filter(enough)


def _offset(day: date, zone: str) -> float:
    """Minutes that the zone's clock is ahead of UTC at noon."""
    shift = datetime.combine(day, time(12), ZoneInfo(zone)).utcoffset()
    assert shift is not None
    return shift.total_seconds() / 60


def _season(offset_min: int, came: pl.DataFrame, cells: pl.DataFrame) -> Season | None:
    """How contacts of one season lie in the opening hours; None where they do, or no other time fits clearly better."""
    step = max(STEP_MIN, _whole(cells["interval_min"].max()))
    weeks = came["local_date"].dt.truncate("1w")
    places = weeks.unique().sort()
    parts = [
        _Queue(
            places.search_sorted(weeks.filter(mine)).to_numpy(),
            came.filter(mine)["contacts"].to_numpy().astype(np.float64),
            *_on_one_axis(came.filter(mine)["interval_start_at"], own),
        )
        for (queue,), own in cells.group_by(["queue"])
        if (mine := came["queue"] == queue).any()
    ]

    def inside(move: int) -> np.ndarray:
        """Contacts in the opening hours by week, when all are taken to have come ``move`` minutes earlier."""
        sums = np.zeros(len(places))
        for part in parts:
            fits = part.open_at[part.slot - move // SLOT_MIN]
            sums += np.bincount(part.week[fits], part.contacts[fits], len(places))
        return sums

    total = _whole(came["contacts"].sum())
    if total - inside(0).sum() < GAINED * total:
        return None  # they fit as they are
    moves = np.arange(-REACH_MIN, REACH_MIN + 1, step)
    return _judge(offset_min, came, moves, np.array([inside(int(move)) for move in moves]))


@dataclass(frozen=True, slots=True)
class _Queue:
    """One queue's contacts by interval: week, how many, and their place on an axis that says when it was open."""

    week: np.ndarray
    contacts: np.ndarray
    slot: np.ndarray
    open_at: np.ndarray


def _on_one_axis(came: pl.Series, cells: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Places of the contacts' intervals, and for each place whether the queue was open."""
    at = (came.dt.epoch("s") // (60 * SLOT_MIN)).to_numpy()
    begin = (cells["interval_start_at"].dt.epoch("s") // (60 * SLOT_MIN)).to_numpy()
    slots = (cells["interval_min"] // SLOT_MIN).to_numpy()
    margin = REACH_MIN // SLOT_MIN + int(slots.max())
    first = min(at.min(), begin.min()) - margin
    open_at = np.zeros(max(at.max(), begin.max()) - first + margin + 1, dtype=bool)
    for late in range(int(slots.max())):
        open_at[begin[slots > late] + late - first] = True
    return at - first, open_at


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value


def _judge(offset_min: int, came: pl.DataFrame, moves: np.ndarray, inside: np.ndarray) -> Season | None:
    """``inside``: contacts in the opening hours by move and week."""
    total = _whole(came["contacts"].sum())
    fitting = inside.sum(axis=1)
    as_is = int(np.flatnonzero(moves == 0)[0])
    best = fitting.max()
    tied = np.flatnonzero(fitting >= best - TIED * total)
    chosen = tied[np.argmin(np.abs(moves[tied]))]  # the least that explains it
    gained = inside[chosen] - inside[as_is]
    outside_as_is, outside_moved = total - fitting[as_is], total - fitting[chosen]
    clear = (
        fitting[chosen] >= INSIDE * total
        and fitting[chosen] - fitting[as_is] >= GAINED * total
        and outside_moved <= LEFT * outside_as_is
    )
    better = int((gained > 0).sum())
    sides = np.sign(moves[tied])
    if not clear or better < WEEKS * inside.shape[1] or len(set(sides)) != 1:
        return None
    reach = sorted((int(moves[tied].min()), int(moves[tied].max())), key=abs)
    first, last = came["local_date"].min(), came["local_date"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    return Season(
        offset_min, first, last, reach[0], reach[1], total,
        int(fitting[as_is]), int(fitting[chosen]), inside.shape[1], better,
    )  # fmt: skip


def without_turns(passing: list[Shift], found: list[Found]) -> list[Shift]:
    """The stretches of days that are off by themselves, less those that only show a clock without summer time: there
    one season is off against the other, and what is off in both is told once."""
    turns = {one.vendor: one.turn_min for one in found if one.turn_min}
    return [shift for shift in passing if turns.get(shift.vendor) != abs(shift.hours) * 60]


def always_findings(found: list[Found]) -> Iterator[Finding]:
    """One finding per vendor, with both seasons where they differ."""
    for one in found:
        first, last = min(s.first_day for s in one.seasons), max(s.last_day for s in one.seasons)
        contacts = sum(season.contacts for season in one.seasons)
        as_is = sum(season.inside_as_is for season in one.seasons)
        moved = sum(season.inside_moved for season in one.seasons)
        early = one.seasons[0].least_min < 0
        low = min(abs(season.least_min) for season in one.seasons) / 60
        high = max(abs(season.most_min) for season in one.seasons) / 60
        hours = f"{low:g}" if low == high else f"{low:g}–{high:g}"
        by_season = {_utc(season.offset_min): _range(season) for season in one.seasons}
        fixed = one.turn_min > 0
        words = "clock_always" if one.whole else "clock_season"
        yield Finding(
            kind="clock_shift",
            severity="warning",
            vendor=one.vendor,
            feed="contacts",
            period_start=first,
            period_end=last,
            lasting=True,
            subject="from the first day",
            expected="arrivals within the opening hours of the terms",
            observed=f"{hours} h {'early' if early else 'late'}",
            evidence={
                "hours": by_season,
                "contacts": contacts,
                "inside_hours": as_is,
                "inside_hours_moved": moved,
                "weeks": sum(season.weeks for season in one.seasons),
                "weeks_that_fit_better": sum(season.better_weeks for season in one.seasons),
                "reasoning": "Moved by this many hours, far more contacts lie within the opening hours of the terms."
                + (" The distance changes with summer time: the export's clock does not." if fixed else ""),
                "innocent": [
                    "a feed declared in another zone than its export is in",
                    "opening hours in the terms that are not those that were kept",
                    "terms whose hours are written in another zone",
                ],
            },
            **sentence(
                f"{words}_early" if early else f"{words}_late",
                hours=hours,
                clock=" and ".join(by_season),
                inside=100 * as_is / contacts,
                moved=100 * moved / contacts,
                **period_words(first, last),
            ),
        )


def _utc(minutes: int) -> str:
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _range(season: Season) -> str:
    least, most = season.least_min / 60, season.most_min / 60
    return f"{least:+g}" if least == most else f"{least:+g} to {most:+g}"
