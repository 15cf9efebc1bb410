"""Findings: problems to explain, in one shape whatever found them.

A finding has a stable identity: found again, it is the same finding; no longer found, it is closed; found with
other evidence, it says that it changed. What people say about it (status, comment) is in the journal, and joined
when it is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
STATUSES = ("open", "explained", "disputed", "agreed", "waived")
#: Somebody still has to do something about it.
UNSETTLED = ("open", "disputed")

#: Every kind of finding, with the room it comes from (delivery, coverage, consistency, plausibility, service).
KINDS: dict[str, str] = {
    **dict.fromkeys(
        ("late_delivery", "missing_delivery", "wrong_content", "unreadable_file", "unexpected_columns",
         "truncated_export", "duplicate_rows", "conflicting_rows", "restated_figures", "rejected_rows",
         "total_mismatch"), "delivery"),
    **dict.fromkeys(
        ("missing_interval", "missing_day", "zeros_for_silence", "volume_out_of_range", "clock_shift",
         "unknown_alias"), "coverage"),
    **dict.fromkeys(
        ("identity_violated", "impossible_duration", "scale_mismatch", "constant_values", "reported_differs",
         "definition_unstated", "definition_changed", "not_verifiable"), "consistency"),
    **dict.fromkeys(
        ("impossible_figure", "copied_figures", "rounded_figures", "too_smooth", "threshold_heaping",
         "queue_jumping", "short_contacts", "survey_offer_bias", "survey_response_gap"), "plausibility"),
    **dict.fromkeys(("clause_missed", "interval_breach", "unusual_change", "invoice_differs"), "service"),
}  # fmt: skip

SCHEMA: dict[str, pl.DataType] = {
    "finding_id": pl.String(),
    "kind": pl.String(),
    "severity": pl.String(),
    "vendor": pl.String(),
    "feed": pl.String(),
    "site": pl.String(),
    "queue": pl.String(),
    "metric": pl.String(),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "expected": pl.String(),
    "observed": pl.String(),
    "money": pl.String(),
    "sentence": pl.String(),
    "sentence_fr": pl.String(),
    "evidence": pl.String(),
    "fingerprint": pl.String(),
    "first_seen_at": pl.Datetime("us", "UTC"),
    "last_seen_at": pl.Datetime("us", "UTC"),
    "changed_at": pl.Datetime("us", "UTC"),
    "closed_at": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem to explain: what was expected, what came, since when, and where a person can see it.

    ``subject`` tells apart findings of one kind, vendor, feed, queue and first day (a file name, a label).
    ``lasting``: a pattern that goes on, whose first day each new week of data may move a little; it stays the same
    finding all the same.
    ``evidence`` is plain data (delivery ids, row counts, the reasoning); never raw customer identifiers.
    """

    kind: str
    severity: Severity
    vendor: str | None
    sentence: str
    sentence_fr: str
    period_start: date | None = None
    period_end: date | None = None
    feed: str | None = None
    site: str | None = None
    queue: str | None = None
    metric: str | None = None
    expected: str | None = None
    observed: str | None = None
    money: str | None = None
    subject: str = ""
    lasting: bool = False
    evidence: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not a kind of finding")

    @property
    def finding_id(self) -> str:
        """The same problem has the same identity in every run."""
        first_day = None if self.lasting else self.period_start
        parts = (self.kind, self.vendor, self.feed, self.site, self.queue, self.metric, first_day, self.subject)
        return _short_hash("|".join("" if part is None else str(part) for part in parts))

    @property
    def fingerprint(self) -> str:
        """What would make a person look again: the period's end, what was expected and observed."""
        return _short_hash(
            "|".join(str(part) for part in (self.period_end, self.expected, self.observed, self.severity))
        )


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def findings_frame(found: Iterable[Finding], now: datetime) -> pl.DataFrame:
    """Findings as a frame of :data:`SCHEMA`, one row per identity (the gravest where two share one)."""
    ordered = sorted(found, key=lambda finding: -SEVERITIES.index(finding.severity))
    rows = {finding.finding_id: _row(finding, now) for finding in reversed(ordered)}
    return pl.DataFrame(list(rows.values()), schema=SCHEMA)


def _row(finding: Finding, now: datetime) -> dict[str, Any]:
    return {
        **{name: getattr(finding, name) for name in SCHEMA if hasattr(finding, name)},
        "evidence": json.dumps(finding.evidence, default=str, ensure_ascii=False, sort_keys=True),
        "first_seen_at": now,
        "last_seen_at": now,
        "changed_at": None,
        "closed_at": None,
    }


def followed_up(held: pl.DataFrame, found: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Hold this run's findings against those of the last run.

    Found again keeps ``first_seen_at``; other evidence sets ``changed_at``; not found any more sets ``closed_at``;
    a closed finding that is back is open again.
    """
    before = held.select("finding_id", old_print="fingerprint", old_first="first_seen_at", old_changed="changed_at")
    kept = (
        found.join(before, on="finding_id", how="left")
        .with_columns(
            first_seen_at=pl.coalesce("old_first", "first_seen_at"),
            changed_at=pl.when(pl.col("old_print") != pl.col("fingerprint"))
            .then(pl.lit(now, dtype=SCHEMA["changed_at"]))
            .otherwise("old_changed"),
        )
        .select(*SCHEMA)
    )
    gone = held.join(found, on="finding_id", how="anti").with_columns(
        closed_at=pl.col("closed_at").fill_null(pl.lit(now, dtype=SCHEMA["closed_at"]))
    )
    return pl.concat([kept, gone.select(*SCHEMA)]).sort("finding_id")


def filtered(
    findings: pl.DataFrame,
    *,
    vendor: str | None = None,
    kind: str | None = None,
    severity: str | None = None,
    period: tuple[date, date] | None = None,
    status: str | None = None,
) -> pl.DataFrame:
    """The findings that a person asked for; without filters, all that are not closed, the gravest first."""
    chosen = findings.filter(pl.col("closed_at").is_null())
    if vendor:
        chosen = chosen.filter(pl.col("vendor") == vendor)
    if kind:
        chosen = chosen.filter(pl.col("kind") == kind)
    if severity:
        chosen = chosen.filter(pl.col("severity").is_in(SEVERITIES[SEVERITIES.index(severity) :]))
    if period:
        chosen = chosen.filter((pl.col("period_start") <= period[1]) & (pl.col("period_end") >= period[0]))
    if status:
        chosen = chosen.filter(pl.col("status") == status)
    return in_order(chosen)


def in_order(findings: pl.DataFrame) -> pl.DataFrame:
    """The gravest first, of equals the dearest, then the latest."""
    rank = pl.col("severity").replace_strict({name: i for i, name in enumerate(SEVERITIES)}, return_dtype=pl.Int8())
    money = pl.col("money").str.extract(r"(\d+(?:\.\d+)?)").cast(pl.Float64)
    by = (rank, money, pl.col("period_start"), pl.col("finding_id"))
    return findings.sort(*by, descending=[True, True, True, False], nulls_last=True)


def with_status(findings: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Findings with what people decided: ``status`` (open where nobody has), ``status_by``, ``status_at``, ``comment``.

    ``notes``: finding_id, status, author, at, text; the latest per finding counts.
    """
    latest = (
        notes.sort("at", descending=True)
        .unique("finding_id", keep="first", maintain_order=True)
        .select("finding_id", "status", status_by="author", status_at="at", comment="text")
    )
    return findings.join(latest, on="finding_id", how="left").with_columns(pl.col("status").fill_null("open"))


def finding_documents(findings: pl.DataFrame) -> list[dict[str, Any]]:
    """Findings as ``findings --json`` prints them, French sentence included."""
    names = (
        "finding_id", "kind", "severity", "vendor", "feed", "site", "queue", "metric", "period_start", "period_end",
        "expected", "observed", "money", "sentence", "sentence_fr", "evidence",
        "status", "status_by", "status_at", "comment",
        "first_seen_at", "changed_at",
    )  # fmt: skip
    return [
        {**{name: row[name] for name in names}, "evidence": json.loads(row["evidence"] or "{}")}
        for row in findings.iter_rows(named=True)
    ]
