"""The brief: one page, each sentence with its figure and a way to the page that explains it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from pipelines.answers.actions import add_action
from pipelines.answers.standouts import MOST_CALLS, MOST_DOUBTS
from pipelines.report.brief import build_brief
from pipelines.report.model import Document, Sentence, Table
from pipelines.report.render import render
from pipelines.warehouse import Reader
from pipelines.wording import Language
from pipelines.workspace import Workspace

WEEK = date(2026, 11, 9)


def _brief(workspace: Workspace, reader: Reader, language: Language = "en") -> Document:
    made = build_brief(workspace, reader, WEEK, language=language)
    assert made is not None
    return made


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_is_one_page(workspace: Workspace, reader: Reader, language: Language) -> None:
    made = render(_brief(workspace, reader, language), ".pdf")
    assert len(PdfReader(io.BytesIO(made)).pages) == 1


def test_every_sentence_that_calls_has_a_figure_and_a_link(workspace: Workspace, reader: Reader) -> None:
    changed = _brief(workspace, reader).sections[0]
    calls = [block for block in changed.blocks if isinstance(block, Sentence) and block.mark]
    assert 1 <= len(calls) <= MOST_CALLS + MOST_DOUBTS
    for sentence in calls:
        assert sentence.link is not None
        assert re.match(r"http://127\.0\.0\.1:8501/\w+\?", sentence.link)
        assert sentence.figures[0].text in sentence.text
        assert sentence.figures[0].evidence is not None
        assert "**" not in sentence.text
        assert "\\" not in sentence.text


def test_of_a_week_of_which_nothing_came_nothing_good_is_said(workspace: Workspace, reader: Reader) -> None:
    made = build_brief(workspace, reader, date(2024, 1, 1))
    assert made is not None
    changed, still_open = made.sections[:2]
    assert [getattr(block, "text", "") for block in changed.blocks] == [
        "No contact of this week has come, so nothing can be said of how it went."
    ]
    assert "missed a clause" not in str(still_open.blocks)


def test_actions_that_are_due_are_told(workspace: Workspace, reader: Reader, tmp_path: Path) -> None:
    own = replace(workspace, root=tmp_path)
    add_action(own, "Ana", "tana", "=Send the forecast", side="client", owner="Bo", due=date(2026, 11, 2))
    add_action(own, "Ana", "tana", "Later", side="client", owner="Bo", due=date(2027, 1, 2))
    document = _brief(own, reader)
    due = next(section for section in document.sections if section.key == "due")
    table = next(block for block in due.blocks if isinstance(block, Table))
    assert [row[1].text for row in table.rows] == ["=Send the forecast"]
    assert table.rows[0][-1].text == "■ overdue"
    assert "&#x27;=Send the forecast" in render(document, ".html").decode()


def test_next_week_names_holidays(workspace: Workspace, reader: Reader) -> None:
    ahead = next(section for section in _brief(workspace, reader, "fr").sections if section.key == "ahead")
    said = [block.text for block in ahead.blocks]  # type: ignore[union-attr]
    assert any("18/11/2026" in text and "Atlas Contact" in text for text in said)


def test_without_data_there_is_no_brief(workspace: Workspace, reader: Reader) -> None:
    class Empty:
        version = "warehouse_0"

        def frame(self, name: str, **_: object) -> object:
            return (
                reader.frame(name).clear()
                if name != "week_range"
                else reader.frame(name).with_columns(first_day=None, last_day=None)
            )

    assert build_brief(workspace, Empty()) is None  # type: ignore[arg-type]
