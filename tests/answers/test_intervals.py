"""Day by interval on the example: the same figures as the breaches, and four states that are not one another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.answers.breaches import Asked, service_cells
from pipelines.answers.intervals import CELLS, SHOWN, interval_cells, shown
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace, load_workspace

WEEK = date(2026, 9, 7)


@pytest.fixture(scope="module")
def company(example: Path) -> Workspace:
    return load_workspace(example)


@pytest.fixture(scope="module")
def reader(company: Workspace) -> Iterator[Reader]:
    with Reader.open(company.state) as opened:
        yield opened


def _week(company: Workspace, reader: Reader, first: date, vendor: str, **options: object) -> pl.DataFrame:
    return interval_cells(company, reader, first, first + timedelta(days=6), [vendor], **options)  # type: ignore[arg-type]


def test_each_cell_is_what_the_breach_of_that_interval_says(company: Workspace, reader: Reader) -> None:
    cells = _week(company, reader, WEEK, "casablanca", queues=["commande_fr"])
    last = WEEK + timedelta(days=6)
    for metric in ("service_level", "abandon_rate"):
        told = service_cells(company, reader, Asked(WEEK, last, "casablanca", "commande_fr", metric=metric))
        both = told.join(
            shown(cells, metric).drop_nulls("value"),  # type: ignore[arg-type]
            left_on=["first_day", "local_minute"], right_on=["local_date", "local_minute"], suffix="_shown",
        )  # fmt: skip
        assert both.height == told.drop_nulls("value").height > 100
        assert (both["value"] - both["value_shown"]).abs().max() < 0.0006  # the clause prints one decimal of a percent
        assert both["target"].to_list() == both["target_shown"].to_list()
        assert both["offered"].to_list() == both["offered_shown"].to_list()


def test_the_cells_of_a_vendor_hold_every_contact_that_reached_its_queues(company: Workspace, reader: Reader) -> None:
    for vendor in company.vendors:
        cells = _week(company, reader, WEEK, vendor)
        counted = reader.frame("week_counts", first_day=WEEK, last_day=WEEK + timedelta(days=6))
        own = counted.filter(pl.col("vendor_code") == vendor)
        assert cells["offered"].sum() == own["offered"].sum()
        assert cells["answered"].sum() == own["answered"].sum()
        assert list(cells.schema) == list(CELLS)


@pytest.mark.parametrize("day", [date(2026, 4, 22), date(2026, 5, 20), date(2026, 6, 18)])
def test_a_day_whose_file_never_came_is_missing_and_not_empty(company: Workspace, reader: Reader, day: date) -> None:
    cells = interval_cells(company, reader, day, day, ["casablanca"])
    assert set(cells["state"]) == {"missing"}
    assert shown(cells, "service_level")["value"].null_count() == cells.height


def test_a_lost_afternoon_is_missing_from_noon(company: Workspace, reader: Reader) -> None:
    cells = interval_cells(company, reader, date(2026, 6, 17), date(2026, 6, 17), ["lille"])
    missing = cells.filter(pl.col("state") == "missing")["local_minute"].to_list()
    assert missing == list(range(13 * 60, 13 * 60 + 30 * len(missing), 30))
    assert 0 < len(missing) < cells.height


def test_one_silent_queue_of_three_leaves_a_figure_with_its_share_missing(company: Workspace, reader: Reader) -> None:
    day = date(2026, 6, 30)
    cells = interval_cells(company, reader, day, day, ["casablanca"])
    assert set(cells["state"]) == {"open"}
    assert cells["part"].max() == pytest.approx(1 / 3)
    alone = interval_cells(company, reader, day, day, ["casablanca"], queues=["retour_fr"])
    assert set(alone["state"]) == {"missing"}


def test_sunday_afternoon_is_closed_and_night_calls_open_no_row(company: Workspace, reader: Reader) -> None:
    cells = _week(company, reader, WEEK, "casablanca")
    late = cells.filter((pl.col("local_date").dt.weekday() == 7) & (pl.col("local_minute") >= 17 * 60))
    assert set(late["state"]) == {"closed"}
    # Poitiers has calls to closed queues at night: they make no open interval
    night = _week(company, reader, WEEK, "poitiers")
    assert night["local_minute"].min() >= 9 * 60
    assert night["local_minute"].max() < 19 * 60


def test_days_of_which_nothing_is_due_yet_are_not_yet_known(company: Workspace, reader: Reader) -> None:
    cells = _week(company, reader, date(2026, 11, 16), "casablanca")
    assert set(cells["state"]) == {"not_yet", "closed"}
    assert cells["offered"].drop_nulls().sum() == 0


def test_the_two_hours_when_the_clock_goes_back_are_one_row_of_the_heatmap(company: Workspace, reader: Reader) -> None:
    cells = _week(company, reader, date(2026, 10, 19), "poitiers")
    keys = cells.select("local_date", "local_minute")
    assert keys.unique().height == keys.height


def test_planted_weeks_show_where_they_should(company: Workspace, reader: Reader) -> None:
    plan = shown(_week(company, reader, date(2026, 6, 8), "casablanca"), "volume")
    assert plan["offered"].sum() / plan["forecast"].sum() > 1.3  # half again as many as forecast
    staffed = shown(_week(company, reader, WEEK, "casablanca"), "staffing")
    assert staffed["logged_s"].sum() / staffed["committed_s"].sum() < 0.85
    assert (staffed["step"] >= 1).mean() > 0.6


@pytest.mark.parametrize("what", SHOWN)
def test_steps_follow_how_far_a_figure_is_off(company: Workspace, reader: Reader, what: str) -> None:
    cells = shown(_week(company, reader, WEEK, "casablanca"), what)  # type: ignore[arg-type]
    known = cells.drop_nulls("step").with_columns(size=pl.col("off").abs() if what == "volume" else pl.col("off"))
    for step in range(3):
        low = known.filter(pl.col("step").abs() == step)["size"].max()
        high = known.filter(pl.col("step").abs() == step + 1)["size"].min()
        assert low is None or high is None or low <= high  # type: ignore[operator]
    assert (
        cells.filter(pl.col("state") != "open")["value"].null_count() == cells.filter(pl.col("state") != "open").height
    )
