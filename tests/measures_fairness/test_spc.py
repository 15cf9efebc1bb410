"""XmR and Laney charts against NHSRplotthedots and qicharts2, and the properties that these charts must have."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.measures.spc import NHS_LABELS, Chart, assurance, laney, laney_limits, laney_sigma, rules_matched, xmr

# Decimal places to which the reference files print 15 significant digits of figures up to 2 million.
RELATIVE = 5e-14

SERIES = {
    # file: (screen, fix_after, direction)
    "ae_8orgs_performance_faceted": (True, None, "higher"),
    "ae_england_attendances_rebased": (True, None, "neutral"),
    "ae_england_performance": (True, None, "higher"),
    "ae_rqm_type1_breaches_all": (True, None, "lower"),
    "ae_rqm_type1_breaches_fix12": (True, 12, "lower"),
    "ae_rqm_type1_breaches_lt201804": (True, None, "lower"),
    "ae_rqm_type1_breaches_rebased": (True, None, "lower"),
    "deviations_screened": (True, None, "higher"),
    "deviations_unscreened": (False, None, "higher"),
    "made_weekly_sl_fix24": (True, 24, "higher"),
    "made_weekly_sl_plain": (True, None, "higher"),
    "made_weekly_sl_rebased": (True, None, "higher"),
    "made_weekly_sl_target80": (True, None, "higher"),
    "made_weekly_sl_unscreened": (False, None, "higher"),
    "rnorm123": (True, None, "higher"),
    "rnorm123_outlier_screened": (True, None, "higher"),
    "rnorm123_outlier_unscreened": (False, None, "higher"),
}


def weeks(count: int) -> list[date]:
    return [date(2026, 1, 5) + timedelta(weeks=i) for i in range(count)]


def expected_series(shared: Path, name: str) -> list[pl.DataFrame]:
    frame = pl.read_csv(shared / f"reference/spc_nhsrplotthedots/{name}.csv", try_parse_dates=True)
    return frame.partition_by("f", maintain_order=True) if "f" in frame.columns else [frame]


def chart_of(series: pl.DataFrame, name: str) -> Chart:
    screen, fix_after, direction = SERIES[name]
    starts = series.group_by("rebase_group").agg(pl.col("x").min()).sort("x")["x"].to_list()
    return xmr(
        series["x"].to_list(),
        series["y"].to_list(),
        direction=direction,  # type: ignore[arg-type]
        phases=starts[1:],
        fix_after=fix_after,
        screen=screen,
    )


@pytest.mark.parametrize("name", sorted(SERIES))
def test_every_point_has_the_label_and_limits_of_nhsrplotthedots(shared: Path, name: str) -> None:
    for series in expected_series(shared, name):
        points = chart_of(series, name).points
        labels = points["signal"].replace_strict(NHS_LABELS)
        assert labels.to_list() == series["special_cause_type"].to_list()
        for ours, theirs in (("mean", "mean_col"), ("lower", "lpl"), ("upper", "upl")):
            assert points[ours].to_numpy() == pytest.approx(series[theirs].to_numpy(), rel=RELATIVE)


def test_all_reference_series_are_covered(shared: Path) -> None:
    files = {path.stem for path in (shared / "reference/spc_nhsrplotthedots").glob("*.csv")} - {"ae_attendances"}
    assert files == set(SERIES)
    assert sum(part.height for name in SERIES for part in expected_series(shared, name)) == 888


@pytest.mark.parametrize("name", sorted(SERIES))
def test_improvement_and_concern_follow_the_direction(shared: Path, name: str) -> None:
    meaning = {
        "usual": "common_cause",
        "improvement": "special_cause_improvement",
        "concern": "special_cause_concern",
        "high": "special_cause_neutral_high",
        "low": "special_cause_neutral_low",
    }
    for series in expected_series(shared, name):
        ours = chart_of(series, name).points["variation"].replace_strict(meaning).to_list()
        assert ours == series["point_type"].to_list()


@pytest.mark.parametrize(
    ("name", "mean", "lower", "upper", "flagged"),
    [
        ("rnorm123", 0.1416238, -3.01138, 3.294627, 0),
        ("rnorm123_outlier_screened", 0.6694159, -2.383666, 3.722497, 1),
        ("rnorm123_outlier_unscreened", 0.6694159, -4.596625, 5.935457, 1),
        ("deviations_screened", 1.944444, -0.715556, 4.604444, 1),
        ("deviations_unscreened", 1.944444, -3.062614, 6.951503, 1),
        ("ae_rqm_type1_breaches_lt201804", 1545.167, 740.3958, 2349.938, 4),
        ("ae_rqm_type1_breaches_all", 1460, 739.14, 2180.86, 15),
        ("ae_rqm_type1_breaches_fix12", 1717.333, 736.277, 2698.390, 23),
        ("ae_england_performance", 0.8847057, 0.8604472, 0.9089642, 30),
        ("made_weekly_sl_plain", 81.42217, 76.6323, 86.21203, 26),
    ],
)
def test_published_limits_and_flags(
    shared: Path, name: str, mean: float, lower: float, upper: float, flagged: int
) -> None:
    (series,) = expected_series(shared, name)
    chart = chart_of(series, name)
    (limits,) = chart.phases
    # Published to six or seven significant digits.
    assert (limits.mean, limits.lower, limits.upper) == pytest.approx((mean, lower, upper), rel=7e-7)
    assert chart.points.filter(pl.col("signal") != "usual").height == flagged


def test_the_target_beyond_the_limits_decides_assurance(shared: Path) -> None:
    (series,) = expected_series(shared, "ae_england_performance")
    chart = xmr(series["x"].to_list(), series["y"].to_list(), target=0.95)
    assert chart.assurance == "consistent_fail"
    assert assurance(76.6, 86.2, 80.0) == "hit_and_miss"
    assert assurance(81.0, 86.2, 80.0) == "consistent_pass"
    assert assurance(20.0, 30.0, 40.0, direction="lower") == "consistent_pass"
    assert assurance(20.0, 30.0, 10.0, direction="lower") == "consistent_fail"
    assert assurance(20.0, 30.0, None) == "no_target"


@pytest.mark.parametrize(
    ("suffix", "kind", "prime"), [("p", "p", False), ("pp", "p", True), ("u", "u", False), ("up", "u", True)]
)
def test_laney_limits_equal_qicharts2(shared: Path, suffix: str, kind: str, prime: bool) -> None:
    folder = shared / "reference/laney_qicharts2"
    data = pl.read_csv(folder / "nhs_accidents.csv")
    expected = pl.read_csv(folder / f"nhs_accidents_{suffix}.csv", null_values="NA")
    counts, sizes = data["r"].to_numpy().astype(float), data["n"].to_numpy().astype(float)
    mean, lower, upper = laney_limits(counts, sizes, kind=kind, prime=prime)  # type: ignore[arg-type]
    # qicharts2 prints 15 significant digits.
    assert mean == pytest.approx(expected["cl"][0], rel=RELATIVE)
    if kind == "p":
        assert lower == pytest.approx(expected["lcl"].to_numpy(), rel=RELATIVE)
        assert upper == pytest.approx(expected["ucl"].to_numpy(), rel=RELATIVE)
    shares = counts / sizes
    outside = (shares < lower) | (shares > upper)
    assert outside.tolist() == expected["sigma.signal"].to_list()


def test_plain_limits_flag_16_of_20_weeks_and_laney_none(shared: Path) -> None:
    data = pl.read_csv(shared / "reference/laney_qicharts2/nhs_accidents.csv")
    counts, sizes = data["r"].to_numpy().astype(float), data["n"].to_numpy().astype(float)
    shares = counts / sizes
    _, lower, upper = laney_limits(counts, sizes, prime=False)
    assert int(((shares < lower) | (shares > upper)).sum()) == 16
    assert laney_sigma(counts, sizes) == pytest.approx(10.64042, abs=5e-6)
    chart = laney(weeks(20), data["r"].to_list(), data["n"].to_list())
    assert chart.points.filter(pl.col("signal").is_in(["above_upper", "below_lower"])).is_empty()
    assert chart.points["lower"][0] == pytest.approx(0.9401296, abs=5e-8)
    assert chart.points["upper"][0] == pytest.approx(0.9656698, abs=5e-8)


def test_the_individuals_chart_of_qicharts2_has_the_same_range_but_for_a_rounded_factor(shared: Path) -> None:
    expected = pl.read_csv(shared / "reference/laney_qicharts2/nhs_accidents_i.csv", null_values="NA")
    (limits,) = xmr(weeks(20), expected["y"].to_list()).phases
    assert limits.mean == pytest.approx(expected["cl"][0], rel=RELATIVE)
    assert limits.lower is not None
    # qicharts2 takes 3 / 1.128, the NHS rounds it to 2.66.
    theirs = expected["cl"][0] - expected["lcl"][0]
    assert (limits.mean - limits.lower) * (3 / 1.128) / 2.66 == pytest.approx(theirs, rel=1e-11)


values_lists = st.lists(st.floats(-1000, 1000, allow_nan=False), min_size=14, max_size=40)


@settings(max_examples=60, deadline=None)
@given(values_lists, st.data())
def test_a_gap_never_changes_the_label_of_a_known_point(values: list[float], data: st.DataObject) -> None:
    plain = xmr(weeks(len(values)), values)
    holes = data.draw(st.lists(st.integers(0, len(values)), min_size=1, max_size=5))
    with_gaps: list[float | None] = list(values)
    for hole in sorted(holes, reverse=True):
        with_gaps.insert(hole, None)
    holed = xmr(weeks(len(with_gaps)), with_gaps)
    known = holed.points.filter(pl.col("value").is_not_null())
    assert known["signal"].to_list() == plain.points["signal"].to_list()
    assert holed.phases[0].mean == plain.phases[0].mean
    gaps = holed.points.filter(pl.col("value").is_null())
    assert set(gaps["signal"]) == {"no_data"}
    assert set(gaps["variation"]) == {"no_data"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=3, max_size=40))
def test_mirrored_values_give_mirrored_labels(numbers: list[int]) -> None:
    mirror = {
        "above_upper": "below_lower",
        "trend_up": "trend_down",
        "near_upper": "near_lower",
        "run_above": "run_below",
    }
    swap = mirror | {there: here for here, there in mirror.items()} | {"usual": "usual"}
    values = np.array(numbers, dtype=float)
    mean, lower, upper = np.zeros(values.size), np.full(values.size, -30.0), np.full(values.size, 30.0)
    straight = rules_matched(values, mean, lower, upper)
    turned = rules_matched(-values, mean, lower, upper)
    for rule, members in straight.items():
        assert members.tolist() == turned[swap[rule]].tolist()


def test_fewer_than_twelve_points_are_trial_limits_and_never_called_usual() -> None:
    calm = [80.0, 81.0, 79.5, 80.5, 80.2, 79.9, 80.8, 80.1, 79.7, 80.4, 80.3]
    chart = xmr(weeks(11), calm, target=70.0)
    assert chart.trial
    assert chart.variation == "too_little_data"
    assert chart.assurance == "too_little_data"
    full = xmr(weeks(12), [*calm, 80.0], target=70.0)
    assert not full.trial
    assert full.variation == "usual"
    assert full.assurance == "consistent_pass"


def test_a_latest_gap_is_no_data_and_one_point_has_no_limits() -> None:
    assert xmr(weeks(13), [80.0 + i % 3 for i in range(12)] + [None]).variation == "no_data"
    alone = xmr(weeks(1), [80.0])
    assert alone.variation == "too_little_data"
    assert alone.phases[0].mean is None
    assert xmr([], []).variation == "no_data"


def test_new_limits_start_only_where_a_person_decided() -> None:
    at = weeks(40)
    values = [80 + (i % 3) for i in range(20)] + [60 + (i % 3) for i in range(20)]
    assert len(xmr(at, values).phases) == 1
    rebased = xmr(at, values, phases=[at[20]])
    assert [round(limits.mean or 0) for limits in rebased.phases] == [81, 61]
    assert set(rebased.points["signal"]) == {"usual"}


def test_a_constant_series_is_usual() -> None:
    chart = xmr(weeks(15), [80.0] * 15)
    assert chart.variation == "usual"
    assert (chart.phases[0].lower, chart.phases[0].upper) == (80.0, 80.0)


def test_one_label_does_not_hide_the_other_rules() -> None:
    values = [50.0, 51.0, 49.0, 50.5, 49.5] * 3 + [51.0 + i for i in range(8)]
    last = xmr(weeks(23), values).points.row(-1, named=True)
    assert last["signal"] == "above_upper"
    assert {"above_upper", "trend_up"} <= set(last["rules"])


def test_wrong_input_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="2 periods but 1 values"):
        xmr(weeks(2), [1.0])
    with pytest.raises(ValueError, match="ascending"):
        xmr(list(reversed(weeks(2))), [1.0, 2.0])
