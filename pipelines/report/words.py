"""How a document speaks: its texts beside those of all sentences, and numbers as cells with their evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pipelines.measures.catalogue import MEASURES
from pipelines.report.model import Cell, Evidence, Kind, Missing, Sentence
from pipelines.wording import Formats, Language, Speech, Texts, Written
from pipelines.wording import texts as wording
from pipelines.wording.escape import visible
from pipelines.wording.formats import NARROW_SPACE, SPACE, UNKNOWN

#: A space before these never breaks in French, and the narrow one stands before all but the colon.
_FRENCH = {
    " :": f"{SPACE}:",
    **{f" {sign}": f"{NARROW_SPACE}{sign}" for sign in ";%?!"},
    "« ": f"«{SPACE}",
    " »": f"{SPACE}»",
}
_KINDS: dict[str, Kind] = {
    "count": "count",
    "share": "share",
    "seconds": "seconds",
    "points": "points",
    "money": "money",
}

REPORT_TEXTS = wording.read_texts(Path(__file__).with_name("texts.toml"))


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every text that a document can say: its own and those of sentences, with the spaces that French sets."""
    return {key: entry | {"fr": _spaced(entry["fr"])} for key, entry in (wording.TEXTS | REPORT_TEXTS).items()}


def _spaced(text: str) -> str:
    for plain, set_ in _FRENCH.items():
        text = text.replace(plain, set_)
    return text


def speech_of(language: Language, currency: str) -> Speech:
    """The speech of a document in one language."""
    return Speech(Texts(language, catalogue()), Formats(language, currency))


@dataclass(frozen=True, slots=True)
class _Counted:
    """A figure's text; asked for ``one|many``, the word that goes with its number."""

    text: str
    single: bool

    def __format__(self, words: str) -> str:
        if "|" not in words:
            return self.text
        one, many = words.split("|")
        return one if self.single else many


def _is_one(value: object, least: int) -> bool:
    if not isinstance(value, int | float):
        return False
    return abs(value) < least if least > 1 else value == 1


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes cells and sentences of one document: one language, one version, the pages' address (None: no links)."""

    speech: Speech
    version: str
    address: str | None = None

    @property
    def language(self) -> Language:
        return self.speech.language

    @property
    def formats(self) -> Formats:
        return self.speech.formats

    def text(self, key: str, **values: object) -> str:
        """A text of the catalogue; what others wrote goes in through :meth:`name`."""
        return self.speech.texts(key, **values)

    def name(self, text: object) -> str:
        """What somebody else wrote, on one line without control characters."""
        return visible(str(text))

    def word(self, text: object) -> Cell:
        return Cell(visible(str(text)) if text not in (None, "") else UNKNOWN)

    def count(self, value: float | Decimal | None, evidence: Evidence | None = None, decimals: int = 0) -> Cell:
        known = None if value is None else float(value) if isinstance(value, Decimal) else value
        return Cell(self.formats.number(known, decimals), known, "count", decimals, evidence)

    def share(self, value: float | None, evidence: Evidence | None = None, decimals: int = 1) -> Cell:
        return Cell(self.formats.rate(value, decimals), value, "share", decimals, evidence)

    def money(self, value: Decimal | None, evidence: Evidence | None = None, decimals: int = 2) -> Cell:
        text = self.formats.money(None if value is None else float(value), decimals)
        return Cell(text, value, "money", decimals, evidence)

    def day(self, value: date | None) -> Cell:
        return Cell(self.formats.day(value), value, "date")

    def instant(self, value: datetime | None, zone: str) -> str:
        return self.formats.instant(value, zone)

    def evidence(self, query: str, definition_id: str, **counts: Any) -> Evidence:
        """What a number rests on; ``counts`` are the other fields of :class:`Evidence`."""
        return Evidence(definition_id, query, self.version, **counts)

    def figure(self, row: Mapping[str, Any], query: str, *, metric: str | None = None) -> Cell:
        """The value of a row of figures (metric, value, numerator, denominator, n, low, high, definition_id)."""
        measure = MEASURES[metric or row["metric"]]
        evidence = self.evidence(
            query,
            row.get("definition_id") or measure.id,
            **{name: row.get(name) for name in ("numerator", "denominator", "n", "low", "high", "data_share")},
        )
        written = Written(self.speech, measure)
        if not written.shown(dict(row)) and measure.unit != "count":
            return Cell(UNKNOWN, None, _KINDS[measure.unit], measure.decimals, evidence)
        return Cell(written.value(row["value"]), row["value"], _KINDS[measure.unit], measure.decimals, evidence)

    def difference(self, metric: str, value: float | None, evidence: Evidence | None = None) -> Cell:
        """A signed difference of two values of a measure."""
        measure = MEASURES[metric]
        text = Written(self.speech, measure).difference(value)
        return Cell(text, value, _KINDS[measure.unit], measure.decimals, evidence)

    def between(self, metric: str, low: float | None, high: float | None, *, signed: bool = False) -> str:
        """An interval of a measure, or of a difference of it."""
        written = Written(self.speech, MEASURES[metric])
        return written.gap_interval(low, high) if signed else written.interval(low, high)

    def link(self, page: str, **query: str | list[str]) -> str | None:
        """The address of a page with its filters; None where the reader can't open the pages."""
        if self.address is None:
            return None
        chosen = {key: value for key, value in query.items() if value}
        asked = urlencode(chosen | ({"lang": "FR"} if self.language == "fr" else {}), doseq=True)
        return f"{self.address.rstrip('/')}/{page}" + (f"?{asked}" if asked else "")

    def _told(self, key: str, figures: Sequence[Cell], values: Mapping[str, object]) -> str:
        """A text of the catalogue: ``{0}`` is the first figure, ``{0:week|weeks}`` the word that goes with it."""
        least = 2 if self.language == "fr" else 1  # "0 semaine", but "0 weeks"
        counted = [_Counted(cell.text, _is_one(cell.value, least)) for cell in figures]
        return self.speech.texts.entries[key][self.language].format(*counted, **values)

    def say(self, key: str, *figures: Cell, mark: str = "", link: str | None = None, **values: object) -> Sentence:
        """A sentence of the catalogue with its figures: ``{0}``, ``{1}`` stand for them in their order."""
        return Sentence(self._told(key, figures, values), tuple(figures), mark, link)

    def note(self, key: str, *figures: Cell, **values: object) -> Sentence:
        """A remark in small print."""
        return Sentence(self._told(key, figures, values), figures, look="note")

    def missing(self, key: str, **values: object) -> Missing:
        """What is not there, said with what would have to be added."""
        return Missing(self.speech.texts(key, **values))

    def shortened(self, text: str, most: int = 150) -> str:
        """A long sentence up to a word's end; its whole stands elsewhere in the document."""
        if len(text) <= most:
            return text
        return text[:most].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"

    def finding(self, row: Mapping[str, Any]) -> str:
        """A finding's sentence in this language."""
        french = row.get("sentence_fr") if self.language == "fr" else None
        return visible(str(french or row["sentence"]))
