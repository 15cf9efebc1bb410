"""The figures of one measure as this reader writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.measures.catalogue import NOTES, VERDICTS, Measure
from pipelines.wording.speech import Speech

#: Shapes that carry a verdict without colour.
VERDICT_MARKS = {
    "better": "▲",
    "worse": "▼",
    "higher": "△",
    "lower": "▽",
    "equal": "≈",
    "no_clear_difference": "≈",
    "too_little_data": "○",
    "is_baseline": "◆",
    "not_comparable": "≠",
}
NO_MARK = ""


@dataclass(frozen=True, slots=True)
class Written:
    """Values, ranges and differences in the measure's unit and decimals."""

    speech: Speech
    measure: Measure

    @property
    def name(self) -> str:
        return self.measure.name(self.speech.language)

    @property
    def inside(self) -> str:
        """The name inside a sentence: small first letter, unless it is an abbreviation."""
        name = self.name
        return name if name[:2].isupper() else name[:1].lower() + name[1:]

    @property
    def unit(self) -> str:
        return self.speech.texts(f"unit.{self.measure.unit}", currency=self.speech.formats.currency)

    @property
    def direction(self) -> str:
        return self.speech.texts(f"measures.better_{self.measure.direction}")

    def value(self, value: float | None) -> str:
        return self.speech.formats.value(value, self.measure.unit, self.measure.decimals)

    def difference(self, value: float | None) -> str:
        points = self.speech.texts("points")
        return self.speech.formats.difference(value, self.measure.unit, self.measure.decimals, points)

    def interval(self, low: float | None, high: float | None) -> str:
        return self.speech.formats.between(self.value(low), self.value(high))

    def gap_interval(self, low: float | None, high: float | None) -> str:
        return self.speech.formats.between(self.difference(low), self.difference(high))

    def shown(self, row: dict[str, Any]) -> bool:
        """Enough observations to show the value at all."""
        return row["value"] is not None and (row["n"] or 0) >= self.measure.minimum_shown

    def sure(self, row: dict[str, Any]) -> bool:
        """Enough observations to lean on the value."""
        return row["value"] is not None and (row["n"] or 0) >= self.measure.minimum_sure

    def part(self, value: float | None) -> str:
        """A numerator or denominator: a count, seconds or money, without its unit."""
        whole = value is None or float(value).is_integer() or abs(value) >= 1000
        return self.speech.formats.number(value, 0 if whole else 2)


def verdict_mark(row: dict[str, Any]) -> str:
    """The shape of a row's verdict."""
    return VERDICT_MARKS.get(row["verdict"] or "", NO_MARK)


def verdict_words(speech: Speech, row: dict[str, Any]) -> str:
    """The verdict in words, as the catalogue says it."""
    verdict = row["verdict"] or "not_judged"
    return VERDICTS[verdict](speech.language) if verdict in VERDICTS else verdict.replace("_", " ")


def trust_marks(row: dict[str, Any]) -> str:
    """□ where part of the expected data is missing, ! where findings touch the figure."""
    share = row["data_share"]
    return " ".join(mark for mark, there in (("□", share is not None and share < 1), ("!", row["findings"])) if there)


def target_mark(row: dict[str, Any]) -> str:
    """✓ met, ✕ missed; nothing where no target is set or the figure can't tell."""
    return {True: "✓", False: "✕", None: ""}[row["target_met"]]


def target_words(speech: Speech, row: dict[str, Any]) -> str:
    """What the target says in words: none set, met, missed, or too little data."""
    if row["target"] is None:
        return speech.texts("target.none")
    return speech.texts({True: "target.met", False: "target.missed", None: "target.unknown"}[row["target_met"]])


def note_words(speech: Speech, row: dict[str, Any]) -> str:
    """What to keep in mind about a row, or why its value is absent; empty where nothing is to be said."""
    note = row["note"]
    if not note:
        return ""
    return NOTES[note](speech.language) if note in NOTES else note.replace("_", " ")


def absent_words(speech: Speech, row: dict[str, Any]) -> str:
    """Why there is no value: as the row's note says, else that no data came."""
    words = note_words(speech, row)
    return words if words and row["note"] != "no_data" else f"□ {speech.texts('short.no_data')}"
