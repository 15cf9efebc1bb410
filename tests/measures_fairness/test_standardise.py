"""Standardised ratios and rates against OHID/PHE and epitools, and their coverage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.moments import Cells, intervals
from pipelines.measures.standardise import (
    byar_limits,
    direct,
    indirect,
    normal_quantile,
    poisson_limits,
    support,
)

FOLDER = "reference/phe_indicatormethods"
# The published sheets carry 15 or 16 significant digits.
RELATIVE = 1e-12


def sheet(shared: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(shared / FOLDER / f"{name}.csv", infer_schema_length=None)


def level_of(text: str) -> float:
    return float(text.rstrip("%")) / 100


def test_byar_and_wilson_limits_are_those_of_phe(shared: Path) -> None:
    rows = sheet(shared, "testdata_B_W").to_dicts()
    assert len(rows) == 13
    for row in rows:
        level = level_of(row["confidence"])
        if row["method"] == "Byars":
            low, high = (float(limit) for limit in byar_limits(row["x"], level))
        else:
            x, n = np.array([row["x"]]), np.array([float(row["n"])])
            low, high = (float(limit[0]) for limit in intervals(Cells(n, x, x), "rate", normal_quantile(level)))
        assert high == pytest.approx(row["uppercl"], rel=RELATIVE)
        if row["lowercl"] is not None:
            assert low == pytest.approx(row["lowercl"], rel=RELATIVE)


@pytest.mark.parametrize("name", ["testdata_Prop", "testdata_Prop_g"])
def test_wilson_limits_of_areas_are_those_of_phe(shared: Path, name: str) -> None:
    table = sheet(shared, name).filter(pl.col("value").is_not_null())
    x = (table["Numerator"]).cast(pl.Float64).to_numpy()
    n = (table["Denominator"]).cast(pl.Float64).to_numpy()
    multiplier = table["multiplier"].to_numpy()
    pairs = [("lower95_0cl", "upper95_0cl", 0.95), ("lower99_8cl", "upper99_8cl", 0.998)]
    if name.endswith("_g"):
        pairs = [("lowercl", "uppercl", 0.95)]
    for lower, upper, level in pairs:
        known = table[lower].is_not_null().to_numpy()
        if name.endswith("_g"):
            known &= (table["confidence"] == "95%").to_numpy()
        low, high = intervals(Cells(n, x, x), "rate", normal_quantile(level))
        assert (low * multiplier)[known] == pytest.approx(table[lower].to_numpy()[known], rel=RELATIVE, abs=1e-15)
        assert (high * multiplier)[known] == pytest.approx(table[upper].to_numpy()[known], rel=RELATIVE)


@pytest.mark.parametrize("name", ["testdata_Rate", "testdata_Rate_g"])
def test_crude_rates_use_byar_from_ten_events_and_exact_limits_below(shared: Path, name: str) -> None:
    table = sheet(shared, name).filter(pl.col("value").is_not_null())
    assert table.height >= 9
    for row in table.to_dicts():
        pairs = [("lower95_0cl", "upper95_0cl", 0.95), ("lower99_8cl", "upper99_8cl", 0.998)]
        if name.endswith("_g"):
            pairs = [("lowercl", "uppercl", level_of(row["confidence"]))]
        for lower, upper, level in pairs:
            low, high = (
                float(limit) / row["Denominator"] * row["multiplier"]
                for limit in poisson_limits(row["Numerator"], level)
            )
            assert low == pytest.approx(row[lower], rel=RELATIVE)
            assert high == pytest.approx(row[upper], rel=RELATIVE)


def test_means_have_the_student_interval_of_phe(shared: Path) -> None:
    values, results = sheet(shared, "testdata_Mean"), sheet(shared, "testdata_Mean_results")
    for row in results.to_dicts():
        part = values if row["area"] == "No grouping" else values.filter(pl.col("area") == row["area"])
        y = part["values"].to_numpy()
        cells = Cells(np.array([float(y.size)]), np.array([y.sum()]), np.array([(y**2).sum()]))
        assert float(cells.values[0]) == pytest.approx(row["value"], rel=RELATIVE)
        for suffix, level in (("95_0", 0.95), ("99_8", 0.998)):
            low, high = intervals(cells, "mean", normal_quantile(level))
            # The sum of squares loses a few digits against the deviations that PHE sums.
            assert float(low[0]) == pytest.approx(row[f"lower{suffix}cl"], rel=1e-9)
            assert float(high[0]) == pytest.approx(row[f"upper{suffix}cl"], rel=1e-9)


def test_indirectly_standardised_ratios_are_those_of_phe(shared: Path) -> None:
    reference, areas = sheet(shared, "refdata"), sheet(shared, "testdata_multiarea")
    rates = (reference["refcount"] / reference["refpop"]).to_numpy()
    results = sheet(shared, "testresults_ISR").filter(pl.col("area").str.starts_with("testdata_"))
    assert results.height == 12
    for row in results.to_dicts():
        sizes = areas.filter(pl.col("area") == row["area"])["pop"].to_numpy()
        scale = row["value"] / (row["observed"] / row["expected"])
        for lower, upper, level in (("lower95_0cl", "upper95_0cl", 0.95), ("lower99_8cl", "upper99_8cl", 0.998)):
            ours = indirect(row["observed"], sizes, rates, variance="poisson", level=level)
            assert ours.expected == pytest.approx(row["expected"], rel=RELATIVE)
            assert ours.value * scale == pytest.approx(row["value"], rel=RELATIVE)
            assert (ours.low or 0) * scale == pytest.approx(row[lower], rel=RELATIVE)
            assert (ours.high or 0) * scale == pytest.approx(row[upper], rel=RELATIVE)
            assert {"Byar": "Byars", "exact": "Exact"}[ours.method] == row["method"]


def test_directly_standardised_rates_are_those_of_phe(shared: Path) -> None:
    areas, standard = sheet(shared, "testdata_multiarea"), sheet(shared, "testdata_1976")
    weights_2013 = [
        5,
        5.5,
        5.5,
        5.5,
        6,
        6,
        6.5,
        7,
        7,
        7,
        7,
        6.5,
        6,
        5.5,
        5,
        4,
        2.5,
        1.5,
        1,
    ]  # European Standard Population
    results = sheet(shared, "testresults_DSR").filter(~pl.col("area").str.contains("nonind"))
    assert results.height == 8
    for row in results.to_dicts():
        if row["area"] == "testdata_1976":
            counts, sizes, weights = standard["count"], standard["pop"], standard["esp1976"].to_list()
        else:
            part = areas.filter(pl.col("area") == row["area"])
            counts, sizes, weights = part["count"].fill_null(0), part["pop"], weights_2013
        ours = direct(counts.to_numpy(), sizes.to_numpy(), weights)
        if row["value"] is None:
            assert ours.low is None
            assert ours.high is None
            continue
        scale = 10_000 if row["statistic"].endswith("10000") else 100_000
        assert ours.value * scale == pytest.approx(row["value"], rel=RELATIVE)
        assert (ours.low or 0) * scale == pytest.approx(row["lower95_0cl"], rel=RELATIVE)
        assert (ours.high or 0) * scale == pytest.approx(row["upper95_0cl"], rel=RELATIVE)
        wide = direct(counts.to_numpy(), sizes.to_numpy(), weights, level=0.998)
        # The published sheet prints the 99.8 % limits of the 1976 rows ten times too large.
        slip = 10 if row["area"] == "testdata_1976" else 1
        assert (wide.low or 0) * scale * slip == pytest.approx(row["lower99_8cl"], rel=RELATIVE)
        assert (wide.high or 0) * scale * slip == pytest.approx(row["upper99_8cl"], rel=RELATIVE)


def test_lung_cancer_1940_standardised_to_1960_is_that_of_epitools(shared: Path) -> None:
    folder = shared / "reference/standardisation_epitools"
    data = pl.read_csv(folder / "selvin_lung_1940_1960.csv")
    expected = dict(pl.read_csv(folder / "expected.csv").iter_rows())
    deaths, people = data["dth40"].to_numpy(), data["pop40"].to_numpy()
    rate = direct(deaths, people, data["pop60"].to_numpy(), method="gamma")
    # expected.csv prints 15 significant digits.
    assert rate.value == pytest.approx(expected["direct_adj.rate"], rel=1e-13)
    assert rate.low == pytest.approx(expected["direct_lci"], rel=1e-10)
    assert rate.high == pytest.approx(expected["direct_uci"], rel=1e-10)
    dobson = direct(deaths, people, data["pop60"].to_numpy())
    assert (dobson.low, dobson.high) == pytest.approx((rate.low, rate.high), rel=5e-5)
    ratio = indirect(
        float(deaths.sum()),
        people,
        (data["dth60"] / data["pop60"]).to_numpy(),
        variance="poisson",
    )
    assert ratio.expected == pytest.approx(expected["sir_exp"], rel=1e-13)
    assert ratio.value == pytest.approx(expected["sir_sir"], rel=1e-13)
    # epitools takes a normal interval on the logarithm, Byar's differs by 2e-5 with 71,058 deaths.
    assert (ratio.low, ratio.high) == pytest.approx((expected["sir_lci"], expected["sir_uci"]), rel=2e-5)
    crude_1960 = data["dth60"].sum() / data["pop60"].sum()
    assert ratio.value * crude_1960 == pytest.approx(expected["indirect_adj.rate"], rel=1e-13)


def test_the_binomial_interval_covers_where_the_poisson_one_is_far_too_wide() -> None:
    rng = np.random.default_rng(20261122)
    sizes, rates = np.array([40, 25, 120, 15]), np.array([0.92, 0.7, 0.88, 0.5])
    truth, runs = 0.98, 2000
    observed = rng.binomial(sizes, rates * truth, size=(runs, 4)).sum(axis=1)
    widths, covered = {}, {}
    for variance in ("binomial", "poisson"):
        cache = {o: indirect(float(o), sizes, rates, variance=variance) for o in np.unique(observed)}  # type: ignore[arg-type]
        hits = [(cache[o].low or 0) <= truth <= (cache[o].high or 9) for o in observed]
        covered[variance] = float(np.mean(hits))
        widths[variance] = float(np.mean([(cache[o].high or 0) - (cache[o].low or 0) for o in observed]))
    # 2,000 runs: the standard error of a 95 % coverage is 0.5 points.
    assert 0.935 <= covered["binomial"] <= 0.965
    assert covered["poisson"] >= 0.999
    assert widths["poisson"] > 2 * widths["binomial"]


def test_support_is_the_share_of_the_vendors_contacts_with_a_counterpart() -> None:
    cells = pl.DataFrame({"vendor_n": [60, 30, 9, 1], "baseline_n": [10, 9, 500, 0]})
    assert support(cells) == 0.6
    assert support(cells, min_cell=1) == 0.99
    assert support(cells.clear()) == 0.0


@given(st.integers(0, 300), st.floats(0.5, 0.99))
def test_poisson_limits_enclose_the_count_and_widen_with_the_level(count: int, level: float) -> None:
    low, high = (float(limit) for limit in poisson_limits(count, level))
    assert 0 <= low <= count < high
    wider_low, wider_high = (float(limit) for limit in poisson_limits(count, level + 0.005))
    assert wider_low <= low
    assert wider_high > high


def test_what_cannot_be_standardised_is_refused() -> None:
    with pytest.raises(ValueError, match="no event"):
        indirect(3, [10, 10], [0.0, 0.0])
    with pytest.raises(ValueError, match="without contacts"):
        direct([1, 2], [10, 0], [1, 1])
