"""Checks on time zones: a zone of another country than the one declared beside it is a mistake, or said to be meant.

A vendor works where its country and its sites are; it may report on that clock, on the client's, or on UTC. A zone of
none of these moves every contact by hours and every opening hour with them, and no single value shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.workspace.checks.context import Checked, Context
from pipelines.workspace.company import People
from pipelines.workspace.documents import Document, PathPart
from pipelines.workspace.feeds import Feed
from pipelines.workspace.problems import Problem
from pipelines.workspace.terms import Terms, TermsFile
from pipelines.workspace.values import time_zones
from pipelines.workspace.zones import countries_of, country_name, fits, of_no_place, zones_of

#: Zones that a message names before it says how many there are.
NAMED = 4


@dataclass(frozen=True, slots=True)
class Places:
    """Where a vendor works, and the client: countries (None: not said) and zones."""

    countries: tuple[str, ...]
    zones: tuple[str, ...]  # of the vendor's sites
    client: str

    @property
    def known(self) -> bool:
        """Is anything said that a zone could contradict?"""
        return bool(self.zones or any(zones_of(country) for country in self.countries))

    @property
    def all_zones(self) -> list[str]:
        return [*(zone for country in self.countries for zone in zones_of(country)), *self.zones, self.client]

    @property
    def words(self) -> str:
        """``a zone of Madagascar (Indian/Antananarivo), or the client's, Europe/Paris``."""
        told = [_zones_in_words(country) for country in self.countries if zones_of(country)]
        own = f"a zone of {' or '.join(told)}" if told else f"a zone of the vendor's sites ({_listed(self.zones)})"
        return f"{own}, or the client's, {self.client}"


def check_zones(context: Context) -> list[Problem]:
    """All zones that contradict the countries and zones declared beside them.

    Nothing is said where vendors.yaml or the client's own zone could not be read.
    """
    people, settings = context.people, context.settings
    if people is None or people.model is None or settings is None or settings.model is None:
        return []
    client = settings.model.time_zone
    if settings.whole.value(["time_zone"]) != client:
        return []
    places = {code: _places(people.model, code, client) for code in people.model.vendors}
    problems = list(_check_sites(people.model, people.document))
    for file in context.terms:
        problems += _check_terms(file, places)
    stated = {file.model.vendor: _terms_zones(file.model) for file in context.terms if file.model is not None}
    for feed in context.feeds:
        problems += _check_feed(feed, places, stated)
    return problems


def _places(people: People, vendor: str, client: str) -> Places:
    sites = [site for site in people.sites.values() if site.vendor == vendor]
    declared = [people.vendors[vendor].country, *(site.country for site in sites)]
    countries = dict.fromkeys(country for country in declared if country is not None)
    return Places(tuple(countries), tuple(dict.fromkeys(site.tz for site in sites)), client)


def _check_sites(people: People, document: Document) -> Iterator[Problem]:
    """The clock on a site's wall is one of its country; of the vendor's, where the site names none."""
    for code, site in people.sites.items():
        vendor = people.vendors.get(site.vendor)
        country = site.country or (vendor.country if vendor else None)
        zones = zones_of(country)
        if country is None or not zones or site.tz_confirmed or fits(site.tz, zones):
            continue
        hint = _meant(site.tz) if site.country else f"{_whose(site.tz)}say the site's country, if it is another"
        yield document.problem(["sites", code, "tz"], f"a zone of {_zones_in_words(country)}", hint)


def _check_terms(file: Checked[TermsFile], places: dict[str, Places]) -> Iterator[Problem]:
    """Hours, reports, due times and holidays of one agreement are of the places where the vendor or the client is."""
    for index, terms in enumerate(file.model.terms if file.model else []):
        here = places.get(terms.vendor)
        if here is None or terms.tz_confirmed:
            continue
        path: list[PathPart] = ["terms", index]
        yield from _contradiction(file.document, [*path, "report_tz"], terms.report_tz, here)
        for kind, calendar in terms.deliveries.items():
            if calendar.tz is not None and calendar.tz != terms.report_tz:
                yield from _contradiction(file.document, [*path, "deliveries", kind, "tz"], calendar.tz, here)
        yield from _check_holidays(file.document, path, terms, here)


def _check_holidays(document: Document, path: list[PathPart], terms: Terms, here: Places) -> Iterator[Problem]:
    """Holidays of a country where neither the vendor nor the client is, and whose clock the terms don't show."""
    country = terms.holidays.country
    zones = zones_of(country)
    if country is None or not zones or of_no_place(terms.report_tz) or country in here.countries:
        return
    if fits(terms.report_tz, zones) or fits(here.client, zones):
        return
    owners = dict.fromkeys([*here.countries, *countries_of(terms.report_tz), *countries_of(here.client)])
    expected = f"the public holidays of {' or '.join(f'{country_name(one)} ({one})' for one in owners)}"
    hint = (
        f"the hours of these terms are in {terms.report_tz}, where {country_name(country)} is not; "
        "write tz_confirmed: true in the terms if both are meant"
    )
    yield document.problem([*path, "holidays", "country"], expected, hint)


def _check_feed(
    file: Checked[Feed], places: dict[str, Places], stated: dict[str, tuple[str, ...]]
) -> Iterator[Problem]:
    """A column's fixed zone is one of the vendor's places, its terms or the client. Mappings for any vendor are not
    held against one."""
    feed = file.model
    vendor = feed.mapping.vendor if feed else None
    here = places.get(vendor or "")
    if feed is None or vendor is None or here is None:
        return
    for name, column in feed.columns.items():
        if isinstance(column.tz, str) and column.tz in time_zones() and not column.tz_confirmed:
            path: list[PathPart] = ["columns", name, "tz"]
            yield from _contradiction(file.document, path, column.tz, here, stated.get(vendor, ()))


def _terms_zones(file: TermsFile) -> tuple[str, ...]:
    zones = [zone for terms in file.terms for zone in (terms.report_tz, *(one.tz for one in terms.deliveries.values()))]
    return tuple(dict.fromkeys(zone for zone in zones if zone is not None))


def _contradiction(
    document: Document, path: list[PathPart], zone: str, here: Places, also: tuple[str, ...] = ()
) -> Iterator[Problem]:
    if here.known and not of_no_place(zone) and not fits(zone, [*here.all_zones, *also]):
        yield document.problem(path, here.words, _meant(zone))


def _meant(zone: str) -> str:
    return f"{_whose(zone)}write tz_confirmed: true beside it if it is meant"


def _whose(zone: str) -> str:
    """``Europe/Lisbon is the clock of Portugal; ``."""
    owners = countries_of(zone)
    return f"{zone} is the clock of {' and '.join(country_name(one) for one in owners[:2])}; " if owners else ""


def _zones_in_words(country: str) -> str:
    """``Madagascar (Indian/Antananarivo)``."""
    return f"{country_name(country)} ({_listed(zones_of(country))})"


def _listed(zones: tuple[str, ...]) -> str:
    more = f", … {len(zones)} in all" if len(zones) > NAMED else ""
    return f"{', '.join(zones[:NAMED])}{more}"
