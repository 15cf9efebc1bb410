"""First-contact resolution and repeat contacts in the ledger: which rules there are, and what they count.

A rule says within how many hours a second contact is a repeat, whether only one for the same reason is, and whether one
that lands at another operation is. Its counts become columns of a cell, so that its formula reads like any other. A
contact whose window is still open is not judged: ``still_open`` of them are told beside the counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import product

import polars as pl

from pipelines.measures.definitions import RepeatDefinition
from pipelines.measures.ledger.formulas import Formula
from pipelines.workspace.terms import REPEAT_METRICS

#: Windows (hours) that agreements, tools and surveys use: a day to a month.
WINDOWS = (24.0, 48.0, 72.0, 120.0, 168.0, 240.0, 336.0, 504.0, 720.0)

#: Counts of first contacts under some rules that differ by their window alone: queue, local_date, window_h, eligible,
#: repeated, still_open, unknown, blank_closed.
CountRepeats = Callable[[RepeatDefinition, Sequence[float]], pl.DataFrame]

_COUNTED = ("eligible", "repeated", "still_open", "unknown", "blank_closed")
#: What vendors declare themselves of a contact.
DECLARED = ("declared_resolved", "declared")


def repeat_formula(metric: str, rule: RepeatDefinition, steps: int = 0) -> Formula:
    """First-contact resolution (or repeats) under one rule, over the columns that :func:`with_repeats` adds."""
    eligible, repeated = pl.col(_column(rule, "eligible")), pl.col(_column(rule, "repeated"))
    top, bottom = repeated if metric == "repeat_rate" else eligible - repeated, eligible
    if rule.blank_id_rule == "resolved":
        blank = pl.col(_column(rule, "blank_closed"))
        top, bottom = top if metric == "repeat_rate" else top + blank, bottom + blank
    return Formula(f"{metric}.{rule.rule}", top, bottom, steps)


def declared_formulas(metric: str) -> list[Formula]:
    """What the vendor says of its own contacts; nobody declares repeats."""
    if metric != "fcr":
        return []
    resolved = pl.col("declared_resolved")
    return [
        Formula("fcr.declared", resolved, pl.col("declared"), 1),
        Formula("fcr.declared/of_answered", resolved, pl.col("answered"), 2),
    ]


def repeat_rules(usual: RepeatDefinition) -> list[tuple[RepeatDefinition, int]]:
    """Every rule but the usual one, with the number of respects in which it departs from it."""
    windows = sorted({usual.window_h, *WINDOWS})
    found = []
    for window, reason, vendor, blank in product(windows, (False, True), (True, False), ("exclude", "resolved")):
        one = replace(usual, window_h=window, same_reason=reason, cross_vendor=vendor, blank_id_rule=blank)  # type: ignore[arg-type]
        steps = (
            (window != usual.window_h) + (reason != usual.same_reason) + (vendor != usual.cross_vendor)
            + (blank != usual.blank_id_rule)
        )  # fmt: skip
        if steps:
            found.append((one, steps))
    return found


def with_repeats(cells: pl.DataFrame, rules: Iterable[RepeatDefinition], count: CountRepeats) -> pl.DataFrame:
    """``cells`` with the counts of each rule as columns; rules that differ by their window alone share one count."""
    alike: dict[tuple[bool, bool], dict[float, RepeatDefinition]] = {}
    for rule in rules:
        alike.setdefault((rule.same_reason, rule.cross_vendor), {})[rule.window_h] = rule
    for of_windows in alike.values():
        counted = count(next(iter(of_windows.values())), sorted(of_windows))
        for window, rule in of_windows.items():
            columns = {name: _column(rule, name) for name in _COUNTED}
            if columns["eligible"] in cells.columns:
                continue
            own = counted.filter(pl.col("window_h") == window).select("queue", "local_date", *_COUNTED).rename(columns)
            cells = cells.join(own, on=["queue", "local_date"], how="left").with_columns(
                pl.col(list(columns.values())).fill_null(0)  # a day on which nobody came for the first time
            )
    return cells


def windows_of(cells: pl.DataFrame, rules: Sequence[RepeatDefinition]) -> pl.DataFrame:
    """key + ``windows_open`` and ``windows_closed`` (contacts of which it is not yet known and is known whether they
    came again, whichever rule leaves most open) and ``customers_unknown``.
    """
    last = max(rules, key=lambda rule: rule.window_h)
    names = {"windows_open": "still_open", "windows_closed": "eligible", "customers_unknown": "unknown"}
    return cells.group_by("key").agg(pl.col(_column(last, column)).sum().alias(name) for name, column in names.items())


def _column(rule: RepeatDefinition, count: str) -> str:
    """The rule for contacts of nobody known changes no count."""
    return f"{replace(rule, blank_id_rule='exclude').rule}:{count}"


def is_of_repeats(metric: str) -> bool:
    """Whether rules for repeat contacts decide the metric."""
    return metric in REPEAT_METRICS
