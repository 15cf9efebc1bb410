"""The register of actions: who on which side does what by when, about which finding or breach, and did it help?

An action lives in the journal: each entry adds to it or changes part of it, the latest word on each part counts, and
all entries are kept. Its effect is read off the figure that it was to change.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.answers.scorecard import last_complete_week
from pipelines.answers.usual_range import CHART_WEEKS, weekly_values
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.effect import Effect, moved_since
from pipelines.trust.clock import now_of
from pipelines.warehouse import Journal, Note, Reader
from pipelines.workspace import Workspace

#: What the journal calls an action.
ABOUT = "action"

State = Literal["open", "done", "dropped"]
Side = Literal["client", "vendor"]
STATES: tuple[State, ...] = ("open", "done", "dropped")
SIDES: tuple[Side, ...] = ("client", "vendor")

#: Parts of an action that its entries state.
PARTS = ("vendor", "what", "side", "owner", "due", "state", "about_kind", "about_id", "metric", "queue")


@dataclass(frozen=True, slots=True)
class Action:
    """One action as it stands. ``about_kind`` and ``about_id`` name what it is about ("finding", "breach", ...), if
    anything; ``metric`` (an id of the catalogue) and ``queue`` the figure that it is to change, if any; ``newest`` is
    the number of its last entry, to be handed back as ``after`` when it is changed."""

    action_id: str
    vendor: str
    what: str
    side: Side
    owner: str
    due: date | None
    state: State
    about_kind: str | None
    about_id: str | None
    metric: str | None
    queue: str | None
    opened_at: datetime
    opened_by: str
    changed_at: datetime
    changed_by: str
    closed_at: datetime | None
    newest: int
    notes: tuple[Note, ...]

    def overdue(self, today: date) -> bool:
        return self.state == "open" and self.due is not None and self.due < today


def add_action(
    workspace: Workspace,
    author: str,
    vendor: str,
    what: str,
    *,
    side: Side,
    owner: str,
    due: date | None = None,
    about: tuple[str, str] | None = None,
    metric: str | None = None,
    queue: str | None = None,
    text: str = "",
) -> Action:
    """Write a new action into the journal. ``about``: kind and id of what it is about.

    Raises ``ValueError`` where the vendor, the measure, the queue or the side is not known, or who or what is empty.
    """
    kind, about_id = about or (None, None)
    parts = {
        "vendor": vendor, "what": what.strip(), "side": side, "owner": owner.strip(), "due": _day(due),
        "state": "open", "about_kind": kind, "about_id": about_id, "metric": metric, "queue": queue,
    }  # fmt: skip
    _check(workspace, parts)
    action_id = uuid.uuid4().hex[:12]
    journal = Journal.of(workspace)
    return _action(action_id, [journal.write(author, ABOUT, action_id, text, details=parts, after=0)])


def change_action(workspace: Workspace, author: str, action: Action, text: str = "", **parts: Any) -> Action:
    """Add an entry that changes ``parts`` (:data:`PARTS`) of an action as it was read, with a remark.

    Raises ``ValueError`` as :func:`add_action`, and ``WrittenMeanwhile`` where somebody else has changed it since.
    """
    unknown = parts.keys() - set(PARTS)
    if unknown:
        raise ValueError(f"an action has no {', '.join(sorted(unknown))}; it has: {', '.join(PARTS)}")
    changed = {name: _day(value) if name == "due" else value for name, value in parts.items()}
    _check(workspace, {name: getattr(action, name) for name in PARTS} | changed)
    journal = Journal.of(workspace)
    note = journal.write(author, ABOUT, action.action_id, text, details=changed, after=action.newest)
    return _action(action.action_id, [*action.notes, note])


def actions(
    workspace: Workspace,
    *,
    vendor: str | None = None,
    state: State | None = None,
    about: tuple[str, str] | None = None,
) -> list[Action]:
    """Actions, those due first at the head; open ones before the others. ``about``: kind and id of their subject."""
    if not workspace.journal_path.is_file():
        return []
    entries: dict[str, list[Note]] = {}
    for note in Journal.of(workspace).notes(ABOUT):
        entries.setdefault(note.about_id, []).append(note)
    found = [_action(action_id, notes) for action_id, notes in entries.items() if "vendor" in notes[0].details]
    chosen = [
        one
        for one in found
        if vendor in (None, one.vendor)
        and state in (None, one.state)
        and about in (None, (one.about_kind, one.about_id))
    ]
    return sorted(chosen, key=lambda one: (STATES.index(one.state), one.due or date.max, one.opened_at))


def in_period(found: Sequence[Action], first: date, last: date) -> list[Action]:
    """Actions of a week or a quarter: opened by its last day, and open, due or closed in it."""
    return [
        one
        for one in found
        if one.opened_at.date() <= last
        and (
            one.closed_at is None or one.closed_at.date() >= first or (one.due is not None and first <= one.due <= last)
        )
    ]


def today(workspace: Workspace) -> date:
    """The day by which an action is overdue, on the company's clock."""
    return now_of(workspace).astimezone(ZoneInfo(workspace.settings.time_zone)).date()


def effects(workspace: Workspace, reader: Reader, found: Sequence[Action]) -> dict[str, Effect]:
    """What became of the figure that each action was to change: action_id -> effect.

    Judged from the day on which the action was done (opened, where it is not done). What moved may have moved for
    another reason: this says that it did, not why.
    """
    newest = last_complete_week(reader)
    held: dict[str | None, pl.DataFrame] = {}
    known: dict[str, Effect] = {}
    for one in found:
        since = _since(one, ZoneInfo(workspace.settings.time_zone))
        if one.metric is None or newest is None:
            known[one.action_id] = Effect("no_measure", since)
            continue
        if one.queue not in held:
            chosen = None if one.queue is None else [one.queue]
            held[one.queue] = weekly_values(workspace, reader, newest, queues=chosen)
        known[one.action_id] = _effect(held[one.queue], newest, one.vendor, one.metric, since)
    return known


def _effect(figures: pl.DataFrame, newest: date, vendor: str, metric: str, since: date) -> Effect:
    measure = MEASURES[metric]
    own = figures.filter(
        (pl.col("vendor") == vendor) & (pl.col("metric") == metric),
        pl.col("queue").is_null(),
        pl.col("n") >= measure.minimum_shown,
    )
    values = dict(zip(own["week"], own["value"], strict=True))
    latest = own.filter(pl.col("week") == pl.col("week").max())["note"]
    weeks = [newest - timedelta(weeks=back) for back in reversed(range(CHART_WEEKS))]
    return moved_since(
        weeks, [values.get(week) for week in weeks], since, measure.good(latest[0] if latest.len() else None)
    )


def _since(action: Action, zone: ZoneInfo) -> date:
    at = action.closed_at if action.state == "done" and action.closed_at else action.opened_at
    return at.astimezone(zone).date()


def _action(action_id: str, notes: Sequence[Note]) -> Action:
    parts: dict[str, Any] = dict.fromkeys(PARTS)
    closed_at: datetime | None = None
    for note in notes:
        parts |= {name: value for name, value in note.details.items() if name in PARTS}
        if "state" in note.details:
            closed_at = None if note.details["state"] == "open" else note.at
    parts["due"] = date.fromisoformat(parts["due"]) if parts["due"] else None
    first, last = notes[0], notes[-1]
    return Action(
        action_id=action_id,
        **parts,
        opened_at=first.at,
        opened_by=first.author,
        changed_at=last.at,
        changed_by=last.author,
        closed_at=closed_at,
        newest=last.note_id,
        notes=tuple(notes),
    )


def _day(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


def _check(workspace: Workspace, parts: dict[str, Any]) -> None:
    """Every part known and filled, or a ``ValueError`` that says which is not."""
    known: tuple[tuple[str, Sequence[str] | dict[str, Any], bool], ...] = (
        ("vendor", workspace.vendors, False), ("side", SIDES, False), ("state", STATES, False),
        ("metric", MEASURES, True), ("queue", workspace.queues, True),
    )  # fmt: skip
    for name, choices, optional in known:
        if parts[name] not in choices and not (optional and parts[name] is None):
            raise ValueError(f"{name} {parts[name]!r} is not known; there are: {', '.join(sorted(choices))}")
    for name in ("what", "owner"):
        if not parts[name]:
            raise ValueError(f"an action needs: {name}")


def action_documents(found: Sequence[Action], effect_of: dict[str, Effect], day: date) -> list[dict[str, Any]]:
    """Actions as JSON has them, with their effect; ``day`` decides what is overdue."""
    rows = []
    for one in found:
        effect = effect_of.get(one.action_id)
        rows.append(
            {
                "action_id": one.action_id,
                **{name: getattr(one, name) for name in PARTS},
                "overdue": one.overdue(day),
                "opened_at": one.opened_at,
                "opened_by": one.opened_by,
                "changed_at": one.changed_at,
                "changed_by": one.changed_by,
                "closed_at": one.closed_at,
                "effect": effect.verdict if effect else None,
                "effect_since": effect.since if effect else None,
                "before": effect.before if effect else None,
                "after": effect.after if effect else None,
                "entries": len(one.notes),
            }
        )
    return rows
