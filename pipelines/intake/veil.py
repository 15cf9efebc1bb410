"""Telephone numbers and e-mail addresses taken out of what is shown of a file: rejects, headers, messages.

Identifiers are hashed where a mapping says that they stand. In a record whose cells have moved, or in a file without
its header, they stand elsewhere; what is kept of such a file to explain it must not repeat them.
"""

from __future__ import annotations

from functools import cache

import phonenumbers
import polars as pl

VEIL = "(hidden)"

_MAIL = r"[^\s@,;:<>()\"'“”]+@[^\s@,;:<>()\"'“”]+\.\pL+"
_BETWEEN = r"[ \x{a0}\x{202f}./()-]"
_BEFORE, _AFTER = r"(^|[^\d.,\pL])", r"($|[^\d.,\pL]|[.,](?:\D|$))"  # no part of a decimal, nor of a code
_DECIMAL = r"^\d*[.,]\d+$"
_DATE = r"^\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}$"
_FORMS = (
    rf"\+[1-9](?:{_BETWEEN}{{0,2}}\d){{7,14}}",
    rf"\b00[1-9](?:{_BETWEEN}?\d){{7,14}}\b",
    *(rf"\b0[1-9](?:{mark}\d\d){{4}}\b" for mark in (r"[ \x{a0}\x{202f}]", r"\.", "-")),
)


def veiled(text: pl.Series, region: str | None = None) -> pl.Series:
    """The texts without telephone numbers and addresses; ``region`` is where national numbers are from."""
    national = _national(region)
    # Written in groups, as each country does: the whole cell then, which a date of eight digits is not.
    digits = text.str.replace_all(_BETWEEN, "")
    alone = digits.str.contains(f"^(?:{national})$") & ~text.str.contains(_DATE) & ~text.str.contains(_DECIMAL)
    text = text.set(alone.fill_null(False), VEIL)
    text = text.str.replace_all("|".join(f"(?:{form})" for form in (_MAIL, *_FORMS)), VEIL)
    return text.str.replace_all(f"{_BEFORE}(?:{national}){_AFTER}", f"${{1}}{VEIL}${{2}}")


def veiled_text(text: str, region: str | None = None) -> str:
    """One text, as :func:`veiled`."""
    return str(veiled(pl.Series([text]), region)[0])


@cache
def _national(region: str | None) -> str:
    """National numbers as digits: with a zero before, and the region's own without the one that a spreadsheet takes."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region) if region else None
    plans = (metadata.mobile, metadata.fixed_line) if metadata is not None else ()
    patterns = [plan.national_number_pattern for plan in plans if plan is not None and plan.national_number_pattern]
    prefix = (metadata.national_prefix or "") if metadata is not None else ""
    return "|".join([r"0[1-9]\d{7,9}", *(f"(?:{prefix})?(?:{pattern})" for pattern in patterns)])
