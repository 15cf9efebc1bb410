"""The documents say what the program does: every command, measure and kind of finding, and nothing that is gone."""

from __future__ import annotations

import re
import subprocess

import click
import pytest

from pipelines.__main__ import main
from pipelines.measures.catalogue import markdown_table
from pipelines.trust.findings import KINDS
from pipelines.workspace.schema import TABLES


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def test_every_command_is_documented_and_helps(readme):
    documented = set(re.findall(r"^\| `(\w+)", readme, flags=re.MULTILINE))
    assert set(main.commands) <= documented
    for name, command in main.commands.items():
        assert command.help, name
        assert all(option.help for option in command.params if isinstance(option, click.Option)), name


def test_the_measures_are_those_of_the_catalogue(readme):
    table = re.search(r"<!-- measures:.*?-->\n(.*?)<!-- /measures -->", readme, flags=re.DOTALL)
    assert table is not None
    assert table[1].strip() == markdown_table("en").strip(), "write the catalogue's table into README.md again"


def test_every_kind_of_finding_is_documented(readme):
    section = readme.split("## Kinds of finding")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", section)) == set(KINDS)


def test_linked_files_exist(readme, root):
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", readme):
        assert (root / link).exists(), link


def test_folders_are_those_that_exist(readme, root):
    for folder in re.findall(r"^\| `([\w/]+/)`", readme, flags=re.MULTILINE):
        assert (root / folder).is_dir(), folder


def test_the_changelog_names_the_release_in_the_making(root):
    assert "## [Unreleased]" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_table_says_what_its_columns_hold():
    for table in TABLES.values():
        assert table.note
        assert set(table.key) <= set(table.names)
        assert table.happened in table.names


def test_nothing_in_the_project_speaks_of_a_machine(root):
    """No absolute path of a developer's machine, no address of a package registry."""
    words = ["/work" + "/", "pypi" + "-more", "index" + "-url"]
    for word in words:
        found = subprocess.run(["git", "grep", "-lIF", word, "--", "."], cwd=root, capture_output=True, text=True)
        assert found.stdout == "", f"{word}: {found.stdout}"
