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
_DATE = r"^\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}$"
_FORMS = (
    rf"\+[1-9](?:{_BETWEEN}{{0,2}}\d){{7,14}}",
    rf"\b00[1-9](?:{_BETWEEN}?\d){{7,14}}\b",
    r"\b0[1-9]\d{7,9}\b",
    *(rf"\b0[1-9](?:{mark}\d\d){{4}}\b" for mark in (r"[ \x{a0}\x{202f}]", r"\.", "-")),
)


def veiled(text: pl.Series, region: str | None = None) -> pl.Series:
    """The texts without telephone numbers and addresses; ``region`` is where national numbers are from."""
    text = text.str.replace_all("|".join(f"(?:{form})" for form in (_MAIL, *_FORMS)), VEIL)
    national = _national(region)
    if national is None:
        return text
    # Written in groups, as each country does: the whole cell then, which a date of eight digits is not.
    digits = text.str.replace_all(_BETWEEN, "")
    alone = digits.str.contains(f"^{national}$") & ~text.str.contains(_DATE)
    return text.str.replace_all(rf"\b{national}\b", VEIL).set(alone.fill_null(False), VEIL)


def veiled_text(text: str, region: str | None = None) -> str:
    """One text, as :func:`veiled`."""
    return str(veiled(pl.Series([text]), region)[0])


@cache
def _national(region: str | None) -> str | None:
    """The region's own numbers as digits, with or without the zero that a spreadsheet takes away."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region) if region else None
    plans = (metadata.mobile, metadata.fixed_line) if metadata is not None else ()
    patterns = [plan.national_number_pattern for plan in plans if plan is not None and plan.national_number_pattern]
    if metadata is None or not patterns:
        return None
    return f"(?:{metadata.national_prefix or ''})?(?:{'|'.join(patterns)})"
