"""One vendor's work made by hand: half-hours and days with chosen counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from pipelines.measures.agreement.activity import EXPECTED, FORECAST, Activity
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.workspace.terms import Terms

#: day, half-hour of the day (0 to 47), offered, answered in time, answered, and optionally the queue.
Row = tuple[date, int, int, int, int] | tuple[date, int, int, int, int, str]


def activity(rows: Iterable[Row], **more: Any) -> Activity:
    told = []
    for day, half_hour, offered, in_time, answered, *queue in rows:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=30 * half_hour)
        told.append(
            {"queue": queue[0] if queue else "q", "interval_start_at": start, "local_date": day, "offered": offered,
             "answered": answered, "abandoned": offered - answered, "answered_in_threshold": in_time,
             "abandoned_in_threshold": 0, "wait_answered_s": 20.0 * answered, "waits_known_answered": answered}
        )  # fmt: skip
    schema = {"interval_start_at": pl.Datetime("us", "UTC")}
    intervals = pl.DataFrame(told, schema_overrides=schema)
    days = intervals.drop("interval_start_at").group_by("queue", "local_date", maintain_order=True).sum()
    expected = days.select(
        "queue", "local_date", open_intervals=pl.lit(10), silent_intervals=pl.lit(0),
        expected=pl.col("offered").cast(pl.Float64), missing=pl.lit(0.0),
    )  # fmt: skip
    given: dict[str, Any] = {
        "vendor": "v", "first_day": days["local_date"].min(), "last_day": days["local_date"].max(),
        "intervals": intervals, "days": days, "expected": expected.cast(EXPECTED), "counted": lambda level: intervals,
        "waits": pl.DataFrame(schema={"queue": pl.String, "local_date": pl.Date, "wait_bin": pl.Int64,
                                      "answered": pl.Int64, "abandoned": pl.Int64}),
        "forecast": pl.DataFrame(schema=FORECAST),
    }  # fmt: skip
    return Activity(**(given | more))


def terms(**clause: Any) -> Terms:
    own = {"id": "sl", "metric": "service_level", "target": 0.8, "threshold_s": 20, "variant": "abandon_negative"}
    outer = {name: clause.pop(name) for name in list(clause) if name in Terms.model_fields}
    given = {"id": "v-1", "vendor": "v", "valid_from": date(2026, 1, 1), "report_tz": "UTC", "clauses": [own | clause]}
    return Terms.model_validate(given | outer)


def bound(**clause: Any) -> BoundClause:
    return bound_clauses({"v": [terms(**clause)]})[0]


@pytest.fixture
def make_activity() -> Callable[..., Activity]:
    return activity


@pytest.fixture
def make_terms() -> Callable[..., Terms]:
    return terms


@pytest.fixture
def make_bound() -> Callable[..., BoundClause]:
    return bound
