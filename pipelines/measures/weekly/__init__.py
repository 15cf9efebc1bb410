"""Every measure of every vendor and week, in one long frame."""

from __future__ import annotations

import polars as pl

from pipelines.measures.weekly.counted import counted_parts, wait_quantiles
from pipelines.measures.weekly.inputs import WeekInputs
from pipelines.measures.weekly.long import FIGURE_SCHEMA, with_values
from pipelines.measures.weekly.money import RefundDenominator, cost_parts, costs, refund_parts
from pipelines.measures.weekly.service import abandon_parts, service_level_parts
from pipelines.measures.weekly.surveys import survey_parts

__all__ = ["FIGURE_SCHEMA", "RefundDenominator", "WeekInputs", "costs", "weekly_figures"]


def weekly_figures(
    inputs: WeekInputs,
    clauses: pl.DataFrame,
    *,
    rate_cards: pl.DataFrame | None = None,
    by_queue: bool = False,
    refund_denominator: RefundDenominator = "contacts",
) -> pl.DataFrame:
    """Figures (:data:`FIGURE_SCHEMA`) per vendor and week, and per vendor, queue and week with ``by_queue``.

    A vendor's own rows have a null queue. ``clauses`` has the columns of ``clauses.CLAUSE_SCHEMA``, ``rate_cards``
    those of ``weekly.money.RATE_CARD_SCHEMA``; without rate cards there are no costs.
    """
    scoped = inputs.scoped(by_queue)
    made = [
        counted_parts(scoped),
        abandon_parts(scoped, clauses),
        service_level_parts(scoped, clauses),
        survey_parts(scoped),
        refund_parts(scoped, refund_denominator),
    ]
    if rate_cards is not None:
        made.append(cost_parts(inputs, rate_cards, by_queue))
    return pl.concat([with_values(pl.concat(made)), wait_quantiles(scoped)])
