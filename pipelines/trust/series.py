"""Reported figures held against their own past: a month left blank, a level out of line, a figure that never varies.

All functions take the frame of ``queries/trust_reports.sql``. What several vendors share is told once: its cause is
hardly theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from pipelines.trust.findings import Finding
from pipelines.trust.sentences import period_words, sentence

#: So many periods are needed before a figure can be called constant, or a level out of line.
PERIODS = 12
#: A level is out of line beyond so many robust deviations of the series' own changes, and so large a change.
DEVIATIONS, CHANGE = 8.0, 0.4
#: Counts of contacts and what follows from them have seasons, and are held against the contacts themselves elsewhere.
FLOWS = ("offered", "answered", "abandoned", "answered_in_threshold", "surveys_offered", "surveys_answered")
#: A constant that so many vendors share is told once.
SHARED = 3


def series_findings(reports: pl.DataFrame) -> Iterator[Finding]:
    """All findings of this module."""
    if reports.is_empty():
        return
    yield from blank_periods(reports)
    yield from levels_out_of_line(reports)
    yield from never_varying(reports)


def blank_periods(reports: pl.DataFrame) -> Iterator[Finding]:
    """Months of which a report has no figure of a queue, while the months before and after have: one finding per month
    and queue, about the vendor, or about nobody where all vendors of that queue are silent.

    Months after the last one that has figures are no gap: they may still come.
    """
    monthly = reports.filter((pl.col("granularity") == "month") & pl.col("value").is_not_null())
    months = monthly.select("vendor", "queue", month=pl.col("local_date").dt.truncate("1mo")).unique()
    known: dict[tuple[str, str], set[date]] = {}
    for vendor, queue, month in months.iter_rows():
        known.setdefault((vendor, queue), set()).add(month)
    silent: dict[tuple[str, date], list[str]] = {}
    speaking: dict[str, list[tuple[str, date, date]]] = {}
    for (vendor, queue), found in known.items():
        first, last = min(found), max(found)
        speaking.setdefault(queue, []).append((vendor, first, last))
        every = pl.date_range(first, last, "1mo", eager=True).to_list()
        for month in every:
            if month not in found and len(found) >= PERIODS // 2:
                silent.setdefault((queue, month), []).append(vendor)
    for (queue, month), vendors in sorted(silent.items()):
        due = [vendor for vendor, first, last in speaking[queue] if first < month < last]
        if len(vendors) >= SHARED and set(vendors) == set(due):
            yield _blank(None, queue, month, sorted(vendors))
        else:
            for vendor in sorted(vendors):
                yield _blank(vendor, queue, month, [vendor])


def _blank(vendor: str | None, queue: str, month: date, vendors: list[str]) -> Finding:
    last = pl.Series([month]).dt.month_end()[0]
    shared = vendor is None
    return Finding(
        kind="missing_day", severity="warning", vendor=vendor, feed="sla_report", queue=queue,
        period_start=month, period_end=last, expected="figures, as in the months before and after", observed="none",
        evidence={"vendors": vendors, "innocent": ["a sheet that was not filled in", "a month that nobody collected"]},
        **sentence("blank_month_shared" if shared else "blank_month", queue=queue, count=len(vendors),
                   **period_words(month, last)),
    )  # fmt: skip


def levels_out_of_line(reports: pl.DataFrame) -> Iterator[Finding]:
    """Single months in which a reported count lies far from both of its neighbours, which agree with each other.

    Far: beyond what the series' own changes from month to month let expect (robustly), and by half at least.
    """
    of_month = (pl.col("granularity") == "month") & (pl.col("unit") == "count") & (pl.col("value") > 0)
    counts = reports.filter(of_month & ~pl.col("metric").is_in(FLOWS))
    for (vendor, queue, metric), some in counts.group_by(["vendor", "queue", "metric"], maintain_order=True):
        series = some.sort("local_date").group_by("local_date", maintain_order=True).agg(pl.col("value").last())
        if series.height < PERIODS:
            continue
        logs = [math.log(value) for value in series["value"]]
        changes = sorted(abs(after - before) for before, after in pairwise(logs))
        usual = 1.4826 * changes[len(changes) // 2]
        days = series["local_date"].to_list()
        for place in range(1, len(logs) - 1):
            before, here, after = logs[place - 1 : place + 2]
            off = here - (before + after) / 2
            if min(abs(here - before), abs(here - after)) < max(DEVIATIONS * usual, CHANGE):
                continue
            if (here - before) * (here - after) <= 0 or abs(after - before) > abs(off) / 3:
                continue  # a step or a slope, not one month that stands out
            yield _level(str(vendor), str(queue), str(metric), days[place], series["value"].to_list(), place, off)


def _level(vendor: str, queue: str, metric: str, month: date, values: list[float], place: int, off: float) -> Finding:
    last = pl.Series([month]).dt.month_end()[0]
    before, here, after = values[place - 1 : place + 2]
    return Finding(
        kind="volume_out_of_range", severity="warning", vendor=vendor, feed="sla_report", queue=queue, metric=metric,
        period_start=month, period_end=last, expected=f"between {before:,.0f} and {after:,.0f}",
        observed=f"{here:,.0f}",
        evidence={"before": before, "here": here, "after": after, "factor": round(math.exp(off), 3),
                  "reasoning": "The months before and after agree with each other, and this one with neither.",
                  "innocent": ["figures of another operator or service in the cell",
                               "a correction booked in one month"]},
        **sentence("level_out_of_line", metric=metric, here=f"{here:,.0f}", before=f"{before:,.0f}",
                   after=f"{after:,.0f}", **period_words(month, last)),
    )  # fmt: skip


def never_varying(reports: pl.DataFrame) -> Iterator[Finding]:
    """Figures that are the same in every period of a vendor: at several vendors, told once.

    Zeros, full shares and figures of fewer than :data:`PERIODS` periods are left alone.
    """
    by = ["vendor", "metric", "unit"]
    each = (
        reports.filter(pl.col("value").is_not_null())
        .group_by(by)
        .agg(
            periods=pl.col("local_date").n_unique(),
            values=pl.col("value").n_unique(),
            value=pl.col("value").first(),
            first=pl.col("local_date").min(),
            last=pl.col("local_date").max(),
            lines=pl.len(),
        )
    )
    same = each.filter(
        (pl.col("values") == 1)
        & (pl.col("periods") >= PERIODS)
        & (pl.col("value") != 0)
        & ~((pl.col("unit") == "rate") & (pl.col("value") == 1))
    ).sort("metric", "value", "vendor")
    for (metric, value), some in same.group_by(["metric", "value"], maintain_order=True):
        if some.height >= SHARED:
            yield _constant(None, str(metric), float(str(value)), some)
        else:
            for row in some.partition_by("vendor", maintain_order=True):
                yield _constant(str(row["vendor"][0]), str(metric), float(str(value)), row)


def _constant(vendor: str | None, metric: str, value: float, some: pl.DataFrame) -> Finding:
    first, last = some["first"].min(), some["last"].max()
    lines = int(some["lines"].sum())
    facts: dict[str, Any] = {"metric": metric, "value": f"{value:.6g}", "count": lines, "vendors": some.height}
    return Finding(
        kind="constant_values", severity="info", lasting=True, vendor=vendor, feed="sla_report", metric=metric,
        period_start=first, period_end=last,  # type: ignore[arg-type]
        expected="values that vary", observed=f"{value:.6g} on {lines} lines", subject="every period",
        evidence={"vendors": some["vendor"].to_list(), "lines": lines,
                  "innocent": ["a price or a target that is fixed", "a value filled in for all where none was known"]},
        **sentence("constant_shared" if vendor is None else "constant_values", **facts,
                   **period_words(first, last)),  # type: ignore[arg-type]
    )  # fmt: skip
