"""Names of months and days in the languages of reports, for formats with ``%b``, ``%B``, ``%a`` or ``%A``."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from pipelines.intake.mapping.cells import translate

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

#: Full names in order, January first and Monday first, without accents. A shorter form is known by its beginning.
_NAMES: dict[str, tuple[str, str]] = {
    "fr": (
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "lunes martes miercoles jueves viernes sabado domingo",
    ),
    "de": (
        "januar februar marz april mai juni juli august september oktober november dezember",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    ),
    "pt": (
        "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
        "segunda terca quarta quinta sexta sabado domingo",
    ),
    "it": (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    ),
}
_WORD = re.compile(r"[^\W\d_]{2,}\.?")


def in_english(text: pl.Series, locale: str) -> pl.Series:
    """``oct.-25`` as ``Oct-25``: names of the locale in English, everything else as it is."""
    distinct = text.drop_nulls().unique()
    english = [_WORD.sub(lambda match: _english(match[0], locale), value) for value in distinct.to_list()]
    return translate(text, distinct, pl.Series(english, dtype=pl.String))


def _english(word: str, locale: str) -> str:
    """The English name that ``word`` abbreviates; the word itself where it is none or several."""
    plain = _without_accents(word.rstrip(".").casefold())
    months, days = _NAMES[locale]
    found = {
        english
        for names, short in ((months.split(), _MONTHS), (days.split(), _DAYS))
        for name, english in zip(names, short, strict=True)
        if name == plain or (len(plain) >= 3 and name.startswith(plain))
    }
    return found.pop() if len(found) == 1 else word


def _without_accents(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
