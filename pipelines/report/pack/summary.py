"""Section 1: three wins, three risks, the decisions asked. Chosen by rule, or by a person from what the rules give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipelines.report.choice import MOST, OWN, SIDES, Choice, Side, read_choice
from pipelines.report.model import Block, Sentence
from pipelines.report.pack.material import Item, Material, Part

_HEADINGS: dict[Side, tuple[str, str]] = {
    "win": ("report.summary.wins", "report.summary.no_wins"),
    "risk": ("report.summary.risks", "report.summary.no_risks"),
    "decision": ("report.summary.decisions", "report.summary.no_decisions"),
}


def summary(material: Material, items: Sequence[Item]) -> Part:
    """The summary of a pack from the ``items`` of its other sections."""
    choice = read_choice(material.workspace, material.vendor, material.quarter.key)
    writer = material.writer
    blocks: list[Block] = [_who_chose(material, choice)]
    for side in SIDES:
        heading, nothing = _HEADINGS[side]
        blocks.append(replace(writer.say(heading), look="heading"))
        blocks += chosen_items(items, side, choice) or [writer.say(nothing)]
    return Part(tuple(blocks))


def _who_chose(material: Material, choice: Choice | None) -> Sentence:
    writer = material.writer
    if choice is None or choice.at is None:
        return writer.note("report.summary.by_rule")
    day = writer.formats.day(choice.at.date())
    return writer.note("report.summary.by_person", author=writer.name(choice.author), day=day)


def chosen_items(items: Sequence[Item], side: Side, choice: Choice | None) -> list[Sentence]:
    """The sentences of one side: a person's, in that order, else the heaviest three. Sentences carry their item's id.

    A chosen item that the figures no longer give is left out: nothing is told that doesn't hold any more.
    """
    given = by_weight(items, side)
    if choice is None:
        return [replace(item.sentence, item=item.item_id) for item in given[:MOST]]
    held = {item.item_id: item.sentence for item in given}
    held |= {name: Sentence(text) for name, text in choice.own.items() if name.startswith(OWN)}
    return [replace(held[name], item=name) for name in choice.items.get(side, ()) if name in held]


def by_weight(items: Sequence[Item], side: Side) -> list[Item]:
    """All items of one side, the heaviest first."""
    return sorted((item for item in items if item.side == side), key=lambda item: (-item.weight, item.item_id))
