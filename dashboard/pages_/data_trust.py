"""Can the data be trusted: what came and what did not, what is to be explained, what was changed afterwards."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import (
    changed_later,
    check_list,
    day_grid,
    discipline,
    filters,
    finding_detail,
    finding_list,
    states,
)
from dashboard.models import NotReady, Published
from dashboard.view import View, current_view


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
        return
    names: list[str] = st.session_state.get(filters.VENDORS, [])
    vendors = tuple(vendor.code for vendor in published.vendors if vendor.name in names) if names else None
    _show(view, published, vendors)


def _show(view: View, published: Published, vendors: tuple[str, ...] | None) -> None:
    everything = data.findings(published.version)
    findings = everything if vendors is None else everything.filter(pl.col("vendor").is_in(vendors))
    opened = finding_list.show(view, published, findings)
    if opened is not None:
        finding_detail.show(view, published, opened, everything)
    day_grid.show(view, published, vendors)
    discipline.show(view, published, data.discipline(published.version), vendors)
    changed = data.changed_later(published.version)
    changed_later.show(view, published, changed if vendors is None else changed.filter(pl.col("vendor").is_in(vendors)))
    check_list.show(view, data.checks(published.version))


show()
