"""Where things are: which folder is the workspace, and what lies where in it."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

#: The environment variable that names the workspace when a command does not.
ENVIRONMENT = "SIGHTLINE_WORKSPACE"
EXAMPLE = Path("sample_data")


def find_workspace(given: Path | str | None = None) -> Path:
    """The workspace's folder: as given, else from ``SIGHTLINE_WORKSPACE``, else the example."""
    return Path(given or os.environ.get(ENVIRONMENT) or EXAMPLE)


def shown_name(path: PurePath) -> str:
    """A file's name as text: bytes that are not UTF-8, as in names from an archive of another system, are written out
    (``\\xe9``)."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
