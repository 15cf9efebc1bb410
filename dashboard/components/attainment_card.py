"""The clauses in words, and month by month whether each was met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard.charts.attainment_calendar import NOT_JUDGED, SHAPES, attainment_calendar
from dashboard.components.breach_links import Link, Links
from dashboard.components.clause_words import ClauseWords, credit_sentences, relief_sentence
from dashboard.components.tables import show_static
from dashboard.escape import md_escape
from dashboard.formats import Formats
from dashboard.view import View
from pipelines.measures.agreement.attainment import STATES
from pipelines.measures.clauses import EVERY_QUEUE
from pipelines.workspace.terms import Terms

#: Periods of each clause that the calendar shows.
MOST_PERIODS = 13
#: Shapes of the calendar, as a person reads them in the legend and in the table.
MARKS = {
    "met": "●", "missed": "■", "excused": "◆", "gap": "✚", "too_little": "▲", "running": "–", "partial": "–",
    "no_demand": "–", "not_known": "–",
}  # fmt: skip


def show_clauses(view: View, clauses: Sequence[ClauseWords], terms: Terms | None, formats: Formats) -> None:
    """The clauses in force and what a miss costs."""
    st.subheader(view.texts("money.clauses"), anchor=False)
    for one in clauses:
        st.markdown(f"- {one.sentence()}  \n  {view.texts('money.counted_as', definition=md_escape(one.definition()))}")
    if terms is None:
        return
    rules = credit_sentences(view, formats, terms.credits)
    st.markdown(f"**{view.texts('money.what_a_miss_costs')}** " + (" ".join(rules) or view.texts("money.no_rules")))
    relief = relief_sentence(view, terms)
    if relief is not None:
        st.markdown(relief)


def show_calendar(view: View, clauses: Sequence[ClauseWords], attained: pl.DataFrame, links: Links) -> None:
    """Every clause by period, as shapes and as a table; a figure leads to its breaches."""
    st.subheader(view.texts("money.calendar"), anchor=False)
    names = {(one.bound.clause.id, one.bound.terms_id): one for one in clauses}
    told = [
        (names[row["clause_id"], row["terms_id"]], row)
        for row in _last_periods(attained).iter_rows(named=True)
        if (row["clause_id"], row["terms_id"]) in names
    ]
    if not told:
        st.markdown(view.texts("money.nothing_judged"))
        return
    ways = [_way(links, row) for _, row in told]
    drawn = pl.DataFrame([_drawn(words, row) for words, row in told])
    drawn = drawn.with_columns(href=pl.Series(links.column(ways), dtype=pl.String))
    st.altair_chart(
        attainment_calendar(drawn, view.formats, view.palette),
        width="stretch",
        alt=view.texts("money.calendar_alt"),
        key="attainment_calendar",
    )
    st.caption(_legend(view))
    with st.expander(view.texts("money.calendar_table")):
        rows = pl.DataFrame([_table_row(words, row) for words, row in reversed(told)])
        value = {view.texts("money.column.value"): ways[::-1]}
        show_static(rows, view.texts("money.calendar_table"), wide=True, links=value)


def _way(links: Links, row: dict[str, Any]) -> Link:
    queue = None if row["queue"] == EVERY_QUEUE else row["queue"]
    return links.to(row["vendor"], row["metric"], queue=queue, days=(row["period_start"], row["period_end"]))


def _last_periods(attained: pl.DataFrame) -> pl.DataFrame:
    newest = attained["period_start"].unique().sort().tail(MOST_PERIODS)
    return attained.filter(pl.col("period_start").is_in(newest.implode())).sort("period_start")


def _legend(view: View) -> str:
    parts = [f"{MARKS[state]} {view.texts(f'money.state.{state}')}" for state in SHAPES]
    return " · ".join([*parts, f"– {view.texts('money.state.not_judged')}"])


def _drawn(words: ClauseWords, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "row": words.name,
        "month": row["period_start"],
        "label": words.formats.month(row["period_start"], row["period_end"], short=True),
        "state": row["state"],
        "text": words.short_value(row["value"]),
        "details": details(words, row),
    }


def details(words: ClauseWords, row: dict[str, Any]) -> str:
    """One period of one clause in a line."""
    texts, formats = words.view.texts, words.formats
    said = texts(
        "money.period_line", period=formats.month(row["period_start"], row["period_end"]),
        state=texts(f"money.state.{row['state']}"), value=words.value(row["value"]),
        target=words.value(row["target"]), n=formats.number(row["contacts"]),
    )  # fmt: skip
    if row["excused_by"]:
        said += " " + texts("money.with_relief", value=words.value(row["relief_value"]))
    return said


def _table_row(words: ClauseWords, row: dict[str, Any]) -> dict[str, str]:
    texts, formats = words.view.texts, words.formats
    state = texts(f"money.state.{row['state']}")
    reasons = ", ".join(texts(f"money.excuse.{reason}") for reason in row["excused_by"])
    return {
        texts("money.column.period"): formats.month(row["period_start"], row["period_end"]),
        texts("money.column.clause"): words.name,
        texts("money.column.state"): f"{MARKS[row['state']]} {state}",
        texts("money.column.value"): words.value(row["value"]),
        texts("money.column.target"): words.value(row["target"]),
        texts("money.column.relief"): words.value(row["relief_value"]) if reasons else "",
        texts("money.column.excused"): f"{formats.number(row['excused_contacts'])} ({reasons})" if reasons else "",
        texts("money.column.n"): formats.number(row["contacts"]),
        texts("money.column.present"): formats.rate(row["data_share"], 1),
        texts("money.column.sure"): "" if row["sure"] or row["state"] in NOT_JUDGED else texts("money.not_sure"),
    }


assert set(MARKS) == set(STATES)
