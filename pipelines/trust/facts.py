"""What was expected and what came, in the reader's language: definitions and metrics in words, figures and dates as the
language writes them. Detectors write these facts in English; a program's own message is quoted as it is."""

from __future__ import annotations

import re
from typing import Literal

from pipelines.measures.catalogue import MEASURES
from pipelines.measures.ledger.words import definition_words
from pipelines.trust.reasons import in_french
from pipelines.trust.sentences import french_figures, metric_words

_DEFINITION = re.compile(r"\b[a-z_]+\.[a-z_]+(?:/[^\s/,;()]+)+")
_METRIC = re.compile(r"\b(?:[a-z]+_[a-z_]+|answered|offered)\b(?!\.)")
#: Counts that reports print, beside the measures of the catalogue.
_COUNTS = {
    "surveys_answered": ("answered surveys", "enquêtes répondues"),
    "surveys_offered": ("surveys asked", "enquêtes proposées"),
    "answered": ("answered", "traités"),
    "offered": ("offered", "présentés"),
}  # fmt: skip
_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
#: A fact is short; what has more words than this and no translation is a program's message.
_WORDS = 6


def told_fact(text: str, language: Literal["en", "fr"]) -> str:
    """``about 49 contacts``; French: ``environ 49 contacts``."""
    french = language == "fr"
    told = _DEFINITION.sub(lambda found: definition_words(found[0])[french], text)
    if _is_message(text):
        return f"« {told} »" if french else told
    told = _METRIC.sub(lambda found: _named(found[0], language), told)
    if not french:
        return told
    return french_figures(_DAY.sub(r"\3/\2/\1", in_french(told)))


def _is_message(text: str) -> bool:
    return text == in_french(text) and len(re.findall(r"[A-Za-z]{2,}", text)) > _WORDS


def _named(name: str, language: Literal["en", "fr"]) -> str:
    if name in _COUNTS:
        return _COUNTS[name][language == "fr"]
    return metric_words(name, language) if name in MEASURES else name
