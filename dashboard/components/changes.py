"""What changed and whom to call: at most five sentences, each with its figure, n and a way to the evidence."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.models import Change, Published, Review
from dashboard.view import View
from pipelines.wording.sentences import standout_sentence

_COLOURS = {
    "missing_data": "gray",
    "clause_missed": "orange",
    "unusual_worse": "orange",
    "drift_worse": "orange",
    "worse_gap": "orange",
    "drift_better": "blue",
    "unusual_better": "blue",
    "better_gap": "blue",
}


def show(view: View, published: Published, review: Review, query: dict[str, str | list[str]]) -> None:
    """The sentences; each links to the page that explains it, with ``query`` as its filters."""
    with st.container(border=True, gap="xsmall", key="what_changed"):
        st.subheader(view.texts("changed.heading"), anchor="changed")
        if not review.changes:
            st.markdown(view.texts("changed.none"))
        for change in review.changes:
            _row(view, published, change, query)
        if review.comparisons:
            made = view.formats.number(review.comparisons)
            expected = view.formats.number(review.expected_by_chance)
            st.caption(view.texts("changed.by_chance", made=made, expected=expected))


def _row(view: View, published: Published, change: Change, query: dict[str, str | list[str]]) -> None:
    name = published.vendor_name(change.vendor)
    badge, words, link = st.columns([1.8, 8.7, 1.1], gap="small", vertical_alignment="center")
    badge.badge(view.texts(f"changed.badge.{change.kind}"), color=_COLOURS[change.kind])  # type: ignore[arg-type]
    words.markdown(standout_sentence(view, name, change.kind, change.metric, change.values))
    if change.metric is None:
        link.page_link(navigation.DELIVERIES, label=view.texts("trust.open"), query_params=query | {"v": [name]})
    else:
        target = query | {"fv": change.vendor, "kpi": change.metric}
        link.page_link(navigation.FIGURE, label=view.texts("changed.explain"), query_params=target)
