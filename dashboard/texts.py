"""Every word the pages say, in English and French, from ``texts.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.formats import Language


def _read() -> dict[str, dict[str, str]]:
    """Each text by its whole key, such as ``filter.week``: language -> text."""
    return _flat(tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")), "")


def _flat(table: dict[str, Any], prefix: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in table.items():
        key = f"{prefix}{name}"
        found |= {key: value} if isinstance(value.get("en"), str) else _flat(value, f"{key}.")
    return found


TEXTS = _read()


@dataclass(frozen=True, slots=True)
class Texts:
    """The catalogue in one language: ``texts("filter.week")``."""

    language: Language

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of ``key`` with ``values`` in their places. Raises KeyError where the key is not known."""
        text = TEXTS[key][self.language]
        return text.format(**values) if values else text

    def known(self, prefix: str, word: str) -> str:
        """The text of ``prefix.word``, or the word itself where the catalogue has none (a new kind of status)."""
        entry = TEXTS.get(f"{prefix}.{word}")
        return word.replace("_", " ") if entry is None else entry[self.language]
