"""Checks on ``workspace.yaml``."""

from __future__ import annotations

from pipelines.workspace.checks.context import Context, reference
from pipelines.workspace.company import Move, Settings
from pipelines.workspace.documents import Document, PathPart
from pipelines.workspace.problems import Problem, did_you_mean, one_of
from pipelines.workspace.schema import REPORTED_METRICS, STRATA


def check_settings(context: Context) -> list[Problem]:
    """The baseline is an in-house vendor; strata are set by the client; moves and outages name vendors and queues that
    there are; added metrics are new."""
    file = context.settings
    if file is None or file.model is None:
        return []
    settings, document = file.model, file.document
    vendors = context.codes("vendors")
    problems = reference(document, ["baseline_vendor"], settings.baseline_vendor, vendors, "a vendor of vendors.yaml")
    people = context.people.model if context.people else None
    baseline = people.vendors.get(settings.baseline_vendor or "") if people else None
    if baseline is not None and baseline.kind != "in_house":
        hint = "set its kind to in_house, or name another"
        problems.append(document.problem(["baseline_vendor"], "a vendor of kind in_house", hint))
    for index, name in enumerate(settings.strata):
        if name not in STRATA:
            expected = f"something that the client's side knows of a contact: {one_of(STRATA)}"
            problems.append(document.problem(["strata", index], expected, did_you_mean(name, STRATA)))
    problems += _check_moves(document, settings, context)
    problems += _check_notices(document, settings)
    vendors, queues = context.codes("vendors"), context.codes("queues")
    for index, outage in enumerate(settings.outages):
        place: list[PathPart] = ["outages", index]
        problems += reference(document, [*place, "vendor"], outage.vendor, vendors, "a vendor of vendors.yaml")
        problems += reference(document, [*place, "queue"], outage.queue, queues, "a queue of vendors.yaml")
    for name in settings.reported_metrics:
        if name in REPORTED_METRICS:
            path = ["reported_metrics", name]
            problems.append(document.problem(path, "a name that Sightline does not have already", at_key=True))
        problems += _check_counts(document, settings, name)
    return problems


def _check_counts(document: Document, settings: Settings, name: str) -> list[Problem]:
    """A figure that follows from two counts names both of them."""
    metric, place = settings.reported_metrics[name], ["reported_metrics", name]
    counts = [one for one, unit in REPORTED_METRICS.items() if unit == "count"]
    counts += [one for one, own in settings.reported_metrics.items() if own.unit == "count"]
    sides = {side: getattr(metric, side) for side in ("numerator", "denominator")}
    problems = []
    for side, other in (("numerator", "denominator"), ("denominator", "numerator")):
        if sides[side] is None and sides[other] is not None:
            problems.append(document.problem([*place, other], f"{side} beside it"))
        elif sides[side] is not None:
            problems += reference(document, [*place, side], sides[side], counts, "a reported count")
    return problems


def _check_notices(document: Document, settings: Settings) -> list[Problem]:
    """Each receiver of new findings says what it needs, and nothing that belongs to another kind of receiver."""
    problems = []
    for index, notice in enumerate(settings.notify):
        for name in notice.lacking:
            problems.append(document.problem(["notify", index], f"{name}, which a notice to {notice.to} needs"))
        for name in notice.beside_the_point:
            place: list[PathPart] = ["notify", index, name]
            problems.append(document.problem(place, f"nothing: a notice to {notice.to} has no {name}", at_key=True))
        if notice.user and not notice.password_env:
            problems.append(document.problem(["notify", index, "user"], "password_env beside it"))
    return problems


def _check_moves(document: Document, settings: Settings, context: Context) -> list[Problem]:
    problems = []
    ids: set[str] = set()
    for index, move in enumerate(settings.moves):
        place: list[PathPart] = ["moves", index]
        if move.id in ids:
            problems.append(document.problem([*place, "id"], "an id of its own", "another move has it already"))
        ids.add(move.id)
        problems += _check_move_names(document, place, move, context)
        if move.from_vendor == move.to_vendor:
            problems.append(document.problem([*place, "to_vendor"], "another vendor than from_vendor"))
        if move.settled_on < move.moved_on:
            hint = f"it moved on {move.moved_on}"
            problems.append(document.problem([*place, "settled_on"], "the day of the move, or a later one", hint))
    return problems


def _check_move_names(document: Document, place: list[PathPart], move: Move, context: Context) -> list[Problem]:
    vendors, queues = context.codes("vendors"), context.codes("queues")
    a_vendor, a_queue = "a vendor of vendors.yaml", "a queue of vendors.yaml"
    problems = reference(document, [*place, "from_vendor"], move.from_vendor, vendors, a_vendor)
    problems += reference(document, [*place, "to_vendor"], move.to_vendor, vendors, a_vendor)
    for number, queue in enumerate(move.queues):
        problems += reference(document, [*place, "queues", number], queue, queues, a_queue)
    for number, line in enumerate(move.donors):
        problems += reference(document, [*place, "donors", number, "vendor"], line.vendor, vendors, a_vendor)
        problems += reference(document, [*place, "donors", number, "queue"], line.queue, queues, a_queue)
    return problems
