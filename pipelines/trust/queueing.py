"""Patterns of serving callers who are still inside the threshold first (METRICS section 9).

Service level, mean wait and 90th percentile all improve by it; what shows it are answers that stop at the threshold,
and callers past it who are overtaken. Judged within one queue of one vendor against an ordinary queue; the weeks in
which it holds are found by log likelihood, so that a change is dated. A pattern to explain, with innocent causes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.measures.plausibility import best_stretches, two_rates
from pipelines.trust.findings import Finding
from pipelines.trust.sentences import period_words, sentence

#: Log likelihood that a stretch of weeks must reach.
AT_LEAST = 20.0
#: Answers just after the threshold, as a part of those to be expected: of a queue in which the threshold decides (for
#: the likelihood), and the most that is named. METRICS section 9: serving the threshold first leaves 0 to 40 %.
HEAPED, NAMED = 0.35, 0.6
#: Answers in a window on which anything can rest, and the steepest fall that an ordinary queue is allowed.
ANSWERS, STEEPEST = 60, 0.35
#: Share overtaken: of an ordinary queue (clocks, agents who were busy a moment longer), and of one with queue jumping.
USUAL_OVERTAKEN, JUMPING = 0.002, 0.015
OVERTAKEN, PAST_THRESHOLD = 0.008, 0.5
#: Answered contacts on which a look at a single stretch of time can rest, and the log likelihood that it must reach:
#: nothing is searched for, so less is enough than for a finding.
ANSWERS_TO_JUDGE, AT_ONCE = 500, 8.0


def queue_findings(thresholds: pl.DataFrame, overtakes: pl.DataFrame) -> Iterator[Finding]:
    """``thresholds``: queries/trust_thresholds; ``overtakes``: queries/trust_overtakes (one row per week each)."""
    for some in thresholds.partition_by("vendor", "queue", "threshold_s", maintain_order=True):
        yield from _heaping(some)
    for some in overtakes.partition_by("vendor", "queue", maintain_order=True):
        yield from _jumping(some)


def _heaping(weeks: pl.DataFrame) -> Iterator[Finding]:
    before, after = weeks["before"].to_numpy().astype(float), weeks["after"].to_numpy().astype(float)
    fall = usual_fall(int(weeks["before2"].sum()), int(weeks["before"].sum()))
    if fall is None:
        return
    usual, heaped = fall / (1 + fall), HEAPED * fall / (1 + HEAPED * fall)
    for number, run in enumerate(best_stretches(two_rates(after, before + after, usual, heaped), AT_LEAST)):
        part = weeks[run.first : run.last + 1]
        just_before, just_after = int(part["before"].sum()), int(part["after"].sum())
        if just_before < ANSWERS or just_after > NAMED * fall * just_before:
            continue
        row = part.row(0, named=True)
        first, last = part["week"][0], part["week"][-1] + timedelta(days=6)
        yield Finding(
            kind="threshold_heaping", severity="warning", vendor=row["vendor"], feed="contacts", queue=row["queue"],
            metric="service_level", period_start=first, period_end=last, lasting=True, subject=str(number),
            expected=f"{just_before * fall:.0f} answers just after the threshold, or more",
            observed=f"{just_after} after, {just_before} before",
            evidence={"threshold_s": row["threshold_s"], "window_s": row["width_s"], "answers_before": just_before,
                      "answers_after": just_after, "ratio": round(just_after / max(1, just_before), 3),
                      "ratio_in_other_weeks": _ratio_elsewhere(weeks, part),
                      "log_likelihood_ratio": round(run.score, 1),
                      "innocent": ["a priority that rises before the threshold by the client's own wish",
                                   "overflow to other agents at the threshold", "waits that a system cuts off there"]},
            **sentence("threshold_heaping", after=just_after, before=just_before, width=row["width_s"],
                       threshold=f"{row['threshold_s']:g}", **period_words(first, last)),
        )  # fmt: skip


def heaped(before2: int, before: int, after: int) -> bool | None:
    """Do answers stop at the threshold, in one stretch of time? None where there is too little to tell.

    ``before2``, ``before``, ``after``: answers in the last but one and the last window before it and the first after.
    """
    fall = usual_fall(before2, before)
    if fall is None:
        return None
    usual, threshold_first = fall / (1 + fall), HEAPED * fall / (1 + HEAPED * fall)
    score = two_rates(np.array([float(after)]), np.array([float(before + after)]), usual, threshold_first)[0]
    return bool(score >= AT_ONCE and after <= NAMED * fall * before)


def jumped(answered: int, overtaken: int, late: int) -> bool | None:
    """Are callers past the threshold overtaken, in one stretch of time? None where there is too little to tell."""
    if answered < ANSWERS_TO_JUDGE:
        return None
    score = two_rates(np.array([float(late)]), np.array([float(answered)]), USUAL_OVERTAKEN, JUMPING)[0]
    return bool(score >= AT_ONCE and overtaken / answered >= OVERTAKEN and late >= PAST_THRESHOLD * overtaken)


def usual_fall(before2: int, before: int) -> float | None:
    """By which factor answers fall from one window to the next in an ordinary queue, cautiously (two standard errors).

    Measured before the threshold, where serving the threshold first changes least. Null where there are too few
    answers, or where they fall so steeply that nothing can be said.
    """
    if before2 < ANSWERS or before < ANSWERS:
        return None
    fall = min(1.0, before / before2) * math.exp(-2 * math.sqrt(1 / before2 + 1 / before))
    return fall if fall >= STEEPEST else None


def _ratio_elsewhere(weeks: pl.DataFrame, part: pl.DataFrame) -> float | None:
    others = weeks.join(part.select("week"), on="week", how="anti")
    before, after = int(others["before"].sum()), int(others["after"].sum())
    return round(after / before, 3) if before else None


def _jumping(weeks: pl.DataFrame) -> Iterator[Finding]:
    answered, overtaken = weeks["answered"].to_numpy().astype(float), weeks["overtaken"].to_numpy().astype(float)
    late = weeks["overtaken_late"].to_numpy().astype(float)
    scores = two_rates(np.minimum(late, answered), answered, USUAL_OVERTAKEN, JUMPING)
    for number, run in enumerate(best_stretches(scores, AT_LEAST)):
        part = weeks[run.first : run.last + 1]
        share = int(part["overtaken"].sum()) / int(part["answered"].sum())
        past = int(part["overtaken_late"].sum()) / max(1, int(part["overtaken"].sum()))
        if share < OVERTAKEN or past < PAST_THRESHOLD or _as_before(overtaken, answered, run.first, run.last, share):
            continue
        yield _jump(part, share, past, run.score, weeks, number)


def _as_before(overtaken: Any, answered: Any, first: int, last: int, share: float) -> bool:
    """Is so much overtaking usual in this queue? (Skills and priorities that the file does not state.)"""
    outside = np.ones(answered.size, dtype=bool)
    outside[first : last + 1] = False
    if answered[outside].sum() < 500:
        return False
    return bool(overtaken[outside].sum() / answered[outside].sum() > share / 3)


def _jump(part: pl.DataFrame, share: float, past: float, score: float, weeks: pl.DataFrame, number: int) -> Finding:
    row = part.row(0, named=True)
    first, last = part["week"][0], part["week"][-1] + timedelta(days=6)
    others = weeks.join(part.select("week"), on="week", how="anti")
    answered = int(others["answered"].sum())
    elsewhere = round(int(others["overtaken"].sum()) / answered, 5) if answered else None
    return Finding(
        kind="queue_jumping", severity="warning", vendor=row["vendor"], feed="contacts", queue=row["queue"],
        metric="service_level", period_start=first, period_end=last, lasting=True, subject=str(number),
        expected=f"at most {100 * USUAL_OVERTAKEN:g} % overtaken", observed=f"{100 * share:.1f} % overtaken",
        evidence={"answered": int(part["answered"].sum()), "overtaken": int(part["overtaken"].sum()),
                  "past_threshold_share": round(past, 3), "log_likelihood_ratio": round(score, 1),
                  "share_in_other_weeks": elsewhere,
                  "innocent": ["priorities or skills that the file does not state", "call-backs that keep their place",
                               "agents who serve only some of the queue's contacts"]},
        **sentence("queue_jumping", percent=100 * share, **period_words(first, last)),
    )  # fmt: skip
