"""One company's folder: settings, vendors, terms and feeds. The only reader of YAML and of the environment."""

from pipelines.workspace.columns import DERIVED, column_type, columns_allowed
from pipelines.workspace.company import Alias, Queue, Settings, Site, Vendor
from pipelines.workspace.feeds import Feed
from pipelines.workspace.frames import (
    clauses_frame,
    open_hours_frame,
    queues_frame,
    rate_cards_frame,
    sites_frame,
    vendors_frame,
)
from pipelines.workspace.hours import OpenSpan, is_holiday, open_intervals, open_spans, queues_of
from pipelines.workspace.load import load_workspace
from pipelines.workspace.model import Workspace
from pipelines.workspace.places import find_workspace, shown_name
from pipelines.workspace.problems import CannotProceed, Problem, WorkspaceError
from pipelines.workspace.scaffold import init_workspace
from pipelines.workspace.secret import customer_key
from pipelines.workspace.terms import Clause, DeliveryCalendar, RateCard, Terms

__all__ = [
    "DERIVED",
    "Alias",
    "CannotProceed",
    "Clause",
    "DeliveryCalendar",
    "Feed",
    "OpenSpan",
    "Problem",
    "Queue",
    "RateCard",
    "Settings",
    "Site",
    "Terms",
    "Vendor",
    "Workspace",
    "WorkspaceError",
    "clauses_frame",
    "column_type",
    "columns_allowed",
    "customer_key",
    "find_workspace",
    "init_workspace",
    "is_holiday",
    "load_workspace",
    "open_hours_frame",
    "open_intervals",
    "open_spans",
    "queues_frame",
    "queues_of",
    "rate_cards_frame",
    "shown_name",
    "sites_frame",
    "vendors_frame",
]
