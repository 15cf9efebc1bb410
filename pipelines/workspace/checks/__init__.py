"""Mistakes that no single value shows: references between files, dates that overlap, mappings that miss a column."""

from pipelines.workspace.checks.feeds import check_feeds
from pipelines.workspace.checks.people import check_people
from pipelines.workspace.checks.settings import check_settings
from pipelines.workspace.checks.terms import check_terms
from pipelines.workspace.checks.zones import check_zones

__all__ = ["check_feeds", "check_people", "check_settings", "check_terms", "check_zones"]
