"""How this reader sees the pages: language, number formats, theme."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import past
from dashboard.charts.palette import PALETTES, Palette
from dashboard.texts import Texts
from pipelines.wording import Formats, Language, Speech

LANGUAGE_KEY = "lang"


@dataclass(frozen=True, slots=True)
class View(Speech):
    """Passed to every component, so that none asks the browser itself.

    ``of_the_past``: the page shows what was known on a past date; nothing can be written there.
    """

    palette: Palette
    of_the_past: bool = False

    @property
    def language_was_chosen(self) -> bool:
        """The reader's language is not the one that the browser asks for: links must carry it."""
        return self.language != browser_language()


def browser_language() -> Language:
    """French where the browser asks for it, else English."""
    return "fr" if (st.context.locale or "").lower().startswith("fr") else "en"


def current_view(currency: str = "EUR") -> View:
    """The view of this run: the language that was chosen, else the browser's; the theme that the browser shows."""
    # On the first run the switch has not been drawn yet: the URL already says what it will be.
    chosen = st.session_state.get(LANGUAGE_KEY) or st.query_params.get(LANGUAGE_KEY)
    language: Language = {"EN": "en", "FR": "fr"}.get(str(chosen), browser_language())  # type: ignore[assignment]
    theme = "dark" if st.context.theme.type == "dark" else "light"
    return View(Texts(language), Formats(language, currency), PALETTES[theme], past.asked() is not None)
