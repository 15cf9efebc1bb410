"""Numerators and denominators of every measure, week by week: what weeks and longer periods are both made of."""

from __future__ import annotations

import polars as pl

from pipelines.measures.weekly.counted import counted_parts
from pipelines.measures.weekly.inputs import WeekInputs
from pipelines.measures.weekly.money import RefundDenominator, cost_parts, refund_parts
from pipelines.measures.weekly.service import abandon_parts, service_level_parts
from pipelines.measures.weekly.surveys import survey_parts


def weekly_parts(
    inputs: WeekInputs,
    scoped: WeekInputs,
    clauses: pl.DataFrame,
    rate_cards: pl.DataFrame | None,
    by_queue: bool,
    refund_denominator: RefundDenominator,
    currency: str | None,
) -> pl.DataFrame:
    """The parts (``long.PART_SCHEMA``) of every measure; ``scoped`` is ``inputs.scoped(by_queue)``. Without rate cards
    there are no costs."""
    made = [
        counted_parts(scoped),
        abandon_parts(scoped, clauses),
        service_level_parts(scoped, clauses),
        survey_parts(scoped),
        refund_parts(scoped, refund_denominator, currency),
    ]
    if rate_cards is not None:
        made.append(cost_parts(inputs, rate_cards, by_queue, currency))
    return pl.concat(made)
