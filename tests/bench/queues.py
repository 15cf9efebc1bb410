"""A week of half-hours for many queues, with plan and counts, for the benchmark of attributions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.breaches import bound, counted, excused_rows
from pipelines.measures.causes import model_inputs
from pipelines.workspace.terms import Terms

MONDAY = date(2026, 3, 2)
HALF_HOURS = range(16, 44)  # from eight to ten in the evening


def week_of_queues(operations: int, queues: int, seed: int = 1) -> tuple[pl.DataFrame, list[BoundClause], pl.DataFrame]:
    """What :func:`pipelines.measures.causes.attributed` reads: rows, clauses, inputs; no two half-hours are alike."""
    rng = np.random.default_rng(seed)
    cells = [
        (f"operation_{vendor}", f"queue_{queue}", MONDAY + timedelta(days=day), slot)
        for vendor in range(operations) for queue in range(queues) for day in range(7) for slot in HALF_HOURS
    ]  # fmt: skip
    size = len(cells)
    forecast = rng.uniform(20, 200, size)
    calls = rng.poisson(forecast * rng.normal(1.05, 0.1, size).clip(0.5)) + 1
    planned = rng.uniform(200, 500, size)
    committed = forecast / 1800 * planned * 1.1 + 2
    answered = np.round(calls * rng.uniform(0.85, 1, size))
    start = [
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=30 * slot) for *_, day, slot in cells
    ]
    frame = pl.DataFrame(
        {
            "vendor": [one[0] for one in cells], "queue": [one[1] for one in cells],
            "local_date": [one[2] for one in cells], "interval_start_at": start, "interval_min": 30,
            "offered": calls, "answered": answered, "abandoned": calls - answered,
            "answered_in_threshold": np.round(answered * rng.uniform(0.5, 1, size)),
            "abandoned_in_threshold": 0.0, "short_abandoned": 0.0, "flow_outs": 0.0, "callbacks": 0.0,
            "callbacks_in_threshold": 0.0, "voicemail": 0.0, "closed": 0.0,
            "handle_known": answered, "handle_s": answered * planned * rng.normal(1.05, 0.1, size),
            "wait_answered_s": answered * 15.0, "wait_abandoned_s": (calls - answered) * 70.0,
        },
        schema_overrides={"interval_start_at": pl.Datetime("us", "UTC")},
    )  # fmt: skip
    staffing = frame.select("vendor", "queue", "interval_start_at", "local_date", "interval_min").with_columns(
        forecast=pl.Series(forecast), aht_forecast_s=pl.Series(planned), committed=pl.Series(committed),
        scheduled=pl.lit(None, pl.Float64), logged_s=pl.Series(committed * 1800 * rng.uniform(0.8, 1.1, size)),
    )  # fmt: skip
    clause = {"id": "sl", "metric": "service_level", "target": 0.8, "threshold_s": 20, "variant": "abandon_negative"}
    terms = {
        name: [Terms.model_validate({"id": name, "vendor": name, "valid_from": date(2025, 1, 1), "report_tz": "UTC",
                                     "clauses": [clause]})]
        for name in frame["vendor"].unique().sort()
    }  # fmt: skip
    rows, rules = bound(frame, bound_clauses(terms))
    nothing = pl.DataFrame(
        schema={"queue": pl.String, "local_date": pl.Date, "interval_start_at": pl.Datetime("us", "UTC"),
                "reason": pl.String}
    )  # fmt: skip
    told = excused_rows(counted(rows, rules), [nothing for _ in rules], [])
    return told, rules, model_inputs(frame, staffing)
