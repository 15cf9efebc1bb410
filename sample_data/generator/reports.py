"""What vendors report of themselves: daily and monthly figures from their own contacts, and their invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from sample_data.generator import plan

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """The formula behind a reported service level."""

    variant: str
    threshold_s: int
    short_s: int = 0


DEFINITIONS = {
    "poitiers": ServiceLevel("short_excluded", 20, 5),
    "casablanca": ServiceLevel("abandon_negative", 30),
    "porto": ServiceLevel("abandon_negative", 30),
    "tana": ServiceLevel("abandon_ignored_T", 120),
}
#: What Casablanca prints from ``plan.DROPPED_SHORT_DAY`` on, under the same heading.
QUIETLY_CHANGED = ServiceLevel("short_excluded", 30, plan.DROPPED_SHORT_S)


def service_level(definition: ServiceLevel) -> pl.Expr:
    """The share, null where its denominator is 0; for frames of single contacts."""
    answered, abandoned, wait = pl.col("outcome") == 0, pl.col("outcome") == 1, pl.col("wait_ms")
    inside = wait <= definition.threshold_s * 1000
    base = (answered | abandoned).sum()
    if definition.variant == "short_excluded":
        base = base - (abandoned & (wait <= definition.short_s * 1000)).sum()
    elif definition.variant == "abandon_ignored_T":
        base = base - (abandoned & inside).sum()
    return pl.when(base > 0).then((answered & inside).sum() / base)


def by_queue(contacts: pl.DataFrame, vendor: str, every: str) -> pl.DataFrame:
    """Figures of one vendor by day (``1d``) or month (``1mo``) and queue; closed hours are not offered."""
    own = contacts.filter((pl.col("vendor") == vendor) & (pl.col("outcome") != 2))
    answered = pl.col("outcome") == 0
    busy = pl.col("talk_ms") + pl.col("hold_ms") + pl.col("acw_ms")
    top = (pl.col("replied") == 1) & (pl.col("satisfied") >= 4)
    level = service_level(DEFINITIONS[vendor])
    if vendor == "casablanca":
        changed = pl.col("day").first() >= plan.DROPPED_SHORT_DAY
        level = pl.when(changed).then(service_level(QUIETLY_CHANGED)).otherwise(level)
    return (
        own.with_columns(period=pl.col("day").dt.truncate(every))
        .group_by("period", "queue")
        .agg(
            offered=pl.len(),
            answered=answered.sum(),
            abandoned=(~answered).sum(),
            service_level=level,
            asa_s=(pl.col("wait_ms").filter(answered).sum() / 1000 / answered.sum()),
            aht_s=(busy.filter(answered).sum() / 1000 / answered.sum()),
            talk_s=(pl.col("talk_ms").filter(answered).sum() / 1000 / answered.sum()),
            acw_s=(pl.col("acw_ms").filter(answered).sum() / 1000 / answered.sum()),
            surveys=pl.col("replied").sum(),
            satisfied=top.sum(),
        )
        .sort("period", "queue")
    )


def daily_logged(staffing: pl.DataFrame, vendor: str) -> pl.DataFrame:
    """Seconds logged in, by day and queue."""
    own = staffing.filter(pl.col("vendor") == vendor)
    return own.group_by("day", "queue").agg(logged_s=pl.col("logged_s").sum()).sort("day", "queue")


def comma(value: float | None, decimals: int) -> str:
    """A number as French, Spanish and Portuguese reports print it; blank where there is none."""
    return "" if value is None else f"{value:.{decimals}f}".replace(".", ",")


def casablanca_rows(figures: pl.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "Date": f"{row['period']:%d/%m/%Y}",
            "Campagne": f"ATN_{_campaign(row['queue'])}",
            "Appels reçus": str(row["offered"]),
            "Appels traités": str(row["answered"]),
            "Abandons": str(row["abandoned"]),
            "NS 30s (%)": comma(_percent(row["service_level"]), 1),
            "TMR (s)": comma(row["asa_s"], 1),
            "DMT (s)": comma(row["aht_s"], 1),
        }
        for row in figures.iter_rows(named=True)
    ]


def porto_rows(figures: pl.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "Mes": f"{row['period']:%d/%m/%Y}",
            "Cola": f"OPO {row['queue']}",
            "Ofrecidas": str(row["offered"]),
            "Atendidas": str(row["answered"]),
            "Abandonadas": str(row["abandoned"]),
            "NS (%)": comma(_percent(row["service_level"]), 1),
            "TMO (s)": comma(row["aht_s"], 1),
            "CSAT (%)": comma(100 * row["satisfied"] / row["surveys"] if row["surveys"] else None, 1),
            "Encuestas": str(row["surveys"]),
        }
        for row in figures.iter_rows(named=True)
    ]


def tana_rows(figures: pl.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "jour": f"{row['period']:%Y-%m-%d}",
            "file": f"ATN_{row['queue'].split('_')[0].upper()}",
            "présentés": str(row["offered"]),
            "pris": str(row["answered"]),
            "perdus": str(row["abandoned"]),
            "QS 120s": comma(_percent(row["service_level"]), 1) + " %",
            "attente moyenne": "" if row["asa_s"] is None else f"{row['asa_s']:.0f} s",
            "DMT": "" if row["aht_s"] is None else _minutes(row["aht_s"]),
        }
        for row in figures.iter_rows(named=True)
    ]


def _campaign(queue: str) -> str:
    return {"commande_fr": "COMMANDE", "retour_fr": "RETOURS", "suivi_fr": "SUIVI"}[queue]


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _minutes(seconds: float) -> str:
    return f"{round(seconds) // 60:02d}:{round(seconds) % 60:02d}"


#: Unit and price of each outsourcer's invoice, without tax; as in ``terms/``.
PRICES: dict[str, tuple[str, tuple[tuple[date, Decimal], ...]]] = {
    "poitiers": ("contact", ((plan.FIRST_DAY, Decimal("5.20")), (date(2026, 6, 1), Decimal("5.35")))),
    "casablanca": ("minute", ((plan.FIRST_DAY, Decimal("0.44")),)),
    "porto": ("hour", ((plan.FIRST_DAY, Decimal("16.50")),)),
    "tana": ("resolved", ((plan.FIRST_DAY, Decimal("2.90")),)),
}


def invoice_lines(contacts: pl.DataFrame, staffing: pl.DataFrame, vendor: str, month: date) -> list[dict[str, str]]:
    """One line per queue of one month's invoice."""
    unit, prices = PRICES[vendor]
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    price = max((start, amount) for start, amount in prices if start <= last)[1]
    lines: list[dict[str, str]] = []
    for number, (queue, quantity) in enumerate(_billed(contacts, staffing, vendor, unit, month, last), start=1):
        lines.append(
            {
                "Facture": f"F{vendor[:3].upper()}{month:%Y%m}",
                "Ligne": str(number),
                "Du": f"{month:%d/%m/%Y}",
                "Au": f"{last:%d/%m/%Y}",
                "File": queue,
                "Unité": unit,
                "Quantité": str(quantity).replace(".", ","),
                "PU HT": str(price).replace(".", ","),
                "Montant HT": str((quantity * price).quantize(CENT, ROUND_HALF_UP)).replace(".", ","),
                "Devise": "EUR",
            }
        )
    return lines


def _billed(
    contacts: pl.DataFrame, staffing: pl.DataFrame, vendor: str, unit: str, first: date, last: date
) -> Sequence[tuple[str, Decimal]]:
    within = (pl.col("vendor") == vendor) & pl.col("day").is_between(first, last)
    if unit == "hour":
        seconds = staffing.filter(within).group_by("queue").agg(n=pl.col("logged_s").sum().cast(pl.Int64)).sort("queue")
        return [(queue, _part(n, 3600)) for queue, n in seconds.iter_rows()]
    served = contacts.filter(within & (pl.col("outcome") == 0))
    if unit == "minute":
        busy = pl.col("talk_ms") + pl.col("hold_ms") + pl.col("acw_ms")
        return [
            (queue, _part(n, 60_000))
            for queue, n in served.group_by("queue").agg(n=busy.sum()).sort("queue").iter_rows()
        ]
    if unit == "resolved":
        served = served.filter("declared_resolved")
    return [(queue, Decimal(n)) for queue, n in served.group_by("queue").agg(n=pl.len()).sort("queue").iter_rows()]


def _part(count: int, unit: int) -> Decimal:
    return (Decimal(count) / Decimal(unit)).quantize(CENT, ROUND_HALF_UP)
