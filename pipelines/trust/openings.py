"""What each queue should have brought in each interval in which it was open: its own history, under its terms.

Expected contacts of an interval = the day's level x the interval's share of a day. The level is the median of the
same weekday in the five weeks before and after; the share is the queue's own profile of that kind of day (Monday to
Friday, Saturday, Sunday). Days without any contact at a queue that otherwise has many are left out of both: a gap must
not teach that gaps are usual.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.measures.plausibility import dispersion_of
from pipelines.workspace import Workspace
from pipelines.workspace.frames import open_hours_frame

#: Weeks before and after a day whose same weekday says what the day's level should be.
LEVEL_WEEKS = 5
#: Fewer such days say nothing.
LEVEL_DAYS = 3
#: A day without contacts is left out of the history where this many are usual.
NEVER_EMPTY = 10

KEYS = ["vendor", "queue"]


def known_days(judged: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """From when to when contacts of each vendor can be expected: vendor, first_day, last_day.

    From its first day with contacts to its last one, or to the end of the last period that was due if that is later:
    what is not due yet is not missing. ``days``: vendor, local_date.
    """
    seen = days.group_by("vendor").agg(first_day=pl.col("local_date").min(), last_seen=pl.col("local_date").max())
    due = judged.filter(pl.col("feed") == "contacts").group_by("vendor").agg(last_due=pl.col("period_end").max())
    return seen.join(due, on="vendor", how="left").select(
        "vendor", "first_day", last_day=pl.max_horizontal("last_seen", "last_due")
    )


def open_cells(workspace: Workspace, known: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """One row per interval in which a queue was open: what came, and what was to be expected.

    ``seen``: vendor, queue, interval_start_at, local_minute, contacts. Columns returned: vendor, queue, local_date,
    interval_start_at, interval_min, contacts, level (expected of the day), expected (of the interval).
    """
    frames = [
        open_hours_frame(workspace, first, last, vendor)
        for vendor, first, last in known.iter_rows()
        if vendor in workspace.vendors
    ]
    if not frames:
        return pl.DataFrame(schema=_CELLS)
    came = seen.group_by("vendor", "queue", "interval_start_at").agg(pl.col("contacts").sum())
    cells = (
        pl.concat(frames)
        .rename({"vendor_code": "vendor", "queue_code": "queue"})
        .join(came, on=["vendor", "queue", "interval_start_at"], how="left")
        .with_columns(pl.col("contacts").fill_null(0))
    )
    return _expected(cells)


_CELLS: dict[str, pl.DataType] = {
    "vendor": pl.String(),
    "queue": pl.String(),
    "local_date": pl.Date(),
    "interval_start_at": pl.Datetime("us", "UTC"),
    "interval_min": pl.Int64(),
    "contacts": pl.Int64(),
    "level": pl.Float64(),
    "expected": pl.Float64(),
}


def _expected(cells: pl.DataFrame) -> pl.DataFrame:
    days = day_levels(cells)
    clocked = cells.join(days.select(*KEYS, "local_date", "level", "kind", "usable"), on=[*KEYS, "local_date"])
    clocked = clocked.with_columns(
        place=pl.col("interval_start_at").rank("ordinal").over(*KEYS, "local_date"),
        open_intervals=pl.len().over(*KEYS, "local_date"),
    )
    slot = [*KEYS, "kind", "open_intervals", "place"]
    profile = (
        clocked.filter("usable")
        .group_by(slot)
        .agg(came=pl.col("contacts").sum())
        # half a contact more per slot: a slot that was empty so far is rare, not impossible
        .with_columns(share=(pl.col("came") + 0.5) / (pl.col("came") + 0.5).sum().over(*KEYS, "kind", "open_intervals"))
    )
    even = 1 / pl.col("open_intervals")  # an opening never seen before: spread evenly
    return (
        clocked.join(profile, on=slot, how="left")
        .with_columns(expected=pl.col("level") * pl.coalesce("share", even))
        .select(*_CELLS)
        .sort(*KEYS, "interval_start_at")
    )


def day_levels(cells: pl.DataFrame) -> pl.DataFrame:
    """Per queue and open day: contacts, level (expected of that day; 0 where nothing can be said), kind of day, usable.

    ``usable`` is false for days that are empty at a queue that otherwise never is.
    """
    days = (
        cells.group_by(*KEYS, "local_date")
        .agg(pl.col("contacts").sum())
        .with_columns(weekday=pl.col("local_date").dt.weekday())
        .with_columns(kind=pl.col("weekday").clip(5, 7))  # Monday to Friday are one kind of day
        .sort(*KEYS, "local_date")
    )  # fmt: skip
    usual = pl.col("contacts").median().over(*KEYS, "weekday")
    days = days.with_columns(usable=(pl.col("contacts") > 0) | (usual < NEVER_EMPTY))
    levels = [
        _levels(part) for _, part in days.group_by([*KEYS, "weekday"], maintain_order=True)
    ]  # a few hundred small frames
    return pl.concat(levels) if levels else days.with_columns(level=pl.lit(0.0))


def _levels(days: pl.DataFrame) -> pl.DataFrame:
    """The median of the same weekday around each day, the day itself left out."""
    number = days["local_date"].to_physical().to_numpy().astype(np.int64)
    count = days["contacts"].to_numpy().astype(np.float64)
    usable = days["usable"].to_numpy()
    reach = LEVEL_WEEKS * 7
    levels = np.zeros(number.size)
    overall = float(np.median(count[usable])) if usable.sum() >= LEVEL_DAYS else 0.0
    for place in range(number.size):
        begin, end = np.searchsorted(number, number[place] - reach), np.searchsorted(number, number[place] + reach + 1)
        near = usable[begin:end].copy()
        near[place - begin] = False
        values = count[begin:end][near]
        levels[place] = np.median(values) if values.size >= LEVEL_DAYS else overall
    return days.with_columns(level=pl.Series(levels))


def dispersion(cells: pl.DataFrame) -> float:
    """How unsteady the days of these cells are around their levels (negative binomial size)."""
    days = cells.group_by("local_date").agg(pl.col("contacts").sum(), pl.col("expected").sum())
    present = days.filter(pl.col("contacts") > 0)
    return dispersion_of(present["contacts"].cast(pl.Float64).to_numpy(), present["expected"].to_numpy())


def week_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())
