"""What was missed: each cell of a clause below its target, deepest first; a row opens its contacts."""

from __future__ import annotations

from typing import Any, get_args

import polars as pl
import streamlit as st

from dashboard import picked as picking
from dashboard.components import journal_entry, url_choice
from dashboard.components.heat_card import day_words
from dashboard.components.tables import show_download
from dashboard.escape import md_escape
from dashboard.models import Published
from dashboard.picked import Picked, clock
from dashboard.view import View
from pipelines.measures.breaches import Grain
from pipelines.measures.catalogue import MEASURES

#: What the list can be counted by, the one in which small numbers mislead least first.
GRAINS: tuple[Grain, ...] = ("day", "interval", "week", "month")
#: Why the agreement excuses a miss.
EXCUSES = ("forecast", "outage", "waiver")
assert set(GRAINS) <= set(get_args(Grain))


def choose_grain(view: View) -> Grain:
    """Per day, interval, week or month; lives in the URL."""
    names = {grain: view.texts(f"breaches.grain_name.{grain}") for grain in GRAINS}
    return url_choice.show(  # type: ignore[return-value]
        view.texts("breaches.grain"), GRAINS, names.__getitem__, "grain", clears=(picking.BREACH,)
    )


def show(view: View, published: Published, vendor: str, missed: pl.DataFrame, grain: Grain) -> dict[str, Any] | None:
    """``missed``: ``data.missed`` of the queues that are shown. Returns the one that is open, if any."""
    texts = view.texts
    ordered = missed.sort(
        pl.col("excused").fill_null(False), pl.col("beyond_noise").fill_null(False), "beyond_target", "points_below",
        descending=[False, True, True, True], nulls_last=True,
    )  # fmt: skip
    with st.container(border=True, gap="small", key="missed"):
        st.subheader(texts("breaches.list"), anchor="missed")
        name = md_escape(published.vendor_name(vendor))
        if ordered.is_empty():
            st.markdown(texts("breaches.none", vendor=name))
            st.caption(texts("breaches.no_clause"))
            return None
        st.markdown(summary(view, name, ordered, grain))
        rows = {row["breach_id"]: row for row in ordered.iter_rows(named=True)}
        shown = table(view, published, ordered)
        st.dataframe(
            shown.to_pandas(),
            hide_index=True,
            placeholder="–",
            key="missed_table",
            alt=texts("breaches.list_alt"),
            on_select=lambda: _open_selected(list(rows.values())),
            selection_mode="single-row",
            height=min(38 + 35 * shown.height, 260),
            column_config={
                texts("breaches.column.when"): st.column_config.TextColumn(pinned=True),
                texts("breaches.column.money"): st.column_config.TextColumn(width=290),
            },
        )
        opened = st.query_params.get(picking.BREACH)
        st.session_state["missed_choice"] = opened if opened in rows else None
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        left.selectbox(
            texts("breaches.open"),
            list(rows),
            format_func=lambda one: label(view, published, rows[one]),
            index=None,
            key="missed_choice",
            placeholder=texts("breaches.open_hint"),
            on_change=lambda: _open(rows.get(st.session_state["missed_choice"])),
        )
        with right:
            show_download(ordered, texts("all.download"), f"missed-{vendor}-{grain}.csv", "missed_csv")
    return rows.get(opened or "")


def summary(view: View, vendor: str, missed: pl.DataFrame, grain: Grain) -> str:
    """How many were missed, how many beyond chance, how many contacts that is, how many are excused."""
    number = view.formats.number
    excused = missed.filter(pl.col("excused").fill_null(False) | pl.col("waived").is_not_null())
    counted = missed.filter(pl.col("metric") == "service_level")["beyond_target"].sum()
    return view.texts(
        "breaches.summary",
        vendor=vendor,
        missed=number(missed.height),
        grain=view.texts(f"breaches.grain_many.{grain}"),
        noise=number(int(missed["beyond_noise"].fill_null(False).sum())),
        affected=number(counted),
        excused=number(excused.height),
    )


def when(view: View, row: dict[str, Any]) -> str:
    """The day, and the hour of an interval; the first and last day of a longer period."""
    day = view.formats.period(row["first_day"], row["last_day"])
    if row["first_day"] == row["last_day"]:
        day = day_words(view, row["first_day"])
    minute = row.get("local_minute")
    return day if minute is None else f"{day} {clock(minute)}"


def queue_name(published: Published, code: str | None) -> str:
    return next((queue.name for queue in published.queues if queue.code == code), code or "")


def label(view: View, published: Published, row: dict[str, Any]) -> str:
    """One missed target on one line."""
    return view.texts(
        "breaches.label",
        when=when(view, row),
        queue=queue_name(published, row["queue"]),
        measure=MEASURES[row["metric"]].name(view.language) if row["metric"] in MEASURES else row["metric"],
        value=_value(view, row, row["value"]),
    )


def _value(view: View, row: dict[str, Any], value: float | None) -> str:
    measure = MEASURES.get(row["metric"])
    return view.formats.value(value, measure.unit if measure else "share", measure.decimals if measure else 1)


def table(view: View, published: Published, missed: pl.DataFrame) -> pl.DataFrame:
    """One row per missed cell in the reader's language."""
    texts, formats = view.texts, view.formats
    records = []
    told: set[tuple[Any, ...]] = set()
    for row in missed.iter_rows(named=True):
        stake = (row["clause_id"], row["money_from"], row["money_to"])
        measure = MEASURES.get(row["metric"])
        points = texts("points") if measure and measure.unit == "share" else ""
        records.append(
            {
                texts("breaches.column.when"): when(view, row),
                texts("column.queue"): queue_name(published, row["queue"]),
                texts("column.measure"): measure.name(view.language) if measure else row["metric"],
                texts("column.value"): _value(view, row, row["value"]),
                texts("column.target"): _value(view, row, row["target"]),
                texts("breaches.column.missed_by"): f"{formats.number(row['points_below'], 1)} {points}".strip(),
                texts("column.n"): formats.number(row["offered"]),
                texts("breaches.column.affected"): formats.number(row["beyond_target"], 1),
                texts("breaches.column.longest"): formats.value(row["longest_wait_s"], "seconds", 0),
                texts("breaches.column.in_a_row"): formats.number(row["persistence"]),
                texts("breaches.column.noise"): texts(noise(row["beyond_noise"])),
                texts("breaches.column.excused"): excused(view, row),
                texts("breaches.column.side"): texts.known("breaches.side", row["side"] or "unknown"),
                texts("breaches.column.money"): "" if stake in told else at_stake(view, row),
                texts("breaches.column.status"): journal_entry.status_words(view, row["status"]),
                texts("breaches.column.assignee"): row["assignee"] or "",
            }
        )
        if row["money"] is not None:
            told.add(stake)
    return pl.DataFrame(records, infer_schema_length=None)


def at_stake(view: View, row: dict[str, Any]) -> str:
    """What the clause's own period came to, with its days: it is the same for every miss within it."""
    if row["money"] is None:
        return view.formats.money(None)
    amount = view.formats.money(float(row["money"]))
    period = view.formats.period(row["money_from"], row["money_to"])
    return view.texts("breaches.at_stake", amount=amount, period=period)


def noise(beyond: bool | None) -> str:
    """The text's key for whether a miss is more than chance."""
    return {True: "breaches.beyond", False: "breaches.noise", None: "breaches.not_told"}[beyond]


def excused(view: View, row: dict[str, Any]) -> str:
    """Why a miss is excused; empty where it isn't."""
    if row["waived"]:
        return view.texts("breaches.waived", reason=row["waived"])
    if row["excused"]:
        reasons = (row["reason"] or "").split(", ")
        return " ".join(view.texts(f"breaches.excused_{reason}") for reason in reasons if reason in EXCUSES)
    return ""


def _open_selected(rows: list[dict[str, Any]]) -> None:
    """A click on a row opens it as the list of names beside it does."""
    selected = st.session_state["missed_table"]["selection"]["rows"]
    if selected and selected[0] < len(rows):
        _open(rows[selected[0]])


def _open(row: dict[str, Any] | None) -> None:
    if row is None:
        picking.write(None, **{picking.BREACH: None})
        return
    begin, end = (0, 1440)
    if row["local_minute"] is not None and row["grain"] == "interval":
        begin = row["local_minute"]
        end = min(begin + int((row["end"] - row["start"]).total_seconds()) // 60, 1440)
    picking.write(
        Picked(row["first_day"], row["last_day"], begin, end), **{picking.BREACH: row["breach_id"], "bq": row["queue"]}
    )
