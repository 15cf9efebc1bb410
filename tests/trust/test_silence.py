"""Silence is a gap only where the queue's own history makes it one; neighbours are one gap; common causes are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.trust.coverage import expected_days, expected_shares, survey_bounds, with_bounds
from pipelines.trust.openings import known_days, open_cells
from pipelines.trust.silence import gaps, silence_findings
from pipelines.workspace import load_workspace
from tests.bench.made import write_workspace

FIRST, WEEKS = date(2026, 8, 3), 14
NOTHING = pl.DataFrame(
    schema={"vendor": pl.String(), "period_start": pl.Date(), "period_end": pl.Date(), "why": pl.String()}
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    root = tmp_path_factory.mktemp("silence")
    write_workspace(root)
    return load_workspace(root)


def cells(rate: float, vendor: str = "acme", queue: str = "care", seed: int = 1) -> pl.DataFrame:
    """Fourteen weeks of a queue that is open on weekdays from 9 to 17, with ``rate`` contacts per half-hour."""
    rng = np.random.default_rng(seed)
    rows = [
        (vendor, queue, day, datetime(day.year, day.month, day.day, 7, tzinfo=UTC) + timedelta(minutes=30 * slot), 30)
        for day in (FIRST + timedelta(days=number) for number in range(WEEKS * 7))
        if day.weekday() < 5
        for slot in range(16)
    ]
    schema = {
        "vendor": pl.String, "queue": pl.String, "local_date": pl.Date,
        "interval_start_at": pl.Datetime("us", "UTC"), "interval_min": pl.Int64,
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(contacts=pl.Series(rng.poisson(rate, frame.height)))


def judged(*parts: pl.DataFrame) -> list:
    from pipelines.trust.openings import _expected

    return gaps(_expected(pl.concat(parts)))


def emptied(frame: pl.DataFrame, begin: datetime, end: datetime) -> pl.DataFrame:
    inside = pl.col("interval_start_at").is_between(begin, end, closed="left")
    return frame.with_columns(contacts=pl.when(inside).then(0).otherwise("contacts"))


def test_a_lost_week_is_one_gap():
    begin = datetime(2026, 9, 7, tzinfo=UTC)
    (gap,) = judged(emptied(cells(5), begin, begin + timedelta(days=5)))
    assert (gap.first_day, gap.last_day, gap.whole_days, gap.intervals) == (date(2026, 9, 7), date(2026, 9, 11), 5, 80)
    assert gap.expected == pytest.approx(400, rel=0.1)


def test_a_lost_afternoon_of_a_busy_queue_is_a_gap_and_of_a_quiet_one_is_not():
    begin = datetime(2026, 9, 9, 11, tzinfo=UTC)
    (gap,) = judged(emptied(cells(5), begin, begin + timedelta(hours=4)))
    assert (gap.starts_at, gap.ends_at) == (begin, begin + timedelta(hours=4))
    assert judged(emptied(cells(0.3), begin, begin + timedelta(hours=4))) == []


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.0, 3.0, 10.0])
def test_an_honest_queue_has_no_gap(rate):
    assert all(judged(cells(rate, seed=seed)) == [] for seed in range(10))


def test_all_queues_together_show_what_none_shows_alone():
    begin = datetime(2026, 9, 9, 11, tzinfo=UTC)
    quiet = [cells(0.7, queue=name, seed=seed) for seed, name in enumerate(("a", "b", "c", "d", "e", "f"))]
    (gap,) = judged(*(emptied(queue, begin, begin + timedelta(hours=4)) for queue in quiet))
    assert gap.queue is None
    assert gap.queues == ("a", "b", "c", "d", "e", "f")


def test_a_common_cause_is_told_apart(workspace):
    begin = datetime(2026, 9, 9, tzinfo=UTC)
    lost = [emptied(cells(5, vendor, seed=n), begin, begin + timedelta(days=1)) for n, vendor in enumerate("ab")]
    alone = emptied(cells(5, "c", seed=9), begin + timedelta(days=7), begin + timedelta(days=8))
    found = {one.vendor: one for one in silence_findings(workspace, judged(*lost, alone), NOTHING)}
    assert "The same at b" in found["a"].sentence
    assert found["b"].evidence["also_silent"] == ["a"]
    assert "common cause" not in found["c"].sentence
    assert "cause commune" in found["a"].sentence_fr
    assert {one.kind for one in found.values()} == {"missing_day"}


def test_what_is_not_due_yet_is_not_missing():
    days = pl.DataFrame({"vendor": ["a", "a"], "local_date": [date(2026, 11, 2), date(2026, 11, 8)]})
    ends = [date(2026, 11, 6), date(2026, 11, 15)]
    due = pl.DataFrame({"vendor": ["a", "a"], "feed": ["contacts", "surveys"], "period_end": ends})
    assert known_days(due, days).rows() == [("a", date(2026, 11, 2), date(2026, 11, 8))]
    later = due.with_columns(period_end=pl.lit(date(2026, 11, 15)))
    assert known_days(later, days)["last_day"].to_list() == [date(2026, 11, 15)]


def test_nothing_expected_of_a_vendor_that_has_no_terms(workspace):
    known = pl.DataFrame({"vendor": ["nobody"], "first_day": [FIRST], "last_day": [FIRST]})
    instant = pl.Datetime("us", "UTC")
    columns = {"vendor": pl.String(), "queue": pl.String(), "interval_start_at": instant, "contacts": pl.Int64()}
    seen = pl.DataFrame(schema=columns)
    assert open_cells(workspace, known, seen).height == 0


def test_the_share_of_data_counts_gaps_and_not_quiet_hours():
    from pipelines.trust.openings import _expected

    begin = datetime(2026, 9, 9, tzinfo=UTC)
    busy = _expected(emptied(cells(5), begin, begin + timedelta(days=1)))
    days = expected_days(busy, gaps(busy)).filter(pl.col("local_date").is_between(date(2026, 9, 7), date(2026, 9, 13)))
    share = expected_shares(days).row(0, named=True)
    assert (share["open_intervals"], share["silent_intervals"]) == (80, 16)
    assert share["data_share"] == pytest.approx(0.8, abs=0.02)
    quiet = _expected(cells(0.05))
    assert expected_shares(expected_days(quiet, gaps(quiet)))["data_share"].to_list() == [1.0]


def test_bounds_over_those_who_did_not_answer():
    assert survey_bounds(0.86, 0.12) == pytest.approx((0.1032, 0.9832))
    assert survey_bounds(0.5, 1.0) == (0.5, 0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        survey_bounds(1.2, 0.5)


def test_bounds_of_a_survey_share_count_those_who_did_not_answer():
    card = pl.DataFrame(
        {
            "vendor": "a",
            "queue": None,
            "metric": ["csat", "response_rate", "service_level"],
            "value": [0.86, 0.12, 0.8],
        },
        schema_overrides={"queue": pl.String},
    )
    shares = pl.DataFrame({"vendor": ["a"], "data_share": [1.0]})
    bounded = with_bounds(card, shares, {"csat": "higher"}, ["csat", "service_level"])
    assert bounded.columns == [*card.columns, "data_share", "worst_case", "best_case"]
    csat, _, level = bounded.iter_rows(named=True)
    assert (csat["worst_case"], csat["best_case"]) == pytest.approx((0.1032, 0.9832))
    assert level["worst_case"] == level["best_case"] == pytest.approx(0.8)
