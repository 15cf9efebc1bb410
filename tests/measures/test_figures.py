"""Figures and their intervals against published and computed references."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.figures import (
    histogram_quantile,
    mean_figure,
    mean_interval,
    nps_figure,
    nps_interval,
    rate_figure,
    rate_interval,
    ratio_figure,
    reliability,
)
from pipelines.measures.gaps import combined_gap, rate_gap


@pytest.mark.parametrize(
    "successes, trials, low, high",
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (354, 412, 0.8223, 0.8895),
    ],
)
def test_wilson_as_published(successes: int, trials: int, low: float, high: float) -> None:
    found = rate_interval(successes, trials)
    assert (round(float(found[0][0]), 4), round(float(found[1][0]), 4)) == (low, high)


def test_newcombe_reference(shared: Path) -> None:
    with (shared / "reference/proportion_ci/newcombe.csv").open() as file:
        rows = list(csv.DictReader(file))
    columns = [[float(row[name]) for row in rows] for name in ("x1", "n1", "x2", "n2")]
    low, high = rate_gap(*columns)
    assert np.round(low, 4).tolist() == [float(row["newcombe_lo"]) for row in rows]
    assert np.round(high, 4).tolist() == [float(row["newcombe_hi"]) for row in rows]


def test_combining_wilson_limits_is_newcombes_interval() -> None:
    x, n, y, m = np.array([56, 9, 5]), np.array([70, 10, 56]), np.array([48, 3, 0]), np.array([80, 10, 29])
    own, other = rate_interval(x, n), rate_interval(y, m)
    combined = combined_gap(x / n, *own, y / m, *other)
    assert np.allclose(combined, rate_gap(x, n, y, m), atol=1e-12)


def test_nps_reference(shared: Path) -> None:
    with (shared / "reference/nps/nps_expected.csv").open() as file:
        for row in csv.DictReader(file):
            figure = nps_figure(int(row["promoters"]), int(row["passives"]), int(row["detractors"]))
            assert figure.value == pytest.approx(float(row["nps"]), abs=0.005)
            assert figure.low == pytest.approx(float(row["adj_lo95"]), abs=0.001)
            assert figure.high == pytest.approx(float(row["adj_hi95"]), abs=0.001)


def test_the_interval_of_a_score_stays_on_its_scale() -> None:
    low, high = nps_interval([5, 0], [0, 5], [5, 5])
    assert low.min() >= -100
    assert high.max() <= 100


def test_mean_interval_from_sums() -> None:
    values = np.array([300.0, 420.0, 180.0, 240.0, 610.0])
    low, high = mean_interval(values.sum(), (values**2).sum(), len(values))
    spread = 1.959963985 * values.std(ddof=1) / np.sqrt(5)
    assert low[0] == pytest.approx(values.mean() - spread)
    assert high[0] == pytest.approx(values.mean() + spread)


def test_one_observation_has_no_interval() -> None:
    figure = mean_figure("aht_s", 300, 90000, 1)
    assert figure.value == 300
    assert figure.low is None
    assert figure.reliability == "suppressed"


def test_zero_demand_is_null_everywhere() -> None:
    for figure in (
        rate_figure("csat", 0, 0), nps_figure(0, 0, 0), mean_figure("asa_s", 0, 0, 0), ratio_figure("cost", 5, 0, 0)
    ):  # fmt: skip
        assert figure.value is None
        assert figure.note == "zero_demand"


def test_a_ratio_of_totals_says_why_it_has_no_interval() -> None:
    figure = ratio_figure("cost_per_contact", 50_000, 10_000, 10_000)
    assert (figure.value, figure.low, figure.note) == (5, None, "census")


def test_reliability_thresholds() -> None:
    assert [reliability(n) for n in (0, 9, 10, 29, 30)] == [
        "suppressed",
        "suppressed",
        "indicative",
        "indicative",
        "enough",
    ]


def _histogram(waits: list[float], vendor: str = "a") -> pl.DataFrame:
    bins = [min(2 * int(wait) + (wait > int(wait)), 7200) for wait in waits]
    return pl.DataFrame({"vendor": [vendor] * len(bins), "wait_bin": bins, "answered": [1] * len(bins)})


@pytest.mark.parametrize("waits, median", [([0, 10, 30, 100], 20), ([35, 35, 35, 35], 35), ([1, 2, 9], 2)])
def test_median_of_the_vectors(waits: list[float], median: float) -> None:
    assert histogram_quantile(_histogram(waits), ["vendor"], 0.5)["value"][0] == median


@given(st.lists(st.integers(0, 400), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.99]))
def test_quantiles_of_whole_seconds_are_exact(waits: list[int], quantile: float) -> None:
    found = histogram_quantile(_histogram([float(wait) for wait in waits]), ["vendor"], quantile).row(0, named=True)
    expected = np.quantile(waits, quantile, method="averaged_inverted_cdf")
    assert found["value"] == pytest.approx(expected)
    assert found["n"] == len(waits)
    assert found["low"] is None or found["low"] <= found["value"]
    assert found["high"] is None or found["high"] >= found["value"]


def test_groups_do_not_leak_into_each_other() -> None:
    both = pl.concat([_histogram([1.0] * 50, "a"), _histogram([200.0] * 70, "b")])
    found = histogram_quantile(both, ["vendor"], 0.9).sort("vendor")
    assert found["value"].to_list() == [1, 200]
    assert found["low"].to_list() == [1, 200]


def test_quantile_limits_are_the_textbook_ranks() -> None:
    # The median of 100: the 40th and the 61st observation (Conover, table of the binomial).
    row = histogram_quantile(_histogram([float(wait) for wait in range(1, 101)]), ["vendor"], 0.5).row(0, named=True)
    assert (row["value"], row["low"], row["high"]) == (50.5, 40, 61)


def test_quantile_interval_covers_as_often_as_it_says() -> None:
    draw = np.random.default_rng(7)
    covered, tries = 0, 300
    for _ in range(tries):
        waits = np.floor(draw.exponential(40, 120)).tolist()
        row = histogram_quantile(_histogram(waits), ["vendor"], 0.5).row(0, named=True)
        covered += row["low"] <= 27 <= row["high"]
    assert covered / tries >= 0.93


def test_waits_beyond_the_last_bin_are_marked() -> None:
    found = histogram_quantile(_histogram([5000.0] * 20), ["vendor"], 0.5)
    assert found["value"][0] == 3600
    assert found["capped"][0]


def test_an_empty_histogram_gives_no_rows_of_stable_types() -> None:
    nothing = _histogram([1.0]).head(0)
    empty = histogram_quantile(nothing, ["vendor"], 0.5)
    assert empty.schema == histogram_quantile(_histogram([1.0]), ["vendor"], 0.5).schema
    assert empty.is_empty()
