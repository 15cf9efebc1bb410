"""Marts say what the contacts say, under the clause in force, and stay in step with what is loaded."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.warehouse import Build
from pipelines.warehouse.marts import MARTS
from pipelines.warehouse.statements import text_of
from pipelines.workspace import Workspace
from pipelines.workspace.terms import Terms

from .conftest import DAY, HandMade, a_workspace, contact, delivery, frame, load
from .conftest import Batch as MadeBatch


def rows(build: Build, query: str) -> list[tuple[Any, ...]]:
    return build.con.execute(query).fetchall()


def test_outcomes_and_durations_are_counted_as_declared(workspace: Workspace) -> None:
    """One interval with one contact of each outcome, and the sums that follow from them."""
    legs = [
        contact("a1", wait_s=20.0, talk_s=100.0, hold_s=None, acw_s=30.0),
        contact("a2", wait_s=20.5, talk_s=None, transfer_out="blind"),
        contact("a3", wait_s=None, transfer_out=None),
        contact("q1", outcome="abandoned_queue", wait_s=5.0, talk_s=None),
        contact("q2", outcome="abandoned_ring", wait_s=30.0, talk_s=None),
        contact("q3", outcome="abandoned_hold", wait_s=7.0, talk_s=None),
        *(
            contact(name, outcome=name, wait_s=9.0)
            for name in (
                "abandoned_ivr",
                "overflowed",
                "timeout",
                "closed_hours",
                "blocked",
                "voicemail",
                "callback_requested",
                "error",
            )
        ),
        contact("out", direction="outbound"),
        contact("int", direction="internal"),
    ]
    with Build.open(workspace) as build:
        load(build, delivery(), legs)
        build.refresh_marts(workspace)
        names = (
            "offered",
            "answered",
            "abandoned",
            "abandoned_ivr",
            "flow_outs",
            "callbacks",
            "voicemail",
            "closed",
            "blocked",
            "errors",
            "answered_in_threshold",
            "abandoned_in_threshold",
            "short_abandoned",
            "callbacks_in_threshold",
            "wait_answered_s",
            "wait_answered_sq",
            "wait_abandoned_s",
            "wait_max_s",
            "waits_known",
            "talk_s",
            "talk_sq",
            "hold_sq",
            "acw_sq",
            "handle_known",
            "hold_known",
            "handle_s",
            "transferred",
            "transfer_known",
        )
        counted = (11, 3, 3, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1)
        squares = (100.0**2 + 200.0**2, 2 * 20.0**2, 3 * 30.0**2)  # of talk, hold and after-contact work
        expected = (*counted, 40.5, 820.25, 42.0, 30.0, 5, 300.0, *squares, 2, 2, 380.0, 1, 2)
        assert rows(build, f"SELECT {', '.join(names)} FROM mart_interval") == [expected]
        assert rows(build, f"SELECT {', '.join(names)} FROM mart_day") == [expected]
        # 5 s abandoned -> bin 10; 20 s -> 40; 20.5 s -> 41: at most 20 s is bin <= 40, below 20 s is bin < 40
        assert rows(build, "SELECT wait_bin, answered, abandoned FROM mart_wait ORDER BY 1") == [
            (10, 0, 1),
            (14, 0, 1),
            (40, 1, 0),
            (41, 1, 0),
            (60, 0, 1),
        ]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ({"threshold_s": 20}, (2, 1, 0)),
        ({"threshold_s": 20, "inclusive": False}, (1, 1, 0)),
        ({"threshold_s": 20, "clock_start": "ring"}, (2, 0, 0)),
        ({"threshold_s": 20, "clock_start": "call_start"}, (1, 1, 0)),
        ({"threshold_s": 20, "short_abandon_s": 4}, (2, 1, 0)),
        ({"threshold_s": 20, "short_abandon_s": 12}, (2, 1, 1)),
    ],
)
def test_the_clause_decides_what_is_in_time(
    workspace: Workspace, clause: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    terms = Terms.model_validate(
        {
            "id": "n",
            "vendor": "north",
            "valid_from": date(2025, 1, 1),
            "report_tz": "Europe/Paris",
            "clauses": [{"id": "sl", "metric": "service_level", "target": 0.8, "short_abandon_s": 0, **clause}],
        }
    )
    strict = replace(workspace, terms={**workspace.terms, "north": [terms]})
    legs = [
        contact("a", wait_s=20.0, ring_s=3.0, ivr_s=30.0),
        contact("b", wait_s=12.0, ring_s=4.0, ivr_s=2.0),
        contact("c", wait_s=25.0, ring_s=None, ivr_s=None),
        contact("d", outcome="abandoned_queue", wait_s=12.0, ivr_s=1.0),
    ]
    with Build.open(strict) as build:
        load(build, delivery(), legs)
        build.refresh_marts(strict)
        assert rows(build, "SELECT answered_in_threshold, abandoned_in_threshold, short_abandoned FROM mart_day") == [
            expected
        ]


def test_the_clause_of_the_day_and_of_the_queue_counts(workspace: Workspace) -> None:
    def terms(name: str, first: date, last: date | None, clauses: list[dict[str, Any]]) -> Terms:
        full = [{"metric": "service_level", "target": 0.8, **clause} for clause in clauses]
        return Terms.model_validate(
            {
                "id": name,
                "vendor": "north",
                "valid_from": first,
                "valid_to": last,
                "report_tz": "Europe/Paris",
                "interval_min": 15,
                "clauses": full,
            }
        )

    dated = [
        terms("t1", date(2025, 1, 1), DAY, [{"id": "all", "threshold_s": 5}]),
        terms(
            "t2",
            DAY + timedelta(days=1),
            DAY + timedelta(days=1),
            [{"id": "all", "threshold_s": 5}, {"id": "own", "queue": "billing", "threshold_s": 60}],
        ),
    ]
    changed = replace(workspace, terms={**workspace.terms, "north": dated})
    with Build.open(changed) as build:
        load(
            build,
            delivery(),
            [
                contact(f"c{day}{queue}", day=day, queue_code=queue)
                for day in range(3)
                for queue in ("billing", "delivery")
            ],
        )
        build.refresh_marts(changed)
        found = rows(
            build,
            "SELECT local_date - DATE '2026-03-02', queue_code, clause_id, answered_in_threshold,"
            " interval_min FROM mart_interval ORDER BY 1, 2",
        )
        assert found == [
            (0, "billing", "all", 0, 15),
            (0, "delivery", "all", 0, 15),
            (1, "billing", "own", 1, 15),
            (1, "delivery", "all", 0, 15),
            (2, "billing", None, None, 30),
            (2, "delivery", None, None, 30),
        ]
        # no clause in force: not known, and said so
        said = "SELECT offered_without_clause, answered_in_threshold FROM mart_day ORDER BY local_date, queue_code"
        assert rows(build, said) == [(0, 0), (0, 0), (0, 1), (0, 0), (1, None), (1, None)]


def test_changed_terms_change_the_past_figures_of_their_vendor_only(workspace: Workspace) -> None:
    with Build.open(workspace) as build:
        load(build, delivery(), [contact("n"), contact("s", vendor="south")])
        assert build.refresh_marts(workspace)
        assert not build.refresh_marts(workspace)
        stricter = a_workspace(workspace.root, threshold_s=5)
        mixed = replace(workspace, terms={**workspace.terms, "south": stricter.terms["south"]})
        assert build.refresh_marts(mixed)
        assert rows(build, "SELECT vendor_code, answered_in_threshold FROM mart_day ORDER BY 1") == [
            ("north", 1),
            ("south", 0),
        ]


def test_the_hour_that_comes_twice_is_two_hours(workspace: Workspace) -> None:
    """25 October 2026: 02:30 in Paris is 00:30 and 01:30 UTC."""

    def leg(name: str, hour: int) -> dict[str, Any]:
        return {
            **contact(name),
            "queued_at": datetime(2026, 10, 25, hour, 40, 59, tzinfo=UTC),
            "local_date": date(2026, 10, 25),
            "local_minute": 160,
        }

    with Build.open(workspace) as build:
        load(build, delivery(), [leg("first", 0), leg("second", 1)])
        build.refresh_marts(workspace)
        found = rows(
            build, "SELECT epoch(interval_start_at)::BIGINT, local_minute, offered FROM mart_interval ORDER BY 1"
        )
    starts = [int(datetime(2026, 10, 25, hour, 30, tzinfo=UTC).timestamp()) for hour in (0, 1)]
    assert found == [(starts[0], 150, 1), (starts[1], 150, 1)]


REPEATS = [
    ("c1", "k1", 0, "north", "billing"),
    ("c2", "k1", 2, "north", "billing"),
    ("c3", "k2", 1, "north", "billing"),
    ("c4", "k2", 6, "north", "delivery"),
    ("c5", "k3", 25, "north", "billing"),
    ("c6", None, 3, "north", "billing"),
    ("c7", None, 4, "north", "billing"),
    ("c8", "k4", 10, "north", "billing"),
    ("c9", "k4", 12, "south", "billing"),
    ("c10", "k5", 15, "north", "delivery"),
]


@pytest.mark.parametrize(
    ("hours", "same_reason", "cross_vendor", "eligible", "repeated"),
    [
        (168, False, True, 6, 3),
        (168, True, True, 6, 2),
        (168, False, False, 6, 2),
        (168, True, False, 6, 1),
        (72, False, True, 7, 2),
    ],
)
def test_repeat_contacts_reference_vector(
    tmp_path: Path, hours: int, same_reason: bool, cross_vendor: bool, eligible: int, repeated: int
) -> None:
    """The ten contacts of METRICS.md section 5, data ending on day 30 (a call without customer marks that end)."""
    workspace = a_workspace(tmp_path, window_hours=hours, same_reason=same_reason, cross_vendor=cross_vendor)
    legs = [
        contact(name, day=day, second=43_200, vendor=vendor, customer_ref=who, reason_code=reason)
        for name, who, day, vendor, reason in REPEATS
    ]
    ends = [contact(f"end-{vendor}", day=30, second=43_200, vendor=vendor) for vendor in ("north", "south")]
    with Build.open(workspace) as build:
        load(build, delivery(received_at=datetime(2026, 6, 1, tzinfo=UTC)), [*legs, *ends])
        build.refresh_marts(workspace)
        found = rows(
            build,
            "SELECT sum(repeat_eligible), sum(repeated), sum(repeat_unknown), sum(repeat_open)"
            " FROM mart_day WHERE vendor_code = 'north'",
        )
        assert found == [(eligible, repeated, 3, 7 - eligible)]
        # The same from single contacts, as a clause with a rule of its own asks for it; here beside a shorter window.
        rule = {"same_reason": same_reason, "cross_vendor": cross_vendor, "windows": [24.0, float(hours)]}
        counted = build.con.sql(text_of("queries", "repeat_counts"), params={"vendor": "north", **rule}).pl()
        sums = counted.drop("queue", "local_date").group_by("window_h").sum().sort("window_h")
        own = sums.select("eligible", "repeated", "unknown", "still_open").rows()
        assert own == [(8 - 1, 0, 3, 0), (eligible, repeated, 3, 7 - eligible)]


def test_transfers_are_no_repeats_and_an_unanswered_call_is_no_first_contact(workspace: Workspace) -> None:
    legs = [
        contact("x-1", interaction_id="x", customer_ref="k1", transfer_out="blind"),
        contact("x-2", second=36_300, interaction_id="x", customer_ref="k1", queue_code="delivery"),
        contact("gone", second=50_000, outcome="abandoned_queue", customer_ref="k2"),
        contact("again", second=51_000, customer_ref="k2"),
        contact("tries", day=2, customer_ref="k2", outcome="closed_hours"),
        contact("end", day=12),
    ]
    with Build.open(workspace) as build:
        load(build, delivery(), legs)
        build.refresh_marts(workspace)
        found = rows(
            build, "SELECT queue_code, sum(repeat_eligible), sum(repeated) FROM mart_day GROUP BY 1 ORDER BY 1"
        )
    assert found == [("billing", 2, 1), ("delivery", 0, 0)]


def test_a_mistyped_year_does_not_close_windows(workspace: Workspace) -> None:
    legs = [contact("a", day=18, customer_ref="k1"), contact("typo", day=3650, customer_ref="k9")]
    with Build.open(workspace) as build:
        load(build, delivery(), legs)
        build.refresh_marts(workspace)
        assert rows(build, "SELECT sum(repeat_eligible), sum(repeat_open) FROM mart_day") == [(0, 2)]


def test_counts_stand_in_where_no_contact_is_known(workspace: Workspace) -> None:
    def count(scope: str, outcome: str, contacts: int, **more: Any) -> dict[str, Any]:
        return {
            "vendor_code": "south",
            "source_system": "report",
            "scope_id": scope,
            "queue_code": "billing",
            "channel": "voice",
            "direction": "inbound",
            "period_start_at": datetime(2026, 3, 1, 23, tzinfo=UTC),
            "local_date": DAY,
            "granularity": "day",
            "outcome": outcome,
            "contacts": contacts,
            **more,
        }

    given = [
        count("a", "answered", 80, talk_s=8000.0, wait_s=400.0),
        count("b", "answered", 20, talk_s=2000.0),
        count("a", "abandoned_queue", 10),
        count("a", "closed_hours", 3),
        count("c", "answered", 7, internal=True),
        count("m", "answered", 999, granularity="month"),
        count("o", "answered", 5, direction="outbound"),
        count("d", "answered", 50, queue_code="delivery"),
    ]
    with Build.open(workspace) as build:
        counts = frame("contact_counts", given)
        build.load(
            delivery("counts.csv", table="contact_counts", mapping_id="south_counts"), HandMade([MadeBatch(counts)])
        )
        load(build, delivery("calls.csv"), [contact("c", vendor="south", queue_code="delivery")])
        build.refresh_marts(workspace)
        found = rows(
            build,
            "SELECT grain, queue_code, offered, answered, abandoned, closed, talk_s, wait_answered_s,"
            " waits_known_answered, answered_in_threshold, repeat_unknown, talk_known FROM mart_day ORDER BY 2",
        )
        assert found[0] == ("count", "billing", 110, 100, 10, 3, 10000.0, 400.0, 80, None, 100, 100)
        assert found[1][:4] == ("contact", "delivery", 1, 1)
        assert len(found) == 2
        # another day of the same week and queue came as contacts: both parts over what each of them knows
        calls = [contact("d", day=1, vendor="south", talk_s=300.0), contact("e", day=1, vendor="south", talk_s=None)]
        load(build, delivery("calls2.csv"), calls)
        build.refresh_marts(workspace)
        week = rows(
            build,
            "SELECT sum(talk_s), sum(talk_known), sum(handle_s), sum(handle_known) FROM mart_day"
            " WHERE queue_code = 'billing'",
        )
        assert week == [(10300.0, 101, 350.0, 1)]


def test_surveys_refunds_staffing_and_reports_add_up(workspace: Workspace) -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    source = {"vendor_code": "north", "source_system": "x", "local_date": DAY}
    survey = {
        **source,
        "survey_type": "csat",
        "question_code": "q1",
        "scale_min": 1.0,
        "scale_max": 5.0,
        "happened_at": at,
    }
    given: dict[str, list[dict[str, Any]]] = {
        "surveys": [
            {
                **survey,
                "response_id": f"r{n}",
                "status": "sent" if n == 9 else "complete",
                "excluded": n == 8,
                "score_raw": None if n == 9 else float(1 + n % 5),
            }
            for n in range(10)
        ]
        # r0 was asked a second question and answered it, r1 did not: neither is a second survey
        + [
            {
                **survey,
                "question_code": "q0",
                "response_id": f"r{n}",
                "status": "complete",
                "excluded": False,
                "score_raw": score,
            }
            for n, score in enumerate((5.0, None))
        ],
        "survey_offers": [
            {
                **source,
                "queue_code": "billing",
                "survey_type": "csat",
                "happened_at": at,
                "offered": 40,
                "delivered": 35,
            }
        ],
        "refunds": [
            {
                **source,
                "refund_id": f"f{n}",
                "order_ref": f"o{n // 2}",
                "refunded_at": at,
                "amount": Decimal("10.10"),
                "currency": money,
                "kind": "refund",
                "leg_id": "c1" if n < 2 else None,
            }
            for n, money in enumerate(("EUR", "EUR", "EUR", "GBP"))
        ],
        "orders": [
            {
                **source,
                "order_ref": "o1",
                "line_id": str(n),
                "ordered_at": at,
                "amount": Decimal("5"),
                "currency": "EUR",
            }
            for n in range(3)
        ],
        "staffing_intervals": [
            {
                **source,
                "queue_code": "billing",
                "interval_start_at": at + timedelta(minutes=30 * n),
                "interval_min": 30,
                "required_fte": 4.0,
                "scheduled_fte": 3.0,
                "offered_forecast": 20.0,
                "aht_forecast_s": 300.0,
            }
            for n in range(2)
        ],
        "sla_reports": [
            {
                **source,
                "queue_scope": "*",
                "period_start_at": at,
                "period_end_at": at,
                "granularity": "day",
                "metric": "service_level",
                "value": 0.83,
                "unit": "rate",
                "label_as_printed": "SL %",
                "cell_ref": "S1!B2",
            }
        ],
    }
    with Build.open(workspace) as build:
        for table, some in given.items():
            load(build, delivery(table, table=table, mapping_id=table), some)
        build.refresh_marts(workspace)
        assert rows(
            build, "SELECT question_code, sum(n), sum(responses) FROM mart_survey GROUP BY ALL ORDER BY ALL"
        ) == [
            ("q0", 2, 1),
            ("q1", 10, 9),
        ]
        first = "SELECT status, excluded, score_raw, n FROM mart_survey WHERE question_code = 'q1' ORDER BY ALL"
        assert rows(build, first) == [
            ("complete", False, 1.0, 2),
            ("complete", False, 2.0, 2),
            ("complete", False, 3.0, 2),
            ("complete", False, 4.0, 1),
            ("complete", False, 5.0, 1),
            ("complete", True, 4.0, 1),
            ("sent", False, None, 1),
        ]
        assert rows(build, "SELECT offered, delivered FROM mart_survey_offer") == [(40, 35)]
        columns = "currency, refunds, contacts, orders, amount::VARCHAR, amount_sq"
        # c1 got 10.10 twice, an order without a contact 10.10 once: 20.20^2 + 10.10^2
        assert rows(build, f"SELECT {columns} FROM mart_refund ORDER BY 1") == [
            ("EUR", 3, 1, 2, "30.3000", 510.05),
            ("GBP", 1, 0, 1, "10.1000", 102.01),
        ]
        assert rows(build, "SELECT orders, lines, amount::VARCHAR FROM mart_order") == [(1, 3, "15.0000")]
        hours = (
            "SELECT intervals, required_hours, scheduled_hours, offered_forecast, forecast_handle_s FROM mart_staffing"
        )
        assert rows(build, hours) == [(2, 4.0, 3.0, 40.0, 12000.0)]
        assert rows(build, "SELECT metric, value, cell_ref FROM mart_report") == [("service_level", 0.83, "S1!B2")]


@pytest.mark.parametrize("seed", range(4))
def test_marts_kept_in_step_equal_marts_made_anew(tmp_path: Path, seed: int) -> None:
    """After any sequence of loads; and sums by day, by interval and over contacts are the same."""
    chance = random.Random(seed)
    workspace = a_workspace(
        tmp_path,
        window_hours=chance.choice([48, 168]),
        cross_vendor=chance.random() < 0.7,
        same_reason=chance.random() < 0.3,
    )
    with Build.open(workspace) as build:
        for number in range(6):
            legs = [
                contact(
                    f"c{chance.randrange(60)}",
                    day=chance.randrange(15),
                    second=chance.randrange(86_400),
                    vendor=chance.choice(["home", "north", "south"]),
                    queue_code=chance.choice(["billing", "delivery"]),
                    customer_ref=chance.choice([None, *(f"k{n}" for n in range(9))]),
                    wait_s=chance.random() * 90,
                    outcome=chance.choice(["answered", "answered", "abandoned_queue", "closed_hours"]),
                    reason_code=chance.choice([None, "r1", "r2"]),
                    talk_s=float(chance.randrange(400)),
                )
                for _ in range(chance.randrange(1, 25))
            ]
            load(build, delivery(f"f{number}", hours=chance.randrange(9)), legs, size=10)
            build.refresh_marts(workspace)
        kept = {mart: rows(build, f"SELECT * FROM {mart} ORDER BY ALL") for mart in MARTS}
        build.con.execute("UPDATE meta SET value = 'another' WHERE name = 'marts.sql'")
        build.refresh_marts(workspace)
        assert kept == {mart: rows(build, f"SELECT * FROM {mart} ORDER BY ALL") for mart in MARTS}
        durations = "round(sum(talk_s), 2), round(sum(wait_answered_s), 2)"
        sums = f"sum(offered), sum(answered), sum(abandoned), sum(closed), {durations}"
        by_day = rows(build, f"SELECT {sums} FROM mart_day")
        assert by_day == rows(build, f"SELECT {sums} FROM mart_interval")
        told = rows(
            build,
            "SELECT count(*) FILTER (outcome <> 'closed_hours'), count(*) FILTER (outcome = 'answered'),"
            " count(*) FILTER (outcome = 'abandoned_queue'), count(*) FILTER (outcome = 'closed_hours') FROM contacts",
        )
        assert by_day[0][:4] == told[0]
        assert rows(build, "SELECT sum(answered), sum(abandoned) FROM mart_wait") == [by_day[0][1:3]]
