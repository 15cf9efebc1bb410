"""Figures of the ledger as this reader writes them: any reported metric, catalogued or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.view import View
from pipelines.measures.ledger.formula_words import metric_name
from pipelines.measures.ledger.words import VARIANT_WORDS, definition_words
from pipelines.measures.own_counts import FROM_PRINTED_COUNTS
from pipelines.measures.reconcile import CAUSES

#: Units of reports as the pages' formats name them.
UNITS = {"rate": "share", "s": "seconds", "score": "points", "amount": "money", "count": "count", "fte": "count"}


def figure_name(view: View, metric: str, printed_as: str | None) -> str:
    """The name of a reported figure; for one that nothing here knows, the name that the vendor prints."""
    english, french = metric_name(metric)
    if english == metric.replace("_", " ") and printed_as:
        return printed_as
    return french if view.language == "fr" else english


def variant_words(view: View, variant: str) -> str:
    """A variant of service level without its threshold."""
    english, french = VARIANT_WORDS[variant]
    return french if view.language == "fr" else english


@dataclass(frozen=True, slots=True)
class LedgerTexts:
    """One metric of one vendor's report: its name, its unit, its decimals."""

    view: View
    metric: str
    unit: str
    decimals: int
    printed_as: str
    queues: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return figure_name(self.view, self.metric, self.printed_as)

    def scope(self, queue: str) -> str:
        """The queues of a line by name; a scope of several keeps its order."""
        if queue == "*":
            return self.view.texts("filter.all_queues")
        return ", ".join(self.queues.get(code.strip(), code.strip()) for code in queue.split(";"))

    def value(self, value: float | None) -> str:
        return self.view.formats.value(value, self.unit, self.decimals)

    def difference(self, value: float | None, *, finer: bool = False) -> str:
        """A signed difference; ``finer`` with one decimal more than is printed, so that rounding shows."""
        return self.view.formats.difference(value, self.unit, self.decimals + finer, self.view.texts("points"))

    def definition(self, definition: str | None) -> str:
        """A definition in words."""
        if definition is None:
            return ""
        english, french = definition_words(definition)
        return french if self.view.language == "fr" else english

    def cause(self, cause: str) -> str:
        return self.view.texts(f"reconcile.cause.{cause}")

    def causes(self, row: dict[str, Any]) -> str:
        """The causes of one line with their amounts, the largest first; rounding only where it is all there is."""
        amounts = {cause: row[cause] for cause in CAUSES if row[cause]}
        shown = {cause: amount for cause, amount in amounts.items() if cause != "rounding"} or amounts
        ordered = sorted(shown.items(), key=lambda pair: -abs(pair[1]))
        return ", ".join(f"{self.cause(cause)} {self.difference(amount)}" for cause, amount in ordered)

    def note(self, row: dict[str, Any]) -> str:
        """Why a line can't be verified, or what an unexplained difference looks like."""
        if row["reason"]:
            reason = self.view.texts(f"reconcile.reason.{row['reason']}")
            if row["possible_low"] is None:
                return reason
            low, high = self.value(row["possible_low"]), self.value(row["possible_high"])
            return f"{reason}; {self.view.texts('reconcile.could_be', low=low, high=high)}"
        if row["hint"]:
            return self.view.texts(f"reconcile.hint.{row['hint']}")
        return self.view.texts("reconcile.own_counts") if row.get("basis") == FROM_PRINTED_COUNTS else ""
