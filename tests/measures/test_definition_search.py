"""The search itself: its path through the days, its chances, its space, and what counts alone can tell."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise, product

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures.definition_search import CHANGE, SERIES, at_least, best_path, explain
from pipelines.measures.definition_space import (
    VALUES,
    Candidate,
    service_level_space,
    values,
    variant_bounds,
    variants_possible,
)
from pipelines.measures.definitions import ServiceLevelDefinition, count_contacts, service_level
from pipelines.measures.ledger.formulas import METRICS, SUMS, formulas
from pipelines.measures.ledger.words import definition_words
from tests.measures.vendor_contacts import clauses, contacts, evidence

FIRST = date(2026, 1, 1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(0, 9))
def test_the_chance_of_so_many_fits_is_that_of_all_outcomes_together(chances: list[float], wanted: int) -> None:
    brute = 0.0
    for outcome in product((0, 1), repeat=len(chances)):
        if sum(outcome) >= wanted:
            brute += float(np.prod([p if hit else 1 - p for p, hit in zip(chances, outcome, strict=True)]))
    assert at_least(np.array(chances), wanted) == pytest.approx(brute, abs=1e-12)


@given(st.integers(0, 1000))
def test_the_path_is_the_cheapest_there_is(seed: int) -> None:
    draw = np.random.default_rng(seed)
    misses = draw.integers(0, 4, (3, 5)).astype(float)
    entry = np.array([0.0, 0.3, 0.6])

    def cost(path: tuple[int, ...]) -> float:
        changes = sum(CHANGE + entry[b] for a, b in pairwise(path) if a != b)
        return float(entry[path[0]] + changes + sum(misses[row, column] for column, row in enumerate(path)))

    best = min(cost(path) for path in product(range(3), repeat=5))
    assert cost(tuple(int(row) for row in best_path(misses, entry, CHANGE))) == pytest.approx(best)


def _series(values_of_day: list[float]) -> pl.DataFrame:
    days = [FIRST + timedelta(days=number) for number in range(len(values_of_day))]
    rows = [(number, day, day, "q", values_of_day[number], 0.0005) for number, day in enumerate(days)]
    return pl.DataFrame(rows, schema=SERIES, orient="row")


def _table(*candidates: list[float]) -> pl.DataFrame:
    rows = [(key, place, value, None, None) for place, some in enumerate(candidates) for key, value in enumerate(some)]
    return pl.DataFrame(rows, schema=VALUES, orient="row")


def _explain(reported: list[float], *candidates: list[float], steps: tuple[int, ...] = (0, 1, 2)):
    space = [Candidate(f"c{place}", steps[place]) for place in range(len(candidates))]
    table = _table(*candidates)
    return explain(_series(reported), space, lambda places, keys: table.filter(pl.col("candidate").is_in(list(places))))


def test_what_fits_alike_is_said_and_the_nearest_to_the_terms_is_named_first() -> None:
    draw = np.random.default_rng(3)
    truth = draw.uniform(0.6, 0.9, 30).tolist()
    terms = draw.uniform(0.6, 0.9, 30).tolist()
    # Values just below the printed ones: rounded up, so that cutting digits off is no explanation.
    below = [round(value, 3) - 0.0002 for value in truth]
    (one,) = _explain([round(value, 3) for value in truth], terms, below, below)
    assert (one.definition, one.fits, one.terms_fits, one.telling) == ("c1", 30, 0, 30)
    assert one.ties == ("c2",)
    assert one.chance < 1e-20


def test_noise_around_the_terms_is_explained_by_nothing_else() -> None:
    draw = np.random.default_rng(4)
    terms = draw.uniform(0.6, 0.9, 60)
    noisy = terms + draw.normal(0, 0.02, 60)
    others = [draw.uniform(0.6, 0.9, 60).tolist() for _ in range(2)]
    (one,) = _explain(noisy.round(3).tolist(), terms.tolist(), *others)
    assert one.is_terms
    assert not one.established
    assert one.chance > 0.01


@pytest.mark.parametrize("days", [1, 4])
def test_a_few_wrong_days_are_no_change_of_definition(days: int) -> None:
    draw = np.random.default_rng(5)
    terms, other = draw.uniform(0.6, 0.9, 60), draw.uniform(0.6, 0.9, 60)
    reported = terms.copy()
    reported[20 : 20 + days] = other[20 : 20 + days]
    (one,) = _explain(reported.round(3).tolist(), terms.tolist(), other.tolist())
    assert one.is_terms
    assert one.fits == 60 - days


def test_a_queue_with_a_definition_of_its_own_is_told_by_itself() -> None:
    draw = np.random.default_rng(6)
    terms, other = draw.uniform(0.6, 0.9, 90), draw.uniform(0.6, 0.9, 90)
    own = np.arange(90) % 3 == 0
    series = _series(np.where(own, other, terms).round(3).tolist()).with_columns(
        queue=pl.when(pl.Series(own)).then(pl.lit("own")).otherwise(pl.lit("rest"))
    )
    table = _table(terms.tolist(), other.tolist())
    found = explain(series, [Candidate("c0"), Candidate("c1", 1)], lambda places, keys: table)
    assert [(one.queue, one.definition, one.fits) for one in found] == [(None, "c0", 60), ("own", "c1", 30)]


#: Sums by day and histograms of waits serve all candidates but the averages over half-hours.
BY_DAY = [
    one
    for one in service_level_space(None, ["flow_outs", "callbacks", "closed", "voicemail"])
    if one.aggregation == "call_weighted"
]


@given(
    st.sampled_from(BY_DAY),
    st.integers(1, 3),
)
def test_a_candidate_gives_what_its_definition_gives_on_single_contacts(candidate: Candidate, seed: int) -> None:
    some = contacts(days=3, per_day=60, seed=seed)
    held = evidence(some)
    assert candidate.service_level is not None
    counts = count_contacts(some, candidate.service_level, ["local_date"])
    single = service_level(counts, candidate.service_level, by=["local_date"]).sort("local_date")
    keys = pl.DataFrame({"local_date": single["local_date"], "key": pl.Series(range(3), dtype=pl.UInt32)})
    found = values(held.days.join(keys, on="local_date"), held.waits.join(keys, on="local_date"), [candidate])
    assert found.sort("key")["value"].to_list() == pytest.approx(single["value"].to_list())


def test_the_space_holds_the_terms_first_and_no_definition_twice() -> None:
    terms = ServiceLevelDefinition("short_excluded", 37.0, short_abandon_s=4.0)
    space = service_level_space(terms, [], by_day=True)
    assert (space[0].id, space[0].steps) == (terms.id, 0)
    assert len({one.id for one in space}) == len(space) > 1000
    # Where nothing overflows and nobody asks to be called back, variants that only count those are left out.
    assert not any("with_flowouts" in one.id or "queue_removed" in one.id for one in space)
    by_id = {one.id: one.steps for one in space}
    assert by_id["service_level.abandon_negative/<=37s"] == 1
    assert by_id["service_level.short_excluded/<37s/short4s"] == 1
    assert by_id["service_level.abandon_negative/<20s/mean_of_days"] == 4


def test_every_formula_reads_sums_that_exist() -> None:
    for metric in METRICS - {"service_level"}:
        found = formulas(metric)
        assert found[0].steps == 0
        for one in found:
            for part in (one.top, one.bottom):
                names = [] if part is None else part.meta.root_names()
                assert all(name in SUMS or name.startswith("short_") for name in names), (metric, one.id)


@pytest.mark.parametrize(
    ("value", "impossible"),
    [
        (0.95, {"abandon_negative"}),  # more than 900 of 1,000 can't have been answered in time
        (0.90, set()),
        (1.00, {"abandon_negative"}),
    ],
)
def test_counts_alone_bound_what_a_service_level_can_be(value: float, impossible: set[str]) -> None:
    possible = variants_possible(1000, 900, 100, value, 0.0005)
    assert {name for name, is_possible in possible.items() if not is_possible} == impossible
    assert variant_bounds(1000, 900, 100)["abandon_negative"] == (0.0, 0.9)
    assert variant_bounds(0, 0, 0)["answered_only"] is None


@given(st.integers(0, 400), st.integers(0, 100), st.integers(0, 60), st.data())
def test_no_vendor_can_be_outside_its_own_bounds(
    answered: int, abandoned: int, flows: int, data: st.DataObject
) -> None:
    in_time = data.draw(st.integers(0, answered))
    early = data.draw(st.integers(0, abandoned))
    short = data.draw(st.integers(0, early))
    offered = answered + abandoned + flows
    counts = pl.DataFrame({
        "offered": [offered], "answered": [answered], "abandoned": [abandoned], "answered_in_threshold": [in_time],
        "abandoned_in_threshold": [early], "short_abandoned": [short], "flow_outs": [flows], "callbacks": [0],
        "callbacks_in_threshold": [0], "voicemail": [0], "closed": [0],
    })  # fmt: skip
    bounds = variant_bounds(offered, answered, abandoned)
    for variant, held in bounds.items():
        for limit in (None, 5.0) if variant == "with_flowouts" else (5.0,):
            definition = ServiceLevelDefinition(variant, 20, short_abandon_s=limit)
            value = service_level(counts, definition)["value"][0]
            if value is not None:
                assert held is not None
                assert held[0] - 1e-9 <= value <= held[1] + 1e-9


def test_definitions_are_said_in_words() -> None:
    english, french = definition_words("service_level.short_excluded/<=30s/short10s")
    assert english == "answered within 30 s / (answered + abandoned after 10 s)"
    assert french == "traités en 30 s au plus / (traités + abandonnés après 10 s)"
    assert "less than 20 s" in definition_words("service_level.abandon_negative/<20s/mean_of_days")[0]
    assert definition_words("aht_s.talk+hold")[0] == "(talk + hold) / answered"
    english = definition_words("abandon_rate.short_both_sides/short5s/mean_of_days")[0]
    assert english == "abandoned after 5 s / (offered - abandoned within 5 s), mean of days"
    assert (
        "share of intervals of at least 80 %"
        in definition_words("service_level.abandon_negative/<=20s/interval_share/at0.8")[0]
    )
    assert definition_words("Europe/Paris") == ("Europe/Paris",) * 2


def test_every_formula_has_words_in_both_languages() -> None:
    for metric in METRICS - {"service_level"}:
        for one in formulas(metric):
            english, french = definition_words(one.id)
            assert "." not in english.removesuffix("."), one.id
            assert english != french, one.id


def test_the_terms_of_the_evidence_are_those_of_the_test() -> None:
    assert ServiceLevelDefinition.from_clause(clauses().row(0, named=True)).id == "service_level.abandon_negative/<=20s"
