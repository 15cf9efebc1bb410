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
_STREAM = 1000  # apart from those of the lines
_HOUR_MS = 3_600_000
_REASONS = [list(plan.REASONS).index(code) for code in ("conseil_produit", "montage", "panne_outil")]


def closed_calls(settings: Settings) -> pl.DataFrame:
    """One row per call outside opening hours, in the columns of the simulated contacts."""
    scale = settings.contacts / plan.DEFAULT_CONTACTS
    columns: dict[str, list[int]] = {"queued_ms": [], "customer": [], "wait_ms": [], "reason": []}
    days: list[date] = []
    for number in range(settings.days):
        day = plan.FIRST_DAY + timedelta(days=number)
        sequence = np.random.SeedSequence(settings.seed, spawn_key=(_STREAM, number))
        generator = np.random.Generator(np.random.PCG64(sequence))
        at = generator.integers(0, 7 * _HOUR_MS, int(generator.poisson(_PER_NIGHT * scale)))
        if day in CLOCK_BACK:
            at = np.concatenate([at, generator.integers(2 * _HOUR_MS, 4 * _HOUR_MS, 10)])
        count = len(at)
        days += [day] * count
        columns["queued_ms"] += (np.sort(at) + _midnight_ms(day)).tolist()
        columns["customer"] += generator.integers(0, settings.customers, count).tolist()
        columns["wait_ms"] += generator.integers(4_000, 26_000, count).tolist()
        columns["reason"] += generator.choice(_REASONS, count).tolist()
    count = len(days)
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64)).with_columns(
        leg=pl.int_range(_FIRST_LEG, _FIRST_LEG + count, eager=True),
        line=pl.lit(LINE, dtype=pl.Int64),
        outcome=pl.lit(CLOSED, dtype=pl.Int64),
        agent=pl.lit(-1, dtype=pl.Int64),
        day=pl.Series(days, dtype=pl.Date),
    )
    zeros = (
        "attempt", "talk_ms", "hold_ms", "acw_ms", "resolved", "asked", "replied", "recommend", "satisfied",
        "refund_cents", "goodwill", "transferred", "ended_by_agent",
    )  # fmt: skip
    return frame.with_columns(
        *(pl.lit(0, dtype=pl.Int64).alias(name) for name in zeros),
        first_leg=pl.col("leg"),
    )


def _midnight_ms(day: date) -> int:
    """The local midnight that begins the day: before any change of the clock on that day."""
    days = (day - date(1970, 1, 1)).days
    return days * calendar.DAY_MS - calendar.offset_ms(plan.CLIENT_ZONE, day - timedelta(days=1))
