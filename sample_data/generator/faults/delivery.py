"""Deliveries that are late, missing, cut, doubled, restated, mistaken for another, or partly unreadable."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from sample_data.generator import plan
from sample_data.generator.exports.workbook import weekly_report
from sample_data.generator.faults.kinds import (
    Fault,
    Lookup,
    again,
    altered,
    broken,
    cut,
    first_wrong,
    instead,
    late,
    never,
    repacked,
)  # fmt: skip
from sample_data.generator.faults.periods import day, month, week
from sample_data.generator.faults.tables import (
    both,
    decimal_comma,
    first_share,
    renamed,
    repeated,
    repeated_with,
    set_cells,
    set_where,
)  # fmt: skip
from sample_data.generator.parcels import Parcel


def _wrong_total(parcel: Parcel, _: Lookup) -> list[Parcel]:
    monday = parcel.first_day
    return [replace(parcel, write=lambda table: weekly_report(monday, table.to_dicts(), total_error=40))]


def _redelivered(table: pl.DataFrame) -> pl.DataFrame:
    """Contact records sent twice, the second time with a later update: the agent has changed the wrap-up."""
    changed = table.slice(100, 25).with_columns(
        declared_resolved=~pl.col("declared_resolved"), acw_ms=pl.col("acw_ms") + 30_000
    )
    return pl.concat([table, changed.filter("answered")])


DELIVERY = (
    Fault(
        "late-casablanca-day", "casablanca", "contacts", "late_delivery", *day("2026-02-10"),
        "The call log of 10 February came two days after its time.",
        "Late, then complete: the figures of the day are whole.", True, spoil=late(2.1),
    ),
    Fault(
        "late-tana-week", "tana", "contacts", "late_delivery", *week("2026-W08"),
        "The call table of the week came nine days after its time.",
        "Late, then complete: until then the week is missing.", True, spoil=late(9.2),
    ),
    Fault(
        "late-porto-report", "porto", "sla_report", "late_delivery", *month(2026, 5),
        "The report of May came six days after its time.", "Late, then complete.", True, spoil=late(8.0),
    ),
    Fault(
        "late-poitiers-staffing", "poitiers", "staffing", "late_delivery", *week("2026-W30"),
        "The staffing of the week came three days after its time.", "Late, then complete.", True, spoil=late(3.3),
    ),
    Fault(
        "missing-casablanca-day", "casablanca", "contacts", "missing_delivery", *day("2026-04-22"),
        "The call log of 22 April never came.",
        "One delivery missing; the day's figures are unknown, not zero.", spoil=never(),
    ),
    Fault(
        "missing-casablanca-day-contacts", "casablanca", "contacts", "missing_day", *day("2026-04-22"),
        "No contact of an open day, because its file never came.",
        "The same cause as the missing delivery: one finding may carry both.",
    ),
    Fault(
        "missing-poitiers-staffing", "poitiers", "staffing", "missing_delivery", *week("2026-W20"),
        "The staffing of the week never came.", "One delivery missing.", spoil=never(),
    ),
    Fault(
        "missing-tana-report", "tana", "sla_report", "missing_delivery", *week("2026-W28"),
        "The vendor's own report of the week never came.",
        "One delivery missing; the week's service level is recomputed but nothing was reported.", spoil=never(),
    ),
    Fault(
        "missing-refunds", "lille", "refunds", "missing_delivery", *week("2026-W11"),
        "The shop's refunds of the week never came: the client's own duty.",
        "One delivery missing; refund rates of all vendors that week are incomplete.", spoil=never(),
    ),
    Fault(
        "truncated-poitiers", "poitiers", "contacts", "truncated_export", *week("2026-W17"),
        "The first export says itself: incomplete (NON) and has 60 % of its rows; the whole one a day later.",
        "The first file loads nothing and says why; the second one is loaded.", True,
        spoil=first_wrong(first_share(0.6, set_where(pl.lit(True), **{"Exportation complète": "NON"})), 1.05),
        also=("late_delivery",),
    ),
    Fault(
        "truncated-casablanca", "casablanca", "contacts", "truncated_export", *day("2026-06-18"),
        "The call log ends in the middle of a line, about 55 % through the day; it was never sent again.",
        "The file loads nothing and names the line on which it breaks off.", spoil=cut(0.55),
        also=("missing_delivery",),
    ),
    Fault(
        "truncated-casablanca-contacts", "casablanca", "contacts", "missing_day", *day("2026-06-18"),
        "No contact of an open day, because its file was cut.",
        "The same cause as the cut file: one finding may carry both.",
    ),
    Fault(
        "duplicate-tana-file", "tana", "contacts", "duplicate_rows", *week("2025-W50"),
        "The same content a second time, under another name and packed anew, three days later.",
        "No figure changes: every row is a duplicate of a held one.", True, spoil=repacked(3.1),
    ),
    Fault(
        "duplicate-porto-rows", "porto", "contacts", "duplicate_rows", *week("2026-W05"),
        "Forty conversations stand twice in the file, as paging leaves them.",
        "Forty duplicates; contacts are counted once.", True, spoil=altered(repeated(40, 60)),
    ),
    Fault(
        "redelivered-lille", "lille", "contacts", "duplicate_rows", *week("2026-W22"),
        "Some contact records stand twice in the file, the second with a later update.",
        "The last update wins; contacts are counted once.", True, spoil=altered(_redelivered),
    ),
    Fault(
        "conflicting-porto", "porto", "contacts", "conflicting_rows", *week("2025-W45"),
        "Six conversations stand twice with different handling times, and nothing says which is right.",
        "Six conflicts, named by their conversation.",
        spoil=altered(repeated_with(6, 30, set_where(pl.lit(True), **{"Conversación total": pl.lit(61_000)}))),
    ),
    Fault(
        "restated-casablanca-report", "casablanca", "sla_report", "restated_figures", *week("2026-W30"),
        "Three weeks later the report came again with a service level up to six points better.",
        "Which figures changed, by how much, when; the figures as first reported stay available.",
        spoil=again(21.1, decimal_comma("NS 30s (%)", 1, pl.min_horizontal(pl.col("x") + 6, pl.lit(100.0)))),
        also=("duplicate_rows", "reported_differs",),
    ),
    Fault(
        "restated-porto-contacts", "porto", "contacts", "restated_figures", *week("2026-W12"),
        "The first export has no after-contact work; the corrected one came eight days later.",
        "Handle time of the week rises when the corrected file comes; history keeps both.", True,
        spoil=first_wrong(set_where(pl.lit(True), **{"ACW total": pl.lit(None)}), 8.1, "_corregido"),
        also=("duplicate_rows",),
    ),
    Fault(
        "wrong-vendor-porto", "porto", "contacts", "wrong_content", *week("2026-W19"),
        "The file holds Poitiers' interactions; the right one came two days later.",
        "The first file loads nothing and says why; the second one is loaded.", True,
        spoil=instead("poitiers", "contacts", plan.monday("2026-W19"), 2.05),
        also=("late_delivery", "unexpected_columns",),
    ),
    Fault(
        "wrong-day-casablanca", "casablanca", "contacts", "wrong_content", *day("2026-05-20"),
        "The file named for 20 May holds the calls of 19 May; the right one never came.",
        "All rows are duplicates of the day before.", spoil=instead("casablanca", "contacts", date(2026, 5, 19), None),
        also=("missing_delivery", "duplicate_rows",),
    ),
    Fault(
        "wrong-day-casablanca-contacts", "casablanca", "contacts", "missing_day", *day("2026-05-20"),
        "No contact of an open day, because its file holds the day before.", "20 May is missing.",
    ),
    Fault(
        "wrong-feed-tana", "tana", "sla_report", "wrong_content", *week("2026-W42"),
        "The report's file holds the staffing; the right one came a day later.",
        "The first file loads nothing and says why; the second one is loaded.", True,
        spoil=instead("tana", "staffing", plan.monday("2026-W42"), 1.05),
        also=("late_delivery", "unexpected_columns",),
    ),
    Fault(
        "renamed-column-tana", "tana", "contacts", "unexpected_columns", *week("2026-W31"),
        "WaitDuration is called QueueDuration in this file; three days later it came with the known header.",
        "The first file loads nothing and names the column; the second one is loaded.", True,
        spoil=first_wrong(renamed("WaitDuration", "QueueDuration"), 3.1),
        also=("late_delivery",),
    ),
    Fault(
        "unreadable-poitiers", "poitiers", "sla_report", "unreadable_file", *week("2026-W03"),
        "The workbook's transfer stopped half-way; the whole one came a day later.",
        "The first file loads nothing and says why; the second one is loaded.", True, spoil=broken(1.1),
        also=("late_delivery",),
    ),
    Fault(
        "rejected-casablanca", "casablanca", "contacts", "rejected_rows", *day("2026-03-12"),
        "Seven rows have dates and durations that can't be: 31 February, ##:##:##, a negative time.",
        "Seven rejected rows with line, column, raw value and reason; the others are loaded.",
        spoil=altered(both(
            set_cells("TIMESTAMP", [3, 17, 22], ["Tue, 31 Feb 2026 10:11:12", "12/03/2026", "Thu, 12 Mar 2026 27:00"]),
            set_cells("QUEUE WAIT TIME", [8, 25, 28, 30], ["##:##:##", "-00:00:05", "n/a", "?"]),
        )),
    ),
    Fault(
        "rejected-porto", "porto", "contacts", "rejected_rows", *week("2026-W40"),
        "Twelve rows have n/d for the time in queue.", "Twelve rejected rows.",
        spoil=altered(set_cells("Total en cola", list(range(20, 32)), ["n/d"] * 12)),
    ),
    Fault(
        "unknown-queue-tana", "tana", "contacts", "unknown_alias", *week("2026-W36"),
        "A campaign of the week, ATN_SUIVI_PROMO, is not among the aliases.",
        "Its rows are rejected and the value named; an alias brings them back.",
        spoil=altered(set_where(
            (pl.col("LastQueue") == "ATN_SUIVI") & pl.col("ID").str.ends_with("3"), LastQueue="ATN_SUIVI_PROMO"
        )),
        also=("rejected_rows",),
    ),
    Fault(
        "bad-total-poitiers", "poitiers", "sla_report", "total_mismatch", *week("2026-W15"),
        "The printed TOTAL of calls received is 40 more than the sum of its rows.",
        "A warning with both figures; the total is never loaded.", spoil=_wrong_total,
    ),
)  # fmt: skip
