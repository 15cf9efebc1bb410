"""A clock that was wrong from the first day is told with the right hours; a right one, and a queue without closing
hours, is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from pipelines.trust.always_shifted import Found, always_findings, always_shifted, without_turns
from pipelines.trust.clocks import Shift
from pipelines.workspace import Workspace, load_workspace
from pipelines.workspace.frames import open_hours_frame
from tests.bench.made import write_workspace

FIRST, LAST = date(2026, 1, 5), date(2026, 7, 26)  # winter and summer
WEEKDAYS = [{"days": ["mon", "tue", "wed", "thu", "fri"], "open": "09:00", "close": "18:00"}]
ALWAYS = [{"open": "00:00", "close": "24:00"}]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("clock")
    write_workspace(root)
    return load_workspace(root)


def looked(made: Workspace, hours: Any, *, minutes: int = 0, clock: str | None = None, rate: float = 2.0,
           interval: int = 30) -> list[Found]:  # fmt: skip
    """Contacts by chance in every open interval, all ``minutes`` late, or written by ``clock`` and read as Paris."""
    (code,) = made.terms
    given = made.terms[code][0].model_dump(by_alias=True) | {
        "hours": {"*": hours}, "valid_from": FIRST, "report_tz": "Europe/Paris", "interval_min": interval,
    }  # fmt: skip
    terms = type(made.terms[code][0]).model_validate(given)
    workspace = Workspace(**{**vars(made), "terms": {code: [terms]}})
    cells = open_hours_frame(workspace, FIRST, LAST, code).rename({"vendor_code": "vendor", "queue_code": "queue"})
    came = np.random.default_rng(20261125).poisson(rate, cells.height)
    at = [_read(start, minutes, clock) for start in cells["interval_start_at"]]
    seen = cells.select("vendor", "queue").with_columns(
        interval_start_at=pl.Series(at, dtype=pl.Datetime("us", "UTC")),
        local_date=pl.Series([one.astimezone(ZoneInfo("Europe/Paris")).date() for one in at]),
        offered=pl.Series(came),
    )
    return always_shifted(workspace, cells, seen)


def _read(start: datetime, minutes: int, clock: str | None) -> datetime:
    if clock is not None:
        start = start.astimezone(ZoneInfo(clock)).replace(tzinfo=ZoneInfo("Europe/Paris"))
    return start.astimezone(UTC) + timedelta(minutes=minutes)


@pytest.mark.parametrize("minutes", [-480, -60, 30, 60, 120, 330])
def test_a_clock_that_was_always_off_is_told_with_its_hours(made: Workspace, minutes: int) -> None:
    (found,) = looked(made, WEEKDAYS, minutes=minutes)
    assert found.whole
    assert [(one.least_min, one.most_min) for one in found.seasons] == [(minutes, minutes)] * 2
    (finding,) = always_findings([found])
    side = "early" if minutes < 0 else "late"
    assert (finding.kind, finding.observed) == ("clock_shift", f"{abs(minutes) / 60:g} h {side}")
    assert (finding.period_start, finding.period_end) == (FIRST, date(2026, 7, 24))
    assert finding.evidence["inside_hours_moved"] == finding.evidence["contacts"] > finding.evidence["inside_hours"]
    assert "From the first day" in finding.sentence
    assert ("avancés" if minutes < 0 else "retardés") in finding.sentence_fr


def test_by_the_hour_a_shift_is_found_in_whole_hours(made: Workspace) -> None:
    (found,) = looked(made, WEEKDAYS, minutes=60, interval=60)
    assert {one.least_min for one in found.seasons} == {60}


def test_an_export_in_utc_read_as_paris_is_an_hour_off_in_winter_and_two_in_summer(made: Workspace) -> None:
    (finding,) = always_findings(looked(made, WEEKDAYS, clock="UTC"))
    assert finding.observed == "1–2 h early"
    assert finding.evidence["hours"] == {"UTC+01:00": "-1", "UTC+02:00": "-2"}
    assert "the export's clock does not" in finding.evidence["reasoning"]


def test_one_season_against_the_other_is_not_told_again(made: Workspace) -> None:
    found = looked(made, WEEKDAYS, clock="UTC")
    winter, lost = (Shift("acme", hours, FIRST, date(2026, 3, 27), 2000, 200.0) for hours in (1, 3))
    elsewhere = Shift("other", 1, FIRST, LAST, 2000, 200.0)
    assert without_turns([winter, lost, elsewhere], found) == [lost, elsewhere]
    assert without_turns([winter], looked(made, WEEKDAYS, minutes=60)) == [winter]


def test_a_clock_without_summer_time_is_off_in_summer_alone(made: Workspace) -> None:
    (found,) = looked(made, WEEKDAYS, clock="Africa/Lagos")  # Paris time all winter
    (finding,) = always_findings([found])
    assert not found.whole
    assert (finding.observed, finding.period_start) == ("1 h early", date(2026, 3, 30))
    assert finding.sentence.startswith("Whenever the clock of the terms is at UTC+02:00")


def test_what_says_nothing_of_the_clock_is_no_finding(made: Workspace) -> None:
    assert looked(made, WEEKDAYS) == []
    assert looked(made, ALWAYS, minutes=180) == [], "open round the clock"
    assert looked(made, WEEKDAYS, minutes=180, rate=0.01) == [], "too few contacts"


def test_contacts_that_only_come_in_the_middle_of_the_day_fit_many_times(made: Workspace) -> None:
    """Hours from 9 to 18, all contacts between 20:00 and 21:00: anything from three hours to eleven explains it."""
    (code,) = made.terms
    terms = made.terms[code][0]
    days = [FIRST + timedelta(days=number) for number in range(60) if (FIRST + timedelta(days=number)).weekday() < 5]
    wide = type(terms).model_validate(terms.model_dump(by_alias=True) | {"hours": {"*": WEEKDAYS}, "interval_min": 30})
    workspace = Workspace(**{**vars(made), "terms": {code: [wide]}})
    cells = open_hours_frame(workspace, days[0], days[-1], code).rename(
        {"vendor_code": "vendor", "queue_code": "queue"}
    )
    queue = cells["queue"][0]
    at = [datetime(day.year, day.month, day.day, 19, slot, tzinfo=UTC) for day in days for slot in (0, 30)]
    seen = pl.DataFrame(
        {"vendor": code, "queue": queue, "interval_start_at": at, "local_date": [one.date() for one in at],
         "offered": 20}
    ).with_columns(pl.col("interval_start_at").cast(pl.Datetime("us", "UTC")))  # fmt: skip
    (found,) = always_shifted(workspace, cells.filter(pl.col("queue") == queue), seen)
    assert [(one.least_min, one.most_min) for one in found.seasons] == [(180, 660)]
    (finding,) = always_findings([found])
    assert finding.observed == "3–11 h late"


@pytest.mark.slow
def test_no_clock_of_the_example_was_always_off(example: Path) -> None:
    from pipelines.warehouse import Reader

    with Reader.open(load_workspace(example).state) as reader:
        findings = reader.frame("findings")
    assert not findings["sentence"].str.contains("From the first day|Whenever the clock").any()
