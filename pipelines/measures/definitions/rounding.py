"""Rounding as agreements mean it: half away from zero, once, on the printed scale."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import polars as pl


def rounded(value: pl.Expr, decimals: int | None, scale: float = 1) -> pl.Expr:
    """``value`` as printed: multiplied by ``scale`` (100 for percent), rounded, divided again. Null stays null."""
    if decimals is None:
        return value
    # Nine decimals first: 0.8125 * 100 may be 81.24999999999999, which an agreement reads as 81.25.
    return (value * scale).round(9).round(decimals, mode="half_away_from_zero") / scale


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """``value`` to so many decimals, halves away from zero, as invoices and agreements do."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
