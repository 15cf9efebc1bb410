"""Dated look-ups: which queue, vendor or site a value of the vendor's system stood for on the day of the row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

import polars as pl

from pipelines.intake.mapping.cells import Coded, faults_at, no_faults
from pipelines.workspace.company import Alias

_GIVES = {"queue_code": "queue", "vendor_code": "vendor", "site_code": "site"}


class AliasBook:
    """The aliases of one system as seen by one vendor's feed."""

    def __init__(self, aliases: Iterable[Alias], system: str, gives: str, vendor: str | None) -> None:
        self.system = system
        self.gives = gives
        self.unknown: Counter[str] = Counter()
        self._by_value: dict[str, list[Alias]] = {}
        for alias in aliases:
            theirs = vendor is not None and alias.vendor not in (None, vendor)
            if alias.system == system and self._given(alias) is not None and not theirs:
                self._by_value.setdefault(alias.value.strip().casefold(), []).append(alias)

    def _given(self, alias: Alias) -> str | None:
        value = getattr(alias, _GIVES[self.gives])
        return None if value is None else str(value)

    def find(self, text: pl.Series, days: Callable[[], pl.Series]) -> tuple[pl.Series, pl.DataFrame]:
        """Codes of the texts, and faults for those that no alias covers; ``days`` is asked for only where needed."""
        coded = Coded.of(text)
        values = coded.distinct.to_list()
        blanks = [value for value in values if not value.strip()]
        if blanks:
            return self.find(text.set(text.is_in(blanks).fill_null(False), None), days)
        timeless = {value: self._given(entries[0]) for value in values if _timeless(entries := self._entries(value))}
        codes = coded.recode(timeless)
        if codes.null_count() == text.null_count():
            return codes, no_faults()
        where = (codes.is_null() & text.is_not_null()).arg_true()
        rest = pl.DataFrame([text.gather(where).alias("value"), days().gather(where).alias("day")])
        pairs = rest.unique()
        answers = [self._on(value, day) for value, day in pairs.iter_rows()]
        pairs = pairs.with_columns(pl.Series("code", answers, dtype=pl.String))
        found = rest.join(pairs, on=["value", "day"], how="left", maintain_order="left", nulls_equal=True)
        bad = found["code"].is_null()
        missing = found.filter(bad)
        # A value with aliases, in a record whose day could not be read, is not an unknown one.
        known = [value for value in missing["value"].unique().to_list() if self._entries(value)]
        missing = missing.with_columns(undated=pl.col("day").is_null() & pl.col("value").is_in(known))
        self.unknown.update(missing.filter(~pl.col("undated"))["value"].to_list())
        codes = codes.scatter(where, found["code"])
        reasons = missing.select(
            pl.when("undated")
            .then(pl.lit(f"its {self.gives} depends on the day of the record, which is not known"))
            .otherwise(
                pl.concat_str(
                    pl.lit(f"no alias in system '{self.system}' gives its {self.gives}"),
                    pl.concat_str(pl.lit(" on "), pl.col("day")).fill_null(""),
                    pl.lit(": extend `aliases` in vendors.yaml"),
                )
            )
        )
        return codes, faults_at(where.filter(bad), missing["value"], reasons.to_series())

    def find_lists(self, text: pl.Series, days: Callable[[], pl.Series]) -> tuple[pl.Series, pl.DataFrame]:
        """As :meth:`find` for lists in one cell: ``Queue A; Queue B`` to ``a;b``, in alphabetical order."""
        if not text.str.contains(";", literal=True).any():
            return self.find(text, days)
        parts = pl.DataFrame([pl.int_range(len(text), dtype=pl.UInt32, eager=True).alias("at"), text.alias("part")])
        parts = parts.with_columns(pl.col("part").str.split(";")).explode("part")
        parts = parts.with_columns(pl.col("part").str.strip_chars()).filter(pl.col("part") != "")
        codes, faults = self.find(parts["part"], lambda: days().gather(parts["at"]))
        scopes = parts.select("at", code=codes).group_by("at").agg(pl.col("code").drop_nulls().unique().sort())
        scopes = scopes.select("at", scope=pl.when(pl.col("code").list.len() > 0).then(pl.col("code").list.join(";")))
        found = pl.Series([None], dtype=pl.String).new_from_index(0, len(text)).scatter(scopes["at"], scopes["scope"])
        at = parts["at"].gather(faults["position"])
        return found, faults.with_columns(at.alias("position"))

    def _entries(self, value: str) -> list[Alias]:
        return self._by_value.get(value.strip().casefold(), [])

    def _on(self, value: str, day: date | None) -> str | None:
        """The alias in force; the one that began last where two are."""
        entries = self._entries(value)
        if day is None:
            return self._given(entries[0]) if len(entries) == 1 else None
        held = [alias for alias in entries if alias.holds_on(day)]
        return self._given(max(held, key=lambda alias: alias.valid_from or date.min)) if held else None


def _timeless(entries: list[Alias]) -> bool:
    return len(entries) == 1 and entries[0].valid_from is None and entries[0].valid_to is None
