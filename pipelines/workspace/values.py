"""The kinds of value that the workspace's files hold: zones, currencies, dates, times of day, shares, weekdays."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

import holidays
import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from pipelines.workspace.problems import did_you_mean

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CIRCULATING = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
    QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
#: ISO 4217, currencies in circulation.
CURRENCIES = frozenset(_CIRCULATING.split())
#: Digits of the smallest unit where they are not two.
_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
#: Digits of each currency's smallest unit (ISO 4217): 1999 of EUR is 19.99, of JPY 1999, of KWD 1.999.
MINOR_DIGITS = dict.fromkeys(sorted(CURRENCIES), 2) | {
    code: digits for digits, codes in _DIGITS.items() for code in codes.split()
}

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOCAL_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_LOOSE_TIME = re.compile(r"(\d{1,2})[h:.](\d{2})?")
_SHIFT = re.compile(r"(?i:(utc|gmt)\s*[-+]\s*\d.*)|[A-Z]{2,5}")  # GMT+1, CET
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


def wrong(expected: str, hint: str = "") -> PydanticCustomError:
    """A mistake in a value, said as what was expected; ``hint`` says what may have been meant."""
    return PydanticCustomError("expected", "{expected}", {"expected": expected, "hint": hint})


@cache
def time_zones() -> frozenset[str]:
    """The IANA names that a zone may have; abbreviations such as CET are left out, they hide their rules."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


@cache
def holiday_countries() -> dict[str, list[str]]:
    """Countries with public holidays in the ``holidays`` package, and their subdivisions."""
    supported = holidays.list_supported_countries()
    return {code: list(parts) for code, parts in supported.items() if len(code) == 2}


def _zone(value: str) -> str:
    if value not in time_zones():
        raise wrong("an IANA time zone, such as Europe/Paris", zone_hint(value))
    return value


def zone_hint(value: str, others: Sequence[str] = ()) -> str:
    """What may have been meant by something that is no zone; ``others`` are words that may stand there as well."""
    if not _SHIFT.fullmatch(value):
        # A city alone ("Lisbon") is close to the last part of a zone's name. Etc/GMT+1 is an hour behind Greenwich:
        # never what somebody means who writes GMT+1.
        zones = [name for name in sorted(time_zones()) if not name.startswith("Etc/")]
        cities = {name.rpartition("/")[2]: name for name in reversed(zones)}
        hint = did_you_mean(value, [*zones, *cities, *others])
        for city, name in cities.items():
            hint = hint.replace(f"{city!r}?", f"{name!r}?")
        if hint:
            return hint
    return "name a place, such as Europe/Paris: an abbreviation or a shift hides when the clock changes"


def _currency(value: str) -> str:
    if value not in CURRENCIES:
        raise wrong("an ISO 4217 currency, such as EUR", did_you_mean(value, sorted(CURRENCIES)))
    return value


def _country(value: str) -> str:
    if value not in phonenumbers.SUPPORTED_REGIONS:
        hint = f"write {value.upper()!r}" if value.upper() in phonenumbers.SUPPORTED_REGIONS else ""
        raise wrong("a country as two capital letters (ISO 3166), such as FR", hint)
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise wrong("a language as two small letters (ISO 639), such as fr", f"write {value[:2].lower()!r}?")
    return value


def _code(value: str) -> str:
    if not _CODE.fullmatch(value):
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", value).strip("_")
        raise wrong("a code of letters, digits, '_', '-' and '.'", f"write {plain!r}" if plain else "")
    return value


def _date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    text = str(value)
    if not isinstance(value, str) or not _DATE.fullmatch(text):
        local = _LOCAL_DATE.fullmatch(text)
        hint = "put the year first, then month and day" if local or isinstance(value, (str, int)) else ""
        if local:
            hint = f"{hint}: {local[3]}-{int(local[2]):02d}-{int(local[1]):02d} if the day was written first"
        raise wrong("a date as YYYY-MM-DD", hint)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise wrong("a date that exists, as YYYY-MM-DD", str(error)) from error


def _instant(value: Any) -> Any:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise wrong("an instant with its offset", 'quote it: "2026-11-16T12:00:00+01:00"')
    return instant


def _time_of_day(value: Any) -> Any:
    text = str(value)
    if not _TIME.fullmatch(text):
        loose = _LOOSE_TIME.fullmatch(text)
        hint = f'write "{int(loose[1]):02d}:{loose[2] or "00"}"' if loose and int(loose[1]) <= 24 else ""
        raise wrong('a time of day as "HH:MM", from "00:00" to "24:00"', hint)
    return text


def _share(value: Any) -> Any:
    text = str(value).strip()
    number = _number(text.rstrip("%").strip())
    if number is None:
        raise wrong("a share from 0 to 1", "")
    if text.endswith("%") or number > 1:
        hint = f"write {number / 100:g} for {number:g} %" if 0 <= number <= 100 else ""
        raise wrong("a share from 0 to 1", hint)
    if number < 0:
        raise wrong("a share from 0 to 1", "")
    if "," in text:
        raise wrong("a share from 0 to 1, with a decimal point", f"write {number:g}")
    return number


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ".").replace(" ", ""))
    except ValueError:
        return None


def _weekdays(value: Any) -> Any:
    """``[mon, tue]``, ``mon-fri``, ``[mon-fri, sun]`` or ``all``, as a list of days."""
    days: list[str] = []
    for part in value if isinstance(value, (list, tuple)) else [value]:
        days.extend(_day_range(str(part).strip().lower()))
    return sorted(set(days), key=WEEKDAYS.index)


def _day_range(text: str) -> list[str]:
    if text in {"all", "daily", "every day"}:
        return list(WEEKDAYS)
    first, _, last = text.partition("-")
    for day in (first.strip(), last.strip() or first.strip()):
        if day not in WEEKDAYS:
            short = did_you_mean(day[:3], WEEKDAYS) if day[:3] in WEEKDAYS else did_you_mean(day, WEEKDAYS)
            raise wrong("days of the week: mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri, or all", short)
    start, end = WEEKDAYS.index(first.strip()), WEEKDAYS.index(last.strip() or first.strip())
    span = (end - start) % 7 + 1
    return [WEEKDAYS[(start + step) % 7] for step in range(span)]


def minutes(text: str) -> int:
    """Minutes after midnight of ``HH:MM``; 1440 for ``24:00``."""
    return int(text[:2]) * 60 + int(text[3:])


def _before(check: Callable[[Any], Any]) -> BeforeValidator:
    return BeforeValidator(check)


TimeZone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, AfterValidator(_language)]
Code = Annotated[str, AfterValidator(_code)]
IsoDate = Annotated[date, _before(_date)]
IsoInstant = Annotated[datetime, _before(_instant)]
TimeOfDay = Annotated[str, _before(_time_of_day)]
Rate = Annotated[float, _before(_share), Field(ge=0, le=1)]
Weekdays = Annotated[list[str], _before(_weekdays)]
