"""Attainment: what each clause's figure was in each period, with and without relief, and how it stands to the target.

States of a period:
    met         the printed figure reaches the target
    missed      it does not, relief or no relief
    excused     it does not, and does once what is excused is left out (or nothing is left)
    gap         something was to be expected and nothing came; or, where the terms count a gap as a miss, the target is
                reached only by what did not come
    too_little  fewer contacts than the clause's minimum
    running     the period is not over yet
    partial     the agreement or the data begin or end within the period
    no_demand   nothing was offered and nothing was to be expected
    not_known   can't be told from what vendors deliver, or not yet (windows for repeats are open)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipelines.measures.agreement.activity import Activity
from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.agreement.cells import OF_CONTACTS, QUANTILES, cells_of
from pipelines.measures.agreement.periods import Calendar, Grain
from pipelines.measures.agreement.relief import with_reasons
from pipelines.measures.business_days import moved_sums
from pipelines.measures.clauses import EVERY_QUEUE
from pipelines.measures.definitions import meets, rounded
from pipelines.workspace.terms import Clause

STATES = ("met", "missed", "excused", "gap", "too_little", "running", "partial", "no_demand", "not_known")
#: What an interval or a period without contacts gives, by the clause's rule; None: nothing.
ZERO_VALUES = {"null": None, "one": 1.0, "zero": 0.0}
#: States in which a period has been judged.
JUDGED = ("met", "missed", "excused", "gap", "too_little")

#: One clause in one period. ``value`` is rounded once, as printed; ``exact`` is not. ``relief_*``: the same without
#: what is excused. ``worst`` and ``best``: if all that is missing of the period's contacts had been bad, or good.
#: ``sure``: the verdict would be the same either way. ``counts_as_missed``: under the agreement, relief granted.
ATTAINMENT: dict[str, pl.DataType] = {
    "vendor": pl.String(), "clause_id": pl.String(), "terms_id": pl.String(), "metric": pl.String(),
    "queue": pl.String(), "grain": pl.String(), "period_start": pl.Date(), "period_end": pl.Date(),
    "interval_start_at": pl.Datetime("us", "UTC"), "state": pl.String(),
    "value": pl.Float64(), "exact": pl.Float64(), "numerator": pl.Float64(), "denominator": pl.Float64(),
    "contacts": pl.Float64(), "relief_value": pl.Float64(), "relief_numerator": pl.Float64(),
    "relief_denominator": pl.Float64(), "excused_contacts": pl.Float64(), "excused_by": pl.List(pl.String()),
    "target": pl.Float64(), "floor": pl.Float64(), "direction": pl.String(), "below_floor": pl.Boolean(),
    "met": pl.Boolean(), "relief_met": pl.Boolean(), "counts_as_missed": pl.Boolean(),
    "data_share": pl.Float64(), "worst": pl.Float64(), "best": pl.Float64(), "sure": pl.Boolean(),
    "min_volume": pl.Int64(), "unit": pl.String(), "aggregation": pl.String(), "definition_id": pl.String(),
}  # fmt: skip


def attainment(
    bound: BoundClause,
    activity: Activity,
    excused: pl.DataFrame,
    calendar: Calendar,
    grain: Grain | None = None,
    *,
    first: date | None = None,
    last: date | None = None,
    by_queue: bool = False,
) -> pl.DataFrame:
    """The clause in every period of ``grain`` (default: its own measurement period): rows of :data:`ATTAINMENT`.

    ``excused``: cells of ``relief.excused_cells``. ``by_queue``: beside the clause's own scope, each of its queues by
    itself; such rows help to see where, and settle nothing. ``first`` and ``last`` choose the periods that touch them.
    """
    grain = grain or bound.clause.measurement_period
    begin, end = _span(bound, activity)
    if begin is None or end is None:
        return pl.DataFrame(schema=ATTAINMENT)
    wanted = calendar.periods(max(begin, first or begin), min(end, last or end), grain) if (
        max(begin, first or begin) <= min(end, last or end)
    ) else calendar.periods(begin, begin, grain).clear()  # fmt: skip
    if bound.clause.metric in QUANTILES:
        waits = with_reasons(_within_scope(bound, activity.waits), excused)
        rows = _quantile_rows(bound, waits, calendar, grain, by_queue)
    else:
        rows = _ratio_rows(bound, with_reasons(cells_of(bound, activity), excused), calendar, grain, by_queue)
    rows = _with_periods(rows, wanted, bound, activity, calendar, grain, by_queue)
    return _judged(rows, bound, activity, grain)


def _span(bound: BoundClause, activity: Activity) -> tuple[date | None, date | None]:
    begin, end = max(bound.first_day, activity.first_day), min(bound.last_day or date.max, activity.last_day)
    return (begin, end) if begin <= end else (None, None)


def _within_scope(bound: BoundClause, rows: pl.DataFrame) -> pl.DataFrame:
    days = pl.col("local_date").is_between(bound.first_day, bound.last_day or date.max)
    queues = rows["queue"].unique().to_list()
    found = rows.filter(days & pl.col("queue").is_in([queue for queue in queues if bound.covers(queue)]))
    return found.with_columns(interval_start_at=pl.lit(None, pl.Datetime("us", "UTC")))


def _scopes(bound: BoundClause, rows: pl.DataFrame, by_queue: bool) -> pl.DataFrame:
    """Rows once under the clause's own scope, and again under their queue."""
    own = rows.with_columns(scope=pl.lit(bound.clause.queue))
    if not by_queue or bound.clause.queue != EVERY_QUEUE:
        return own
    return pl.concat([own, rows.with_columns(scope="queue")])


def _keys(grain: Grain) -> list[str]:
    return ["scope", "period_start", *(["interval_start_at"] if grain == "interval" else [])]


def _ratio_rows(
    bound: BoundClause, cells: pl.DataFrame, calendar: Calendar, grain: Grain, by_queue: bool
) -> pl.DataFrame:
    """Per scope and period: the figure's parts, with and without relief."""
    cells = _scopes(bound, cells, by_queue).with_columns(period_start=calendar.start(pl.col("local_date"), grain))
    keys = _keys(grain)
    excused = pl.col("reasons").list.len() > 0
    everything = aggregated(cells, bound, keys)
    relieved = aggregated(cells.filter(~excused), bound, keys).select(
        *keys, relief_numerator="numerator", relief_denominator="denominator"
    )
    reasons = cells.filter(excused).group_by(keys).agg(
        excused_contacts=pl.col("denominator").sum(),
        excused_by=pl.col("reasons").explode().drop_nulls().unique().sort(),
    )  # fmt: skip
    return everything.join(relieved, on=keys, how="left").join(reasons, on=keys, how="left")


def aggregated(cells: pl.DataFrame, bound: BoundClause, keys: Sequence[str]) -> pl.DataFrame:
    """``keys`` + numerator, denominator of the clause's average over ``cells``, and contacts.

    Averages over intervals take every queue and interval with demand as one, those over days every day of the scope;
    a metric that is known by day only has its days for intervals. Cells whose parts are not known take no part; empty
    ones as the clause's ``zero_rule`` says.
    """
    clause = bound.clause
    known = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
    cells = cells.filter(known)
    if clause.aggregation == "mean_of_days":
        day = [*dict.fromkeys([*keys, "local_date"])]
        cells = cells.group_by(day, maintain_order=True).agg(pl.col("numerator", "denominator").sum())
    empty = ZERO_VALUES[clause.zero_rule]
    single = clause.aggregation in ("mean_of_intervals", "mean_of_days", "interval_share")
    rows = cells if empty is not None and single else cells.filter(pl.col("denominator") > 0)
    share = pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator")).otherwise(empty)
    if clause.aggregation == "call_weighted":
        top, bottom = pl.col("numerator").sum(), pl.col("denominator").sum()
    elif clause.aggregation == "interval_share":
        top, bottom = meets(share, pl.lit(_interval_target(clause)), pl.lit(clause.direction)).sum(), pl.len()
    elif clause.aggregation == "contact_share":
        met = meets(share, pl.lit(_interval_target(clause)), pl.lit(clause.direction))
        top, bottom = pl.col("denominator").filter(met).sum(), pl.col("denominator").sum()
    else:
        top, bottom = share.sum(), pl.len()
    return rows.group_by(list(keys), maintain_order=True).agg(
        numerator=top.cast(pl.Float64), denominator=bottom.cast(pl.Float64), contacts=pl.col("denominator").sum()
    )


def _interval_target(clause: Clause) -> float:
    return clause.target if clause.interval_target is None else clause.interval_target


def _quantile_rows(
    bound: BoundClause, waits: pl.DataFrame, calendar: Calendar, grain: Grain, by_queue: bool
) -> pl.DataFrame:
    """Per scope and period: a quantile of the answered contacts' waits, from the days' histogram, in whole seconds."""
    rows = _scopes(bound, waits, by_queue).with_columns(period_start=calendar.start(pl.col("local_date"), grain))
    excused = pl.col("reasons").list.len() > 0
    keys = ["scope", "period_start"]
    share = QUANTILES[bound.clause.metric]
    everything, relieved = _quantile(rows, keys, share), _quantile(rows.filter(~excused), keys, share)
    reasons = rows.filter(excused).group_by(keys).agg(
        excused_contacts=pl.col("answered").sum().cast(pl.Float64),
        excused_by=pl.col("reasons").explode().drop_nulls().unique().sort(),
    )  # fmt: skip
    named = relieved.select(*keys, relief_numerator="numerator", relief_denominator="denominator")
    return everything.join(named, on=keys, how="left").join(reasons, on=keys, how="left")


def _quantile(rows: pl.DataFrame, keys: list[str], share: float) -> pl.DataFrame:
    """The first bin up to which ``share`` of the answered lie; as numerator over 1, so that it reads like a ratio."""
    bins = rows.group_by(*keys, "wait_bin").agg(n=pl.col("answered").sum()).filter(pl.col("n") > 0)
    bins = bins.sort(*keys, "wait_bin").with_columns(
        below=pl.col("n").cum_sum().over(keys), everyone=pl.col("n").sum().over(keys)
    )
    reached = bins.filter(pl.col("below") >= share * pl.col("everyone") - 1e-9)
    return reached.group_by(keys, maintain_order=True).agg(
        numerator=(pl.col("wait_bin").first() // 2).cast(pl.Float64),
        denominator=pl.lit(1.0).first(),
        contacts=pl.col("everyone").first().cast(pl.Float64),
    )


def _with_periods(
    rows: pl.DataFrame,
    wanted: pl.DataFrame,
    bound: BoundClause,
    activity: Activity,
    calendar: Calendar,
    grain: Grain,
    by_queue: bool,
) -> pl.DataFrame:
    """The wanted periods, those without any contact included, with what was to be expected in each."""
    keys = ["scope", "period_start"]
    expected = _expected(bound, activity, calendar, grain, by_queue)
    if grain == "interval":
        return wanted.join(rows, on="period_start").join(expected, on=keys, how="left")
    scopes = pl.concat([rows.select("scope"), expected.select("scope"), pl.DataFrame({"scope": [bound.clause.queue]})])
    every = scopes.unique().sort("scope").join(wanted, how="cross")
    return every.join(rows, on=keys, how="left").join(expected, on=keys, how="left")


def _expected(bound: BoundClause, activity: Activity, calendar: Calendar, grain: Grain, by_queue: bool) -> pl.DataFrame:
    """Per scope and period, contacts that were to be expected and that are missing."""
    held = activity.expected
    if bound.metric in OF_CONTACTS:
        held = moved_sums(held, activity.early, ["expected", "missing"])
    names = [queue for queue in held["queue"].unique().to_list() if bound.covers(queue)]
    inside = held.filter(
        pl.col("queue").is_in(names) & pl.col("local_date").is_between(bound.first_day, bound.last_day or date.max)
    )
    placed = _scopes(bound, inside, by_queue).with_columns(
        period_start=calendar.start(pl.col("local_date"), "day" if grain == "interval" else grain)
    )
    return placed.group_by("scope", "period_start").agg(pl.col("expected", "missing").sum())


def _judged(rows: pl.DataFrame, bound: BoundClause, activity: Activity, grain: Grain) -> pl.DataFrame:
    clause = bound.clause
    if "interval_start_at" not in rows.columns:
        rows = rows.with_columns(interval_start_at=pl.lit(None, ATTAINMENT["interval_start_at"]))
    target, side = pl.lit(clause.target), pl.lit(clause.direction)
    exact = _ratio("numerator", "denominator")
    rows = rows.with_columns(exact=exact, relief_exact=_ratio("relief_numerator", "relief_denominator"))
    empty = ZERO_VALUES[clause.zero_rule]
    if empty is not None and clause.metric in OF_CONTACTS:
        silent = pl.col("exact").is_null() & (pl.col("expected").fill_null(0.0) == 0)
        rows = rows.with_columns(exact=pl.when(silent).then(empty).otherwise("exact"))
    rows = rows.with_columns(
        value=rounded(pl.col("exact"), clause.rounding, bound.scale).round(12),
        relief_value=rounded(pl.col("relief_exact"), clause.rounding, bound.scale).round(12),
        excused_contacts=pl.col("excused_contacts").fill_null(0.0),
        excused_by=pl.col("excused_by").fill_null(pl.lit([], dtype=pl.List(pl.String()))),
    )
    rows = rows.with_columns(_bounds(bound))
    rows = rows.with_columns(
        met=meets(pl.col("value"), target, side),
        relief_met=meets(pl.col("relief_value"), target, side),
        worst_met=meets(rounded(pl.col("worst"), clause.rounding, bound.scale), target, side),
        best_met=meets(rounded(pl.col("best"), clause.rounding, bound.scale), target, side),
        below_floor=pl.lit(None, pl.Boolean) if clause.floor is None
        else ~meets(pl.col("value"), pl.lit(clause.floor), side),
    )  # fmt: skip
    rows = rows.with_columns(state=_state(bound, activity, grain))
    missed = pl.col("state") == "missed"
    if bound.gap_is_breach:
        missed |= pl.col("state") == "gap"
    constants: dict[str, object] = {
        "vendor": bound.vendor, "clause_id": clause.id, "terms_id": bound.terms_id, "metric": clause.metric,
        "grain": grain, "target": clause.target, "floor": clause.floor, "direction": clause.direction,
        "min_volume": clause.min_volume, "unit": bound.unit, "aggregation": clause.aggregation,
        "definition_id": bound.definition_id,
    }  # fmt: skip
    begin, end = bound.first_day, bound.last_day or date.max
    named = rows.with_columns(
        *(pl.lit(value, ATTAINMENT[name]).alias(name) for name, value in constants.items()),
        queue="scope",
        counts_as_missed=missed,
        sure=(pl.col("worst_met") == pl.col("best_met")).fill_null(False),
        period_start=pl.max_horizontal("period_start", pl.lit(begin)),
        period_end=pl.min_horizontal("period_end", pl.lit(end)),
    )
    found = named.select(*ATTAINMENT).cast(ATTAINMENT)  # type: ignore[arg-type]
    return found.sort("period_start", "interval_start_at", "queue")


def _ratio(top: str, bottom: str) -> pl.Expr:
    return pl.when(pl.col(bottom) > 0).then(pl.col(top) / pl.col(bottom))


def _bounds(bound: BoundClause) -> list[pl.Expr]:
    """Share of the contacts that came, and the worst and best value; of other figures than shares the same or null."""
    share: pl.Expr
    if bound.clause.metric not in OF_CONTACTS:
        share = pl.when(pl.col("exact").is_not_null()).then(1.0)
    else:
        lost = 1 - pl.col("missing").fill_null(0.0) / pl.col("expected")
        share = pl.when(pl.col("expected") > 0).then(lost).otherwise(1.0)
    low: pl.Expr = pl.col("exact") * share
    high: pl.Expr = low + (1 - share)
    if bound.unit != "rate":
        low = high = pl.when(share >= 1 - 1e-12).then(pl.col("exact"))
    worst, best = (low, high) if bound.clause.direction == "higher" else (high, low)
    return [share.alias("data_share"), worst.alias("worst"), best.alias("best")]


def _state(bound: BoundClause, activity: Activity, grain: Grain) -> pl.Expr:
    clause = bound.clause
    begun = max(bound.began or bound.first_day, activity.first_day)
    ended = min(bound.ended or date.max, date.max)
    over = pl.col("period_end") <= activity.last_day
    whole = (pl.col("period_start") >= begun) & (pl.col("period_end") <= ended)
    expected = pl.col("expected").fill_null(0.0) > 0
    enough = pl.lit(True) if clause.min_volume is None or grain == "interval" else (
        pl.col("contacts") >= clause.min_volume
    )  # fmt: skip
    gap_shows = pl.lit(bound.gap_is_breach) & (pl.col("data_share") < 1) & ~pl.col("worst_met").fill_null(True)
    everything_excused = pl.col("relief_value").is_null() & (pl.col("excused_by").list.len() > 0)
    known = clause.metric in OF_CONTACTS
    silent = pl.when(expected & known).then(pl.lit("gap")).when(pl.lit(known)).then(pl.lit("no_demand")).otherwise(
        pl.lit("not_known")
    )  # fmt: skip
    return (
        pl.when(~over).then(pl.lit("running"))
        .when(~whole).then(pl.lit("partial"))
        .when(pl.col("value").is_null()).then(silent)
        .when(~enough).then(pl.lit("too_little"))
        .when(pl.col("met") & gap_shows).then(pl.lit("gap"))
        .when("met").then(pl.lit("met"))
        .when(pl.col("relief_met").fill_null(False) | everything_excused).then(pl.lit("excused"))
        .otherwise(pl.lit("missed"))
    )  # fmt: skip
