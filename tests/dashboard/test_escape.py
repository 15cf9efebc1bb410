"""Vendor text shows exactly its characters, and no download runs in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some
from markdown_it import MarkdownIt

from dashboard.escape import md_escape, safe_cell, visible
from pipelines.spreadsheets import csv_bytes

HOSTILE = [
    "![x](http://example.org/b.png)", "[x](javascript:alert(1))", ":red[text]", "$x^2$", "<b>bold</b>", "`code`",
    "# title", "1. one", "a|b", "https://example.org", "user@example.org", ":material/home:", ":smile:", "- item",
    "&lt;", "a\nb", "\u202eright to left",
]  # fmt: skip


def _text_of(markdown: str) -> tuple[str, set[str]]:
    """The plain text of one rendered line, and the kinds of marks in it."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    children = [child for token in tokens for child in (token.children or [])]
    kinds = {token.type for token in tokens} | {child.type for child in children}
    return "".join(child.content for child in children), kinds


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_formats_nothing(text: str) -> None:
    shown, kinds = _text_of(md_escape(text))
    assert shown == visible(text)
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}


@given(some.text(min_size=1, max_size=60))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    shown, kinds = _text_of(md_escape(text))
    assert shown.strip() == visible(text).strip()
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}


def test_the_big_list_of_naughty_strings(shared: Path) -> None:
    naughty = json.loads((shared / "corpora" / "blns" / "blns.json").read_text(encoding="utf-8"))
    for text in naughty:
        shown, kinds = _text_of(md_escape(text))
        assert shown.strip() == visible(text).strip()
        assert not kinds & {"link_open", "image", "html_inline", "html_block", "code_inline", "em_open", "strong_open"}


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+33 1",
        "+1 … =A1",
        "+1+A1 s",
        "-x",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "  =1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_formulas_are_defused_once(text: str) -> None:
    assert safe_cell(text) == "'" + text
    assert safe_cell(safe_cell(text)) == "'" + text


@pytest.mark.parametrize(
    "value",
    ["abc", "+0,7 … +3,4\u202fpts", "+6 … +23 s", "+3 … \u22122", "-4", "+3.5", "-1,5", 12, -3.5, None, "'=1", ""],
)
def test_numbers_and_plain_text_are_untouched(value: object) -> None:
    assert safe_cell(value) == value


def test_downloads_hold_no_formula(shared: Path) -> None:
    lines = (shared / "corpora" / "csv-injection" / "csv-payload.txt").read_text(encoding="utf-8").splitlines()
    payloads = [line for line in lines if line]
    text = csv_bytes(pl.DataFrame({"=head": payloads, "n": range(len(payloads))})).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@", "\t", "\r")) or cell.startswith("-")]
    assert len(list(csv.reader(io.StringIO(text)))) == len(payloads) + 1
