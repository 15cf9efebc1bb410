"""Calls to Poitiers outside opening hours: they hear an announcement, and the phone system still logs them.

Two nights have the hour that the clock shows twice.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from sample_data.generator import calendar, plan
from sample_data.generator.simulate import CLOSED, Settings

LINE = next(n for n, line in enumerate(plan.LINES) if (line.vendor, line.queue) == ("poitiers", "technique_fr"))
#: Nights on which Paris goes back from 3:00 to 2:00; calls are placed in both passes of the hour.
CLOCK_BACK = (date(2025, 10, 26), date(2026, 10, 25))
_FIRST_LEG = 900_000_000
_PER_NIGHT = 1.1


def closed_calls(settings: Settings) -> pl.DataFrame:
    """One row per call outside opening hours, in the columns of the simulated contacts."""
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(settings.seed, spawn_key=(1000,))))
    scale = settings.contacts / plan.DEFAULT_CONTACTS
    instants: list[tuple[date, int]] = []
    for number in range(settings.days):
        day = plan.FIRST_DAY + timedelta(days=number)
        midnight = _midnight_ms(day)
        night = generator.integers(0, 7 * 3_600_000, int(generator.poisson(_PER_NIGHT * scale)))
        instants += [(day, midnight + int(at)) for at in np.sort(night).tolist()]
        if day in CLOCK_BACK:
            twice = np.sort(generator.integers(2 * 3_600_000, 4 * 3_600_000, 10))
            instants += [(day, midnight + int(at)) for at in twice.tolist()]
    instants.sort()
    count = len(instants)
    heard = generator.integers(4_000, 26_000, count)
    customers = generator.integers(0, settings.customers, count)
    frame = pl.DataFrame(
        {
            "leg": np.arange(_FIRST_LEG, _FIRST_LEG + count),
            "line": np.full(count, LINE),
            "reason": generator.integers(8, 11, count),
            "customer": customers,
            "queued_ms": np.array([at for _, at in instants], dtype=np.int64),
            "wait_ms": heard,
            "outcome": np.full(count, CLOSED),
            "agent": np.full(count, -1),
        }
    )
    zeros = (
        "attempt", "talk_ms", "hold_ms", "acw_ms", "resolved", "asked", "replied", "recommend", "satisfied",
        "refund_cents", "goodwill", "transferred", "ended_by_agent",
    )  # fmt: skip
    return frame.with_columns(
        *(pl.lit(0, dtype=pl.Int64).alias(name) for name in zeros),
        first_leg=pl.col("leg"),
        day=pl.Series([day for day, _ in instants], dtype=pl.Date),
    )


def _midnight_ms(day: date) -> int:
    """The local midnight that begins the day: before any change of the clock on that day."""
    days = (day - date(1970, 1, 1)).days
    return days * calendar.DAY_MS - calendar.offset_ms(plan.CLIENT_ZONE, day - timedelta(days=1))
