"""The words of findings: metrics by their names, French numbers, a program's own words in quotation marks."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.measures.catalogue import MEASURES
from pipelines.trust.sentences import sentence
from pipelines.warehouse import Reader
from pipelines.workspace import load_workspace

PERIOD = {"period": "1 Nov 2026", "period_fr": "le 01/11/2026"}
#: A program's words and names of files and values: told as they are.
AS_THEY_ARE = re.compile(r"« .* »|“.*”|\S+\.(csv|tsv|xlsx|jsonl|zip|json|gz)\S*")


def test_french_writes_numbers_with_commas_and_narrow_spaces() -> None:
    told = sentence("reported_differs_as", metric="service_level", count=1640, size="3.2 points", side="above",
                    side_fr="au-dessus", fits=511, periods=1532, words="a", words_fr="b", **PERIOD)  # fmt: skip
    assert "niveau de service est communiqué 3,2 points au-dessus" in told["sentence_fr"]
    assert "sur 1\u202f640 lignes ; 511 chiffres sur 1\u202f532" in told["sentence_fr"]
    assert "service level is reported 3.2 points above" in told["sentence"]
    assert "on 1,640 lines" in told["sentence"]
    waited = sentence("queue_jumping", percent=2.24, **PERIOD)
    assert "2,2\u202f% des appels" in waited["sentence_fr"]
    assert "2.2 % of the answered" in waited["sentence"]
    bill = sentence("invoice_more", invoice="F1.20", amount=f"{Decimal('1234.50'):,.2f}", currency="EUR", share="6.0",
                    lines=3, of=3, **PERIOD)  # fmt: skip
    assert bill["sentence_fr"].startswith("La facture F1.20 pour le 01/11/2026 dépasse de 1\u202f234,50 EUR")


def test_a_programs_own_words_stand_in_quotation_marks() -> None:
    told = sentence("rejected_rows", file="a_1.5.csv", count=7, read=93, reason="not a number: 1.5.2")["sentence_fr"]
    assert told.endswith("message le plus fréquent du programme : « not a number: 1.5.2 ».")
    assert "de a_1.5.csv n'ont" in told
    assert "« no such sheet »" in sentence("refused", file="b.xlsx", message="no such sheet")["sentence_fr"]


def test_a_sentence_that_begins_with_a_metric_begins_with_a_capital() -> None:
    told = sentence("clause_missed", metric="abandon_rate", value="12.2 %", target="10.0 %", contacts=31333, clause="a",
                    **PERIOD)  # fmt: skip
    assert told["sentence"].startswith(MEASURES["abandon_rate"].name("en") + ": 12.2 % for")
    assert told["sentence_fr"].startswith(MEASURES["abandon_rate"].name("fr") + " : 12,2\u202f% pour")
    assert "(n 31\u202f333)" in told["sentence_fr"]


@pytest.mark.slow
def test_no_finding_of_the_example_shows_an_id_of_a_metric_or_an_english_number_in_french(example: Path) -> None:
    with Reader.open(load_workspace(example).state) as reader:
        findings = reader.frame("findings")
        ids = {*MEASURES, *reader.frame("trust_reports")["metric"].unique()}
    joined = re.compile(r"\b(" + "|".join(sorted(one for one in ids if "_" in one)) + r")\b")
    assert findings.height > 50
    for english, french in findings.select("sentence", "sentence_fr").iter_rows():
        bare, bare_fr = AS_THEY_ARE.sub("", english), AS_THEY_ARE.sub("", french)
        assert not joined.search(bare), english
        assert not joined.search(bare_fr), french
        assert not re.search(r"\d\.\d", bare_fr), french
        assert not re.search(r"\d %", bare_fr), french
