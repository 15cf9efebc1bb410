"""Times that are missing, empty where they should not be, or shown by a clock that is wrong."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from sample_data.generator import plan
from sample_data.generator.faults.kinds import Change, Fault, altered
from sample_data.generator.faults.periods import day, week
from sample_data.generator.faults.tables import hours_earlier, set_where, without

_GENESYS_CLOCK = "%d/%m/%Y %H:%M:%S"


def _worked_zero(first: str, second: str) -> Change:
    zero = dict.fromkeys(("stafftime", "availtime", "talktime", "holdtime", "acwtime", "auxtime"), 0)
    return set_where(pl.col("start").str.starts_with(first) | pl.col("start").str.starts_with(second), **zero)


def _zero_day(closed: date) -> Change:
    figures = ("offered", "answered", "abandoned", "service_level", "asa_s", "aht_s", "talk_s", "acw_s", "logged_s")
    return set_where(pl.col("day") == closed, **dict.fromkeys(figures, 0))


def _half_day_lost(table: pl.DataFrame) -> pl.DataFrame:
    start = pl.datetime(2026, 6, 17, 11, time_zone="UTC")  # 13:00 in Paris
    return table.filter(~pl.col("queued").is_between(start, start + timedelta(hours=4)))


COVERAGE = (
    Fault(
        "lost-afternoon-lille", "lille", "contacts", "missing_interval", *day("2026-06-17"),
        "The in-house export lacks 13:00 to 17:00 of one day on all queues.",
        "One gap of four hours on all queues of the vendor.", spoil=altered(_half_day_lost),
        deliveries=(plan.monday("2026-W25"),),
    ),
    Fault(
        "lost-campaign-casablanca", "casablanca", "contacts", "missing_day", *day("2026-06-30"),
        "The call log of the day lacks the campaign of returns: a filter had been left on.",
        "The queue retour_fr is missing on that day, the others are whole.", queue="retour_fr",
        spoil=altered(without(pl.col("CAMPAIGN") == "ATN_RETOURS")),
    ),
    Fault(
        "zeros-poitiers-report", "poitiers", "sla_report", "zeros_for_silence", *day("2026-08-12"),
        "The workbook has zeros on all lines of the day, while contacts were served.",
        "Zeros that stand for silence, told apart from a true zero by the contacts and the queue's history.",
        spoil=altered(_zero_day(date(2026, 8, 12))), deliveries=(plan.monday("2026-W33"),),
        also=("reported_differs",),
    ),
    Fault(
        "zeros-tana-staffing", "tana", "staffing", "zeros_for_silence", date(2026, 6, 29), date(2026, 6, 30),
        "All worked seconds of two days are 0 in the interval file, while contacts were served.",
        "Zeros that stand for silence; occupancy of the days is unknown.", deliveries=(plan.monday("2026-W27"),),
        spoil=altered(_worked_zero("06292026", "06302026")),
    ),
    Fault(
        "clock-porto", "porto", "contacts", "clock_shift", plan.monday("2026-W14"), week("2026-W15")[1],
        "The export's clock was not put forward on 29 March: all times are an hour early for two weeks.",
        "Contacts an hour before opening, none in the last hour: one finding over both weeks.",
        deliveries=(plan.monday("2026-W14"), plan.monday("2026-W15")),
        spoil=altered(hours_earlier(["Fecha", "Fecha de finalización"], _GENESYS_CLOCK)),
    ),
)  # fmt: skip
