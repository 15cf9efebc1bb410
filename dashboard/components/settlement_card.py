"""What each period came to: the amount, the rules that gave it, and how far the definition decides it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard.components.breach_links import Links
from dashboard.components.tables import show_download, show_static
from dashboard.escape import md_escape
from dashboard.formats import Formats
from dashboard.view import View
from pipelines.answers.money import settlement_document
from pipelines.measures.agreement.settlement import SettledPeriod, least_and_most, net_of
from pipelines.measures.credits import CreditLine

MOST_PERIODS = 13


def show(view: View, formats: Formats, periods: Sequence[SettledPeriod], vendor: str, links: Links) -> None:
    """The periods, the latest first; what one came to leads to its breaches."""
    st.subheader(view.texts("money.settled"), anchor=False)
    if not periods:
        st.markdown(view.texts("money.no_credits_agreed"))
        return
    shown = list(periods)[-MOST_PERIODS:]
    st.markdown(_summary(view, formats, shown))
    rows = [_row(view, formats, one) for one in reversed(shown)]
    ways = [links.to(vendor, days=(one.period_start, one.period_end)) for one in reversed(shown)]
    net = {view.texts("money.column.net"): ways}
    show_static(pl.DataFrame(rows), view.texts("money.settled"), wide=True, links=net)
    st.caption(view.texts("money.settled_note"))
    show_download(_plain(periods), view.texts("money.download_settled"), f"credits_{vendor}.csv", "credits_download")


def _summary(view: View, formats: Formats, periods: Sequence[SettledPeriod]) -> str:
    told = [one for one in periods if one.reported is not None and one.net is not None]
    texts = view.texts
    said = texts(
        "money.settled_sentence", periods=formats.number(len(periods)),
        net=md_escape(formats.money(abs(net_of(periods)))),
        who=texts("money.vendor_owes" if net_of(periods) <= 0 else "money.client_owes"),
    )  # fmt: skip
    if told:
        reported = sum((one.reported for one in told if one.reported is not None), Decimal(0))
        said += " " + texts("money.reported_sentence", amount=md_escape(formats.money(abs(reported))))
    counts = [one.risk.definitions for one in periods if one.risk is not None]
    if counts:
        low, high = least_and_most(periods)
        if high <= 0:  # owed by the vendor, as in the sentence before
            low, high = -high, -low
        n = formats.number(max(counts))
        if low == high:
            said += " " + texts("money.no_risk_sentence", n=n)
        else:
            said += " " + texts(
                "money.risk_sentence", low=md_escape(formats.money(low)), high=md_escape(formats.money(high)), n=n
            )
    return said


def _row(view: View, formats: Formats, one: SettledPeriod) -> dict[str, str]:
    texts = view.texts
    risk = one.risk
    return {
        texts("money.column.period"): formats.month(one.period_start, one.period_end),
        texts("money.column.net"): texts("money.charge_unknown") if one.unknown else formats.money(one.net),
        texts("money.column.lines"): "; ".join(_line(view, formats, line) for line in one.lines),
        texts("money.column.without_relief"): formats.money(one.without_relief),
        texts("money.column.reported"): formats.money(one.reported),
        texts("money.column.risk"): "" if risk is None else _range(view, formats, risk.low, risk.high),
        texts("money.column.sure"): "" if one.sure else texts("money.not_sure"),
        texts("money.column.charge"): _charge(view, formats, one),
    }


def _line(view: View, formats: Formats, line: CreditLine) -> str:
    clause = "" if line.clause == "*" else f"{line.clause}: "
    basis = formats.rate(float(line.basis), 0) if line.rule == "at_risk" else line.basis.replace(" in ", "/")
    rule = view.texts(f"money.rule.{line.rule}", basis=basis)
    return f"{clause}{formats.money(line.amount)} ({rule})"


def _range(view: View, formats: Formats, low: Decimal, high: Decimal) -> str:
    if low == high:
        return view.texts("money.same_whatever")
    return f"{formats.money(low)} … {formats.money(high)}"


def _charge(view: View, formats: Formats, one: SettledPeriod) -> str:
    if one.charge.amount is None:
        return formats.money(None)
    source = view.texts.known("money.charge_from", one.charge.source or "recomputed")
    return f"{formats.money(one.charge.amount)} ({source})"


def _plain(periods: Sequence[SettledPeriod]) -> pl.DataFrame:
    rows = []
    for one in periods:
        document = settlement_document(one)
        risk = document.pop("definition_risk") or {}
        lines = "; ".join(f"{line.clause} {line.rule} {line.amount} {line.basis}" for line in one.lines)
        document |= {"lines": lines, "least": risk.get("low"), "most": risk.get("high"), "least_by": risk.get("low_by"),
                     "reported_values": str(dict(one.reported_values))}  # fmt: skip
        rows.append({name: None if value is None else str(value) for name, value in document.items()})
    return pl.DataFrame(rows, infer_schema_length=None)
