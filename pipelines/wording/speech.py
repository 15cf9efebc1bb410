"""How one reader is spoken to: language, number formats, currency."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.wording.formats import Formats, Language
from pipelines.wording.texts import Texts


@dataclass(frozen=True, slots=True)
class Speech:
    """What every sentence is made with. Pages extend it by what only a page has."""

    texts: Texts
    formats: Formats

    @property
    def language(self) -> Language:
        return self.formats.language

    @classmethod
    def of(cls, language: Language, currency: str = "EUR") -> Speech:
        """The speech of a document: ``Speech.of("fr")``."""
        return Speech(Texts(language), Formats(language, currency))
