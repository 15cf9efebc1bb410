"""Zeros that stand for silence: a report or a staffing file says 0 for a time in which there was work.

A zero is true where the day was closed or where nothing was to be expected of it. It stands for silence where contacts
were served at the same time, or where the queue's history makes nothing at all a practical impossibility.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.measures.plausibility import silence_probability
from pipelines.trust.findings import Finding
from pipelines.trust.sentences import period_words, sentence
from pipelines.trust.silence import NEGLIGIBLE

#: Unsteadiness assumed where a report's own history is judged (negative binomial size).
SIZE = 10.0


def zero_findings(reports: pl.DataFrame, staffing: pl.DataFrame, days: pl.DataFrame) -> Iterator[Finding]:
    """Findings of both feeds. ``days``: vendor, queue, local_date, offered, expected (of the day)."""
    yield from _grouped(zero_reports(reports, days), "sla_report", "zeros_report")
    yield from _grouped(zero_staffing(staffing, days), "staffing", "zeros_staffing")


def zero_reports(reports: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Reported days and queues whose every count is 0 although there was work: vendor, queue, local_date, offered."""
    counts = reports.filter((pl.col("unit") == "count") & pl.col("granularity").is_in(["day", "interval", "hour"]))
    daily = counts.group_by("vendor", "queue", "local_date").agg(total=pl.col("value").sum(), figures=pl.len())
    usual = daily.group_by("vendor", "queue").agg(usual=pl.col("total").median() / pl.col("figures").median())
    zero = daily.filter(pl.col("total") == 0).join(usual, on=["vendor", "queue"], how="left")
    return _worked(zero, days, pl.col("usual"))


def zero_staffing(staffing: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Days and queues with no second of staffed time although there was work."""
    stated = pl.col("logged_s").is_not_null()
    zero = staffing.filter(stated & (pl.col("logged_s") == 0) & (pl.col("talk_s").fill_null(0) == 0))
    return _worked(zero, days, pl.lit(0.0))


def _worked(zero: pl.DataFrame, days: pl.DataFrame, usual: pl.Expr) -> pl.DataFrame:
    joined = zero.join(days, on=["vendor", "queue", "local_date"], how="left").with_columns(
        offered=pl.col("offered").fill_null(0), expected=pl.max_horizontal(pl.col("expected").fill_null(0), usual)
    )
    chances = [None if value is None else silence_probability(value, SIZE) for value in joined["expected"]]
    chance = pl.Series(chances, dtype=pl.Float64)
    return joined.filter((pl.col("offered") > 0) | (chance < NEGLIGIBLE)).select(
        "vendor", "queue", "local_date", "offered", "expected"
    )


def _grouped(zero: pl.DataFrame, feed: str, words: str) -> Iterator[Finding]:
    """Neighbouring days of a vendor, all queues together, are one finding."""
    by_day = (
        zero.group_by("vendor", "local_date")
        .agg(queues=pl.col("queue").unique().sort(), offered=pl.col("offered").sum(), expected=pl.col("expected").sum())
        .sort("vendor", "local_date")
    )
    run: list[dict[str, Any]] = []
    for row in by_day.iter_rows(named=True):
        if run and not _follows(run[-1], row):
            yield _finding(run, feed, words)
            run = []
        run.append(row)
    if run:
        yield _finding(run, feed, words)


def _follows(before: dict[str, Any], row: dict[str, Any]) -> bool:
    gap: timedelta = row["local_date"] - before["local_date"]
    return bool(before["vendor"] == row["vendor"] and gap <= timedelta(days=1))


def _finding(run: list[dict[str, Any]], feed: str, words: str) -> Finding:
    first: date = run[0]["local_date"]
    last: date = run[-1]["local_date"]
    queues = sorted({queue for row in run for queue in row["queues"]})
    offered = int(sum(row["offered"] for row in run))
    return Finding(
        kind="zeros_for_silence",
        severity="warning",
        vendor=run[0]["vendor"],
        feed=feed,
        queue=queues[0] if len(queues) == 1 else None,
        period_start=first,
        period_end=last,
        expected="figures, or blanks where there are none",
        observed="0 everywhere",
        evidence={
            "queues": queues,
            "contacts_served": offered,
            "contacts_usual": round(sum(row["expected"] for row in run), 1),
            "reasoning": "Contacts of the same days were served, or are practically certain by the queue's history.",
            "innocent": ["an export that ran before its figures were there", "blanks written as zeros"],
        },
        **sentence(words, count=offered, **period_words(first, last)),
    )
