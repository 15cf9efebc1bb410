"""Contacts that can't be: durations longer than a shift or than the contact itself, and another unit of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from pipelines.trust.findings import Finding
from pipelines.trust.sentences import period_words, sentence
from pipelines.trust.spans import merged_days

#: Units in which a duration may have been written by mistake, as factors on seconds.
TIME_FACTORS = (1000.0, 0.001, 60.0, 1 / 60)
#: Answered contacts of a day, and days of a vendor, from which a typical talk time is taken; nearness as in reports.
ANSWERED, DAYS, NEAR = 20, 10, 1.6
#: What a stated duration is of the time by the clock, by the column that counts the contacts for which it would be so.
CLOCK_FACTORS = {"thousandth": "1/1000", "sixtieth": "1/60", "sixtyfold": "60", "thousandfold": "1000"}
#: Contacts of a day from which it is judged, of a stretch from which it is told, and the share that must agree.
TIMED, TOLD, AGREE = 5, 20, 0.8
#: The measure that each duration becomes.
_MEASURE = {"wait_s": "asa_s", "talk_s": "talk_s"}


def contact_findings(odd: pl.DataFrame, days: pl.DataFrame, clocked: pl.DataFrame) -> Iterator[Finding]:
    """``odd``: queries/trust_odd_contacts; ``days``: queries/trust_days; ``clocked``: queries/trust_clocked."""
    yield from odd_durations(odd)
    yield from other_units(days)
    yield from off_the_clock(clocked)


def odd_durations(odd: pl.DataFrame) -> Iterator[Finding]:
    """One finding per vendor, kind of oddity and stretch of days not more than a week apart."""
    for (what,), some in odd.group_by(["what"], maintain_order=True):
        words = "impossible_duration" if what == "longer_than_a_shift" else "inconsistent_duration"
        for vendor, span in merged_days(some, reach_days=7):
            count = int(span["contacts"].sum())
            longest = span["longest_s"].max()
            assert isinstance(longest, float)
            first, last = span["local_date"].min(), span["local_date"].max()
            queues = span["queue"].unique().sort().to_list()
            yield Finding(
                kind="impossible_duration", severity="warning", vendor=vendor, feed="contacts",
                queue=queues[0] if len(queues) == 1 else None,
                period_start=first, period_end=last,  # type: ignore[arg-type]
                expected="less than a shift" if words == "impossible_duration" else "parts within the whole",
                observed=f"{count} contact(s), up to {longest / 3600:.1f} h", subject=str(what),
                evidence={"legs": span["legs"].list.explode().head(20).to_list(), "longest_s": longest,
                          "queues": queues, "innocent": ["agents who did not hang up", "a recording that ended late"]},
                **sentence(words, count=count, hours=longest / 3600, **period_words(first, last)),  # type: ignore[arg-type]
            )  # fmt: skip


def other_units(days: pl.DataFrame) -> Iterator[Finding]:
    """Stretches of days whose mean talk time is another unit's: 60 or 1000 times what is usual, or a fraction."""
    daily = (
        days.group_by("vendor", "local_date")
        .agg(pl.col("answered", "talk_s").sum())
        .filter((pl.col("answered") >= ANSWERED) & (pl.col("talk_s") > 0))
        .with_columns(talk=pl.col("talk_s") / pl.col("answered"))
        .with_columns(usual=pl.col("talk").median().over("vendor"), days=pl.len().over("vendor"))
        .filter(pl.col("days") >= DAYS)
    )
    for factor in TIME_FACTORS:
        ratio = pl.col("talk") / pl.col("usual") / factor
        for vendor, span in merged_days(daily.filter((ratio > 1 / NEAR) & (ratio < NEAR)), reach_days=7):
            named = f"{factor:g}" if factor >= 1 else f"1/{1 / factor:g}"
            usual, stated = float(span["usual"][0]), float(span["talk"].to_numpy().mean())
            yield _another_unit(
                "scale_mismatch", vendor, span, "talk_s", named, usual, stated, int(span["answered"].sum()),
                severity="warning", subject=named,
            )  # fmt: skip


def off_the_clock(clocked: pl.DataFrame) -> Iterator[Finding]:
    """Stretches of days whose waits or talk times are another unit's than the clock of the same contacts.

    A unit that was wrong from the first file on is usual, and no past tells of it: the instants do.
    """
    for (duration,), some in clocked.group_by(["duration"], maintain_order=True):
        metric = _MEASURE[str(duration)]
        for column, factor in CLOCK_FACTORS.items():
            off = (pl.col("contacts") >= TIMED) & (pl.col(column) >= AGREE * pl.col("contacts"))
            for vendor, span in merged_days(some.filter(off), reach_days=7):
                timed, stated, clock = (float(span[name].sum()) for name in ("contacts", "stated_s", "clock_s"))
                if timed < TOLD:
                    continue
                yield _another_unit(
                    "off_the_clock", vendor, span, metric, factor, clock / timed, stated / timed, int(timed),
                    severity="critical", subject=f"clock {factor}", lasting=True,
                )  # fmt: skip


def _another_unit(
    words: str, vendor: str, span: pl.DataFrame, metric: str, factor: str, right_s: float, stated_s: float,
    answered: int, **told: Any,
) -> Finding:  # fmt: skip
    """A stretch of days on which a duration (seconds) is ``factor`` times what it should be about."""
    first, last = span["local_date"].min(), span["local_date"].max()
    return Finding(
        kind="scale_mismatch", vendor=vendor, feed="contacts", metric=metric,
        period_start=first, period_end=last,  # type: ignore[arg-type]
        expected=f"about {right_s:.0f} s", observed=f"about {stated_s:.4g} s",
        evidence={"days": span.height, "answered": answered}, **told,
        **sentence(words, metric=metric, factor=factor, **period_words(first, last)),  # type: ignore[arg-type]
    )  # fmt: skip


#: Below this share of the unanswered, lines with talk time are hardly worth a word.
TALKED = 0.001


def counted_findings(counted: pl.DataFrame) -> Iterator[Finding]:
    """Calls that nobody answered, and that have talk time all the same; of contacts that came counted.

    ``counted``: queries/trust_counted. One finding per vendor.
    """
    for row in counted.filter(pl.col("talked") > TALKED * pl.col("lines")).iter_rows(named=True):
        yield Finding(
            kind="impossible_duration", severity="info", lasting=True, vendor=row["vendor"], feed="contacts",
            period_start=row["first_day"], period_end=row["last_day"], subject="talk without an answer",
            expected="no talk time without an answer", observed=f"{row['talked']} of {row['lines']} lines",
            evidence={"lines": row["lines"], "talked": row["talked"],
                      "innocent": ["calls that rang on and were answered elsewhere", "ringing time counted as talk"]},
            **sentence("talk_without_answer", count=row["talked"], of=row["lines"],
                       **period_words(row["first_day"], row["last_day"])),
        )  # fmt: skip
