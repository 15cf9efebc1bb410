"""The findings, the gravest and dearest first, with filters that live in the URL; one can be opened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import finding_words, url_choice
from dashboard.components.journal_entry import status_words
from dashboard.components.tables import show_download
from dashboard.formats import monday_of
from dashboard.models import Published
from dashboard.view import View
from pipelines.trust.findings import SEVERITIES, STATUSES, filtered, in_order

FINDING = "finding"
KIND, SEVERITY, STATUS, PERIOD = "fkind", "fsev", "fstate", "fwhen"
EVERY = "all"
_WEEKS = {"4w": 4, "13w": 13}
_ROW = 35


def show(view: View, published: Published, findings: pl.DataFrame) -> dict[str, Any] | None:
    """The list of those of ``findings`` that the filters leave; returns the one that is open, if any."""
    texts, number = view.texts, view.formats.number
    present = findings.filter(pl.col("closed_at").is_null())
    with st.container(border=True, key="findings"):
        st.subheader(texts("data_trust.findings"), anchor="findings")
        shown = in_order(_chosen(view, published, present))
        with st.container(horizontal=True, vertical_alignment="center"):
            counts = {level: shown.filter(pl.col("severity") == level).height for level in SEVERITIES}
            st.caption(
                texts("data_trust.count", shown=number(shown.height), all=number(present.height),
                      **{level: number(count) for level, count in counts.items()}), width="stretch",
            )  # fmt: skip
            show_download(_download(shown), texts("data_trust.download"), "findings.csv", "findings_csv")
        if shown.is_empty():
            st.markdown(texts("data_trust.none"))
        else:
            _table(view, published, shown)
        return _opened(view, published, shown, findings)


def _chosen(view: View, published: Published, present: pl.DataFrame) -> pl.DataFrame:
    """What severity, kind, status and period leave."""
    texts = view.texts
    kinds = sorted(present["kind"].unique().to_list(), key=lambda kind: finding_words.kind_words(view, kind))
    with st.grid(4, min_column_width=170, gap="small"):
        severity = url_choice.show(
            texts("data_trust.severity"), list(SEVERITIES), lambda one: texts(f"data_trust.at_least_{one}"), SEVERITY
        )
        kind = url_choice.show(
            texts("data_trust.kind"), [EVERY, *kinds],
            lambda one: texts("data_trust.every_kind") if one == EVERY else finding_words.kind_words(view, one), KIND,
        )  # fmt: skip
        status = url_choice.show(
            texts("column.status"), [EVERY, *STATUSES],
            lambda one: texts("data_trust.every_status") if one == EVERY else status_words(view, one), STATUS,
        )  # fmt: skip
        period = url_choice.show(
            texts("data_trust.period"), [EVERY, *_WEEKS, *_asked_week(), *_months(present)],
            lambda one: _period_words(view, one), PERIOD,
        )  # fmt: skip
    return filtered(
        present, kind=None if kind == EVERY else kind, severity=severity, status=None if status == EVERY else status,
        period=_span(published, period),
    )  # fmt: skip


def _asked_week() -> list[str]:
    """One ISO week, where a link asks for it."""
    asked = st.query_params.get(PERIOD, "")
    return [asked] if monday_of(asked) else []


def _months(present: pl.DataFrame) -> list[str]:
    days = pl.concat([present["period_start"], present["period_end"]]).drop_nulls()
    return days.dt.strftime("%Y-%m").unique().sort(descending=True).to_list()


def _period_words(view: View, period: str) -> str:
    if period == EVERY:
        return view.texts("data_trust.every_period")
    if period in _WEEKS:
        return view.texts("data_trust.last_weeks", n=_WEEKS[period])
    if monday_of(period):
        return view.texts("data_trust.one_week", week=period)
    year, month = period.split("-")
    return f"{month}/{year}"


def _span(published: Published, period: str) -> tuple[date, date] | None:
    if period == EVERY:
        return None
    if period in _WEEKS:
        last = published.data_until or date.max
        return last - timedelta(weeks=_WEEKS[period]), last
    if monday := monday_of(period):
        return monday, monday + timedelta(days=6)
    first = date(int(period[:4]), int(period[5:]), 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _table(view: View, published: Published, shown: pl.DataFrame) -> None:
    texts = view.texts
    ids = shown["finding_id"].to_list()

    def open_selected() -> None:
        selected = st.session_state["findings_table"]["selection"]["rows"]
        if selected and selected[0] < len(ids):
            url_choice.choose(FINDING, ids[selected[0]])

    rows = [
        {
            texts("data_trust.severity"): finding_words.severity_words(view, row["severity"]),
            texts("column.vendor"): finding_words.vendor_words(published, row["vendor"]),
            texts("data_trust.to_explain"): finding_words.sentence_of(view, row),
            texts("column.period"): view.formats.period(row["period_start"], row["period_end"]),
            texts("data_trust.money"): row["money"] or "",
            texts("column.status"): status_words(view, row["status"]),
        }
        for row in shown.iter_rows(named=True)
    ]
    table = pl.DataFrame(rows)
    if not any(row["money"] for row in shown.iter_rows(named=True)):
        table = table.drop(texts("data_trust.money"))
    st.dataframe(
        table.to_pandas(),
        hide_index=True,
        alt=texts("data_trust.findings_alt"),
        key="findings_table",
        on_select=open_selected,
        selection_mode="single-row",
        height=min(38 + _ROW * shown.height, 430),
        column_config={
            texts("data_trust.severity"): st.column_config.TextColumn(width=110),
            texts("column.vendor"): st.column_config.TextColumn(width=130),
            texts("data_trust.to_explain"): st.column_config.TextColumn(width=620),
            texts("column.period"): st.column_config.TextColumn(width=180),
        },
    )


def _opened(view: View, published: Published, shown: pl.DataFrame, findings: pl.DataFrame) -> dict[str, Any] | None:
    """The one that is chosen by a row, by the list of names, or by a link; a link opens what filters hide, too."""
    asked = st.query_params.get(FINDING)
    known = {row["finding_id"]: row for row in findings.iter_rows(named=True)}
    ids = ["", *shown["finding_id"].to_list()]
    if asked in known and asked not in ids:
        ids.append(asked)
    if asked and asked not in known:
        st.info(view.texts("data_trust.unknown"))
    chosen = url_choice.show(
        view.texts("data_trust.open"), ids,
        lambda one: finding_words.label(view, published, known[one]) if one else view.texts("data_trust.open_hint"),
        FINDING,
    )  # fmt: skip
    return known.get(chosen)


def _download(shown: pl.DataFrame) -> pl.DataFrame:
    names = (
        "finding_id", "kind", "severity", "vendor", "feed", "site", "queue", "metric", "period_start", "period_end",
        "expected", "observed", "money", "sentence", "sentence_fr", "status", "status_by", "status_at", "comment",
        "first_seen_at",
    )  # fmt: skip
    return shown.select(names)
