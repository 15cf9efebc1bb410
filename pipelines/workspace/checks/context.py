"""What the checks across files look at: each file's model, and the document that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from pipelines.workspace.company import People, Settings
from pipelines.workspace.documents import Document, PathPart
from pipelines.workspace.feeds import Feed
from pipelines.workspace.problems import Problem, did_you_mean, one_of
from pipelines.workspace.terms import TermsFile

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Checked(Generic[Model]):
    """A file: what could be read of it, the document of just that, and the document as it stands."""

    model: Model | None
    document: Document
    whole: Document


@dataclass(frozen=True)
class Context:
    """All files of a workspace. A file that could not be read at all is None or absent."""

    settings: Checked[Settings] | None
    people: Checked[People] | None
    terms: list[Checked[TermsFile]] = field(default_factory=list)
    feeds: list[Checked[Feed]] = field(default_factory=list)

    def codes(self, kind: str) -> list[str] | None:
        """Codes of ``vendors``, ``sites`` or ``queues``, those with mistakes of their own included.

        None where vendors.yaml could not be read: then references can't be judged.
        """
        if self.people is None:
            return None
        part = self.people.whole.value([kind])
        return list(part) if isinstance(part, dict) else [] if kind == "sites" and part is None else None

    @property
    def alias_systems(self) -> dict[str, set[str]] | None:
        """Systems that have aliases, each with what they give: queue, vendor, site.

        None where vendors.yaml could not be read.
        """
        part: Any = self.people.whole.value(["aliases"]) if self.people else None
        if self.people is None or not isinstance(part, (list, type(None))):
            return None
        systems: dict[str, set[str]] = {}
        for alias in part or []:
            if isinstance(alias, dict) and "system" in alias:
                systems.setdefault(str(alias["system"]), set()).update(alias)
        return systems

    @property
    def reported_metrics(self) -> dict[str, str]:
        """The metrics that this workspace adds to those of the canonical schema, with their units.

        One whose own entry is mistaken is still known, as a count: its mappings are not to be blamed.
        """
        part: Any = self.settings.whole.value(["reported_metrics"]) if self.settings else None
        model = self.settings.model if self.settings else None
        good = model.reported_metrics if model else {}
        return {name: good[name].unit if name in good else "count" for name in part} if isinstance(part, dict) else {}


def reference(
    document: Document,
    path: Sequence[PathPart],
    written: str | None,
    allowed: Iterable[str] | None,
    what: str,
) -> list[Problem]:
    """A mistake where ``written`` is not among ``allowed`` (None: they are not known)."""
    if written is None or allowed is None:
        return []
    words = list(allowed)
    if written in words:
        return []
    return [document.problem(path, f"{what}: {one_of(words)}", did_you_mean(written, words))]
