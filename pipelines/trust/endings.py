"""Calls that are over as soon as they are answered, and that the agent ended first.

An answered call counts for the service level however short it is. Every line has some: wrong numbers, dropped lines,
callers who think better of it. Named is a stretch of weeks in which there are far more than the queue usually has, or
than other operations have, and in which it is mostly the agents who hang up: a pattern to explain, with innocent
causes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.measures.plausibility import best_stretches, two_rates
from pipelines.trust.findings import Finding
from pipelines.trust.sentences import period_words, sentence

SHORT_S = 10
#: Log likelihood that a stretch of weeks must reach, and the least share of short calls in it.
AT_LEAST, LEAST = 20.0, 0.02
#: So many times as many as usual is the pattern that is looked for; and more than so many times must be there.
PATTERN, MORE = 4.0, 2.5
#: The share that every line may have; a usual share below it is not believed.
EVERY_LINE = 0.005
#: Part of the short calls that agents must have ended, where it is known who did; and how many must be known.
BY_AGENT, KNOWN = 0.5, 20


def ending_findings(endings: pl.DataFrame) -> Iterator[Finding]:
    """``endings``: queries/trust_endings, one row per vendor, queue and week."""
    for some in endings.partition_by("vendor", "queue", maintain_order=True):
        row = some.row(0, named=True)
        usual = usual_share(some, endings.filter(pl.col("vendor") != row["vendor"]))
        if MORE * usual >= 1:  # no share is so many times as high: where most calls are short, that is what is usual
            continue
        calls, short = (some[name].to_numpy().astype(float) for name in ("answered", "short"))
        pattern = min(PATTERN * usual, (1 + usual) / 2)
        for number, run in enumerate(best_stretches(two_rates(short, calls, usual, pattern), AT_LEAST)):
            part = some[run.first : run.last + 1]
            if is_many(int(part["short"].sum()), int(part["answered"].sum()), usual) and by_agents(part) is not False:
                yield _finding(part, usual, run.score, number)


def usual_share(own: pl.DataFrame, others: pl.DataFrame) -> float:
    """The share of short calls to be expected: the queue's usual week, or that of other operations if it is lower."""
    weeks = own["short"].cast(pl.Float64) / own["answered"]
    shares = [float(np.median(weeks.to_numpy()))]
    if calls := int(others["answered"].sum()):
        shares.append(int(others["short"].sum()) / calls)
    return max(EVERY_LINE, min(shares))


def is_many(short: int, answered: int, usual: float) -> bool:
    """Far more short calls than usual, and not few of all."""
    return bool(answered) and short / answered >= max(LEAST, MORE * usual)


def by_agents(part: pl.DataFrame) -> bool | None:
    """Was it mostly agents who ended the short calls? None where too little is known of who did."""
    known = int(part["short_known"].sum())
    return None if known < KNOWN else int(part["short_by_agent"].sum()) / known >= BY_AGENT


def _finding(part: pl.DataFrame, usual: float, score: float, number: int) -> Finding:
    row = part.row(0, named=True)
    first, last = part["week"][0], part["week"][-1] + timedelta(days=6)
    short, answered = int(part["short"].sum()), int(part["answered"].sum())
    known, agents = int(part["short_known"].sum()), int(part["short_by_agent"].sum())
    stated = by_agents(part) is not None
    return Finding(
        kind="short_contacts", severity="warning" if stated else "info", vendor=row["vendor"], feed="contacts",
        queue=row["queue"], metric="answered", period_start=first, period_end=last, lasting=True, subject=str(number),
        expected=f"about {100 * usual:.1f} % under {SHORT_S} s", observed=f"{100 * short / answered:.1f} %",
        evidence={"answered": answered, "short": short, "ended_by_agent": agents if stated else None,
                  "ended_known": known, "log_likelihood_ratio": round(score, 1),
                  "innocent": ["lines that drop, or a headset that fails", "wrong numbers and automatic diallers",
                               "calls handed over before a word is said"]},
        **sentence("short_contacts_by_agent" if stated else "short_contacts", share=100 * short / answered,
                   limit=SHORT_S, usual=100 * usual, agents=100 * agents / known if known else 0, where=row["queue"],
                   **period_words(first, last)),
    )  # fmt: skip
