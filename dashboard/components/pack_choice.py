"""What a pack tells first: each win, risk and decision of the rules with its place, and sentences of one's own."""

from __future__ import annotations

import streamlit as st

from dashboard import data
from dashboard.components import keep_button
from dashboard.escape import md_escape
from dashboard.view import View
from pipelines.report.choice import OWN, SIDES, Choice, Side
from pipelines.report.pack.build import Pack
from pipelines.report.pack.summary import by_weight, chosen_items

_AUTHOR = "journal_author"
#: Places that a summary has at most, per list.
PLACES = 6
LONGEST = 300
_NONE = "–"
_NAMES: dict[Side, str] = {
    "win": "quarterly_pack.side_win",
    "risk": "quarterly_pack.side_risk",
    "decision": "quarterly_pack.side_decision",
}


def show(view: View, pack: Pack, vendor: str, quarter: str) -> None:
    """The form; what it keeps is told in the pack the next time that it is drawn."""
    choice, seen = data.pack_choice(vendor, quarter)
    name = f"{vendor}_{quarter}_{seen}"
    with st.expander(view.texts("quarterly_pack.choose")):
        st.caption(view.texts("quarterly_pack.choose_help"))
        _outcome(view)
        with st.form(f"pack_choice_{name}", border=False):
            for side in SIDES:
                st.markdown(f"**{view.texts(_NAMES[side])}**")
                _side(view, pack, choice, side, name)
            st.session_state.setdefault(f"pack_author_{name}", st.session_state.get(_AUTHOR, ""))
            st.text_input(view.texts("quarterly_pack.author"), key=f"pack_author_{name}", max_chars=80)
            args = (pack, choice, vendor, quarter, seen, name)
            with st.container(horizontal=True, gap="small"):
                keep_button.show(view, "quarterly_pack.keep", _keep, args)
                keep_button.show(view, "quarterly_pack.by_rule", _by_rule, args)


def _told(pack: Pack, choice: Choice | None, side: Side) -> dict[str, str]:
    """Every sentence that may be told on one side, by its item: those told now first."""
    told = {one.item or "": one.text for one in chosen_items(pack.items, side, choice)}
    return told | {item.item_id: item.sentence.text for item in by_weight(pack.items, side) if item.item_id not in told}


def _side(view: View, pack: Pack, choice: Choice | None, side: Side, name: str) -> None:
    texts = _told(pack, choice, side)
    now = [one.item for one in chosen_items(pack.items, side, choice)]
    if not texts:
        st.caption(view.texts("quarterly_pack.no_items"))
    for item, text in texts.items():
        place, words = st.columns([1, 9], gap="small", vertical_alignment="center")
        place.selectbox(
            view.texts("quarterly_pack.place", text=md_escape(text[:60])),
            [_NONE, *map(str, range(1, PLACES + 1))],
            index=min(now.index(item) + 1, PLACES) if item in now else 0,
            key=f"place_{name}_{side}_{item}",
            label_visibility="collapsed",
        )
        words.markdown(md_escape(text))
    st.text_input(view.texts("quarterly_pack.own"), key=f"own_{name}_{side}", max_chars=LONGEST)


def _keep(pack: Pack, choice: Choice | None, vendor: str, quarter: str, seen: int, name: str) -> None:
    """Before the page is drawn again: the places become an order, own sentences go to the end."""
    state = st.session_state
    items: dict[Side, list[str]] = {}
    own = dict(choice.own) if choice else {}
    for side in SIDES:
        placed = [(state.get(f"place_{name}_{side}_{item}", _NONE), item) for item in _told(pack, choice, side)]
        items[side] = [item for place, item in sorted(placed, key=lambda one: one[0]) if place != _NONE]
        written = str(state.get(f"own_{name}_{side}", "")).strip()
        if written:
            own[f"{OWN}{side}:{seen + 1}"] = written
            items[side].append(f"{OWN}{side}:{seen + 1}")
    _write(vendor, quarter, seen, name, items, own)


def _by_rule(pack: Pack, choice: Choice | None, vendor: str, quarter: str, seen: int, name: str) -> None:
    _write(vendor, quarter, seen, name, None, {})


def _write(
    vendor: str, quarter: str, seen: int, name: str, items: dict[Side, list[str]] | None, own: dict[str, str]
) -> None:
    author = str(st.session_state.get(f"pack_author_{name}", "")).strip()
    if not author:
        st.session_state["pack_outcome"] = "no_author"
        return
    st.session_state[_AUTHOR] = author
    kept = data.choose_for_pack(vendor, quarter, author, items, own, seen)
    st.session_state["pack_outcome"] = "kept" if kept else "meanwhile"


def _outcome(view: View) -> None:
    said = st.session_state.pop("pack_outcome", None)
    if said == "kept":
        st.success(view.texts("quarterly_pack.kept"))
    elif said == "no_author":
        st.warning(view.texts("quarterly_pack.no_author"))
    elif said == "meanwhile":
        st.warning(view.texts("quarterly_pack.meanwhile"))
