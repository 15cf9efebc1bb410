"""Tables that read well with a screen reader, on paper and at 390 px, and downloads that no spreadsheet runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from dashboard.components.breach_links import Link
from dashboard.escape import md_escape
from pipelines.spreadsheets import csv_bytes

#: A width in pixels (cut to the container's) makes Streamlit keep the first column in view.
_WIDEST = 2400


#: Column by column, where each of its cells leads; None: nowhere.
CellLinks = Mapping[str, Sequence[Link | None]]


def show_static(rows: pl.DataFrame, alt: str, *, wide: bool = False, links: CellLinks | None = None) -> None:
    """A small table of finished texts; every cell is shown as it is, whatever it holds.

    A ``wide`` one keeps its lines whole and scrolls sideways within itself, its first column staying in view.
    """
    texts = rows.select(pl.all().cast(pl.String).fill_null(""))
    escaped = {column.name: [md_escape(cell) for cell in column] for column in texts}
    for name, ways in (links or {}).items():
        cells = zip(escaped[name], ways, strict=True)
        escaped[name] = [cell if way is None or not cell.strip("–□ ") else way.around(cell) for cell, way in cells]
    named = {md_escape(name): cells for name, cells in escaped.items()}
    show_markdown(pl.DataFrame(named, schema=dict.fromkeys(named, pl.String)), alt, wide=wide)


def show_markdown(rows: pl.DataFrame, alt: str, *, wide: bool = True) -> None:
    """A small table whose cells are Markdown of our own making; its first column names the row."""
    frame = rows.to_pandas().set_index(rows.columns[0])
    st.table(frame, border="horizontal", width=_WIDEST if wide else "content", alt=alt)


def show_download(rows: pl.DataFrame, label: str, file_name: str, key: str) -> None:
    """A button that hands over ``rows``; made only when it is pressed."""
    st.download_button(label, lambda: csv_bytes(rows), file_name, "text/csv", key=key, on_click="ignore")
