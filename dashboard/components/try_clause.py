"""Before signing: a clause that nobody has agreed yet, over the last year of an operation's contacts.

What is tried is in the URL, written as the command line takes it: ``metric=service_level,target=0.8,...``
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components.clause_words import ClauseWords
from dashboard.components.tables import show_static
from dashboard.escape import md_escape
from dashboard.formats import Formats
from dashboard.view import View
from pipelines.answers.trial import Trial
from pipelines.measures.agreement.trial import Outcome
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.definitions import VARIANTS
from pipelines.workspace.terms import CLAUSE_METRICS

TRY, WHOSE = "try", "whose"
METRICS = ("service_level", "abandon_rate", "asa_s", "aht_s", "csat", "repeat_rate", "transfer_rate")
AGGREGATIONS = ("call_weighted", "mean_of_days", "mean_of_intervals", "interval_share", "contact_share")
PERIODS = ("month", "week", "quarter")
#: What the form holds before anything has been tried.
FIRST = {
    "metric": "service_level", "target": "0.8", "threshold_s": "30", "variant": "abandon_negative",
    "inclusive": "true", "short_abandon_s": "5", "aggregation": "call_weighted", "measurement_period": "month",
    "rounding": "1", "per_point": "1000",
}  # fmt: skip


def show(view: View, formats: Formats, version: str, operations: Sequence[str], names: dict[str, str]) -> None:
    """The form; once something has been tried, what came out. ``operations``: whose contacts can be tried."""
    st.subheader(view.texts("money.try"), anchor=False)
    st.markdown(view.texts("money.try_help"))
    text = st.query_params.get(TRY, "")
    given = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    asked = st.query_params.get(WHOSE)
    whose = asked if asked in operations else operations[0]
    _form(view, {**FIRST, **given}, operations, whose, names)
    if not given:
        return
    with st.spinner(view.texts("state.loading")):
        found = data.trial(version, whose, tuple(sorted(given.items())))
    if found is None:
        st.warning(view.texts("money.try_no_contacts"))
    elif isinstance(found, tuple):
        st.warning(view.texts("money.try_wrong") + "  \n" + "  \n".join(f"- {md_escape(one)}" for one in found))
    else:
        _outcome(view, formats, found, names[whose], text, whose)


def _form(view: View, given: dict[str, str], operations: Sequence[str], whose: str, names: dict[str, str]) -> None:
    texts = view.texts
    with st.form("try_clause", border=True):
        left, middle, right = st.columns(3)
        _select(left, texts("money.try_whose"), operations, whose, "whose", names.__getitem__)
        _select(left, texts("column.measure"), METRICS, given["metric"], "metric",
                lambda one: MEASURES[one].name(view.language))  # fmt: skip
        _number(left, texts("money.try_target"), _shown_target(given), "target", texts("money.try_target_help"))
        _number(middle, texts("money.try_threshold"), _float(given["threshold_s"]), "threshold")
        _select(middle, texts("money.try_variant"), VARIANTS, given["variant"], "variant",
                lambda one: texts(f"money.variant.{one}"))  # fmt: skip
        _select(middle, texts("money.try_inclusive"), ("true", "false"), given["inclusive"], "inclusive",
                lambda one: texts(f"money.inclusive.{one}"))  # fmt: skip
        _number(middle, texts("money.try_short"), _float(given["short_abandon_s"]), "short")
        _select(right, texts("money.try_average"), AGGREGATIONS, given["aggregation"], "aggregation",
                lambda one: texts(f"money.average.{one}"))  # fmt: skip
        _select(right, texts("money.try_period"), PERIODS, given["measurement_period"], "period",
                lambda one: texts(f"money.per.{one}"))  # fmt: skip
        _number(right, texts("money.try_per_point"), _float(given["per_point"]), "per_point")
        st.form_submit_button(texts("money.try_button"), on_click=_remember)


def _select(place: Any, label: str, options: Sequence[str], value: str, key: str, name_of: Any) -> None:
    st.session_state.setdefault(f"try_{key}", value if value in options else options[0])
    place.selectbox(label, options, format_func=name_of, key=f"try_{key}")


def _number(place: Any, label: str, value: float, key: str, help_text: str | None = None) -> None:
    st.session_state.setdefault(f"try_{key}", value)
    place.number_input(label, min_value=0.0, step=1.0, format="%g", key=f"try_{key}", help=help_text)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _shown_target(given: dict[str, str]) -> float:
    """A share is asked for in percent."""
    value = _float(given["target"])
    return round(value * 100, 6) if CLAUSE_METRICS.get(given["metric"], ("rate",))[0] == "rate" else value


def _remember() -> None:
    """Write what the form holds into the URL."""
    state = {
        name: st.session_state[f"try_{name}"] for name in ("metric", "target", "aggregation", "period", "per_point")
    }
    share = CLAUSE_METRICS[state["metric"]][0] == "rate"
    parts = {"metric": state["metric"], "target": f"{state['target'] / 100 if share else state['target']:g}"}
    if state["metric"] == "service_level":
        parts |= {"threshold_s": f"{st.session_state['try_threshold']:g}", "variant": st.session_state["try_variant"],
                  "inclusive": st.session_state["try_inclusive"]}  # fmt: skip
        if "short" in parts["variant"] or parts["variant"] == "with_flowouts":
            parts["short_abandon_s"] = f"{st.session_state['try_short']:g}"
    parts |= {"aggregation": state["aggregation"], "measurement_period": state["period"], "rounding": "1"}
    if state["per_point"]:
        parts["per_point"] = f"{state['per_point']:g}"
    st.query_params[TRY] = ",".join(f"{name}={value}" for name, value in parts.items())
    st.query_params[WHOSE] = st.session_state["try_whose"]


def _outcome(view: View, formats: Formats, found: Trial, name: str, text: str, whose: str) -> None:
    texts = view.texts
    words = ClauseWords(view, found.bound, {}, formats.currency)
    one = found.outcome
    period = formats.period(found.first_day, found.last_day)
    st.markdown(words.sentence() + "  \n" + texts("money.counted_as", definition=md_escape(words.definition())))
    st.markdown(
        texts("money.try_past", name=md_escape(name), period=period, met=formats.number(one.met),
              judged=formats.number(one.judged)) + _paid(view, formats, one)
    )  # fmt: skip
    if one.chance is None:
        st.markdown(texts("money.try_too_few_weeks", weeks=formats.number(found.weeks)))
    else:
        said = texts(
            "money.try_chance", chance=formats.rate(one.chance, 0), weeks=formats.number(found.weeks),
            low=words.value(found.low), high=words.value(found.high),
        )  # fmt: skip
        if one.expected is not None:
            said += " " + texts("money.try_expected", amount=md_escape(formats.money(one.expected)))
        st.markdown(said)
    left, right = st.columns([1, 2])
    with left:
        rows = [
            {
                texts("money.column.period"): formats.month(row["period_start"], row["period_end"], short=True),
                texts("money.column.value"): words.value(row["value"]),
                texts("money.column.state"): texts(f"money.state.{row['state']}"),
                texts("money.column.amount"): formats.money(found.amounts.get(row["period_start"])),
            }
            for row in found.periods.tail(24).iter_rows(named=True)
        ]
        if rows:
            show_static(pl.DataFrame(rows), texts("money.try_past_table"))
    with right:
        rows = [_variation(view, formats, words, variation) for variation in found.telling]
        if found.variations:
            st.markdown(f"**{texts('money.try_sensitivity')}**")
        if rows:
            show_static(pl.DataFrame(rows), texts("money.try_sensitivity"))
        if found.idle:
            changes = "; ".join(_change(view, words, variation) for variation in found.idle)
            st.caption(texts("money.try_idle", changes=md_escape(changes)))
    st.caption(texts("money.try_note"))
    st.code(f'python -m pipelines money --vendor {whose} --try "{text}"', language=None)


#: Where the words of a parameter's values stand under another name.
_WORDS_OF = {"aggregation": "average", "measurement_period": "per"}


def _paid(view: View, formats: Formats, one: Outcome) -> str:
    if one.paid is None:
        return ""
    return " " + view.texts("money.try_paid", amount=md_escape(formats.money(one.paid)))


def _variation(view: View, formats: Formats, words: ClauseWords, variation: Any) -> dict[str, str]:
    texts, one = view.texts, variation.outcome
    return {
        texts("money.column.change"): _change(view, words, variation),
        texts("money.column.past"): f"{formats.number(one.met)} / {formats.number(one.judged)}",
        texts("money.column.chance"): formats.rate(one.chance, 0),
        texts("money.column.expected"): formats.money(one.expected),
    }


def _change(view: View, words: ClauseWords, variation: Any) -> str:
    name = view.texts(f"money.parameter.{variation.parameter}")
    value = _value(view, words, variation.parameter, variation.value)
    return view.texts("money.try_change", parameter=name, value=value)


def _value(view: View, words: ClauseWords, parameter: str, value: Any) -> str:
    texts = view.texts
    if parameter == "target":
        return words.value(value)
    if parameter in ("threshold_s", "short_abandon_s"):
        return f"{view.formats.number(value)} s"
    if parameter == "inclusive":
        return texts(f"money.inclusive.{'true' if value else 'false'}")
    if parameter == "include":
        return ", ".join(texts(f"money.include.{kept}") for kept in value)
    if parameter == "rounding":
        return texts("money.no_rounding") if value is None else view.formats.number(value)
    return texts(f"money.{_WORDS_OF.get(parameter, parameter)}.{value}")
