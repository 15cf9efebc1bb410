"""The inbox as files: what arrived, where, when, and the log of receptions."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from sample_data.generator import faults, night
from sample_data.generator.parcels import Parcel, World, parcels
from sample_data.generator.records import contact_frame, with_names
from sample_data.generator.simulate import Settings, simulate

RECEPTION_LOG = "_received.csv"


def world(settings: Settings) -> World:
    """Simulate the operation: all contacts and all staffing."""
    contacts, staffing = contact_frame(simulate(settings))
    at_night = with_names(night.closed_calls(settings)).select(contacts.columns)
    everything = pl.concat([contacts, at_night.cast(contacts.schema)])
    return World(everything, staffing, contacts["day"].max())  # type: ignore[arg-type]


def inbox_files(happened: World, planted: Sequence[faults.Fault] = faults.FAULTS) -> Iterator[tuple[str, bytes]]:
    """(path below ``inbox/``, content) of every file with the ``planted`` faults, reception logs last."""
    arrived = faults.deliver(parcels(happened), planted)
    log: dict[str, list[Parcel]] = defaultdict(list)
    for parcel in arrived:
        log[parcel.vendor].append(parcel)
        yield f"{parcel.vendor}/{parcel.name}", parcel.packed
    for vendor, entries in sorted(log.items()):
        yield f"{vendor}/{RECEPTION_LOG}", _log(entries)


def _log(entries: list[Parcel]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file_name", "received_at"])
    for entry in sorted(entries, key=lambda one: (one.received_at, one.name)):
        writer.writerow([entry.name, entry.received_at.isoformat()])
    return text.getvalue().encode()


def write(target: Path, files: Iterator[tuple[str, bytes]]) -> int:
    """Write the files below ``target`` and remove others that an earlier run left there; returns bytes written."""
    written: set[Path] = set()
    size = 0
    for name, content in files:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.add(path)
        size += len(content)
    for path in sorted(target.rglob("*")):
        if path.is_file() and path not in written:
            path.unlink()
    return size
