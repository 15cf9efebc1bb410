"""Canonical columns of one batch, each computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from pipelines.intake.mapping.amounts import FRACTIONS, whole_units
from pipelines.intake.mapping.cases import decide
from pipelines.intake.mapping.cells import Cells, Coded, Parsed, Parser, faults_at, no_faults, parse, recode
from pipelines.intake.mapping.derived import DEFAULTS, FILLS
from pipelines.intake.mapping.expressions import first_filled, joined, total
from pipelines.intake.mapping.instants import INSTANT, Moments, read_moments
from pipelines.intake.mapping.raw import RawBatch
from pipelines.intake.mapping.reports import long_value
from pipelines.intake.mapping.session import Session
from pipelines.intake.mapping.texts import typed
from pipelines.intake.mapping.zones import Localised, local_days
from pipelines.workspace.feeds import ColumnMapping, Expression, HeaderZone, Lookup, RowZone


class Columns:
    """The mapping at work on one batch. Series are of the batch's height; faults are collected by column."""

    def __init__(self, session: Session, batch: RawBatch) -> None:
        self.session = session
        self.plan = session.plan
        self.batch = batch
        self.faults: dict[str, list[pl.DataFrame]] = {}
        self.ambiguous: dict[str, pl.Series] = {}
        self.assumed: dict[str, pl.Series] = {}
        self._values: dict[str, pl.Series] = {}
        self._local: dict[str, pl.Series] = {}
        self._readings: dict[str, pl.Series] = {}
        self._same: dict[tuple[str | None, pl.DataType], pl.Series] = {}
        self._coded: dict[str, Coded] = {}
        self._open: set[str] = set()

    # -- what others ask for -------------------------------------------------------------------------------------

    def value(self, name: str) -> pl.Series:
        """A canonical column, typed; null where unknown or unreadable."""
        if name not in self._values:
            self._open.add(name)
            self._values[name] = self._compute(name).alias(name)
            self._open.discard(name)
        return self._values[name]

    def coded(self, name: str) -> Coded:
        """A canonical column of texts, coded."""
        if name not in self._coded:
            self._coded[name] = Coded.of(self.value(name))
        return self._coded[name]

    def mapped(self, name: str) -> bool:
        """Does the mapping give this column (and the file have what it reads)?"""
        mapping = self.plan.feed.columns.get(name)
        return mapping is not None and (mapping.source is None or name in self.plan.sources)

    def nothing(self, name: str) -> pl.Series:
        """The column, all null."""
        return self._repeated(None, self.plan.column(name).polars_type)

    def constant(self, value: str) -> pl.Series:
        """One text, on every row."""
        return self._repeated(value, pl.String())

    def _repeated(self, value: str | None, dtype: pl.DataType) -> pl.Series:
        """One value on every row; shared, as most columns of a table are not in most files."""
        if (value, dtype) not in self._same:
            self._same[value, dtype] = pl.Series([value], dtype=dtype).new_from_index(0, self.batch.height)
        return self._same[value, dtype]

    def vendors(self) -> pl.Series | str | None:
        """The vendor of each row, or the one of the whole file."""
        if self.session.vendor is not None and not self.mapped("vendor_code"):
            return self.session.vendor
        return self.value("vendor_code")

    def readings(self, instant: str) -> pl.Series:
        """Local time of an instant column in the zone of the terms, in microseconds."""
        if instant not in self._readings:
            self._readings[instant] = self.session.clock.readings(self.value(instant), self.vendors())
        return self._readings[instant]

    def add_faults(self, name: str, faults: pl.DataFrame) -> None:
        """Note cells that make their rows unusable."""
        if faults.height:
            self.faults.setdefault(name, []).append(faults)

    # -- one column ----------------------------------------------------------------------------------------------

    def _compute(self, name: str) -> pl.Series:
        default = DEFAULTS.get(self.plan.table.name, {}).get(name)
        if not self.mapped(name):
            found = default(self) if default else None
            return self.nothing(name) if found is None else found
        values = self._from_mapping(name, self.plan.feed.columns[name])
        if name in FILLS and default and values.null_count():
            filling = default(self)
            return values if filling is None else values.zip_with(values.is_not_null() | self.faulty(name), filling)
        return values

    def faulty(self, name: str) -> pl.Series:
        """Where a column could not be read."""
        mask = pl.Series([False]).new_from_index(0, self.batch.height)
        for faults in self.faults.get(name, []):
            mask = mask.scatter(faults["position"], True)
        return mask

    def any_fault(self) -> pl.Series:
        """Where any column could not be read."""
        mask = pl.Series([False]).new_from_index(0, self.batch.height)
        for faults in self.faults.values():
            mask = mask.scatter(pl.concat(faults)["position"], True)
        return mask

    def follows(self, name: str) -> bool:
        """Does a column follow from others only, so that its blanks are theirs?"""
        mapping = self.plan.feed.columns.get(name)
        if mapping is None or not self.mapped(name):
            return True
        return mapping.expr is not None and bool(mapping.expr.seconds_between or mapping.expr.plus_seconds)

    def shown(self, name: str, where: pl.Series) -> pl.Series:
        """The raw texts behind a column at some positions; its values where it has no text of its own."""
        mapping = self.plan.feed.columns.get(name)
        if mapping is not None and name in self.plan.sources:
            return self.batch.cells(self.plan.sources[name]).text.gather(where)
        if mapping is not None and mapping.lookup:
            return self.batch.cells(mapping.lookup.by[0]).text.gather(where)
        return self._values[name].gather(where).cast(pl.String)

    def _from_mapping(self, name: str, mapping: ColumnMapping) -> pl.Series:
        if name == "value" and self.plan.long_report:
            return long_value(self)
        column = self.plan.column(name)
        if mapping.expr and mapping.expr.seconds_between:
            start, end = (self.value(part) for part in mapping.expr.seconds_between)
            return (end - start).dt.total_microseconds() / 1e6
        if mapping.expr and mapping.expr.plus_seconds:
            return self._later(name, mapping.expr.plus_seconds)
        if column.kind in ("instant", "date"):
            return self._moment(name, mapping)
        if mapping.const is not None:
            return self._typed_constant(name, mapping.const)
        if mapping.lookup:
            return self._looked_up(name, mapping, mapping.lookup)
        if mapping.cases:
            return decide(self, name, mapping.cases)
        if mapping.expr and (mapping.expr.sum or mapping.expr.difference):
            found = self._arithmetic(name, mapping, mapping.expr)
        else:
            found = self._finish(name, mapping, self._parsed(name, mapping, self.texts(name, mapping)))
        return self._in_whole_units(name, found, mapping.unit == "cents") if mapping.unit in FRACTIONS else found

    def _in_whole_units(self, name: str, amounts: pl.Series, hundredths: bool) -> pl.Series:
        """Amounts that came in the smallest units of their currencies."""
        currencies = None if hundredths else self.value("currency").str.to_uppercase()
        found, reasons = whole_units(amounts, currencies)
        if reasons.null_count() < len(reasons):
            where = (reasons.is_not_null() & ~self.faulty(name)).arg_true()
            self.add_faults(name, faults_at(where, amounts.gather(where).cast(pl.String), reasons.gather(where)))
        return found

    def _typed_constant(self, name: str, value: str | int | float | bool) -> pl.Series:
        values = typed(value, self._plain_parser(name)).values
        return values.cast(self.plan.column(name).polars_type).new_from_index(0, self.batch.height)

    def _plain_parser(self, name: str) -> Parser:
        return self.plan.plain_parser(self.plan.type_of(name), self.plan.feed.columns[name], self.plan.column(name))

    def _later(self, name: str, parts: list[str]) -> pl.Series:
        start, seconds = self.value(parts[0]), self.value(parts[1])
        for flags in (self.ambiguous, self.assumed):
            if parts[0] in flags:
                flags[name] = flags[parts[0]]
        blank = self.plan.feed.columns[name].null_is
        if blank is not None:
            seconds = seconds.fill_null(float(blank))
        return start + (seconds * 1e6).round().cast(pl.Int64).cast(pl.Duration("us"))

    def _arithmetic(self, name: str, mapping: ColumnMapping, expression: Expression) -> pl.Series:
        headers = expression.sum or expression.difference or []
        parts = [
            self._finish(name, mapping, self._parsed(name, mapping, self.batch.cells(header))) for header in headers
        ]
        return total(parts, subtract=expression.difference is not None)

    def _finish(self, name: str, mapping: ColumnMapping, parsed: Parsed) -> pl.Series:
        """Blanks that mean something, and the canonical type."""
        self.add_faults(name, parsed.faults)
        values = parsed.values
        blank = mapping.null_is if mapping.null_is is not None else (mapping.map or {}).get("")
        if blank is not None and values.null_count():
            unread = self.faulty(name)
            filler = typed(blank, self._plain_parser(name)).values[0]
            empty = values.is_null() & ~unread
            values = values.zip_with(~empty, pl.Series([filler], dtype=values.dtype).new_from_index(0, len(values)))
        return values.cast(self.plan.column(name).polars_type)

    # -- texts ---------------------------------------------------------------------------------------------------

    def texts(self, name: str, mapping: ColumnMapping) -> Cells:
        """The raw cells behind a column, cut as the mapping says."""
        cells = self._raw(name, mapping)
        text = cells.text
        if mapping.extract:
            text = text.str.extract(mapping.extract, 1)
        if mapping.split:
            text = _taken(text, str(mapping.split["by"]), mapping.split.get("take", "first"))
        return cells if text is cells.text else Cells(text)

    def _raw(self, name: str, mapping: ColumnMapping) -> Cells:
        if mapping.expr and mapping.expr.join:
            return Cells(joined(self.batch, mapping.expr.join, mapping.expr.separator))
        if mapping.expr and mapping.expr.first_filled:
            return first_filled(self.batch, mapping.expr.first_filled)
        if mapping.const is not None:
            return Cells(self.constant(str(mapping.const)))
        return self.batch.cells(self.plan.sources[name])

    def _parsed(self, name: str, mapping: ColumnMapping, cells: Cells) -> Parsed:
        if mapping.hash == "customer" or name == "customer_ref":
            return Parsed(self.session.identity.customers(self._translated(mapping, cells)), no_faults())
        if mapping.hash == "agent" or name == "agent_ref":
            return Parsed(self.session.identity.agents(self._translated(mapping, cells), self.vendors()), no_faults())
        return parse(cells, self.plan.parser(name))

    def _translated(self, mapping: ColumnMapping, cells: Cells) -> pl.Series:
        """Texts with the mapping's sentinels (``[None]``) replaced, before they are hashed."""
        known = {key: None if value is None else str(value) for key, value in (mapping.map or {}).items()}
        return cells.text.str.strip_chars().replace(known) if known else cells.text

    def _looked_up(self, name: str, mapping: ColumnMapping, lookup: Lookup) -> pl.Series:
        text = first_filled(self.batch, lookup.by).text
        if mapping.split:
            text = _taken(text, str(mapping.split["by"]), mapping.split.get("take", "first"))
        book = self.session.book(lookup)
        if name == "queue_scope":
            codes, faults = book.find_lists(text, self._days)
        else:
            codes, faults = book.find(text, self._days)
        self.add_faults(name, faults)
        return codes

    def _days(self) -> pl.Series:
        """The local date of each row, in the zone of the terms; as printed while its zone is itself being looked up."""
        happened = self.plan.table.happened
        if happened in self._open:
            printed = [self._local[name] for name in self._open if name in self._local]
            return printed[0].dt.date() if printed else self.nothing("local_date")
        if "vendor_code" in self._open:
            return local_days(self.session.clock.readings(self.value(happened), self.session.vendor))
        return local_days(self.readings(happened))

    # -- dates and instants --------------------------------------------------------------------------------------

    def _moment(self, name: str, mapping: ColumnMapping) -> pl.Series:
        dates_only = self.plan.type_of(name) == "date"
        cells = self._clock_cells(name, mapping)
        if mapping.map:
            known = {key: None if value is None else str(value) for key, value in mapping.map.items()}
            cells = Cells(cells.text.str.strip_chars().replace(known), cells.kinds)
        found = read_moments(cells, mapping.format, self.plan.feed.source.locale, dates_only)
        self.add_faults(name, found.faults)
        self._local[name] = found.local
        if self.plan.column(name).kind == "date":
            return found.local.dt.date()
        return self._localised(name, mapping, found, cells, dates_only)

    def _clock_cells(self, name: str, mapping: ColumnMapping) -> Cells:
        if mapping.expr and mapping.expr.join:
            return Cells(joined(self.batch, mapping.expr.join, mapping.expr.separator, clock=True))
        return self.texts(name, mapping)

    def _localised(
        self, name: str, mapping: ColumnMapping, found: Moments, cells: Cells, dates_only: bool
    ) -> pl.Series:
        if found.local.null_count() == len(found.local):
            local = Localised(pl.Series([None], dtype=INSTANT).new_from_index(0, len(found.local)), None, no_faults())
        else:
            local = self._in_its_zone(name, mapping, found.local, dates_only)
        if local.faults.height:
            raw = cells.text.gather(local.faults["position"])
            self.add_faults(name, local.faults.with_columns(raw_value=raw))
        if local.ambiguous is not None:
            self.ambiguous[name] = local.ambiguous
        if found.absolute is None:
            return local.instants
        return found.absolute.zip_with(found.absolute.is_not_null(), local.instants)

    def _in_its_zone(self, name: str, mapping: ColumnMapping, local: pl.Series, dates_only: bool) -> Localised:
        localiser = self.session.localiser(name)
        zone = mapping.tz
        if isinstance(zone, HeaderZone):
            return localiser.in_zone(local, self.plan.header_zones[name])
        if isinstance(zone, RowZone):
            return localiser.in_zones(local, self.batch.filled(zone.column))
        if zone == "site":
            return localiser.in_zones(local, self._site_zones(name))
        if zone is None and dates_only:
            return Localised(self.session.clock.day_starts(local, self.vendors()), None, no_faults())
        if zone is None or zone == "offset":
            where = local.is_not_null().arg_true()
            reason = "no offset in the value" if zone else "no time zone: the mapping must declare tz"
            nothing = pl.Series([None], dtype=INSTANT).new_from_index(0, len(local))
            return Localised(nothing, None, faults_at(where, local.gather(where).cast(pl.String), reason))
        return localiser.in_zone(local, zone)

    def _site_zones(self, name: str) -> pl.Series:
        """The zone of each row's site; where it is not known the vendor's, which is noted as assumed."""
        sites = {code: site.tz for code, site in self.session.workspace.sites.items()}
        codes = self.value("site_code") if "site_code" in self.plan.table.names else self.nothing("vendor_code")
        zones = recode(codes, sites)
        missing = zones.is_null()
        if not missing.any():
            return zones
        self.assumed[name] = missing
        vendors = self.vendors()
        zone_of: Callable[[str], str] = self.session.workspace.zone_of
        if not isinstance(vendors, pl.Series):
            fallback = self.constant(zone_of(vendors) if vendors else self.session.workspace.settings.time_zone)
        else:
            known = {code: zone_of(code) for code in vendors.drop_nulls().unique()}
            fallback = recode(vendors, known)
        return zones.zip_with(~missing, fallback)


def _taken(text: pl.Series, by: str, take: str | int) -> pl.Series:
    """One part of a list in a cell: first, last, or the n-th (1 the first, -1 the last); blank parts don't count."""
    index = {"first": 0, "last": -1}.get(str(take))
    if index is None:
        number = int(take)
        index = number - 1 if number > 0 else number
    frame = pl.DataFrame([text.alias("text")])
    parts = (
        pl.col("text")
        .str.split(by)
        .list.eval(pl.element().str.strip_chars())
        .list.eval(pl.element().filter(pl.element() != ""))
    )
    return frame.select(parts.list.get(index, null_on_oob=True)).to_series()
