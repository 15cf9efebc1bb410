"""Fixtures that every room's tests share."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest
import xdist.plugin
from hypothesis import settings

from pipelines.run import run
from pipelines.workspace import load_workspace

# A busy machine is slow, not wrong: no property test may fail for the time that it took.
settings.register_profile("sightline", deadline=None)
settings.load_profile("sightline")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


#: Processor seconds of the dearest test files. A new one that takes long belongs here; all others count as cheap.
DEAR = {
    "dashboard/test_browser.py": 90,
    "report/test_pack.py": 70,
    "sample_data/test_stories.py": 45,
    "warehouse/test_any_order.py": 40,
    "real/test_real_nhs111.py": 35,
    "test_command_line.py": 33,
    "measures/test_reconcile.py": 30,
    "answers/test_as_of.py": 26,
    "real/test_real_exports.py": 25,
    "warehouse/test_killed_loads.py": 25,
    "report/test_renderings.py": 24,
    "warehouse/test_marts.py": 23,
    "dashboard/test_data_trust_page.py": 21,
    "workspace/test_mistakes.py": 20,
    "dashboard/test_data.py": 19,
    "trust/test_answer_key.py": 18,
    "warehouse/test_published_versions.py": 18,
    "answers/test_breaches.py": 17,
    "dashboard/test_breaches_page.py": 17,
    "answers/test_fair_example.py": 15,
    "measures/test_reconcile_parameters.py": 12,
    "answers/test_money_answer.py": 11,
    "answers/test_moves_answer.py": 10,
    "answers/test_contacts.py": 9,
    "intake_readers/test_reader_memory.py": 9,
    "intake_readers/test_workbooks.py": 9,
    "warehouse/test_load_once.py": 9,
    "answers/test_data_trust.py": 8,
    "dashboard/test_charts.py": 8,
    "intake_readers/test_delimited_properties.py": 8,
    "real/test_real_anatel.py": 8,
}


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: while one waits for a browser, a disk or the example, another works."""
    return xdist.plugin.pytest_xdist_auto_num_workers(config) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Dear files first, cheap ones last, so that no core waits for another at the end.

    One file that needs the loaded example comes first of all, and begins to load it; the others that need it follow
    when it should be there, so that no core waits for that either.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    cost = {path: DEAR.get(path.relative_to(ROOT / "tests").as_posix(), 0) for path in files}
    # In the order of collection: every worker must come to the same order.
    loaded = [path for path, tests in files.items() if any("example" in test.fixturenames for test in tests)]
    lead = min(loaded, key=lambda path: cost[path], default=None)

    def turn(path: Path) -> tuple[int, int]:
        if path == lead:
            return 0, 0
        if path in loaded:
            return 2, -cost[path]
        return (1, -cost[path]) if cost[path] else (3, 0)

    items[:] = [item for path in sorted(files, key=turn) for item in files[path]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of third-party test material beside the project; its absence skips with a reason."""
    if not SHARED.is_dir():
        pytest.skip(f"third-party test material is not present: {SHARED.name}/ beside the project")
    return SHARED


@pytest.fixture(scope="session")
def example(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example workspace, taken in from nothing once for all workers. To be read only: its tests share it.

    ``SIGHTLINE_EXAMPLE`` names one that is loaded already: it saves minutes while tests are being written.
    """
    if loaded := os.environ.get("SIGHTLINE_EXAMPLE"):
        return Path(loaded)
    of_this_run = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        of_this_run = of_this_run.parent
    target = of_this_run / "example" / "workspace"
    with (of_this_run / "example.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            fresh = target.with_name("loading")
            shutil.copytree(root / "sample_data", fresh, ignore=shutil.ignore_patterns("state", "secrets", "generator"))
            run(load_workspace(fresh))
            fresh.rename(target)
    return target
