"""The simulation: day by day, line by line, contacts queue, are served, and some call again.

A day's lines don't touch one another, but a customer who was not helped calls again on a later day, perhaps
at another vendor: so days follow each other. Every (line, day) has its own stream of draws.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sample_data.generator import behaviour, calendar, plan, profile
from sample_data.generator.erlang import agents_needed
from sample_data.generator.queueing import Shift, first_come, threshold_first

ANSWERED, ABANDONED, CLOSED = 0, 1, 2
OVERTIME_MS = 20 * 60_000
INTERVAL_MS = plan.INTERVAL_MIN * 60_000
#: Days until an unhelped customer calls again (all within the window of seven days).
_AGAIN_AFTER = np.array([1, 1, 1, 1, 2, 2, 3, 4, 5])

Array = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Again:
    """A customer who will call again: who, why, which contact came first, how many calls so far."""

    customer: int
    reason: int
    first_leg: int
    attempt: int


@dataclass(frozen=True, slots=True)
class LineDay:
    """What one line did on one day: contacts as equally long columns, staffing as columns by interval."""

    line: int
    day: date
    contacts: dict[str, Array]
    staffing: dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Settings:
    contacts: int = plan.DEFAULT_CONTACTS
    seed: int = plan.DEFAULT_SEED
    days: int = plan.DAYS

    @property
    def customers(self) -> int:
        """How many people there are to call: about one for three contacts."""
        return max(1000, self.contacts // 3)


def routing(queue: str, day: date) -> list[tuple[int, float]]:
    """(line number, share of the queue) of the lines that serve the queue on that day."""
    shares = [(number, line_share(number, day)) for number, line in enumerate(plan.LINES) if line.queue == queue]
    return [(number, share) for number, share in shares if share > 0]


def line_share(number: int, day: date) -> float:
    """Share of all contacts that a line is given on a day; during a move two lines share one queue."""
    line = plan.LINES[number]
    if not line.first_day <= day <= line.last_day:
        return 0.0
    in_ramp = 0 <= (day - plan.MOVE_FIRST_DAY).days < plan.MOVE_RAMP_DAYS
    return line.share * (0.5 if line.queue == "sav_fr" and in_ramp else 1.0)


def simulate(settings: Settings) -> Iterator[LineDay]:
    """Every open line of every day, in order of day and line."""
    waiting: dict[tuple[int, date], list[Again]] = defaultdict(list)
    daily = (
        settings.contacts / plan.DAYS * 7 / sum(profile.weekday(plan.FIRST_DAY + timedelta(days=n)) for n in range(7))
    )
    next_leg = 1
    for number in range(settings.days):
        day = plan.FIRST_DAY + timedelta(days=number)
        for line in range(len(plan.LINES)):
            opening = calendar.opening(line, day)
            if opening is None:
                continue
            sequence = np.random.SeedSequence(settings.seed, spawn_key=(line, number))
            generator = np.random.Generator(np.random.PCG64(sequence))
            again = waiting.pop((line, day), [])
            volume = daily * line_share(line, day) * profile.season(day) * profile.weekday(day) * _open_day_factor(line)
            done = _LineDay(generator, line, opening, volume, again, next_leg, settings.customers).run()
            next_leg += len(done.contacts["leg"])
            _plan_returns(generator, done, again, waiting)
            yield done


def _open_day_factor(line: int) -> float:
    """A line that is closed on some weekdays has its week's volume on the others."""
    hours = plan.LINES[line].hours
    week = [profile.weekday(plan.FIRST_DAY + timedelta(days=n)) for n in range(7)]
    return sum(week) / sum(weight for weight, open_ in zip(week, hours, strict=True) if open_)


def _plan_returns(
    generator: np.random.Generator, done: LineDay, again: list[Again], waiting: dict[tuple[int, date], list[Again]]
) -> None:
    contacts = done.contacts
    count = len(contacts["leg"])
    answered = contacts["outcome"] == ANSWERED
    chance = np.where(
        answered,
        np.where(contacts["resolved"] == 1, 0.0, behaviour.CALLS_AGAIN_UNRESOLVED),
        behaviour.CALLS_AGAIN_ABANDONED,
    )
    chance = np.where(contacts["attempt"] >= 3, 0.0, chance)
    comes = generator.random(count) < chance
    after = _AGAIN_AFTER[generator.integers(0, len(_AGAIN_AFTER), count)]
    spread = generator.random(count)
    queue = plan.LINES[done.line].queue
    for position in np.flatnonzero(comes).tolist():
        wanted = done.day + timedelta(days=int(after[position]))
        lines = routing(queue, wanted)
        if not lines:
            continue
        total = sum(share for _, share in lines)
        reached, mark = lines[-1][0], float(spread[position]) * total
        for number, share in lines:
            mark -= share
            if mark < 0:
                reached = number
                break
        day = calendar.next_open_day(reached, wanted)
        if day is not None:
            waiting[reached, day].append(
                Again(
                    int(contacts["customer"][position]),
                    int(contacts["reason"][position]),
                    int(contacts["first_leg"][position]),
                    int(contacts["attempt"][position]) + 1,
                )
            )


class _LineDay:
    """One line on one day, in the order in which its draws are made."""

    def __init__(
        self,
        generator: np.random.Generator,
        line: int,
        opening: calendar.Opening,
        volume: float,
        again: list[Again],
        next_leg: int,
        customers: int,
    ) -> None:
        self.draw = generator
        self.number = line
        self.line = plan.LINES[line]
        self.vendor = plan.VENDORS[self.line.vendor]
        self.opening = opening
        self.volume = volume
        self.again = again
        self.next_leg = next_leg
        self.customers = customers
        self.unit = 1000 if self.vendor.whole_seconds else 1
        self.shares = profile.within_day(opening.start_h, opening.end_h, self.line.peaked)

    def run(self) -> LineDay:
        arrived = self._arrivals()
        count = len(arrived)
        reasons, customers, first, attempt = self._who(count)
        talk, hold, work = behaviour.handle(self.draw, reasons, self._talk_factor(), self.unit)
        willing = (np.rint(behaviour.patience(self.draw, count) / self.unit) * self.unit).astype(np.int64)
        staffing = self._staffing()
        shifts = self._shifts(staffing["on_duty"])
        waits, by = self._serve(arrived, willing, talk + hold + work, shifts)
        answered = by >= 0
        contacts = {
            "leg": np.arange(self.next_leg, self.next_leg + count, dtype=np.int64),
            "line": np.full(count, self.number),
            "reason": reasons,
            "customer": customers,
            "first_leg": first,
            "attempt": attempt,
            "queued_ms": arrived + self.opening.start_ms,
            "wait_ms": waits,
            "outcome": np.where(answered, ANSWERED, ABANDONED),
            "talk_ms": np.where(answered, talk, 0),
            "hold_ms": np.where(answered, hold, 0),
            "acw_ms": np.where(answered, work, 0),
            "agent": np.where(answered, self._agents(by), -1),
        }
        contacts |= self._aftermath(contacts, answered)
        return LineDay(self.number, self.opening.day, contacts, self._worked(staffing, contacts, shifts))

    def _episode(self, what: str, forecast: bool | None = None) -> float:
        factor = 1.0
        for episode in plan.EPISODES:
            if episode.what != what or (forecast is not None and episode.in_forecast != forecast):
                continue
            if episode.applies(self.line.vendor, self.line.queue, self.opening.day):
                factor *= episode.factor
        return factor

    def _talk_factor(self) -> float:
        return self.vendor.talk * self._episode("talk")

    def _arrivals(self) -> Array:
        """Milliseconds after opening, in order: new contacts by interval, and those who call again."""
        noise = self.draw.standard_gamma(150.0) / 150.0
        new = self.volume * _share_of_new(self.number) * noise * self._episode("arrivals")
        per_interval = self.draw.poisson(self.shares * new)
        slots = np.repeat(np.arange(len(self.shares)), per_interval)
        returning = self.draw.choice(len(self.shares), size=len(self.again), p=self.shares)
        slots = np.concatenate([slots, returning])
        at = slots * INTERVAL_MS + self.draw.random(len(slots)) * INTERVAL_MS
        whole = (np.floor(at / self.unit) * self.unit).astype(np.int64)
        order = np.argsort(whole, kind="stable")
        self.origin = order  # positions past the new ones are the customers who call again
        self.new_count = int(per_interval.sum())
        return whole[order]

    def _who(self, count: int) -> tuple[Array, Array, Array, Array]:
        codes = list(plan.REASONS)
        mix = np.array([weight for _, weight in self.line.reasons])
        positions = np.array([codes.index(code) for code, _ in self.line.reasons])
        reasons = positions[self.draw.choice(len(mix), size=count, p=mix / mix.sum())]
        customers = self.draw.integers(0, self.customers, count)
        customers = np.where(self.draw.random(count) < behaviour.ANONYMOUS, -1, customers)
        first = np.arange(self.next_leg, self.next_leg + count)
        attempt = np.zeros(count, dtype=np.int64)
        for place in np.flatnonzero(self.origin >= self.new_count).tolist():
            known = self.again[int(self.origin[place]) - self.new_count]
            reasons[place], customers[place] = known.reason, known.customer
            first[place], attempt[place] = known.first_leg, known.attempt
        return reasons, customers, first, attempt

    def _staffing(self) -> dict[str, NDArray[np.float64]]:
        """The locked forecast, what it needs, and who was scheduled and came."""
        week_error = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self.number, spawn_key=(self.opening.day.toordinal() // 7,)))
        ).random()
        forecast = self.volume * self._episode("arrivals", forecast=True) * self.shares * (0.95 + 0.1 * week_error)
        handle = self._forecast_handle_s()
        needed = np.array(
            [
                max(
                    1.0,
                    agents_needed(
                        float(f"{rate * handle / 1800:.2g}"), handle, self.vendor.target, self.vendor.threshold_s
                    ),
                )
                for rate in forecast.tolist()
            ]
        )
        planned = np.maximum(1.0, needed * self.vendor.staffing)
        present = np.maximum(1.0, planned * self._episode("staffing"))
        # neighbouring intervals share a draw, so that shifts last an hour
        draws = np.repeat(self.draw.random((len(needed) + 1) // 2), 2)[: len(needed)]
        on_duty = np.floor(present + draws)
        return {
            "forecast": np.rint(forecast * 100) / 100,
            "aht_forecast_s": np.full(len(needed), float(round(handle))),
            "required": np.rint(needed * 100) / 100,
            "committed": np.rint(planned * 100) / 100,
            "scheduled": on_duty,
            "on_duty": on_duty,
        }

    def _forecast_handle_s(self) -> float:
        mix = sum(weight for _, weight in self.line.reasons)
        talk = sum(plan.REASONS[code].talk_s * weight for code, weight in self.line.reasons) / mix
        return talk * self.vendor.talk + 12 + 0.22 * 55 + 48

    def _shifts(self, on_duty: NDArray[np.float64]) -> list[Shift]:
        """Agent k is on duty in every run of intervals that asks for more than k agents."""
        shifts: list[Shift] = []
        for level in range(int(on_duty.max())):
            present = on_duty > level
            edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(np.int8)))
            for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
                overtime = OVERTIME_MS if end == len(on_duty) else 0
                shifts.append((start * INTERVAL_MS, level * 1000 + start, end * INTERVAL_MS + overtime))
        return shifts

    def _serve(self, arrived: Array, willing: Array, busy: Array, shifts: list[Shift]) -> tuple[Array, Array]:
        plain = arrived.tolist(), willing.tolist(), busy.tolist(), shifts
        gaming = (self.line.vendor, self.line.queue) == plan.THRESHOLD_FIRST_LINE
        if gaming and self.opening.day >= plan.THRESHOLD_FIRST_DAY:
            waits, by = threshold_first(*plain, self.vendor.threshold_s * 1000)
        else:
            waits, by = first_come(*plain)
        return np.array(waits, dtype=np.int64), np.array(by, dtype=np.int64)

    def _agents(self, by: Array) -> Array:
        """Shifts rotate among the line's people."""
        people = max(3, int(self.volume * 0.06) + 2)
        turn = self.opening.day.toordinal() * 3
        return (by // 1000 * 2 + by % 1000 // 8 + turn) % people

    def _aftermath(self, contacts: dict[str, Array], answered: NDArray[np.bool_]) -> dict[str, Array]:
        vendor, queue, day = self.line.vendor, self.line.queue, self.opening.day
        count, reasons = len(answered), contacts["reason"]
        resolved = (self.draw.random(count) < behaviour.resolved_chance(vendor, queue, day)[reasons]) & answered
        asked = behaviour.offered_survey(self.draw, vendor, resolved, contacts["hold_ms"])
        asked &= answered & (contacts["customer"] >= 0)
        replied = behaviour.responds(self.draw, resolved) & asked
        points = behaviour.quality(vendor, queue, day)
        recommend, satisfied = behaviour.scores(self.draw, reasons, resolved, contacts["wait_ms"], points)
        refund_due = behaviour.refund_chance(vendor, queue, day)[reasons]
        refunded = (self.draw.random(count) < refund_due) & answered & (contacts["customer"] >= 0)
        cents = np.rint(900 + self.draw.standard_gamma(1.6, count) * 3100).astype(np.int64)
        goodwill = self.draw.random(count) < 0.22
        transferred = (self.draw.random(count) < np.where(resolved, 0.03, 0.17)) & answered
        ended_by_agent = self.draw.random(count) < 0.18
        return {
            "resolved": resolved.astype(np.int64),
            "asked": asked.astype(np.int64),
            "replied": replied.astype(np.int64),
            "recommend": recommend,
            "satisfied": satisfied,
            "refund_cents": np.where(refunded, cents, 0),
            "goodwill": goodwill.astype(np.int64),
            "transferred": transferred.astype(np.int64),
            "ended_by_agent": ended_by_agent.astype(np.int64),
        }

    def _worked(
        self, staffing: dict[str, NDArray[np.float64]], contacts: dict[str, Array], shifts: list[Shift]
    ) -> dict[str, NDArray[np.float64]]:
        """Seconds logged in, talking, holding, writing up and available, by interval."""
        intervals = len(self.shares)
        start = contacts["queued_ms"] - self.opening.start_ms + contacts["wait_ms"]
        served = contacts["outcome"] == ANSWERED
        parts: dict[str, NDArray[np.float64]] = {}
        for part in ("talk", "hold", "acw"):
            length = contacts[f"{part}_ms"]
            parts[part] = _by_interval(start[served], length[served], intervals)
            start = start + length
        logged = np.zeros(intervals)
        for begin, _, end in shifts:
            first, last = begin // INTERVAL_MS, min(end // INTERVAL_MS, intervals)
            logged[first:last] += INTERVAL_MS / 1000
        busy = parts["talk"] + parts["hold"] + parts["acw"]
        aux = np.rint(np.clip((logged - busy) * 0.25, 0, None))
        logged = np.maximum(logged, busy + aux)
        return staffing | {
            "logged_s": logged,
            "talk_s": parts["talk"],
            "hold_s": parts["hold"],
            "acw_s": parts["acw"],
            "aux_s": aux,
            "available_s": logged - busy - aux,
            "start_ms": self.opening.start_ms + np.arange(intervals, dtype=np.float64) * INTERVAL_MS,
        }


def _by_interval(start: Array, length: Array, intervals: int) -> NDArray[np.float64]:
    """Whole seconds of the spans (ms after opening) that fall into each interval."""
    total = np.zeros(intervals)
    end = start + length
    for slot in range(intervals):
        lower = slot * INTERVAL_MS
        overlap = np.minimum(end, lower + INTERVAL_MS) - np.maximum(start, lower)
        total[slot] = float(np.clip(overlap, 0, None).sum() // 1000)
    return total


def _share_of_new(line: int) -> float:
    """Of a line's contacts, the share that are not repeats (first-order; the forecast counts both)."""
    mine = plan.LINES[line]
    weight = unresolved = 0.0
    for other in (entry for entry in plan.LINES if entry.queue == mine.queue):
        points = plan.VENDORS[other.vendor].resolved
        for code, part in other.reasons:
            weight += other.share * part
            unresolved += other.share * part * (1 - plan.REASONS[code].resolved - points)
    again = unresolved / weight * behaviour.CALLS_AGAIN_UNRESOLVED * 0.95 + 0.05 * behaviour.CALLS_AGAIN_ABANDONED
    return 1 - again
