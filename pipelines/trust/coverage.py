"""How much of what should be there is there: days on which a vendor was open, and days of which contacts came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from pipelines.measures.catalogue import ANSWERED_SHARE
from pipelines.trust.silence import Gap
from pipelines.workspace import Workspace
from pipelines.workspace.hours import open_spans, queues_of

#: Shares of those who answered a survey.
SURVEY_SHARES = ("csat",)

SHARE_SCHEMA = {
    "vendor": pl.String(),
    "open_days": pl.Int64(),
    "days_with_data": pl.Int64(),
    "data_share": pl.Float64(),
}


def open_days(workspace: Workspace, first: date, last: date) -> pl.DataFrame:
    """Days on which at least one queue of a vendor was open under its terms: vendor, local_date.

    A vendor whose terms state no hours has no open days: nothing can be expected of it.
    """
    rows = [
        (code, day)
        for code, vendor in workspace.vendors.items()
        for day in (first + timedelta(days=step) for step in range((last - first).days + 1))
        if (vendor.started_on or date.min) <= day <= (vendor.ended_on or date.max) and _is_open(workspace, code, day)
    ]
    return pl.DataFrame(rows, schema={"vendor": pl.String(), "local_date": pl.Date()}, orient="row")


def _is_open(workspace: Workspace, vendor: str, day: date) -> bool:
    terms = workspace.terms_on(vendor, day)
    return terms is not None and any(open_spans(terms, queue, day) for queue in queues_of(workspace, terms))


def data_shares(expected: pl.DataFrame, received: pl.DataFrame) -> pl.DataFrame:
    """Per vendor, the share of its open days of which contacts came, as :data:`SHARE_SCHEMA`.

    ``expected``: vendor, local_date. ``received``: vendor, local_date, any number of rows per day. A vendor with no
    open day has no share (null: nothing was expected).
    """
    days = received.select("vendor", "local_date").unique().with_columns(came=pl.lit(True))
    return (
        expected.join(days, on=["vendor", "local_date"], how="left")
        .group_by("vendor")
        .agg(open_days=pl.len(), days_with_data=pl.col("came").fill_null(False).sum())
        .with_columns(data_share=pl.col("days_with_data") / pl.col("open_days"))
        .cast(SHARE_SCHEMA)  # type: ignore[arg-type]
        .select(*SHARE_SCHEMA)
        .sort("vendor")
    )


def expected_days(cells: pl.DataFrame, silent: Sequence[Gap], early: pl.Expr | None = None) -> pl.DataFrame:
    """Per vendor, queue and open day: open_intervals, silent_intervals, expected contacts, missing ones (in gaps).

    ``early``: cells before the hour at which the vendor's business day begins; what of the expected and missing
    contacts lies there is told apart (expected_early, missing_early).

    ``cells``: :func:`pipelines.trust.openings.open_cells`; ``silent``: the gaps found in them. An interval without
    contacts is missing only within a gap: in a quiet queue an empty half-hour is no lack of data.
    """
    missing = pl.lit(False)
    for gap in silent:
        missing |= (
            (pl.col("vendor") == gap.vendor)
            & pl.col("queue").is_in(gap.queues)
            & pl.col("interval_start_at").is_between(gap.starts_at, gap.ends_at, closed="left")
        )
    return (
        cells.with_columns(silent=missing, early=pl.lit(False) if early is None else early)
        .group_by("vendor", "queue", "local_date")
        .agg(
            open_intervals=pl.len().cast(pl.Int64),
            silent_intervals=pl.col("silent").sum().cast(pl.Int64),
            expected=pl.col("expected").sum(),
            missing=pl.col("expected").filter("silent").sum(),
            expected_early=pl.col("expected").filter("early").sum(),
            missing_early=pl.col("expected").filter(pl.col("silent") & pl.col("early")).sum(),
        )
        .sort("vendor", "queue", "local_date")
    )


def expected_shares(days: pl.DataFrame, by: Sequence[str] = ("vendor",)) -> pl.DataFrame:
    """Per ``by``, the share of what was to be expected that has come: open_intervals, silent_intervals, data_share.

    ``days``: :func:`expected_days` of the period asked for. Weighed by expected contacts, so a lost peak hour weighs
    more than a lost evening; by intervals where nothing could be expected of the history.
    """
    whole = pl.col("expected").sum()
    by_contacts = 1 - pl.col("missing").sum() / whole
    by_intervals = 1 - pl.col("silent_intervals").sum() / pl.col("open_intervals").sum()
    return (
        days.group_by(*by)
        .agg(
            pl.col("open_intervals", "silent_intervals").sum(),
            data_share=pl.when(whole > 0).then(by_contacts).otherwise(by_intervals),
        )
        .sort(*by)
    )


def with_expected(shares: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Shares (:func:`data_shares`) by intervals and contacts where those are known: a lost afternoon counts too.

    ``days``: :func:`expected_days` of the period. A vendor of whom nothing is known there keeps its share of days.
    """
    finer = expected_shares(days).select("vendor", finer="data_share")
    return (
        shares.join(finer, on="vendor", how="left")
        .with_columns(data_share=pl.coalesce("finer", "data_share"))
        .drop("finer")
    )


def survey_bounds(value: float, response_rate: float) -> tuple[float, float]:
    """Worst and best share over everybody asked, if all who did not answer were dissatisfied, or all satisfied.

    Manski bounds (STATISTICS section 4): 86 % at a response rate of 12 % is 10.3 to 98.3 %. Raises ``ValueError``
    for values outside 0 to 1.
    """
    if not (0 <= value <= 1 and 0 <= response_rate <= 1):
        raise ValueError("a share and a response rate lie between 0 and 1")
    return value * response_rate, value * response_rate + (1 - response_rate)


def with_bounds(
    scorecard: pl.DataFrame, shares: pl.DataFrame, good: Mapping[str, str], rates: Sequence[str]
) -> pl.DataFrame:
    """The scorecard with ``data_share`` and the worst and best value that a rate could have.

    If what is missing were all bad, or all good: value x share + (0 or 1) x (1 - share). For a survey's share, those
    who were asked and did not answer are missing too (:func:`survey_bounds`). ``good``: measure -> "higher" or
    "lower". Other measures have no such bounds (null).
    """
    scorecard = _with_response(scorecard)
    share, value = pl.col("data_share") * pl.col("response"), pl.col("value")
    is_rate = pl.col("metric").is_in(rates) & value.is_not_null() & share.is_not_null()
    all_missing_zero, all_missing_one = value * share, value * share + (1 - share)
    higher = pl.col("metric").replace_strict(good, default="none", return_dtype=pl.String()) != "lower"
    if "note" in scorecard.columns:
        higher |= (pl.col("note") == ANSWERED_SHARE).fill_null(False)
    joined = scorecard.join(shares.select("vendor", "data_share"), on="vendor", how="left").with_columns(
        worst_case=pl.when(is_rate).then(pl.when(higher).then(all_missing_zero).otherwise(all_missing_one)),
        best_case=pl.when(is_rate).then(pl.when(higher).then(all_missing_one).otherwise(all_missing_zero)),
    )
    return joined.drop("response")


def _with_response(scorecard: pl.DataFrame) -> pl.DataFrame:
    """The scorecard with ``response``: of surveys the response rate of the same vendor and queue; 1 for the rest."""
    by = [name for name in ("vendor", "queue") if name in scorecard.columns]
    rates = scorecard.filter(pl.col("metric") == "response_rate").select(*by, response="value")
    of_survey = pl.col("metric").is_in(SURVEY_SHARES)
    return scorecard.join(rates, on=by, how="left", nulls_equal=True).with_columns(
        response=pl.when(of_survey).then(pl.col("response").fill_null(1.0)).otherwise(1.0)
    )
