"""What a contact really costs, month by month, beside the same in the in-house team."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboard.components.breach_links import Links
from dashboard.components.tables import show_static
from dashboard.escape import md_escape
from dashboard.formats import Formats
from dashboard.view import View
from pipelines.answers.money import summed
from pipelines.measures.agreement.true_cost import MonthlyCost

MOST_MONTHS = 12


def show(
    view: View, formats: Formats, vendor: str, links: Links, costs: Sequence[MonthlyCost], baseline: str | None,
    own: Sequence[MonthlyCost],
) -> None:  # fmt: skip
    """Months with the billed, the true and the in-house cost; what the true cost is made of over the year."""
    texts = view.texts
    st.subheader(texts("money.true_cost"), anchor=False)
    shown = list(costs)[-MOST_MONTHS:]
    if not shown:
        st.markdown(texts("money.no_whole_month"))
        return
    beside = {one.period_start: one for one in own} if baseline is not None else {}
    year, home = summed(shown), summed([beside[one.period_start] for one in shown if one.period_start in beside])
    if year is not None:
        _sentence(view, formats, links.published.vendor_name(vendor), year, baseline, home)
        _parts(view, formats, year)
    rows = [_row(view, formats, one, baseline, beside.get(one.period_start)) for one in reversed(shown)]
    ways = [links.to(vendor, "answered", days=(one.period_start, one.period_end)) for one in reversed(shown)]
    handled = {texts("money.column.handled"): ways}
    show_static(pl.DataFrame(rows), texts("money.true_cost"), wide=True, links=handled)
    st.caption(texts("money.true_cost_note"))


def _sentence(
    view: View, formats: Formats, vendor: str, year: MonthlyCost, baseline: str | None, home: MonthlyCost | None
) -> None:
    texts = view.texts
    period = formats.period(year.period_start, year.period_end)
    said = texts(
        "money.cost_sentence", vendor=md_escape(vendor), period=period,
        billed=md_escape(formats.money(year.billed_per_contact)),
        true=md_escape(formats.money(year.per_contact)),
    )  # fmt: skip
    if home is not None and baseline is not None:
        said += " " + texts(
            "money.cost_home", baseline=md_escape(baseline), true=md_escape(formats.money(home.per_contact))
        )
    if year.per_resolved is not None:
        said += " " + texts("money.cost_resolved", true=md_escape(formats.money(year.per_resolved)))
        if home is not None and home.per_resolved is not None and baseline is not None:
            said += " " + texts(
                "money.cost_resolved_home",
                baseline=md_escape(baseline),
                true=md_escape(formats.money(home.per_resolved)),
            )
    st.markdown(said)


def _parts(view: View, formats: Formats, year: MonthlyCost) -> None:
    """What the total of the year is made of."""
    texts = view.texts
    parts = [(texts("money.part.billed"), year.billed), (texts("money.part.credits"), -year.credits),
             (texts("money.part.goodwill"), year.goodwill)]  # fmt: skip
    parts += [(texts(f"money.part.{kind}"), amount) for kind, amount in sorted(year.other.items())]
    parts.append((texts("money.part.total"), year.total))
    rows = [
        {texts("money.column.part"): name, texts("money.column.amount"): formats.money(amount),
         texts("money.column.per_contact"): formats.money(
             None if amount is None or not year.handled else amount / year.handled)}
        for name, amount in parts
    ]  # fmt: skip
    show_static(pl.DataFrame(rows), texts("money.made_of"))


def _row(
    view: View, formats: Formats, one: MonthlyCost, baseline: str | None, home: MonthlyCost | None
) -> dict[str, str]:
    texts = view.texts
    row = {
        texts("money.column.period"): formats.month(one.period_start, one.period_end),
        texts("money.column.total"): formats.money(one.total),
        texts("money.column.handled"): formats.number(one.handled),
        texts("money.column.billed_per_contact"): formats.money(one.billed_per_contact),
        texts("money.column.true_per_contact"): formats.money(one.per_contact),
        texts("money.column.true_per_resolved"): _resolved(view, formats, one),
    }
    if baseline is not None:
        row |= {
            texts("money.column.home_per_contact", baseline=baseline): formats.money(home and home.per_contact),
            texts("money.column.home_per_resolved", baseline=baseline): _resolved(view, formats, home),
        }
    return row


def _resolved(view: View, formats: Formats, one: MonthlyCost | None) -> str:
    if one is not None and one.resolved is None:
        return view.texts("money.not_yet_known")
    return formats.money(one and one.per_resolved)
