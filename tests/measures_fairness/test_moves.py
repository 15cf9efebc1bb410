"""Moves of work: Proposition 99 to eight digits, and planted effects found without false precision."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.measures.moves import Move, interrupted_series, study
from pipelines.measures.synthetic import effect_of_move


def prop99(shared: Path) -> tuple[np.ndarray, list[str], dict]:
    folder = shared / "reference/prop99"
    data = pl.read_csv(folder / "california_prop99.csv", separator=";")
    wide = data.pivot(on="Year", index="State", values="PacksPerCapita")
    wide = wide.sort(pl.col("State") == "California", maintain_order=True)
    return wide.drop("State").to_numpy(), wide["State"].to_list(), json.loads((folder / "expected.json").read_text())


def test_proposition_99_by_three_methods(shared: Path) -> None:
    values, states, expected = prop99(shared)
    effects = {
        name: effect_of_move(values, expected["N0"], expected["T0"], method)
        for name, method in (("sdid", "sdid"), ("sc", "synthetic_control"), ("did_twfe", "did"))
    }
    for name, effect in effects.items():
        # Printed with eight decimals.
        assert effect.value == pytest.approx(expected[name], abs=5.1e-9)
    for state, weight in expected["sc_weights"].items():
        assert effects["sc"].donor_weights[states.index(state)] == pytest.approx(weight, abs=5.1e-5)
    for year, weight in expected["sdid_time_weights"].items():
        assert effects["sdid"].period_weights[int(year) - 1970] == pytest.approx(weight, abs=5.1e-5)


def test_the_single_series_of_california(shared: Path) -> None:
    values, _, expected = prop99(shared)
    level, slope = interrupted_series(values[-1], expected["T0"])
    assert level == pytest.approx(expected["its_ols_hac2"]["level"], abs=5.1e-4)
    assert slope == pytest.approx(expected["its_ols_hac2"]["slope_change"], abs=5.1e-4)


def test_proposition_99_as_a_move_stands_out_but_is_not_claimed(shared: Path) -> None:
    data = pl.read_csv(shared / "reference/prop99/california_prop99.csv", separator=";")
    panel = data.select(
        pl.col("State").alias("unit"),
        pl.date(pl.col("Year"), 1, 1).alias("at"),
        pl.col("PacksPerCapita").alias("value"),
    )
    found = study(panel, Move(("California",), date(1989, 1, 1), date(1989, 1, 1)), higher_is_better=False)
    assert found.effect == pytest.approx(-15.60382787, abs=5.1e-9)
    assert (found.rank, found.of) == (2, 39)
    assert found.rarest == pytest.approx(1 / 39)
    # R draws 200 placebos at random (8.37); all 38 donors give 9.4 around zero.
    assert (found.high - found.low) / 2 / 2.026 == pytest.approx(9.4, abs=0.6)
    # One of 38 states without the law changed as much, and the interval from their scatter holds zero.
    assert found.high > 0
    assert found.verdict == "too_little_data"
    assert found.by_method["did"] == pytest.approx(-27.34911108, abs=5.1e-9)


WEEKS = [date(2026, 1, 5) + timedelta(weeks=i) for i in range(40)]
MOVED, SETTLED = WEEKS[22], WEEKS[26]


def made(
    rng: np.random.Generator, effect: float, donors: int = 8, noise: float = 0.6, ramp_dip: float = -8.0
) -> pl.DataFrame:
    """Weekly service levels: a common season, own trends, a dip in the ramp and ``effect`` after it."""
    season = 3 * np.sin(np.arange(40) / 5)
    rows = []
    for i in range(donors + 1):
        series = 80 + rng.normal(0, 4) + season * rng.uniform(0.6, 1.4) + rng.normal(0, noise, 40)
        if i == 0:
            series[26:] += effect
            series[22:26] += ramp_dip
        rows += [{"unit": f"q{i}", "at": at, "value": float(v)} for at, v in zip(WEEKS, series, strict=True)]
    return pl.DataFrame(rows)


MOVE = Move(("q0",), MOVED, SETTLED)


def test_a_planted_return_is_recovered_within_its_interval() -> None:
    rng = np.random.default_rng(1)
    held, called = 0, 0
    for _ in range(8):
        found = study(made(rng, 5.0), MOVE)
        held += found.low <= 5.0 <= found.high
        called += found.verdict == "better"
    assert held >= 7
    assert called >= 7


def test_nothing_is_called_where_nothing_changed() -> None:
    rng = np.random.default_rng(2)
    verdicts = [study(made(rng, 0.0), MOVE).verdict for _ in range(8)]
    assert verdicts.count("too_little_data") >= 7


def test_the_ramp_is_left_out_of_the_effect_but_drawn() -> None:
    rng = np.random.default_rng(3)
    found = study(made(rng, 5.0, ramp_dip=-60.0), MOVE)
    assert found.effect == pytest.approx(5, abs=1.5)
    ramp = found.path.filter(pl.col("phase") == "ramp")
    assert ramp.height == 4
    assert ramp["difference"].max() < -40  # type: ignore[operator]
    before = found.path.filter(pl.col("phase") == "before")
    assert abs(before["difference"].mean()) < 1.5  # type: ignore[arg-type]


def test_less_may_be_better() -> None:
    rng = np.random.default_rng(4)
    panel = made(rng, 5.0)
    assert study(panel, MOVE, higher_is_better=False).verdict == "worse"


def test_with_few_donors_a_rank_is_given_and_nothing_is_claimed() -> None:
    found = study(made(np.random.default_rng(5), 9.0, donors=4), MOVE)
    assert (found.rank, found.of, found.rarest) == (1, 5, 0.2)
    assert found.verdict == "too_little_data"
    assert "few_donors" in found.warnings
    pair = study(made(np.random.default_rng(5), 9.0, donors=2), MOVE)
    assert pair.placebos.is_empty()
    assert pair.high == float("inf")


def test_short_histories_gaps_and_rerouted_calls_are_said() -> None:
    rng = np.random.default_rng(6)
    panel = made(rng, 5.0)
    holed = panel.with_columns(
        value=pl.when((pl.col("unit") == "q3") & (pl.col("at") == WEEKS[5])).then(None).otherwise(pl.col("value"))
    ).filter(~((pl.col("unit") == "q0") & (pl.col("at") == WEEKS[7])))
    volumes = panel.with_columns(
        value=pl.when((pl.col("unit") == "q4") & (pl.col("at") >= SETTLED)).then(1500.0).otherwise(1000.0)
    )
    found = study(holed, MOVE, volumes=volumes)
    assert found.donors_dropped == ("q3",)
    assert found.donors_changed_volume == ("q4",)
    assert {"donors_changed_volume", "periods_left_out"} <= set(found.warnings)
    assert WEEKS[7] not in found.path["at"].to_list()
    young = study(panel.filter((pl.col("at") >= WEEKS[15]) & (pl.col("at") <= WEEKS[30])), MOVE)
    assert {"short_before", "short_after"} <= set(young.warnings)


def test_a_moved_queue_unlike_all_others_before_is_said() -> None:
    rng = np.random.default_rng(7)
    panel = made(rng, 0.0).with_columns(
        value=pl.when(pl.col("unit") == "q0")
        .then(pl.col("value") + 10 * (pl.col("at").dt.day() % 5))
        .otherwise(pl.col("value"))
    )
    assert "poor_fit_before" in study(panel, MOVE).warnings


def test_wrong_questions_are_refused() -> None:
    panel = made(np.random.default_rng(8), 0.0, donors=3)
    with pytest.raises(ValueError, match="not in the panel: q9"):
        study(panel, Move(("q9",), MOVED, SETTLED))
    with pytest.raises(ValueError, match="compared with itself: q0"):
        study(panel, MOVE, donors=["q0", "q1", "q2"])
    with pytest.raises(ValueError, match="1 donors"):
        study(panel, MOVE, donors=["q1"])
    with pytest.raises(ValueError, match="settles no earlier"):
        Move(("q0",), SETTLED, MOVED)
    with pytest.raises(ValueError, match="gaps"):
        effect_of_move(np.array([[1.0, np.nan, 2.0]] * 4), 3, 2)
