"""Bad suites, terms that contradict themselves, a calendar in no known zone or in another country's: told, and nothing
is published."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from pipelines.run import run
from pipelines.workspace import WorkspaceError, load_workspace
from tests.bench.made import write_export, write_workspace

CALENDAR = '    deliveries:\n      contacts: {{every: day, due: "D+1 09:00", tz: {zone}}}\n'
OVERLAPPING = "  - {id: again, valid_from: 2025-06-01, report_tz: Europe/Paris}\n"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    write_workspace(folder)
    write_export(folder / "inbox" / "acme" / "calls.csv", 200, days=2)
    run(load_workspace(folder))
    return folder


def _state(folder: Path) -> dict[str, str]:
    files = [path for path in sorted((folder / "state").rglob("*")) if path.is_file() and path.name != "build.lock"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _suite(folder: Path) -> None:
    (folder / "expectations").mkdir()
    (folder / "expectations" / "own.json").write_text('{"name": "own", "expectations": [{"type": "no_such_check"}]}')


def _overlap(folder: Path) -> None:
    terms = folder / "terms" / "acme.yaml"
    terms.write_text(terms.read_text().rstrip() + "\n" + OVERLAPPING)


def _zone(folder: Path) -> None:
    terms = folder / "terms" / "acme.yaml"
    terms.write_text(terms.read_text().replace("    clauses:", CALENDAR.format(zone="CET") + "    clauses:"))


def _elsewhere(folder: Path) -> None:
    terms = folder / "terms" / "acme.yaml"
    terms.write_text(terms.read_text().replace("report_tz: Europe/Paris", "report_tz: Indian/Antananarivo"))


@pytest.mark.parametrize(
    "spoil, said",
    [(_suite, "own.json"), (_overlap, "overlap"), (_zone, "IANA"), (_elsewhere, "a zone of France")],
)
def test_it_is_told_and_nothing_is_half_published(loaded: Path, tmp_path: Path, spoil, said: str) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(loaded, folder)
    write_export(folder / "inbox" / "acme" / "more.csv", 100, days=1, start=5000)
    before = _state(folder)
    spoil(folder)
    with pytest.raises(WorkspaceError) as told:
        run(load_workspace(folder))
    assert any(said in str(problem) for problem in told.value.problems)
    assert _state(folder) == before
