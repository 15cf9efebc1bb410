"""What one file's mapping remembers from batch to batch."""

from __future__ import annotations

from pipelines.intake.identity import Identity
from pipelines.intake.mapping.clock import TermsClock
from pipelines.intake.mapping.lookups import AliasBook
from pipelines.intake.mapping.plan import Plan
from pipelines.intake.mapping.zones import Localiser
from pipelines.workspace import Workspace
from pipelines.workspace.feeds import Lookup


class Session:
    """One delivery being mapped."""

    def __init__(self, plan: Plan, workspace: Workspace, identity: Identity) -> None:
        self.plan = plan
        self.workspace = workspace
        self.identity = identity
        self.clock = TermsClock(workspace)
        self.vendor = plan.feed.mapping.vendor
        self.phone_region = workspace.settings.privacy.phone_region
        self._localisers: dict[str, Localiser] = {}
        self._books: dict[tuple[str, str], AliasBook] = {}
        self.ambiguous_rows = 0

    def localiser(self, column: str) -> Localiser:
        """The localiser of one column, with its memory of where the file's clock stood."""
        if column not in self._localisers:
            mapping = self.plan.feed.columns[column]
            self._localisers[column] = Localiser(mapping.ambiguous, mapping.non_existent)
        return self._localisers[column]

    def book(self, lookup: Lookup) -> AliasBook:
        """The aliases that a look-up asks."""
        key = (lookup.system, lookup.gives)
        if key not in self._books:
            self._books[key] = AliasBook(self.workspace.aliases, lookup.system, lookup.gives, self.vendor)
        return self._books[key]

    def unknown_aliases(self) -> dict[str, int]:
        """Values that no alias covered, ``{"system: value": rows}``, the most frequent first."""
        counted = [
            (f"{book.system}: {value}", rows) for book in self._books.values() for value, rows in book.unknown.items()
        ]
        return dict(sorted(counted, key=lambda item: (-item[1], item[0])))
