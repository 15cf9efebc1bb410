"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is slow, not wrong: no property test may fail for the time that it took.
settings.register_profile("sightline", deadline=None)
settings.load_profile("sightline")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of third-party test material beside the project; its absence skips with a reason."""
    if not SHARED.is_dir():
        pytest.skip(f"third-party test material is not present: {SHARED.name}/ beside the project")
    return SHARED
