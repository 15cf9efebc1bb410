"""Work that moved from one vendor to another: what changed with it, against the work that stayed.

A move is declared in ``workspace.yaml``. The work that moved is one series over both vendors, before and after; every
other vendor's queue is something to compare it with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.answers.scorecard import last_complete_week, span_inputs
from pipelines.measures import moves as studies
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.moves import MoveStudy
from pipelines.measures.weekly import weekly_figures
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace
from pipelines.workspace.company import Line, Move
from pipelines.workspace.frames import clauses_frame

#: Measures that mean the same at both vendors. A service level does not: each has its own clause.
METRICS = ("nps", "csat", "repeat_rate", "refund_rate", "abandon_rate", "asa_s", "aht_s", "transfer_rate")
#: A period with fewer observations of a line than this is a gap.
_FEWEST = 5
_SCALE = {"nps": 100.0}


@dataclass(frozen=True, slots=True)
class Periods:
    """How time is cut: weeks per period, periods before the move and after the ramp, the first and last day used."""

    weeks: int
    before: int
    after: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class MetricStudy:
    """One measure of a move, in its unit; ``study`` is None where it can't be studied, and ``missing`` says why.

    ``before`` and ``after`` are the moved work's own averages over those periods, the ramp left out.
    """

    metric: str
    study: MoveStudy | None
    missing: str | None
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class StudiedMove:
    """A declared move with what it changed, measure by measure. ``volume``: unit, at, value (contacts per period)."""

    move: Move
    periods: Periods | None
    metrics: tuple[MetricStudy, ...]
    volume: pl.DataFrame


def studied_moves(
    workspace: Workspace, reader: Reader, *, metrics: Sequence[str] = METRICS, until: date | None = None
) -> tuple[StudiedMove, ...]:
    """Every declared move of the workspace, studied up to the week ``until`` (its Monday; default: all data)."""
    first = reader.frame("week_range").row(0)[0]
    last = until or last_complete_week(reader)
    moves = workspace.settings.moves
    if not moves or first is None or last is None:
        return tuple(StudiedMove(move, None, (), _no_volume()) for move in moves)
    monday: date = first + timedelta(days=-first.weekday() % 7)
    inputs = span_inputs(reader, [(monday, last + timedelta(days=6))])
    figures = weekly_figures(
        inputs,
        clauses_frame(workspace),
        by_queue=True,
        refund_denominator=workspace.settings.refund_denominator,
        currency=workspace.settings.currency,
    ).filter(pl.col("queue").is_not_null())
    return tuple(_studied(move, figures, monday, last, metrics) for move in moves)


def _studied(move: Move, figures: pl.DataFrame, first: date, last: date, metrics: Sequence[str]) -> StudiedMove:
    periods = _periods(move, first, last)
    if periods is None:
        return StudiedMove(move, None, (), _no_volume())
    lines = _lines(figures, move, periods)
    # Two weeks may hold one of the move's halves: a period belongs wholly to one side.
    declared = studies.Move((move.id,), _monday(move.moved_on), _settled(move, periods.weeks))
    volume = _panel(lines, "offered", fewest=0)
    found = tuple(_metric(lines, volume, declared, move.donors, metric) for metric in metrics)
    return StudiedMove(move, periods, found, volume)


def _metric(
    lines: pl.DataFrame, volume: pl.DataFrame, move: studies.Move, donors: Sequence[Line], metric: str
) -> MetricStudy:
    panel = _panel(lines, metric)
    here = panel.filter(pl.col("unit") == move.units[0])
    before = here.filter(pl.col("at") < move.moved_on)["value"].mean()
    after = here.filter(pl.col("at") >= move.settled_on)["value"].mean()
    means = [value if isinstance(value, float) else None for value in (before, after)]
    chosen = _donors(panel, move, donors)
    if here["value"].drop_nulls().is_empty():
        return MetricStudy(metric, None, "no_data", *means)
    if len(chosen) < 2:
        return MetricStudy(metric, None, "no_donors", *means)
    try:
        study = studies.study(
            panel,
            move,
            donors=chosen,
            volumes=volume.filter(pl.col("unit").is_in([*chosen, *move.units])),
            higher_is_better=MEASURES[metric].direction != "lower",
        )
    except ValueError:  # too few donors without gaps, or too few periods on one side
        return MetricStudy(metric, None, "too_little_data", *means)
    return MetricStudy(metric, study, None, *means)


def _periods(move: Move, first: date, last: date) -> Periods | None:
    """Fortnights where they leave enough of them on both sides, else weeks; None without a week on either side."""
    moved = _monday(move.moved_on)
    for weeks in (2, 1):
        before = (moved - first).days // 7 // weeks
        settled = _settled(move, weeks)
        after = ((last - settled).days // 7 + 1) // weeks
        enough = before >= studies.MIN_BEFORE and after >= studies.MIN_AFTER
        if enough or (weeks == 1 and before >= 1 and after >= 1):
            end = settled + timedelta(weeks=weeks * after) - timedelta(days=1)
            return Periods(weeks, before, after, moved - timedelta(weeks=weeks * before), end)
    return None


def _settled(move: Move, weeks: int) -> date:
    """The first period that begins on or after the day on which the move has settled."""
    moved = _monday(move.moved_on)
    periods = -(-(move.settled_on - moved).days // (7 * weeks))
    return moved + timedelta(weeks=weeks * periods)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _lines(figures: pl.DataFrame, move: Move, periods: Periods) -> pl.DataFrame:
    """``figures`` in the periods, with ``unit`` (the move itself, else vendor/queue) and ``at``, its period's start."""
    moved = pl.col("queue").is_in(move.queues) & pl.col("vendor").is_in([move.from_vendor, move.to_vendor])
    length = 7 * periods.weeks
    since = (pl.col("week") - pl.lit(periods.first_day)).dt.total_days() // length
    inside = (pl.col("week") >= periods.first_day) & (pl.col("week") <= periods.last_day)
    return figures.filter(inside).with_columns(
        unit=pl.when(moved).then(pl.lit(move.id)).otherwise(pl.concat_str(["vendor", "queue"], separator="/")),
        at=pl.lit(periods.first_day) + pl.duration(days=since * length),
    )


def _panel(lines: pl.DataFrame, metric: str, fewest: int = _FEWEST) -> pl.DataFrame:
    """unit, at, value of one measure: sums over the period divided, null where too few stand behind it."""
    held = lines.filter(pl.col("metric") == metric)
    counts = MEASURES[metric].unit == "count"
    sums = held.group_by("unit", "at").agg(
        pl.col("value").sum(), pl.col("numerator").sum().alias("top"), pl.col("denominator").sum().alias("bottom")
    )
    scale = _SCALE.get(metric, 1.0)
    value = (
        pl.col("value")
        if counts
        else pl.when(pl.col("bottom") >= fewest).then(scale * pl.col("top") / pl.col("bottom"))
    )
    units = sums.select("unit").unique()
    grid = units.join(lines.select("at").unique(), how="cross")
    return grid.join(sums.select("unit", "at", value=value), on=["unit", "at"], how="left").sort("unit", "at")


def _donors(panel: pl.DataFrame, move: studies.Move, chosen: Sequence[Line]) -> list[str]:
    """Units to compare with: those that the move names, else all others; at least half their periods known."""
    known = panel.group_by("unit").agg(share=pl.col("value").is_not_null().mean())
    units = known.filter((pl.col("share") >= 0.5) & ~pl.col("unit").is_in(list(move.units)))["unit"].sort().to_list()
    if not chosen:
        return units
    return [unit for unit in units if any(_fits(line, *unit.split("/", 1)) for line in chosen)]


def _fits(line: Line, vendor: str, queue: str) -> bool:
    return line.vendor in (None, vendor) and line.queue in (None, queue)


def _no_volume() -> pl.DataFrame:
    return pl.DataFrame(schema={"unit": pl.String, "at": pl.Date, "value": pl.Float64})
