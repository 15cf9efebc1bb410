"""Every measure of every vendor and week, in one long frame."""

from __future__ import annotations

import polars as pl

from pipelines.measures.weekly.counted import wait_quantiles
from pipelines.measures.weekly.inputs import WeekInputs
from pipelines.measures.weekly.long import FIGURE_SCHEMA, with_values
from pipelines.measures.weekly.money import RefundDenominator, costs
from pipelines.measures.weekly.parts import weekly_parts

__all__ = ["FIGURE_SCHEMA", "RefundDenominator", "WeekInputs", "costs", "weekly_figures"]


def weekly_figures(
    inputs: WeekInputs,
    clauses: pl.DataFrame,
    *,
    rate_cards: pl.DataFrame | None = None,
    by_queue: bool = False,
    refund_denominator: RefundDenominator = "contacts",
    currency: str | None = None,
) -> pl.DataFrame:
    """Figures (:data:`FIGURE_SCHEMA`) per vendor and week, and per vendor, queue and week with ``by_queue``.

    A vendor's own rows have a null queue. ``clauses`` has the columns of ``clauses.CLAUSE_SCHEMA``, ``rate_cards``
    those of ``weekly.money.RATE_CARD_SCHEMA``; without rate cards there are no costs.
    ``currency``: that of the figures; amounts in another give none (no exchange rate is known). None: not asked.
    """
    scoped = inputs.scoped(by_queue)
    parts = weekly_parts(inputs, scoped, clauses, rate_cards, by_queue, refund_denominator, currency)
    return pl.concat([with_values(parts), wait_quantiles(scoped)])
