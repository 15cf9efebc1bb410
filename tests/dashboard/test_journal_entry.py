"""Writing into the journal from a page: an entry needs an author, and nobody's word is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import data
from pipelines.warehouse import Journal
from pipelines.workspace import load_workspace
from tests.bench.made import write_workspace


def _form() -> None:
    from datetime import UTC, datetime

    from dashboard.components import journal_entry
    from dashboard.models import Published
    from dashboard.view import current_view

    published = Published(
        "warehouse_1", datetime(2026, 11, 16, tzinfo=UTC), None, (), "Europe/Paris", "EUR", None, (), ()
    )
    journal_entry.show(current_view(), published, "finding", "abc")


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    write_workspace(tmp_path)
    monkeypatch.setenv("SIGHTLINE_WORKSPACE", str(tmp_path))
    st.cache_resource.clear()
    yield Journal(load_workspace(tmp_path).journal_path)
    st.cache_resource.clear()


def _app() -> AppTest:
    return AppTest.from_function(_form, default_timeout=60).run()


def _fill(app: AppTest, author: str, text: str, status: str | None = None) -> AppTest:
    app.text_input[0].set_value(author)
    app.text_area[0].set_value(text)
    if status:
        app.selectbox[0].set_value(status)
    return app.button[0].click().run()


def test_an_entry_is_kept_with_author_status_and_comment(company: Journal) -> None:
    app = _fill(_app(), "Ada *Byron*", "their export *stopped* at noon", "explained")
    assert not app.exception
    assert [one.value for one in app.success] == ["Kept."]
    (note,) = company.notes("finding", "abc")
    assert (note.author, note.status, note.text) == ("Ada *Byron*", "explained", "their export *stopped* at noon")
    assert note.at.date() >= date(2026, 1, 1)
    assert data.statuses("finding") == {"abc": "explained"}
    words = "\n".join(one.value for one in app.markdown)
    assert "◐ explained" in words
    assert "\\*stopped\\*" in words
    assert app.text_area[0].value == ""
    assert app.text_input[0].value == "Ada *Byron*"


def test_what_somebody_wrote_meanwhile_is_shown_and_nothing_typed_is_lost(company: Journal) -> None:
    app = _app()
    company.write("Grace", "finding", "abc", "I have asked them", "disputed")
    app = _fill(app, "Ada", "agreed by telephone", "agreed")
    assert [note.author for note in company.notes("finding", "abc")] == ["Grace"]
    assert "in the meantime" in app.warning[0].value
    assert "I have asked them" in "\n".join(one.value for one in app.markdown)
    assert app.text_area[0].value == "agreed by telephone"
    app = app.button[0].click().run()
    assert [(note.author, note.status) for note in company.notes("finding", "abc")] == [
        ("Grace", "disputed"), ("Ada", "agreed"),
    ]  # fmt: skip


def test_an_entry_needs_an_author_and_something_to_say(company: Journal) -> None:
    app = _fill(_app(), " ", "who says so?")
    assert "Write your name" in app.warning[0].value
    app = _fill(_app(), "Ada", " ")
    assert "Write a comment" in app.warning[0].value
    assert company.notes() == []
