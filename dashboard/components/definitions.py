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
    st.markdown(texts("pair", label=texts("definition.formula"), text=_code(measure.formula(language))))
    facts = (
        ("numerator", measure.numerator(language)),
        ("denominator", measure.denominator(language)),
        ("caveat", measure.caveat(language)),
        ("source", measure.source),
    )
    lines = [texts("pair", label=texts(f"definition.{name}"), text=md_escape(text)) for name, text in facts]
    lines.append(texts("definition.minimum", shown=measure.minimum_shown, sure=measure.minimum_sure))
    st.markdown("\n".join(f"- {line}" for line in lines))
    used = rows["definition_id"].drop_nulls().unique().sort().to_list() if rows is not None else []
    if used := [definition for definition in used if definition]:
        codes = ", ".join(_code(definition) for definition in used)
        st.markdown(texts("pair", label=texts("definition.in_force"), text=codes))


def _code(text: str) -> str:
    """``text`` as inline code, whatever it holds."""
    return "`" + text.replace("`", "'") + "`"
