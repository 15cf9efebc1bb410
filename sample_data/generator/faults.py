"""Planted faults (first version: none)."""
from collections.abc import Iterator
from sample_data.generator.parcels import Parcel
def deliver(parcels: Iterator[Parcel]) -> Iterator[Parcel]:
    yield from parcels
