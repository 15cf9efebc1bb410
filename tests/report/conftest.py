"""Packs of the example workspace, made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.answers.quarter import Quarter
from pipelines.report.model import Edition
from pipelines.report.pack import build_pack
from pipelines.report.pack.build import Pack
from pipelines.warehouse import Reader
from pipelines.wording import Language
from pipelines.workspace import Workspace, load_workspace

QUARTER = Quarter(2026, 3)


@pytest.fixture(scope="session")
def workspace(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The example's configuration with a folder of its own for what people write."""
    return replace(load_workspace(example), root=tmp_path_factory.mktemp("journal"))


@pytest.fixture(scope="session")
def reader(example: Path) -> Reader:
    return Reader.open(load_workspace(example).state)


class Packs:
    """Packs by vendor, edition and language, each built once."""

    def __init__(self, workspace: Workspace, reader: Reader) -> None:
        self._workspace, self._reader = workspace, reader
        self._made: dict[tuple[str, str, str], Pack] = {}

    def __call__(self, vendor: str, edition: Edition = "internal", language: Language = "en") -> Pack:
        key = (vendor, edition, language)
        if key not in self._made:
            self._made[key] = build_pack(
                self._workspace, self._reader, vendor, QUARTER, edition=edition, language=language
            )
        return self._made[key]


@pytest.fixture(scope="session")
def packs(workspace: Workspace, reader: Reader) -> Packs:
    return Packs(workspace, reader)
