"""What people work on in a week: missed targets that somebody has taken up, and the actions that are open."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard import data, navigation
from dashboard import picked as picking
from dashboard.components import action_list
from dashboard.components.breach_work import standing_words
from dashboard.components.missed_list import queue_name, when
from dashboard.escape import md_escape
from dashboard.models import Published, Selection
from dashboard.picked import Picked
from dashboard.view import View
from pipelines.answers.actions import in_period
from pipelines.answers.breach_work import Named


def show(view: View, published: Published, selection: Selection, query: dict[str, str | list[str]]) -> None:
    """Nothing where nobody has written anything about the week; ``query`` goes on with the links."""
    first, last = selection.week, selection.week + timedelta(days=6)
    shown = selection.vendors or tuple(vendor.code for vendor in published.vendors)
    worked = [(name, one) for name, one in data.breaches_worked_on(first, last) if name.vendor in shown]
    agreed = [one for one in in_period(data.actions(), first, last) if one.vendor in shown]
    if not worked and not agreed:
        return
    with st.container(border=True, gap="xsmall", key="week_work"):
        if worked:
            st.subheader(view.texts("actions.worked_on"), anchor="worked_on")
        for name, standing in worked:
            words, link = st.columns([9, 1.2], vertical_alignment="center")
            words.markdown(
                view.texts(
                    "actions.worked",
                    vendor=md_escape(published.vendor_name(name.vendor)),
                    queue=md_escape(queue_name(published, name.queue)),
                    when=md_escape(_when(view, name)),
                    state=standing_words(view, standing.status, standing),
                )
            )
            link.page_link(navigation.BREACHES, label=view.texts("breaches.link"), query_params=query | _of(name))
        if agreed:
            label = view.texts("pair", label=view.texts("actions.heading"), text=action_list.summary(view, agreed))
            st.subheader(label, anchor="actions")
            action_list.show(view, published, agreed, "week")


def _when(view: View, name: Named) -> str:
    return when(view, {"first_day": name.first_day, "last_day": name.first_day, "local_minute": name.local_minute})


def _of(name: Named) -> dict[str, str]:
    """The link's parameters of one breach."""
    picked = picking.query(Picked(name.first_day, name.first_day))
    return {"bv": name.vendor, "bq": name.queue, "grain": name.grain, picking.BREACH: name.name, **picked}
