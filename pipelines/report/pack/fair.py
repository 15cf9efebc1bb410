"""Sections on where the vendor stands and what follows: like for like with the in-house team, the next quarter."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.answers.quarter import next_quarter
from pipelines.measures.catalogue import MEASURES
from pipelines.report.model import Block, Cell, Chart, Evidence, Series, Table
from pipelines.report.pack.material import Item, Material, Part
from pipelines.wording import Written
from pipelines.wording.sentences import size
from pipelines.wording.written import VERDICT_MARKS

COMPARE, OUTLOOK = "answers.compare.compare", "answers.quarter.next_quarter"
_WORTH = {"service_level": 1.0, "csat": 0.95, "nps": 0.9, "repeat_rate": 0.9, "abandon_rate": 0.7, "refund_rate": 0.7}


def _rows(material: Material) -> list[dict[str, Any]]:
    if material.compared is None:
        return []
    return list(material.compared.rows.filter(pl.col("vendor") == material.vendor).iter_rows(named=True))


def fair(material: Material) -> Part:
    """Section 7. The vendor edition shows its own value, the gap and the verdict, not the in-house team's own value."""
    writer, compared = material.writer, material.compared
    if compared is None:
        return Part((writer.missing("report.fair.none"),))
    rows = _rows(material)
    if not rows:
        return Part((writer.missing("report.fair.no_rows"),))
    blocks: list[Block] = [
        writer.note("report.fair.window", writer.count(compared.weeks), writer.day(compared.last_day)),
        *_gap_chart(material, rows),
        _gap_table(material, rows),
    ]
    return Part(tuple(blocks), tuple(_items(material, rows)))


def _evidence(material: Material, row: dict[str, Any]) -> Evidence:
    return material.writer.evidence(COMPARE, row["definition_id"], n=row["n"], low=row["gap_low"], high=row["gap_high"])


def _gap_table(material: Material, rows: list[dict[str, Any]]) -> Table:
    writer = material.writer
    made = []
    for row in rows:
        metric = row["metric"]
        own = writer.figure(row | {"low": None, "high": None}, COMPARE)
        house = (
            writer.figure(row | {"value": row["baseline_value"], "n": row["baseline_n"]}, COMPARE),
            writer.difference(metric, row["contacts"]),
        )
        made.append(
            (
                Cell(MEASURES[metric].name(writer.language)),
                own,
                writer.count(row["n"]),
                *(house if material.internal else ()),
                writer.difference(metric, row["gap"], _evidence(material, row)),
                Cell(writer.between(metric, row["gap_low"], row["gap_high"], signed=True)),
                Cell(writer.text(f"report.verdict.{row['verdict']}")),
            )
        )
    shown = ("in_house", "contacts_explain") if material.internal else ()
    names = ("measure", "own", "n", *shown, "gap", "interval", "verdict")
    head = tuple(writer.text(f"report.column.{name}") for name in names)
    return Table("fair", writer.text("report.fair.table"), head, tuple(made))


def _gap_chart(material: Material, rows: list[dict[str, Any]]) -> list[Chart]:
    writer = material.writer
    shares = [row for row in rows if MEASURES[row["metric"]].unit == "share" and row["gap"] is not None]
    if not shares:
        return []
    names = tuple(MEASURES[row["metric"]].name(writer.language) for row in shares)
    texts = tuple(
        f"{Written(writer.speech, MEASURES[row['metric']]).difference(row['gap'])} {VERDICT_MARKS[row['verdict']]}"
        for row in shares
    )
    verdicts = [row["verdict"] for row in shares]
    number = writer.formats.number
    title = writer.text(
        "report.fair.chart",
        better=number(verdicts.count("better")),
        worse=number(verdicts.count("worse")),
        all=number(len(shares)),
    )
    told = ", ".join(f"{name} {text}" for name, text in zip(names, texts, strict=True))
    series = Series(writer.text("report.fair.series"), "vendor", tuple(100 * row["gap"] for row in shares), texts)
    return [
        Chart(
            "fair",
            "bar",
            title,
            writer.text("report.fair.alt", values=told),
            names,
            (series,),
            "points",
            writer.text("report.fair.series"),
            1,
        )
    ]


def _items(material: Material, rows: list[dict[str, Any]]) -> list[Item]:
    writer, found = material.writer, []
    for row in rows:
        metric, verdict = row["metric"], row["verdict"]
        if verdict not in ("better", "worse"):
            continue
        written = Written(writer.speech, MEASURES[metric])
        gap = Cell(size(written, row["gap"]), row["gap"], "share", 1, _evidence(material, row))
        sentence = writer.say(
            f"report.item.fair_{verdict}",
            gap,
            measure=written.inside,
            mark="▲" if verdict == "better" else "▼",
            interval=writer.between(metric, row["gap_low"], row["gap_high"], signed=True),
            link=writer.link("compare", cv=material.vendor),
        )
        side, base = ("win", 55.0) if verdict == "better" else ("risk", 65.0)
        found.append(Item(side, f"fair:{metric}", base * _WORTH.get(metric, 0.5), sentence))
    return found


def coming(material: Material) -> Part:
    """Section 14: the next quarter's volumes, and a proposal on allocation that says what it rests on."""
    writer = material.writer
    outlook = next_quarter(material.reader, material.quarter, material.vendor)
    whole = outlook.rows.row(-1, named=True)
    blocks: list[Block] = []
    modelled = whole["expected"] is not None
    if modelled:
        growth = whole["now"] / whole["now_before"]
        evidence = writer.evidence(
            OUTLOOK, "seasonal_naive", numerator=whole["now"], denominator=whole["now_before"], n=whole["now"]
        )
        blocks.append(writer.say("report.next.how", writer.share(growth, evidence, 0)))
        names = ("now", "now_before", "next_before", "expected")
        rows = tuple(
            (
                Cell(
                    writer.text("report.client.all_queues")
                    if row["queue"] is None
                    else material.queue_name(row["queue"])
                ),
                *(
                    writer.count(
                        row[name], writer.evidence(OUTLOOK, "offered", n=row[name]) if name != "expected" else evidence
                    )
                    for name in names
                ),
            )
            for row in outlook.rows.iter_rows(named=True)
        )
        quarters = (material.quarter.name, material.quarter.later(-4).name, material.quarter.later(-3).name)
        head = (
            writer.text("report.column.queue"),
            *quarters,
            f"{outlook.quarter.name} {writer.text('report.column.expected_volume')}",
        )
        blocks.append(Table("outlook", writer.text("report.next.table", quarter=outlook.quarter.name), head, rows))
    else:
        blocks.append(
            writer.say(
                "report.next.no_history",
                writer.count(whole["now"], writer.evidence(OUTLOOK, "offered", n=whole["now"])),
            )
        )
        if outlook.short is not None:
            first = material.data_days[0]
            blocks.append(
                writer.note("report.next.short_history", quarter=outlook.short.name, day=writer.day(first).text)
            )
    if material.internal:
        blocks += _shares(material)
    blocks.append(_proposal(material))
    terms = material.workspace.terms_on(material.vendor, material.last_day)
    if terms is not None and terms.exit_notice_days is not None:
        blocks.append(writer.say("report.next.notice", writer.count(terms.exit_notice_days)))
    return Part(tuple(blocks))


def _shares(material: Material) -> list[Block]:
    """Who serves the vendor's queues: other vendors' figures, so for the internal edition alone."""
    writer = material.writer
    held = material.reader.frame(
        "window_work", first_day=material.quarter.first_day, last_day=material.quarter.last_day
    )
    work = held.group_by("vendor_code", "queue_code").agg(pl.col("offered").sum()).filter(pl.col("offered") > 0)
    own = work.filter(pl.col("vendor_code") == material.vendor)["queue_code"]
    shared = work.filter(pl.col("queue_code").is_in(own.to_list())).with_columns(
        whole=pl.col("offered").sum().over("queue_code")
    )
    rows = tuple(
        (
            Cell(material.queue_name(row["queue_code"])),
            writer.word(material.workspace.vendors[row["vendor_code"]].name),
            writer.count(row["offered"], writer.evidence("window_work", "offered", n=row["offered"])),
            writer.share(
                row["offered"] / row["whole"],
                writer.evidence(
                    "window_work", "share_of_queue", numerator=row["offered"], denominator=row["whole"], n=row["whole"]
                ),
            ),
        )
        for row in shared.sort("queue_code", "offered", descending=[False, True]).iter_rows(named=True)
    )
    head = tuple(writer.text(f"report.column.{name}") for name in ("queue", "vendor", "contacts", "share"))
    return [Table("allocation", writer.text("report.next.allocation"), head, rows)] if rows else []


def _proposal(material: Material) -> Block:
    writer = material.writer
    rows = _rows(material)
    if not rows:
        return writer.missing("report.next.no_comparison")

    def named(verdict: str) -> str:
        return ", ".join(
            Written(writer.speech, MEASURES[row["metric"]]).inside for row in rows if row["verdict"] == verdict
        )

    better, worse = named("better"), named("worse")
    key = {(True, True): "mixed", (True, False): "more", (False, True): "less", (False, False): "keep"}[
        bool(better), bool(worse)
    ]
    return writer.say(f"report.next.{key}", better=better, worse=worse)
