"""Stand-in breaches, intervals, contacts and actions: frames of the shapes that the answers have."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.answers.actions import Action
from pipelines.answers.breach_work import WORK, Standing, breach_id
from pipelines.answers.breaches import BREACHES, SPLIT
from pipelines.answers.contacts import COLUMNS, Account, Cell, Contacts, OneContact
from pipelines.answers.intervals import CELLS
from pipelines.answers.service_order import ORDER
from pipelines.measures.effect import Effect
from pipelines.warehouse import Note

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
OUTCOMES = ("answered", "answered", "abandoned_queue")


def missed(week: date, vendor: str, grain: str, kind: str, status: str = "open") -> pl.DataFrame:
    """Three missed targets of one queue; the last one excused by the forecast."""
    if kind == "empty":
        return pl.DataFrame(schema=BREACHES | WORK)
    rows = []
    for number in range(3):
        day = week + timedelta(days=number)
        minute = 600 + 30 * number if grain == "interval" else None
        start = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(minutes=30 * number)
        last = day + timedelta(days=6) if grain in ("week", "month") else day
        row: dict[str, Any] = dict.fromkeys(BREACHES) | {
            "vendor": vendor, "queue": "delivery_fr", "metric": "service_level", "clause_id": "sl", "grain": grain,
            "definition_id": "service_level.abandon_negative/<=20s", "start": start,
            "end": start + timedelta(minutes=30), "first_day": day, "last_day": last, "local_minute": minute,
            "value": 0.5 + number / 10, "numerator": 30.0, "denominator": 60.0, "offered": 60, "target": 0.8,
            "direction": "higher", "missed": True, "points_below": 30.0 - 10 * number, "affected": 30.0,
            "beyond_target": 18.0 - number, "longest_wait_s": 514.0, "value_relieved": 0.8, "excused": number == 2,
            "persistence": number + 1, "beyond_noise": (True, False, None)[number],
            "reason": "forecast" if number == 2 else None, "side": "vendor", "cause": "staffing",
            "money": Decimal("-120.50") if number < 2 else None,
            "money_from": week.replace(day=1) if number < 2 else None, "money_to": week if number < 2 else None,
            "currency": "EUR",
        }  # fmt: skip
        work = {"breach_id": breach_id(row), "status": status, "assignee": "Bo *x*", "cause_given": None,
                "waived": "![x](http://example.org/b.png) (Ana)" if number == 1 else None}  # fmt: skip
        rows.append(row | work)
    return pl.DataFrame(rows, schema=BREACHES | WORK)


def order(vendor: str, kind: str) -> pl.DataFrame:
    """Two queues: one in which every pattern is to be explained, one of which nothing can be told."""
    if kind == "empty":
        return pl.DataFrame(schema=ORDER)
    told = {
        "vendor": vendor, "queue": "delivery_fr", "threshold_s": 20.0, "answered": 7159, "overtaken": 208,
        "overtaken_late": 190, "overtaken_share": 208 / 7159, "window_s": 5, "before": 183, "after": 52,
        "ratio": 52 / 183, "usual_ratio": 0.71, "median_wait_s": 3.0, "p99_wait_s": 418.0, "longest_wait_s": 1200.0,
        "peak": 0.91, "peak_n": 3600.0, "off_peak": 0.87, "off_peak_n": 3559.0, "calls": 7159, "short": 430,
        "short_share": 0.06, "usual_short_share": 0.008, "short_by_agent_share": 0.9, "ended_by_agent_share": 0.2,
        "ended_known": 7000, "overtaking": "explain", "heaping": "explain", "short_calls": "explain",
    }  # fmt: skip
    few = dict.fromkeys(ORDER) | {
        "vendor": vendor, "queue": "orders_fr", "threshold_s": 20.0, "answered": 40, "overtaken": 0,
        "overtaken_late": 0, "overtaken_share": 0.0, "before": 0, "after": 0, "overtaking": "too_little",
        "heaping": "too_little", "short_calls": "too_little",
    }  # fmt: skip
    return pl.DataFrame([told, few], schema=ORDER)


def causes(week: date, vendor: str, grain: str, kind: str) -> pl.DataFrame:
    """The split of the missed targets: staffing most; one part can't be told."""
    found = missed(week, vendor, grain, kind)
    rows = [
        dict.fromkeys(SPLIT)
        | {name: row[name] for name in SPLIT if name in row}
        | {"n": 60.0, "planned": 0.8, "modelled": 0.52, "distance": -30.0, "plan": -2.0, "volume": -3.0,
           "volume_beyond": 0.0, "handle_time": None, "staffing": -24.0, "unexplained": -1.5, "misfit": 0.5,
           "modelled_share": 0.97, "told": ["volume", "staffing"], "cause": "staffing", "side": "vendor",
           "common_with": ["porto"]}
        for row in found.iter_rows(named=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SPLIT)


def interval_cells(week: date, vendors: tuple[str, ...], kind: str) -> pl.DataFrame:
    """A week of half-hours from ten to four: open ones, an empty one, one missing, Sunday closed, Saturday not yet."""
    if kind == "empty":
        return pl.DataFrame(schema=CELLS)
    rows = []
    for vendor in vendors:
        for step in range(7 * 12):
            day, place = divmod(step, 12)
            row: dict[str, Any] = dict.fromkeys(CELLS) | {
                "vendor": vendor, "local_date": week + timedelta(days=day), "local_minute": 600 + 30 * place,
                "interval_min": 30, "state": "closed" if day == 6 else "not_yet" if day == 5 else "open", "part": 0.0,
            }  # fmt: skip
            if day == 2 and place == 3:
                row |= {"state": "missing", "part": 1.0}
            elif day < 5:
                n = (zlib.crc32(f"{vendor}{step}".encode()) % 12) if (day, place) != (0, 0) else 0
                row |= {
                    "offered": n, "answered": n, "abandoned": 0, "service_level_n": 0.7 * n,
                    "service_level_of": n * 1.0,
                    "service_level_target": 0.8, "abandon_rate_n": 0.0, "abandon_rate_of": n * 1.0, "wait_s": 30.0 * n,
                    "waits": n, "longest_wait_s": 90.0, "threshold_s": 20.0, "forecast": 6.0, "logged_s": 3600.0,
                    "committed_s": 5400.0, "abandon_rate_target": 0.05,
                    "part": 0.5 if (day, place) == (1, 1) else 0.0,
                }  # fmt: skip
            rows.append(row)
    return pl.DataFrame(rows, schema=CELLS)


def _rows(cell: Cell) -> list[dict[str, Any]]:
    rows = []
    for number in range(6):
        at = datetime(cell.first_day.year, cell.first_day.month, cell.first_day.day, 9, number, tzinfo=UTC)
        rows.append(dict.fromkeys(COLUMNS) | {
            "queued_local": at.replace(tzinfo=None), "queued_at": at, "queue_code": "delivery_fr", "channel": "voice",
            "outcome": OUTCOMES[number % 3], "in_time": (True, False, None)[number % 3], "wait_s": 60.0 * (6 - number),
            "talk_s": 100.0, "hold_s": None, "acw_s": 5.0, "handle_s": 105.0, "transfer_out": "none",
            "repeat": ("again", "none", "open", "unknown")[number % 4],
            "again_at": at + timedelta(days=2) if number % 4 == 0 else None,
            "csat": 4.0 if number == 0 else None, "csat_of": 5.0 if number < 2 else None, "nps": None,
            "refund": Decimal("12.50") if number == 1 else None, "refund_currency": "EUR" if number == 1 else None,
            "reason_code": "=cmd|' /C calc'!A0", "leg_id": f"leg-{number}", "file_name": "calls *1*.csv",
            "source_row": 40 + number, "received_at": at, "resolved": True,
        })  # fmt: skip
    return rows


def contacts(cell: Cell, kind: str, most: int) -> Contacts:
    rows = [] if kind == "empty" else _rows(cell)
    frame = pl.DataFrame(rows, schema_overrides={"refund": pl.Decimal(18, 4)}, infer_schema_length=None)
    return Contacts(frame.head(most) if rows else pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String)), len(rows))


def account(cell: Cell, kind: str) -> Account:
    outcomes = pl.DataFrame({"outcome": ["answered", "abandoned_queue"], "contacts": [4, 2]})
    files = pl.DataFrame(
        {"file_name": [f"calls *{n}*.csv" for n in range(5)], "delivery_id": list("abcde"), "delivery_no": range(5),
         "contacts": [2, 1, 1, 1, 1]}
    )  # fmt: skip
    return Account(0, outcomes.clear(), files.clear()) if kind == "empty" else Account(6, outcomes, files)


def one_contact(cell: Cell, leg: str, kind: str) -> OneContact | None:
    row = next((row for row in _rows(cell) if row["leg_id"] == leg), None)
    if row is None or kind == "empty":
        return None
    versions = pl.DataFrame(
        [{"outcome": "answered", "wait_s": 60.0, "talk_s": 1.0, "hold_s": None, "acw_s": None, "delivery_no": number,
          "source_row": 40, "known_from": NOW, "known_to": None if number else NOW, "file_name": f"calls_{number}.csv",
          "delivery_id": f"d{number}", "received_at": NOW} for number in range(2)]
    )  # fmt: skip
    names = ("queued_at", "queue_code", "channel", "wait_s", "handle_s", "outcome", "transfer_out", "reason_code")
    visits = [
        {name: row[name] for name in (*names, "queued_local")}
        | {"vendor_code": vendor, "leg_id": own, "queued_at": row["queued_at"] + timedelta(days=days)}
        for vendor, own, days in ((cell.vendor, leg, 0), ("elsewhere", "other", 3))
    ]
    return OneContact(row | {"vendor_code": cell.vendor, "customer_id": 7}, versions, pl.DataFrame(visits))


class Work:
    """What people have said of breaches and actions, in memory."""

    def __init__(self) -> None:
        self.notes: dict[str, list[Note]] = {}
        self.held: list[Action] = []

    def standing(self, name: str) -> Standing:
        notes = tuple(self.notes.get(name, ()))
        return Standing("open", None, None, len(notes), notes)

    def add(self, vendor: str, what: str, side: Any, owner: str, due: date | None, about: Any) -> None:
        number = len(self.held) + 1
        note = Note(number, NOW, "Ana", "action", f"a{number}", None, "", {})
        kind, name = about or (None, None)
        self.held.append(
            Action(f"a{number}", vendor, what, side, owner, due, "open", kind, name, "service_level", None, NOW, "Ana",
                   NOW, "Ana", None, number, (note,))
        )  # fmt: skip

    def change(self, action: Action, state: Any) -> None:
        self.held = [replace(one, state=state) if one.action_id == action.action_id else one for one in self.held]

    def effects(self) -> dict[str, Effect]:
        found = Effect("better", date(2026, 6, 1), 0.7, 0.6, 0.8, 0.9, 20, 6)
        return {one.action_id: found for one in self.held}
