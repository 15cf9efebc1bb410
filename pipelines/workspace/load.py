"""Reading a workspace: all files, all mistakes, or a checked :class:`Workspace`."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from pipelines.workspace.checks import check_feeds, check_people, check_settings, check_terms, check_zones
from pipelines.workspace.checks.context import Checked, Context
from pipelines.workspace.company import People, Settings
from pipelines.workspace.documents import Document, read_document
from pipelines.workspace.feeds import Feed
from pipelines.workspace.model import Workspace
from pipelines.workspace.problems import Problem, WorkspaceError, did_you_mean
from pipelines.workspace.terms import TermsFile
from pipelines.workspace.validation import validate

Model = TypeVar("Model", bound=BaseModel)

SETTINGS_FILE = "workspace.yaml"
PEOPLE_FILE = "vendors.yaml"
TERMS_FOLDER = "terms"
FEEDS_FOLDER = "feeds"


def load_workspace(root: Path) -> Workspace:
    """The workspace in folder ``root``.

    Raises :class:`WorkspaceError` with every mistake of every file.
    """
    if not root.is_dir():
        hint = f"make a new one with: python -m pipelines init {root}"
        raise WorkspaceError([Problem(str(root), 0, 0, "", "", "a workspace folder", hint)])
    problems: list[Problem] = []
    context = Context(
        settings=_read(root, SETTINGS_FILE, Settings, problems),
        people=_read(root, PEOPLE_FILE, People, problems),
        terms=_read_folder(root, TERMS_FOLDER, TermsFile, problems),
        feeds=_read_folder(root, FEEDS_FOLDER, Feed, problems),
    )
    mistaken = list(problems)
    for check in (check_settings, check_people, check_terms, check_feeds, check_zones):
        problems.extend(problem for problem in check(context) if not _told(problem, mistaken))
    if problems:
        raise WorkspaceError(problems)
    return _assemble(root, context)


def _told(problem: Problem, mistaken: list[Problem]) -> bool:
    """Has a part of what a check complains of a mistake of its own? Then that is what needs to be said."""
    return any(
        other.file == problem.file
        and (other.key == problem.key or other.key.startswith((f"{problem.key}.", f"{problem.key}[")))
        for other in mistaken
    )


def _assemble(root: Path, context: Context) -> Workspace:
    settings, people = context.settings, context.people
    if settings is None or settings.model is None or people is None or people.model is None:
        raise AssertionError("a file that could not be read has been reported as a problem")
    rule = settings.model.repeat_contact
    terms = {
        file.model.vendor: [one.with_repeat_rule(rule) for one in file.model.terms]
        for file in context.terms
        if file.model is not None
    }
    feeds = [file.model for file in context.feeds if file.model is not None]
    return Workspace(
        root=root,
        settings=settings.model,
        vendors=people.model.vendors,
        sites=people.model.sites,
        queues=people.model.queues,
        aliases=people.model.aliases,
        terms={vendor: sorted(held, key=lambda one: one.valid_from) for vendor, held in sorted(terms.items())},
        feeds={feed.id: feed for feed in feeds},
    )


def _read(root: Path, name: str, model: type[Model], problems: list[Problem]) -> Checked[Model] | None:
    """One YAML file against its model; None where it cannot be read at all."""
    path = root / name
    if not path.is_file():
        problems.append(Problem(name, 0, 0, "", "", "this file, which is required", _elsewhere(path)))
        return None
    document = read_document(path, name)
    if not isinstance(document, Document):
        problems.extend(document)
        return None
    problems.extend(document.mistakes)
    checked, rest, mistakes = validate(_with_codes(document, model), model)
    problems.extend(mistakes)
    return Checked(checked, rest, document)


def _read_folder(root: Path, folder: str, model: type[Model], problems: list[Problem]) -> list[Checked[Model]]:
    found = []
    for path in sorted((root / folder).glob("*")):
        name = f"{folder}/{path.name}"
        if path.name.startswith(".") or path.suffix == ".md":
            continue
        if path.suffix == ".yml" or path.suffix.lower() == ".yaml" != path.suffix:
            problems.append(
                Problem(name, 0, 0, "", "", "a file name that ends in .yaml", f"rename it to {path.stem}.yaml")
            )
        elif path.suffix == ".yaml" and (checked := _read(root, name, model, problems)) is not None:
            found.append(checked)
    return found


def _with_codes(document: Document, model: type[BaseModel]) -> Document:
    """Vendors, sites and queues are maps by code; terms say their vendor once per file: put both into each part."""
    data = document.data
    if not isinstance(data, dict):
        return document
    if model is People:
        data = {
            key: _named(part, "code") if key in ("vendors", "sites", "queues") else part for key, part in data.items()
        }
    if model is TermsFile and isinstance(data.get("terms"), list):
        added = {"vendor": data["vendor"]} if "vendor" in data else {}
        data = {**data, "terms": [{**added, **one} if isinstance(one, dict) else one for one in data["terms"]]}
    return Document(document.file, data, document.mark)


def _named(part: object, key: str) -> object:
    if not isinstance(part, dict):
        return part
    return {code: {key: code, **one} if isinstance(one, dict) else one for code, one in part.items()}


def _elsewhere(path: Path) -> str:
    names = [other.name for other in path.parent.iterdir()]
    return did_you_mean(path.name, names)
