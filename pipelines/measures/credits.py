"""Service credits and bonuses of one period under the terms. ``Decimal`` throughout; a credit is negative money.

Three rules, as agreements write them, alone or together: steps ("below 65 %: 2,500"), an amount per percentage point
"or fraction" of one, and a share of the charge that is at risk, allocated to clauses. Then multipliers for repeated
failure, then caps. Every line says which rule gave it, so that a sum can be followed back to a sentence of the terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from pipelines.measures.definitions.rounding import round_half_up
from pipelines.workspace.terms import Credits, CreditTier

Rule = Literal["tier", "per_point", "at_risk", "persistence", "cap", "earn_back"]
NOTHING = Decimal(0)
_CENTS = 2


@dataclass(frozen=True, slots=True)
class Achieved:
    """What was achieved under one clause in one period.

    ``value`` and ``target`` are shares from 0 to 1 when ``is_share``, else in the clause's own unit. ``value`` is null
    when it is not known; then nothing is due, unless ``gap_is_breach`` (the terms count a reporting gap as a miss).
    ``rounding``: decimals of the printed figure; it is rounded once, before anything is compared. Within ``dead_band``
    of the target, on the wrong side, nothing is due per point or at risk (steps carry their own limits).
    ``missed_before``: the periods before this one, oldest first.
    """

    clause: str
    value: Decimal | None
    target: Decimal
    direction: Literal["higher", "lower"] = "higher"
    is_share: bool = True
    rounding: int | None = None
    dead_band: Decimal = NOTHING
    gap_is_breach: bool = False
    missed_before: tuple[bool, ...] = ()

    @property
    def printed(self) -> Decimal | None:
        """The value as printed: rounded on the scale of the printed figure (percent for a share)."""
        if self.value is None or self.rounding is None:
            return self.value
        scale = Decimal(100) if self.is_share else Decimal(1)
        return round_half_up(self.value * scale, self.rounding) / scale

    @property
    def shortfall(self) -> Decimal | None:
        """How far the printed value is on the wrong side of the target, zero when it is met."""
        if self.printed is None:
            return None
        distance = self.target - self.printed if self.direction == "higher" else self.printed - self.target
        return max(distance, NOTHING)

    @property
    def missed(self) -> bool:
        """Whether the clause is missed: on the target is met; a gap is missed only if the terms say so."""
        return self.gap_is_breach if self.shortfall is None else self.shortfall > 0

    @property
    def credit_due(self) -> bool:
        """Missed by more than the dead band."""
        return self.missed and (self.shortfall is None or self.shortfall > self.dead_band)


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One amount (negative: the vendor owes it), the clause and the rule that gave it, and its limit or points."""

    clause: str
    rule: Rule
    amount: Decimal
    basis: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """All lines of a period. ``credits`` is zero or negative, ``bonuses`` zero or positive, both after caps."""

    lines: tuple[CreditLine, ...]

    @property
    def credits(self) -> Decimal:
        return sum((line.amount for line in self.lines if _is_credit(line)), NOTHING)

    @property
    def bonuses(self) -> Decimal:
        return sum((line.amount for line in self.lines if not _is_credit(line)), NOTHING)

    @property
    def net(self) -> Decimal:
        return self.credits + self.bonuses


def settle(achieved: Sequence[Achieved], terms: Credits, charge: Decimal | None = None) -> Settlement:
    """What the period is worth under ``terms``. ``charge`` is the period's bill, before credits.

    Raises ``ValueError`` when a rule needs the charge and it is not given.
    """
    lines = [line for one in achieved for line in _of_clause(one, terms, charge)]
    lines += _caps(lines, terms, charge)
    return Settlement(tuple(lines))


def earned_back(previous: Settlement, achieved: Sequence[Achieved], terms: Credits) -> list[CreditLine]:
    """Credits of the period before that its clauses win back by being met now, where the terms allow it."""
    if not terms.earn_back:
        return []
    met = {one.clause for one in achieved if one.value is not None and not one.missed}
    paid: dict[str, Decimal] = {}
    for line in previous.lines:
        if line.amount < 0 and line.clause in met:
            paid[line.clause] = paid.get(line.clause, NOTHING) + line.amount
    # A cap has already lowered what was paid: no more than that can come back.
    share = previous.credits / total if (total := _sum_of_credits(previous.lines)) else NOTHING
    return [
        CreditLine(clause, "earn_back", round_half_up(-amount * share, _CENTS), "met in the next period")
        for clause, amount in paid.items()
    ]


def points_or_fraction(shortfall: Decimal, is_share: bool) -> int:
    """Points of a shortfall, each begun one counted whole: 0.01 points is one, 2.0 points is two."""
    points = shortfall * 100 if is_share else shortfall
    return int(points.to_integral_value(ROUND_CEILING))


def _of_clause(one: Achieved, terms: Credits, charge: Decimal | None) -> list[CreditLine]:
    lines = [*_tiers(one, terms, charge), *_per_point(one, terms), *_at_risk(one, terms, charge)]
    return lines + _persistence(one, terms, lines)


def _tiers(one: Achieved, terms: Credits, charge: Decimal | None) -> list[CreditLine]:
    """Steps passed on either side; in mode ``replace`` only the farthest step of each side counts."""
    tiers = [tier for tier in terms.tiers if tier.clause == one.clause]
    passed = [(tier, _tier_amount(tier, charge)) for tier in tiers if _is_passed(tier, one)]
    lines = [CreditLine(one.clause, "tier", amount, _limit(tier)) for tier, amount in passed]
    if terms.tier_mode == "add":
        return lines
    credits = [line for line in lines if line.amount < 0]
    bonuses = [line for line in lines if line.amount > 0]
    return [*_farthest(credits), *_farthest(bonuses)]


def _farthest(lines: list[CreditLine]) -> list[CreditLine]:
    return [max(lines, key=lambda line: abs(line.amount))] if lines else []


def _is_passed(tier: CreditTier, one: Achieved) -> bool:
    value = one.printed
    if value is None:
        # A gap that counts as a miss is the worst that the schedule knows, and earns nothing.
        return one.gap_is_breach and (tier.amount or _exact(tier.rate) or NOTHING) < 0
    if tier.below is not None:
        limit = _exact(tier.below)
        return value <= limit if tier.or_equal else value < limit
    if tier.above is not None:
        limit = _exact(tier.above)
        return value >= limit if tier.or_equal else value > limit
    return False


def _tier_amount(tier: CreditTier, charge: Decimal | None) -> Decimal:
    if tier.amount is not None:
        return tier.amount
    return round_half_up(_exact(tier.rate or 0) * _needed(charge), _CENTS)


def _limit(tier: CreditTier) -> str:
    sign, limit = ("<", tier.below) if tier.below is not None else (">", tier.above)
    return f"{sign}{'=' if tier.or_equal else ''} {limit:g}" if limit is not None else ""


def _per_point(one: Achieved, terms: Credits) -> list[CreditLine]:
    rate = terms.per_point.get(one.clause)
    if rate is None or one.shortfall is None or not one.credit_due:
        return []
    points = points_or_fraction(one.shortfall, one.is_share)
    return [CreditLine(one.clause, "per_point", -abs(rate) * points, f"{points}")]


def _at_risk(one: Achieved, terms: Credits, charge: Decimal | None) -> list[CreditLine]:
    allocation = terms.allocation.get(one.clause)
    if allocation is None or terms.at_risk_rate is None or not one.credit_due:
        return []
    at_risk = _needed(charge) * _exact(terms.at_risk_rate)
    amount = round_half_up(-at_risk * _exact(allocation), _CENTS)
    return [CreditLine(one.clause, "at_risk", amount, f"{allocation:g}")]


def _persistence(one: Achieved, terms: Credits, lines: Iterable[CreditLine]) -> list[CreditLine]:
    """The highest multiplier whose count of misses is reached, this period included, as an amount on top."""
    owed = _sum_of_credits(lines)
    if not one.missed or not owed:
        return []
    history = (*one.missed_before, True)
    reached = [rule for rule in terms.persistence if sum(history[-rule.periods :]) >= rule.misses]
    if not reached:
        return []
    worst = max(reached, key=lambda rule: rule.multiplier)
    extra = round_half_up(owed * (_exact(worst.multiplier) - 1), _CENTS)
    basis = f"{worst.misses} in {worst.periods}"
    return [CreditLine(one.clause, "persistence", extra, basis)] if extra else []


def _caps(lines: list[CreditLine], terms: Credits, charge: Decimal | None) -> list[CreditLine]:
    """What goes beyond the caps, given back as lines of their own. Money at risk is itself a cap."""
    caps = []
    limits = [rate for rate in (terms.cap_rate, terms.at_risk_rate) if rate is not None]
    owed = _sum_of_credits(lines)
    if limits and owed:
        most = round_half_up(_needed(charge) * _exact(min(limits)), _CENTS)
        if -owed > most:
            caps.append(CreditLine("*", "cap", -owed - most, f"credits at most {most}"))
    earned = sum((line.amount for line in lines if line.amount > 0), NOTHING)
    if terms.bonus_cap_rate is not None and earned:
        most = round_half_up(_needed(charge) * _exact(terms.bonus_cap_rate), _CENTS)
        if earned > most:
            caps.append(CreditLine("*", "cap", most - earned, f"bonuses at most {most}"))
    return caps


def _is_credit(line: CreditLine) -> bool:
    if line.rule == "cap":
        return line.amount > 0
    return line.amount < 0


def _sum_of_credits(lines: Iterable[CreditLine]) -> Decimal:
    return sum((line.amount for line in lines if line.amount < 0 and line.rule != "cap"), NOTHING)


def _exact(value: float | None) -> Decimal:
    """A number of the YAML as it was written: 0.65 is 0.65."""
    return Decimal(str(value or 0))


def _needed(charge: Decimal | None) -> Decimal:
    if charge is None:
        raise ValueError("a credit that is a share of the period's charge needs the charge")
    return charge
