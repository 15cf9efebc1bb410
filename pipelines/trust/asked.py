"""Who is asked for an opinion: does the offer depend on what came of the contact, and are surveys missing?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.measures.plausibility import Association, association, dispersion_of, silence_probability
from pipelines.trust.findings import Finding
from pipelines.trust.sentences import period_words, sentence
from pipelines.trust.silence import NEGLIGIBLE

#: Outcomes that an offer must not depend on: column, in words.
OUTCOMES = {
    "unresolved": ("not resolved", "non résolu"),
    "held": ("put on hold for a minute or more", "mis en attente une minute ou plus"),
    "transferred": ("transferred", "transféré"),
    "long_talk": ("longer than ten minutes", "plus long que dix minutes"),
}
#: z, difference of the shares asked, and odds ratio at which an offer is called dependent; contacts on each side.
Z, DIFFERENCE, ODDS, CONTACTS = 6.0, 0.10, 0.6, 50


def survey_findings(
    asks: pl.DataFrame, days: pl.DataFrame, senders: pl.DataFrame, periods: pl.DataFrame
) -> Iterator[Finding]:
    """``asks``, ``days``, ``senders``: queries trust_survey_asks, trust_survey_weeks, trust_survey_senders.

    ``periods``: survey deliveries that came (vendor = sender, period_start, period_end); surveys of a period whose
    whole file is missing are not missing twice.
    """  # fmt: skip
    yield from offer_bias(asks, days)
    yield from response_gaps(days, senders, periods)
    yield from everybody_replied(days)


#: So many contacts, so large a share of them with a survey answer: hardly anybody's customers do that.
REPLIED_OF, REPLIED = 200, 0.98


def everybody_replied(days: pl.DataFrame) -> Iterator[Finding]:
    """One finding per vendor of whose answered contacts (nearly) every one has a survey answer."""
    sums = days.group_by("vendor").agg(
        pl.col("answered", "replied").sum(),
        first=pl.col("local_date").filter(pl.col("replied") > 0).min(),
        last=pl.col("local_date").filter(pl.col("replied") > 0).max(),
    )
    odd = sums.filter((pl.col("answered") >= REPLIED_OF) & (pl.col("replied") >= REPLIED * pl.col("answered")))
    for row in odd.sort("vendor").iter_rows(named=True):
        yield Finding(
            kind="survey_response_gap", severity="info", lasting=True, vendor=row["vendor"], feed="surveys",
            metric="response_rate", period_start=row["first"], period_end=row["last"], subject="everybody replied",
            expected="a part of the customers asked", observed=f"{row['replied'] / row['answered']:.1%}",
            evidence={"about": row["vendor"], "answered": row["answered"], "replied": row["replied"],
                      "innocent": ["a survey that the agent fills in with the customer",
                                   "contacts without an answer that were left out of the file"]},
            **sentence("everybody_replied", silent=max(row["answered"] - row["replied"], 0), answered=row["answered"],
                       **period_words(row["first"], row["last"])),
        )  # fmt: skip


def offer_bias(asks: pl.DataFrame, days: pl.DataFrame) -> Iterator[Finding]:
    """One finding per vendor: the outcome that the offer depends on most, and the others with it."""
    months = asks.filter((pl.col("asked").sum() > 0).over("vendor", "month"))
    for (vendor,), own in months.group_by(["vendor"], maintain_order=True):
        found = {name: result for name in OUTCOMES if (result := _association(own, name)) and _dependent(result)}
        if found:
            asked = days.filter((pl.col("vendor") == vendor) & (pl.col("sent") > 0))["local_date"]
            yield _bias(str(vendor), asked.min(), asked.max(), found)


def _association(own: pl.DataFrame, outcome: str) -> Association | None:
    """Asked or not by one outcome, in strata of queue, month and the other two great causes."""
    others = [name for name in ("unresolved", "held") if name != outcome]
    side = pl.col(outcome)
    strata = (
        own.filter(side.is_not_null())
        .group_by("queue", "month", *others)
        .agg(
            a=pl.col("asked").filter(side).sum(), n1=pl.col("answered").filter(side).sum(),
            c=pl.col("asked").filter(~side).sum(), n0=pl.col("answered").filter(~side).sum(),
        )
        # at the edge of a month a survey and its contact may lie in different ones
        .with_columns(a=pl.min_horizontal("a", "n1"), c=pl.min_horizontal("c", "n0"))
        .cast({"a": pl.Float64, "n1": pl.Float64, "c": pl.Float64, "n0": pl.Float64})
    )  # fmt: skip
    return association(*(strata[name].to_numpy() for name in ("a", "n1", "c", "n0")))


def _dependent(result: Association) -> bool:
    return (
        result.z < -Z
        and result.difference < -DIFFERENCE
        and result.odds_ratio < ODDS
        and min(result.with_outcome, result.without_outcome) >= CONTACTS
    )


def _bias(vendor: str, first: Any, last: Any, found: dict[str, Association]) -> Finding:
    outcome, result = min(found.items(), key=lambda item: item[1].odds_ratio)
    english, french = OUTCOMES[outcome]
    return Finding(
        kind="survey_offer_bias", severity="critical", vendor=vendor, feed="surveys", metric="csat",
        period_start=first, period_end=last, lasting=True,
        expected="the same share asked, whatever came of the contact",
        observed=f"{100 * result.share_with:.0f} % against {100 * result.share_without:.0f} %",
        evidence={
            "by_outcome": {name: {"odds_ratio": round(one.odds_ratio, 3), "z": round(one.z, 1),
                                  "asked_with": round(one.share_with, 3), "asked_without": round(one.share_without, 3),
                                  "contacts_with": one.with_outcome} for name, one in found.items()},
            "test": "Mantel-Haenszel within queue and month",
            "innocent": ["a rule that spares customers with an open complaint", "channels without a survey",
                         "customers who were asked a short time before"],
        },
        **sentence("survey_offer_bias", outcome=english, outcome_fr=french, low=100 * result.share_with,
                   high=100 * result.share_without),
    )  # fmt: skip


def response_gaps(days: pl.DataFrame, senders: pl.DataFrame, periods: pl.DataFrame) -> Iterator[Finding]:
    """Weeks without any survey about a vendor, although its contacts went on: neighbouring weeks are one finding.

    The finding belongs to who sends the surveys; whom they are about stands in the evidence.
    """
    for (vendor,), own in days.group_by(["vendor"], maintain_order=True):
        sender = senders.filter(pl.col("vendor") == vendor).sort("surveys", descending=True)
        if sender.is_empty():
            continue
        known = sender.row(0, named=True)
        weeks = (
            own.filter(pl.col("local_date").is_between(known["first_day"], _last_day(periods, known)))
            .group_by(week=pl.col("local_date").dt.truncate("1w"))
            .agg(pl.col("answered", "sent", "replied").sum())
            .sort("week")
        )
        usual = weeks.filter(pl.col("sent") > 0)
        share = (usual["sent"] / usual["answered"].clip(1)).median() if usual.height else None
        if isinstance(share, float):
            yield from _silent_weeks(str(vendor), str(known["sender"]), weeks, share, periods)


def _last_day(periods: pl.DataFrame, known: dict[str, Any]) -> date:
    last = periods.filter(pl.col("vendor") == known["sender"])["period_end"].max()
    seen: date = known["last_day"]
    return max(last, seen) if isinstance(last, date) else seen


def _silent_weeks(
    vendor: str, sender: str, weeks: pl.DataFrame, share: float, periods: pl.DataFrame
) -> Iterator[Finding]:
    expected = weeks["answered"].to_numpy().astype(float) * share
    size = dispersion_of(weeks["sent"].to_numpy().astype(float), expected)
    run: list[tuple[date, float]] = []
    for row, usual in zip([*weeks.iter_rows(named=True), None], [*expected, 0.0], strict=True):
        silent = row is not None and row["sent"] == 0 and usual > 0 and _file_came(periods, sender, row["week"])
        if silent and row is not None:
            run.append((row["week"], float(usual)))
            continue
        if run and silence_probability(sum(part for _, part in run), size) < NEGLIGIBLE:
            yield _gap(vendor, sender, run, share)
        run = []


def _file_came(periods: pl.DataFrame, sender: str, week: date) -> bool:
    covering = periods.filter(
        (pl.col("vendor") == sender)
        & (pl.col("period_start") <= week + timedelta(days=6))
        & (pl.col("period_end") >= week)
    )
    return covering.height > 0


def _gap(vendor: str, sender: str, run: list[tuple[date, float]], share: float) -> Finding:
    first, last = run[0][0], run[-1][0] + timedelta(days=6)
    count = float(np.sum([usual for _, usual in run]))
    return Finding(
        kind="survey_response_gap", severity="warning", vendor=sender, feed="surveys", metric="csat",
        period_start=first, period_end=last, subject=vendor,
        expected=f"about {count:.0f} surveys about {vendor}", observed="none",
        evidence={"about": vendor, "usual_share_asked": round(share, 3),
                  "reasoning": "Contacts went on and surveys about other vendors came: asking stopped for this one.",
                  "innocent": ["the survey tool lost the vendor's queues", "a pause that was agreed"]},
        **sentence("survey_response_gap", about=vendor, count=count, **period_words(first, last)),
    )  # fmt: skip
