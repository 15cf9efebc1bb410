"""Has anything come between two looks? Looking costs seconds, and most runs find nothing new in the inbox.

What a look sees is the warehouse, the journal, what the workspace says, which files are in the inbox, and which
deliveries are due by now; and a new release may see other things. Where all of these are as they were, so are the
findings. This module stays light to import.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from pipelines.trust.checks import SCHEMA as RESULTS
from pipelines.trust.checks import result_counts
from pipelines.trust.clock import now_of
from pipelines.trust.expected import due_deliveries
from pipelines.trust.findings import SCHEMA as FINDINGS
from pipelines.trust.suites import Suite, fingerprint
from pipelines.warehouse import Build, Journal
from pipelines.warehouse.trust_tables import held
from pipelines.workspace import Workspace, shown_name

_PROGRAM = Path(__file__).resolve().parents[1]
_SAID = ("*.yaml", "*.yml")


def look_mark(workspace: Workspace, suites: list[Suite]) -> str:
    """Changes when anything does that bears on what a look finds, the warehouse excepted."""
    due = due_deliveries(workspace, now_of(workspace))
    mark = hashlib.sha256(due.write_json().encode())
    mark.update(fingerprint(suites).encode())
    said = [path for pattern in _SAID for path in workspace.root.glob(pattern)]
    said += [
        path for pattern in _SAID for folder in ("terms", "feeds") for path in (workspace.root / folder).glob(pattern)
    ]
    written = [path for suffix in ("*.py", "*.sql", "*.toml") for path in _PROGRAM.rglob(suffix)]
    for path in (*sorted(said), *sorted(written)):
        mark.update(path.name.encode())
        mark.update(path.read_bytes())
    for name in sorted(shown_name(path.relative_to(workspace.inbox)) for path in workspace.inbox.rglob("*")):
        mark.update(name.encode())
    for note in Journal.of(workspace).notes():  # waivers are among them
        mark.update(repr(note).encode())
    return mark.hexdigest()


def open_findings(build: Build) -> pl.DataFrame:
    """The findings that the last look found."""
    return held(build, "findings", FINDINGS).filter(pl.col("closed_at").is_null())


def last_checks(build: Build) -> dict[str, int]:
    """How many checks passed, failed or were errors, when last looked."""
    return result_counts(held(build, "check_results", RESULTS))
