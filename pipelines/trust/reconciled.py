"""Findings of the ledger: figures that differ from those recomputed, definitions that changed, figures that can't be
verified.

What already has a finding of its own is not told twice: a day without contacts, a report that did not come, rows that
were rejected make single figures unverifiable, and are found as what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from pipelines.measures.definition_search import Explanation, explanation_documents
from pipelines.measures.ledger.causes import WHOLE_SECONDS
from pipelines.measures.ledger.words import definition_words
from pipelines.measures.own_counts import FROM_PRINTED_COUNTS
from pipelines.measures.reconcile import CAUSES, Reconciliation
from pipelines.trust.findings import Finding
from pipelines.trust.reperformance import reperform, reporting_vendors
from pipelines.trust.sentences import day_words, period_words, sentence, span_words
from pipelines.trust.spans import merged_days
from pipelines.workspace import Workspace

#: Reasons that lie in what is delivered at all, not in one day's gap.
LASTING_REASONS = (
    "no_source", "calendar_days", "no_definition", "waits_unknown", "customers_unknown", "not_delivered", "no_demand",
)  # fmt: skip
#: A metric is told as not verifiable when this share of its figures is.
MOSTLY = 0.5
#: Lines that are named in the evidence.
NAMED = 20
#: Differing periods so far apart (days) are one stretch, per granularity: nobody reports on a long weekend.
REACH = {"day": 4, "interval": 1, "hour": 1, "week": 7, "month": 31, "quarter": 92}

_CHANGE_INNOCENT = ["another report template", "a new telephone system with other defaults", "a change agreed by word"]
_DIFFERS_INNOCENT = ["another export than the contacts came from", "figures taken before the day was complete"]
_COUNTS_INNOCENT = [
    "a count that was corrected after the rate was printed",
    "a rate of other counts than those beside it",
]


def reperformance_findings(workspace: Workspace, read: Callable[..., pl.DataFrame]) -> Iterator[Finding]:
    """The findings of every vendor that reports anything."""
    for vendor in reporting_vendors(read):
        found = reperform(workspace, vendor, read)
        yield from reconciliation_findings(found.ledger, found)


def reconciliation_findings(ledger: pl.DataFrame, search: Reconciliation) -> list[Finding]:
    """All findings about one vendor's ledger. Pure: the same ledger gives the same findings."""
    explained = list(_explained(ledger, search))
    return [
        *_changes(search),
        *(finding for finding, _ in explained),
        *_unexplained(search.vendor, ledger, {row for _, rows in explained for row in rows}),
        *_not_verifiable(search.vendor, ledger),
    ]


def _changes(search: Reconciliation) -> Iterator[Finding]:
    """One finding per date on which another definition begins to explain a series."""
    for (metric, granularity), found in search.explanations.items():
        for queue, stretches in _by_queue(found).items():
            for before, after in pairwise(stretches):
                if after.established and before.established and before.definition != after.definition:
                    yield _change(search.vendor, metric, granularity, queue, before, after)


def _by_queue(found: Iterable[Explanation]) -> dict[str | None, list[Explanation]]:
    queues: dict[str | None, list[Explanation]] = {}
    for one in found:
        queues.setdefault(one.queue, []).append(one)
    return queues


def _change(
    vendor: str, metric: str, granularity: str, queue: str | None, before: Explanation, after: Explanation
) -> Finding:
    old, old_fr = definition_words(before.definition)
    new, new_fr = definition_words(after.definition)
    return Finding(
        kind="definition_changed", severity="warning", vendor=vendor, feed="sla_report", queue=queue, metric=metric,
        period_start=after.first_day, period_end=after.last_day, expected=before.definition, observed=after.definition,
        subject=granularity,
        evidence={"before": _told(before), "after": _told(after), "innocent": _CHANGE_INNOCENT},
        **sentence(
            "definition_changed", metric=metric, day=day_words(after.first_day),
            day_fr=f"{after.first_day:%d/%m/%Y}", old=old, old_fr=old_fr, new=new, new_fr=new_fr,
            fits=after.fits, periods=after.periods, terms_fits=after.terms_fits,
        ),
    )  # fmt: skip


def _told(one: Explanation) -> dict[str, Any]:
    return explanation_documents([one])[0]


def _explained(ledger: pl.DataFrame, search: Reconciliation) -> Iterator[tuple[Finding, list[str]]]:
    """One finding per stretch that another definition than that of the terms explains, with the lines it covers."""
    differing = ledger.filter((pl.col("verdict") == "differs") & pl.col("explained_by").is_not_null())
    for (metric, granularity), found in search.explanations.items():
        for one in found:
            if (one.is_terms and not one.truncated) or not one.established:
                continue
            within = (
                (pl.col("metric") == metric)
                & (pl.col("granularity") == granularity)
                & (pl.col("explained_by") == one.definition)
                & pl.col("period_start").is_between(one.first_day, one.last_day)
            )
            rows = differing.filter(within if one.queue is None else within & (pl.col("queue") == one.queue))
            if rows.height:
                yield _differs_as(search.vendor, metric, granularity, one, rows), rows["row_id"].to_list()


def _differs_as(vendor: str, metric: str, granularity: str, one: Explanation, rows: pl.DataFrame) -> Finding:
    words, words_fr = definition_words(one.definition)
    mean = _mean_difference(rows)
    return Finding(
        kind="reported_differs", severity="warning", vendor=vendor, feed="sla_report", queue=one.queue, metric=metric,
        period_start=one.first_day, period_end=one.last_day, subject=granularity,
        expected=f"the definition of the terms ({rows['definition_id'][0]})", observed=one.definition,
        evidence={**_lines(rows), "explanation": _told(one), "innocent": _CHANGE_INNOCENT},
        **sentence(
            "reported_differs_as", metric=metric, count=rows.height, size=_size(mean, rows), words=words,
            words_fr=words_fr, side="above" if mean < 0 else "below",
            side_fr="au-dessus" if mean < 0 else "en dessous", fits=one.fits, periods=one.periods,
            **period_words(one.first_day, one.last_day),
        ),
    )  # fmt: skip


def _unexplained(vendor: str, ledger: pl.DataFrame, told: set[str]) -> Iterator[Finding]:
    """One finding per stretch of days on which figures differ, whatever their metrics, that nothing above explains."""
    # What waits in whole seconds leave open is nobody's to explain.
    by_second = (pl.col("explained_by") == WHOLE_SECONDS).fill_null(False)
    differing = ledger.filter((pl.col("verdict") == "differs") & ~pl.col("row_id").is_in(list(told)) & ~by_second)
    own = pl.col("basis") == FROM_PRINTED_COUNTS
    for (granularity, of_counts), some in differing.group_by(
        ["granularity", own.fill_null(False)], maintain_order=True
    ):
        dated = some.with_columns(local_date="period_start")
        for _, rows in merged_days(dated, REACH.get(str(granularity), 1)):
            yield _differs(vendor, str(granularity), rows, of_counts=bool(of_counts))


def _differs(vendor: str, granularity: str, rows: pl.DataFrame, *, of_counts: bool = False) -> Finding:
    """``of_counts``: the figures were held against counts of the same report, no contact having come."""
    metrics = rows["metric"].unique().sort().to_list()
    queues = rows["queue"].unique().sort().to_list()
    first, last = rows["period_start"].min(), rows["period_end"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    relative = (pl.col("difference") / pl.col("recomputed").abs().clip(1e-9)).abs()
    largest = rows.sort(relative, descending=True, nulls_last=True).row(0, named=True)
    hints = rows["hint"].drop_nulls().unique().sort().to_list()
    words, words_fr = definition_words(largest["explained_by"]) if largest["explained_by"] else ("", "")
    key = ("reported_differs_counts_as" if words else "reported_differs_counts") if of_counts else "reported_differs"
    return Finding(
        kind="reported_differs", severity="warning", vendor=vendor, feed="sla_report",
        queue=queues[0] if len(queues) == 1 else None, metric=metrics[0] if len(metrics) == 1 else None,
        period_start=first, period_end=last, subject=f"{granularity} counts" if of_counts else granularity,
        expected=_recomputed(largest), observed=_shown(largest["reported"], largest),
        evidence={**_lines(rows), "metrics": metrics, "looks_like": hints,
                  "innocent": _COUNTS_INNOCENT if of_counts else _DIFFERS_INNOCENT},
        **sentence(
            key, words=words, words_fr=words_fr, count=rows.height, metric=largest["metric"], metrics=metrics,
            queue=largest["queue"], day=day_words(largest["period_start"]),
            day_fr=f"{largest['period_start']:%d/%m/%Y}", reported=_shown(largest["reported"], largest),
            recomputed=_recomputed(largest), **period_words(first, last),
        ),
    )  # fmt: skip


def _not_verifiable(vendor: str, ledger: pl.DataFrame) -> Iterator[Finding]:
    """Once per granularity and lasting reason, for all metrics most of whose figures can't be verified for it."""
    by = ["granularity", "metric"]
    told = (
        ledger.filter(pl.col("reported").is_not_null())
        .with_columns(of=pl.len().over(by))
        .filter(pl.col("reason").is_in(LASTING_REASONS))
        .filter(pl.len().over(*by, "reason") >= MOSTLY * pl.col("of"))
    )
    for (granularity, reason), some in told.group_by(["granularity", "reason"], maintain_order=True):
        first, last = some["period_start"].min(), some["period_end"].max()
        assert isinstance(first, date)
        assert isinstance(last, date)
        metrics = some["metric"].unique().sort().to_list()
        yield Finding(
            kind="not_verifiable", severity="info", lasting=True, vendor=vendor, feed="sla_report",
            period_start=first, period_end=last, subject=f"{granularity} {reason}",
            expected="figures that can be recomputed", observed=f"none of {len(metrics)} metric(s)",
            evidence={"metrics": metrics, "figures": some.height, "granularity": granularity, "reason": reason},
            **sentence(f"not_verifiable_{reason}", metrics=metrics, **span_words(str(granularity)),
                       **period_words(first, last)),
        )  # fmt: skip


def _lines(rows: pl.DataFrame) -> dict[str, Any]:
    """What the evidence says of the lines: how many, which, the difference by cause."""
    causes: Mapping[str, float] = {
        cause: float(rows[cause].sum()) for cause in CAUSES if rows[cause].is_not_null().any() and rows[cause].sum()
    }
    named = rows.head(NAMED).select("row_id", "queue", "metric", "period_start", "reported", "recomputed", "cell_ref")
    return {
        "lines": rows.height,
        "mean_difference": _mean_difference(rows),
        "causes": causes,
        "deliveries": rows["delivery_id"].drop_nulls().unique().sort().to_list()[:NAMED],
        "rows": named.to_dicts(),
    }


def _mean_difference(rows: pl.DataFrame) -> float:
    mean = rows["difference"].mean()
    return float(mean) if isinstance(mean, int | float) else 0.0


def _size(mean: float, rows: pl.DataFrame) -> str:
    if rows["unit"][0] == "rate":
        return f"{abs(mean) * 100:.1f} points"
    return f"{abs(mean):.1f}{' s' if rows['unit'][0] == 's' else ''}"


def _recomputed(row: Mapping[str, Any]) -> str:
    """The recomputed figure; where only counts are known, what it can be."""
    if row["recomputed"] is not None:
        return _shown(row["recomputed"], row)
    return f"{_shown(row['possible_low'], row)} - {_shown(row['possible_high'], row)}"


def _shown(value: float, row: Mapping[str, Any]) -> str:
    decimals = row["decimals"] if row["decimals"] is not None else 1
    if row["unit"] == "rate":
        return f"{value * 100:.{max(decimals, 1)}f} %"
    return f"{value:.{decimals}f}"
