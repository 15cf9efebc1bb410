"""Text that others wrote is data: the wording room's, for pages."""

from pipelines.wording.escape import md_escape, safe_cell, visible

__all__ = ["md_escape", "safe_cell", "visible"]
