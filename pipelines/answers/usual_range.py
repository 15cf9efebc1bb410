"""The usual range of one figure: its weeks, the limits within which it moves by itself, and what lies outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from pipelines.answers.scorecard import span_inputs
from pipelines.measures import spc
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.weekly import weekly_figures
from pipelines.warehouse import Journal, Reader
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame, rate_cards_frame

#: Weeks on a chart: a year, so that a season is in it.
CHART_WEEKS = 53
#: What the journal calls a decision that a figure has new limits from a week on: about ``<vendor>/<metric>``, with that
#: Monday as ``week`` in its details; ``undone`` takes it back.
PHASE = "usual_range"


@dataclass(frozen=True, slots=True)
class Phase:
    """One decision: new limits from the week of this Monday on; who decided it, why, and when."""

    week: date
    author: str
    reason: str
    at: datetime


Phases = Mapping[tuple[str, str], tuple[Phase, ...]]


def weekly_values(
    workspace: Workspace, reader: Reader, week: date, *, weeks: int = CHART_WEEKS, queues: Sequence[str] | None = None
) -> pl.DataFrame:
    """Figures per vendor and week (``measures.weekly.FIGURE_SCHEMA``) of the ``weeks`` that end with ``week``."""
    span = (week - timedelta(weeks=weeks - 1), week + timedelta(days=6))
    inputs = span_inputs(reader, [span], None if queues is None else list(queues))
    return weekly_figures(
        inputs,
        clauses_frame(workspace),
        rate_cards=rate_cards_frame(workspace),
        refund_denominator=workspace.settings.refund_denominator,
        currency=workspace.settings.currency,
    )


def usual_range(
    figures: pl.DataFrame,
    week: date,
    vendor: str,
    metric: str,
    *,
    weeks: int = CHART_WEEKS,
    target: float | None = None,
    phases: Phases | None = None,
) -> spc.Chart:
    """The chart of one vendor's measure from ``figures`` (:func:`weekly_values`), weeks without enough data as gaps.

    The chart starts with the first week that has a value. New limits start only where a person has said so
    (``phases``: :func:`decided_phases`).
    """
    measure = MEASURES[metric]
    enough = pl.col("n") >= measure.minimum_shown
    known = figures.filter(
        (pl.col("vendor") == vendor) & (pl.col("metric") == metric), pl.col("queue").is_null(), enough
    )
    values = dict(zip(known["week"], known["value"], strict=True))
    first = min((at for at, value in values.items() if value is not None), default=None)
    notes = dict(zip(known["week"], known["note"], strict=True))
    good = measure.good(notes.get(max(notes, default=week)))
    mondays = [week - timedelta(weeks=back) for back in reversed(range(weeks))]
    shown = [monday for monday in mondays if first is not None and monday >= first]
    return spc.xmr(
        shown,
        [values.get(monday) for monday in shown],
        direction="neutral" if good == "none" else good,
        target=target,
        phases=[one.week for one in (phases or {}).get((vendor, metric), ())],
    )


def decided_phases(workspace: Workspace) -> Phases:
    """What people have decided, per vendor and measure, in the order of the weeks; what was undone is left out."""
    if not workspace.journal_path.is_file():
        return {}
    found: dict[tuple[str, str], dict[date, Phase]] = {}
    for note in Journal.of(workspace).notes(PHASE):
        vendor, _, metric = note.about_id.partition("/")
        week = _monday(note.details.get("week"))
        if week is None:
            continue  # a remark, no decision
        held = found.setdefault((vendor, metric), {})
        if note.details.get("undone"):
            held.pop(week, None)
        else:
            held[week] = Phase(week, note.author, note.text, note.at)
    return {key: tuple(held[week] for week in sorted(held)) for key, held in found.items() if held}


def _monday(text: object) -> date | None:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        return None
    return day - timedelta(days=day.weekday())


def decide_phase(workspace: Workspace, author: str, vendor: str, metric: str, week: date, reason: str) -> Phase:
    """A person's decision that from ``week`` on the figure has new limits, with the reason.

    Raises ``ValueError`` for a vendor, a measure or a week that there is none of, and without author or reason.
    """
    if vendor not in workspace.vendors:
        raise ValueError(f"{vendor!r} is no vendor; there are: {', '.join(sorted(workspace.vendors))}")
    if metric not in MEASURES:
        raise ValueError(f"{metric!r} is no measure")
    if week.weekday() != 0:
        raise ValueError(f"{week.isoformat()} is not a Monday: a week is named by its Monday")
    if not reason.strip():
        raise ValueError("new limits need a reason")
    details = {"week": week.isoformat()}
    note = Journal.of(workspace).write(author, PHASE, f"{vendor}/{metric}", reason.strip(), details=details)
    return Phase(week, note.author, note.text, note.at)


def undo_phase(workspace: Workspace, author: str, vendor: str, metric: str, week: date, reason: str = "") -> None:
    """Take a decision back; both entries stay in the journal. Raises ``ValueError`` where there is no such decision."""
    if not any(one.week == week for one in decided_phases(workspace).get((vendor, metric), ())):
        raise ValueError(f"no new limits were decided for {vendor}/{metric} from {week.isoformat()}")
    details = {"week": week.isoformat(), "undone": True}
    Journal.of(workspace).write(author, PHASE, f"{vendor}/{metric}", reason.strip(), details=details)
