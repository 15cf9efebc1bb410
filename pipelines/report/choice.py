"""Which wins, risks and decisions a pack tells: those that the rules give, unless a person chose otherwise.

A choice is an entry in the journal, so it survives a rebuild, and who chose and when is known. The latest one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pipelines.warehouse import Journal
from pipelines.workspace import Workspace

Side = Literal["win", "risk", "decision"]
SIDES: tuple[Side, ...] = ("win", "risk", "decision")
#: What the journal calls a choice; it is about ``<vendor>/<quarter>``.
ABOUT = "pack_choice"
#: So many of each are told where nobody chose.
MOST = 3
#: A person's own sentence has this before its number.
OWN = "own:"


@dataclass(frozen=True, slots=True)
class Choice:
    """The items of each side in order, by id; ``own`` holds sentences that a person wrote, by their id.

    ``newest`` is the number of the journal's entry, 0 where nobody has chosen.
    """

    items: Mapping[Side, tuple[str, ...]]
    own: Mapping[str, str] = field(default_factory=dict)
    author: str = ""
    at: datetime | None = None
    newest: int = 0


def read_choice(workspace: Workspace, vendor: str, quarter: str) -> Choice | None:
    """The choice of a vendor's quarter; None where nobody has chosen, or not yet at the instant of the workspace."""
    if not workspace.journal_path.is_file():
        return None
    notes = Journal.of(workspace).notes(ABOUT, f"{vendor}/{quarter}")
    if not notes or notes[-1].details.get("by_rule"):
        return None
    note = notes[-1]
    items: dict[Side, tuple[str, ...]] = {side: tuple(note.details.get(side, ())) for side in SIDES}
    return Choice(items, dict(note.details.get("own", {})), note.author, note.at, note.note_id)


def newest_entry(workspace: Workspace, vendor: str, quarter: str) -> int:
    """The number of the latest entry about a vendor's quarter, to be handed back when a choice is written."""
    if not workspace.journal_path.is_file():
        return 0
    notes = Journal.of(workspace).notes(ABOUT, f"{vendor}/{quarter}")
    return notes[-1].note_id if notes else 0


def write_choice(
    workspace: Workspace,
    author: str,
    vendor: str,
    quarter: str,
    items: Mapping[Side, Sequence[str]] | None,
    own: Mapping[str, str] | None = None,
    after: int | None = None,
) -> None:
    """Keep a person's choice; ``items`` None goes back to the rules. ``after``: as :meth:`Journal.write`.

    Raises ``ValueError`` without an author, and ``WrittenMeanwhile`` where somebody else chose since ``after``.
    """
    details: dict[str, Any] = (
        {"by_rule": True} if items is None else {side: list(items.get(side, ())) for side in SIDES}
    )
    if items is not None:
        kept = {name: text.strip() for name, text in (own or {}).items() if text.strip()}
        details["own"] = kept
    Journal.of(workspace).write(author, ABOUT, f"{vendor}/{quarter}", "", details=details, after=after)
