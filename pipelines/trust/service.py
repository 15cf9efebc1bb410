"""Service far from what is usual: weeks of a queue, with the cause that the model names, and stretches of a day.

Few findings, each beyond the queue's own noise. A missed target is not one by itself: what was attained under the
clauses is told elsewhere. Whose side it was is told by the terms, and a cause that several operations share is nobody's
own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.measures.agreement.bound import bound_clauses
from pipelines.measures.breaches import bound, counted
from pipelines.measures.causes import PARTS, with_side
from pipelines.measures.unusual import (
    OVERRUN,
    OVERRUN_DEVIATIONS,
    SHORT_OF_AGENTS,
    events,
    handle_weeks,
    low_stretches,
    service_weeks,
)
from pipelines.trust.agreement import Read
from pipelines.trust.breaches import caused
from pipelines.trust.findings import Finding
from pipelines.trust.sentences import day_words, period_words, sentence
from pipelines.workspace import Workspace

#: The parts of a cause in words, for the middle of a sentence.
CAUSE_WORDS = {
    "volume": ("more contacts than planned", "plus de contacts que prévu"),
    "handle_time": ("longer handling than planned", "un traitement plus long que prévu"),
    "staffing": ("fewer agents than committed", "moins d'agents que convenu"),
    "plan": ("a plan that was not enough", "un plan insuffisant"),
    "unexplained": (
        "nothing that volume, handling and staffing explain", "rien que volume, durées et effectif expliquent",
    ),
}  # fmt: skip
SIDE_WORDS = {
    "client": (" (the client's side under the terms)", " (côté donneur d'ordre selon le contrat)"),
    "vendor": (" (the vendor's side under the terms)", " (côté prestataire selon le contrat)"),
    "both": (" (both sides under the terms)", " (des deux côtés selon le contrat)"),
    "unknown": ("", ""),
}
_INNOCENT = ["a change of the work itself that every operation sees", "contacts moved from another queue",
             "a week with a holiday or an outage"]  # fmt: skip


def service_findings(workspace: Workspace, read: Read) -> Iterator[Finding]:
    """``unusual_change`` of weeks and ``interval_breach`` of stretches of a day. ``read`` runs a named query."""
    intervals = read("breach_intervals", first_day=date.min, last_day=date.max, vendor=None, queue=None)
    if intervals.is_empty():
        return
    intervals = intervals.with_columns(site=pl.lit(None, pl.String))
    clauses = [one for one in bound_clauses(workspace.terms) if one.metric == "service_level"]
    rows, rules = bound(intervals, clauses)
    targets = pl.DataFrame(
        {"rule": range(len(rules)), "target": [rule.clause.target for rule in rules]},
        schema={"rule": pl.Int64, "target": pl.Float64},
    )
    rows = counted(rows, rules).drop_nulls(["numerator", "denominator"]).join(targets, on="rule")
    told = list(_changes(workspace, read, intervals, rows))
    yield from told
    yield from _stretches(rows, told)


def _changes(workspace: Workspace, read: Read, intervals: pl.DataFrame, rows: pl.DataFrame) -> Iterator[Finding]:
    week = pl.col("local_date").dt.truncate("1w")
    by = ["vendor", "queue", "week"]
    handled = intervals.with_columns(week=week).group_by(by).agg(pl.col("handle_s", "handle_known").sum())
    served = rows.with_columns(week=week).group_by(by).agg(pl.col("numerator", "denominator").sum())
    longer = events(handle_weeks(handled)).to_dicts()
    for event in longer:
        yield _handle_time(event, [one for one in longer if _shares(event, one)])
    weeks = service_weeks(served).join(_known_causes(read, intervals), on=by, how="left")
    for event in events(weeks).to_dicts():
        # A level that falls because calls are longer is one story, and it has been told.
        if not any(_same_place(event, one) for one in longer):
            yield _service_level(workspace, read, event)


def _known_causes(read: Read, intervals: pl.DataFrame) -> pl.DataFrame:
    """vendor, queue, week, ``known_cause``: far fewer agents were there than committed, or far more contacts came than
    forecast."""
    by = ["vendor", "queue", "interval_start_at"]
    plan = read("breach_staffing", first_day=date.min, last_day=date.max, vendor=None, queue=None)
    offered = intervals.group_by(by).agg(pl.col("offered").sum())
    staffed = pl.col("committed").is_not_null() & pl.col("logged_s").is_not_null()
    foreseen = pl.col("forecast").is_not_null()
    hours = pl.col("interval_min") / 60
    sums = (
        plan.join(offered, on=by, how="left")
        .group_by("vendor", "queue", week=pl.col("local_date").dt.truncate("1w"))
        .agg(
            came=(pl.col("logged_s") / 3600).filter(staffed).sum(),
            committed=(pl.col("committed") * hours).filter(staffed).sum(),
            offered=pl.col("offered").filter(foreseen).sum(),
            forecast=pl.col("forecast").filter(foreseen).sum(),
        )
    )
    short = pl.col("came") < SHORT_OF_AGENTS * pl.col("committed")
    beyond_chance = pl.col("offered") - pl.col("forecast") > OVERRUN_DEVIATIONS * pl.col("forecast").sqrt()
    overrun = beyond_chance & (pl.col("offered") > OVERRUN * pl.col("forecast"))
    return sums.select("vendor", "queue", "week", known_cause=short | overrun)


def _shares(event: dict[str, Any], other: dict[str, Any]) -> bool:
    """Has another operation the same change on the same queue at the same time?"""
    same = event["side"] == other["side"] and set(event["queues"]) & set(other["queues"])
    return bool(same) and event["vendor"] != other["vendor"] and _overlap(event, other)


def _same_place(event: dict[str, Any], other: dict[str, Any]) -> bool:
    inside = set(event["queues"]) <= set(other["queues"])
    return (
        event["vendor"] == other["vendor"] and inside and event["side"] < 0 < other["side"] and _overlap(event, other)
    )


def _overlap(event: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(event["first_week"] <= other["last_week"] and other["first_week"] <= event["last_week"])


def _where(event: dict[str, Any]) -> dict[str, Any]:
    first, last = event["first_week"], event["last_week"] + timedelta(days=6)
    queues = event["queues"]
    return {
        "vendor": event["vendor"], "feed": "contacts", "queue": queues[0] if len(queues) == 1 else None,
        "metric": event["metric"], "period_start": first, "period_end": last, "subject": event["metric"],
    }  # fmt: skip


def _words(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "where": ", ".join(event["queues"]),
        **period_words(event["first_week"], event["last_week"] + timedelta(days=6)),
    }


def _handle_time(event: dict[str, Any], others: list[dict[str, Any]]) -> Finding:
    percent = 100 * (event["value"] / event["usual"] - 1)
    vendors = sorted({one["vendor"] for one in others})
    kind = "unusual_handle_time_common" if vendors else "unusual_handle_time"
    side = "longer" if percent > 0 else "shorter"
    return Finding(
        kind="unusual_change", severity="warning", **_where(event),
        expected=f"about {event['usual']:.0f} s per contact", observed=f"{event['value']:.0f} s",
        evidence={"queues": event["queues"], "contacts": int(event["n"]), "percent": round(percent, 1),
                  "robust_deviations": round(event["z"], 1), "cause": "handle_time", "common_with": vendors,
                  "reasoning": "Held against the median of the thirteen weeks before and after.",
                  "innocent": ["a new product or procedure", "harder contacts", "new agents who still learn"]},
        **sentence(kind, percent=abs(percent), seconds=event["value"], usual=event["usual"], others=", ".join(vendors),
                   side=side, side_fr={"longer": "longs", "shorter": "courts"}[side], **_words(event)),
    )  # fmt: skip


def _service_level(workspace: Workspace, read: Read, event: dict[str, Any]) -> Finding:
    days = (event["first_week"], event["last_week"] + timedelta(days=6))
    parts = _parts(workspace, read, event, days) if event["side"] < 0 else {}
    kind = "unusual_service_cause" if parts.get("cause") else "unusual_service"
    cause, side = parts.get("cause") or "unexplained", parts.get("side") or "unknown"
    points = 100 * (event["value"] - event["usual"])
    return Finding(
        kind="unusual_change", severity="warning", **_where(event),
        expected=f"about {100 * event['usual']:.0f} %", observed=f"{100 * event['value']:.1f} %",
        evidence={"queues": event["queues"], "contacts": int(event["n"]), "points": round(points, 1),
                  "robust_deviations": round(event["z"], 1), **parts,
                  "reasoning": "Held against the median of the thirteen weeks before and after; parts are modelled.",
                  "innocent": _INNOCENT},
        **sentence(kind, value=100 * event["value"], points=abs(points), usual=100 * event["usual"],
                   cause=CAUSE_WORDS[cause][0] + SIDE_WORDS[side][0],
                   cause_fr=CAUSE_WORDS[cause][1] + SIDE_WORDS[side][1], **_words(event)),
    )  # fmt: skip


def _parts(workspace: Workspace, read: Read, event: dict[str, Any], days: tuple[date, date]) -> dict[str, Any]:
    """Cause, side and parts (in points) over all queues and weeks of the event; empty where nothing can be told."""
    queue = event["queues"][0] if len(event["queues"]) == 1 else None
    cells, _ = caused(workspace, read, days, queue, "week", "service_level")
    own = cells.filter(pl.col("vendor") == event["vendor"], pl.col("queue").is_in(event["queues"]))
    if own.is_empty():
        return {}
    names = ["distance", *PARTS, "volume_beyond"]
    weighted = [
        pl.when(pl.col(name).is_not_null().any())
        .then((pl.col(name) * pl.col("n")).sum() / pl.col("n").sum())
        .alias(name)
        for name in names
    ]
    row = with_side(own.select(weighted)).to_dicts()[0]
    points = {name: round(row[name], 1) for name in PARTS if row[name] is not None}
    return {"cause": row["cause"], "side": row["side"], "parts_in_points": points}


def _stretches(rows: pl.DataFrame, told: list[Finding]) -> Iterator[Finding]:
    cells = rows.group_by(
        "vendor", "queue", "local_date", "interval_start_at", "interval_min", "local_minute", "target"
    ).agg(pl.col("numerator", "denominator").sum(), longest_wait_s=pl.col("wait_max_s").max())
    for row in low_stretches(cells).to_dicts():
        # A stretch of a week that has been told is no news.
        if not any(_within(row, finding) for finding in told):
            yield _stretch(row)


def _within(row: dict[str, Any], finding: Finding) -> bool:
    queues = finding.evidence["queues"]
    first, last = finding.period_start, finding.period_end
    assert first is not None
    assert last is not None
    return finding.vendor == row["vendor"] and row["queue"] in queues and first <= row["local_date"] <= last


def _stretch(row: dict[str, Any]) -> Finding:
    day, begin, end = row["local_date"], _clock(row["first_minute"]), _clock(row["last_minute"])
    wait = row["longest_wait_s"] or 0
    return Finding(
        kind="interval_breach", severity="warning", vendor=row["vendor"], feed="contacts", queue=row["queue"],
        metric="service_level", period_start=day, period_end=day, subject=begin,
        expected=f"{100 * row['target']:g} % of {row['n']:.0f} within the threshold",
        observed=f"{row['k']:.0f} of {row['n']:.0f}",
        evidence={"from": row["start"], "to": row["end"], "contacts": int(row["n"]), "in_time": int(row["k"]),
                  "usual_level": round(row["usual"], 3), "longest_wait_s": wait, "chance": f"{row['chance']:.1e}",
                  "innocent": ["an outage of a system or a line", "a wave of contacts after an incident"]},
        **sentence("interval_breach", day=day_words(day), day_fr=f"{day:%d/%m/%Y}", begin=begin, end=end,
                   where=row["queue"], good=int(row["k"]), count=int(row["n"]), minutes=wait / 60,
                   usual=100 * row["usual"]),
    )  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
