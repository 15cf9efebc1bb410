"""Sections on the data: reporting discipline, incidents, and the appendix that lets two people rebuild the pack."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import polars as pl

from pipelines.answers.reconcile import summary_documents
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.measures.ledger.formula_words import metric_name
from pipelines.measures.ledger.words import definition_words
from pipelines.report.model import Block, Cell, Table
from pipelines.report.pack.material import OPEN, Item, Material, Part
from pipelines.trust.coverage import open_days
from pipelines.trust.expected import feed_punctuality
from pipelines.trust.findings import SEVERITIES
from pipelines.workspace.terms import Clause

DUE, DELIVERIES, LEDGER = "answers.status.judged_feeds", "deliveries", "answers.reconcile.reconciled"
#: Findings on which both sides have to agree before anything else can be.
_DEFINITIONS = ("definition_unstated", "definition_changed")
_WEIGHT = {"critical": 80.0, "warning": 45.0, "info": 0.0}


def discipline(material: Material) -> Part:
    """Section 4: what came when, what was reported, what there is to explain."""
    blocks = [*_punctuality(material), *_reported(material), *findings_table(material, material.own_findings)]
    return Part(tuple(blocks), (*_punctual_items(material), *_finding_items(material)))


def _punctuality(material: Material) -> list[Block]:
    writer, due = material.writer, material.due
    if due.is_empty():
        return [writer.missing("report.discipline.no_calendar")]
    by_feed = feed_punctuality(due)
    names = ("expected", "on_time", "late", "missing")
    whole = [writer.count(by_feed[name].sum(), writer.evidence(DUE, name, n=due.height)) for name in names]
    files = material.deliveries.filter(pl.col("vendor_code") == material.vendor)
    rows = tuple(
        (
            Cell(writer.speech.texts.known("feed", row["feed"])),
            *(writer.count(row[name], writer.evidence(DUE, name, n=row["expected"])) for name in names),
        )
        for row in by_feed.iter_rows(named=True)
    )
    head = (writer.text("report.column.feed"), *(writer.text(f"report.column.{name}") for name in names))
    return [
        writer.say("report.discipline.punctual", *whole),
        writer.say(
            "report.discipline.rows",
            writer.count(files["rows_read"].sum(), writer.evidence(DELIVERIES, "rows_read", n=files.height)),
            writer.count(files["rows_rejected"].sum(), writer.evidence(DELIVERIES, "rows_rejected", n=files.height)),
        ),
        Table("punctuality", writer.text("report.discipline.by_feed"), head, rows),
    ]


def _reported(material: Material) -> list[Block]:
    writer, ledger = material.writer, material.ledger.ledger
    if ledger.is_empty():
        return [writer.missing("report.discipline.no_report")]
    names = ("lines", "agrees", "differs", "not_verifiable")
    made = summary_documents(ledger)
    whole = [sum(row[name] for row in made) for name in names]
    rows = tuple(
        (
            Cell(_metric_name(material, row["metric"])),
            *(writer.count(row[name], writer.evidence(LEDGER, name, n=row["lines"])) for name in names),
        )
        for row in made
    )
    head = (writer.text("report.column.measure"), *(writer.text(f"report.column.{name}") for name in names))
    sentence = writer.say(
        "report.discipline.differ",
        *(writer.count(n, writer.evidence(LEDGER, name, n=whole[0])) for name, n in zip(names, whole, strict=True)),
    )
    return [sentence, Table("reported", writer.text("report.discipline.reported"), head, rows)]


def _metric_name(material: Material, metric: str) -> str:
    english, french = metric_name(metric)
    return french if material.writer.language == "fr" else english


def findings_table(
    material: Material, findings: pl.DataFrame, key: str = "findings", title: str = "report.discipline.findings"
) -> list[Block]:
    """Findings as a table, the gravest first; or that there are none."""
    writer = material.writer
    if findings.is_empty():
        return [writer.say("report.discipline.no_findings")]
    rows = tuple(
        (
            Cell(writer.text(f"report.severity.{row['severity']}")),
            Cell(writer.formats.period(row["period_start"], row["period_end"])),
            Cell(writer.finding(row)),
            Cell(writer.text(f"report.state.{row['status']}")),
        )
        for row in findings.iter_rows(named=True)
    )
    head = tuple(writer.text(f"report.column.{name}") for name in ("severity", "period", "what", "status"))
    return [Table(key, writer.text(title), head, rows, writer.text("report.discipline.explain"))]


def _punctual_items(material: Material) -> list[Item]:
    writer, due = material.writer, material.due
    if due.is_empty():
        return []
    counts = {name: int((due["punctuality"] == name).sum()) for name in ("on_time", "late", "missing")}
    whole = writer.count(due.height, writer.evidence(DUE, "expected", n=due.height))
    late, missing = (
        writer.count(counts[name], writer.evidence(DUE, name, n=due.height)) for name in ("late", "missing")
    )
    found = []
    if counts["on_time"] == due.height:
        found.append(Item("win", "reports:on_time", 30.0, writer.say("report.item.all_on_time", whole, mark="✓")))
    elif counts["late"] + counts["missing"]:
        sentence = writer.say("report.item.late_or_missing", whole, late, missing, mark="■")
        found.append(Item("risk", "reports:late", 25.0 + 20.0 * bool(counts["missing"]), sentence))
    if counts["missing"]:
        found.append(Item("decision", "reports:missing", 40.0, writer.say("report.item.decide_missing", missing)))
    return found


def _finding_items(material: Material) -> list[Item]:
    """Open findings become risks, one per kind, the gravest of each; those on definitions ask for a decision."""
    writer, ledger = material.writer, material.ledger.ledger
    found: list[Item] = []
    seen: set[str] = set()
    for row in material.own_findings.iter_rows(named=True):
        kind, settle = row["kind"], row["status"] == "disputed"
        if row["status"] not in OPEN or row["severity"] == "info" or kind in seen:
            continue
        seen.add(kind)
        link = writer.link("data_trust", v=[material.name])
        said = {"sentence": writer.shortened(writer.finding(row))}
        severity = writer.text(f"report.severity.{row['severity']}").split(" ", 1)[-1]
        made = writer.say("report.item.findings", Cell(severity), mark="▲", link=link, **said)
        found.append(Item("risk", f"finding:{row['finding_id']}", _WEIGHT[row["severity"]], made))
        if settle:
            found.append(
                Item("decision", f"settle:{row['finding_id']}", 85.0, writer.say("report.item.decide_disputed", **said))
            )
        elif kind in _DEFINITIONS:
            found.append(
                Item(
                    "decision", f"define:{row['finding_id']}", 80.0, writer.say("report.item.decide_definition", **said)
                )
            )
    if ledger.height and (ledger["verdict"] == "agrees").all():
        count = writer.count(ledger.height, writer.evidence(LEDGER, "agrees", n=ledger.height))
        found.append(Item("win", "reports:agree", 28.0, writer.say("report.item.reports_agree", count, mark="✓")))
    return found


def incidents(material: Material) -> Part:
    """Section 12: days without contacts, critical findings, and what no feed carries."""
    writer = material.writer
    expected = open_days(material.workspace, material.quarter.first_day, material.last_day).filter(
        pl.col("vendor") == material.vendor
    )
    blocks: list[Block] = []
    if expected.height:
        came = material.reader.frame("day_coverage", first_day=material.quarter.first_day, last_day=material.last_day)
        days = set(came.filter(pl.col("vendor_code") == material.vendor)["local_date"])
        empty = [day for day in expected["local_date"] if day not in days]
        whole = writer.count(expected.height, writer.evidence("day_coverage", "open_days", n=expected.height))
        without = writer.count(len(empty), writer.evidence("day_coverage", "days_without", n=expected.height))
        blocks.append(
            writer.say("report.incidents.days_without", without, whole, mark="■")
            if empty
            else writer.say("report.incidents.days_complete", whole, mark="✓")
        )
    grave = material.own_findings.filter(pl.col("severity") == SEVERITIES[-1])
    blocks += (
        findings_table(material, grave, "critical", "report.incidents.critical")
        if grave.height
        else [writer.say("report.incidents.no_critical")]
    )
    blocks.append(writer.missing("report.incidents.no_feed"))
    return Part(tuple(blocks))


def appendix(material: Material, used: Iterable[str]) -> Part:
    """Definitions of the measures that the pack uses, what changed in them, and the hashes of the files behind it."""
    writer = material.writer
    measures = [MEASURES[metric] for metric in MEASURES if metric in set(used)]
    definitions = tuple(
        (
            Cell(one.name(writer.language)),
            Cell(one.definition(writer.language)),
            Cell(one.formula(writer.language)),
            Cell(one.id),
        )
        for one in measures
    )
    head = tuple(writer.text(f"report.column.{name}") for name in ("measure", "definition", "formula", "id"))
    blocks: list[Block] = [
        writer.note("report.appendix.rebuild"),
        Table("measures", writer.text("report.appendix.measures"), head, definitions),
        *_clauses(material),
        *_changes(material),
        *_hashes(material),
    ]
    return Part(tuple(blocks))


def _clauses(material: Material) -> list[Block]:
    writer = material.writer
    rows = []
    for terms in material.workspace.terms.get(material.vendor, ()):
        ends = terms.valid_to or material.quarter.last_day
        if terms.valid_from > material.quarter.last_day or ends < material.quarter.first_day:
            continue
        for clause in terms.clauses:
            rows.append(
                (
                    Cell(writer.name(clause.id)),
                    Cell(_metric_name(material, clause.metric)),
                    Cell(_clause_words(material, clause)),
                    Cell(writer.name(terms.id)),
                    Cell(
                        writer.formats.period(terms.valid_from, terms.valid_to)
                        if terms.valid_to
                        else writer.day(terms.valid_from).text
                    ),
                )
            )
    head = tuple(writer.text(f"report.column.{name}") for name in ("id", "measure", "definition", "version", "period"))
    return [Table("clauses_in_force", writer.text("report.appendix.clauses"), head, tuple(rows))] if rows else []


def _clause_words(material: Material, clause: Clause) -> str:
    """What a clause counts and what it must reach."""
    writer = material.writer
    share = clause.metric in MEASURES and MEASURES[clause.metric].unit == "share"
    sign = "≥" if clause.direction == "higher" else "≤"
    target = writer.text(
        "report.appendix.target",
        target=f"{sign} {writer.share(clause.target).text if share else writer.count(clause.target, decimals=1).text}",
    )
    if clause.metric != "service_level":
        return target
    words = definition_words(ServiceLevelDefinition.from_clause(clause.model_dump()).id)
    return f"{words[writer.language == 'fr']}; {target}"


def _changes(material: Material) -> list[Block]:
    writer, sides = material.writer, material.sides
    rows: list[tuple[Cell, ...]] = []
    if sides is not None:
        for row in sides.changes.filter(pl.col("vendor") == material.vendor).iter_rows(named=True):
            rows.append(
                (writer.day(row["day"]), Cell(writer.text(f"report.change.{row['kind']}")), writer.word(row["detail"]))
            )
    for row in material.own_findings.filter(pl.col("kind") == "definition_changed").iter_rows(named=True):
        rows.append(
            (
                writer.day(row["period_start"]),
                Cell(writer.text(f"report.state.{row['status']}")),
                Cell(writer.finding(row)),
            )
        )
    if not rows:
        return [writer.say("report.appendix.no_changes")]
    head = tuple(writer.text(f"report.column.{name}") for name in ("day", "kind", "what"))
    return [Table("changes", writer.text("report.appendix.changes"), head, tuple(rows))]


def _hashes(material: Material) -> list[Block]:
    writer, held = material.writer, material.deliveries
    if held.is_empty():
        return [writer.missing("report.appendix.no_deliveries")]
    by_feed = []
    for (vendor, feed), files in held.partition_by(["vendor_code", "feed"], as_dict=True, maintain_order=True).items():
        named = writer.speech.texts.known("feed", str(feed))
        if vendor != material.vendor:
            named = f"{named} ({writer.text('report.side.client')})"
        read = writer.evidence(DELIVERIES, "rows_read", n=files.height)
        by_feed.append(
            (
                Cell(named),
                writer.count(files.height),
                writer.count(files["rows_read"].sum(), read),
                Cell(joint_hash(files)),
            )
        )
    head = tuple(writer.text(f"report.column.{name}") for name in ("feed", "files", "rows_read", "hash"))
    every = tuple(_delivery(material, row) for row in held.iter_rows(named=True))
    names = ("feed", "file", "received", "rows_read", "sha256")
    detail_head = tuple(writer.text(f"report.column.{name}") for name in names)
    return [
        Table(
            "deliveries_by_feed",
            writer.text("report.appendix.by_feed"),
            head,
            tuple(by_feed),
            writer.text("report.appendix.hash_note"),
        ),
        Table("deliveries", writer.text("report.appendix.deliveries"), detail_head, every, detail=True),
    ]


def _delivery(material: Material, row: dict[str, Any]) -> tuple[Cell, ...]:
    """A file of the client may be named after another vendor: in the vendor edition its hash stands for it."""
    writer = material.writer
    own = row["vendor_code"] == material.vendor or material.internal
    name = writer.name(row["file_name"]) if own else writer.text("report.appendix.own_file")
    zone = material.workspace.settings.time_zone
    return (
        Cell(writer.speech.texts.known("feed", row["feed"])),
        Cell(name),
        Cell(writer.instant(row["received_at"], zone)),
        writer.count(row["rows_read"]),
        Cell(row["sha256"]),
    )


def joint_hash(deliveries: pl.DataFrame) -> str:
    """One hash of many files: SHA-256 of their own hashes, sorted, one a line."""
    lines = "\n".join(sorted(set(deliveries["sha256"])))
    return hashlib.sha256(lines.encode()).hexdigest()
