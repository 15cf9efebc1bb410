"""The canonical schema, as intake and the warehouse know it.

It is defined in the workspace room, because a mapping is checked against it before any file is read.
"""

from __future__ import annotations

from pipelines.workspace.schema import *  # noqa: F403 - the same names, one room further down
from pipelines.workspace.schema import __all__ as __all__
