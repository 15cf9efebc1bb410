"""Readers: one received file of any supported format -> headers and batches of untouched text.

Names are loaded when they are first used: the process that parses workbooks lives in this package and must stay small.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.intake.readers.limits import Limits
    from pipelines.intake.readers.source import open_source
    from pipelines.intake.readers.table import (
        BOOLEAN,
        CELL,
        DATE,
        KIND,
        NUMBER,
        PERCENT,
        RAW,
        REJECT,
        ROW,
        SHEET,
        TIME,
        RawTable,
    )

__all__ = [
    "BOOLEAN", "CELL", "DATE", "KIND", "NUMBER", "PERCENT", "RAW", "REJECT", "ROW", "SHEET", "TIME",
    "Limits", "RawTable", "open_source",
]  # fmt: skip

_HOMES = {"Limits": "limits", "open_source": "source"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'table')}"), name)
