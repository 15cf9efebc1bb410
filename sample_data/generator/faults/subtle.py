"""Faults that the committed example does not have: figures that were smoothed or rounded by hand.

They touch half a year of reports each. A workspace made elsewhere gets them with ``--subtle``.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from sample_data.generator import plan
from sample_data.generator.faults.kinds import Fault, altered
from sample_data.generator.faults.tables import Change
from sample_data.generator.reports import comma

_PRINTED = "QS 120s"


def _weeks(first: str, count: int) -> tuple[date, ...]:
    return tuple(plan.monday(first) + timedelta(weeks=number) for number in range(count))


def _percent(line: str, to: pl.Expr) -> Change:
    """Another percentage on the lines of one queue, where one is printed; ``to`` works on ``pl.col('x')``."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        printed = (
            pl.col(_PRINTED).str.replace(" %", "", literal=True).str.replace(",", ".").cast(pl.Float64, strict=False)
        )
        values = table.with_row_index("place").with_columns(x=printed).with_columns(x=to)
        texts = [
            text if queue != line or x is None else f"{comma(x, 1)} %"
            for queue, x, text in values.select("file", "x", _PRINTED).iter_rows()
        ]
        return table.with_columns(pl.Series(_PRINTED, texts, dtype=pl.String))

    return change


_ROUNDED, _SMOOTHED = _weeks("2025-W36", 24), _weeks("2026-W01", 26)

SUBTLE = (
    Fault(
        "rounded-tana-report", "tana", "sla_report", "rounded_figures", _ROUNDED[0], _ROUNDED[-1] + timedelta(days=6),
        "The service level of the tracking queue is printed in whole percent, with a decimal that is always 0.",
        "Far more last digits are 0 than the counts beside them allow.",
        deliveries=_ROUNDED,
        spoil=altered(_percent("ATN_SUIVI", pl.col("x").round(0))),
        also=("reported_differs", "impossible_figure", "definition_changed"),
    ),
    Fault(
        "smooth-tana-report", "tana", "sla_report", "too_smooth", _SMOOTHED[0], _SMOOTHED[-1] + timedelta(days=6),
        "The service level of the chat is nearly the same every day, whatever came.",
        "Less variation than chance alone gives with so few contacts.",
        queue="chat_fr",
        deliveries=_SMOOTHED,
        spoil=altered(_percent("ATN_CHAT", 88.0 + (pl.col("place") % 5) / 10)),
        also=("reported_differs", "impossible_figure", "definition_changed"),
    ),
)  # fmt: skip
