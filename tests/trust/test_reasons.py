"""Whatever a detector can say of a finding's reasons has its French words, found on the example or not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipelines.trust
from pipelines.trust.reasons import FRENCH

DETECTORS = sorted(Path(pipelines.trust.__file__).parent.glob("*.py"))


def _innocent_causes(module: ast.Module) -> Iterator[str]:
    """The texts of lists of innocent causes, in evidence or under a name of their own."""
    lists: list[ast.expr] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and any("INNOCENT" in ast.unparse(target) for target in node.targets):
            lists.append(node.value)
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            lists += [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "innocent"]
    for one in lists:
        yield from (part.value for part in ast.walk(one) if isinstance(part, ast.Constant))  # type: ignore[misc]


def test_innocent_causes_are_found_in_the_code() -> None:
    assert sum(1 for path in DETECTORS for _ in _innocent_causes(ast.parse(path.read_text(encoding="utf-8")))) > 40


@pytest.mark.parametrize("path", DETECTORS, ids=lambda path: path.stem)
def test_every_innocent_cause_has_french_words(path: Path) -> None:
    said = set(_innocent_causes(ast.parse(path.read_text(encoding="utf-8"))))
    assert not said - FRENCH.keys()
