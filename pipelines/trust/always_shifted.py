"""Clocks that were wrong from the first day: no usual profile shows it, only the opening hours of the terms do.

Contacts are held against the hours in which their queue was open, as they are and moved by every half-hour up to half a
day. Where nearly all fit another time and clearly fewer their own, week after week, the clock is told to be off by so
much. Summer and winter are looked at apart: an export in UTC that was declared as Paris time is one hour off, then two.
Queues that are open round the clock fit every time and say nothing; so do contacts that fit as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
STEP_MIN, REACH_MIN = 30, 720


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
    """A vendor whose clock is off in every season that can be judged."""

    vendor: str
    seasons: tuple[Season, ...]


def always_shifted(
    workspace: Workspace, cells: pl.DataFrame, seen: pl.DataFrame, passing: Sequence[Shift]
) -> list[Found]:
    """``cells``: open intervals (openings.open_cells); ``seen``: vendor, queue, interval_start_at, local_date, offered
    (who called while it was closed says nothing of a clock); ``passing``: stretches of days that are known to be off by themselves, which are left out."""
    found = []
    for (vendor,), own in cells.group_by(["vendor"], maintain_order=True):
        code = str(vendor)
        came = _judged(workspace, code, own, seen.filter(pl.col("vendor") == code), passing)
        seasons = [_season(int(offset), part, own) for (offset,), part in came.group_by(["offset_min"])]
        if seasons and all(season is not None for season in seasons):
            ordered = sorted((one for one in seasons if one is not None), key=lambda one: one.first_day)
            same_side = len({one.least_min > 0 for one in ordered}) == 1
            found += [Found(code, tuple(ordered))] if same_side else []
    return found


def _judged(
    workspace: Workspace, vendor: str, cells: pl.DataFrame, seen: pl.DataFrame, passing: Sequence[Shift]
) -> pl.DataFrame:
    """The contacts of queues and days under terms with hours, each with its clock's distance from UTC; seasons with
    too few of them are left out."""
    days = seen["local_date"].unique().sort()
    known = pl.DataFrame(
        [
            (day, int(_offset(day, terms.report_tz)))
            for day in days
            if (terms := workspace.terms_on(vendor, day)) is not None and terms.hours
            if not any(one.vendor == vendor and one.first_day <= day <= one.last_day for one in passing)
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
    """How far one season's contacts are off; None where they fit as they are, or nothing fits clearly better."""
    step = max(STEP_MIN, int(cells["interval_min"].max()))  # type: ignore[arg-type]
    moves = np.arange(-REACH_MIN, REACH_MIN + 1, step)
    weeks = came["local_date"].dt.truncate("1w")
    places = weeks.unique().sort()
    week_of = places.search_sorted(weeks).to_numpy()
    inside = np.zeros((len(moves), len(places)))
    counts = came["contacts"].to_numpy().astype(np.float64)
    queue_of = came["queue"].to_numpy()
    minute = (came["interval_start_at"].dt.epoch("s") // 60).to_numpy()
    for (queue,), own in cells.group_by(["queue"]):
        here = queue_of == queue
        if not here.any():
            continue
        begin = (own["interval_start_at"].dt.epoch("s") // 60).to_numpy()
        open_at = np.unique(np.concatenate([begin + late for late in range(0, int(own["interval_min"].min()), 15)]))  # type: ignore[arg-type]
        for number, move in enumerate(moves):
            fits = here & np.isin(minute - move, open_at)
            inside[number] += np.bincount(week_of[fits], counts[fits], len(places))
    return _judge(offset_min, came, moves, inside)


def _judge(offset_min: int, came: pl.DataFrame, moves: np.ndarray, inside: np.ndarray) -> Season | None:
    """``inside``: contacts in the opening hours by move and week."""
    total = int(came["contacts"].sum())
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
        fixed = len(set(by_season.values())) > 1
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
                "clock_always_early" if early else "clock_always_late",
                hours=hours,
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
