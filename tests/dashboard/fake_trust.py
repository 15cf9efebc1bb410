"""Stand-in findings, days, discipline and restatements: one of everything that the page of trust shows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.answers.data_trust import GRID, Behind, Restated
from pipelines.trust.checks import SCHEMA as RESULTS
from pipelines.trust.findings import Finding, findings_frame, with_status

SEEN = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
LAST = date(2026, 11, 15)


def _findings() -> list[Finding]:
    return [
        Finding(
            "missing_day", "critical", "porto", "No contact has come for 11 Nov 2026: about 98 would be usual.",
            "Aucun contact n'est arrivé pour le 11/11/2026 : environ 98 seraient habituels.",
            date(2026, 11, 11), date(2026, 11, 11), feed="contacts", expected="about 98 contacts", observed="none",
            evidence={
                "reasoning": "The same weekdays and times let 98 contacts be expected; none came.",
                "because": ["no file has come for this period"], "innocent": ["a pause that was agreed"],
            },
        ),
        Finding(
            "rejected_rows", "warning", "porto", "3 of 5,000 rows of *a*.csv could not be read.",
            "3 lignes sur 5 000 de *a*.csv n'ont pas pu être lues.", date(2026, 11, 9), date(2026, 11, 15),
            feed="contacts", expected="every row readable", observed="3 of 5000 rows", subject="*a*.csv",
            evidence={"delivery_id": "d4", "file_name": "=cmd|' /C calc'!A0.csv"},
        ),
        Finding(
            "reported_differs", "warning", "tana", "Reported and recomputed figures differ.",
            "Chiffres communiqués et recalculés diffèrent.", date(2026, 9, 7), date(2026, 10, 4), feed="sla_report",
            metric="service_level", money="1250.00 EUR",
        ),
        Finding(
            "late_delivery", "info", "tana", "The contacts file came 9 h after it was due.",
            "Le fichier contacts est arrivé 9 h après l'échéance.", date(2026, 11, 2), date(2026, 11, 8),
            feed="contacts", evidence={"delivery_id": "d9"},
        ),
    ]  # fmt: skip


def findings(statuses: dict[str, str]) -> pl.DataFrame:
    """Four findings, and one that is closed; statuses as the journal has them."""
    gone = Finding("duplicate_rows", "info", "tana", "Rows came twice.", "Des lignes en double.", LAST, LAST)
    frame = findings_frame([*_findings(), gone], SEEN).with_columns(
        closed_at=pl.when(pl.col("finding_id") == gone.finding_id).then(pl.lit(SEEN)).otherwise("closed_at")
    )
    notes = pl.DataFrame(
        [(one, status, "Ada", SEEN, "said") for one, status in statuses.items()],
        schema={"finding_id": pl.String, "status": pl.String, "author": pl.String,
                "at": pl.Datetime("us", "UTC"), "text": pl.String}, orient="row",
    )  # fmt: skip
    return with_status(frame, notes)


def id_of(kind: str) -> str:
    return next(one.finding_id for one in _findings() if one.kind == kind)


def delivery_grid(vendors: list[str], first: date, last: date) -> pl.DataFrame:
    states = ("missing", "partial", "late", "restated")
    rows: list[dict[str, Any]] = []
    for number, vendor in enumerate(vendors):
        for step in range((last - first).days + 1):
            day = first + timedelta(days=step)
            state = states[number % 4] if step == 10 + number else "on_time"
            due = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(days=1)
            rows.append(dict(zip(GRID, (vendor, "contacts", day, state, day, day, due, due), strict=True)))
    return pl.DataFrame(rows, schema=GRID)


def discipline(vendors: list[str]) -> pl.DataFrame:
    rows = [
        {
            "vendor": vendor, "month": date(2026, month, 1), "expected": 30, "on_time": 30 - number, "late": number,
            "missing": 0, "contacts_expected": 900.0, "contacts_missing": 9.0 * number, "restating": month % 3,
            "rows_restated": 40 * (month % 3), "on_time_share": (30 - number) / 30,
            "completeness": None if vendor == "lille" else 1 - number / 100,
        }
        for number, vendor in enumerate(vendors) for month in range(1, 12)
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def behind(finding_id: str) -> Behind:
    if finding_id != id_of("rejected_rows"):
        return Behind((), {})
    cells = pl.DataFrame({"line": [12], "column_name": ["wait_s"], "raw_value": ["=1+1"], "reason": ["not *a* number"]})
    days = pl.DataFrame({"local_date": [LAST], "contacts": [91], "expected": [98.0], "missing": [0.0]})
    return Behind(("d4",), {"cells": cells, "days": days})


def changed_later(kind: str) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "delivery_id": ["d7"], "delivery_no": [7], "vendor": ["porto"], "feed": ["sla_report"],
            "file_name": ["report_*corrected*.csv"], "received_at": [SEEN], "period_start": [date(2026, 11, 2)],
            "period_end": [date(2026, 11, 8)], "rows_read": [114], "rows_restating": [14], "rows_loaded": [0],
        }
    )  # fmt: skip
    return frame.clear() if kind == "empty" else frame


def restated() -> Restated:
    figures = pl.DataFrame(
        {
            "day": [date(2026, 11, 2)] * 2, "queue": ["delivery_fr", None], "metric": ["service_level", "agents"],
            "before": [0.742, 12.0], "after": [0.802, None], "change": [0.06, None],
        }
    )  # fmt: skip
    return Restated(SEEN, figures)


def checks() -> pl.DataFrame:
    def row(result: str, message: str | None) -> dict[str, Any]:
        said = {"sentence": f"A check that is {result}.", "sentence_fr": f"Un contrôle {result}."}
        return dict.fromkeys(RESULTS) | said | {
            "result": result, "offending": 2 if result == "fail" else 0, "owner": "data team", "message": message,
            "evidence": json.dumps({}),
        }  # fmt: skip

    rows = [row("pass", None), row("fail", None), row("error", "the column wait_s is not there")]
    return pl.DataFrame(rows, schema=RESULTS)
