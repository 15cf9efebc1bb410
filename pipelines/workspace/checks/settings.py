"""Checks on ``workspace.yaml``."""

from __future__ import annotations

from pipelines.workspace.checks.context import Context, reference
from pipelines.workspace.problems import Problem, did_you_mean
from pipelines.workspace.schema import CONTACTS, REPORTED_METRICS


def check_settings(context: Context) -> list[Problem]:
    """The baseline is an in-house vendor; strata are columns of contacts; added metrics are new."""
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
        if name not in CONTACTS.names:
            hint = did_you_mean(name, CONTACTS.names)
            problems.append(document.problem(["strata", index], "a column of contacts", hint))
    for name in settings.reported_metrics:
        if name in REPORTED_METRICS:
            path = ["reported_metrics", name]
            problems.append(document.problem(path, "a name that Sightline does not have already", at_key=True))
    return problems
