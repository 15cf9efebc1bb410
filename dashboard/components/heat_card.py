"""The heatmap of one vendor's week: a sentence of what its shades mean, the cells, a way to pick without a mouse, the
same as a table."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import picked as picking
from dashboard.charts.heatmap import SELECTION, heatmap
from dashboard.components import url_choice
from dashboard.components.tables import show_download, show_static
from dashboard.escape import md_escape, visible
from dashboard.formats import iso_week
from dashboard.picked import Picked, clock
from dashboard.view import View
from pipelines.answers.intervals import SHOWN, Shown, shown

DRAG = "drag"
#: The whole week, as an option of the list of days.
EVERY_DAY = "*"


def show(view: View, vendor: str, week: date, cells: pl.DataFrame, what: Shown, picked: Picked | None) -> None:
    """``cells``: ``answers.intervals.CELLS`` of one vendor (its name) in ``week``."""
    with st.container(border=True, gap="small", key="heat"):
        st.subheader(view.texts("breaches.heat"), anchor="heat")
        if cells.is_empty() or not (cells["state"] != "closed").any():
            st.markdown(view.texts("breaches.heat_empty"))
            return
        told = chart_data(view, cells, what, picked)
        st.caption(
            view.texts(
                "breaches.heat_caption",
                measure=md_escape(view.texts(f"breaches.shown_name.{what}")),
                promise=promise(view, cells, what),
            )
        )
        several = st.toggle(view.texts("breaches.drag"), key=DRAG, bind="query-params")
        chart = heatmap(told, several, view.formats, view.palette)
        names = {"measure": view.texts(f"breaches.shown_name.{what}"), "vendor": visible(vendor)}
        st.vega_lite_chart(
            chart.data,
            chart.spec,
            theme="streamlit",
            key="heatmap_several" if several else "heatmap",
            on_select=lambda: _pick(cells, "heatmap_several" if several else "heatmap", told),
            alt=view.texts("breaches.heat_alt", **names, **counts(view, told), week=iso_week(week)),
        )
        _pick_by_list(view, week, cells, picked)
        with st.expander(view.texts("measures.table"), type="compact", key="heat_table"):
            show_static(table(told), view.texts("breaches.heat"), wide=True)
            raw = shown(cells, what)
            show_download(raw, view.texts("all.download"), f"intervals-{iso_week(week)}.csv", "heat_csv")


def chart_data(view: View, cells: pl.DataFrame, what: Shown, picked: Picked | None) -> pl.DataFrame:
    """What the charts draw: columns of ``charts.heatmap``, with ``n`` and ``words`` for tables."""
    rows = []
    for row in shown(cells, what).iter_rows(named=True):
        day: date = row["local_date"]
        begin, end = row["local_minute"], row["local_minute"] + row["interval_min"]
        words = view.texts(f"weekday.{day.isoweekday()}")
        times = {"day": f"{words} {day.day}", "from": clock(begin), "to": clock(end)}
        kind, text, under = _cell(view, row, what)
        rows.append(
            {
                "day": day.isoformat(), "day_label": times["day"], "time": clock(begin), "minute": begin, "kind": kind,
                "text": text, "under": under, "n": row["offered"] or 0,
                "details": _details(view, row, what, times),
                "chosen": picked is not None and not _everything(picked) and picked.holds(day, begin),
            }
        )  # fmt: skip
    return pl.DataFrame(rows).sort("time", "day")


def _everything(picked: Picked) -> bool:
    return picked.whole_day and (picked.last_day - picked.first_day).days >= 6


def _cell(view: View, row: dict[str, Any], what: Shown) -> tuple[str, str, str]:
    """Class, figure and volume of a cell; a closed one says nothing."""
    n = view.formats.number(row["offered"])
    match row["state"]:
        case "closed":
            return "closed", "", ""
        case "not_yet":
            return "not_yet", "…", ""
        case "missing":
            return "missing", "╱╱", ""
    part = " □" if row["part"] else ""
    if row["value"] is None:
        return "unknown", "0" if not row["offered"] else "–", (f"n {n}" if row["offered"] else "") + part
    kind = "unknown" if row["step"] is None else str(row["step"])
    return kind, _short(view, row["value"], what), f"n {n}{part}"


def _short(view: View, value: float, what: Shown) -> str:
    """The figure as short as a cell on a telephone takes it: percent or seconds without their sign."""
    if what == "asa_s":
        return view.formats.number(value)
    return view.formats.number(100 * value, signed=what in ("volume", "staffing"))


def value_words(view: View, value: float | None, what: Shown) -> str:
    """The figure with its unit."""
    if what == "asa_s":
        return view.formats.value(value, "seconds", 0)
    if what in ("volume", "staffing") and value is not None and value > 0:
        return "+" + view.formats.rate(value, 0)
    return view.formats.rate(value, 0)


def _details(view: View, row: dict[str, Any], what: Shown, times: dict[str, str]) -> str:
    if row["state"] != "open":
        return view.texts(
            {
                "closed": "breaches.details_closed",
                "not_yet": "breaches.details_not_yet",
                "missing": "breaches.details_missing",
            }[row["state"]],
            **times,
        )
    said = value_words(view, row["value"], what)
    words = view.texts("breaches.details", value=said, n=view.formats.number(row["offered"]), **times)
    if not row["part"]:
        return words
    return view.texts("breaches.partly", said=words, share=view.formats.rate(row["part"], 0))


def promise(view: View, cells: pl.DataFrame, what: Shown) -> str:
    """What the shades are held against."""
    texts = view.texts
    if what == "volume":
        return texts("breaches.promise_forecast")
    if what == "staffing":
        return texts("breaches.promise_committed")
    name = "threshold_s" if what == "asa_s" else f"{what}_target"
    held = cells[name].drop_nulls().unique().to_list()
    if len(held) > 1:
        return texts("breaches.promise_mixed")
    if not held:
        return texts("breaches.promise_none")
    if what == "asa_s":
        return texts("breaches.promise_threshold", seconds=view.formats.number(held[0]))
    return texts("breaches.promise_target", target=view.formats.rate(held[0], 0))


def counts(view: View, told: pl.DataFrame) -> dict[str, str]:
    """How many intervals are open, beyond what was promised, missing."""
    number = view.formats.number
    kinds = told["kind"].to_list()
    steps = [kind for kind in kinds if kind.lstrip("-").isdigit()]
    bad = sum(kind != "0" for kind in steps)
    return {"open": number(len(steps)), "bad": number(bad), "missing": number(kinds.count("missing"))}


def table(told: pl.DataFrame) -> pl.DataFrame:
    """One row per time of day, one column per day: the figure and n as the cell shows them."""
    cells = told.with_columns(
        said=pl.concat_str(
            "text", pl.when(pl.col("under") != "").then(pl.format(" ({})", "under")).otherwise(pl.lit(""))
        )
    )
    return cells.pivot(on="day_label", index="time", values="said").rename({"time": " "})


def _pick(cells: pl.DataFrame, key: str, told: pl.DataFrame) -> None:
    """A click on a cell, or a stretch drawn over several, becomes what is picked."""
    found = st.session_state[key]["selection"].get(SELECTION)
    if not found:
        return
    if isinstance(found, list):  # one cell: its day and minute
        days, minutes = [found[0].get("day")], [found[0].get("minute")]
    else:  # a stretch: the labels of its days and times
        chosen = told.filter(
            pl.col("day_label").is_in(found.get("day_label", [])) & pl.col("time").is_in(found.get("time", []))
        )
        days, minutes = chosen["day"].to_list(), chosen["minute"].to_list()
    if not days or None in days or None in minutes:
        return
    step = int(cells["interval_min"].max() or 30)  # type: ignore[arg-type]
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    picking.write(Picked(first, last, min(minutes), max(minutes) + step), **{picking.BREACH: None})


def _pick_by_list(view: View, week: date, cells: pl.DataFrame, picked: Picked | None) -> None:
    """Day and hours as lists: what the chart does, without a mouse and on a telephone."""
    open_days = cells.filter(pl.col("state") != "closed")["local_date"].unique().sort().to_list()
    step = int(cells["interval_min"].max() or 30)
    begins = sorted({int(minute) for minute in cells.filter(pl.col("state") != "closed")["local_minute"].to_list()})
    left, middle, right = st.columns(3)
    days = [EVERY_DAY, *(day.isoformat() for day in open_days)]
    state = st.session_state
    single = picked is not None and picked.first_day == picked.last_day
    state["day_list"] = (
        picked.first_day.isoformat() if picked and single and picked.first_day in open_days else EVERY_DAY
    )
    clocks = ["", *(clock(minute) for minute in begins)]
    ends = ["", *(clock(minute + step) for minute in begins)]
    whole = picked is None or picked.whole_day
    state["from_list"] = "" if whole or clock(picked.begin) not in clocks else clock(picked.begin)
    state["to_list"] = "" if whole or clock(picked.end) not in ends else clock(picked.end)

    def day_name(day: str) -> str:
        return view.texts("breaches.any_day") if day == EVERY_DAY else day_words(view, date.fromisoformat(day))

    def time_name(time: str) -> str:
        return time or view.texts("breaches.whole_day")

    def remember() -> None:
        day = state["day_list"]
        first, last = (
            (week, week.fromordinal(week.toordinal() + 6)) if day == EVERY_DAY else (date.fromisoformat(day),) * 2
        )
        begin = _minute(state["from_list"], 0)
        end = _minute(state["to_list"], begin + step if state["from_list"] else 1440)
        picking.write(Picked(first, last, begin, end if end > begin else begin + step), **{picking.BREACH: None})

    texts = view.texts
    left.selectbox(texts("breaches.day"), days, format_func=day_name, key="day_list", on_change=remember)
    middle.selectbox(texts("breaches.from"), clocks, format_func=time_name, key="from_list", on_change=remember)
    right.selectbox(texts("breaches.to"), ends, format_func=time_name, key="to_list", on_change=remember)


def _minute(text: str, otherwise: int) -> int:
    return int(text[:2]) * 60 + int(text[3:]) if text else otherwise


def day_words(view: View, day: date) -> str:
    """A day with its weekday."""
    return f"{view.texts(f'weekday.{day.isoweekday()}')} {view.formats.day(day)}"


def choose_shown(view: View) -> Shown:
    """Which figure the heatmap shows; lives in the URL."""
    names = {what: view.texts(f"breaches.shown_name.{what}") for what in SHOWN}
    return url_choice.show(view.texts("breaches.shown"), SHOWN, names.__getitem__, "show")  # type: ignore[return-value]
