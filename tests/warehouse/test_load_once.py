"""Deliveries are loaded once, every row is accounted for, and nothing that was received is forgotten."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.warehouse import AccountingError, Build, BuildLocked
from pipelines.warehouse.keys import KeysSoFar
from pipelines.warehouse.load import _Load
from pipelines.workspace import Workspace

from .conftest import Batch, HandMade, a_workspace, contact, contents, delivery, frame, load, load_together

RECEIVED = datetime(2026, 3, 22, tzinfo=UTC)


def calls(number: int = 20, **more: Any) -> list[dict[str, Any]]:
    return [contact(f"c{n}", day=n % 3, customer_ref=f"k{n % 4}", **more) for n in range(number)]


def rows_of(build: Build, disposition: str) -> list[tuple[Any, ...]]:
    return build.con.execute(
        "SELECT source_row, reason, row_key, other_delivery_no, other_source_row FROM row_dispositions"
        " WHERE disposition = ? ORDER BY ALL",
        [disposition],
    ).fetchall()


@pytest.mark.parametrize("most", [20, 5_000, 2**64 - 1])
def test_a_key_that_came_in_an_earlier_batch_is_known_again(most: int) -> None:
    """As a set would say, over few and many keys, from one end of their range to the other."""
    rng = np.random.default_rng(5)
    keys, seen = KeysSoFar(), set()
    for number in range(60):
        batch = rng.integers(0, most, int(rng.integers(0, 40)), dtype=np.uint64, endpoint=True)
        if number == 30:
            batch = np.append(batch, np.array([0, 2**64 - 1], dtype=np.uint64))
        some = batch.tolist()
        assert keys.add(batch) == (len(set(some)) < len(some) or not seen.isdisjoint(some))
        seen.update(some)


@pytest.mark.parametrize("size", [3, 7, 1000])
def test_every_row_has_one_fate(workspace: Workspace, size: int) -> None:
    with Build.open(workspace) as build:
        first = load(build, delivery("a.csv"), calls(), size)
        assert (first.rows_read, first.rows_loaded, first.rows_accounted) == (20, 20, 20)
        changed = [*calls(12), contact("c12", second=40_000), contact("new"), *calls(2)]
        second = load(build, delivery("b.csv", hours=24), changed, size)
        assert (second.rows_duplicate, second.rows_restating, second.rows_loaded, second.rows_stale) == (14, 1, 1, 0)
        older = load(
            build, delivery("c.csv", hours=12), [contact("c0", talk_s=1.0), contact("c1", day=1, customer_ref="k1")]
        )
        assert (older.rows_stale, older.rows_duplicate, older.rows_accounted) == (1, 1, 2)
        # every number opens to its rows, and to the row that decided
        assert len(rows_of(build, "duplicate")) == 15
        assert rows_of(build, "restating") == [(14, "replaces the held row", "north | acd | c12", 1, 14)]
        assert rows_of(build, "stale") == [(2, "older than the held row", "north | acd | c0", 1, 2)]


def test_rejected_and_dropped_rows_are_kept_with_their_reason(workspace: Workspace) -> None:
    rejects = pl.DataFrame(
        {"source_row": [30, 30, 31], "line": [30, 30, 32], "column": ["wait_s", "talk_s", "wait_s"],
         "raw_value": ["x", None, "-1"], "reason": ["not a number", "missing", "below 0"]}
    )  # fmt: skip
    dropped = pl.DataFrame({"source_row": [40, 41, 42], "rule": ["test calls", "test calls", "internal"]})
    with Build.open(workspace) as build:
        done = build.load(delivery(), HandMade([Batch(frame("contacts", calls(5)), rejects, dropped)]))
        assert (done.rows_read, done.rows_rejected, done.rows_dropped) == (10, 2, {"test calls": 2, "internal": 1})
        kept = build.con.execute(
            "SELECT source_row, line, column_name, raw_value, reason FROM rejects ORDER BY ALL"
        ).fetchall()
        assert kept[0] == (30, 30, "talk_s", None, "missing")
        assert [row[:2] for row in rows_of(build, "dropped")] == [
            (40, "test calls"),
            (41, "test calls"),
            (42, "internal"),
        ]
        assert [row[0] for row in rows_of(build, "rejected")] == [30, 31]
        ledger = build.con.execute(
            "SELECT status, rows_dropped_json, period_start, period_end FROM deliveries"
        ).fetchall()
        assert ledger[0][:2] == ("accepted_with_warnings", '{"internal": 1, "test calls": 2}')


def test_rows_that_do_not_add_up_load_nothing(workspace: Workspace) -> None:
    lost = SimpleNamespace(**{**vars(Batch(frame("contacts", calls(5)))), "rows_read": 6})
    with Build.open(workspace) as build:
        with pytest.raises(AccountingError):
            build.load(delivery(), HandMade([lost]))  # type: ignore[list-item]
        assert contents_are_empty(build)


def contents_are_empty(build: Build) -> bool:
    tables = ("contacts", "contacts_history", "row_dispositions", "rejects", "stale_days", "customers")
    return not any(build.con.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall() for table in tables)


class Refused(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


def test_a_refused_delivery_leaves_its_reason_and_no_rows(workspace: Workspace) -> None:
    meta = delivery()
    refused = Refused("truncated_export", "the last line ends in the middle of a cell")
    with Build.open(workspace) as build:
        with pytest.raises(Refused):
            build.load(meta, HandMade([Batch(frame("contacts", calls()))], fails=refused))
        assert not build.known(meta.sha256, meta.mapping_id, 1)
        build.refuse(meta, refused)
        assert contents_are_empty(build)
        assert build.known(meta.sha256, meta.mapping_id, 1)
        assert build.con.execute("SELECT status, refused_kind, message, rows_read FROM deliveries").fetchall() == [
            ("quarantined", "truncated_export", "the last line ends in the middle of a cell", 0)
        ]


def test_the_same_content_is_loaded_once(workspace: Workspace) -> None:
    meta = delivery()
    with Build.open(workspace) as build:
        load(build, meta, calls())
        assert build.known(meta.sha256, meta.mapping_id, meta.mapping_version)
        with pytest.raises(ValueError, match="loaded already"):
            load(build, meta, calls())


@pytest.mark.parametrize("size", [4, 1000])
def test_the_same_rows_in_another_order_change_nothing(workspace: Workspace, size: int) -> None:
    with Build.open(workspace) as build:
        load(build, delivery("a.csv"), calls())
        build.refresh_marts(workspace)
        before = contents(build, [RECEIVED, RECEIVED + timedelta(days=9)])
        done = load(build, delivery("a (1).csv", hours=50), list(reversed(calls())), size)
        assert done.rows_duplicate == done.rows_read == 20
        assert build.con.execute("SELECT count(*) FROM stale_days").fetchall() == [(0,)]
        build.refresh_marts(workspace)
        assert contents(build, [RECEIVED, RECEIVED + timedelta(days=9)]) == before
        assert build.con.execute("SELECT status FROM deliveries ORDER BY delivery_no").fetchall()[1] == ("duplicate",)


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_key_that_comes_often_in_one_file_counts_once(workspace: Workspace, size: int) -> None:
    """A log of changes: the newest by the sender's own instant holds, the others are stale; batches don't matter."""
    log = [contact("c1", updated_at=datetime(2026, 3, 5, hour, tzinfo=UTC), acw_s=float(hour)) for hour in (3, 9, 1, 5)]
    with Build.open(workspace) as build:
        done = load(build, delivery("log.csv", latest_by="updated_at"), [*log, contact("c2")], size)
        assert (done.rows_loaded, done.rows_stale, done.rows_restating) == (2, 3, 0)
        assert build.con.execute("SELECT acw_s FROM contacts WHERE leg_id = 'c1'").fetchall() == [(9.0,)]
        again = load(build, delivery("log2.csv", hours=5, latest_by="updated_at"), [*log[::-1]], size)
        assert build.con.execute("SELECT acw_s FROM contacts WHERE leg_id = 'c1'").fetchall() == [(9.0,)]
        assert again.rows_loaded == again.rows_restating == 0


def test_newest_by_the_senders_instant_wins_over_reception(workspace: Workspace) -> None:
    late = contact("c1", updated_at=datetime(2026, 3, 6, tzinfo=UTC), talk_s=2.0)
    early = contact("c1", updated_at=datetime(2026, 3, 5, tzinfo=UTC), talk_s=1.0)
    with Build.open(workspace) as build:
        load(build, delivery("a.csv", latest_by="updated_at"), [late])
        assert load(build, delivery("b.csv", hours=9, latest_by="updated_at"), [early]).rows_stale == 1
        assert build.con.execute("SELECT talk_s FROM contacts").fetchall() == [(2.0,)]


def test_latest_by_needs_an_order(workspace: Workspace) -> None:
    with Build.open(workspace) as build:
        for name in ("agent_ref", "no_such_column"):
            with pytest.raises(ValueError, match="latest_by"):
                load(build, delivery(latest_by=name), calls())


def test_a_changed_mapping_takes_the_file_in_again(workspace: Workspace) -> None:
    """What the new version no longer yields goes to history; what was known last month can still be asked."""
    with Build.open(workspace) as build:
        load(build, delivery("a.csv"), calls(6))
        load(build, delivery("other.csv", hours=1), [contact("c5", day=2, customer_ref="k1", talk_s=5.0), contact("z")])
        again = delivery("a.csv", version=2)
        assert not build.known(again.sha256, again.mapping_id, 2)
        done = load(build, again, [*calls(3), contact("c3", talk_s=77.0), contact("c9")])
        assert (done.rows_duplicate, done.rows_restating, done.rows_loaded) == (3, 1, 1)
        held = {row[0]: row[1] for row in build.con.execute("SELECT leg_id, talk_s FROM contacts").fetchall()}
        assert held == {"c0": 200, "c1": 200, "c2": 200, "c3": 77, "c5": 5, "c9": 200, "z": 200}
        before = build.con.execute(
            "SELECT leg_id FROM contacts_as_of(?) ORDER BY 1", [again.loaded_at - timedelta(days=1)]
        )
        assert [row[0] for row in before.fetchall()] == ["c0", "c1", "c2", "c3", "c4", "c5", "z"]
        assert not build.known(again.sha256, again.mapping_id, 1)


def test_a_row_that_was_older_gets_its_turn_when_the_newer_is_withdrawn(workspace: Workspace) -> None:
    with Build.open(workspace) as build:
        load(build, delivery("new.csv", hours=5), [contact("c1", talk_s=5.0)])
        assert load(build, delivery("old.csv"), [contact("c1", talk_s=1.0)]).rows_stale == 1
        load(build, delivery("new.csv", hours=5, version=2), [contact("c2")])
        assert build.con.execute("SELECT leg_id, talk_s FROM contacts ORDER BY 1").fetchall() == [
            ("c1", 1.0),
            ("c2", 200.0),
        ]


def test_a_mapping_that_now_refuses_the_file_withdraws_its_rows(workspace: Workspace) -> None:
    with Build.open(workspace) as build:
        load(build, delivery("a.csv"), calls())
        build.refuse(delivery("a.csv", version=2), Refused("unexpected_columns", "no column 'Wait'"))
        assert build.con.execute("SELECT count(*) FROM contacts").fetchall() == [(0,)]
        assert load(build, delivery("a.csv", version=3), calls()).rows_loaded == 20


def test_batches_do_not_pile_up_in_memory(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction must not hold on to the batches it has stored: memory would grow with the file."""
    stored: list[weakref.ref[Any]] = []
    number = _Load._number

    def noted(self: _Load, name: str) -> int:
        if self.batch is not None:
            stored.append(weakref.ref(self.batch))
        return number(self, name)

    def batches() -> Iterator[Batch]:
        for part in range(6):
            yield Batch(frame("contacts", [contact(f"c{part}-{n}") for n in range(10)]))
            gc.collect()
            assert not [one for one in stored if one() is not None]

    monkeypatch.setattr(_Load, "_number", noted)
    with Build.open(workspace) as build:
        given: Any = SimpleNamespace(batches=batches(), summary=None)
        assert build.load(delivery(), given).rows_loaded == 60
    assert len(stored) == 6  # one statement for each batch


def test_of_deliveries_stored_together_all_go_in_or_none(workspace: Workspace) -> None:
    """One that is at fault takes its neighbours with it; the ledger and the rows stay as they were."""
    good = [(delivery(f"{name}.csv"), [contact(f"{name}{n}") for n in range(3)]) for name in "ab"]
    with Build.open(workspace) as build:
        load_together(build, good[:1], 10)
        with pytest.raises(ValueError, match="loaded already"):
            load_together(build, [good[1], good[0]], 10)
        assert build.con.execute("SELECT count(*), (SELECT count(*) FROM deliveries) FROM contacts").fetchall() == [
            (3, 1)
        ]


def test_a_second_loader_is_turned_away(workspace: Workspace) -> None:
    with Build.open(workspace), pytest.raises(BuildLocked, match="another run"):
        Build.open(workspace)
    Build.open(workspace).close()


def test_an_unreadable_build_is_set_aside_and_filled_again(workspace: Workspace) -> None:
    with Build.open(workspace) as build:
        load(build, delivery(), calls())
    build.file.write_bytes(b"not a database" * 1000)
    with Build.open(workspace) as build:
        assert load(build, delivery(), calls()).rows_loaded == 20
        assert (workspace.state / "build.set_aside.duckdb").exists()


def test_customers_are_numbers_and_the_same_customer_is_one(workspace: Workspace) -> None:
    with Build.open(workspace) as build:
        load(build, delivery("a.csv"), calls(), size=6)
        load(build, delivery("b.csv", hours=1), [contact("x", customer_ref="k0"), contact("y", customer_ref="k9")])
        numbers = build.con.execute("SELECT customer_id, customer_ref FROM customers ORDER BY 1").fetchall()
        assert [number for number, _ in numbers] == [1, 2, 3, 4, 5]
        assert {ref for _, ref in numbers} == {"k0", "k1", "k2", "k3", "k9"}
        refs = build.con.execute(
            "SELECT customer_ref FROM contacts JOIN customers USING (customer_id) WHERE leg_id IN ('c0', 'x')"
        )
        assert refs.fetchall() == [("k0",), ("k0",)]


def test_workspaces_do_not_share_a_build(tmp_path: Any) -> None:
    one, two = a_workspace(tmp_path / "one"), a_workspace(tmp_path / "two")
    with Build.open(one) as first, Build.open(two) as second:
        load(first, delivery(), calls())
        assert second.con.execute("SELECT count(*) FROM contacts").fetchall() == [(0,)]
