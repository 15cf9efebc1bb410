"""The like-for-like comparison: every measure at a glance, then one measure with its sentences and its chart."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard.charts.gap_dots import gap_dots
from dashboard.components import labels
from dashboard.components.breach_links import Link, Links
from dashboard.components.tables import show_download, show_markdown, show_static
from dashboard.escape import md_escape, visible
from dashboard.formats import iso_week
from dashboard.models import Published
from dashboard.view import View
from dashboard.written import Written
from pipelines.answers.compare import METRICS, Compared
from pipelines.measures.catalogue import MEASURES
from pipelines.wording import sentences

#: Verdicts that say something about the vendor.
_TOLD = ("better", "worse", "higher", "lower", "equal")


def show_overview(view: View, links: Links, compared: Compared, rows: pl.DataFrame) -> None:
    """Vendor by measure: mark and gap. ``rows``: those of ``compared`` that are shown."""
    with st.container(border=True, gap="small", key="overview"):
        st.subheader(view.texts("compare.overview"), anchor="overview")
        show_markdown(overview(view, links, rows), view.texts("compare.overview"))
        st.caption(view.texts("compare.overview_legend", made=view.formats.number(compared.rows.height)))
        st.caption(view.texts("compare.not_matched"))
        name = f"compare-{iso_week(compared.week)}.csv"
        flat = rows.with_columns(pl.col("strata_used", "not_known").list.join(";"))
        show_download(flat, view.texts("compare.download"), name, "compare_csv")


def overview(view: View, links: Links, rows: pl.DataFrame) -> pl.DataFrame:
    """The table's Markdown: one row per measure, one column per vendor; a gap leads to the vendor's breaches."""
    found = {(row["vendor"], row["metric"]): row for row in rows.iter_rows(named=True)}
    vendors = [vendor for vendor in links.published.vendors if vendor.code in set(rows["vendor"])]
    metrics = [metric for metric in METRICS if metric in set(rows["metric"])]
    table: dict[str, list[str]] = {
        view.texts("column.measure"): [f"**{md_escape(MEASURES[metric].name(view.language))}**" for metric in metrics]
    }
    for vendor in vendors:
        cells = []
        for metric in metrics:
            row = found.get((vendor.code, metric))
            cell = _cell(Written(view, MEASURES[metric]), row)
            cells.append(cell if row is None else links.to(vendor.code, metric).around(cell))
        table[md_escape(vendor.name)] = cells
    return pl.DataFrame(table)


def _cell(written: Written, row: dict[str, Any] | None) -> str:
    if row is None:
        return f":gray[□ {written.view.texts('short.no_data')}]"
    verdict = row["verdict"]
    words = sentences.verdict_short(written.view, verdict)
    if verdict not in _TOLD or row["gap"] is None:
        return f":gray[{words}]"
    gap = written.difference(row["gap"])
    return f"{words} {gap}" if verdict == "equal" else f"**{words} {gap}**"


def show_measure(view: View, links: Links, compared: Compared, rows: pl.DataFrame, metric: str) -> None:
    """One measure: a sentence per vendor, the chart, the same as a table, and how it was found."""
    written, published = Written(view, MEASURES[metric]), links.published
    with st.container(border=True, gap="small", key="one_measure"):
        st.subheader(view.texts("compare.measure", measure=md_escape(written.name)), anchor="measure")
        if rows.is_empty():
            st.markdown(view.texts("measures.no_data"))
            return
        for row in rows.iter_rows(named=True):
            _sentence(written, published, row)
        _chart(written, links, rows)
        st.caption(view.texts("compare.legend"))
        with st.expander(view.texts("measures.table"), type="compact"):
            _table(written, links, rows)
        with st.expander(view.texts("compare.how"), type="compact"):
            _how(written, published, compared, rows)


def show_cards(view: View, links: Links, rows: pl.DataFrame, but: str) -> None:
    """A small chart for every measure ``but`` the one that is open already."""
    with st.grid(2, min_column_width=480, gap="small"):
        for metric in METRICS:
            found = rows.filter(pl.col("metric") == metric)
            if metric == but or found.is_empty():
                continue
            written = Written(view, MEASURES[metric])
            with st.container(border=True, gap="xsmall", key=f"compared_{metric}"):
                st.markdown(f"#### {md_escape(written.name)}", anchors=False)
                st.caption(written.direction)
                _chart(written, links, found)
                with st.expander(view.texts("measures.table"), type="compact", key=f"compared_table_{metric}"):
                    _table(written, links, found)


def _sentence(written: Written, published: Published, row: dict[str, Any]) -> None:
    badge, words = st.columns([1.5, 9], gap="small", vertical_alignment="center")
    colour = sentences.BADGES.get(row["verdict"], "gray")
    badge.badge(sentences.verdict_short(written.view, row["verdict"]), color=colour)  # type: ignore[arg-type]
    words.markdown(sentences.comparison_sentences(written, published.vendor_name(row["vendor"]), row))


def _ways(written: Written, links: Links, rows: pl.DataFrame) -> list[Link | None]:
    return [links.to(vendor, written.measure.id) for vendor in rows["vendor"]]


def _table(written: Written, links: Links, rows: pl.DataFrame) -> None:
    """The chart as a table."""
    value = {written.view.texts("column.value"): _ways(written, links, rows)}
    show_static(table(written, links.published, rows), written.name, wide=True, links=value)


def _chart(written: Written, links: Links, rows: pl.DataFrame) -> None:
    view = written.view
    ways = pl.Series(links.column(_ways(written, links, rows)), dtype=pl.String)
    data = chart_data(written, links.published, rows).with_columns(href=ways)
    unit = view.texts("points") if written.measure.unit == "share" else written.unit
    spoken = "; ".join(data["details"].to_list())
    st.altair_chart(
        gap_dots(data, written.measure.unit, view.texts("compare.axis", unit=unit), view.formats, view.palette),
        key=f"gaps_{written.measure.id}",
        alt=view.texts("compare.alt", measure=written.name, rows=spoken),
    )


def chart_data(written: Written, published: Published, rows: pl.DataFrame) -> pl.DataFrame:
    """What the chart draws: columns of ``charts.gap_dots``."""
    records = rows.to_dicts()
    texts = [
        f"{sentences.VERDICT_MARKS[row['verdict']]} {written.difference(row['gap'])}"
        if row["gap"] is not None and row["verdict"] != "not_comparable"
        else f"{sentences.VERDICT_MARKS[row['verdict']]}"
        for row in records
    ]
    told = pl.col("verdict") != "not_comparable"
    return rows.select(
        pl.Series("label", labels.short([published.vendor_name(row["vendor"]) for row in records]), dtype=pl.String),
        "crude",
        # A gap of contacts that have hardly a counterpart is not drawn as if it were one.
        *(pl.when(told).then(pl.col(name)).alias(new) for name, new in _DRAWN.items()),
        sure=pl.col("verdict").is_in(_TOLD),
        text=pl.Series(texts, dtype=pl.String),
        under=pl.Series([written.view.texts(f"fair.short.{row['verdict']}") for row in records], dtype=pl.String),
        details=pl.Series([_details(written, published, row) for row in records], dtype=pl.String),
    )


_DESIGN = ("design_effect", "baseline_design_effect")
_DRAWN = {"gap": "gap", "gap_low": "low", "gap_high": "high"}


def _details(written: Written, published: Published, row: dict[str, Any]) -> str:
    view = written.view
    return view.texts(
        "compare.details",
        vendor=visible(published.vendor_name(row["vendor"])),
        gap=written.difference(row["gap"]),
        interval=written.gap_interval(row["gap_low"], row["gap_high"]),
        crude=written.difference(row["crude"]),
        verdict=view.texts(f"fair.short.{row['verdict']}"),
        n=view.formats.number(row["n"]),
        baseline_n=view.formats.number(row["baseline_n"]),
    )


def table(written: Written, published: Published, rows: pl.DataFrame) -> pl.DataFrame:
    """One row per vendor: both values, the gap and its parts, the verdict."""
    texts, formats = written.view.texts, written.view.formats
    return pl.DataFrame(
        [
            {
                texts("column.vendor"): published.vendor_name(row["vendor"]),
                texts("column.value"): written.value(row["value"]),
                texts("column.n"): formats.number(row["n"]),
                texts("column.baseline"): written.value(row["baseline_value"]),
                texts("fair.column.baseline_n"): formats.number(row["baseline_n"]),
                texts("fair.column.crude"): written.difference(row["crude"]),
                texts("fair.column.contacts"): written.difference(row["contacts"]),
                texts("fair.column.mix"): written.difference(row["mix"]),
                texts("fair.column.one_side"): written.difference(row["not_compared"]),
                texts("fair.column.gap"): written.difference(row["gap"]),
                texts("column.gap_interval"): written.gap_interval(row["gap_low"], row["gap_high"]),
                texts("fair.column.verdict"): sentences.verdict_short(written.view, row["verdict"]),
                texts("fair.column.support"): formats.rate(row["support"], 0),
                texts("fair.column.detectable"): sentences.size(written, row["detectable"]),
            }
            for row in rows.iter_rows(named=True)
        ]
    )


def _how(written: Written, published: Published, compared: Compared, rows: pl.DataFrame) -> None:
    """Methods and their numbers, for those who check."""
    view = written.view
    number = view.formats.number
    first = rows.row(0, named=True)
    strata = ", ".join(field_names(view, first["strata_used"]))
    design, baseline = (number(first[name], 1) for name in ("design_effect", "baseline_design_effect"))
    made = number(compared.rows.height)
    st.markdown(
        view.texts("compare.how_text", strata=strata, design=design, baseline_design=baseline, made=made)
    )  # fmt: skip
    texts = view.texts
    table = pl.DataFrame(
        [
            {
                texts("column.vendor"): published.vendor_name(row["vendor"]),
                texts("fair.column.p"): number(row["p_value"], 4),
                texts("fair.column.p_adjusted"): number(row["p_adjusted"], 4),
                texts("fair.column.homogeneity"): f"{number(row['homogeneity_p'], 4)} ({row['homogeneity_test']})",
                texts("fair.column.design"): " / ".join(number(row[name], 2) for name in _DESIGN),
                texts("column.definition"): row["definition_id"],
            }
            for row in rows.iter_rows(named=True)
        ]
    )  # fmt: skip
    show_static(table, view.texts("compare.how"), wide=True)
    unknown = sorted({name for row in rows.iter_rows(named=True) for name in row["not_known"]})
    if unknown:
        st.markdown(view.texts("compare.not_known", fields=", ".join(field_names(view, unknown))))


def field_names(view: View, fields: list[str]) -> list[str]:
    """Strata by the names that a reader knows."""
    return [view.texts.known("field", name) for name in fields]
