"""A loaded workspace: one company's settings, vendors, terms and feeds, and the folders around them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipelines.workspace.company import Alias, Queue, Settings, Site, Vendor
from pipelines.workspace.feeds import Feed
from pipelines.workspace.schema import TABLES
from pipelines.workspace.terms import Terms


@dataclass(frozen=True)
class Workspace:
    """One company's workspace, checked."""

    root: Path
    settings: Settings
    vendors: dict[str, Vendor]
    sites: dict[str, Site]
    queues: dict[str, Queue]
    aliases: list[Alias]
    terms: dict[str, list[Terms]]  # by vendor, the oldest first
    feeds: dict[str, Feed]  # by mapping id
    known_until: datetime | None = None  # a look at the past: what people wrote later is not known there

    @property
    def inbox(self) -> Path:
        """Files as they came: ``inbox/<vendor>/...``. Never changed by the program."""
        return self.root / "inbox"

    @property
    def state(self) -> Path:
        """Everything that the program makes."""
        return self.root / "state"

    @property
    def raw(self) -> Path:
        """Each delivery once, named by its sha256."""
        return self.state / "raw"

    @property
    def versions(self) -> Path:
        """Published versions of the warehouse."""
        return self.state / "versions"

    @property
    def quarantine(self) -> Path:
        """Deliveries that were refused."""
        return self.state / "quarantine"

    @property
    def journal_path(self) -> Path:
        """What people write: statuses, waivers, notes."""
        return self.state / "journal.sqlite"

    @property
    def key_path(self) -> Path:
        """The key of the customer hash; outside ``state/`` and ignored by git."""
        return self.root / "secrets" / "customer.key"

    @property
    def baseline(self) -> str | None:
        """The in-house operation that vendors are compared with."""
        return self.settings.baseline_vendor

    def terms_on(self, vendor: str, day: date) -> Terms | None:
        """The terms in force with ``vendor`` on ``day``: as of the event, never as of today."""
        return next((terms for terms in self.terms.get(vendor, []) if terms.holds_on(day)), None)

    def currency_on(self, vendor: str, day: date) -> str:
        """The currency agreed with ``vendor`` on ``day``, else in its latest terms, else the workspace's."""
        terms = self.terms_on(vendor, day) or next(iter(reversed(self.terms.get(vendor, []))), None)
        return (terms.currency if terms else None) or self.settings.currency

    def zone_of(self, vendor: str, site: str | None = None) -> str:
        """The IANA zone in which a vendor's (or its site's) clock times are read.

        The site's own; else that of the vendor's latest terms; else that of its only site; else the
        workspace's.
        """
        if site is not None and site in self.sites:
            return self.sites[site].tz
        if self.terms.get(vendor):
            return self.terms[vendor][-1].report_tz
        zones = {place.tz for place in self.sites.values() if place.vendor == vendor}
        return zones.pop() if len(zones) == 1 else self.settings.time_zone

    def feed_kind(self, feed: Feed) -> str:
        """The kind of feed a mapping is for: its own word, else its table's."""
        return feed.mapping.feed or TABLES[feed.mapping.table].feed

    def feeds_of(self, vendor: str) -> list[Feed]:
        """The mappings for a vendor's files, in the order of their ids; those for any vendor come with all."""
        return [feed for _, feed in sorted(self.feeds.items()) if feed.mapping.vendor in (vendor, None)]

    def mapping_mark(self, feed: Feed) -> str:
        """Changes when a mapping says something else (its comments and its version don't count)."""
        said = feed.mapping.model_dump(mode="json", exclude={"version"})
        return _mark([said, _plain(feed) | {"mapping": None}])

    def reading_mark(self, feed: Feed) -> str:
        """Changes when anything does that decides which cells of a feed's files can be read: the mapping, and the
        names that it may meet."""
        names = [sorted(self.vendors), sorted(self.sites), sorted(self.queues), [_plain(one) for one in self.aliases]]
        return _mark([self.mapping_mark(feed), names, _plain(self.settings)["reported_metrics"]])

    def fingerprint(self, vendor: str) -> str:
        """Changes when anything changes that a vendor's figures depend on besides its data: settings, sites,
        queues, terms. 32 hex digits."""
        parts: list[Any] = [
            _plain(self.settings),
            _plain(self.vendors[vendor]) if vendor in self.vendors else None,
            [_plain(site) for _, site in sorted(self.sites.items()) if site.vendor == vendor],
            [_plain(queue) for _, queue in sorted(self.queues.items())],
            [_plain(terms) for terms in self.terms.get(vendor, [])],
        ]
        return _mark(parts)


def _mark(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _plain(model: BaseModel) -> Any:
    return model.model_dump(mode="json", by_alias=True)
