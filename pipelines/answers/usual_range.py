"""The usual range of one figure: its weeks, the limits within which it moves by itself, and what lies outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

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
#: What a person writes about to say from which week on a figure has new limits; the text starts with that Monday.
PHASE = "usual_range"


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
    )


def usual_range(
    workspace: Workspace,
    figures: pl.DataFrame,
    week: date,
    vendor: str,
    metric: str,
    *,
    weeks: int = CHART_WEEKS,
    target: float | None = None,
) -> spc.Chart:
    """The chart of one vendor's measure from ``figures`` (:func:`weekly_values`), weeks without enough data as gaps.

    The chart starts with the first week that has a value. New limits start only where a person has said so.
    """
    measure = MEASURES[metric]
    enough = pl.col("n") >= measure.minimum_shown
    known = figures.filter(
        (pl.col("vendor") == vendor) & (pl.col("metric") == metric), pl.col("queue").is_null(), enough
    )
    values = dict(zip(known["week"], known["value"], strict=True))
    first = min((at for at, value in values.items() if value is not None), default=None)
    mondays = [week - timedelta(weeks=back) for back in reversed(range(weeks))]
    shown = [monday for monday in mondays if first is not None and monday >= first]
    return spc.xmr(
        shown,
        [values.get(monday) for monday in shown],
        direction="neutral" if measure.direction == "none" else measure.direction,
        target=target,
        phases=phases(workspace, vendor, metric),
    )


def phases(workspace: Workspace, vendor: str, metric: str) -> tuple[date, ...]:
    """Mondays from which a person has decided new limits: journal entries about ``<vendor>/<metric>``."""
    if not workspace.journal_path.is_file():
        return ()
    found = []
    for note in Journal(workspace.journal_path).notes(PHASE, f"{vendor}/{metric}"):
        try:
            day = date.fromisoformat(note.text[:10])
        except ValueError:
            continue  # a remark, no decision
        found.append(day - timedelta(days=day.weekday()))
    return tuple(sorted(set(found)))
