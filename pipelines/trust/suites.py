"""Suites of checks: JSON files of Great Expectations, read and validated without importing it.

The product's own are in ``expectations/``; a company adds its own in ``<workspace>/expectations/``. A suite says which
evidence table it is about (``meta.evidence``, one of the queries ``checks_*``), and every check has an id, a sentence
in English and French, a severity and an owner.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.warehouse.reader import query_names
from pipelines.workspace import Problem, Workspace, WorkspaceError

HOME = Path(__file__).resolve().parents[2] / "expectations"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentence(_Part):
    """What should be true, in both languages."""

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)


class CheckMeta(_Part):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    sentence: Sentence
    owner: str = Field(min_length=1)


class Check(_Part):
    """One expectation: a stock type of Great Expectations with its values, all written out."""

    type: str = Field(pattern=r"^expect_[a-z_]+$")
    kwargs: dict[str, Any]
    severity: Literal["info", "warning", "critical"]
    meta: CheckMeta


class SuiteMeta(_Part):
    evidence: str
    feed: str | None
    rows: list[str] = Field(min_length=1)  # the columns that name a row of the evidence


class Suite(_Part):
    """One suite: its checks, the evidence table they are about, and where it was read."""

    name: str = Field(min_length=1)
    expectations: list[Check] = Field(min_length=1)
    meta: SuiteMeta
    source: Literal["product", "workspace"] = "product"


def evidence_names() -> list[str]:
    """The evidence tables that a suite may be about."""
    return sorted(name for name in query_names() if name.startswith("checks_"))


def load_suites(workspace: Workspace | None = None) -> list[Suite]:
    """The product's suites, then the workspace's own. Raises ``WorkspaceError`` with every mistake of every file."""
    problems: list[Problem] = []
    suites = _read(HOME, "product", problems)
    if workspace is not None:
        suites += _read(workspace.root / "expectations", "workspace", problems)
    seen: dict[str, str] = {}
    for suite in suites:
        for check in suite.expectations:
            if seen.setdefault(check.meta.id, suite.name) != suite.name:
                problems.append(
                    Problem(
                        f"expectations/{suite.name}.json", 0, 0, "meta.id", check.meta.id,
                        f"an id of its own (suite {seen[check.meta.id]!r} has it)",
                    )
                )  # fmt: skip
    if problems:
        raise WorkspaceError(problems)
    return suites


def _read(folder: Path, source: Literal["product", "workspace"], problems: list[Problem]) -> list[Suite]:
    suites = []
    for path in sorted(folder.glob("*.json")):
        name = f"expectations/{path.name}"
        try:
            suite = Suite.model_validate_json(path.read_bytes()).model_copy(update={"source": source})
        except ValidationError as error:
            problems += [_problem(name, one) for one in error.errors()]
            continue
        if suite.meta.evidence not in evidence_names():
            known = ", ".join(evidence_names())
            problems.append(Problem(name, 0, 0, "meta.evidence", suite.meta.evidence, f"one of {known}"))
            continue
        suites.append(suite)
    return suites


def _problem(name: str, error: Any) -> Problem:
    place = ".".join(str(part) for part in error["loc"])
    value = "" if isinstance(error["input"], dict | list | bytes) else str(error["input"])[:80]
    return Problem(name, 0, 0, place, value, error["msg"].removeprefix("Value error, ").lower())


def fingerprint(suites: Iterable[Suite]) -> str:
    """Changes when any suite does."""
    return hashlib.sha256("".join(suite.model_dump_json() for suite in suites).encode()).hexdigest()[:12]


def suites_table(suites: Iterable[Suite]) -> str:
    """The table of ``expectations/README.md``: one line per check."""
    lines = [
        "| suite | check | what should be true | expectation | severity | owner |",
        "|---|---|---|---|---|---|",
    ]
    for suite in suites:
        for check in suite.expectations:
            values = ", ".join(f"{key} {value}" for key, value in check.kwargs.items())
            lines.append(
                f"| {suite.name} | `{check.meta.id}` | {check.meta.sentence.en} | `{check.type}`: {values} "
                f"| {check.severity} | {check.meta.owner} |"
            )
    return "\n".join(lines)
