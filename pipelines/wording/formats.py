"""Numbers, dates and weeks as a reader of each language writes them.

English: 1,234.5 and 22 Nov 2026. French: 1 234,5 (narrow no-break space) and 22/11/2026.
A value that is not known is a dash, never a zero.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal
from zoneinfo import ZoneInfo

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")

UNKNOWN = "–"
MINUS = "−"
NARROW_SPACE = "\u202f"
SPACE = "\u00a0"

#: Digits enough for any floating-point number.
_WIDE = Context(prec=400)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "BRL": "R$"}


def iso_week(day: date) -> str:
    """The ISO week with its year, such as 2026-W46."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(week: str) -> date | None:
    """The Monday of an ISO week such as 2026-W46; None where the text is none."""
    match = re.fullmatch(r"(\d{4})-W(\d{2})", week)
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        return None


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def half_up(value: float, decimals: int) -> Decimal:
    """``value`` to so many decimals, halves away from zero, as spreadsheets round: on the fifteen digits that a figure
    prints, since 0.285 x 100 is 28.499999999999996 in binary and 28.5 to everybody."""
    digits = Decimal(f"{float(value):.15g}")
    return digits.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WIDE)


@dataclass(frozen=True, slots=True)
class Formats:
    """Formats of one language; money in one currency (ISO 4217)."""

    language: Language
    currency: str = "EUR"

    def number(self, value: float | None, decimals: int = 0, *, signed: bool = False) -> str:
        """A number with ``decimals`` decimals; ``signed`` writes the plus as well."""
        if value is None or not _known(value):
            return UNKNOWN
        rounded = half_up(value, decimals)
        text = f"{abs(rounded):,.{decimals}f}"
        if self.language == "fr":
            text = text.replace(",", NARROW_SPACE).replace(".", ",")
        if rounded < 0:
            return MINUS + text
        return f"+{text}" if signed and rounded > 0 else text

    def rate(self, value: float | None, decimals: int = 1) -> str:
        """A share from 0 to 1, in percent."""
        if value is None or not _known(value):
            return UNKNOWN
        return self.number(value * 100, decimals) + self._gap + "%"

    def money(self, value: float | None, decimals: int = 2) -> str:
        if value is None or not _known(value):
            return UNKNOWN
        symbol = _SYMBOLS.get(self.currency, self.currency)
        if self.language == "fr" or len(symbol) > 2:
            return f"{self.number(value, decimals)}{self._gap}{symbol}"
        amount = self.number(abs(value), decimals)
        return f"{MINUS if half_up(value, decimals) < 0 else ''}{symbol}{amount}"

    def value(self, value: float | None, unit: str, decimals: int) -> str:
        """A figure in its own unit: ``share``, ``seconds``, ``points``, ``money`` or ``count``."""
        if value is None or not _known(value):
            return UNKNOWN
        match unit:
            case "share":
                return self.rate(value, decimals)
            case "seconds":
                return f"{self.number(value, decimals)}{self._gap}s"
            case "money":
                return self.money(value, decimals)
            case _:
                return self.number(value, decimals)

    def difference(self, value: float | None, unit: str, decimals: int, points: str) -> str:
        """A signed difference of two figures; of shares in ``points`` (the word for percentage points)."""
        if value is None or not _known(value):
            return UNKNOWN
        match unit:
            case "share":
                return f"{self.number(value * 100, decimals, signed=True)}{self._gap}{points}"
            case "seconds":
                return f"{self.number(value, decimals, signed=True)}{self._gap}s"
            case "money":
                return ("+" if half_up(value, decimals) > 0 else "") + self.money(value, decimals)
            case _:
                return self.number(value, decimals, signed=True)

    def between(self, first: str, last: str) -> str:
        """Two written figures as one range: a unit that both end with is written once."""
        if UNKNOWN in (first, last):
            return UNKNOWN
        head, gap, unit = first.rpartition(self._gap)
        shared = head if gap and last.endswith(gap + unit) and not unit[0].isdigit() else first
        joint = f"{SPACE}…{SPACE}" if first[0] in f"+{MINUS}" or last[0] in f"+{MINUS}" else "–"
        return shared + joint + last

    def day(self, value: date | None) -> str:
        if value is None:
            return UNKNOWN
        if self.language == "fr":
            return f"{value.day:02d}/{value.month:02d}/{value.year}"
        return f"{value.day}{SPACE}{_MONTHS[value.month - 1]}{SPACE}{value.year}"

    def instant(self, value: datetime | None, zone: str) -> str:
        """An instant in ``zone`` (IANA), to the minute; name the zone beside it."""
        if value is None:
            return UNKNOWN
        local = value.astimezone(ZoneInfo(zone))
        return f"{self.day(local.date())}{SPACE}{local:%H:%M}"

    def period(self, first: date | None, last: date | None) -> str:
        """First to last day; one day alone is written once."""
        if first is None or last is None or first == last:
            return self.day(first or last)
        return f"{self.day(first)}{SPACE}– {self.day(last)}"

    def month(self, first: date, last: date, *, short: bool = False) -> str:
        """A calendar month by its name; any other period by its first and last day (``short``: by its first)."""
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        if first.day != 1 or last != following - timedelta(days=1):
            return self.day(first) if short else self.period(first, last)
        year = f"{first.year % 100:02d}" if short else str(first.year)
        if self.language == "fr":
            return f"{first.month:02d}/{year}"
        return f"{_MONTHS[first.month - 1]}{SPACE}{year}"

    def week(self, monday: date) -> str:
        """A week by its first and last day."""
        last = monday + timedelta(days=6)
        if self.language == "fr":
            return f"du{SPACE}{self.day(monday)} au{SPACE}{self.day(last)}"
        return f"{self.day(monday)} to {self.day(last)}"

    @property
    def _gap(self) -> str:
        return NARROW_SPACE if self.language == "fr" else SPACE

    @property
    def chart_locale(self) -> dict[str, object]:
        """The number locale of Vega charts."""
        french = self.language == "fr"
        number = {
            "decimal": "," if french else ".",
            "thousands": NARROW_SPACE if french else ",",
            "grouping": [3],
            "currency": ["", ""],
            "percent": self._gap + "%",
            "minus": MINUS,
        }
        return {"number": number}
