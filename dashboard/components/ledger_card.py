"""The ledger line by line, what would explain it, and how every measure of a vendor stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import journal_entry, ledger_line, url_choice
from dashboard.components.breach_links import Links
from dashboard.components.ledger_texts import LedgerTexts, figure_name, variant_words
from dashboard.components.tables import show_download, show_static
from dashboard.escape import md_escape
from dashboard.formats import Formats
from dashboard.models import Published
from dashboard.view import View
from pipelines.answers.reconcile import ABOUT_EXPLANATION, explanation_id
from pipelines.measures.definition_search import Explanation
from pipelines.measures.ledger.bounds import Possible
from pipelines.measures.reconcile import VERDICTS

#: Lines that a page shows; the download has them all.
MOST_LINES = 40
VERDICT, LINE = "rverdict", "rline"
_LINE_CHOICE = "ledger_line_choice"


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


def show_possible(written: LedgerTexts, found: Possible) -> None:
    """What counts alone leave possible, and what they rule out."""
    texts, number = written.view.texts, written.view.formats.number
    words = ", ".join(md_escape(variant_words(written.view, name)) for name in found.possible)
    key = "reconcile.possible" if found.possible else "reconcile.possible_none"
    st.markdown(texts(key, lines=number(found.lines), possible=words))
    if found.ruled_out:
        ruled = ", ".join(
            f"{md_escape(variant_words(written.view, name))} ({number(count)})"
            for name, count in found.ruled_out.items()
        )
        st.caption(texts("reconcile.ruled_out", ruled_out=ruled))


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


def show_explanations(
    written: LedgerTexts, published: Published, vendor: str, found: Sequence[tuple[str, Explanation]]
) -> None:
    """Which definition fits, how well, what fits as well, how often chance would, and what people say of it.

    ``found``: granularity and explanation of each stretch.
    """
    view = written.view
    st.subheader(view.texts("reconcile.explains"), anchor=False)
    rows = _told_columns(pl.DataFrame([_explanation_row(written, one) for _, one in found]))
    show_static(rows, view.texts("reconcile.explains"), wide=True)
    tried = max(one.tried for _, one in found)
    st.caption(view.texts("reconcile.search_note", tried=view.formats.number(tried)))
    said: set[str] = set()
    for granularity, one in found:
        about = explanation_id(vendor, written.metric, granularity, one.definition)
        if one.established and not (one.is_terms and not one.truncated) and about not in said:
            said.add(about)
            words = md_escape(written.definition(one.definition))
            with st.expander(view.texts("reconcile.say_of_all", words=words), type="compact", key=f"said_{about}"):
                st.caption(view.texts("reconcile.say_of_all_note"))
                journal_entry.show(view, published, ABOUT_EXPLANATION, about)


def _told_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` without the columns in which nothing stands."""
    return rows.select(one for one in rows if (one != "").any())


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


def show_ledger(written: LedgerTexts, lines: pl.DataFrame, file_name: str) -> dict[str, Any] | None:
    """The lines of one verdict, the latest first, all of them as a download; returns the line that is opened."""
    view = written.view
    st.subheader(view.texts("reconcile.ledger"), anchor=False)
    asked = st.query_params.get(LINE)
    order = _verdicts_first(lines, asked)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        verdict = url_choice.show(
            view.texts("reconcile.choose_verdict"), order, lambda one: view.texts(f"reconcile.verdict.{one}"), VERDICT
        )
        show_download(lines, view.texts("reconcile.download"), file_name, "reconcile_download")
    chosen = lines.filter(pl.col("verdict") == verdict).sort("period_start", "queue", descending=[True, False])
    if chosen.is_empty():
        st.markdown(view.texts("reconcile.ledger_empty"))
        return None
    shown = chosen.head(MOST_LINES)
    number = view.formats.number
    st.caption(view.texts("reconcile.ledger_count", shown=number(shown.height), all=number(chosen.height)))
    rows = _told_columns(pl.DataFrame([ledger_row(written, row) for row in shown.iter_rows(named=True)]))
    ids = chosen["row_id"].to_list()
    st.dataframe(
        rows.to_pandas(),
        hide_index=True,
        alt=view.texts("reconcile.ledger"),
        key="ledger_table",
        on_select=lambda: _open_selected(ids),
        selection_mode="single-row",
        height=min(38 + 35 * rows.height, 460),
        column_config=_columns(view),
    )
    return _choose_line(written, chosen, asked)


def _verdicts_first(lines: pl.DataFrame, asked: str | None) -> list[str]:
    """The verdicts that a choice offers: that of the line that is asked for first, then those that ask for action."""
    order = [one for one in ("differs", "not_verifiable", "agrees") if (lines["verdict"] == one).any()]
    found = lines.filter(pl.col("row_id") == asked)["verdict"].to_list() if asked else []
    return [*found, *(one for one in order if one not in found)] or list(VERDICTS)


def _columns(view: View) -> dict[str, Any]:
    wide = {"causes": "medium", "explained": "medium", "cell": "medium", "note": "medium"}
    return {view.texts(f"reconcile.column.{name}"): st.column_config.TextColumn(width=width)
            for name, width in wide.items()} | {
        view.texts("reconcile.column.period"): st.column_config.TextColumn(pinned=True)
    }  # fmt: skip


def _open_selected(ids: list[str]) -> None:
    """A click on a row chooses the same line in the list beside it."""
    selected = st.session_state["ledger_table"]["selection"]["rows"]
    if selected and selected[0] < len(ids):
        st.session_state[_LINE_CHOICE] = st.query_params[LINE] = ids[selected[0]]


def _choose_line(written: LedgerTexts, chosen: pl.DataFrame, asked: str | None) -> dict[str, Any] | None:
    """The line that is opened: chosen here, by a click on its row, or by the URL."""
    view = written.view
    known = {row["row_id"]: row for row in chosen.iter_rows(named=True)}
    if st.session_state.get(_LINE_CHOICE) not in known:
        st.session_state[_LINE_CHOICE] = asked if asked in known else None

    def remember() -> None:
        st.query_params[LINE] = st.session_state[_LINE_CHOICE] or ""

    def name_of(row_id: str) -> str:
        row = known[row_id]
        period = view.formats.period(row["period_start"], row["period_end"])
        said = view.texts("reconcile.line.name", reported=written.value(row["reported"]), period=period)
        return f"{written.scope(row['queue'])}, {said}"

    row_id = st.selectbox(
        view.texts("reconcile.line.open"), list(known), index=None, format_func=name_of, key=_LINE_CHOICE,
        placeholder=view.texts("reconcile.line.open_hint"), on_change=remember,
    )  # fmt: skip
    return known.get(row_id or "")


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
        texts("reconcile.column.money"): _money(written, row),
        texts("reconcile.column.status"): journal_entry.status_words(written.view, row["status"]),
        texts("reconcile.column.cell"): ledger_line.printed_at(written.view, row),
    }


def _money(written: LedgerTexts, row: dict[str, Any]) -> str:
    """What the difference is worth under the terms; nothing where the line settles nothing by itself."""
    amount = row.get("money")
    formats = Formats(written.view.language, row.get("currency") or written.view.formats.currency)
    return "" if amount is None else formats.money(float(amount))


def show_worth(written: LedgerTexts, worth: pl.DataFrame) -> None:
    """Settled periods in which the vendor's figure moves money, the latest first; whether there are others."""
    if worth.is_empty():
        return
    texts, formats = written.view.texts, written.view.formats
    st.subheader(texts("reconcile.worth"), anchor=False)
    moved = worth.filter(pl.col("money") != 0).sort("period_start", "clause", descending=[True, False])
    st.caption(texts("reconcile.worth_note", moved=formats.number(moved.height), all=formats.number(worth.height)))
    if moved.is_empty():
        return
    rows = [
        {
            texts("reconcile.column.period"): formats.period(row["period_start"], row["period_end"]),
            texts("reconcile.column.clause"): row["clause"],
            texts("reconcile.reported"): written.value(row["reported"]),
            texts("reconcile.recomputed"): written.value(row["recomputed"]),
            texts("reconcile.column.money"): _money(written, row),
        }
        for row in moved.head(MOST_LINES).iter_rows(named=True)
    ]
    show_static(pl.DataFrame(rows), texts("reconcile.worth"))


def show_measures(view: View, links: Links, vendor: str, ledger: pl.DataFrame) -> None:
    """Every reported measure of the vendor: how many figures agree, differ, can't be verified."""
    st.subheader(view.texts("reconcile.by_measure"), anchor=False)
    rows, ways = [], []
    for (metric,), some in ledger.group_by(["metric"], maintain_order=True):
        printed = next(iter(some["label_as_printed"].drop_nulls()), None)
        counts = {verdict: some.filter(pl.col("verdict") == verdict).height for verdict in VERDICTS}
        ways.append(links.to(vendor, str(metric)))
        rows.append(
            {
                view.texts("column.measure"): figure_name(view, str(metric), printed),
                view.texts("reconcile.column.lines"): view.formats.number(some.height),
                **{view.texts(f"reconcile.column.{one}"): view.formats.number(counts[one]) for one in VERDICTS},
            }
        )
    named = {view.texts("reconcile.column.lines"): ways}
    show_static(pl.DataFrame(rows), view.texts("reconcile.by_measure"), links=named)
