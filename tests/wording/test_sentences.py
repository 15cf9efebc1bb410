"""What stands out in a week, in sentences: by snapshot, in both languages, without jargon, vendors' text escaped."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pipelines.answers.standouts import WEIGHTS
from pipelines.measures.catalogue import MEASURES
from pipelines.wording import Language, Speech, Written, plain
from pipelines.wording.sentences import gap_words, standout_sentence
from pipelines.wording.texts import TEXTS

#: Words that a director should not have to know; how a verdict was reached stands one click below.
JARGON = re.compile(
    r"\bp-value|\bp =|\btau|τ|φ|\bz-|Kitagawa|Benjamini|standardi[sz]|strat(um|a|es?)\b|significa|XmR|sigma|overdispers"
    r"|bootstrap|variance|regression|quantile|null hypoth",
    re.IGNORECASE,
)
ROW: dict[str, Any] = {
    "value": 0.784, "n": 4120, "low": 0.771, "high": 0.796, "previous": 0.81, "target": 0.80, "shortfall": -0.016,
    "usual_low": 0.766, "usual_high": 0.862, "usual_mean": 0.815, "assurance": "hit_and_miss", "gap": -0.054,
    "gap_low": -0.074, "gap_high": -0.034, "gap_n": 50_000, "gap_weeks": 13, "crude_gap": 0.046,
}  # fmt: skip

SNAPSHOTS = [
    ("clause_missed",
     "Call B: service level was 78.4 % (n 4,120), 1.6 pts worse than the agreed 80.0 %; usual range 76.6–86.2 %. As it "
     "runs today it will miss the target of 80.0 % in some weeks by chance alone.",
     "Appelez B : niveau de service à 78,4 % (n 4 120), 1,6 pts moins bien que l'objectif convenu de 80,0 % ; plage "
     "habituelle 76,6–86,2 %. À ce régime, l'objectif de 80,0 % sera manqué certaines semaines par le seul hasard."),
    ("clause_unsure",
     "B: service level was 78.4 % (n 4,120), 1.6 pts worse than the agreed 80.0 %; with so few answers chance alone "
     "may explain it (95 % interval 77.1–79.6 %).",
     "B : niveau de service à 78,4 % (n 4 120), 1,6 pts moins bien que l'objectif convenu de 80,0 % ; avec si peu de "
     "réponses, le hasard seul peut l'expliquer (intervalle à 95 % 77,1–79,6 %)."),
    ("unusual_worse",
     "Call B: service level went from 81.0 % to 78.4 % (n 4,120), outside its usual range of 76.6–86.2 %. Ask what "
     "happened.",
     "Appelez B : niveau de service passé de 81,0 % à 78,4 % (n 4 120), hors de sa plage habituelle de 76,6–86,2 %. "
     "Demandez ce qui s'est passé."),
    ("worse_gap",
     "Call B: service level 5.4 pts worse than in-house, like for like (−7.4 … −3.4 pts; n 50,000, 13 weeks); 78.4 % "
     "this week.",
     "Appelez B : niveau de service moins bien que l'interne de 5,4 pts, à contacts comparables (−7,4 … −3,4 pts ; "
     "n 50 000, 13 sem.) ; 78,4 % cette semaine."),
    ("worse_unseen",
     "Call B: service level looks 4.6 pts better than in-house; like for like it is 5.4 pts worse, its contacts being "
     "easier (−7.4 … −3.4 pts; n 50,000, 13 weeks).",
     "Appelez B : niveau de service semble mieux que l'interne de 4,6 pts ; à contacts comparables, c'est 5,4 pts de "
     "moins bien, car ses contacts sont plus faciles (−7,4 … −3,4 pts ; n 50 000, 13 sem.)."),
    ("better_unseen",
     "Don't blame B: service level looks 4.6 pts worse than in-house; like for like it is 5.4 pts better, its contacts "
     "being harder (−7.4 … −3.4 pts; n 50,000, 13 weeks).",
     "N'accusez pas B : niveau de service semble moins bien que l'interne de 4,6 pts ; à contacts comparables, c'est "
     "5,4 pts de mieux, car ses contacts sont plus difficiles (−7,4 … −3,4 pts ; n 50 000, 13 sem.)."),
]  # fmt: skip


def _told(kind: str, language: Language = "en", vendor: str = "B", **other: Any) -> str:
    told = standout_sentence(Speech.of(language), vendor, kind, "service_level", ROW | other)
    return plain(told).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(("kind", "english", "french"), SNAPSHOTS)
def test_sentences_by_snapshot(kind: str, english: str, french: str) -> None:
    assert _told(kind) == english
    assert _told(kind, "fr") == french


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", sorted(set(WEIGHTS) - {"missing_data"}))
def test_every_kind_says_who_what_how_much_and_of_how_many(kind: str, language: Language) -> None:
    told = _told(kind, language, vendor="Vendor *X*")
    assert "Vendor *X*" in told
    assert "{" not in told
    assert re.search(r"n\s(4.120|50.000)", told)
    assert "Vendor \\*X\\*" in standout_sentence(Speech.of(language), "Vendor *X*", kind, "service_level", ROW)


def test_a_target_that_is_missed_without_a_usual_range_is_still_told() -> None:
    told = _told("clause_missed", usual_low=None, usual_high=None, assurance=None)
    assert told == "Call B: service level was 78.4 % (n 4,120), 1.6 pts worse than the agreed 80.0 %."


def test_a_figure_in_doubt_is_told_with_the_finding() -> None:
    finding = {"sentence": "Few *were* asked.", "sentence_fr": "Peu ont été interrogés."}
    assert _told("doubted", **finding) == (
        "Ask B before relying on its service level, 78.4 % (n 4,120). Few *were* asked."
    )
    assert _told("doubted", "fr", **finding).endswith("niveau de service, 78,4 % (n 4 120). Peu ont été interrogés.")


def test_missing_files_are_counted() -> None:
    values = {"feed": "contacts", "missing": 2, "expected": 7}
    assert "2 of 7 contacts files" in plain(standout_sentence(Speech.of("en"), "B", "missing_data", None, values))


def test_a_verdict_in_a_few_words() -> None:
    written = Written(Speech.of("en"), MEASURES["csat"])
    said = {verdict: gap_words(written, {"verdict": verdict, "gap": -0.129}).replace("\u00a0", " ")
            for verdict in ("worse", "equal", "not_comparable", "not_judged")}  # fmt: skip
    assert said == {
        "worse": "▼ 12.9 pts worse", "equal": "≈ alike", "not_comparable": "≠ not comparable", "not_judged": "",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_sentence_has_jargon(language: str) -> None:
    for key, entry in TEXTS.items():
        assert not JARGON.search(entry[language]), key


def test_plain_takes_the_marks_off_and_leaves_what_was_written() -> None:
    assert plain("Call **A \\*b\\* \\_c\\_**: 5\\.0") == "Call A *b* _c_: 5.0"
