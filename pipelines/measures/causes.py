"""Why a target was missed: the distance to it split between plan, volume, handle time, staffing and the rest.

The split is of the clause's own figure, as an Erlang A queue gives it for each interval, with the patience that the
queue's own callers show. From the plan (locked forecast, planned handle time, committed agents) to what happened three
things change; each one's part is its mean effect over the orders in which they can change (Shapley 1953), so the parts
add up whatever the order. What the model does not say is told, not hidden: its usual misfit on this queue is a bar of
its own, and what is left over is the order of service or something unexplained. All parts are in percentage points of
the measured figure and weighted by contacts, so that the parts of a day are those of its intervals added up.

Causes are estimated, figures are measured: what comes from the model is called modelled. A handful of calls says
little about the pace at which calls came, so the pace behind the counts is estimated: from the week to the day to the
interval, each drawn towards the one before (empirical Bayes), as far as the queue's own history lets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import polars as pl

from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.agreement.periods import Calendar, Grain
from pipelines.measures.breaches import counted, period_of
from pipelines.measures.erlang_many import Inputs, modelled
from pipelines.measures.plausibility import dispersion_of
from pipelines.measures.spread import Floats

CAUSES = ("volume", "handle_time", "staffing")
PARTS = ("plan", "volume", "handle_time", "staffing", "unexplained", "misfit")
#: Clauses whose figure the model gives.
MODELLED = ("service_level", "abandon_rate")

#: Abandons below which a queue's patience is that of its vendor; and what is taken where nobody gives up (seconds).
FEWEST_ABANDONS, PATIENT_S = 20, 600.0
#: Contacts below which the model's usual misfit on a queue is not known.
FEWEST_CONTACTS = 200
#: How steady the pace of calls is at the most, and at the least, by week, day, interval (size of a negative binomial).
STEADINESS = {"week": (3.0, 50.0), "day": (3.0, 100.0), "interval": (3.0, 400.0)}
#: Contacts that the handle time of the step before is worth, by week, day, interval.
WORTH = {"week": 10.0, "day": 40.0, "interval": 200.0}

#: Points that a cause must take at each of several operations to be called common.
COMMON_POINTS = 2.0

#: Per interval: what the model is given. Rates are contacts per interval; handle times seconds; agents numbers.
INPUTS: dict[str, pl.DataType] = {
    "vendor": pl.String(),
    "queue": pl.String(),
    "interval_start_at": pl.Datetime("us", "UTC"),
    "local_date": pl.Date(),
    "interval_min": pl.Int64(),
    "planned_calls": pl.Float64(),
    "calls": pl.Float64(),
    "planned_aht_s": pl.Float64(),
    "aht_s": pl.Float64(),
    "committed": pl.Float64(),
    "agents": pl.Float64(),
    "patience_s": pl.Float64(),
    "told": pl.List(pl.String()),
}
_CELL = ["vendor", "queue", "interval_start_at"]
_QUEUE = ["vendor", "queue"]


def model_inputs(intervals: pl.DataFrame, staffing: pl.DataFrame) -> pl.DataFrame:
    """What the model is given for every interval with contacts or a plan, as :data:`INPUTS`.

    ``intervals``: queries/breach_intervals, all sites together. ``staffing``: queries/breach_staffing. Without a
    forecast volume is no cause that can be told, without planned handle times handle time is none, without agents
    (committed and either logged in or scheduled) staffing is none; ``told`` names those that can be. Without any number
    of agents there is no model: ``agents`` is null.
    """
    own = ["offered", "handle_s", "handle_known", "wait_answered_s", "wait_abandoned_s", "abandoned"]
    counts = intervals.group_by(*_CELL, "local_date", "interval_min").agg(pl.col(own).sum())
    plan = ["forecast", "aht_forecast_s", "committed", "scheduled", "logged_s"]
    rows = counts.join(
        staffing.select(*_CELL, "local_date", "interval_min", *plan), on=_CELL, how="full", coalesce=True
    )
    rows = rows.with_columns(
        pl.coalesce(name, f"{name}_right").alias(name) for name in ("local_date", "interval_min")
    ).with_columns(pl.col(name).fill_null(0) for name in own)
    seconds = pl.col("interval_min") * 60
    worked = pl.coalesce(pl.col("logged_s") / seconds, "scheduled")
    rows = rows.with_columns(worked=worked, week=pl.col("local_date").dt.truncate("1w")).sort(
        *_QUEUE, "interval_start_at"
    )
    rows = _with_pace(rows)
    rows = _with_handle_time(rows)
    both = pl.col("committed").is_not_null() & pl.col("worked").is_not_null()
    told = [
        pl.when(pl.col("forecast").is_not_null()).then(pl.lit("volume")),
        pl.when(pl.col("aht_forecast_s").is_not_null()).then(pl.lit("handle_time")),
        pl.when(both).then(pl.lit("staffing")),
    ]
    agents = pl.coalesce("worked", "committed")
    return (
        rows.join(patience(intervals), on=_QUEUE, how="left")
        .with_columns(
            planned_calls=pl.coalesce("forecast", "calls"),
            planned_aht_s=pl.coalesce("aht_forecast_s", "aht_s"),
            agents=agents,
            committed=pl.when(both).then("committed").otherwise(agents),
            told=pl.concat_list(told).list.drop_nulls(),
            patience_s=pl.col("patience_s").fill_null(PATIENT_S),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in INPUTS.items())
    )


def patience(intervals: pl.DataFrame) -> pl.DataFrame:
    """vendor, queue, ``patience_s``: all waiting over the number of callers who gave up.

    That is the likelihood's answer for exponential patience when the answered ones are taken for what they are, callers
    of whom it is known that they would have waited at least so long (Mandelbaum & Zeltyn).
    """
    waited = pl.col("wait_answered_s").sum() + pl.col("wait_abandoned_s").sum()
    enough = pl.col("abandoned").sum() >= FEWEST_ABANDONS
    each = pl.when(enough & (waited > 0)).then(waited / pl.col("abandoned").sum())
    queues = intervals.group_by(_QUEUE).agg(own=each)
    vendors = intervals.group_by("vendor").agg(usual=each)
    return queues.join(vendors, on="vendor").select(
        *_QUEUE, patience_s=pl.coalesce("own", "usual", pl.lit(PATIENT_S)).clip(1.0)
    )


def _with_pace(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds ``calls``: the pace at which contacts came, in contacts per interval."""
    known = rows.filter(pl.col("forecast") > 0)
    chain = pl.col("forecast")
    for step, by in (("week", [*_QUEUE, "week"]), ("day", [*_QUEUE, "local_date"]), ("interval", _CELL)):
        known = known.with_columns(chain.alias("expected"))
        sums = known.group_by(by).agg(pl.col("offered", "expected").sum())
        sums = sums.join(_steadiness(sums, *STEADINESS[step]), on=_QUEUE)
        sums = sums.with_columns(ratio=(pl.col("offered") + pl.col("size")) / (pl.col("expected") + pl.col("size")))
        known = known.drop("ratio", strict=False).join(sums.select(*by, "ratio"), on=by)
        chain = pl.col("expected") * pl.col("ratio")
    paced = known.select(*_CELL, calls=chain)
    return rows.join(paced, on=_CELL, how="left").with_columns(pl.coalesce("calls", pl.col("offered").cast(pl.Float64)))


def _steadiness(sums: pl.DataFrame, least: float, most: float) -> pl.DataFrame:
    """vendor, queue, ``size``: how steady counts are around what was expected of them."""
    found = []
    for (vendor, queue), some in sums.group_by(_QUEUE, maintain_order=True):
        offered, expected = (some[name].cast(pl.Float64).to_numpy() for name in ("offered", "expected"))
        found.append((vendor, queue, dispersion_of(offered, expected, least, most)))
    return pl.DataFrame(found, schema={"vendor": pl.String, "queue": pl.String, "size": pl.Float64}, orient="row")


def _with_handle_time(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds ``aht_s``: the handle time behind the calls of an interval; where none is planned, from the queue's own."""
    usual = (pl.col("handle_s").sum() / pl.col("handle_known").sum()).over(_QUEUE)
    rows = rows.with_columns(aht_s=pl.coalesce("aht_forecast_s", pl.when(usual > 0).then(usual)))
    for step, by in (("week", [*_QUEUE, "week"]), ("day", [*_QUEUE, "local_date"]), ("interval", _CELL)):
        n, worth = pl.col("handle_known").sum().over(by), WORTH[step]
        expected = (pl.col("aht_s") * pl.col("handle_known")).sum().over(by)
        longer = (pl.col("handle_s").sum().over(by) / expected * n + worth) / (n + worth)
        rows = rows.with_columns(aht_s=pl.when(expected > 0).then(pl.col("aht_s") * longer).otherwise("aht_s"))
    return rows


def attributed(rows: pl.DataFrame, rules: Sequence[BoundClause], inputs: pl.DataFrame) -> pl.DataFrame:
    """Per interval with contacts and rule: what the model says of it.

    ``rows``: of :func:`breaches.excused_rows`. Columns: vendor, queue, rule, interval_start_at, local_date, n (contacts
    of the figure), k, ``planned`` and ``modelled`` values, volume, handle_time, staffing (shares, not points; null
    without a model), told, ``beyond`` (the terms give relief, since more came than the forecast and its band: the whole
    effect of volume is the client's; null where no band is agreed).
    """
    placed = _placed(rows, inputs)
    able = _able(placed, rules)
    corners = list(product((False, True), repeat=len(CAUSES)))
    values = dict(zip(corners, _levels(able, rules, corners), strict=True))
    found: dict[str, Floats] = {"planned": values[corners[0]], "modelled": values[corners[-1]]}
    for place, cause in enumerate(CAUSES):
        part = np.zeros(able.height)
        for corner in corners:
            if not corner[place]:
                changed = (*corner[:place], True, *corner[place + 1 :])
                # With none or both of the others changed before it, 2 of 6 orders each; with one of them, 1 of 6.
                part += (values[changed] - values[corner]) * (1 / 6 if sum(corner) == 1 else 1 / 3)
        found[cause] = part
    told = able.select(*_CELL, "rule").with_columns(
        pl.Series(name, array, dtype=pl.Float64, nan_to_null=True) for name, array in found.items()
    )
    return placed.join(told, on=[*_CELL, "rule"], how="left").select(
        *_CELL, "rule", "local_date", "n", "k", *found, "told", "beyond"
    )


def usual_misfit(rows: pl.DataFrame, rules: Sequence[BoundClause], inputs: pl.DataFrame) -> pl.DataFrame:
    """vendor, queue, rule, ``misfit``: by how much the measured figure usually differs from the modelled one.

    Null below :data:`FEWEST_CONTACTS`.
    """
    able = _able(_placed(rows, inputs), rules)
    (values,) = _levels(able, rules, [(True,) * len(CAUSES)])
    n = pl.col("n")
    known = able.with_columns(pl.Series("modelled", values, dtype=pl.Float64, nan_to_null=True)).drop_nulls("modelled")
    return known.group_by(*_QUEUE, "rule").agg(
        misfit=pl.when(n.sum() >= FEWEST_CONTACTS).then((pl.col("k") - n * pl.col("modelled")).sum() / n.sum())
    )


def _placed(rows: pl.DataFrame, inputs: pl.DataFrame) -> pl.DataFrame:
    """One row per interval and rule with contacts, all sites together, with what the model is given."""
    measured = (
        rows.group_by(*_CELL, "rule", "local_date")
        .agg(
            n=pl.col("denominator").sum(),
            k=pl.col("numerator").sum(),
            beyond=pl.when(pl.col("band").any()).then(pl.col("reasons").list.contains("forecast").any()),
        )
        .filter(pl.col("n") > 0)
    )
    return measured.join(inputs.drop("local_date"), on=_CELL, how="left").sort(*_QUEUE, "rule", "interval_start_at")


def _able(placed: pl.DataFrame, rules: Sequence[BoundClause]) -> pl.DataFrame:
    modelled_ones = [number for number, rule in enumerate(rules) if rule.metric in MODELLED]
    return placed.filter(
        pl.col("rule").is_in(modelled_ones), pl.col("agents").is_not_null(), pl.col("aht_s") > 0,
        pl.col("planned_aht_s") > 0,
    )  # fmt: skip


def _levels(rows: pl.DataFrame, rules: Sequence[BoundClause], corners: Sequence[tuple[bool, ...]]) -> list[Floats]:
    """The clause's own figure at each corner: for every cause either as planned (False) or as it was (True)."""
    if rows.is_empty():
        return [np.empty(0) for _ in corners]
    pairs = (("planned_calls", "calls"), ("planned_aht_s", "aht_s"), ("committed", "agents"))
    columns = {name: rows[name].to_numpy() for pair in pairs for name in pair}
    given = [[columns[pair[is_actual]] for pair, is_actual in zip(pairs, corner, strict=True)] for corner in corners]
    calls, aht, agents = (np.concatenate(part) for part in zip(*given, strict=True))
    threshold, short = _limits(rules)
    rule, repeated = rows["rule"].to_numpy(), len(corners)
    seconds = np.tile(rows["interval_min"].to_numpy() * 60.0, repeated)
    shares = modelled(
        Inputs(
            calls / seconds, aht, agents, np.tile(rows["patience_s"].to_numpy(), repeated),
            np.tile(threshold[rule], repeated), np.tile(short[rule], repeated),
        )
    )  # fmt: skip
    # One contact offered at every corner of every interval, counted by the clause's own definition.
    offered = pl.DataFrame(
        {
            "rule": np.tile(rule, repeated), "offered": np.ones(calls.size), "answered": 1 - shares.abandoned,
            "abandoned": shares.abandoned, "answered_in_threshold": shares.answered_in_threshold,
            "abandoned_in_threshold": shares.abandoned_in_threshold, "short_abandoned": shares.short_abandoned,
            **{name: np.zeros(calls.size) for name in _NOWHERE},
        }
    ).with_row_index("row")  # fmt: skip
    told = counted(offered, list(rules)).sort("row")
    bottom = told["denominator"].to_numpy().astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(bottom > 0, told["numerator"].to_numpy().astype(float) / bottom, np.nan)
    return list(values.reshape(repeated, rows.height))


#: Outcomes that the model does not know.
_NOWHERE = ("flow_outs", "callbacks", "callbacks_in_threshold", "voicemail", "closed", "abandoned_ivr")


def _limits(rules: Sequence[BoundClause]) -> tuple[Floats, Floats]:
    """Threshold and short limit of each rule (an abandon rate takes those of its vendor's service level)."""
    levels = {rule.vendor: one for rule in reversed(rules) if (one := rule.definition) is not None}
    own = [rule.definition or levels.get(rule.vendor) for rule in rules]
    return (
        np.array([one.threshold_s if one else 0.0 for one in own]),
        np.array([(one.short_abandon_s or 0.0) if one else 0.0 for one in own]),
    )


def split(
    parts: pl.DataFrame, misfit: pl.DataFrame, rules: Sequence[BoundClause], grain: Grain, calendar: Calendar
) -> pl.DataFrame:
    """One row per cell (vendor, queue, rule, period) with what lies between target and figure, in points.

    ``parts``: of :func:`attributed`; ``misfit``: of :func:`usual_misfit`. Points below zero took the figure away from
    its good side. :data:`PARTS` add up to ``distance`` (exactly, at every grain); ``volume_beyond`` is what of
    ``volume`` belongs to intervals beyond the forecast band, null where none is agreed. A cause that can't be told for
    any interval is null; ``told`` names those that can.
    """
    table = pl.DataFrame(
        [(number, rule.clause.target, -100.0 if rule.clause.direction == "lower" else 100.0)
         for number, rule in enumerate(rules)],
        schema={"rule": pl.Int64, "target": pl.Float64, "points": pl.Float64}, orient="row",
    )  # fmt: skip
    n, points = pl.col("n"), pl.col("points")
    rows = parts.join(table, on="rule").join(misfit, on=[*_QUEUE, "rule"], how="left")
    has_model = pl.col("modelled").is_not_null()
    rows = rows.with_columns(
        distance=(pl.col("k") - n * pl.col("target")) * points,
        plan=(pl.col("planned") - pl.col("target")) * n * points,
        misfit=pl.when(has_model).then(pl.col("misfit") * n * points),
        **{cause: pl.col(cause) * n * points for cause in CAUSES},
    ).with_columns(
        unexplained=pl.col("distance") - pl.sum_horizontal("plan", "misfit", *CAUSES),
        volume_beyond=pl.col("volume") * pl.col("beyond").cast(pl.Float64),
    )
    rows = rows.with_columns(pl.when(pl.col("told").list.contains(cause)).then(cause).alias(cause) for cause in CAUSES)
    names = ("distance", *PARTS, "volume_beyond")
    cells = rows.with_columns(period=period_of(grain, calendar)).group_by(*_QUEUE, "rule", "period").agg(
        pl.col("n", "k").sum(),
        pl.col("local_date").first(),
        *((_sum_or_null(name) / n.sum()).alias(name) for name in names),
        planned=_weighted("planned"),
        modelled=_weighted("modelled"),
        modelled_share=n.filter(has_model).sum() / n.sum(),
    )  # fmt: skip
    told = pl.concat_list(pl.when(pl.col(cause).is_not_null()).then(pl.lit(cause)) for cause in CAUSES)
    return cells.with_columns(value=pl.col("k") / pl.col("n"), told=told.list.drop_nulls())


def _sum_or_null(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum())


def _weighted(name: str) -> pl.Expr:
    known = pl.col("n").filter(pl.col(name).is_not_null())
    return (pl.col(name) * pl.col("n")).sum() / pl.when(known.sum() > 0).then(known.sum())


def with_side(cells: pl.DataFrame) -> pl.DataFrame:
    """Adds ``cause`` (what took most points away) and ``side``: client, vendor, both, unknown. Null where all is well.

    The client's side: volume beyond the forecast band. The vendor's: fewer agents than committed, volume within the
    band, and a plan that would have missed the target even with everything as planned (where the model is usually too
    strict here, that much less). Nobody's by the terms: longer handling, what is unexplained, volume where no band is
    agreed. A side is named when at least half of all points lost are its own and the other has less than half as many;
    both, when together they have at least half.
    """
    lost = {part: _lost(pl.col(part)) for part in (*CAUSES, "unexplained")}
    plan = _lost(pl.col("plan").fill_null(0) + pl.col("misfit").fill_null(0).clip(lower_bound=0))
    beyond = _lost(pl.col("volume_beyond"))
    within = (
        pl.when(pl.col("volume_beyond").is_not_null())
        .then((lost["volume"] - beyond).clip(lower_bound=0))
        .otherwise(0.0)
    )
    found = cells.select(
        missed=pl.col("distance") < 0, client=beyond, vendor=lost["staffing"] + plan + within,
        **lost, plan=plan, all=plan + sum(lost.values(), start=pl.lit(0.0)),
    )  # fmt: skip
    client, vendor, most = pl.col("client"), pl.col("vendor"), pl.max_horizontal("plan", *lost)
    cause = pl.coalesce(pl.when(pl.col(part) == most).then(pl.lit(part)) for part in (*lost, "plan"))
    half = pl.col("all") / 2
    side = (
        pl.when((client >= half) & (vendor < client / 2)).then(pl.lit("client"))
        .when((vendor >= half) & (client < vendor / 2)).then(pl.lit("vendor"))
        .when((client + vendor >= half) & (client > 0) & (vendor > 0)).then(pl.lit("both"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
    judged = found.select(
        cause=pl.when(pl.col("missed") & (most > 0)).then(cause), side=pl.when(pl.col("missed")).then(side)
    )
    return pl.concat([cells, judged], how="horizontal")


def _lost(points: pl.Expr) -> pl.Expr:
    return (-points.fill_null(0)).clip(lower_bound=0)


def with_common(cells: pl.DataFrame) -> pl.DataFrame:
    """Adds ``common_with``: the other vendors who, on the same queue at the same time, lost points by the same cause.

    Volume or handle time that takes at least :data:`COMMON_POINTS` at several operations at once has one origin, and it
    is none of theirs. ``cells`` holds all vendors of a queue.
    """
    found = [cells.select(*_QUEUE, "rule", "period").clear().with_columns(common_with=pl.lit(None, pl.List(pl.String)))]
    for cause in ("volume", "handle_time"):
        touched = cells.filter(pl.col(cause) <= -COMMON_POINTS).select(*_QUEUE, "period", "metric").unique()
        named = touched.group_by("queue", "period", "metric").agg(vendors=pl.col("vendor").unique().sort())
        own = cells.filter(pl.col("cause") == cause).join(named, on=["queue", "period", "metric"])
        others = pl.col("vendors").list.set_difference(pl.concat_list("vendor"))
        found.append(own.select(*_QUEUE, "rule", "period", common_with=others))
    return cells.join(pl.concat(found), on=[*_QUEUE, "rule", "period"], how="left").with_columns(
        pl.col("common_with").fill_null(pl.lit([], dtype=pl.List(pl.String)))
    )
