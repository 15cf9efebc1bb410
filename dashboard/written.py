"""The figures of one measure as this reader writes them: the wording room's, with the view of the page."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.view import View
from pipelines.wording import written
from pipelines.wording.written import (
    VERDICT_MARKS,
    absent_words,
    note_words,
    target_mark,
    target_words,
    trust_marks,
    verdict_mark,
    verdict_words,
)

__all__ = [
    "VERDICT_MARKS",
    "Written",
    "absent_words",
    "note_words",
    "target_mark",
    "target_words",
    "trust_marks",
    "verdict_mark",
    "verdict_words",
]


@dataclass(frozen=True, slots=True)
class Written(written.Written):
    """Values, ranges and differences of one measure, and the view of the page."""

    speech: View

    @property
    def view(self) -> View:
        return self.speech
