"""Checks on ``feeds/*.yaml`` against the canonical schema and the rest of the workspace."""

from __future__ import annotations

from pipelines.workspace.checks.context import Context
from pipelines.workspace.problems import Problem


def check_feeds(context: Context) -> list[Problem]:
    return []
