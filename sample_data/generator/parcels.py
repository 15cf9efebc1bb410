"""Every file that should arrive, as it would if nothing went wrong: name, period, reception, content."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import polars as pl

from sample_data.generator import plan, reports
from sample_data.generator.exports import client, connect, five9, genesys, hermes, workbook, workforce
from sample_data.generator.exports.files import delimited, gzipped, zipped

PARIS = ZoneInfo(plan.CLIENT_ZONE)
Rows = pl.DataFrame


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file on its way into ``inbox/<vendor>/``. ``printed``: its table as text, where it has one."""

    vendor: str
    feed: str
    first_day: date
    last_day: date
    name: str
    received_at: datetime
    printed: Rows
    write: Callable[[Rows], bytes]
    pack: Callable[[bytes], bytes] = gzipped
    content: bytes | None = None  # packed; set by a fault that spoils the bytes

    @property
    def key(self) -> tuple[str, str, date]:
        return self.vendor, self.feed, self.first_day

    @property
    def packed(self) -> bytes:
        return self.pack(self.write(self.printed)) if self.content is None else self.content

    def at(self, later: timedelta, name: str | None = None) -> Parcel:
        return replace(self, received_at=self.received_at + later, name=name or self.name)


@dataclass(frozen=True, slots=True)
class World:
    """What happened: contacts (closed hours included) and staffing."""

    contacts: Rows
    staffing: Rows
    last_day: date


def weeks(world: World) -> Iterator[tuple[date, date]]:
    monday = plan.FIRST_DAY
    while monday <= world.last_day:
        yield monday, monday + timedelta(days=6)
        monday += timedelta(days=7)


def months(world: World) -> Iterator[tuple[date, date]]:
    """Whole months from July 2025 to the last one that has ended."""
    first = date(2025, 7, 1)
    while (last := (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)) <= world.last_day:
        yield first, last
        first = last + timedelta(days=1)


def received(last_day: date, days: int, hour: int, name: str) -> datetime:
    """``days`` after the period, in the ``hour`` (Paris), at a minute and second that belong to the name."""
    mark = zlib.crc32(name.encode())
    at = time(hour, mark % 50, mark // 64 % 60)
    return datetime.combine(last_day + timedelta(days=days), at, PARIS)


def parcels(world: World) -> Iterator[Parcel]:
    """All files, each with the table that it prints."""
    yield from _contact_files(world)
    yield from _staffing_files(world)
    yield from _report_files(world)
    yield from _client_files(world)
    yield from _invoice_files(world)


def iso_week(day: date) -> str:
    return f"{day.isocalendar().year}-W{day.isocalendar().week:02d}"


def _zip_of(member: str) -> Callable[[bytes], bytes]:
    return lambda content: zipped(member, content)


def _contact_files(world: World) -> Iterator[Parcel]:
    by_vendor = {
        str(key[0]): part.sort("started", "leg")
        for key, part in world.contacts.partition_by("vendor", as_dict=True).items()
    }
    for monday, sunday in weeks(world):
        week = iso_week(monday)
        during = pl.col("day").is_between(monday, sunday)
        rows = {vendor: frame.filter(during) for vendor, frame in by_vendor.items()}
        name = f"contacts/ctr-{week}.jsonl.gz"
        yield Parcel(
            "lille",
            "contacts",
            monday,
            sunday,
            name,
            received(sunday, 1, 5, name),
            rows["lille"],
            connect.contact_records,
        )
        name = f"interactions/interactions_{week}.zip"
        printed = genesys.frame(rows["poitiers"], "Europe/Paris", genesys.FRENCH)
        yield Parcel(
            "poitiers", "contacts", monday, sunday, name, received(sunday, 1, 6, name), printed,
            lambda frame: delimited(frame, ";"), _zip_of(f"interactions_{week}.csv"),
        )  # fmt: skip
        name = f"interacciones/interacciones_{week}.csv.gz"
        printed = genesys.frame(rows["porto"], "Europe/Lisbon", genesys.SPANISH)
        if monday >= plan.PORTO_UPGRADE_DAY:
            printed = printed.rename({"Total de cola": "Total en cola"})
        yield Parcel("porto", "contacts", monday, sunday, name, received(sunday, 1, 7, name), printed, delimited)
        name = f"appels/odcalls_{week}.tsv.gz"
        printed = hermes.frame(rows["tana"], "Indian/Antananarivo")
        yield Parcel("tana", "contacts", monday, sunday, name, received(sunday, 1, 6, name), printed, _tabbed)
    calls = by_vendor["casablanca"]
    first, last = calls["day"].min(), calls["day"].max()
    for day in (first + timedelta(days=step) for step in range((last - first).days + 1)):
        # A day on which nobody called brings a file with its header alone.
        name = f"appels/CallLog_{day:%Y%m%d}.csv.gz"
        printed = five9.frame(calls.filter(pl.col("day") == day), "Africa/Casablanca")
        yield Parcel("casablanca", "contacts", day, day, name, received(day, 1, 6, name), printed, delimited)


def _tabbed(frame: Rows) -> bytes:
    return delimited(frame, "\t", null="NULL")


def _staffing_files(world: World) -> Iterator[Parcel]:
    for vendor in plan.VENDORS:
        own = world.staffing.filter(pl.col("vendor") == vendor).sort("start", "queue")
        for monday, sunday in weeks(world):
            name = f"wfm/ctResults_{sunday + timedelta(days=1):%m%d%y}_0400.txt.gz"
            printed = workforce.frame(own.filter(pl.col("day").is_between(monday, sunday)))
            yield Parcel(
                vendor, "staffing", monday, sunday, name, received(sunday, 1, 4, vendor + name), printed,
                lambda frame: delimited(frame, "|"),
            )  # fmt: skip


def _report_files(world: World) -> Iterator[Parcel]:
    yield from _workbooks(world)
    casablanca = reports.by_queue(world.contacts, "casablanca", "1d")
    tana = reports.by_queue(world.contacts, "tana", "1d")
    for monday, sunday in weeks(world):
        during = pl.col("period").is_between(monday, sunday)
        week = iso_week(monday)
        name = f"reporting/NS_{week}.csv"
        printed = pl.DataFrame(reports.casablanca_rows(casablanca.filter(during)))
        yield Parcel(
            "casablanca", "sla_report", monday, sunday, name, received(sunday, 1, 8, name), printed, _western, _as_it_is
        )
        name = f"reporting/qs_{week}.csv"
        printed = pl.DataFrame(reports.tana_rows(tana.filter(during)))
        yield Parcel(
            "tana", "sla_report", monday, sunday, name, received(sunday, 1, 8, name), printed, _semicolons, _as_it_is
        )
    porto = reports.by_queue(world.contacts, "porto", "1mo")
    for first, last in months(world):
        name = f"informes/informe_{first:%Y-%m}.csv"
        printed = pl.DataFrame(reports.porto_rows(porto.filter(pl.col("period") == first)))
        yield Parcel(
            "porto", "sla_report", first, last, name, received(last, 3, 9, name), printed, _semicolons, _as_it_is
        )


def _workbooks(world: World) -> Iterator[Parcel]:
    figures = reports.by_queue(world.contacts, "poitiers", "1d").rename({"period": "day"})
    logged = reports.daily_logged(world.staffing, "poitiers")
    rows = figures.join(logged, on=["day", "queue"], how="left", maintain_order="left").fill_null(strategy="zero")
    for monday, sunday in weeks(world):
        name = f"reporting/Reporting_{iso_week(monday)}.xlsx"
        yield Parcel(
            "poitiers", "sla_report", monday, sunday, name, received(sunday, 1, 9, name),
            rows.filter(pl.col("day").is_between(monday, sunday)),
            partial(_workbook, monday), _as_it_is,
        )  # fmt: skip


def _workbook(monday: date, frame: Rows) -> bytes:
    return workbook.weekly_report(monday, frame.to_dicts())


def _western(frame: Rows) -> bytes:
    return _semicolons(frame).decode().encode("cp1252")


def _semicolons(frame: Rows) -> bytes:
    return delimited(frame, ";")


def _as_it_is(content: bytes) -> bytes:
    return content


def _client_files(world: World) -> Iterator[Parcel]:
    asked = client.with_survey_times(world.contacts).sort("sent", "leg")
    granted = client.with_refund_time(world.contacts).sort("refunded", "leg")
    local = pl.col("refunded").dt.convert_time_zone(plan.CLIENT_ZONE).dt.date()
    for monday, sunday in weeks(world):
        week = iso_week(monday)
        name = f"enquetes/qualtrics_{week}.csv.gz"
        printed = client.survey_frame(asked.filter(pl.col("day").is_between(monday, sunday)))
        yield Parcel("lille", "surveys", monday, sunday, name, received(sunday, 1, 7, name), printed, client.surveys)
        name = f"boutique/refunds_{week}.csv.gz"
        printed = client.refund_frame(granted.filter(local.is_between(monday, sunday)))
        yield Parcel("lille", "refunds", monday, sunday, name, received(sunday, 1, 5, name), printed, delimited)


def _invoice_files(world: World) -> Iterator[Parcel]:
    for vendor in reports.PRICES:
        for first, last in months(world):
            name = f"factures/facture_{first:%Y-%m}.csv"
            lines = reports.invoice_lines(world.contacts, world.staffing, vendor, first)
            printed = pl.DataFrame(lines)
            at = received(last, 5, 10, vendor + name)
            yield Parcel(vendor, "invoices", first, last, name, at, printed, _semicolons, _as_it_is)
