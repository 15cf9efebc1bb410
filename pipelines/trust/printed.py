"""Can the reported figures be what they say? Shares that no whole number gives, copies, rounding, too little variation.

Deterministic where possible (GRIM, equal counts); where chance decides, a test with an effect size, so that an honest
vendor is not named (false-alarm rates: tests of ``pipelines.measures.plausibility``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.measures.catalogue import Language
from pipelines.measures.plausibility import possible_share, roundness, smoothness
from pipelines.trust.findings import Finding
from pipelines.trust.reports import LINE, lines, rescaled
from pipelines.trust.sentences import day_words, metric_words, period_words, sentence

#: Which count printed beside a share is its denominator: at least, at most. Treatments of abandons differ, so a
#: service level may have any denominator between what was answered and what was offered.
DENOMINATORS = {
    "csat": ("surveys_answered", "surveys_answered"),
    "answer_rate": ("offered", "offered"),
    "abandon_rate": ("offered", "offered"),
    "service_level": ("answered", "offered"),
}
#: Copied: fields that must be equal on a line, lines, share of the group's lines, and contacts on them.
FIELDS, COPIED_LINES, COPIED_SHARE, COPIED_COUNT = 3, 3, 0.5, 50
#: How many groups before a group are held against it.
BACK = 8
#: Rounded: standard errors, and share of zeros above chance. Too smooth: p, ratio to chance, periods.
ROUND_Z, ROUND_EXCESS = 6.0, 0.10
SMOOTH_P, SMOOTH_RATIO, SMOOTH_PERIODS = 1e-6, 0.35, 12


def printed_findings(reports: pl.DataFrame) -> Iterator[Finding]:
    """All findings of this module. ``reports``: queries/trust_reports.

    Deliveries whose figures are in another scale are told as that: their shares are not what they look like.
    """
    if reports.is_empty():
        return
    shares = with_denominators(reports).join(
        rescaled(reports).select("delivery_id", "metric"), on=["delivery_id", "metric"], how="anti"
    )
    yield from impossible(shares)
    yield from copied(reports)
    yield from rounded(shares)
    yield from too_smooth(shares)


def with_denominators(reports: pl.DataFrame) -> pl.DataFrame:
    """Reported shares with the range of counts that they may be shares of (n_low, n_high)."""
    wide = lines(reports)
    shares = reports.filter(
        pl.col("metric").is_in(list(DENOMINATORS)) & (pl.col("unit") == "rate") & pl.col("value").is_not_null()
    )
    shares = shares.join(wide, on=LINE, how="left")
    low, high = pl.lit(None, pl.Float64), pl.lit(None, pl.Float64)
    for metric, (least, most) in DENOMINATORS.items():
        if least in shares.columns and most in shares.columns:
            low = pl.when(pl.col("metric") == metric).then(least).otherwise(low)
            high = pl.when(pl.col("metric") == metric).then(most).otherwise(high)
    return shares.with_columns(
        n_low=pl.coalesce("denominator", low).cast(pl.Int64), n_high=pl.coalesce("denominator", high).cast(pl.Int64)
    )


def impossible(shares: pl.DataFrame) -> Iterator[Finding]:
    """One finding per delivery and metric with shares that no whole number of contacts or surveys gives (GRIM).

    Only where a share was printed in percent with its decimals. Where more than one in twenty of a vendor's shares is
    impossible outside of single wrecked deliveries, the denominator must be another than the one printed beside it:
    that proves nothing, and nothing is said.
    """
    usable = shares.filter(
        (pl.col("n_low") >= 1)
        & (pl.col("n_high") >= pl.col("n_low"))
        & (pl.col("printed_scale") == 100)
        & pl.col("decimals").is_not_null()
        & pl.col("value").is_between(0, 1)
    )
    columns = ("value", "n_low", "n_high", "decimals")
    possible = [
        possible_share(value * 100, low, high, decimals) for value, low, high, decimals in usable.select(columns).rows()
    ]
    checked = usable.with_columns(wrong=~pl.Series(possible, dtype=pl.Boolean))
    delivery = ["vendor", "metric", "delivery_id"]
    odd = checked.group_by(delivery).agg(odd=pl.col("wrong").any())
    usual = odd.group_by("vendor", "metric").agg(share=pl.col("odd").mean(), groups=pl.len())
    believable = (pl.col("share") <= 0.05) | (pl.col("share") * pl.col("groups") <= 2)
    told = checked.filter("wrong").join(usual.filter(believable), on=["vendor", "metric"])
    for some in told.partition_by(delivery, maintain_order=True):
        yield _impossible(some)


def _impossible(some: pl.DataFrame) -> Finding:
    row = some.row(0, named=True)
    printed = f"{row['value'] * 100:.{row['decimals']}f}"
    least, most = DENOMINATORS[row["metric"]]
    n = f"{row['n_high']} {most}" if row["n_low"] == row["n_high"] else f"{row['n_low']}-{row['n_high']} {least}/{most}"
    first, last = some["local_date"].min(), some["local_date"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    if row["granularity"] != "day":
        last = max(last, (row["period_end_at"] - timedelta(hours=12)).date())  # ends at a midnight of some zone
    queues = some["queue"].unique().sort().to_list()
    one = some.height == 1
    return Finding(
        kind="impossible_figure", severity="warning", vendor=row["vendor"], feed="sla_report",
        queue=queues[0] if len(queues) == 1 else None, metric=row["metric"], period_start=first, period_end=last,
        expected=f"a share of {n}", observed=f"{printed} %" if one else f"{printed} %, and {some.height - 1} more",
        subject=row["file_name"],
        evidence={"cells": some["cell_ref"].drop_nulls().head(20).to_list(), "lines": some.height, "queues": queues,
                  "file_name": row["file_name"], "delivery_id": row["delivery_id"],
                  "test": "GRIM: no whole number over this count rounds to the printed share",
                  "innocent": ["another denominator than the one printed", "rounding in two steps", "a weighted mean"]},
        **sentence("impossible_figure" if one else "impossible_figures", metric=row["metric"], printed=printed,
                   n=_stated(row, "en"), n_fr=_stated(row, "fr"), count=some.height, **period_words(first, last)),
    )  # fmt: skip


def _stated(row: dict[str, Any], language: Language) -> str:
    """The counts that the share may be of, in words: ``41 surveys answered``."""
    least, most = (metric_words(one, language) for one in DENOMINATORS[row["metric"]])
    if row["n_low"] == row["n_high"]:
        return f"{row['n_high']} {most}"
    return f"{row['n_low']}-{row['n_high']} {least if least == most else f'{least} / {most}'}"


def copied(reports: pl.DataFrame) -> Iterator[Finding]:
    """Weeks (or months) whose lines equal those of an earlier one, field by field.

    A line counts when at least three figures are equal and they are no small counts; two honest weeks agree so on one
    line in ten thousand or less, and here half of the lines must.
    """
    every = {"month": "1mo", "week": "1w"}
    for (vendor, granularity), some in reports.group_by(["vendor", "granularity"], maintain_order=True):
        period = every.get(str(granularity), "1mo" if granularity == "month" else "1w")
        table = (
            some.with_columns(group=pl.col("local_date").dt.truncate(period))
            .with_columns(place=(pl.col("local_date") - pl.col("group")).dt.total_days())
            .select("group", "queue", "place", "metric", "value", "unit")
        )
        groups = table["group"].unique().sort().to_list()
        parts = {group: table.filter(pl.col("group") == group) for group in groups}
        for number, group in enumerate(groups):
            for other in reversed(groups[max(0, number - BACK) : number]):
                equal, of = _equal_lines(parts[group], parts[other])
                if equal.height >= COPIED_LINES and equal.height >= COPIED_SHARE * of:
                    last = table.filter(pl.col("group") == group)["place"].max()
                    assert isinstance(last, int)
                    yield _copied(str(vendor), some, group, other, equal, of)
                    break


def _equal_lines(one: pl.DataFrame, other: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Lines of two groups whose every figure is equal, and how many lines both have."""
    both = one.join(other, on=["queue", "place", "metric"], suffix="_before")
    by_line = both.group_by("queue", "place").agg(
        fields=pl.len(),
        same=(pl.col("value") == pl.col("value_before")).all(),
        largest=pl.col("value").filter(pl.col("unit") == "count").max().fill_null(0),
        varied=pl.col("value").n_unique(),
    )
    equal = by_line.filter(pl.col("same") & (pl.col("fields") >= FIELDS) & (pl.col("varied") >= FIELDS))
    large = equal["largest"].sum() >= COPIED_COUNT if equal.height else False
    return (equal if large else equal.clear()), by_line.height


def _copied(vendor: str, some: pl.DataFrame, group: Any, other: Any, equal: pl.DataFrame, of: int) -> Finding:
    mine = some.filter(pl.col("local_date") >= group).filter(
        pl.col("local_date") <= pl.col("local_date").min() + pl.duration(days=27 if group.day == 1 and of < 3 else 6)
    )
    last = mine["local_date"].max()
    period = period_words(group, last)  # type: ignore[arg-type]
    return Finding(
        kind="copied_figures", severity="warning", vendor=vendor, feed="sla_report", period_start=group,
        period_end=last, expected="figures of their own",  # type: ignore[arg-type]
        observed=f"{equal.height} of {of} lines equal those of {other}",
        evidence={"lines": equal.height, "of": of, "copied_from": other,
                  "files": mine["file_name"].unique().to_list()[:5],
                  "innocent": ["a template that was sent before it was filled in"]},
        **sentence("copied_figures", other=day_words(other), other_fr=f"{other:%d/%m/%Y}",
                   count=equal.height, **period),
    )  # fmt: skip


def rounded(shares: pl.DataFrame) -> Iterator[Finding]:
    """One finding per vendor and metric whose last printed digit is 0 far more often than the counts allow."""
    usable = shares.filter((pl.col("printed_scale") == 100) & (pl.col("n_high") >= 50))
    for (vendor, metric, decimals), some in usable.group_by(["vendor", "metric", "decimals"], maintain_order=True):
        if decimals is None:
            continue
        result = roundness(
            (some["value"] * 100).to_numpy(), some["n_high"].to_numpy().astype(float), int(str(decimals))
        )
        if result is None or result.z < ROUND_Z or result.observed - result.expected < ROUND_EXCESS:
            continue
        first, last = some["local_date"].min(), some["local_date"].max()
        yield Finding(
            kind="rounded_figures", severity="info", vendor=str(vendor), feed="sla_report", metric=str(metric),
            period_start=first, period_end=last,  # type: ignore[arg-type]
            expected=f"{100 * result.expected:.0f} % ending in 0", observed=f"{100 * result.observed:.0f} %",
            evidence={"figures": result.figures, "standard_errors": round(result.z, 1),
                      "innocent": ["a figure typed in by hand", "a system that rounds to whole percent"]},
            **sentence("rounded_figures", metric=metric, share=100 * result.observed, usual=100 * result.expected),
        )  # fmt: skip


def too_smooth(shares: pl.DataFrame) -> Iterator[Finding]:
    """Shares of one queue that vary less over 26 weeks than binomial chance makes them vary."""
    usable = shares.filter(pl.col("n_high") >= 10).with_columns(half=pl.col("local_date").dt.truncate("6mo"))
    by = ["vendor", "queue", "metric", "granularity", "half"]
    for (vendor, queue, metric, _, _), some in usable.group_by(by, maintain_order=True):
        result = smoothness(some["value"].to_numpy(), some["n_high"].to_numpy().astype(float))
        if result is None or result.periods < SMOOTH_PERIODS:
            continue
        if result.p_value < SMOOTH_P and result.ratio < SMOOTH_RATIO:
            first, last = some["local_date"].min(), some["local_date"].max()
            yield Finding(
                kind="too_smooth", severity="warning", vendor=str(vendor), feed="sla_report", queue=str(queue),
                metric=str(metric), period_start=first, period_end=last,  # type: ignore[arg-type]
                expected="at least the variation that chance gives", observed=f"{result.ratio:.2f} of it",
                evidence={"periods": result.periods, "p_value": float(f"{result.p_value:.2g}"),
                          "innocent": ["a figure that is smoothed over weeks", "a target printed instead of a result"]},
                **sentence("too_smooth", metric=metric, ratio=result.ratio, **period_words(first, last)),  # type: ignore[arg-type]
            )  # fmt: skip
