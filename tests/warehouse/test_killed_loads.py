"""kill -9 at any moment: the published version stays served, and running again ends where an undisturbed run does."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.warehouse import Build, Reader

from .conftest import a_workspace, contact, contents, delivery, load

#: A loader in a process of its own: five deliveries, marts, a version after each; known ones are passed over.
LOADER = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from tests.warehouse.test_killed_loads import run_all
run_all(Path(sys.argv[1]))
"""


def run_all(root: Path) -> None:
    workspace = a_workspace(root)
    with Build.open(workspace) as build:
        for number in range(5):
            meta = delivery(f"f{number}.csv", hours=number)
            if build.known(meta.sha256, meta.mapping_id, meta.mapping_version):
                continue
            legs = [
                contact(f"c{n}", day=n % 9, customer_ref=f"k{n % 50}", talk_s=float(n % 300 + number))
                for n in range(300 * number, 300 * number + 600)
            ]
            load(build, meta, legs, size=200)
            build.refresh_marts(workspace)
            build.publish()
        build.refresh_marts(workspace)
        build.publish()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    root = tmp_path_factory.mktemp("undisturbed")
    run_all(root)
    with Build.open(a_workspace(root)) as build:
        return dict(contents(build))


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_run_is_taken_up_again(tmp_path: Path, root: Path, undisturbed: dict[str, object], seed: int) -> None:
    chance = random.Random(seed)
    script = LOADER.format(root=str(root), tests=str(root / "tests"))
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stderr=subprocess.PIPE)
        time.sleep(0.8 + chance.random() * 2.5)
        process.send_signal(signal.SIGKILL)
        _, told = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), told.decode()
        if (tmp_path / "state" / "CURRENT").exists():
            with Reader.open(tmp_path / "state") as reader:  # whole, whatever happened to the loader
                days = reader.frame("day_coverage", first_day="2026-01-01", last_day="2026-12-31")["contacts"].sum()
                weeks = reader.frame("week_counts", first_day="2026-01-01", last_day="2026-12-31")["offered"].sum()
                assert days == weeks
                assert weeks % 300 == 0
    (tmp_path / "state" / "raw" / "reading-x").mkdir(parents=True, exist_ok=True)
    (tmp_path / "state" / "raw" / "arriving-x").touch()
    run_all(tmp_path)
    assert not list((tmp_path / "state" / "raw").iterdir())
    assert not list((tmp_path / "state" / "versions").glob("*.partial"))
    with Build.open(a_workspace(tmp_path)) as build:
        assert contents(build) == undisturbed
    assert os.path.getsize(tmp_path / "state" / "CURRENT") > 0
