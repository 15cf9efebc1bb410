"""The look that every run takes at what it has loaded: findings, held against those of the run before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import polars as pl

from pipelines.measures.business_days import BusinessDays
from pipelines.trust.agreed import agreement_findings
from pipelines.trust.agreement import accounts
from pipelines.trust.always_shifted import Found, always_findings, always_shifted, without_turns
from pipelines.trust.arrived import conflict_findings, delivery_findings, without_own_rows, without_removed
from pipelines.trust.asked import survey_findings
from pipelines.trust.checks import SCHEMA as RESULTS
from pipelines.trust.checks import result_counts, run_checks
from pipelines.trust.clock import now_of
from pipelines.trust.clocks import Shift, shift_findings, shifts
from pipelines.trust.contacts import contact_findings, counted_findings
from pipelines.trust.coverage import expected_days
from pipelines.trust.endings import ending_findings
from pipelines.trust.expected import due_deliveries, judged_deliveries
from pipelines.trust.findings import SCHEMA, Finding, findings_frame, followed_up
from pipelines.trust.openings import known_days, open_cells
from pipelines.trust.printed import printed_findings
from pipelines.trust.queueing import queue_findings
from pipelines.trust.reconciled import reperformance_findings
from pipelines.trust.reports import report_findings
from pipelines.trust.series import series_findings
from pipelines.trust.service import service_findings
from pipelines.trust.silence import Gap, gaps, silence_findings
from pipelines.trust.suites import Suite, fingerprint
from pipelines.trust.volumes import volume_findings
from pipelines.trust.zeros import zero_findings
from pipelines.warehouse.trust_tables import Asked, frame_of, held, replace_table
from pipelines.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Evidence:
    """What several detectors look at, read once: deliveries and what was due, days served, open intervals, gaps."""

    deliveries: pl.DataFrame
    judged: pl.DataFrame
    days: pl.DataFrame
    seen: pl.DataFrame
    cells: pl.DataFrame
    silent: list[Gap]
    shifted: list[Shift]
    always_shifted: list[Found]
    expected: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to: the findings that are there, the ids of those that were not there before, any change."""

    present: pl.DataFrame
    new: list[str]
    moved: bool


def look(workspace: Workspace, build: Asked) -> Looked:
    """Find, follow up, keep.

    Refused files that somebody has taken out of the inbox are not asked about any more.
    What was to be expected and what of it is missing is kept by vendor, queue and day, for the trust of figures.
    """
    evidence = gather(workspace, build)
    if workspace.known_until is None and workspace.inbox.is_dir():  # the past is as it was told then
        evidence = replace(evidence, deliveries=without_removed(evidence.deliveries, workspace.inbox))
    now = (workspace.known_until or datetime.now(UTC)).astimezone(UTC)
    found = findings_frame(all_findings(workspace, build, evidence), now)
    before = held(build, "findings", SCHEMA)
    after = followed_up(before, found, now)
    replace_table(build, "findings", after)
    replace_table(build, "expected_days", evidence.expected)
    seen = ["finding_id", "fingerprint", "closed_at", "sentence"]
    moved = not after.select(seen).sort("finding_id").equals(before.select(seen).sort("finding_id"))
    known = before.filter(pl.col("closed_at").is_null())["finding_id"].to_list()
    new = found.filter(~pl.col("finding_id").is_in(known))["finding_id"].to_list()
    return Looked(found, new, moved)


def gather(workspace: Workspace, build: Asked) -> Evidence:
    """Read what the detectors share."""
    deliveries = _with_agreed_corrections(frame_of(build, "deliveries").rename({"vendor_code": "vendor"}), workspace)
    judged = judged_deliveries(due_deliveries(workspace, now_of(workspace)), deliveries)
    days, seen = frame_of(build, "trust_days"), frame_of(build, "trust_intervals")
    cells = open_cells(workspace, known_days(judged, days), seen)
    shifted = shifts(seen)
    silent = [gap for gap in gaps(cells) if not _shifted_edge(gap, shifted)]
    always = always_shifted(workspace, cells, seen)
    told = without_turns(shifted, always)
    expected = expected_days(cells, silent, _early(workspace))
    return Evidence(deliveries, judged, days, seen, cells, silent, told, always, expected)


def _with_agreed_corrections(deliveries: pl.DataFrame, workspace: Workspace) -> pl.DataFrame:
    """``restatement_days``: how long after its period the terms of then let a delivery be corrected, if they say."""
    days = [
        terms.restatement_days if end and (terms := workspace.terms_on(vendor, end)) else None
        for vendor, end in deliveries.select("vendor", "period_end").iter_rows()
    ]
    return deliveries.with_columns(pl.Series("restatement_days", days, dtype=pl.Int64))


def _early(workspace: Workspace) -> pl.Expr:
    """Cells before the hour at which their vendor's business day begins."""
    found = pl.lit(False)
    for vendor, terms in workspace.terms.items():
        days = BusinessDays.of(terms)
        if days.moved:
            found |= (pl.col("vendor") == vendor) & days.early()
    return found


def run_suites(build: Asked, suites: list[Suite], *, again: bool) -> dict[str, int]:
    """Carry out the suites and keep their results in ``check_results``; returns how many passed, failed, were errors.

    ``again``: something was loaded. Without it, and with suites as they were, the results of the last run still hold.
    """
    before = held(build, "check_results", RESULTS)
    if again or before["suites"].unique().to_list() != [fingerprint(suites)]:
        evidence = {name: frame_of(build, name) for name in sorted({suite.meta.evidence for suite in suites})}
        before = run_checks(suites, evidence, datetime.now(UTC))
        replace_table(build, "check_results", before)
    return result_counts(before)


def all_findings(workspace: Workspace, build: Asked, evidence: Evidence) -> Iterator[Finding]:
    """Everything that there is to explain about what has come and what has not."""
    deliveries = without_own_rows(evidence.deliveries, frame_of(build, "trust_read_again"))
    yield from delivery_findings(evidence.judged, deliveries, frame_of(build, "reject_reasons"))
    yield from conflict_findings(frame_of(build, "trust_conflicts"))
    reports = frame_of(build, "trust_reports")
    yield from coverage_findings(workspace, evidence, reports, frame_of(build, "trust_staffing"))
    yield from report_findings(reports, evidence.days)
    yield from series_findings(reports)
    yield from printed_findings(reports)
    read = partial(frame_of, build)
    about_figures = list(reperformance_findings(workspace, read))
    yield from agreement_findings(accounts(workspace, read, evidence.expected, evidence.judged), about_figures)
    yield from contact_findings(frame_of(build, "trust_odd_contacts"), evidence.days, frame_of(build, "trust_clocked"))
    yield from counted_findings(frame_of(build, "trust_counted"))
    yield from queue_findings(frame_of(build, "trust_thresholds"), frame_of(build, "trust_overtakes"))
    yield from ending_findings(frame_of(build, "trust_endings"))
    yield from service_findings(workspace, partial(frame_of, build))
    came = evidence.deliveries.filter((pl.col("feed") == "surveys") & pl.col("period_start").is_not_null())
    yield from survey_findings(
        frame_of(build, "trust_survey_asks"),
        frame_of(build, "trust_survey_weeks"),
        frame_of(build, "trust_survey_senders"),
        came.select("vendor", "period_start", "period_end"),
    )


def coverage_findings(
    workspace: Workspace, evidence: Evidence, reports: pl.DataFrame, staffing: pl.DataFrame
) -> Iterator[Finding]:
    """Clocks, gaps, volumes, zeros."""
    yield from shift_findings(evidence.shifted)
    yield from always_findings(evidence.always_shifted)
    yield from silence_findings(workspace, evidence.silent, _not_taken_in(evidence.judged, evidence.deliveries))
    expected = evidence.cells.group_by("vendor", "queue", "local_date").agg(level=pl.col("level").first())
    served = evidence.days.join(expected, on=["vendor", "queue", "local_date"], how="full", coalesce=True).select(
        "vendor", "queue", "local_date", pl.col("offered").fill_null(0), expected=pl.col("level").fill_null(0)
    )
    yield from volume_findings(workspace, _with_forecast(served, staffing, evidence.silent))
    yield from zero_findings(reports, staffing, served)


def _shifted_edge(gap: Gap, shifted: list[Shift]) -> bool:
    """An hour without contacts at the edge of a day whose clock is off is that clock's doing, not another gap."""
    return gap.whole_days == 0 and any(
        one.vendor == gap.vendor and one.first_day <= gap.last_day and gap.first_day <= one.last_day for one in shifted
    )


def _not_taken_in(judged: pl.DataFrame, deliveries: pl.DataFrame) -> pl.DataFrame:
    """Deliveries of contacts that did not come, or could not be taken in: vendor, period_start, period_end, why."""
    missing = judged.filter((pl.col("feed") == "contacts") & (pl.col("punctuality") == "missing")).select(
        "vendor", "period_start", "period_end", why=pl.lit("no file has come for this period")
    )
    refused = deliveries.filter((pl.col("feed") == "contacts") & pl.col("refused_kind").is_not_null()).select(
        "vendor",
        period_start=pl.coalesce("period_start", pl.col("received_at").dt.date() - pl.duration(days=8)),
        period_end=pl.coalesce("period_end", pl.col("received_at").dt.date()),
        why=pl.concat_str("file_name", pl.lit(" could not be taken in ("), "refused_kind", pl.lit(")")),
    )
    return pl.concat([missing, refused])


def _with_forecast(served: pl.DataFrame, staffing: pl.DataFrame, silent: list[Gap]) -> pl.DataFrame:
    """Days with what was to be expected of them: the forecast where there is one, else the history."""
    keys = ["vendor", "queue", "local_date"]
    joined = served.join(staffing.select(*keys, "forecast"), on=keys, how="left").with_columns(
        by_forecast=pl.col("forecast").is_not_null().mean().over("vendor", "queue") > 0.5
    )
    in_gap = pl.lit(False)
    for gap in silent:
        of_queue = pl.col("queue") == gap.queue if gap.queue else pl.lit(True)
        in_gap |= (
            (pl.col("vendor") == gap.vendor) & of_queue & pl.col("local_date").is_between(gap.first_day, gap.last_day)
        )
    return joined.select(
        *keys,
        contacts="offered",
        expected=pl.when("by_forecast").then("forecast").otherwise("expected"),
        source=pl.when("by_forecast").then(pl.lit("forecast")).otherwise(pl.lit("history")),
        gap=in_gap | (pl.col("by_forecast") & pl.col("forecast").is_null()),
    )  # fmt: skip
