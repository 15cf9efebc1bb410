"""A stand-in for ``dashboard.data``: frames of the same shape, so that pages are tested without a warehouse."""

from __future__ import annotations

import math
import zlib
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Any

import fake_breaches
import fake_documents
import fake_fairness
import fake_ledger
import fake_money
import fake_trust
import polars as pl

from dashboard import models, past
from dashboard.models import (
    Change,
    Decision,
    Entry,
    NotReady,
    Published,
    QueueName,
    Review,
    Selection,
    Trust,
    VendorName,
)
from pipelines.answers.compare import METRICS
from pipelines.answers.duties import Parity, Question, ScopeChange
from pipelines.measures.catalogue import MEASURES
from pipelines.trust.findings import filtered

WEEKS = tuple(date(2026, 11, 9) - timedelta(weeks=back) for back in range(20))
VENDORS = (
    VendorName("lille", "Lille", True),
    VendorName("poitiers", "Poitiers Contact", False),
    VendorName("casablanca", "Casa Relation Client", False),
    VendorName("porto", "Porto Atende", False),
    VendorName("tana", "Tana Services", False),
)
QUEUES = (
    QueueName("delivery_fr", "Livraison", "fr"),
    QueueName("delivery_en", "Delivery (English)", "en"),
    QueueName("returns_fr", "Retours", "fr"),
)
CENTRES = {
    "service_level": 0.81, "abandon_rate": 0.052, "asa_s": 34.0, "aht_s": 402.0, "repeat_rate": 0.143, "csat": 0.834,
    "refund_rate": 0.061, "cost_per_contact": 6.42, "nps": 31.0, "offered": 4210.0, "answered": 3990.0,
}  # fmt: skip
TARGETS = {"service_level": 0.8, "abandon_rate": 0.05, "csat": 0.85}

FUNCTIONS = (
    "published", "past_days", "trust", "scorecard", "review", "deliveries", "punctuality", "rejects", "rows", "days",
    "files_of_week", "compared", "league", "usual", "decide_limits", "moves", "client_side", "open_questions",
    "enter_duty", "entered_duties", "withdraw_duty", "places",
    "reporting", "reconciliation", "contacts_of_line", "list_contacts_of_line", "entries", "statuses", "write_entry",
    "findings", "findings_of_week", "delivery_grid", "discipline", "behind", "changed_later", "restated", "checks",
    "agreements", "agreement", "attained", "trial", "terms_on", "grant_waiver", "withdraw_waiver",
    "sites_of", "missed", "causes", "order", "interval_cells", "breaches_worked_on",
    "contacts", "contacts_account", "one_contact", "breach_standing", "write_breach", "excuse_breach", "actions",
    "action_effects", "today", "add_action", "change_action",

    "brief", "quarters", "pack", "pack_choice", "choose_for_pack", "document_file",
)  # fmt: skip


class FakeData:
    """The functions of ``dashboard.data``. ``kind``: full, empty (nothing in the week), single (one vendor),
    not_loaded, broken, no_deliveries."""

    def __init__(
        self, kind: str = "full", vendors: tuple[VendorName, ...] = VENDORS, decisions: tuple[Decision, ...] = ()
    ) -> None:
        self.kind = kind
        self.decisions = decisions
        self.vendors = vendors[1:2] if kind == "single" else vendors
        self.asked: list[Selection] = []
        self.taken_back: list[tuple[str, str, str]] = []
        self.entered: list[tuple[str, str, str, str, dict[str, Any]]] = []
        self.decided: list[tuple[str, str, date, str, str, bool]] = []

        self.work = fake_breaches.Work()
        self.journal: dict[tuple[str, str], list[Entry]] = {}
        self.documents = fake_documents.Documents()

    def install(self, module: ModuleType, patch: Any = setattr) -> None:
        """Puts these functions in place of the module's."""
        for name in FUNCTIONS:
            patch(module, name, getattr(self, name))

    def published(self) -> Published | NotReady:
        if self.kind == "not_loaded":
            return NotReady("not_loaded", "sample_data/inbox")
        if self.kind == "other_release":
            return NotReady("other_release", "sample_data/inbox")
        if self.kind == "broken":
            return NotReady("workspace_broken", "x/inbox", ("vendors.yaml, line 3: key *zone* is not known",))
        baseline = next((vendor.code for vendor in self.vendors if vendor.in_house), None)
        published_at = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
        return Published("warehouse_7", published_at, date(2026, 11, 15), WEEKS, "Europe/Paris", "EUR", baseline,
                         self.vendors, QUEUES, past.asked())  # fmt: skip

    def trust(self, version: str, selection: Selection) -> Trust:
        return Trust(35, 32, 2, 1, 184_220, 37, 34, 1)

    def scorecard(self, version: str, selection: Selection) -> pl.DataFrame:
        self.asked.append(selection)
        chosen = [v for v in self.vendors if selection.vendors is None or v.code in selection.vendors]
        rows = [self._row(vendor, metric, selection) for vendor in chosen for metric in MEASURES]
        return pl.DataFrame(rows, schema=models.SCORECARD, orient="row")

    def _row(self, vendor: VendorName, metric: str, selection: Selection) -> dict[str, Any]:
        empty = self.kind == "empty" or (metric not in CENTRES) or (vendor.code == "tana" and metric == "csat")
        if empty:
            return {
                "vendor": vendor.code,
                "metric": metric,
                "n": 0,
                "verdict": "not_yet_known",
                "note": "not_yet_known" if metric == "repeat_rate" else "no_data",
                "history": [None] * 13,
            }
        centre = CENTRES[metric]
        seed = zlib.crc32(f"{vendor.code}{metric}".encode())
        shift = 1 + ((seed % 13) - 6) / 60
        history: list[float | None] = [centre * shift * (1 + 0.03 * math.sin(seed + week)) for week in range(13)]
        if vendor.code == "porto":
            history[5] = None
        value = history[-1]
        assert value is not None
        few = vendor.code == "tana" and metric in ("repeat_rate", "refund_rate")
        n = (7 if metric == "refund_rate" else 22) if few else 1200 + seed % 4000
        half = abs(centre) * (0.3 if few else 0.02)
        baseline = centre * (1.03 if vendor.code == "tana" and metric == "service_level" else 1.01)
        judged = (
            "is_baseline" if vendor.in_house else "too_little_data" if few else _verdict(metric, value - baseline, half)
        )
        target = TARGETS.get(metric)
        higher = MEASURES[metric].direction == "higher"
        return {
            "vendor": vendor.code, "queue": "*", "metric": metric, "value": value, "numerator": float(round(value * n)),
            "denominator": float(n), "n": n, "low": value - half, "high": value + half, "previous": history[-2],
            "last_year": centre * 0.97, "target": target,
            "target_met": None if target is None else (value >= target if higher else value <= target),
            "baseline_value": None if vendor.in_house else baseline,
            "gap": None if vendor.in_house else value - baseline,
            "gap_low": None if vendor.in_house else value - baseline - half,
            "gap_high": None if vendor.in_house else value - baseline + half, "verdict": judged,
            "definition_id": "abandon_negative/20s" if metric == "service_level" else "",
            "data_share": 0.93 if vendor.code == "porto" else 1.0,
            "worst_case": value * 0.95 if vendor.code == "porto" else None,
            "best_case": value * 1.02 if vendor.code == "porto" else None,
            "findings": 2 if vendor.code == "porto" else 0, "history": history,
        } | _judged(vendor, metric, value, half, baseline, n)  # fmt: skip

    def review(self, version: str, selection: Selection) -> Review:
        if self.kind == "empty" or len(self.vendors) < 5:
            return Review((), (), 32, 1.6, 0)
        rows = {(row["vendor"], row["metric"]): row for row in self.scorecard(version, selection).iter_rows(named=True)}
        picked = [("clause_missed", "casablanca", "service_level"), ("unusual_worse", "porto", "repeat_rate"),
                  ("worse_gap", "tana", "asa_s"), ("better_unseen", "poitiers", "csat")]  # fmt: skip
        changes = [Change("missing_data", "porto", None, {"feed": "contacts", "missing": 1, "expected": 7})]
        for kind, vendor, metric in picked:
            if (vendor, metric) in rows:
                extra = {"shortfall": -0.012, "usual_low": 0.12, "usual_high": 0.14}
                values = rows[vendor, metric] | extra
                changes.append(Change(kind, vendor, metric, values, 4120, 20_600.0))  # type: ignore[arg-type]
        return Review(tuple(changes), tuple(changes[-1:]), 32, 1.6, 6)

    def deliveries(self, version: str) -> pl.DataFrame:
        if self.kind == "no_deliveries":
            return pl.DataFrame(schema=models.DELIVERIES)
        rows = []
        for number in range(1, 61):
            vendor = self.vendors[number % len(self.vendors)].code
            refused = number % 17 == 0
            read = 0 if refused else 5000 + number * 37
            rejected, dropped, duplicate = (
                (0, 0, 0) if refused else (3 if number % 4 == 0 else 0, 12, 40 if number % 9 == 0 else 0)
            )
            day = date(2026, 11, 15) - timedelta(days=number // 5)
            rows.append({
                "delivery_no": number, "delivery_id": f"d{number}", "vendor": vendor, "feed": "contacts",
                "file_name": f"contacts_{day:%Y%m%d}_{number}.csv", "sha256": f"{number:064x}",
                "received_at": datetime(day.year, day.month, day.day, 7, number % 60, tzinfo=UTC) + timedelta(days=1),
                "due_at": None, "period_start": day, "period_end": day,
                "status": "quarantined" if refused else "accepted_with_warnings" if rejected else "accepted",
                "message": "the columns are those of another report: *Survey*, `Score`" if refused else None,
                "rows_read": read, "rows_loaded": read - rejected - dropped - duplicate, "rows_restating": 0,
                "rows_duplicate": duplicate, "rows_stale": 0, "rows_rejected": rejected, "rows_dropped": dropped,
                "punctuality": "late" if number % 11 == 0 else "on_time", "refused": refused, "adds_up": True,
                "problem": refused or rejected > 0 or number % 11 == 0,
            })  # fmt: skip
        return pl.DataFrame(rows, schema=models.DELIVERIES)

    def punctuality(self, version: str, vendors: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
        rows = []
        for vendor in vendors:
            for back in range(28):
                day = date(2026, 11, 15) - timedelta(days=back)
                state = (
                    "missing"
                    if (vendor, back) == ("porto", 3)
                    else "late"
                    if (zlib.crc32(vendor.encode()) + back) % 13 == 0
                    else "on_time"
                )
                at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(days=1)
                rows.append({"vendor": vendor, "feed": "contacts", "period_start": day, "period_end": day, "due_at": at,
                             "received_at": None if state == "missing" else at, "punctuality": state})  # fmt: skip
        due = pl.DataFrame(
            rows, schema_overrides={"received_at": pl.Datetime("us", "UTC"), "due_at": pl.Datetime("us", "UTC")}
        )
        if due.is_empty():
            return due, due
        state = pl.col("punctuality")
        counts = due.group_by("vendor", "feed").agg(
            expected=pl.len(), received=(state != "missing").sum(), on_time=(state == "on_time").sum(),
            late=(state == "late").sum(), missing=(state == "missing").sum(),
        ).sort("vendor")  # fmt: skip
        return due, counts

    def rejects(self, version: str, delivery_id: str) -> pl.DataFrame:
        delivery_no = int(delivery_id.removeprefix("d"))
        count = 3 if delivery_no % 4 == 0 and delivery_no % 17 else 0
        return pl.DataFrame(
            {"line": [12, 900, 4001][:count], "column": ["queued_at", "talk_s", "=cmd|' /C calc'!A0"][:count],
             "raw_value": ["32/13/2026 08:00", "-4", "@SUM(1)"][:count],
             "reason": ["not a date in the form dd/mm/yyyy", "below 0", "not a number"][:count]},
            schema={"line": pl.Int64, "column": pl.String, "raw_value": pl.String, "reason": pl.String},
        )  # fmt: skip

    def rows(self, version: str, delivery_id: str, group: str) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "source_row": [4, 9, 12],
                "reason": ["rule *test_calls*"] * 3,
                "row_key": ["a|1", "a|2", "a|3"],
                "other_file": ["x.csv", None, None],
                "other_row": [4, None, None],
            }
        )

    def days(self, version: str, selection: Selection, vendor: str) -> pl.DataFrame:
        days = [selection.week + timedelta(days=day) for day in range(7)]
        counts = [610, 702, 655, 0, 580, 410, 0]
        return pl.DataFrame(
            {"local_date": days, "contacts": counts, "intervals": [26 if count else 0 for count in counts]}
        )

    def files_of_week(self, version: str, week: date, vendor: str) -> pl.DataFrame:
        return self.deliveries(version).filter(pl.col("vendor") == vendor).head(7)

    def compared(self, version: str, week: date, queues: tuple[str, ...] | None) -> Any:
        return fake_fairness.compared(week, [vendor.code for vendor in self.vendors if not vendor.in_house], self.kind)

    def league(self, version: str, week: date, queues: tuple[str, ...] | None, metric: str) -> Any:
        return fake_fairness.league([vendor.code for vendor in self.vendors], metric, self.kind)

    def usual(self, version: str, selection: Selection, vendor: str, metric: str) -> Any:
        return fake_fairness.usual(selection.week, vendor, metric, self.kind, self.decisions)

    def decide_limits(
        self, vendor: str, metric: str, week: date, author: str, reason: str, *, undo: bool = False
    ) -> str | None:
        if not reason and not undo:
            return "new limits need a reason"
        self.decided.append((vendor, metric, week, author, reason, undo))
        return None

    def moves(self, version: str) -> Any:
        return fake_fairness.moves(self.kind, self.vendors[-1].code, self.vendors[0].code)

    def client_side(self, version: str, week: date) -> Any:
        return fake_fairness.client_side(week, [vendor.code for vendor in self.vendors], self.kind)

    def open_questions(self) -> tuple[Question, ...]:
        if self.kind == "empty" or len(self.vendors) < 2:
            return ()
        vendor = self.vendors[-1].code
        return (Question(f"{vendor}/1", vendor, "Who *approves*?", date(2026, 11, 3), None),)

    def entered_duties(self, kind: str) -> tuple[Question | ScopeChange | Parity, ...]:
        if kind == "question" or self.kind == "empty":
            return self.open_questions()
        vendor = self.vendors[-1].code
        if kind == "parity":
            return (Parity(vendor, "training", "less", "", "Ana", date(2026, 11, 1)),)
        return (ScopeChange(f"{vendor}/2", vendor, "Chat as well", date(2026, 11, 1), None),)

    def withdraw_duty(self, kind: str, author: str, about_id: str) -> str | None:
        self.taken_back.append((kind, author, about_id))
        return None

    def enter_duty(self, kind: str, author: str, vendor: str, text: str, **facts: Any) -> str | None:
        if kind != "parity" and not text:
            return "an entry needs a text"
        self.entered.append((kind, author, vendor, text, facts))
        return None

    def reporting(self, version: str) -> tuple[str, ...]:
        outsourced = tuple(vendor.code for vendor in self.vendors if not vendor.in_house)
        return () if self.kind == "empty" else outsourced

    def reconciliation(self, version: str, vendor: str) -> Any:
        return fake_ledger.reconciled(vendor)

    def contacts_of_line(self, version: str, line: dict[str, Any]) -> Any:
        return fake_ledger.contacts_of_line(line)

    def list_contacts_of_line(self, version: str, line: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame({"leg_id": ["=1"]})

    def findings(self, version: str) -> pl.DataFrame:
        found = fake_trust.findings(self.statuses("finding"))
        return found.clear() if self.kind == "empty" else found

    def findings_of_week(self, version: str, selection: Selection) -> pl.DataFrame:
        week = (selection.week, selection.week + timedelta(days=6))
        found = filtered(self.findings(version), period=week)
        return found if selection.vendors is None else found.filter(pl.col("vendor").is_in(selection.vendors))

    def delivery_grid(self, version: str, first: date, last: date) -> pl.DataFrame:
        return fake_trust.delivery_grid([vendor.code for vendor in self.vendors], first, last)

    def discipline(self, version: str) -> pl.DataFrame:
        return fake_trust.discipline([vendor.code for vendor in self.vendors])

    def behind(self, version: str, finding_id: str) -> Any:
        return fake_trust.behind(finding_id)

    def changed_later(self, version: str) -> pl.DataFrame:
        return fake_trust.changed_later(self.kind)

    def restated(self, version: str, delivery_id: str) -> Any:
        return fake_trust.restated()

    def checks(self, version: str) -> pl.DataFrame:
        return fake_trust.checks()

    def entries(self, about_kind: str, about_id: str) -> tuple[Entry, ...]:
        return tuple(self.journal.get((about_kind, about_id), ()))

    def statuses(self, about_kind: str) -> dict[str, str]:
        latest: dict[str, str] = {}
        for (kind, about_id), entries in self.journal.items():
            for entry in entries:
                if kind == about_kind and entry.status:
                    latest[about_id] = entry.status
        return latest

    def write_entry(
        self, about_kind: str, about_id: str, author: str, text: str, status: str | None, seen: int
    ) -> bool:
        held = self.journal.setdefault((about_kind, about_id), [])
        if len(held) > seen:
            return False
        held.append(Entry(len(held) + 1, datetime(2026, 11, 16, 9, tzinfo=UTC), author, status, text))
        return True

    def agreements(self, version: str) -> tuple[str, ...]:
        return () if self.kind == "empty" else tuple(vendor.code for vendor in self.vendors)

    def agreement(self, version: str, vendor: str, *, risk: bool = False) -> Any:
        return None if vendor == "tana" else fake_money.money(vendor, 7 if vendor == "lille" else 3)

    def attained(self, version: str, vendor: str, grain: str) -> pl.DataFrame:
        return fake_money.attained(vendor).filter(pl.col("state") != "running")

    def terms_on(self, vendor: str, day: date) -> Any:
        return fake_money.terms(vendor)

    def trial(self, version: str, vendor: str, given: tuple[tuple[str, str], ...]) -> Any:
        self.tried = (vendor, dict(given))
        return None if vendor == "tana" else fake_money.trial(vendor, dict(given))

    def grant_waiver(self, *given: Any) -> str | None:
        self.granted = given
        return None if given[3] else "no_author"

    def withdraw_waiver(self, *given: Any) -> str | None:
        self.withdrawn = given
        return None

    def missed(self, version: str, week: date, vendor: str, grain: str) -> pl.DataFrame:
        return fake_breaches.missed(week, vendor, grain, self.kind)

    def causes(self, version: str, week: date, vendor: str, grain: str, metric: str) -> pl.DataFrame:
        return fake_breaches.causes(week, vendor, grain, self.kind)

    def order(self, version: str, first: date, last: date, vendor: str) -> pl.DataFrame:
        return fake_breaches.order(vendor, self.kind)

    def interval_cells(
        self, version: str, week: date, vendors: tuple[str, ...], queues: Any, site: str | None = None
    ) -> pl.DataFrame:
        return fake_breaches.interval_cells(week, vendors, self.kind)

    def contacts(self, version: str, cell: Any, order: str, most: int) -> Any:
        return fake_breaches.contacts(cell, self.kind, most)

    def contacts_account(self, version: str, cell: Any) -> Any:
        return fake_breaches.account(cell, self.kind)

    def one_contact(self, version: str, cell: Any, leg: str) -> Any:
        return fake_breaches.one_contact(cell, leg, self.kind)

    def breaches_worked_on(self, first: date, last: date) -> list[Any]:
        return []

    def breach_standing(self, name: str) -> Any:
        return self.work.standing(name)

    def write_breach(self, name: str, *_: Any) -> bool:
        return True

    def excuse_breach(self, name: str, *_: Any) -> bool:
        return True

    def actions(self, vendor: str | None = None, about: Any = None) -> list[Any]:
        return [one for one in self.work.held if vendor in (None, one.vendor)]

    def action_effects(self, version: str, found: Any) -> Any:
        return self.work.effects()

    def today(self) -> date:
        return date(2026, 11, 16)

    def add_action(
        self, author: str, vendor: str, what: str, side: str, owner: str, due: Any, about: Any, *_: Any
    ) -> None:
        self.work.add(vendor, what, side, owner, due, about)

    def change_action(self, author: str, action: Any, text: str, state: str) -> bool:
        self.work.change(action, state)
        return True

    def brief(self, version: str, week: date, language: str) -> Any:
        return None if self.kind == "empty" else self.documents.brief(language)

    def quarters(self, version: str) -> tuple[str, ...]:
        return () if self.kind == "empty" else ("2026-Q3", "2026-Q4", "2026-Q2")

    def pack(self, version: str, vendor: str, quarter: str, edition: str, language: str) -> Any:
        return self.documents.pack(vendor, quarter, language)

    def pack_choice(self, vendor: str, quarter: str) -> Any:
        return self.documents.choice(vendor, quarter)

    def choose_for_pack(self, vendor: str, quarter: str, author: str, items: Any, own: Any, seen: int) -> bool:
        return self.documents.choose(vendor, quarter, author, items, own, seen)

    def document_file(self, document: Any, ending: str) -> bytes:
        return self.documents.file(document, ending)

    def sites_of(self, vendor: str) -> dict[str, str]:
        return {"north": "North *x*", "south": "South"} if vendor == "porto" else {"one": "One"}

    def past_days(self) -> tuple[date, date] | None:
        nothing = self.kind in ("not_loaded", "other_release", "broken")
        return None if nothing else (date(2026, 1, 5), date(2026, 11, 15))

    def places(self) -> dict[str, str]:
        return {"porto-site": "Porto Boavista"}


def _judged(vendor: VendorName, metric: str, value: float, half: float, baseline: float, n: int) -> dict[str, Any]:
    """What a judged row has besides: a like-for-like gap that is not the crude one, and a usual range."""
    found = {"variation": "usual", "assurance": "hit_and_miss" if metric in TARGETS else "no_target",
             "signal": "usual", "usual_low": value - 3 * half, "usual_high": value + 3 * half, "usual_mean": value,
             "usual_points": 53, "usual_trial": False}  # fmt: skip
    if vendor.in_house:
        return found
    crude = value - baseline
    basis = "like_for_like" if metric in METRICS else "as_it_stands"
    return found | {"crude_gap": crude - half, "crude_low": crude - 2 * half, "crude_high": crude,
                    "contacts_gap": -half, "reversal": False, "gap_basis": basis, "gap_n": 9 * n,
                    "gap_weeks": 13 if basis == "like_for_like" else 1, "support": 1.0, "detectable": half,
                    "margin": half}  # fmt: skip


def _verdict(metric: str, gap: float, half: float) -> str:
    """The verdict that such a gap would get."""
    direction = MEASURES[metric].direction
    if direction == "none":
        return "not_judged"
    if abs(gap) < half:
        return "equal"
    return "better" if (gap > 0) == (direction == "higher") else "worse"
