"""The mapping language: how one feed's files become canonical rows (``feeds/<feed>.yaml``).

A mapping never guesses. Units, zones, scales, date formats and the definition behind a service level are
declared, or taken from a mark in the cell; where neither exists the mapping is refused.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pipelines.workspace.values import wrong

Format = Literal["csv", "xlsx", "ods", "jsonl", "json", "queue_log"]
ColumnType = Literal["str", "int", "float", "ratio", "duration", "datetime", "date", "bool", "enum", "money", "length"]
Unit = Literal["s", "ms", "min", "h", "day_fraction", "text"]
#: Of an amount: whole units of its currency, its smallest ones (ISO 4217: 2 digits of the euro, none of the yen), or
#: hundredths whatever the currency.
MoneyUnit = Literal["major", "minor", "cents"]
MONEY_UNITS = ("major", "minor", "cents")
Ambiguous = Literal["raise", "earliest", "latest", "order"]


class Strict(BaseModel):
    """Unknown keys are mistakes, and say so. A number where a text is due is taken as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False)


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


def _written_out(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


OneOrMore = Annotated[list[str], BeforeValidator(_as_list)]
#: A text; YAML's ``true`` and ``false`` stand for themselves.
Word = Annotated[str, BeforeValidator(_written_out)]


def _regex(value: Any) -> Any:
    if isinstance(value, str):
        try:
            re.compile(value)
        except re.error as error:
            raise wrong("a regular expression", str(error)) from error
    return value


def _cell_regex(value: Any) -> Any:
    """Cells are matched by Polars, whose regular expressions know no look-around and no back-references."""
    if isinstance(_regex(value), str):
        try:
            pl.Series([""]).str.contains(value)
        except pl.exceptions.ComputeError as error:
            hint = "look-around and back-references are not known here"
            raise wrong("a regular expression as Rust and Polars know them", hint) from error
    return value


Regex = Annotated[str, BeforeValidator(_regex)]  # on names of files, sheets and headers
CellRegex = Annotated[str, BeforeValidator(_cell_regex)]  # on the texts of cells


class MappingHead(Strict):
    """Who sends what: the identity of a mapping. A changed ``version`` takes the files in again."""

    id: str
    version: int = Field(ge=1)
    table: str
    vendor: str | None = None  # None: a column or an alias gives the vendor, row by row
    system: str
    feed: str | None = None  # the kind of feed; by default the table's


class Unpivot(Strict):
    """Wide to long: every column whose header matches becomes one row."""

    columns: Regex
    names_to: str
    values_to: str


class Source(Strict):
    """The file: where it is found, how its bytes become records, where its header is."""

    format: Format
    files: OneOrMore  # globs, relative to inbox/<vendor> (or to inbox/ where the mapping has no vendor)
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str | None = '"'
    comment: str | None = None
    locale: Literal["en", "fr", "es", "de", "pt", "it"] = "en"
    null_values: list[str] = []
    sheet: Regex | None = None  # visible sheets only
    header_rows: list[int] = [1]  # 1-based, as a person counts; [] for a file without a header
    names: list[str] | None = None  # column names of a file without a header
    header_join: str = " / "
    fill_merged: bool = True
    fill_down: list[str] = []
    header_anchor: list[str] = []  # must be among the headers, else the delivery is refused
    drop_rows_after_header: int = 0
    records: str | None = None  # JSON: path to the list of records ("data.items")
    explode: str | None = None  # JSON: nested list, one row each ("participants[].sessions[]")
    unpivot: Unpivot | None = None
    member: Regex | None = None  # which member of a zip; by default its only file


class Completeness(Strict):
    """A column that says whether the export is whole."""

    field: str
    must_be: OneOrMore


class RowRule(Strict):
    """A declared reason to leave rows out; counted under ``why``."""

    field: str
    why: str
    drop_if_matches: CellRegex | None = None
    keep_if_matches: CellRegex | None = None
    drop_if_in: list[str] | None = None
    keep_if_in: list[str] | None = None
    keep_if_notnull: bool = False
    drop_if_null: bool = False


class TotalCheck(Strict):
    """A total row as a checksum: never loaded, compared with the sum of the rows above it."""

    total_row: CellRegex  # matched against `field`
    field: str
    sum_of: OneOrMore  # raw headers
    tolerance: float = 0.0
    on_mismatch: Literal["warn", "refuse"] = "warn"  # refuse: a delivery whose total is wrong loads nothing


class Lookup(Strict):
    """A dated look-up in the aliases of vendors.yaml, as of the row's own instant."""

    system: str
    by: OneOrMore  # raw header(s), first one that is filled
    gives: Literal["queue_code", "vendor_code", "site_code"]


class Case(Strict):
    """One branch of a decision: the first whose condition holds gives the value."""

    field: str | None = None  # None: otherwise
    equals: OneOrMore | None = None
    matches: CellRegex | None = None
    is_null: bool | None = None
    above: float | None = None
    then: Word | None = None


class Expression(Strict):
    """Arithmetic between raw columns of one type and unit, or between mapped instants. Exactly one of its forms.

    A sum or a difference is null where a part is null: what is not known stays unknown (``null_is`` says otherwise).
    """

    sum: list[str] | None = None
    difference: list[str] | None = None  # the first, less all others
    seconds_between: list[str] | None = None  # two canonical instants: [from, to]
    plus_seconds: list[str] | None = None  # a canonical instant and canonical seconds after it
    join: list[str] | None = None  # raw texts joined by the separator; null where all are blank
    first_filled: list[str] | None = None  # the first raw column that is not blank in the row
    separator: str = "/"


class HeaderZone(Strict):
    """The zone is in the header itself (Qualtrics: JSON in the third header row)."""

    header_row: int
    key: str


class RowZone(Strict):
    """The zone of each row is in another column."""

    column: str = Field(alias="from")


class ColumnMapping(Strict):
    """One canonical column."""

    model_config = ConfigDict(populate_by_name=True)

    source: OneOrMore | None = Field(default=None, alias="from")
    const: str | int | float | bool | None = None
    lookup: Lookup | None = None
    expr: Expression | None = None
    cases: list[Case] | None = None
    type: ColumnType | None = None  # by default the canonical column's
    unit: Unit | MoneyUnit | None = None
    scale: Literal["fraction", "percent", "auto"] | None = None
    format: OneOrMore | None = None
    tz: str | RowZone | HeaderZone | None = None  # IANA name, "offset" (in the value), "site", {from: column}, header
    tz_confirmed: bool = Field(default=False, exclude=True)  # meant, though it is no zone of the vendor or the client
    ambiguous: Ambiguous = "raise"
    non_existent: Literal["raise", "null"] = "raise"
    map: dict[str, str | bool | int | float | None] | None = None  # raw -> value; "" is null, "*" is any other
    split: dict[str, str | int] | None = None  # {by: ";", take: first|last|<n>}, 1 the first, -1 the last
    extract: CellRegex | None = None  # the part of the text that its first group matches; blank where it doesn't match
    required: bool | None = None  # is the header required in the file? by default yes
    hash: Literal["customer", "agent"] | None = None
    trailing_minus: bool = False
    null_is: str | int | float | None = None  # only where the sender's blank has a documented meaning
    label: str | None = None  # sla_reports: the printed label, by default the header


class MetricDefinition(Strict):
    """Which definition a reported figure claims. Required for service level and answer rate."""

    label_as_printed: str
    definition: Literal["terms", "custom", "unstated"]
    threshold_s: float | None = None
    inclusive: bool = True
    abandon_treatment: str | None = None
    short_abandon_s: float | None = None
    scale: Literal["fraction", "percent", "auto"] | None = None  # where one column holds the values of several metrics
    unit: Unit | None = None


class Dedupe(Strict):
    """Several rows of one key in one file: the newest by this column wins."""

    key: list[str] | None = None  # canonical names; by default the table's key
    latest_by: str | None = None


class Feed(Strict):
    """A whole mapping file."""

    mapping: MappingHead
    source: Source
    completeness: Completeness | None = None
    rows: list[RowRule] = []
    checks: list[TotalCheck] = []
    columns: dict[str, ColumnMapping]
    metric_definitions: dict[str, MetricDefinition] = {}
    dedupe: Dedupe = Dedupe()

    @property
    def id(self) -> str:
        return self.mapping.id
