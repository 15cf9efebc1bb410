"""Sections on what people do: last quarter's actions, the improvement plan, the client's own duties."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.answers.actions import Action, effects, today
from pipelines.measures.catalogue import MEASURES
from pipelines.report.model import Block, Cell, Sentence, Table
from pipelines.report.pack.discipline import findings_table
from pipelines.report.pack.material import Item, Material, Part
from pipelines.wording import Written

ACTIONS, SIDES = "answers.actions.actions", "answers.both_sides.both_sides"


def last_actions(material: Material) -> Part:
    """Section 2: actions opened before the quarter, those done in the quarter before too, and whether their figures
    then moved beyond noise."""
    writer = material.writer
    before = [one for one in material.actions if one.opened_at.date() < material.quarter.first_day]
    if not before:
        return Part((writer.missing("report.actions.none"),))
    day = today(material.workspace)
    counts = (len(before), _having(before, "done"), _having(before, "open"), sum(one.overdue(day) for one in before))
    cells = [writer.count(n, writer.evidence(ACTIONS, "actions", n=len(before))) for n in counts]
    return Part(
        (writer.say("report.actions.count", *cells), _table(material, before, "last_actions", "report.actions.table"))
    )


def _having(found: Sequence[Action], state: str) -> int:
    return sum(one.state == state for one in found)


def _table(material: Material, found: Sequence[Action], key: str, title: str) -> Table:
    writer = material.writer
    moved = effects(material.workspace, material.reader, found)
    day = today(material.workspace)
    rows = []
    for one in found:
        effect = moved[one.action_id]
        said = writer.text(f"report.effect.{effect.verdict}")
        if one.metric is not None and effect.before is not None and effect.after is not None:
            written = Written(writer.speech, MEASURES[one.metric])
            values = f"{written.inside} {written.value(effect.before)} → {written.value(effect.after)}"
            said = writer.text("report.pair", label=said, text=values)
        state = "overdue" if one.overdue(day) else one.state
        rows.append(
            (
                writer.word(one.what),
                Cell(writer.text(f"report.side.{one.side}")),
                writer.word(one.owner),
                writer.day(one.due),
                Cell(writer.text(f"report.state.{state}")),
                Cell(said),
            )
        )
    head = tuple(writer.text(f"report.column.{name}") for name in ("what", "side", "owner", "due", "status", "effect"))
    return Table(key, writer.text(title), head, tuple(rows), writer.text("report.actions.note"))


def plan(material: Material) -> Part:
    """Section 13: open actions with owner and date."""
    writer = material.writer
    still_open = [one for one in material.actions if one.state == "open"]
    count = writer.count(len(still_open), writer.evidence(ACTIONS, "open", n=len(material.actions)))
    item = Item("decision", "plan", 30.0, writer.say("report.item.decide_plan", count))
    if not still_open:
        return Part((writer.missing("report.plan.none"),), (item,))
    return Part((_table(material, still_open, "plan", "report.plan.table"),), (item,))


def client(material: Material) -> Part:
    """Section 11: the client's forecast, answers to questions, changes of scope, and faults of its own data."""
    writer, sides = material.writer, material.sides
    own = pl.DataFrame() if sides is None else sides.forecast.filter(pl.col("vendor") == material.vendor)
    blocks: list[Block] = []
    items: list[Item] = []
    if own.is_empty():
        blocks.append(writer.missing("report.client.no_forecast"))
    else:
        blocks += _forecast_sentences(material, own, items)
        blocks.append(_forecast_table(material, own))
    blocks.append(_questions(material))
    if material.internal:
        ours = material.findings.filter(pl.col("vendor") == material.workspace.baseline)
        if ours.height and material.vendor != material.workspace.baseline:
            blocks += findings_table(material, ours, "own_findings", "report.client.own_findings")
    return Part(tuple(blocks), tuple(items))


def _forecast_sentences(material: Material, own: pl.DataFrame, items: list[Item]) -> list[Sentence]:
    writer = material.writer
    row = own.filter(pl.col("queue").is_null()).row(0, named=True)
    if row["wape_week"] is None or row["bias"] is None:
        return []
    counts = {"numerator": row["forecast"], "denominator": row["actual"], "n": row["days"]}
    way = "low" if row["bias"] < 0 else "high"
    said = [
        writer.say(
            f"report.client.forecast_{way}",
            writer.share(row["wape_week"], writer.evidence(SIDES, "wape_week", **counts)),
            writer.share(abs(row["bias"]), writer.evidence(SIDES, "bias", **counts)),
        )
    ]
    if row["weeks_over_band"]:
        cells = (
            writer.count(row["weeks_over_band"], writer.evidence(SIDES, "weeks_over_band", n=row["weeks"])),
            writer.count(row["weeks"]),
            writer.share(row["band"], decimals=0),
        )
        said.append(writer.say("report.client.over", *cells, mark="▲"))
        items.append(Item("decision", "forecast", 45.0, writer.say("report.item.decide_forecast", *cells)))
    return said


def _forecast_table(material: Material, own: pl.DataFrame) -> Table:
    writer = material.writer
    rows = []
    for row in own.iter_rows(named=True):
        counts = {"numerator": row["forecast"], "denominator": row["actual"], "n": row["days"]}
        rows.append(
            (
                Cell(
                    writer.text("report.client.all_queues")
                    if row["queue"] is None
                    else material.queue_name(row["queue"])
                ),
                writer.count(row["actual"]),
                writer.count(row["forecast"]),
                writer.share(row["wape_week"], writer.evidence(SIDES, "wape_week", **counts)),
                writer.share(row["bias"], writer.evidence(SIDES, "bias", **counts)),
                writer.count(row["weeks_over_band"], writer.evidence(SIDES, "weeks_over_band", n=row["weeks"])),
            )
        )
    names = ("queue", "contacts", "forecast", "wape", "bias", "over")
    head = tuple(writer.text(f"report.column.{name}") for name in names)
    return Table("forecast", writer.text("report.client.table"), head, tuple(rows))


def _questions(material: Material) -> Block:
    writer, sides = material.writer, material.sides
    held = [] if sides is None else sides.questions.filter(pl.col("vendor") == material.vendor).to_dicts()
    if not held:
        return writer.missing("report.client.no_questions")
    row = held[0]
    asked = writer.count(row["asked"], writer.evidence(SIDES, "questions", n=row["asked"]))
    if row["median_hours"] is None:
        return writer.say("report.client.questions_open", asked)
    answered = writer.count(row["answered"], writer.evidence(SIDES, "answered", n=row["asked"]))
    return writer.say("report.client.questions", answered, asked, writer.count(row["median_hours"], decimals=1))
