"""How far the data can be trusted: what came day by day, how each vendor reports over time, what changed afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.answers.scorecard import span_inputs
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.scorecard import scorecard
from pipelines.trust.facts import told_fact
from pipelines.trust.reasons import in_french
from pipelines.warehouse import Reader, known_at
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame, rate_cards_frame

#: What became of a day of a feed, the gravest first.
STATES = ("missing", "partial", "late", "restated", "on_time")
#: Findings that say: of this day only a part is there.
_PARTIAL = ("missing_day", "missing_interval", "zeros_for_silence", "truncated_export")
GRID = {
    "vendor": pl.String(),
    "feed": pl.String(),
    "day": pl.Date(),
    "state": pl.String(),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "due_at": pl.Datetime("us", "UTC"),
    "received_at": pl.Datetime("us", "UTC"),
}


def delivery_days(
    judged: pl.DataFrame, deliveries: pl.DataFrame, findings: pl.DataFrame, first: date, last: date
) -> pl.DataFrame:
    """One row per vendor, feed and day that a due delivery covers (:data:`GRID`), with the gravest that befell it.

    ``judged``: due deliveries with what became of them; ``deliveries``: every delivery (vendor, feed, period,
    rows_restating); ``findings``: those that are not closed. Days before ``first`` and after ``last`` are left out.
    """
    due = judged.filter((pl.col("period_start") <= last) & (pl.col("period_end") >= first))
    days = due.with_columns(day=pl.date_ranges("period_start", "period_end")).explode("day")
    days = days.filter(pl.col("day").is_between(first, last))
    partial = _days_of(findings.filter(pl.col("kind").is_in(_PARTIAL)), "partial")
    restated = _days_of(deliveries.filter(pl.col("rows_restating") > 0), "restated")
    keys = ["vendor", "feed", "day"]
    return (
        days.join(partial, on=keys, how="left")
        .join(restated, on=keys, how="left")
        .with_columns(
            state=pl.when(pl.col("punctuality") == "missing")
            .then(pl.lit("missing"))
            .when(pl.col("partial").fill_null(False))
            .then(pl.lit("partial"))
            .when(pl.col("punctuality") == "late")
            .then(pl.lit("late"))
            .when(pl.col("restated").fill_null(False))
            .then(pl.lit("restated"))
            .otherwise(pl.lit("on_time"))
        )
        .select(*GRID)
        .sort("vendor", "feed", "day", "due_at")
        .unique(keys, keep="first", maintain_order=True)
    )


def _days_of(rows: pl.DataFrame, mark: str) -> pl.DataFrame:
    """The days of each row's period, marked: vendor, feed, day, ``mark``."""
    dated = rows.drop_nulls(["period_start", "period_end"]).filter(pl.col("period_start") <= pl.col("period_end"))
    return (
        dated.select("vendor", "feed", day=pl.date_ranges("period_start", "period_end"))
        .explode("day")
        .drop_nulls()
        .unique()
        .with_columns(pl.lit(True).alias(mark))
    )


def reporting_discipline(judged: pl.DataFrame, deliveries: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """Per vendor and month (first day): expected, on_time, late, missing, on_time_share; contacts_expected,
    contacts_missing, completeness; restating files and rows_restated.

    A delivery belongs to the month in which the period that it covers ends; a restatement to the month that it
    restates. ``expected``: expected days (``trust.coverage.expected_days``). Null where nothing was to be expected.
    """
    month, state = pl.col("period_end").dt.truncate("1mo"), pl.col("punctuality")
    counted = judged.group_by("vendor", month=month).agg(
        expected=pl.len(),
        on_time=(state == "on_time").sum(),
        late=(state == "late").sum(),
        missing=(state == "missing").sum(),
    )
    contacts = expected.group_by("vendor", month=pl.col("local_date").dt.truncate("1mo")).agg(
        contacts_expected=pl.col("expected").sum(), contacts_missing=pl.col("missing").sum()
    )
    restating = deliveries.filter((pl.col("rows_restating") > 0) & pl.col("period_end").is_not_null())
    restated = restating.group_by("vendor", month=month).agg(
        restating=pl.len(), rows_restated=pl.col("rows_restating").sum()
    )
    keys = ["vendor", "month"]
    return (
        counted.join(contacts, on=keys, how="left")
        .join(restated, on=keys, how="left")
        .with_columns(
            pl.col("restating", "rows_restated").fill_null(0),
            on_time_share=pl.col("on_time") / pl.col("expected"),
            completeness=1 - pl.col("contacts_missing") / pl.col("contacts_expected"),
        )
        .with_columns(pl.col("completeness").fill_nan(None))
        .sort(*keys)
    )


@dataclass(frozen=True, slots=True)
class Behind:
    """What a person opens behind a finding: the deliveries by their id, and rows under a name for each kind of row.

    ``rows``: name of ``findings.rows`` texts -> frame; ``cut``: more rows than are shown.
    """

    delivery_ids: tuple[str, ...]
    rows: Mapping[str, pl.DataFrame]


#: Rows of one kind that are read behind a finding.
MOST_ROWS = 500
#: Days before and after, so that a gap can be seen between its neighbours.
AROUND = timedelta(days=7)
#: The group of a delivery's rows that a finding is about.
_GROUP_OF = {
    "duplicate_rows": "duplicate", "conflicting_rows": "stale", "restated_figures": "restating",
    "rejected_rows": "rejected", "wrong_content": "duplicate",
}  # fmt: skip


def behind_finding(reader: Reader, finding: Mapping[str, Any], judged: pl.DataFrame) -> Behind:
    """The rows that a finding rests on (``finding``: one row of the findings' frame, evidence as JSON text).

    ``judged``: due deliveries with what became of them.
    """
    evidence = json.loads(finding["evidence"] or "{}")
    ids = evidence.get("delivery_ids") or evidence.get("deliveries") or []
    ids = [*ids, *(evidence[name] for name in ("delivery_id", "delivery") if evidence.get(name))]
    rows: dict[str, pl.DataFrame] = {}
    if finding["kind"] == "rejected_rows" and ids:
        rows["cells"] = reader.frame("delivery_rejects", delivery_id=ids[0], most=MOST_ROWS).select(
            "line", "column_name", "raw_value", "reason"
        )
    elif finding["kind"] in _GROUP_OF and ids:
        rows["rows"] = reader.frame(
            "delivery_dispositions", delivery_id=ids[0], disposition=_GROUP_OF[finding["kind"]], most=MOST_ROWS
        ).select("source_row", "reason", "row_key", "other_file_name", "other_source_row")
    if finding["feed"] == "sla_report" and finding["period_start"] and finding["kind"] not in _GROUP_OF:
        rows["report"] = _report_lines(reader, finding)
    if finding["feed"] in ("contacts", "staffing") and finding["period_start"]:
        rows["days"] = _days_around(reader, finding)
    if finding["feed"] == "surveys" and finding["period_start"]:
        rows["surveys"] = _surveys_around(reader, finding, evidence.get("about") or finding["vendor"])
    if finding["kind"] in ("late_delivery", "missing_delivery"):
        rows["due"] = _due_around(judged, finding)
    if finding["kind"] == "invoice_differs":
        rows["invoice"] = _invoice_lines(reader, finding["vendor"], evidence)
    if finding["kind"] == "clause_missed":
        rows["periods"] = _missed_periods(evidence["periods"], finding["metric"])
    if legs := evidence.get("legs"):
        rows["contacts"] = reader.frame("finding_contacts", vendor=finding["vendor"], legs=legs)
    return Behind(tuple(ids), {name: frame for name, frame in rows.items() if frame.height})


def _invoice_lines(reader: Reader, vendor: str, evidence: Mapping[str, Any]) -> pl.DataFrame:
    """Each line that differs: its price, what was invoiced, and what the contacts come to."""
    kept = ("queue", "unit", "invoiced_quantity", "quantity", "invoiced", "recomputed", "difference")
    lines = pl.DataFrame([{name: line[name] for name in kept} for line in evidence["lines"]]).with_columns(
        pl.col(*kept[2:]).cast(pl.Decimal(18, 2))
    )
    sent = reader.frame("invoice_lines", vendor=vendor).filter(pl.col("invoice_id") == evidence["invoice"])
    prices = sent.select("queue", "unit", price="unit_amount").unique(["queue", "unit"])
    return lines.join(prices, on=["queue", "unit"], how="left", nulls_equal=True).select(
        "queue", "unit", "price", *kept[2:]
    )


def _missed_periods(periods: list[dict[str, Any]], metric: str) -> pl.DataFrame:
    """Each period of the clause in which it was missed, with the counts behind its figure and what excuses it."""
    figure = "share" if metric in MEASURES and MEASURES[metric].unit == "share" else "value"
    return pl.DataFrame(
        {
            "period_start": [date.fromisoformat(one["period_start"]) for one in periods],
            "period_end": [date.fromisoformat(one["period_end"]) for one in periods],
            figure: [one["value"] for one in periods],
            "numerator": [one["numerator"] for one in periods],
            "denominator": [one["denominator"] for one in periods],
            "excused_by": [", ".join(one["excused_by"]) for one in periods],
        }
    )


def _report_lines(reader: Reader, finding: Mapping[str, Any]) -> pl.DataFrame:
    """The reported figures that the finding is about, each with the cell it came from."""
    return reader.frame(
        "finding_report", vendor=finding["vendor"], metric=finding["metric"], queue=finding["queue"],
        first_day=finding["period_start"], last_day=finding["period_end"], most=MOST_ROWS,
    )  # fmt: skip


def _days_around(reader: Reader, finding: Mapping[str, Any]) -> pl.DataFrame:
    """Day by day, a week around: contacts that came and contacts that were to be expected, by the queue's history."""
    first, last = finding["period_start"] - AROUND, finding["period_end"] + AROUND
    span = {"first_day": first, "last_day": last}
    came = reader.frame("day_coverage", **span).rename({"vendor_code": "vendor", "queue_code": "queue"})
    due = reader.frame("expected_days", **span)
    joined = came.join(due, on=["vendor", "queue", "local_date"], how="full", coalesce=True).filter(
        (pl.col("vendor") == finding["vendor"])
        & (pl.col("queue") == finding["queue"] if finding["queue"] else pl.lit(True))
    )
    return (
        joined.group_by("local_date")
        .agg(
            contacts=pl.col("contacts").fill_null(0).sum(),
            expected=pl.col("expected").fill_null(0).sum().round(0),
            missing=pl.col("missing").fill_null(0).sum().round(0),
        )
        .sort("local_date")
        .head(MOST_ROWS)
    )


def _surveys_around(reader: Reader, finding: Mapping[str, Any], about: str) -> pl.DataFrame:
    """Week by week: contacts answered, surveys sent, surveys answered, of the vendor that they are about."""
    weeks = reader.frame("trust_survey_weeks").filter(
        (pl.col("vendor") == about)
        & pl.col("local_date").is_between(finding["period_start"] - 4 * AROUND, finding["period_end"] + 4 * AROUND)
    )
    return (
        weeks.group_by(week=pl.col("local_date").dt.truncate("1w"))
        .agg(pl.col("answered", "sent", "replied").sum())
        .sort("week")
    )


def _due_around(judged: pl.DataFrame, finding: Mapping[str, Any]) -> pl.DataFrame:
    """The deliveries of the feed that were due around the period, and what became of each."""
    mine = judged.filter((pl.col("vendor") == finding["vendor"]) & (pl.col("feed") == finding["feed"]))
    near = mine.sort("period_start").with_row_index("place")
    touched = near.filter(
        (pl.col("period_start") <= finding["period_end"]) & (pl.col("period_end") >= finding["period_start"])
    )["place"]
    if touched.is_empty():
        return near.clear().drop("place")
    first, last = int(touched[0]) - 3, int(touched[-1]) + 3
    return near.filter(pl.col("place").is_between(first, last)).select(
        "period_start", "period_end", "due_at", "received_at", "punctuality"
    )


def reasons_of(finding: Mapping[str, Any], language: str) -> tuple[list[str], list[str]]:
    """The reasoning behind a finding and its innocent causes, in the reader's language."""
    evidence = json.loads(finding["evidence"] or "{}")
    said = [evidence[name] for name in ("reasoning", "test") if evidence.get(name)]
    because, innocent = evidence.get("because") or [], evidence.get("innocent") or []
    if language == "fr":
        return [in_french(one) for one in [*said, *because]], [in_french(one) for one in innocent]
    return [*said, *because], innocent


def fact_words(text: str | None, language: str) -> str | None:
    """What was expected or observed, in the reader's language."""
    return told_fact(text, "fr" if language == "fr" else "en") if text else text


@dataclass(frozen=True, slots=True)
class Restated:
    """What one restating delivery changed: figures of each week before and after it, and since when."""

    received_at: datetime
    figures: pl.DataFrame  # day (of a report) or Monday (of contacts), queue (null: all), metric, before, after, change


def restatements(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Deliveries that changed rows already held, the latest first: who, when, which period, how many rows."""
    return (
        deliveries.filter(pl.col("rows_restating") > 0)
        .select(
            "delivery_id", "delivery_no", "vendor", "feed", "file_name", "received_at", "period_start", "period_end",
            "rows_read", "rows_restating", "rows_loaded",
        )
        .sort("received_at", descending=True)
    )  # fmt: skip


def restated_figures(workspace: Workspace, reader: Reader, delivery: Mapping[str, Any]) -> Restated:
    """The figures that the restating ``delivery`` (one row of :func:`restatements`) changed, before and after it.

    Contacts are recomputed as known just before and at its reception; a report's lines are held against one another.
    """
    received = delivery["received_at"]
    monday = delivery["period_start"] - timedelta(days=delivery["period_start"].weekday())
    sunday = delivery["period_end"] + timedelta(days=6 - delivery["period_end"].weekday())
    figures = []
    for moment in (received - timedelta(microseconds=1), received):
        past = known_at(reader, workspace, moment, (monday, sunday), delivery["vendor"])
        with past.reader() as known:
            if delivery["feed"] == "sla_report":
                figures.append(_reported(known, delivery["vendor"]))
            else:
                figures.append(_weekly(workspace, known, delivery["vendor"], monday, sunday))
    before, after = figures
    keys = ["day", "queue", "metric"]
    changed = (
        before.join(after, on=keys, how="full", coalesce=True, suffix="_after", nulls_equal=True)
        .rename({"value": "before", "value_after": "after"})
        .filter(pl.col("before").ne_missing(pl.col("after")))
        .with_columns(change=pl.col("after") - pl.col("before"))
        .sort("metric", "day", "queue", nulls_last=True)
    )
    return Restated(received, changed)


def _reported(known: Reader, vendor: str) -> pl.DataFrame:
    lines = known.frame("trust_reports").filter(pl.col("vendor") == vendor)
    return lines.group_by(day="local_date", queue="queue", metric="metric").agg(value=pl.col("value").last())


def _weekly(workspace: Workspace, known: Reader, vendor: str, first: date, last: date) -> pl.DataFrame:
    """Every figure of the vendor's weeks that has a value: day (the Monday), queue (null), metric, value."""
    found = []
    week = first
    while week <= last:
        inputs = span_inputs(known, [(week, week + timedelta(days=6))])
        card = scorecard(
            inputs, week, None, clauses_frame(workspace), rate_cards=rate_cards_frame(workspace),
            refund_denominator=workspace.settings.refund_denominator, currency=workspace.settings.currency,
        )  # fmt: skip
        found.append(
            card.filter((pl.col("vendor") == vendor) & pl.col("value").is_not_null()).select(
                "queue", "metric", "value", day=pl.lit(week)
            )
        )
        week += timedelta(weeks=1)
    return pl.concat(found).select("day", "queue", "metric", "value")
