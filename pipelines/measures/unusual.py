"""Weeks that are far from a queue's own usual figure, and stretches of a day that are: what no honest noise explains.

A week is held against the median of the weeks around it, so a season or a lasting change is not an event. How far weeks
are usually off is measured on the queue itself (median absolute deviation of standardised residuals), never less than
independent contacts would be. With twenty queues and seventy weeks the limits are passed by chance about once in three
years of such data; the tests print what they find on honest queues.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.measures.multiplicity import benjamini_hochberg
from pipelines.measures.spread import WITHOUT_HISTORY, likeness, lower_tail

#: Weeks before and after that say what is usual, and how many of them there must be, with how many contacts each.
AROUND, WEEKS, CONTACTS = 13, 8, 15
#: Standard deviations at which a week is an event, and at which a neighbour of one (a week, a queue) belongs to it.
EVENT, NEIGHBOUR = 4.3, 2.5
#: Part of the committed agents below which a week is short of them; part of the forecast above which it is overrun, if
#: by so many standard deviations of chance as well. In such a week so many are enough for its level.
SHORT_OF_AGENTS, OVERRUN, OVERRUN_DEVIATIONS, EXPLAINED = 0.85, 1.3, 5.0, 2.0
#: Contacts in the week, and the least change: points of a service level, natural logarithm of a handle time.
FEWEST, POINTS, LONGER = 50, 0.08, 0.10
#: A handle time more than three times the usual is a matter of units: ``scale_mismatch`` tells it.
UNITS = float(np.log(3))
#: A half-hour may be part of a low stretch below this part of its usual level, or of its target.
FAR_BELOW = 0.75
#: Share of false ones among the stretches of a day that are told, if every queue were as it always is.
FALSE_STRETCHES = 0.01

_QUEUE = ["vendor", "queue"]
WEEKLY: dict[str, pl.DataType] = {
    "vendor": pl.String(),
    "queue": pl.String(),
    "metric": pl.String(),
    "week": pl.Date(),
    "n": pl.Float64(),
    "value": pl.Float64(),
    "usual": pl.Float64(),
    "off": pl.Float64(),
    "z": pl.Float64(),
}


def service_weeks(cells: pl.DataFrame) -> pl.DataFrame:
    """How far each week's service level is from the usual one (:data:`WEEKLY`; ``off`` in shares).

    ``cells``: vendor, queue, week, numerator, denominator.
    """
    weeks = cells.filter(pl.col("denominator") > 0).with_columns(
        n=pl.col("denominator"), level=pl.col("numerator") / pl.col("denominator")
    )
    # The spread of single contacts, on the usual level: near 100 % hardly any.
    return _standardised(weeks, "service_level", lambda usual: np.sqrt(np.clip(usual * (1 - usual), 0.05, None)), 1.0)


def handle_weeks(cells: pl.DataFrame) -> pl.DataFrame:
    """How far each week's handle time is from the usual one (:data:`WEEKLY`; ``off`` in natural logarithms).

    ``cells``: vendor, queue, week, handle_s, handle_known. ``value`` and ``usual`` are seconds.
    """
    weeks = cells.filter((pl.col("handle_known") > 0) & (pl.col("handle_s") > 0)).with_columns(
        n=pl.col("handle_known").cast(pl.Float64), level=(pl.col("handle_s") / pl.col("handle_known")).log()
    )
    found = _standardised(weeks, "aht_s", np.ones_like, 0.3)
    return found.with_columns(pl.col("value", "usual").exp())


def _standardised(weeks: pl.DataFrame, metric: str, spread_of: object, least: float) -> pl.DataFrame:
    assert callable(spread_of)
    found = [pl.DataFrame(schema=WEEKLY)]
    for (vendor, queue), some in weeks.sort("week").group_by(_QUEUE, maintain_order=True):
        level, n = some["level"].to_numpy().astype(float), some["n"].to_numpy().astype(float)
        number = some["week"].to_physical().to_numpy().astype(np.int64) // 7
        usual = np.full(level.size, np.nan)
        for place in range(level.size):
            near = (np.abs(number - number[place]) <= AROUND) & (number != number[place]) & (n >= CONTACTS)
            if near.sum() >= WEEKS:
                usual[place] = np.median(level[near])
        alone = spread_of(usual) / np.sqrt(n)
        residual = (level - usual) / alone
        known = np.isfinite(residual) & (n >= CONTACTS)
        if not known.any():
            continue
        scale = max(least, 1.4826 * float(np.median(np.abs(residual[known]))))
        frame = some.select("week", "n", value="level").with_columns(
            pl.lit(vendor).alias("vendor"), pl.lit(queue).alias("queue"), metric=pl.lit(metric),
            usual=pl.Series(usual), off=pl.Series(level - usual),
            # nothing is exact to one in a hundred
            z=pl.Series((level - usual) / np.sqrt((alone * scale) ** 2 + 0.01**2)),
        )  # fmt: skip
        found.append(frame.filter(pl.Series(known)).select(pl.col(name).cast(dtype) for name, dtype in WEEKLY.items()))
    return pl.concat(found)


def events(weeks: pl.DataFrame) -> pl.DataFrame:
    """What is far from usual, neighbouring weeks together: vendor, queues, metric, side, first_week, last_week, n,
    value and usual (weighted by contacts), z (of the farthest week).

    A week in which far fewer agents came than were committed, or far more contacts than were forecast
    (``known_cause``), needs less to be one: why the level fell is known. Several queues of a vendor in the same weeks
    on the same side are one event: of handle times, those that are far from usual themselves; of service levels, also
    those that are off in the same week, for they share the cause.
    """
    least = pl.when(pl.col("metric") == "aht_s").then(LONGER).otherwise(POINTS)
    off = pl.col("off").abs()
    units = (pl.col("metric") == "aht_s") & (off > UNITS)
    rows = weeks.filter(~units).with_columns(side=pl.col("z").sign().cast(pl.Int8))
    enough = (pl.col("n") >= FEWEST) & (off >= least)
    if "known_cause" not in rows.columns:
        rows = rows.with_columns(known_cause=pl.lit(False))
    explained = pl.col("known_cause").fill_null(False) & (pl.col("z") <= -EXPLAINED)
    rows = rows.with_columns(core=enough & ((pl.col("z").abs() >= EVENT) | explained)).with_columns(
        near=pl.col("core") | ((pl.col("z").abs() >= NEIGHBOUR) & (off >= least))
    )
    by = ["vendor", "metric", "side"]
    linked = rows.filter("near").sort(*by, "week")
    gap = (pl.col("week") - pl.col("week").shift()).over(by) > pl.duration(days=7)
    linked = linked.with_columns(run=gap.fill_null(True).cum_sum().over(by))
    core_weeks = linked.filter("core").select(*by, "run", "week").unique().with_columns(hit=pl.lit(True))
    linked = linked.join(core_weeks, on=[*by, "run", "week"], how="left")
    own = (pl.col("core").any()).over(*by, "run", "queue")
    shares = pl.col("hit").fill_null(False) & (pl.col("metric") == "service_level")
    linked = linked.filter(shares | own)
    n = pl.col("n")
    return (
        linked.group_by(*by, "run")
        .agg(
            queues=pl.col("queue").unique().sort(), first_week=pl.col("week").min(), last_week=pl.col("week").max(),
            n=n.sum(), value=(pl.col("value") * n).sum() / n.sum(), usual=(pl.col("usual") * n).sum() / n.sum(),
            z=pl.col("z").sort_by(pl.col("z").abs()).last(), cores=pl.col("core").sum(),
        )
        .filter(pl.col("cores") > 0)
        .drop("run", "cores")
        .sort(*by, "first_week")
    )  # fmt: skip


def low_stretches(cells: pl.DataFrame) -> pl.DataFrame:
    """Neighbouring intervals of one day that are lower together than the queue's own noise makes them.

    ``cells``: vendor, queue, local_date, interval_start_at, interval_min, local_minute, numerator, denominator, target,
    longest_wait_s. Returns vendor, queue, local_date, first_minute, last_minute, start, end, k, n, target, usual,
    longest_wait_s, chance. Held against its queue's usual level, or the target where that is lower, with as much noise
    as the queue's days and half-hours usually show; of all stretches far below, those are told that survive Benjamini
    and Hochberg's procedure.
    """
    n, k = pl.col("denominator"), pl.col("numerator")
    rows = cells.filter(n > 0).sort(*_QUEUE, "interval_start_at")
    if rows.is_empty():
        return rows
    rows = rows.with_columns(week=pl.col("local_date").dt.truncate("1w"), squares=pl.lit(None, pl.Float64))
    days = rows.group_by(*_QUEUE, "week", "local_date").agg(n.sum(), k.sum(), squares=pl.lit(None, pl.Float64))
    alike = likeness(rows, _QUEUE, ["week"]).join(likeness(days, _QUEUE, ["week"]), on=_QUEUE, suffix="_day")
    rows = rows.with_columns(usual=(k.sum() / n.sum()).over(_QUEUE))
    rows = rows.with_columns(low=k / n < FAR_BELOW * pl.min_horizontal("usual", "target"))
    begins = pl.col("low") & (
        ~pl.col("low").shift(1, fill_value=False) | (pl.col("local_date") != pl.col("local_date").shift(1))
    )
    runs = (
        rows.with_columns(run=begins.cum_sum().over(_QUEUE))
        .filter("low")
        .group_by(*_QUEUE, "local_date", "run", maintain_order=True)
        .agg(
            first_minute=pl.col("local_minute").first(),
            last_minute=pl.col("local_minute").last() + pl.col("interval_min").last(),
            start=pl.col("interval_start_at").first(),
            end=pl.col("interval_start_at").last() + pl.duration(minutes=pl.col("interval_min").last()),
            intervals=pl.len(), k=k.sum(), n=n.sum(), target=pl.col("target").first(),
            usual=pl.col("usual").first(), longest_wait_s=pl.col("longest_wait_s").max(),
        )
        .join(alike.select(*_QUEUE, "rho", "rho_day"), on=_QUEUE, how="left")
    )  # fmt: skip
    level = np.clip(np.minimum(runs["target"].to_numpy(), runs["usual"].to_numpy()), 0.01, 0.99)
    rho = runs.select(_together()).to_series().fill_null(WITHOUT_HISTORY).to_numpy()
    chance = lower_tail(np.rint(runs["k"].to_numpy()), np.rint(runs["n"].to_numpy()), level, rho)
    held = benjamini_hochberg(chance, FALSE_STRETCHES).holds
    return (
        runs.with_columns(chance=pl.Series(chance)).filter(pl.Series(held)).drop("run", "rho", "rho_day", "intervals")
    )


def _together() -> pl.Expr:
    """How alike the contacts of a stretch are: all share the fate of their day; that of their half-hour each has alone,
    but neighbours have it in part together, so two of them count as one."""
    day = pl.min_horizontal("rho", "rho_day")
    return day + (pl.col("rho") - day) * (2 / pl.col("intervals")).clip(upper_bound=1.0)
