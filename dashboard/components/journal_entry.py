"""What people have said of one thing, and a form to say more: who wrote, when, which status, which comment.

For findings, breaches, lines of the ledger, actions: whatever the journal can be about.
"""

from __future__ import annotations

import streamlit as st

from dashboard import data
from dashboard.components import keep_button
from dashboard.escape import md_escape
from dashboard.models import Entry, Published
from dashboard.view import View
from pipelines.answers.journal import STATUSES

#: The name that a person wrote last stands in the next form as well.
AUTHOR = "journal_author"
#: Longer comments belong into a document.
LONGEST = 2000


def show(
    view: View, published: Published, about_kind: str, about_id: str, *, statuses: tuple[str, ...] = STATUSES
) -> None:
    """The entries about one thing (``about_kind``: ``finding``, ``breach``, ``reconciliation`` ...; ``about_id``: its
    stable id), oldest first, and the form that adds one.

    ``statuses``: those that can be chosen, the current one first; an empty tuple asks for a comment alone. Nothing is
    overwritten: an entry that somebody else wrote in the meantime is shown, and what was typed stays in the form.
    Read the statuses back with ``data.statuses(about_kind)``, the same that the command line prints.
    """
    entries = data.entries(about_kind, about_id)
    name = f"{about_kind}_{about_id}"
    with st.container(border=True, key=f"journal_{name}"):
        st.markdown(f"##### {view.texts('journal.heading')}", anchors=False)
        if not entries:
            st.caption(view.texts("journal.nobody"))
        for entry in entries:
            st.markdown(_words(view, published, entry))
        _outcome(view, f"journal_outcome_{name}")
        _form(view, about_kind, about_id, statuses, entries)


def _words(view: View, published: Published, entry: Entry) -> str:
    said = view.texts(
        "journal.said",
        author=md_escape(entry.author),
        when=view.formats.instant(entry.at, published.zone),
        status=status_words(view, entry.status) if entry.status else view.texts("journal.comment_only"),
    )
    return said if not entry.text else f"{said}  \n{md_escape(entry.text)}"


def status_words(view: View, status: str) -> str:
    """A status as people read it, with a shape of its own."""
    return view.texts.known("journal.status", status)


def _form(view: View, about_kind: str, about_id: str, statuses: tuple[str, ...], entries: tuple[Entry, ...]) -> None:
    name = f"{about_kind}_{about_id}"
    keys = {part: f"journal_{part}_{name}" for part in ("status", "text", "author")}
    current = next((entry.status for entry in reversed(entries) if entry.status), None)
    st.session_state.setdefault(keys["author"], st.session_state.get(AUTHOR, ""))
    with st.form(f"journal_form_{name}", border=False):
        left, right = st.columns(2)
        if statuses:
            order = sorted(statuses, key=lambda one: one != current)
            left.selectbox(
                view.texts("column.status"), order, format_func=lambda one: status_words(view, one), key=keys["status"]
            )
        right.text_input(view.texts("journal.author"), key=keys["author"], max_chars=80)
        st.text_area(view.texts("journal.comment"), key=keys["text"], max_chars=LONGEST, height=80)
        # what the person has seen when the button is pressed, not what is there by then
        seen = entries[-1].number if entries else 0
        keep_button.show(view, "journal.write", _write, (about_kind, about_id, keys, seen))


def _write(about_kind: str, about_id: str, keys: dict[str, str], seen: int) -> None:
    """Before the page is drawn again: add the entry; on success the comment is emptied."""
    state = st.session_state
    author, text = str(state[keys["author"]]).strip(), str(state[keys["text"]]).strip()
    outcome = f"journal_outcome_{about_kind}_{about_id}"
    if not author:
        state[outcome] = "journal.no_author"
        return
    status = state.get(keys["status"])
    if not text and status in (None, "open"):
        state[outcome] = "journal.no_text"
        return
    state[AUTHOR] = author
    if data.write_entry(about_kind, about_id, author, text, status, seen):
        state[keys["text"]] = ""
        state.pop(keys["status"], None)
        state[outcome] = "journal.written"
    else:
        state[outcome] = "journal.meanwhile"


def _outcome(view: View, key: str) -> None:
    """What became of the last press of the button."""
    said = st.session_state.pop(key, None)
    if said == "journal.written":
        st.success(view.texts("journal.written"))
    elif said is not None:
        st.warning(
            view.texts(
                {
                    "journal.no_author": "journal.no_author",
                    "journal.no_text": "journal.no_text",
                    "journal.meanwhile": "journal.meanwhile",
                }[said]
            )
        )
