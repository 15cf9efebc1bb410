"""What a company says of itself and of those who serve its customers: ``workspace.yaml`` and ``vendors.yaml``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipelines.workspace.feeds import Strict
from pipelines.workspace.notices import Notice
from pipelines.workspace.values import Code, Country, Currency, IsoDate, IsoInstant, Language, TimeZone

Shore = Literal["onshore", "nearshore", "offshore"]
Channel = Literal["voice", "chat", "email", "messaging", "callback", "social", "task"]
ReportedUnit = Literal["count", "rate", "s", "score", "amount", "fte"]


class Fiscal(Strict):
    """The fiscal calendar: the first month of a year and the first day of a month (22: from the 22nd to the 21st)."""

    year_start: int = Field(default=1, ge=1, le=12)
    month_start: int = Field(default=1, ge=1, le=28)


class Privacy(Strict):
    """How personal data are treated."""

    phone_region: Country | None = None  # national numbers are read as of this country


class RepeatContact(Strict):
    """When a second contact counts as a repeat of the first."""

    window_hours: int = Field(default=168, ge=1)
    same_reason: bool = False
    cross_vendor: bool = True


class ReportedMetric(Strict):
    """A metric of this company's reports, beyond those that Sightline knows.

    ``numerator`` and ``denominator``: reported counts that it should follow from, ``per`` so many of the denominator.
    """

    unit: ReportedUnit
    name: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    per: float = Field(default=1, gt=0)


class Line(Strict):
    """One vendor's work on one queue; a side that is left out means every one."""

    vendor: str | None = None
    queue: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Line:
        if self.vendor is None and self.queue is None:
            raise ValueError("name a vendor, a queue, or both")
        return self


class Move(Strict):
    """Work that went from one vendor to another. It is declared, never guessed from the data."""

    id: Code
    queues: list[str] = Field(min_length=1)
    from_vendor: str
    to_vendor: str
    moved_on: IsoDate  # the first day at the new place
    settled_on: IsoDate  # the first day on which the new place is expected to be in its stride
    donors: list[Line] = []  # what it is compared with; without any, all work that did not move
    note: str | None = None


class Outage(Strict):
    """A time in which the client's own systems kept vendors from working: excused under every clause."""

    starts_at: IsoInstant = Field(alias="from")
    ends_at: IsoInstant = Field(alias="to")
    vendor: str | None = None  # by default every one
    queue: str | None = None
    reason: str

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Outage:
        if self.ends_at <= self.starts_at:
            raise ValueError("an outage ends after it starts")
        return self


class Documents(Strict):
    """How the review documents are made: where the pages are that they link to, and the company's own template."""

    address: str = "http://127.0.0.1:8501"
    template: str | None = None  # a .pptx or .potx in the workspace's folder


class Settings(Strict):
    """``workspace.yaml``."""

    name: str
    currency: Currency
    time_zone: TimeZone
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    fiscal: Fiscal = Fiscal()
    languages: list[Language] = ["en"]
    baseline_vendor: str | None = None
    privacy: Privacy = Privacy()
    repeat_contact: RepeatContact = RepeatContact()
    refund_denominator: Literal["contacts", "orders"] = "contacts"
    reported_metrics: dict[str, ReportedMetric] = {}
    as_of: IsoInstant | None = None  # an example stands still here; a real workspace leaves it out: its clock is now
    strata: list[str] = ["queue_code", "language", "reason_code"]  # the most important first
    moves: list[Move] = []
    outages: list[Outage] = []
    documents: Documents = Documents()
    notify: list[Notice] = []  # who is told of new findings after a run; nobody unless it is set


class Vendor(Strict):
    """An operation that serves customers; the in-house one is treated by the same code."""

    code: Code
    name: str
    kind: Literal["outsourced", "in_house"]
    country: Country | None = None
    shore: Shore | None = None
    parent_group: str | None = None
    started_on: IsoDate | None = None
    ended_on: IsoDate | None = None  # last day served


class Site(Strict):
    """Where a vendor works."""

    code: Code
    vendor: str
    name: str
    country: Country | None = None
    tz: TimeZone
    tz_confirmed: bool = Field(default=False, exclude=True)  # meant, though it is no zone of the country
    shore: Shore | None = None


class Queue(Strict):
    """One line of contacts."""

    code: Code
    name: str
    channel: Channel = "voice"
    language: Language | None = None
    reason: str | None = None
    lob: str | None = None
    complexity_tier: Annotated[int, Field(ge=1, le=9)] | None = None


class Alias(Strict):
    """A value in a vendor's system, and what it stands for between two dates (both included)."""

    system: str
    value: str
    queue: str | None = None
    vendor: str | None = None
    site: str | None = None
    valid_from: IsoDate | None = None
    valid_to: IsoDate | None = None

    def holds_on(self, day: date) -> bool:
        """Is the alias in force on ``day``?"""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


class People(Strict):
    """``vendors.yaml``: maps by code, and the list of aliases."""

    vendors: dict[str, Vendor]
    sites: dict[str, Site] = {}
    queues: dict[str, Queue]
    aliases: list[Alias] = []
