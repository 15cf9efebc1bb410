"""Funnels against FunnelPlotR and OHID/PHE; ranks and ties; what a funnel can see at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from pipelines.measures.funnel import Funnel, Method, funnel, poisson_ratio_limits, proportion_limits, volume_at_limits
from pipelines.measures.power import contacts_needed, detectable_difference, poisson_detection
from pipelines.measures.ranks import _holm, proportion_error, rank_intervals
from pipelines.measures.standardise import poisson_limits

FOLDER = "reference/funnel_funnelplotr"
CASES: dict[str, tuple[Method, float, float]] = {
    "medpar_SR_SHMI_99": ("ratio_shmi", 0.998, 0.1),
    "medpar_SR_SHMI_95": ("ratio_shmi", 0.95, 0.1),
    "medpar_SR_CQC_99": ("ratio_cqc", 0.998, 0.1),
    "medpar_PR_died_99": ("proportion", 0.998, 0.1),
    "medpar_RC_los_died_99": ("rate_ratio", 0.998, 0.1),
    "testthat6_SR_SHMI_99": ("ratio_shmi", 0.998, 0.1),
    "testthat6_SR_CQC_95_trim05": ("ratio_cqc", 0.95, 0.05),
    "made_fcr_sites_PR_99": ("proportion", 0.998, 0.1),
    "made_fcr_sites_PR_95": ("proportion", 0.95, 0.1),
}
LIMITS = {
    "low_95": "OD95LCL",
    "high_95": "OD95UCL",
    "low_998": "OD99LCL",
    "high_998": "OD99UCL",
    "plain_low_95": "LCL95",
    "plain_high_95": "UCL95",
    "plain_low_998": "LCL99",
    "plain_high_998": "UCL99",
}
# FunnelPlotR takes 1.959964 and 3.090232 for the normal quantiles; its shares' lower limits come near 0.
RELATIVE = 2e-6


def expected(shared: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(shared / FOLDER / f"{name}.csv", null_values="NA", schema_overrides={"group": pl.String})


def drawn(data: pl.DataFrame, method: Method, level: float, trim: float) -> Funnel:
    return funnel(
        data["group"].to_list(),
        data["numerator"].to_numpy(),
        data["denominator"].to_numpy(),
        method=method,
        level=level,
        trim=trim,
        min_size=0,
    )


@pytest.mark.parametrize("name", sorted(CASES))
def test_scatter_limits_and_outliers_are_those_of_funnelplotr(shared: Path, name: str) -> None:
    data = expected(shared, name)
    summary = {row["case"]: row for row in pl.read_csv(shared / FOLDER / "summary.csv").to_dicts()}[name]
    ours = drawn(data, *CASES[name])
    assert ours.phi == pytest.approx(summary["phi"], rel=1e-12)
    assert ours.tau2 == pytest.approx(summary["tau2"], rel=1e-12)
    assert ours.units["z"].to_numpy() == pytest.approx(data["Uzscore"].to_numpy(), rel=1e-10, abs=1e-12)
    outside = ours.units["verdict"].str.starts_with("outside").cast(pl.Int64)
    assert outside.to_list() == data["outlier"].cast(pl.Int64).to_list()
    assert outside.sum() == summary["n_outliers"]
    assert ours.few_units == (summary["n_groups"] < 10)
    scale = 100 if name == "testthat6_SR_CQC_95_trim05" else 1  # drawn in percent there
    inside = np.full(data.height, True)
    if CASES[name][0] == "proportion":
        # Past the end of the arcsine scale FunnelPlotR's upper limit comes down again from 100 %; ours stays there.
        error = np.sqrt(1 / (4 * data["denominator"].to_numpy()) + ours.tau2)
        inside = np.arcsin(np.sqrt(ours.centre)) + 3.1 * error < np.pi / 2
    for column, theirs in LIMITS.items():
        ours_here, theirs_here = ours.units[column].to_numpy() * scale, data[theirs].to_numpy()
        assert ours_here[inside] == pytest.approx(theirs_here[inside], rel=RELATIVE, abs=1e-12)


def test_without_the_adjustment_25_of_54_hospitals_lie_outside(shared: Path) -> None:
    data = expected(shared, "medpar_SR_unadj_99")
    ours = drawn(data, "ratio_shmi", 0.998, 0.1)
    outside = ours.units["plain_verdict"].str.starts_with("outside").cast(pl.Int64)
    assert outside.to_list() == data["outlier"].cast(pl.Int64).to_list()
    assert outside.sum() == 25


def test_medpar_inputs_give_the_same_hospitals(shared: Path) -> None:
    rows = pl.read_csv(shared / FOLDER / "medpar_with_predictions.csv", schema_overrides={"provnum": pl.String})
    hospitals = rows.group_by("provnum").agg(pl.col("los").sum(), pl.col("prds").sum()).sort("provnum")
    ours = funnel(
        hospitals["provnum"].to_list(),
        hospitals["los"].to_numpy(),
        hospitals["prds"].to_numpy(),
        method="ratio_shmi",
        min_size=0,
    )
    assert ours.phi == pytest.approx(8.532851, abs=5e-7)
    assert ours.tau2 == pytest.approx(0.02841023, abs=5e-9)


def test_a_share_never_has_a_limit_beyond_what_a_share_can_be() -> None:
    tiny = funnel(["a", "b", "c"], [3, 28, 90], [3, 30, 100], min_size=0).units
    assert tiny.filter(pl.col("unit") == "a")["high_998"].item() == 1.0
    assert tiny["low_998"].min() >= 0  # type: ignore[operator]


def test_exact_poisson_ratio_limits(shared: Path) -> None:
    table = pl.read_csv(shared / FOLDER / "poisson_limits_testthat.csv")
    for low_name, high_name, level in (("ll95", "ul95", 0.95), ("ll998", "ul998", 0.998)):
        low, high = poisson_ratio_limits(table["number_seq"].to_numpy(), level)
        assert low == pytest.approx(table[low_name].to_numpy(), rel=1e-12)
        assert high == pytest.approx(table[high_name].to_numpy(), rel=1e-12)


PHE = "reference/phe_indicatormethods"
Limits = tuple[np.ndarray, np.ndarray]


@pytest.mark.parametrize("name", ["testdata_funnel_prop_outputs", "testdata_funnel_prop_outputs_with_axis_variation"])
def test_plain_limits_of_shares_are_those_of_phe(shared: Path, name: str) -> None:
    table = pl.read_csv(shared / PHE / f"{name}.csv")
    inputs = pl.read_csv(shared / PHE / "testdata_funnel_prop_inputs.csv")
    centre = inputs["numerator"].sum() / inputs["denominator"].sum()
    if abs(centre * 100 - table["Baseline"][0]) > 1e-5:
        centre = table["Baseline"][0] / 100
    for two_or_three, level in (("2s0025", 0.95), ("3s0001", 0.998)):
        low, high = proportion_limits(table["Population"].to_numpy(), centre, level)
        # Percentages printed with six decimals, from a baseline printed with six to eight.
        assert low * 100 == pytest.approx(table[f"Lower{two_or_three}limit"].to_numpy(), abs=2e-5)
        assert high * 100 == pytest.approx(table[f"Upper{two_or_three}limit"].to_numpy(), abs=2e-5)


@pytest.mark.parametrize(("suffix", "years"), [("", 3), ("_2", 3), ("_3", 3)])
def test_funnels_of_rates_are_those_of_phe(shared: Path, suffix: str, years: int) -> None:
    table = pl.read_csv(shared / PHE / f"testdata_funnel_rate_outputs{suffix}.csv")
    yearly_rate = table["baseline"][0] / 100_000 * years
    for sigma, level in (("2s", 0.95), ("3s", 0.998)):
        low, high = volume_at_limits(table["Events"].to_numpy(), level)
        # PHE finds these populations by a search that stops at about 5e-8 events.
        for ours, side in ((low, "lower"), (high, "upper")):
            theirs = table[f"{side}_{sigma}_population_1_year"].to_numpy() * yearly_rate
            assert ours == pytest.approx(theirs, rel=1e-6, abs=2e-7)


def test_funnels_of_ratios_are_those_of_phe(shared: Path) -> None:
    table = pl.read_csv(shared / PHE / "testdata_funnel_ratio_outputs.csv")
    events = table.select(pl.first()).to_series().to_numpy()
    for sigma, level in (("2s", 0.95), ("3s", 0.998)):
        low, high = volume_at_limits(events, level)
        assert low == pytest.approx(table[f"lower_{sigma}_exp_events"].to_numpy(), rel=1e-6, abs=2e-7)
        assert high == pytest.approx(table[f"upper_{sigma}_exp_events"].to_numpy(), rel=1e-6, abs=2e-7)


def significance(value: np.ndarray, inner: Limits, outer: Limits) -> list[str]:
    """PHE's words for where a value lies among two pairs of limits."""
    cases = [value > outer[1], value < outer[0], value > inner[1], value < inner[0]]
    words = ["High (0.001)", "Low (0.001)", "High (0.025)", "Low (0.025)"]
    return np.select(cases, words, "Not significant").tolist()


def test_areas_lie_where_phe_says_they_lie(shared: Path) -> None:
    ratios = pl.read_csv(shared / PHE / "testdata_funnel_ratio_inputs.csv")
    observed, mean = ratios["obs"].to_numpy(), ratios["expected"].to_numpy()
    # An observed count is high where the expected one lies below its limits: compare the other way round.
    inner, outer = poisson_limits(observed, 0.95), poisson_limits(observed, 0.998)
    words = significance(-mean, (-inner[1], -inner[0]), (-outer[1], -outer[0]))
    assert words == ratios["significance"].to_list()
    shares = pl.read_csv(shared / PHE / "testdata_funnel_prop_inputs.csv")
    x, n = shares["numerator"].to_numpy(), shares["denominator"].to_numpy()
    centre = float(x.sum() / n.sum())
    words = significance(x / n, proportion_limits(n, centre, 0.95), proportion_limits(n, centre, 0.998))
    assert words == shares["significance"].to_list()


def test_what_a_funnel_can_see_of_a_unit_twice_as_bad() -> None:
    expected_events = [2, 5, 10, 20, 50]
    # STATISTICS gives whole percent (one decimal for the last).
    seen = poisson_detection(expected_events, 2.0)
    assert (seen * 100).round(0)[:4].tolist() == [2, 14, 36, 76]
    assert float(seen[4]) == pytest.approx(0.997, abs=5e-4)
    three_sigma = poisson_detection(expected_events, 2.0, level=0.9973)
    assert (three_sigma * 100).round(0)[:4].tolist() == [5, 14, 36, 76]
    assert float(three_sigma[4]) == pytest.approx(0.998, abs=5e-4)


def test_a_unit_with_few_contacts_is_never_called_fine() -> None:
    names = [f"site {i}" for i in range(12)]
    sizes = [9] + [400] * 11
    ours = funnel(names, [9] + [320] * 11, sizes).units
    assert ours["verdict"][0] == "too_little_data"
    assert set(ours["verdict"][1:]) == {"inside"}


def test_the_line_can_be_the_in_house_level() -> None:
    names = [f"site {i}" for i in range(12)]
    ours = funnel(names, [300] * 12, [400] * 12, centre=0.9)
    assert ours.centre == pytest.approx(0.9)
    # All lie alike below the line: the adjustment swallows it, the plain limits do not. Both are shown.
    assert set(ours.units["plain_verdict"]) == {"outside_low"}


def test_stable_units_leave_the_funnel_as_rarely_as_it_says() -> None:
    rng = np.random.default_rng(5)
    sizes = rng.integers(150, 4000, size=40)
    flags = []
    for _ in range(150):
        ours = funnel([str(i) for i in range(40)], rng.binomial(sizes, 0.8), sizes, level=0.95)
        flags.append(ours.units["plain_verdict"].str.starts_with("outside").mean())
    # 6,000 units at 5 %: standard error 0.3 points.
    assert 0.04 <= float(np.mean(flags)) <= 0.06


def test_wrong_input_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="2 units, 1 numerators"):
        funnel(["a", "b"], [1], [2])
    with pytest.raises(ValueError, match="above zero"):
        funnel(["a"], [1], [0])
    with pytest.raises(ValueError, match=r"not 90\.0%"):
        funnel(["a"], [1], [2], level=0.9)


def test_ties_are_said_to_be_ties() -> None:
    x, n = np.array([80, 82, 60]), np.array([100, 100, 100])
    league = rank_intervals(["a", "b", "c"], x / n, proportion_error(x, n))
    rows = {row["unit"]: row for row in league.to_dicts()}
    assert (rows["b"]["rank"], rows["b"]["rank_low"], rows["b"]["rank_high"]) == (1, 1, 2)
    assert rows["a"]["tied_with"] == ["b"]
    assert (rows["c"]["rank_low"], rows["c"]["rank_high"], rows["c"]["tied_with"]) == (3, 3, [])
    turned = rank_intervals(["a", "b", "c"], x / n, proportion_error(x, n), higher_is_better=False)
    assert turned["unit"].to_list() == ["c", "a", "b"]


def test_rank_intervals_hold_for_all_units_at_once() -> None:
    rng = np.random.default_rng(11)
    truth = np.array([0.70, 0.75, 0.80, 0.80, 0.85, 0.9])
    true_low = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    true_high = truth.size - (truth[None, :] < truth[:, None]).sum(axis=1)
    sizes = np.array([300, 800, 200, 1500, 600, 400])
    names = list("abcdef")
    held = 0
    runs = 300
    for _ in range(runs):
        x = rng.binomial(sizes, truth)
        league = rank_intervals(names, x / sizes, proportion_error(x, sizes)).sort("unit")
        low, high = league["rank_low"].to_numpy(), league["rank_high"].to_numpy()
        held += bool(((low <= true_low) & (true_high <= high)).all())
    assert held / runs >= 0.95  # Holm over all pairs is conservative: 97 % or more in long runs


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 0.02), min_size=1, max_size=15))
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    ours = _holm(np.array(p_values), 0.05)
    assert ours.tolist() == multipletests(p_values, alpha=0.05, method="holm")[0].tolist()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2)), min_size=1, max_size=12))
def test_a_rank_lies_in_its_interval_and_ties_are_mutual(units: list[tuple[float, float]]) -> None:
    names = [f"u{i:02}" for i in range(len(units))]
    league = rank_intervals(names, [value for value, _ in units], [error for _, error in units])
    ties = dict(league.select("unit", "tied_with").iter_rows())
    assert (league["rank_low"] <= league["rank"]).all()
    assert (league["rank"] <= league["rank_high"]).all()
    assert all(unit in ties[other] for unit, others in ties.items() for other in others)


def test_the_detectable_difference_is_found_as_often_as_promised() -> None:
    rng = np.random.default_rng(3)
    error = 0.013
    difference = detectable_difference(error)
    estimates = rng.normal(difference, error, 20_000)
    assert float((estimates > 1.959964 * error).mean()) == pytest.approx(0.8, abs=0.01)
    needed = contacts_needed(0.8, -0.05)
    x, y = rng.binomial(needed, 0.8, 20_000) / needed, rng.binomial(needed, 0.75, 20_000) / needed
    pooled = np.sqrt((x * (1 - x) + y * (1 - y)) / needed)
    assert float((np.abs(x - y) > 1.959964 * pooled).mean()) == pytest.approx(0.8, abs=0.02)
    with pytest.raises(ValueError, match="cannot differ"):
        contacts_needed(0.98, 0.05)
