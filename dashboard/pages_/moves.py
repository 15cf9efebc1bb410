"""When work moved: a vendor switch or a queue brought home, before and after."""

from __future__ import annotations

import streamlit as st

from dashboard import data
from dashboard.components import breach_links, filters, move_card, states, url_choice
from dashboard.components.breach_links import Links
from dashboard.models import NotReady, Published
from dashboard.view import View, current_view
from pipelines.answers.moves import StudiedMove
from pipelines.measures.catalogue import MEASURES

MEASURE = "mkpi"


def show() -> None:
    """The page."""
    published = data.published()
    view = current_view(published.currency if isinstance(published, Published) else "EUR")
    if isinstance(published, NotReady):
        states.show_not_ready(view, published)
        return
    with st.spinner(view.texts("state.loading")):
        studied = data.moves(published.version)
    if not studied:
        states.show_empty(view.texts("moves.none"), view.texts("moves.none_help"))
        return
    shown = tuple(one for one in studied if _concerns(published, one))
    if not shown:
        states.show_empty(view.texts("moves.none_chosen"))
        return
    metric = _choose(view, shown)
    for one in shown:
        _show_move(view, published, one, metric)


def _concerns(published: Published, studied: StudiedMove) -> bool:
    """The move is from or to a vendor that is chosen."""
    chosen = filters.selected(published).vendors if published.weeks else None
    return chosen is None or bool({studied.move.from_vendor, studied.move.to_vendor} & set(chosen))


def _choose(view: View, studied: tuple[StudiedMove, ...]) -> str | None:
    """The measure that is drawn; None where nothing has been studied."""
    metrics = list(dict.fromkeys(found.metric for one in studied for found in one.metrics))
    if not metrics:
        return None
    names = {metric: MEASURES[metric].name(view.language) for metric in metrics}
    return url_choice.show(view.texts("column.measure"), metrics, names.__getitem__, MEASURE)


def _show_move(view: View, published: Published, studied: StudiedMove, metric: str | None) -> None:
    links = Links.of(view, published)
    with st.container(border=True, gap="small", key=f"moved_{studied.move.id}"):
        move_card.show_facts(view, published, studied)
        for one in studied.metrics:
            if one.metric == metric:
                move_card.show_measure(view, links, studied, one)
        if studied.metrics:
            move_card.show_all(view, links, studied)
        if published.weeks:
            vendors = [code for code in (studied.move.from_vendor, studied.move.to_vendor) if code]
            breach_links.show_many(view, links, vendors, metric, f"move_rows_{studied.move.id}")


show()
