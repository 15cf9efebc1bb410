"""Checks on ``vendors.yaml``: sites belong to vendors, aliases name what exists and don't contradict each other."""

from __future__ import annotations

from datetime import date

from pipelines.workspace.checks.context import Context, reference
from pipelines.workspace.company import Alias, People
from pipelines.workspace.documents import Document
from pipelines.workspace.problems import Problem


def check_people(context: Context) -> list[Problem]:
    """All mistakes between the parts of ``vendors.yaml``."""
    file = context.people
    if file is None or file.model is None:
        return []
    people, document = file.model, file.document
    problems = []
    for code, vendor in people.vendors.items():
        if vendor.started_on and vendor.ended_on and vendor.ended_on < vendor.started_on:
            problems.append(document.problem(["vendors", code, "ended_on"], f"a day from {vendor.started_on} on"))
    for code in context.codes("sites") or []:  # those with another mistake as well
        path = ["sites", code, "vendor"]
        vendor = file.whole.value(path)
        if isinstance(vendor, str):
            problems += reference(file.whole, path, vendor, context.codes("vendors"), "a vendor of this file")
    for part in ("vendors", "sites", "queues"):
        problems += _codes_agree(people, document, part)
    return problems + _check_aliases(people, document, context)


def _codes_agree(people: People, document: Document, part: str) -> list[Problem]:
    """A ``code`` written inside a map must be its key."""
    return [
        document.problem([part, code, "code"], f"the key above, {code}", "leave the code out: the key is the code")
        for code, one in getattr(people, part).items()
        if one.code != code
    ]


def _check_aliases(people: People, document: Document, context: Context) -> list[Problem]:
    problems = []
    for index, alias in enumerate(people.aliases):
        for name in ("queue", "vendor", "site"):
            words = f"a {name} of this file"
            problems += reference(
                document, ["aliases", index, name], getattr(alias, name), context.codes(f"{name}s"), words
            )
        if alias.queue is None and alias.vendor is None and alias.site is None:
            problems.append(document.problem(["aliases", index], "a queue, vendor or site that the value stands for"))
        if alias.valid_from and alias.valid_to and alias.valid_to < alias.valid_from:
            problems.append(document.problem(["aliases", index, "valid_to"], f"a day from {alias.valid_from} on"))
        site = people.sites.get(alias.site or "")
        if (
            site is not None
            and alias.vendor not in (None, site.vendor)
            and site.vendor in (context.codes("vendors") or [])
        ):
            problems.append(document.problem(["aliases", index, "site"], f"a site of {alias.vendor}"))
    return problems + _check_overlaps(people.aliases, document)


def _check_overlaps(aliases: list[Alias], document: Document) -> list[Problem]:
    """One value of one system stands for one thing on any day."""
    held: dict[tuple[str, str], list[tuple[date, date, int]]] = {}
    problems = []
    for index, alias in enumerate(aliases):
        first, last = alias.valid_from or date.min, alias.valid_to or date.max
        earlier = held.setdefault((alias.system, alias.value), [])
        for other_first, other_last, other in earlier:
            if first <= other_last and other_first <= last:
                line, _ = document.place(["aliases", other])
                expected = f"one alias of {alias.value!r} in {alias.system} on any day"
                hint = f"its dates overlap those on line {line}; close one with valid_to"
                problems.append(document.problem(["aliases", index], expected, hint))
                break
        earlier.append((first, last, index))
    return problems
