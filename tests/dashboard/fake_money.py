"""A stand-in agreement: months of two clauses in every state, money, invoices of every verdict, costs, waivers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.answers.money import Money
from pipelines.measures.agreement.attainment import ATTAINMENT
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.invoices import CheckedLine
from pipelines.measures.agreement.relief import Waiver
from pipelines.measures.agreement.settlement import Charge, Range, SettledPeriod
from pipelines.measures.agreement.trial import Outcome, Trial, Variation
from pipelines.measures.agreement.true_cost import MonthlyCost
from pipelines.measures.credits import CreditLine
from pipelines.workspace.terms import Terms

MONTHS = ((date(2026, 8, 1), date(2026, 8, 31)), (date(2026, 9, 1), date(2026, 9, 30)),
          (date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 11, 1), date(2026, 11, 30)))  # fmt: skip
LAST = date(2026, 11, 15)


def terms(vendor: str) -> Terms:
    return Terms.model_validate(
        {
            "id": f"{vendor}-1", "vendor": vendor, "valid_from": date(2026, 1, 1), "report_tz": "Europe/Paris",
            "gap_is_breach": True, "forecast_relief": {"band_rate": 0.1},
            "clauses": [
                {"id": "=ns*30*", "metric": "service_level", "target": 0.8, "floor": 0.7, "threshold_s": 30,
                 "variant": "abandon_negative", "rounding": 1},
                {"id": "csat", "metric": "csat", "target": 0.75, "min_volume": 30, "rounding": 1},
            ],
            "credits": {
                "at_risk_rate": 0.12, "per_point": {"=ns*30*": "1500"}, "allocation": {"csat": 0.25}, "earn_back": True,
                "tiers": [{"clause": "csat", "below": 0.7, "amount": -500},
                          {"clause": "csat", "above": 0.9, "rate": 0.01}],
                "persistence": [{"misses": 3, "periods": 3, "multiplier": 2}],
            },
        }
    )  # fmt: skip


def clauses(vendor: str) -> list[BoundClause]:
    return bound_clauses({vendor: [terms(vendor)]})


def _row(one: BoundClause, month: int, state: str, value: float | None, **more: Any) -> dict[str, Any]:
    first, last = MONTHS[month]
    row = dict.fromkeys(ATTAINMENT) | {
        "vendor": one.vendor, "clause_id": one.clause.id, "terms_id": one.terms_id, "metric": one.clause.metric,
        "queue": "*", "grain": "month", "period_start": first, "period_end": last, "state": state, "value": value,
        "exact": value, "numerator": 80.0, "denominator": 100.0, "contacts": 2177.0, "relief_value": value,
        "excused_contacts": 0.0, "excused_by": [], "target": one.clause.target, "direction": "higher",
        "met": state == "met", "counts_as_missed": state in ("missed", "gap"), "data_share": 1.0,
        "sure": True, "unit": "rate", "aggregation": "call_weighted", "definition_id": one.definition_id,
    }  # fmt: skip
    return row | more


def attained(vendor: str) -> pl.DataFrame:
    level, csat = clauses(vendor)
    rows = [
        _row(level, 0, "missed", 0.798),
        _row(level, 1, "excused", 0.756, relief_value=0.812, excused_contacts=300.0, excused_by=["forecast", "waiver"]),
        _row(level, 2, "gap", 0.801, data_share=0.96, sure=False),
        _row(level, 3, "running", 0.815),
        _row(csat, 0, "met", 0.81),
        _row(csat, 1, "too_little", 0.6),
        _row(csat, 2, "not_known", None),
        _row(csat, 3, "running", 0.8),
    ]
    return pl.DataFrame(rows, schema=ATTAINMENT)


def settled(vendor: str) -> tuple[SettledPeriod, ...]:
    august, september, october = MONTHS[:3]
    cap = CreditLine("*", "cap", Decimal("832.18"), "credits at most 667.82")
    return (
        SettledPeriod(
            vendor, "month", *august, "EUR", Charge(Decimal("5565.16"), "recomputed"),
            (CreditLine("=ns*30*", "per_point", Decimal(-1500), "1"), cap), Decimal("-667.82"), Decimal("-667.82"),
            Decimal(0), {"=ns*30*": 0.81},
            Range(Decimal("-667.82"), Decimal(0), "the_clause", "service_level.answered_only/<=30s/round1", 24),
        ),
        SettledPeriod(vendor, "month", *september, "EUR", Charge(None), unknown="charge_not_known"),
        SettledPeriod(
            vendor, "month", *october, "EUR", Charge(Decimal(6000), "invoiced"),
            (CreditLine("=ns*30*", "earn_back", Decimal("667.82"), "met in the next period"),), Decimal("667.82"),
            Decimal("667.82"), None, {}, Range(Decimal(0), Decimal(0), "a", "a", 20), sure=False,
        ),
    )  # fmt: skip


def invoices(vendor: str) -> tuple[CheckedLine, ...]:
    first, last = MONTHS[0]

    def line(
        queue: str | None, unit: str, invoiced: str, recomputed: str | None, verdict: Any, **more: Any
    ) -> CheckedLine:
        given: dict[str, Any] = {
            "invoiced_quantity": Decimal("106.5"), "invoiced_price": Decimal(1), "quantity": Decimal(100),
            "price": Decimal(1),
        } | more  # fmt: skip
        return CheckedLine(
            vendor, "=F*1*", first, last, queue, unit, "EUR", invoiced=Decimal(invoiced),
            recomputed=None if recomputed is None else Decimal(recomputed), verdict=verdict, **given,
        )  # fmt: skip

    more = {"quantity": Decimal("6.50"), "rounding": Decimal(0)}
    return (
        line("delivery_fr", "minute", "106.50", "100.00", "differs", causes=more),
        line("delivery_fr", "contact", "110.00", "100.00", "differs", explained_by="other_price"),
        line("returns_fr", "minute", "100.00", "100.00", "agrees", causes={}),
        line(None, "change_request", "800.00", None, "not_verifiable", reason="no_rate_card", quantity=None),
        line(
            "delivery_en",
            "minute",
            "104.00",
            "100.00",
            "not_verifiable",
            reason="contacts_missing",
            missing_contacts=9.2,
        ),
    )


def costs(vendor: str, price: int) -> tuple[MonthlyCost, ...]:
    parts = {"client_overhead": Decimal(1450), "training": Decimal(3200)}
    return tuple(
        MonthlyCost(vendor, first, last, "EUR", Decimal(price * 1000), "invoiced", Decimal(200), Decimal(900),
                    parts if price < 6 else {}, 1000, None if first == MONTHS[2][0] else 880)
        for first, last in MONTHS[:3]
    )  # fmt: skip


def money(vendor: str, price: int) -> Money:
    waiver = Waiver("w1", vendor, date(2026, 9, 7), date(2026, 9, 8), "Anne *B*", "=storm", "delivery_fr", "=ns*30*")
    return Money(
        tuple(clauses(vendor)),
        attained(vendor),
        settled(vendor),
        invoices(vendor),
        costs(vendor, price),
        (waiver,),
        LAST,
    )


def trial(vendor: str, given: dict[str, str]) -> Trial | tuple[str, ...]:
    if "threshold_s" not in given:
        return ("threshold_s: a service level needs it",)
    (one, _) = clauses(vendor)
    outcome = Outcome(7, 12, 0.495, Decimal(-1750), Decimal("-1653.75"))
    variations = (
        Variation("target", 0.75, Outcome(12, 12, 0.98, Decimal(0), Decimal("-43.5"))),
        Variation("threshold_s", 45.0, outcome), Variation("inclusive", False, outcome),
        Variation("variant", "abandon_ignored_T", outcome), Variation("aggregation", "interval_share", outcome),
        Variation("measurement_period", "quarter", Outcome(0, 3, None, None, None)),
        Variation("rounding", None, outcome),
    )  # fmt: skip
    periods = attained(vendor).filter(pl.col("clause_id") == one.clause.id)
    return Trial(
        one, MONTHS[0][0], MONTHS[2][1], periods, {MONTHS[0][0]: Decimal(-1500)}, outcome, 51, 0.76, 0.82, variations
    )
