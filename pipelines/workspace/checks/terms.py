"""Checks on ``terms/*.yaml``: vendors, queues and feeds exist, dates follow each other, targets fit their metric."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

from pipelines.workspace.checks.context import Checked, Context, reference
from pipelines.workspace.documents import Document, PathPart
from pipelines.workspace.problems import Problem, did_you_mean, one_of
from pipelines.workspace.schema import TABLES
from pipelines.workspace.terms import (
    CLAUSE_METRICS,
    REPEAT_METRICS,
    SHORT_VARIANTS,
    UNKNOWN_DAY,
    VARIANTS_OF,
    Clause,
    Terms,
    TermsFile,
)


def check_terms(context: Context) -> list[Problem]:
    """All mistakes of all terms files against the rest of the workspace."""
    problems: list[Problem] = []
    files: dict[str, str] = {}
    ids: dict[str, str] = {}
    for file in context.terms:
        if file.model is None:
            continue
        document, vendor = file.document, file.model.vendor
        problems += reference(document, ["vendor"], vendor, context.codes("vendors"), "a vendor of vendors.yaml")
        if vendor in files:
            hint = f"put them with the terms in {files[vendor]}"
            problems.append(document.problem(["vendor"], "one file of terms per vendor", hint))
        files.setdefault(vendor, document.file)
        problems += _check_dates(file)
        for index, terms in enumerate(file.model.terms):
            problems += _check_id(document, index, terms, vendor, ids)
            problems += _check_day_start(document, ["terms", index], terms)
            for check in (_check_hours, _check_deliveries, _check_clauses, _check_rate_cards, _check_credits):
                problems += check(document, ["terms", index], terms, context)
    return problems


def _check_id(document: Document, index: int, terms: Terms, vendor: str, ids: dict[str, str]) -> list[Problem]:
    problems = []
    line, _ = document.place(["terms", index, "id"])
    if terms.id in ids:
        problems.append(document.problem(["terms", index, "id"], "an id of its own", f"{ids[terms.id]} has it already"))
    ids.setdefault(terms.id, f"{document.file} line {line}")
    if terms.vendor != vendor:
        problems.append(document.problem(["terms", index, "vendor"], f"the vendor of this file, {vendor}"))
    return problems


def _check_dates(file: Checked[TermsFile]) -> list[Problem]:
    """Terms of one vendor end after they begin and don't overlap."""
    document = file.document
    problems = []
    listed = [pair for pair in enumerate(file.model.terms if file.model else []) if pair[1].valid_from != UNKNOWN_DAY]
    for index, terms in listed:
        if terms.valid_to is not None and terms.valid_to < terms.valid_from:
            problems.append(document.problem(["terms", index, "valid_to"], f"a day from {terms.valid_from} on"))
    ordered = sorted(listed, key=lambda pair: pair[1].valid_from)
    for (_, earlier), (index, later) in pairwise(ordered):
        if later.valid_from <= (earlier.valid_to or date.max):
            end = f"end on {earlier.valid_to}" if earlier.valid_to else "have no valid_to"
            hint = f"the terms {earlier.id!r} {end}; each day has one set of terms"
            problems.append(document.problem(["terms", index, "valid_from"], "dates that don't overlap", hint))
    return problems


def _check_day_start(document: Document, path: list[PathPart], terms: Terms) -> list[Problem]:
    """Contacts are counted by interval: a day can't begin within one."""
    start = terms.day_start_minute
    if start < 1440 and start % terms.interval_min == 0:
        return []
    expected = f'an hour at which an interval of {terms.interval_min} minutes begins, from "00:00" to before "24:00"'
    before = start // terms.interval_min * terms.interval_min
    hint = (
        'a day that begins at midnight is "00:00"' if start >= 1440 else f'write "{before // 60:02d}:{before % 60:02d}"'
    )
    return [document.problem([*path, "business_day_start"], expected, hint)]


def _queue(document: Document, path: list[PathPart], queue: str, context: Context) -> list[Problem]:
    if queue == "*":
        return []
    return reference(document, path, queue, context.codes("queues"), "a queue of vendors.yaml, or '*'")


def _check_hours(document: Document, path: list[PathPart], terms: Terms, context: Context) -> list[Problem]:
    problems = []
    for queue, stretches in terms.hours.items():
        problems += _queue_key(document, [*path, "hours", queue], queue, context)
        for index, later in enumerate(stretches):
            for earlier in stretches[:index]:
                common = [day for day in later.days if day in earlier.days]
                if common and later.open_minute < earlier.close_minute and earlier.open_minute < later.close_minute:
                    place = [*path, "hours", queue, index, "open"]
                    hint = f"{earlier.open} to {earlier.close} is already open on {common[0]}"
                    problems.append(document.problem(place, "hours that don't overlap", hint))
    return problems


def _queue_key(document: Document, path: list[PathPart], queue: str, context: Context) -> list[Problem]:
    queues = context.codes("queues")
    if queue == "*" or queues is None or queue in queues:
        return []
    expected = f"a queue of vendors.yaml, or '*': {one_of(queues)}"
    return [document.problem(path, expected, did_you_mean(queue, queues), value=queue, at_key=True)]


def _check_deliveries(document: Document, path: list[PathPart], terms: Terms, context: Context) -> list[Problem]:
    kinds = list(dict.fromkeys(table.feed for table in TABLES.values()))
    kinds += [file.model.mapping.feed for file in context.feeds if file.model and file.model.mapping.feed]
    problems = []
    for kind in terms.deliveries:
        if kind not in kinds:
            place = [*path, "deliveries", kind]
            hint = did_you_mean(kind, kinds)
            problems.append(document.problem(place, f"a kind of feed: {one_of(kinds)}", hint, value=kind, at_key=True))
    return problems


def _check_clauses(document: Document, path: list[PathPart], terms: Terms, context: Context) -> list[Problem]:
    problems = []
    lines: dict[str, int] = {}
    for index, clause in enumerate(terms.clauses):
        place = [*path, "clauses", index]
        if clause.id in lines:
            problems.append(
                document.problem([*place, "id"], "an id of its own", f"line {lines[clause.id]} has it already")
            )
        lines.setdefault(clause.id, document.place([*place, "id"])[0])
        problems += _queue(document, [*place, "queue"], clause.queue, context)
        problems += reference(document, [*place, "metric"], clause.metric, CLAUSE_METRICS, "a metric")
        problems += _check_target(document, place, clause)
        problems += _check_definition(document, place, clause)
    return problems


def _check_target(document: Document, place: list[PathPart], clause: Clause) -> list[Problem]:
    unit = CLAUSE_METRICS[clause.metric][0] if clause.metric in CLAUSE_METRICS else None
    limits: dict[str, tuple[Callable[[float], bool], str]] = {
        "rate": (lambda value: 0 <= value <= 1, "a share from 0 to 1"),
        "score": (lambda value: -100 <= value <= 100, "a score from -100 to 100"),
        "s": (lambda value: value >= 0, "seconds, 0 or more"),
        "amount": (lambda value: value >= 0, "an amount, 0 or more"),
    }
    problems = []
    for name in ("target", "floor"):
        value = getattr(clause, name)
        if unit in limits and value is not None and not limits[unit][0](value):
            hint = f"write {value / 100:g} for {value:g} %" if unit == "rate" and 1 < value <= 100 else ""
            problems.append(document.problem([*place, name], limits[unit][1], hint))
    if clause.floor is not None:
        wrong_side = clause.floor > clause.target if clause.direction == "higher" else clause.floor < clause.target
        if wrong_side:
            side = "at most" if clause.direction == "higher" else "at least"
            problems.append(document.problem([*place, "floor"], f"{side} the target {clause.target:g}"))
    return problems


def _check_definition(document: Document, place: list[PathPart], clause: Clause) -> list[Problem]:
    """A service level says nothing without its threshold and its treatment of abandoned contacts."""
    problems = []
    if clause.metric == "service_level":
        for name in ("threshold_s", "variant"):
            if getattr(clause, name) is None:
                hint = "abandon_negative counts every abandoned contact as missed" if name == "variant" else ""
                problems.append(document.problem([*place, name], f"{name}, which a service level needs", hint))
    known = VARIANTS_OF.get(clause.metric, ())
    if clause.variant is not None and clause.variant not in known:
        expected = (
            f"a variant of {clause.metric}: {one_of(known)}" if known else f"none: {clause.metric} has no variants"
        )
        hint = did_you_mean(clause.variant, list(known)) if known else ""
        problems.append(document.problem([*place, "variant"], expected, hint))
    said = {"window_h", "same_reason", "cross_vendor", "blank_id_rule"} & clause.model_fields_set
    if clause.metric not in REPEAT_METRICS:
        problems += [
            document.problem([*place, name], f"no {name}, which only {' and '.join(REPEAT_METRICS)} have")
            for name in sorted(said)
        ]
    if clause.variant in SHORT_VARIANTS and clause.short_abandon_s is None:
        expected = f"short_abandon_s, which {clause.variant} needs"
        problems.append(document.problem([*place, "short_abandon_s"], expected))
    return problems


def _check_rate_cards(document: Document, path: list[PathPart], terms: Terms, context: Context) -> list[Problem]:
    problems = []
    for index, card in enumerate(terms.rate_cards):
        place = [*path, "rate_cards", index]
        problems += _queue(document, [*place, "queue"], card.queue, context)
        if card.band_min is not None and card.band_max is not None and card.band_max < card.band_min:
            problems.append(document.problem([*place, "band_max"], f"at least band_min, {card.band_min}"))
        if card.unit == "fte_month" and card.fte_hours is None:
            hint = "35 hours a week are 151.67"
            problems.append(document.problem(place, "fte_hours: the hours of one full-time month", hint))
        first, last = card.valid_from or terms.valid_from, card.valid_to or terms.valid_to
        if last is not None and last < first != UNKNOWN_DAY:
            problems.append(document.problem([*place, "valid_to"], f"a day from {first} on"))
    for index, cost in enumerate(terms.other_costs):
        if cost.last_day is not None and cost.last_day < (cost.first_day or terms.valid_from) != UNKNOWN_DAY:
            first = cost.first_day or terms.valid_from
            problems.append(document.problem([*path, "other_costs", index, "to"], f"a day from {first} on"))
    return problems


def _check_credits(document: Document, path: list[PathPart], terms: Terms, context: Context) -> list[Problem]:
    ids = [clause.id for clause in terms.clauses]
    problems = []
    for name in ("allocation", "per_point"):
        for clause in getattr(terms.credits, name):
            if clause not in ids:
                place = [*path, "credits", name, clause]
                expected = f"a clause of these terms: {one_of(ids)}"
                problems.append(document.problem(place, expected, did_you_mean(clause, ids), value=clause, at_key=True))
    for index, tier in enumerate(terms.credits.tiers):
        place = [*path, "credits", "tiers", index]
        problems += reference(document, [*place, "clause"], tier.clause, ids, "a clause of these terms")
        if (tier.below is None) == (tier.above is None):
            problems.append(document.problem(place, "either below or above"))
        if (tier.amount is None) == (tier.rate is None):
            problems.append(document.problem(place, "either an amount or a rate"))
    return problems + _check_settled_periods(document, path, terms)


def _check_settled_periods(document: Document, path: list[PathPart], terms: Terms) -> list[Problem]:
    """Money is settled by the day or longer: what an interval is worth, no agreement that was seen says."""
    credits = terms.credits
    paid = {*credits.allocation, *credits.per_point, *(tier.clause for tier in credits.tiers)}
    expected = "day, week, month or quarter: credits are settled by the day or longer"
    hint = "aggregation: interval_share over a month counts the intervals that reach interval_target"
    return [
        document.problem([*path, "clauses", index, "measurement_period"], expected, hint)
        for index, clause in enumerate(terms.clauses)
        if clause.measurement_period == "interval" and clause.id in paid
    ]
