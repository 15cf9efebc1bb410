"""The catalogue says everything that a reader needs, in both languages."""

from __future__ import annotations

import re

import pytest

from pipelines.measures.catalogue import MEASURES, NOTES, VERDICTS, Measure, markdown_table

EXPECTED = [
    "offered", "answered", "abandon_rate", "service_level", "asa_s", "wait_median_s", "wait_p90_s", "aht_s", "talk_s",
    "hold_s", "acw_s", "transfer_rate", "repeat_rate", "csat", "nps", "response_rate", "refund_rate",
    "refund_value_per_contact", "cost_per_contact", "cost_per_resolved_contact",
]  # fmt: skip


def test_every_measure_is_there_once() -> None:
    assert list(MEASURES) == EXPECTED


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.id)
def test_texts_are_complete_and_plain(measure: Measure) -> None:
    for text in (measure.name, measure.definition, measure.numerator, measure.denominator, measure.caveat):
        assert text.en != text.fr or measure.id == "nps"
        # French sets a space before a colon or a semicolon.
        assert not re.search(r"\w[;:]", text.fr), text.fr
    for sentence in (measure.definition.en, measure.definition.fr):
        assert sentence.endswith(".")
        assert len(sentence) < 160
    assert measure.unit == "share" or measure.interval != "wilson"


def test_units_fit_the_names() -> None:
    for measure in MEASURES.values():
        if measure.id.endswith("_s"):
            assert measure.unit == "seconds"
        if measure.id.endswith("_rate"):
            assert measure.unit == "share"


def test_no_text_accuses() -> None:
    texts = [*NOTES.values(), *VERDICTS.values()]
    for text in texts:
        assert not re.search(r"fraud|cheat|trich", f"{text.en} {text.fr}", re.IGNORECASE)


def test_the_table_lists_every_measure() -> None:
    for language in ("en", "fr"):
        table = markdown_table(language)  # type: ignore[arg-type]
        assert table.count("\n") == len(MEASURES) + 1
