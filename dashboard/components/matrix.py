"""Vendor by measure at a glance: value, verdict against in-house, target. No colours: shapes and words."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboard.components.breach_links import Links
from dashboard.escape import md_escape
from dashboard.models import VendorName
from dashboard.view import View
from dashboard.written import Written, absent_words, target_mark, trust_marks, verdict_mark
from pipelines.measures.catalogue import MEASURES


def cells(view: View, links: Links, rows: pl.DataFrame, metrics: tuple[str, ...]) -> pl.DataFrame:
    """The table's Markdown: a vendor column, then one per measure, headed by its name; a figure leads to its
    breaches."""
    found = {(row["vendor"], row["metric"]): row for row in rows.iter_rows(named=True)}
    present = [vendor for vendor in links.published.vendors if vendor.code in set(rows["vendor"])]
    table: dict[str, list[str]] = {view.texts("scorecard.vendor"): [_vendor(view, vendor) for vendor in present]}
    for metric in metrics:
        written = Written(view, MEASURES[metric])
        table[md_escape(written.name)] = [
            links.to(vendor.code, metric).around(_cell(written, row)) if row else _cell(written, row)
            for vendor in present
            for row in (found.get((vendor.code, metric)),)
        ]
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
    marks = " ".join(mark for mark in (verdict_mark(row), target_mark(row), trust_marks(row)) if mark)
    return f"**{value}** {marks}" if row["verdict"] in ("worse", "better") else f"{value} {marks}"
