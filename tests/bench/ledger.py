"""A year of reported figures held against ten million contacts: ``python -m tests.bench.ledger``.

Eight vendors, 24 queues, every day reported: offered, answered, abandoned, service level, speed of answer, handle time.
From mid-year on one vendor drops short abandons, and one counts within another threshold. The marts are made by their
own statements from contacts that DuckDB makes up. Printed: wall and processor seconds of the ledger and the search of
all vendors, as a ratio to the bare reading of the same marts, and what was found.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.measures.reconcile import Reconciliation
from pipelines.trust.reperformance import reperform, reporting_vendors
from pipelines.warehouse.statements import text_of
from pipelines.workspace import Workspace, load_workspace
from pipelines.workspace.frames import clauses_frame

FIRST, DAYS, CHANGED = date(2025, 7, 1), 365, date(2026, 1, 1)
VENDORS, QUEUES = 8, 24
#: What these vendors report from the day of the change on, in place of what their terms say.
OTHERWISE = {
    "vendor_0": "answered_30 / (answered + abandoned - short)",
    "vendor_1": "answered_40 / (answered + abandoned)",
}
EXPECTED = {
    "vendor_0": "service_level.short_excluded/<=30s/short10s",
    "vendor_1": "service_level.abandon_negative/<=40s",
}
BARE = ("reconcile_days", "reconcile_waits", "reconcile_intervals", "reconcile_reported")

_CONTACTS = """
CREATE TABLE contacts AS
SELECT
    'vendor_' || (hash(i + 11) % $vendors) AS vendor_code, NULL::VARCHAR AS site_code,
    'queue_' || (hash(i + 17) % $queues) AS queue_code, 'voice' AS channel, 'inbound' AS direction,
    make_timestamptz(epoch_us(moment)) AS queued_at, moment::DATE AS local_date,
    (hour(moment) * 60 + minute(moment))::INTEGER AS local_minute,
    CASE WHEN patience < delay THEN 'abandoned_queue' ELSE 'answered' END AS outcome,
    least(patience, delay) AS wait_s, 0.0 AS ring_s, 0.0 AS ivr_s, make_timestamptz(epoch_us(moment)) AS arrived_at,
    120.0 + hash(i + 9) % 600 AS talk_s, (hash(i + 13) % 60)::DOUBLE AS hold_s, 30.0 AS acw_s,
    'none' AS transfer_out
FROM (
    SELECT
        i, $first::TIMESTAMP + to_seconds(86400 * (i * $days // $contacts) + 28800 + hash(i + 3) % 43200) AS moment,
        floor(-40 * ln((1 + hash(i + 5) % 99991) / 99992.0)) AS delay,
        floor(-150 * ln((1 + hash(i + 7) % 99989) / 99990.0)) AS patience
    FROM range($contacts) AS t(i)
)
"""
_COUNTS = """
CREATE TABLE counted AS
SELECT
    vendor_code, queue_code, local_date, count(*) AS offered, count(*) FILTER (outcome = 'answered') AS answered,
    count(*) FILTER (outcome <> 'answered') AS abandoned,
    count(*) FILTER (outcome = 'answered' AND wait_s <= 30) AS answered_30,
    count(*) FILTER (outcome = 'answered' AND wait_s <= 40) AS answered_40,
    count(*) FILTER (outcome <> 'answered' AND wait_s <= 10) AS short,
    avg(wait_s) FILTER (outcome = 'answered') AS asa, avg(talk_s + hold_s + acw_s) FILTER (outcome = 'answered') AS aht
FROM contacts GROUP BY ALL
"""
_REPORTS = """
INSERT INTO mart_report
SELECT
    vendor_code, 'made' AS source_system, queue_code AS queue_scope, local_date, 'day' AS granularity,
    make_timestamptz(epoch_us(local_date::TIMESTAMP)) AS period_start_at,
    make_timestamptz(epoch_us((local_date + 1)::TIMESTAMP)) AS period_end_at, '{metric}' AS metric,
    round({value}, {digits}) AS value, '{unit}' AS unit, {decimals} AS decimals, {scale} AS printed_scale,
    NULL AS numerator, NULL AS denominator, NULL AS definition_id, '{metric}' AS label_as_printed, NULL AS cell_ref,
    1 AS delivery_no, 1 AS source_row
FROM counted
"""
_EMPTY = """
CREATE TABLE scope_contact_counts (vendor_code VARCHAR, site_code VARCHAR, queue_code VARCHAR, channel VARCHAR,
    direction VARCHAR, internal BOOLEAN, granularity VARCHAR, local_date DATE, outcome VARCHAR, contacts BIGINT,
    wait_s DOUBLE, talk_s DOUBLE);
CREATE TABLE mart_repeat (vendor_code VARCHAR, site_code VARCHAR, queue_code VARCHAR, channel VARCHAR, local_date DATE,
    repeat_eligible BIGINT, repeated BIGINT, repeat_open BIGINT, repeat_unknown BIGINT);
CREATE TABLE mart_staffing (vendor_code VARCHAR, queue_code VARCHAR, local_date DATE, logged_s DOUBLE);
CREATE TABLE mart_survey (vendor_code VARCHAR, queue_code VARCHAR, local_date DATE, survey_type VARCHAR,
    question_code VARCHAR, n BIGINT, responses BIGINT, score_raw DOUBLE, scale_min DOUBLE, scale_max DOUBLE,
    excluded BOOLEAN);
CREATE TABLE mart_odd_contact (vendor_code VARCHAR, queue_code VARCHAR, local_date DATE);
CREATE TABLE mart_report (vendor_code VARCHAR, source_system VARCHAR, queue_scope VARCHAR, local_date DATE,
    granularity VARCHAR, period_start_at TIMESTAMPTZ, period_end_at TIMESTAMPTZ, metric VARCHAR, value DOUBLE,
    unit VARCHAR, decimals BIGINT, printed_scale DOUBLE, numerator DOUBLE, denominator DOUBLE, definition_id VARCHAR,
    label_as_printed VARCHAR, cell_ref VARCHAR, delivery_no INTEGER, source_row BIGINT);
CREATE TABLE deliveries AS SELECT 1 AS delivery_no, 'd1' AS delivery_id, 'report' AS file_name, now() AS received_at,
    NULL::VARCHAR AS vendor_code, 'sla_reports' AS table_name, NULL::DATE AS period_start, NULL::DATE AS period_end,
    0 AS rows_rejected, NULL::TIMESTAMPTZ AS superseded_at;
"""


def write_workspace(folder: Path) -> Workspace:
    """Eight vendors whose terms say 80 % in 30 s, every abandon counted."""
    (folder / "terms").mkdir(parents=True)
    (folder / "feeds").mkdir()
    queues = "\n".join(f"  queue_{i}: {{name: Queue {i}, channel: voice, language: fr}}" for i in range(QUEUES))
    vendors = "\n".join(f"  vendor_{i}: {{name: Vendor {i}, kind: outsourced, country: FR}}" for i in range(VENDORS))
    (folder / "workspace.yaml").write_text("name: Bench\ncurrency: EUR\ntime_zone: UTC\n")
    (folder / "vendors.yaml").write_text(f"vendors:\n{vendors}\nsites: {{}}\nqueues:\n{queues}\naliases: []\n")
    for number in range(VENDORS):
        code = f"vendor_{number}"
        (folder / "terms" / f"{code}.yaml").write_text(
            f"vendor: {code}\nterms:\n  - id: {code}_1\n    valid_from: 2025-01-01\n    report_tz: UTC\n"
            "    clauses:\n      - {id: sl, metric: service_level, target: 0.8, threshold_s: 30,"
            " variant: abandon_negative}\n"
        )
    return load_workspace(folder)


def make_marts(con: duckdb.DuckDBPyConnection, workspace: Workspace, contacts: int) -> None:
    """Contacts, and their marts by the statements that a run uses; what vendors report of them."""
    con.execute("SET TimeZone = 'UTC'")
    con.execute(
        _CONTACTS,
        {"vendors": VENDORS, "queues": QUEUES, "contacts": contacts, "days": DAYS, "first": FIRST.isoformat()},
    )
    con.execute(_EMPTY)
    con.execute("CREATE VIEW scope_contacts AS FROM contacts")
    con.execute("CREATE TABLE scope_days AS SELECT DISTINCT vendor_code, local_date FROM contacts")
    clauses = clauses_frame(workspace).with_row_index("clause_no").to_arrow()  # noqa: F841 - DuckDB reads it by name
    con.execute("CREATE TABLE clauses AS FROM clauses")
    con.execute(
        "CREATE TABLE terms AS SELECT DISTINCT vendor_code, valid_from, valid_to, interval_min, report_tz FROM clauses"
    )
    con.execute(text_of("sql", "clause_days"))
    for mart in ("mart_interval", "mart_day", "mart_wait"):
        con.execute(f"CREATE TABLE {mart} AS {text_of('marts', mart)}")
    con.execute(_COUNTS)
    level = "answered_30 / (answered + abandoned)"
    for vendor, formula in OTHERWISE.items():
        level = f"CASE WHEN vendor_code = '{vendor}' AND local_date >= DATE '{CHANGED}' THEN {formula} ELSE {level} END"
    for metric in ("offered", "answered", "abandoned"):
        _report(con, metric, metric, 0, "count", 0, 1)
    _report(con, "service_level", level, 3, "rate", 1, 100)
    _report(con, "asa_s", "asa", 0, "s", 0, 1)
    _report(con, "aht_s", "aht", 0, "s", 0, 1)


def _report(
    con: duckdb.DuckDBPyConnection, metric: str, value: str, digits: int, unit: str, decimals: int, scale: int
) -> None:
    con.execute(_REPORTS.format(metric=metric, value=value, digits=digits, unit=unit, decimals=decimals, scale=scale))


def reader_of(con: duckdb.DuckDBPyConnection) -> Callable[..., pl.DataFrame]:
    """What ``Reader.frame`` does, on these tables."""

    def read(name: str, **parameters: Any) -> pl.DataFrame:
        found = pl.from_arrow(con.sql(text_of("queries", name), params=parameters).to_arrow_table())
        assert isinstance(found, pl.DataFrame)
        return found

    return read


def _measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What the work gave, its wall and its processor seconds."""
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    found = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found, time.perf_counter() - wall, processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sightline-ledger-") as space:
        workspace = write_workspace(Path(space) / "workspace")
        with duckdb.connect(str(Path(space) / "marts.duckdb"), config={"threads": "2"}) as con:
            make_marts(con, workspace, chosen.contacts)
            read = reader_of(con)
            vendors = reporting_vendors(read)
            _, bare, bare_cpu = _measured(lambda: [read(name, vendor=one) for one in vendors for name in BARE])
            found, seconds, cpu = _measured(lambda: [reperform(workspace, one, read) for one in vendors])
    _print(found, chosen.contacts, (seconds, cpu), (bare, bare_cpu))


def _print(found: list[Reconciliation], contacts: int, took: tuple[float, float], bare: tuple[float, float]) -> None:
    figures = sum(one.ledger.height for one in found)
    print(
        f"{contacts:,} contacts, {figures:,} reported figures: {took[0]:.1f} s ({took[1]:.1f} s of processor),"
        f" {took[0] / bare[0]:.1f} times the bare reading of the marts ({bare[0]:.1f} s)"
    )
    for one in found:
        *_, last = one.explanations["service_level", "day"]
        wanted = EXPECTED.get(one.vendor)
        assert (last.definition == wanted) if wanted else last.is_terms, (one.vendor, last.definition)
        assert abs(last.first_day - CHANGED) <= timedelta(days=1) if wanted else last.fits == last.periods, last
        print(f"{one.vendor}: {last.definition} from {last.first_day}, {last.fits:,} of {last.periods:,} figures")


if __name__ == "__main__":
    main()
