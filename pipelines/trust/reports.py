"""What vendors report, held against itself: sums that don't add up, another scale, values that never vary.

All functions take the frame of ``queries/trust_reports.sql``: one reported figure per row, as the vendor printed it.
Reports are grouped as they were sent: one delivery of a vendor is one group.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from pipelines.intake.schema import NEEDS_DEFINITION
from pipelines.trust.findings import Finding
from pipelines.trust.sentences import Words, metric_words, period_words, sentence
from pipelines.trust.spans import merged_days

LINE = ["vendor", "queue", "local_date", "granularity"]
#: Other units that a column may have been written in: what it is multiplied by, per unit.
FACTORS: dict[str, tuple[float, ...]] = {"rate": (0.01, 100.0), "s": (1000.0, 0.001, 60.0, 1 / 60, 1 / 3600)}
#: A group's typical value may be this far (as a factor) from usual times the factor, and its lines must agree.
NEAR, LINES = 1.5, 4

#: Identities of counts: what breaks them, as (columns needed, condition, English, French, how to print it).
_IDENTITIES = (
    (("answered", "offered"), pl.col("answered") > pl.col("offered"), "more are answered than offered",
     "il y a plus de contacts traités que reçus", "{answered:.0f} > {offered:.0f}"),
    (("answered", "abandoned", "offered"), pl.col("answered") + pl.col("abandoned") > pl.col("offered"),
     "answered and abandoned are more than offered", "traités et abandonnés dépassent les reçus",
     "{answered:.0f} + {abandoned:.0f} > {offered:.0f}"),
    (("answered_in_threshold", "answered"), pl.col("answered_in_threshold") > pl.col("answered"),
     "more are answered in time than answered", "il y a plus de traités à temps que de traités",
     "{answered_in_threshold:.0f} > {answered:.0f}"),
    (("surveys_answered", "surveys_offered"), pl.col("surveys_answered") > pl.col("surveys_offered"),
     "more surveys are answered than offered", "il y a plus d'enquêtes répondues que proposées",
     "{surveys_answered:.0f} > {surveys_offered:.0f}"),
)  # fmt: skip


def report_findings(reports: pl.DataFrame, days: pl.DataFrame) -> Iterator[Finding]:
    """All findings of this module. ``days``: queries/trust_days."""
    if reports.is_empty():
        return
    yield from broken_identities(reports)
    yield from shares_above_one(reports)
    yield from other_scales(reports)
    yield from constants(reports)
    yield from unstated(reports)
    yield from without_contacts(reports, days)


def lines(reports: pl.DataFrame) -> pl.DataFrame:
    """One row per reported line (vendor, queue, period), a column per metric."""
    return reports.pivot("metric", index=LINE, values="value", aggregate_function="last")


def broken_identities(reports: pl.DataFrame) -> Iterator[Finding]:
    """One finding per vendor, identity and stretch of neighbouring days."""
    wide = lines(reports)
    told = pl.lit(False)
    for needed, condition, english, french, shown in _IDENTITIES:
        if not set(needed) <= set(wide.columns):
            continue
        broken = wide.filter(condition & ~told)
        told |= condition.fill_null(False)
        for vendor, span in merged_days(broken):
            first = span.row(0, named=True)
            yield _finding(
                "identity_violated", "warning", vendor, span, None,
                expected="counts that add up", observed=shown.format(**first), subject=english,
                evidence={"lines": [_line(row, needed) for row in span.head(20).iter_rows(named=True)],
                          "innocent": ["contacts answered on another day than they came", "transfers counted twice"]},
                words=sentence("identity_violated", what=english, what_fr=french, count=span.height,
                               example=shown.format(**first), **_period(span)),
            )  # fmt: skip


def _line(row: dict[str, Any], needed: tuple[str, ...]) -> dict[str, Any]:
    return {"queue": row["queue"], "day": row["local_date"], **{name: row[name] for name in needed}}


def shares_above_one(reports: pl.DataFrame) -> Iterator[Finding]:
    """Shares above 100 % (not those of another scale: their whole group is)."""
    typical = pl.col("value").median().over("vendor", "metric", "delivery_id")
    above = reports.filter((pl.col("unit") == "rate") & (pl.col("value") > 1 + 1e-9) & (typical <= 10))
    for (metric,), some in above.group_by(["metric"], maintain_order=True):
        # a monthly figure's neighbour is the next month's
        for vendor, span in merged_days(some, 1 if "day" in some["granularity"].to_list() else 31):
            worst = span["value"].max()
            assert isinstance(worst, float)
            yield _finding(
                "identity_violated", "warning", vendor, span, str(metric),
                expected="at most 100 %", observed=f"{100 * worst:.1f} %", subject="above 100 %",
                evidence={"cells": span["cell_ref"].drop_nulls().head(20).to_list()},
                words=sentence("identity_violated", what=f"{metric_words(str(metric), 'en')} is above 100 %",
                               what_fr=f"{metric_words(str(metric), 'fr')} dépasse 100 %",
                               count=span.height, example=f"{100 * worst:.1f} %", **_period(span)),
            )  # fmt: skip


def groups(reports: pl.DataFrame) -> pl.DataFrame:
    """Per vendor, metric and delivery: lines, distinct values, typical (median) value, and the same of all others."""
    by = ["vendor", "metric", "unit", "granularity"]
    each = (
        reports.filter(pl.col("value").is_not_null())
        .group_by(*by, "delivery_id", "file_name")
        .agg(
            lines=pl.len(),
            distinct=pl.col("value").n_unique(),
            typical=pl.col("value").filter(pl.col("value") > 0).median(),
            spread=pl.col("value").filter(pl.col("value") > 0).log().std(),
            first_value=pl.col("value").first(),
            first_day=pl.col("local_date").min(),
            last_day=pl.col("period_end_at").max().dt.offset_by("-1us").dt.date(),
            decimals=pl.col("decimals").max(),
            queues=pl.col("queue").unique().sort(),
        )
        .with_columns(last_day=pl.max_horizontal("first_day", "last_day"))
    )
    return each.with_columns(
        usual=pl.col("typical").median().over(by),
        usual_distinct=(pl.col("distinct") / pl.col("lines")).median().over(by),
        usual_spread=pl.col("spread").median().over(by),
        groups=pl.len().over(by),
    ).sort(*by, "first_day")


def rescaled(reports: pl.DataFrame) -> pl.DataFrame:
    """Groups (as :func:`groups`) whose typical value is what is usual times the factor between two units: ``factor``.

    The values of an honest week lie within a factor of :data:`NEAR` of what is usual; another unit is off by 60, 100
    or 1000.
    """
    known = groups(reports).filter(
        (pl.col("groups") >= 4) & (pl.col("lines") >= LINES) & (pl.col("usual") > 0) & (pl.col("typical") > 0)
    )
    factor = pl.lit(None, pl.Float64)
    for unit, factors in FACTORS.items():
        for one in factors:
            ratio = pl.col("typical") / pl.col("usual") / one
            factor = pl.when((pl.col("unit") == unit) & ratio.is_between(1 / NEAR, NEAR)).then(one).otherwise(factor)
    return known.with_columns(factor=factor).filter(pl.col("factor").is_not_null())


def other_scales(reports: pl.DataFrame) -> Iterator[Finding]:
    """One finding per delivery and metric that is in another unit than usual."""
    for row in rescaled(reports).iter_rows(named=True):
        yield Finding(
            kind="scale_mismatch", severity="warning", vendor=row["vendor"], feed="sla_report", metric=row["metric"],
            period_start=row["first_day"], period_end=row["last_day"],
            expected=f"about {row['usual']:.4g}", observed=f"about {row['typical']:.4g}", subject=row["file_name"],
            evidence={"delivery_id": row["delivery_id"], "file_name": row["file_name"], "lines": row["lines"],
                      "ratio": round(row["typical"] / row["usual"], 5), "queues": row["queues"],
                      "innocent": ["a column that was formatted as a share", "a report from another system"]},
            **sentence("scale_mismatch", metric=row["metric"], factor=_factor_words(row["factor"]),
                       **period_words(row["first_day"], row["last_day"])),
        )  # fmt: skip


def _factor_words(factor: float) -> str:
    return f"{factor:g}" if factor >= 1 else f"1/{1 / factor:g}"


def constants(reports: pl.DataFrame) -> Iterator[Finding]:
    """Deliveries in which a metric has one value on every line, although it usually varies from line to line.

    Neighbouring deliveries with the same value are one finding. All zeros are another matter (zeros for silence).
    """
    same = groups(reports).filter(
        (pl.col("distinct") == 1)
        & (pl.col("lines") >= 2 * LINES)
        & (pl.col("usual_distinct") > 0.3)
        & (pl.col("first_value") != 0)
        # a share that sits at its limit (100 % answered) is not a copied value
        & ~((pl.col("unit") == "rate") & (pl.col("first_value") == 1))
    )
    for (vendor, metric, value), some in same.group_by(["vendor", "metric", "first_value"], maintain_order=True):
        for run in _neighbours(some):
            first, last = run["first_day"].min(), run["last_day"].max()
            shown = _printed(float(str(value)), run["unit"][0])
            yield Finding(
                kind="constant_values", severity="warning", vendor=str(vendor), feed="sla_report", metric=str(metric),
                period_start=first, period_end=last,  # type: ignore[arg-type]
                expected="values that vary", observed=f"{shown} on {run['lines'].sum()} lines",
                evidence={"delivery_ids": run["delivery_id"].to_list(), "lines": run["lines"].sum(),
                          "usual_share_of_distinct_values": round(run["usual_distinct"][0], 3),
                          "innocent": ["a default that the report shows where the figure is not computed"]},
                **sentence("constant_values", metric=metric, value=shown, count=run["lines"].sum(),
                           **period_words(first, last)),  # type: ignore[arg-type]
            )  # fmt: skip


def _neighbours(some: pl.DataFrame) -> list[pl.DataFrame]:
    """Deliveries cut where a week or more lies between them."""
    gap = (pl.col("first_day") - pl.col("last_day").shift()) > pl.duration(days=7)
    return some.sort("first_day").with_columns(run=gap.fill_null(False).cum_sum()).partition_by("run")


def _printed(value: float, unit: str) -> str:
    return f"{100 * value:.6g} %" if unit == "rate" else f"{value:.6g} s" if unit == "s" else f"{value:.6g}"


def unstated(reports: pl.DataFrame) -> Iterator[Finding]:
    """Once per vendor, feed and metric: a metric with several formulas in use, and the report does not say which."""
    silent = reports.filter(
        pl.col("metric").is_in(NEEDS_DEFINITION)
        & (pl.col("definition_id").is_null() | (pl.col("definition_id") == "unstated"))
    )
    for (vendor, metric), some in silent.group_by(["vendor", "metric"], maintain_order=True):
        label = some["label_as_printed"][0]
        first, last = some["local_date"].min(), some["local_date"].max()
        yield Finding(
            kind="definition_unstated", severity="info", lasting=True, vendor=str(vendor), feed="sla_report",
            metric=str(metric),
            period_start=first, period_end=last,  # type: ignore[arg-type]
            expected="the formula behind the figure", observed="none stated",
            evidence={"label_as_printed": label, "lines": some.height, "mapping_id": some["mapping_id"][0]},
            **sentence("definition_unstated", metric=metric, label=label),
        )  # fmt: skip


def without_contacts(reports: pl.DataFrame, days: pl.DataFrame) -> Iterator[Finding]:
    """Once per vendor: it reports figures of its service, and not one contact of it has ever come.

    Single days without contacts are gaps, and told as such.
    """
    served = reports.filter(pl.col("metric").is_in([*NEEDS_DEFINITION, "offered", "answered", "asa_s", "aht_s"]))
    bare = served.join(days.filter(pl.col("offered") > 0).select("vendor").unique(), on="vendor", how="anti")
    for (vendor,), some in bare.group_by(["vendor"], maintain_order=True):
        first, last = some["local_date"].min(), some["local_date"].max()
        metrics = some["metric"].unique().sort().to_list()
        yield Finding(
            kind="not_verifiable", severity="info", lasting=True, vendor=str(vendor), feed="sla_report",
            period_start=first, period_end=last,  # type: ignore[arg-type]
            expected="contacts behind the figures", observed="none",
            evidence={"metrics": metrics, "figures": some.height, "innocent": ["contacts are not part of the terms"]},
            **sentence("not_verifiable", metrics=metrics, **period_words(first, last)),  # type: ignore[arg-type]
        )  # fmt: skip


def _period(span: pl.DataFrame) -> dict[str, str]:
    first, last = span["local_date"].min(), span["local_date"].max()
    return period_words(first, last)  # type: ignore[arg-type]


def _finding(
    kind: str,
    severity: Any,
    vendor: str,
    span: pl.DataFrame,
    metric: str | None,
    *,
    expected: str,
    observed: str,
    subject: str,
    evidence: dict[str, Any],
    words: Words,
) -> Finding:
    queues = span["queue"].unique().sort().to_list()
    first, last = span["local_date"].min(), span["local_date"].max()
    return Finding(
        kind=kind, severity=severity, vendor=vendor, feed="sla_report", metric=metric,
        queue=queues[0] if len(queues) == 1 else None,
        period_start=first, period_end=last,  # type: ignore[arg-type]
        expected=expected, observed=observed, subject=subject, evidence={**evidence, "queues": queues}, **words,
    )  # fmt: skip
