"""The contacts of what is picked: how they add up, the rows that matter most first, downloads, and one to open."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard import picked as picking
from dashboard.components import url_choice
from dashboard.components.heat_card import day_words
from dashboard.components.missed_list import queue_name
from dashboard.components.url_choice import put
from dashboard.escape import md_escape, visible
from dashboard.models import Published
from dashboard.picked import Picked, clock
from dashboard.view import View
from pipelines.answers.contacts import MOST_ROWS, ORDERS, Account, Cell, Contacts, Order
from pipelines.spreadsheets import csv_bytes, xlsx_bytes

#: Rows that the page lists; the downloads have them all.
MOST_LISTED = 500
#: Files that are named in the account of the rows.
MOST_FILES = 3
ORDER = "order"


def show(view: View, published: Published, cell: Cell, picked: Picked, zone: str) -> str | None:
    """The contacts of ``cell``; returns the one that is open, if any."""
    texts, number = view.texts, view.formats.number
    where = words(view, published, cell, picked)
    with st.container(border=True, gap="small", key="contacts"):
        st.subheader(texts("contacts.heading", where=md_escape(where)), anchor="contacts")
        account = data.contacts_account(published.version, cell)
        if not account.total:
            st.markdown(texts("contacts.none"))
            return None
        st.markdown(account_words(view, account))
        order = _choose_order(view)
        found = data.contacts(published.version, cell, order, MOST_LISTED)
        legs = found.rows["leg_id"].to_list()
        shown = table(view, found)
        st.dataframe(
            shown.to_pandas(),
            hide_index=True,
            placeholder="–",
            key="contacts_table",
            alt=texts("contacts.alt"),
            on_select=lambda: _open_selected(legs),
            selection_mode="single-row",
            height=min(38 + 35 * shown.height, 330),
            column_config={
                texts("contacts.column.time"): st.column_config.TextColumn(pinned=True),
                texts("contacts.column.repeat"): st.column_config.TextColumn(width=170),
            },
        )
        if found.total > found.rows.height:
            shown_rows, most = number(found.rows.height), number(MOST_ROWS)
            st.caption(texts("contacts.truncated", shown=shown_rows, all=number(found.total), most=most))
        opened = st.query_params.get(picking.CONTACT)
        _choose_contact(view, found, opened)
        _downloads(view, published, cell, order, where, zone)
    return opened


def words(view: View, published: Published, cell: Cell, picked: Picked) -> str:
    """The cell in words: vendor, queue, day, hours."""
    queues = [queue_name(published, code) for code in cell.queues or ()]
    first, last = picked.first_day, picked.last_day
    day = day_words(view, first) if first == last else view.formats.period(first, last)
    hours = view.texts("contacts.clock", **{"from": clock(picked.begin), "to": clock(picked.end)})
    return view.texts(
        "contacts.where",
        vendor=published.vendor_name(cell.vendor),
        queue=", ".join(queues) or view.texts("breaches.all_queues"),
        day=day,
        clock=view.texts("breaches.whole_day") if picked.whole_day else hours,
    )


def account_words(view: View, account: Account) -> str:
    """Rows = outcomes, exactly, and the files that they came in."""
    texts, number = view.texts, view.formats.number
    outcomes = " + ".join(
        texts("contacts.account_part", n=number(n), outcome=texts.known("outcome", outcome))
        for outcome, n in account.outcomes.iter_rows()
    )
    files = account.files.sort("contacts", descending=True)
    named = [
        texts("contacts.account_file", file=md_escape(visible(row["file_name"] or "–")), n=number(row["contacts"]))
        for row in files.head(MOST_FILES).iter_rows(named=True)
    ]
    if files.height > MOST_FILES:
        named.append(texts("contacts.account_more", n=number(files.height - MOST_FILES)))
    return texts("contacts.account", total=number(account.total), outcomes=outcomes, files=", ".join(named))


def _choose_order(view: View) -> Order:
    names = {order: view.texts(f"contacts.order_name.{order}") for order in ORDERS}
    return url_choice.show(view.texts("contacts.order"), ORDERS, names.__getitem__, ORDER)  # type: ignore[return-value]


def table(view: View, found: Contacts) -> pl.DataFrame:
    """One row per contact in the reader's language; numbers stay numbers."""
    texts = view.texts
    records = [
        {
            texts("contacts.column.time"): f"{row['queued_local']:%d/%m %H:%M:%S}",
            texts("contacts.column.outcome"): texts.known("outcome", row["outcome"]),
            texts("contacts.column.in_time"): yes_no(view, row["in_time"]),
            texts("contacts.column.wait"): row["wait_s"],
            texts("contacts.column.talk"): row["talk_s"],
            texts("contacts.column.hold"): row["hold_s"],
            texts("contacts.column.after"): row["acw_s"],
            texts("contacts.column.handle"): row["handle_s"],
            texts("contacts.column.transfer"): transfer(view, row["transfer_out"]),
            texts("contacts.column.repeat"): repeat(view, row),
            texts("contacts.column.survey"): survey(view, row),
            texts("contacts.column.refund"): _money(view, row),
            texts("contacts.column.reason"): row["reason_code"] or "",
            texts("contacts.column.leg"): row["leg_id"],
            texts("contacts.column.file"): row["file_name"] or "",
            texts("contacts.column.row"): row["source_row"],
        }
        for row in found.rows.iter_rows(named=True)
    ]
    return pl.DataFrame(records, infer_schema_length=None)


def yes_no(view: View, value: bool | None) -> str:
    return "" if value is None else view.texts("cell.yes" if value else "cell.no")


def transfer(view: View, value: str | None) -> str:
    return "" if value is None else view.texts.known("contacts.transfer", value)


def repeat(view: View, row: dict[str, Any]) -> str:
    """Whether the customer came again within the window, and when."""
    again = row["again_at"]
    said = view.formats.day(again.date()) if again is not None else ""
    return view.texts(
        {
            "again": "contacts.repeat.again",
            "none": "contacts.repeat.none",
            "open": "contacts.repeat.open",
            "unknown": "contacts.repeat.unknown",
        }[row["repeat"]],
        when=said,
    )


def survey(view: View, row: dict[str, Any]) -> str:
    """The mark that the customer gave; asked without an answer, and not asked, are two different things."""
    number = view.formats.number
    if row["csat"] is not None:
        return view.texts("contact.survey_csat", mark=number(row["csat"]), of=number(row["csat_of"]))
    if row["nps"] is not None:
        return view.texts("contact.survey_nps", mark=number(row["nps"]))
    return view.texts("contact.survey_silent" if row["csat_of"] is not None else "contact.survey_none")


def _money(view: View, row: dict[str, Any]) -> str:
    """The refund in its own currency."""
    if row["refund"] is None:
        return ""
    if row["refund_currency"] == view.formats.currency:
        return view.formats.money(float(row["refund"]))
    return f"{view.formats.number(float(row['refund']), 2)} {row['refund_currency'] or ''}".strip()


def refund(view: View, row: dict[str, Any]) -> str:
    """The refund for the detail of one contact."""
    return _money(view, row) or "–"


def _choose_contact(view: View, found: Contacts, opened: str | None) -> None:
    """The same as a click on a row, from the keyboard and on a telephone."""
    rows = {row["leg_id"]: row for row in found.rows.head(MOST_LISTED).iter_rows(named=True)}
    st.session_state["contact_choice"] = opened if opened in rows else None

    def name(leg: str) -> str:
        row = rows[leg]
        return view.texts(
            "contacts.label",
            time=f"{row['queued_local']:%d/%m %H:%M:%S}",
            outcome=view.texts.known("outcome", row["outcome"]),
            wait=view.formats.value(row["wait_s"], "seconds", 0),
            leg=visible(leg),
        )

    st.selectbox(
        view.texts("contacts.open"), list(rows), format_func=name, index=None, key="contact_choice",
        placeholder=view.texts("contacts.open_hint"),
        on_change=lambda: put(**{picking.CONTACT: st.session_state["contact_choice"]}),
    )  # fmt: skip


def _open_selected(legs: list[str]) -> None:
    selected = st.session_state["contacts_table"]["selection"]["rows"]
    if selected and selected[0] < len(legs):
        put(**{picking.CONTACT: legs[selected[0]]})


def _downloads(view: View, published: Published, cell: Cell, order: Order, where: str, zone: str) -> None:
    """All rows of the cell as CSV and as a workbook that says what it holds; made only when asked for."""
    name = f"contacts-{cell.vendor}-{cell.first_day}"
    version = published.number
    notes = [view.texts("contacts.notes", version=version, where=where, zone=zone)]

    def rows() -> pl.DataFrame:
        return data.contacts(published.version, cell, order, MOST_ROWS).rows

    with st.container(horizontal=True):
        st.download_button(
            view.texts("contacts.csv"), lambda: csv_bytes(rows()), f"{name}.csv", "text/csv", key="contacts_csv",
            on_click="ignore",
        )  # fmt: skip
        st.download_button(
            view.texts("contacts.xlsx"),
            lambda: xlsx_bytes({"contacts": rows()}, notes),
            f"{name}.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key="contacts_xlsx",
            on_click="ignore",
        )
