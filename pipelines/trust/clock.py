"""What time it is for a workspace: now, or the instant at which an example stands still."""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.workspace import Workspace


def now_of(workspace: Workspace) -> datetime:
    """The instant up to which deliveries are due: ``as_of`` of workspace.yaml where it is set, else now (UTC)."""
    return (workspace.settings.as_of or datetime.now(UTC)).astimezone(UTC)
