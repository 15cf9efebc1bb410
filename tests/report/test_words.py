"""Documents say everything in both languages, with the same values; every text is used, every used one exists."""

from __future__ import annotations

import re
import string
from datetime import date
from pathlib import Path

import pytest

from pipelines.answers.both_sides import ChangeKind
from pipelines.report.choice import SIDES
from pipelines.report.model import Cell
from pipelines.report.words import REPORT_TEXTS, Writer, catalogue, speech_of
from pipelines.trust.findings import SEVERITIES, STATUSES
from pipelines.wording import texts as wording

REPORT = Path(__file__).resolve().parents[2] / "pipelines" / "report"
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in REPORT.rglob("*.py"))
#: Texts whose key is put together from a kind of thing.
FAMILIES = ("report.column.", "report.section.", "report.effect.", "report.state.", "report.side.", "report.severity.",
            "report.beyond.", "report.verdict.", "report.change.", "report.workforce.", "report.item.", "report.next.",
            "report.client.forecast_", "report.clause.", "report.cause.", "report.whose.", "report.invoice.",
            "report.fact.edition_", "report.summary.")  # fmt: skip


@pytest.mark.parametrize("key", sorted(REPORT_TEXTS))
def test_both_languages_have_the_same_places(key: str) -> None:
    entry = REPORT_TEXTS[key]
    assert set(entry) == {"en", "fr"}
    places = [{name for _, name, _, _ in string.Formatter().parse(text) if name is not None} for text in entry.values()]
    assert places[0] == places[1]
    assert all(text.strip() == text and text for text in entry.values())


def test_every_text_that_documents_ask_for_exists() -> None:
    asked = set(re.findall(r"\"(report\.[a-z_.]+[a-z])\"", SOURCE))
    assert asked
    assert not {key for key in asked if not key.endswith(("_", "."))} - set(REPORT_TEXTS)


def test_no_text_is_left_over() -> None:
    unused = [key for key in REPORT_TEXTS if f'"{key}"' not in SOURCE]
    assert not [key for key in unused if not key.startswith(FAMILIES)]
    words = [key.rsplit(".", 1)[-1] for key in unused if key.startswith("report.column.")]
    assert not [word for word in words if not re.search(rf"['\".]{word}['\"]", SOURCE)]


def test_no_text_is_said_in_two_catalogues() -> None:
    assert not set(REPORT_TEXTS) & set(wording.TEXTS)


def test_families_are_whole() -> None:
    for severity in SEVERITIES:
        assert f"report.severity.{severity}" in REPORT_TEXTS
    for status in STATUSES:
        assert f"report.state.{status}" in REPORT_TEXTS
    for kind in ChangeKind.__args__:  # type: ignore[attr-defined]
        assert f"report.change.{kind}" in REPORT_TEXTS
    for side in SIDES:
        assert f"report.summary.{side}s" in REPORT_TEXTS


def test_french_signs_keep_their_spaces() -> None:
    for key, entry in catalogue().items():
        assert not re.search(r" [:;?!%»]", entry["fr"]), key


def test_numbers_and_days_are_written_as_each_language_does() -> None:
    english, french = (Writer(speech_of(language, "EUR"), "warehouse_1") for language in ("en", "fr"))
    assert (english.count(1234.5, decimals=1).text, french.count(1234.5, decimals=1).text) == (
        "1,234.5",
        "1\u202f234,5",
    )
    day = date(2026, 11, 22)
    assert (english.day(day).text, french.day(day).text) == ("22\u00a0Nov\u00a02026", "22/11/2026")
    assert (english.share(0.784).text, french.share(0.784).text) == ("78.4\u00a0%", "78,4\u202f%")


def test_a_word_goes_with_its_number() -> None:
    texts = {
        (language, n): Writer(speech_of(language, "EUR"), "v").say("report.next.notice", Cell(str(n), n)).text
        for language in ("en", "fr")
        for n in (0, 1, 2)
    }
    assert [texts["en", n].split()[-1] for n in (0, 1, 2)] == ["days.", "day.", "days."]
    assert [texts["fr", n].split()[-1] for n in (0, 1, 2)] == ["jour.", "jour.", "jours."]


def test_a_link_holds_what_a_name_holds() -> None:
    writer = Writer(speech_of("fr", "EUR"), "warehouse_1", "http://127.0.0.1:8501/")
    assert writer.link("compare", v=["A & B=C"]) == "http://127.0.0.1:8501/compare?v=A+%26+B%3DC&lang=FR"
    assert Writer(speech_of("en", "EUR"), "warehouse_1").link("compare") is None
