"""A new workspace: commented files that validate, to be changed into a company's own."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from pipelines.workspace.load import load_workspace
from pipelines.workspace.model import Workspace
from pipelines.workspace.problems import Problem, WorkspaceError
from pipelines.workspace.reference import tables_reference

TEMPLATE = Path(__file__).parent / "template"
#: Stands in the template for the day on which a workspace is made: files of the days before it are not waited for.
_FIRST_DAY = "from: 2026-01-01"


def init_workspace(target: Path) -> Workspace:
    """Make a workspace in the folder ``target``, which must be new or empty, with an inbox per vendor.

    Raises :class:`WorkspaceError` where something is there already: nothing is ever overwritten.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        what = "a folder with files in it" if target.is_dir() else "a file"
        raise WorkspaceError([Problem(str(target), 0, 0, "", what, "a new or empty folder", "choose another name")])
    shutil.copytree(TEMPLATE, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for terms in (target / "terms").glob("*.yaml"):
        text = terms.read_text(encoding="utf-8")
        terms.write_text(text.replace(_FIRST_DAY, f"from: {date.today().isoformat()}"), encoding="utf-8")
    with (target / "MAPPING.md").open("a", encoding="utf-8") as reference:
        reference.write(tables_reference())
    workspace = load_workspace(target)
    for vendor in workspace.vendors:
        (workspace.inbox / vendor).mkdir()
    return workspace
