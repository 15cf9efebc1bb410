"""Invoiced lines against the work: what was billed, what the contacts give, and what explains the difference."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard.components import url_choice
from dashboard.components.breach_links import Links
from dashboard.components.tables import show_download, show_static
from dashboard.escape import md_escape
from dashboard.formats import Formats
from dashboard.view import View
from pipelines.answers.money import invoice_document
from pipelines.measures.agreement.invoices import INVOICE_VERDICTS, CheckedLine

MOST_LINES = 40
VERDICT = "iverdict"


def show(
    view: View, formats: Formats, lines: Sequence[CheckedLine], queues: dict[str, str], vendor: str, links: Links
) -> None:
    """How many lines agree, and those of one verdict, the latest first; the recomputed amount leads to its contacts."""
    texts, number = view.texts, formats.number
    st.subheader(texts("money.invoices"), anchor=False)
    if not lines:
        st.markdown(texts("money.no_invoices"))
        return
    counts = {verdict: [one for one in lines if one.verdict == verdict] for verdict in INVOICE_VERDICTS}
    over = sum((one.difference for one in counts["differs"] if one.difference is not None), Decimal(0))
    st.markdown(
        texts(
            "money.invoice_sentence", lines=number(len(lines)), agrees=number(len(counts["agrees"])),
            differs=number(len(counts["differs"])), unknown=number(len(counts["not_verifiable"])),
            amount=md_escape(formats.difference(over, "money", 2, "")),
        )
    )  # fmt: skip
    order = sorted(
        INVOICE_VERDICTS, key=lambda one: (not counts[one], ("differs", "not_verifiable", "agrees").index(one))
    )
    verdict = url_choice.show(
        texts("money.choose_lines"), order,
        lambda one: f"{texts(f'money.verdict.{one}')} ({number(len(counts[one]))})", VERDICT,
    )  # fmt: skip
    chosen = sorted(counts[verdict], key=lambda one: one.period_start, reverse=True)  # type: ignore[index]
    if chosen:
        rows = [_row(view, formats, one, queues) for one in chosen[:MOST_LINES]]
        ways = [
            links.to(vendor, "answered", queue=one.queue, days=(one.period_start, one.period_end))
            for one in chosen[:MOST_LINES]
        ]
        own = {texts("money.column.recomputed"): ways}
        show_static(pl.DataFrame(rows), texts("money.invoices"), wide=True, links=own)
    else:
        st.markdown(texts("money.no_such_lines"))
    everything = [
        {name: None if value is None else str(value) for name, value in invoice_document(one).items()} for one in lines
    ]
    show_download(
        pl.DataFrame(everything, infer_schema_length=None), texts("money.download_invoices"), f"invoices_{vendor}.csv",
        "invoices_download",
    )  # fmt: skip


def _row(view: View, formats: Formats, one: CheckedLine, queues: dict[str, str]) -> dict[str, str]:
    texts = view.texts
    name = texts("money.every_queue") if one.queue is None else queues.get(one.queue, one.queue)
    return {
        texts("money.column.period"): formats.month(one.period_start, one.period_end),
        texts("column.queue"): name,
        texts("money.column.invoiced"): _amount(view, formats, one.invoiced, one.invoiced_quantity, one.unit),
        texts("money.column.recomputed"): _amount(view, formats, one.recomputed, one.quantity, one.unit),
        texts("money.column.difference"): formats.difference(one.difference, "money", 2, ""),
        texts("money.column.explanation"): _explanation(view, formats, one),
        texts("money.column.invoice"): one.invoice_id,
    }


def _amount(view: View, formats: Formats, money: Decimal | None, quantity: Decimal | None, unit: str) -> str:
    if money is None:
        return formats.money(None)
    if quantity is None:
        return formats.money(money)
    decimals = 0 if quantity == quantity.to_integral() else 2
    return f"{formats.money(money)} ({formats.number(quantity, decimals)} {view.texts.known('money.unit', unit)})"


def _explanation(view: View, formats: Formats, one: CheckedLine) -> str:
    texts = view.texts
    if one.verdict == "not_verifiable":
        return texts(f"money.reason.{one.reason}", n=formats.number(one.missing_contacts))
    if one.verdict == "agrees":
        return texts("money.to_the_cent") if not one.difference else texts("money.within_rounding")
    if one.explained_by is not None:
        return texts(f"money.explained.{one.explained_by}")
    share = one.share
    if share is not None and one.causes.get("quantity"):
        key = "money.more_units" if share > 0 else "money.fewer_units"
        return texts(key, share=formats.rate(abs(share), 1), unit=texts.known("money.unit", one.unit))
    return texts("money.unexplained")
