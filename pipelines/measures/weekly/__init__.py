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
    cards = pl.DataFrame() if rate_cards is None else rate_cards
    groupings = [["vendor", "week"]] + ([["vendor", "queue", "week"]] if by_queue else [])
    frames = []
    for keys in groupings:
        made = [
            counted_parts(inputs, keys),
            abandon_parts(inputs, clauses, keys),
            service_level_parts(inputs, clauses, keys),
            survey_parts(inputs, keys),
            refund_parts(inputs, keys, refund_denominator),
        ]
        if cards.height:
            made.append(cost_parts(inputs, cards, keys))
        figures = pl.concat([with_values(pl.concat(made)), wait_quantiles(inputs, keys)])
        # A row without a queue code belongs to no queue; a null queue means "all of them" here.
        frames.append(figures.filter(pl.col("queue").is_not_null()) if "queue" in keys else figures)
    return pl.concat(frames)
