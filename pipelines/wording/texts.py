"""The words of sentences, in English and French, from ``texts.toml``; a page adds its own catalogue to them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.wording.formats import Language

Catalogue = Mapping[str, Mapping[str, str]]


def read_texts(path: Path) -> dict[str, dict[str, str]]:
    """Each text of a catalogue by its whole key, such as ``filter.week``: language -> text."""
    return _flat(tomllib.loads(path.read_text(encoding="utf-8")), "")


def _flat(table: dict[str, Any], prefix: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in table.items():
        key = f"{prefix}{name}"
        found |= {key: value} if isinstance(value.get("en"), str) else _flat(value, f"{key}.")
    return found


TEXTS = read_texts(Path(__file__).with_suffix(".toml"))


@dataclass(frozen=True, slots=True)
class Texts:
    """A catalogue in one language: ``texts("usual.assurance.hit_and_miss", target="80 %")``."""

    language: Language
    entries: Catalogue = field(default_factory=lambda: TEXTS, repr=False)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of ``key`` with ``values`` in their places. Raises KeyError where the key is not known."""
        text = self.entries[key][self.language]
        return text.format(**values) if values else text

    def known(self, prefix: str, word: str) -> str:
        """The text of ``prefix.word``, or the word itself where the catalogue has none (a new kind of status)."""
        entry = self.entries.get(f"{prefix}.{word}")
        return word.replace("_", " ") if entry is None else entry[self.language]
