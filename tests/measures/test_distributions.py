"""The light distributions give what scipy.stats and statsmodels give, which take too long to import in a command."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from pipelines.measures import distributions as ours
from pipelines.measures.decomposition import breslow_day
from pipelines.measures.gaps import rate_gap
from pipelines.measures.moments import Cells
from pipelines.measures.multiplicity import benjamini_hochberg

RNG = np.random.default_rng(7)
SIZES = RNG.integers(1, 4000, 500).astype(np.float64)
MEANS = RNG.gamma(1, 80, 500)


@pytest.mark.parametrize("chance", [0.0005, 0.025, 0.3, 0.975, 0.999])
def test_quantiles(chance: float) -> None:
    assert ours.normal_quantile(chance) == pytest.approx(stats.norm.ppf(chance), rel=1e-12)
    assert ours.student_quantile(chance, SIZES) == pytest.approx(stats.t.ppf(chance, SIZES), rel=1e-9)
    assert ours.chi_squared_quantile(chance, SIZES) == pytest.approx(stats.chi2.ppf(chance, SIZES), rel=1e-9)
    assert ours.gamma_quantile(chance, SIZES, MEANS) == pytest.approx(stats.gamma.ppf(chance, SIZES, scale=MEANS))
    assert ours.beta_quantile(chance, SIZES, MEANS) == pytest.approx(stats.beta.ppf(chance, SIZES, MEANS), rel=1e-9)
    for share in (0.1, 0.5, 0.9):
        expected = stats.binom.ppf(chance, SIZES, share)
        assert ours.binomial_quantile(chance, SIZES, share).tolist() == expected.tolist()
    assert ours.poisson_quantile(chance, MEANS).tolist() == stats.poisson.ppf(chance, MEANS).tolist()


def test_tails() -> None:
    z = np.linspace(-9, 9, 50)
    assert ours.normal_above(z) == pytest.approx(stats.norm.sf(z), rel=1e-12)
    assert ours.chi_squared_above(MEANS, SIZES) == pytest.approx(stats.chi2.sf(MEANS, SIZES), rel=1e-9)
    assert ours.poisson_above(SIZES, MEANS) == pytest.approx(stats.poisson.sf(SIZES, MEANS), rel=1e-9)


def test_intervals_of_shares_and_of_their_difference() -> None:
    hits, others = np.floor(SIZES * RNG.random(500)), np.floor(MEANS + 5)
    assert np.array(ours.wilson(hits, SIZES, 0.95)) == pytest.approx(
        np.array(proportion_confint(hits, SIZES, method="wilson")), abs=1e-12
    )
    expected = confint_proportions_2indep(hits, SIZES, others // 2, others, method="newcomb", correction=False)
    assert np.array(rate_gap(hits, SIZES, others // 2, others)) == pytest.approx(np.array(expected), abs=1e-12)


def test_discoveries() -> None:
    p_values = np.concatenate([RNG.random(60), RNG.random(20) / 500, [0.0, 1.0, 1.0]])
    holds, adjusted, _, _ = multipletests(p_values, alpha=0.05, method="fdr_bh")
    found = benjamini_hochberg(p_values)
    assert found.adjusted == pytest.approx(adjusted, rel=1e-13)
    assert found.holds.tolist() == holds.tolist()
    assert 0 < holds.sum() < len(p_values)


@pytest.mark.parametrize("shift", [-0.6, -0.2, 0.1, 0.3])
def test_homogeneity(shift: float) -> None:
    sizes = [RNG.integers(20, 900, 9).astype(np.float64) for _ in range(2)]
    hits = [np.floor(sizes[0] * 0.65), np.floor(sizes[1] * np.clip(0.65 + shift + RNG.normal(0, 0.03, 9), 0.01, 0.99))]
    sides = [Cells(n, x, x) for n, x in zip(sizes, hits, strict=True)]
    tables = [
        np.array([[x, n - x], [y, m - y]]) for x, n, y, m in zip(hits[0], sizes[0], hits[1], sizes[1], strict=True)
    ]
    expected = StratifiedTable(tables).test_equal_odds().pvalue
    assert breslow_day(sides[0], sides[1]).p == pytest.approx(float(expected), rel=1e-6, abs=1e-12)
