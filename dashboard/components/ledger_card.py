"""The ledger line by line, what would explain it, and how every measure of a vendor stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import url_choice
from dashboard.components.ledger_texts import LedgerTexts
from dashboard.components.tables import show_download, show_static
from dashboard.escape import md_escape
from dashboard.view import View
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.definition_search import Explanation
from pipelines.measures.reconcile import VERDICTS

#: Lines that a page shows; the download has them all.
MOST_LINES = 40
VERDICT = "rverdict"


def show_sentences(written: LedgerTexts, vendor: str, lines: pl.DataFrame, found: Sequence[Explanation]) -> None:
    """How many agree, and what reproduces the figures in which stretch of time."""
    texts, number = written.view.texts, written.view.formats.number
    counts = {verdict: lines.filter(pl.col("verdict") == verdict).height for verdict in VERDICTS}
    st.markdown(
        texts(
            "reconcile.summary",
            lines=number(lines.height),
            measure=md_escape(written.name),
            vendor=md_escape(vendor),
            agrees=number(counts["agrees"]),
            differs=number(counts["differs"]),
            unverified=number(counts["not_verifiable"]),
        )
    )
    for one in found:
        st.markdown(f"- {sentence(written, one)}")
    if any(one.established and not one.is_terms for one in found):
        st.caption(texts("reconcile.explain_not_accuse"))


def sentence(written: LedgerTexts, one: Explanation) -> str:
    """One stretch of time and what reproduces it, as Markdown."""
    number = written.view.formats.number
    facts = {
        "period": _stretch(written, one),
        "fits": number(one.fits),
        "periods": number(one.periods),
    }
    if not one.established:
        return written.view.texts("reconcile.nothing_fits", **facts)
    if one.is_terms and not one.truncated:
        return written.view.texts("reconcile.terms_fit", **facts)
    words = md_escape(written.definition(one.definition))
    return written.view.texts("reconcile.other_fits", words=words, terms_fits=number(one.terms_fits), **facts)


def _stretch(written: LedgerTexts, one: Explanation) -> str:
    period = written.view.formats.period(one.first_day, one.last_day)
    return period if one.queue is None else f"{md_escape(written.scope(one.queue))}, {period}"


def show_explanations(written: LedgerTexts, found: Sequence[Explanation]) -> None:
    """Which definition fits, how well, what fits as well, and how often chance would."""
    st.subheader(written.view.texts("reconcile.explains"), anchor=False)
    rows = [_explanation_row(written, one) for one in found]
    show_static(pl.DataFrame(rows), written.view.texts("reconcile.explains"), wide=True)


def _explanation_row(written: LedgerTexts, one: Explanation) -> dict[str, str]:
    texts, number = written.view.texts, written.view.formats.number
    ties = ", ".join(written.definition(tie) for tie in one.ties[:4])
    following = "" if one.next_best is None else f"{written.definition(one.next_best)} ({number(one.next_fits)})"
    return {
        texts("reconcile.column.period"): _stretch(written, one),
        texts("column.definition"): written.definition(one.definition),
        texts("reconcile.column.fits"): f"{number(one.fits)} / {number(one.periods)}",
        texts("reconcile.column.terms_fits"): number(one.terms_fits),
        texts("reconcile.column.next"): following,
        texts("reconcile.column.chance"): _chance(written.view, one.chance),
        texts("reconcile.column.note"): texts("reconcile.shared_fit", ties=ties) if ties else "",
    }


def _chance(view: View, chance: float) -> str:
    return f"< {view.formats.rate(0.0001, 2)}" if chance < 1e-4 else view.formats.rate(chance, 2)


def show_ledger(written: LedgerTexts, lines: pl.DataFrame, file_name: str) -> None:
    """The lines of one verdict, the latest first; all of them as a download."""
    view = written.view
    st.subheader(view.texts("reconcile.ledger"), anchor=False)
    order = sorted(VERDICTS, key=("differs", "not_verifiable", "agrees").index)
    verdict = url_choice.show(
        view.texts("reconcile.choose_verdict"), order, lambda one: view.texts(f"reconcile.verdict.{one}"), VERDICT
    )
    chosen = lines.filter(pl.col("verdict") == verdict).sort("period_start", "queue", descending=[True, False])
    shown = chosen.head(MOST_LINES)
    number = view.formats.number
    if shown.is_empty():
        st.markdown(view.texts("reconcile.ledger_empty"))
    else:
        st.caption(view.texts("reconcile.ledger_count", shown=number(shown.height), all=number(chosen.height)))
        rows = pl.DataFrame([ledger_row(written, row) for row in shown.iter_rows(named=True)])
        show_static(rows, view.texts("reconcile.ledger"), wide=True)
    show_download(lines, view.texts("reconcile.download"), file_name, "reconcile_download")


def ledger_row(written: LedgerTexts, row: dict[str, Any]) -> dict[str, str]:
    """One line as the reader sees it."""
    texts, formats = written.view.texts, written.view.formats
    return {
        texts("reconcile.column.period"): formats.period(row["period_start"], row["period_end"]),
        texts("column.queue"): written.scope(row["queue"]),
        texts("reconcile.reported"): written.value(row["reported"]),
        texts("reconcile.recomputed"): written.value(row["recomputed"]),
        texts("reconcile.column.difference"): written.difference(row["difference"]),
        texts("reconcile.column.causes"): written.causes(row),
        texts("reconcile.column.explained"): written.definition(row["explained_by"]),
        texts("reconcile.column.note"): written.note(row),
        texts("reconcile.column.status"): texts(f"reconcile.status.{row['status']}"),
        texts("reconcile.column.cell"): row["cell_ref"] or "",
    }


def show_measures(view: View, ledger: pl.DataFrame) -> None:
    """Every reported measure of the vendor: how many figures agree, differ, can't be verified."""
    st.subheader(view.texts("reconcile.by_measure"), anchor=False)
    rows = []
    for (metric,), some in ledger.group_by(["metric"], maintain_order=True):
        measure = MEASURES.get(str(metric))
        name = measure.name(view.language) if measure else some["label_as_printed"].drop_nulls().head(1).to_list()[0]
        counts = {verdict: some.filter(pl.col("verdict") == verdict).height for verdict in VERDICTS}
        rows.append(
            {
                view.texts("column.measure"): name,
                view.texts("reconcile.column.lines"): view.formats.number(some.height),
                **{view.texts(f"reconcile.column.{one}"): view.formats.number(counts[one]) for one in VERDICTS},
            }
        )
    show_static(pl.DataFrame(rows), view.texts("reconcile.by_measure"))
