"""Whom to call and about what: a handful of sentences, one vendor's together, each with a way to the evidence."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import navigation
from dashboard.components import breach_links
from dashboard.components.breach_links import Links
from dashboard.models import Change, Published, Review
from dashboard.view import View
from pipelines.wording.sentences import standout_sentence

#: Colours support the badge's mark and words; what is not in here is something to look into.
_GOOD = ("drift_better", "unusual_better", "better_gap", "better_unseen")
#: A long sentence takes a second line rather than its links.
_SENTENCE_AND_WAYS = (6, 1)
_UNSURE = ("missing_data", "clause_unsure", "doubted")


def show(view: View, published: Published, review: Review, query: dict[str, str | list[str]]) -> None:
    """The sentences; each links to the page that explains it, with ``query`` as its filters."""
    texts, number = view.texts, view.formats.number
    with st.container(border=True, gap="xsmall", key="what_changed"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.subheader(texts("changed.heading"), anchor="changed", width="content")
            if review.comparisons:
                st.caption(
                    texts(
                        "changed.by_chance",
                        made=number(review.comparisons),
                        expected=number(review.expected_by_chance),
                        stood=number(review.stood),
                    ),
                    width="content",
                )
        if not review.changes:
            st.markdown(texts("changed.none"))
        _rows(view, published, review.changes, query)
        if review.others:
            label = texts("changed.more", count=number(len(review.others)))
            with st.expander(label, type="compact", key="what_else"):
                _rows(view, published, review.others, query)


def _rows(view: View, published: Published, changes: Sequence[Change], query: dict[str, str | list[str]]) -> None:
    last: str | None = None
    for change in changes:
        _row(view, published, change, query, first=change.vendor != last)
        last = change.vendor


def _row(view: View, published: Published, change: Change, query: dict[str, str | list[str]], *, first: bool) -> None:
    """One sentence after its badge; after the ``first`` of a vendor, the size of its week."""
    name = published.vendor_name(change.vendor)
    colour = "blue" if change.kind in _GOOD else "gray" if change.kind in _UNSURE else "orange"
    told = standout_sentence(view, name, change.kind, change.metric, change.values)
    line = f":{colour}-badge[{view.texts(f'changed.badge.{change.kind}')}] {told}"
    if first and change.contacts is not None:
        line = f"{line} :small[:gray[{_size(view, change)}]]"
    sentence, ways = st.columns(_SENTENCE_AND_WAYS, gap="small", vertical_alignment="center")
    sentence.markdown(line)
    with ways, st.container(horizontal=True, gap="xsmall"):
        if change.metric is None:
            st.page_link(
                navigation.DELIVERIES,
                label=view.texts("trust.open"),
                query_params=query | {"v": [name]},
                width="content",
            )
        else:
            target = query | {"fv": change.vendor, "kpi": change.metric}
            label = view.texts("changed.explain")
            st.page_link(navigation.FIGURE, label=label, query_params=target, width="content")
            breach_links.show(view, Links(published, query).to(change.vendor, change.metric))


def _size(view: View, change: Change) -> str:
    contacts = view.formats.number(change.contacts)
    if change.money is None:
        return view.texts("changed.contacts_only", contacts=contacts)
    return view.texts("changed.sized", contacts=contacts, money=view.formats.money(change.money, 0))
