"""What a measure means, one click away: formula, numerator, denominator, caveat, source, clause in force."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.escape import md_escape
from dashboard.view import View
from pipelines.measures.catalogue import Measure


def show_one(view: View, measure: Measure, rows: pl.DataFrame | None = None) -> None:
    """A button that opens the definition; with ``rows``, also the definitions in force for them."""
    with st.popover(view.texts("measures.definition"), type="tertiary", key=f"definition_{measure.id}"):
        show_text(view, measure, rows)


def show_text(view: View, measure: Measure, rows: pl.DataFrame | None = None) -> None:
    """The definition itself."""
    texts, language = view.texts, view.language
    st.markdown(f"**{md_escape(measure.name(language))}**. {md_escape(measure.definition(language))}")
    st.markdown(f"{texts('definition.formula')}: {_code(measure.formula)}")
    st.markdown(
        f"- {texts('definition.numerator')}: {md_escape(measure.numerator(language))}\n"
        f"- {texts('definition.denominator')}: {md_escape(measure.denominator(language))}\n"
        f"- {texts('definition.minimum', shown=measure.minimum_shown, sure=measure.minimum_sure)}\n"
        f"- {texts('definition.caveat')}: {md_escape(measure.caveat(language))}\n"
        f"- {texts('definition.source')}: {md_escape(measure.source)}"
    )
    used = rows["definition_id"].drop_nulls().unique().sort().to_list() if rows is not None else []
    if used := [definition for definition in used if definition]:
        st.markdown(f"{texts('definition.in_force')}: " + ", ".join(_code(definition) for definition in used))


def _code(text: str) -> str:
    """``text`` as inline code, whatever it holds."""
    return "`" + text.replace("`", "'") + "`"
