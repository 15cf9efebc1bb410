"""The sentence of each finding, whole, in English and French: what was expected, what came, since when.

Never an accusation: a finding is something to explain. Placeholders are filled with plain facts.
"""

from __future__ import annotations

from datetime import date
from typing import Any

SENTENCES: dict[str, tuple[str, str]] = {
    "late_delivery": (
        "The {feed} file for {period} came {hours:.0f} h after it was due.",
        "Le fichier {feed} pour {period_fr} est arrivé {hours:.0f} h après l'échéance.",
    ),
    "missing_delivery": (
        "No {feed} file for {period} has come; {count} due by {due}.",
        "Aucun fichier {feed} pour {period_fr} n'est arrivé ; {count} attendu(s) au plus tard le {due_fr}.",
    ),
    "refused": (
        "The file {file} could not be taken in: {message}",
        "Le fichier {file} n'a pas pu être intégré : {message}",
    ),
    "unmatched": (
        "The file {file} fits no feed: nothing was read from it.",
        "Le fichier {file} ne correspond à aucun flux : rien n'en a été lu.",
    ),
    "duplicate_file": (
        "The file {file} has the same content as {original}; nothing was loaded twice.",
        "Le fichier {file} a le même contenu que {original} ; rien n'a été chargé deux fois.",
    ),
    "duplicate_rows": (
        "{count:,} of {read:,} rows of {file} repeat rows already held; they were counted once.",
        "{count:,} lignes sur {read:,} de {file} répètent des lignes déjà connues ; elles ne comptent qu'une fois.",
    ),
    "restated_figures": (
        "{file} changes {count:,} rows already held, for {period}; the earlier ones are kept.",
        "{file} modifie {count:,} lignes déjà connues, pour {period_fr} ; les anciennes sont conservées.",
    ),
    "rejected_rows": (
        "{count:,} of {read:,} rows of {file} could not be read; most often: {reason}.",
        "{count:,} lignes sur {read:,} de {file} n'ont pas pu être lues ; le plus souvent : {reason}.",
    ),
    "unexpected_columns": (
        "{file} has columns that its mapping does not know: {columns}.",
        "{file} contient des colonnes que son format déclaré ne connaît pas : {columns}.",
    ),
    "missing_columns": (
        "{file} lacks columns that earlier files had: {columns}.",
        "Il manque à {file} des colonnes présentes auparavant : {columns}.",
    ),
    "total_mismatch": (
        "In {file} the printed total of {field} is {expected}; its rows add up to {observed}.",
        "Dans {file}, le total imprimé de {field} est {expected} ; ses lignes donnent {observed}.",
    ),
    "unknown_alias": (
        "{file} names {count} value(s) that vendors.yaml does not know: {values}.",
        "{file} contient {count} valeur(s) inconnue(s) de vendors.yaml : {values}.",
    ),
}


def sentence(kind: str, **facts: Any) -> dict[str, str]:
    """Both sentences of a kind, as the keyword arguments of a ``Finding``."""
    english, french = SENTENCES[kind]
    return {"sentence": english.format(**facts), "sentence_fr": french.format(**facts)}


def period_words(first: date | None, last: date | None) -> dict[str, str]:
    """A period in words, for both languages: a day, or from one to another."""
    if first is None or last is None:
        return {"period": "an unknown period", "period_fr": "une période inconnue"}
    if first == last:
        return {"period": day_words(first), "period_fr": f"le {first:%d/%m/%Y}"}
    return {
        "period": f"{day_words(first)} to {day_words(last)}",
        "period_fr": f"la période du {first:%d/%m/%Y} au {last:%d/%m/%Y}",
    }


def day_words(day: date) -> str:
    """``9 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"
