"""Whatever the order in which overlapping deliveries are loaded, the result is the same, now and for the past."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.warehouse import Build, DeliveryMeta

from .conftest import a_workspace, contact, contents, delivery, load, load_together

Given = tuple[DeliveryMeta, list[dict[str, Any]]]
RECEIVED = datetime(2026, 3, 22, tzinfo=UTC)


@st.composite
def some_deliveries(draw: st.DrawFn, latest: bool = False) -> list[Given]:
    """Up to five files over the same few calls, with contradictions inside and between them."""
    found = []
    for number in range(draw(st.integers(2, 5))):
        calls = draw(
            st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), min_size=0, max_size=6)
        )
        rows = [
            contact(f"c{leg}", day=3 * leg + (talk == 2), customer_ref=f"k{leg % 2}", talk_s=float(talk),
                    updated_at=datetime(2026, 3, 9, updated, tzinfo=UTC) if latest else None)
            for leg, talk, updated in calls
        ]  # fmt: skip
        hours = draw(st.integers(0, 4))
        found.append((delivery(f"f{number}.csv", hours=hours, latest_by="updated_at" if latest else None), rows))
    return found


def _loaded(deliveries: list[Given], size: int, anew: bool = False) -> list[dict[str, Any]]:
    """What is in the warehouse after the deliveries: with the marts kept in step, and if wanted made anew."""
    instants = [RECEIVED + timedelta(hours=hours) for hours in (0, 1, 2, 3, 9)]
    with tempfile.TemporaryDirectory() as folder:
        workspace = a_workspace(Path(folder), window_hours=72)
        with Build.open(workspace) as build:
            for meta, rows in deliveries:
                done = load(build, meta, rows, size)
                assert done.rows_accounted == done.rows_read == len(rows)
                build.refresh_marts(workspace)
            found = [contents(build, instants)]
            if anew:
                build.con.execute("UPDATE meta SET value = 'another' WHERE name = 'marts.sql'")
                assert build.refresh_marts(workspace)
                found.append(contents(build, instants))
            return found


_FEW = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example takes a second: shrinking one would take minutes
)


@_FEW
@given(data=st.data(), latest=st.booleans(), size=st.sampled_from([1, 2, 100]))
def test_order_of_loading_leaves_no_trace(data: st.DataObject, latest: bool, size: int) -> None:
    deliveries = data.draw(some_deliveries(latest=latest))
    other = data.draw(st.permutations(deliveries))
    first, anew = _loaded(deliveries, 100, anew=True)
    (second,) = _loaded(other, size)
    assert first == anew
    assert first == second


@_FEW
@given(deliveries=some_deliveries())
def test_the_accounting_does_not_depend_on_batches(deliveries: list[Given]) -> None:
    found = []
    for size in (100, 1):
        with tempfile.TemporaryDirectory() as folder, Build.open(a_workspace(Path(folder))) as build:
            found.append([load(build, meta, rows, size) for meta, rows in deliveries])
    assert found[0] == found[1]


#: (hours, talk times of one call) of each file, and what the last file's rows are: loaded, restating, duplicate, stale.
_SELF_CONTRADICTING = {
    "brings back what an older file said": ([(0, [2]), (1, [0]), (1, [0, 2])], (0, 1, 1, 0)),
    "says the held row between two others": ([(1, [1]), (2, [0, 1, 2, 0])], (0, 1, 2, 1)),
}


@pytest.mark.parametrize("size", [100, 2, 1])
@pytest.mark.parametrize("story", _SELF_CONTRADICTING)
def test_a_file_that_contradicts_itself_counts_alike_in_any_batches(tmp_path: Path, story: str, size: int) -> None:
    files, told = _SELF_CONTRADICTING[story]
    with Build.open(a_workspace(tmp_path)) as build:
        for number, (hours, talks) in enumerate(files):
            rows = [contact("c1", talk_s=float(talk)) for talk in talks]
            done = load(build, delivery(f"f{number}.csv", hours=hours), rows, size)
    assert (done.rows_loaded, done.rows_restating, done.rows_duplicate, done.rows_stale) == told


def test_a_row_held_before_and_one_of_this_load_are_replaced_together(tmp_path: Path) -> None:
    """Deleting both kinds at once left one of them now and then (about one time in ten): hence the repetitions."""
    with Build.open(a_workspace(tmp_path)) as build:
        for number in range(12):
            legs = [f"{number}-{leg}" for leg in range(40)]
            load(build, delivery(f"a{number}.csv"), [contact(leg, talk_s=1.0) for leg in legs])
            own, held = legs[:20], legs[20:]
            pairs = [leg for pair in zip(own, held, strict=True) for leg in pair]
            rows = [contact(leg, talk_s=2.0) for leg in own] + [contact(leg, talk_s=3.0) for leg in pairs]
            load(build, delivery(f"b{number}.csv", hours=1), rows, 20)
            found = build.con.execute("SELECT count(*), count(DISTINCT leg_id), min(talk_s) FROM contacts").fetchall()
            assert found == [(40 * (number + 1), 40 * (number + 1), 3.0)]


@_FEW
@given(deliveries=some_deliveries(), size=st.sampled_from([1, 2, 100]))
def test_deliveries_stored_together_are_as_if_each_came_alone(deliveries: list[Given], size: int) -> None:
    """Files with nothing in common go in at once, others in their turn: it makes no difference."""
    apart = [(delivery(f"own{n}.csv"), [contact(f"own{n}-{leg}") for leg in range(3)]) for n in range(2)]
    given_ones = [apart[0], *deliveries, apart[1]]
    found = []
    for together in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            workspace = a_workspace(Path(folder))
            with Build.open(workspace) as build:
                if together:
                    accountings = load_together(build, given_ones, size)
                else:
                    accountings = [load(build, meta, rows, size) for meta, rows in given_ones]
                build.refresh_marts(workspace)
                dispositions = build.con.execute("SELECT * FROM row_dispositions ORDER BY ALL").fetchall()
                ledger = build.con.execute("SELECT * FROM deliveries ORDER BY delivery_no").fetchall()
                found.append((accountings, contents(build, [RECEIVED]), dispositions, ledger))
    assert found[0] == found[1]


def _expected_story(deliveries: list[Given], instant: datetime) -> dict[str, float]:
    """The rule, written plainly: of the rows known by then, the one of highest precedence for each key."""
    held: dict[str, tuple[Any, ...]] = {}
    for meta, rows in deliveries:
        for row in rows if meta.received_at <= instant else []:
            precedence = (row["updated_at"] or datetime.min.replace(tzinfo=UTC), meta.received_at, meta.file_name)
            candidate = (precedence, row["queued_at"], row["updated_at"], row["talk_s"])
            held[row["leg_id"]] = max(held.get(row["leg_id"], candidate), candidate, key=lambda one: one[0])
    return {leg: row[3] for leg, row in held.items()}


@_FEW
@given(deliveries=some_deliveries(latest=True))
def test_the_past_is_what_precedence_says(deliveries: list[Given]) -> None:
    instants = [RECEIVED + timedelta(hours=hours) for hours in range(6)]
    # rows that contradict each other with equal precedence are decided by content: leave one of each
    plain = [
        (meta, list({(row["leg_id"], row["updated_at"]): row for row in rows}.values())) for meta, rows in deliveries
    ]
    with tempfile.TemporaryDirectory() as folder:
        workspace = a_workspace(Path(folder))
        with Build.open(workspace) as build:
            for meta, rows in plain:
                load(build, meta, rows)
            for instant in instants:
                found = build.con.execute("SELECT leg_id, talk_s FROM contacts_as_of(?)", [instant]).fetchall()
                assert len(found) == len(dict(found))
                assert dict(found) == _expected_story(plain, instant)
            now = build.con.execute("SELECT leg_id, talk_s FROM contacts").fetchall()
            assert dict(now) == _expected_story(plain, instants[-1])
