"""Whatever a detector can say of a finding's reasons has its French words, found on the example or not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipelines.trust
from pipelines.trust.facts import told_fact
from pipelines.trust.reasons import FRENCH, in_french

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


def _facts(module: ast.Module) -> Iterator[str]:
    """What detectors write as expected and observed, a figure in place of each value."""
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not any(name in ast.unparse(node.func) for name in ("inding", "_about")):
            continue
        for one in node.keywords:
            if one.arg not in ("expected", "observed"):
                continue
            for part in [one.value.body, one.value.orelse] if isinstance(one.value, ast.IfExp) else [one.value]:
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value
                elif isinstance(part, ast.JoinedStr):
                    yield "".join(_sample(piece) for piece in part.values)


def _sample(piece: ast.expr) -> str:
    if isinstance(piece, ast.Constant):
        return str(piece.value)
    told = ast.unparse(piece)
    if "%Y" in told:
        return "2026-03-04 09:48"
    return "early" if "early" in told else "9 %" if ":.1%" in told else "12"


@pytest.mark.parametrize("path", DETECTORS, ids=lambda path: path.stem)
def test_every_fact_has_french_words(path: Path) -> None:
    for fact in _facts(ast.parse(path.read_text(encoding="utf-8"))):
        words = re.findall(r"[A-Za-z]{3,}", fact.replace("UTC", "").replace("contacts", ""))
        assert not words or in_french(fact) != fact, fact


def test_facts_are_counted_in_the_code() -> None:
    assert sum(1 for path in DETECTORS for _ in _facts(ast.parse(path.read_text(encoding="utf-8")))) > 50


@pytest.mark.parametrize(
    ("fact", "english", "french"),
    [
        ("1 by 2026-05-21 07:00 UTC", "1 by 2026-05-21 07:00 UTC", "1 au plus tard le 21/05/2026 07:00 UTC"),
        ("80.2 %, and 10 more", "80.2 %, and 10 more", "80,2\u202f%, et 10 autres"),
        ("a share of 41 surveys_answered", "a share of 41 answered surveys", "une part de 41 enquêtes répondues"),
        ("not readable", "not readable", "illisible"),
        (
            "service_level.abandon_negative/<=30s",
            "answered within 30 s / (answered + abandoned)",
            "traités en 30 s au plus / (traités + abandonnés)",
        ),
        (
            "a.csv: the file breaks off on line 1.5 and has no line end",
            "a.csv: the file breaks off on line 1.5 and has no line end",
            "« a.csv: the file breaks off on line 1.5 and has no line end »",
        ),
        ("5565.16 EUR", "5565.16 EUR", "5565,16 EUR"),
    ],
)
def test_facts_in_both_languages(fact: str, english: str, french: str) -> None:
    assert told_fact(fact, "en") == english
    assert told_fact(fact, "fr") == french
