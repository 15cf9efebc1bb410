"""The parts of the page that explains one figure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import navigation, past
from dashboard.charts.weekly_line import weekly_line
from dashboard.components import finding_list, finding_words
from dashboard.components.breach_links import Links
from dashboard.components.delivery_list import FILE, file_label
from dashboard.components.tables import show_static
from dashboard.escape import md_escape, visible
from dashboard.formats import iso_week
from dashboard.models import Published
from dashboard.view import View
from dashboard.written import Written, target_words, verdict_mark, verdict_words
from pipelines.wording import sentences

#: Findings that the page names; the page of findings has them all.
MOST_FINDINGS = 6


def show_value(written: Written, row: dict[str, Any]) -> None:
    """Value, numerator over denominator, n, interval, and how far the data can be trusted."""
    texts, formats = written.view.texts, written.view.formats
    value = written.value(row["value"] if written.shown(row) else None)
    st.markdown(f"## {value}", anchors=False)
    facts = [
        (texts("column.n"), formats.number(row["n"])),
        (texts("column.interval"), written.interval(row["low"], row["high"])),
        (texts("column.numerator"), written.part(row["numerator"])),
        (texts("column.denominator"), written.part(row["denominator"])),
        (texts("column.definition"), row["definition_id"] or "–"),
    ]
    show_static(
        pl.DataFrame(facts, schema=[texts("figure.fact"), texts("column.value")], orient="row"), texts("figure.how")
    )
    st.markdown(_trust(written, row))


def _trust(written: Written, row: dict[str, Any]) -> str:
    texts = written.view.texts
    share = row["data_share"]
    if share is None or share >= 1:
        return texts("figure.complete" if share is not None else "figure.share_unknown")
    written_share = written.view.formats.rate(share, 0)
    if row["worst_case"] is None or row["best_case"] is None:
        return texts("figure.share_only", share=written_share)
    worst, best = written.value(row["worst_case"]), written.value(row["best_case"])
    return texts("figure.worst_best", share=written_share, worst=worst, best=best)


def show_comparison(written: Written, vendor: str, row: dict[str, Any], fair: dict[str, Any] | None) -> None:
    """Like for like in a sentence (``fair``: a row of ``compare.COMPARED``); then last week, last year, in-house
    and target, each with its value and verdict."""
    texts, number = written.view.texts, written.view.formats.number
    if fair is not None:
        weeks = texts("figure.over_weeks", weeks=number(row["gap_weeks"]), n=number(fair["n"]))
        st.markdown(f"{sentences.comparison_sentences(written, vendor, fair)} :small[:gray[{weeks}]]")
    against = [
        (texts("column.previous"), written.value(row["previous"]), ""),
        (texts("column.last_year"), written.value(row["last_year"]), ""),
        (texts("column.baseline"), written.value(row["baseline_value"]), _in_house(written, row)),
        (texts("column.target"), written.value(row["target"]), target_words(written.view, row)),
    ]
    names = [texts("figure.against"), texts("column.value"), texts("figure.says")]
    show_static(pl.DataFrame(against, schema=names, orient="row"), texts("figure.compared"))


def _in_house(written: Written, row: dict[str, Any]) -> str:
    """What the in-house figure of this week says: the gap as it stands, which the contacts may explain."""
    if row["value"] is None or row["baseline_value"] is None or row["verdict"] == "is_baseline":
        return f"{verdict_mark(row)} {verdict_words(written.view, row)}".strip()
    gap = written.difference(row["value"] - row["baseline_value"])
    return written.view.texts("figure.as_it_stands", gap=gap)


def show_history(
    written: Written, links: Links, row: dict[str, Any], baseline: list[float | None], weeks: list[date]
) -> None:
    """Thirteen weeks as a line, and the same as a table."""
    view, published = written.view, links.published
    vendor, metric = row["vendor"], written.measure.id
    ways = [links.to(vendor, metric, days=(week, week + timedelta(days=6))) for week in weeks]
    points = pl.DataFrame(
        {
            "week": weeks,
            "label": [iso_week(week)[5:] for week in weeks],
            "value": row["history"],
            "baseline": baseline,
            "target": [row["target"]] * len(weeks),
            "text": [written.value(value) for value in row["history"]],
            "href": links.column(ways),
        },
        schema_overrides={"value": pl.Float64, "baseline": pl.Float64, "target": pl.Float64},
    )
    name = visible(published.vendor_name(row["vendor"]))
    st.altair_chart(
        weekly_line(points, written.measure.unit, written.unit, view.formats, view.palette),
        key="history",
        alt=view.texts("figure.history_alt", measure=written.name, vendor=name, week=iso_week(weeks[-1])),
    )
    st.caption(view.texts("figure.history_legend"))
    with st.expander(view.texts("measures.table"), type="compact"):
        columns = {
            view.texts("column.week"): [iso_week(week) for week in weeks],
            view.texts("column.value"): points["text"],
            view.texts("column.baseline"): [written.value(value) for value in baseline],
            view.texts("column.target"): [written.value(row["target"])] * len(weeks),
        }
        show_static(pl.DataFrame(columns), view.texts("figure.history"), links={view.texts("column.value"): ways})


def show_days(view: View, links: Links, vendor: str, days: pl.DataFrame) -> None:
    """The days of the week with their contacts; a day without any says so."""
    texts, number = view.texts, view.formats.number
    rows = [
        {
            texts("column.day"): view.formats.day(row["local_date"]),
            texts("column.contacts"): number(row["contacts"]) if row["contacts"] else f"□ {texts('short.no_data')}",
            texts("column.intervals"): number(row["intervals"]),
        }
        for row in days.iter_rows(named=True)
    ]
    ways = [links.to(vendor, "offered", days=(day, day)) for day in days["local_date"]]
    show_static(pl.DataFrame(rows), texts("figure.days"), links={texts("column.contacts"): ways})


def show_files(view: View, published: Published, vendor: str, deliveries: pl.DataFrame) -> None:
    """Links to the files behind the week."""
    st.caption(view.texts("figure.files_note", vendor=md_escape(published.vendor_name(vendor))))
    if deliveries.is_empty():
        st.markdown(view.texts("state.no_deliveries_filter"))
    for row in deliveries.iter_rows(named=True):
        label = view.texts("pair", label=row["file_name"], text=view.texts.known("status", row["status"]))
        st.page_link(navigation.DELIVERIES, label=md_escape(label), query_params=past.kept({FILE: file_label(row)}))


def show_findings(view: View, published: Published, found: pl.DataFrame, query: dict[str, str | list[str]]) -> None:
    """What is to be explained about the vendor's days of the week, each with a link to its evidence."""
    texts = view.texts
    if found.is_empty():
        st.markdown(texts("data_trust.none_of_figure"))
    for row in found.head(MOST_FINDINGS).iter_rows(named=True):
        label = texts(
            "pair",
            label=finding_words.severity_words(view, row["severity"]),
            text=finding_words.sentence_of(view, row),
        )
        target: dict[str, str | list[str]] = {finding_list.FINDING: row["finding_id"]}
        st.page_link(navigation.DATA_TRUST, label=md_escape(label), query_params=past.kept(target))
    if found.height > MOST_FINDINGS:
        more = texts("data_trust.more_findings", n=view.formats.number(found.height))
        st.page_link(navigation.DATA_TRUST, label=more, query_params=query)
