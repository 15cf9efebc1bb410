"""Gap splitting and the guard against reversals, against their references and by properties."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.oaxaca import OaxacaBlinder
from statsmodels.stats.proportion import confint_proportions_2indep

from pipelines.measures.decomposition import breslow_day, cochran_q, kitagawa, mantel_haenszel
from pipelines.measures.moments import Cells, intervals, nps_columns, weighted_difference

Z = 1.959963984540054
ONE = np.ones(1)


def rate_cells(x: list[float], n: list[float]) -> Cells:
    successes = np.array(x, dtype=float)
    return Cells(np.array(n, dtype=float), successes, successes)


def kidney(shared: Path) -> tuple[Cells, Cells, dict[str, float]]:
    data = json.loads((shared / "reference/oaxaca/kitagawa_kidney.json").read_text())
    return rate_cells(data["A"]["x"], data["A"]["n"]), rate_cells(data["B"]["x"], data["B"]["n"]), data


def test_the_kidney_stones_split_as_published(shared: Path) -> None:
    vendor, baseline, expected = kidney(shared)
    split = kitagawa(vendor, baseline)
    for ours, name in ((split.gap, "gap"), (split.mix, "mix"), (split.performance, "performance")):
        assert ours == pytest.approx(expected[name], rel=1e-12)


def test_the_guards_give_the_published_p_values(shared: Path) -> None:
    vendor, baseline, expected = kidney(shared)
    common = mantel_haenszel(vendor, baseline)
    assert common is not None
    assert common.ratio == pytest.approx(expected["mh_oddsratio"], rel=1e-12)
    assert common.p == pytest.approx(expected["mh_p"], rel=1e-10)
    assert common.low < 1 < common.high
    assert breslow_day(vendor, baseline).p == pytest.approx(expected["breslow_day_p"], rel=1e-10)


counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
strata = st.lists(st.tuples(counts, counts), min_size=1, max_size=8)


@given(strata)
def test_the_parts_add_up_to_the_gap_exactly(table: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    vendor = rate_cells([v[0] for v, _ in table], [v[1] for v, _ in table])
    baseline = rate_cells([b[0] for _, b in table], [b[1] for _, b in table])
    split = kitagawa(vendor, baseline)
    assert split.mix + split.performance == pytest.approx(split.gap, abs=1e-12)
    assert float(split.weights.sum()) == pytest.approx(1)
    turned = kitagawa(baseline, vendor)
    assert turned.mix == pytest.approx(-split.mix, abs=1e-12)
    same_mix = kitagawa(vendor, Cells(vendor.n * 3, vendor.n * 1.5, vendor.n * 1.5))
    assert same_mix.mix == pytest.approx(0, abs=1e-12)


def test_oaxaca_blinder_on_strata_is_the_same_split() -> None:
    """Symmetric Kitagawa is the two-fold Oaxaca-Blinder split with equal weights on dummies of the strata."""
    rng = np.random.default_rng(4)
    stratum, group = rng.integers(0, 3, 900), rng.integers(0, 2, 900)
    stratum = np.where((group == 1) & (rng.random(900) < 0.4), 2, stratum)
    y = rng.normal(stratum * 2.0 + group, 1.0)
    sides = []
    for side in (0, 1):
        parts = [y[(group == side) & (stratum == k)] for k in range(3)]
        sides.append(
            Cells(*(np.array([f(part) for part in parts]) for f in (len, np.sum, lambda v: (v**2).sum())))  # type: ignore[arg-type]
        )
    design = np.column_stack([group, sm.add_constant(np.column_stack([stratum == 1, stratum == 2]).astype(float))])
    theirs = OaxacaBlinder(y, design, 0, hasconst=True, swap=False).two_fold(
        two_fold_type="self_submitted", submitted_weight=0.5
    )
    unexplained, explained, gap = theirs.params[:3]
    ours = kitagawa(*sides)
    assert (ours.performance, ours.mix, ours.gap) == pytest.approx((unexplained, explained, gap), rel=1e-8)


def test_statsmodels_reproduces_its_published_split() -> None:
    data = sm.datasets.ccard.load_pandas().data
    model = OaxacaBlinder(data["AVGEXP"], data[["AGE", "OWNRENT", "INCOME", "INCOMESQ"]], "OWNRENT", hasconst=False)
    unexplained, explained, gap = model.two_fold().params[:3]
    assert (unexplained, explained, gap) == pytest.approx((27.9409, 130.8095, 158.75044), abs=5e-5)


def test_newcombe_intervals_are_the_one_stratum_case(shared: Path) -> None:
    table = pl.read_csv(shared / "reference/proportion_ci/newcombe.csv")
    for row in table.to_dicts():
        sides = rate_cells([row["x1"]], [row["n1"]]), rate_cells([row["x2"]], [row["n2"]])
        _, low, high = weighted_difference(*sides, ONE, "rate", (Z, Z))
        # Published with four decimals.
        assert (low, high) == pytest.approx((row["newcombe_lo"], row["newcombe_hi"]), abs=5.1e-5)
        exact = confint_proportions_2indep(
            row["x1"], row["n1"], row["x2"], row["n2"], method="newcomb", correction=False
        )
        assert (low, high) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (354, 412, 0.8223, 0.8895),
    ],
)
def test_published_wilson_intervals(x: int, n: int, low: float, high: float) -> None:
    ours = intervals(rate_cells([x], [n]), "rate", Z)
    assert (float(ours[0][0]), float(ours[1][0])) == pytest.approx((low, high), abs=5.1e-5)


def test_nps_intervals_are_the_adjusted_ones(shared: Path) -> None:
    table = pl.read_csv(shared / "reference/nps/nps_expected.csv")
    cells = Cells.of(table.select(nps_columns("promoters", "passives", "detractors")))
    # Published with two or three decimals of a point.
    assert cells.values * 100 == pytest.approx(table["nps"].to_numpy(), abs=5e-3)
    errors = np.sqrt(cells.variance() / cells.n) * 100
    assert errors == pytest.approx(table["se"].to_numpy(), abs=5.1e-4)
    low, high = intervals(cells, "nps", Z)
    assert low * 100 == pytest.approx(table["adj_lo95"].to_numpy(), abs=5.1e-4)
    assert high * 100 == pytest.approx(table["adj_hi95"].to_numpy(), abs=5.1e-4)


def test_strata_that_say_the_opposite_are_found_and_equal_ones_not() -> None:
    opposite = rate_cells([90, 30], [100, 100]), rate_cells([60, 60], [100, 100])
    assert 0 < (breslow_day(*opposite).p or 1) < 0.001
    nearly = rate_cells([90.001, 30], [100, 100]), opposite[1]
    assert breslow_day(*nearly).p == pytest.approx(breslow_day(*opposite).p, rel=1e-3)
    alike = rate_cells([80, 60], [100, 100]), rate_cells([72, 50], [100, 100])
    assert (breslow_day(*alike).p or 0) > 0.3
    assert breslow_day(rate_cells([5], [10]), rate_cells([6], [10])).p is None
    never = rate_cells([0, 0], [10, 10])
    assert breslow_day(never, never).p is None
    assert mantel_haenszel(never, never) is None
    assert cochran_q(np.array([1.0, 1.0]), np.array([0.5, 0.5])).p == pytest.approx(1)
    assert (cochran_q(np.array([-1.0, 1.0]), np.array([0.01, 0.01])).p or 1) < 1e-6
    assert cochran_q(np.array([1.0, 2.0]), np.array([0.0, 0.1])).p is None
