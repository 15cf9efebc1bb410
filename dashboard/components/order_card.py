"""The order of service of one vendor's queues: served in turn or not, what else may explain it, how often that errs."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components.missed_list import queue_name
from dashboard.components.tables import show_static
from dashboard.escape import md_escape
from dashboard.models import Published
from dashboard.view import View
from pipelines.answers.service_order import FALSE_ALARMS, INNOCENT, SHORT_S

PATTERNS = tuple(INNOCENT)


def show(view: View, published: Published, rows: pl.DataFrame, first: date, last: date) -> None:
    """``rows``: ``answers.service_order.ORDER`` of one vendor, from ``first`` to ``last``."""
    with st.container(border=True, gap="small", key="order"):
        texts = view.texts
        st.subheader(texts("order.heading"), anchor="order")
        st.caption(texts("order.caption", period=view.formats.period(first, last)))
        if rows.is_empty():
            st.markdown(texts("order.nothing"))
            return
        named = [
            (row, pattern) for row in rows.iter_rows(named=True) for pattern in PATTERNS if row[pattern] == "explain"
        ]
        for row, pattern in named:
            st.markdown(sentence(view, published, row, pattern))
        if not named:
            st.markdown(texts("order.in_turn"))
        show_static(table(view, published, rows), texts("order.heading"), wide=True)
        st.caption(texts("order.how", alarms=alarms(view), seconds=SHORT_S))


def sentence(view: View, published: Published, row: dict[str, Any], pattern: str) -> str:
    """What shows, beside what is usual, and what may explain it as well, in Markdown."""
    texts, formats = view.texts, view.formats
    facts = {
        "queue": md_escape(queue_name(published, row["queue"])), "n": formats.number(row["answered"]),
        "overtaken": formats.rate(row["overtaken_share"]), "late": formats.number(row["overtaken_late"]),
        "threshold": formats.number(row["threshold_s"]), "window": formats.number(row["window_s"]),
        "before": formats.number(row["before"]), "after": formats.number(row["after"]),
        "share": formats.rate(row["short_share"]), "usual": formats.rate(row["usual_short_share"]),
        "seconds": formats.number(SHORT_S), "calls": formats.number(row["calls"]),
    }  # fmt: skip
    said = {
        "overtaking": lambda: texts("order.overtaking", **_only(facts, "queue", "overtaken", "n", "late")),
        "heaping": lambda: texts("order.heaping", **_only(facts, "queue", "after", "before", "window", "threshold")),
        "short_calls": lambda: texts(
            "order.short_calls", **_only(facts, "queue", "share", "calls", "seconds", "usual")
        ),
    }[pattern]()
    innocent = "; ".join(texts(f"order.innocent.{cause}") for cause in INNOCENT[pattern])
    return f"{said} {texts('order.innocent_first', causes=innocent)}"


def _only(facts: dict[str, str], *names: str) -> dict[str, str]:
    return {name: facts[name] for name in names}


def table(view: View, published: Published, rows: pl.DataFrame) -> pl.DataFrame:
    """One line per queue: what a service level does not show, and the three verdicts."""
    texts, formats = view.texts, view.formats
    lines = []
    for row in rows.iter_rows(named=True):
        ratio = texts("order.few") if row["usual_ratio"] is None else texts(
            "order.ratio", ratio=formats.number(row["ratio"], 2), usual=formats.number(row["usual_ratio"], 2)
        )  # fmt: skip
        lines.append(
            {
                texts("column.queue"): queue_name(published, row["queue"]),
                texts("order.column.verdict"): ", ".join(
                    texts(f"order.named.{pattern}") for pattern in PATTERNS if row[pattern] == "explain"
                ) or texts(f"order.verdict.{_calmest(row)}"),
                texts("order.column.overtaken"): _share_of(view, row["overtaken_share"], row["answered"]),
                texts("order.column.ratio"): ratio,
                texts("order.column.waits"): texts(
                    "order.waits", median=formats.number(row["median_wait_s"]), late=formats.number(row["p99_wait_s"]),
                    most=formats.number(row["longest_wait_s"]),
                ),
                texts("order.column.peak"): texts(
                    "order.peaks", peak=formats.rate(row["peak"]), other=formats.rate(row["off_peak"])
                ),
                texts("order.column.short"): _share_of(view, row["short_share"], row["calls"], 2),
                texts("order.column.ended"): _share_of(view, row["ended_by_agent_share"], row["ended_known"]),
            }
        )  # fmt: skip
    return pl.DataFrame(lines)


def _share_of(view: View, share: float | None, n: int | None, decimals: int = 1) -> str:
    """A share with what it is of; a dash where it is not known."""
    known = view.formats.rate(share, decimals)
    return known if share is None else view.texts("order.of", share=known, n=view.formats.number(n))


def _calmest(row: dict[str, Any]) -> str:
    """What is said of a queue of which nothing is to be explained: too little only where nothing could be told."""
    return "usual" if any(row[pattern] == "usual" for pattern in PATTERNS) else "too_little"


def alarms(view: View) -> str:
    """How often honest queues were named, pattern by pattern."""
    return ", ".join(
        view.texts("order.alarm", pattern=view.texts(f"order.named.{pattern}"), named=named, honest=honest)
        for pattern, (named, honest) in FALSE_ALARMS.items()
    )
