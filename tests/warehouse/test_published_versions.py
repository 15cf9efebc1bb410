"""A published version is whole, immutable and served until a newer one is; readers can do nothing but read."""

from __future__ import annotations

import os
import random
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.warehouse import (
    Build,
    NothingPublished,
    OtherRelease,
    PublishError,
    QueryTimeout,
    Reader,
    publish,
    reader,
)
from pipelines.workspace import Workspace

from .conftest import a_workspace, contact, delivery, load

SPAN = {"first_day": "2026-01-01", "last_day": "2026-12-31"}


def publish_calls(workspace: Workspace, name: str, legs: range) -> str:
    with Build.open(workspace) as build:
        load(build, delivery(name, hours=legs.start), [contact(f"c{n}", day=n % 3) for n in legs])
        build.refresh_marts(workspace)
        return build.publish()


def offered(one: Reader) -> int:
    return int(one.frame("week_counts", **SPAN)["offered"].sum())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with one version of three contacts. To be read only: its tests share it."""
    workspace = a_workspace(tmp_path_factory.mktemp("served"))
    publish_calls(workspace, "a.csv", range(3))
    return workspace


@pytest.fixture(scope="module")
def two_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a workspace with two versions, of 10 and of 20 contacts."""
    folder = tmp_path_factory.mktemp("two")
    publish_calls(a_workspace(folder), "a.csv", range(10))
    publish_calls(a_workspace(folder), "b.csv", range(10, 20))
    return folder


@pytest.fixture
def two_versions(two_made: Path, tmp_path: Path) -> Workspace:
    """A copy of a workspace with two versions, of 10 and of 20 contacts."""
    return a_workspace(Path(shutil.copytree(two_made, tmp_path / "two")))


def test_nothing_is_served_before_the_first_version(workspace: Workspace) -> None:
    with pytest.raises(NothingPublished, match="run the pipeline first"):
        Reader.open(workspace.state)


def test_a_version_of_another_release_is_told_and_brought_up_to_date(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_calls(workspace, "a.csv", range(10))
    with monkeypatch.context() as another:
        another.setattr(reader, "statements_fingerprint", lambda: "of another release")
        with pytest.raises(OtherRelease, match=r"warehouse_1 .*python -m pipelines run"):
            Reader.open(workspace.state)
    with Reader.open(workspace.state) as one:
        assert offered(one) == 10


def test_a_reader_keeps_its_version_while_a_newer_one_is_published(workspace: Workspace) -> None:
    assert publish_calls(workspace, "a.csv", range(10)) == "warehouse_1"
    with Reader.open(workspace.state) as old:
        assert publish_calls(workspace, "b.csv", range(10, 25)) == "warehouse_2"
        with Reader.open(workspace.state) as new:
            assert (old.version, offered(old)) == ("warehouse_1", 10)
            assert (new.version, offered(new)) == ("warehouse_2", 25)
            assert offered(old) == 10


def test_readers_never_see_half_a_version(workspace: Workspace) -> None:
    """Every version has as many contacts by interval as by day, and versions only go forward."""
    publish_calls(workspace, "f0.csv", range(5))
    stop = threading.Event()
    seen: list[tuple[int, int, int]] = []
    problems: list[BaseException] = []

    def read() -> None:
        try:
            while not stop.is_set():
                with Reader.open(workspace.state) as one:
                    days = int(one.frame("day_coverage", **SPAN)["contacts"].sum())
                    seen.append((int(one.version.removeprefix("warehouse_")), offered(one), days))
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(1, 7):
        publish_calls(workspace, f"f{number}.csv", range(5 * number, 5 * number + 5))
    stop.set()
    thread.join()
    assert not problems
    assert [version for version, _, _ in seen] == sorted(version for version, _, _ in seen)
    assert all(by_week == by_day == 5 * version for version, by_week, by_day in seen)


def test_the_last_three_versions_are_kept_and_can_be_opened_by_name(workspace: Workspace) -> None:
    for number in range(5):
        publish_calls(workspace, f"{number}.csv", range(5 * number, 5 * number + 5))
    assert publish.version_numbers(workspace.state) == [3, 4, 5]
    with Reader.open(workspace.state, "warehouse_3") as one:
        assert offered(one) == 15
    with pytest.raises(NothingPublished, match="only the last versions"):
        Reader.open(workspace.state, "warehouse_1")
    for name in ("../build", "warehouse_3.duckdb", "warehouse_", "/etc/passwd", "warehouse_3\x00"):
        with pytest.raises(ValueError, match="not the name of a version"):
            Reader.open(workspace.state, name)


def test_a_version_is_never_written_again(workspace: Workspace) -> None:
    publish_calls(workspace, "a.csv", range(10))
    path = publish.version_file(workspace.state, "warehouse_1")
    before = (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
    publish_calls(workspace, "b.csv", range(10, 20))
    assert (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) == before
    assert path.stat().st_mode & 0o222 == 0


@pytest.mark.parametrize("step", ["copyfile", "sync_file", "check_version", "replace", "_write_pointer"])
def test_a_disk_that_fails_leaves_the_old_version_served(
    two_versions: Workspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    workspace = two_versions

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    owner = {"copyfile": publish.shutil, "replace": publish.os}.get(step, publish)
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, fail)
        with pytest.raises(OSError, match="No space left"):
            publish_calls(workspace, "c.csv", range(20, 30))
    assert not list((workspace.state / "versions").glob("*.partial"))
    with Reader.open(workspace.state) as one:
        assert (one.version, offered(one)) == ("warehouse_2", 20)
    with Build.open(workspace) as build:  # and the next run goes on from what was loaded
        build.refresh_marts(workspace)
        build.publish()
    with Reader.open(workspace.state) as one:
        assert offered(one) == 30


def test_sums_that_disagree_are_not_published(workspace: Workspace) -> None:
    publish_calls(workspace, "a.csv", range(10))
    with Build.open(workspace) as build:
        build.con.execute("UPDATE mart_day SET offered = offered + 1")
        with pytest.raises(PublishError, match="contacts offered by day"):
            build.publish()
        assert build.published == "warehouse_1"


def test_days_that_are_out_of_date_are_not_published(workspace: Workspace) -> None:
    with Build.open(workspace) as build:
        build.refresh_marts(workspace)
        load(build, delivery(), [contact("c1")])
        with pytest.raises(PublishError, match="out of date"):
            build.publish()


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "gone", "other"])
def test_a_damaged_pointer_falls_back_to_the_newest_version(two_versions: Workspace, damage: str) -> None:
    current = two_versions.state / "CURRENT"
    text = current.read_text()
    if damage == "gone":
        current.unlink()
    else:
        current.write_text({"cut": text[:15], "flip": text.replace("_2", "_1"), "empty": "", "other": '["x"]'}[damage])
    with Reader.open(two_versions.state) as one:
        assert (one.version, offered(one)) == ("warehouse_2", 20)


def test_a_truncated_version_gives_way_to_the_one_before(two_versions: Workspace) -> None:
    path = publish.version_file(two_versions.state, "warehouse_2")
    path.chmod(0o644)
    os.truncate(path, path.stat().st_size // 2)
    with Reader.open(two_versions.state) as one:
        assert (one.version, offered(one)) == ("warehouse_1", 10)


def test_a_flipped_byte_is_an_error_or_changes_nothing(workspace: Workspace) -> None:
    publish_calls(workspace, "a.csv", range(30))
    path = publish.version_file(workspace.state, "warehouse_1")
    whole = path.read_bytes()
    chance = random.Random(7)
    for number in range(25):
        place = chance.randrange(len(whole))
        copy = publish.version_file(workspace.state, f"warehouse_{number + 100}")
        copy.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])
        try:
            with Reader.open(workspace.state, copy.stem) as one:
                assert offered(one) == 30
        except duckdb.Error:
            pass  # detected
        copy.unlink()


HOSTILE = (
    "SELECT * FROM read_csv('/etc/passwd', header = false, delim = ':')",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY contacts FROM '/etc/passwd'",
    "EXPORT DATABASE '{folder}/out'",
    "ATTACH '{folder}/other.duckdb'",
    "ATTACH '{state}/build.duckdb'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET memory_limit = '100GB'",
    "SET threads = 64",
    "SET extension_directory = '{folder}'",
    "SET TimeZone = 'Asia/Tokyo'",
    "RESET memory_limit",
    "PRAGMA enable_logging",
    "INSERT INTO contacts (leg_id) VALUES ('x')",
    "DELETE FROM contacts",
    "DROP TABLE contacts",
    "CREATE TABLE x (a INTEGER)",
    "SELECT * FROM python_variable",
)


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_reader_can_do_nothing_but_read(served: Workspace, tmp_path: Path, attack: str) -> None:
    python_variable = [1, 2, 3]  # must not be found from SQL
    assert python_variable
    with Reader.open(served.state) as one:
        cursor = one._con.cursor()
        with pytest.raises(duckdb.Error):
            cursor.execute(attack.format(folder=tmp_path, state=served.state)).fetchall()
        assert offered(one) == 3
    assert not list(tmp_path.glob("out*"))


def test_only_named_queries_run(served: Workspace) -> None:
    with Reader.open(served.state) as one:
        for name in ("nothing", "../sql/ledger", "week_counts; DROP TABLE x"):
            with pytest.raises(KeyError, match="no query"):
                one.frame(name)
        with pytest.raises(KeyError):
            one.as_of("contacts; --", datetime.now(UTC))
        with pytest.raises(ValueError, match="zone"):
            one.as_of("contacts", datetime(2026, 1, 1))


def test_values_are_bound_never_pasted(served: Workspace) -> None:
    with Reader.open(served.state) as one:
        hostile = "x' OR 1 = 1; DROP TABLE contacts; --"
        assert one.frame("delivery_rejects", delivery_id=hostile, most=10).height == 0
        assert one.as_of("contacts", datetime.now(UTC), vendor=hostile).height == 0
        assert one.as_of("contacts", datetime.now(UTC)).height == 3


def test_a_query_without_end_is_stopped(served: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LONGEST_QUERY_S", 0.3)
    with Reader.open(served.state) as one:
        with pytest.raises(QueryTimeout, match=r"0\.3 s"):
            one._fetch("SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range % 7 = b.range % 3", {})
        monkeypatch.undo()  # on a busy machine any query may take longer
        assert offered(one) == 3


def test_readers_can_be_shared_between_threads(served: Workspace) -> None:
    found: list[int] = []
    with Reader.open(served.state) as one, Reader.open(served.state) as same:
        threads = [threading.Thread(target=lambda r=r: found.append(offered(r))) for r in (one, same) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [3] * 8


def test_every_query_runs_on_an_empty_warehouse(workspace: Workspace) -> None:
    """A first run without files still gives pages something to show; parameters are found from the text itself."""
    with Build.open(workspace) as build:
        build.refresh_marts(workspace)
        build.publish()
    with Reader.open(workspace.state) as one:
        for name in ("week_counts", "week_waits", "week_surveys", "week_survey_offers", "week_refunds", "week_orders",
                     "week_staffing", "day_coverage"):  # fmt: skip
            assert one.frame(name, **SPAN).height == 0
        assert one.frame("deliveries").height == 0
        assert one.frame("week_range").row(0)[:2] == (None, None)
        assert one.frame("vendors").height == 3
