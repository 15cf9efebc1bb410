"""The zone of the terms: in which zone a vendor's day begins, as of the day itself."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from pipelines.intake.mapping.cells import put
from pipelines.intake.mapping.zones import Localiser, local_readings
from pipelines.workspace import Workspace


class TermsClock:
    """Local readings and midnights in the zones of the vendors' terms."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def zones(self, vendor: str | None) -> list[str]:
        """The zones of all terms with a vendor, the oldest first; one where it never changed."""
        if vendor is None:
            return [self._workspace.settings.time_zone]
        terms = self._workspace.terms.get(vendor, [])
        return list(dict.fromkeys(item.report_tz for item in terms)) or [self._workspace.zone_of(vendor)]

    def readings(self, instants: pl.Series, vendors: pl.Series | str | None) -> pl.Series:
        """Local time at each instant, in microseconds, in the zone of the terms in force on that day."""
        return self._by_vendor(instants, vendors, self._one_vendor, pl.Int64())

    def day_starts(self, local: pl.Series, vendors: pl.Series | str | None) -> pl.Series:
        """The first instant of each local day (``local``: midnights): 01:00 where the clocks go forward at midnight."""
        instants = self._localised(local, vendors)
        missing = instants.is_null() & local.is_not_null()
        if not missing.any():
            return instants
        return instants.zip_with(~missing, self._localised(local.dt.offset_by("1h"), vendors))

    def _localised(self, local: pl.Series, vendors: pl.Series | str | None) -> pl.Series:
        localiser = Localiser("earliest", "null")
        if not isinstance(vendors, pl.Series):
            return localiser.in_zone(local, self.zones(vendors)[-1]).instants
        zones = vendors.replace_strict(
            {code: self.zones(code)[-1] for code in vendors.drop_nulls().unique()},
            default=self._workspace.settings.time_zone,
            return_dtype=pl.String,
        )
        return localiser.in_zones(local, zones).instants

    def _by_vendor(
        self,
        values: pl.Series,
        vendors: pl.Series | str | None,
        one: Callable[[pl.Series, str | None], pl.Series],
        dtype: pl.DataType,
    ) -> pl.Series:
        if not isinstance(vendors, pl.Series):
            return one(values, vendors)
        answer = pl.Series([None], dtype=dtype).new_from_index(0, len(values))
        for code in vendors.unique().to_list():
            where = vendors.eq_missing(pl.Series([code], dtype=pl.String)).arg_true()
            answer = put(answer, where, one(values.gather(where), code))
        return answer

    def _one_vendor(self, instants: pl.Series, vendor: str | None) -> pl.Series:
        zones = self.zones(vendor)
        readings = local_readings(instants, zones[-1])
        if len(zones) == 1 or vendor is None:
            return readings
        for terms in self._workspace.terms[vendor]:  # the zone changed with the terms
            if terms.report_tz == zones[-1]:
                continue
            theirs = local_readings(instants, terms.report_tz)
            days = theirs.cast(pl.Datetime("us")).dt.date()
            held = days.is_between(terms.valid_from, terms.valid_to or days.max() or terms.valid_from)
            readings = readings.zip_with(~held.fill_null(False), theirs)
        return readings
