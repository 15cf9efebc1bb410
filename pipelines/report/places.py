"""Where a document goes and what its slides are built on: checked before anything is read or computed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.report.render import UnknownFormat, check

if TYPE_CHECKING:
    from pipelines.workspace import Workspace


def template_of(workspace: Workspace) -> Path | None:
    """The company's own template as ``workspace.yaml`` names it. Raises ``click.UsageError`` where it isn't there."""
    named = workspace.settings.documents.template
    if named is None:
        return None
    found = workspace.root / named
    if not found.is_file():
        raise click.UsageError(f"workspace.yaml: documents.template: {named} is not in {workspace.root}")
    return found


def check_out(out: Path, template: Path | None = None) -> None:
    """Raises ``click.BadParameter`` where a document could not be written to ``out``: before it is built."""
    if not out.parent.is_dir():
        raise click.BadParameter(f"--out: there is no folder {out.parent}")
    try:
        check(out.suffix, template)
    except UnknownFormat as error:
        raise click.BadParameter(f"--out: {error}") from error
    except ValueError as error:
        raise click.BadParameter(f"--template: {error}") from error
