"""Every parameter of a definition is data: a report printed under it agrees where the terms say so, and is recognised
where they say something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.measures.definitions import ServiceLevelDefinition, count_contacts, service_level
from pipelines.measures.ledger.clauses import clause_formula, in_force
from pipelines.measures.reconcile import Evidence, Reconciliation, reconcile
from tests.measures.vendor_contacts import FIRST, PARIS, clauses, contacts, evidence, level_report, lines_of, periods

TERMS = ServiceLevelDefinition("abandon_negative", 20.0)
#: Target 0.8 as the terms have it.
OTHERS = {
    "ring": replace(TERMS, clock_start="ring"),
    "call_start": replace(TERMS, clock_start="call_start", threshold_s=30.0),
    "answer": replace(TERMS, attribution="answer", aggregation="mean_of_intervals"),
    "transfers": replace(TERMS, transfers_in="leave_out"),
    "intervals": replace(TERMS, aggregation="mean_of_intervals"),
    "empty_one": replace(TERMS, aggregation="mean_of_intervals", zero_rule="one"),
    "share": replace(TERMS, aggregation="interval_share", interval_target=0.8),
    "contacts": replace(TERMS, aggregation="contact_share", interval_target=0.8),
}
#: The search doesn't try an answer's interval together with an average over intervals.
FOUND = [name for name in OTHERS if name != "answer"]


def _calls(seed: int = 11) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    some = contacts(days=40, per_day=150, seed=seed)
    transferred = pl.Series(draw.random(some.height) < 0.15)
    return some.with_columns(
        ring_s=pl.Series(draw.integers(0, 40, some.height).astype(float)),
        ivr_s=pl.Series(draw.integers(0, 25, some.height).astype(float)),
        transferred_from_leg_id=pl.when(transferred).then(pl.lit("x")),
    )


CALLS = _calls()


def _placed(some: pl.DataFrame, definition: ServiceLevelDefinition) -> pl.DataFrame:
    """Contacts with the interval and the day to which the definition books them."""
    moved = pl.duration(seconds="wait_s") if definition.attribution == "answer" else pl.duration(seconds=0)
    at = pl.col("queued_at") + pl.when(pl.col("outcome") == "answered").then(moved).otherwise(pl.duration(seconds=0))
    return some.with_columns(
        interval_start_at=at.dt.truncate("30m"), local_date=at.dt.convert_time_zone(PARIS).dt.date()
    )


def _count(definition: ServiceLevelDefinition) -> pl.DataFrame:
    return count_contacts(_placed(CALLS, definition), definition, ["queue", "interval_start_at", "local_date"])


def _waits_on(clock: str) -> pl.DataFrame:
    seconds = pl.col("ring_s") if clock == "ring" else pl.col("wait_s") + pl.col("ivr_s")
    served = CALLS.filter(pl.col("outcome").is_in(["answered", "abandoned_queue"]))
    return served.group_by("queue", "local_date", wait_bin=(2 * seconds).cast(pl.Int32)).agg(
        answered=(pl.col("outcome") == "answered").sum(), abandoned=(pl.col("outcome") != "answered").sum()
    )


def _report(definition: ServiceLevelDefinition) -> pl.DataFrame:
    if definition.aggregation == "call_weighted":
        return level_report(_placed(CALLS, definition), definition, decimals=2)
    counts = _count(definition).with_columns(period="local_date")
    values = service_level(counts, definition, by=["queue", "period"])
    shown = values.select("queue", "period", value=(pl.col("value") * 10_000).round(6).round(0) / 10_000)
    return lines_of(shown.drop_nulls("value"), "service_level", "rate", 2, 100.0)


def _held(terms: pl.DataFrame) -> Evidence:
    return evidence(CALLS, terms, counted=_count, waits_on=_waits_on)


def _ledger(found: Reconciliation) -> pl.DataFrame:
    # at the end of the last day some answers are booked on a day that the contacts don't reach
    return found.ledger.filter(pl.col("period_start") < CALLS["local_date"].max())


@pytest.mark.parametrize("name", list(OTHERS))
def test_a_clause_with_this_parameter_is_computed_as_it_says(name: str) -> None:
    said = OTHERS[name]
    terms = clauses(
        threshold_s=said.threshold_s, clock_start=said.clock_start, attribution=said.attribution,
        aggregation=said.aggregation, transfers_in=said.transfers_in, zero_rule=said.zero_rule,
        interval_target=said.interval_target,
    )  # fmt: skip
    found = reconcile("v", _report(said), _held(terms))
    assert set(_ledger(found)["verdict"]) == {"agrees"}
    assert set(_ledger(found)["definition_id"]) == {said.id}


@pytest.mark.parametrize("name", FOUND)
def test_a_report_with_this_parameter_is_recognised(name: str) -> None:
    found = reconcile("v", _report(OTHERS[name]), _held(clauses()))
    (why,) = found.explanations["service_level", "day"]
    assert OTHERS[name].id in (why.definition, *why.ties)
    assert why.fits >= why.periods - 1
    assert why.chance < 1e-6
    differs = _ledger(found).filter(pl.col("verdict") == "differs")
    assert differs.height > 30
    assert (differs["unexplained"] == 0).all()


def test_nothing_is_counted_anew_where_the_marts_explain_the_figures() -> None:
    def never(_: object) -> pl.DataFrame:
        raise AssertionError("single contacts were read")

    held = replace(_held(clauses()), counted=never, waits_on=never)
    found = reconcile("v", _report(replace(TERMS, threshold_s=30.0)), held)
    assert found.explanations["service_level", "day"][0].definition == replace(TERMS, threshold_s=30.0).id


def test_an_empty_day_is_what_the_clause_says_it_is() -> None:
    """Of two queues one has no contact on some day; its vendor prints 100 % there, or nothing, as agreed."""
    quiet = FIRST + timedelta(days=4)
    some = contacts(days=20, per_day=40, queues=("billing", "delivery"), seed=3)
    some = some.filter(~((pl.col("queue") == "billing") & (pl.col("local_date") == quiet)))
    report = level_report(some, TERMS)
    line = report.head(1).with_columns(queue=pl.lit("billing"), value=pl.lit(1.0))
    moved = pl.duration(days=(quiet - FIRST).days)
    report = pl.concat([report, line.with_columns(pl.col("period_start_at", "period_end_at") + moved)])
    for rule, verdict, reason in [("one", "agrees", None), ("null", "not_verifiable", "no_contacts"),
                                  ("zero", "differs", None)]:  # fmt: skip
        found = reconcile("v", report, evidence(some, clauses(zero_rule=rule)))
        at = found.ledger.filter((pl.col("queue") == "billing") & (pl.col("period_start") == quiet))
        assert at.select("verdict", "reason").row(0) == (verdict, reason)


# --- other measures -----------------------------------------------------------------------------------------------

CHANGED = FIRST + timedelta(days=20)


def _dated(metric: str, old: dict[str, object], new: dict[str, object]) -> pl.DataFrame:
    bare = clauses(metric=metric, variant=None, threshold_s=None)
    before = clauses(metric=metric, **{"variant": None, "threshold_s": None, **old})
    after = clauses(metric=metric, **{"variant": None, "threshold_s": None, **new})
    assert bare.columns == before.columns
    return pl.concat([
        before.with_columns(valid_to=pl.lit(CHANGED - timedelta(days=1))),
        after.with_columns(valid_from=pl.lit(CHANGED)),
    ])  # fmt: skip


Value = Callable[[pl.DataFrame], pl.DataFrame]
_answered = pl.col("outcome") == "answered"


def _daily(some: pl.DataFrame, top: pl.Expr, bottom: pl.Expr) -> pl.DataFrame:
    return periods(some).group_by("queue", "period").agg(value=top / bottom)


_wait, _talk, _acw = (pl.col(name).filter(_answered).sum() for name in ("wait_s", "talk_s", "acw_s"))
_offered = ~pl.col("outcome").is_in(["closed_hours"])
_lost = pl.col("outcome") == "abandoned_queue"
_short = _lost & (pl.col("wait_s") <= 5)

CASES: dict[str, tuple[str, dict[str, object], dict[str, object], tuple[pl.Expr, pl.Expr], tuple[pl.Expr, pl.Expr]]] = {
    "asa": ("asa_s", {}, {"over": "offered"}, (_wait, _answered.sum()), (_wait, _offered.sum())),
    "aht": ("aht_s", {}, {"parts": ["talk_s"]}, (_talk + _acw, _answered.sum()), (_talk, _answered.sum())),
    "abandons": (
        "abandon_rate", {"variant": "all"}, {"variant": "short_excluded", "short_abandon_s": 5.0},
        (_lost.sum(), _offered.sum()), ((_lost & ~_short).sum(), (_offered & ~_short).sum()),
    ),
    "answered_over_offered": (
        "abandon_rate", {}, {"variant": "answered_over_offered"}, (_lost.sum(), _offered.sum()),
        (_answered.sum(), _offered.sum()),
    ),
    "voicemail": (
        "abandon_rate", {"variant": "short_numerator", "short_abandon_s": 5.0}, {"variant": "with_voicemail"},
        ((_lost & ~_short).sum(), _offered.sum()),
        ((_lost | (pl.col("outcome") == "voicemail")).sum(), _offered.sum()),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
def test_a_clause_is_followed_from_its_day_on(name: str) -> None:
    metric, old, new, before, after = CASES[name]
    early, late = CALLS.filter(pl.col("local_date") < CHANGED), CALLS.filter(pl.col("local_date") >= CHANGED)
    unit, decimals, scale = ("rate", 2, 100.0) if metric.endswith("rate") else ("s", 1, 1.0)
    values = pl.concat([_daily(early, *before), _daily(late, *after)])
    shown = values.with_columns(value=(pl.col("value") * scale * 10**decimals).round(6).round(0) / scale / 10**decimals)
    terms = _dated(metric, old, new)
    held = replace(evidence(CALLS), clauses=terms)
    found = reconcile("v", lines_of(shown, metric, unit, decimals, scale), held)
    assert set(found.ledger["verdict"]) == {"agrees"}
    ids = [clause_formula(metric, row).id for row in terms.iter_rows(named=True)]  # type: ignore[union-attr]
    told = found.ledger.group_by("definition_id").agg(pl.col("period_start").min()).sort("period_start")
    assert told.rows() == [(ids[0], FIRST), (ids[1], CHANGED)]


def test_a_clause_on_satisfaction_names_its_boxes() -> None:
    assert clause_formula("csat", {}).id == "csat.top2"  # type: ignore[union-attr]
    assert clause_formula("csat", {"boxes": 1}).id == "csat.top1"  # type: ignore[union-attr]
    assert clause_formula("csat", {"boxes": 2, "neutral": False}).id == "csat.top2/without_neutral"  # type: ignore[union-attr]
    # 50, 35, 5, 4 and 6 marks from five to one
    marks = pl.DataFrame({"csat_scored": [100], "csat_top1": [50], "csat_top2": [85], "csat_neutral": [5]})
    shares = []
    for said in ({}, {"boxes": 1}, {"neutral": False}):
        one = clause_formula("csat", said)
        assert one is not None
        assert one.bottom is not None
        shares.append(round(100 * marks.select(one.top / one.bottom).item(), 1))
    assert shares == [85.0, 50.0, 89.5]


def test_the_clause_of_a_queue_goes_before_that_of_all() -> None:
    cells = pl.DataFrame({"queue": ["billing", "delivery"], "local_date": [FIRST, FIRST]})
    both = pl.concat([clauses(), clauses(queue_code="billing")])
    assert in_force(cells, both, "service_level").sort("queue")["clause"].to_list() == [1, 0]
