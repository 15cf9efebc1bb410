"""Before signing: a proposed clause, written in one line, tried on a past year of contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from pipelines.measures.agreement.bound import BoundClause
from pipelines.measures.agreement.trial import Outcome, Trial, try_clause
from pipelines.measures.figures import rate_interval
from pipelines.trust.agreement import Account, calendar_of
from pipelines.workspace.problems import did_you_mean
from pipelines.workspace.terms import CLAUSE_METRICS, SHORT_VARIANTS, Clause, Credits

__all__ = ["NotAClause", "Proposal", "Trial", "parsed", "proposal", "trial_document", "tried"]

#: What may be said of the money beside the fields of a clause.
MONEY_KEYS = ("per_point", "at_risk_rate", "cap_rate", "charge")
_FIELDS = tuple(name for name in Clause.model_fields if name not in ("id", "floor"))
KEYS = (*_FIELDS, *MONEY_KEYS)
NAME = "proposed"


class NotAClause(ValueError):
    """What is wrong with a proposed clause, one sentence per mistake."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Proposal:
    """A clause that nobody has signed yet, and the money that would hang on it. ``charge``: per period."""

    clause: Clause
    credits: Credits
    charge: Decimal | None = None


def parsed(text: str) -> Proposal:
    """``metric=service_level,target=0.8,threshold_s=30,variant=abandon_negative,per_point=1500``. Raises NotAClause."""
    given: dict[str, str] = {}
    mistakes = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        key, _, value = part.partition("=")
        if not value:
            mistakes.append(f"{part!r}: expected name=value")
        elif key.strip() not in KEYS:
            mistakes.append(
                f"{key.strip()!r} is not known; {did_you_mean(key.strip(), KEYS) or 'there are: ' + ', '.join(KEYS)}"
            )
        else:
            given[key.strip()] = value.strip()
    if mistakes:
        raise NotAClause(mistakes)
    return proposal(given)


def proposal(given: Mapping[str, Any]) -> Proposal:
    """A proposal from named values, texts or typed. Raises NotAClause."""
    fields: dict[str, Any] = {key: value for key, value in given.items() if key in _FIELDS and value is not None}
    if isinstance(fields.get("include"), str):
        fields["include"] = fields["include"].split("+")
    try:
        clause = Clause.model_validate({"id": NAME, **fields})
    except ValidationError as error:
        raise NotAClause(
            [f"{'.'.join(str(one) for one in found['loc'])}: {found['msg']}" for found in error.errors()]
        ) from error
    mistakes = _mistakes(clause)
    money: dict[str, Decimal | None] = {}
    for key in MONEY_KEYS:
        try:
            money[key] = Decimal(str(given[key])) if given.get(key) is not None else None
        except InvalidOperation:
            mistakes.append(f"{key}: {given[key]!r} is not an amount")
    if money.get("at_risk_rate") is not None and money.get("charge") is None:
        mistakes.append("at_risk_rate: needs charge, what a period costs")
    if mistakes:
        raise NotAClause(mistakes)
    return Proposal(clause, _credits(money), money["charge"])


def _credits(money: Mapping[str, Decimal | None]) -> Credits:
    at_risk, cap, per_point = money["at_risk_rate"], money["cap_rate"], money["per_point"]
    given: dict[str, Any] = {}
    if per_point is not None:
        given["per_point"] = {NAME: per_point}
    if at_risk is not None:
        given |= {"at_risk_rate": float(at_risk)} | ({} if per_point is not None else {"allocation": {NAME: 1.0}})
    if cap is not None:
        given["cap_rate"] = float(cap)
    return Credits.model_validate(given)


def _mistakes(clause: Clause) -> list[str]:
    if clause.metric not in CLAUSE_METRICS:
        return [f"metric: {clause.metric!r} is not known; {did_you_mean(clause.metric, CLAUSE_METRICS)}"]
    mistakes = []
    unit = CLAUSE_METRICS[clause.metric][0]
    if unit == "rate" and not 0 <= clause.target <= 1:
        mistakes.append(f"target: a share from 0 to 1; write {clause.target / 100:g} for {clause.target:g} %")
    if clause.metric == "service_level":
        mistakes += [
            f"{name}: a service level needs it" for name in ("threshold_s", "variant") if getattr(clause, name) is None
        ]
    if clause.variant in SHORT_VARIANTS and clause.short_abandon_s is None:
        mistakes.append(f"short_abandon_s: {clause.variant} needs it")
    return mistakes


def tried(account: Account, proposed: Proposal, *, sensitivity: bool = True) -> Trial:
    """The proposal over the last year of one operation's contacts."""
    terms = account.workspace.terms_on(account.vendor, account.activity.last_day)
    start = terms.day_start_minute if terms else 0
    bound = BoundClause(account.vendor, proposed.clause, NAME, date.min, None, leading=False, day_start=start)
    calendar = calendar_of(account.workspace)
    return try_clause(bound, account.activity, calendar, proposed.credits, proposed.charge, sensitivity=sensitivity)


def trial_document(found: Trial) -> dict[str, Any]:
    """The document of ``money --try ... --json``. ``modelled``: from weeks drawn at random, not what was."""
    low, high = past_interval(found.outcome)
    return {
        "vendor": found.bound.vendor,
        "clause": found.bound.clause.model_dump(mode="json", exclude_none=True),
        "definition_id": found.bound.definition_id,
        "first_day": found.first_day,
        "last_day": found.last_day,
        "periods": [
            {**row, "amount": found.amounts.get(row["period_start"])}
            for row in found.periods.select(
                "period_start", "period_end", "state", "value", "numerator", "denominator", "contacts", "data_share"
            ).iter_rows(named=True)
        ],
        "past": {"met": found.outcome.met, "judged": found.outcome.judged, "share": found.outcome.share, "low": low,
                 "high": high, "amount_per_period": found.outcome.paid},
        "modelled": {"chance": found.outcome.chance, "expected_amount_per_period": found.outcome.expected,
                     "weeks": found.weeks, "value_low": found.low, "value_high": found.high},
        "sensitivity": [
            {"parameter": one.parameter, "value": one.value, **outcome_document(one.outcome)}
            for one in found.variations
        ],
    }  # fmt: skip


def past_interval(one: Outcome) -> tuple[float | None, float | None]:
    """How sure the share of past periods is, were they drawn alike (Wilson, 95 %)."""
    if not one.judged:
        return None, None
    low, high = rate_interval([one.met], [one.judged])
    return float(low[0]), float(high[0])


def outcome_document(one: Outcome) -> dict[str, Any]:
    return {
        "met": one.met, "judged": one.judged, "share": one.share, "chance": one.chance,
        "amount_per_period": one.paid, "expected_amount_per_period": one.expected,
    }  # fmt: skip
