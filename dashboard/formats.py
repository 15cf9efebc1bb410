"""Numbers, dates and weeks as a reader of each language writes them: the wording room's, for pages and charts."""

from pipelines.wording.formats import (
    LANGUAGES,
    MINUS,
    NARROW_SPACE,
    SPACE,
    UNKNOWN,
    Formats,
    Language,
    iso_week,
    monday_of,
)

__all__ = ["LANGUAGES", "MINUS", "NARROW_SPACE", "SPACE", "UNKNOWN", "Formats", "Language", "iso_week", "monday_of"]
