"""Figures from surveys: satisfied customers, net promoter score, response rate."""

from __future__ import annotations

import polars as pl

from pipelines.measures.weekly.inputs import WeekInputs
from pipelines.measures.weekly.long import KEYS, as_parts

#: Scales with fewer points than this have one best box, not two.
_TWO_BOX_POINTS = 4
_answered = pl.col("score_raw").is_not_null()


def survey_parts(inputs: WeekInputs) -> pl.DataFrame:
    """Parts of csat, nps and response_rate. Answers that the sender excluded count like the others."""
    return pl.concat([_csat(inputs.surveys), _nps(inputs.surveys), _responses(inputs)])


def _csat(surveys: pl.DataFrame) -> pl.DataFrame:
    points = pl.col("scale_max") - pl.col("scale_min") + 1
    boxes = pl.when(points < _TWO_BOX_POINTS).then(1).otherwise(2)
    satisfied = pl.col("score_raw") > pl.col("scale_max") - boxes
    frame = (
        surveys.filter((pl.col("survey_type") == "csat") & _answered)
        .group_by(KEYS, maintain_order=True)
        .agg(
            numerator=pl.col("n").filter(satisfied).sum(),
            denominator=pl.col("n").sum(),
            note=_several_questions(),
            definition_id=pl.lit("csat.top_two"),
        )
    )
    return as_parts(frame, "csat")


def _nps(surveys: pl.DataFrame) -> pl.DataFrame:
    score, n = pl.col("score_raw"), pl.col("n")
    promoters, detractors = n.filter(score >= 9).sum(), n.filter(score <= 6).sum()
    # On any other scale "9" and "6" mean something else.
    is_nps = (pl.col("survey_type") == "nps") & (pl.col("scale_min") == 0) & (pl.col("scale_max") == 10)
    frame = (
        surveys.filter(is_nps & _answered)
        .group_by(KEYS, maintain_order=True)
        .agg(
            numerator=promoters.cast(pl.Int64) - detractors.cast(pl.Int64),
            squares=promoters + detractors,
            denominator=n.sum(),
            note=_several_questions(),
            definition_id=pl.lit("nps.0-10"),
        )
    )
    return as_parts(frame, "nps")


def _responses(inputs: WeekInputs) -> pl.DataFrame:
    """Answered over offered. Offers come from their own counts, else from the surveys that were sent one by one.

    A vendor that hands over nothing but answers never says how many it asked: null, not 100 %. A survey of several
    questions is one survey; where offers are counted by type, so are the answers: to its most answered question.
    """
    surveys, offers = inputs.surveys, inputs.offers
    once, n = pl.coalesce("responses", "n"), pl.col("n")
    by_type = [*KEYS, "survey_type"]
    sends_unanswered = surveys.group_by("vendor", "survey_type").agg(told=(~_answered & (once > 0)).any())
    of_question = surveys.group_by(*by_type, "question_code").agg(scored=n.filter(_answered).sum())
    rows = (
        surveys.group_by(by_type)
        .agg(answered=once.filter(_answered).sum(), sent=once.sum())
        .join(of_question.group_by(by_type).agg(pl.col("scored").max()), on=by_type, nulls_equal=True)
    )
    counted = offers.group_by(by_type).agg(offered=pl.col("offered").sum())
    joined = rows.join(counted, on=by_type, how="full", coalesce=True, nulls_equal=True).join(
        sends_unanswered, on=["vendor", "survey_type"], how="left"
    )
    asked = pl.coalesce("offered", pl.when("told").then("sent"))
    frame = joined.group_by(KEYS, maintain_order=True).agg(
        numerator=pl.when(pl.col("offered").is_null())
        .then("answered")
        .otherwise("scored")
        .fill_null(0)
        .filter(asked.is_not_null())
        .sum(),
        denominator=pl.when(asked.is_not_null().any()).then(asked.sum()),
        note=pl.when(~asked.is_not_null().any()).then(pl.lit("offers_not_known")),
    )
    return as_parts(frame, "response_rate")


def _several_questions() -> pl.Expr:
    return pl.when(pl.col("question_code").n_unique() > 1).then(pl.lit("several_questions"))
