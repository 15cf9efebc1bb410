"""Vendor by measure at a glance: value, verdict against in-house, target. No colours: shapes and words."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboard.escape import md_escape
from dashboard.models import Published, VendorName
from dashboard.view import View
from dashboard.written import Written, absent_words, target_mark, verdict_mark
from pipelines.measures.catalogue import MEASURES


def cells(view: View, published: Published, rows: pl.DataFrame, metrics: tuple[str, ...]) -> pl.DataFrame:
    """The table's Markdown: a vendor column, then one per measure, headed by its name."""
    found = {(row["vendor"], row["metric"]): row for row in rows.iter_rows(named=True)}
    present = [vendor for vendor in published.vendors if vendor.code in set(rows["vendor"])]
    table: dict[str, list[str]] = {view.texts("scorecard.vendor"): [_vendor(view, vendor) for vendor in present]}
    for metric in metrics:
        written = Written(view, MEASURES[metric])
        table[md_escape(written.name)] = [_cell(written, found.get((vendor.code, metric))) for vendor in present]
    return pl.DataFrame(table)


def _vendor(view: View, vendor: VendorName) -> str:
    """The vendor's name; in-house is said, unless the name says it already."""
    word = view.texts("scorecard.in_house")
    said = not vendor.in_house or word in vendor.name.casefold()
    return f"**{md_escape(vendor.name)}**" + ("" if said else f" ({word})")


def _cell(written: Written, row: dict[str, Any] | None) -> str:
    texts = written.view.texts
    if row is None:
        return f":gray[□ {texts('short.no_data')}]"
    if row["value"] is None:
        return f":gray[{md_escape(absent_words(written.view, row))}]"
    if not written.shown(row):
        return f":gray[○ {texts('scorecard.cell_n', n=written.view.formats.number(row['n']))}]"
    value = written.value(row["value"])
    if not written.sure(row):
        return f":gray[{value} ○]"
    marks = " ".join(mark for mark in (verdict_mark(row), target_mark(row), _data_mark(row)) if mark)
    return f"**{value}** {marks}" if row["verdict"] in ("worse", "better") else f"{value} {marks}"


def _data_mark(row: dict[str, Any]) -> str:
    """□ where part of the expected data is missing."""
    return "□" if row["data_share"] is not None and row["data_share"] < 1 else ""
