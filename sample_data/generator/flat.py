"""One large delimited file of contacts, for measuring speed: written week by week, so memory does not grow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import polars as pl

from sample_data.generator import plan
from sample_data.generator.exports import genesys
from sample_data.generator.records import contact_frame
from sample_data.generator.simulate import Settings, simulate

#: 18 columns of the interactions view, in its order.
COLUMNS = (
    "Exportation complète", "Type de média", "Utilisateurs", "Date", "Date de fin", "Durée", "ANI", "File d'attente",
    "Conclusion", "ID de conversation", "Abandonné", "Total file d'attente", "Conversation totale", "Attente totale",
    "ACW total", "SVI total", "Type de déconnexion", "Étiquette externe",
)  # fmt: skip


def write_flat(settings: Settings, target: Path) -> int:
    """Contacts of all lines as one Genesys-like file (``;``, ms, Paris' clock), in order of time; returns the rows."""
    rows = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        for number, week in enumerate(_weeks(settings)):
            week.write_csv(file, separator=";", include_header=number == 0)
            rows += week.height
    return rows


def _weeks(settings: Settings) -> Iterator[pl.DataFrame]:
    by_week = groupby(simulate(settings), key=lambda done: (done.day - plan.FIRST_DAY).days // 7)
    for _, days in by_week:
        contacts, _ = contact_frame(days)
        ordered = contacts.sort("started", "leg")
        yield genesys.frame(ordered, plan.CLIENT_ZONE, genesys.FRENCH).select(COLUMNS)
