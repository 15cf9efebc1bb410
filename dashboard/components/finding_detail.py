"""One finding opened: what was expected, what came, why it is told, the rows behind it, what people said, a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, navigation, past
from dashboard.components import breach_links, finding_words, journal_entry
from dashboard.components.breach_links import OF_FEED, Links
from dashboard.components.delivery_list import FILE, file_label
from dashboard.components.journal_entry import status_words
from dashboard.components.tables import show_download, show_static
from dashboard.escape import md_escape
from dashboard.models import Published
from dashboard.view import View
from pipelines.answers.data_trust import Behind, fact_words, reasons_of
from pipelines.measures.catalogue import MEASURES
from pipelines.wording import Speech
from pipelines.wording.vendor_message import vendor_message

#: Rows of one kind that a page shows; the download has them all.
MOST_ROWS = 60
#: What the journal calls a finding.
ABOUT = "finding"


def show(view: View, published: Published, finding: dict[str, Any], findings: pl.DataFrame) -> None:
    """``finding``: one row of ``findings`` (``data.findings``)."""
    texts = view.texts
    with st.container(border=True, key="finding"):
        st.subheader(md_escape(finding_words.sentence_of(view, finding)), anchor="finding")
        st.caption(_facts(view, published, finding))
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _expected(view, finding)
            _reasons(view, finding)
        with right:
            journal_entry.show(view, published, ABOUT, finding["finding_id"])
        _show_breaches(view, published, finding)
        _behind(view, published, finding, data.behind(published.version, finding["finding_id"]))
        with st.expander(texts("data_trust.message"), type="compact"):
            _message(view, published, finding, findings)


def _show_breaches(view: View, published: Published, finding: dict[str, Any]) -> None:
    """The way to the contacts of the days that the finding is about."""
    if finding["vendor"] is None or not published.weeks:
        return
    first, last = finding["period_start"], finding["period_end"]
    link = Links.of(view, published).to(
        finding["vendor"], finding["metric"] or OF_FEED.get(finding["feed"] or ""), queue=finding["queue"],
        site=finding["site"], days=(first, last or first) if first else None,
    )  # fmt: skip
    breach_links.show(view, link)


def _facts(view: View, published: Published, finding: dict[str, Any]) -> str:
    texts = view.texts
    facts = [
        finding_words.severity_words(view, finding["severity"]),
        finding_words.kind_words(view, finding["kind"]),
        finding_words.vendor_words(published, finding["vendor"]),
        texts.known("feed", finding["feed"]) if finding["feed"] else "",
        finding_words.queue_words(published, finding["queue"]),
        view.formats.period(finding["period_start"], finding["period_end"]),
        texts("data_trust.first_seen", when=view.formats.instant(finding["first_seen_at"], published.zone)),
        status_words(view, finding["status"]),
    ]
    if finding["closed_at"] is not None:
        facts.append(texts("data_trust.closed", when=view.formats.instant(finding["closed_at"], published.zone)))
    return " · ".join(md_escape(fact) for fact in facts if fact)


def _expected(view: View, finding: dict[str, Any]) -> None:
    texts = view.texts
    facts = [
        (texts("column.expected"), fact_words(finding["expected"], view.language)),
        (texts("data_trust.observed"), fact_words(finding["observed"], view.language)),
        (texts("data_trust.money"), finding["money"]),
    ]
    known = [fact for fact in facts if fact[1]]
    if known:
        schema = [texts("figure.fact"), texts("column.value")]
        show_static(pl.DataFrame(known, schema=schema, orient="row"), texts("data_trust.expected_alt"))


def _reasons(view: View, finding: dict[str, Any]) -> None:
    because, innocent = reasons_of(finding, view.language)
    if because:
        st.markdown(f"**{view.texts('data_trust.because')}**")
        st.markdown("\n".join(f"- {md_escape(one)}" for one in because))
    if innocent:
        st.markdown(f"**{view.texts('data_trust.innocent')}**")
        st.markdown("\n".join(f"- {md_escape(one)}" for one in innocent))


def _behind(view: View, published: Published, finding: dict[str, Any], behind: Behind) -> None:
    texts = view.texts
    st.markdown(f"##### {texts('data_trust.behind')}", anchors=False)
    files = data.deliveries(published.version).filter(pl.col("delivery_id").is_in(behind.delivery_ids))
    for row in files.head(8).iter_rows(named=True):
        label = texts("pair", label=row["file_name"], text=texts.known("status", row["status"]))
        st.page_link(navigation.DELIVERIES, label=md_escape(label), query_params=past.kept({FILE: file_label(row)}))
    if files.height > 8:
        st.caption(texts("data_trust.more_files", n=view.formats.number(files.height - 8)))
    if not behind.rows and files.is_empty():
        st.markdown(texts("data_trust.nothing_behind"))
    with st.grid(2, min_column_width=460, gap="small"):
        for name, rows in behind.rows.items():
            with st.container():
                _rows(view, published, name, rows, finding["finding_id"])


def _rows(view: View, published: Published, name: str, rows: pl.DataFrame, finding_id: str) -> None:
    texts, number = view.texts, view.formats.number
    st.caption(
        texts("pair", label=texts(f"data_trust.rows.{name}"),
              text=texts("data_trust.of_rows", shown=number(min(rows.height, MOST_ROWS)), all=number(rows.height)))
    )  # fmt: skip
    shown = written_rows(view, published, rows.head(MOST_ROWS))
    with st.container(height=min(60 + 37 * shown.height, 340), border=False, key=f"behind_{name}"):
        show_static(shown, texts(f"data_trust.rows.{name}"), wide=True)
    show_download(rows, texts("deliveries.download_rows"), f"{finding_id}-{name}.csv", f"behind_{name}_csv")


def written_rows(view: View, published: Published, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as the reader writes days, numbers and names."""
    formats = view.formats
    special: dict[str, Callable[[Any], str]] = {
        "queue": lambda one: finding_words.queue_words(published, one),
        "metric": lambda one: MEASURES[one].name(view.language) if one in MEASURES else one.replace("_", " "),
        "punctuality": lambda one: view.texts(f"punctuality.{one}"),
        "share": lambda one: formats.rate(one, 1),
        "excused_by": lambda one: ", ".join(view.texts.known("money.excuse", part) for part in one.split(", ")),
        "unit": lambda one: view.texts.known("money.unit", one),
    }

    def write(name: str, dtype: pl.DataType, value: Any) -> str:
        if value is None:
            return ""
        if name in special:
            return special[name](value)
        if dtype == pl.Date:
            return formats.day(value)
        if isinstance(dtype, pl.Datetime):
            return formats.instant(value, published.zone)
        if dtype.is_decimal():
            return formats.number(float(value), 2)
        if dtype.is_float():
            return formats.number(value, 0 if float(value).is_integer() else 3)
        return formats.number(value) if dtype.is_integer() and name not in ("source_row", "line") else str(value)

    written = {
        view.texts.known("column", name): [write(name, rows.schema[name], value) for value in rows[name]]
        for name in rows.columns
    }
    return pl.DataFrame(written)


def _message(view: View, published: Published, finding: dict[str, Any], findings: pl.DataFrame) -> None:
    """A message to the vendor about this finding, or about all of its open ones, in the vendor's language."""
    texts = view.texts
    name = finding_words.vendor_words(published, finding["vendor"])
    left, right = st.columns(2)
    language = left.segmented_control(
        texts("data_trust.message_language"), ["EN", "FR"], default=view.language.upper(), required=True,
        key="message_language",
    )  # fmt: skip
    everything = right.toggle(texts("data_trust.message_all"), key="message_all")
    told = [finding]
    if everything:
        of_vendor = findings.filter(
            (pl.col("vendor") == finding["vendor"]) & pl.col("closed_at").is_null() & (pl.col("status") == "open")
        )
        told = of_vendor.sort("period_start", "finding_id").to_dicts()
    speech = Speech.of("fr" if language == "FR" else "en", published.currency)
    message = vendor_message(speech, name, [{**one, "evidence": finding_words.evidence_of(one)} for one in told])
    st.caption(texts("data_trust.message_note"))
    st.code(message.text, language=None, wrap_lines=True)
    st.download_button(
        texts("data_trust.message_download"), message.text.encode(), f"message-{finding['vendor']}.txt", "text/plain",
        key="message_txt", on_click="ignore",
    )  # fmt: skip
