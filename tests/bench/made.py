"""What the benchmark reads: a flat export of contacts, made by DuckDB, and a workspace that takes it in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb

FIRST_DAY = date(2025, 6, 30)
DAYS = 504
COLUMNS = {
    "Contact ID": "VARCHAR", "Queued (UTC)": "TIMESTAMP", "Answered (UTC)": "TIMESTAMP", "Ended (UTC)": "TIMESTAMP",
    "Queue": "VARCHAR", "Direction": "VARCHAR", "Outcome": "VARCHAR", "Queue wait s": "DOUBLE", "Talk s": "DOUBLE",
    "Hold s": "DOUBLE", "ACW s": "DOUBLE", "ANI": "VARCHAR", "Agent": "VARCHAR", "Reason": "VARCHAR",
    "Transferred": "VARCHAR", "DNIS": "VARCHAR", "Flow": "VARCHAR", "Media Type": "VARCHAR",
}  # fmt: skip

_EXPORT = """
COPY (
    SELECT 'C' || lpad((i * 7919 % 1000000007)::VARCHAR, 10, '0') AS "Contact ID",
           strftime(moment, '%Y-%m-%d %H:%M:%S') AS "Queued (UTC)",
           CASE WHEN gone THEN '' ELSE strftime(moment + to_seconds(wait), '%Y-%m-%d %H:%M:%S') END AS "Answered (UTC)",
           strftime(moment + to_seconds(wait + talk), '%Y-%m-%d %H:%M:%S') AS "Ended (UTC)",
           'Q_' || (hash(i + 11) % 8) AS "Queue", 'inbound' AS "Direction",
           CASE WHEN gone THEN 'Abandoned' ELSE 'Handled' END AS "Outcome",
           wait AS "Queue wait s", CASE WHEN NOT gone THEN talk END AS "Talk s",
           CASE WHEN NOT gone THEN talk // 5 END AS "Hold s", CASE WHEN NOT gone THEN 30 END AS "ACW s",
           '+336' || lpad((hash(i // 3) % (10 + $people))::VARCHAR, 8, '0') AS "ANI",
           'agent_' || (hash(i) % 400) AS "Agent", 'REASON_' || (hash(i + 1) % 12) AS "Reason",
           CASE WHEN i % 19 = 0 THEN 'Yes' ELSE 'No' END AS "Transferred",
           '+33800000000' AS "DNIS", 'IVR Main' AS "Flow", 'voice' AS "Media Type"
    FROM (
        SELECT i, $first::TIMESTAMP + to_seconds((i - $start) * $days * 86400 // $contacts) AS moment,
               (hash(i + 5) % 90)::BIGINT AS wait, (120 + hash(i + 9) % 600)::BIGINT AS talk,
               hash(i + 3) % 18 = 0 AS gone
        FROM range($start, $start + $contacts) AS t(i)
    )
) TO '{path}' (HEADER, DELIMITER ',')
"""


def write_export(path: Path, contacts: int, first: date = FIRST_DAY, days: int = DAYS, start: int = 0) -> None:
    """A flat CSV of ``contacts`` rows in order of arrival; one customer in about four rows is seen before."""
    values = {"people": max(contacts // 4, 1), "first": first.isoformat(), "start": start, "days": days}
    duckdb.execute(_EXPORT.replace("{path}", str(path)), {**values, "contacts": contacts})


def day_after(days: int = DAYS) -> date:
    """The day that follows the export's last one."""
    return FIRST_DAY + timedelta(days=days)


def write_workspace(folder: Path) -> None:
    """A workspace with one vendor whose feed is that export."""
    for part in ("terms", "feeds", "inbox/acme"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    queues = "\n".join(f"  queue_{i}: {{name: Queue {i}, channel: voice, language: fr}}" for i in range(8))
    aliases = "\n".join(f"  - {{system: flat, value: Q_{i}, queue: queue_{i}}}" for i in range(8))
    (folder / "workspace.yaml").write_text(
        "name: Benchmark\ncurrency: EUR\ntime_zone: Europe/Paris\nlanguages: [fr]\nprivacy: {phone_region: FR}\n"
        'as_of: "2026-12-01T00:00:00+00:00"\n'
    )
    (folder / "vendors.yaml").write_text(
        f"vendors:\n  acme: {{name: Acme, kind: outsourced, country: FR}}\n"
        f"sites:\n  paris: {{vendor: acme, name: Paris, tz: Europe/Paris}}\nqueues:\n{queues}\naliases:\n{aliases}\n"
    )
    (folder / "terms" / "acme.yaml").write_text(_TERMS)
    (folder / "feeds" / "acme_contacts.yaml").write_text(_FEED)


_TERMS = """
vendor: acme
terms:
  - id: acme-1
    valid_from: 2025-01-01
    report_tz: Europe/Paris
    interval_min: 30
    hours: {"*": [{days: all, open: "00:00", close: "24:00"}]}
    clauses:
      - {id: sl, metric: service_level, target: 0.8, threshold_s: 20, variant: short_excluded, short_abandon_s: 5}
"""

_FEED = """
mapping: {id: acme_contacts, version: 1, table: contacts, vendor: acme, system: flat}
source: {format: csv, files: "*.csv", encoding: utf-8}
columns:
  leg_id: {from: Contact ID}
  queue_code: {lookup: {system: flat, by: Queue, gives: queue_code}}
  direction: {from: Direction}
  queued_at: {from: Queued (UTC), type: datetime, format: "%Y-%m-%d %H:%M:%S", tz: UTC}
  answered_at: {from: Answered (UTC), type: datetime, format: "%Y-%m-%d %H:%M:%S", tz: UTC}
  ended_at: {from: Ended (UTC), type: datetime, format: "%Y-%m-%d %H:%M:%S", tz: UTC}
  outcome: {from: Outcome, map: {Handled: answered, Abandoned: abandoned_queue}}
  wait_s: {from: Queue wait s, type: duration, unit: s}
  talk_s: {from: Talk s, type: duration, unit: s}
  hold_s: {from: Hold s, type: duration, unit: s}
  acw_s: {from: ACW s, type: duration, unit: s}
  transfer_out: {from: Transferred, map: {"Yes": blind, "No": none}}
  agent_ref: {from: Agent, hash: agent}
  reason_code: {from: Reason}
  customer_ref: {from: ANI, hash: customer}
"""
