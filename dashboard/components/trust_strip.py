"""Can these figures be believed? The first thing on the page."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.components.filters import WEEK
from dashboard.components.finding_list import PERIOD
from dashboard.models import Published, Trust
from dashboard.view import View


def show(view: View, trust: Trust, query: dict[str, str | list[str]]) -> None:
    """Deliveries on time, late, missing, files refused, rows rejected; ``query`` goes on with the link."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="trust_strip"):
        for label, value, note in _facts(view, trust):
            st.markdown(f":small[{label}] **{value}** :small[:gray[{note}]]", width="content")
        st.space("stretch")
        with st.container(horizontal=True, width="content", gap="xsmall"):
            st.page_link(navigation.DATA_TRUST, label=view.texts("trust.open_findings"), query_params=_about(query))
            st.page_link(navigation.DELIVERIES, label=view.texts("trust.open"), query_params=query)


def _about(query: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
    """The same vendors on the page of findings, and the week as their period."""
    return query | ({PERIOD: query[WEEK]} if WEEK in query else {})


def version_words(view: View, published: Published) -> str:
    """Which version is shown, since when it is there, and up to which day it has data."""
    return view.texts(
        "trust.published",
        until=view.formats.day(published.data_until),
        version=published.number,
        when=view.formats.instant(published.published_at, published.zone),
        zone=published.zone,
    )


def _facts(view: View, trust: Trust) -> list[tuple[str, str, str]]:
    texts, formats = view.texts, view.formats
    return [
        (texts("trust.deliveries"), *_punctuality(view, trust)),
        (
            texts("trust.refused"),
            ("✕ " if trust.files_refused else "✓ ") + formats.number(trust.files_refused),
            texts("trust.of_files", files=formats.number(trust.files)),
        ),
        (
            texts("trust.findings"),
            ("▲ " if trust.findings else "✓ ") + formats.number(trust.findings),
            texts("trust.of_findings", critical=formats.number(trust.findings_critical)),
        ),
        (
            texts("trust.rejected"),
            ("! " if trust.rows_rejected else "✓ ") + formats.number(trust.rows_rejected),
            texts("trust.of_rows", read=formats.number(trust.rows_read)),
        ),
    ]


def _punctuality(view: View, trust: Trust) -> tuple[str, str]:
    texts, formats = view.texts, view.formats
    if trust.expected is None:
        return texts("trust.not_stated"), ""
    words = [
        ("✓ ", "trust.on_time", trust.on_time),
        ("▲ ", "trust.late", trust.late),
        ("□ ", "trust.missing", trust.missing),
    ]
    counted = " · ".join(mark + texts(key, n=formats.number(count)) for mark, key, count in words)
    return counted, texts("trust.of_expected", expected=formats.number(trust.expected))
