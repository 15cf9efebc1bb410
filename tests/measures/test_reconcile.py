"""The ledger: honest reports agree whatever their definition, causes add up exactly, each cause is named as planted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.measures.reconcile import CAUSES, Reconciliation, reconcile
from tests.measures.vendor_contacts import (
    FIRST,
    PARIS,
    clauses,
    contacts,
    count_report,
    evidence,
    level_report,
    periods,
    sums,
    waits,
)

TERMS = ServiceLevelDefinition("abandon_negative", 20.0)
CONTACTS = contacts()
TWO_QUEUES = contacts(days=40, per_day=30, queues=("billing", "delivery"), seed=5)


def rows(found: Reconciliation, metric: str = "service_level") -> pl.DataFrame:
    return found.ledger.filter(pl.col("metric") == metric)


def verdicts(found: Reconciliation, metric: str = "service_level") -> set[tuple[str, str | None]]:
    return set(rows(found, metric).select("verdict", "reason").rows())


def assert_causes_add_up(ledger: pl.DataFrame) -> None:
    split = ledger.filter(pl.col("difference").is_not_null())
    total = split.select(pl.sum_horizontal(*CAUSES, ignore_nulls=False)).to_series()
    assert (total == split["difference"]).all()  # exactly, not nearly
    shown = (split["recomputed"] - split["reported"] - split["difference"]).abs()
    assert shown.is_empty() or shown.max() < 1e-8


definitions = st.builds(
    ServiceLevelDefinition,
    variant=st.sampled_from(["answered_only", "abandon_negative", "abandon_positive", "abandon_ignored_T",
                             "abandon_excluded", "with_flowouts", "queue_removed"]),
    threshold_s=st.sampled_from([5.0, 10.0, 17.0, 20.0, 30.0, 60.0, 120.0]),
    inclusive=st.booleans(),
    include=st.sampled_from([frozenset(), frozenset({"closed"}), frozenset({"voicemail"})]),
) | st.builds(
    ServiceLevelDefinition,
    variant=st.sampled_from(["short_excluded", "short_credited", "with_flowouts"]),
    threshold_s=st.sampled_from([10.0, 20.0, 45.0]),
    inclusive=st.booleans(),
    short_abandon_s=st.sampled_from([3.0, 5.0, 10.0]),
)  # fmt: skip


@settings(max_examples=25)
@given(definition=definitions, granularity=st.sampled_from(["day", "week", "month"]), decimals=st.integers(0, 3))
def test_a_report_from_the_definition_of_the_terms_agrees_everywhere(
    definition: ServiceLevelDefinition, granularity: str, decimals: int
) -> None:
    whole = CONTACTS.filter(pl.col("local_date").is_between(FIRST, FIRST + timedelta(days=27)))
    terms = clauses(
        variant=definition.variant, threshold_s=definition.threshold_s, inclusive=definition.inclusive,
        short_abandon_s=definition.short_abandon_s, include=sorted(definition.include),
    )  # fmt: skip
    found = reconcile("v", level_report(whole, definition, granularity, decimals), evidence(whole, terms))
    assert verdicts(found) == {("agrees", None)}
    assert all(one.is_terms for why in found.explanations.values() for one in why)
    assert_causes_add_up(found.ledger)


@settings(max_examples=12)
@given(definition=definitions)
def test_the_definition_behind_a_report_is_found_or_is_among_those_that_fit_as_well(
    definition: ServiceLevelDefinition,
) -> None:
    assume(definition.variant != "queue_removed")  # known within the threshold of the terms only
    truth = replace(definition, threshold_s=30.0, include=frozenset())
    found = reconcile("v", level_report(CONTACTS, truth), evidence(CONTACTS))
    (one,) = found.explanations["service_level", "day"]
    assert one.fits == one.periods == 60
    assert truth.id == one.definition or truth.id in one.ties
    assert one.chance < 1e-6
    assert_causes_add_up(found.ledger)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_splits_and_duplicates_change_nothing(seed: int) -> None:
    report = pl.concat(
        [level_report(TWO_QUEUES, replace(TERMS, threshold_s=30.0)), count_report(TWO_QUEUES, "offered")]
    )
    held = evidence(TWO_QUEUES)
    plain = reconcile("v", report, held)
    halves = [report.sample(fraction=1.0, shuffle=True, seed=seed), report.head(50)]
    mixed = pl.concat(halves[::-1]).sample(fraction=1.0, shuffle=True, seed=seed)
    shuffled = replace(
        held,
        days=held.days.sample(fraction=1.0, shuffle=True, seed=seed),
        waits=_split(held.waits).sample(fraction=1.0, shuffle=True, seed=seed),
        intervals=held.intervals.sample(fraction=1.0, shuffle=True, seed=seed),
    )
    again = reconcile("v", mixed, shuffled)
    assert again.ledger.equals(plain.ledger)
    assert again.explanations == plain.explanations


def _split(histogram: pl.DataFrame) -> pl.DataFrame:
    """The same histogram with every bin told in two parts, as two sites would."""
    counts = ("answered", "abandoned")
    part = histogram.with_columns(pl.col(name) // 2 for name in counts)
    rest = histogram.with_columns(pl.col(name) - pl.col(name) // 2 for name in counts)
    return pl.concat([part, rest])


def test_another_definition_from_a_date_on_is_dated_and_takes_the_difference() -> None:
    changed = FIRST + timedelta(days=30)
    honest = level_report(CONTACTS.filter(pl.col("local_date") < changed), TERMS)
    dropped = ServiceLevelDefinition("short_excluded", 20.0, short_abandon_s=10.0)
    other = level_report(CONTACTS.filter(pl.col("local_date") >= changed), dropped)
    found = reconcile("v", pl.concat([honest, other]), evidence(CONTACTS))
    before, after = found.explanations["service_level", "day"]
    assert before.is_terms
    assert before.fits == before.periods == 30
    assert (after.definition, after.first_day, after.fits) == (dropped.id, changed, 30)
    differs = rows(found).filter(pl.col("verdict") == "differs")
    assert differs["explained_by"].unique().to_list() == [dropped.id]
    assert (differs["definition"] < 0).all()
    assert (differs["unexplained"] == 0).all()
    assert_causes_add_up(found.ledger)


def test_missing_contacts_are_contacts_in_the_counts_and_nearly_nothing_in_the_share() -> None:
    ours = CONTACTS.filter(~((pl.col("local_date") == FIRST) & (pl.col("queued_at").dt.minute() < 10)))
    report = pl.concat([count_report(CONTACTS, "offered"), count_report(CONTACTS, "answered"),
                        count_report(CONTACTS, "abandoned"), level_report(CONTACTS, TERMS)])  # fmt: skip
    found = reconcile("v", report, evidence(ours))
    offered = rows(found, "offered").filter(pl.col("verdict") == "differs")
    assert offered["period_start"].to_list() == [FIRST]
    assert offered["contacts"].to_list() == offered["difference"].to_list()
    assert offered["difference"][0] < 0
    level = rows(found).filter(pl.col("verdict") == "differs")
    assert level["period_start"].to_list() == [FIRST]
    assert level["contacts"][0] != 0
    assert_causes_add_up(found.ledger)


def test_days_cut_on_another_clock_are_recognised_by_the_counts() -> None:
    zone = "Indian/Antananarivo"
    theirs = CONTACTS.with_columns(there=pl.col("queued_at").dt.convert_time_zone(zone).dt.date())
    theirs = theirs.filter(pl.col("there") > FIRST)
    definition = ServiceLevelDefinition("answered_only", 20.0)
    report = pl.concat([*(count_report(theirs, name, day="there") for name in ("offered", "answered", "abandoned")),
                        level_report(theirs, definition, day="there")])  # fmt: skip
    moved = waits(theirs, "there")
    held = evidence(CONTACTS, other_zones=(zone, "UTC"), waits_in=lambda _: moved)
    found = reconcile("v", report, held)
    assert [one.definition for one in found.boundaries["day"]] == [zone]
    (why,) = found.explanations["service_level", "day"]
    assert why.definition == definition.id
    offered = rows(found, "offered").filter(pl.col("verdict") == "differs")
    whole = offered.filter(pl.col("period_start") < theirs["there"].max())
    assert whole.height > 40
    assert (whole["contacts"] == 0).all()
    assert set(offered.filter(pl.col("boundary") != 0)["explained_by"].drop_nulls()) == {"terms/on_another_clock"}
    assert_causes_add_up(found.ledger)


def test_a_mean_of_days_is_aggregation() -> None:
    # Some days are busier: only then do the averages differ.
    busier = pl.col("queued_at").dt.hour() >= pl.col("local_date").dt.day() % 20
    busy = contacts(days=150, per_day=25, seed=9).filter(busier)
    report = level_report(busy, replace(TERMS, aggregation="mean_of_days"), "month", decimals=2)
    found = reconcile("v", report, evidence(busy))
    (why,) = found.explanations["service_level", "month"]
    assert why.definition == "service_level.abandon_negative/<=20s/mean_of_days"
    assert why.fits == 5
    differs = rows(found).filter(pl.col("verdict") == "differs")
    assert differs.height >= 3
    assert (differs["aggregation"] != 0).all()
    assert (differs["definition"] == 0).all()
    assert_causes_add_up(found.ledger)


def test_digits_cut_off_are_rounding() -> None:
    exact = level_report(CONTACTS, TERMS, decimals=6)
    cut = exact.with_columns(value=(pl.col("value") * 100 + 1e-9).floor() / 100, decimals=pl.lit(0, pl.Int64))
    found = reconcile("v", cut, evidence(CONTACTS))
    (why,) = found.explanations["service_level", "day"]
    assert why.truncated
    assert why.fits == 60
    differs = rows(found).filter(pl.col("verdict") == "differs")
    assert (differs["rounding"] == differs["difference"]).all()
    assert_causes_add_up(found.ledger)


def test_a_figure_on_another_scale_is_unexplained_and_says_what_it_looks_like() -> None:
    report = level_report(CONTACTS, TERMS, decimals=2)
    wrong = report.with_columns(
        value=pl.when(pl.int_range(pl.len()) < 7).then(pl.col("value") / 100).otherwise("value")
    )
    found = reconcile("v", wrong, evidence(CONTACTS))
    differs = rows(found).filter(pl.col("verdict") == "differs")
    assert differs.height == 7
    assert differs["hint"].to_list() == ["a_hundred_times_too_small"] * 7
    assert (differs["unexplained"].abs() > 0.3).all()


def test_what_was_not_reported_and_what_did_not_come_are_not_verifiable() -> None:
    gone, silent = FIRST + timedelta(days=3), FIRST + timedelta(days=5)
    report = level_report(CONTACTS, TERMS).filter(
        pl.col("period_start_at").dt.convert_time_zone(PARIS).dt.date() != gone
    )
    found = reconcile("v", report, evidence(CONTACTS.filter(pl.col("local_date") != silent)))
    told = {
        row["period_start"]: row["reason"]
        for row in rows(found).filter(pl.col("verdict") == "not_verifiable").to_dicts()
    }
    assert told == {gone: "not_reported", silent: "no_contacts"}
    assert rows(found).filter(pl.col("period_start") == gone)["recomputed"][0] is not None


def test_without_any_definition_nothing_is_recomputed_but_what_fits_is_said() -> None:
    nothing = clauses().clear()
    found = reconcile(
        "v", level_report(CONTACTS, replace(TERMS, threshold_s=30.0)), replace(evidence(CONTACTS), clauses=nothing)
    )
    assert verdicts(found) == {("not_verifiable", "no_definition")}
    assert rows(found)["recomputed"].null_count() == 60
    assert rows(found)["explained_by"].unique().to_list() == ["service_level.abandon_negative/<=30s"]


def test_a_metric_that_no_contact_tells_says_so() -> None:
    report = count_report(CONTACTS, "offered").with_columns(metric=pl.lit("agents"))
    assert verdicts(reconcile("v", report, evidence(CONTACTS)), "agents") == {("not_verifiable", "no_source")}


def test_our_own_rejected_rows_are_not_held_against_the_vendor() -> None:
    lost = CONTACTS.with_row_index().filter(pl.col("local_date") == FIRST)["index"].head(4)
    ours = CONTACTS.with_row_index().filter(~pl.col("index").is_in(lost.to_list())).drop("index")
    files = pl.DataFrame({"first_day": [FIRST], "last_day": [FIRST], "rows": [4]})
    report = pl.concat([count_report(CONTACTS, "offered"), level_report(CONTACTS, TERMS)])
    found = reconcile("v", report, evidence(ours, rejected=files))
    assert rows(found, "offered").filter(pl.col("verdict") != "agrees")["reason"].to_list() == ["rows_rejected"]
    # Three rejected rows can't make up four missing contacts.
    fewer = reconcile("v", report, evidence(ours, rejected=files.with_columns(rows=pl.lit(3))))
    assert rows(fewer, "offered").filter(pl.col("verdict") == "differs").height == 1


def test_a_month_with_open_days_that_never_came_is_not_held_against_the_vendor() -> None:
    silent = date(2026, 3, 10)
    gaps = pl.DataFrame({"queue": ["billing"], "local_date": [silent]})
    report = pl.concat([count_report(CONTACTS, "offered", "month"), level_report(CONTACTS, TERMS, "month", 2)])
    found = reconcile("v", report, evidence(CONTACTS.filter(pl.col("local_date") != silent), gaps=gaps))
    march = found.ledger.filter(pl.col("period_start") == date(2026, 3, 1))
    assert set(march["reason"].to_list()) == {"data_missing"}
    assert set(found.ledger.filter(pl.col("period_start") == date(2026, 4, 1))["verdict"]) == {"agrees"}


def test_scopes_of_several_queues_are_summed() -> None:
    together = TWO_QUEUES.with_columns(queue=pl.lit("*"))
    named = TWO_QUEUES.with_columns(queue=pl.lit("delivery; billing"))
    report = pl.concat([level_report(together, TERMS), level_report(named, TERMS)])
    found = reconcile("v", report, evidence(TWO_QUEUES))
    assert found.ledger.height == 80
    assert verdicts(found) == {("agrees", None)}


def test_terms_that_change_are_followed_from_their_day_on() -> None:
    day = FIRST + timedelta(days=20)
    old = clauses(variant="answered_only").with_columns(valid_to=pl.lit(day - timedelta(days=1)))
    new = clauses(threshold_s=30.0).with_columns(valid_from=pl.lit(day))
    early, late = CONTACTS.filter(pl.col("local_date") < day), CONTACTS.filter(pl.col("local_date") >= day)
    first, then = ServiceLevelDefinition("answered_only", 20.0), replace(TERMS, threshold_s=30.0)
    report = pl.concat([level_report(early, first), level_report(late, then)])
    held = evidence(CONTACTS, pl.concat([old, new]))
    by = ["queue", "local_date"]
    days = pl.concat([sums(early, first, by), sums(late, then, by)])
    found = reconcile("v", report, replace(held, days=days))
    assert verdicts(found) == {("agrees", None)}


def test_reports_by_the_half_hour_are_held_against_intervals() -> None:
    some = contacts(days=2, per_day=300, seed=4)
    slot = some.with_columns(slot=pl.col("queued_at").dt.truncate("30m"))
    counts = sums(slot, TERMS, ["queue", "slot", "local_date"])
    day = count_report(periods(some), "offered").head(1)
    report = counts.select(
        "queue", metric=pl.lit("offered"), granularity=pl.lit("interval"), period_start_at="slot",
        period_end_at=pl.col("slot").dt.offset_by("30m"), value=pl.col("offered").cast(pl.Float64),
        unit=pl.lit("count"), decimals=pl.lit(0, pl.Int64), printed_scale=pl.lit(1.0), claimed=pl.lit(None, pl.String),
        label_as_printed=pl.lit("n"), cell_ref=pl.lit(None, pl.String), delivery_id=pl.lit("d"),
    ).select(day.columns)  # fmt: skip
    wrong = report.with_columns(value=pl.when(pl.int_range(pl.len()) == 3).then(pl.col("value") + 2).otherwise("value"))
    found = reconcile("v", wrong, evidence(some))
    assert found.ledger["verdict"].value_counts().sort("verdict").rows() == [
        ("agrees", report.height - 1),
        ("differs", 1),
    ]
    assert found.ledger["row_id"].n_unique() == report.height


def test_a_count_of_a_day_of_which_nothing_came_is_not_held_against_the_vendor() -> None:
    """The other queue was served that day; of this one no contact has come, which is ours to find out."""
    silent = FIRST + timedelta(days=6)
    report = count_report(TWO_QUEUES, "offered")
    came = TWO_QUEUES.filter(~((pl.col("queue") == "billing") & (pl.col("local_date") == silent)))
    found = reconcile("v", report, evidence(came))
    at = found.ledger.filter((pl.col("queue") == "billing") & (pl.col("period_start") == silent))
    assert at.select("recomputed", "verdict", "reason").row(0) == (0, "not_verifiable", "no_contacts")


def test_whole_percents_with_a_decimal_that_is_always_zero_are_rounding() -> None:
    report = level_report(CONTACTS, TERMS, decimals=0).with_columns(decimals=pl.lit(1, pl.Int64))
    found = reconcile("v", report, evidence(CONTACTS))
    differs = rows(found).filter(pl.col("verdict") == "differs")
    assert differs.height > 40
    assert (differs["unexplained"] == 0).all()
    assert (differs["rounding"] == differs["difference"]).all()
    assert_causes_add_up(found.ledger)


def test_a_few_figures_that_end_in_zero_stay_unexplained() -> None:
    honest = level_report(CONTACTS, TERMS)
    off = pl.int_range(pl.len()) < 8
    report = honest.with_columns(
        value=pl.when(off).then((pl.col("value") * 100).round(0) / 100 + 0.02).otherwise("value")
    )
    found = reconcile("v", report, evidence(CONTACTS))
    differs = rows(found).filter(pl.col("verdict") == "differs")
    assert (differs["unexplained"] != 0).all()


def test_figures_that_can_not_be_verified_say_nothing_about_how_the_others_are_rounded() -> None:
    """On a third of the days contacts are missing, and the figures of those days end in any digit."""
    report = level_report(CONTACTS, TERMS, decimals=0).with_columns(decimals=pl.lit(1, pl.Int64))
    day = pl.col("period_start_at").dt.convert_time_zone(PARIS).dt.date()
    days = report.select(day).to_series().unique().sort().gather_every(3)
    gaps = pl.DataFrame({"queue": "billing", "local_date": days})
    silent = day.is_in(days.implode())
    report = report.with_columns(value=pl.when(silent).then(pl.col("value") - 0.033).otherwise("value"))
    found = rows(reconcile("v", report, evidence(CONTACTS, gaps=gaps)))
    differs = found.filter(pl.col("verdict") == "differs")
    assert found.filter(pl.col("reason") == "data_missing").height > 10
    assert differs.height > 20
    assert (differs["unexplained"] == 0).all()
    # The same figures with nothing missing are what they are: no habit of rounding.
    held = rows(reconcile("v", report, evidence(CONTACTS))).filter(pl.col("verdict") == "differs")
    assert (held["unexplained"] != 0).any()
