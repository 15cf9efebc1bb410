"""What the commands ``brief`` and ``qbr`` need beside the documents themselves: choices of language, quarter, file."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from pipelines.answers.quarter import Quarter, quarters_with_data
from pipelines.report.model import Document
from pipelines.report.render import render
from pipelines.warehouse import Reader
from pipelines.wording import Language
from pipelines.wording.formats import LANGUAGES
from pipelines.workspace import Workspace


def language_of(workspace: Workspace, asked: str | None) -> Language:
    """The language that was asked for, else the workspace's first that documents are written in, else English."""
    wanted = [asked, *workspace.settings.languages]
    return cast(Language, next((one for one in wanted if one in LANGUAGES), "en"))


def quarter_of(workspace: Workspace, reader: Reader, asked: str | None) -> Quarter:
    """The quarter that was asked for, else the last that is over in the data. Raises ``click.BadParameter``."""
    if asked is not None:
        try:
            return Quarter.of(asked, workspace.settings.fiscal)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    held = quarters_with_data(reader, workspace.settings.fiscal)
    if not held:
        raise click.UsageError("there are no data to make a pack of: run the pipeline first")
    last = reader.frame("week_range").row(0)[1]
    return next((one for one in held if one.last_day <= last), held[0])


def write_document(document: Document, out: Path, template: Path | None = None) -> list[str]:
    """Write a document to ``out`` in the format of its ending; returns what a person should know of it."""
    out.write_bytes(render(document, out.suffix, template))
    return _remarks(document, out)


def _remarks(document: Document, out: Path) -> list[str]:
    if out.suffix.lower() != ".pdf":
        return []
    from pipelines.report.render.paper import missing_scripts

    return [
        f"{out}: some letters are empty boxes: install the fonts of {name}"
        for name in missing_scripts(_all_text(document))
    ]


def _all_text(document: Document) -> str:
    return repr(document)
