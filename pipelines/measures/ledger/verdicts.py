"""Verdicts: does a reported figure agree with the recomputed one, differ, or can it not be verified, and why not."""

from __future__ import annotations

import polars as pl

from pipelines.measures.ledger.causes import slack_of
from pipelines.measures.ledger.evidence import Evidence
from pipelines.measures.ledger.formulas import COUNTS, METRICS, SURVEYS, formulas
from pipelines.measures.ledger.periods import cells, members
from pipelines.measures.weekly.counted import MOST_OPEN
from pipelines.workspace.terms import REPEAT_METRICS


def _by_date(metric: str) -> bool:
    parts = [part for one in formulas(metric, ())[:1] for part in (one.top, one.bottom) if part is not None]
    return any(name in (*SURVEYS, "logged_s") for part in parts for name in part.meta.root_names())


VERDICTS = ("agrees", "differs", "not_verifiable")

#: Why a figure can't be verified, in the order in which they are asked.
REASONS = (
    "not_reported", "no_source", "calendar_days", "no_definition", "no_contacts", "waits_unknown", "windows_open",
    "customers_unknown", "no_demand", "not_delivered", "data_missing", "rows_rejected", "impossible_durations",
)  # fmt: skip

#: Metrics that contacts' intervals don't tell: surveys, logged hours, repeats are known by calendar date.
BY_DATE = (*(name for name in sorted(METRICS) if _by_date(name)), *REPEAT_METRICS)
_DURATIONS = ("asa_s", "aht_s", "talk_s", "hold_s", "acw_s")


def judged(ledger: pl.DataFrame, facts: pl.DataFrame, *, moved: bool = False) -> pl.DataFrame:
    """Adds difference, verdict and the reason why something can't be verified.

    ``moved``: reporting days begin at another hour than midnight; what is known by calendar date only is not theirs.

    A difference that what is wrong with our own contacts may explain is not held against the vendor: open days without
    contacts, rows that could not be read (as long as they are enough to make up the missing contacts), contacts whose
    durations can't be, waits that are not known. ``facts``: :func:`facts_of` the keys.
    """
    reported, recomputed = pl.col("reported"), pl.col("recomputed")
    ledger = _complete(ledger).join(facts, on="key", how="left")
    ledger = ledger.with_columns(slack=slack_of("reported"))
    ledger = ledger.join(_lacking(ledger), on="key", how="left")
    away = pl.col("difference").abs() > pl.col("slack")
    # The terms may say what a period without contacts gives; on a day without any delivery there is nothing at all.
    by_zero_rule = recomputed.is_not_null() & (pl.col("denominator") == 0).fill_null(False)
    tests: list[tuple[str, pl.Expr]] = [
        ("not_reported", reported.is_null()),
        ("no_source", pl.col("reason") == "no_source"),
        ("calendar_days", pl.lit(moved) & pl.col("metric").is_in(BY_DATE)),
        ("no_definition", pl.col("definition_id").is_null()),
        ("no_contacts", (pl.col("our_contacts").fill_null(0) == 0) & (reported != 0) & ~by_zero_rule),
        ("waits_unknown", recomputed.is_null() & (pl.col("waits_missing") > 0)),
        # A first contact whose window is open may still be repeated: on some of them a figure can't be judged.
        ("windows_open", _open_too_much()),
        ("customers_unknown", recomputed.is_null() & (pl.col("customers_unknown") > 0)),
        ("no_demand", recomputed.is_null() & (pl.col("denominator") == 0)),
        ("not_delivered", recomputed.is_null() & (pl.col("our_contacts") > 0)),
        ("no_contacts", recomputed.is_null()),
        *((name, away & doubt) for name, doubt in _doubts()),
    ]
    reason = pl.coalesce(pl.when(test).then(pl.lit(name)) for name, test in tests)
    ledger = ledger.with_columns(reason=reason)
    verdict = (
        pl.when(pl.col("reason").is_not_null())
        .then(pl.lit("not_verifiable"))
        .when(away)
        .then(pl.lit("differs"))
        .otherwise(pl.lit("agrees"))
    )
    return ledger.with_columns(verdict=verdict)


def _open_too_much() -> pl.Expr:
    return pl.col("windows_open") > MOST_OPEN * (pl.col("windows_open") + pl.col("windows_closed"))


def judgeable(lines: pl.DataFrame, facts: pl.DataFrame, counts: pl.DataFrame | None) -> pl.DataFrame:
    """``lines`` with ``judgeable``: whether a difference would be held against the vendor.

    ``counts``: the ledger of the vendor's counts, null where it reports none.
    """
    lacking = pl.DataFrame(schema={"key": lines.schema["key"], "lacking": pl.Float64})
    if counts is not None:
        lacking = _lacking(_complete(counts))
    rows = (
        lines.select("key", "metric", windows_open=pl.lit(None, pl.Int64))
        .join(facts, on="key", how="left")
        .join(lacking, on="key", how="left")
    )
    doubtful = pl.any_horizontal(doubt.fill_null(False) for _, doubt in _doubts())
    empty = pl.col("our_contacts").fill_null(0) == 0
    return lines.join(rows.select("key", judgeable=~(doubtful | empty)), on="key", how="left")


def _doubts() -> list[tuple[str, pl.Expr]]:
    """Why a difference may come from what is wrong with our own contacts."""
    ours_may_lack = (pl.col("lacking") > 0) & (pl.col("lacking") <= pl.col("rejected"))
    return [
        ("data_missing", pl.col("gap_days") > 0),
        ("rows_rejected", ours_may_lack),
        ("windows_open", pl.col("windows_open") > 0),
        ("impossible_durations", pl.col("metric").is_in(_DURATIONS) & (pl.col("odd_days") > 0)),
        ("waits_unknown", (pl.col("waits_missing") > 0) & ~pl.col("metric").is_in(COUNTS)),
    ]


def _complete(ledger: pl.DataFrame) -> pl.DataFrame:
    """Columns that no metric of this ledger has given."""
    wanted = {
        "reason": pl.String(),
        "definition_id": pl.String(),
        "denominator": pl.Float64(),
        "difference": pl.Float64(),
        "windows_open": pl.Int64(),
        "windows_closed": pl.Int64(),
        "customers_unknown": pl.Int64(),
    }
    return ledger.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in wanted.items() if name not in ledger.columns
    )


def _lacking(ledger: pl.DataFrame) -> pl.DataFrame:
    """Per key the most contacts that the vendor counts and we lack."""
    counts = ledger.filter(pl.col("metric").is_in(COUNTS))
    return counts.group_by("key").agg(lacking=(-pl.col("difference")).max())


def facts_of(keys: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """Per key: contacts held, contacts whose wait is not known, open days without contacts, rows rejected, odd days."""
    own = cells(keys, evidence.days, evidence.intervals)
    known = pl.col("waits_known") if "waits_known" in own.columns else pl.lit(None, pl.Int64)
    counted = own.group_by("key").agg(
        our_contacts=pl.col("offered").sum(),
        waits_missing=((pl.col("answered") + pl.col("abandoned")) - known).clip(lower_bound=0).sum(),
    )
    days = members(keys, evidence.days)
    facts = keys.select("key").join(counted, on="key", how="left")
    for name, places in (("gap_days", evidence.gaps), ("odd_days", evidence.odd)):
        touched = days.join(places, on=["queue", "local_date"], how="semi")
        facts = facts.join(
            touched.group_by("key").agg(pl.col("local_date").n_unique().alias(name)), on="key", how="left"
        )
    overlaps = (pl.col("first_day") <= pl.col("period_end")) & (pl.col("last_day") >= pl.col("period_start"))
    files = keys.select("key", "period_start", "period_end").join(evidence.rejected, how="cross").filter(overlaps)
    facts = facts.join(files.group_by("key").agg(rejected=pl.col("rows").sum()), on="key", how="left")
    return facts.with_columns(pl.col("gap_days", "odd_days", "rejected").fill_null(0))
