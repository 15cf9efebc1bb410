"""Silence: open intervals without a single contact, where the queue's own history says that this can't be chance.

First all queues of a vendor together (a lost half-day is one gap, not one per queue), then each queue by itself with
those gaps taken out. A run of empty intervals is a gap when the chance of that much silence is below
:data:`NEGLIGIBLE`; runs go on over closed hours, so a lost week is one finding. Quiet queues, whose empty hours are
likely, do not cry wolf.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.measures.plausibility import silence_probability
from pipelines.trust.findings import Finding
from pipelines.trust.openings import dispersion
from pipelines.trust.sentences import day_words, period_words, sentence
from pipelines.workspace import Workspace

#: Chance of so much silence below which a run is a gap: with 20 queues of 20 intervals a day, one false alarm in
#: several years.
NEGLIGIBLE = 1e-6
#: Contacts expected in the part of a day beside a lost one, below which its silence is nothing of note.
RAGGED = 5.0


@dataclass(frozen=True, slots=True)
class Gap:
    """One run of empty intervals: of a queue, or of all queues of a vendor (queue None)."""

    vendor: str
    queue: str | None
    queues: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    first_day: date
    last_day: date
    whole_days: int
    intervals: int
    expected: float
    chance: float
    dispersion: float

    def overlaps(self, other: Gap) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def gaps(cells: pl.DataFrame) -> list[Gap]:
    """Every gap of every vendor. ``cells``: :func:`pipelines.trust.openings.open_cells`."""
    found: list[Gap] = []
    for (vendor,), own in cells.group_by(["vendor"], maintain_order=True):
        queues = tuple(own["queue"].unique().sort())
        together = own.group_by("vendor", "local_date", "interval_start_at", "interval_min").agg(
            pl.col("contacts", "expected").sum()
        )
        of_all = _runs(together.sort("interval_start_at"), str(vendor), None, queues) if len(queues) > 1 else []
        found += of_all
        for (queue,), cell in _outside(own, of_all).group_by(["queue"], maintain_order=True):
            found += _runs(cell.sort("interval_start_at"), str(vendor), str(queue), (str(queue),))
    return found


def _outside(cells: pl.DataFrame, taken: list[Gap]) -> pl.DataFrame:
    at = pl.col("interval_start_at")
    for gap in taken:
        cells = cells.filter(~at.is_between(gap.starts_at, gap.ends_at, closed="left"))
    return cells


def _runs(cells: pl.DataFrame, vendor: str, queue: str | None, queues: tuple[str, ...]) -> list[Gap]:
    """The gaps in one sequence of intervals (sorted by time)."""
    if cells["expected"].sum() < 1:
        return []
    spread = dispersion(cells)
    empty = (
        cells.with_columns(run=(pl.col("contacts") > 0).cum_sum(), day_intervals=pl.len().over("local_date"))
        .filter(pl.col("contacts") == 0)
        .with_columns(whole=pl.len().over("run", "local_date") == pl.col("day_intervals"))
    )
    runs = (
        _without_ragged_ends(empty)
        .group_by("run", maintain_order=True)
        .agg(
            starts_at=pl.col("interval_start_at").first(),
            last_at=pl.col("interval_start_at").last(),
            minutes=pl.col("interval_min").last(),
            first_day=pl.col("local_date").first(),
            last_day=pl.col("local_date").last(),
            whole_days=pl.col("local_date").filter("whole").n_unique(),
            intervals=pl.len(),
            expected=pl.col("expected").sum(),
        )
        .filter(pl.col("expected") > 5)  # exp(-5) is far from negligible: spares the loop below most runs
    )
    found = []
    for row in runs.iter_rows(named=True):
        chance = silence_probability(row["expected"], spread)
        if chance < NEGLIGIBLE:
            found.append(
                Gap(
                    vendor, queue, queues, row["starts_at"], row["last_at"] + timedelta(minutes=row["minutes"]),
                    row["first_day"], row["last_day"], row["whole_days"], row["intervals"], row["expected"], chance,
                    spread,
                )
            )  # fmt: skip
    return found


def _without_ragged_ends(empty: pl.DataFrame) -> pl.DataFrame:
    """Runs over whole days without the quiet evening before and the quiet morning after, which chance explains."""
    day = ["run", "local_date"]
    ragged = (
        pl.col("whole").any().over("run")
        & ~pl.col("whole")
        & ((pl.col("local_date") == pl.col("local_date").first().over("run"))
           | (pl.col("local_date") == pl.col("local_date").last().over("run")))
        & (pl.col("expected").sum().over(day) < RAGGED)
    )  # fmt: skip
    return empty.filter(~ragged)


def silence_findings(workspace: Workspace, found: list[Gap], because: pl.DataFrame) -> Iterator[Finding]:
    """One finding per gap: a whole day or more is ``missing_day``, less is ``missing_interval``.

    ``because``: deliveries of contacts that did not come or could not be taken in (vendor, period_start, period_end,
    why), which the evidence names.
    """
    for gap in found:
        elsewhere = sorted({other.vendor for other in found if other.vendor != gap.vendor and other.overlaps(gap)})
        terms = workspace.terms_on(gap.vendor, gap.first_day)
        yield _finding(gap, elsewhere, _reasons(gap, because), terms.report_tz if terms else "UTC")


def _reasons(gap: Gap, because: pl.DataFrame) -> list[str]:
    touching = because.filter(
        (pl.col("vendor") == gap.vendor)
        & (pl.col("period_start") <= gap.last_day)
        & (pl.col("period_end") >= gap.first_day)
    )
    return touching["why"].unique(maintain_order=True).to_list()[:10]


def _finding(gap: Gap, elsewhere: list[str], reasons: list[str], zone: str) -> Finding:
    whole = gap.whole_days > 0
    local = pl.Series([gap.starts_at, gap.ends_at], dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    begin, end = local[0], local[1]
    evidence: dict[str, Any] = {
        "from": gap.starts_at, "to": gap.ends_at, "open_intervals": gap.intervals, "whole_days": gap.whole_days,
        "contacts_expected": round(gap.expected, 1), "chance_of_silence": float(f"{gap.chance:.2g}"),
        "queues": list(gap.queues), "also_silent": elsewhere, "because": reasons,
        "reasoning": f"The same weekdays and times let {gap.expected:.0f} contacts be expected; none came."
        " Public holidays, closed hours and days after the vendor's last one are not counted.",
    }  # fmt: skip
    facts = {
        "where": gap.queue or "all queues", "where_fr": gap.queue or "toutes les files",
        "count": gap.expected, "from_time": f"{begin:%H:%M}", "to_time": f"{end:%H:%M}",
        "day": day_words(gap.first_day), "day_fr": f"{gap.first_day:%d/%m/%Y}",
        **period_words(gap.first_day, gap.last_day),
    }  # fmt: skip
    one_day = gap.first_day == gap.last_day
    words = "missing_day" if whole else "missing_interval" if one_day else "missing_stretch"
    if elsewhere:
        words += "_common"
        facts |= {"others": ", ".join(elsewhere)}
    return Finding(
        kind="missing_day" if whole else "missing_interval",
        severity="critical" if gap.queue is None else "warning",
        vendor=gap.vendor,
        feed="contacts",
        queue=gap.queue,
        period_start=gap.first_day,
        period_end=gap.last_day,
        expected=f"about {gap.expected:.0f} contacts",
        observed="none",
        subject=f"{gap.starts_at:%H%M}",
        evidence=evidence,
        **sentence(words, **facts),
    )
