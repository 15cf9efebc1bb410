"""Sends every parcel through its faults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from sample_data.generator.faults.kinds import Fault, Spoil
from sample_data.generator.faults.planted import FAULTS
from sample_data.generator.parcels import Parcel


def deliver(parcels: Iterable[Parcel], faults: Iterable[Fault] = FAULTS) -> Iterator[Parcel]:
    """What arrives, in the order of the parcels. Several faults of one file are applied one after the other, each to
    the last file that the one before left."""
    spoils: dict[tuple[str, str, date], list[Spoil]] = defaultdict(list)
    for fault in faults:
        if fault.spoil is None:
            continue
        for key in fault.keys:
            spoils[key].append(fault.spoil)
    sent = list(parcels)
    by_key = {parcel.key: parcel for parcel in sent}
    for parcel in sent:
        arriving = [parcel]
        for spoil in spoils.get(parcel.key, []):
            if arriving:
                arriving[-1:] = spoil(arriving[-1], lambda *key: by_key[key])
        yield from arriving
