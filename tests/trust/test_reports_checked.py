"""Reported figures that can't be: identities, scales, constants, copies, impossible shares; and honest ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.trust.asked import offer_bias, response_gaps
from pipelines.trust.contacts import odd_durations, off_the_clock, other_units
from pipelines.trust.printed import printed_findings
from pipelines.trust.reports import report_findings
from pipelines.trust.zeros import zero_findings
from pipelines.warehouse import Build
from pipelines.warehouse.trust_tables import frame_of
from tests.warehouse.conftest import a_workspace, contact, delivery, load

FIRST = date(2026, 3, 2)
UNITS = {"offered": "count", "answered": "count", "abandoned": "count", "service_level": "rate", "asa_s": "s"}
NO_DAYS = pl.DataFrame(schema={"vendor": pl.String(), "offered": pl.Int64()})


def report(weeks: int = 12, seed: int = 1, queues: tuple[str, ...] = ("care", "sales")) -> pl.DataFrame:
    """An honest vendor's daily report: counts that add up, a share of them in percent with one decimal."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(weeks * 7):
        day = FIRST + timedelta(days=number)
        if day.weekday() == 6:
            continue
        for queue in queues:
            offered = int(rng.poisson(60))
            abandoned = int(rng.binomial(offered, 0.08))
            answered = offered - abandoned
            inside = int(rng.binomial(answered, 0.85))
            values = {
                "offered": offered, "answered": answered, "abandoned": abandoned,
                "service_level": round(100 * inside / offered, 1) / 100, "asa_s": round(float(rng.gamma(4, 6)), 1),
            }  # fmt: skip
            rows += [_figure(day, queue, metric, float(value)) for metric, value in values.items()]
    return pl.DataFrame(rows, infer_schema_length=None)


def _figure(day: date, queue: str, metric: str, value: float) -> dict:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    week = day - timedelta(days=day.weekday())
    share = UNITS[metric] == "rate"
    return {
        "vendor": "acme", "queue": queue, "local_date": day, "granularity": "day", "period_start_at": midnight,
        "period_end_at": midnight + timedelta(days=1), "metric": metric, "value": value, "unit": UNITS[metric],
        "decimals": 0 if UNITS[metric] == "count" else 1, "printed_scale": 100.0 if share else 1.0,
        "denominator": None, "definition_id": "terms" if share else None, "label_as_printed": metric, "cell_ref": "A1",
        "source_row": 1, "delivery_id": f"d{week}", "file_name": f"report_{week}.csv", "mapping_id": "acme_report",
    }  # fmt: skip


def found(reports: pl.DataFrame) -> list:
    reports = reports.with_columns(pl.col("denominator").cast(pl.Float64))
    return [*report_findings(reports, pl.DataFrame({"vendor": ["acme"], "offered": [1]})), *printed_findings(reports)]


def changed(reports: pl.DataFrame, where: pl.Expr, value: pl.Expr) -> pl.DataFrame:
    return reports.with_columns(value=pl.when(where).then(value).otherwise("value"))


WEEK5 = pl.col("local_date").is_between(FIRST + timedelta(days=28), FIRST + timedelta(days=34))


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_said_of_an_honest_vendor(seed):
    assert [one.sentence for one in found(report(weeks=40, seed=seed))] == []


def test_more_answered_than_offered():
    day = FIRST + timedelta(days=9)
    where = (pl.col("local_date") == day) & (pl.col("metric") == "answered")
    told = [one for one in found(changed(report(), where, pl.col("value") + 50)) if one.kind == "identity_violated"]
    assert [(one.kind, one.period_start, one.period_end) for one in told] == [("identity_violated", day, day)]
    assert len(told[0].evidence["lines"]) == 2


def test_a_share_above_one_is_told():
    where = WEEK5 & (pl.col("metric") == "service_level") & (pl.col("queue") == "care")
    (one,) = found(changed(report(), where, pl.lit(1.034)))
    assert (one.kind, one.metric, one.queue) == ("identity_violated", "service_level", "care")
    assert "103.4 %" in one.sentence


@pytest.mark.parametrize(("metric", "factor"), [("service_level", 0.01), ("asa_s", 60.0), ("asa_s", 1000.0)])
def test_another_scale_is_told_once_and_as_nothing_else(metric, factor):
    told = found(changed(report(), WEEK5 & (pl.col("metric") == metric), pl.col("value") * factor))
    assert [(one.kind, one.metric, one.period_start) for one in told] == [
        ("scale_mismatch", metric, FIRST + timedelta(days=28))
    ]


def test_a_column_that_never_varies_for_two_weeks_is_one_finding():
    weeks = pl.col("local_date").is_between(FIRST + timedelta(days=28), FIRST + timedelta(days=41))
    (one,) = found(changed(report(), weeks & (pl.col("metric") == "asa_s"), pl.lit(20.0)))
    assert (one.kind, one.metric, (one.period_end - one.period_start).days) == ("constant_values", "asa_s", 12)


def test_a_copied_week_is_told_with_its_source():
    reports = report()
    source = reports.filter(pl.col("local_date").is_between(FIRST + timedelta(days=21), FIRST + timedelta(days=27)))
    copy = source.with_columns(local_date=pl.col("local_date") + pl.duration(days=7), delivery_id=pl.lit("copy"))
    told = found(pl.concat([reports.filter(~WEEK5), copy]))
    assert [(one.kind, one.period_start, one.evidence["copied_from"]) for one in told] == [
        ("copied_figures", FIRST + timedelta(days=28), FIRST + timedelta(days=21))
    ]


def test_an_impossible_share_is_told_and_a_foreign_denominator_is_not():
    day = FIRST + timedelta(days=9)
    where = (pl.col("local_date") == day) & (pl.col("metric") == "service_level") & (pl.col("queue") == "care")
    small = changed(report(), pl.col("metric").is_in(["offered", "answered"]), pl.lit(24.0))
    small = changed(small, pl.col("metric") == "abandoned", pl.lit(0.0))
    small = changed(small, pl.col("metric") == "service_level", pl.lit(0.833))
    told = [one for one in found(changed(small, where, pl.lit(0.83))) if one.kind == "impossible_figure"]
    assert [(one.period_start, one.observed) for one in told] == [(day, "83.0 %")]
    everywhere = changed(small, pl.col("metric") == "service_level", pl.lit(0.83))
    assert [one for one in found(everywhere) if one.kind == "impossible_figure"] == []


def test_a_definition_that_is_not_stated_is_told_once():
    reports = report().with_columns(definition_id=pl.lit(None, pl.String))
    told = [one for one in found(reports) if one.kind == "definition_unstated"]
    assert len(told) == 1
    later = [one for one in found(reports.filter(pl.col("local_date") > FIRST + timedelta(days=20))) if one.lasting]
    assert told[0].finding_id == later[0].finding_id


def test_reports_without_any_contact_are_not_verifiable():
    (one,) = report_findings(report().with_columns(pl.col("denominator").cast(pl.Float64)), NO_DAYS)
    assert one.kind == "not_verifiable"


def served(offered: int, expected: float) -> pl.DataFrame:
    day = FIRST + timedelta(days=9)
    rows = [("acme", queue, day, offered, expected) for queue in ("care", "sales")]
    columns = ["vendor", "queue", "local_date", "offered", "expected"]
    return pl.DataFrame(rows, schema=columns, orient="row")


NO_STAFFING = pl.DataFrame(
    schema={
        "vendor": pl.String(), "queue": pl.String(), "local_date": pl.Date(), "logged_s": pl.Float64(),
        "talk_s": pl.Float64(),
    }
)  # fmt: skip


def test_zeros_are_silence_only_where_there_was_work():
    day = pl.col("local_date") == FIRST + timedelta(days=9)
    zeros = changed(report(), day, pl.lit(0.0))
    (one,) = zero_findings(zeros, NO_STAFFING, served(60, 60))
    assert (one.kind, one.feed, one.evidence["contacts_served"]) == ("zeros_for_silence", "sla_report", 120)
    quiet = changed(zeros, pl.col("unit") == "count", pl.col("value") / 100)  # less than one contact a day
    assert list(zero_findings(quiet, NO_STAFFING, served(0, 0.6))) == []


def test_staffing_of_zero_seconds():
    worked = pl.DataFrame(
        {"vendor": ["acme"], "queue": ["care"], "local_date": [FIRST + timedelta(days=9)], "logged_s": [0.0],
         "talk_s": [0.0]}
    )  # fmt: skip
    (one,) = zero_findings(report(), worked, served(5, 5))
    assert (one.kind, one.feed) == ("zeros_for_silence", "staffing")


def test_durations_that_cannot_be_and_another_unit():
    odd = pl.DataFrame(
        {"vendor": ["a"], "queue": ["q"], "local_date": [FIRST], "what": ["longer_than_a_shift"], "contacts": [2],
         "longest_s": [97200.0], "legs": [["x", "y"]]}
    )  # fmt: skip
    (one,) = odd_durations(odd)
    assert one.observed == "2 contact(s), up to 27.0 h"
    rng = np.random.default_rng(3)
    talk = rng.normal(300, 40, 60)
    days = pl.DataFrame(
        {"vendor": "a", "queue": "q", "local_date": [FIRST + timedelta(days=n) for n in range(60)], "answered": 50,
         "talk_s": 50 * np.where((np.arange(60) > 20) & (np.arange(60) < 27), talk * 1000, talk)}
    )  # fmt: skip
    (other,) = other_units(days)
    assert (other.kind, other.period_start, (other.period_end - other.period_start).days) == (
        "scale_mismatch", FIRST + timedelta(days=21), 5,
    )  # fmt: skip


@pytest.mark.parametrize("duration", ["wait_s", "talk_s"])
@pytest.mark.parametrize(
    ("factor", "told"), [(0.001, "1/1000"), (1 / 60, "1/60"), (1.0, None), (60.0, "60"), (1000.0, "1000")]
)
def test_a_unit_that_was_wrong_from_the_first_file_on_is_told_by_the_clock(
    tmp_path: Path, duration: str, factor: float, told: str | None
) -> None:
    """Waits and talk times are held against the instants of the same contacts, whatever the past looks like."""
    rng = np.random.default_rng(7)
    with Build.open(a_workspace(tmp_path)) as build:
        legs = []
        for number in range(60):
            wait, talk = int(rng.integers(0, 90)), int(rng.integers(30, 600))
            leg = contact(f"c{number}", day=number % 3, wait_s=float(wait), talk_s=0.9 * talk, hold_s=0.05 * talk)
            answered = leg["queued_at"] + timedelta(seconds=wait)
            leg |= {"answered_at": answered, "ended_at": answered + timedelta(seconds=talk + 15)}
            leg[duration] *= factor
            if duration == "talk_s":
                leg["hold_s"] *= factor
            legs.append(leg)
        load(build, delivery("f.csv"), legs)
        build.refresh_marts(a_workspace(tmp_path))
        found = list(off_the_clock(frame_of(build, "trust_clocked")))
    metric = {"wait_s": "asa_s", "talk_s": "talk_s"}[duration]
    assert [(one.kind, one.metric, one.subject) for one in found] == (
        [("scale_mismatch", metric, f"clock {told}")] if told else []
    )


def asks(bias: float, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for month in range(3, 9):
        for queue in ("care", "sales"):
            for unresolved in (False, True):
                answered = int(rng.poisson(60 if unresolved else 240))
                asked = int(rng.binomial(answered, bias if unresolved else 0.62))
                rows.append(
                    (f"acme{seed}", queue, date(2026, month, 1), unresolved, False, False, False, answered, asked, 0)
                )
    names = [
        "vendor",
        "queue",
        "month",
        "unresolved",
        "held",
        "transferred",
        "long_talk",
        "answered",
        "asked",
        "replied",
    ]
    return pl.DataFrame(rows, schema=names, orient="row")


def survey_days(vendor: str, gap: tuple[int, ...] = ()) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    rows = [
        (vendor, FIRST + timedelta(days=n), 40, 0 if n // 7 in gap else int(rng.binomial(40, 0.6)), 5)
        for n in range(7 * 16)
    ]
    return pl.DataFrame(rows, schema=["vendor", "local_date", "answered", "sent", "replied"], orient="row")


def test_an_offer_that_depends_on_the_outcome_is_told_and_others_are_not():
    honest = [asks(0.62, seed) for seed in range(30)]
    days = pl.concat([survey_days(f"acme{seed}") for seed in range(31)])
    assert list(offer_bias(pl.concat(honest), days)) == []
    (one,) = offer_bias(pl.concat([*honest, asks(0.1, 30)]), days)
    assert (one.vendor, list(one.evidence["by_outcome"])) == ("acme30", ["unresolved"])


def test_missing_surveys_about_one_vendor_belong_to_their_sender():
    days = pl.concat([survey_days("acme", gap=(6, 7)), survey_days("other")])
    senders = pl.DataFrame(
        {"vendor": ["acme", "other"], "sender": ["client", "client"], "first_day": [FIRST, FIRST],
         "last_day": [FIRST + timedelta(days=111)] * 2, "surveys": [900, 900]}
    )  # fmt: skip
    weeks = [FIRST + timedelta(days=7 * n) for n in range(16)]
    periods = pl.DataFrame(
        {"vendor": "client", "period_start": weeks, "period_end": [week + timedelta(days=6) for week in weeks]}
    )
    (one,) = response_gaps(days, senders, periods)
    assert (one.vendor, one.evidence["about"], one.period_start) == ("client", "acme", weeks[6])
    assert one.period_end == weeks[8] - timedelta(days=1)
    without_the_files = periods.filter(~pl.col("period_start").is_in(weeks[6:8]))
    assert list(response_gaps(days, senders, without_the_files)) == []
