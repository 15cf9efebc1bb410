"""Stand-in review documents: a brief and a pack by hand, and a person's choice of what the pack tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.report.choice import Choice
from pipelines.report.model import Document, Section, Sentence
from pipelines.report.pack.build import Pack
from pipelines.report.pack.material import Item
from pipelines.report.pack.summary import chosen_items
from pipelines.report.render import render

ITEMS = tuple(
    Item(side, f"{side}:{number}", 50.0 - number, Sentence(f"{side} number {number} of <b>{{vendor}}</b>.", (), "▲"))
    for side in ("win", "risk", "decision")
    for number in range(1, 5)
)
LINKED = Sentence(
    "Call them: service level 70.0 %.", (), "▼", "http://127.0.0.1:8501/figure?fv=porto&kpi=service_level&week=2026-W46"
)


def small_document(vendor: str, language: str) -> Document:
    """The small document of the renderers' tests, which has a block of every kind."""
    from tests.report.small import small_document as made

    return made(vendor, language)  # type: ignore[arg-type]


class Documents:
    """Choices by vendor and quarter, as the journal would hold them."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], list[Choice | None]] = {}

    def brief(self, language: str) -> Document:
        document = small_document("Vendor *bold*", language)
        return replace(
            document, kind="brief", sections=(Section("changed", "What changed", (LINKED,)), *document.sections)
        )

    def pack(self, vendor: str, quarter: str, language: str) -> Pack:
        choice = self.choice(vendor, quarter)[0]
        told = tuple(one for side in ("win", "risk", "decision") for one in chosen_items(ITEMS, side, choice))  # type: ignore[arg-type]
        document = small_document(f"Vendor {vendor}", language)
        summary = Section("summary", "Summary", told, 1)
        return Pack(replace(document, sections=(summary, *document.sections)), ITEMS)

    def choice(self, vendor: str, quarter: str) -> tuple[Choice | None, int]:
        held = self.kept.get((vendor, quarter), [])
        return (held[-1] if held else None), len(held)

    def choose(self, vendor: str, quarter: str, author: str, items: Any, own: Any, seen: int) -> bool:
        held = self.kept.setdefault((vendor, quarter), [])
        if len(held) > seen:
            return False
        at = datetime(2026, 11, 16, 9, tzinfo=UTC)
        held.append(
            None if items is None else Choice({k: tuple(v) for k, v in items.items()}, own, author, at, seen + 1)
        )
        return True

    def file(self, document: Document, ending: str, template: Path | None = None) -> bytes:
        return render(document, ending, template)
