"""Figures that contradict themselves, each other, or what is possible."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from sample_data.generator import plan
from sample_data.generator.faults.kinds import Fault, Lookup, Spoil, altered
from sample_data.generator.faults.periods import day, month, week
from sample_data.generator.faults.tables import (
    decimal_comma,
    impossible_percent,
    on_day,
    set_cells,
    set_where,
    without,
)  # fmt: skip
from sample_data.generator.parcels import Parcel
from sample_data.generator.reports import CENT


def _copied_from(other: date) -> Spoil:
    """The figures of another week under this week's dates."""

    def spoil(parcel: Parcel, lookup: Lookup) -> list[Parcel]:
        source = lookup(parcel.vendor, parcel.feed, other).printed
        ahead = pl.duration(days=(parcel.first_day - other).days)
        moved = (pl.col("jour").str.to_date("%Y-%m-%d") + ahead).dt.strftime("%Y-%m-%d")
        return altered(lambda _: source.with_columns(jour=moved))(parcel, lookup)

    return spoil


def _overbilled(lines: pl.DataFrame) -> pl.DataFrame:
    """6 % more units on each line, with amounts that follow."""

    def number(text: str) -> Decimal:
        return Decimal(text.replace(",", "."))

    quantities = [(number(text) * Decimal("1.06")).quantize(CENT, ROUND_HALF_UP) for text in lines["Quantité"]]
    amounts = [
        (q * number(price)).quantize(CENT, ROUND_HALF_UP) for q, price in zip(quantities, lines["PU HT"], strict=True)
    ]
    return lines.with_columns(
        pl.Series("Quantité", [str(value).replace(".", ",") for value in quantities]),
        pl.Series("Montant HT", [str(value).replace(".", ",") for value in amounts]),
    )


CONSISTENCY = (
    Fault(
        "identity-tana-report", "tana", "sla_report", "identity_violated", *day("2026-09-15"),
        "More calls answered than offered on every line of the day.", "answered > offered, with both figures.",
        deliveries=(plan.monday("2026-W38"),),
        spoil=altered(set_where(
            on_day("jour", date(2026, 9, 15), "%Y-%m-%d"), pris=(pl.col("présentés").cast(pl.Int64) + 7).cast(pl.String)
        )),
        also=("reported_differs",),
    ),
    Fault(
        "impossible-duration-porto", "porto", "contacts", "impossible_duration", *week("2026-W29"),
        "Five conversations last 27 hours: the agents had not hung up.",
        "Five contacts named, out of the mean handle time.",
        spoil=altered(set_cells("Conversación total", [5, 40, 41, 77, 120], ["97200000"] * 5)),
    ),
    Fault(
        "scale-casablanca-report", "casablanca", "sla_report", "scale_mismatch", *week("2026-W16"),
        "The service level is printed as a fraction (0,83) in a column of percentages.",
        "Every value of the column is 100 times too small against its history and its own counts.",
        spoil=altered(decimal_comma("NS 30s (%)", 3, pl.col("x") / 100)),
        also=("reported_differs",),
    ),
    Fault(
        "constant-tana-report", "tana", "sla_report", "constant_values", plan.monday("2026-W40"), week("2026-W41")[1],
        "The average wait is 20 s on every line of two weeks.", "A column that never varies.",
        deliveries=(plan.monday("2026-W40"), plan.monday("2026-W41")),
        spoil=altered(set_where(pl.lit(True), **{"attente moyenne": "20 s"})),
        also=("reported_differs",),
    ),
    Fault(
        "copied-tana-report", "tana", "sla_report", "copied_figures", *week("2026-W33"),
        "The report repeats the figures of the week before under new dates.",
        "Equal counts on every line of two weeks; the recomputed figures differ.",
        spoil=_copied_from(plan.monday("2026-W32")),
        also=("reported_differs",),
    ),
    Fault(
        "impossible-csat-porto", "porto", "sla_report", "impossible_figure", *month(2026, 4),
        "The printed CSAT of general_en can't come from the number of surveys printed beside it.",
        "No whole number of satisfied customers gives this percentage.", queue="general_en",
        spoil=altered(impossible_percent("Encuestas", "CSAT (%)", pl.col("Cola") == "OPO general_en")),
        also=("reported_differs",),
    ),
    Fault(
        "survey-gap-poitiers", "lille", "surveys", "survey_response_gap", date(2026, 7, 6), date(2026, 7, 19),
        "For two weeks no customer of Poitiers was asked: the survey tool had lost the partner.",
        "Poitiers' surveys are missing for two weeks; the other partners' are there.",
        deliveries=(date(2026, 7, 6), date(2026, 7, 13)),
        spoil=altered(without(pl.col("Prestataire") == "Vienne Relation Client")),
    ),
    Fault(
        "overbilled-casablanca", "casablanca", "invoices", "invoice_differs", *month(2026, 8),
        "The minutes billed are 6 % more than the contacts' handle time.",
        "The difference in minutes and in money, by queue.",
        spoil=altered(_overbilled),
    ),
)  # fmt: skip
