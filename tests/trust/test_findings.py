"""Findings keep their identity, say what changed, close and come back; neighbouring gaps are one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.trust.arrived import missing
from pipelines.trust.expected import DUE_SCHEMA
from pipelines.trust.findings import KINDS, SCHEMA, Finding, filtered, findings_frame, followed_up, with_status
from pipelines.trust.sentences import SENTENCES

MONDAY, TUESDAY = datetime(2026, 11, 9, 8, tzinfo=UTC), datetime(2026, 11, 10, 8, tzinfo=UTC)
NOTHING = pl.DataFrame(schema=SCHEMA)


def finding(observed: str = "none", day: int = 2, kind: str = "missing_delivery") -> Finding:
    return Finding(
        kind=kind, severity="warning", vendor="acme", feed="contacts", period_start=date(2026, 11, day),
        period_end=date(2026, 11, day), expected="one file", observed=observed, sentence="s", sentence_fr="p",
    )  # fmt: skip


def test_found_again_is_the_same_finding():
    first = followed_up(NOTHING, findings_frame([finding()], MONDAY), MONDAY)
    again = followed_up(first, findings_frame([finding()], TUESDAY), TUESDAY)
    row = again.row(0, named=True)
    assert again.height == 1
    assert (row["first_seen_at"], row["last_seen_at"], row["changed_at"]) == (MONDAY, TUESDAY, None)


def test_other_evidence_is_said_to_have_changed():
    first = followed_up(NOTHING, findings_frame([finding("none")], MONDAY), MONDAY)
    later = followed_up(first, findings_frame([finding("half of it")], TUESDAY), TUESDAY)
    assert later["changed_at"].to_list() == [TUESDAY]
    assert later["finding_id"].to_list() == first["finding_id"].to_list()


def test_gone_is_closed_and_back_is_open():
    first = followed_up(NOTHING, findings_frame([finding()], MONDAY), MONDAY)
    gone = followed_up(first, findings_frame([], TUESDAY), TUESDAY)
    back = followed_up(gone, findings_frame([finding()], TUESDAY + timedelta(days=1)), TUESDAY)
    assert gone["closed_at"].to_list() == [TUESDAY]
    assert back["closed_at"].to_list() == [None]
    assert back["first_seen_at"].to_list() == [MONDAY]


def test_two_days_are_two_findings_and_the_gravest_of_one_identity_stays():
    assert findings_frame([finding(day=2), finding(day=3)], MONDAY).height == 2
    grave = Finding(kind="missing_delivery", severity="critical", vendor="acme", feed="contacts", sentence="s",
                    sentence_fr="p", period_start=date(2026, 11, 2))  # fmt: skip
    assert findings_frame([grave, finding()], MONDAY)["severity"].to_list() == ["critical"]


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="not a kind"):
        finding(kind="fraud")


def test_filters_and_statuses():
    frame = findings_frame([finding(day=2), finding(day=20)], MONDAY)
    notes = pl.DataFrame(
        {"finding_id": [finding(day=2).finding_id] * 2, "status": ["disputed", "agreed"], "author": ["a", "b"],
         "at": [MONDAY, TUESDAY], "text": ["", "ok"]}
    )  # fmt: skip
    judged = with_status(frame, notes)
    assert sorted(judged["status"]) == ["agreed", "open"]
    assert filtered(judged, status="agreed")["comment"].to_list() == ["ok"]
    assert filtered(judged, period=(date(2026, 11, 16), date(2026, 11, 22))).height == 1
    assert filtered(judged, severity="critical").height == 0
    assert filtered(judged, vendor="acme", kind="missing_delivery").height == 2


@given(st.sets(st.integers(0, 40), max_size=30))
def test_neighbouring_gaps_are_one_finding(days):
    """As many findings as there are unbroken stretches of missing days."""
    first = date(2026, 3, 1)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [
        ("acme", "contacts", first + timedelta(days=d), first + timedelta(days=d), at, at, None, None, "missing")
        for d in sorted(days)
    ]
    schema = {
        **DUE_SCHEMA,
        "delivery_id": pl.String(),
        "received_at": pl.Datetime("us", "UTC"),
        "punctuality": pl.String(),
    }
    found = list(missing(pl.DataFrame(rows, schema=schema, orient="row")))
    assert len(found) == sum(1 for day in days if day - 1 not in days)
    assert sum((f.period_end - f.period_start).days + 1 for f in found) == len(days)


def test_every_sentence_has_both_languages_and_accuses_nobody():
    for kind, (english, french) in SENTENCES.items():
        assert english != french, kind
        for word in ("fraud", "cheat", "lie", "fraude", "triche"):
            assert word not in f"{english} {french}".lower().split()
    assert len(KINDS) == 38
