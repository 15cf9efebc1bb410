"""What a reported figure may have been computed from: for every metric its usual formula and the other ones in use.

A formula reads sums of contacts (``SUMS``): so it holds at any grain. Service level has its own, richer space
(``definition_space``). Sources of the variants: METRICS of the project (ICMI, Cisco, Genesys, Amazon Connect, Talkdesk)
and ``pipelines.measures.definitions``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.measures.definitions import AbandonRateDefinition, abandon_rate_parts

#: Sums that formulas read; one that a source lacks is null there: not known.
SUMS = (
    "offered", "answered", "abandoned", "abandoned_ivr", "flow_outs", "callbacks", "voicemail", "closed", "blocked",
    "errors", "answered_in_threshold", "abandoned_in_threshold", "short_abandoned", "callbacks_in_threshold",
    "wait_answered_s", "waits_known_answered", "waits_known", "ring_s", "talk_s", "hold_s", "acw_s", "talk_known",
    "handle_known", "handle_s", "hold_known", "acw_known", "transferred", "transfer_known", "logged_s", "surveys_sent",
    "surveys_answered", "csat_scored", "csat_top1", "csat_top2", "csat_neutral", "csat_sum", "nps_scored", "promoters",
    "detractors",
)  # fmt: skip

#: Those of them that count surveys.
SURVEYS = SUMS[SUMS.index("surveys_sent") :]

#: Limits (seconds) up to which an abandon is called short, as agreements and systems set them.
SHORT_LIMITS = (2.0, 3.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0)


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """``top / bottom``, or ``top`` alone for a count. ``steps``: in how many respects it departs from the usual one."""

    id: str
    top: pl.Expr
    bottom: pl.Expr | None = None
    steps: int = 0


def short_name(limit_s: float, inclusive: bool = True) -> str:
    """The column that counts abandons within ``limit_s``."""
    return f"short_{limit_s:g}_{'le' if inclusive else 'lt'}"


def formulas(metric: str, shorts: Sequence[float] = SHORT_LIMITS) -> list[Formula]:
    """All formulas of a metric, the usual one first; empty for a metric that contacts can't tell."""
    found = _FORMULAS.get(metric)
    return [] if found is None else found(shorts)


def abandon_rate_formula(definition: AbandonRateDefinition) -> Formula:
    """The formula of a definition; its short abandons are those of the clause's own limit."""
    top, bottom = abandon_rate_parts(definition)
    if definition.short_abandon_s is not None:
        name = short_name(definition.short_abandon_s)
        column = pl.col(name)
        parts = {
            "short_both_sides": (_abandoned - column, _offered - column),
            "short_numerator": (_abandoned - column, _offered),
        }
        top, bottom = parts.get(definition.variant, (top, bottom))
    return Formula(definition.id, top, bottom)


_offered, _answered, _abandoned = pl.col("offered"), pl.col("answered"), pl.col("abandoned")


def _counts(usual: str, *others: tuple[str, pl.Expr]) -> Callable[[Sequence[float]], list[Formula]]:
    def build(shorts: Sequence[float]) -> list[Formula]:
        return [Formula(usual, pl.col(usual)), *(Formula(name, top, None, 1) for name, top in others)]

    return build


def _with_shorts(usual: str, *others: tuple[str, pl.Expr]) -> Callable[[Sequence[float]], list[Formula]]:
    """A count, and the same without short abandons."""

    def build(shorts: Sequence[float]) -> list[Formula]:
        without = [
            Formula(f"{usual}.without_short{limit:g}s", pl.col(usual) - pl.col(short_name(limit)), None, 1)
            for limit in shorts
        ]
        return [*_counts(usual, *others)(shorts), *without]

    return build


def _ratios(*named: tuple[str, pl.Expr, pl.Expr]) -> Callable[[Sequence[float]], list[Formula]]:
    def build(shorts: Sequence[float]) -> list[Formula]:
        return [Formula(name, top, bottom, min(place, 1)) for place, (name, top, bottom) in enumerate(named)]

    return build


def _answer_rates(shorts: Sequence[float]) -> list[Formula]:
    plain = _ratios(
        ("answer_rate.of_offered", _answered, _offered),
        ("answer_rate.of_answered_and_abandoned", _answered, _answered + _abandoned),
        ("answer_rate.with_closed_hours", _answered, _offered + pl.col("closed")),
        ("answer_rate.with_ivr", _answered, _offered + pl.col("abandoned_ivr")),
    )(shorts)
    return plain + [
        Formula(f"answer_rate.without_short{s:g}s", _answered, _offered - pl.col(short_name(s)), 1) for s in shorts
    ]


def _abandon_rates(shorts: Sequence[float]) -> list[Formula]:
    plain = [
        AbandonRateDefinition("all"),
        AbandonRateDefinition("with_ivr"),
        AbandonRateDefinition("with_voicemail"),
        AbandonRateDefinition("answered_over_offered"),
    ]
    short = [AbandonRateDefinition(variant, s) for variant in ("short_both_sides", "short_numerator") for s in shorts]
    found = [abandon_rate_formula(definition) for definition in [*plain, *short]]
    return [Formula(one.id, one.top, one.bottom, min(place, 1)) for place, one in enumerate(found)]


_known, _talks = pl.col("handle_known"), pl.col("talk_known")
_talk, _hold, _acw, _ring = (pl.col(name) for name in ("talk_s", "hold_s", "acw_s", "ring_s"))
_wait, _waits = pl.col("wait_answered_s"), pl.col("waits_known_answered")
_scored = pl.col("csat_scored")

_FORMULAS: dict[str, Callable[[Sequence[float]], list[Formula]]] = {
    "offered": _with_shorts(
        "offered",
        ("offered.with_closed_hours", _offered + pl.col("closed")),
        ("offered.with_ivr", _offered + pl.col("abandoned_ivr")),
        ("offered.without_flow_outs", _offered - pl.col("flow_outs")),
        ("offered.answered_and_abandoned", _answered + _abandoned),
    ),
    "answered": _counts(
        "answered",
        ("answered.with_callbacks", _answered + pl.col("callbacks")),
        ("answered.with_voicemail", _answered + pl.col("voicemail")),
    ),
    "abandoned": _with_shorts(
        "abandoned",
        ("abandoned.with_ivr", _abandoned + pl.col("abandoned_ivr")),
        ("abandoned.with_closed_hours", _abandoned + pl.col("closed")),
        ("abandoned.all_not_answered", _offered - _answered),
    ),
    "overflowed": _counts("flow_outs"),
    "callbacks": _counts("callbacks"),
    "closed": _counts("closed"),
    "transferred": _counts("transferred"),
    "answered_in_threshold": _counts("answered_in_threshold"),
    "abandoned_in_threshold": _counts("abandoned_in_threshold"),
    "short_abandoned": _counts("short_abandoned"),
    "surveys_offered": _counts("surveys_sent"),
    "surveys_answered": _counts("surveys_answered", ("csat_scored", _scored)),
    "logged_s": _counts("logged_s"),
    "answer_rate": _answer_rates,
    "abandon_rate": _abandon_rates,
    "asa_s": _ratios(
        ("asa_s.over_answered", _wait, _waits),
        ("asa_s.over_offered", _wait, _offered),
        ("asa_s.with_ring", _wait + _ring, _waits),
    ),
    "aht_s": _ratios(
        ("aht_s.talk+hold+acw", pl.col("handle_s"), _known),
        ("aht_s.talk+hold", _talk + _hold, _talks),
        ("aht_s.talk+acw", _talk + _acw, _talks),
        ("aht_s.talk", _talk, _talks),
        ("aht_s.talk+hold+acw+ring", pl.col("handle_s") + _ring, _known),
    ),
    "talk_s": _ratios(("talk_s.talk", _talk, _talks), ("talk_s.talk+hold", _talk + _hold, _talks)),
    "hold_s": _ratios(
        ("hold_s.over_known", _hold, pl.col("hold_known")), ("hold_s.over_answered", _hold, _answered)
    ),
    "acw_s": _ratios(("acw_s.over_known", _acw, pl.col("acw_known")), ("acw_s.over_answered", _acw, _answered)),
    "transfer_rate": _ratios(
        ("transfer_rate.of_known", pl.col("transferred"), pl.col("transfer_known")),
        ("transfer_rate.of_offered", pl.col("transferred"), _offered),
    ),
    "csat": _ratios(
        ("csat.top2", pl.col("csat_top2"), _scored),
        ("csat.top1", pl.col("csat_top1"), _scored),
        ("csat.top2/without_neutral", pl.col("csat_top2"), _scored - pl.col("csat_neutral")),
        ("csat.top2/of_all_asked", pl.col("csat_top2"), pl.col("surveys_sent")),
    ),
    "csat_mean": _ratios(("csat.mean", pl.col("csat_sum"), _scored)),
    "nps": _ratios(("nps.0-10", 100 * (pl.col("promoters") - pl.col("detractors")), pl.col("nps_scored"))),
}  # fmt: skip

METRICS = frozenset({*_FORMULAS, "service_level"})
#: Metrics that count contacts: what is left of a difference there is contacts that one side has and the other has not.
COUNTS = ("offered", "answered", "abandoned", "overflowed", "callbacks", "closed", "transferred")
