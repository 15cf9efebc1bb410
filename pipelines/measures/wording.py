"""Numbers as people write them, in English and French. Narrow spaces that don't break, never a float's tail."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from pipelines.measures.catalogue import Language, Measure

_THIN = "\u202f"
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


def number(value: float, decimals: int, language: Language = "en") -> str:
    """1,234.5 or 1 234,5 with so many decimals, halves away from zero, and never a negative zero."""
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{exact if exact else abs(exact):,f}".replace("-", "\u2212")
    return text if language == "en" else text.replace(",", _THIN).replace(".", ",")


def value_text(value: float, measure: Measure, language: Language = "en", currency: str = "EUR") -> str:
    """A figure of ``measure`` with its unit: 78.4 %, 35 s, 12, €2.90. Shares are given from 0 to 1."""
    if measure.unit == "share":
        return f"{number(100 * value, measure.decimals, language)}{_THIN}%"
    return _with_unit(value, measure, language, currency)


def distance_text(value: float, measure: Measure, language: Language = "en", currency: str = "EUR") -> str:
    """The size of a difference between two figures: shares and scores in points, the others in their unit."""
    if measure.unit in ("share", "points"):
        size = number(abs(value) * (100 if measure.unit == "share" else 1), max(measure.decimals, 1), language)
        return f"{size} points"
    return _with_unit(abs(value), measure, language, currency)


def _with_unit(value: float, measure: Measure, language: Language, currency: str) -> str:
    text = number(value, measure.decimals, language)
    if measure.unit == "seconds":
        return f"{text}{_THIN}s"
    if measure.unit != "money":
        return text
    symbol = _SYMBOLS.get(currency)
    if language == "en" and symbol:
        return f"{symbol}{text}"
    return f"{text}\u00a0{symbol or currency}"
