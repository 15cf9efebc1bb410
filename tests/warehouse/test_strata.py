"""The strata of a like-for-like comparison: they add up to the day sums, and what is linked lies in its contact's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipelines.warehouse import Build
from pipelines.workspace import Workspace

from .conftest import DAY, contact, delivery, load


@pytest.fixture
def build(workspace: Workspace) -> Iterator[Build]:
    with Build.open(workspace) as opened:
        yield opened


def _survey(response: str, leg: str | None, day: int, score: float, kind: str = "csat") -> dict[str, Any]:
    at = datetime(2026, 3, 2, 15, tzinfo=UTC) + timedelta(days=day)
    top = (0, 10) if kind == "nps" else (1, 5)
    return {"vendor_code": "north", "source_system": "survey", "response_id": response, "survey_type": kind,
            "question_code": kind, "score_raw": score, "scale_min": float(top[0]), "scale_max": float(top[1]),
            "responded_at": at, "happened_at": at, "local_date": at.date(), "status": "complete", "leg_id": leg,
            "queue_code": "billing"}  # fmt: skip


def _refund(name: str, leg: str | None, day: int, kind: str = "refund") -> dict[str, Any]:
    at = datetime(2026, 3, 2, 15, tzinfo=UTC) + timedelta(days=day)
    return {"vendor_code": "north", "source_system": "shop", "refund_id": name, "order_ref": f"o-{name}",
            "refunded_at": at, "local_date": at.date(), "amount": Decimal("12.5"), "currency": "EUR", "kind": kind,
            "leg_id": leg, "queue_code": "billing"}  # fmt: skip


def _strata(build: Build, what: str, where: str = "true") -> list[tuple[Any, ...]]:
    return build.con.execute(f"SELECT {what} FROM mart_strata WHERE {where} GROUP BY ALL ORDER BY ALL").fetchall()


def test_strata_add_up_to_the_days(build: Build, workspace: Workspace) -> None:
    calls = [
        contact(f"c{i}", day=i % 9, second=28_800 + 977 * i, reason_code="abc"[i % 3], customer_ref=f"k{i % 7}",
                language=None if i % 5 else "fr", outcome="answered" if i % 4 else "abandoned_queue")
        for i in range(60)
    ]  # fmt: skip
    load(build, delivery(), calls)
    build.refresh_marts(workspace)
    names = ", ".join(
        f"sum({name})" for name in ("offered", "answered", "abandoned", "repeat_eligible", "repeated", "transferred")
    )
    day = build.con.execute(
        f"SELECT vendor_code, local_date, {names} FROM mart_day GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert _strata(build, f"vendor_code, local_date, {names}") == day
    assert sum(row[5] for row in day) > 0
    assert sum(row[6] for row in day) > 0


def test_hours_are_those_of_the_clients_clock(build: Build, workspace: Workspace) -> None:
    # 10:30 in Paris; the operation's own clock says 11:30
    load(build, delivery(), [contact("a", second=37_800) | {"local_minute": 690}])
    build.refresh_marts(workspace)
    assert _strata(build, "hour_band, sum(offered)") == [(3, 1)]


def test_surveys_and_refunds_lie_in_the_stratum_of_their_contact(build: Build, workspace: Workspace) -> None:
    load(build, delivery(), [contact("a", reason_code="hard"), contact("b", reason_code="easy")])
    answers = [
        _survey("1", "a", 1, 5),
        _survey("2", "b", 0, 3),
        _survey("3", None, 0, 4),
        _survey("4", "a", 1, 9, "nps"),
    ]
    load(build, delivery("s.csv", table="surveys", mapping_id="s", feed="surveys"), answers)
    refunds = [_refund("1", "a", 2), _refund("2", "a", 2), _refund("3", "b", 2, "reversal"), _refund("4", None, 2)]
    load(build, delivery("r.csv", table="refunds", mapping_id="r", feed="refunds"), refunds)
    build.refresh_marts(workspace)
    found = _strata(
        build, "reason_code, sum(csat_answers), sum(csat_satisfied), sum(nps_promoters), sum(refunded), sum(answered)"
    )
    assert found == [("easy", 1, 0, 0, 0, 1), ("hard", 1, 1, 1, 1, 1), (None, 1, 1, 0, 1, 0)]


def test_a_survey_finds_a_contact_that_comes_later(build: Build, workspace: Workspace) -> None:
    load(build, delivery("s.csv", table="surveys", mapping_id="s", feed="surveys"), [_survey("1", "a", 20, 5)])
    build.refresh_marts(workspace)
    assert _strata(build, "reason_code, sum(csat_answers)") == [(None, 1)]
    load(build, delivery(), [contact("a", reason_code="hard")])
    build.refresh_marts(workspace)
    assert _strata(build, "reason_code, sum(csat_answers)") == [("hard", 1)]
    assert _strata(build, "local_date", "csat_answers > 0") == [(DAY + timedelta(days=20),)]


def test_in_house_contacts_are_counted_under_every_vendors_threshold(build: Build, workspace: Workspace) -> None:
    terms = workspace.terms["north"][0]
    workspace.terms["north"] = [
        terms.model_copy(update={"clauses": [terms.clauses[0].model_copy(update={"threshold_s": 120.0})]})
    ]
    load(build, delivery(), [contact("a", vendor="home", wait_s=60.0), contact("b", vendor="home", wait_s=5.0)])
    load(build, delivery("n.csv"), [contact("c", wait_s=60.0), contact("d", vendor="south", wait_s=60.0)])
    build.refresh_marts(workspace)
    found = build.con.execute(
        "SELECT vendor_code, threshold_s, sum(answered), sum(answered_in_threshold) FROM mart_strata_service"
        " GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert found == [("home", 20, 2, 1), ("home", 120, 2, 2), ("north", 120, 1, 1), ("south", 20, 1, 0)]
    own = terms.model_copy(update={"clauses": [terms.clauses[0].model_copy(update={"threshold_s": 70.0})]})
    workspace.terms["south"] = [own]
    assert build.refresh_marts(workspace)
    counted = build.con.execute(
        "SELECT DISTINCT threshold_s FROM mart_strata_service WHERE vendor_code = 'home'"
    ).fetchall()
    assert sorted(counted) == [(20,), (70,), (120,)]
