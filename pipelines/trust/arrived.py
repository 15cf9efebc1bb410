"""Findings about deliveries: what came late, not at all, unreadable, doubled, changed, or only in part.

Each function takes frames (due deliveries with what became of them; deliveries as the warehouse keeps them) and
yields findings. Neighbouring periods of one feed that are all missing are one finding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from pipelines.trust.expected import had_ended
from pipelines.trust.findings import Finding, Severity
from pipelines.trust.sentences import Words, day_words, period_words, sentence
from pipelines.workspace import shown_name

#: Rejected or repeated rows below this share of a file are information, above it a warning.
NOTABLE_SHARE = 0.01
#: Above this share of rejected rows the file's figures can't be leant on.
GRAVE_SHARE = 0.10


def delivery_findings(judged: pl.DataFrame, deliveries: pl.DataFrame, rejects: pl.DataFrame) -> Iterator[Finding]:
    """All findings of this module.

    ``rejects``: one row per delivery and reason (delivery_id, reason, rows), the most frequent first.
    """
    yield from late(judged)
    yield from missing(judged)
    reasons = rejects.group_by("delivery_id", maintain_order=True).agg("reason")
    by_delivery: dict[str, list[str]] = dict(reasons.iter_rows())
    yield from new_columns(deliveries)
    for row in supposed_periods(deliveries, judged).iter_rows(named=True):
        if row["status"] == "superseded":
            continue  # the same file was taken in again under a corrected mapping, and is judged as that
        yield from _of_one(row, by_delivery.get(row["delivery_id"], []))


def supposed_periods(deliveries: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Deliveries with ``supposed_start`` and ``supposed_end``: the period that a file was due for when it came.

    The last one that had ended by then and that no accepted file had covered yet. It dates files that could not be
    read, and shows files that hold another day's content. Null where the terms have no calendar for the feed.
    """
    due = judged.select("vendor", "feed", "period_start", "period_end", covered_at="received_at")
    waiting = (
        deliveries.select("delivery_id", "vendor", "feed", "received_at")
        .join(due, on=["vendor", "feed"])
        .filter(had_ended() & (pl.col("covered_at").is_null() | (pl.col("covered_at") > pl.col("received_at"))))
        .sort("period_end")
        .group_by("delivery_id")
        .agg(supposed_start=pl.col("period_start").last(), supposed_end=pl.col("period_end").last())
    )
    return deliveries.join(waiting, on="delivery_id", how="left")


def without_removed(deliveries: pl.DataFrame, inbox: Path) -> pl.DataFrame:
    """Deliveries without the refused files that somebody has taken out of the inbox: that is how a stray file is dealt
    with. A file is there as long as its content is, under whatever name.
    """
    refused = deliveries.filter(pl.col("refused_kind").is_not_null())["sha256"].unique()
    named = deliveries.filter(pl.col("sha256").is_in(refused.implode())).select("sha256", "vendor", "file_name")
    there = [content for content, vendor, name in named.iter_rows() if _is_there(inbox / vendor, name)]
    return deliveries.filter(pl.col("refused_kind").is_null() | pl.col("sha256").is_in(there))


def without_own_rows(deliveries: pl.DataFrame, read_again: pl.DataFrame) -> pl.DataFrame:
    """Deliveries without the repeated and replaced rows that come of reading a file again under a corrected mapping.

    ``read_again``: queries/trust_read_again. Nothing is asked of a sender because our mapping has changed.
    """
    own = pl.col("own_duplicate", "own_restating").fill_null(0)
    return (
        deliveries.join(read_again, on="delivery_id", how="left", maintain_order="left")
        .with_columns(own)
        .with_columns(
            rows_duplicate=pl.col("rows_duplicate") - pl.col("own_duplicate"),
            rows_restating=pl.col("rows_restating") - pl.col("own_restating"),
            status=pl.when((pl.col("status") == "duplicate") & (pl.col("own_duplicate") > 0))
            .then(pl.lit("accepted"))
            .otherwise("status"),
        )
        .drop("own_duplicate", "own_restating")
    )


def _is_there(folder: Path, name: str) -> bool:
    """Is the file there, under a name whose bytes are no text as well?"""
    return (folder / name).is_file() or (
        "\\x" in name and any(shown_name(path.relative_to(folder)) == name for path in folder.rglob("*"))
    )


def late(judged: pl.DataFrame) -> Iterator[Finding]:
    """One finding per delivery that came after its due instant and the grace."""
    for row in judged.filter(pl.col("punctuality") == "late").iter_rows(named=True):
        hours = (row["received_at"] - row["due_at"]).total_seconds() / 3600
        yield Finding(
            kind="late_delivery",
            severity="info" if hours < 24 else "warning",
            vendor=row["vendor"],
            feed=row["feed"],
            period_start=row["period_start"],
            period_end=row["period_end"],
            expected=f"by {row['due_at']:%Y-%m-%d %H:%M} UTC",
            observed=f"{row['received_at']:%Y-%m-%d %H:%M} UTC",
            evidence={"delivery_id": row["delivery_id"], "hours_late": round(hours, 1)},
            **sentence(
                "late_delivery",
                feed=row["feed"],
                hours=hours,
                **period_words(row["period_start"], row["period_end"]),
            ),
        )


def missing(judged: pl.DataFrame) -> Iterator[Finding]:
    """One finding per unbroken stretch of missing deliveries of one vendor and feed."""
    absent = judged.filter(pl.col("punctuality") == "missing").sort("vendor", "feed", "period_start")
    stretch: list[dict[str, Any]] = []
    for row in absent.iter_rows(named=True):
        if stretch and not _continues(stretch[-1], row):
            yield _missing_stretch(stretch)
            stretch = []
        stretch.append(row)
    if stretch:
        yield _missing_stretch(stretch)


def _continues(before: dict[str, Any], row: dict[str, Any]) -> bool:
    same = (before["vendor"], before["feed"]) == (row["vendor"], row["feed"])
    return same and row["period_start"] <= before["period_end"] + timedelta(days=1)


def _missing_stretch(stretch: list[dict[str, Any]]) -> Finding:
    first, last = stretch[0], stretch[-1]
    return Finding(
        kind="missing_delivery",
        severity="critical" if first["feed"] == "contacts" else "warning",
        vendor=first["vendor"],
        feed=first["feed"],
        period_start=first["period_start"],
        period_end=last["period_end"],
        expected=f"{len(stretch)} by {last['due_at']:%Y-%m-%d %H:%M} UTC",
        observed="none",
        evidence={"due": [f"{row['period_start']} to {row['period_end']}" for row in stretch][:60]},
        **sentence(
            "missing_delivery",
            feed=first["feed"],
            count=len(stretch),
            due=day_words(last["due_at"].date()),
            due_fr=f"{last['due_at']:%d/%m/%Y}",
            **period_words(first["period_start"], last["period_end"]),
        ),
    )


def new_columns(deliveries: pl.DataFrame) -> Iterator[Finding]:
    """Columns that the earlier files of a feed did not have, and optional ones that they had and a file lacks.

    What the first file has beyond its mapping is its system's export; only what changes afterwards is worth a look.
    """
    before: dict[str, tuple[set[str], set[str]]] = {}
    standing = pl.col("status") != "superseded"  # what an earlier mapping left unread says nothing of the file
    accepted = deliveries.filter(pl.col("summary_json").is_not_null() & standing).sort("received_at", "file_name")
    for row in accepted.iter_rows(named=True):
        summary = json.loads(row["summary_json"])
        unknown, absent = set(summary["headers_unknown"]), set(summary["headers_missing"])
        known = before.get(row["mapping_id"])
        before[row["mapping_id"]] = (unknown | (known[0] if known else set()), absent)
        if known is None:
            continue
        for words, columns in (("unexpected_columns", unknown - known[0]), ("missing_columns", absent - known[1])):
            if columns:
                named = ", ".join(sorted(columns)[:8])
                yield _finding(
                    row, "unexpected_columns", "info" if words == "unexpected_columns" else "warning",
                    expected="the columns of earlier files", observed=named, subject=f"{row['file_name']}|{words}",
                    words=sentence(words, file=row["file_name"], columns=named),
                )  # fmt: skip


def _of_one(row: dict[str, Any], reasons: list[str]) -> Iterator[Finding]:
    """Findings about one received file. ``reasons``: why rows of it were rejected, the most frequent first."""
    summary = json.loads(row["summary_json"] or "{}")
    if row["refused_kind"]:
        yield _refused(row)
        return
    if _repeats_another_period(row):
        yield _wrong_day(row)
        return
    if row["status"] == "duplicate":
        yield _finding(
            row, "duplicate_rows", "info", observed="the same content", subject=row["file_name"],
            words=sentence("duplicate_file", file=row["file_name"], original=row["original_name"] or "an earlier file",
                           original_fr=row["original_name"] or "un fichier antérieur"),
        )  # fmt: skip
        return
    yield from _of_counts(row, reasons)
    for check in summary.get("totals", []):
        if not check["ok"]:
            expected, observed = _plain(check["expected"]), _plain(check["observed"])
            totals = {"field": check["column"], "expected": expected, "observed": observed}
            yield _finding(
                row, "total_mismatch", "warning", expected=expected, observed=observed,
                subject=f"{row['file_name']}|{check['column']}",
                words=sentence("total_mismatch", file=row["file_name"], **totals),
            )  # fmt: skip
    if unknown := summary.get("unknown_aliases"):
        values = ", ".join(list(unknown)[:8])
        yield _finding(
            row, "unknown_alias", "warning", observed=values, subject=row["file_name"],
            words=sentence("unknown_alias", file=row["file_name"], count=len(unknown), values=values),
        )  # fmt: skip


def _repeats_another_period(row: dict[str, Any]) -> bool:
    """Did a file bring nothing but what had come before, when another period was still waited for?

    A second copy that comes when nothing is waited for is only a duplicate.
    """
    nothing_new = row["status"] == "duplicate" or (row["rows_read"] and row["rows_duplicate"] == row["rows_read"])
    if not nothing_new or row["supposed_end"] is None:
        return False
    return row["period_end"] is None or bool(row["period_end"] < row["supposed_start"])


def _wrong_day(row: dict[str, Any]) -> Finding:
    other = row["original_name"] or "other files"
    dated = {**row, "period_start": row["supposed_start"], "period_end": row["supposed_end"]}
    return _finding(
        dated, "wrong_content", "critical" if row["feed"] == "contacts" else "warning",
        expected="the figures of its own period", observed=f"the content of {other}", subject=row["file_name"],
        words=sentence("wrong_day", file=row["file_name"], other=other,
                       other_fr=row["original_name"] or "d'autres fichiers"),
    )  # fmt: skip


def _of_counts(row: dict[str, Any], reasons: list[str]) -> Iterator[Finding]:
    """Findings from the row accounting: repeated, changed and rejected rows.

    A corrected file naturally repeats what it does not correct; rows rejected only for a name that no alias knows are
    told as the unknown name.
    """
    read = max(row["rows_read"] or 0, 1)
    facts = {"file": row["file_name"], "read": row["rows_read"], **period_words(row["period_start"], row["period_end"])}
    if (repeated := row["rows_duplicate"]) and not row["rows_restating"]:
        yield _finding(
            row, "duplicate_rows", _graded(repeated / read), observed=f"{repeated} of {row['rows_read']} rows",
            expected="each row once", subject=row["file_name"],
            words=sentence("duplicate_rows", count=repeated, **facts),
        )  # fmt: skip
    if changed := row["rows_restating"]:
        days = (row["received_at"].date() - row["period_end"]).days if row["period_end"] else 0
        agreed = row["restatement_days"]
        late = agreed is not None and days > agreed
        yield _finding(
            row, "restated_figures", "warning" if late else _graded(changed / read), observed=f"{changed} rows changed",
            expected=f"corrections within {agreed} days" if late else "rows as first sent", subject=row["file_name"],
            words=sentence("restated_late" if late else "restated_figures", count=changed, days=days, agreed=agreed,
                           **facts),
        )  # fmt: skip
    if (rejected := row["rows_rejected"]) and not all("no alias in system" in reason for reason in reasons):
        severity: Severity = "critical" if rejected / read >= GRAVE_SHARE else _graded(rejected / read)
        yield _finding(
            row, "rejected_rows", severity, observed=f"{rejected} of {row['rows_read']} rows",
            expected="every row readable", subject=row["file_name"],
            words=sentence("rejected_rows", count=rejected, reason=reasons[0], **facts),
        )  # fmt: skip


def conflict_findings(conflicts: pl.DataFrame) -> Iterator[Finding]:
    """Rows of one file that share a key and differ. ``conflicts``: queries/trust_conflicts.

    Where the mapping says which one is newer (``dedupe: latest_by``) they are repeated rows; else nobody can say.
    """
    for row in conflicts.iter_rows(named=True):
        newest_known = row["latest_by"] is not None
        words = "versions_in_file" if newest_known else "conflicting_rows"
        found = _finding(
            row, "duplicate_rows" if newest_known else "conflicting_rows", "info" if newest_known else "warning",
            expected="each row once", observed=f"{row['keys']} of {row['rows_read']} rows differ under one key",
            subject=row["file_name"], words=sentence(words, file=row["file_name"], count=row["keys"]),
        )  # fmt: skip
        found.evidence["keys"] = row["examples"]
        yield found


def _graded(share: float) -> Severity:
    return "warning" if share >= NOTABLE_SHARE else "info"


def _refused(row: dict[str, Any]) -> Finding:
    dated = {
        **row,
        "period_start": row["period_start"] or row["supposed_start"],
        "period_end": row["period_end"] or row["supposed_end"],
    }
    name = PurePosixPath(row["file_name"]).name  # which the sentence names already
    return _finding(
        dated, row["refused_kind"], "critical" if row["feed"] == "contacts" else "warning",
        expected="a file that its mapping fits", observed=_short(row["message"]), subject=row["file_name"],
        words=sentence("refused", file=row["file_name"], message=row["message"].removeprefix(f"{name}: ")),
    )  # fmt: skip


def _finding(
    row: dict[str, Any],
    kind: str,
    severity: Severity,
    *,
    words: Words,
    observed: str,
    subject: str,
    expected: str | None = None,
) -> Finding:
    """A finding about one delivery, with its file as evidence."""
    received: date = row["received_at"].date()
    return Finding(
        kind=kind,
        severity=severity,
        vendor=row["vendor"],
        feed=row["feed"],
        period_start=row["period_start"] or received,
        period_end=row["period_end"] or received,
        expected=expected,
        observed=observed,
        subject=subject,
        evidence={"delivery_id": row["delivery_id"], "file_name": row["file_name"], "sha256": row["sha256"]},
        **words,
    )


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:159]}…"


def _plain(number: float | None) -> str:
    return "not readable" if number is None else f"{number:g}"
