"""An agreement in plain words: what a clause asks for, how it is counted, what a miss costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dashboard.escape import md_escape
from dashboard.formats import Formats
from dashboard.view import View
from pipelines.answers.trial import NAME
from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.ledger.words import definition_words
from pipelines.workspace.terms import REPEAT_METRICS, Credits, CreditTier, Terms

_DECIMALS = {"rate": 1, "s": 0, "score": 1, "amount": 2, "count": 0}
_UNITS = {"rate": "share", "s": "seconds", "score": "points", "amount": "money", "count": "count"}


@dataclass(frozen=True, slots=True)
class ClauseWords:
    """One clause as this reader sees it; ``queues``: names by code."""

    view: View
    bound: BoundClause
    queues: dict[str, str]
    currency: str = "EUR"

    @property
    def formats(self) -> Formats:
        return Formats(self.view.language, self.currency)

    @property
    def measure(self) -> str:
        measure = MEASURES.get(self.bound.clause.metric)
        return measure.name(self.view.language) if measure else self.bound.clause.metric.replace("_", " ")

    @property
    def name(self) -> str:
        """The measure and the agreement's own name of the clause."""
        return f"{self.measure} ({self.bound.clause.id})"

    def _own_name(self) -> str:
        if self.bound.terms_id == NAME:
            return self.view.texts("money.proposed")
        return md_escape(self.bound.clause.id)

    def value(self, value: float | None) -> str:
        """A figure with the decimals that the clause prints."""
        unit = self.bound.unit
        decimals = self.bound.clause.rounding
        return self.formats.value(value, _UNITS[unit], _DECIMALS[unit] if decimals is None else decimals)

    def short_value(self, value: float | None) -> str:
        """A figure without its unit, for the calendar."""
        if value is None:
            return ""
        scaled = value * 100 if self.bound.unit == "rate" else value
        return self.formats.number(scaled, _DECIMALS[self.bound.unit])

    def sentence(self) -> str:
        """What it asks for, as Markdown."""
        clause, texts = self.bound.clause, self.view.texts
        scope = texts("money.every_queue") if clause.queue == "*" else self.queues.get(clause.queue, clause.queue)
        asked = "money.at_least" if clause.direction == "higher" else "money.at_most"
        parts = [
            texts(
                asked, measure=md_escape(self.measure), id=self._own_name(), target=self.value(clause.target),
                period=texts(f"money.per.{clause.measurement_period}"), scope=md_escape(scope),
            )
        ]  # fmt: skip
        if clause.floor is not None:
            parts.append(texts("money.floor", floor=self.value(clause.floor)))
        if clause.min_volume is not None:
            parts.append(texts("money.min_volume", n=self.formats.number(clause.min_volume)))
        return " ".join(parts)

    def definition(self) -> str:
        """How it is counted, in words."""
        clause, texts = self.bound.clause, self.view.texts
        head = definition_words(self.bound.definition_id)[0 if self.view.language == "en" else 1]
        if self.bound.definition is None:
            measure = MEASURES.get(clause.metric)
            head = self.measure
            if clause.metric in REPEAT_METRICS or clause.variant not in (None, "all"):
                plain = self.bound.definition_id.removesuffix(f"/round{clause.rounding}")
                head = definition_words(plain)[0 if self.view.language == "en" else 1]
            elif measure is not None:
                head = f"{measure.numerator(self.view.language)} / {measure.denominator(self.view.language)}"
        parts = [head, texts(f"money.average.{clause.aggregation}")]
        if clause.rounding is not None:
            key = {0: "money.rounded_whole", 1: "money.rounded_one"}.get(clause.rounding, "money.rounded")
            parts.append(texts(key, n=self.formats.number(clause.rounding), target=self.value(clause.target)))
        if self.bound.gap_is_breach:
            parts.append(texts("money.gap_is_breach"))
        return ("\u202f; " if self.view.language == "fr" else "; ").join(parts)


def relief_sentence(view: View, terms: Terms) -> str | None:
    """What excuses the vendor under its terms."""
    relief = terms.forecast_relief
    if relief is None:
        return None
    return view.texts(
        "money.relief",
        share=view.formats.rate(1 + relief.band_rate, 0),
        period=view.texts(f"money.stretch.{relief.per}"),
    )


def credit_sentences(view: View, formats: Formats, credits: Credits) -> list[str]:
    """What a miss costs, one sentence per rule."""
    texts = view.texts
    found = [
        texts("money.rule_per_point", clause=md_escape(clause), amount=md_escape(formats.money(amount, _whole(amount))))
        for clause, amount in credits.per_point.items()
    ]
    if credits.at_risk_rate is not None:
        found += [
            texts("money.rule_at_risk", clause=md_escape(clause), share=formats.rate(part, 0),
                  at_risk=formats.rate(credits.at_risk_rate, 0))
            for clause, part in credits.allocation.items()
        ]  # fmt: skip
    found += [_tier(view, formats, tier) for tier in credits.tiers]
    found += [
        texts("money.rule_persistence", misses=formats.number(one.misses), periods=formats.number(one.periods),
              factor=formats.number(one.multiplier, 1))
        for one in credits.persistence
    ]  # fmt: skip
    limits = [rate for rate in (credits.cap_rate, credits.at_risk_rate) if rate is not None]
    if found and limits:
        found.append(texts("money.rule_cap", share=formats.rate(min(limits), 0)))
    if credits.earn_back:
        found.append(texts("money.rule_earn_back"))
    return found


def _tier(view: View, formats: Formats, tier: CreditTier) -> str:
    limit = tier.below if tier.below is not None else tier.above
    money = formats.money(tier.amount, 0) if tier.amount is not None else formats.rate(tier.rate, 1)
    key = "money.rule_below" if tier.below is not None else "money.rule_above"
    return view.texts(key, clause=md_escape(tier.clause), limit=formats.number(limit, 3), amount=md_escape(money))


def _whole(amount: Decimal) -> int:
    return 0 if amount == amount.to_integral() else 2
