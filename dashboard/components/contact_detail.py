"""One contact: what became of it, the file and row it came in, its customer's way across vendors."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, navigation, past
from dashboard import picked as picking
from dashboard.components import contact_list
from dashboard.components.delivery_list import FILE, file_label
from dashboard.components.missed_list import queue_name
from dashboard.components.tables import show_static
from dashboard.components.url_choice import put
from dashboard.escape import md_escape, visible
from dashboard.models import Published
from dashboard.view import View
from pipelines.answers.contacts import Cell, OneContact


def show(view: View, published: Published, cell: Cell, leg: str) -> None:
    """The contact ``leg`` of the days of ``cell``."""
    texts = view.texts
    with st.container(border=True, gap="small", key="contact"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(texts("contact.heading", leg=md_escape(leg)), anchor="contact", width="stretch")
            st.button(texts("contact.close"), key="contact_close", on_click=lambda: put(**{picking.CONTACT: None}))
        found = data.one_contact(published.version, cell, leg)
        if found is None:
            st.markdown(texts("contact.gone"))
            return
        left, right = st.columns([2, 3], gap="medium")
        with left:
            st.markdown(f"##### {texts('contact.facts')}", anchors=False)
            show_static(facts(view, published, found.row), texts("contact.facts"))
        with right:
            _journey(view, published, found)
            _versions(view, published, cell, found)


def facts(view: View, published: Published, row: dict[str, Any]) -> pl.DataFrame:
    """What is known of one contact, line by line; what is not known is a dash."""
    texts = view.texts

    def seconds(name: str) -> str:
        return view.formats.value(row[name], "seconds", 0)

    lines = [
        (texts("contacts.column.time"), f"{row['queued_local']:%d/%m/%Y %H:%M:%S}"),
        (texts("column.queue"), queue_name(published, row["queue_code"])),
        (texts("contacts.column.channel"), row["channel"] or "–"),
        (texts("contacts.column.outcome"), texts.known("outcome", row["outcome"])),
        (texts("contacts.column.in_time"), contact_list.yes_no(view, row["in_time"]) or "–"),
        (texts("contacts.column.wait"), seconds("wait_s")),
        (texts("contacts.column.talk"), seconds("talk_s")),
        (texts("contacts.column.hold"), seconds("hold_s")),
        (texts("contacts.column.after"), seconds("acw_s")),
        (texts("contacts.column.transfer"), contact_list.transfer(view, row["transfer_out"]) or "–"),
        (texts("contacts.column.repeat"), contact_list.repeat(view, row)),
        (texts("contacts.column.survey"), contact_list.survey(view, row)),
        (texts("contacts.column.refund"), contact_list.refund(view, row)),
        (texts("contacts.column.reason"), row["reason_code"] or "–"),
        (texts("contacts.column.resolved"), contact_list.yes_no(view, row["resolved"]) or "–"),
    ]
    return pl.DataFrame(lines, schema=[texts("contacts.column.fact"), texts("column.value")], orient="row")


def _journey(view: View, published: Published, found: OneContact) -> None:
    texts = view.texts
    st.markdown(f"##### {texts('contact.journey')}", anchors=False)
    if found.journey.is_empty():
        st.markdown(texts("contact.journey_unknown"))
        return
    number = view.formats.number
    vendors = found.journey["vendor_code"].n_unique()
    st.caption(texts("contact.journey_caption", n=number(found.journey.height), vendors=number(vendors)))
    show_static(journey(view, published, found), texts("contact.journey"), wide=True)


def journey(view: View, published: Published, found: OneContact) -> pl.DataFrame:
    """Every contact of the customer in order of time; this one is marked."""
    texts = view.texts
    rows = found.journey.with_columns(before=pl.col("queued_at").shift(1))
    records = []
    for row in rows.iter_rows(named=True):
        here = (row["vendor_code"], row["leg_id"]) == (found.row["vendor_code"], found.row["leg_id"])
        days = (row["queued_at"] - row["before"]).total_seconds() / 86400 if row["before"] else None
        gap = "" if days is None else texts("contact.after_days", days=view.formats.number(days, 1))
        records.append(
            {
                texts("contacts.column.time"): f"{'→ ' if here else ''}{row['queued_local']:%d/%m/%Y %H:%M}",
                texts("column.vendor"): published.vendor_name(row["vendor_code"]),
                texts("column.queue"): queue_name(published, row["queue_code"]),
                texts("contacts.column.outcome"): texts.known("outcome", row["outcome"]),
                texts("contacts.column.wait"): view.formats.value(row["wait_s"], "seconds", 0),
                texts("contacts.column.handle"): view.formats.value(row["handle_s"], "seconds", 0),
                texts("contacts.column.reason"): visible(row["reason_code"] or ""),
                texts("contacts.column.gap"): gap,
            }
        )
    return pl.DataFrame(records)


def _versions(view: View, published: Published, cell: Cell, found: OneContact) -> None:
    """Each version of the row that has been held, with a way to its file."""
    texts = view.texts
    st.markdown(f"##### {texts('contact.versions')}", anchors=False)
    rows = []
    for row in found.versions.iter_rows(named=True):
        until = view.formats.instant(row["known_to"], published.zone) if row["known_to"] else texts("contact.now")
        rows.append(
            {
                texts("contacts.column.file"): row["file_name"] or "–",
                texts("contacts.column.row"): view.formats.number(row["source_row"]),
                texts("contacts.column.known_from"): view.formats.instant(row["known_from"], published.zone),
                texts("contacts.column.known_to"): until,
                texts("contacts.column.outcome"): texts.known("outcome", row["outcome"]),
                texts("contacts.column.wait"): view.formats.value(row["wait_s"], "seconds", 0),
            }
        )
    show_static(pl.DataFrame(rows), texts("contact.versions"), wide=True)
    named = found.versions.drop_nulls("file_name").unique("delivery_no", maintain_order=True)
    for row in named.iter_rows(named=True):
        target = {FILE: file_label(row | {"vendor": cell.vendor})}
        st.page_link(navigation.DELIVERIES, label=md_escape(row["file_name"]), query_params=past.kept(target))
