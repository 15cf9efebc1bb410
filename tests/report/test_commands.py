"""The commands ``brief`` and ``qbr``: files by their ending, one JSON document, clear words for what can't be done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.__main__ import main


def _run(example: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--workspace", str(example)])


def test_qbr_writes_the_file_that_its_ending_asks_for(example: Path, tmp_path: Path) -> None:
    out = tmp_path / "pack.xlsx"
    told = _run(example, "qbr", "--vendor", "porto", "--quarter", "2026-Q3", "--out", str(out), "--language", "fr")
    assert told.exit_code == 0, told.output
    assert out.read_bytes()[:2] == b"PK"
    assert told.stdout == ""


def test_json_is_one_document_and_the_vendor_edition_by_default(example: Path) -> None:
    told = _run(example, "qbr", "--vendor", "porto", "--json")
    document = json.loads(told.stdout)
    assert (document["edition"], document["vendor"], document["period_start"]) == ("vendor", "porto", "2026-07-01")
    assert len(document["sections"]) == 15


def test_brief_is_printed_or_written(example: Path, tmp_path: Path) -> None:
    told = _run(example, "brief", "--week", "2026-W46", "--language", "en")
    assert told.exit_code == 0
    assert "What changed, and whom to call" in told.stdout
    out = tmp_path / "brief.html"
    assert _run(example, "brief", "--out", str(out)).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("qbr", "--vendor", "nobody", "--json"), "no vendor; there are: casablanca"),
        (("qbr", "--vendor", "porto", "--quarter", "2026-Q5", "--json"), "not a quarter such as 2026-Q3"),
        (("qbr", "--vendor", "porto"), "--out FILE"),
        (("qbr", "--vendor", "porto", "--out", "pack.docx"), "'.docx' is no format of documents"),
        (("qbr", "--vendor", "porto", "--out", "nowhere/pack.pdf"), "there is no folder nowhere"),
        (("brief", "--week", "week 46"), "not an ISO week such as 2026-W46"),
    ],
)
def test_mistakes_are_said_in_one_clear_message(example: Path, words: tuple[str, ...], said: str) -> None:
    told = _run(example, *words)
    assert told.exit_code == 2
    assert said in told.output
    assert "Traceback" not in told.output


def test_a_template_that_is_none_is_said(example: Path, tmp_path: Path) -> None:
    (tmp_path / "own.pptx").write_text("not slides")
    words = ("qbr", "--vendor", "porto", "--out", str(tmp_path / "pack.pptx"), "--template", str(tmp_path / "own.pptx"))
    told = _run(example, *words)
    assert told.exit_code == 2
    assert "no presentation that can be built on" in told.output
    assert not (tmp_path / "pack.pptx").exists()
