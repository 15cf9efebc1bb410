"""Weeks whose volume is far from what was to be expected: the locked forecast, or else the queue's own history.

Both are compared as ratios: a forecast that is always 5 % low is a bias, not an event. How far off weeks usually are
is measured (median absolute deviation), and a week counts as out of range beyond :data:`DEVIATIONS` of that, and by
more than the relief band of the terms.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from pipelines.trust.findings import Finding
from pipelines.trust.sentences import period_words, sentence
from pipelines.workspace import Workspace

#: Robust standard deviations and relative difference beyond which a week is out of range.
DEVIATIONS, DIFFERENCE = 4.0, 0.20
#: Weeks of history, and contacts in the week, below which nothing is said.
WEEKS, CONTACTS = 8, 100


def week_ratios(days: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Per ``by`` and week: contacts, expected, source, ratio (over its median) and z (in robust deviations).

    ``days``: vendor, queue, local_date, contacts, expected, source ('forecast' or 'history'), gap (left out).
    """
    weeks = (
        days.filter(~pl.col("gap") & (pl.col("expected") > 0))
        .with_columns(week=pl.col("local_date").dt.truncate("1w"))
        .group_by(*by, "week")
        .agg(
            pl.col("contacts", "expected").sum(),
            source=pl.when((pl.col("source") == "history").any()).then(pl.lit("history")).otherwise(pl.lit("forecast")),
            queues=pl.col("queue").unique().sort(),
        )
        .filter((pl.col("expected") >= CONTACTS) & (pl.col("contacts") > 0))
        .with_columns(difference=(pl.col("contacts") / pl.col("expected")).log())
    )
    if "history" in weeks["source"].to_list():
        weeks = _without_season(weeks)
    return (
        weeks.with_columns(centre=pl.col("difference").median().over(by), weeks=pl.len().over(by))
        .with_columns(off=pl.col("difference") - pl.col("centre"))
        .with_columns(measured=(pl.col("off").abs().median().over(by) * 1.4826).pow(2))
        # what is measured holds chance already; it can't be less than chance, and nothing is exact to 3 %
        .with_columns(spread=pl.max_horizontal("measured", 1 / pl.col("expected")) + 0.03**2)
        .with_columns(z=pl.col("off") / pl.col("spread").sqrt(), ratio=pl.col("off").exp())
        .sort(*by, "week")
    )


def _without_season(weeks: pl.DataFrame) -> pl.DataFrame:
    """What moves all vendors alike in a week (a season, a sale) is no vendor's event, where no forecast knows of it."""
    common = pl.col("difference").median().over("week")
    several = pl.col("vendor").n_unique().over("week") >= 3
    return weeks.with_columns(
        difference=pl.when(several & (pl.col("source") == "history"))
        .then(pl.col("difference") - common)
        .otherwise("difference")
    )


def out_of_range(weeks: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """The weeks out of range, neighbours of one direction together: by, first_day, last_day, contacts, expected, z."""
    far = weeks.filter(
        (pl.col("z").abs() > DEVIATIONS) & (pl.col("off").abs() > np.log1p(DIFFERENCE)) & (pl.col("weeks") >= WEEKS)
    )
    if far.is_empty():
        return far.with_columns(first_day="week", last_day="week")
    follows = (pl.col("week") - pl.col("week").shift()).over(by) == pl.duration(days=7)
    same_side = (pl.col("z").sign() == pl.col("z").sign().shift()).over(by)
    return (
        far.sort(*by, "week")
        .with_columns(run=(~(follows & same_side).fill_null(False)).cum_sum())
        .group_by(*by, "run", maintain_order=True)
        .agg(
            first_day=pl.col("week").first(),
            last_day=pl.col("week").last() + pl.duration(days=6),
            contacts=pl.col("contacts").sum(),
            expected=(pl.col("expected") * pl.col("centre").exp()).sum(),
            z=pl.col("z").max(),
            source=pl.col("source").first(),
            queues=pl.col("queues").list.explode().unique().sort(),
        )
    )


def volume_findings(workspace: Workspace, days: pl.DataFrame) -> Iterator[Finding]:
    """Of each vendor, and of single queues where the vendor as a whole is within its range."""
    vendors = out_of_range(week_ratios(days, ["vendor"]), ["vendor"])
    for row in vendors.iter_rows(named=True):
        yield _finding(workspace, row, None)
    queues = out_of_range(week_ratios(days, ["vendor", "queue"]), ["vendor", "queue"])
    for row in queues.iter_rows(named=True):
        told = vendors.filter(
            (pl.col("vendor") == row["vendor"])
            & (pl.col("first_day") <= row["last_day"])
            & (pl.col("last_day") >= row["first_day"])
        )
        if told.is_empty():
            yield _finding(workspace, row, row["queue"])


def _finding(workspace: Workspace, row: dict[str, object], queue: str | None) -> Finding:
    contacts, expected = int(str(row["contacts"])), float(str(row["expected"]))
    vendor, first, last = str(row["vendor"]), row["first_day"], row["last_day"]
    assert not isinstance(first, str)
    percent = 100 * (contacts / expected - 1)
    by_forecast = row["source"] == "forecast"
    side = "more" if percent > 0 else "less"
    return Finding(
        kind="volume_out_of_range",
        severity="warning",
        vendor=vendor,
        feed="contacts",
        queue=queue,
        period_start=first,  # type: ignore[arg-type]
        period_end=last,  # type: ignore[arg-type]
        expected=f"about {expected:.0f} contacts",
        observed=f"{contacts} contacts",
        evidence={
            "percent": round(percent, 1),
            "robust_deviations": round(float(str(row["z"])), 1),
            "against": "the locked forecast" if by_forecast else "the same weekdays around it",
            "queues": row["queues"],
            "reasoning": "The usual bias of the comparison is taken out; weeks with gaps are compared without them.",
            "innocent": ["a promotion or an incident that the forecast did not know of", "work moved between vendors"],
        },
        **sentence(
            f"volume_{side}",
            percent=abs(percent),
            where=queue or "all queues",
            where_fr=queue or "toutes les files",
            against="was forecast" if by_forecast else "its history lets expect",
            against_fr="la prévision" if by_forecast else "son historique",
            **period_words(first, last),  # type: ignore[arg-type]
        ),
    )
