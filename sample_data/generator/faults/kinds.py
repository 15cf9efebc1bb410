"""A planted fault, and the ways in which a file can be spoilt."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import PurePosixPath

import polars as pl

from sample_data.generator.parcels import Parcel

#: The parcel as it should have come, and a way to look at any other; gives what came instead (nothing: it never came).
Spoil = Callable[[Parcel, "Lookup"], list[Parcel]]
Lookup = Callable[[str, str, date], Parcel]
Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the answer key. ``deliveries``: first days of the files spoilt (by default the period's).

    ``also``: other kinds of finding that the same cause may rightly give.
    """

    id: str
    vendor: str
    feed: str
    kind: str
    period_start: date
    period_end: date
    what: str
    expected: str
    recoverable: bool = False
    queue: str | None = None
    spoil: Spoil | None = None
    deliveries: tuple[date, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def keys(self) -> list[tuple[str, str, date]]:
        return [(self.vendor, self.feed, first) for first in self.deliveries or (self.period_start,)]


def late(days: float) -> Spoil:
    return lambda parcel, _: [parcel.at(timedelta(days=days))]


def never() -> Spoil:
    return lambda parcel, _: []


def altered(change: Change) -> Spoil:
    """The table as printed differs; the right one never comes."""
    return lambda parcel, _: [replace(parcel, printed=change(parcel.printed))]


def first_wrong(change: Change, days: float, suffix: str = "_v2") -> Spoil:
    """A wrong file first; after some days the right one, under another name."""

    def spoil(parcel: Parcel, _: Lookup) -> list[Parcel]:
        wrong = replace(parcel, printed=change(parcel.printed))
        return [wrong, parcel.at(timedelta(days=days), named(parcel.name, suffix))]

    return spoil


def again(days: float, change: Change, suffix: str = "_corrige") -> Spoil:
    """The right file first; after some days one that says something else about the same period."""

    def spoil(parcel: Parcel, _: Lookup) -> list[Parcel]:
        later = replace(parcel, printed=change(parcel.printed))
        return [parcel, later.at(timedelta(days=days), named(parcel.name, suffix))]

    return spoil


def repacked(days: float, suffix: str = "_bis") -> Spoil:
    """The same content a second time, under another name and packed anew."""

    def spoil(parcel: Parcel, _: Lookup) -> list[Parcel]:
        copy = replace(parcel, pack=lambda content: gzip.compress(content, compresslevel=1, mtime=0))
        return [parcel, copy.at(timedelta(days=days), named(parcel.name, suffix))]

    return spoil


def instead(vendor: str, feed: str, first_day: date, days: float | None, suffix: str = "_v2") -> Spoil:
    """Another parcel's content under this one's name; the right one after some days, or never (None)."""

    def spoil(parcel: Parcel, lookup: Lookup) -> list[Parcel]:
        other = lookup(vendor, feed, first_day)
        wrong = replace(parcel, content=parcel.pack(other.write(other.printed)))
        if days is None:
            return [wrong]
        return [wrong, parcel.at(timedelta(days=days), named(parcel.name, suffix))]

    return spoil


def cut(share: float) -> Spoil:
    """The text ends after about a share of its bytes, well inside a line."""

    def spoil(parcel: Parcel, _: Lookup) -> list[Parcel]:
        whole = parcel.write(parcel.printed)
        start = whole.rindex(b"\n", 0, round(len(whole) * share)) + 1
        end = start + round((whole.index(b"\n", start) - start) * 0.7)
        return [replace(parcel, content=parcel.pack(whole[:end]))]

    return spoil


def broken(days: float, suffix: str = "_v2") -> Spoil:
    """A file whose transfer stopped half-way, unreadable; the whole one after some days."""

    def spoil(parcel: Parcel, _: Lookup) -> list[Parcel]:
        content = parcel.packed
        half = replace(parcel, content=content[: len(content) // 2])
        return [half, parcel.at(timedelta(days=days), named(parcel.name, suffix))]

    return spoil


def named(name: str, suffix: str) -> str:
    """``a/b.csv.gz`` with a suffix before its extensions."""
    path = PurePosixPath(name)
    stem, dot, extension = path.name.partition(".")
    return str(path.with_name(f"{stem}{suffix}{dot}{extension}"))
