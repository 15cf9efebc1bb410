"""Packs of the example workspace, made once; a small document by hand with names that mean harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.answers.quarter import Quarter
from pipelines.report.model import Cell, Chart, Document, Edition, Evidence, Missing, Section, Sentence, Series, Table
from pipelines.report.pack import build_pack
from pipelines.report.pack.build import Pack
from pipelines.warehouse import Reader
from pipelines.wording import Language
from pipelines.workspace import Workspace, load_workspace

QUARTER = Quarter(2026, 3)
HOSTILE = (
    '=HYPERLINK("http://evil.example","Vendor")', "<script>alert(1)</script>", "+1234 Vendor", "@SUM(A1)",
    "شركة الأطلس", "客户服务有限公司", "#set page(width: 1cm)", "A & B “quoted”", "\\input{x} $y$",
)  # fmt: skip


@pytest.fixture(scope="session")
def workspace(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The example's configuration with a folder of its own for what people write."""
    return replace(load_workspace(example), root=tmp_path_factory.mktemp("journal"))


@pytest.fixture(scope="session")
def reader(example: Path) -> Reader:
    return Reader.open(load_workspace(example).state)


class Packs:
    """Packs by vendor, edition and language, each built once."""

    def __init__(self, workspace: Workspace, reader: Reader) -> None:
        self._workspace, self._reader = workspace, reader
        self._made: dict[tuple[str, str, str], Pack] = {}

    def __call__(self, vendor: str, edition: Edition = "internal", language: Language = "en") -> Pack:
        key = (vendor, edition, language)
        if key not in self._made:
            self._made[key] = build_pack(
                self._workspace, self._reader, vendor, QUARTER, edition=edition, language=language
            )
        return self._made[key]


@pytest.fixture(scope="session")
def packs(workspace: Workspace, reader: Reader) -> Packs:
    return Packs(workspace, reader)


def small_document(vendor: str, language: Language = "en") -> Document:
    """A document of one section with a block of every kind, in which ``vendor`` stands wherever a name can."""
    evidence = Evidence(
        "service_level.answered_only/<=20s", "answers.quarter.quarter_figures", "warehouse_1", 8, 10, 10
    )
    value = Cell("80.0\u00a0%", 0.8, "share", 1, evidence)
    rows = (
        (Cell(vendor), value, Cell("1,234", 1234, "count"), Cell("22\u00a0Nov\u00a02026", date(2026, 11, 22), "date")),
    )
    chart = Chart(
        "c", "line", f"{vendor} stays level", f"{vendor} by quarter", ("2026-Q2", vendor),
        (
            Series(vendor, "vendor", (0.79, 0.8), ("79.0\u00a0%", "80.0\u00a0%")),
            Series("Target", "target", (0.8, 0.8), ("", "")),
        ),
        "share", "Service level", 0, 0.0, 1.0,
    )  # fmt: skip
    bars = replace(chart, key="b", kind="bar", title=f"{vendor} as bars")
    blocks = (
        Sentence(f"{vendor} answered 80.0\u00a0%.", (value,), "▲"), Missing("No surveys."), chart, bars,
        Table("t", "Figures", ("Vendor", "Value", "n", "Day"), rows, "A note."),
        Table("d", "Every delivery", ("Vendor", "Value", "n", "Day"), rows, detail=True),
    )  # fmt: skip
    return Document(
        kind="pack", title=f"Quarterly review: {vendor}", subtitle="Atelier · 2026-Q3", language=language,
        currency="EUR", version="warehouse_1", period_start=date(2026, 7, 1), period_end=date(2026, 9, 30),
        made_from=datetime(2026, 11, 16, 12, 0, 0, 123, tzinfo=UTC), facts=(("Made from", "version warehouse_1"),),
        sections=(Section("s", "Service", blocks, 1),), vendor="v", edition="vendor",
    )  # fmt: skip
