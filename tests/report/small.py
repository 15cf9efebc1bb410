"""A small document by hand, with a block of every kind, and names that mean harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from pipelines.report.model import Cell, Chart, Document, Evidence, Missing, Section, Sentence, Series, Table
from pipelines.wording import Language

HOSTILE = (
    '=HYPERLINK("http://evil.example","Vendor")', "<script>alert(1)</script>", "+1234 Vendor", "@SUM(A1)",
    "شركة الأطلس", "客户服务有限公司", "#set page(width: 1cm)", "A & B “quoted”", "\\input{x} $y$",
)  # fmt: skip


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
