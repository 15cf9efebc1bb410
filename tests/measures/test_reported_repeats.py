"""First-contact resolution and repeats in the ledger: each rule is recomputed, recognised, and not judged too early."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from pipelines.measures.definitions import RepeatDefinition, judge_contacts
from pipelines.measures.ledger.words import definition_words
from pipelines.measures.reconcile import Evidence, Reconciliation, reconcile
from tests.measures.vendor_contacts import FIRST, PARIS, clauses, evidence, lines_of
from tests.measures.vendor_contacts import contacts as served

USUAL = RepeatDefinition()
START = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
END = START + timedelta(days=60)


@cache
def first_contacts() -> pl.DataFrame:
    """Contacts of two operations over 60 days; of some the customer is not known."""
    draw, rows = np.random.default_rng(3), 4000
    who = draw.integers(0, 1500, rows)
    return pl.DataFrame(
        {
            "queued_at": [START + timedelta(minutes=int(m)) for m in np.sort(draw.integers(0, 60 * 1440, rows))],
            "customer_ref": [None if n % 23 == 0 else f"k{n}" for n in who],
            "vendor_code": draw.choice(["v", "other"], rows, p=[0.6, 0.4]),
            "reason_code": draw.choice(["bill", "parcel"], rows),
        }
    ).with_columns(
        pl.col("queued_at").dt.cast_time_unit("us"),
        local_date=pl.col("queued_at").dt.convert_time_zone(PARIS).dt.date(),
        queue=pl.lit("billing"),
    )


@cache
def judged(rule: RepeatDefinition) -> pl.DataFrame:
    return judge_contacts(first_contacts(), rule, END).filter(pl.col("vendor_code") == "v")


def counts(rule: RepeatDefinition, windows: Sequence[float]) -> pl.DataFrame:
    """What the warehouse counts, by the definition's own words."""
    found = []
    for window in windows:
        own = judged(RepeatDefinition(window, rule.same_reason, rule.cross_vendor))
        status, closed = pl.col("status"), pl.col("queued_at") + timedelta(hours=window) <= END
        found.append(
            own.group_by("queue", "local_date").agg(
                window_h=pl.lit(window, pl.Float64), eligible=status.is_in(["resolved", "repeated"]).sum(),
                repeated=(status == "repeated").sum(), still_open=(status == "not_yet_known").sum(),
                unknown=(status == "unknown").sum(), blank_closed=((status == "unknown") & closed).sum(),
            )
        )  # fmt: skip
    return pl.concat(found)


def report(rule: RepeatDefinition, metric: str = "fcr", last_week: int = 99) -> pl.DataFrame:
    """The figure week by week, printed with one decimal, as a vendor prints it that follows ``rule``."""
    status = pl.col("status")
    weeks = judged(rule).with_columns(period=pl.col("local_date").dt.truncate("1w")).group_by("queue", "period").agg(
        resolved=(status == "resolved").mean(), known=status.is_in(["resolved", "repeated"]).sum(),
        solved=(status == "resolved").sum(),
    )  # fmt: skip
    share = pl.col("solved") / pl.col("known")
    share = 1 - share if metric == "repeat_rate" else share
    printed = (share * 100).round(9).round(1, mode="half_away_from_zero") / 100
    shown = weeks.filter(pl.col("known") > 0).select("queue", "period", value=printed).sort("period").head(last_week)
    return lines_of(shown, metric, "rate", 1, 100.0, "week")


def held(**clause: object) -> Evidence:
    terms = clauses(**{"metric": "fcr", **clause}) if clause else clauses()
    return evidence(served(), terms, repeats=counts, usual_repeat=USUAL)


def verdicts(found: Reconciliation) -> list[tuple[str, str | None]]:
    return found.ledger.sort("period_start").select("verdict", "reason").rows()


RULES = [
    RepeatDefinition(),
    RepeatDefinition(72),
    RepeatDefinition(720, same_reason=True),
    RepeatDefinition(168, cross_vendor=False),
    RepeatDefinition(240, same_reason=True, cross_vendor=False),
    RepeatDefinition(48, blank_id_rule="resolved"),
]


@pytest.mark.parametrize("metric", ["fcr", "repeat_rate"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule)
def test_a_report_under_the_clause_agrees_until_its_windows_are_open(rule: RepeatDefinition, metric: str) -> None:
    said = {name: getattr(rule, name) for name in ("window_h", "same_reason", "cross_vendor", "blank_id_rule")}
    found = reconcile("v", report(rule, metric), held(metric=metric, **said))
    told = verdicts(found)
    closed = int((60 - rule.window_h / 24) // 7)
    assert told[:closed] == [("agrees", None)] * closed
    assert {one for one in told[closed:] if one[0] == "not_verifiable"} == {("not_verifiable", "windows_open")}
    assert "differs" not in {verdict for verdict, _ in told}
    assert set(found.ledger["definition_id"]) == {f"{metric}.{rule.rule}"}


@pytest.mark.parametrize("rule", RULES[1:4], ids=lambda rule: rule.rule)
def test_a_report_under_another_rule_differs_and_the_rule_is_named(rule: RepeatDefinition) -> None:
    found = reconcile("v", report(rule, last_week=7 if rule.window_h <= 168 else 4), held())
    (why,) = found.explanations["fcr", "week"]
    assert rule.rule in {name.removeprefix("fcr.") for name in (why.definition, *why.ties)}
    assert why.fits == why.periods > why.terms_fits
    assert set(found.ledger["definition_id"]) == {f"fcr.{USUAL.rule}"}
    differing = found.ledger.filter(pl.col("verdict") == "differs")
    assert differing.height >= 3
    assert set(differing["explained_by"]) == {why.definition}
    assert (differing["definition"] + differing["rounding"] == differing["difference"]).all()


def test_what_the_vendor_declares_itself_is_recognised() -> None:
    days = first_contacts()["local_date"].unique().sort()
    declared = pl.DataFrame(
        {
            "queue": "billing",
            "local_date": days,
            "declared_resolved": [40 + n % 7 for n in range(days.len())],
            "declared": 50,
        }
    )
    shown = declared.with_columns(period=pl.col("local_date").dt.truncate("1w")).group_by("queue", "period").agg(
        value=((pl.col("declared_resolved").sum() / pl.col("declared").sum()) * 1000).round() / 1000
    )  # fmt: skip
    own = evidence(served(), repeats=counts, declared=lambda: declared)
    found = reconcile("v", lines_of(shown, "fcr", "rate", 1, 100.0, "week"), own)
    assert found.explanations["fcr", "week"][0].definition == "fcr.declared"


def test_contacts_of_nobody_known_can_not_be_judged() -> None:
    def nobody(rule: RepeatDefinition, windows: Sequence[float]) -> pl.DataFrame:
        found = counts(rule, windows)
        zero = {name: pl.lit(0, found.schema[name]) for name in ("eligible", "repeated", "still_open")}
        return found.with_columns(**zero, unknown=pl.col("eligible") + pl.col("unknown"))

    found = reconcile("v", report(USUAL), evidence(served(), repeats=nobody))
    assert set(verdicts(found)) == {("not_verifiable", "customers_unknown")}


def test_rules_are_told_in_words() -> None:
    english, french = definition_words("fcr.168h/same_reason/own_vendor")
    assert english == (
        "first contacts not followed by another for the same reason at the same operation within 7 days"
        " / first contacts"
    )
    assert french.startswith("premiers contacts non suivis d'un autre pour le même motif")
    assert definition_words("repeat_rate.36h/any_reason/cross_vendor/blank_is_resolved")[0] == (
        "first contacts followed by another within 36 hours / first contacts, unknown customers as solved"
    )
