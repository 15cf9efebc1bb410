"""A stand-in ledger: two months of one measure, another definition from the second on, every verdict and reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.answers.ledger_line import LineContacts
from pipelines.answers.reconcile import WORTH, Reconciled
from pipelines.measures.definition_search import Explanation
from pipelines.measures.reconcile import CAUSES, LEDGER, Reconciliation

FIRST, CHANGED, LAST = date(2026, 9, 7), date(2026, 10, 5), date(2026, 11, 1)
OTHER = "service_level.short_excluded/<=20s/short10s"
TERMS = "service_level.abandon_negative/<=20s"


def _line(day: date, number: int, **more: Any) -> dict[str, Any]:
    drifted = day >= CHANGED
    gap = -0.03125 if drifted else 0.0
    line = dict.fromkeys(LEDGER) | dict.fromkeys(CAUSES, 0.0) | {
        "row_id": f"r{number}", "vendor": "v", "queue": "delivery_fr", "metric": "service_level", "granularity": "day",
        "period_start": day, "period_end": day, "period_start_at": datetime(day.year, day.month, day.day, tzinfo=UTC),
        "reported": 0.78125 - gap, "recomputed": 0.78125, "difference": gap, "tolerance": 0.0005,
        "verdict": "differs" if drifted else "agrees", "definition": gap, "residual": 0.0,
        "explained_by": OTHER if drifted else None, "definition_id": TERMS, "numerator": 78.0, "denominator": 100.0,
        "unit": "rate", "decimals": 1, "label_as_printed": "=QS *20s*", "cell_ref": "S43!F7", "delivery_id": "d1",
        "delivery_no": 1, "file_name": "report *S43*.xlsx", "source_row": 7,
    }  # fmt: skip
    return line | more


def lines() -> pl.DataFrame:
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    rows = [_line(day, number) for number, day in enumerate(days)]
    silent = dict.fromkeys(("difference", "residual", "explained_by", *CAUSES))
    rows[3] |= silent | {"recomputed": None, "verdict": "not_verifiable", "reason": "no_contacts"}
    rows[4] |= silent | {"reported": None, "file_name": None, "verdict": "not_verifiable", "reason": "not_reported"}
    rows[5] |= {
        "reported": 0.0078, "difference": 0.77345, "unexplained": 0.77345, "verdict": "differs",
        "hint": "a_hundred_times_too_small",
    }  # fmt: skip
    odd = {"metric": "agents", "unit": "count", "decimals": 0, "label_as_printed": "=Agents *présents*",
           "recomputed": None, "verdict": "not_verifiable", "reason": "no_source", "reported": 12.0}  # fmt: skip
    rows.append(_line(FIRST, 999) | silent | odd)
    return pl.DataFrame(rows, schema=LEDGER)


def explanations() -> tuple[Explanation, ...]:
    common: dict[str, Any] = {
        "established": True, "truncated": False, "chance": 0.0, "tried": 900, "telling": 20, "next_fits": 11,
        "next_best": "service_level.answered_only/<=20s",
    }  # fmt: skip
    return (
        Explanation(TERMS, 0, 0, FIRST, CHANGED - timedelta(days=1), 28, 25, 25, ties=(), **common),
        Explanation(
            OTHER, 1, 7, CHANGED, LAST, 28, 28, 0, ties=("service_level.short_excluded/<20s/short10s",), **common
        ),
    )


def reconciled(vendor: str) -> Reconciled:
    ledger = lines().with_columns(vendor=pl.lit(vendor))
    found = Reconciliation(vendor, ledger, {("service_level", "day"): explanations()}, {})
    said = {"status": pl.lit("open"), "explanation_id": pl.lit("e1")}
    return Reconciled(ledger.with_columns(**said), (found,), _worth(vendor))


def _worth(vendor: str) -> pl.DataFrame:
    """Two settled months: in the first nothing moves, in the second the vendor's own figure is worth more to it."""
    common = {"vendor": vendor, "clause": "qs *20*", "metric": "service_level", "queue": "*", "granularity": "month"}
    rows = [
        common | {"period_start": date(2026, month, 1), "period_end": date(2026, month, last), "reported": 0.811,
                  "recomputed": 0.798, "money": Decimal(amount), "currency": "EUR"}
        for month, last, amount in ((9, 30, "0"), (10, 31, "-667.82"))
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=WORTH)


def contacts_of_line(line: dict[str, Any]) -> LineContacts:
    outcomes = pl.DataFrame(
        [("answered", 80, 80, 78, None, 4.0, 190.0), ("abandoned_queue", 20, 20, 6, 4, 33.0, 240.0)],
        schema=["outcome", "contacts", "waits_known", "in_threshold", "in_short", "wait_median_s", "wait_max_s"],
        orient="row",
    )
    files = pl.DataFrame(
        [(3, "d3", "poitiers", "calls *20261031*.csv", None, 100, 220, 210, 0, 5, 0, 3, 2)],
        schema=["delivery_no", "delivery_id", "vendor", "file_name", "received_at", "contacts", "rows_read",
                "rows_loaded", "rows_restating", "rows_duplicate", "rows_stale", "rows_rejected", "rows_dropped"],
        orient="row",
    )  # fmt: skip
    return LineContacts(outcomes, files, 20.0, True, 10.0)
