"""The weekly review, judged: every vendor like for like, every figure against its own usual range, and whom to call.

``answers.scorecard`` has the week's figures as they stand. Here they get what a director may lean on: the gap to the
in-house team on like-for-like contacts (over the weeks that end with this one, since a single week has too few of
them), whether the figure moves beyond its usual range, and whether it will keep its target as it runs today. Each part
can be had by itself, so that pages keep what they have already worked out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from pipelines.answers.compare import WINDOW_WEEKS, compare, compare_queues
from pipelines.answers.scorecard import WeekReview, review_week, scorecard_document
from pipelines.answers.standouts import MOST_CALLS, REVIEWED, Standout, Standouts, leading, standouts
from pipelines.answers.status import judged_feeds
from pipelines.answers.touched import doubts
from pipelines.answers.usual_range import Phases, decided_phases, usual_range, weekly_values
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.spc import Chart
from pipelines.warehouse import Reader
from pipelines.wording import Language, Speech, plain
from pipelines.wording.sentences import standout_sentence
from pipelines.workspace import Workspace

#: What a judged row has besides the columns of a scorecard. ``gap_basis``: like_for_like, or as_it_stands where the
#: contacts behind a measure can't be matched (null for the baseline). ``gap_weeks`` and ``gap_n``: the weeks that it is
#: of, and the vendor's contacts in them. ``crude_gap`` is of the same weeks: what the contacts explain
#: (``contacts_gap``) and the like-for-like gap add up to it; with ``reversal`` the two have different signs.
#: ``variation`` and ``assurance``: ``measures.spc``'s words, null where no usual range is kept.
JUDGED: dict[str, pl.DataType] = {
    "crude_gap": pl.Float64(), "crude_low": pl.Float64(), "crude_high": pl.Float64(), "contacts_gap": pl.Float64(),
    "reversal": pl.Boolean(), "gap_basis": pl.String(), "gap_weeks": pl.Int64(), "gap_n": pl.Int64(),
    "support": pl.Float64(), "detectable": pl.Float64(), "margin": pl.Float64(), "variation": pl.String(),
    "assurance": pl.String(), "signal": pl.String(), "usual_low": pl.Float64(), "usual_high": pl.Float64(),
    "usual_mean": pl.Float64(), "usual_points": pl.Int64(), "usual_trial": pl.Boolean(),
}  # fmt: skip
_CRUDE_VERDICTS = ("better", "worse", "no_clear_difference")

Charts = Mapping[tuple[str, str], Chart]


@dataclass(frozen=True, slots=True)
class JudgedWeek:
    """One week: its review, whose scorecard is judged (:data:`JUDGED`), and what stands out in it."""

    review: WeekReview
    found: Standouts


def judged_week(
    workspace: Workspace,
    reader: Reader,
    week: date | None = None,
    *,
    by_queue: bool = False,
    vendor: str | None = None,
    queues: list[str] | None = None,
) -> JudgedWeek | None:
    """The week's review, judged; None where there are no data. ``vendor`` only chooses rows: the number of comparisons
    that a verdict must hold among is that of the whole review."""
    review = review_week(workspace, reader, week, by_queue=by_queue, queues=queues)
    if review is None:
        return None
    monday = review.week
    compared = compare(workspace, reader, monday, queues=queues, with_strata=False).rows
    compared = compared.with_columns(queue=pl.lit(None, pl.String))
    if by_queue:
        compared = pl.concat([compared, compare_queues(workspace, reader, monday, queues=queues)])
    charts = usual_charts(
        weekly_values(workspace, reader, monday, queues=queues), review.scorecard, monday, decided_phases(workspace)
    )
    card = judged_card(review.scorecard, compared, charts)
    judged = judged_feeds(workspace, reader).filter(
        (pl.col("period_start") <= review.last_day) & (pl.col("period_end") >= monday)
    )
    if vendor:
        card, judged = (frame.filter(pl.col("vendor") == vendor) for frame in (card, judged))
    whole = card.filter(pl.col("queue").is_null())
    found = standouts(whole, judged, doubts=doubts(review.findings))
    return JudgedWeek(replace(review, scorecard=card), found)


def usual_charts(figures: pl.DataFrame, card: pl.DataFrame, week: date, phases: Phases) -> Charts:
    """The usual range of every reviewed figure of ``card`` that is a sample (a price has none).

    ``figures``: ``answers.usual_range.weekly_values`` of the same contacts.
    """
    rows = card.filter(pl.col("queue").is_null() & pl.col("metric").is_in(REVIEWED))
    return {
        (row["vendor"], row["metric"]): usual_range(
            figures, week, row["vendor"], row["metric"], target=row["target"], phases=phases
        )
        for row in rows.iter_rows(named=True)
        if MEASURES[row["metric"]].interval != "census"
    }


def judged_card(card: pl.DataFrame, compared: pl.DataFrame, charts: Charts, weeks: int = WINDOW_WEEKS) -> pl.DataFrame:
    """``card`` with :data:`JUDGED`, its gap and verdict like for like where ``compared`` (with ``queue``) has them.

    A gap as it stands is shown, and carries no verdict: the contacts may explain it.
    """
    names = ("gap", "gap_low", "gap_high", "verdict", "n", "crude", "crude_low", "crude_high")
    fair = compared.select(
        "vendor", "queue", "metric", "support", "detectable", "margin", "reversal", "contacts",
        *(pl.col(name).alias(f"fair_{name}") for name in names),
    )  # fmt: skip
    matched = pl.col("fair_verdict").is_not_null()
    comparable = pl.col("fair_verdict") != "not_comparable"
    shown = pl.col("gap").is_not_null()
    keys = ["vendor", "queue", "metric"]
    judged = (
        card.join(fair, on=keys, how="left", nulls_equal=True, maintain_order="left")
        .join(_ranges(charts), on=keys, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            crude_gap=pl.when(matched).then("fair_crude").otherwise("gap"),
            crude_low=pl.when(matched).then("fair_crude_low").otherwise("gap_low"),
            crude_high=pl.when(matched).then("fair_crude_high").otherwise("gap_high"),
            contacts_gap=pl.when(comparable).then("contacts"),
            reversal=pl.col("reversal") & comparable,
            gap_basis=pl.when(matched).then(pl.lit("like_for_like")).when(shown).then(pl.lit("as_it_stands")),
            gap_weeks=pl.when(matched).then(pl.lit(weeks)).when(shown).then(pl.lit(1)),
            gap_n=pl.when(matched).then("fair_n").when(shown).then("n"),
            verdict=pl.when(matched)
            .then("fair_verdict")
            .when(pl.col("verdict").is_in(_CRUDE_VERDICTS))
            .then(pl.lit("not_judged"))
            .otherwise("verdict"),
        )
        .with_columns(
            pl.when(matched).then(pl.when(comparable).then(f"fair_{name}")).otherwise(name).alias(name)
            for name in ("gap", "gap_low", "gap_high")
        )
    )
    return judged.select(*card.columns, *(pl.col(name).cast(dtype) for name, dtype in JUDGED.items()))


def _ranges(charts: Charts) -> pl.DataFrame:
    """What the charts say of their latest week, one row per vendor and measure."""
    names = ("variation", "assurance", "signal", "usual_low", "usual_high", "usual_mean", "usual_points", "usual_trial")
    rows = [
        (vendor, None, metric, chart.variation, chart.assurance, chart.signal, *_limits(chart), chart.trial)
        for (vendor, metric), chart in charts.items()
    ]
    keys = {"vendor": pl.String(), "queue": pl.String(), "metric": pl.String()}
    return pl.DataFrame(rows, schema=keys | {name: JUDGED[name] for name in names}, orient="row")


def _limits(chart: Chart) -> tuple[float | None, float | None, float | None, int]:
    if not chart.phases:
        return None, None, None, 0
    last = chart.phases[-1]
    return last.lower, last.upper, last.mean, last.points


def weekly_document(judged: JudgedWeek | None, workspace: Workspace, language: Language = "en") -> dict[str, Any]:
    """The document of ``scorecard --json``: the scorecard's rows with :data:`JUDGED`; the calls to make, and all that
    stands out."""
    if judged is None:
        return scorecard_document(None) | {
            "calls": [],
            "stand_out": [],
            "figures_checked": 0,
            "expected_by_chance": 0.0,
        }
    document = scorecard_document(judged.review)
    extra = judged.review.scorecard.select(*JUDGED).to_dicts()
    rows = [row | more for row, more in zip(document["rows"], extra, strict=True)]
    return document | {
        "rows": rows,
        "calls": calls(leading(judged.found.found, MOST_CALLS), workspace, language),
        "stand_out": calls(judged.found.found, workspace, language),
        "figures_checked": judged.found.comparisons,
        "expected_by_chance": judged.found.expected_by_chance,
    }


def calls(found: Sequence[Standout], workspace: Workspace, language: Language = "en") -> list[dict[str, Any]]:
    """What stands out as plain values with its sentence, in the order given."""
    speech = Speech.of(language, workspace.settings.currency)
    return [
        {
            "vendor": one.vendor,
            "metric": one.metric,
            "kind": one.kind,
            "weight": one.weight,
            "contacts": one.contacts,
            "money": one.money,
            "sentence": plain(
                standout_sentence(speech, workspace.vendors[one.vendor].name, one.kind, one.metric, one.values)
            ),
        }
        for one in found
    ]
