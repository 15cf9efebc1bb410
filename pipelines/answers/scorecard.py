"""The weekly review: the scorecard of one week with its trust, and whom to call about what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.answers.findings import findings_with_status
from pipelines.answers.touched import with_findings
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.scorecard import HISTORY_WEEKS, last_year, scorecard
from pipelines.measures.weekly import WeekInputs
from pipelines.trust.coverage import data_shares, open_days, with_bounds, with_expected
from pipelines.warehouse import Reader
from pipelines.warehouse.reader import OTHER_SPAN
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame, rate_cards_frame

_FRAMES = {
    "counts": "week_counts",
    "waits": "week_waits",
    "surveys": "week_surveys",
    "offers": "week_survey_offers",
    "refunds": "week_refunds",
    "staffing": "week_staffing",
    "orders": "week_orders",
}
_GOOD = {name: measure.direction for name, measure in MEASURES.items()}
_RATES = [name for name, measure in MEASURES.items() if measure.unit == "share"]


@dataclass(frozen=True, slots=True)
class WeekReview:
    """One week: the scorecard (``measures.scorecard.SCORECARD_SCHEMA`` with data_share, worst_case, best_case,
    findings), the days behind it per vendor, and the findings that touch the week, with their status."""

    week: date
    baseline: str | None
    scorecard: pl.DataFrame
    shares: pl.DataFrame
    findings: pl.DataFrame

    @property
    def last_day(self) -> date:
        return self.week + timedelta(days=6)


def last_complete_week(reader: Reader) -> date | None:
    """The Monday of the last week whose seven days lie within the data; None without data."""
    first, last = reader.frame("week_range").row(0)[:2]
    if first is None or last is None:
        return None
    monday: date = last - timedelta(days=last.weekday())
    return monday if last.weekday() == 6 or monday <= first else monday - timedelta(weeks=1)


def review_week(
    workspace: Workspace,
    reader: Reader,
    week: date | None = None,
    *,
    by_queue: bool = False,
    vendor: str | None = None,
    queues: list[str] | None = None,
) -> WeekReview | None:
    """The review of ``week`` (its Monday; by default the last complete one); None where there are no data.

    ``queues`` restricts every figure, the baseline's too, to those queues; ``vendor`` only chooses rows.
    """
    monday = week or last_complete_week(reader)
    if monday is None:
        return None
    inputs = week_inputs(reader, monday, queues)
    card = scorecard(
        inputs,
        monday,
        workspace.baseline,
        clauses_frame(workspace),
        rate_cards=rate_cards_frame(workspace),
        by_queue=by_queue,
        refund_denominator=workspace.settings.refund_denominator,
        currency=workspace.settings.currency,
    )
    last = monday + timedelta(days=6)
    days = reader.frame("day_coverage", first_day=monday, last_day=last).rename({"vendor_code": "vendor"})
    shares = with_expected(
        data_shares(open_days(workspace, monday, last), days),
        reader.frame("expected_days", first_day=monday, last_day=last),
    )
    findings = _touching(findings_with_status(workspace, reader), monday, last)
    card = with_findings(with_bounds(card, shares, _GOOD, _RATES), findings)
    if vendor:
        card = card.filter(pl.col("vendor") == vendor)
    return WeekReview(monday, workspace.baseline, card, shares, findings)


def week_inputs(reader: Reader, week: date, queues: list[str] | None = None) -> WeekInputs:
    """The counts behind the week, its history and the same week a year before."""
    spans = [(week - timedelta(weeks=HISTORY_WEEKS - 1), week + timedelta(days=6))]
    if before := last_year(week):
        spans.append((before, before + timedelta(days=6)))
    return span_inputs(reader, spans, queues)


def span_inputs(reader: Reader, spans: list[tuple[date, date]], queues: list[str] | None = None) -> WeekInputs:
    """The counts behind the weeks of ``spans`` (first and last day of one or two; no week may lie in both)."""
    (first, last), *others = spans
    days = {"first_day": first, "last_day": last}
    for one in others:
        days |= dict(zip(OTHER_SPAN, one, strict=True))
    frames = {}
    for name, query in _FRAMES.items():
        frame = reader.frame(query, **days)
        frames[name] = frame if queues is None else _of_queues(frame, queues)
    return WeekInputs(**frames)


def _of_queues(frame: pl.DataFrame, queues: list[str]) -> pl.DataFrame:
    """The rows of ``queues``; none of a frame that knows no queues (orders), since they are not those queues' alone."""
    return frame.filter(pl.col("queue_code").is_in(queues)) if "queue_code" in frame.columns else frame.clear()


def _touching(findings: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    present = findings.filter(pl.col("closed_at").is_null())
    return present.filter((pl.col("period_start") <= last) & (pl.col("period_end") >= first))


def scorecard_document(review: WeekReview | None) -> dict[str, Any]:
    """The document of ``scorecard --json``."""
    if review is None:
        return {"week": None, "baseline_vendor": None, "rows": []}
    names = (
        "vendor", "queue", "metric", "value", "numerator", "denominator", "n", "low", "high", "previous", "last_year",
        "target", "target_met", "baseline_value", "gap", "gap_low", "gap_high", "verdict", "definition_id",
        "data_share", "worst_case", "best_case", "findings", "note",
    )  # fmt: skip
    year, week, _ = review.week.isocalendar()
    rows = review.scorecard.select(*names).to_dicts()
    return {"week": f"{year}-W{week:02d}", "baseline_vendor": review.baseline, "rows": rows}
