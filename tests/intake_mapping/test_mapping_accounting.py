"""The law of accounting: every row of a file is a canonical row, a reject, or left out by a declared rule."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.intake.delivery import take_in
from pipelines.intake.errors import DeliveryRefused
from tests.intake_mapping.conftest import KEY, RECEIVED, make_workspace, read_feed

HEADERS = ["id", "at", "queue", "outcome", "wait", "share", "who", "kind"]

#: Good and bad cells of every kind, as files hold them.
CELLS = {
    "id": ["1", "2", "a-3", " 4 ", "", "é", "=1+1"],
    "at": ["2026-05-04 10:00:00", "2025-10-26 02:15:00", "2025-03-30 02:30:00", "04/05/2026", "", "n/c", "1777880000"],
    "queue": ["Q1", "Q2", "Q3", "nowhere", "", "Q1;Q2", " Q1 "],
    "outcome": ["yes", "no", "", "perhaps", "YES"],
    "wait": ["12", "00:00:12", "-5", "1:30", "", "n/c", "12 s", "1e3", "inf", "1 200", "x"],
    "share": ["81,3 %", "0.5", "81,3", "", "abc", "%"],
    "who": ["+33612345678", "06 12 34 56 78", "anonymous", "", "c-1", "0"],
    "kind": ["call", "TOTAL", "test", "", "Moyenne"],
}
DATES = [
    "{from: at, tz: Europe/Paris}",
    "{from: at, tz: Europe/Paris, ambiguous: order, non_existent: 'null'}",
    "{from: at, format: ['%d/%m/%Y', unix, '%Y-%m-%d %H:%M:%S'], tz: UTC}",
    "{from: at, tz: {from: kind}}",
    "{from: at, tz: site}",
    "{from: at}",
]
CONTACTS = {
    "leg_id": ["{from: id}", "{expr: {join: [id, queue]}}", "{expr: {first_filled: [id, queue]}}"],
    "queued_at": DATES,
    "queue_code": [
        "{lookup: {system: acd, by: queue, gives: queue_code}}",
        "{from: queue, map: {Q1: orders, '*': returns}}",
        "{const: orders}",
    ],
    "outcome": [
        "{from: outcome, map: {'yes': answered, '': error}}",
        "{cases: [{field: wait, above: 10, then: timeout}, {then: answered}]}",
    ],
    "site_code": ["{lookup: {system: acd, by: [queue, kind], gives: site_code}}", "{const: tana_1}"],
    "wait_s": ["{from: wait, unit: s}",
    "{from: wait, unit: text, format: 'mm:ss'}", "{expr: {sum: [wait, wait]}, unit: s}"],
    "priority": ["{from: wait, null_is: 0}", "{from: share}"],
    "customer_ref": ["{from: who, hash: customer}"],
    "agent_ref": ["{from: who}"],
    "team": ["{from: queue, split: {by: ';', take: last}}", "{from: id, extract: '([0-9]+)'}"],
}  # fmt: skip
REPORTS = {
    "period_start_at": [*DATES, "{from: at, type: date}"],
    "granularity": ["{const: day}", "{from: kind, map: {'*': interval, '': day}}"],
    "queue_scope": ["{lookup: {system: acd, by: queue, gives: queue_code}}", "{const: '*'}"],
    "offered": ["{from: wait}"],
    "occupancy": ["{from: share, scale: percent}", "{from: share, scale: auto}"],
    "aht_s": ["{from: wait, unit: min}", "{from: wait}"],
}
RULES = [
    "{field: kind, drop_if_matches: '^moy', why: mean}",
    "{field: kind, keep_if_in: [call, TOTAL, ''], why: kind}",
    "{field: id, drop_if_null: true, why: no id}",
    "{field: wait, keep_if_matches: '[0-9]', why: no wait}",
]
TOTAL = "checks: [{total_row: '^total', field: kind, sum_of: [wait]}]"


@st.composite
def mappings(draw: st.DrawFn) -> str:
    table, columns = draw(st.sampled_from([("contacts", CONTACTS), ("sla_reports", REPORTS)]))
    needed = (
        "leg_id",
        "queued_at",
        "queue_code",
        "outcome",
        "period_start_at",
        "granularity",
        "queue_scope",
        "offered",
    )
    chosen = {
        name: draw(st.sampled_from(forms)) for name, forms in columns.items() if name in needed or draw(st.booleans())
    }
    rules = draw(st.lists(st.sampled_from(RULES), max_size=2, unique=True))
    return "\n".join(
        [
            f"mapping: {{id: m, version: 1, table: {table}, vendor: tana, system: acd}}",
            f"source: {{format: csv, files: '*', null_values: {draw(st.sampled_from(['[]', '[n/c]']))}}}",
            f"rows: [{', '.join(rules)}]",
            draw(st.sampled_from(["", TOTAL])),
            "columns:",
            *(f"  {name}: {form}" for name, form in chosen.items()),
        ]
    )


rows = st.lists(st.tuples(*(st.sampled_from(CELLS[name]) for name in HEADERS)), max_size=25)
ragged = st.lists(st.integers(0, 30), max_size=2)


def quoted(cell: str) -> str:
    return f'"{cell}"'


@settings(max_examples=150, deadline=None)
@given(mappings(), rows, ragged)
def test_every_row_of_a_file_is_accounted_for(mapping, records, broken):
    lines = [",".join(map(quoted, record)) for record in records]
    for place in broken:
        lines.insert(min(place, len(lines)), "too,few")
    text = "\n".join([",".join(HEADERS), *lines]) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_text(text, encoding="utf-8")
        with take_in(path, read_feed(mapping), make_workspace(Path(folder)), KEY, RECEIVED) as intake:
            batches = list(intake.batches)
    for batch in batches:
        check_batch(batch, intake.table)
    seen = pl.concat(
        [
            pl.concat([b.rows["source_row"], b.rejects["source_row"], b.dropped["source_row"]]) for b in batches
        ] or [pl.Series(dtype=pl.Int64)]
    )  # fmt: skip
    assert sorted(seen.unique()) == list(range(2, 2 + len(lines)))
    assert intake.summary.records_read == len(lines)
    if intake.table.name == "contacts":
        assert sum(batch.rows_read for batch in batches) == len(lines)


def check_batch(batch, table) -> None:
    assert batch.rows_read == batch.rows.height + batch.rows_rejected + batch.dropped.height
    assert batch.rejects["source_row"].n_unique() <= batch.rows_rejected <= batch.rejects.height
    assert batch.rows.schema == pl.Schema(
        {column.name: column.polars_type for column in table.columns} | {"source_row": pl.Int64()}
    )
    for column in table.columns:
        values = batch.rows[column.name]
        if column.required:
            assert values.null_count() == 0, column.name
        if column.choices:
            assert values.drop_nulls().is_in(column.choices).all(), column.name
        if column.minimum is not None:
            assert (values.drop_nulls() >= column.minimum).all(), column.name
    if table.name == "contacts":
        lost = set(batch.rejects["source_row"]) | set(batch.dropped["source_row"])
        assert lost.isdisjoint(batch.rows["source_row"])
    shown = batch.rejects.filter(pl.col("column") != "(record)")["raw_value"].drop_nulls().to_list()
    assert not any("612345678" in text or "06 12" in text for text in shown)


def test_the_same_file_in_smaller_batches_gives_the_same(tmp_path, monkeypatch):
    """Nothing depends on where a batch ends: neither totals, nor the clock of an ambiguous hour, nor codes."""
    mapping = """
mapping: {id: m, version: 1, table: contacts, vendor: tana, system: acd}
source: {format: csv, files: "*"}
checks: [{total_row: "^total", field: id, sum_of: [wait]}]
columns:
  leg_id: {from: id}
  queued_at: {from: at, tz: Europe/Paris, ambiguous: order}
  queue_code: {lookup: {system: acd, by: queue, gives: queue_code}}
  outcome: {const: answered}
  wait_s: {from: wait, unit: s}
  customer_ref: {from: who}
"""
    clock = [f"2025-10-26 {h:02}:{m:02}:00" for h in (1, 2, 2, 3) for m in range(0, 60, 5)]
    lines = [f"{i},{at},Q{1 + i % 2},{i},06000000{i:02}" for i, at in enumerate(clock)]
    lines += [f"total,,,{sum(range(len(clock)))},"]
    path = tmp_path / "file.csv"
    path.write_text("id,at,queue,wait,who\n" + "\n".join(lines) + "\n")
    workspace, feed = make_workspace(tmp_path), read_feed(mapping)

    def taken(size: int | None) -> tuple[pl.DataFrame, list]:
        with take_in(path, feed, workspace, KEY, RECEIVED) as intake:
            if size:
                whole = list(intake._raw.batches)
                intake._raw.batches = (part for frame in whole for part in frame.iter_slices(size))
            rows = pl.concat([batch.rows for batch in intake.batches])
        return rows, intake.summary.totals

    rows_whole, totals_whole = taken(None)
    assert rows_whole.height == len(clock)
    assert rows_whole["queued_at"].is_sorted()
    assert totals_whole[0].ok
    for size in (1, 5, 17):
        rows_cut, totals_cut = taken(size)
        assert rows_cut.equals(rows_whole)
        assert totals_cut == totals_whole


def test_a_refusal_while_batches_are_read_reaches_the_reader(tmp_path):
    mapping = """
mapping: {id: m, version: 1, table: contacts, vendor: tana, system: acd}
source: {format: csv, files: "*"}
completeness: {field: full, must_be: "yes"}
columns:
  leg_id: {from: id}
  queued_at: {from: at, tz: UTC}
  queue_code: {const: orders}
  outcome: {const: answered}
"""
    path = tmp_path / "file.csv"
    path.write_text("id,at,full\n1,2026-05-04 10:00:00,yes\n2,2026-05-04 10:00:00,no\n")
    with take_in(path, read_feed(mapping), make_workspace(tmp_path), KEY, RECEIVED) as intake:
        with pytest.raises(DeliveryRefused) as refused:
            list(intake.batches)
        assert refused.value.kind == "truncated_export"


def test_broken_lines_after_good_ones_are_rejects(take):
    """What is left of a frame of two pieces when the first holds no broken line begins with an empty piece."""
    mapping = """
mapping: {id: m, version: 1, table: contacts, vendor: tana, system: asterisk}
source: {format: queue_log, files: "*"}
columns:
  leg_id: {from: callid}
  queued_at: {from: enter_epoch, format: unix}
  queue_code: {const: orders}
  outcome: {const: abandoned_queue}
"""
    log = "1770000100|c2|Q|NONE|ENTERQUEUE||0612345678|1\n1770000115|c2|Q|NONE|ABANDON|1|1|15\n0612345678 garbage\n"
    taken = take(mapping, log)
    assert (taken.rows_read, taken.rows.height, taken.rejects["raw_value"].to_list()) == (
        2,
        1,
        ["(hidden, 18 characters)"],
    )
