"""When work moves: a vendor switch, or a queue brought back in-house, against the queues that stayed.

A move is declared, never discovered: what moved, when, and how long the ramp lasted. The effect comes from synthetic
difference-in-differences; how far it can be trusted comes from placebos: the same question asked of each queue that
did not move. With one moved queue and J others no answer can be rarer than 1 in J + 1, so a rank is given and no star.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.distributions import student_quantile
from pipelines.measures.synthetic import Effect, Method, effect_of_move

Floats = NDArray[np.float64]
Verdict = Literal["better", "worse", "too_little_data"]
Warning_ = Literal[
    "short_before", "short_after", "few_donors", "poor_fit_before", "donors_changed_volume", "periods_left_out"
]

MIN_BEFORE, MIN_AFTER = 12, 8
MIN_DONORS = 5
POOR_FIT = 2.0  # times the donors' median distance from their own synthetic twins
VOLUME_SHIFT = 0.2


@dataclass(frozen=True)
class Move:
    """A declared move: the units concerned, the first period elsewhere, the first one after the ramp."""

    units: tuple[str, ...]
    moved_on: date
    settled_on: date

    def __post_init__(self) -> None:
        if not self.units or self.settled_on < self.moved_on:
            raise ValueError("a move needs a unit, and settles no earlier than it happens")


@dataclass(frozen=True)
class MoveStudy:
    """What the move changed, in the unit of the figure.

    ``low`` and ``high`` come from the scatter of the placebos. ``rank`` 1 of ``of``: no unit that stayed shows so
    large a change in either direction; ``rarest`` is the smallest chance that such a rank can have. ``by_method``
    shows how far the answer hangs on the method. ``path``: at, moved, twin (the synthetic unit, on the moved unit's
    level before), difference, phase (before, ramp, after). ``placebos``: unit, effect, distance_before, weight.
    """

    effect: float
    low: float
    high: float
    rank: int
    of: int
    rarest: float
    verdict: Verdict
    by_method: dict[str, float]
    path: pl.DataFrame
    placebos: pl.DataFrame
    donors_dropped: tuple[str, ...]
    donors_changed_volume: tuple[str, ...]
    warnings: tuple[Warning_, ...]


def study(
    panel: pl.DataFrame,
    move: Move,
    *,
    donors: Sequence[str] | None = None,
    volumes: pl.DataFrame | None = None,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> MoveStudy:
    """Study a move from ``panel`` (unit, at, value), one row per unit and period; null is a gap.

    ``donors``: the units to compare with, those with the same kind of work (default: all that did not move); one
    with a gap is dropped and named, a period that the moved units lack is left out. ``volumes``: the same shape with
    contacts, to warn of calls that were rerouted to the units that stayed. Raises ValueError where fewer than two
    donors or two periods on each side are left.
    """
    wide, dropped, holes = _complete(panel, move, donors)
    names = [name for name in wide.columns if name != "at" and name not in move.units]
    studied = wide.filter((pl.col("at") < move.moved_on) | (pl.col("at") >= move.settled_on))
    before = studied.filter(pl.col("at") < move.moved_on).height
    after = studied.height - before
    if len(names) < 2 or before < 2 or after < 2:
        raise ValueError(f"too little to study: {len(names)} donors, {before} periods before, {after} after the ramp")
    values = studied.select(*names, *move.units).to_numpy().T.astype(np.float64)
    effect = effect_of_move(values, len(names), before)
    placebos = _placebos(names, values[: len(names)], before, effect)
    path = _path(wide, move, names, effect, before)
    shifted = _changed_volume(volumes, move, names)
    warnings = _warnings(before, after, placebos, path, shifted, holes)
    return _judged(effect, placebos, path, values, before, higher_is_better, level, dropped, shifted, warnings)


def interrupted_series(values: Floats, before: int, lags: int = 2) -> tuple[float, float]:
    """(change of level, change of slope per period) of one series at a move, without donors.

    Least squares with a common trend before (statsmodels). A last resort: whatever else changed then is in it. The
    intervals of such a fit are left out, since they take neighbouring periods for nearly independent.
    """
    import statsmodels.api as sm  # takes seconds to import

    time = np.arange(values.size, dtype=np.float64)
    later = (time >= before).astype(np.float64)
    design = sm.add_constant(np.column_stack([time, later, later * (time - before)]))
    fit = sm.OLS(values, design).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    return float(fit.params[2]), float(fit.params[3])


def _complete(
    panel: pl.DataFrame, move: Move, donors: Sequence[str] | None
) -> tuple[pl.DataFrame, tuple[str, ...], bool]:
    """(periods x units without gaps, donors that had to go, whether periods had to go)."""
    wide = panel.pivot(on="unit", index="at", values="value").sort("at")
    unknown = [unit for unit in (*move.units, *(donors or ())) if unit not in wide.columns]
    if unknown:
        raise ValueError(f"not in the panel: {', '.join(unknown)}")
    if donors is None:
        donors = sorted(name for name in wide.columns if name != "at" and name not in move.units)
    overlap = [unit for unit in donors if unit in move.units]
    if overlap:
        raise ValueError(f"a unit that moved cannot be compared with itself: {', '.join(overlap)}")
    known = wide.filter(pl.all_horizontal(pl.col(unit).is_not_null() for unit in move.units))
    full = [unit for unit in donors if known[unit].null_count() == 0]
    dropped = tuple(unit for unit in donors if unit not in full)
    return known.select("at", *full, *move.units), dropped, known.height < wide.height


def _placebos(names: list[str], donors: Floats, before: int, effect: Effect) -> pl.DataFrame:
    """The same question asked of each donor, with the other donors to compare; needs three donors, else empty."""
    rows = []
    for i, name in enumerate(names):
        others = np.delete(donors, i, axis=0)
        if others.shape[0] < 2:
            continue
        fake = effect_of_move(np.vstack([others, donors[i]]), others.shape[0], before)
        distance = _distance(donors[i, :before], fake.donor_weights @ others[:, :before])
        rows.append((name, fake.value, distance, float(effect.donor_weights[i])))
    schema = {"unit": pl.String, "effect": pl.Float64, "distance_before": pl.Float64, "weight": pl.Float64}
    return pl.DataFrame(rows, schema=pl.Schema(schema), orient="row")


def _distance(series: Floats, twin: Floats) -> float:
    """Typical distance of a series from its twin once both are on one level."""
    return float(np.std(series - twin))


def _path(wide: pl.DataFrame, move: Move, names: list[str], effect: Effect, before: int) -> pl.DataFrame:
    """The moved units' mean and its twin over all periods, the ramp included: the picture of the trend before."""
    moved = wide.select(move.units).to_numpy().mean(axis=1)
    twin = wide.select(names).to_numpy() @ effect.donor_weights
    twin = twin + float(((moved - twin)[:before] * effect.period_weights).sum())
    at = pl.col("at")
    phase = pl.when(at < move.moved_on).then(pl.lit("before")).when(at < move.settled_on).then(pl.lit("ramp"))
    return wide.select(
        "at",
        pl.Series("moved", moved),
        pl.Series("twin", twin),
        pl.Series("difference", moved - twin),
        phase.otherwise(pl.lit("after")).alias("phase"),
    )


def _changed_volume(volumes: pl.DataFrame | None, move: Move, names: list[str]) -> tuple[str, ...]:
    """Donors whose contacts changed with the move by more than a fifth beyond the median donor's change."""
    if volumes is None:
        return ()
    after, here = pl.col("at") >= move.settled_on, pl.col("unit").is_in(names)
    means = (
        volumes.filter(here & (after | (pl.col("at") < move.moved_on)))
        .group_by("unit")
        .agg(pl.col("value").filter(after).mean().alias("after"), pl.col("value").filter(~after).mean().alias("before"))
        .with_columns(ratio=pl.col("after") / pl.col("before"))
        .with_columns(beyond=(pl.col("ratio") / pl.col("ratio").median() - 1).abs())
    )
    return tuple(means.filter(pl.col("beyond") > VOLUME_SHIFT).sort("unit")["unit"])


def _warnings(
    before: int, after: int, placebos: pl.DataFrame, path: pl.DataFrame, shifted: tuple[str, ...], holes: bool
) -> tuple[Warning_, ...]:
    past = path.filter(pl.col("phase") == "before")["difference"].to_numpy()
    usual = placebos["distance_before"].median()
    found: dict[Warning_, bool] = {
        "short_before": before < MIN_BEFORE,
        "short_after": after < MIN_AFTER,
        "few_donors": placebos.height < MIN_DONORS,
        "poor_fit_before": isinstance(usual, float) and float(np.std(past)) > POOR_FIT * usual,
        "donors_changed_volume": bool(shifted),
        "periods_left_out": holes,
    }
    return tuple(name for name, holds in found.items() if holds)


def _judged(
    effect: Effect,
    placebos: pl.DataFrame,
    path: pl.DataFrame,
    values: Floats,
    before: int,
    higher_is_better: bool,
    level: float,
    dropped: tuple[str, ...],
    shifted: tuple[str, ...],
    warnings: tuple[Warning_, ...],
) -> MoveStudy:
    """Better or worse only where the effect is larger than every placebo, its interval clear, and donors enough."""
    fakes = placebos["effect"].to_numpy()
    reach = np.inf
    if fakes.size > 1:
        # Around zero, which is the placebos' true effect.
        spread = float(np.sqrt((fakes**2).mean()))
        reach = float(student_quantile(0.5 + level / 2, fakes.size - 1)) * spread
    rank = 1 + int((np.abs(fakes) >= abs(effect.value)).sum())
    clear = rank == 1 and abs(effect.value) > reach and fakes.size >= MIN_DONORS
    verdict: Verdict = "too_little_data"
    if clear:
        verdict = "better" if (effect.value > 0) == higher_is_better else "worse"
    methods: tuple[Method, ...] = ("sdid", "synthetic_control", "did")
    count = effect.donor_weights.size
    return MoveStudy(
        effect=effect.value,
        low=effect.value - reach,
        high=effect.value + reach,
        rank=rank,
        of=int(fakes.size) + 1,
        rarest=1 / (int(fakes.size) + 1),
        verdict=verdict,
        by_method={name: effect_of_move(values, count, before, name).value for name in methods},
        path=path,
        placebos=placebos.sort("effect"),
        donors_dropped=dropped,
        donors_changed_volume=shifted,
        warnings=warnings,
    )
