"""Whatever is written in a workspace's files: it loads, or its mistakes are told with their place. Nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.workspace import Problem, WorkspaceError, init_workspace, load_workspace
from pipelines.workspace.documents import Document, parse_document

FILES = ["workspace.yaml", "vendors.yaml", "terms/vendor_a.yaml", "feeds/vendor_a_contacts.yaml"]
FRAGMENTS = [
    "\t", "'", '"', "- ", ": ", "{", "}", "[", "]", "*x", "&x ", "<<: ", "!x ", "# ", "|", "> ", "%", "~", "null",
    "1e999", "-1", "0.5", "9999-99-99", "2026-01-31", "true", "\x00", "\u2028", "é", "---\n", "...\n", "? ", ", ",
    "a: b\n", "\n", "  ", "__proto__", ".nan", ".inf", "0x1f", "1_000", "12:30:45", "{}", "[]", "*", "\\", "@", "`",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    target = tmp_path_factory.mktemp("any") / "company"
    yield init_workspace(target).root
    shutil.rmtree(target)


@st.composite
def edited(draw: st.DrawFn, text: str) -> str:
    """A text with a few edits: a fragment put in, a stretch taken out, a value replaced, a line moved."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, max(len(text) - 1, 0)))
        end = min(start + draw(st.integers(0, 25)), len(text))
        kind = draw(st.sampled_from(["insert", "delete", "value", "move"]))
        if kind == "insert":
            text = text[:start] + draw(st.sampled_from(FRAGMENTS)) + text[start:]
        elif kind == "delete":
            text = text[:start] + text[end:]
        elif kind == "value":
            colon = text.find(": ", start)
            stop = text.find("\n", colon)
            text = text if colon < 0 else text[: colon + 2] + draw(st.sampled_from(FRAGMENTS)) + text[stop:]
        else:
            lines = text.split("\n")
            line = lines.pop(draw(st.integers(0, len(lines) - 1)))
            lines.insert(draw(st.integers(0, len(lines))), line)
            text = "\n".join(lines)
    return text


@pytest.mark.parametrize("file", FILES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_edited_files(folder: Path, file: str, data: st.DataObject) -> None:
    path = folder / file
    before = path.read_bytes()
    text = data.draw(edited(before.decode("utf-8")))
    path.write_text(text, encoding="utf-8", newline="")
    problems: list[Problem] = []
    try:
        load_workspace(folder)
    except WorkspaceError as error:
        problems = error.problems or [Problem("", 0, 0, "", "", "")]
    finally:
        path.write_bytes(before)
    lines = sum(text.count(end) for end in "\n\r\u2028\x85") + 1
    for problem in problems:
        assert 0 <= problem.line <= (lines if problem.file == file else 1_000)
        assert problem.expected
        assert "\n" not in str(problem)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab01:-,[]{}&*!|>'\"%@#?\t \n.\u00e9"), max_size=40))
def test_any_text_parses_or_is_explained(text: str) -> None:
    found = parse_document(text, "x.yaml")
    if isinstance(found, Document):
        found.place([])
    else:
        assert found
        assert all(problem.expected and problem.line <= text.count("\n") + 1 for problem in found)
