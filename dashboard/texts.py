"""Every word the pages say, in English and French: ``texts.toml`` beside this file, and the sentences' own words."""

from __future__ import annotations

from pathlib import Path

from pipelines.wording import texts as wording
from pipelines.wording.formats import Language

TEXTS = wording.TEXTS | wording.read_texts(Path(__file__).with_suffix(".toml"))


def Texts(language: Language) -> wording.Texts:
    """The catalogue in one language: ``texts("filter.week")``."""
    return wording.Texts(language, TEXTS)
