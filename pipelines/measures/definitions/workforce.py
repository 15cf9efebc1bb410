"""Occupancy, utilisation, adherence and forecast accuracy. Never compare occupancy by name: look at what is in it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class OccupancyDefinition:
    """Share of time that is busy. ``busy`` are the columns that count as busy, ``idle`` those beside them in the
    denominator; with ``over_paid`` the denominator is ``paid_s`` instead.
    """

    busy: tuple[str, ...] = ("talk_s", "hold_s", "acw_s")
    idle: tuple[str, ...] = ("available_s",)
    over_paid: bool = False

    @property
    def id(self) -> str:
        busy = "+".join(name.removesuffix("_s") for name in self.busy)
        return f"occupancy.{busy}_over_{'paid' if self.over_paid else 'busy+' + '+'.join(self.idle)}"


#: Handling contacts, of the time spent handling or waiting for them.
OCCUPANCY = OccupancyDefinition()
#: Handling contacts or waiting for them, of the time paid.
UTILISATION = OccupancyDefinition(busy=("talk_s", "hold_s", "acw_s", "available_s"), over_paid=True)
#: Meetings and training counted as occupied, as one trade association's article does.
OCCUPANCY_WITH_MEETINGS = OccupancyDefinition(
    busy=("talk_s", "hold_s", "acw_s", "meeting_s", "training_s"), over_paid=True
)


def occupancy(seconds: pl.DataFrame, definition: OccupancyDefinition = OCCUPANCY) -> float | None:
    """Occupancy of all rows together (0 to 1); null when there is no time, or a needed column has unknown values."""
    over = ("paid_s",) if definition.over_paid else (*definition.busy, *definition.idle)
    top, bottom = seconds.select(
        pl.sum_horizontal(definition.busy, ignore_nulls=False).sum().alias("top"),
        pl.sum_horizontal(over, ignore_nulls=False).sum().alias("bottom"),
    ).row(0)
    unknown = any(seconds[name].null_count() for name in {*definition.busy, *over})
    return None if unknown or not bottom else float(top / bottom)


def adherence(in_scheduled_state_s: float, scheduled_s: float) -> float | None:
    """Time in the scheduled state over scheduled time: right work at the right moment."""
    return in_scheduled_state_s / scheduled_s if scheduled_s > 0 else None


def conformance(worked_s: float, scheduled_s: float) -> float | None:
    """Time worked over time scheduled, whenever it was: can be 100 % with bad adherence."""
    return worked_s / scheduled_s if scheduled_s > 0 else None


@dataclass(frozen=True, slots=True)
class ForecastAccuracy:
    """Errors of a forecast as shares of the actual volume (``None`` where undefined).

    ``wape`` weights errors by volume; ``bias`` is positive when too much was forecast; ``mape`` weighs every period
    alike, overweights quiet ones, and is undefined as soon as one period was empty.
    """

    wape: float | None
    bias: float | None
    mape: float | None
    periods: int


def forecast_accuracy(periods: pl.DataFrame) -> ForecastAccuracy:
    """Accuracy over rows of ``actual`` and ``forecast``; rows that lack either take no part."""
    known = periods.drop_nulls(["actual", "forecast"])
    actual, error = pl.col("actual"), pl.col("forecast") - pl.col("actual")
    total, absolute, signed, relative, empty = known.select(
        actual.sum().alias("total"),
        error.abs().sum().alias("absolute"),
        error.sum().alias("signed"),
        (error.abs() / actual).mean().alias("relative"),
        (actual == 0).any().alias("empty"),
    ).row(0)
    if not total:
        return ForecastAccuracy(None, None, None, known.height)
    return ForecastAccuracy(absolute / total, signed / total, None if empty else relative, known.height)
