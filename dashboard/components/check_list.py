"""The checks that every run carries out: passed, failed, and those that could not be carried out."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components.tables import show_static
from dashboard.view import View

_MARKS = {"pass": "✓", "fail": "✕", "error": "?"}


def show(view: View, checks: pl.DataFrame) -> None:
    """``checks``: ``data.checks``. What failed or could not be carried out comes first; the rest is one click away."""
    texts, number = view.texts, view.formats.number
    with st.container(border=True, key="checks"):
        st.subheader(texts("data_trust.checks"), anchor="checks")
        counts = {result: checks.filter(pl.col("result") == result).height for result in _MARKS}
        st.markdown(
            texts("data_trust.checks_count", passed=number(counts["pass"]), failed=number(counts["fail"]),
                  errors=number(counts["error"]))
        )  # fmt: skip
        st.caption(texts("data_trust.checks_note"))
        odd = checks.filter(pl.col("result") != "pass")
        if odd.height:
            show_static(table(view, odd), texts("data_trust.checks"), wide=True)
        if checks.height > odd.height:
            with st.expander(texts("data_trust.checks_passed"), type="compact"):
                show_static(
                    table(view, checks.filter(pl.col("result") == "pass")), texts("data_trust.checks"), wide=True
                )


def table(view: View, checks: pl.DataFrame) -> pl.DataFrame:
    """One line per check: its sentence, its result in a word and a shape, how many rows offend, who owns it."""
    texts = view.texts
    sentence = "sentence_fr" if view.language == "fr" else "sentence"
    return pl.DataFrame(
        [
            {
                texts("data_trust.check"): row[sentence],
                texts("data_trust.outcome"): _result(view, row["result"]),
                texts("data_trust.offending"): view.formats.number(row["offending"]),
                texts("data_trust.owner"): texts.known("data_trust.owner_of", row["owner"]),
                texts("column.reason"): row["message"] or "",
            }
            for row in checks.iter_rows(named=True)
        ]
    )


def _result(view: View, result: str) -> str:
    return f"{_MARKS[result]} {view.texts.known('data_trust.result', result)}"
