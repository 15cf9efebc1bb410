"""``faults.yaml`` is well-formed, and the workspace around it is what the generator thinks it is."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from pipelines.workspace import load_workspace, open_spans
from sample_data.generator import calendar, plan, reports
from sample_data.generator.faults import FAULTS, answer_key

HOME = Path(__file__).resolve().parents[2] / "sample_data"
DELIVERY = [
    "late_delivery",
    "missing_delivery",
    "wrong_content",
    "unreadable_file",
    "unexpected_columns",
    "truncated_export",
    "duplicate_rows",
    "conflicting_rows",
    "restated_figures",
    "rejected_rows",
    "total_mismatch",
]
COVERAGE = [
    "missing_interval",
    "missing_day",
    "zeros_for_silence",
    "volume_out_of_range",
    "clock_shift",
    "unknown_alias",
]
CONSISTENCY = [
    "identity_violated",
    "impossible_duration",
    "scale_mismatch",
    "constant_values",
    "reported_differs",
    "definition_unstated",
    "definition_changed",
    "not_verifiable",
]
PLAUSIBILITY = [
    "impossible_figure",
    "copied_figures",
    "rounded_figures",
    "too_smooth",
    "threshold_heaping",
    "queue_jumping",
    "short_contacts",
    "survey_offer_bias",
    "survey_response_gap",
]
SERVICE = ["clause_missed", "interval_breach", "unusual_change", "invoice_differs"]
KINDS = {*DELIVERY, *COVERAGE, *CONSISTENCY, *PLAUSIBILITY, *SERVICE}
FIELDS = {"id", "vendor", "feed", "kind", "period_start", "period_end", "what", "expected", "recoverable"}


@pytest.fixture(scope="module")
def entries():
    return yaml.safe_load((HOME / "faults.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def workspace():
    return load_workspace(HOME)


def test_the_key_is_the_generators(entries):
    assert (HOME / "faults.yaml").read_bytes() == answer_key()
    assert len({entry["id"] for entry in entries}) == len(entries)


def test_every_entry_is_well_formed(entries, workspace):
    for entry in entries:
        assert set(entry) - {"queue", "follows"} == FIELDS, entry["id"]
        assert entry["kind"] in KINDS, entry["id"]
        assert entry["vendor"] in workspace.vendors
        assert entry["feed"] in {"contacts", "surveys", "refunds", "sla_report", "staffing", "invoices"}
        assert plan.FIRST_DAY <= entry["period_start"] <= entry["period_end"] <= plan.LAST_DAY
        assert entry.get("queue") in {None, *workspace.queues}
        assert re.match(r"[A-Z0-9]", entry["what"])
        assert entry["what"].endswith(".")


def test_the_kinds_asked_for_are_planted(entries):
    planted = {entry["kind"] for entry in entries if "follows" not in entry}
    asked = (
        "late_delivery missing_delivery truncated_export duplicate_rows restated_figures zeros_for_silence "
        "wrong_content unexpected_columns clock_shift total_mismatch rejected_rows unknown_alias "
        "threshold_heaping queue_jumping survey_offer_bias reported_differs definition_changed unusual_change"
    )
    assert set(asked.split()) <= planted


def test_some_faults_are_recovered_and_some_are_not(entries):
    assert {entry["recoverable"] for entry in entries} == {True, False}


def test_every_file_that_is_spoilt_is_due(workspace):
    """A fault's file belongs to a feed that the terms of its vendor ask for on that day."""
    for fault in FAULTS:
        if fault.spoil is not None:
            for vendor, feed, first_day in fault.keys:
                terms = workspace.terms_on(vendor, first_day)
                assert terms is not None
                assert feed in terms.deliveries, fault.id


@pytest.mark.parametrize("number", range(len(plan.LINES)))
def test_lines_are_open_as_the_terms_say(workspace, number):
    line = plan.LINES[number]
    for ahead in range(plan.DAYS):
        day = plan.FIRST_DAY + timedelta(days=ahead)
        terms = workspace.terms_on(line.vendor, day)
        spans = (open_spans(terms, line.queue, day) or []) if line.queue in terms.hours else []
        opening = calendar.opening(number, day)
        if opening is None:
            assert spans == [], (line.vendor, line.queue, day)
        else:
            instants = [(span.start.timestamp() * 1000, span.end.timestamp() * 1000) for span in spans]
            assert instants == [(opening.start_ms, opening.end_ms)], (line.vendor, line.queue, day)


def test_clauses_are_those_behind_the_reports(workspace):
    for vendor, definition in reports.DEFINITIONS.items():
        for terms in workspace.terms[vendor]:
            clause = next(clause for clause in terms.clauses if clause.metric == "service_level")
            assert (clause.variant, clause.threshold_s) == (definition.variant, definition.threshold_s)
            assert (clause.short_abandon_s or 0) == definition.short_s


def test_prices_are_those_of_the_terms(workspace):
    for vendor, (unit, prices) in reports.PRICES.items():
        for start, amount in prices:
            terms = workspace.terms_on(vendor, start)
            assert [(card.unit, card.amount) for card in terms.rate_cards] == [(unit, amount)]


def test_moroccos_clock_follows_the_zone_of_the_standard_library():
    """UTC+1 all year, level with UTC during Ramadan: Polars and zoneinfo agree on every day."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Africa/Casablanca")
    for ahead in range(plan.DAYS):
        day = plan.FIRST_DAY + timedelta(days=ahead)
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("UTC"))
        offset = noon.astimezone(zone).utcoffset()
        assert calendar.offset_ms("Africa/Casablanca", day) == offset.total_seconds() * 1000
    assert calendar.offset_ms("Africa/Casablanca", date(2026, 3, 1)) == 0
    assert calendar.offset_ms("Africa/Casablanca", date(2026, 4, 1)) == 3_600_000
