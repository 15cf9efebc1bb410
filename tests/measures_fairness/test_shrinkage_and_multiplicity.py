"""Empirical Bayes, random effects, false discoveries and false signals against their references."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.measures.multiplicity import (
    AVERAGE_RUN_LENGTH,
    benjamini_hochberg,
    chance_of_false_signal,
    expected_false_signals,
)
from pipelines.measures.shrinkage import beta_binomial, efron_morris, random_effects
from pipelines.measures.spc import limits_of, rules_matched, xmr


def test_beta_binomial_shrinkage_of_the_made_sites(shared: Path) -> None:
    expected = pl.read_csv(shared / "reference/eb_baseball/made_fcr_sites_eb_expected.csv")
    x, n = expected["x"].to_numpy(), expected["n"].to_numpy()
    ours = beta_binomial(x, n, interval="plug_in")
    # SOURCE.txt prints a and b with four decimals; both optimisers stop near 1e-8.
    assert (ours.a, ours.b) == pytest.approx((168.2893, 40.5594), abs=5e-4)
    assert ours.values == pytest.approx(expected["eb"].to_numpy(), abs=1e-7)
    assert ours.low == pytest.approx(expected["eb_lo"].to_numpy(), abs=1e-7)
    assert ours.high == pytest.approx(expected["eb_hi"].to_numpy(), abs=1e-7)
    # Not knowing a and b widens the interval of the smallest site by a sixth, and hardly that of the largest.
    honest = beta_binomial(x, n)
    wider = (honest.high - honest.low) / (ours.high - ours.low)
    assert 1.1 < wider[0] < 1.25
    assert wider[-1] == pytest.approx(1, abs=0.01)


def test_efron_and_morris_baseball(shared: Path) -> None:
    data = json.loads((shared / "reference/eb_baseball/efron_morris.json").read_text())
    rates, kept = efron_morris(data["hits"], data["at_bats"])
    assert kept == pytest.approx(data["c"], rel=1e-12)
    assert float(rates[0]) == pytest.approx(data["top_shrunk"], rel=1e-12)
    assert float(np.mean(rates)) == pytest.approx(data["grand_mean"], rel=1e-12)


def test_dersimonian_laird_on_the_bcg_trials(shared: Path) -> None:
    trials = pl.read_csv(shared / "reference/meta_dl_bcg/bcg.csv")
    if "yi" in trials.columns:
        effects, variances = trials["yi"].to_numpy(), trials["vi"].to_numpy()
    else:
        tpos, tneg, cpos, cneg = (trials[name].cast(pl.Float64).to_numpy() for name in ("tpos", "tneg", "cpos", "cneg"))
        effects = np.log(tpos / (tpos + tneg)) - np.log(cpos / (cpos + cneg))
        variances = 1 / tpos - 1 / (tpos + tneg) + 1 / cpos - 1 / (cpos + cneg)
    pooled = random_effects(effects, variances)
    # metafor prints seven significant digits.
    assert pooled.tau2 == pytest.approx(0.3087603, abs=1e-7)
    assert pooled.mean == pytest.approx(-0.7141172, abs=1e-7)
    assert pooled.standard_error == pytest.approx(0.1787421, abs=1e-7)
    assert pooled.q == pytest.approx(152.233, abs=5e-4)


def test_shrinkage_hits_the_truth_better_than_the_raw_rates_and_covers() -> None:
    rng = np.random.default_rng(8)
    sizes = np.array([12, 15, 20, 30, 40, 60, 90, 150, 300, 600, 25, 35])
    raw_error, shrunk_error, covered = [], [], []
    for _ in range(60):
        truth = rng.beta(80, 20, sizes.size)
        x = rng.binomial(sizes, truth)
        ours = beta_binomial(x, sizes)
        raw_error.append(((x / sizes - truth) ** 2).mean())
        shrunk_error.append(((ours.values - truth) ** 2).mean())
        covered.append(((ours.low <= truth) & (truth <= ours.high)).mean())
    assert np.mean(shrunk_error) < 0.5 * np.mean(raw_error)
    # 720 intervals of 60 leagues.
    assert 0.92 <= float(np.mean(covered)) <= 0.98


def test_units_that_differ_by_chance_only_share_one_level_with_an_honest_interval() -> None:
    ours = beta_binomial([80, 79, 81, 80], [100] * 4)
    assert ours.values == pytest.approx([0.8] * 4, abs=0.005)
    # 400 contacts at 80 %: half a width of about 4 points, which the level itself cannot beat.
    assert (ours.high - ours.low >= 0.05).all()


def test_a_unit_without_contacts_gets_the_level_of_its_peers() -> None:
    ours = beta_binomial([0, 50, 90, 65], [0, 60, 100, 80])
    assert float(ours.values[0]) == pytest.approx(ours.centre)
    assert ours.high[0] - ours.low[0] > ours.high[2] - ours.low[2]


@pytest.mark.parametrize(("x", "n", "match"), [([5], [10], "two units"), ([11, 1], [10, 2], "between 0")])
def test_what_cannot_be_shrunk_is_refused(x: list[int], n: list[int], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        beta_binomial(x, n)
    with pytest.raises(ValueError, match="four units"):
        efron_morris([1, 2, 3], 10)


def test_adjusted_p_values_are_those_of_r(shared: Path) -> None:
    table = pl.read_csv(shared / "reference/fdr/bh1995_padjust.csv")
    p = table["p"].to_numpy()
    for column, method in (("BH", "fdr_bh"), ("BY", "fdr_by"), ("bonferroni", "bonferroni"), ("holm", "holm")):
        found = benjamini_hochberg(p, method=method)  # type: ignore[arg-type]
        # R prints 15 significant digits.
        assert found.adjusted == pytest.approx(table[column].to_numpy(), rel=1e-13)
    assert int(benjamini_hochberg(p).holds.sum()) == 4
    assert int(benjamini_hochberg(p, method="bonferroni").holds.sum()) == 3
    assert benjamini_hochberg([]).holds.size == 0


def test_expected_false_signals_come_from_the_simulations(shared: Path) -> None:
    simulated = json.loads((shared / "reference/arl/simulated_arl.json").read_text())
    rows = simulated["prob_false_signal_xmr_estimated_limits"]
    checked = 0
    for name, row in rows.items():
        points, setting = name.removeprefix("T=").split(" ")
        kind, value = setting.split("=")
        options = {"correlation": float(value)} if kind == "AR1" else {"fixed_after": int(value)}
        assert chance_of_false_signal(int(points), **options) == row["last_point_all"]  # type: ignore[arg-type]
        checked += 1
    assert checked == len(rows) == 14
    known = json.loads((shared / "reference/arl/expected_known.json").read_text())
    assert AVERAGE_RUN_LENGTH["outside_limits"] == known["shewhart_3sigma"]
    nhs = simulated["arl_known_limits"]["NHS 1+7shift+7trend+2of3nhs"]["arl"]
    assert AVERAGE_RUN_LENGTH["nhs"] == pytest.approx(nhs, abs=5e-3)


def test_forty_eight_figures_give_about_one_false_flag_a_week() -> None:
    found = expected_false_signals([26] * 48)
    assert found.expected == pytest.approx(0.8, abs=0.05)
    assert found.at_least_one == pytest.approx(0.55, abs=0.01)
    assert expected_false_signals([26] * 48, correlation=0.3).expected == pytest.approx(2.8, abs=0.05)
    assert expected_false_signals([]).expected == 0
    assert expected_false_signals([52], fixed_after=12).expected == 0.06615


def test_the_charts_flag_stable_figures_as_rarely_as_stated(shared: Path) -> None:
    rows = json.loads((shared / "reference/arl/simulated_arl.json").read_text())[
        "prob_false_signal_xmr_estimated_limits"
    ]
    rng = np.random.default_rng(20261122)
    runs = 3000
    for points in (12, 24, 52):
        any_flag = last_flag = 0
        for values in rng.standard_normal((runs, points)):
            mean, lower, upper = limits_of(values)
            band = [np.full(points, limit) for limit in (mean, lower, upper)]
            flagged = np.logical_or.reduce(list(rules_matched(values, *band).values()))
            any_flag += bool(flagged.any())
            last_flag += bool(flagged[-1])
        expected = rows[f"T={points} AR1=0"]
        # Four standard errors of 3,000 runs.
        for seen, stated in ((any_flag, expected["any_all"]), (last_flag, expected["last_point_all"])):
            assert seen / runs == pytest.approx(stated, abs=4 * np.sqrt(stated * (1 - stated) / runs))


def test_with_known_limits_the_nhs_rules_run_as_long_as_stated() -> None:
    rng = np.random.default_rng(7)
    runs, horizon = 500, 900
    lengths, shifted = [], []
    for values in rng.standard_normal((runs, horizon)):
        for store, series in ((lengths, values), (shifted, values + 1)):
            band = [np.full(horizon, limit) for limit in (0.0, -3.0, 3.0)]
            store.append(_first_signal(series, band))
    # The error of a mean run length over 500 runs is about 86.5 / sqrt(500) = 3.9; four of them allowed.
    assert float(np.mean(lengths)) == pytest.approx(86.5, abs=15.5)
    assert float(np.mean(shifted)) == pytest.approx(10.53, abs=1.3)


def _first_signal(values: np.ndarray, band: list[np.ndarray]) -> int:
    """Periods until a person who looks each period first sees the latest pattern: its last point, not its first."""
    matched = rules_matched(values, *band)
    first = int(np.flatnonzero(np.logical_or.reduce(list(matched.values())))[0])
    for end in range(first + 1, values.size + 1):
        seen = rules_matched(values[:end], *[limit[:end] for limit in band])
        if any(members.any() for members in seen.values()):
            return end
    return values.size


def test_a_planted_drop_is_called_a_concern() -> None:
    rng = np.random.default_rng(2)
    at = [date(2026, 1, 5) + timedelta(weeks=i) for i in range(26)]
    values = [*(82 + rng.normal(0, 1, 25)), 74.0]
    chart = xmr(at, values, target=80)
    assert (chart.variation, chart.signal, chart.assurance) == ("concern", "below_lower", "hit_and_miss")
    assert xmr(at, values, direction="lower").variation == "improvement"
