"""A message to a vendor: whole, in both languages, without accusation, and nothing in it that runs or formats."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.trust.findings import KINDS
from pipelines.wording import Speech
from pipelines.wording.vendor_message import ASKS, NO_FIT, REFUSED, vendor_message

#: Words that would accuse.
ACCUSING = ("fraud", "cheat", "manipulat", "lie ", "false", "fake", "trich", "fraude", "mensong", "fauss", "falsif")


def _finding(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "finding_id": f"id-{kind}", "kind": kind, "sentence": f"Something about {kind}.",
        "sentence_fr": f"Quelque chose sur {kind}.", "expected": None, "observed": None, "evidence": {},
    } | more  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_of_finding_can_be_told_without_accusing(language: str) -> None:
    speech = Speech.of(language)  # type: ignore[arg-type]
    message = vendor_message(speech, "Porto Atende", [_finding(kind) for kind in KINDS])
    assert f"{len(KINDS)} point(s)" in message.subject
    for number, kind in enumerate(KINDS, start=1):
        assert f"\n{number}. " in message.text
        assert f"id-{kind}" in message.text
    assert not [word for word in ACCUSING if word in message.text.lower()]
    assert max(len(line) for line in message.body.splitlines()) <= 76
    assert ("Hello," in message.body) == (language == "en")


def test_what_is_asked_for_follows_from_the_kind() -> None:
    assert set(ASKS) <= set(KINDS)
    text = vendor_message(Speech.of("en"), "P", [_finding("missing_delivery")]).text
    assert "Could you send us the file" in text
    assert "who approved it" in vendor_message(Speech.of("en"), "P", [_finding("restated_figures")]).text


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refused_file_is_told_without_our_mapping(kind: str) -> None:
    refused = _finding(
        kind, sentence="The file a.csv could not be taken in: is `header_rows` still right?", expected=NO_FIT,
        evidence={"file_name": "a.csv"},
    )  # fmt: skip
    text = vendor_message(Speech.of("en"), "P", [refused]).text
    assert "a.csv" in text
    assert "header_rows" not in text


def test_a_sender_s_text_stays_on_its_line() -> None:
    evil = _finding(
        "duplicate_rows", sentence="rows of x.csv", evidence={"file_name": "x\n\nBcc: all@example.com\u202e"}
    )
    message = vendor_message(Speech.of("en"), "P\nSubject: y", [evil])
    assert "\nBcc" not in message.text
    assert "\u202e" not in message.text
    assert "\n" not in message.subject


def test_no_french_line_begins_with_a_question_mark() -> None:
    body = vendor_message(Speech.of("fr"), "P", [_finding(kind) for kind in KINDS]).body
    assert not [line for line in body.splitlines() if line.strip()[:1] in "?!:;" and line.strip()]
