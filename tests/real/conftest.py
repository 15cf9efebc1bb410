"""Takes files that nobody here wrote into temporary copies of this folder's workspaces."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.real.loading import HERE, Load, Loaded, deliver, ran


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """Copy a workspace of this folder, deliver files to it, run it; the law of accounting is checked every time."""
    opened: list[Loaded] = []

    def loaded(name: str, files: Mapping[str, Path | bytes]) -> Loaded:
        for content in files.values():
            if isinstance(content, Path) and not content.is_file():
                pytest.skip(f"third-party file ../shared/.../{content.parent.name}/{content.name} is not present")
        root = tmp_path_factory.mktemp(name)
        shutil.copytree(HERE / name, root, dirs_exist_ok=True)
        deliver(root, files)
        opened.append(ran(root))
        return opened[-1]

    yield loaded
    for one in opened:
        one.reader.close()
