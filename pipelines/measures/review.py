"""Whom to call: the handful of figures of a week that are worth a director's time, each as a sentence.

A figure qualifies only when it differs by more than chance explains: from its target (the figure's own interval
excludes it), or from the operation's own previous twelve weeks. For the latter the spread from week to week counts,
not only the number of contacts: with thousands of contacts every week differs "significantly" from every other.

Of figures that tell the same story (service level, abandons, waits) only the weightiest of a vendor is taken.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from statistics import fmean, stdev
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict
from scipy import stats

from pipelines.measures.catalogue import MEASURES, Language, Measure, Text
from pipelines.measures.figures import CONFIDENCE
from pipelines.measures.wording import distance_text, number, value_text

Kind = Literal["target", "worse", "better", "changed"]

MOST = 5
#: Fewer earlier weeks than this say nothing about what is usual.
FEWEST_WEEKS = 8
#: Figures of one family move together: one call, not five.
_FAMILIES: dict[str, tuple[str, ...]] = {
    "waiting": ("service_level", "abandon_rate", "asa_s", "wait_median_s", "wait_p90_s"),
    "handling": ("aht_s", "transfer_rate"),
    "outcome": ("repeat_rate", "csat", "nps"),
    "surveys": ("response_rate",),
    "refunds": ("refund_rate", "refund_value_per_contact"),
    "cost": ("cost_per_contact", "cost_per_resolved_contact"),
    "volume": ("offered",),
}
_FAMILY = {metric: family for family, metrics in _FAMILIES.items() for metric in metrics}
#: What counts as one step of severity: 5 points of a share, 10 of NPS, else a fifth of the reference.
_STEPS = {"share": 0.05, "points": 10.0}
_RELATIVE_STEP = 0.2
_KIND_WEIGHT: dict[Kind, float] = {"target": 1.5, "worse": 1.0, "changed": 0.5, "better": 0.4}
_MOST_STEPS = 4.0


class _Templates(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sentence: dict[str, Text]
    summary: dict[str, Text]


_TEMPLATES = _Templates.model_validate(
    tomllib.loads(resources.files("pipelines.measures").joinpath("review.toml").read_text(encoding="utf-8"))
)


@dataclass(frozen=True, slots=True)
class Call:
    """One figure worth a call. ``difference`` is value less ``reference``: the target, or the weeks before on average.

    ``low`` and ``high`` bound the difference; null where everything was counted. ``weight`` is severity x volume.
    """

    kind: Kind
    vendor: str
    queue: str | None
    metric: str
    value: float
    n: int
    reference: float
    difference: float
    low: float | None
    high: float | None
    weight: float
    definition_id: str | None = None

    def sentence(self, language: Language = "en", names: Mapping[str, str] | None = None, currency: str = "EUR") -> str:
        """The finding in words. ``names`` gives vendors and queues the names that people use."""
        measure, known = MEASURES[self.metric], names or {}
        side = "above" if self.difference > 0 else "below"
        exact = "_exact" if self.kind == "target" and (self.low is None or self.high is None) else ""
        who = known.get(self.vendor, self.vendor)
        bounds = sorted(abs(limit) for limit in (self.low, self.high) if limit is not None)
        return _TEMPLATES.sentence[f"{self.kind}{exact}_{side}"](language).format(
            who=f"{who}, {known.get(self.queue, self.queue)}" if self.queue else who,
            measure=_inside(measure.name(language)),
            value=value_text(self.value, measure, language, currency),
            n=number(self.n, 0, language),
            reference=value_text(self.reference, measure, language, currency),
            distance=distance_text(self.difference, measure, language, currency),
            low=distance_text(bounds[0], measure, language, currency) if bounds else "",
            high=distance_text(bounds[-1], measure, language, currency) if bounds else "",
        )


@dataclass(frozen=True, slots=True)
class Review:
    """The calls of a week, weightiest first, with what they were picked from.

    ``examined`` comparisons were made, ``found`` of them stood out, ``expected_by_chance`` would have if nothing had
    changed; ``too_few`` figures rest on too little data to tell.
    """

    calls: tuple[Call, ...]
    examined: int
    found: int
    expected_by_chance: float
    too_few: int

    def summary(self, language: Language = "en") -> str:
        """How many figures were looked at, how many stood out, and how many would have by luck."""
        sentences = ["looked_at", "too_few"] if self.too_few else ["looked_at"]
        return " ".join(_TEMPLATES.summary[one](language) for one in sentences).format(
            examined=number(self.examined, 0, language),
            chance=number(self.expected_by_chance, 0, language),
            found=number(self.found, 0, language),
            shown=number(len(self.calls), 0, language),
            too_few=number(self.too_few, 0, language),
        )


@dataclass(slots=True)
class _Tally:
    """What was compared so far."""

    calls: list[Call] = field(default_factory=list)
    with_target: int = 0
    with_past: int = 0


def whom_to_call(card: pl.DataFrame, most: int = MOST) -> Review:
    """The review of a scorecard (``scorecard.SCORECARD_SCHEMA``): at most ``most`` calls, weightiest first."""
    rows = card.filter(pl.col("metric").is_in(list(_FAMILY)), pl.col("value").is_not_null())
    sure = rows.filter(pl.col("reliability") == "enough")
    volumes = _volumes(card)
    tally = _Tally()
    for row in sure.iter_rows(named=True):
        volume = volumes.get((row["vendor"], row["queue"]), 0.0)
        _compare_with_target(row, volume, tally)
        _compare_with_past(row, volume, tally)
    calls = sorted(tally.calls, key=lambda call: (-call.weight, call.vendor, call.queue or "", call.metric))
    # A figure exactly on its target misses it by chance on one side only; the past differs on either.
    by_chance = (1 - CONFIDENCE) * (tally.with_past + tally.with_target / 2)
    shown = tuple(_one_per_story(calls))[:most]
    return Review(shown, tally.with_target + tally.with_past, len(calls), by_chance, rows.height - sure.height)


def usual_difference(
    value: float, past: list[float | None], standard_error: float | None
) -> tuple[float, float, float] | None:
    """Mean of the earlier weeks, and the interval of ``value`` less that mean; null with too few earlier weeks.

    The spread is that from week to week, or the sampling error of the week itself where that is larger (small n).
    """
    known = [one for one in past if one is not None]
    if len(known) < FEWEST_WEEKS:
        return None
    mean = fmean(known)
    spread = max(stdev(known), standard_error or 0.0)
    quantile = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(known) - 1))
    half = quantile * spread * (1 + 1 / len(known)) ** 0.5
    difference = value - mean
    return mean, difference - half, difference + half


def _compare_with_target(row: dict[str, Any], volume: float, tally: _Tally) -> None:
    target = row["target"]
    if target is None or row["target_met"] is None:
        return
    tally.with_target += 1
    low, high = row["low"], row["high"]
    # Where all is counted there is no interval: a miss is a miss.
    exact = low is None or high is None
    beyond_chance = exact or (high < target if row["target_direction"] == "higher" else low > target)
    if not row["target_met"] and beyond_chance:
        limits = (None, None) if exact else (low - target, high - target)
        tally.calls.append(_call("target", row, target, limits, volume))


def _compare_with_past(row: dict[str, Any], volume: float, tally: _Tally) -> None:
    low, high = row["low"], row["high"]
    error = None if low is None or high is None else (high - low) / 2 / float(stats.norm.ppf(0.5 + CONFIDENCE / 2))
    found = usual_difference(row["value"], row["history"][:-1], error)
    if found is None:
        return
    tally.with_past += 1
    mean, below, above = found
    if below <= 0 <= above:
        return
    direction = MEASURES[row["metric"]].direction
    kind: Kind = "changed"
    if direction != "none":
        kind = "better" if (below > 0) == (direction == "higher") else "worse"
    tally.calls.append(_call(kind, row, mean, (below, above), volume))


def _call(
    kind: Kind, row: dict[str, Any], reference: float, limits: tuple[float | None, float | None], volume: float
) -> Call:
    measure = MEASURES[row["metric"]]
    difference = row["value"] - reference
    # The square root: a vendor with four times the contacts weighs twice, so that a small one can still be heard.
    weight = _KIND_WEIGHT[kind] * _severity(difference, reference, measure) * volume**0.5
    return Call(
        kind, row["vendor"], row["queue"], row["metric"], row["value"], row["n"], reference, difference, *limits,
        weight, row["definition_id"],
    )  # fmt: skip


def _severity(difference: float, reference: float, measure: Measure) -> float:
    step = _STEPS.get(measure.unit) or _RELATIVE_STEP * abs(reference)
    return min(abs(difference) / step, _MOST_STEPS) if step else _MOST_STEPS


def _volumes(card: pl.DataFrame) -> dict[tuple[str, str | None], float]:
    """Contacts offered per vendor and queue, as a share of the busiest one's."""
    offered = card.filter((pl.col("metric") == "offered") & pl.col("value").is_not_null())
    busiest = max(offered["value"].to_list(), default=0.0)
    return {(row["vendor"], row["queue"]): row["value"] / busiest for row in offered.iter_rows(named=True) if busiest}


def _one_per_story(calls: list[Call]) -> Iterator[Call]:
    told: set[tuple[str, str | None, str]] = set()
    for call in calls:
        story = (call.vendor, call.queue, _FAMILY[call.metric])
        if story not in told:
            told.add(story)
            yield call


def _inside(name: str) -> str:
    """A measure's name within a sentence: lower case, unless it is an abbreviation."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
