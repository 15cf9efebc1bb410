"""What a measure means, one click away: formula, numerator, denominator, caveat, source, clause in force."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.escape import md_escape
from dashboard.models import Published
from dashboard.view import View
from pipelines.measures.catalogue import Measure
from pipelines.measures.ledger.words import definition_words


def show_one(view: View, published: Published, measure: Measure, rows: pl.DataFrame) -> None:
    """A button that opens the definition, with those in force for ``rows``."""
    with st.popover(view.texts("measures.definition"), type="tertiary", key=f"definition_{measure.id}"):
        show_text(view, published, measure, rows)


def show_text(view: View, published: Published, measure: Measure, rows: pl.DataFrame | None = None) -> None:
    """The definition itself; with ``rows``, also the definitions in force for them."""
    texts, language = view.texts, view.language
    st.markdown(f"**{md_escape(measure.name(language))}**. {md_escape(measure.definition(language))}")
    st.markdown(texts("pair", label=texts("definition.formula"), text=_code(measure.formula(language))))
    if rows is not None and (used := _in_force(view, published, rows)):
        st.markdown(texts("pair", label=texts("definition.in_force"), text=""))
        st.markdown("\n".join(f"- {line}" for line in used))
    facts = (
        ("numerator", measure.numerator(language)),
        ("denominator", measure.denominator(language)),
        ("caveat", measure.caveat(language)),
        ("source", measure.source),
    )
    lines = [texts("pair", label=texts(f"definition.{name}"), text=md_escape(text)) for name, text in facts]
    lines.append(texts("definition.minimum", shown=measure.minimum_shown, sure=measure.minimum_sure))
    st.markdown("\n".join(f"- {line}" for line in lines))


def _in_force(view: View, published: Published, rows: pl.DataFrame) -> list[str]:
    """Each definition of ``rows`` in words, with whom it is for where there are several, and its id."""
    of = rows.filter(pl.col("definition_id").fill_null("") != "").group_by("definition_id", maintain_order=True)
    held = {str(name): [published.vendor_name(code) for code in some["vendor"]] for (name,), some in of}
    lines = []
    for definition, names in held.items():
        said = definition_words(definition)[0 if view.language == "en" else 1]
        words = "" if said == definition else f"{md_escape(said)} "
        whom = f"**{md_escape(', '.join(names))}** · " if len(held) > 1 else ""
        lines.append(f"{whom}{words}:small[{_code(definition)}]")
    return lines


def _code(text: str) -> str:
    """``text`` as inline code, whatever it holds."""
    return "`" + text.replace("`", "'") + "`"
