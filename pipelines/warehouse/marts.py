"""Marts: small tables that pages and measures read, kept in step with what was loaded.

Each mart is one ``marts/<name>.sql``, a SELECT over the days in ``scope_days``. The same text therefore serves a first
build, the few days that a load has touched, and a look at the past. Work goes by slices of days, so memory does not
grow with the warehouse.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl

from pipelines.intake.schema import TABLES
from pipelines.warehouse.statements import HERE, first_row, number_of, statement, text_of
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame, queues_frame, rate_cards_frame, sites_frame, vendors_frame

#: Marts of the days that a load touched, and marts of those days and one repeat window around them.
TOUCHED = (
    "mart_interval", "mart_wait", "mart_survey", "mart_survey_offer", "mart_refund", "mart_order", "mart_staffing",
    "mart_report", "mart_overtake", "mart_odd_contact", "mart_clocked", "mart_ending", "mart_served",
    "mart_strata_service",
)  # fmt: skip
AROUND = ("mart_repeat", "mart_day", "mart_strata", "mart_asked")
MARTS = (*TOUCHED, *AROUND)

#: Canonical tables with a local date: those that marts are made of.
DATED = tuple(table for table in TABLES.values() if "local_date" in table.names)

#: Contacts in one slice of days: what is aggregated at once.
SLICE_CONTACTS = 2_000_000

#: Surveys and refunds that follow a contact within so many days are tied to it (``mart_strata.sql`` says so too).
LINKED_DAYS = 30

#: Statements that marts are made with besides their own.
_SHARED = (
    "strata_rules", "strata_days", "clause_days", "repeat_ends", "repeat_days", "nearby_contacts", "nearby_operations",
)  # fmt: skip

Days = list[tuple[str, date]]


def refresh(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> bool:
    """Bring every mart up to date, in one transaction; True if anything changed."""
    con.execute("BEGIN TRANSACTION")
    try:
        changed = _refresh(con, workspace)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return changed


def _refresh(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> bool:
    changed = _write_reference(con, workspace)
    _prepare(con, workspace)
    changed = _mark_changed_rules(con, workspace) or changed
    if not con.execute("SELECT 1 FROM stale_days LIMIT 1").fetchall():
        return _move_ends(con) or changed
    con.execute(text_of("sql", "linked_days"))
    stale = con.execute(
        "SELECT DISTINCT vendor_code, local_date FROM stale_days WHERE local_date IS NOT NULL"
    ).fetchall()
    for days in _slices(con, stale):
        _set_scope(con, days)
        con.execute(text_of("sql", "clause_days"))
        con.execute(text_of("sql", "strata_days"), _reach(days))
        for mart in TOUCHED:
            con.execute(_replace(mart))
    _move_ends(con)
    con.execute("DELETE FROM stale_days")
    return True


def _move_ends(con: duckdb.DuckDBPyConnection) -> bool:
    """Repeat contacts and day sums of the days whose answer may have changed."""
    con.execute(text_of("sql", "repeat_ends"))
    con.execute(text_of("sql", "repeat_days"))
    days = con.execute("SELECT vendor_code, local_date FROM repeat_days WHERE local_date IS NOT NULL").fetchall()
    con.execute("CREATE OR REPLACE TABLE repeat_end AS SELECT * FROM new_repeat_end")
    con.execute(text_of("sql", "nearby_operations"))
    window = timedelta(days=number_of(con, "SELECT days FROM repeat_rule"))
    for some in _slices(con, days):
        _set_scope(con, some)
        bounds = {"first_day": min(day for _, day in some) - window, "last_day": max(day for _, day in some) + window}
        con.execute(text_of("sql", "strata_days"), _reach(some, max(window, timedelta(days=LINKED_DAYS)), window))
        con.execute(text_of("sql", "nearby_contacts"), bounds)
        for mart in AROUND:
            con.execute(_replace(mart))
    con.execute("DROP TABLE IF EXISTS nearby_contacts")
    con.execute("DROP TABLE IF EXISTS nearby_operations")
    return bool(days)


def _prepare(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Create what the marts' statements read: the scope and the rule for repeat contacts; and the marts themselves."""
    rule = workspace.settings.repeat_contact
    con.execute("CREATE OR REPLACE TEMP TABLE scope_days (vendor_code VARCHAR, local_date DATE)")
    con.execute("CREATE TABLE IF NOT EXISTS repeat_end (vendor_code VARCHAR, ends_at TIMESTAMPTZ)")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repeat_rule AS SELECT ?::BIGINT AS window_us, ?::BOOLEAN AS same_reason,"
        " ?::BOOLEAN AS cross_vendor, ?::INTEGER AS days",
        # one day more than the window: operations in other zones have another local date at the same instant
        [rule.window_hours * 3_600_000_000, rule.same_reason, rule.cross_vendor, -(-rule.window_hours // 24) + 1],
    )
    for table in DATED:
        con.execute(statement("scope_view", table))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE company_clock AS SELECT ?::VARCHAR AS zone", [workspace.settings.time_zone]
    )
    con.execute(text_of("sql", "strata_rules"))
    con.execute(text_of("sql", "strata_days"), _reach([("", date.min)]))
    con.execute(text_of("sql", "clause_days"))
    written = _rule(con, "marts.sql")
    if written is not None and written != statements_fingerprint():
        for mart in MARTS:
            con.execute(text_of("sql", "drop_mart").replace("{mart}", mart))
    for mart in TOUCHED:
        con.execute(_create(mart))
    con.execute(text_of("sql", "nearby_operations"))
    con.execute(text_of("sql", "nearby_contacts"), {"first_day": date.min, "last_day": date.min})
    for mart in AROUND:
        con.execute(_create(mart))


def _reach(days: Days, before: timedelta = timedelta(0), after: timedelta = timedelta(0)) -> dict[str, date]:
    """First and last of ``days`` as parameters, moved apart by ``before`` and ``after``."""
    dates = [day for _, day in days]
    return {"first_day": min(dates) - before, "last_day": max(dates) + after}


def _create(mart: str) -> str:
    return text_of("sql", "create_mart").replace("{mart}", mart).replace("{select}", text_of("marts", mart))


def _replace(mart: str) -> str:
    return text_of("sql", "replace_mart").replace("{mart}", mart).replace("{select}", text_of("marts", mart))


def _set_scope(con: duckdb.DuckDBPyConnection, days: Days) -> None:
    frame = pl.DataFrame(days, schema={"vendor_code": pl.String, "local_date": pl.Date}, orient="row")
    con.register("wanted_days", frame.to_arrow())
    con.execute("DELETE FROM scope_days")
    con.execute("INSERT INTO scope_days SELECT * FROM wanted_days")
    con.unregister("wanted_days")


def _slices(con: duckdb.DuckDBPyConnection, days: Days) -> Iterator[Days]:
    """Cut days, in order of time, so that a slice holds about :data:`SLICE_CONTACTS` contacts (at least one day)."""
    if not days:
        return
    _set_scope(con, days)
    sizes = dict(con.execute("SELECT local_date, count(*) FROM scope_contacts GROUP BY local_date").fetchall())
    some: Days = []
    size = 0
    last: date | None = None
    for vendor, day in sorted(days, key=lambda pair: (pair[1], pair[0])):
        if day != last and size >= SLICE_CONTACTS:
            yield some
            some, size = [], 0
        if day != last:
            size += sizes.get(day, 0)
        last = day
        some.append((vendor, day))
    yield some


def _write_reference(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> bool:
    """Copy what the workspace says of vendors and terms into the warehouse; True if it differs from what is there."""
    frames = {
        "vendors": vendors_frame(workspace),
        "sites": sites_frame(workspace),
        "queues": queues_frame(workspace),
        "clauses": clauses_frame(workspace).with_row_index("clause_no"),
        "rate_cards": rate_cards_frame(workspace),
        "terms": terms_frame(workspace),
    }
    written = hashlib.sha256("".join(name + frame.write_json() for name, frame in frames.items()).encode()).hexdigest()
    if _rule(con, "reference") == written:
        return False
    for name, frame in frames.items():
        con.register("reference", frame.to_arrow())
        con.execute(text_of("sql", "write_reference").replace("{name}", name))
        con.unregister("reference")
    _set_rule(con, "reference", written)
    return True


def terms_frame(workspace: Workspace) -> pl.DataFrame:
    """One row per terms: dates (both included, null: without end), zone and interval of its reports."""
    rows = [
        {"terms_id": one.id, "vendor_code": vendor, "valid_from": one.valid_from, "valid_to": one.valid_to,
         "report_tz": one.report_tz, "interval_min": one.interval_min}
        for vendor, held in workspace.terms.items() for one in held
    ]  # fmt: skip
    schema: dict[str, Any] = {
        "terms_id": pl.String, "vendor_code": pl.String, "valid_from": pl.Date, "valid_to": pl.Date,
        "report_tz": pl.String, "interval_min": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _mark_changed_rules(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> bool:
    """Where terms or statements have changed since the marts were made, all days they bear on are out of date."""
    general = {
        "marts.sql": statements_fingerprint(),
        "marts.repeat": workspace.settings.repeat_contact.model_dump_json(),
        "marts.strata": _strata_rules(workspace),
    }
    if _changed(con, general):
        _mark_every_day(con, None)
        _changed(con, _vendor_rules(workspace))
        return True
    changed = _changed(con, _vendor_rules(workspace))
    for name in changed:
        _mark_every_day(con, name.removeprefix("marts.vendor."))
    return bool(changed)


def _vendor_rules(workspace: Workspace) -> dict[str, str]:
    """What a vendor's marts depend on: its service-level clauses, intervals and last day."""
    rules = {}
    for vendor, one in workspace.vendors.items():
        held = [
            [str(terms.valid_from), str(terms.valid_to), terms.interval_min,
             [clause.model_dump_json() for clause in terms.clauses if clause.metric == "service_level"]]
            for terms in workspace.terms.get(vendor, [])
        ]  # fmt: skip
        rules[f"marts.vendor.{vendor}"] = _digest(json.dumps([held, str(one.ended_on)]))
    return rules


def _strata_rules(workspace: Workspace) -> str:
    """What every vendor's strata depend on: the client's clock, queues' languages, all service-level clauses."""
    names = ("vendor_code", "threshold_s", "inclusive", "clock_start", "short_abandon_s")
    clauses = clauses_frame(workspace).filter(pl.col("metric") == "service_level").select(names).unique().sort(names)
    kinds = {code: vendor.kind for code, vendor in workspace.vendors.items()}
    queues = {code: [queue.language, queue.channel] for code, queue in workspace.queues.items()}
    return _digest(json.dumps([workspace.settings.time_zone, queues, kinds, clauses.rows()], sort_keys=True))


def _changed(con: duckdb.DuckDBPyConnection, rules: dict[str, str]) -> list[str]:
    changed = [name for name, value in rules.items() if _rule(con, name) != value]
    for name in changed:
        _set_rule(con, name, rules[name])
    return changed


def _mark_every_day(con: duckdb.DuckDBPyConnection, vendor: str | None) -> None:
    for table in DATED:
        con.execute(statement("every_day", table), {"vendor": vendor})


def statements_fingerprint() -> str:
    """Changes when a statement of a mart does: a new release of the program makes its marts anew."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((HERE / "marts").glob("*.sql"))]
    shared = [text_of("sql", name) for name in _SHARED]
    return _digest("".join([*texts, *shared]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _rule(con: duckdb.DuckDBPyConnection, name: str) -> str | None:
    row = first_row(con, "SELECT value FROM meta WHERE name = ?", [name])
    return None if row is None else str(row[0])


def _set_rule(con: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    con.execute("DELETE FROM meta WHERE name = ?", [name])
    con.execute("INSERT INTO meta VALUES (?, ?)", [name, value])
