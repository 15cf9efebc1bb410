"""Reported and recomputed over time, and the gap by cause below them."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.charts.cause_bars import cause_bars
from dashboard.charts.reported_lines import reported_lines
from dashboard.components.breach_links import Links
from dashboard.components.ledger_texts import LedgerTexts
from dashboard.components.tables import show_static
from dashboard.escape import visible
from pipelines.measures.reconcile import CAUSES

#: A cause whose largest amount is below this share of the largest of all is not drawn.
SMALLEST_DRAWN = 0.05


def show(written: LedgerTexts, vendor: str, links: Links, points: pl.DataFrame, left_out: int = 0) -> None:
    """``points``: columns of ``measures.ledger.series.SERIES``; ``left_out``: lines on another scale."""
    view, name = written.view, links.published.vendor_name(vendor)
    ways = [links.to(vendor, written.metric, days=(day, day)) for day in points["period"]]
    st.subheader(view.texts("reconcile.series"), anchor=False)
    if points.is_empty():
        st.markdown(view.texts("reconcile.nothing_drawn"))
        return
    unit = view.texts(f"unit.{written.unit}", currency=view.formats.currency)
    titles = (
        view.texts("moves.axis", measure=written.name, unit=unit),
        view.texts("reconcile.reported"),
        view.texts("reconcile.recomputed"),
    )
    drawn = _told(written, points).with_columns(href=pl.Series(links.column(ways), dtype=pl.String))
    st.altair_chart(
        reported_lines(drawn, written.unit, titles, view.formats, view.palette),
        key="reconcile_lines",
        alt=view.texts("reconcile.series_alt", measure=visible(written.name), vendor=visible(name)),
    )
    _show_causes(written, points)
    st.caption(view.texts("reconcile.series_note"))
    if left_out:
        st.caption(view.texts("reconcile.left_out", lines=view.formats.number(left_out)))
    with st.expander(view.texts("measures.table"), type="compact", key="reconcile_series_table"):
        own = {view.texts("reconcile.recomputed"): ways}
        show_static(table(written, points), view.texts("measures.table"), wide=True, links=own)


def _told(written: LedgerTexts, points: pl.DataFrame) -> pl.DataFrame:
    texts = written.view.texts
    told = [
        f"{texts('reconcile.reported')} {written.value(row['reported'])}, "
        f"{texts('reconcile.recomputed')} {written.value(row['recomputed'])}"
        for row in points.iter_rows(named=True)
    ]
    return points.with_columns(text=pl.Series(told, dtype=pl.String))


def _show_causes(written: LedgerTexts, points: pl.DataFrame) -> None:
    """One small chart per cause that makes a visible part of the gap, on a common scale."""
    view = written.view
    st.markdown(f"##### {view.texts('reconcile.by_cause')}", anchors=False)
    present = [cause for cause in shown_causes(points) if _is_visible(points, cause)]
    if not present:
        st.markdown(view.texts("reconcile.no_gap"))
        return
    largest = max(float(points[cause].abs().max() or 0) for cause in present)  # type: ignore[arg-type]
    scale = 100 if written.unit == "share" else 1
    unit = {"share": view.texts("points"), "seconds": view.texts("unit.seconds")}.get(written.unit, "")
    for cause in present:
        name = written.cause(cause)
        st.caption(name)
        text = [written.difference(amount) for amount in points[cause].to_list()]
        frame = points.select("period", amount=pl.col(cause) * scale).with_columns(
            text=pl.Series(text, dtype=pl.String)
        )
        st.altair_chart(
            cause_bars(
                frame, (name, unit), largest * scale * 1.05, view.formats, view.palette, last=cause == present[-1]
            ),
            key=f"reconcile_cause_{cause}",
            alt=view.texts("reconcile.cause_alt", causes=name),
        )


def shown_causes(points: pl.DataFrame) -> list[str]:
    """Causes with any amount; rounding has none of its own to show."""
    return [cause for cause in CAUSES if cause != "rounding" and (points[cause].abs() > 1e-9).any()]


def _is_visible(points: pl.DataFrame, cause: str) -> bool:
    """Beside the largest amount of any cause this one can be seen; what can't be is in the table."""
    largest = max(float(points[one].abs().max() or 0) for one in shown_causes(points))  # type: ignore[arg-type]
    return float(points[cause].abs().max() or 0) >= SMALLEST_DRAWN * largest  # type: ignore[arg-type]


def table(written: LedgerTexts, points: pl.DataFrame) -> pl.DataFrame:
    """The charts as a table."""
    texts, formats = written.view.texts, written.view.formats
    causes = [*shown_causes(points), "rounding"]
    return pl.DataFrame(
        [
            {
                texts("reconcile.column.period"): formats.day(row["period"]),
                texts("reconcile.column.lines"): formats.number(row["lines"]),
                texts("reconcile.reported"): written.value(row["reported"]),
                texts("reconcile.recomputed"): written.value(row["recomputed"]),
                **{written.cause(cause): written.difference(row[cause]) for cause in causes},
            }
            for row in points.iter_rows(named=True)
        ]
    )
