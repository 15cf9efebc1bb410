"""The catalogue of measures: each described once, in English and French, and read by everything that shows one."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

#: The note of an abandon rate that is the answered share under its clause.
ANSWERED_SHARE = "answered_share"

Language = Literal["en", "fr"]
Unit = Literal["count", "share", "seconds", "points", "money"]
Direction = Literal["higher", "lower", "none"]
#: Fewer observations than this and a figure is not shown at all; nothing is ranked on it.
MINIMUM_SHOWN = 10
#: Fewer than this and it is only indicative: it is shown in grey and carries no verdict.
MINIMUM_SURE = 30

IntervalMethod = Literal["wilson", "adjusted_wald", "normal", "order_statistics", "census"]


class Text(BaseModel):
    """One text in every language of the product."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)

    @field_validator("fr")
    @classmethod
    def _french_spaces(cls, text: str) -> str:
        """No line may begin with a colon or a semicolon: French sets a space before them that doesn't break."""
        return text.replace(" :", "\u00a0:").replace(" ;", "\u202f;").replace(" %", "\u202f%")

    def __call__(self, language: Language = "en") -> str:
        return self.fr if language == "fr" else self.en


class Measure(BaseModel):
    """One measure. ``definition`` is the sentence for a director, ``formula`` the one for an analyst.

    ``decimals`` are those shown; a share is shown in percent. ``direction`` says which way is good. Below
    ``minimum_shown`` observations the figure is withheld, below ``minimum_sure`` it is indicative only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: Text
    definition: Text
    formula: Text
    unit: Unit
    decimals: int = Field(ge=0, le=3)
    direction: Direction
    interval: IntervalMethod
    numerator: Text
    denominator: Text
    caveat: Text
    source: str
    minimum_shown: int = MINIMUM_SHOWN
    minimum_sure: int = MINIMUM_SURE

    def good(self, note: str | None = None) -> Direction:
        """Which way is good of a figure with this ``note``: some agreements call the answered share an abandon rate."""
        return "higher" if note == ANSWERED_SHARE else self.direction


class _Catalogue(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: list[Measure]
    note: dict[str, Text]
    verdict: dict[str, Text]


def _read() -> _Catalogue:
    text = resources.files("pipelines.measures").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return _Catalogue.model_validate(tomllib.loads(text))


_CATALOGUE = _read()
#: Every measure by its id, in the order in which they are shown.
MEASURES: dict[str, Measure] = {measure.id: measure for measure in _CATALOGUE.measure}
#: What a figure's ``note`` code means.
NOTES: dict[str, Text] = _CATALOGUE.note
#: What a scorecard's ``verdict`` code means.
VERDICTS: dict[str, Text] = _CATALOGUE.verdict


def markdown_table(language: Language = "en") -> str:
    """The measures as a Markdown table: name, meaning, formula, unit, good direction."""
    head = {
        "en": ("Measure", "What it says", "Formula", "Good"),
        "fr": ("Indicateur", "Ce qu'il dit", "Formule", "Bon sens"),
    }[language]
    arrows = {"higher": "↑", "lower": "↓", "none": "–"}
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|"]
    lines += [
        f"| {m.name(language)} | {m.definition(language)} | {m.formula(language)} | {arrows[m.direction]} |"
        for m in MEASURES.values()
    ]
    return "\n".join(lines)
