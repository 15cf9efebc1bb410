"""The order of service: are callers served in turn, or those first who still count for the service level?

What is looked at is what a service level does not show: overtaking within queue, skill and
priority; answers just before and just after the threshold; peak beside off-peak; calls over as soon as they are
answered; who hangs up. Each pattern has innocent explanations, and each verdict a number of false alarms, counted
on simulated honest queues (:data:`FALSE_ALARMS`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from pipelines.measures.breaches import grouped
from pipelines.trust.agreement import calendar_of
from pipelines.trust.breaches import read_breaches, whole_periods
from pipelines.trust.endings import SHORT_S, by_agents, is_many, usual_share
from pipelines.trust.queueing import heaped, jumped, usual_fall
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace

#: How many of how many simulated honest queues were called "explain": queues of 12,000 contacts served in turn, and
#: lines of 40 weeks with some short calls (tests/trust/test_order.py counts them again).
FALSE_ALARMS: dict[str, tuple[int, int]] = {"overtaking": (0, 150), "heaping": (0, 150), "short_calls": (0, 400)}

#: What else can make each pattern.
INNOCENT: dict[str, tuple[str, ...]] = {
    "overtaking": ("unstated_priority", "kept_callback", "part_of_queue"),
    "heaping": ("raised_priority", "overflow_at_threshold", "cut_waits"),
    "short_calls": ("dropped_lines", "wrong_numbers", "handed_over"),
}

#: One row per vendor and queue with a service-level clause, over whole weeks.
#:   threshold_s       of the clause in force (the latest of the time)
#:   answered, overtaken, overtaken_late, overtaken_share
#:                     answered contacts; those that a later one of the same line was answered before; of those, the
#:                     ones past the threshold by then. A line is site x queue x channel x skill x priority
#:   window_s, before, after, ratio, usual_ratio
#:                     answers in the window just before and just after the threshold, after / before, and what an
#:                     ordinary queue shows at the least (null: too steep or too few to say)
#:   median_wait_s, p99_wait_s, longest_wait_s   of answered contacts: serving the threshold first leaves its mark here
#:   peak, peak_n, off_peak, off_peak_n
#:                     service level by the clause's definition in the half-hours of the clock that hold the busier half
#:                     of the contacts, and in the others
#:   calls, short, short_share, usual_short_share, short_by_agent_share
#:                     answered calls, those over within ten seconds, what is usual, and their part that agents ended
#:                     (null where it is not known); chats are left out
#:   ended_by_agent_share, ended_known   of all answered calls whose end is known
#:   overtaking, heaping, short_calls    usual, explain, too_little
ORDER: dict[str, pl.DataType] = {
    "vendor": pl.String(),
    "queue": pl.String(),
    "threshold_s": pl.Float64(),
    "answered": pl.Int64(),
    "overtaken": pl.Int64(),
    "overtaken_late": pl.Int64(),
    "overtaken_share": pl.Float64(),
    "window_s": pl.Int64(),
    "before": pl.Int64(),
    "after": pl.Int64(),
    "ratio": pl.Float64(),
    "usual_ratio": pl.Float64(),
    "median_wait_s": pl.Float64(),
    "p99_wait_s": pl.Float64(),
    "longest_wait_s": pl.Float64(),
    "peak": pl.Float64(),
    "peak_n": pl.Float64(),
    "off_peak": pl.Float64(),
    "off_peak_n": pl.Float64(),
    "calls": pl.Int64(),
    "short": pl.Int64(),
    "short_share": pl.Float64(),
    "usual_short_share": pl.Float64(),
    "short_by_agent_share": pl.Float64(),
    "ended_by_agent_share": pl.Float64(),
    "ended_known": pl.Int64(),
    "overtaking": pl.String(),
    "heaping": pl.String(),
    "short_calls": pl.String(),
}
_QUEUE = ["vendor", "queue"]


def order_of_service(
    workspace: Workspace,
    reader: Reader,
    first_day: date,
    last_day: date,
    vendor: str | None = None,
    queue: str | None = None,
) -> pl.DataFrame:
    """Each queue's order of service from ``first_day`` to ``last_day``, widened to whole weeks, as :data:`ORDER`.

    Verdicts rest on the stretch as a whole: ask for a quarter rather than a week, in which little can be told.
    """
    days = whole_periods(workspace, first_day, last_day, "week")
    asked = pl.col("week").is_between(*days)
    overtakes = reader.frame("trust_overtakes").filter(asked)
    found = overtakes.group_by(_QUEUE).agg(
        pl.col("threshold_s").last(), pl.col("answered", "overtaken", "overtaken_late").sum()
    )
    thresholds = reader.frame("trust_thresholds").sort("week").filter(asked)
    latest = pl.col("threshold_s") == pl.col("threshold_s").last().over(_QUEUE)
    density = thresholds.filter(latest).group_by(_QUEUE).agg(
        pl.col("before2", "before", "after").sum(), window_s=pl.col("width_s").last()
    )  # fmt: skip
    rows = found.join(density, on=_QUEUE, how="left").join(_waits(reader, days), on=_QUEUE, how="left")
    rows = rows.join(_peaks(workspace, reader, days), on=_QUEUE, how="left")
    rows = rows.join(_endings(reader.frame("trust_endings"), days), on=_QUEUE, how="left")
    if vendor is not None:
        rows = rows.filter(pl.col("vendor") == vendor)
    if queue is not None:
        rows = rows.filter(pl.col("queue") == queue)
    told = [_judged(row) for row in rows.drop_nulls("threshold_s").sort(_QUEUE).to_dicts()]
    return pl.DataFrame(told, schema=ORDER)


def _judged(row: dict[str, Any]) -> dict[str, Any]:
    before2, before, after = (int(row[name] or 0) for name in ("before2", "before", "after"))
    answered, overtaken = int(row["answered"]), int(row["overtaken"])
    calls = int(row["calls"] or 0)
    many = None if calls < 500 else is_many(int(row["short"]), calls, row["usual_short_share"])
    named = many and row["mostly_agents"] is not False
    return {
        **{name: row.get(name) for name in ORDER},
        "overtaken_share": overtaken / answered if answered else None,
        "before": before, "after": after, "ratio": after / before if before else None,
        "usual_ratio": usual_fall(before2, before),
        "overtaking": _verdict(jumped(answered, overtaken, int(row["overtaken_late"]))),
        "heaping": _verdict(heaped(before2, before, after)),
        "short_calls": _verdict(None if many is None else bool(named)),
    }  # fmt: skip


def _verdict(named: bool | None) -> str:
    return "too_little" if named is None else "explain" if named else "usual"


def _waits(reader: Reader, days: tuple[date, date]) -> pl.DataFrame:
    """Median and 99th percentile of the waits of answered contacts, from the histogram (to the second)."""
    bins = reader.frame("week_waits", first_day=days[0], last_day=days[1]).rename(
        {"vendor_code": "vendor", "queue_code": "queue"}
    )
    sums = bins.group_by(*_QUEUE, "wait_bin").agg(n=pl.col("answered").sum().cast(pl.Float64)).filter(pl.col("n") > 0)
    placed = sums.sort(*_QUEUE, "wait_bin").with_columns(share=(pl.col("n").cum_sum() / pl.col("n").sum()).over(_QUEUE))
    seconds = (pl.col("wait_bin") / 2).ceil()
    return placed.group_by(_QUEUE).agg(
        median_wait_s=seconds.filter(pl.col("share") >= 0.5).min(),
        p99_wait_s=seconds.filter(pl.col("share") >= 0.99).min(),
    )


def _peaks(workspace: Workspace, reader: Reader, days: tuple[date, date]) -> pl.DataFrame:
    """Service level in the half-hours of the clock with the busier half of the contacts, and in the others."""
    held = read_breaches(workspace, reader.frame, days, 0, None, None, "service_level")
    cells = grouped(held.rows, held.rules, "interval", calendar_of(workspace)).filter(pl.col("bottom") > 0)
    slots = cells.group_by(*_QUEUE, "local_minute").agg(pl.col("top", "bottom").sum(), pl.col("longest_wait_s").max())
    slots = slots.sort(*_QUEUE, "bottom", descending=[False, False, True]).with_columns(
        # the slot in which half is reached still belongs to the peak
        before=(pl.col("bottom").cum_sum() - pl.col("bottom")).over(_QUEUE) / pl.col("bottom").sum().over(_QUEUE)
    )
    peak = pl.col("before") < 0.5
    level = {
        name: pl.when(pl.col("bottom").filter(part).sum() > 0).then(
            pl.col("top").filter(part).sum() / pl.col("bottom").filter(part).sum()
        )
        for name, part in (("peak", peak), ("off_peak", ~peak))
    }
    return slots.group_by(_QUEUE).agg(
        **level,
        peak_n=pl.col("bottom").filter(peak).sum(),
        off_peak_n=pl.col("bottom").filter(~peak).sum(),
        longest_wait_s=pl.col("longest_wait_s").max(),
    )


def _endings(endings: pl.DataFrame, days: tuple[date, date]) -> pl.DataFrame:
    """Short calls and who ended them, in the weeks asked for; what is usual is read from all weeks."""
    schema = {"vendor": pl.String, "queue": pl.String, "calls": pl.Int64, "short": pl.Int64, "ended_known": pl.Int64,
              "short_share": pl.Float64, "usual_short_share": pl.Float64, "short_by_agent_share": pl.Float64,
              "ended_by_agent_share": pl.Float64, "mostly_agents": pl.Boolean}  # fmt: skip
    found = []
    for part in endings.partition_by(_QUEUE, maintain_order=True):
        vendor, queue = part.select(_QUEUE).row(0)
        now = part.filter(pl.col("week").is_between(*days))
        calls, short, known, agents, short_known, short_agents = (
            int(now[name].sum())
            for name in ("answered", "short", "ended_known", "ended_by_agent", "short_known", "short_by_agent")
        )
        found.append(
            {
                "vendor": vendor, "queue": queue, "calls": calls, "short": short, "ended_known": known,
                "short_share": short / calls if calls else None,
                "usual_short_share": usual_share(part, endings.filter(pl.col("vendor") != vendor)),
                "short_by_agent_share": short_agents / short_known if short_known else None,
                "ended_by_agent_share": agents / known if known else None, "mostly_agents": by_agents(now),
            }
        )  # fmt: skip
    return pl.DataFrame(found, schema=schema)


__all__ = ["FALSE_ALARMS", "INNOCENT", "ORDER", "SHORT_S", "order_of_service"]
